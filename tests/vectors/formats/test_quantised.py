"""word2vec/vectors/formats/quantised.py: smaller files, how near their vectors are, and what reads them."""

import copy
import pickle
import tracemalloc

import numpy as np
import pytest

from word2vec import WordVectors, load_model, save_model
from word2vec.vectors import formats, neighbours
from word2vec.vectors.formats.quantised import ByteRows, stored
from word2vec.vectors.formats.table import VectorFileError

V, D = 2000, 20


@pytest.fixture
def vectors():
    rng = np.random.default_rng(5)
    matrix, outside = (rng.normal(size=(V, D)) * 10.0 ** rng.integers(-3, 4, (V, 1)) for _ in range(2))
    matrix[3] = 0
    more = {"outside": outside.astype(np.float32), "counts": np.arange(V)[::-1], "documents": outside[:7]}
    return WordVectors([f"w{i}" for i in range(V)], matrix.astype(np.float32), **more)


@pytest.fixture
def mapped(vectors, tmp_path):
    vectors.save(tmp_path / "v.npz", dtype="int8")
    return WordVectors.load(tmp_path / "v.npz", mmap=True)


def test_half_precision_takes_half(vectors, tmp_path):
    vectors.save(tmp_path / "v.npz")
    with np.errstate(all="raise"):  # as a reader may set it: some numbers lose digits
        vectors.save(tmp_path / "h.npz", dtype="float16")
    read = WordVectors.load(tmp_path / "h.npz")
    for name in ("matrix", "outside", "documents"):
        assert np.array_equal(getattr(read, name), getattr(vectors, name).astype(np.float16))
    assert np.array_equal(read.counts, vectors.counts)
    sizes = [(tmp_path / name).stat().st_size for name in ("h.npz", "v.npz")]
    assert sizes[1] - sizes[0] == pytest.approx(2 * (2 * V * D) + 6 * 7 * D, abs=200)  # aligned members


def test_bytes_are_off_by_at_most_half_a_step_of_their_row(vectors, tmp_path):
    vectors.save(tmp_path / "b.npz", dtype="int8")
    read = WordVectors.load(tmp_path / "b.npz")
    for name in ("matrix", "outside", "documents"):
        rows, found = getattr(vectors, name), getattr(read, name)
        assert (type(found), found.dtype) == (np.ndarray, np.float32)
        steps = np.abs(rows).max(axis=1, keepdims=True) / 127
        assert (np.abs(found - rows) <= 0.5 * steps * (1 + 1e-4)).all()
    assert not read["w3"].any()


def test_mapped_bytes_stay_bytes_and_answer_as_if_unpacked(mapped, tmp_path):
    assert isinstance(mapped.matrix, ByteRows)
    assert isinstance(mapped.matrix.base, np.memmap)
    assert mapped.matrix.nbytes == V * (D + 4)
    assert "int8, 0.0 MB mapped from a file" in repr(mapped)
    unpacked = WordVectors.load(tmp_path / "v.npz")
    words = unpacked.words[:40]
    assert mapped.most_similar_many(words) == unpacked.most_similar_many(words)
    assert mapped.most_similar("w9", method="mul") == unpacked.most_similar("w9", method="mul")
    assert np.array_equal(mapped.distances("w9"), unpacked.distances("w9"))
    assert np.array_equal(mapped["w9"], unpacked["w9"])
    assert np.array_equal(mapped[words], unpacked[words])
    assert mapped.as_outside().most_similar("w9") == unpacked.as_outside().most_similar("w9")
    assert mapped.index().most_similar("w9", top_n=1) == unpacked.most_similar("w9", top_n=1)
    assert np.allclose(mapped.aligned_to(unpacked).matrix, unpacked.matrix, rtol=1e-3)


def test_queries_do_not_unpack_a_mapped_matrix(mapped, monkeypatch):
    monkeypatch.setattr(neighbours, "SCORES", 2**12)
    mapped.most_similar("w1")
    tracemalloc.start()
    mapped.most_similar_many(["w1", "w2"])
    largest = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert largest < 2 * V * D


def test_mapped_bytes_are_written_in_every_format(mapped, tmp_path):
    numbers = np.asarray(mapped.matrix)
    for name in ("v.txt", "v.bin", "v.tsv", "w.npz"):
        mapped.save(tmp_path / name)
        assert np.array_equal(WordVectors.load(tmp_path / name).matrix, numbers)
    mapped.save(tmp_path / "b.npz", dtype="int8")
    assert np.array_equal(WordVectors.load(tmp_path / "b.npz").matrix, numbers)
    save_model(mapped, tmp_path / "model")
    assert np.array_equal(load_model(tmp_path / "model").matrix, numbers)


