"""word2vec/gradcheck/hints.py: each slip is called by its name, with the word, and nothing else is said."""

import numpy as np
import pytest

from word2vec.gradcheck import check_gradient

RNG = np.random.default_rng(3)
V, U = RNG.standard_normal((5, 3)), RNG.standard_normal((5, 3))
WORDS = ["king", "queen", "man", "woman", "it"]
SINGLE = (
    "a stray index, an entry that the loss treats otherwise (mask, clipping, dropout), or one with a formula of its "
    "own"
)
COEFFICIENT = (
    "its coefficient is wrong, or one of several parts that the word plays, or its repeats are lost (np.add.at)"
)


def model(x):
    """J of two tables, with a dense gradient."""
    V, U = x
    return (V**3).sum() + (V[1:] * U[:-1]).sum() + np.sin(U).sum(), gradient_of(V, U)


def gradient_of(V, U):
    gV, gU = 3 * V**2, np.cos(U)
    gV[1:] += U[:-1]
    gU[:-1] += V[1:]
    return gV, gU


def hints_of(change, *, words=WORDS, x=(V, U)):
    """Check `model` with its gradients changed by change(gV, gU) → (gV, gU) and give the hints."""

    def wrong(x):
        loss, gradients = model(x)
        return loss, *change(*gradients)

    assert check_gradient(model, x).passed
    report = check_gradient(wrong, x, names=["V", "U"], words=words)
    assert report.verdict == "failed"
    return report.hints


def put(array, where, value):
    array = array.copy()
    array[where] = value
    return array


# a factor on a whole block


@pytest.mark.parametrize(
    ("c", "message"),
    [
        (
            -1,
            "−1 × the true one: the sign of the gradient or of the loss is wrong, as of a "
            "log-likelihood, whose negative is the loss",
        ),
        (
            2,
            "2 × the true one: a sum where the loss takes the mean of 2, a factor 1/2 of the loss left out, or "
            "counted 2 times",
        ),
        (
            50,
            "50 × the true one: a sum where the loss takes the mean of 50, a factor 1/50 of the loss left out, or "
            "counted 50 times",
        ),
        (
            1 / 50,
            "1/50 × the true one: the mean of 50 where the loss takes the sum (batch or window?), "
            "or a factor 50 forgotten",
        ),
        (
            0.5,
            "1/2 × the true one: the mean of 2 where the loss takes the sum (batch or window?), "
            "or a factor 2 forgotten",
        ),
        (
            -0.25,
            "−1/4 × the true one: the sign is wrong, and the mean of 4 where the loss takes the sum (batch or "
            "window?), or a factor 4 forgotten",
        ),
        (
            -3,
            "−3 × the true one: the sign is wrong, and a sum where the loss takes the mean of 3, "
            "a factor 1/3 of the loss left out, or counted 3 times",
        ),
        (0.75, "0.75 × the true one: a factor is missing or superfluous"),
        (np.log(2), "0.693147 (ln 2) × the true one: a factor is missing or superfluous"),
        (np.pi / 180, "0.0174533 (π/180) × the true one: a factor is missing or superfluous"),
        (-np.sqrt(3), "−1.73205 (√3) × the true one: the sign is wrong, and a factor is missing or superfluous"),
        (1.001, "1.001 × the true one: a factor is missing or superfluous"),
        (0.9, "0.9 × the true one: a factor is missing or superfluous"),
        (1 + 1e-8, "(1 + 1.0e-08) × the true one: a factor is missing or superfluous"),
        (1 - 2e-6, "(1 − 2.0e-06) × the true one: a factor is missing or superfluous"),
        (1 / 5000, "0.0002 × the true one: a factor is missing or superfluous"),
    ],
)
def test_a_factor_on_a_block(c, message):
    assert hints_of(lambda gV, gU: (gV, c * gU)) == (f"the gradient of U is {message}",)


