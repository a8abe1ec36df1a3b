"""word2vec/vectors/formats/projector_format.py: vectors.tsv and metadata.tsv."""

import contextlib
import itertools
import os

import numpy as np
import pytest

from word2vec.runtime.inputs import opened
from word2vec.vectors.formats import projector_format, read
from word2vec.vectors.formats.projector_format import metadata_path, write_projector
from word2vec.vectors.formats.table import Table, VectorFileError, Wanted
from word2vec.vectors.word_vectors import WordVectors


def read_projector(source, **options):
    with opened(source) as file:
        return projector_format.read_projector(file, Wanted(**options))


WORDS = ["tea", "two words", "1990", 'quo"te']
MATRIX = np.random.default_rng(6).normal(size=(4, 3)).astype(np.float32)


def put(folder, vectors, metadata):
    (folder / "vectors.tsv").write_bytes(vectors)
    (folder / "metadata.tsv").write_bytes(metadata)
    return folder / "vectors.tsv"


@pytest.mark.parametrize("counts", [None, np.array([7, 5, 5, 1])])
def test_everything_comes_back(tmp_path, counts):
    write_projector(Table(WORDS, MATRIX, counts=counts), tmp_path / "vectors.tsv")
    found = read_projector(tmp_path / "vectors.tsv")
    assert found.words == WORDS
    assert found.matrix.tobytes() == MATRIX.tobytes()
    assert (found.counts is None) == (counts is None)
    assert counts is None or found.counts.tolist() == [7, 5, 5, 1]


@pytest.mark.parametrize("labels", ["a\nb\n\n", "a\nb\n", "word\tcount\na\t2\nb\t1\n\n"])
@pytest.mark.parametrize("end", ["", "\n", " \r\n\r\n"])
def test_blank_lines_at_the_end_are_no_rows(tmp_path, labels, end):
    (tmp_path / "vectors.tsv").write_text("1\t2\n3\t4\n" + end)
    (tmp_path / "metadata.tsv").write_text(labels)
    found = read_projector(tmp_path / "vectors.tsv")
    assert (found.words, found.matrix.tolist()) == (["a", "b"], [[1, 2], [3, 4]])
    (tmp_path / "vectors.tsv").write_text("1\t2\n\n3\t4\n" + end)  # one before others is a row without numbers
    (tmp_path / "metadata.tsv").write_text("a\nb\nc\n")
    with pytest.raises(VectorFileError, match="line 2: 0 numbers"):
        read_projector(tmp_path / "vectors.tsv")
    with pytest.warns(UserWarning, match="left out 1 rows of another length; the first: line 2: 0 numbers"):
        assert read_projector(tmp_path / "vectors.tsv", errors="skip").words == ["a", "c"]


def test_a_label_that_is_empty_is_a_row_where_it_has_a_count(tmp_path):
    (tmp_path / "vectors.tsv").write_text("1\t2\n3\t4\n")
    (tmp_path / "metadata.tsv").write_text("word\tcount\na\t2\nb\t3\n\t5\n")
    with pytest.raises(VectorFileError, match="2 rows, 3 labels in metadata"):
        read_projector(tmp_path / "vectors.tsv")


def test_the_files_to_the_byte(tmp_path):
    write_projector(Table(["a", "b c"], np.array([[1.0, -0.5], [0.1, 2.0]])), tmp_path / "vectors.tsv")
    assert (tmp_path / "vectors.tsv").read_bytes() == b"1.0\t-0.5\n0.1\t2.0\n"
    assert (tmp_path / "metadata.tsv").read_bytes() == b"a\nb c\n"  # a heading over one column would be a label
    write_projector(Table(["a"], np.ones((1, 1)), counts=np.array([3])), tmp_path / "vectors.tsv")
    assert (tmp_path / "metadata.tsv").read_bytes() == b"word\tcount\na\t3\n"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("vectors.tsv", "metadata.tsv"), ("my_vectors.tsv", "my_metadata.tsv"), ("v.tsv", "metadata_v.tsv")],
)
def test_the_name_of_the_labels(tmp_path, name, expected):
    assert metadata_path(tmp_path / name) == tmp_path / expected


