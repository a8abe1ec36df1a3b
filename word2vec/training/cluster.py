"""Training on a cluster: the text is read, counted, encoded and trained on by tasks; this side keeps the tables.

    partitions → counts (a tree) → vocabulary → encoded partitions → pieces of shards      once
    steps of each shard → sums (a tree) → the round's change → tables here and there       every round (`rounds`)

Every task is a pure function of its arguments under a key of its own, so that what is lost with a worker is computed
anew, elsewhere. Only tables are not: each worker keeps a replica of them, which comes to the next round by the last
one's change. A worker that is new, or was away, says that it misses them, and gets them from here.
"""

import hashlib
import math
import uuid
import warnings
from collections import deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from .._types import Array, Ids
from ..runtime.engine import DEATHS, ClusterError, Engine, Store, WorkersLost, with_store
from ..text import Corpus, VocabularyOptions
from ..text.partitions import (
    Counts,
    Encoded,
    Partition,
    Vocabulary,
    choose,
    count_words,
    encode_partition,
    merge_counts,
    partitions,
)
from ..vectors.word_vectors import WordVectors
from .batches import CHUNK
from .growing import seen_before, with_words_of
from .loop import State, mean
from .rounds import Change, Layout, Missing, Piece, Place, Plan, Replica, add, apply, settle, still, trained_tables
from .sampling import keep_probability
from .settings import DOCUMENTS, ClusterOptions, Settings
from .task import Tables

TOGETHER = 4  # results that one task of a tree puts together
AHEAD = 2  # rounds that are submitted before the first has ended
PIECE = 64 * CHUNK  # words of a shard that are kept in one piece
REPLICAS = 2  # of different runs, that a worker keeps


# the text


class Facts(NamedTuple):
    """What is known here of an encoded partition: words, sentences, empty ones, the longest, and raw words."""

    words: int
    sentences: int
    empty: Array
    longest: int
    raw_words: int
    weighted: bool


@dataclass(frozen=True, eq=False)
class ShardedText:
    """A text on a cluster: handles of its encoded partitions, and what is known of them here."""

    vocabulary: Vocabulary
    encoded: list[Any]
    facts: list[Facts]

    def corpus(self) -> Corpus:
        """Return the vocabulary and the numbers of empty sentences as a corpus without text."""
        before = np.cumsum([0] + [fact.sentences + len(fact.empty) for fact in self.facts])
        empty = np.concatenate([fact.empty + n for fact, n in zip(self.facts, before, strict=False)])
        ids, ends = np.zeros(0, np.int32), np.zeros(0, np.int64)
        words, raw = self.vocabulary, sum(fact.raw_words for fact in self.facts)
        return Corpus(words.words, words.counts, ids, ends, raw, empty=empty)

    @property
    def words(self) -> int:
        """How many words it has that are in the vocabulary."""
        return sum(fact.words for fact in self.facts)

    @property
    def sentences(self) -> int:
        """How many sentences it has, without empty ones."""
        return sum(fact.sentences for fact in self.facts)

    def pieces(self, engine: Engine, key: str, begin: int, end: int) -> list[Any]:
        """Return handles of the pieces of words begin … end − 1, `PIECE` words each."""
        firsts = np.cumsum([0] + [fact.words for fact in self.facts])
        sentences = np.cumsum([0] + [fact.sentences for fact in self.facts])
        found = []
        for a in range(begin, max(end, begin + 1), PIECE):
            b = min(end, a + PIECE)
            first, last = np.searchsorted(firsts, a, "right") - 1, max(1, np.searchsorted(firsts, b, "left"))
            cut = [(a - firsts[i], b - firsts[i], sentences[i]) for i in range(first, last)]
            found.append(engine.submit((f"piece-{key}", a, b), _piece, cut, self.encoded[first:last]))
        return found


def encode_on(
    engine: Engine, source: Any, min_count: int, options: VocabularyOptions, unreadable: str
) -> ShardedText:
    """Count and encode a source where the engine's workers are; its text stays there."""
    key = uuid.uuid4().hex[:12]
    parts = partitions(source, options)
    if isinstance(source, Corpus):
        vocabulary: Any = Vocabulary.of(source)
    else:
        counts, parts = _counted(engine, key, parts, options, unreadable)
        vocabulary = engine.submit((f"vocabulary-{key}",), choose, counts, min_count, options)
    encoded = [
        engine.submit(
            (f"encode-{key}", i), _on_payload, encode_partition, part, *_payload(engine, part), vocabulary, options
        )
        for i, part in enumerate(parts)
    ]
    facts = [engine.submit((f"facts-{key}", i), _facts, each) for i, each in enumerate(encoded)]
    vocabulary = vocabulary if isinstance(source, Corpus) else engine.result(vocabulary)
    found = [engine.result(each) for each in facts]
    full = [i for i, fact in enumerate(found) if fact.words]
    return ShardedText(vocabulary, [encoded[i] for i in full], [found[i] for i in full])


