"""fastText's character n-grams: the buckets of many words at once, hashed with one pass per byte.

A word stands between < and >, and its n-grams are all runs of minn to maxn characters of that, < and > alone left
out; "</s>", the end of a line, has none. Each goes to the bucket FNV-1a(its bytes) mod buckets, so different n-grams
may share one. Bytes that are no UTF-8 are kept: such a word holds the surrogates that `decode("utf-8",
"surrogateescape")` makes.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .._types import Array
from ..runtime.arguments import check_whole

if TYPE_CHECKING:
    from scipy.sparse import csr_array

END_OF_LINE = "</s>"
BASIS, PRIME = np.uint32(2166136261), np.uint32(16777619)  # of FNV-1a
FEW = 4  # words whose n-grams a loop hashes faster
PART = 1 << 13  # words that are hashed at once: their arrays stay in the processor's cache
CHARACTER = re.compile(rb"[^\x80-\xbf][\x80-\xbf]*")  # bytes 10xxxxxx go on with one
LARGEST = (1 << 31) - 1  # fastText's numbers are int32


def word_bytes(word: str) -> bytes:
    """Return the bytes of a word: UTF-8, in which surrogates stand for bytes that are none."""
    try:
        return word.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half of a surrogate pair
        return word.encode("utf-8", "surrogatepass")


def check_ngrams(minn: int, maxn: int, buckets: int) -> tuple[int, int, int]:
    """Return lengths of n-grams and the number of buckets; raise TypeError or ValueError if they are not possible."""
    given = {"minn": minn, "maxn": maxn, "buckets": buckets}
    minn, maxn, buckets = (check_whole(name, value, 0) for name, value in given.items())
    if minn > maxn and maxn > 0:
        raise ValueError(f"minn is {minn}, maxn {maxn}: expected minn to be at most maxn")
    if buckets > LARGEST or (maxn > 0 and buckets == 0):
        raise ValueError(f"buckets is {buckets}: expected 1 to {LARGEST}")
    return minn, maxn, buckets


def ngram_buckets(words: Sequence[str], minn: int, maxn: int, buckets: int) -> tuple[Array, Array]:
    """Return the buckets of all n-grams, and where each word's end among them: int64 (n,) and (V,).

    A word's n-grams come in fastText's order, by where they begin, the short ones first; an n-gram that occurs twice
    comes twice.

    Examples
    --------
    >>> from word2vec.text.ngrams import ngram_buckets
    >>> ngram_buckets(["tea", "a"], 3, 4, 1000)  # <te <tea tea tea> ea>, and <a>
    (array([  8,  59, 337, 757, 895, 600]), array([5, 6]))
    """
    minn, maxn, buckets = check_ngrams(minn, maxn, buckets)
    if isinstance(words, str):
        raise TypeError(f"words is {words!r:.60}: expected a list of words, such as ['tea', 'cup']")
    if len(words) <= FEW:
        lists = [_hashes_of_one(word, minn, maxn) for word in words]
        sizes = np.fromiter(map(len, lists), np.int64, len(lists))
        return np.array([h % buckets for hashes in lists for h in hashes], np.int64), sizes.cumsum()
    found = [_hashes_of(words[i : i + PART], minn, maxn) for i in range(0, len(words) if maxn else 0, PART)]
    if not found:
        return np.empty(0, np.int64), np.zeros(len(words), np.int64)
    hashes = np.concatenate([part for part, _ in found])
    return (hashes % np.uint32(buckets)).astype(np.int64), np.cumsum(np.concatenate([sizes for _, sizes in found]))


def byte_hash(data: bytes, hashed: int = int(BASIS)) -> int:
    """Return the FNV-1a hash of some bytes, which go on behind those that gave `hashed`."""
    for byte in data:  # fastText extends the sign of each byte
        hashed = ((hashed ^ (byte if byte < 0x80 else byte | 0xFFFFFF00)) * 16777619) & 0xFFFFFFFF
    return hashed


def _hashes_of_one(word: str, minn: int, maxn: int) -> list[int]:
    if word == END_OF_LINE or not maxn:
        return []
    text = b"<%b>" % word_bytes(word)
    characters = CHARACTER.findall(text)
    found, last, is_ascii = [], len(characters) - 1, text.isascii()
    for begin in range(last + 1):
        hashed = 2166136261
        for n, character in enumerate(characters[begin : begin + maxn], 1):
            hashed = ((hashed ^ character[0]) * 16777619) & 0xFFFFFFFF if is_ascii else byte_hash(character, hashed)
            if n >= minn and (n > 1 or 0 < begin < last):
                found.append(hashed)
    return found


def _hashes_of(words: Sequence[str], minn: int, maxn: int) -> tuple[Array, Array]:
    """Return the hashes of all n-grams in fastText's order, uint32 (n,), and how many each word has, (V,)."""
    marked = [b"" if word == END_OF_LINE else b"<%b>" % word_bytes(word) for word in words]
    text = np.frombuffer(b"".join(marked) + b"<", np.uint8)  # (B + 1,): the last ends the n-grams before it
    sizes = np.fromiter(map(len, marked), np.int64, len(marked))
    ends = sizes.cumsum()  # of the words
    is_begin = (text & 0xC0) != 0x80  # bytes 10xxxxxx go on with a character; (B + 1,)
    begins = np.flatnonzero(is_begin[:-1])  # of the characters, (c,)
    is_begin[ends] = True  # a word ends there, whatever the next one begins with
    word = np.repeat(np.arange(len(words)), sizes)[begins]
    first, stop = (ends - sizes)[word], ends[word]  # (c,)
    signed = text.view(np.int8).astype(np.uint32)  # as in `byte_hashes`
    alive, place, hashed = np.arange(len(begins)), begins, np.full(len(begins), BASIS)
    length = np.zeros(len(begins), np.int64)  # in characters
    found_at, found = [], []
    while len(alive):  # one more byte of all n-grams that can grow
        length = length + is_begin[place]
        hashed = (hashed ^ signed[place]) * PRIME
        place = place + 1
        at_mark = (length == 1) & ((begins[alive] == first[alive]) | (place == stop[alive]))
        whole = is_begin[place] & (length >= minn) & ~at_mark
        found_at.append(alive[whole])
        found.append(hashed[whole])
        grows = (place < stop[alive]) & ~(is_begin[place] & (length == maxn))
        alive, place, hashed, length = alive[grows], place[grows], hashed[grows], length[grows]
    at = np.concatenate([*found_at, np.empty(0, np.int64)])
    order = np.argsort(at, kind="stable")  # of one beginning the short ones were found first
    hashes = np.concatenate([*found, np.empty(0, np.uint32)])[order]
    return hashes, np.bincount(word[at], minlength=len(words))


