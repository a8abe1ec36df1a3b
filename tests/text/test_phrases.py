"""word2vec/text/phrases.py: counts, scores and joined text are those of loops over lists of words, and gensim's."""

import errno
import random
import warnings
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from math import log

import numpy as np
import pytest

from word2vec import train
from word2vec.text import PhraseOptions, encode, find_phrases, join_phrases, load_corpus, phrases

TEXT = [["in", "new", "york"], ["new", "tea"], ["bank", "of", "the", "america"], ["tea", "of", "new", "york"]] * 20
GOLDEN = {  # gensim 4.4.0: Phrases(TEXT, 2, 0.1, connector_words={"of", "the"}).find_phrases(TEXT)
    "gensim": {
        "bank_of_the_america": (20, 0.495),
        "in_new": (20, 0.16499999999999998),
        "new_york": (40, 0.1741666666666667),
    },
    "npmi": {
        "bank_of_the_america": (20, 1.0),
        "in_new": (20, 0.5716826589686053),
        "new_tea": (20, 0.3014445045412856),
        "tea_of_new": (20, 0.3014445045412856),
    },
}


def decoded(corpus):
    return [[corpus.words[i] for i in part] for part in np.split(corpus.ids, corpus.ends[:-1])]


def small_text(rng, words="abcde"):
    return [[rng.choice(words) for _ in range(rng.randint(1, 12))] for _ in range(rng.randint(2, 12))] + [["e"]]


@pytest.fixture(params=range(8))
def drawn(request, monkeypatch):
    """A text of few words and connector words, in blocks and shares of any size."""
    rng = random.Random(request.param)
    monkeypatch.setattr(phrases, "BLOCK", rng.choice([1, 3, 8, 1000]))
    monkeypatch.setattr(phrases, "PAIRS", rng.choice([4, 11, 1000]))
    return small_text(rng), [(), ("a",), ("a", "b"), ("a", "no such word")][request.param % 4]


# references: loops over lists of words; a token is a tuple of words


def naive_pairs(text, connectors):
    """Each pair of a text that stands beside one another: (left, between, right)."""
    for sentence in text:
        left, between = None, ()
        for token in sentence:
            if token in connectors:
                between += (token,)
            else:
                if left is not None:
                    yield left, between, token
                left, between = token, ()


def naive_scores(text, connectors, scoring, min_count):
    """Pair → (count, score) of all that occur `min_count` times."""
    pairs = Counter(naive_pairs(text, connectors))
    words = Counter(token for sentence in text for token in sentence if token not in connectors)
    n, found = sum(map(len, text)), {}
    for (a, between, b), n_ab in pairs.items():
        if scoring == "npmi":
            score = log(n_ab * n / (words[a] * words[b])) / -log(n_ab / n)
        else:
            size = n if scoring == "word2phrase" else len(words) + len(pairs)
            score = (n_ab - min_count) / (words[a] * words[b]) * size
        if n_ab >= min_count:
            found[a, between, b] = (n_ab, score)
    return found


def naive_join(text, connectors, pairs):
    for sentence in text:
        out, open_ = [], []  # a token that may begin a pair, and the connector words behind it
        for token in sentence:
            if token in connectors:
                (open_ if open_ else out).append(token)
            elif open_ and (open_[0], tuple(open_[1:]), token) in pairs:
                out.append(tuple(word for part in (*open_, token) for word in part))
                open_ = []
            else:
                out += open_
                open_ = [token]
        yield out + open_


def as_tokens(text):
    return [[(word,) for word in sentence] for sentence in text]


def printed(text):
    return [["_".join(token) for token in sentence] for sentence in text]


