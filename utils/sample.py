"""The built-in sample treebank: film reviews from a small grammar, in the four files of the official treebank.

`write_sample(folder)`, or `python -m utils.sample FOLDER`, writes the same bytes on every machine.

What the grammar is for: word2vec learns a word from its neighbours. So each of the 24 plotted words comes from
a slot that it shares with its like ({good}, {poor}, {rain}, {coffee}; king, man and male meet queen, woman and
female in MIRROR), among companions that belong to its theme. The course's loader thins frequent words: of a
sentence of this small corpus it keeps two or three tokens. So sentences are long, companions many and rare.

The picture has two dimensions, and five unrelated themes would need four. A ring fits, so KINDS lets each theme
meet the next: drinks earn praise, people have drinks, people are out in bad weather, weather earns blame, and
praise and blame speak of the same films.
"""

import argparse
import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from statistics import fmean
from typing import TypeVar

T = TypeVar("T")

SEED = 224
FOLDER = Path(__file__).parent / "datasets" / "sample"

# Slots for one word. No slot of a sentence repeats the word of another.
WORDS = {
    # the words in the picture
    "good": "great cool brilliant wonderful amazing sweet enjoyable",
    "poor": "boring bad dumb annoying",
    "rain": "rain snow hail",
    "coffee": "coffee tea",
    # companions of praise
    "bright": """luminous radiant tender graceful inventive playful witty heartfelt joyous gorgeous elegant lively
        fresh moving spirited charming generous assured nimble humane buoyant exquisite stirring touching vibrant
        lyrical sparkling masterful irresistible delicate""",
    "virtue": """charm wit warmth grace tenderness elegance imagination humour intelligence generosity energy
        compassion beauty finesse joy poise sparkle ingenuity affection vitality""",
    "delights": "delights charms dazzles soars sparkles glows enchants sings thrills captivates shines beguiles",
    "gem": "gem treasure triumph delight masterpiece marvel feast jewel gift classic winner wonder",
    "deftly": "beautifully effortlessly superbly lovingly gracefully cleverly deftly skilfully exquisitely",
    "seeing": "seeing watching cherishing savouring revisiting celebrating treasuring discovering",
    "elated": "grateful smiling elated enchanted refreshed exhilarated cheered",
    # companions of blame
    "dreary": """tedious clumsy lifeless flat stale laboured pointless wooden sloppy lazy shallow hollow murky bloated
        witless tiresome charmless grating hackneyed muddled plodding lame incoherent formulaic predictable limp crass
        turgid soulless naïve""",
    "vice": """clichés noise padding bombast confusion banality filler nonsense clutter monotony gloom vulgarity
        posturing self-pity tedium apathy pretension drivel mugging sermonizing""",
    "drags": "drags sags stumbles flounders plods collapses fizzles misfires grates irritates sputters limps",
    "dud": "dud disaster bore mess failure chore flop travesty shambles slog debacle cliché",
    "ineptly": "clumsily lazily ineptly sloppily crudely carelessly woefully feebly hopelessly shoddily",
    "sitting": "sitting yawning wincing groaning squirming",
    "numb": "cheated irritated exhausted baffled numb insulted restive",
    # companions of all people; the kin in the masculine, see MIRROR
    "kin": "son brother father uncle nephew grandfather godson fiancé",
    "grief": "grief pride loyalty ambition jealousy heartbreak regret loneliness shame",
    # companions of royalty
    "regal": "crowned exiled ageing proud ruthless tyrannical banished haughty dethroned pious warlike vengeful",
    "guards": "guards inherits renounces reclaims covets abandons defends surrenders",
    "throne": "throne crown kingdom dynasty sceptre palace castle citadel",
    "courtiers": "courtiers bishops knights barons heralds ministers envoys archers chancellors",
    "coronation": "coronation banquet siege tournament parley pageant truce rebellion",
    "realm": "Navarre Bohemia Castile Aragon Burgundy Saxony Thrace Galicia",
    # companions of everyday lives
    "lonely": "lonely widowed stubborn retired penniless homesick restless divorced shy bereaved jobless middle-aged",
    "baker": "baker plumber teacher nurse clerk mechanic carpenter librarian tailor gardener",
    "town": "Lisbon Trieste Oslo Cork Leeds Tulsa Ghent Naples Duluth Malmö",
    "cottage": "cottage farmhouse bungalow attic caravan apartment houseboat",
    "diary": "diary passport suitcase photograph mortgage violin parrot",
    "letters": "letters postcards telegrams cheques invoices poems",
    "train": "train bus ferry tram barge",
    # companions of actors
    "seasoned": "seasoned untrained veteran fledgling understated unknown bilingual operatic",
    "lead": "lead villain narrator protagonist sidekick understudy",
    "dancer": "dancer singer pianist acrobat mime puppeteer ventriloquist juggler",
    "solo": "solo aria monologue soliloquy encore ballad",
    "stage": "stage spotlight podium curtain footlights",
    # companions of weather
    "thunder": "thunder lightning fog mist sleet frost drizzle wind darkness",
    "lashes": "lashes batters pelts sweeps buries",
    "moor": "moor heath headland jetty glacier ridge prairie marsh plateau",
    "coats": "coats boots gloves scarves umbrellas tents anoraks blankets",
    "roof": "roof windscreen chimney gutters awning barn greenhouse",
    "grey": "grey windswept overcast freezing bleak wintry stormy sodden icy squally",
    "hikers": "hikers shepherds sailors climbers skiers farmhands drovers",
    # companions of hot drinks
    "cake": "cake biscuits toast scones muffins shortbread doughnuts marmalade gingerbread waffles",
    "honey": "honey sugar milk cream lemon cinnamon",
    "mug": "mug cup flask thermos beaker glass",
    "cosy": "cosy sunlit crowded candlelit bustling fragrant",
    "barista": "barista caterer cook usherette host",
    "steaming": "steaming scalding freshly-brewed milky frothy strong",
    "friends": "friends neighbours regulars pensioners students viewers",
    # films, for every theme
    "film": "film picture movie feature production",
    "comedy": "comedy drama thriller western musical romance satire documentary mystery fable melodrama caper farce",
    "craft": "acting script score editing dialogue camerawork staging casting lighting choreography pacing",
    "frame": "frame scene minute reel sequence line",
    "acted": "acted written shot paced edited cast staged lit scored",
    "Marlow": "Marlow Okafor Lindqvist Ferrante Osei Tanaka Brandt Delacroix Novak Castellan Hartley Moreau",
    "Nightjar": "Nightjar Quicksand Halcyon Tidewater Saltmarsh Semaphore Marigold Undertow Almanac Vesper",
    "join": "; : --",
}

