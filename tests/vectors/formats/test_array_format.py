"""word2vec/vectors/formats/array_format.py: .npz and the course's .npy."""

import gzip
import io
import zipfile
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from word2vec import WordVectors, save_model
from word2vec.runtime import archive
from word2vec.runtime.inputs import opened
from word2vec.vectors.formats import array_format
from word2vec.vectors.formats.array_format import write_npz
from word2vec.vectors.formats.table import Table, VectorFileError, Wanted
from word2vec.vectors.subwords import Subwords


def read_arrays(source, kind, words=None, mmap=False, **options):
    with opened(source) as file:
        return array_format.read_arrays(file, kind, Wanted(**options), words, mmap=mmap)


read_npz = partial(read_arrays, kind="npz")


def read_npy(path, words, **options):
    return read_arrays(path, "npy", words, **options)


WORDS = ["tea", "two words", "映画", "n't", "tab\tbed"]
MATRIX = np.random.default_rng(5).normal(size=(5, 3))
FULL = Table(WORDS, MATRIX, -MATRIX, np.arange(5))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, ">f4"])
@pytest.mark.parametrize("mmap", [False, True])
def test_everything_comes_back(tmp_path, dtype, mmap):
    table = Table(WORDS, MATRIX.astype(dtype), (-MATRIX).astype(dtype), np.arange(5))
    write_npz(table, tmp_path / "v.npz")
    found = read_npz(tmp_path / "v.npz", mmap=mmap)
    assert found.words == WORDS
    for a, b in ((found.matrix, table.matrix), (found.outside, table.outside), (found.counts, table.counts)):
        assert a.dtype == b.dtype
        assert a.tobytes() == b.tobytes()
    assert isinstance(found.matrix, np.memmap) == isinstance(found.outside, np.memmap) == mmap
    assert not mmap or (found.matrix.offset % 64 == 0 and not found.matrix.flags.writeable)


def test_longdouble_which_differs_by_platform_is_written_as_float64(tmp_path):
    matrix = np.array([[1, 2], [3, 4]], np.longdouble) / 3
    vectors = WordVectors(["tea", "cup"], matrix, outside=-matrix, counts=[2, 1], documents=matrix)
    save_model(vectors, tmp_path / "v.model")
    vectors.save(tmp_path / "v.npz")
    for name in ("v.model", "v.npz"):
        found = WordVectors.load(tmp_path / name)
        assert {array.dtype for array in (found.matrix, found.outside, found.documents)} == {np.dtype(np.float64)}
        np.testing.assert_array_equal(found.matrix, matrix.astype(np.float64))
    vectors.outside[0, 0] = np.finfo(np.longdouble).max
    if np.isinf(float(vectors.outside[0, 0])):
        with pytest.raises(ValueError, match="outside holds numbers beyond float64, as which longdouble is written"):
            vectors.save(tmp_path / "v.npz")
    assert WordVectors.load(tmp_path / "v.npz").words == ["tea", "cup"]


def test_the_same_vectors_are_the_same_bytes_and_numpy_reads_them(tmp_path):
    for name in "ab":
        write_npz(FULL, tmp_path / f"{name}.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    with np.load(tmp_path / "a.npz") as arrays:
        np.testing.assert_array_equal(arrays["matrix"], MATRIX)
        assert arrays["words"].tobytes().decode() == "".join(WORDS)
        assert np.diff(arrays["word_ends"], prepend=0).tolist() == [len(word.encode()) for word in WORDS]


def test_vectors_alone(tmp_path):
    write_npz(Table(WORDS, MATRIX), tmp_path / "v.npz")
    found = read_npz(tmp_path / "v.npz", limit=2, dtype=np.float32)
    assert (found.words, found.outside, found.counts) == (WORDS[:2], None, None)
    np.testing.assert_array_equal(found.matrix, MATRIX[:2].astype(np.float32))


def test_settings_come_back_and_those_of_another_program_are_not_read(tmp_path):
    settings = {"loss": {"name": "negative-sampling"}, "window": 5}
    write_npz(replace(FULL, settings=settings), tmp_path / "v.npz")
    assert read_npz(tmp_path / "v.npz").settings == settings
    np.savez(tmp_path / "other.npz", words=WORDS, matrix=MATRIX, settings=np.array({"pickled": 1}))
    assert read_npz(tmp_path / "other.npz").settings == {}


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.int64])
def test_quantised_vectors_keep_their_type(tmp_path, dtype):
    matrix = np.arange(15).reshape(5, 3).astype(dtype)
    write_npz(Table(WORDS, matrix), tmp_path / "v.npz")
    found = read_npz(tmp_path / "v.npz")
    assert found.matrix.dtype == dtype
    np.testing.assert_array_equal(found.matrix, matrix)


