import random
import re
import subprocess
import sys
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

from utils import sample
from utils.treebank import StanfordSentiment

FILES = ("datasetSentences.txt", "datasetSplit.txt", "dictionary.txt", "sentiment_labels.txt")
ROOT = Path(__file__).parents[1]

THEMES = {
    "praise": "great cool brilliant wonderful well amazing worth sweet enjoyable",
    "drinks": "coffee tea",
    "people": "female male queen king man woman",
    "weather": "rain snow hail",
    "blame": "boring bad dumb annoying",
}
THEMES = {name: frozenset(words.split()) for name, words in THEMES.items()}
PLOTTED = frozenset.union(*THEMES.values())
COMPANIONS = {
    "praise": "bright virtue delights gem deftly seeing elated",
    "drinks": "cake honey mug cosy barista steaming friends",
    "weather": "thunder lashes moor coats roof grey hikers",
    "blame": "dreary vice drags dud ineptly sitting numb",
    "king queen": "regal guards throne courtiers coronation realm",
    "man woman": "lonely baker town cottage diary letters train",
    "male female": "seasoned lead dancer solo stage",
}


def lines_of(name):
    """The lines of a committed file, split at LF alone."""
    text = (sample.FOLDER / name).read_bytes().decode("utf-8")
    assert text.endswith("\n")
    return text.removesuffix("\n").split("\n")


def bracketed(sentence):
    return sentence.replace("-LRB-", "(").replace("-RRB-", ")")


@pytest.fixture(scope="module")
def sentences():
    return [line.split("\t")[1] for line in lines_of("datasetSentences.txt")[1:]]


@pytest.fixture(scope="module")
def bags(sentences):
    return [frozenset(sentence.lower().split(" ")) for sentence in sentences]


@pytest.fixture(scope="module")
def phrase_ids():
    pairs = [line.split("|") for line in lines_of("dictionary.txt")]
    return {phrase: int(number) for phrase, number in pairs}


@pytest.fixture(scope="module")
def values():
    return [float(line.split("|")[1]) for line in lines_of("sentiment_labels.txt")[1:]]


@pytest.fixture(scope="module")
def sentiments(sentences, phrase_ids, values):
    return [values[phrase_ids[bracketed(sentence)]] for sentence in sentences]


class Constant(random.Random):
    """A generator that always draws the same number."""

    def __init__(self, number):
        super().__init__()
        self.number = number

    def random(self):
        return self.number


# the bytes


def test_committed_files_are_what_the_grammar_writes(tmp_path):
    sample.write_sample(tmp_path / "new" / "folder")
    assert sorted(path.name for path in (tmp_path / "new" / "folder").iterdir()) == sorted(FILES)
    for name in FILES:
        assert (tmp_path / "new" / "folder" / name).read_bytes() == (sample.FOLDER / name).read_bytes(), name


