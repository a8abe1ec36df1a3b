"""word2vec/batch.py: a whole batch at once gives what the textbook tier gives window by window."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from word2vec.batch import add_rows, naive_softmax_batch, negative_sampling_batch
from word2vec.losses import naive_softmax, negative_sampling
from word2vec.models import batch_mean, skip_gram

BATCHES = [negative_sampling_batch, naive_softmax_batch]


@st.composite
def batches(draw):
    """A batch over few words, so that words repeat and negatives hit outside words: V, U, centres, sizes, words."""
    n_words, D = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    n, K = draw(st.integers(1, 5)), draw(st.integers(0, 5))
    sizes = np.array(draw(st.lists(st.integers(0, 4), min_size=n, max_size=n)), np.int64)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    V, U = rng.normal(size=(2, n_words, D))
    return V, U, rng.integers(0, n_words, n), sizes, rng.integers(0, n_words, (sizes.sum(), 1 + K))


def textbook(batch_loss, V, U, centres, sizes, words):
    """The mean of `skip_gram` over the windows, with the same negatives: J, ∂J/∂V, ∂J/∂U."""
    windows, start = [], 0
    for c, size in zip(centres, sizes, strict=True):
        outside, negatives = words[start : start + size, 0], words[start : start + size, 1:]
        start += size
        if batch_loss is naive_softmax_batch:
            windows.append(skip_gram(c, outside, V, U, naive_softmax))
        else:
            windows.append(skip_gram(c, outside, V, U, negative_sampling, negatives))
    return batch_mean(windows)


def dense(batch_loss, V, U, *batch):
    """The batch function's J, ∂J/∂V, ∂J/∂U, its rows put into place."""
    found = batch_loss(V, U, *batch)
    grad_V, grad_U = np.zeros((2, *V.shape), found.grad_U.dtype)
    np.add.at(grad_V, found.centres, found.grad_V)
    np.add.at(grad_U, found.outside, found.grad_U)
    return found.loss(), grad_V, grad_U


def constant(batch):
    for array in batch:
        array.flags.writeable = False
    return batch


def example(seed=0):
    """Three windows of 2, 0 and 3 outside words, with repeats and a hit."""
    V, U = np.random.default_rng(seed).normal(size=(2, 6, 3))
    words = np.array([[1, 2, 2], [0, 3, 0], [5, 5, 1], [1, 4, 2], [1, 0, 0]])
    return V, U, np.array([3, 0, 3]), np.array([2, 0, 3]), words


# against the textbook tier


@pytest.mark.parametrize("batch_loss", BATCHES)
@given(batch=batches())
@settings(deadline=None)
def test_a_batch_equals_the_mean_of_its_windows(batch_loss, batch):
    truth = textbook(batch_loss, *batch)
    largest = max(abs(table).max() for table in batch[:2])
    for part, wanted in zip(dense(batch_loss, *batch), truth, strict=True):
        np.testing.assert_allclose(part, wanted, rtol=1e-13, atol=1e-14 * largest)


@pytest.mark.parametrize("batch_loss", BATCHES)
def test_extreme_scores_give_finite_numbers(batch_loss):
    V, U, *batch = example()
    with np.errstate(all="raise", under="ignore"):
        for part in dense(batch_loss, 100 * V, 100 * U, *batch):
            assert np.isfinite(part).all()


def test_further_columns_do_not_matter_to_naive_softmax():
    *vectors, words = example()
    for part, wanted in zip(
        dense(naive_softmax_batch, *vectors, words), dense(naive_softmax_batch, *vectors, words[:, :1]), strict=True
    ):
        np.testing.assert_array_equal(part, wanted)


@pytest.mark.parametrize("batch_loss", BATCHES)
def test_an_empty_batch_is_an_error_as_it_is_for_batch_mean(batch_loss):
    V, U, centres, sizes, words = example()
    with pytest.raises(ValueError, match="empty"):
        batch_loss(V, U, centres[:0], sizes[:0], words[:0]).loss()


# the parts of the result