def test_an_archive_that_is_packed_again(tmp_path):
    np.savez(tmp_path / "v.npz", words=WORDS, matrix=MATRIX)
    (tmp_path / "v.npz.gz").write_bytes(gzip.compress((tmp_path / "v.npz").read_bytes()))
    np.testing.assert_array_equal(read_npz(tmp_path / "v.npz.gz").matrix, MATRIX)


def test_an_array_is_mapped_from_the_place_of_an_open_file(tmp_path):
    with open(tmp_path / "two.npy", "w+b") as file:
        np.save(file, np.zeros((2, 3)))
        place = file.tell()
        np.save(file, np.ones((2, 3)))
        for mmap in (False, True):
            file.seek(place)
            assert read_arrays(file, "npy", ["a", "b"], mmap=mmap).matrix.tolist() == [[1] * 3] * 2


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("order", ["C", "F"])
def test_what_others_put_together(tmp_path, save, order):
    save(tmp_path / "v.npz", words=np.array(WORDS), matrix=np.array(MATRIX, order=order), more=np.eye(2))
    found = read_npz(tmp_path / "v.npz")
    assert found.words == WORDS
    np.testing.assert_array_equal(found.matrix, MATRIX)
    if save is np.savez:
        np.testing.assert_array_equal(read_npz(tmp_path / "v.npz", mmap=True).matrix, MATRIX)
    else:
        with pytest.raises(VectorFileError, match=r"matrix is compressed and cannot be mapped: read it without mmap"):
            read_npz(tmp_path / "v.npz", mmap=True)


def test_bad_rows_are_left_out_of_all_arrays(tmp_path):
    matrix = MATRIX.copy()
    matrix[1, 2] = np.nan
    np.savez(tmp_path / "v.npz", words=["a", "b", "c", "a", "d"], matrix=matrix, outside=-MATRIX, counts=np.arange(5))
    with pytest.raises(VectorFileError, match=r"v\.npz, row 2: the vector of 'b' holds NaN or infinity"):
        read_npz(tmp_path / "v.npz")
    with pytest.raises(VectorFileError, match=f"row 2: .* too large for {MATRIX.dtype}: expected"):
        read_npz(tmp_path / "v.npz")
    with pytest.warns(UserWarning, match=r"v\.npz: left out 1 .*, 1 .*; the first: row 2"):
        found = read_npz(tmp_path / "v.npz", errors="skip")
    assert found.words == ["a", "c", "d"]
    assert found.counts.tolist() == [0, 2, 4]
    np.testing.assert_array_equal(found.outside, -MATRIX[[0, 2, 4]])
    with pytest.warns(UserWarning, match=r"left out 1 rows with NaN or infinity; the first: row 2"):
        assert read_npz(tmp_path / "v.npz", errors="skip", limit=3).words == ["a", "c"]
    with pytest.raises(VectorFileError, match=r"row 4: the word 'a' stands here again"):
        read_npz(tmp_path / "v.npz", mmap=True)  # words are looked at, numbers are not