@pytest.mark.parametrize("scoring", ["word2phrase", "gensim", "npmi"])
def test_counts_scores_and_joined_text_are_those_of_loops_in_every_pass(drawn, scoring):
    text, connectors = drawn
    thresholds = (0.3, 0.1) if scoring == "npmi" else (0.8, 0.3, 0.2)
    options = PhraseOptions(scoring, thresholds, 1, connectors)
    corpus = encode(text, min_count=1)
    found = find_phrases(corpus, options)
    tokens, inside, start = as_tokens(text), {(word,) for word in connectors}, 0
    for threshold, end in zip(thresholds, found.ends, strict=True):
        scores = naive_scores(tokens, inside, scoring, 1)
        above = {pair: value for pair, value in scores.items() if value[1] > threshold}
        expected = Counter("_".join(w for part in (a, *between, b) for w in part) for a, between, b in above)
        assert Counter(found.texts[start:end]) == expected
        assert sorted(found.counts[start:end]) == sorted(n for n, _ in above.values())
        np.testing.assert_allclose(np.sort(found.scores[start:end]), sorted(s for _, s in above.values()), 1e-12)
        assert (np.diff(found.scores[start:end]) <= 0).all()
        tokens, start = list(naive_join(tokens, inside, above)), end
    for given in (found, options):
        joined = join_phrases(corpus, given, min_count=1)
        assert decoded(joined) == printed(tokens)
        assert joined.raw_words == len(joined.ids) == joined.counts.sum()
        assert (np.bincount(joined.ids) == joined.counts).all()


@pytest.mark.parametrize("scoring", ["gensim", "npmi"])
def test_they_are_gensims(drawn, scoring):
    gensim = pytest.importorskip("gensim.models.phrases", reason="compared with gensim where it is installed")
    text, connectors = drawn
    kind, threshold = {"gensim": ("default", 0.3), "npmi": ("npmi", 0.1)}[scoring]
    peer = gensim.Phrases(text, 2, threshold, delimiter="\0", scoring=kind, connector_words=frozenset(connectors))
    corpus = encode(text, min_count=1)
    found = find_phrases(corpus, PhraseOptions(scoring, threshold, 2, connectors, delimiter="\0"))
    ours = {each: (count, score) for each, count, score in found}
    assert {each: peer.vocab[each] for each in ours} == {each: count for each, (count, _) in ours.items()}
    for each, score in peer.find_phrases(text).items():
        assert ours[each][1] == pytest.approx(score, rel=1e-12)
    assert decoded(join_phrases(corpus, found, min_count=1)) == [peer[sentence] for sentence in text]


@pytest.mark.parametrize("scoring", GOLDEN)
def test_golden_values_of_gensim(scoring):
    found = find_phrases(encode(TEXT, min_count=1), PhraseOptions(scoring, 0.1, 2, ("of", "the")))
    ours = {text: (count, pytest.approx(score, rel=1e-12)) for text, count, score in found}
    assert {text: ours[text] for text in GOLDEN[scoring]} == GOLDEN[scoring]
    assert len(ours) >= len(GOLDEN[scoring]) > 1


def test_the_text_is_joined_by_word2phrases_rule(drawn):
    """word2phrase.c's loop, without its pairs over line ends: `pa = pb`, and `pb = 0` behind a joined pair."""
    text, min_count, threshold = drawn[0], 1, 1.0
    words, pairs = Counter(w for s in text for w in s), Counter(pair for s in text for pair in pairwise(s))
    out = []
    for sentence in text:
        line, last, pa = "", None, 0
        for word in sentence:
            pb, pab = words[word], pairs[last, word]
            score = 0.0
            if pa >= min_count and pb >= min_count and pab:
                score = (pab - min_count) / pa / pb * words.total()
            line += f"_{word}" if score > threshold else f" {word}"
            last, pa = word, 0 if score > threshold else pb
        out.append(line.split())
    joined = join_phrases(
        encode(text, min_count=1), PhraseOptions(threshold=threshold, min_count=min_count), min_count=1
    )
    assert decoded(joined) == out


# what a phrase is


def test_a_word_with_the_delimiter_is_another_token_until_the_text_is_printed():
    text = [["new", "york"], ["new_york", "tea"], ["x"], ["y"]] * 10
    found = find_phrases(encode(text, min_count=1), PhraseOptions(threshold=(1, 1), min_count=2))
    assert dict(zip(found.texts, found.counts.tolist(), strict=True)) == {"new_york": 10, "new_york_tea": 10}
    assert "new_york" in found and "new" not in found  # noqa: PT018
    assert next(iter(found)) in found


