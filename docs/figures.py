"""Draw the figures of docs/how-it-works: `python docs/figures.py` writes them all, always the same bytes.

What they show is computed by the library: the weights of a real batch, the gradients of a real step, the files that a
real save goes through, the windows that lanes really read. Only what is said about it is written here.
"""

import os
import random
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from html import escape
from pathlib import Path
from unittest.mock import patch

import numpy as np

DOCS = Path(__file__).resolve().parent
sys.path[:0] = [str(DOCS.parent), str(DOCS)]

import architecture  # noqa: E402

from word2vec.course import replay  # noqa: E402
from word2vec.course.random_stream import WordStream  # noqa: E402
from word2vec.runtime import archive, files, run_folder  # noqa: E402
from word2vec.runtime.run_folder import RunFolder  # noqa: E402
from word2vec.training.batches import Text, draw_windows  # noqa: E402
from word2vec.training.sampling import draw_words, noise_table  # noqa: E402
from word2vec.training.skipgram import FusedStep  # noqa: E402
from word2vec.training.updates import PULL, plan_sums  # noqa: E402

FOLDER = DOCS / "how-it-works"
WIDTH = 760
BLUE, ORANGE, VIOLET, GREEN, BROWN, GREY = architecture.COLOURS
PALE = {BLUE: "#d6e8f5", ORANGE: "#fbe3d2", VIOLET: "#e8dff1", GREEN: "#d3efe6", BROWN: "#f3e6cd", GREY: "#ececec"}


class Picture:
    """An SVG of text, boxes and lines on white, so that it can be read on a dark page too."""

    def __init__(self, height: int) -> None:
        size = f'width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
        self.lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">',
            '<rect width="100%" height="100%" fill="white"/>',
        ]

    def box(self, x: float, y: float, width: float, height: float, colour: str, text: str = "", **more: str) -> None:
        """Draw a box, pale inside, with a text in its middle."""
        fill = more.pop("fill", "") or PALE[colour]
        place = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
        self.lines.append(f'<rect {place} fill="{fill}" stroke="{colour}"/>')
        if text:
            self.text(x + width / 2, y + height / 2 + 4, text, anchor="middle", **more)

    def text(self, x: float, y: float, text: str, *, anchor: str = "start", **more: str) -> None:
        """Write a line of text from, around or up to a place."""
        given = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in more.items())
        at = f'x="{x:g}" y="{y:g}" text-anchor="{anchor}"'
        self.lines.append(f"<text {at}{given}>{escape(text, quote=False)}</text>")

    def texts(self, x: float, y: float, apart: float, lines: Sequence[str]) -> None:
        """Write lines of text, one below the other."""
        for i, line in enumerate(lines):
            self.text(x, y + apart * i, line)

    def title(self, y: float, text: str) -> None:
        """Write a heading."""
        self.text(14, y, text, font_weight="bold", font_size="14")

    def line(self, path: str, colour: str, **more: str) -> None:
        """Draw a line along an SVG path."""
        given = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in more.items())
        self.lines.append(f'<path d="{path}" fill="none" stroke="{colour}"{given}/>')

    def arrow(self, x: float, y: float, to_x: float, to_y: float, colour: str = GREY) -> None:
        """Draw an arrow that ends downwards."""
        self.line(f"M{x:g} {y:g} L{to_x:g} {to_y - 6:g}", colour)
        self.lines.append(f'<path d="M{to_x:g} {to_y:g} l-4 -8 h8 z" fill="{colour}"/>')

    def svg(self) -> str:
        """Return the whole file."""
        return "\n".join([*self.lines, "</svg>"]) + "\n"


