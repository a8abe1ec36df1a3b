"""word2vec/vectors/approximate.py: exact scores of the rows that a graph proposes; files that belong to vectors."""

import copy
import math
import pickle
import sys

import numpy as np
import pytest

from word2vec import WordVectors
from word2vec.runtime.archive import CheckpointError, save_archive
from word2vec.vectors import approximate


@pytest.fixture(scope="module")
def vectors():
    rows = np.random.default_rng(5).normal(size=(2000, 16)).astype(np.float32)
    rows[7] = 0
    rows[9] = rows[8]
    return WordVectors([f"w{i}" for i in range(2000)], rows)


@pytest.fixture(scope="module")
def index(vectors):
    return vectors.index()


def test_most_words_are_found_and_scores_are_exact(vectors, index):
    words = vectors.words[:200]
    exact = dict(zip(words, vectors.most_similar_many(words, top_n=5), strict=True))
    found = dict(zip(words, index.most_similar_many(words, top_n=5), strict=True))
    assert sum(exact[word] == found[word] for word in words) > 150
    for word in words:
        assert all(score == dict(exact[word]).get(near, score) for near, score in found[word])
        assert found[word] == sorted(found[word], key=lambda pair: (-pair[1], vectors.index(pair[0])))
        assert word not in dict(found[word])
    assert {len(answer) for answer in found.values()} == {5}


def test_queries_are_those_of_word_vectors(vectors, index):
    for query in (["w1", "w2"], [("w1", 0.5), ("w3", 2)], vectors.matrix[4], {"w5"}):
        assert index.most_similar(query, top_n=3)[0] == vectors.most_similar(query, top_n=3)[0]
    assert index.most_similar("w1", "w2", top_n=1) == vectors.most_similar("w1", "w2", top_n=1)
    assert index.most_similar_many([(["w1"], ["w2"]), "w3"], 1)[1] == vectors.most_similar("w3", top_n=1)
    assert index.most_similar("w8", top_n=1)[0][0] == "w9"
    assert index.most_similar("w8", top_n=0) == index.most_similar("w8", top_n=-1) == []
    assert index.most_similar_many([]) == []
    with pytest.raises(KeyError, match="no vector for 'x'"):
        index.most_similar("x")
    with pytest.raises(TypeError, match="has no argument 'topn': it is called top_n here"):
        index.most_similar("w1", topn=3)
    with pytest.raises(TypeError, match="top_n is None: expected a whole number"):
        index.most_similar("w1", top_n=None)


def test_many_queries_are_answered_in_parts(index, vectors, monkeypatch):
    expected = index.most_similar_many(vectors.words[:20], top_n=3)
    monkeypatch.setattr(approximate, "FOUND", 7)
    assert index.most_similar_many(vectors.words[:20], top_n=3) == expected


def test_recall_is_the_share_of_the_exact_answers(vectors, index):
    few = WordVectors(vectors.words[:400], vectors.matrix[:400])
    weak = few.index(connectivity=4, expansion_add=4, expansion_search=1)
    every = weak.recall(sample=10**6)
    by_hand = [
        len(dict(a).keys() & dict(b).keys())
        for a, b in zip(weak.most_similar_many(few), few.most_similar_many(few), strict=True)
    ]
    assert every == pytest.approx(sum(by_hand) / 4000, abs=1e-12)
    assert 0.1 < every < 0.9 < index.recall(sample=200)
    assert weak.recall(sample=50) == weak.recall(sample=50, rng=np.random.default_rng(0))
    assert weak.recall(sample=50) != weak.recall(sample=50, rng=np.random.default_rng(4))
    with pytest.raises(ValueError, match="sample is 0: expected at least 1"):
        index.recall(sample=0)


def test_without_words_or_directions_there_are_no_answers():
    assert WordVectors([], np.empty((0, 3))).index().most_similar(np.ones(3)) == []
    assert all(math.isnan(WordVectors(["a"][:n], np.ones((n, 3))).index().recall()) for n in (0, 1)), "no two words"
    zeros = WordVectors(["a", "b"], np.zeros((2, 3))).index()
    assert zeros.most_similar("a") == []


def test_where_the_graph_finds_too_few_there_are_fewer_answers():
    """As among many equal vectors, from which links lead to hardly any other."""
    matrix = np.random.default_rng(0).normal(size=(500, 4))
    matrix[:400] = matrix[0]
    index = WordVectors([f"w{i}" for i in range(500)], matrix).index(connectivity=4, expansion_add=8)
    one, (again, other) = index.most_similar("w499", top_n=499), index.most_similar_many(["w499", "w0"], top_n=499)
    assert one == again
    assert 0 < len(one) < 499
    assert len(dict(other)) == len(other) < 499
    assert "w0" not in dict(other)