def test_what_prints_alike_is_one_word_of_the_new_corpus():
    corpus = encode([["new", "york"], ["new_york"], ["x", "tea"], ["tea", "x"]] * 10, min_count=1)
    joined = join_phrases(corpus, PhraseOptions(threshold=2.6, min_count=1), min_count=1)
    assert joined.counts[joined.words.index("new_york")] == 20


def test_the_same_words_joined_in_two_ways_are_one_phrase():
    text = [["a", "b", "c"]] * 10
    corpus = encode(text, min_count=1)
    options = PhraseOptions("npmi")
    pairs = np.array([[0, 1], [1, 2], [3, 2], [0, 4], [5, 5], [6, 6]])
    made = phrases.Phrases(corpus.words, pairs, [()] * 6, np.ones(6, np.int64), np.ones(6), (1, 2, 3, 4, 6), options)
    assert made.texts[2] == made.texts[3] == "a_b_c"
    assert phrases._of_corpus(made, corpus).token.tolist() == [3, 4, 5, 5, 7, 7]


def test_passes_with_falling_thresholds_chain_phrases():
    text = [["san", "francisco", "bay", "area"]] * 20 + [["san", "tea"], ["bay"], ["area"], ["x"]] * 20
    corpus = encode(text, min_count=1)
    first = join_phrases(corpus, PhraseOptions(threshold=1.5))
    assert {"san_francisco", "bay_area"} < set(first.words)
    both = join_phrases(corpus, PhraseOptions(threshold=(1.5, 1)))
    assert "san_francisco_bay_area" in both.words


def test_phrases_of_one_text_are_joined_in_another():
    found = find_phrases(encode(TEXT, min_count=1), PhraseOptions(threshold=(1, 0.5), connector_words=["of", "the"]))
    other = encode([["zzz", "bank", "of", "the", "america", "new", "york"], ["bank", "the", "america"]], min_count=1)
    assert decoded(join_phrases(other, found, min_count=1)) == [
        ["zzz", "bank_of_the_america", "new_york"],
        ["bank", "the", "america"],
    ]
    unknown = encode([["bank", "america", "york"]], min_count=1)  # lacks the connector words, too
    with pytest.warns(UserWarning, match="nothing is joined"):
        assert decoded(join_phrases(unknown, found, min_count=1)) == [["bank", "america", "york"]]


def test_phrases_whose_connector_words_another_text_lacks_are_joined_nowhere():
    text = encode([["bank", "of", "america"], ["america", "east"]] * 9, min_count=1)
    found = find_phrases(text, PhraseOptions("npmi", 0.1, connector_words=["of"]))
    assert sorted(found.texts) == ["america_east", "bank_of_america"]
    other = encode([["america", "america", "bank", "america", "east"]], min_count=1)
    assert decoded(join_phrases(other, found, min_count=1)) == [["america", "america", "bank", "america_east"]]


def test_phrases_whose_words_another_text_lacks_are_warned_of():
    found = find_phrases(
        encode([["new", "york", "is"], ["in", "new", "delhi"]] * 20, min_count=1), PhraseOptions("npmi")
    )
    cased = encode([["New", "York", "is"], ["in", "New", "Delhi"]], min_count=1)
    message = (
        rf"^none of the {len(found)} phrases \(york_is, …\) has all its words in the corpus, so nothing is joined: "
        "encode both texts with the same lowercase and tokenize$"
    )
    with pytest.warns(UserWarning, match=message) as warned:
        assert join_phrases(cased, found, min_count=1).words == cased.words
    assert warned[0].filename == __file__
    some = encode([["new", "york", "tea"]], min_count=1)  # lacks the other phrases: that is usual
    assert decoded(join_phrases(some, found, min_count=1)) == [["new_york", "tea"]]


