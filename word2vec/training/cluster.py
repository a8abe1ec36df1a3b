"""Training on a cluster: shards of a text (`shards`) go through rounds (`rounds`) as tasks; tables are kept here.

    steps of each shard → sums (a tree) → the round's change → tables here and there       every round

Every task is a pure function of its arguments under a key of its own, so that what is lost with a worker is computed
anew, elsewhere. Only tables are not: each worker keeps a replica of them, which comes to the next round by the last
one's change. A worker that is new, or was away, says that it misses them, and gets them from here.
"""

import math
import uuid
from collections import deque
from collections.abc import Generator, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from .._types import Array, Ids
from ..runtime.engine import DEATHS, ClusterError, Engine, Store, WorkersLost, with_store
from ..runtime.memory import keep_freed
from ..text import Corpus, VocabularyOptions
from ..vectors.word_vectors import WordVectors
from .batches import CHUNK
from .growing import Around, add_around, chunks_around, means_of, seen_before, with_words_of
from .loop import State, mean
from .objective import memory_needed
from .rounds import Change, Layout, Piece, Place, Plan, Replica, add, apply, longest_sync, settle, still
from .sampling import keep_probability
from .settings import DOCUMENTS, ClusterOptions, Settings
from .shards import PIECE, TOGETHER, ShardedText, chunk_in, chunk_of, digest_of, encode_on, end_behind
from .task import NO_WORDS, Tables, seen, weighs_pair

IN_VAIN = 50  # times that a round may be submitted
AHEAD = 2  # rounds that are submitted before the first has ended
KEPT = 32 << 20  # bytes of an array that a worker's memory is kept for, the most that glibc allows
REPLICAS = 2  # of different runs, that a worker keeps


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
        size = stay, max(fact.longest for fact in text.facts)
        documents = text.sentences if isinstance(settings.model, DOCUMENTS) else 0
        frozen = rows if settings.descent.freeze_outside else NO_WORDS
        more: dict[str, Any] = {"shards": options.shards, "start": start_from, "frozen": frozen}
        super().__init__(settings, self.corpus.words, counts, documents, 1, size, **more)
        self.engine, self.run, self.options = engine, uuid.uuid4().hex[:12], options
        cut, sentences = self._cut(text, settings.descent.held_out)
        if start_from is not None:
            self.begin_from(start_from, rows, self.corpus.words, partial(self._around, text, cut))
        self.sizes, self.rest_sizes = (cut, sentences), (text.words - cut, text.sentences - sentences)
        sync = options.sync or longest_sync(cut * settings.epochs, options.shards)
        self.layout = Layout(cut, options.shards, sync)
        ngrams = 0 if self.composition is None else len(self.composition.bucket_ids)
        self.replica_bytes = memory_needed(self.settings, self.words, 1, documents, ngrams) + self.x.nbytes
        self.centres = stay * cut / text.words
        self.plan = Plan(self.run, self.settings, documents, self.centres, self.layout, start_from is None)
        self.shards = [
            text.pieces(  # up to where one chunk more would begin
                engine, self.run, self.layout.piece(shard, 0)[0], self.layout.piece(shard, self.layout.chunks)[0]
            )
            for shard in range(options.shards)
        ]
        self.rest = text.pieces(engine, self.run, cut, text.words) if cut < text.words else []
        self.known = engine.submit((f"words-{self.run}",), _same, (self.corpus.words, self.counts, frozen))
        handles = [piece for pieces in [*self.shards, self.rest] for piece in pieces]
        digests = [engine.submit((f"digest-{self.run}", i), digest_of, piece) for i, piece in enumerate(handles)]
        self.digests: list[str] = [engine.result(each) for each in digests]

    def identity(self) -> dict[str, Any]:
        """Return the settings by which a run is known."""
        return self.settings.values() | {"cluster": {"shards": self.layout.shards, "sync": self.layout.sync}}

    def figures(self, state: State) -> dict[str, str]:
        """Return what a run shows beside rate and loss: workers, and megabytes that travelled."""
        return {"workers": str(len(self.engine.workers())), "MB": f"{state.sent / 1e6:,.0f}"}

    def weighs_pair(self) -> bool:
        """Return `weighs_pair` of the held-out part."""
        submit = self.engine.submit
        handles = [submit((f"weighs-{self.run}", i), weighs_pair, piece) for i, piece in enumerate(self.rest)]
        return any(map(self.engine.result, handles))

    def read(self, state: State) -> int:
        """Return how many words were read so far."""
        return int(self.layout.before(state.epoch, state.chunk))

    def _cut(self, text: ShardedText, share: float) -> tuple[int, int]:
        """Return how many words and sentences of the text are trained on: all but its last ones, about that share."""
        if not share:
            return text.words, text.sentences
        firsts, target = np.cumsum([0] + [fact.words for fact in text.facts]), (1 - share) * text.words
        i = min(int(np.searchsorted(firsts, target)) - 1, len(text.facts) - 1)
        ends = self.engine.submit((f"cut-{self.run}",), end_behind, text.encoded[i], target - firsts[i])
        sentence, end = self.engine.result(ends)
        if firsts[i] + end == text.words:
            what = f"at least one of {text.sentences:,} sentences"
            raise ValueError(f"held_out is {share}: expected a share that holds {what}")
        return int(firsts[i] + end), sum(fact.sentences for fact in text.facts[:i]) + sentence + 1

    def _around(self, text: ShardedText, cut: int, new: Ids) -> Array:
        """Return the first vectors of new words, those of training without a cluster, whatever the shards are."""
        V, engine = self.x[: self.words], self.engine
        if not len(new):
            return V[new]
        known = engine.submit((f"start-{self.run}",), _same, (self.keep, new, V, self.settings.window))
        sums = None
        for i, piece in enumerate(text.pieces(engine, self.run, 0, cut)):
            parts = engine.submit((f"around-{self.run}", i), around_in, piece, known)
            sums = engine.submit((f"sums-{self.run}", i), add_around, sums, parts, len(new), V.shape[1])
        return means_of(engine.result(sums), new, V)