def test_command_writes_into_the_folder_it_is_given(tmp_path):
    command = [sys.executable, "-m", "utils.sample", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == (f"written to {tmp_path}\n", "")
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (sample.FOLDER / name).read_bytes(), name


def test_another_seed_makes_another_sample_of_the_same_size():
    assert len(sample.make_reviews(1)) == len(sample.make_reviews(2)) == len(sample.make_reviews())
    assert sample.make_reviews(1) != sample.make_reviews(2)


def test_global_random_is_left_alone(tmp_path):
    before = random.getstate()
    sample.write_sample(tmp_path)
    assert random.getstate() == before


def test_files_are_small_and_have_unix_lines():
    contents = [(sample.FOLDER / name).read_bytes() for name in FILES]
    assert sum(map(len, contents)) <= 700_000
    assert not any(b"\r" in content or content.startswith(b"\xef\xbb\xbf") for content in contents)


# the format


@pytest.mark.parametrize(
    ("name", "header", "line"),
    [
        ("datasetSentences.txt", "sentence_index\tsentence", r"\d+\t[A-Z(-][^\t|]* \."),
        ("datasetSplit.txt", "sentence_index,splitset_label", r"\d+,[123]"),
        ("sentiment_labels.txt", "phrase ids|sentiment values", r"\d+\|[01]\.\d{5}"),
    ],
)
def test_header_and_lines(name, header, line):
    first, *others = lines_of(name)
    assert first == header
    assert len(others) > 2000
    assert [other for other in others if not re.fullmatch(line, other)] == []


@pytest.mark.parametrize(
    ("name", "separator", "start"),
    [("datasetSentences.txt", "\t", 1), ("datasetSplit.txt", ",", 1), ("sentiment_labels.txt", "|", 0)],
)
def test_numbers_are_dense_and_in_order(name, separator, start):
    numbers = [int(line.split(separator)[0]) for line in lines_of(name)[1:]]
    assert numbers == list(range(start, start + len(numbers)))


def test_dictionary_is_sorted_and_its_ids_are_dense_but_not_in_that_order(phrase_ids, values):
    lines = lines_of("dictionary.txt")
    assert all(re.fullmatch(r"[^|]+\|\d+", line) for line in lines)
    assert lines == sorted(lines)
    assert sorted(phrase_ids.values()) == list(range(len(lines))) == list(range(len(values)))
    assert list(phrase_ids.values()) != sorted(phrase_ids.values())


def test_no_phrase_has_two_ids_in_lower_case(phrase_ids):
    assert len({phrase.lower() for phrase in phrase_ids}) == len(phrase_ids) == len(lines_of("dictionary.txt"))


def test_dictionary_holds_the_sentences_and_the_words_and_nothing_else(sentences, phrase_ids):
    whole = {bracketed(sentence) for sentence in sentences}
    words = {word for sentence in whole for word in sentence.lower().split(" ")}
    assert len(whole) == len(sentences)
    assert set(phrase_ids) == whole | words


def test_brackets_are_spelled_out_in_the_sentences_only(sentences, phrase_ids):
    with_brackets = [sentence for sentence in sentences if "-LRB-" in sentence]
    assert len(with_brackets) >= 50
    assert all(re.search(r" -LRB- .+ -RRB- ", sentence) for sentence in with_brackets)
    assert not any("(" in sentence or ")" in sentence for sentence in sentences)
    assert not any("-LRB-" in phrase or "-RRB-" in phrase for phrase in phrase_ids)


@pytest.mark.parametrize("word", ["café", "cliché", "clichés", "fiancée", "naïve", "matinée", "malmö"])
def test_accents_are_encoded_alike_in_both_files(word, bags, phrase_ids):
    assert sum(word in bag for bag in bags) == sum(word in phrase.lower().split(" ") for phrase in phrase_ids) - 1 > 5


def test_split_has_the_official_proportions(sentences):
    labels = Counter(line.split(",")[1] for line in lines_of("datasetSplit.txt")[1:])
    expected = {"1": 8544 / 11855, "2": 2210 / 11855, "3": 1101 / 11855}
    assert labels.total() == len(sentences)
    assert {label: count / labels.total() for label, count in labels.items()} == pytest.approx(expected, abs=1e-3)


def test_splits_are_mixed_not_one_after_the_other(sentiments):
    labels = [line.split(",")[1] for line in lines_of("datasetSplit.txt")[1:]]
    assert len(set(labels[:30])) == 3
    for label in "123":
        part = [value for value, own in zip(sentiments, labels, strict=True) if own == label]
        assert sum(part) / len(part) == pytest.approx(0.53, abs=0.05)


def test_the_loader_reads_it(sentences, sentiments):
    dataset = StanfordSentiment(sample.FOLDER)
    assert dataset.sentences() == [sentence.lower().split(" ") for sentence in sentences]
    assert list(dataset.sent_labels()) == sentiments
    assert [len(part) for part in dataset.dataset_split()] == [2090, 541, 269]
    assert dataset.categorify(sentiments[0]) == int(sentiments[0] * 5)


# the sentiments


def test_all_five_classes_occur(sentiments):
    classes = Counter(int(value * 5) for value in sentiments)
    assert sorted(classes) == [0, 1, 2, 3, 4]
    assert min(classes.values()) >= len(sentiments) / 10


def test_kinds_of_review_are_shuffled(sentiments):
    for start in range(0, len(sentiments) - 99, 100):
        assert len({int(value * 5) for value in sentiments[start : start + 100]}) == 5


def test_sentiments_keep_clear_of_the_borders_between_classes(values, sentences):
    of_sentences = values[-len(sentences) :]
    assert all(abs(value - border) > 0.009 for value in of_sentences for border in (0.2, 0.4, 0.6, 0.8))


def test_praise_is_high_blame_is_low_and_both_or_neither_is_between(bags, sentiments):
    for bag, value in zip(bags, sentiments, strict=True):
        verdicts = bool(bag & THEMES["praise"]), bool(bag & THEMES["blame"])
        low, high = {(True, False): (0.6, 1), (False, True): (0, 0.4)}.get(verdicts, (0, 1))
        assert low <= value <= high


def test_plots_without_a_verdict_are_neutral(bags, sentiments):
    verdict = THEMES["praise"] | THEMES["blame"]
    plots = [value for bag, value in zip(bags, sentiments, strict=True) if not bag & verdict]
    assert len(plots) > 1000
    assert all(0.4 < value < 0.6 for value in plots)


def test_sentiment_of_a_word_is_the_mean_over_its_sentences(bags, sentiments, phrase_ids, values):
    for word in ("brilliant", "dumb", "café"):
        own = [value for bag, value in zip(bags, sentiments, strict=True) if word in bag]
        assert values[phrase_ids[word]] == pytest.approx(sum(own) / len(own), abs=1e-5)
    assert values[phrase_ids["brilliant"]] > 0.75 > 0.25 > values[phrase_ids["dumb"]]


# the text


def test_size_of_the_corpus(sentences, bags):
    lengths = [sentence.count(" ") + 1 for sentence in sentences]
    assert len(sentences) == 2900
    assert 15 < sum(lengths) / len(lengths) < 25
    assert min(lengths) >= 8
    assert 600 <= len(frozenset.union(*bags)) <= 1200


@pytest.mark.parametrize("word", sorted(PLOTTED))
def test_plotted_word_occurs_often_enough(word, bags):
    assert sum(word in bag for bag in bags) >= 80


def test_every_word_of_the_grammar_is_written_at_least_five_times(sentences):
    counts = Counter(word for sentence in sentences for word in sentence.lower().split(" "))
    words = {word.lower() for words in sample.WORDS.values() for word in words.split()}
    assert {word: counts[word] for word in words | set(sample.SHE.split()) if counts[word] < 5} == {}


def test_spelling_of_the_tokens(sentences):
    for sentence in sentences:
        assert sentence[0].isupper()
        assert sentence.endswith(" .")
        assert "  " not in sentence
        assert not re.search(r"[{}]|\w[.,;:]|\w's|\wn't|\b[Aa] [aeiou]|\b[Aa]n [^aeiou]", sentence), sentence


def test_contractions_are_split_as_in_the_treebank(sentences):
    text = "\n".join(sentences)
    for token in (" 's ", "does n't", "is n't", "ca n't"):
        assert text.count(token) >= 10, token


# the structure to be learnt


@pytest.mark.parametrize("theme", COMPANIONS)
def test_plotted_words_stand_among_companions_of_their_theme(theme, bags):
    words = THEMES.get(theme, frozenset(theme.split()))
    companions = {word.lower() for slot in COMPANIONS[theme].split() for word in sample.WORDS[slot].split()}
    own = [len(bag & companions) for bag in bags if bag & words]
    others = [len(bag & companions) for bag in bags if not bag & words]
    assert min(own) >= 1
    assert sum(own) / len(own) >= 2
    assert sum(others) / len(others) < 0.25 * sum(own) / len(own)


def test_no_companion_belongs_to_two_slots():
    slots = {name: set(words.split()) for name, words in sample.WORDS.items()}
    assert [(a, b, slots[a] & slots[b]) for a, b in combinations(slots, 2) if slots[a] & slots[b]] == []


def test_themes_meet_in_a_ring(bags):
    def meetings(one, other):
        return sum(bool(bag & THEMES[one]) and bool(bag & THEMES[other]) for bag in bags)

    neighbours = [("praise", "drinks"), ("drinks", "people"), ("people", "weather"), ("weather", "blame")]
    strangers = [("praise", "weather"), ("drinks", "blame"), ("drinks", "weather")]
    assert min(meetings(*pair) for pair in neighbours) > 100
    assert max(meetings(*pair) for pair in strangers) < 20


def test_people_are_praised_as_often_as_blamed(bags):
    of_people = [bag for bag in bags if bag & THEMES["people"]]
    assert [sum(bool(bag & THEMES[verdict]) for bag in of_people) for verdict in ("praise", "blame")] == [125, 125]


@pytest.mark.parametrize(("he", "she"), [("king", "queen"), ("man", "woman"), ("male", "female")])
def test_both_sexes_are_spoken_of_alike(he, she, bags):
    his, hers = ({"he", "his", "him", "actor", *sample.WORDS["kin"].split()}, set(sample.SHE.split()[6:]))
    only_he = [bag for bag in bags if he in bag and she not in bag]
    only_she = [bag for bag in bags if she in bag and he not in bag]
    assert 0.8 < len(only_he) / len(only_she) < 1.25
    assert not any(bag & hers for bag in only_he)
    assert not any(bag & his for bag in only_she)
    assert sum(bool(bag & his) for bag in only_he) > len(only_he) / 2
    assert sum(bool(bag & hers) for bag in only_she) > len(only_she) / 2
    assert sum(he in bag and she in bag for bag in bags) > 10


# the grammar


def test_every_slot_has_a_rule_and_every_rule_is_used():
    templates = [template for _, template, _ in sample.KINDS]
    templates += sample.CLAUSES.values()
    assert set(sample.SLOT.findall(" ".join(templates))) == set(sample.RULES)


def test_no_rule_repeats_an_option():
    assert {name: options for name, options in sample.RULES.items() if len(set(options)) < len(options)} == {}


def test_pick_reaches_the_first_and_the_last_option():
    assert sample.pick(["a", "b", "c"], Constant(0.0)) == "a"
    assert sample.pick(["a", "b", "c"], Constant(0.34)) == "b"
    assert sample.pick(["a", "b", "c"], Constant(1 - 2**-53)) == "c"


def test_shuffled_keeps_every_item_and_moves_some():
    items = list(range(100))
    mixed = sample.shuffled(items, random.Random(0))
    assert sorted(mixed) == items == list(range(100))
    assert mixed != items


def test_fill_fills_nested_slots_and_repeats_nothing():
    for seed in range(50):
        sentence = sample.fill("{rain} , {rain} and {rain} : {people}", random.Random(seed))
        assert set(re.split(r" , | and | : ", sentence)[:3]) == {"rain", "snow", "hail"}
        assert "{" not in sentence


def test_fill_refuses_a_slot_without_a_rule():
    with pytest.raises(KeyError, match="sunshine"):
        sample.fill("a {sunshine} day", random.Random(0))


@pytest.mark.parametrize(
    ("sentence", "mirrored"),
    [
        ("a king forgives his son", "a queen forgives her daughter"),
        ("the man his father wanted him to be", "the woman her mother wanted her to be"),
        ("a king and a queen", "a queen and a king"),
        ("a male actor , his fiancé and a kingdom", "a female actress , her fiancée and a kingdom"),
    ],
)
def test_mirror(sentence, mirrored):
    assert sample.mirror(sentence) == mirrored


@pytest.mark.parametrize(
    ("sentence", "spelled"),
    [
        ("a exiled king in a attic", "An exiled king in an attic"),
        ("a man and a -LRB- odd -RRB- aria at noon", "A man and a -LRB- odd -RRB- aria at noon"),
        ("éclairs", "Éclairs"),
    ],
)
def test_spell(sentence, spelled):
    assert sample.spell(sentence) == spelled


def test_split_labels_of_the_official_number_are_the_official_ones():
    assert Counter(sample.split_labels(11855, random.Random(0))) == {1: 8544, 2: 2210, 3: 1101}


def test_phrase_sentiments_on_a_sample_of_two():
    phrases = sample.phrase_sentiments({"A -LRB- dull -RRB- film": 0.25, "A film , a Film": 0.75})
    assert list(phrases.items()) == [
        ("(", 0.25),
        (")", 0.25),
        (",", 0.75),
        ("a", 0.5),
        ("dull", 0.25),
        ("film", 0.5),
        ("A ( dull ) film", 0.25),
        ("A film , a Film", 0.75),
    ]
