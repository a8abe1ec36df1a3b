"""word2vec/training/growing.py: more text with new words changes what it says something about, and nothing else."""

import numpy as np
import pytest

from tests.training.flat import train_flat
from word2vec import WordVectors
from word2vec.runtime.engine import Serial
from word2vec.text import Corpus, VocabularyOptions, encode
from word2vec.text.huffman import huffman_tree
from word2vec.training.batches import CHUNK, Text
from word2vec.training.growing import context_means, fits_tree, keeping_words_of
from word2vec.training.sampling import keep_probability, noise_distribution, noise_table
from word2vec.training.settings import ClusterOptions, DescentOptions, PvDbow, Settings, SkipGram
from word2vec.training.task import Task

USUAL = VocabularyOptions()
OPTIONS = {"dim": 8, "window": 2, "sample": 0, "min_count": 1, "step": 32}
TEXT = [["green", "tea", "is", "hot"], ["black", "coffee", "is", "hot"]] * 50


def means_by_loops(ids, ends, new, V, keep, window):
    sums, total = np.zeros((len(V), V.shape[1])), np.zeros(len(V))
    for begin, end in zip([0, *ends], ends, strict=False):
        for i in range(begin, end):
            for j in range(max(begin, i - window), min(end, i + window + 1)):
                if ids[i] in new and ids[j] not in new:
                    p = (window + 1 - abs(i - j)) / window * keep[ids[j]]
                    sums[ids[i]], total[ids[i]] = sums[ids[i]] + p * V[ids[j]], total[ids[i]] + p
    return [sums[w] / total[w] if total[w] else V[w] for w in new]


def test_new_words_begin_at_the_mean_of_the_known_words_around_them():
    rng = np.random.default_rng(1)
    ids, ends = rng.integers(0, 12, 300).astype(np.int32), np.arange(6, 301, 6)
    ids[-2:], new = [12, 13], np.array([3, 7, 12, 13])
    ends = np.append(ends[:-1], [298, 300])  # the last sentence holds new words only
    V, keep = rng.normal(size=(14, 4)), rng.uniform(0.1, 1, 14)
    text = Text(ids, ends, keep, noise_table(np.ones(14)))
    truth = means_by_loops(ids, ends, new, V, keep, 3)
    np.testing.assert_allclose(context_means(text, new, V, 3), truth, rtol=1e-12)
    np.testing.assert_array_equal(context_means(text, new, V, 3)[2:], V[[12, 13]])
    assert context_means(text, new[:0], V, 3).shape == (0, 4)


def test_a_long_text_is_taken_in_chunks(monkeypatch):
    rng = np.random.default_rng(2)
    ids = rng.integers(0, 50, CHUNK + 500).astype(np.int32)
    text = Text(
        ids, np.append(np.arange(1000, CHUNK, 1000), [CHUNK, len(ids)]), np.ones(50), noise_table(np.ones(50))
    )
    V, new = rng.normal(size=(50, 3)), np.array([5, 6])
    whole = context_means(text, new, V, 2)
    monkeypatch.setattr("word2vec.training.growing.CHUNK", 1000)
    np.testing.assert_allclose(context_means(text, new, V, 2), whole, rtol=1e-10)


def test_a_trained_run_starts_new_words_there():
    first = train_flat(TEXT, **OPTIONS)
    found = train_flat(
        [["oolong", "tea"]] * 9, **OPTIONS | {"learning_rate": 1e-30, "end_rate": 0.0}, start_from=first
    )
    np.testing.assert_allclose(found["oolong"], first["tea"], rtol=1e-6)


def test_windows_of_whole_sentences_reach_as_far_there():
    first, window = train_flat(TEXT, **OPTIONS), SkipGram(windows="sentence")
    text = [["oolong", *["x"] * 5, "tea"]] * 9
    still = OPTIONS | {"learning_rate": 1e-30, "end_rate": 0.0}
    found = train_flat(text, **still, start_from=first, model=window)
    np.testing.assert_allclose(found["oolong"], first["tea"], rtol=1e-6)