def tiers() -> str:
    """Draw how the textbook, the batches, the fast step and the course's layer hang together."""
    p = Picture(400)

    def station(x: float, y: float, width: float, colour: str, file: str, *lines: str) -> None:
        p.box(x, y, width, 28 + 18 * len(lines), colour)
        p.text(x + 10, y + 20, file, font_weight="bold")
        p.texts(x + 10, y + 40, 18, lines)

    p.title(26, "Textbook tier: pure functions, what is random is an argument")
    p.box(14, 40, 732, 46, BLUE)
    for x, file, line in (
        (24, "losses.py: one pair", "J = −log σ(u_oᵀv_c) − Σ_w log σ(−u_wᵀv_c)"),
        (406, "models.py: one window", "skip-gram: Σ over the outside words"),
    ):
        p.text(x, 60, file, font_weight="bold")
        p.text(x, 78, line)
    p.title(140, "Batch tier: products of arrays")
    station(
        14, 154, 350, GREEN, "batch.py: a batch of windows", "products over all pairs at once;", "touched rows only"
    )
    text = "training/skipgram.py: running text"
    station(396, 154, 350, GREEN, text, "blocks of centres, shared negatives:", "products of small matrices")
    p.title(272, "What calls them")
    course = "the course’s names and random stream,", "number for number"
    station(14, 286, 350, BROWN, "course/: the assignment", *course)
    own = "generators of its own,", "the same bits for any number of workers"
    station(396, 286, 350, VIOLET, "training/: train(text)", *own)
    for x, test in ((349, "tests/test_batch.py"), (731, "tests/training/test_skipgram.py")):
        p.line(f"M{x} 86 V154", GREY, stroke_width="2", stroke_dasharray="4 3")
        p.arrow(x, 218, x, 286)
        p.text(x - 8, 108, f"equal: {test}", anchor="end", fill="#333333")
    p.text(14, 380, "Dashed: a test compares the two. Arrow: is used by.", fill="#333333")
    return p.svg()


SENTENCES = "the king drinks black coffee .", "the queen drinks green tea .", "rain falls again ."
B, C, G, N, K = 2, 2, 8, 3, 2