@pytest.mark.parametrize("batch_loss", BATCHES)
def test_each_pair_has_its_row_of_words(batch_loss):
    V, U = np.ones((2, 3, 2))
    with pytest.raises(ValueError, match="sizes sum up to 2, words has 1 rows: expected one for each pair"):
        batch_loss(V, U, np.array([1]), np.array([2]), np.array([[1, 2]]))


@pytest.mark.parametrize("batch_loss", BATCHES)
@pytest.mark.parametrize(
    ("sizes", "words", "message"),
    [
        ([1, 1, 1], [[1], [2], [1]], r"sizes has the shape \(3,\): expected one for each of 2 centres"),
        ([2, 1], [1, 2, 1], r"words has the shape \(3,\): expected rows of ints"),
        ([2, 1], None, r"words has the shape \(\): expected rows of ints"),
    ],
)
def test_what_does_not_fit_is_named_with_its_own_shape(batch_loss, sizes, words, message):
    V, U = np.ones((2, 3, 2))
    with pytest.raises(ValueError, match=f"^{message}$"):
        batch_loss(V, U, [1, 0], sizes, words)


@pytest.mark.parametrize("weights", [2.0, [1.0], [[1.0, 2.0, 3.0]]])
def test_each_pair_has_its_weight(weights):
    V, U = np.ones((2, 3, 2))
    with pytest.raises(ValueError, match=r"^weights has the shape .*: expected one for each of 3 pairs$"):
        naive_softmax_batch(V, U, [1, 0], [2, 1], [[1], [2], [1]], weights)


def test_rows_may_be_lists():
    table = np.zeros((3, 2))
    add_rows(table, [2, 0, 2], [[1, 2], [3, 4], [10, 20]])
    assert table.tolist() == [[3, 4], [0, 0], [11, 22]]


@pytest.mark.parametrize("batch_loss", BATCHES)
def test_a_single_size_is_that_of_all_windows(batch_loss):
    V, U, centres, _, words = example()
    sizes = np.full(len(centres), len(words))
    words = np.concatenate([words] * len(centres))
    expected = batch_loss(V, U, centres, sizes, words)
    for each in sizes[0], sizes[:1]:
        found = batch_loss(V, U, centres, each, words)
        assert found.loss() == expected.loss()
        np.testing.assert_array_equal(found.grad_V, expected.grad_V)


def test_gradients_come_for_touched_rows_only():
    V, U, centres, sizes, words = example()
    found = negative_sampling_batch(V, U, centres, sizes, words)
    assert found.centres.tolist() == [3, 3, 3, 3, 3]  # one row per pair
    assert found.outside.tolist() == words.ravel().tolist()
    assert (found.grad_V.shape, found.grad_U.shape) == ((5, 3), (15, 3))
    found = naive_softmax_batch(V, U, centres, sizes, words)
    assert found.centres.tolist() == [3, 0, 3]  # one row per window
    assert found.outside.tolist() == [0, 1, 2, 3, 4, 5]
    assert (found.grad_V.shape, found.grad_U.shape) == ((3, 3), (6, 3))


@pytest.mark.parametrize("batch_loss", BATCHES)
def test_the_loss_is_that_of_the_vectors_before_a_step(batch_loss):
    V, U, *batch = example()
    truth = textbook(batch_loss, V, U, *batch)[0]
    found = batch_loss(V, U, *batch)
    V += 1
    U *= 2  # what a step in place does before the loss is asked for
    for _ in range(2):
        assert found.loss() == pytest.approx(truth, rel=1e-15)


@pytest.mark.parametrize("batch_loss", BATCHES)
def test_arguments_are_left_alone(batch_loss):
    batch = constant(example())
    found = batch_loss(*batch)  # a write would raise
    for gradient in (found.grad_V, found.grad_U):
        assert not any(np.shares_memory(gradient, table) for table in batch)


@pytest.mark.parametrize("batch_loss", BATCHES)
def test_ids_of_any_integer_type(batch_loss):
    V, U, *batch = example()
    truth = dense(batch_loss, V, U, *batch)
    for part, wanted in zip(dense(batch_loss, V, U, *(ids.astype(np.int32) for ids in batch)), truth, strict=True):
        np.testing.assert_array_equal(part, wanted)