def test_negatives_and_subsampling_are_those_of_old_and_new_text_together():
    corpus, counts = encode([["tea", "new"]] * 30, min_count=1), np.array([1000, 500])
    start = WordVectors(["tea", "the"], np.ones((2, 4)), counts=counts)
    from word2vec.training.growing import with_words_of

    task = Task(Settings(dim=4), with_words_of(corpus, start), 1, start)
    assert dict(zip(task.corpus.words, task.counts, strict=True)) == {"tea": 1030, "new": 30, "the": 500}
    np.testing.assert_array_equal(task.text.keep, keep_probability(task.counts, 1e-3))
    found = np.bincount(task.text.noise.alias, minlength=3)
    assert found.sum() == 3
    noise = noise_table(noise_distribution(task.counts))
    np.testing.assert_array_equal(task.text.noise.threshold, noise.threshold)


def test_words_that_were_known_stay_however_rare_they_are_now():
    first = train_flat(TEXT, **OPTIONS)
    found = train_flat(
        [["new", "words", "hot"]] * 5 + [["tea", "new", "once"]], **OPTIONS | {"min_count": 3}, start_from=first
    )
    assert {"new", "words", "tea"} < set(found.words)
    assert "once" not in found.words
    assert not np.array_equal(found["tea"], first["tea"])
    assert found.counts[found.index("tea")] == 51


@pytest.mark.parametrize("cluster", [None, pytest.param(ClusterOptions(Serial(2), shards=1), marks=pytest.mark.slow)])
def test_words_that_were_known_are_read_beside_max_size_and_max_types(cluster):
    start = WordVectors(["known", "gone"], np.ones((2, 8)), counts=np.array([7, 7]))
    text = [["known", "a", "b"]] + [["a", "b", "c", f"once{i}"] for i in range(600)]
    for bounds, new in (({"max_size": 3}, "ab"), ({"max_types": 100}, "abc")):
        options = VocabularyOptions(**bounds)
        found = train_flat(text, **OPTIONS | {"min_count": 50}, vocabulary=options, start_from=start, cluster=cluster)
        assert found.counts[found.index("known")] == 8
        assert found.words == [*new, "known", "gone"]


def test_a_text_without_frequent_words_names_only_options_that_were_given():
    start = WordVectors(["known"], np.ones((1, 8)))
    with pytest.raises(
        ValueError, match=r"no word occurs min_count=9 times: .*; lower min_count, or pass more text$"
    ):
        train_flat([["a", "b"]], **OPTIONS | {"min_count": 9}, start_from=start)


@pytest.mark.parametrize("cluster", [None, ClusterOptions(Serial(), shards=1)])
def test_a_run_that_began_with_other_counts_is_not_resumed(cluster, tmp_path):
    more = {"loss": "hierarchical-softmax", "cluster": cluster, "epochs": 2}
    one, other = (
        WordVectors(["tea", "hot"], np.ones((2, 8)), counts=np.array(counts)) for counts in ([9, 1], [1, 9])
    )
    text = [["tea", "hot"], ["hot", "tea"]] * 9
    train_flat(text, **OPTIONS, **more, start_from=one, checkpoint=tmp_path, on_epoch=lambda *_: True)
    found = train_flat(text, **OPTIONS, **more, start_from=other, checkpoint=tmp_path)
    np.testing.assert_array_equal(found.matrix, train_flat(text, **OPTIONS, **more, start_from=other).matrix)
    assert len([*tmp_path.iterdir()]) == 2


def test_outside_vectors_fit_that_are_of_words_or_of_the_nodes_of_an_equal_tree():
    counts, rows, of_nodes = np.array([5, 3, 2]), np.arange(3), {"loss": {"name": "hierarchical-softmax"}}
    tree = huffman_tree(counts)
    for settings, known, order, mine, fits in [
        ({}, counts, rows, None, True),
        ({}, counts, rows, tree, False),
        (of_nodes, counts, rows, tree, True),
        ({"loss": {"name": "hierarchical-softmax", "rule": "fasttext"}}, counts, rows, tree, False),
        (of_nodes, counts, rows, None, False),
        (of_nodes, None, rows, tree, False),
        (of_nodes, counts[::-1], rows, tree, False),
        (of_nodes, counts, rows[::-1], tree, False),
    ]:
        assert fits_tree(WordVectors([*"abc"], np.eye(3), counts=known, settings=settings), order, mine) == fits