def _same(value: Any) -> Any:
    return value


def sharded(
    settings: Settings,
    source: Any,
    min_count: int | None,
    options: VocabularyOptions,
    engine: Engine,
    spread: ClusterOptions,
    start_from: WordVectors | None,
) -> tuple[ShardedTask, list[Any]]:
    """Read a text on a cluster; return the task that it is, and what else determines its result (`RunFolder`)."""
    if isinstance(settings.model, DOCUMENTS) and settings.descent.held_out:
        raise ValueError("held_out is for words on a cluster, not for documents: leave it out, or the cluster")
    if isinstance(source, Corpus):
        for _ in source.lengths():  # raises if they make no sense
            pass
    try:
        text = encode_on(engine, source, min_count, options, spread.unreadable)
        task = ShardedTask(settings, text, engine, spread, start_from)
    except WorkersLost as error:
        fix = "expected each to have room for its part of the text; look at their logs, or give them more memory"
        raise ClusterError(f"workers were lost while the text was read ({error}): {fix}") from error
    tables = task.trained().values()
    return task, [task.digests, task.corpus.words, *tables, task.rates, *seen(task, start_from)]


def first_state(task: Any) -> State:
    """Return where a run begins."""
    tables = task.trained()
    motion = still(tables, task.layout) if isinstance(task, ShardedTask) else {}
    return State(task.x, z=tables.get("z"), motion=motion)