BAD = {
    "no matrix": ({"words": ["a"]}, r"the archive: it holds \['words\.npy'\]: expected matrix\.npy and words\.npy"),
    "rows": (
        {"words": ["a"], "matrix": np.eye(2)},
        r"matrix is \(2, 2\) of float64, there are 1 words, matrix is \(2, 2\): expected \(1, 2\) of numbers",
    ),
    "counts": (
        {"words": ["a"], "matrix": np.eye(1), "counts": [1, 2]},
        r"counts is \(2,\) of int64, there are 1 words, .*: expected \(1,\) of whole numbers",
    ),
    "strings": ({"words": ["a"], "matrix": [["x"]]}, r"matrix is \(1, 1\) of <U1, .*: expected \(1, 1\) of numbers"),
    "counts with fractions": (
        {"words": ["a"], "matrix": np.eye(1), "counts": [1.5]},
        r"counts is \(1,\) of float64, .*: expected \(1,\) of whole numbers",
    ),
    "outside": (
        {"words": ["a"], "matrix": np.eye(1), "outside": np.ones((1, 2))},
        r"outside is \(1, 2\) of float64, .*, matrix is \(1, 1\): expected \(1, 1\) of numbers",
    ),
    "numbers": (
        {"words": [1], "matrix": np.eye(1)},
        r"expected words as bytes and word_ends, or as an array of strings",
    ),
    "ends": (
        {"words": np.frombuffer(b"abc", np.uint8), "word_ends": [2, 1, 3], "matrix": np.eye(3)},
        r"word_ends do not cut the 3 bytes of words into words",
    ),
    "last end": (
        {"words": np.frombuffer(b"abc", np.uint8), "word_ends": [1, 2], "matrix": np.eye(2)},
        r"word_ends do not cut the 3 bytes",
    ),
    "pickle": ({"words": np.array(["a"], object), "matrix": np.eye(1)}, r"\(pickled objects are not read\)"),
    "not UTF-8": ({"words": np.array([b"\xff"]), "matrix": np.eye(1)}, r"row 1: the word b'\\xff' is not UTF-8"),
}


@pytest.mark.parametrize(("arrays", "message"), BAD.values(), ids=BAD)
def test_archives_that_hold_something_else(tmp_path, arrays, message):
    np.savez(tmp_path / "v.npz", **arrays)
    with pytest.raises(VectorFileError, match=r"v\.npz, " + ".*" + message):
        read_npz(tmp_path / "v.npz")


def with_header(folder, header, body=bytes(8)):
    with zipfile.ZipFile(folder / "v.npz", "w") as archive:
        head = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
        archive.writestr("matrix.npy", head + body)
        data = io.BytesIO()
        np.save(data, np.array(["a"]))
        archive.writestr("words.npy", data.getvalue())
    return folder / "v.npz"


@pytest.mark.parametrize("mmap", [False, True])
@pytest.mark.parametrize(
    ("header", "message"),
    [
        (
            b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000, 300), }",
            r"holds \d+ bytes, its header",
        ),
        (b"{'descr': '|O', 'fortran_order': False, 'shape': (1, 1), }", r"expected numbers or words"),
        (b"__import__('os')", r"its header is not that of an array"),
    ],
)
def test_headers_that_promise_too_much(tmp_path, header, message, mmap):
    assert read_npz(
        with_header(tmp_path, b"{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1), }"), mmap=mmap
    ).matrix.shape == (1, 1)
    with pytest.raises(VectorFileError, match=message):
        read_npz(with_header(tmp_path, header), mmap=mmap)