def _counted(
    engine: Engine, key: str, parts: list[Partition], options: VocabularyOptions, unreadable: str
) -> tuple[Any, list[Partition]]:
    """Count the words of partitions; return the handle of their sum, and those that could be read."""
    handles = [
        engine.submit((f"count-{key}", i), _attempt, count_words, part, *_payload(engine, part), options)
        for i, part in enumerate(parts)
    ]
    failed = [engine.submit((f"read-{key}", i), _failure, each) for i, each in enumerate(handles)]
    errors = [engine.result(each) for each in failed]
    for error in filter(None, errors):
        if unreadable == "raise":
            raise error
        warnings.warn(f"left out of the text: {error}", stacklevel=5)
    there = [i for i, error in enumerate(errors) if error is None]
    if not there and (lost := next(filter(None, errors), None)) is not None:
        raise lost
    parts = [parts[i] for i in there]
    counts = (
        tree(engine, f"counts-{key}", [handles[i] for i in there], merge_counts, options) if there else Counts({})
    )
    if there and engine.result(engine.submit((f"exact-{key}",), _too_low, counts)):
        again = [
            engine.submit((f"recount-{key}", i), _recount, part, *_payload(engine, part), options, counts)
            for i, part in enumerate(parts)
        ]
        counts = tree(engine, f"recounts-{key}", again, merge_counts, options)
    return counts, parts


def tree(engine: Engine, key: str, handles: Sequence[Any], function: Callable[..., Any], *more: Any) -> Any:
    """Put results together, some at a time, in their order; return the handle of the last task."""
    level = 0
    while len(handles) > 1 or level == 0:
        handles = [
            engine.submit((key, level, i), function, [*handles[i : i + TOGETHER]], *more)
            for i in range(0, len(handles), TOGETHER)
        ]
        level += 1
    return handles[0]


def _payload(engine: Engine, part: Partition) -> list[Any]:
    """Return the handle of a partition's value where Dask has to compute it, else nothing in its place."""
    return [engine.delayed(part.payload) if hasattr(part.payload, "__dask_graph__") else None]


def _on_payload(function: Callable[..., Any], part: Partition, value: Any, *more: Any) -> Any:
    return function(part if value is None else replace(part, payload=value), *more)


def _attempt(function: Callable[..., Any], part: Partition, value: Any, *more: Any) -> Any:
    """Return what a function of a partition returns, or the error, which names the partition."""
    try:
        return _on_payload(function, part, value, *more)
    except (OSError, EOFError, ValueError) as error:
        text = str(error) if part.name.partition(" (")[0] in str(error) else f"{part.name}: {error}"
        return ValueError(text)


def _recount(part: Partition, value: Any, options: VocabularyOptions, counts: Counts) -> Counts:
    return count_words(part if value is None else replace(part, payload=value), options, only=counts)


def _failure(found: Any) -> Exception | None:
    return found if isinstance(found, Exception) else None


def _too_low(counts: Counts) -> bool:
    return counts.too_low > 0


def _facts(encoded: Encoded) -> Facts:
    longest = int(np.diff(encoded.ends, prepend=0).max(initial=0))
    n, sentences = len(encoded.ids), len(encoded.ends)
    return Facts(n, sentences, encoded.empty, longest, encoded.raw_words, encoded.weights is not None)


def _piece(cuts: Sequence[tuple[int, int, int]], encoded: Sequence[Encoded]) -> Piece:
    """Put words `begin` … `end` − 1 of partitions together, given with how many sentences stand before each of these."""
    ids, ends, weights, n, first = [], [], [], 0, None
    for (begin, end, before), part in zip(cuts, encoded, strict=True):
        begin, end = max(0, begin), min(len(part.ids), end)
        a, b = np.searchsorted(part.ends, begin, "right"), np.searchsorted(part.ends, end, "left") + 1
        first = before + a if first is None else first
        ids.append(part.ids[begin:end])
        ends.append(np.minimum(part.ends[a:b], end) - begin + n)
        weights += [] if part.weights is None else [part.weights[a:b]]
        n += end - begin
    return Piece(
        np.concatenate(ids), np.concatenate(ends), int(first or 0), np.concatenate(weights) if weights else None
    )