def test_labels_with_other_columns(tmp_path):
    path = put(tmp_path, b"1\t2\n3\t4\n", b"group\tword\r\nx\ta\r\ny\tb\r\n")
    assert read_projector(path).words == ["a", "b"]
    assert read_projector(put(tmp_path, b"1\t2\n3\t4\n", b"label\tgroup\na\tx\nb\ty\n")).words == ["a", "b"]


@pytest.mark.parametrize(
    ("heading", "words"), [(b"id\tname", ["1984", "b"]), (b"Token\tname", ["0", "1"]), (b"id\tWord", ["1984", "b"])]
)
def test_numbers_of_lines_are_no_labels(tmp_path, heading, words):
    path = put(tmp_path, b"1\t2\n3\t4\n", heading + b"\n0\t1984\n1\tb\n")
    assert read_projector(path).words == words


@pytest.mark.parametrize("limit", [0, 1, 2, 5])
def test_the_first_rows_only(tmp_path, limit):
    found = read_projector(put(tmp_path, b"1\t2\n3\t4\n", b"word\tcount\na\t9\nb\t8\n"), limit=limit)
    assert found.words == ["a", "b"][:limit]
    assert found.counts.tolist() == [9, 8][:limit]


def test_bad_rows_are_left_out_with_their_labels(tmp_path):
    path = put(tmp_path, b"1\t2\n3\tnan\n5\t6\n7\t8\n9\n", b"word\tcount\na\t9\nb\t8\na\t7\nd\t6\ne\t5\n")
    left_out = "left out 1 rows with NaN or infinity, 1 repeated words, 1 rows of another length; the first: line 2"
    with pytest.warns(UserWarning, match=rf"vectors\.tsv: {left_out}: the vector of 'b' holds NaN"):
        found = read_projector(path, errors="skip")
    assert found.words == ["a", "d"]
    assert found.counts.tolist() == [9, 6]
    np.testing.assert_array_equal(found.matrix, [[1, 2], [7, 8]])
    with pytest.warns(UserWarning, match=r"left out 1 repeated words; the first: line 3: the word 'a'"):
        assert read_projector(path, errors="skip", limit=4, only=["a", "d"]).counts.tolist() == [9, 6]
    assert read_projector(path, only=["d"]).words == ["d"]  # the other rows are not looked at


@pytest.mark.parametrize(
    ("vectors", "metadata", "message"),
    [
        (b"", b"", r"vectors\.tsv, line 1: there is no number: expected numbers with tabs between them"),
        (b"1\n2\n", b"a\n", r"the end: 2 rows, 1 labels in metadata\.tsv: expected a label for each row; write both"),
        (b"1\n2\n", b"a\nb\nc\n", r"2 rows, 3 labels"),
        (b"1\t2\n2\n", b"a\nb\n", "line 2: 1 numbers: expected 2"),
        (b"1\tx y\n", b"a\n", r"line 1: 'x' is no number"),
        (b"1\n2\n", b"a\na\n", r"line 2: the word 'a' stands here again"),
        (b"1\n2\n", b"a\n\xff\n", r"line 2: the word b'\\xff' is not UTF-8"),
        (b"1\n", b"word\tcount\na\tmany\n", r"line 2: .*metadata\.tsv: .*: expected 2 columns, a count being"),
        (b"1\n", b"word\tcount\na\n", r"line 2: .*metadata\.tsv: \['a'\]: expected 2 columns"),
    ],
)
def test_files_that_do_not_fit(tmp_path, vectors, metadata, message):
    with pytest.raises(VectorFileError, match=message):
        read_projector(put(tmp_path, vectors, metadata))


@pytest.mark.parametrize("limit", [2, 3, 9, None])
def test_labels_of_other_vectors_are_found_whatever_the_limit(tmp_path, limit):
    WordVectors(["tea", "cup"], np.eye(2)).save(tmp_path / "vectors.tsv")
    (tmp_path / "metadata.tsv").write_bytes(b"tea\nmilk\ncup\n")
    if limit == 2:  # the rest of the file is not read
        assert read(tmp_path / "vectors.tsv", limit=limit).words == ["tea", "milk"]
        return
    with pytest.raises(VectorFileError, match="2 rows, 3 labels"):
        read(tmp_path / "vectors.tsv", limit=limit)