@pytest.mark.parametrize("batch_loss", BATCHES)
def test_lists_count_as_arrays(batch_loss):
    V, U, *batch = example()
    found = batch_loss(V.tolist(), U.tolist(), *(part.tolist() for part in batch))
    truth = batch_loss(V, U, *batch)
    assert found.loss() == truth.loss()
    for part, wanted in zip(found[1:], truth[1:], strict=True):
        np.testing.assert_array_equal(part, wanted)


@pytest.mark.parametrize("batch_loss", BATCHES)
@pytest.mark.parametrize(("which", "name"), [(2, "centres"), (4, "words")])
def test_padding_is_no_word(batch_loss, which, name):
    given = example()
    given[which][-1] = -1
    with pytest.raises(IndexError, match=f"^{name} holds -1: expected ints from 0 to 5$"):
        batch_loss(*given)


@pytest.mark.parametrize("batch_loss", BATCHES)
def test_float32_stays_float32(batch_loss):
    V, U, *batch = example()
    found = batch_loss(V.astype(np.float32), U.astype(np.float32), *batch)
    assert (found.grad_V.dtype, found.grad_U.dtype) == (np.float32, np.float32)


# add_rows


@given(st.data())
@settings(deadline=None)
def test_add_rows_equals_add_at_to_the_bit(data):
    n, D, m = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 4)), data.draw(st.integers(0, 20))
    dtype = data.draw(st.sampled_from([np.float64, np.float32, np.complex128, np.int64]))
    id_type = data.draw(st.sampled_from([np.int64, np.int32, np.uint32]))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    table, rows = (100 * rng.normal(size=(length, D)) for length in (n, m))
    table, rows, ids = table.astype(dtype), rows.astype(dtype), rng.integers(0, n, m).astype(id_type)
    truth = table.copy()
    np.add.at(truth, ids, rows)
    assert add_rows(table, ids, rows) is None
    assert table.dtype == dtype
    np.testing.assert_array_equal(table, truth)


def test_add_rows_takes_rows_and_ids_that_are_not_contiguous_and_leaves_them_alone():
    rows = np.arange(24.0).reshape(4, 6)[:, ::2]
    ids = np.array([1, 9, 0, 9, 1, 9, 2, 9])[::2]
    rows.flags.writeable = ids.flags.writeable = False
    table, truth = np.zeros((2, 3, 3))
    add_rows(table, ids, rows)
    np.add.at(truth, ids, rows)
    np.testing.assert_array_equal(table, truth)


def test_add_rows_adds_in_a_part_of_a_table():
    whole = np.zeros((4, 2))
    add_rows(whole[2:], np.array([1]), np.ones((1, 2)))
    np.testing.assert_array_equal(whole, [[0, 0], [0, 0], [0, 0], [1, 1]])


def test_add_rows_takes_float64_rows_for_a_float32_table():
    table, truth = np.ones((2, 3, 2), np.float32)
    ids, rows = np.array([2, 0, 2]), np.random.default_rng(0).normal(size=(3, 2))
    add_rows(table, ids, rows)
    np.add.at(truth, ids, rows)
    np.testing.assert_array_equal(table, truth)


@pytest.mark.parametrize("table", [np.zeros((4, 6))[:, ::2], np.asfortranarray(np.zeros((4, 3)))])
def test_add_rows_refuses_a_table_that_it_could_only_copy(table):
    with pytest.raises(ValueError, match=r"expected a C-contiguous table; np\.ascontiguousarray makes one"):
        add_rows(table, np.array([0]), np.ones((1, 3)))


def test_add_rows_refuses_a_table_that_is_read_only(tmp_path):
    np.zeros((4, 3)).tofile(tmp_path / "table")
    mapped = np.memmap(tmp_path / "table", np.float64, "r", shape=(4, 3))  # a write would end Python
    for table in (mapped, np.frombuffer(bytes(96)).reshape(4, 3)):
        with pytest.raises(ValueError, match=r"the table is read-only; table\.copy\(\) makes one that is not"):
            add_rows(table, np.array([0]), np.ones((1, 3)))
        assert not table.any()


