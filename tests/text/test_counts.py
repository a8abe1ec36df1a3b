"""word2vec/text/counts.py: with few words held, no count is wrong by more than is said."""

from collections import Counter
from tempfile import TemporaryFile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from word2vec.text import encode, reader
from word2vec.text.counts import Tally, reduced
from word2vec.text.numbering import Numbering, PairStore, number_lists


@settings(max_examples=60, deadline=None)
@given(
    counts=st.lists(st.integers(1, 9), min_size=1, max_size=30), max_types=st.integers(1, 40), seed=st.integers(0, 9)
)
def test_what_is_subtracted_is_taken_from_enough_words(counts, max_types, seed):
    counts = np.array(counts)
    forced = np.random.default_rng(seed).random(len(counts)) < 0.2
    k = max(1, 3 * max_types // 4)
    stay, left, cut = reduced(counts, forced, max_types)
    assert set(np.flatnonzero(forced)) <= set(stay)
    assert np.count_nonzero(~forced[stay]) <= k
    np.testing.assert_array_equal(left, np.where(forced, counts, counts - cut)[stay])
    dropped = counts[~forced].sum() - left[~forced[stay]].sum()
    assert (k + 1) * cut <= dropped
    assert counts[~forced].max(initial=0) <= cut or set(np.flatnonzero(counts > cut)) <= set(stay)


def tallied(sentences, **options):
    """Count sentences part by part, as `encode` does; return the tally, its numbering and the parts."""
    numbering, parts = Numbering(), []
    tally = Tally(numbering, **options)
    for sentence in sentences:
        for part in number_lists([sentence], numbering):
            parts.append(part)
            tally.add(part)
    return tally, numbering, parts


WORDS = st.lists(st.lists(st.sampled_from("aAbBcCdDeEfFgGhH"), max_size=12), max_size=20)


@settings(max_examples=60, deadline=None)
@given(sentences=WORDS, max_types=st.integers(1, 9), keep=st.sets(st.sampled_from("aBz")), lowercase=st.booleans())
def test_counts_are_within_the_bound_and_those_of_what_is_left_exact(sentences, max_types, keep, lowercase):
    options = {"max_types": max_types, "keep_words": keep, "lowercase": lowercase}
    with TemporaryFile() as file:
        tally, numbering, parts = tallied(sentences, store=PairStore(file), **options)
        expected = [[word.lower() if lowercase else word for word in sentence] for sentence in sentences]
        exact = Counter(word for sentence in expected for word in sentence)
        found = tally.summary()
        assert (found.raw_words, found.sentences) == (exact.total(), len(sentences))
        assert found.too_low == found.lost <= exact.total() / (max(1, 3 * max_types // 4) + 1)
        for word, count in exact.items():
            assert count - found.too_low <= found.words.get(word, 0) <= count
        kept = {word.lower() if lowercase else word for word in keep}
        assert all(found.words.get(word, 0) == exact[word] for word in kept)
        counts = tally.exact()
        words = [word.lower() if lowercase else word for word in numbering]
        back = [*tally.translated(parts)]
    seen = {}
    for word, count in zip(words, counts.tolist(), strict=True):
        seen[word] = seen.get(word, 0) + count
    assert seen == {word: exact[word] for word in found.words}
    for (numbers, ends), sentence in zip(back, expected, strict=True):
        assert ends.tolist() == [len(sentence)]
        assert [words[i] if i >= 0 else None for i in numbers] == [
            word if word in seen else None for word in sentence
        ]


def test_at_most_so_many_words_are_held_between_parts():
    tally, numbering, _ = tallied([[f"{i}"] for i in range(1000)], max_types=20, keep_words=["7", "x"])
    assert len(numbering) <= 22
    assert "7" in numbering
    assert 40 < tally.too_low <= 1000 / 16
    tally, *_ = tallied([[f"{i}"] for i in range(22)], max_types=20, keep_words=["7", "8"])
    assert tally.too_low == 0, "words that are kept are held beside the 20"


@pytest.mark.parametrize("word", ["\ud800", "line\nend", '"', "é"])
def test_words_of_any_characters_are_found_again(word):
    with TemporaryFile() as file:
        text, store = [[word] * 9, ["a", "b", "c", "d"], ["e", "f"], [word]], PairStore(file)
        tally, numbering, _ = tallied(text, max_types=2, store=store)
        counts = tally.exact()
    assert counts[numbering[word]] == 10


def test_what_is_lost_does_not_depend_on_how_large_the_blocks_of_a_text_are(tmp_path, monkeypatch):
    rng = np.random.default_rng(9)
    (tmp_path / "a.txt").write_text(" ".join(f"w{i}" for i in rng.zipf(1.3, 100_000)))
    lost = []
    for block in (1 << 10, 1 << 18, 1 << 20):
        monkeypatch.setattr(reader, "BLOCK", block)
        lost.append(encode(tmp_path / "a.txt", min_count=1000, max_types=300).lost)
    assert lost[0]
    assert {*lost} == {lost[0]}