def test_damage_is_found(tmp_path):
    write_npz(FULL, tmp_path / "v.npz")
    data = bytearray((tmp_path / "v.npz").read_bytes())
    place = data.index(MATRIX.tobytes()) + 10
    data[place] ^= 1
    (tmp_path / "v.npz").write_bytes(data)
    with pytest.raises(
        VectorFileError, match=r"v\.npz, the archive: Bad CRC-32 for file 'matrix\.npy'.*: write it anew"
    ):
        read_npz(tmp_path / "v.npz")
    before, name, behind = data.rpartition(b"outside")  # in the list of members, which has no checksum
    (tmp_path / "v.npz").write_bytes(before + b"outsidf" + behind)
    with pytest.raises(VectorFileError, match=r"v\.npz, the archive: File name in directory 'outsidf\.npy' and "):
        read_npz(tmp_path / "v.npz", mmap=True)
    (tmp_path / "v.npz").write_bytes(before.replace(b"outside", b"x" * 7) + name + behind)
    with pytest.raises(VectorFileError, match=r"^.{,450}$"):
        read_npz(tmp_path / "v.npz")
    (tmp_path / "v.npz").write_bytes(data[:-40])
    with pytest.raises(VectorFileError, match=r"v\.npz, the archive: File is not a zip file"):
        read_npz(tmp_path / "v.npz")
    with pytest.raises(FileNotFoundError, match=r"gone\.npz"):
        read_npz(tmp_path / "gone.npz")


def test_a_member_that_begins_before_the_file_is_named(tmp_path):
    write_npz(FULL, tmp_path / "v.npz")
    with zipfile.ZipFile(tmp_path / "v.npz", "a") as archive:
        archive.writestr("other.npy", b"")
    data = bytearray((tmp_path / "v.npz").read_bytes())
    place = data.rindex(b"PK\5\6") + 16  # where the list of members is said to begin
    data[place : place + 4] = (int.from_bytes(data[place : place + 4], "little") + 1).to_bytes(4, "little")
    place = data.rindex(b"PK\1\2") + 42  # where the last member is said to begin
    data[place : place + 4] = bytes(4)
    (tmp_path / "v.npz").write_bytes(data)
    with pytest.raises(VectorFileError, match=r"v\.npz, the archive: other begins before the file"):
        read_npz(tmp_path / "v.npz")


def test_memory_is_asked_for_first(tmp_path, monkeypatch):
    write_npz(FULL, tmp_path / "v.npz")
    monkeypatch.setattr(archive, "check_memory", lambda need, what, fix: (_ for _ in ()).throw(MemoryError(fix)))
    with pytest.raises(MemoryError, match="map it into memory, mmap=True"):
        read_npz(tmp_path / "v.npz")


# the course's array


@pytest.mark.parametrize("mmap", [False, True])
def test_the_courses_array_with_the_treebanks_words(tmp_path, mmap):
    np.save(tmp_path / "saved_params_40000.npy", np.concatenate((MATRIX, -MATRIX)))
    tokens = dict(reversed({word: i for i, word in enumerate(WORDS)}.items()))
    found = read_npy(tmp_path / "saved_params_40000.npy", tokens, mmap=mmap)
    assert found.words == WORDS
    np.testing.assert_array_equal(found.matrix, MATRIX)
    np.testing.assert_array_equal(found.outside, -MATRIX)
    assert read_npy(tmp_path / "saved_params_40000.npy", WORDS, limit=2).outside.shape == (2, 3)


def test_an_array_of_centre_vectors_alone(tmp_path):
    np.save(tmp_path / "v.npy", MATRIX.astype(np.float32))
    found = read_npy(tmp_path / "v.npy", WORDS)
    assert found.outside is None
    assert found.matrix.tobytes() == MATRIX.astype(np.float32).tobytes()


def test_what_does_not_fit_the_words(tmp_path):
    np.save(tmp_path / "v.npy", MATRIX)
    other = r"expected another format, with words, such as \.npz"
    fix = rf"{other}; in Python, pass words=dataset\.tokens\(\), or a list of words, to WordVectors\.load$"
    for words, message in (
        (None, rf"v\.npy, the words: they are not in this file: {fix}"),
        (WORDS[:3], r"v\.npy, the array: an array of shape \(5, 3\), 3 words: expected a row or two for each"),
        ({"a": 0, "b": 2}, r"the values of {'a': 0, 'b': 2, …} are not 0, 1, 2, …"),
    ):
        with pytest.raises(ValueError, match=message):
            read_npy(tmp_path / "v.npy", words)


