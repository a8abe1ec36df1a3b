"""word2vec/gradcheck/sparse.py: sparse gradients, and those that stand for zero."""

import numpy as np
import pytest
import scipy.sparse

from word2vec.gradcheck import check_gradient
from word2vec.gradcheck.parameters import Parameters
from word2vec.gradcheck.sparse import dense
from word2vec.gradcheck.structure import StructureError

U = np.random.default_rng(0).standard_normal((5, 3))
IDS = np.array([1, 3, 3, 0])
ROWS = 3 * U[IDS] ** 2


def block(shape):
    return Parameters(np.ones(shape)).leaves[0]


def cubes(form):
    """J = Σ over IDS of U[i]³, a repeated one included, with the gradient in some sparse form."""
    return lambda x: ((x[IDS] ** 3).sum(), form(3 * x[IDS] ** 2))


def of_matrix(kind):
    def form(rows):
        columns = np.tile(np.arange(3), 4)
        return kind((rows.ravel(), (np.repeat(IDS, 3), columns)), shape=U.shape)

    return form


FORMS = {
    "pair": lambda rows: (IDS, rows),
    "lists": lambda rows: [IDS.tolist(), rows.tolist()],
    "int32": lambda rows: (IDS.astype(np.int32), rows),
    "two axes": lambda rows: (IDS.reshape(2, 2), rows.reshape(2, 2, 3)),
    "coo_matrix": of_matrix(scipy.sparse.coo_matrix),
    "csr_array": of_matrix(scipy.sparse.csr_array),
    "csc_matrix": of_matrix(scipy.sparse.csc_matrix),
}


@pytest.mark.parametrize("name", FORMS)
def test_repeated_rows_are_added_up(name):
    report = check_gradient(cubes(FORMS[name]), U)
    assert report.passed, str(report)
    wrong = check_gradient(cubes(lambda rows: FORMS[name](rows * np.array([[1], [1], [0], [1]]))), U)
    assert wrong.wrong_rows == ("x[3]",)


def test_a_single_row():
    report = check_gradient(lambda x: ((x[2] ** 3).sum(), (2, 3 * x[2] ** 2)), U)
    assert report.passed, str(report)


def test_no_rows():
    report = check_gradient(lambda x: ((x[0] ** 2).sum(), (2 * x[0], ([], np.zeros((0, 3))))), (U[0], U))
    assert report.reason.startswith("the gradient of x[1] is zero in every entry")


def test_vectors_take_pairs_too():
    report = check_gradient(lambda x: (x[1] ** 2 + x[1] * x[4], ([1, 1, 4], [2 * x[1], x[4], x[1]])), U[:, 0])
    assert report.passed, str(report)


@pytest.mark.parametrize(
    ("gradient", "shape"),
    [([[1, 2], [3, 4]], (2, 2)), ([1, 2], (2,)), ((1, 2.5), (2,)), ([[1, 2, 3], [4.0, 5, 6]], (2, 3)), ([], (2,))],
)
def test_a_list_of_two_rows_is_no_pair(gradient, shape):
    assert dense(gradient, block(shape)) is gradient


@pytest.mark.parametrize(
    ("gradient", "message"),
    [
        (
            (IDS, ROWS[:3]),
            "the gradient of x is a pair (rows, values), rows of the shape (4,) with values of the shape (3, 3): "
            "expected values of the shape (4, 3)",
        ),
        ((IDS + 2, ROWS), "the gradient of x has values for row 5: expected rows from 0 to 4"),
        ((IDS - 1, ROWS), "the gradient of x has values for row -1: expected rows from 0 to 4"),
    ],
)
def test_pairs_that_do_not_fit(gradient, message):
    with pytest.raises(StructureError) as refusal:
        dense(gradient, block((5, 3)))
    assert str(refusal.value) == message
    assert check_gradient(lambda x: ((x**2).sum(), gradient), U).reason == f"contract: {message}"


def test_a_sparse_matrix_of_another_shape():
    report = check_gradient(lambda x: ((x**2).sum(), scipy.sparse.eye_array(3)), U)
    assert report.reason == "contract: the gradient of x has the shape (3, 3): expected that of x, (5, 3)"


def test_none_is_the_zero_gradient_of_a_block():
    x = {"V": U, "U": U + 1}
    report = check_gradient(lambda x: ((x["V"] ** 2).sum(), {"V": 2 * x["V"], "U": None}), x, allow_zero=["U"])
    assert report.passed, str(report)
    wrong = check_gradient(lambda x: ((x["V"] * x["U"]).sum(), {"V": x["U"], "U": None}), x)
    assert wrong.verdict == "failed"
    report = check_gradient(lambda x: (1.0, {"V": None, "U": None}), x)
    assert report.reason == (
        "contract: the gradient is None: expected that of V; None stands for the zero gradient of single arrays"
    )
    assert check_gradient(lambda x: (1.0, None), (U, U)).reason == report.reason.replace("V", "x[0]")


def test_integer_gradients_are_numbers():
    x = U[0]
    assert check_gradient(lambda x: (3 * x.sum(), np.full(3, 3)), x).passed
    assert check_gradient(lambda x: (np.where(x.real > 0, x, 0).sum(), x.real > 0), x).passed
    cut = check_gradient(lambda x: ((x**2).sum(), (2 * x.real).astype(int)), x)
    assert cut.verdict == "failed"


def test_a_sparse_buffer_that_is_filled_again():
    buffer = np.zeros((4, 3))

    def f(x):
        buffer[:] = 3 * x[IDS].real ** 2
        return (x[IDS] ** 3).sum(), (IDS, buffer)

    assert "f returns the same buffer each time" in check_gradient(f, U).reason