def test_some_rows_of_bytes(mapped, tmp_path):
    numbers = np.asarray(mapped.matrix)
    for mmap in (False, True):
        assert np.array_equal(WordVectors.load(tmp_path / "v.npz", limit=9, mmap=mmap).matrix, numbers[:9])
        assert np.array_equal(WordVectors.load(tmp_path / "v.npz", only=["w7"], mmap=mmap).matrix, numbers[7:8])
        read = WordVectors.load(tmp_path / "v.npz", dtype="float64", mmap=mmap)
        assert (read.matrix.dtype, read.matrix.sum()) == (np.float64, numbers.astype(np.float64).sum())


@pytest.mark.parametrize(
    "key", [3, slice(2, 5), [4, 1], np.array([True, False] * 3), (slice(None), slice(0, 2)), ([1, 2], 2), (2, 1), ...]
)
def test_indexing_is_that_of_an_array(key):
    rows = ByteRows(np.arange(-9, 9, dtype=np.int8).reshape(6, 3), np.arange(1, 7, dtype=np.float32))
    assert np.array_equal(rows[key], np.asarray(rows)[key])
    assert rows[key].dtype == np.float32


def test_pandas_takes_rows_of_bytes_for_a_table():
    rows = ByteRows(np.arange(-9, 9, dtype=np.int8).reshape(6, 3), np.arange(1, 7, dtype=np.float32))
    table = pytest.importorskip("pandas").DataFrame(rows, [*"abcdef"])
    assert np.array_equal(table, np.asarray(rows))
    assert np.array_equal([*rows], table)


def test_an_array_of_bytes_is_no_view():
    rows = ByteRows(np.ones((1, 2), np.int8), np.ones(1, np.float32))
    assert np.asarray(rows, np.float64).dtype == np.float64
    assert (rows @ np.eye(2)).tolist() == [[1, 1]]
    with pytest.raises(
        ValueError, match="8-bit rows cannot be an array without being unpacked: leave out copy=False"
    ):
        np.asarray(rows, copy=False)


def test_what_does_not_fit_is_refused(vectors, tmp_path):
    vectors.matrix[2, 1] = 70_000
    with pytest.raises(ValueError, match=r"v\.npz: matrix holds numbers beyond float16: write it as float32 or int8"):
        vectors.save(tmp_path / "v.npz", dtype="float16")
    assert not (tmp_path / "v.npz").exists()
    with pytest.raises(ValueError, match="x: m holds numbers beyond float32, which scales are: write it as float64"):
        stored("m", np.array([[1e300]]), "int8", "x")
    with pytest.raises(ValueError, match=r"v\.txt: dtype='int8' is for \.npz, text has its own: leave it out"):
        vectors.save(tmp_path / "v.txt", dtype="int8")
    with pytest.raises(ValueError, match="dtype is 'int4': expected one of float64, float32, float16, int8"):
        vectors.save(tmp_path / "v.npz", dtype="int4")


def test_scales_that_do_not_belong_to_their_rows_are_an_error(tmp_path):
    words = {"words": np.frombuffer(b"ab", np.uint8), "word_ends": np.array([1, 2])}
    for scales in (np.ones(3, np.float32), np.ones(2), np.ones((2, 1), np.float32)):
        np.savez(tmp_path / "v.npz", matrix=np.ones((2, 3), np.int8), matrix_scales=scales, **words)
        with pytest.raises(VectorFileError, match=r"rows and scales are \(2, 3\) of int8 and .*: expected \(V, D\)"):
            formats.read(tmp_path / "v.npz")


def test_bytes_that_unpacked_need_too_much_memory_are_refused(tmp_path, vectors, monkeypatch):
    vectors.save(tmp_path / "v.npz", dtype="int8")
    monkeypatch.setattr("word2vec.runtime.memory.available_memory", lambda: 3 * V * D)
    with pytest.raises(
        MemoryError, match=r"matrix, unpacked, needs 0 MB of memory, .* map it into memory, mmap=True"
    ):
        WordVectors.load(tmp_path / "v.npz")
    assert len(WordVectors.load(tmp_path / "v.npz", mmap=True)) == V


def test_rows_that_are_computed_with_say_how_to_unpack_them():
    rows = ByteRows(np.ones((2, 3), np.int8), np.ones(2, np.float32))
    for compute in (lambda: rows * 2, lambda: 2 * rows, lambda: rows @ rows, lambda: -rows, lambda: rows > 0):
        with pytest.raises(TypeError, match=r"8-bit rows are not computed with: unpack them by np\.asarray\(vectors"):
            compute()
    with pytest.raises(AttributeError, match=r"8-bit rows have no T: unpack them by np\.asarray\(vectors\.matrix\)"):
        _ = rows.T
    np.testing.assert_array_equal(np.ones(2) @ rows, [2, 2, 2])
    np.testing.assert_array_equal(rows @ np.ones((3, 3)) - rows * np.float32(2), np.ones((2, 3)))
    np.testing.assert_array_equal(copy.deepcopy(rows)[:], pickle.loads(pickle.dumps(rows))[:])