def test_no_pickle_is_read(tmp_path):
    np.save(tmp_path / "v.npy", np.array([["a", None]], object), allow_pickle=True)
    with pytest.raises(
        VectorFileError, match=r"the array: it holds \(1, 2\) of object: expected numbers or words \(pickled"
    ):
        read_npy(tmp_path / "v.npy", ["a"])
    (tmp_path / "v.npy").write_bytes(b"nothing")
    with pytest.raises(VectorFileError, match=r"its header is not that of an array"):
        read_npy(tmp_path / "v.npy", ["a"])


def test_an_array_that_is_cut_off(tmp_path):
    np.save(tmp_path / "v.npy", MATRIX)
    (tmp_path / "v.npy").write_bytes((tmp_path / "v.npy").read_bytes()[:-1])
    with pytest.raises(VectorFileError, match=r"holds 247 bytes, its header promises \(5, 3\) of float64"):
        read_npy(tmp_path / "v.npy", WORDS)
    with pytest.raises(VectorFileError, match=r"holds 247 bytes, its header promises \(5, 3\) of float64"):
        read_npy(tmp_path / "v.npy", WORDS, mmap=True)


@pytest.mark.parametrize(("words", "message"), [("ab", "words: 'ab' is one word"), ([1, 2], "words: 1 is no word")])
def test_words_of_an_array_are_strings(tmp_path, words, message):
    np.save(tmp_path / "v.npy", np.eye(2))
    with pytest.raises(TypeError, match=message):
        read_npy(tmp_path / "v.npy", words)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ngram_sizes": np.array([3, 6, 9])}, r"not enough values to unpack \(expected 4, got 3\): write it anew"),
        ({"ngram_sizes": np.ones(4)}, "minn is 1.0: expected a whole number"),
        ({"ngram_sizes": np.array([6, 3, 9, 0])}, "minn is 6, maxn 3"),
        ({"ngram_buckets": np.array([1, 1])}, "bucket_ids: expected different numbers from 0 to 8"),
        ({"ngrams": np.ones((2, 4))}, r"ngrams is \(2, 4\) of .*, matrix is \(5, 3\): expected \(2, 3\) of numbers"),
        ({"own": np.ones((5, 4))}, r"own is \(5, 4\) of .*, matrix is \(5, 3\): expected \(5, 3\)"),
        (
            {"own": np.ones((4, 3))},
            r"own is \(4, 3\) of .*, there are 5 words, matrix is \(5, 3\): expected \(5, 3\)",
        ),
        ({"ngram_sizes": None}, "ngram_sizes"),
    ],
)
def test_ngrams_that_do_not_fit(changes, message, tmp_path):
    arrays = array_format.arrays_of(
        replace(FULL, subwords=Subwords(3, 6, 9, np.array([1, 8]), np.ones((2, 3)), MATRIX))
    )
    kept = {name: array for name, array in (arrays | changes).items() if array is not None}
    np.savez(tmp_path / "v.npz", **kept)
    with pytest.raises(VectorFileError, match=rf"v\.npz, the archive: .*{message}"):
        read_npz(tmp_path / "v.npz")


def test_documents_are_kept_and_their_shape_is_checked(tmp_path):
    vectors = WordVectors(["tea", "cup"], np.ones((2, 3)), documents=np.arange(12.0).reshape(4, 3))
    vectors.save(tmp_path / "v.npz")
    for mmap in (False, True):
        found = WordVectors.load(tmp_path / "v.npz", mmap=mmap, limit=1)
        np.testing.assert_array_equal(found.documents, vectors.documents)
    np.savez(tmp_path / "bad.npz", matrix=np.ones((1, 3)), words=np.array(["tea"]), documents=np.ones((4, 2)))
    with pytest.raises(
        VectorFileError,
        match=r"documents is \(4, 2\) of float64, .*, matrix is \(1, 3\): expected \(4, 3\) of numbers",
    ):
        WordVectors.load(tmp_path / "bad.npz")