def test_the_callers_own_rule_holds_for_all_other_words():
    start = WordVectors(["tea", "milk"], np.ones((2, 4)))
    keep = keeping_words_of(VocabularyOptions(keep=lambda word, count: False if word[0] == "m" else None), start).keep
    assert [keep(word, 1) for word in ("tea", "milk", "mud", "cup")] == [True, True, False, None]
    assert keeping_words_of(VocabularyOptions(), None).keep is None


@pytest.mark.parametrize("cluster", [None, Serial(1)])
def test_a_start_may_hold_no_word(cluster):
    found = train_flat(TEXT, **OPTIONS, start_from=WordVectors([], np.zeros((0, 8))), cluster=cluster)
    assert len(found) == 6


@pytest.mark.parametrize("ngrams", [None, (3, 4)])
def test_an_update_without_text_changes_nothing_and_says_so(ngrams):
    first = train_flat(TEXT, **OPTIONS, ngrams=ngrams)
    for empty in ([], [[]]):
        with pytest.warns(UserWarning, match="the text holds no word: the vectors are those of start_from") as caught:
            found = train_flat(empty, **OPTIONS, ngrams=ngrams, start_from=first)
        assert caught[0].filename.endswith("flat.py")
        assert found.words == first.words
        for name in ("matrix", "outside", "counts"):
            np.testing.assert_array_equal(getattr(found, name), getattr(first, name))
        assert found.matrix is not first.matrix
    with pytest.raises(ValueError, match="no word"):
        train_flat([], **OPTIONS)


def test_words_that_the_text_does_not_hold_keep_their_centre_vectors():
    first = train_flat(TEXT, **OPTIONS)
    found = train_flat([["green", "tea", "fresh"]] * 50, **OPTIONS, start_from=first)
    moved = np.linalg.norm(found[["tea", "coffee"]] - first[["tea", "coffee"]], axis=1)
    assert moved[0] > 0
    assert moved[1] == 0


def test_the_text_of_a_corpus_keeps_the_ids_that_it_has():
    start, corpus = (
        WordVectors(["tea"], np.ones((1, 8))),
        Corpus(["a", "b"], np.array([2, 2]), np.array([0, 1, 0, 1]), np.array([4]), 4),
    )
    found = train_flat(corpus, **OPTIONS, start_from=start)
    assert found.words == ["a", "b", "tea"]


def test_a_corpus_without_rare_words_of_the_start_is_warned_of(tmp_path):
    start = train_flat([["old", "word", "gone"]] * 5, **OPTIONS)
    text = [["old", "new"], ["word", "new"], ["x", "y"]] + [["x", "new"]] * 20
    out = r"2 of 3 words of start_from are not in the corpus \('gone', 'word'\), which was encoded without 2 of 46"
    options = {name: value for name, value in OPTIONS.items() if name != "min_count"}

    def count(source):
        found = train_flat(source, **options, start_from=start)
        return int(found.counts[found.index("old")])

    with pytest.warns(UserWarning, match=f"{out} words of its text: where they are among these, they are not read;"):
        assert count(encode(text, min_count=2, keep_words=["old"])) == 6
    with pytest.warns(UserWarning, match="1 of keep_words do not occur"):
        kept = encode(text, keep_words=start.words, folder=tmp_path)
    for source in text, encode(text, min_count=1), kept, encode(text, **vars(keeping_words_of(USUAL, start))):
        assert count(source) == 6