def byte_hashes(text: Array, begins: Array, ends: Array) -> Array:
    """Return the FNV-1a hashes of parts of a text, uint8 (B,), given where they begin and end: uint32 (n,)."""
    alive, hashed = np.flatnonzero(begins < ends), np.full(len(begins), BASIS)
    place = begins[alive]
    while len(alive):
        signed = text[place].astype(np.int8).astype(np.uint32)  # fastText extends the sign of each byte
        hashed[alive] = (hashed[alive] ^ signed) * PRIME
        place = place + 1
        grows = place < ends[alive]
        alive, place = alive[grows], place[grows]
    return hashed


def ngram_rows(words: Sequence[str], minn: int, maxn: int, buckets: int) -> Array:
    """Return how many buckets the n-grams of the first n words use, for n from 0 to V: int64 (V + 1,)."""
    parts = [(np.empty(0, np.int64), np.empty(0, np.int64))]
    for i in range(0, len(words), PART):
        found, ends = ngram_buckets(words[i : i + PART], minn, maxn, buckets)
        used, first = np.unique(found, return_index=True)
        parts.append((used, i + np.searchsorted(ends, first, "right")))  # the buckets, and the word that is the first
    used, word = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    first = np.unique(used, return_index=True)[1]
    return np.append(0, np.bincount(word[first], minlength=len(words)).cumsum())


def ngram_matrix(words: Sequence[str], minn: int, maxn: int, buckets: int) -> tuple["csr_array", Array]:
    """Return how often each word holds n-grams of each bucket that is used (m in E42), and which buckets these are.

    Parameters
    ----------
    words : V words
    minn, maxn : the shortest and longest n-grams, in characters; maxn=0 for none
    buckets : the number of buckets, fastText's 2,000,000

    Returns
    -------
    counts : (V, R) float32, a `scipy.sparse.csr_array` with sorted indices
    bucket_ids : (R,) int64, the bucket of each column; those of most n-grams come first, ties by their number

    Examples
    --------
    >>> from word2vec.text.ngrams import ngram_matrix
    >>> counts, bucket_ids = ngram_matrix(["tea", "sea"], 3, 3, 1000)  # <te tea ea>, and <se sea ea>
    >>> bucket_ids, counts.toarray()
    (array([895,   8, 175, 337, 420]), array([[1., 1., 0., 1., 0.],
           [1., 0., 1., 0., 1.]], dtype=float32))
    """
    from scipy.sparse import csr_array

    found, ends = ngram_buckets(words, minn, maxn, buckets)
    used, column, use = np.unique(found, return_inverse=True, return_counts=True)
    order = np.argsort(-use, kind="stable")
    rank = np.empty(len(used), np.int32)
    rank[order] = np.arange(len(used), dtype=np.int32)
    start = np.append(0, ends).astype(np.int32 if len(found) < LARGEST else np.int64)
    counts = csr_array((np.ones(len(found), np.float32), rank[column], start), shape=(len(words), len(used)))
    counts.sum_duplicates()
    return counts, used[order]