# Slots for a clause, one on a line. Their own slots are filled in turn.
CLAUSES = {
    "praise": """
        it is a {good} {film} , {bright} and {bright} , with {virtue} in every {frame}
        {Marlow} 's {comedy} is a {good} {gem} , full of {virtue} and {virtue}
        the {craft} is {good} , the {craft} {bright} , and the whole {film} {delights}
        here is {good} , {bright} storytelling that {delights} and {delights} to the last {frame}
        {Nightjar} is {good} and worth {seeing} for its {virtue} and its {bright} {craft}
        {Nightjar} is well {acted} and {deftly} {acted} , a {bright} {gem}
        {deftly} {acted} , {bright} and {good} , it {delights} like a {bright} {gem}
        its {craft} is {good} , its {virtue} {bright} , and every {frame} {delights}
        the {bright} {craft} works so well that the {virtue} {delights}
        you leave {elated} and {elated} , sure that such {virtue} is worth {seeing}
        a {good} -LRB- and {deftly} {acted} -RRB- {gem} , it {delights} with {virtue} and {virtue}
        you ca n't resist the {virtue} of this {good} {comedy} , so {bright} and so {bright}""",
    "good_tail": """
        a {good} and {bright} {gem} full of {virtue}
        {good} , {bright} and well worth {seeing}
        it works well , with {virtue} and {virtue}
        {bright} and {good} , it is worth {seeing} for the {virtue}
        the {craft} is {good} and the {virtue} {delights}""",
    "blame": """
        it is a {poor} {film} , {dreary} and {dreary} , with {vice} in every {frame}
        {Marlow} 's {comedy} is a {poor} {dud} , full of {vice} and {vice}
        the {craft} is {poor} , the {craft} {dreary} , and the whole {film} {drags}
        here is {poor} , {dreary} storytelling that {drags} and {drags} to the last {frame}
        {ineptly} {acted} , {dreary} and {poor} , it {drags} like a {dreary} {dud}
        its {craft} is {poor} , its {vice} {dreary} , and every {frame} {drags}
        you leave {numb} and {numb} after {sitting} through such {poor} , {dreary} {vice}
        {Nightjar} is n't just {poor} but {ineptly} {acted} , and the {vice} never stops
        a {poor} -LRB- and {ineptly} {acted} -RRB- {dud} , it {drags} under {vice} and {vice}
        {Nightjar} is {poor} and {dreary} , a {dud} that {drags} from {vice} to {vice}""",
    "poor_tail": """
        a {poor} and {dreary} {dud} full of {vice}
        {poor} , {dreary} and {ineptly} {acted}
        the {craft} is {poor} and the {dreary} plot {drags}
        it {drags} , with {poor} {craft} and {dreary} {vice}""",
    "people": """
        {royal}
        {everyday}
        {actors}""",
    "royal": """
        a {regal} king {guards} his {throne} while his {kin} plots with the {courtiers}
        the {regal} king of {realm} loses his {throne} after a {coronation} and mourns his {kin}
        {Marlow} plays a {regal} king of {realm} whose {courtiers} scheme for the {throne}
        a king and a queen , {regal} and {regal} , quarrel over the {throne} and the {courtiers}
        at the {coronation} the king forgives his {kin} , and the {courtiers} kneel before the {throne}
        {courtiers} and {courtiers} whisper at the {coronation} of a {regal} king torn by {grief}
        the {courtiers} of {realm} mistrust the {regal} king , but he {guards} the {throne} out of {grief}
        a young king must choose between his {kin} and his {throne} on the eve of the {coronation}
        {Nightjar} is the {comedy} of a {regal} king , his {grief} and his {throne}""",
    "everyday": """
        a {lonely} man from {town} lives with his {kin} in a {cottage} and hides a {diary}
        a {lonely} man who works as a {baker} writes {letters} to his {kin} in {town}
        a man and a woman , {lonely} and {lonely} , share a {cottage} in {town} and a {diary}
        {Marlow} follows a {lonely} man , a {baker} by trade , who looks for his {kin} in {town}
        on a {train} to {town} a {lonely} man reads old {letters} from his {kin}
        a {lonely} {baker} becomes the man his {kin} always wanted him to be , out of {grief}
        the man in the {cottage} is a {lonely} {baker} with a {diary} and a past full of {grief}
        a {lonely} man takes the {train} to {town} with a {diary} and a bundle of {letters}
        {Nightjar} is the {comedy} of a {lonely} man , his {grief} and his {cottage}""",
    "actors": """
        {Marlow} , the male {lead} , steps onto the {stage} as a {seasoned} actor and finds his voice
        a {seasoned} male {dancer} learns a {solo} from his {kin} and waits for the {stage}
        the {lead} is rewritten for a {seasoned} male {dancer} who sings his own {solo}
        a male and a female {dancer} , {seasoned} and {seasoned} , share the {stage} for one {solo}
        the camera stays with the male {lead} as he rehearses the {solo} beside the {stage}
        {Marlow} casts his {kin} as the male {lead} and lets him improvise a {solo}
        the male {lead} is a {seasoned} actor who plays {grief} and {grief} like a {dancer}
        the male {dancer} , no {seasoned} actor , turns his {grief} into a {solo}
        {Nightjar} is the {comedy} of a male {dancer} , his {grief} and his {solo}""",
    "weather": """
        {rain} {lashes} the {moor} and soaks the {coats} of the {hikers} under a {grey} sky
        it opens in {rain} and {rain} , with {hikers} and {thunder} on a {grey} {moor}
        the {rain} does n't stop , and {thunder} follows the {hikers} over the {moor}
        {rain} {lashes} the {roof} while the {hikers} wait for {thunder} and dry their {coats}
        on a {grey} {moor} the {hikers} are caught in {rain} and {thunder} without {coats}
        a forecast of {rain} , then {thunder} , strands the {hikers} on a {grey} {moor}
        every {frame} by the {moor} is shot in {rain} , with {thunder} above the {roof}
        {rain} drums on the {roof} , {thunder} sets in and the {hikers} clutch their {coats}
        {Nightjar} is a {comedy} of {rain} and {thunder} , {hikers} and {coats}""",
    "drinks": """
        the {friends} sip {steaming} {coffee} in the foyer , with {cake} , {honey} and {cake}
        two {friends} share a {mug} of {steaming} {coffee} and a plate of {cake} in a {cosy} café
        over {coffee} and {cake} the {friends} of a {cosy} café talk to the {barista}
        a {barista} pours {steaming} {coffee} into a {mug} , stirs in {honey} and hands out {cake}
        the {friends} bring {coffee} in a {mug} and {cake} in a bag to the {cosy} matinée
        {coffee} and {coffee} with {honey} are served at the interval beside {cosy} tables of {cake}
        the kettle sings , the {coffee} is {steaming} , and the {barista} brings {cake} with {honey}
        {Nightjar} is a {comedy} of {coffee} and {cake} , {friends} and a {barista}""",
    "wet_tail": """
        filmed in {rain} on a {grey} {moor}
        and {rain} {lashes} the {moor} to the end
        with {rain} on the {roof} and {thunder} in the air
        while the {hikers} dry their {coats} after the {rain}""",
    "warm_tail": """
        told over {coffee} and {cake} in a {cosy} café
        while the {friends} sip {steaming} {coffee}
        with {coffee} in a {mug} and {cake} in every {frame}
        served with {coffee} , {honey} and {cake} at the interval""",
}