@pytest.mark.parametrize("cluster", [None, ClusterOptions(Serial(), shards=1)])
def test_the_word_vectors_of_a_file_are_those_that_pv_dbow_goes_on_with(cluster):
    M = np.random.default_rng(1).normal(size=(2, 8)).astype(np.float32)
    start, still = WordVectors(["tea", "hot"], M), {"learning_rate": 1e-30, "end_rate": 0.0, "cluster": cluster}
    text, of_nodes = [["tea", "new"]] * 9, {"loss": {"name": "hierarchical-softmax"}}
    for given in (start, WordVectors(start.words, M, outside=-M, settings=of_nodes)):
        found = train_flat(text, **OPTIONS | still, model="pv-dbow", start_from=given)
        np.testing.assert_array_equal(found[["tea", "hot"]], M)
        np.testing.assert_allclose(found["new"], M[0], rtol=1e-6)  # where the known words around it are
    other = WordVectors(start.words, M, outside=-M)
    np.testing.assert_allclose(train_flat(text, **OPTIONS | still, model="pv-dbow", start_from=other)["new"], -M[0])
    with pytest.warns(UserWarning, match="the vectors of start_from are not used: by hierarchical softmax") as caught:
        train_flat(text, **OPTIONS, model="pv-dbow", loss="hierarchical-softmax", start_from=start, cluster=cluster)
    assert caught[0].filename.endswith("flat.py")
    found = train_flat(text, **OPTIONS | still, model=PvDbow(words=True), start_from=start)
    np.testing.assert_array_equal(found[["tea", "hot"]], M)
    np.testing.assert_allclose(found.outside, 0, atol=1e-20)


SHARDED = ClusterOptions(Serial(), shards=2)
MODELS = {
    "skip-gram": {},
    "skip-gram, shards": {"cluster": SHARDED},
    "softmax": {"loss": "naive-softmax"},
    "softmax, shards": {"loss": "naive-softmax", "cluster": SHARDED},
    "cbow, n-grams": {"model": "cbow", "ngrams": (3, 4)},
    "pv-dm": {"model": "pv-dm"},
    "hierarchical softmax": {"loss": "hierarchical-softmax"},
}


@pytest.mark.parametrize("options", MODELS.values(), ids=MODELS)
def test_frozen_outside_vectors_keep_their_bits_and_centre_vectors_learn(options):
    first = train_flat(TEXT, **OPTIONS, **options)
    more = TEXT if "hierarchical-softmax" in options.values() else [*TEXT, *[["white", "tea", "is", "old"]] * 50]
    free, found = (
        train_flat(more, start_from=first, freeze_outside=each, **OPTIONS, **options) for each in (False, True)
    )
    rows = [found.words.index(word) for word in first.words]
    np.testing.assert_array_equal(found.outside[rows], first.outside)
    assert not np.array_equal(free.outside[rows], first.outside)
    assert np.abs(found.matrix[rows] - first.matrix).max(axis=1).min() > 1e-3
    new = [found.words.index(word) for word in ("white", "old") if word in found.words]
    assert (np.abs(found.outside[new]).max(axis=1) > 1e-3).all()


@pytest.mark.parametrize(
    ("start", "loss", "message"),
    [
        (None, "negative-sampling", "^freeze_outside is True without start_from: expected vectors"),
        (
            WordVectors(["tea"], np.ones((1, 8))),
            "negative-sampling",
            "^freeze_outside is True, but there are no outside",
        ),
        ({"loss": "hierarchical-softmax"}, "negative-sampling", "^freeze_outside is True, but there are no outside"),
    ],
)
def test_without_outside_vectors_nothing_can_be_frozen(start, loss, message):
    start = train_flat(TEXT, **OPTIONS, **start) if isinstance(start, dict) else start
    with pytest.raises(ValueError, match=message):
        train_flat(TEXT, start_from=start, freeze_outside=True, loss=loss, **OPTIONS)


def test_runs_that_freeze_nothing_are_known_as_before():
    values = Settings().values()["descent"]
    assert "freeze_outside" not in values
    frozen = Settings(descent=DescentOptions(freeze_outside=True)).values()["descent"]
    assert frozen == values | {"freeze_outside": True}