def test_long_rows_of_connector_words_are_exact():
    text = [["a", *["of"] * 70, "b"], ["a", *["of"] * 71, "b"], ["a", *["of", "the"] * 40, "b"], ["c"] * 300] * 5
    found = find_phrases(encode(text, min_count=1), PhraseOptions("npmi", 0, 2, ["of", "the", "zzz"]))
    assert sorted(len(parts) for parts in found.parts if parts[0] == "a") == [72, 73, 82]
    assert set(found.counts[[parts[0] == "a" for parts in found.parts]]) == {5}


def test_a_run_of_one_word_is_joined_by_twos(monkeypatch):
    monkeypatch.setattr(phrases, "BLOCK", 4)
    corpus = encode([["ha"] * 9, ["ha"] * 4, ["x", "y", "z"] * 50], min_count=1)
    pair = find_phrases(corpus, PhraseOptions(threshold=1, min_count=1))
    assert decoded(join_phrases(corpus, pair, min_count=1))[:2] == [["ha_ha"] * 4 + ["ha"], ["ha_ha"] * 2]


# corpora


def test_rare_words_are_left_out_after_joining():
    corpus = encode([["new", "york"]] * 6 + [["new", "x"], ["york", "y"]] * 3 + [["tea"]] * 50, min_count=1)
    joined = join_phrases(corpus, PhraseOptions(threshold=1, min_count=2))
    assert joined.words == ["tea", "new_york"]
    assert joined.raw_words == 62  # new_x and york_y are phrases, too
    assert len(joined.ids) == 56


def test_words_and_phrases_of_earlier_vectors_are_kept(tmp_path):
    """So that `train(start_from=…)` reads them however rare they are, as from a corpus of `encode`."""
    text = encode([["new", "york", "tea"], ["new", "tea"]] * 6 + [["old", "cup"]] * 2, min_count=1)
    options = PhraseOptions(threshold=2, min_count=1)
    assert join_phrases(text, options, min_count=7).words == ["tea"]
    kept = {"keep_words": ["old_cup", "new", "milk"], "folder": tmp_path}
    with pytest.warns(UserWarning, match="1 of keep_words do not occur, so they cannot be learned: 'milk'"):
        found = join_phrases(text, options, min_count=7, **kept)
    assert (found.words, found.absent) == (["tea", "new", "old_cup"], ["milk"])
    with pytest.warns(UserWarning, match="1 of keep_words do not occur, so they cannot be learned: 'cup'"):
        joined = join_phrases(text, options, min_count=7, keep_words=["cup"])  # all are of old_cup
    assert (joined.words, joined.absent) == (["tea"], ["cup"])
    with pytest.raises(TypeError, match="keep_words: 'new' is one word, expected a list of words"):
        join_phrases(text, options, keep_words="new")


def test_from_a_text_file_to_vectors_in_three_lines(tmp_path):
    (tmp_path / "text.txt").write_text("\n".join(map(" ".join, TEXT)))
    corpus = encode(tmp_path / "text.txt", min_count=1)
    corpus = join_phrases(corpus, PhraseOptions(threshold=1, connector_words=["of", "the"]))
    vectors = train(corpus, dim=4, sample=0, epochs=1, quiet=True)
    assert "bank_of_the_america" in vectors


@pytest.mark.parametrize("in_folder", [False, True])
@pytest.mark.parametrize("block", [1, 7, 1 << 18])
def test_weights_and_the_numbers_of_sentences_are_kept(tmp_path, monkeypatch, block, in_folder):
    """Also of those that hold no word of the new vocabulary; what is expected is encoded anew from joined lists."""
    text = [[], [], ["in", "new", "york"], ["rare"], ["new", "york", "is"], [], ["i", "is"], ["new", "york"]] * 3
    text += [["seldom"], []]
    joined = [" ".join(sentence).replace("new york", "new_york").split() for sentence in text]
    weights = np.arange(1.0, len(text) + 1)
    corpus, expected = (encode(each, min_count=least, weights=weights) for each, least in ((text, 1), (joined, 3)))
    expected_all = encode(joined, min_count=1, weights=weights)
    options = PhraseOptions(threshold=2, min_count=2)
    assert find_phrases(corpus, options).texts == ["new_york"]
    monkeypatch.setattr(phrases, "BLOCK", block)
    for least, right in ((3, expected), (1, expected_all)):
        found = join_phrases(corpus, options, min_count=least, folder=tmp_path / "c" if in_folder else None)
        for name in ("ids", "ends", "empty", "weights", "counts"):
            np.testing.assert_array_equal(getattr(found, name), getattr(right, name), err_msg=name)
        assert (found.words, found.raw_words, found.lost) == (right.words, right.raw_words, right.lost)