@pytest.mark.parametrize(
    ("dtype", "rows"), [(float, np.ones((3, 2))), (float, np.ones((1, 3))), (int, np.full((2, 3), 0.5))]
)
def test_add_rows_refuses_rows_that_do_not_fit(dtype, rows):
    table = np.zeros((4, 3), dtype)
    message = rf"rows has the shape \(., .\) and type float64: expected \(2, 3\), .* table's {table.dtype} can hold$"
    with pytest.raises(ValueError, match=message):
        add_rows(table, np.array([0, 1]), rows)
    assert not table.any()


@pytest.mark.parametrize("word", [4, -1, -5])
def test_add_rows_refuses_a_word_that_is_not_in_the_table(word):
    table = np.zeros((4, 3))
    with pytest.raises(IndexError, match=f"^ids holds {word}: expected ints from 0 to 3$"):
        add_rows(table, np.array([word]), np.ones((1, 3)))
    assert not table.any()


def test_add_rows_finds_the_row_for_ids_of_a_small_type():
    table = np.zeros((200, 10))
    add_rows(table, np.array([199], np.uint8), np.ones((1, 10)))
    assert np.flatnonzero(table.any(axis=1)).tolist() == [199]


def test_pairs_of_the_naive_softmax_have_weights():
    rng = np.random.default_rng(7)
    V, U = rng.normal(size=(2, 5, 3))
    centres, sizes, words = np.array([0, 1, 0]), np.array([2, 0, 3]), rng.integers(0, 5, (5, 1))
    times = np.array([1, 2, 0, 3, 1])
    found = naive_softmax_batch(V, U, centres, sizes, words, times)
    again = naive_softmax_batch(V, U, centres, np.array([3, 0, 4]), words.repeat(times, axis=0))
    assert found.loss() == pytest.approx(again.loss(), rel=1e-14)
    np.testing.assert_allclose(found.grad_U, again.grad_U, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(found.grad_V, again.grad_V, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("dtype", [np.int64, np.uint8])
@pytest.mark.parametrize(
    ("loss", "weights"),
    [(negative_sampling_batch, ()), (naive_softmax_batch, ()), (naive_softmax_batch, (np.array([0.5, 1.5, 0.25]),))],
)
def test_tables_of_whole_numbers_count_as_the_same_in_float64(loss, weights, dtype):
    V, U = np.array([[1, 0], [2, 1], [0, 1]]), np.array([[0, 1], [1, 1], [1, 0]])
    batch = np.array([0, 1]), np.array([2, 1]), np.array([[1, 0], [2, 0], [0, 2]])
    found, expected = (
        loss(V.astype(dtype), U.astype(dtype), *batch, *weights),
        loss(V * 1.0, U * 1.0, *batch, *weights),
    )
    assert found.loss() == pytest.approx(expected.loss(), rel=1e-14)
    np.testing.assert_allclose(found.grad_V, expected.grad_V, rtol=1e-14)
    np.testing.assert_allclose(found.grad_U, expected.grad_U, rtol=1e-14)


@pytest.mark.parametrize("loss", [negative_sampling_batch, naive_softmax_batch])
def test_hidden_numbers_are_refused(loss):
    one = np.ones(2, int)
    given = {"V": np.eye(3), "U": np.eye(3), "centres": one, "sizes": one, "words": one[:, None]}
    for name, value in (given | ({"weights": one} if loss is naive_softmax_batch else {})).items():
        hidden = np.ma.array(value, mask=value == 1)
        with pytest.raises(TypeError, match=f"^{name} is a masked array: expected all its numbers; replace the"):
            loss(**given | {name: hidden})


@pytest.mark.parametrize("name", ["table", "ids", "rows"])
def test_hidden_rows_are_not_added(name):
    given = {"table": np.ones((2, 3)), "ids": np.array([1]), "rows": np.ones((1, 3))}
    with pytest.raises(TypeError, match=f"^{name} is a masked array: expected all its numbers"):
        add_rows(**given | {name: np.ma.array(given[name], mask=True)})