@pytest.mark.parametrize(("c", "is_told"), [(0.987, False), (-1.7, False), (-1, True), (3, True)])
def test_some_factor_explains_any_error_of_a_single_number(c, is_told):
    def f(x):
        return x["b"] ** 3 + (x["w"] ** 2).sum(), {"b": c * 3 * x["b"] ** 2, "w": 2 * x["w"]}

    report = check_gradient(f, {"b": np.array(0.7), "w": np.arange(1.0, 4.0)})
    assert report.verdict == "failed"
    assert bool(report.hints) == is_told


def test_a_factor_on_both_blocks_is_said_of_both():
    assert [hint[:24] for hint in hints_of(lambda gV, gU: (-gV, 2 * gU))] == [
        "the gradient of V is −1 ",
        "the gradient of U is 2 ×",
    ]


# a factor on a word


def test_a_word_drawn_twice():
    text = (
        'U[1] ("queen"): 1/2 of the true row: a factor 2 is left out, or the word occurs 2 times and its repeats '
        "are lost; then use np.add.at(grad, ids, rows), not grad[ids] += rows"
    )
    assert hints_of(lambda gV, gU: (gV, put(gU, 1, gU[1] / 2))) == (text,)


def test_words_drawn_twice_and_thrice():
    found = hints_of(lambda gV, gU: (gV, gU / np.array([2, 2, 3, 2, 2])[:, None]))
    assert len(found) == 2
    assert found[0].startswith('U[0] ("king"), U[1] ("queen"), U[3] ("woman") and 1 more: 1/2 of the true row: a fa')
    assert found[1].startswith(
        'U[2] ("man"): 1/3 of the true row: a factor 3 is left out, or the word occurs 3 times'
    )


def test_repeated_negatives_as_they_really_get_lost():
    ids = np.array([4, 1, 4])

    def f(U, lost):
        s = np.exp(-(U[ids] @ V[0]))
        rows = -np.outer(s / (1 + s), V[0])
        gradient = 0 * U
        if lost:
            gradient[ids] += rows
        else:
            np.add.at(gradient, ids, rows)
        return np.log(1 + s).sum(), gradient

    assert check_gradient(lambda x: f(x, False), U).passed
    report = check_gradient(lambda x: f(x, True), U, names="U", words=WORDS)
    assert report.wrong_rows == ('U[4] ("it")',)
    assert report.hints[0].startswith(
        'U[4] ("it"): 1/2 of the true row: a factor 2 is left out, or the word occurs 2 times and its repeats'
    )


def test_a_target_that_is_drawn_as_a_negative_and_lost():
    v_c, words, sign = V[0], np.array([0, 1, 2, 0]), np.array([1, -1, -1, -1])

    def f(U):
        y_hat = 1 / (1 + np.exp(-sign * (U[words] @ v_c)))
        gradient = np.zeros_like(U)
        gradient[words] += np.outer(sign * (y_hat - 1), v_c)
        return -np.log(y_hat).sum(), gradient

    (hint,) = check_gradient(f, U[:3], words=WORDS[:3]).hints
    assert hint.endswith(f" × the true row: {COEFFICIENT}")


@pytest.mark.parametrize(
    ("c", "message"),
    [
        (-1, "the sign is wrong"),
        (0.7, f"0.7 × the true row: {COEFFICIENT}"),
        (3, f"3 × the true row: {COEFFICIENT}"),
        (-0.5, f"−1/2 × the true row: {COEFFICIENT}"),
        (0, "zero where it should not be: this word's gradient is lost"),
    ],
)
def test_a_factor_on_a_word(c, message):
    assert hints_of(lambda gV, gU: (put(gV, 3, c * gV[3]), gU)) == (f'V[3] ("woman"): {message}',)


def test_a_row_that_should_be_zero():
    def f(x):
        return (x[:4] ** 3).sum(), put(3 * x**2, 4, x[0])

    report = check_gradient(f, U, words=WORDS)
    assert report.hints == (
        'x[4] ("it"): should be exactly zero: the loss does not change with it here (a wrong index, or a term that '
        "only the gradient has?)",
    )


# all of it


def test_all_zero():
    text = "the gradient of U is all zero, the true one is not: is it added to a copy, cleared, or never added?"
    assert hints_of(lambda gV, gU: (gV, 0 * gU)) == (text,)


