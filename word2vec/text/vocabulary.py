"""Text → tokens → vocabulary → the text in the vocabulary's ids.

Words get provisional numbers as they are met (`word2vec.text.numbering`); when all have been counted, the vocabulary
is chosen and the numbers are replaced by its ids, about a million words at a time. With a folder, only the different
words are held in memory, however long the text is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, fields, replace
from functools import partial
from tempfile import TemporaryFile
from typing import IO, Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from .._types import Array, PathLike
from ..functions import check_unmasked
from ..runtime.arguments import check_type, check_whole, takes, warn
from ..runtime.files import check_writable
from ..runtime.inputs import check_encoding
from ..runtime.memory import check_memory
from ..runtime.word_lists import listed
from .corpus import Corpus, load_corpus, save_corpus, write_corpus
from .counts import Tally
from .numbering import FIX, Numbering, PairStore, Part, Tokenize
from .sources import NoWords, Reading, no_words, numbered, without_corpus

Item = TypeVar("Item")

MIN_COUNT = 5
"""Words that occur less often are left out of a vocabulary, unless `min_count` is given."""
CHUNK = 1 << 20  # words or sentences processed at a time


@dataclass(frozen=True)
class VocabularyOptions:
    """How words are found and which are kept, beside `min_count`.

    Attributes
    ----------
    max_size : largest size of the vocabulary, whose most frequent words are kept; None for no limit
    keep_words : words that are kept however rare they are, if they occur, beside those of `max_size` too
    keep : function (word, count) that decides about the others: True keeps a word, False leaves it out, with None
        `min_count` decides; gensim's `trim_rule`
    lowercase : convert each word to lower case (`str.lower`) after the text has been split
    tokenize : for a file: "split" at white space (as `str.split` does), "words" (runs of letters, digits and
        underscores, with the vowel signs, accents, joiners and soft hyphens that belong to them), or a function from
        a line to the list of its words
    encoding : of a file that is not UTF-8, such as "cp1252" or "utf-16"
    max_types : most different words, beside `keep_words`, that are held while they are counted; None for no limit.
        If a block of text brings more, the rarest are dropped (Misra & Gries): a word that occurs more than E times
        is kept and counted exactly, rarer ones may be missing. E, which is stored as `Corpus.lost`, is at most
        N / (3/4 max_types) for N words, and hardly more than 1 for each time that words were dropped. Where
        min_count is larger than E, the vocabulary is the same as without a limit

    Examples
    --------
    >>> from word2vec.text import VocabularyOptions, encode
    >>> options = VocabularyOptions(lowercase=True, keep=lambda word, count: False if word == "the" else None)
    >>> encode([["The", "tea"], ["the", "TEA"]], min_count=1, **vars(options)).words
    ['tea']
    """

    max_size: int | None = None
    keep_words: Collection[str] = ()
    keep: Callable[[str, int], bool | None] | None = None
    lowercase: bool = False
    tokenize: Tokenize = "split"
    encoding: str | None = None
    max_types: int | None = None

    def __post_init__(self) -> None:
        for name in ("max_size", "max_types"):
            if (most := getattr(self, name)) is not None:
                object.__setattr__(self, name, check_whole(name, most))
        object.__setattr__(self, "keep_words", tuple(listed(self.keep_words, "keep_words", ordered=False)))
        if self.keep is not None and not takes(self.keep, 2):
            raise TypeError(f"keep is {self.keep!r:.60}: expected a function (word, count), or None")
        check_type("lowercase", self.lowercase, bool)
        if not callable(self.tokenize) and self.tokenize not in ("split", "words"):
            raise ValueError(f"tokenize is {self.tokenize!r}: expected 'split', 'words' or a function: line → words")
        if self.encoding is not None:
            check_encoding(self.encoding)


@dataclass(frozen=True, eq=False)
class Keep:
    """A `VocabularyOptions.keep` that keeps `words`, and asks `others` about other words, if it is there."""

    words: set[str]
    others: Callable[[str, int], bool | None] | None

    def __call__(self, word: str, count: int) -> bool | None:
        """Return whether a word is kept; None: `min_count` decides."""
        return True if word in self.words else self.others and self.others(word, count)


def encode(
    source: Any,
    *,
    min_count: int | None = None,
    max_size: int | None = VocabularyOptions.max_size,
    keep_words: Collection[str] = VocabularyOptions.keep_words,
    keep: Callable[[str, int], bool | None] | None = VocabularyOptions.keep,
    lowercase: bool = VocabularyOptions.lowercase,
    tokenize: Tokenize = VocabularyOptions.tokenize,
    encoding: str | None = VocabularyOptions.encoding,
    max_types: int | None = VocabularyOptions.max_types,
    folder: PathLike | None = None,
    weights: ArrayLike | None = None,
) -> Corpus:
    """Read a text, count its words, choose the vocabulary and return the text in its ids.

    Parameters
    ----------
    source : what to read, once
        The path of a UTF-8 text file with one sentence or paragraph per line, "-" for standard input, an open file, a
        folder of files, a pattern such as "texts/*.txt" (`**` is any folders), whose files are sorted, each read
        once, or an iterable of `pathlib.Path`: see `word2vec.runtime.inputs.inputs` for the order of a folder's, and
        for what is unpacked. Lines end with \\n, \\r\\n, \\r, U+2028 or U+2029, a sentence also with its file; lines
        may have any length. Or an iterable of lists of words, or an object whose method `sentences()` returns one,
        as StanfordSentiment's does. Or numbers of items or nodes: a matrix of integers whose rows are sentences, or
        an iterable of integer arrays, each a sentence (one dimension) or several (two), and empty ones of any kind;
        negative numbers, and those that a masked array hides, are padding; the words are the numbers in decimal
        digits. Or a bag of Dask, or a column of one of its tables, of strings, each a sentence, or of any of the
        above. Or a Corpus, which is returned as it is, or with other weights; options that ask for other words than
        it has are refused.
    min_count : words that occur less often are left out; None: 5
    max_size, keep_words, keep, lowercase, tokenize, encoding, max_types : see `VocabularyOptions`; Tokenize is
        "split", "words" or a function from a line to the list of its words
    folder : a folder of its own, where the corpus is stored instead of in memory; it is opened from there
        (`load_corpus`). Where the source is a folder or a pattern that holds its files, these are no part of the
        text; one that is named is refused
    weights : a number of 0 or more for each sentence of the source, empty ones included: what its words count in
        training, as if it stood there so often; the vocabulary, its counts and what depends on them stay as they are.
        Gradients are multiplied by it. Weights are not normalised: a mean of 2 acts as twice the learning rate, so
        divide them by their mean. Steps are damped and have a largest length, so a sentence cannot count thousands
        of times

    Warns (UserWarning) of `keep_words` that do not occur, of files of `folder` that are left out of the text, of a
    file that is markup, a table or word vectors, and if `max_types` may have lost words. Raises TypeError, ValueError
    if the source is none of these, holds something other than words, is empty or not UTF-8, if no word occurs often
    enough, or if an option makes no sense; OSError if a file cannot be read, or the folder cannot be written. For a
    corpus that was there see `save_corpus`; MemoryError if the ids do not fit into memory; with a folder they need
    not.

    Examples
    --------
    >>> from word2vec.text import encode
    >>> corpus = encode([["tea", "or", "coffee"], ["tea", "please"]], min_count=1)
    >>> corpus.words, corpus.ids
    (['tea', 'coffee', 'or', 'please'], array([0, 2, 1, 0, 3], dtype=int32))
    """
    options = VocabularyOptions(max_size, keep_words, keep, lowercase, tokenize, encoding, max_types)
    if isinstance(source, Corpus):
        check_unchosen(source, min_count, options)
        if weights is not None:
            sentences = len(source.ends) + len(source.empty)
            source = replace(source, **weights_of(checked_weights(weights), source.empty, sentences))
        if folder is None:
            return source  # type: ignore[no-any-return]
        save_corpus(source, folder)
        return load_corpus(folder)
    min_count = least_count(min_count)
    weights = checked_weights(weights)
    numbering = Numbering()
    if folder is not None:
        check_writable(folder)
    source = without_corpus(source, folder)
    parts = numbered(source, Reading(tokenize, encoding), numbering)
    with ExitStack() as stack:
        held, spare = PairStore(stack.enter_context(spare_file(folder)), folder), None
        if max_types is not None:
            spare = PairStore(stack.enter_context(TemporaryFile(buffering=0, dir=folder)), folder)
        tally = Tally(numbering, max_types, kept_words(options), lowercase=lowercase, store=spare)
        for part in joined(parts, tally.full):
            held.append(part)
            tally.add(part)
        if not tally.raw_words:
            raise NoWords(no_words(source))
        counts, text = tally.exact(), tally.translated(held.parts())
        facts = {"raw_words": tally.raw_words, "lost": tally.too_low}
        return choose_vocabulary(text, numbering, counts, min_count, options, folder, weights, **facts)


def least_count(min_count: int | None) -> int:
    """Return how often a word must occur to be kept; raise TypeError or ValueError if that makes no sense."""
    return MIN_COUNT if min_count is None else check_whole("min_count", min_count)


def check_unchosen(corpus: Corpus, min_count: int | None, options: VocabularyOptions) -> None:
    """Raise ValueError if options beside a corpus, whose words are found and chosen already, ask for other words."""
    known, given = corpus.min_count, list[str]()
    if min_count is not None and (min_count != known if known else (corpus.counts < min_count).any()):
        given.append(f"min_count={min_count}")
    for each in fields(options):
        if (value := getattr(options, each.name)) != each.default:
            given.append(f"{each.name}={value!r:.60}")
    if given:
        by = f", by min_count={known}" if known else ""
        what = f"{', '.join(given)} cannot change a Corpus, whose words were chosen when it was encoded{by}"
        raise ValueError(f"{what}: encode the text anew with this, or leave it out")


def choose_vocabulary(
    parts: Iterable[Part],
    numbering: Numbering,
    all_counts: Array,
    min_count: int,
    options: VocabularyOptions = VocabularyOptions(),
    folder: PathLike | None = None,
    weights: Any = None,
    *,
    raw_words: int,
    lost: int,
) -> Corpus:
    """Return the corpus of a numbered text whose words occur `all_counts` times, in a folder or in memory.

    raw_words : of the text, with words that were dropped, which occurred at most `lost` times, and have the number −1
    """
    words, counts, ids = choose_words(numbering, all_counts, min_count, options, lost)
    with spare_file(folder) as file:
        empty = EmptySentences(file)
        text = renumbered(parts, np.append(ids, np.int32(-1)), empty)
        facts = {"lost": lost, "min_count": int(min_count), "absent": absent(words, options)}
        return build_corpus(words, counts, text, raw_words, folder, partial(empty.arrays, weights), **facts)


def spare_file(folder: PathLike | None) -> AbstractContextManager[Any]:
    """Open a temporary file in the folder of a corpus; None for one in memory.

    It has no buffer, which could not be written when the file is closed on a full disk either.
    """
    return nullcontext() if folder is None else TemporaryFile(buffering=0, dir=folder)


def build_corpus(
    words: list[str],
    counts: Array,
    text: Iterable[Part],
    raw_words: int,
    folder: PathLike | None,
    more: Callable[[], dict[str, Any]],
    **facts: Any,
) -> Corpus:
    """Return the corpus of a text in ids, in a folder or in memory; `more` of its arrays are known at the end."""
    if folder is not None:
        write_corpus(words, counts, text, raw_words, folder, more, **facts)
        return load_corpus(folder)
    total, n = int(counts.sum()), 0
    check_memory(4 * total, f"the text of {total:,} words", FIX)
    ids, ends = np.empty(total, np.int32), [np.zeros(0, np.int64)]
    for found, stops in text:
        ids[n : n + len(found)] = found
        ends.append(stops)
        n += len(found)
    return Corpus(words, counts, ids, np.concatenate(ends), raw_words, **more(), **facts)


def checked_weights(weights: ArrayLike | None) -> Array | None:
    """Return weights of sentences as float64; TypeError, ValueError if they are no weights."""
    if weights is None:
        return None
    check_unmasked(weights=weights)
    found = np.asarray(weights)
    if found.ndim != 1 or found.dtype.kind not in "fiub":
        raise TypeError(f"weights is {weights!r:.60}: expected a number for each sentence")
    found = found.astype(np.float64)
    bad = np.flatnonzero(~(np.isfinite(found) & (found >= 0)))
    if bad.size or not found.any():
        what = f"weights[{bad[0]}] is {found[bad[0]]:g}" if bad.size else "weights are all 0"
        raise ValueError(f"{what}: expected finite numbers of 0 or more, not all 0")
    return found


class EmptySentences:
    """Collects the numbers of empty sentences, in a file if there is one, since a long text may have many."""

    def __init__(self, file: IO[bytes] | None = None) -> None:
        self._file, self._numbers, self._sentences, self._n = file, list[Array](), 0, 0

    def add(self, numbers: Array, sentences: int) -> None:
        """Take note of which numbers of the next sentences are those of empty ones."""
        numbers = numbers + self._sentences
        self._sentences, self._n = self._sentences + sentences, self._n + len(numbers)
        if self._file is None:
            self._numbers.append(numbers)
        else:
            self._file.write(numbers.astype("<i8").data)

    def arrays(self, weights: Array | None) -> dict[str, Any]:
        """Return the arrays of a corpus that say which sentences are empty and what the others weigh."""
        if self._file is None or not self._n:
            empty = np.concatenate([np.zeros(0, np.int64), *self._numbers])
        else:
            empty = np.memmap(self._file, "<i8", "r", shape=(self._n,))
        return {"empty": empty} | weights_of(weights, empty, self._sentences)


def weights_of(weights: Array | None, empty: Array, sentences: int) -> dict[str, Any]:
    """Return the weights of sentences that are not empty, of those of all, as an array of a corpus; {} for None."""
    if weights is None:
        return {}
    if len(weights) != sentences:
        raise ValueError(f"there are {len(weights):,} weights, {sentences:,} sentences: expected one for each")
    left = np.delete(weights, empty)
    if not left.any():
        what = f"the weights of all {len(left):,} sentences that hold words of the vocabulary are 0"
        raise ValueError(f"{what}: expected some above 0, or a lower min_count, which lets more sentences hold words")
    return {"weights": left}


def joined(parts: Iterable[Part], full: Callable[[], bool] = lambda: False) -> Iterator[Part]:
    """Join small parts to parts of at least CHUNK words or sentences, or fewer when it is `full`."""
    for group in grouped(parts, lambda part: CHUNK if full() else len(part[0]) + len(part[1]), CHUNK):
        numbers, ends = zip(*group, strict=True)
        before = np.cumsum([0, *map(len, numbers)])  # words before each part
        yield np.concatenate(numbers), np.concatenate([stops + n for stops, n in zip(ends, before, strict=False)])


def grouped(items: Iterable[Item], size: Callable[[Item], int], least: int) -> Iterator[list[Item]]:
    """Yield lists of successive items whose sizes add up to at least `least`; those of the last one may not."""
    held, total = list[Item](), 0
    for item in items:
        held.append(item)
        total += size(item)
        if total >= least:
            yield held
            held, total = [], 0
    if held:
        yield held


def choose_words(
    numbering: Numbering, counts: Array, min_count: int, options: VocabularyOptions, lost: int = 0
) -> tuple[list[str], Array, Array]:
    """Choose the vocabulary: return its words, their counts, and the id of each provisional number, or -1.

    Warns if words may be missing that occurred often enough, since those of `lost` times and less were dropped.
    """
    rule = options.keep.others if isinstance(options.keep, Keep) else options.keep
    if lost >= (min_count if rule is None else 1):
        many = "too many" if options.max_types is None else f"more than max_types={options.max_types:,}"
        what = f"there are {many} different words: those that occur more than {lost}"
        fix = f"raise `max_types`, or pass min_count={lost + 1}" if rule is None else "raise `max_types`"
        warn(f"{what} times are all counted, of the others some may be missing: {fix}")
    merged = np.arange(len(numbering), dtype=np.int32)
    if options.lowercase:
        lowered = Numbering()
        merged = lowered.take(map(str.lower, numbering))
        counts = np.bincount(merged, weights=counts).astype(np.int64)
        numbering = lowered
    words = [*map(str.__str__, numbering)]  # of np.str_, and of an Enum's, the plain string
    forced = _forced(words, counts, options)
    enough = forced | (counts >= min_count)
    if rule is not None:
        for i in np.flatnonzero(~forced).tolist():
            answer = rule(words[i], int(counts[i]))
            if not isinstance(answer, bool | np.bool_ | None):
                raise TypeError(f"keep({words[i]!r}, {counts[i]}) is {answer!r}: expected True, False or None")
            enough[i] = enough[i] if answer is None else answer
    kept = np.flatnonzero(enough)
    if not len(kept):
        raise _none_kept(words, counts, min_count, rule, lost)
    by_word = np.array(sorted(kept.tolist(), key=words.__getitem__))
    order = by_word[np.argsort(-counts[by_word], kind="stable")]  # stable: ties stay by word
    if options.max_size is not None:
        order = order[forced[order] | (np.cumsum(~forced[order]) <= options.max_size - int(forced.sum()))]
    ids = np.full(len(words), -1, np.int32)
    ids[order] = np.arange(len(order))
    return [words[i] for i in order.tolist()], counts[order], ids[merged]


def _none_kept(words: list[str], counts: Array, min_count: int, rule: Any, lost: int) -> ValueError:
    if not words:
        what = f"no word is left: too many are different, and none of them occurs more than {lost} times"
        return ValueError(f"{what}: raise `max_types`")
    top, V = int(counts.argmax()), len(words)
    kept_by, fix = ("", "") if rule is None else (" and is kept by keep", ", or change keep")
    read = f"of {counts.sum():,} words read, {V:,} are different"
    often = f"the most frequent, {words[top]!r:.60}, occurs {counts[top]:,} times"
    if " " in words[top]:
        fix += "; if that is a text, not a word, pass its words, text.split()"
    what = f"no word occurs min_count={min_count} times{kept_by}: {read}, and {often}"
    return ValueError(f"{what}; lower min_count, or pass more text{fix}")


def kept_words(options: VocabularyOptions) -> set[str]:
    """Return the words that stay however rare they are: `keep_words`, and those of vectors to start from."""
    more = options.keep.words if isinstance(options.keep, Keep) else set[str]()
    return {word.lower() if options.lowercase else word for word in options.keep_words} | more


def absent(words: list[str], options: VocabularyOptions) -> list[str]:
    """Return the words that options keep however rare they are, and that are not in a vocabulary."""
    return sorted(kept_words(replace(options, lowercase=False)).difference(words))


def _forced(words: list[str], counts: Array, options: VocabularyOptions) -> Array:
    """Return which words stay however rare they are, (V,); warn of `keep_words` that do not occur."""
    wanted = kept_words(options)
    forced = np.array([word in wanted for word in words], bool) & (counts > 0)  # where all of a word were joined: 0
    there = (words[i] for i in np.flatnonzero(forced).tolist())
    if missing := sorted(kept_words(replace(options, keep=None)).difference(there)):
        shown = ", ".join(map(repr, missing[:5])) + ", …" * (len(missing) > 5)
        warn(f"{len(missing)} of keep_words do not occur, so they cannot be learned: {shown}")
    return forced


def renumbered(parts: Iterable[Part], ids: Array, empty: EmptySentences) -> Iterator[Part]:
    """Replace numbers by ids, drop words without one and empty sentences; ends count from the text's beginning."""
    n = last = 0
    for numbers, stops in parts:
        found = ids.take(numbers)
        kept = found >= 0
        before = np.zeros(len(found) + 1, np.int64)  # words of the part that are kept before each place
        np.cumsum(kept, out=before[1:])
        ends = n + before.take(stops)
        there = np.diff(ends, prepend=last) > 0
        empty.add(np.flatnonzero(~there), len(there))
        ends = ends[there]
        n, last = n + int(before[-1]), int(ends.max(initial=last))
        yield found[kept], ends