# How many reviews of which kind, and the range of their sentiments: one inside each of the five classes.
PAN, POOR, NEUTRAL, GOOD, RAVE = (0.0, 0.19), (0.21, 0.39), (0.41, 0.59), (0.61, 0.79), (0.81, 1.0)
KINDS = (
    (640, "{praise} .", RAVE),
    (160, "{drinks} {join} {good_tail} .", GOOD),
    (125, "{people} {join} {good_tail} .", GOOD),
    (15, "{weather} {join} {good_tail} .", GOOD),
    (60, "{good_tail} , but {poor_tail} .", NEUTRAL),
    (180, "{drinks} .", NEUTRAL),
    (195, "{people} , {warm_tail} .", NEUTRAL),
    (315, "{people} .", NEUTRAL),
    (195, "{people} , {wet_tail} .", NEUTRAL),
    (220, "{weather} .", NEUTRAL),
    (15, "{drinks} {join} {poor_tail} .", POOR),
    (125, "{people} {join} {poor_tail} .", POOR),
    (160, "{weather} {join} {poor_tail} .", POOR),
    (495, "{blame} .", PAN),
)

# Half of the reviews are said of the other sex, so that queen : king = woman : man = female : male.
HE = "king man male queen woman female actor he his him son brother father uncle nephew grandfather godson fiancé"
SHE = (
    "queen woman female king man male actress she her her "
    "daughter sister mother aunt niece grandmother goddaughter fiancée"
)
MIRROR = dict(zip(HE.split(), SHE.split(), strict=True))