@pytest.mark.parametrize("decimals", [None, 7])
def test_float32(decimals):
    def rounded(g):
        return g.real.astype(np.float32).astype(float) if decimals is None else np.round(g.real, decimals)

    (hint,) = hints_of(lambda gV, gU: (rounded(gV), gU))
    start = (
        "errors of 1e-9 to 1e-6 throughout V (relative " if decimals else "the gradient of V holds numbers of float32"
    )
    assert hint.startswith(start)
    assert not decimals or "a part in float32, a gradient by forward differences, a tiny term" in hint


def test_float32_is_not_said_of_float32_nor_of_larger_errors():
    def f(x):
        return (x**3).sum(), (3 * x**2).astype(np.float32) * np.float32(1.01)

    assert "of float32" not in str(check_gradient(f, U.astype(np.float32)))
    assert "float32" not in str(hints_of(lambda gV, gU: ((gV.astype(np.float32) * 1.001).astype(float), gU)))


def test_swapped_blocks():
    text = "the gradients of V and U are swapped: check the order in which they are returned"
    assert hints_of(lambda gV, gU: (gU, gV)) == (text,)


def test_blocks_of_other_shapes_are_not_swapped():
    def f(x):
        return (x[0] ** 3).sum() + (x[1] ** 3).sum(), np.ones((2, 3)), np.ones(3)

    assert "swapped" not in str(check_gradient(f, (U[:2], U[0])).hints)


@pytest.mark.parametrize("shape", [(3, 3), (5, 3), (2, 4)])
def test_a_transposed_outer_product(shape):
    A, B = RNG.standard_normal(shape[0]), RNG.standard_normal(shape[1])

    def f(W, outer):
        return (A @ W) @ B, outer

    x = RNG.standard_normal(shape)
    assert check_gradient(lambda W: f(W, np.outer(A, B)), x).passed
    report = check_gradient(lambda W: f(W, np.outer(B, A).reshape(shape)), x, names="W")
    assert report.hints == ("the gradient of W is transposed: exchange the arguments of np.outer, or leave a .T out",)


def test_a_symmetric_gradient_with_another_error_is_not_transposed():
    S = np.outer(U[0], U[0])
    report = check_gradient(lambda W: ((S * W).sum(), put(S, (0, 1), S[0, 1] + 1e-7)), np.ones((3, 3)))
    assert report.hints == ("a single entry of x is wrong, by 1e-07: " + SINGLE,)


@pytest.mark.parametrize("shift", [1, -1, 2, -2])
def test_shifted_rows(shift):
    text = f"the rows of U's gradient are shifted: an index or an offset is off by {abs(shift)}"
    assert hints_of(lambda gV, gU: (gV, np.roll(gU, shift, axis=0))) == (text,)


def test_two_rows_are_exchanged_not_shifted():
    def f(x):
        return (x**3).sum(), 3 * x[::-1] ** 2

    assert check_gradient(f, U[:2]).hints == ()


# a term


@pytest.mark.parametrize(("c", "shown"), [(-1, "−1"), (0.25, "1/4"), (1e-6, "1e-06")])
def test_a_missing_term_names_the_word(c, shown):
    text = (
        f'V[2] ("man"): off by {shown} × U[4] ("it"): a term with it is missing, superfluous, or has a wrong factor'
    )
    assert hints_of(lambda gV, gU: (put(gV, 2, gV[2] + c * U[4]), gU)) == (text,)


def test_a_missing_positive_term():
    def f(x):  # negative sampling's pair without its target's part in the centre's gradient
        gradient = 0 * x
        scores = 1 / (1 + np.exp(x[1:] @ x[0]))
        gradient[1:] = -np.outer(scores, x[0])
        gradient[0] = -scores[1:] @ x[2:]
        return np.log(1 + np.exp(-(x[1:] @ x[0]))).sum(), gradient

    report = check_gradient(f, U, words=WORDS)
    assert report.wrong_rows == ('x[0] ("king")',)
    (hint,) = report.hints
    assert hint.startswith('x[0] ("king"): off by ')
    assert hint.endswith(' × x[1] ("queen"): a term with it is missing, superfluous, or has a wrong factor')


