"""Shards of a text that are trained side by side and meet in rounds.

In a round each shard s takes its steps as ever, all from the same tables. Row i of them moves by Δ_si there, under
steps whose curvature (`updates`) sums to λ_si. Then all of them are put together, row by row:

    f_i = (1 − e^(−Σ_s λ_si)) / Σ_s (1 − e^(−λ_si))
    m_i ← (1 − f_i) m_i + f_i Σ_s Δ_si,   x_i ← x_i + m_i                                                      (E50)

A shard by itself gets (1 − e^(−λ))/λ of the way that its gradients, summed, would go. So f_i is the part of the
summed way that all steps, one after the other, would get: all of it for a rare row (f → 1), a shard's mean for one
that every shard has already settled (f → 1/S). What f holds back is not lost: the motion m pays it out in the next
rounds, which see its effect, Σ_k f (1 − f)^k = 1. And f is smaller where f Σ_s Δ_si would be farther than the shard
went that moved row i farthest, and than a step may go (`CAP`). With one shard the rows are just what its steps made
of them.

What a round does depends on text, settings, S and the length of a round alone: not on where shards are computed, nor
in which order they end.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._types import Array, Ids
from ..runtime.workers import Worker, one_blas_thread
from .batches import CHUNK, Batch, Text
from .loop import Steps
from .objective import draw_batches
from .prefetch import Chunk
from .settings import Settings
from .task import NO_WORDS, Tables
from .updates import CAP, PULL, plan_sums

MOTION = "motion of "  # and a table's name
ROUNDS, ROUNDS_A_SHARD = 400, 25  # a run needs so many, or so many for each shard, to keep one shard's quality
LEAST_SYNC, MOST_SYNC = 1 << 10, 1 << 20
BLOCK = 512  # rows processed at a time: caches hold them
DRAWN = 16  # chunks that a replica keeps


def enough_rounds(shards: int) -> int:
    """Return how many rounds a run of so many shards needs."""
    return max(ROUNDS, ROUNDS_A_SHARD * shards)


def longest_sync(words: int, shards: int) -> int:
    """Return the longest round, a power of two, of which there are enough in so many words, read in all epochs."""
    sync = MOST_SYNC
    while sync > LEAST_SYNC and words < enough_rounds(shards) * shards * sync:
        sync //= 2
    return sync


@dataclass(frozen=True)
class Layout:
    """How a text of n words is cut: into shards of equal length, these into chunks, and a chunk into rounds.

    Attributes
    ----------
    words : n
    shards : S
    sync : words of each shard in a round
    """

    words: int
    shards: int
    sync: int

    @property
    def length(self) -> int:
        """How many words a shard has; the last may have fewer, or none."""
        return -(-self.words // self.shards)

    @property
    def chunks(self) -> int:
        """How many chunks a shard has, at most."""
        return -(-self.length // CHUNK)

    @property
    def span(self) -> int:
        """How many chunks a round goes through, where it is longer than one; else 1."""
        return 1 if self.shards == 1 else max(1, min(self.chunks, round(self.sync / CHUNK)))

    @property
    def rounds(self) -> int:
        """How many rounds a chunk has, where these are shorter; else 1, as for one shard, which meets no other."""
        return 1 if self.shards == 1 else max(1, round(min(CHUNK, self.length) / self.sync))

    @property
    def in_epoch(self) -> int:
        """How many rounds an epoch has."""
        return -(-self.chunks // self.span) * self.rounds

    def piece(self, shard: int, chunk: int) -> tuple[int, int]:
        """Return where a chunk begins and ends in the text."""
        first, last = min(self.words, shard * self.length), min(self.words, (shard + 1) * self.length)
        return min(last, first + chunk * CHUNK), min(last, first + (chunk + 1) * CHUNK)

    def number(self, shard: int, chunk: int) -> int:
        """Return a chunk's number in the text, from which its draws come."""
        return shard * self.chunks + chunk

    def before(self, epoch: int, chunk: int) -> int:
        """Return how many words all shards together have read before a chunk."""
        return epoch * self.words + min(self.words, min(self.length, CHUNK * chunk) * self.shards)


