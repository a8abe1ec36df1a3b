"""word2vec/course/helpers.py: dump and load, and the loader of GloVe's vectors."""

import re
from pathlib import Path

import numpy as np
import pytest

from word2vec.course.helpers import dump, load, loadWordVectors


@pytest.fixture
def glove(tmp_path):
    """A file of three words."""
    (tmp_path / "glove.txt").write_text("the 0.25 1 2\n3 4 5 6\nfoo 7 8 9\n")
    return tmp_path / "glove.txt"


def test_what_is_dumped_is_loaded(tmp_path):
    vectors = {"a": [1.5, 2.0], "b": [np.float32(0.1), 3]}
    dump(vectors | {"c": np.eye(2)}, tmp_path / "v.json")
    assert load(tmp_path / "v.json") == {
        "a": [1.5, 2.0],
        "b": [float(np.float32(0.1)), 3],
        "c": [[1.0, 0.0], [0.0, 1.0]],
    }


def test_what_cannot_be_dumped_leaves_the_file(tmp_path):
    dump([1], tmp_path / "v.json")
    with pytest.raises(TypeError, match=r"^\{1\} is set: expected what JSON can hold, or arrays$"):
        dump({1}, tmp_path / "v.json")
    assert load(tmp_path / "v.json") == [1]


def test_what_is_no_json_is_named(tmp_path):
    (tmp_path / "v.json").write_text("[1,\n2")
    with pytest.raises(ValueError, match=r"v\.json is not JSON \(.*line 2 .*\): expected a file that dump\(\) wrote"):
        load(tmp_path / "v.json")


def test_rows_of_the_words_that_are_there(glove):
    found = loadWordVectors({"foo": 0, "missing": 1, "3": 2}, glove, 3)
    assert found.dtype == np.float64
    assert found.tolist() == [[7, 8, 9], [0, 0, 0], [4, 5, 6]]


@pytest.mark.parametrize(
    ("words", "arguments", "error", "message"),
    [
        (["the"], {}, ValueError, "glove.txt has 3 numbers a word: expected dimensions=50"),
        (["none"], {"dimensions": 3}, ValueError, "none of the 1 words of only=... is there: check their spelling"),
        (
            ["the"],
            {"filepath": "no.txt"},
            FileNotFoundError,
            "no.txt does not exist: expected vectors such as those in",
        ),
    ],
)
def test_a_file_that_will_not_do(glove, words, arguments, error, message):
    with pytest.raises(error, match=re.escape(message)):
        loadWordVectors({word: i for i, word in enumerate(words)}, **{"filepath": glove} | arguments)


@pytest.mark.parametrize("row", [1, -1])
def test_a_row_beyond_those_of_the_words_is_refused(glove, row):
    with pytest.raises(IndexError, match=f"tokens holds {row}: expected ints from 0 to 0"):
        loadWordVectors({"the": row}, glove, 3)


def test_the_courses_place_is_the_default(glove, monkeypatch):
    monkeypatch.chdir(glove.parent)
    Path("utils/datasets").mkdir(parents=True)
    Path("utils/datasets/glove.6B.50d.txt").write_text("the " + "1 " * 49 + "1\n")
    assert loadWordVectors({"the": 0}).tolist() == [[1.0] * 50]