def test_a_constant():
    cause = "a constant is added, or the derivative of a sum or mean over them left out"
    text = f'U[2] ("man"): off by 0.125 in every entry: {cause}'
    assert hints_of(lambda gV, gU: (gV, put(gU, 2, gU[2] + 0.125))) == (text,)
    (hint,) = hints_of(lambda gV, gU: (gV - 1e-8, gU))
    assert hint == f'V[0] ("king"), V[1] ("queen"), V[2] ("man") and 2 more: off by -1e-08 in every entry: {cause}'


def test_a_mean_over_the_rows():
    weights = RNG.standard_normal((5, 3))

    def f(x, is_right=False):
        z = x - x.mean(axis=0)
        back = 3 * z**2 * weights
        return (z**3 * weights).sum(), back - back.mean(axis=0) * is_right

    assert check_gradient(lambda x: f(x, True), V).passed
    (hint,) = check_gradient(f, V).hints
    assert hint.startswith(
        "all rows of x's gradient are off by the same numbers: the derivative of a sum or mean over"
    )


@pytest.mark.parametrize("amount", [1.0, -0.001, 1e-7])
def test_a_single_entry(amount):
    text = f"a single entry of V is wrong, by {amount:.3g}: {SINGLE}"
    assert hints_of(lambda gV, gU: (put(gV, (1, 2), gV[1, 2] + amount), gU)) == (text,)


# what fits nothing


def test_noise_gets_no_hint():
    noise = np.random.default_rng(7).standard_normal((5, 3))
    assert hints_of(lambda gV, gU: (gV + noise, gU)) == ()
    assert hints_of(lambda gV, gU: (gV + 1e-5 * noise, gU)) == ()


def test_columns_of_one_entry():
    def f(x):
        return (x**3).sum(), put(3 * x**2, 1, 17.0)

    report = check_gradient(f, U[:, :1], names="b")
    assert report.hints == (f"a single entry of b is wrong, by {17 - 3 * U[1, 0] ** 2:.3g}: {SINGLE}",)


def test_no_more_than_three():
    changes = [1 / 2, -1, 0, 0.7, 3]
    found = hints_of(lambda gV, gU: (gV * np.array(changes)[:, None], gU))
    assert len(found) == 3
    assert len(set(found)) == 3


def test_long_blocks_are_not_searched_to_the_end():
    x = np.random.default_rng(0).standard_normal((200, 3))
    report = check_gradient(lambda x: ((x**3).sum(), 3 * x**2 * np.array([1.5, -1])[np.arange(200) % 2, None]), x)
    assert sum(int(hint.partition(" more")[0].split()[-1]) + 3 for hint in report.hints) == 50


def test_the_factor_of_a_block_is_that_of_what_was_compared():
    x = np.random.default_rng(0).standard_normal((200, 3))
    report = check_gradient(lambda x: ((x**3).sum(), 6 * x**2), x, limit=100)
    assert report.hints[0].startswith("the gradient of x is 2 × the true one: a sum")


# patterns that arise from another cause, which is named too


def test_the_factor_of_a_row_is_that_of_what_was_compared():
    W, a = np.random.default_rng(0).standard_normal((200, 100)), np.geomspace(1e-3, 10, 100)

    def f(W):
        y = np.tanh(W @ a / 20)
        gradient = np.outer(y * (1 - y * y) / 10, a)
        gradient[50] *= 1.001
        return (y * y).sum(), gradient

    report = check_gradient(f, W)
    assert report.reason.startswith("the gradient is wrong in 42 of ")
    assert report.hints[0].startswith("x[50]: 1.001 × the true row")