class Place(NamedTuple):
    """A round: number `round` of chunk `chunk` of epoch `epoch`, all counted from 0; a long one begins with it."""

    epoch: int
    chunk: int
    round: int

    def after(self, layout: Layout) -> "Place":
        """Return the next one."""
        if self.round + 1 < layout.rounds:
            return self._replace(round=self.round + 1)
        if self.chunk + layout.span < layout.chunks:
            return Place(self.epoch, self.chunk + layout.span, 0)
        return Place(self.epoch + 1, 0, 0)

    def number(self, layout: Layout) -> int:
        """Return how many rounds come before it."""
        return self.epoch * layout.in_epoch + self.chunk // layout.span * layout.rounds + self.round

    def chunks(self, layout: Layout) -> range:
        """Return the chunks that the round goes through, or the one that it goes through in part."""
        return range(self.chunk, min(layout.chunks, self.chunk + layout.span))


class Piece(NamedTuple):
    """A chunk of a shard, which may begin and end within a sentence.

    ids int32 (n,); ends int64 (s,): where its sentences end, the last one n; first: the number of the first one in
    the text; weights (s,): of its sentences, or None
    """

    ids: NDArray[np.int32]
    ends: NDArray[np.int64]
    first: int
    weights: Array | None = None


class Rows(NamedTuple):
    """How some rows of a table moved: their numbers, ascending; over shards Σ Δ, Σ λ, Σ (1 − e^(−λ)) and max |Δ|."""

    rows: Ids
    moved: Array
    curvature: Array
    settled: Array
    longest: Array


@dataclass
class Change:
    """What a round changes in each table.

    Attributes
    ----------
    tables : Rows of each; when shards are put together, f is in `curvature` and f Σ Δ in `moved`
    J, pairs, trained : of the measured steps, and whether there was any pair
    sent : bytes of what was added up to it, which may have travelled
    missing : workers that had not the tables of this round's beginning, so that there is no change
    """

    tables: dict[str, Rows] = field(default_factory=dict)
    J: float = 0.0
    pairs: float = 0.0
    trained: bool = False
    sent: int = 0
    missing: frozenset[str] = frozenset()

    @property
    def size(self) -> int:
        """Its bytes."""
        return sum(array.nbytes for rows in self.tables.values() for array in rows)


def add(changes: Sequence[Change]) -> Change:
    """Add up what shards changed, in their order."""
    found = Change(sent=sum(each.sent + each.size for each in changes))
    for each in changes:
        found.J, found.pairs = found.J + each.J, found.pairs + each.pairs
        found.trained |= each.trained
        found.missing |= each.missing
    if not found.missing:
        found.tables = {name: _add([each.tables[name] for each in changes]) for name in changes[0].tables}
    return found


def _add(parts: Sequence[Rows]) -> Rows:
    """Add rows of a table up, in the order of the parts."""
    rows = np.sort(np.concatenate([part.rows for part in parts]))
    rows = rows[np.diff(rows, prepend=-1) > 0]  # (m,): each once, as np.unique returns them, in less time
    m, dtype = len(rows), parts[0].moved.dtype
    moved = np.zeros((m, parts[0].moved.shape[1]), dtype)
    found = Rows(rows, moved, np.zeros(m), np.zeros(m), np.zeros(m, dtype))
    places = [np.searchsorted(rows, part.rows) for part in parts]
    for first in range(0, m, BLOCK):
        for part, place in zip(parts, places, strict=True):
            # places rise, so what a part has in this block is one piece of it, and no row twice: += counts all
            some = slice(*np.searchsorted(place, (first, first + BLOCK)).tolist())
            for whole, of in zip(found[1:4], part[1:4], strict=True):
                whole[place[some]] += of[some]
            found.longest[place[some]] = np.maximum(found.longest[place[some]], part.longest[some])
    return found


def settle(change: Change) -> Change:
    """Return the steps that all tables take: f Σ Δ instead of Σ Δ, and f instead of Σ λ.

    No row moves farther than the shard that moved it farthest, or than `CAP`, if that is more.
    """
    tables = {}
    for name, (rows, moved, curvature, settled, longest) in change.tables.items():
        far = np.sqrt(np.vecdot(moved, moved))
        f = np.minimum(-np.expm1(-curvature) / settled, np.maximum(longest, CAP) / np.maximum(far, CAP))
        moved *= f.astype(moved.dtype)[:, None]
        tables[name] = Rows(rows, moved, f, *[settled[:0]] * 2)  # what was needed to find f does not travel
    change.tables = tables
    return change


def apply(change: Change, tables: dict[str, Array], motion: dict[str, Array]) -> None:
    """Take the steps of a round in tables, in place; without motion the rows are what one shard made of them."""
    for name, (rows, moved, f, *_) in change.tables.items():
        if not motion:
            tables[name][rows] = moved
            continue
        for first in range(0, len(rows), BLOCK):
            part = slice(first, first + BLOCK)
            _move(tables[name], motion[MOTION + name], rows[part], moved[part], f[part])