def test_what_was_left_out_before_is_still_known():
    corpus = replace(encode([["new", "york", "rare"]] * 3 + [["other"]], min_count=2), lost=2)
    options, left_out = PhraseOptions(threshold=0, min_count=1), "1 of 10 words were left out of the corpus"
    with pytest.warns(UserWarning, match=left_out):
        found = join_phrases(corpus, options, min_count=3)
    assert (found.raw_words, found.lost) == (1 + len(found.ids), 2)
    many = "there are too many different words: those that occur more than 2 times are all counted"
    with pytest.warns(UserWarning, match=left_out), pytest.warns(UserWarning, match=many):
        join_phrases(corpus, options, min_count=2)


def test_the_corpus_that_is_read_is_not_replaced(tmp_path):
    corpus = encode(TEXT, min_count=1, folder=tmp_path)
    with pytest.raises(
        ValueError, match=r"^a file of folder is the corpus, .*, which would be lost: expected another f"
    ):
        join_phrases(corpus, folder=tmp_path)
    assert load_corpus(tmp_path).words == corpus.words


def test_a_corpus_in_a_folder_gives_the_same_one(tmp_path):
    options = PhraseOptions(threshold=(1.5, 0.5), connector_words=["of"])
    encode(TEXT, min_count=1, folder=tmp_path / "words")
    joined = join_phrases(load_corpus(tmp_path / "words"), options, folder=tmp_path / "phrases")
    expected = join_phrases(encode(TEXT, min_count=1), options)
    assert isinstance(joined.ids, np.memmap)
    assert (joined.words, decoded(joined)) == (expected.words, decoded(expected))
    assert len(list((tmp_path / "phrases").iterdir())) == 3


def test_a_full_disk_is_named_and_leaves_what_was_there(tmp_path, monkeypatch):
    class Full:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def write(self, _):
            raise OSError(errno.ENOSPC, "No space left on device")

    before = encode([["tea"] * 5], folder=tmp_path)
    monkeypatch.setattr(phrases, "TemporaryFile", lambda **_: Full())
    with pytest.raises(OSError, match=r"cannot be stored there while it is encoded \(No space left on device\)"):
        join_phrases(encode(TEXT, min_count=1), PhraseOptions(threshold=1), folder=tmp_path)
    assert load_corpus(tmp_path).words == before.words


@pytest.mark.parametrize("text", [TEXT, [["tea"]]])  # of a single word there is no pair
def test_no_phrase_leaves_the_text_as_it_is(text):
    corpus = encode(text, min_count=1)
    found = find_phrases(corpus, PhraseOptions(threshold=1e9))
    assert repr(found) == "<Phrases: 0 pairs>"
    joined = join_phrases(corpus, found, min_count=1)
    assert (joined.words, joined.ids.tolist(), joined.ends.tolist()) == (
        corpus.words, corpus.ids.tolist(), corpus.ends.tolist()
    )  # fmt: skip


def test_the_repr_is_short():
    found = find_phrases(encode(TEXT, min_count=1), PhraseOptions(threshold=1))
    assert repr(found) == f"<Phrases: {len(found)} pairs ({', '.join(found.texts[:3])}, …)>"