@pytest.mark.parametrize("name", ["connectivity", "expansion_add", "expansion_search"])
def test_options_are_whole_numbers(vectors, name):
    with pytest.raises(TypeError, match=f"{name} is 1.5: expected a whole number"):
        vectors.index(**{name: 1.5})
    low = int(name == "connectivity")
    with pytest.raises(ValueError, match=f"{name} is {low}: expected at least {low + 1}"):
        vectors.index(**{name: low})


def test_arguments_of_other_types_are_named(vectors, index):
    for ask in (lambda: vectors.index(file=True), lambda: index.save(None)):
        with pytest.raises(TypeError, match=r"^path is (True|None): expected the path of a file$"):
            ask()
    with pytest.raises(TypeError, match=r"^rng is 3: expected a numpy\.random\.Generator, or None$"):
        index.recall(rng=3)


def test_a_word_still_has_its_row(vectors):
    assert vectors.index("w12") == 12
    with pytest.raises(TypeError, match="None is no word"):
        vectors.index(None)


# files


def test_a_saved_index_is_mapped_and_answers_the_same(tmp_path, vectors, index):
    index.save(tmp_path / "v.index")
    read = vectors.index(file=tmp_path / "v.index")
    assert isinstance(read._buffer, np.memmap)
    words = vectors.words[:50]
    assert read.most_similar_many(words) == index.most_similar_many(words)
    assert read.recall(sample=100) == index.recall(sample=100)
    read.save(tmp_path / "w.index")
    assert (tmp_path / "w.index").read_bytes() == (tmp_path / "v.index").read_bytes()


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))])
def test_copies_answer_the_same(tmp_path, vectors, index, copied):
    index.save(tmp_path / "v.index")
    read = vectors.index(file=tmp_path / "v.index")
    read._graph.expansion_search = 7
    for each in (index, read):
        again = copied(each)
        assert again.most_similar_many(vectors.words[:50]) == each.most_similar_many(vectors.words[:50])
        assert again._graph.expansion_search == each._graph.expansion_search


def test_numbers_beyond_single_precision_can_be_saved(tmp_path):
    vectors = WordVectors(["large", "small"], np.diag([1e300, 1e-300]))
    vectors.index().save(tmp_path / "v.index")
    assert vectors.index(file=tmp_path / "v.index").most_similar("large") == [("small", 0.0)]


def test_the_same_vectors_make_the_same_file(tmp_path, vectors, index):
    for path, each in ((tmp_path / "a", index), (tmp_path / "b", vectors.index())):
        each.save(path)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_an_index_of_other_vectors_is_refused(tmp_path, vectors, index):
    index.save(tmp_path / "v.index")
    changed = vectors.matrix.copy()
    changed[1999, 15] += 1e-6
    for matrix in (changed, vectors.matrix[::-1], vectors.matrix.reshape(4000, 8)):
        other = WordVectors([str(i) for i in range(len(matrix))], matrix)
        with pytest.raises(
            ValueError, match=r"v\.index is an index of other vectors; build it anew: vectors.index\(\)"
        ):
            other.index(file=tmp_path / "v.index")


def test_a_damaged_file_is_refused_before_it_is_used(tmp_path, vectors, index):
    path = tmp_path / "v.index"
    index.save(path)
    whole = path.read_bytes()
    for place in range(0, len(whole), len(whole) // 20):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(CheckpointError, match=r"v\.index is no index, or is damaged: .*; build it anew"):
            vectors.index(file=path)
    path.write_bytes(whole[:-5])
    with pytest.raises(CheckpointError, match="is no index, or is damaged"):
        vectors.index(file=path)
    with pytest.raises(FileNotFoundError):
        vectors.index(file=tmp_path / "none")


def test_an_archive_of_something_else_is_refused(tmp_path, vectors, index):
    path = tmp_path / "v.index"
    save_archive(path, {"graph": np.zeros(9, np.uint8)}, {"kind": "a model"})
    with pytest.raises(ValueError, match=r"v\.index is a 'a model': expected 'word2vec index 1'; build it anew"):
        vectors.index(file=path)
    save_archive(path, {"graph": np.zeros(9, np.uint8)}, {"kind": approximate.KIND, "vectors": index._digest()})
    with pytest.raises(CheckpointError, match=r"v\.index is not read by the usearch that is installed"):
        vectors.index(file=path)


def test_what_is_not_installed_is_named(monkeypatch, tmp_path, vectors):
    monkeypatch.setitem(sys.modules, "usearch.index", None)
    for how in ({}, {"file": tmp_path / "none"}):
        with pytest.raises(ImportError, match=r"needs usearch, .* pip install 'word2vec-numpy\[index\]'"):
            vectors.index(**how)


def test_small_integers_of_numpy_are_whole_numbers():
    pytest.importorskip("usearch")
    vectors = WordVectors([f"w{i}" for i in range(300)], np.random.default_rng(1).normal(size=(300, 8)))
    found = vectors.index(connectivity=np.int8(16), expansion_add=np.int8(100), expansion_search=np.int8(100))
    assert len(found.most_similar("w1", top_n=np.int8(100))) == 100
    assert found.recall(np.int8(2), np.int16(200)) > 0.9