def test_labels_must_be_there(tmp_path):
    (tmp_path / "vectors.tsv").write_bytes(b"1\n")
    expected = (
        r"no metadata\.tsv with their words beside the file: expected two files, named like vectors\.tsv and .*"
    )
    expected += "; if the first number is a word, pass format='glove'"
    with pytest.raises(VectorFileError, match=expected):
        read_projector(tmp_path / "vectors.tsv")


@pytest.mark.parametrize("word", ["", "a\tb", "a\nb"])
def test_words_that_cannot_be_labels(tmp_path, word):
    what = (
        "cannot stand in a TSV file: expected no tab or line end"
        if word
        else "is empty: expected one character at least"
    )
    with pytest.raises(ValueError, match=f"{what}; leave it out"):
        write_projector(Table(["a", word], np.eye(2)), tmp_path / "vectors.tsv")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("vectors", "labels"),
    [
        ("pre_tensor.tsv", "pre_metadata.tsv"),
        ("tensors.tsv", "labels.tsv"),
        ("vecs.tsv", "meta.tsv"),
        ("my_embeddings.tsv", "my_labels.tsv"),
        ("x.tsv", "metadata_x.tsv"),
    ],
)
def test_other_names_of_the_two_files(tmp_path, vectors, labels):
    (tmp_path / vectors).write_bytes(b"1\t2\n1\t3\n")
    (tmp_path / labels).write_bytes(b"king\nqueen\n")
    found = read(tmp_path / vectors)
    assert (found.words, found.matrix.tolist()) == (["king", "queen"], [[1, 2], [1, 3]])


def test_one_file_of_words_and_numbers_is_no_pair(tmp_path):
    (tmp_path / "one.tsv").write_bytes(b"king\t1\t2\nworld war 2\t1\t3\n")
    found = read(tmp_path / "one.tsv")
    assert (found.words, found.matrix.tolist()) == (["king", "world war 2"], [[1, 2], [1, 3]])
    (tmp_path / "two.tsv").write_bytes(b"2\t2\nking\t1\t2\nqueen\t1\t3\n")
    assert read(tmp_path / "two.tsv").words == ["king", "queen"]


def test_a_byte_order_mark_cannot_begin_the_file_of_labels(tmp_path):
    with pytest.raises(
        ValueError, match="begins with a byte order mark and cannot stand first in this format; leave"
    ):
        write_projector(Table(["\ufeffa", "b"], np.eye(2)), tmp_path / "vectors.tsv")
    write_projector(Table(["b", "\ufeffa"], np.eye(2)), tmp_path / "vectors.tsv")
    assert read(tmp_path / "vectors.tsv").words == ["b", "\ufeffa"]


def write_with_failing_call(k, error, monkeypatch, table, path):
    """Write a pair while the k-th of the calls that make it last fails; return how many calls there were."""
    calls = []

    def wrap(call):
        def wrapped(*arguments, **options):
            calls.append(call)
            if len(calls) == k:
                raise error
            return call(*arguments, **options)

        return wrapped

    with monkeypatch.context() as patch, contextlib.suppress(OSError, KeyboardInterrupt):
        for name in ("fsync", "replace", "unlink"):
            patch.setattr(os, name, wrap(getattr(os, name)))
        write_projector(table, path)
    return len(calls)


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=repr)
def test_whatever_fails_the_pair_is_the_old_or_the_new_one_or_no_pair(tmp_path, monkeypatch, suffix, error):
    tables = [Table(["a", "b"], np.eye(2)), Table(["c", "d"], np.ones((2, 2)))]
    path = tmp_path / f"vectors.tsv{suffix}"
    contents, seen = [], set()
    for table in tables:
        write_projector(table, path)
        contents.append({file.name: file.read_bytes() for file in tmp_path.iterdir()})
    for k in itertools.count(1):
        write_projector(tables[0], path)
        if write_with_failing_call(k, error, monkeypatch, tables[1], path) < k:
            break
        found = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
        seen.add(contents.index(found) if found in contents else None)
        if found not in contents:
            with pytest.raises(ValueError, match="there are only numbers, and no metadata"):
                read(path)
    assert seen == {0, None, 1}