# what is refused


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"scoring": "pmi"}, ValueError, "scoring is 'pmi': expected one of word2phrase, gensim, npmi"),
        ({"threshold": -1}, ValueError, "threshold is -1: expected a number from 0 on, or one for each pass"),
        ({"threshold": (2, "x")}, TypeError, "threshold is 'x': expected a number from 0 on"),
        ({"threshold": "100"}, TypeError, "threshold is '100': expected a number"),
        ({"threshold": ()}, ValueError, "threshold is empty: expected a number for each pass"),
        ({"threshold": -2, "scoring": "npmi"}, ValueError, "threshold is -2: expected a number from -1 on"),
        ({"min_count": 0}, ValueError, "min_count is 0: expected at least 1"),
        ({"delimiter": None}, TypeError, "delimiter is None: expected str"),
        ({"connector_words": "of"}, TypeError, "connector_words: 'of' is one word, expected a list of words"),
        ({"connector_words": [1]}, TypeError, "connector_words: 1 is no word: expected strings"),
    ],
)
def test_an_option_that_makes_no_sense_is_named(options, error, message):
    with pytest.raises(error, match=message):
        PhraseOptions(**options)


def test_thresholds_may_be_an_array():
    assert PhraseOptions(threshold=np.array([3.0, 2.0])).thresholds == (3.0, 2.0)
    assert PhraseOptions("npmi").thresholds == (0.5,)


def test_other_things_than_a_corpus_are_refused():
    with pytest.raises(TypeError, match=r"corpus is \[\['a'\]\]: expected a Corpus, as word2vec"):
        find_phrases([["a"]])
    with pytest.raises(TypeError, match=r"has no argument 'min_count': pass PhraseOptions\(min_count=…\)$"):
        find_phrases(encode(TEXT, min_count=1), min_count=2)
    with pytest.raises(TypeError, match="options is 7: expected PhraseOptions"):
        find_phrases(encode(TEXT), 7)
    with pytest.raises(TypeError, match="phrases is 7: expected Phrases or PhraseOptions"):
        join_phrases(encode(TEXT), 7)
    with pytest.raises(TypeError, match=r"^phrases\[lists\] is gensim's: use join_phrases\(encode\(lists, "):
        find_phrases(encode(TEXT, min_count=1))[TEXT]


def test_words_that_were_left_out_are_warned_of():
    with pytest.warns(UserWarning, match="100 of 240 words were left out of the corpus, so words that stood apart"):
        find_phrases(encode([["a", "b", "c"]] * 40 + [[str(i)] for i in range(100)] + [["a"]] * 20, min_count=5))


def test_connector_words_that_are_written_otherwise_are_warned_of():
    corpus = encode(TEXT, min_count=1)
    message = r"none of the connector_words \('of ', 'The'\) is in the corpus, so none is skipped: write them as the"
    for function in (find_phrases, join_phrases):
        with pytest.warns(UserWarning, match=message) as caught:
            function(corpus, PhraseOptions(connector_words=["of ", "The"]))
        assert [str(each.filename) for each in caught] == [__file__]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        find_phrases(corpus, PhraseOptions(connector_words=["of", "The"]))


def test_a_text_of_connector_words_alone_is_refused():
    with pytest.raises(ValueError, match="the corpus holds no word beside connector words: expected a text"):
        find_phrases(encode([["of"]], min_count=1), PhraseOptions(connector_words=["of"]))


def test_more_pairs_than_keys_are_refused(monkeypatch):
    corpus = encode(TEXT, min_count=1)
    found = find_phrases(corpus, PhraseOptions(threshold=1))
    monkeypatch.setattr(phrases, "LARGEST_KEY", 10)
    with pytest.raises(ValueError, match=r"8 words and 1 different rows of connector words make more than 2\^63"):
        find_phrases(corpus)
    with pytest.raises(ValueError, match=r"words and phrases make more than 2\^63 pairs"):
        join_phrases(corpus, found)
    monkeypatch.setattr(phrases, "LARGEST_KEY", 64)  # 8 · 8, enough without connector words
    assert find_phrases(corpus, found.options).texts == found.texts
    with pytest.raises(ValueError, match=r"8 words and 3 different rows of connector words make more than 2\^63"):
        find_phrases(corpus, PhraseOptions(connector_words=["of", "the"]))