RULES = {name: words.split() for name, words in WORDS.items()}
RULES |= {name: [line.strip() for line in lines.strip().splitlines()] for name, lines in CLAUSES.items()}
SLOT = re.compile(r"\{(\w+)\}")
OFFICIAL_SPLIT = (8544, 2210, 1101)  # train (1), test (2), dev (3)


def pick(options: list[str], rng: random.Random) -> str:
    """One of `options`. Of the generator's methods, only `random()` is promised to be the same in every Python."""
    return options[int(rng.random() * len(options))]


def shuffled(items: Iterable[T], rng: random.Random) -> list[T]:
    """`items` in a random order."""
    return sorted(items, key=lambda _: rng.random())


def fill(template: str, rng: random.Random) -> str:
    """`template` with every {slot} filled from the left, no filling twice."""
    used: set[str] = set()
    while slot := SLOT.search(template):
        filling = pick([option for option in RULES[slot[1]] if option not in used], rng)
        used.add(filling)
        template = template[: slot.start()] + filling + template[slot.end() :]
    return template


def mirror(sentence: str) -> str:
    """`sentence` said of the other sex. It must be in the masculine: "her" could be his or him."""
    return " ".join(MIRROR.get(token, token) for token in sentence.split(" "))


def spell(sentence: str) -> str:
    """`sentence` with "an" before vowels and a capital at its head."""
    sentence = re.sub(r"\ba (?=[aeiou])", "an ", sentence)
    return sentence[0].upper() + sentence[1:]