def _chunk_of(piece: Piece, begin: int, end: int) -> Piece:
    """Return words begin … end − 1 of a piece."""
    return _piece([(begin, end, piece.first)], [Encoded(piece.ids, piece.ends, 0, piece.ids[:0], piece.weights)])


def _digest(piece: Piece) -> str:
    found = hashlib.sha256()
    for array in (piece.ids, piece.ends, *([] if piece.weights is None else [piece.weights])):
        found.update(np.ascontiguousarray(array).data)
    return found.hexdigest()


# the run


class ShardedTask(Tables):
    """A text on a cluster, the first vectors, and how shards are cut: what `Task` is on one machine."""

    def __init__(
        self,
        settings: Settings,
        text: ShardedText,
        engine: Engine,
        options: ClusterOptions,
        start_from: WordVectors | None = None,
    ) -> None:
        if not text.words:
            raise ValueError("the corpus holds no word: expected a text")
        self.corpus = with_words_of(text.corpus(), start_from)
        counts, rows = seen_before(self.corpus, start_from)
        stay = float(self.corpus.counts @ keep_probability(counts, settings.sample))
        suited = settings.for_text(stay, max(fact.longest for fact in text.facts))
        documents = text.sentences if isinstance(settings.model, DOCUMENTS) else 0
        super().__init__(suited, self.corpus.words, counts, documents, 1)
        if start_from is not None:
            self.go_on(start_from, rows, self.corpus.words, None)
        self.engine, self.run, self.options = engine, uuid.uuid4().hex[:12], options
        cut, sentences = self._cut(text, settings.descent.held_out)
        self.sizes, self.rest_sizes = (cut, sentences), (text.words - cut, text.sentences - sentences)
        self.layout = Layout(cut, options.shards, options.sync)
        self.centres = stay * cut / text.words
        self.plan = Plan(self.run, suited, documents, self.centres, self.layout, start_from is None)
        self.shards = [
            text.pieces(
                engine, self.run, self.layout.piece(shard, 0)[0], self.layout.piece(shard, self.layout.chunks)[0]
            )
            for shard in range(options.shards)
        ]
        self.rest = text.pieces(engine, self.run, cut, text.words) if cut < text.words else []
        self.known = engine.submit((f"words-{self.run}",), _same, (self.corpus.words, self.counts))
        handles = [piece for pieces in [*self.shards, self.rest] for piece in pieces]
        digests = [engine.submit((f"digest-{self.run}", i), _digest, piece) for i, piece in enumerate(handles)]
        self.digests: list[str] = [engine.result(each) for each in digests]

    def identity(self) -> dict[str, Any]:
        """Return the settings by which a run is known."""
        return self.settings.values() | {"cluster": {"shards": self.layout.shards, "sync": self.layout.sync}}

    def figures(self, state: State) -> dict[str, str]:
        """Return what a run shows beside rate and loss: workers, and megabytes that travelled."""
        return {"workers": str(len(self.engine.workers())), "MB": f"{state.sent / 1e6:,.0f}"}

    def read(self, state: State) -> int:
        """Return how many words were read so far."""
        return int(self.layout.before(state.epoch, state.chunk))

    def _cut(self, text: ShardedText, share: float) -> tuple[int, int]:
        """Return how many words and sentences of the text are trained on: all but its last ones, about that share."""
        if not share:
            return text.words, text.sentences
        if self.documents:
            raise ValueError("held_out is for words on a cluster, not for documents: leave it out, or the cluster")
        firsts, target = np.cumsum([0] + [fact.words for fact in text.facts]), (1 - share) * text.words
        i = min(int(np.searchsorted(firsts, target)) - 1, len(text.facts) - 1)
        ends = self.engine.submit((f"cut-{self.run}",), _end_behind, text.encoded[i], target - firsts[i])
        sentence, end = self.engine.result(ends)
        if firsts[i] + end == text.words:
            raise ValueError(f"held_out is {share}: expected a share that holds at least one sentence")
        return int(firsts[i] + end), sum(fact.sentences for fact in text.facts[:i]) + sentence + 1


def _same(value: Any) -> Any:
    return value


def _end_behind(encoded: Encoded, word: float) -> tuple[int, int]:
    """Return the first sentence that ends at or behind a word, and its end."""
    sentence = int(np.searchsorted(encoded.ends, word))
    return sentence, int(encoded.ends[sentence])