def test_a_factor_and_a_term_at_once_are_told_apart():
    x, cause = RNG.standard_normal((3, 5)), "two errors, or one factor on all but the weight decay"
    report = check_gradient(lambda x: ((x**3).sum(), 6 * x**2 + 0.01 * x), x)
    rows = "x[0], x[1], x[2]: 2 × the true row, and off by"
    assert report.hints == (f"{rows} 1/100 × its own row of x: {cause}",)
    report = check_gradient(lambda x: ((x**3).sum() / 6 + 0.05 * (x**2).sum(), 3 * x**2 + 0.1 * x), x)
    assert report.hints == (f"{rows.replace(': 2', ': 6')} −1/2 × its own row of x: {cause}",)


def test_weight_decay_that_is_wrong_in_all_rows_is_one_hint():
    x = RNG.standard_normal((5, 3))
    report = check_gradient(lambda x: ((x**3).sum() + 0.1 * (x**2).sum(), 3 * x**2 + 0.1 * x), x)
    text = "off by −1/10 × its own row of x: a term with it is missing, superfluous, or has a wrong factor"
    assert report.hints == (f"x[0], x[1], x[2] and 2 more: {text}",)


def test_what_is_zero_but_for_rounding_has_no_factor():
    batch, weights = np.random.default_rng(0).standard_normal((2, 7, 3))

    def f(b):  # a bias before centring
        z = batch + b
        z = z - z.mean(axis=0)
        return (z * weights).sum(), weights.sum(axis=0)

    (hint,) = check_gradient(f, V[0], allow_zero="x").hints
    assert hint.startswith("x: should be exactly zero: the loss does not change with it here")


@pytest.mark.parametrize(
    ("f", "named"),
    [
        (lambda x: ((x**2).sum() * 2, put(4 * x, 1, 2 * x[1])), "a factor 2 is left out, or the row occurs"),
        (lambda x: ((x**3).sum() + x.mean(), 3 * x**2), "or the derivative of a sum or mean over them left out"),
        (lambda x: ((x**3).sum(), ((x.real + 1e-8) ** 3 - x.real**3) / 1e-8), "a gradient by forward differences"),
        (lambda x: ((x**3).sum() / 2, 3 * x**2), "a factor 1/2 of the loss left out"),
        (lambda x: ((x[:4] ** 3).sum(), put(3 * x**2, 4, 0.01 * x[4])), "or a term that only the gradient has?"),
        (lambda x: ((x**3).sum(), put(3 * x**2, (2, 1), 0)), "that the loss treats otherwise (mask"),
        (lambda x: ((x**3).sum(), put(3 * x**2, 2, 0)), "this row's gradient is lost"),
        (lambda x: ((x**3).sum(), 0 * x), "or never added?"),
        (lambda x: ((x**3).sum(), 2.45e11 * 3 * x**2), "× the true one: a factor is missing or superfluous"),
    ],
)
def test_another_cause_of_the_pattern_is_named(f, named):
    report = check_gradient(f, V)
    assert report.verdict == "failed"
    assert named in " ".join(report.hints)
    assert "word" not in " ".join(report.hints)


def test_numbers_of_float32_may_lack_a_term():
    x = np.round(4 * V) / 4
    report = check_gradient(lambda x: ((x**2).sum() + 1e-7 * np.sin(x).sum(), 2 * x), x)
    (hint,) = report.hints
    assert hint.endswith("it is rounded to float32, or lacks a tiny term: x, too, holds such numbers")


def test_each_row_is_named_a_multiple_of_which_explains_the_error():
    x = np.stack([V[0], V[1], 2 * V[0], V[2]])
    report = check_gradient(lambda x: ((x**3).sum(), put(3 * x**2, 3, 3 * x[3] ** 2 + x[2])), x)
    assert report.hints == (
        "x[3]: off by 2 × x[0], 1 × x[2]: a term with one of these is missing, superfluous, or has a wrong factor",
    )
    x = np.tile(V[0], (5, 1))
    report = check_gradient(lambda x: ((x**3).sum(), put(3 * x**2, 3, 3 * x[3] ** 2 + x[2])), x)
    assert report.hints[0].startswith("x[3]: off by 1 × x[0], 1 × x[1], 1 × x[2], …: a term with one of these")


