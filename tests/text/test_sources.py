"""word2vec/text/sources.py: what a source is, is decided once."""

import os
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from word2vec.text import encode
from word2vec.text.numbering import Numbering
from word2vec.text.partitions import encode_in_parts
from word2vec.text.sources import Reading, is_dask, number_items, resolved, without_outputs


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in ("b.txt", "a.txt", "a[1].txt", ".c.txt", "sub/a.txt", "sub/d.log"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"{name}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*.txt", ["a.txt", "a[1].txt", "b.txt"]),
        ("?.txt", ["a.txt", "b.txt"]),
        ("[!a]*", ["b.txt"]),
        ("*/*", ["sub/a.txt", "sub/d.log"]),
        ("**/a.txt", ["a.txt", "sub/a.txt"]),
        ("a[1].txt", ["a[1].txt"]),
    ],
)
def test_a_pattern_is_its_files_sorted(folder, pattern, names):
    for source in (pattern, Path(pattern), str(folder / pattern), [Path(pattern)]):
        corpus = encode(source, min_count=1)
        assert [corpus.words[i] for i in corpus.ids] == names


@pytest.mark.skipif(os.name == "nt", reason="Windows makes links for administrators only")
def test_a_file_that_a_pattern_finds_by_two_names_counts_once_as_in_a_folder(folder):
    Path("0.txt").symlink_to("b.txt")
    Path("link").symlink_to("sub")
    for pattern, names in {"*.txt": ["b.txt", "a.txt", "a[1].txt"], "*/*.txt": ["sub/a.txt"]}.items():
        corpus = encode(pattern, min_count=1)
        assert [corpus.words[i] for i in corpus.ids] == names
    assert sorted(encode(".", min_count=1).words) == ["a.txt", "a[1].txt", "b.txt", "sub/a.txt", "sub/d.log"]
    assert encode([Path("b.txt"), Path("0.txt")], min_count=1).counts == 2, "named twice, read twice"


@pytest.mark.parametrize("name", ["what is this?", "su*", "nul\0*", "x" * 300 + "*"])
def test_a_pattern_that_matches_no_file_is_named(folder, name):
    expected = (
        r"^there is no file .*, and none matches this pattern: expected the path of a text file; in Python, for"
    )
    with pytest.raises(FileNotFoundError, match=expected):
        resolved(name)


@pytest.mark.skipif(os.name == "nt", reason="Windows makes links for administrators only")
@pytest.mark.parametrize(
    ("source", "outputs", "kept", "left_out"),
    [
        (".", ["b.txt", "sub", "none"], ["a.txt", "a[1].txt"], "sub, b.txt"),
        ("*.txt", ["./b.txt"], ["a.txt", "a[1].txt"], "./b.txt"),
        ([Path("sub"), Path("b.txt"), "-"], ["sub/d.log", "a.txt"], ["sub/a.txt", "b.txt", "-"], "sub/d.log"),
        ((Path("sub"), "b.txt"), ["sub/a.txt"], ["sub/d.log", "b.txt"], "sub/a.txt"),
        (iter([Path("sub"), Path("b.txt")]), ["sub/a.txt"], ["sub/d.log", "b.txt"], "sub/a.txt"),
        ([Path("link"), Path("?.txt")], ["a.txt", "link/a.txt"], ["link/d.log", "b.txt"], "link/a.txt, a.txt"),
    ],
)
def test_folders_and_patterns_do_not_yield_outputs(folder, source, outputs, kept, left_out):
    if "link" in str(source):
        Path("link").symlink_to("sub")
    with pytest.warns(UserWarning, match=r"^left out of the text, since it is an output: ") as caught:
        found = without_outputs(source, outputs)
    assert [*map(str, found)] == kept
    assert {*str(caught[0].message).partition("output: ")[2].split(", ")} == {*left_out.split(", ")}


@pytest.mark.parametrize("source", ["b.txt", "-", [["a.txt"]], [Path("b.txt"), "-"], 3])
def test_a_source_without_folders_and_patterns_stays_as_it_is(folder, source):
    assert without_outputs(source, ["a.txt"]) is source
    assert [*without_outputs(iter([["a.txt"], ["b.txt"]]), ["a.txt"])] == [["a.txt"], ["b.txt"]]
    assert without_outputs("*.txt", ["none"]) == "*.txt"
    for texts in (["sub", "b.txt"], ["*.txt"], []):  # strings alone are no files
        assert without_outputs(texts, ["b.txt", "sub/a.txt"]) is texts


@pytest.mark.parametrize("write", [encode, encode_in_parts])
@pytest.mark.parametrize(
    "of",
    [
        lambda path, file: str(path),
        lambda path, file: [path.parent / "a.txt", path],
        lambda path, file: iter([path]),
        lambda path, file: file,
        lambda path, file: [file],
        lambda path, file: np.memmap(path, np.int32, "r", shape=(2, 2)),
    ],
)
def test_a_text_that_is_named_like_a_file_of_the_corpus_is_not_lost(folder, write, of):
    text = folder / "ids.int32"
    text.write_text("green tea or tea")
    error = r"^an output is the text, .*ids\.int32, which would be lost: expected another folder$"
    with text.open("rb") as file, pytest.raises(ValueError, match=error):
        write(of(text, file), min_count=1, folder=folder)
    assert text.read_text() == "green tea or tea"


def test_a_folder_of_outputs_alone_is_no_text(folder):
    with pytest.raises(ValueError, match=r"^sub: nothing is there but outputs, sub/a\.txt, sub: expected"):
        without_outputs("sub", ["sub/a.txt", "sub"])


def test_dask_is_recognised_by_its_modules():
    class Bag:
        __module__ = "dask.bag.core"

        def to_delayed(self):
            return [1, 2]

    class Other(Bag):
        __module__ = "mine.dask.bag.core"

    assert resolved(Bag()) == ("dask", [1, 2])
    assert not is_dask(Other())
    assert not is_dask([["dask.bag."]])


def test_a_table_is_refused():
    """Where its columns have names of several words, as pandas' may, these would be read as sentences."""

    class DataFrame(list):
        columns, shape = (("the", "text"), ("a", "number")), (3, 2)

    with pytest.raises(
        TypeError, match=r"^cannot read a text from a DataFrame, which is a table: pass one column: table\['text'\]"
    ):
        encode(DataFrame(DataFrame.columns))


def test_a_sparse_matrix_is_refused_in_every_format():
    """Rows of some, such as those of coo_array, cannot be asked for."""
    for kind in (sparse.coo_array, sparse.csr_array, sparse.dok_array):
        what = rf"^cannot read a text from a {kind.__name__}, which is a sparse matrix: pass its \.toarray\(\) if"
        with pytest.raises(TypeError, match=what):
            encode(kind(np.eye(3, dtype=int)))


def test_each_text_of_a_collection_is_one_sentence():
    numbering = Numbering()
    texts = ["b a\r\nb", "", "\u2029", "b"]
    parts = [*number_items(texts, Reading(), numbering, "bag")]
    assert [(numbers.tolist(), ends.tolist()) for numbers, ends in parts] == [([0, 1, 0, 0], [3, 3, 3, 4])]
    with pytest.raises(TypeError, match=r"^bag, text 2 is None \(NoneType\): expected a string; put an empty one"):
        number_items(["a", None], Reading(), numbering, "bag")
    with pytest.raises(ValueError, match=r"^tokenize='words' is for text files"):
        number_items([["a"]], Reading("words"), numbering, "bag")