def sharded(
    settings: Settings,
    source: Any,
    min_count: int,
    options: VocabularyOptions,
    engine: Engine,
    spread: ClusterOptions,
    start_from: WordVectors | None,
) -> tuple[ShardedTask, list[Any]]:
    """Read a text on a cluster; return the task that it is, and what else determines its result (`RunFolder`)."""
    text = encode_on(engine, source, min_count, options, spread.unreadable)
    task = ShardedTask(settings, text, engine, spread, start_from)
    return task, [task.digests, task.corpus.words, task.x, task.rates]


def first_state(task: Any) -> State:
    """Return where a run begins."""
    tables = trained_tables(task)
    motion = still(tables, task.layout) if isinstance(task, ShardedTask) else {}
    return State(task.x, z=tables.get("z"), motion=motion)


def cluster_loop(task: ShardedTask, state: State) -> Generator[State, None, None]:
    """Train round by round to the end, and yield the state after each chunk, as `training_loop` does.

    Raises what a task raises, and ClusterError if the cluster cannot be used any more; the state is that after the
    last round then.
    """
    rounds, layout, settings = _Rounds(task, state), task.layout, task.settings
    tables = trained_tables(task)
    try:
        while state.epoch < settings.epochs:
            change = rounds.next()
            apply(change, tables, state.motion)
            state.add(change.J, change.pairs, change.trained)
            state.sent += change.sent
            state.round += 1
            if state.round < layout.rounds:
                continue
            ends = state.chunk + 1 == layout.chunks
            words = int(layout.before(state.epoch, state.chunk + 1))
            loss = math.nan
            if ends and not state.pairs + state.since[1]:
                loss = rounds.loss("text", task.shards)
            state.report(words, settings.rate(words / (settings.epochs * layout.words)), loss)
            if ends:
                state.end_epoch(loss, rounds.loss("rest", [task.rest]) if task.rest else None)
            yield state
    finally:
        rounds.end()