ALIKE = np.outer([1.0, 1, -1, -1, 1], V[0])  # rows that a shift, or a change of some signs, makes of each other
TURNED = np.outer(np.arange(1.0, 4), np.arange(1.0, 4) ** 2)


@pytest.mark.parametrize(
    ("true", "claimed", "said"),
    [  # another cause gives the pattern to the last digit: it is named, or nothing is said
        (np.tile(V[0], (5, 1)), np.roll(np.tile(V[0], (5, 1)), 1, axis=0) * 1.5, "1.5 × the true one"),
        (TURNED + TURNED.T, (TURNED + TURNED.T) * 2, "2 × the true one"),
        (TURNED, TURNED.T + 1e-3, ""),
        (TURNED, (TURNED + TURNED.T) / 2, ""),
        (U, np.roll(U, 1, axis=0) + 1e-3, ""),
        (U, U[::-1], ""),
        (U, U[[0, 2, 1, 3, 4]], ""),
    ],
)
def test_what_only_looks_like_a_shift_or_a_transpose(true, claimed, said):
    report = check_gradient(lambda W: ((true * W).sum(), claimed), np.ones(true.shape))
    assert report.verdict == "failed"
    found = " ".join(report.hints)
    assert said in found
    assert "shifted" not in found
    assert "transposed" not in found


def said_of(true, claimed):
    report = check_gradient(lambda W: ((true * W).sum(), claimed), np.ones(true.shape))
    assert report.verdict == "failed"
    return [hint.partition(": ")[0] + ": " + hint.partition(": ")[2][:12].strip() for hint in report.hints]


def test_where_two_causes_fit_both_are_named():
    shifted, negative = (
        "the rows of x's gradient are shifted: an index or",
        "the gradient of x is −1 × the true one: the sign of",
    )
    assert said_of(ALIKE, np.roll(ALIKE, 1, axis=0)) == [shifted, "x[2], x[4]: the sign is"]
    turns = np.outer([1.0, -1, 1, -1], V[0])
    assert said_of(turns, -turns) == [negative, shifted]
    skew = TURNED - TURNED.T
    assert said_of(skew, skew.T) == [negative, "the gradient of x is transposed: exchange the"]
    report = check_gradient(lambda x: ((x[0] ** 2 + x[1] ** 2).sum(), 2 * x[1], 2 * x[0]), (U, -U))
    assert [hint[:38] for hint in report.hints] == [
        "the gradients of x[0] and x[1] are swa",
        "the gradient of x[0] is −1 × the true ",
        "the gradient of x[1] is −1 × the true ",
    ]


def test_a_permutation_may_be_a_shift_or_a_transpose_and_is_called_what_it_is():
    C = np.array([[1.0, 2, 3], [3, 1, 2], [2, 3, 1]])
    assert said_of(C, C.T) == ["the gradient of x is transposed: exchange the"]
    assert said_of(C, np.roll(C, 1, axis=0)) == ["the rows of x's gradient are shifted: an index or"]


@pytest.mark.parametrize("seed", range(10))
def test_the_worst_entry_is_a_wrong_one(seed):
    x = np.random.default_rng(seed).standard_normal((4, 3))
    x[0, 0] = 0

    def f(x, off=1e-7):  # at x[0, 0] any slope between −1 and 1 passes
        g = np.sign(x.real) + 2 * x
        return float(np.abs(x.real).sum() + (x.real**2).sum()), put(g, (2, 1), g[2, 1] + off)

    report = check_gradient(f, x)
    assert report.verdict == "failed"
    assert report.worst.index == (2, 1)
    assert "only=('x', 2)" in report.call
    assert report.wrong_rows == ("x[2]",)


def test_a_row_with_a_single_entry_is_no_multiple_of_another():
    def f(x):
        return (x**3).sum() + np.abs(x).sum(), 3 * x**2  # without sign(x)

    hint = f"a single entry of x is wrong, by -1: {SINGLE}"
    assert check_gradient(f, np.array([0.0, 0.7, 0.0])).hints == (hint,)
    assert check_gradient(f, np.array([[0.0, 0.7], [0.3, 0.0]])).hints == ()