def _move(table: Array, motion: Array, rows: Ids, moved: Array, f: Array) -> None:
    """Move some rows of a table by their new steps and by what f held back of the motion that they had."""
    m = motion.take(rows, axis=0)
    m *= (1 - f).astype(m.dtype)[:, None]
    m += moved
    motion[rows] = m
    m += table.take(rows, axis=0)
    table[rows] = m


@dataclass(frozen=True, eq=False)
class Plan:
    """What determines a run, beside its text and where it starts.

    Attributes
    ----------
    run : a name of its own
    settings : Settings, with a step (`Settings.for_text`)
    documents : their number, 0 if they have no vectors
    centres : words that subsampling keeps in an epoch, on average
    layout : Layout
    drawn : whether the first vectors are those that are drawn, so that every worker can draw them
    """

    run: str
    settings: Settings
    documents: int
    centres: float
    layout: Layout
    drawn: bool


class Replica:
    """The tables of a run on one worker, at the beginning of a round, and what it takes to go through one.

    Parameters
    ----------
    plan : Plan
    words, counts, frozen : as for `Tables`
    """

    def __init__(self, plan: Plan, words: Sequence[str], counts: Ids, frozen: Ids = NO_WORDS) -> None:
        self._limit: AbstractContextManager[object] = one_blas_thread()
        self._limit.__enter__()
        self.plan, self.lock = plan, threading.RLock()
        size = 0.0, plan.settings.window + 1  # what suits the text was chosen already
        shards = plan.layout.shards
        self._tables = Tables(plan.settings, words, counts, plan.documents, 1, size, shards=shards, frozen=frozen)
        self._steps = Steps(self._tables, Worker(), plan.centres)
        self.tables = self._tables.trained()
        self.motion = still(self.tables, plan.layout)
        self.version: int | None = 0 if plan.drawn else None
        self._drawn: OrderedDict[tuple[int, ...], Chunk] = OrderedDict()

    def close(self) -> None:
        """Return BLAS its threads."""
        self._limit.__exit__(None, None, None)

    def restore(self, version: int, arrays: dict[str, Array]) -> None:
        """Take over tables and motion as they are before round number `version`."""
        with self.lock:
            for name, table in (self.tables | self.motion).items():
                table[:] = arrays[name]
            self.version = version

    def reach(self, version: int, last: Change | None) -> bool:
        """Come to the beginning of a round, by the change of the last one if need be; return whether it is there."""
        if self.version == version - 1 and last is not None and not last.missing:
            self.version = None  # until it is whole
            apply(last, self.tables, self.motion)
            self.version = version
        return self.version == version

    def take(self, place: Place, shard: int, piece: Callable[[int], Piece | None]) -> Change:
        """Take a shard's steps of a round, and return what changed; the tables stay as they were.

        piece : function that returns a chunk's text, None if the shard has no such chunk
        """
        parts = [self._part(place, shard, chunk, piece) for chunk in place.chunks(self.plan.layout)]
        touched, J, pairs = self._touched(parts), 0.0, 0.0
        before = {name: self.tables[name].take(rows, axis=0) for name, rows in touched.rows.items()}
        self._steps.place = f"epoch {place.epoch + 1}, shard {shard + 1}, chunk {place.chunk + 1}"
        try:
            for chunk, steps, rates in parts:
                found = self._steps.take(self._tables.x, chunk, steps, rates, touched.ended)
                J, pairs = J + found[0], pairs + found[1]
            after = {name: self.tables[name].take(rows, axis=0) for name, rows in touched.rows.items()}
        finally:
            for name, rows in touched.rows.items():
                self.tables[name][rows] = before[name]
        if self.motion:  # else the rows themselves are what one shard sends
            for name, values in after.items():
                values -= before[name]
        changes = {name: touched.change(name, values) for name, values in after.items()}
        batches = [chunk.batches[k] for chunk, steps, _ in parts for k in steps]
        return Change(changes, J, pairs, self._steps.any_pair(batches))

    def loss(self, piece: Piece, number: int, J: float, pairs: float, *, thinned: bool) -> tuple[float, float]:
        """Add the loss of chunk `number` to J, and its pairs to that, with draws that are always the same."""
        steps, tables = self._steps, self._tables
        if tables.composition is not None:
            tables.composition.compose_all(tables.x, Worker())
        batches = self._draw(0, number, piece, thinned=thinned)
        return steps.measure(tables.x, batches, J, pairs)

    def _part(
        self, place: Place, shard: int, chunk_number: int, piece: Callable[[int], Piece | None]
    ) -> tuple[Chunk, range, list[float]]:
        """Return a chunk, the steps of it that a round takes, and their rates."""
        layout, settings = self.plan.layout, self.plan.settings
        key = (place.epoch, shard, chunk_number)
        if key not in self._drawn:
            text = piece(chunk_number)
            number = layout.number(shard, chunk_number)
            batches = [] if text is None else self._draw(place.epoch + 1, number, text)
            ids, pull = self._tables.objective.rows(batches)
            self._drawn[key] = Chunk(batches, plan_sums(ids, pull))
            if len(self._drawn) > max(DRAWN, layout.shards):
                self._drawn.popitem(last=False)
        chunk, every = self._drawn[key], self._steps.every_composed or 1
        n = len(chunk.batches)
        # a chunk's rounds have equal parts of its steps, in whole stretches, whose words are composed together
        cuts = [min(n, -(-n * k // (layout.rounds * every)) * every) for k in (place.round, place.round + 1)]
        whole = layout.words * settings.epochs
        begin = layout.before(place.epoch, chunk_number)
        size = layout.before(place.epoch, chunk_number + 1) - begin
        return chunk, range(*cuts), [settings.rate((begin + size * k / n) / whole) for k in range(*cuts)]

    def _draw(self, epoch: int, number: int, piece: Piece, *, thinned: bool = True) -> list[Batch]:
        """Draw the batches of a piece; epochs count from 1 here, and 0 is for what is only measured."""
        tables, objective = self._tables, self._tables.objective
        rng = np.random.default_rng((self.plan.settings.seed, epoch, number + 1))
        keep = tables.keep if thinned else np.ones_like(tables.keep)
        batch = draw_batches(Text(piece.ids, piece.ends, keep, tables.noise, piece.weights), 0, objective, rng)
        if len(batch.documents):
            numbers = np.where(batch.documents < 0, -1, batch.documents + np.int32(piece.first))  # in the whole text
            batch = batch._replace(documents=numbers)
        return batch.cut(objective.n)

    def _touched(self, parts: Sequence[tuple[Chunk, range, list[float]]]) -> "_Touched":
        """Return which rows the steps of a round move, and the curvature of these steps at each row of x."""
        x, objective, tables = self._tables.x, self._tables.objective, self._tables
        λ, there = np.zeros(len(x)), np.zeros(len(x), bool)
        # each chunk's steps with their rates
        for chunk, k, rate in ((chunk, *each) for chunk, *of in parts for each in zip(*of, strict=True)):
            sums = chunk.sums.part(k, 0)
            λ[sums.rows] += rate * PULL * tables.rates.take(sums.rows) * sums.pull
            there[sums.rows] = True
            if objective.table:
                pull = objective.table_pull(chunk.batches[k])
                λ[tables.inputs :] += rate * PULL * tables.rates[tables.inputs :] * pull
                there[tables.inputs :] = True
        if tables.composition is None:
            return _Touched({"x": np.flatnonzero(there)}, {"x": λ})
        V, rows = tables.words, np.flatnonzero(there)
        words = rows[rows < V]
        of_z = np.append(words, tables.composition.rows_of(words))
        λ_z = np.append(λ[:V], np.zeros(len(tables.composition.z) - V))
        return _Touched({"x": rows[rows >= V], "z": of_z}, {"x": λ, "z": λ_z})


class _Touched(NamedTuple):
    """The rows of each table that steps move, and the curvature of all rows."""

    rows: dict[str, Ids]
    curvature: dict[str, Array]

    def ended(self, rows: Ids, λ: Array) -> None:
        """Count the curvature at n-grams of a stretch."""
        self.curvature["z"][rows] += λ

    def change(self, name: str, values: Array) -> Rows:
        """Return the change of a table whose rows moved by, or became, `values`."""
        λ = np.maximum(self.curvature[name].take(self.rows[name]), 1e-12)
        longest = np.sqrt(np.vecdot(values, values))
        return Rows(self.rows[name].astype(np.int32), values, λ, -np.expm1(-λ), longest)


def still(tables: dict[str, Array], layout: Layout) -> dict[str, Array]:
    """Return the motion of tables that a run begins with: zeros; with one shard there never is any."""
    return {MOTION + name: np.zeros_like(table) for name, table in tables.items()} if layout.shards > 1 else {}