class _Rounds:
    """The rounds of a run on an engine: those that were submitted, and what becomes of them."""

    def __init__(self, task: ShardedTask, state: State) -> None:
        self._task, self._state, self._engine = task, state, task.engine
        self._ahead: deque[tuple[Place, Any]] = deque()
        self._last: Any = None  # the change of the round before the first of these
        self._attempt = self._deaths = 0

    def next(self) -> Change:
        """Return the change of the next round."""
        while True:
            self._submit()
            place, handle = self._ahead[0]
            change = self._result(handle)
            if change is not None and not change.missing:
                self._ahead.popleft()
                self._last, self._deaths = handle, 0
                return change
            self._again(frozenset() if change is None else change.missing)

    def _result(self, handle: Any) -> Any:
        """Wait for a task; return None if it was lost with its workers."""
        try:
            return self._engine.result(handle)
        except WorkersLost as error:
            self._deaths += 1
            if self._deaths > DEATHS:
                raise ClusterError(
                    f"workers were lost again and again in the same round ({error}): expected them to have the memory "
                    f"for {self._task.memory:,} bytes; give them more, or lower dim or the vocabulary's size"
                ) from error
            return None

    def _submit(self) -> None:
        """Submit rounds ahead, up to the end of the epoch."""
        state, layout = self._state, self._task.layout
        place = self._ahead[-1][0].after(layout) if self._ahead else Place(state.epoch, state.chunk, state.round)
        last = self._ahead[-1][1] if self._ahead else self._last
        while len(self._ahead) < AHEAD and place.epoch == state.epoch:
            last = self._round(place, last)
            self._ahead.append((place, last))
            place = place.after(layout)

    def _round(self, place: Place, last: Any) -> Any:
        """Submit the tasks of a round, and return the handle of its change."""
        task, layout, name = self._task, self._task.layout, (place.number(self._task.layout), self._attempt)
        workers, changes = self._engine.workers(), []
        for shard, pieces in enumerate(task.shards):
            begin, end = layout.piece(shard, place.chunk)
            offset = begin - layout.piece(shard, 0)[0]
            a, b = offset % PIECE, offset % PIECE + end - begin
            arguments = (
                task.plan,
                task.known,
                place,
                shard,
                pieces[offset // PIECE] if end > begin else None,
                (a, b),
                last,
            )
            worker = workers[shard * len(workers) // layout.shards] if workers else None
            key = (f"steps-{task.run}", *name, shard)
            changes.append(self._engine.submit(key, with_store(take_steps), *arguments, worker=worker))
        while len(changes) > TOGETHER:
            changes = [
                self._engine.submit((f"add-{task.run}", *name, len(changes), i), add, changes[i : i + TOGETHER])
                for i in range(0, len(changes), TOGETHER)
            ]
        return self._engine.submit((f"change-{task.run}", *name), put_together, changes, layout.shards)

    def _again(self, missing: frozenset[str]) -> None:
        """Give up the rounds that were submitted, and give tables to the workers that miss them."""
        self._ahead.clear()
        self._attempt += 1
        state, task = self._state, self._task
        version = Place(state.epoch, state.chunk, state.round).number(task.layout)
        arrays = trained_tables(task) | state.motion
        for address in sorted(missing):
            self._engine.on(
                address, with_store(restore), task.plan, (task.corpus.words, task.counts), version, arrays
            )

    def loss(self, name: str, texts: Sequence[Sequence[Any]]) -> float:
        """Return the mean loss per pair of some texts, in pieces: of the words that stay or, if no pair does, of all."""
        for thinned in (True, False):
            while (found := self._losses(name, texts, thinned)) is None:
                pass
            J, pairs = (math.fsum(each) for each in zip(*found, strict=True))
            if pairs:
                break
        return mean(J, pairs)

    def _losses(self, name: str, texts: Sequence[Sequence[Any]], thinned: bool) -> list[tuple[float, float]] | None:
        """Return the loss and the pairs of each piece, None if workers missed the tables."""
        task, state, workers = self._task, self._state, self._engine.workers()
        version = Place(state.epoch, state.chunk, state.round).number(task.layout)  # of what comes next
        pieces = [(t, i, piece) for t, text in enumerate(texts) for i, piece in enumerate(text)]
        handles = [
            self._engine.submit(
                (f"loss-{task.run}", name, version, self._attempt, thinned, t, i),
                with_store(measure),
                task.plan,
                task.known,
                version,
                t * task.layout.chunks + i * (PIECE // CHUNK),
                piece,
                thinned,
                self._last,
                worker=workers[k * len(workers) // len(pieces)] if workers else None,
            )
            for k, (t, i, piece) in enumerate(pieces)
        ]
        found = [self._result(each) for each in handles]
        missing = frozenset(each for each in found if isinstance(each, str))
        if missing or None in found:
            self._again(missing)
            return None
        return found

    def end(self) -> None:
        """Let the workers forget their replicas."""
        self._ahead.clear()
        for address in self._engine.workers():
            self._engine.on(address, with_store(forget), self._task.run)


# tasks on a worker


def replica(store: Store, plan: Plan, known: tuple[Sequence[str], Ids]) -> Replica:
    """Return this worker's replica of a run, which is made if it is not there."""
    with store.lock:
        found = store.get(plan.run)
        if found is None:
            for run in [*store][: len(store) - REPLICAS + 1]:
                store.pop(run).close()
            found = store[plan.run] = Replica(plan, *known)
        return found  # type: ignore[no-any-return]


def take_steps(
    store: Store,
    plan: Plan,
    known: tuple[Sequence[str], Ids],
    place: Place,
    shard: int,
    piece: Piece | None,
    part: tuple[int, int],
    last: Change | None,
) -> Change:
    """Take a shard's steps of a round on this worker; `part` of a piece is the chunk, `last` the round before."""
    mine = replica(store, plan, known)
    with mine.lock:
        try:
            mine.reach(place.number(plan.layout), last)
        except Missing:
            return Change(missing=frozenset([store.address]))
        return mine.take(place, shard, None if piece is None else lambda: _chunk_of(piece, *part))


def put_together(changes: Sequence[Change], shards: int) -> Change:
    """Return the change of a round."""
    found = add(changes)
    return found if found.missing or shards == 1 else settle(found)


def measure(
    store: Store,
    plan: Plan,
    known: tuple[Sequence[str], Ids],
    version: int,
    number: int,
    piece: Piece,
    thinned: bool,
    last: Change | None,
) -> Any:
    """Return the loss of a piece that begins with chunk `number` and its pairs, or the address of a worker that misses tables."""
    mine, J, pairs = replica(store, plan, known), 0.0, 0.0
    with mine.lock:
        try:
            mine.reach(version, last)
        except Missing:
            return store.address
        for i, begin in enumerate(range(0, len(piece.ids), CHUNK)):
            chunk = _chunk_of(piece, begin, min(len(piece.ids), begin + CHUNK))
            J, pairs = mine.loss(chunk, number + i, J, pairs, thinned=thinned)
    return J, pairs


def restore(
    store: Store, plan: Plan, known: tuple[Sequence[str], Ids], version: int, arrays: dict[str, Array]
) -> None:
    """Give this worker the tables of a round's beginning."""
    replica(store, plan, known).restore(version, arrays)


def forget(store: Store, run: str) -> None:
    """Drop this worker's replica of a run."""
    with store.lock:
        if (found := store.pop(run, None)) is not None:
            found.close()