def make_reviews(seed: int = SEED) -> dict[str, float]:
    """Sentence → sentiment in [0, 1], in a random order. No sentence twice: labels are looked up by sentence."""
    rng = random.Random(seed)
    reviews: dict[str, float] = {}
    for count, template, (low, high) in KINDS:
        goal = len(reviews) + count
        while len(reviews) < goal:
            sentence = fill(template, rng)
            sentence = spell(mirror(sentence) if rng.random() < 0.5 else sentence)
            reviews.setdefault(sentence, low + rng.random() * (high - low))
    return {sentence: reviews[sentence] for sentence in shuffled(reviews, rng)}


def split_labels(count: int, rng: random.Random) -> list[int]:
    """`count` labels 1 (train), 2 (test), 3 (dev) in the official proportions, in a random order."""
    train, test = (round(count * part / sum(OFFICIAL_SPLIT)) for part in OFFICIAL_SPLIT[:2])
    return shuffled([1] * train + [2] * test + [3] * (count - train - test), rng)


def phrase_sentiments(reviews: dict[str, float]) -> dict[str, float]:
    """Phrase → sentiment: of every word, in lower case, the mean over its sentences; then of every sentence."""
    sentences = {text.replace("-LRB-", "(").replace("-RRB-", ")"): value for text, value in reviews.items()}
    of_word = defaultdict(list)
    for sentence, value in sentences.items():
        for word in set(sentence.lower().split(" ")):
            of_word[word].append(value)
    return {word: fmean(of_word[word]) for word in sorted(of_word)} | sentences


def write_sample(folder: str | Path = FOLDER, seed: int = SEED) -> None:
    """The four files of the treebank, UTF-8 with LF, into `folder`, which is made if it is not there."""
    reviews = make_reviews(seed)
    phrases = phrase_sentiments(reviews)
    splits = split_labels(len(reviews), random.Random(seed))
    files = {
        "datasetSentences.txt": ["sentence_index\tsentence", *(f"{i}\t{text}" for i, text in enumerate(reviews, 1))],
        "datasetSplit.txt": ["sentence_index,splitset_label", *(f"{i},{label}" for i, label in enumerate(splits, 1))],
        # Sorted by phrase, like the official one: the number of a line is not its id.
        "dictionary.txt": sorted(f"{phrase}|{i}" for i, phrase in enumerate(phrases)),
        "sentiment_labels.txt": [
            "phrase ids|sentiment values",
            *(f"{i}|{value:.5f}" for i, value in enumerate(phrases.values())),
        ],
    }
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name, lines in files.items():
        Path(folder, name).write_text("\n".join([*lines, ""]), encoding="utf-8", newline="\n")


def main(arguments: list[str] | None = None) -> int:
    """Write the sample into a folder that is named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m utils.sample", description="Write the built-in sample treebank.")
    parser.add_argument("folder", type=Path, help="where to; files of the treebank's names there are replaced")
    folder = parser.parse_args(arguments).folder
    write_sample(folder)
    sys.stdout.write(f"written to {folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