def cluster_loop(task: ShardedTask, state: State) -> Generator[State, None, None]:
    """Train round by round to the end, and yield the state after each chunk, as `training_loop` does.

    Raises what a task raises, and ClusterError if the cluster cannot be used any more; the state is that after the
    last round then.
    """
    rounds, layout, settings = _Rounds(task, state), task.layout, task.settings
    tables = task.trained()
    try:
        while state.epoch < settings.epochs:
            while state.round < layout.rounds:
                change = rounds.next()
                apply(change, tables, state.motion)
                state.add(change.J, change.pairs, change.trained)
                state.sent += change.sent + change.size * len(task.engine.workers())
                state.round += 1
            done = min(layout.chunks, state.chunk + layout.span)
            ends, words = done == layout.chunks, layout.before(state.epoch, done)
            # the cluster may be lost here: the state is to be one from which a run can go on
            unseen = ends and not state.pairs + state.since[1]
            loss = rounds.loss("text", task.shards) if unseen else math.nan
            held_out = rounds.loss("rest", [task.rest]) if ends and task.rest else None
            state.report(words, settings.rate(words / (settings.epochs * layout.words)), loss, done - state.chunk)
            if ends:
                state.end_epoch(loss, held_out)
            yield state
    finally:
        rounds.end()


class _Rounds:
    """The rounds of a run on an engine: those that were submitted, and their results."""

    def __init__(self, task: ShardedTask, state: State) -> None:
        self._task, self._state, self._engine = task, state, task.engine
        self._ahead: deque[tuple[Place, Any]] = deque()
        self._last: Any = None  # the change of the round before the first of these
        self._attempt = self._deaths = self._vain = 0

    def next(self) -> Change:
        """Return the change of the next round."""
        while True:
            self._submit()
            handle = self._ahead[0][1]
            change = self._result(handle)
            if isinstance(change, Change) and not change.missing:
                self._ahead.popleft()
                self._last, self._deaths, self._vain = handle, 0, 0
                return change
            self._again(frozenset() if change is None else change.missing)

    def _result(self, handle: Any) -> Any:
        """Wait for a task; return None if it was lost with its workers."""
        try:
            return self._engine.result(handle)
        except WorkersLost as error:
            self._deaths += 1
            if self._deaths > DEATHS:
                need = self._task.replica_bytes
                raise ClusterError(
                    f"workers were lost again and again in the same round ({error}): expected each to have {need:,} "
                    "bytes for tables beside its text; give workers more memory, or lower `dim` or `max_size`"
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
            chunks, first = place.chunks(layout), layout.piece(shard, 0)[0]
            # words of the shard: from the beginning of the round's first chunk to the end of its last one
            begin, end = (layout.piece(shard, chunks[i])[i] - first for i in (0, -1))
            there, before = pieces[begin // PIECE : -(-end // PIECE)], begin // PIECE * PIECE
            turn = Turn(place, shard, end - before)
            arguments = (task.plan, task.known, turn, there, last)
            # the same one in each round, which has the shard's text and chunks
            worker = workers[shard * len(workers) // layout.shards] if workers else None
            key = (f"steps-{task.run}", *name, shard)
            changes.append(self._engine.submit(key, with_store(take_steps), *arguments, worker=worker))
        while len(changes) > TOGETHER:
            changes = [
                self._engine.submit((f"add-{task.run}", *name, len(changes), i), add, changes[i : i + TOGETHER])
                for i in range(0, len(changes), TOGETHER)
            ]
        if layout.shards == 1:
            return changes[0]
        return self._engine.submit((f"change-{task.run}", *name), put_together, changes)

    def _again(self, missing: frozenset[str]) -> None:
        """Drop the rounds that were submitted, and send tables to the workers that miss them."""
        self._ahead.clear()
        self._attempt, self._vain = self._attempt + 1, self._vain + 1
        if self._vain > IN_VAIN:
            raise ClusterError(
                f"the same round failed {IN_VAIN} times, since workers were lost or missed its tables "
                f"({', '.join(sorted(missing)) or 'none is there'}): expected workers that stay; look at their logs"
            )
        state, task = self._state, self._task
        version = Place(state.epoch, state.chunk, state.round).number(task.layout)
        # copies: a worker in this process may take them when the tables here have moved on
        arrays = {name: table.copy() for name, table in (task.trained() | state.motion).items()} if missing else {}
        for address in sorted(missing):
            self._engine.on(
                address, with_store(restore), task.plan, (task.corpus.words, task.counts), version, arrays
            )

    def loss(self, name: str, texts: Sequence[Sequence[Any]]) -> float:
        """Return the mean loss per pair of texts in pieces: of the words that stay or, if no pair does, of all."""
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
                (f"loss-{task.run}", name, version, self._attempt, int(thinned), t, i),
                with_store(measure),
                task.plan,
                task.known,
                (version, t * task.layout.chunks + i * (PIECE // CHUNK), thinned),
                piece,
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
        """Make the workers forget their replicas."""
        self._ahead.clear()
        for address in self._engine.workers():
            self._engine.on(address, with_store(forget), self._task.run)


# tasks on a worker


def around_in(piece: Piece, known: tuple[Array, Ids, Array, int]) -> list[Around]:
    """Return what stands around new words, chunk by chunk; known : the last arguments of `chunks_around`."""
    return [*chunks_around(piece.ids, piece.ends, *known)]


class Turn(NamedTuple):
    """What a shard does in a round: it goes up to word `end` of the pieces that it is given."""

    place: Place
    shard: int
    end: int


def replica(store: Store, plan: Plan, known: tuple[Sequence[str], Ids, Ids]) -> Replica:
    """Return this worker's replica of a run, which is made if it is not there."""
    with store.lock:
        found = store.get(plan.run)
        if found is None:
            for run in [*store][: len(store) - REPLICAS + 1]:
                store.pop(run).close()
            keep_freed(KEPT)
            found = store[plan.run] = Replica(plan, *known)
        return found


def take_steps(
    store: Store,
    plan: Plan,
    known: tuple[Sequence[str], Ids, Ids],
    turn: Turn,
    pieces: Sequence[Piece],
    last: Change | None,
) -> Change:
    """Take a shard's steps of a round on this worker; `last` is the change of the round before."""
    place, mine = turn.place, replica(store, plan, known)
    with mine.lock:
        if not mine.reach(place.number(plan.layout), last):
            return Change(missing=frozenset([store.address]))
        skipped = place.chunk * CHUNK // PIECE * PIECE  # words of the shard before the pieces that were sent
        return mine.take(place, turn.shard, lambda chunk: chunk_in(pieces, chunk * CHUNK - skipped, turn.end))


def put_together(changes: Sequence[Change]) -> Change:
    """Return the change of a round of several shards."""
    found = add(changes)
    return found if found.missing else settle(found)


def measure(
    store: Store,
    plan: Plan,
    known: tuple[Sequence[str], Ids, Ids],
    at: tuple[int, int, bool],
    piece: Piece,
    last: Change | None,
) -> Any:
    """Return the loss and pairs of a piece, or the worker's address if it misses tables.

    at : the number of the next round, that of the piece's first chunk, and whether words are thinned out
    """
    mine, J, pairs = replica(store, plan, known), 0.0, 0.0
    version, number, thinned = at
    with mine.lock:
        if not mine.reach(version, last):
            return store.address
        for i, begin in enumerate(range(0, len(piece.ids), CHUNK)):
            chunk = chunk_of(piece, begin, min(len(piece.ids), begin + CHUNK))
            J, pairs = mine.loss(chunk, number + i, J, pairs, thinned=thinned)
    return J, pairs


def restore(
    store: Store, plan: Plan, known: tuple[Sequence[str], Ids, Ids], version: int, arrays: dict[str, Array]
) -> None:
    """Set this worker's tables to those of a round's beginning."""
    replica(store, plan, known).restore(version, arrays)


def forget(store: Store, run: str) -> None:
    """Drop this worker's replica of a run."""
    with store.lock:
        if (found := store.pop(run, None)) is not None:
            found.close()