def fast_step() -> str:
    """Draw one step of skip-gram with shared negatives, of 16 words."""
    words = [word for sentence in SENTENCES for word in sentence.split()]
    names = list(dict.fromkeys(words))
    ids = np.array([names.index(word) for word in words], np.int32)
    ends = np.cumsum([len(sentence.split()) for sentence in SENTENCES])
    noise = noise_table(np.bincount(ids) ** 0.75)
    rng = np.random.default_rng(5)
    text = Text(ids, ends, np.ones(len(names)), noise)
    batch = draw_windows(text, 0, C, len(ids), rng, full=True)
    batch = batch._replace(negatives=draw_words(noise, (len(ids) // G, N), rng))
    near = np.linspace(1, 0, C, endpoint=False)
    step = FusedStep(len(ids), 2, C, K, N, near=near, block=B, group=G)
    weights, far = step._weights(batch)
    of_block = np.zeros((B, B + 2 * C))
    for i, row in enumerate(weights[0, B : 2 * B]):
        of_block[i, i : i + 2 * C + 1] = row
    p = Picture(710)
    _draw_text(p, words, ends, [names[i] for i in batch.negatives[0]])
    _draw_weights(p, words, of_block, [names[i] for i in batch.negatives[0]], far[0])
    _draw_sums(p, step, step.ids(batch, len(names)), names)
    return p.svg()


CELL = 46


def _draw_text(p: Picture, words: list[str], ends: np.ndarray, negatives: list[str]) -> None:
    """Draw the text, cut into blocks and groups."""
    p.title(26, f"1  Cut the text: blocks of B = {B} centres, groups of G = {G}, windows of up to C = {C}")
    for i, word in enumerate(words):
        colour = BLUE if B <= i < 2 * B else GREEN if B - C <= i < 2 * B + C else GREY
        p.box(12 + CELL * i, 70, CELL, 26, colour, word, font_size="11")
    for end in ends[:-1]:
        p.line(f"M{12 + CELL * end} 62 v42", ORANGE, stroke_width="3")
    for i, (begin, end, y, text) in enumerate(
        [
            (B, 2 * B, 56, f"block 2: {B} centres"),
            (B - C, 2 * B + C, 112, f"its contexts: B + 2C = {B + 2 * C} tokens, each fetched once"),
            (0, G, 144, f"group 1: {G} centres, which share N = {N} negatives: {', '.join(negatives)}"),
        ]
    ):
        x, to_x, tick = 14 + CELL * begin, 10 + CELL * end, -5 if i else 5
        p.line(f"M{x} {y + tick} V{y} H{to_x} v{tick}", [BLUE, GREEN, VIOLET][i])
        p.text(x, y - 6 if i == 0 else y + 15, text)
    p.text(748, 52, "orange: a sentence ends", anchor="end", fill=ORANGE)


def _draw_weights(p: Picture, words: list[str], weights: np.ndarray, negatives: list[str], far: np.ndarray) -> None:
    """Draw the weights of the block's pairs and of its group's negatives."""
    p.title(196, "2  Scores: one small product per block, one per group; weights keep the pairs")
    p.text(84, 220, f"block 2: ({B}, D) times (D, {B + 2 * C}), weights p of its pairs")
    p.text(748, 220, f"group 1: ({G}, D) times (D, {N}), weights a", anchor="end")

    def matrix(
        x: float, rows: list[str], columns: list[str], values: np.ndarray, colour: str, largest: float
    ) -> None:
        for j, word in enumerate(columns):
            p.text(x + CELL * (j + 0.5), 244, word, anchor="middle", font_size="11")
        for i, word in enumerate(rows):
            p.text(x - 6, 267 + 24 * i, word, anchor="end", font_size="11")
            for j, value in enumerate(values[i]):
                share = value / largest
                tone = "".join(
                    f"{round(255 - share * (255 - int(PALE[colour][k : k + 2], 16))):02x}" for k in (1, 3, 5)
                )
                p.box(
                    x + CELL * j, 250 + 24 * i, CELL, 24, "#aaaaaa", f"{value:.3g}" if value else "", fill=f"#{tone}"
                )

    matrix(84, words[B : 2 * B], words[B - C : 2 * B + C], weights, BLUE, 1)
    matrix(610, words[:G], negatives, far, VIOLET, far.max())
    notes = (
        "p = (C + 1 − d)/C at distance d within the sentence, otherwise 0",
        "a = (K/N) Σ p over the centre’s pairs, without those whose outside",
        f"word is that negative: in expectation K = {K} negatives per pair",
    )
    p.texts(84, 374, 18, notes)


def _draw_sums(p: Picture, step: FusedStep, ids: np.ndarray, names: list[str]) -> None:
    """Draw the gradients of the step, and which of them are summed."""
    word = names.index("drinks")
    plan = plan_sums(ids[None], np.ones((1, len(ids)))).part(0, 0)
    p.title(482, f"3  Gradients: {len(ids)} of them; those of one row are summed, then the row takes one step")
    kinds = [
        (BLUE, f"{step.n} for centres, ∂J/∂v_c"),
        (GREEN, f"{step.groups} × {step.tokens} for contexts, ∂J/∂u_o"),
        (VIOLET, f"{step.groups} × {N} for negatives, ∂J/∂u_w"),
    ]
    borders = np.cumsum([0, *(part.size for part in step.split(ids[:, None]))])
    width = 13
    for (colour, text), begin, end in zip(kinds, borders, borders[1:], strict=False):
        x, anchor = (WIDTH - 20, "end") if colour == VIOLET else (24 + width * begin, "start")
        p.text(x, 508, text, anchor=anchor, fill=colour)
        for e in range(begin, end):
            p.box(
                24 + width * e, 516, width, 20, colour, fill=colour if ids[e] % len(names) == word else PALE[colour]
            )
    for row, x in ((word, 24), (len(names) + word, 390)):
        i = int(np.flatnonzero(plan.rows == row)[0])
        order = plan.order[plan.ends[i] : plan.ends[i + 1]].tolist()
        colour = BLUE if row == word else GREEN
        for e in order:
            p.line(f"M{24 + width * (e + 0.5):g} 537 L{x + 170} 590", colour)
        name = f"{'v' if row == word else 'u'}_{names[word]}"
        p.box(x, 590, 340, 28, colour, f"row {name}: {len(order)} gradients, in this order")
    notes = (
        "row ← row − d, where d = r f(λ) Σ g, shortened to a length of 1 if it is longer",
        "r: learning rate, times √(1000/n) for a word seen n times, at least 0.3 (a centre vector: at most 1)",
        f"f(λ) = (1 − exp(−λ))/λ, λ = {PULL} r · (what pulls at the row): rows with many gradients are damped",
    )
    p.texts(24, 648, 22, notes)


def determinism() -> str:
    """Draw the same chunk's work for one worker and for two."""
    p = Picture(412)
    colours = [BLUE, GREEN, VIOLET, BROWN]

    def work(x: float, y: float, names: list[str], chosen: range) -> None:
        for k, i in enumerate(chosen):
            p.box(x + 52 * k, y, 52, 34, colours[i], names[i])

    groups, rows = ["g 1", "g 2", "g 3", "g 4"], ["rows 1", "rows 2", "rows 3", "rows 4"]
    p.title(28, "One worker")
    p.text(112, 52, "draw and plan", anchor="middle")
    p.text(284, 52, "gradients of a step", anchor="middle")
    p.text(504, 52, "sums and steps", anchor="middle")
    p.box(62, 62, 100, 34, ORANGE, "chunk 1")
    work(180, 62, groups, range(4))
    work(400, 62, rows, range(4))
    p.text(620, 84, "… then chunk 2")
    p.text(50, 84, "0", anchor="end")
    p.title(138, "Two workers")
    for rank, y in ((0, 154), (1, 196)):
        p.text(50, y + 22, str(rank), anchor="end")
        p.box(62, y, 100, 34, ORANGE, f"chunk {rank + 1}")
        work(180, y, groups, range(2 * rank, 2 * rank + 2))
        work(302, y, rows, range(2 * rank, 2 * rank + 2))
    for x in (171, 293, 415):
        p.line(f"M{x} 146 v92", "black", stroke_width="2", stroke_dasharray="5 4")
    then = "then the next step of chunk 1, at last", "chunk 2, which is drawn already"
    p.texts(426, 176, 20, ("dashed: a barrier, where both wait", *then))
    p.title(276, "What a box computes depends on its name alone")
    names = (
        "chunk k: words that stay and negatives, by default_rng((seed, epoch, k)); the plan of the sums",
        "g i: gradients of group i, at the vectors before the step, whatever else is computed with them",
        "rows i: for each row, r f(λ) times the sum of its gradients in the order in which they are listed",
    )
    p.texts(24, 302, 22, names)
    so = "So nothing is added in another order if there are more workers, and no two write into the same row."
    p.text(24, 382, so)
    return p.svg()


MOMENTS = (
    "before the save",
    "1  all bytes are written …",
    "2  … and flushed and fsynced",
    "3  it is read back, its SHA-256 is right",
    "4  one rename",
    "5  the folder is fsynced",
    "6  reported; the oldest is dropped",
)


def left_by_kills() -> list[list[str]]:
    """Return the files in a run's folder at each of `MOMENTS`, where a kill would leave them: of a real save."""
    found: list[list[str]] = []
    with tempfile.TemporaryDirectory() as temporary:
        run = RunFolder(temporary, {}, [])
        for number in (1, 2):
            run.save(number, {"x": np.zeros(3)}, {})

        def note() -> None:
            found.append(sorted(path.name for path in Path(run.path or "").iterdir()))

        def noting(call: Callable[..., object]) -> Callable[..., object]:
            return lambda *arguments: (note(), call(*arguments))[1]

        note()
        with ExitStack() as patches:
            # the folder's fsync differs by system; the rest in the order of their calls: fsync of the file,
            # reading back, rename, (the folder,) what is old
            patches.enter_context(patch.object(files, "_sync_folder", lambda _: note()))
            for module, name in ((os, "fsync"), (archive, "_is_whole"), (os, "replace"), (run_folder, "generations")):
                patches.enter_context(patch.object(module, name, noting(getattr(module, name))))
            run.save(3, {"x": np.zeros(3)}, {})
        note()
    return found


def saving() -> str:
    """Draw the files that a save goes through, and what is resumed from after a kill or a power cut then."""
    p = Picture(430)
    columns = {
        "iteration-000000001": 244,
        "iteration-000000002": 320,
        ".iteration-000000003": 396,
        "iteration-000000003": 472,
    }
    p.title(26, "A save of iteration 3, and what is in the folder after each step")
    for name, x in columns.items():
        p.text(x + 36, 56, "temporary" if name.startswith(".") else f"iteration {name[-1]}", anchor="middle")
    p.text(562, 56, "a kill here:")
    p.text(656, 56, "a power cut:")
    cuts = "2", "2", "2", "2", "2 or 3", "3", "3"
    for i, (moment, names, cut) in enumerate(zip(MOMENTS, left_by_kills(), cuts, strict=True)):
        y = 68 + 44 * i
        p.text(14, y + 21, moment)
        for name, x in columns.items():
            if any(found.startswith(name) for found in names):
                unsure = name.startswith(".") and i == 1
                p.box(x, y, 72, 32, ORANGE if unsure else GREEN, "not synced" if unsure else "whole")
        newest = max(int(name[10:19]) for name in names if name.startswith("iteration"))
        p.text(562, y + 21, f"resumes {newest}")
        p.text(656, y + 21, f"resumes {cut}")
    orange = (
        "orange: the system has the bytes, the disk perhaps not; after a power cut the file may be torn or absent,",
        "but nothing reads a temporary file, and the next run in the folder removes it.",
    )
    p.texts(14, 400, 18, orange)
    return p.svg()


LANE, LANES, PIXELS, SEED = 60, 4, 2.8, 2


def read_by_lanes() -> tuple[list[list[tuple[int, int]]], list[tuple[int, int]]]:
    """Return each lane's windows, (begin, end) in the stream, and those of the true chain, as `Replay` finds them."""
    words = [word for sentence in SENTENCES for word in sentence.split()]
    ids = np.array([words.index(word) for word in words], np.int32)
    starts = np.cumsum([0, *(len(sentence.split()) for sentence in SENTENCES)])
    tables = replay.DrawTables(ids, starts, ids.repeat(5))
    stream = WordStream(random.Random(SEED).getstate())
    reader, limit = replay._Reader(replay.Replay(tables, C, K), stream.peek(20 * LANE)), LANE * LANES
    after = np.zeros(20 * LANE, np.int32)
    lanes: list[list[tuple[int, int]]] = [[] for _ in range(LANES)]
    place = dict(enumerate(range(0, limit, LANE)))  # lane → where it reads next
    while place:
        ends = dict(zip(place, reader.ends(np.array([*place.values()])).tolist(), strict=True))
        for lane, end in ends.items():
            lanes[lane].append((place[lane], end))
            after[place[lane]] = end
        place = {lane: end for lane, end in ends.items() if end < limit and not after[end]}
    chain = replay._chain(after, limit).tolist()
    return lanes, [(begin, int(after[begin])) for begin in chain]


def random_stream() -> str:
    """Draw the lanes that read windows from places of their own, until they meet; and the true chain."""
    lanes, chain = read_by_lanes()
    p = Picture(330)
    colours, rows = [BLUE, GREEN, VIOLET, BROWN], [78 + 44 * lane for lane in range(LANES)]
    lane_of = {window: lane for lane, windows in enumerate(lanes) for window in windows}
    p.title(26, f"{LANES * LANE} words of the stream, read by {LANES} lanes at once")
    box = "box: a window, from its first random word to its last; dot: the lane meets a start that another has read"
    p.text(14, 50, box)
    for lane, (windows, y) in enumerate(zip(lanes, rows, strict=True)):
        for begin, end in windows:
            p.box(14 + PIXELS * begin, y, PIXELS * (end - begin), 22, colours[lane])
        p.text(14 + PIXELS * windows[0][0], y - 5, f"lane {lane + 1}", fill=colours[lane])
        end = windows[-1][1]
        met = next((other for other, theirs in enumerate(lanes) if other != lane and end in dict(theirs)), None)
        if met is not None:
            x = 14 + PIXELS * end
            p.line(f"M{x:g} {y + 11} V{rows[met] + 22 * (met < lane)}", "black", stroke_dasharray="3 3")
            p.lines.append(f'<circle cx="{x:g}" cy="{y + 11}" r="4" fill="black"/>')
    y = rows[-1] + 64
    p.text(14, y - 8, "the true windows: from word 0 on, from each end to the next", font_weight="bold")
    for window in chain:
        begin, end = window
        colour = colours[lane_of[window]]
        p.box(14 + PIXELS * begin, y, PIXELS * (end - begin), 22, "#ffffff", fill=colour)
    own = sum(window not in chain for window in lane_of)
    text = (
        f"{len(chain)} windows, though no lane but the first began at a true start; {own} windows were read in vain"
    )
    p.text(14, y + 44, text)
    return p.svg()


FIGURES = {
    "packages": architecture.draw,
    "tiers": tiers,
    "fast-step": fast_step,
    "determinism": determinism,
    "saving": saving,
    "random-stream": random_stream,
}

if __name__ == "__main__":
    for name, draw in FIGURES.items():
        (FOLDER / f"{name}.svg").write_text(draw(), encoding="utf-8", newline="\n")
        print(FOLDER / f"{name}.svg")
