"""word2vec/gradcheck/unbiased.py: verdicts on sampled gradients, rates of error, and this library's own steps."""

import numpy as np
import pytest
from scipy.special import expit

from word2vec.gradcheck import check_unbiased
from word2vec.gradcheck.parameters import Parameters
from word2vec.gradcheck.unbiased import PILOT, REACH, Bets, Sums
from word2vec.losses import negative_sampling
from word2vec.training.batches import Batch
from word2vec.training.skipgram import FusedStep

X = np.random.default_rng(5).standard_normal((4, 3))
TRUE = 2 * X  # of J = Σ x²
DRAWN = iter(np.random.default_rng(1).random, None)
RATE = 0.05


def noisy(scale=1.0, shift=0.0, size=1.0):
    return lambda x, rng: scale * 2 * x + shift + size * rng.standard_normal(x.shape)


# verdicts


@pytest.mark.parametrize(
    "expected",
    [
        {"gradient": TRUE},
        {"loss": lambda x: (x * x).sum()},
        {"other": lambda x, rng: 2 * x + rng.normal(size=x.shape)},
    ],
    ids=["gradient", "loss", "other"],
)
def test_unbiased_draws_pass_before_all_are_drawn(expected):
    report = check_unbiased(noisy(), X, **expected)
    assert report.verdict == "passed"
    assert 1000 < drawn(report) < 10_000
    assert report.reason.endswith("no bias of an entry can be as large as 0.1 of the largest in its block")
    assert report.checked == report.total == 12
    assert not report.hints
    assert not report.wrong_rows
    assert report.worst.error < report.worst.tolerance


def drawn(report):
    return int(report.method.partition(" draws")[0].replace(",", ""))


def test_a_clear_bias_is_found_early_and_named():
    def f(x, rng):
        g = noisy()(x, rng)
        g[2] /= 2
        return 0.0, g

    report = check_unbiased(f, X, gradient=TRUE, words=["a", "b", "c", "d"], name="mine")
    assert report.verdict == "failed"
    assert drawn(report) < 2000
    assert report.wrong_rows == ('x[2] ("c")',)
    assert report.worst.index[0] == 2
    assert report.worst.error > report.worst.tolerance
    assert 'x[2] ("c"): along the expected gradient the mean is 0.' in report.hints[-1]
    text = str(report)
    assert text.startswith("gradient check FAILED: mean of mine\n")
    assert "unbiased ones are as far off in one check of 1,000,000 at most" in " ".join(text.split())
    assert text.endswith(
        "check_unbiased(f, x, 20000, gradient=gradient, smallest=0.1, error_rate=1e-06, rtol=1e-09, seed=0)"
    )


@pytest.mark.parametrize("scale", [0.5, 0.9, 1.2, -1.0])
def test_a_wrong_scale_shows_along_the_gradient_and_is_measured(scale):
    report = check_unbiased(noisy(scale), X, gradient=TRUE)
    assert report.verdict == "failed"
    ratio = float(report.hints[0].partition("the mean is ")[2].split()[0])
    assert report.hints[0].startswith("x: along the expected gradient")
    assert ratio == pytest.approx(scale, abs=0.1)


def test_the_scale_shows_sooner_along_the_gradient_than_in_any_entry():
    x = np.linspace(1, 2, 200)
    found = check_unbiased(noisy(0.95), x, gradient=2 * x, smallest=0.2)
    assert found.verdict == "failed"
    assert found.wrong_rows == ("x",)


def test_too_few_draws_are_inconclusive_and_the_number_needed_is_named():
    report = check_unbiased(noisy(), X, 200, gradient=TRUE)
    assert report.verdict == "inconclusive"
    assert drawn(report) == 200
    assert report.reason.startswith(
        "200 draws show no bias, but there may be one of 0.1 of the largest in its block in "
    )
    needed = int(report.reason.partition("n=")[2].split(", or")[0].replace(",", ""))
    assert 1000 < needed < 20_000


def test_the_same_seed_gives_the_same_report():
    reports = [check_unbiased(noisy(), X, 200, gradient=TRUE, seed=seed) for seed in (3, 3, 4)]
    assert reports[0] == reports[1] != reports[2]
    assert "seed=3" in reports[0].call


def test_what_does_not_vary_and_is_right_to_rounding_passes():
    assert check_unbiased(lambda x, rng: 2 * x * (1 + 1e-14), X, gradient=TRUE).verdict == "passed"
    assert check_unbiased(lambda x, rng: 0 * x, X, gradient=0 * X).verdict == "passed"


def test_what_does_not_vary_and_differs_is_inconclusive():
    """No event was seen, but there may be rare ones."""
    report = check_unbiased(lambda x, rng: 2.1 * x, X, gradient=TRUE)
    assert report.verdict == "inconclusive"
    assert "does not vary, but is not the expected one: does f draw from rng?" in report.reason
    assert report.worst.error > report.worst.tolerance


def test_rare_events_that_the_first_draws_do_not_show_are_no_bias():
    """Each word is drawn once in 100 draws; among all of them, some always is."""
    n = 100

    def rare(x, rng):
        g = np.zeros_like(x)
        g[rng.integers(n)] = n
        return g

    report = check_unbiased(rare, np.zeros((n, 1)), 800, gradient=np.ones((n, 1)))
    assert report.verdict == "inconclusive"


def test_float32_roundings_are_no_bias():
    x = X.astype(np.float32)
    assert check_unbiased(lambda x, rng: 2 * x * np.float32(1 + 3e-5), x, gradient=2 * x).verdict == "passed"


def test_containers_are_split_into_blocks():
    x = {"a": X, "b": np.ones(2)}

    def f(x, rng):
        return {"a": noisy()(x["a"], rng), "b": 3 * x["b"] + rng.standard_normal(2)}

    report = check_unbiased(f, x, gradient={"a": TRUE, "b": np.full(2, 2.0)})
    assert report.verdict == "failed"
    assert report.worst.block == "b"
    assert set(report.wrong_rows) <= {"b"}
    pair = check_unbiased(
        lambda x, rng: (noisy()(x[0], rng), x[1] + rng.normal()), (X, 1.0), 200, gradient=(TRUE, 1.0)
    )
    assert pair.verdict == "inconclusive"
    assert pair.total == 13


def test_a_stacked_array_and_a_loss_that_takes_no_complex_numbers():
    def f(x, rng):
        return 0.0, np.concatenate([expit(x[:2]), 2 * expit(x[2:])]) * rng.exponential(size=x.shape)

    def loss(x):
        return np.logaddexp(0, x).sum()

    report = check_unbiased(f, X, loss=loss, names={"V": 2, "U": 2}, words=["a", "b"])
    assert report.verdict == "failed"
    assert report.wrong_rows[0].startswith("U")
    assert report.hints[0].startswith("U: along the expected gradient the mean is ")
    assert float(report.hints[0].split()[-6]) == pytest.approx(2, abs=0.2)
    assert check_unbiased(lambda x, rng: 1.0 * expit(x), X, loss=loss).verdict == "passed"


@pytest.mark.parametrize("scale", [1, 1.5])
@pytest.mark.parametrize("several", [True, False])
def test_a_draw_may_be_rows_and_their_values_alone(several, scale):
    def row(x, rng):
        i = rng.integers(4)
        return ([i, i], scale * 4 * x[[i, i]]) if several else (i, scale * 8 * x[i])

    report = check_unbiased(row, np.ones((4, 3)), smallest=0.5, gradient=np.full((4, 3), 2.0))
    assert report.verdict == ("passed" if scale == 1 else "failed")


def test_a_draw_that_breaks_the_contract_fails():
    assert "the gradient of x has the shape (3,)" in check_unbiased(lambda x, rng: x[0], X, gradient=TRUE).reason
    few = check_unbiased(lambda x, rng: (1.0, x[0]), (X, X), gradient=(X, X))
    assert few.reason == "contract: f returned 1 gradients: expected 2, one for each array of x"
    whole = check_unbiased(lambda x, rng: (7, x[:2]), X, gradient=TRUE)
    assert whole.reason == "contract: the gradient of x has the shape (2, 3): expected that of x, (4, 3)"
    late = iter(range(300))
    nan = check_unbiased(lambda x, rng: noisy()(x, rng) * [1.0, np.nan][next(late) == 200], X, gradient=TRUE)
    assert nan.reason.startswith("contract: the gradient is ")
    assert nan.is_breach
    with pytest.raises(ValueError, match="read-only"):
        check_unbiased(lambda x, rng: x.sort(), X, gradient=TRUE)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({}, ValueError, "nothing is given: expected one of gradient, loss and other"),
        ({"gradient": TRUE, "loss": np.sum}, ValueError, "gradient and loss are given: expected one of"),
        (
            {"gradient": TRUE[0]},
            ValueError,
            r"gradient= is not in the form of x: the gradient of x has the shape \(3,\)",
        ),
        ({"loss": 3}, TypeError, "loss is 3: expected a function of x$"),
        ({"loss": lambda x: (x.sum(), x)}, ValueError, "loss= does not return the expected loss alone: the loss is "),
        ({"loss": lambda x: x * np.nan}, ValueError, r"loss alone: the loss has the shape \(4, 3\)"),
        ({"loss": lambda x, rng: x.sum()}, TypeError, "missing 1 required positional argument: 'rng'"),
        ({"loss": lambda x: x.sum() * next(DRAWN)}, ValueError, "loss= returns .*at x: it may not draw; other= is"),
        (
            {"gradient": np.sum},
            TypeError,
            "gradient is <function sum .*expected the gradient at x itself, not a function",
        ),
        ({"other": 3}, TypeError, "other is 3: expected a function of x and rng"),
        ({"gradient": TRUE, "n": 100}, ValueError, "n is 100: expected at least 128 draws"),
        ({"gradient": TRUE, "smallest": 0}, ValueError, "smallest is 0: expected a positive number"),
        ({"gradient": TRUE, "error_rate": 1}, ValueError, "error_rate is 1: expected a probability"),
    ],
)
def test_wrong_options(options, error, message):
    with pytest.raises(error, match=message):
        check_unbiased(noisy(), X, **options)


def test_f_must_be_a_function():
    with pytest.raises(TypeError, match="f is None: expected a function of x and rng"):
        check_unbiased(None, X, gradient=TRUE)


# rates of error: each of M sums is a repeat of its own


DRAWS = {
    "normal": lambda rng, size: rng.standard_normal(size),
    "exponential": lambda rng, size: rng.exponential(size=size) - 1,
    "negative exponential": lambda rng, size: 1 - rng.exponential(size=size),
    "Student, 3 degrees": lambda rng, size: rng.standard_t(3, size),
    "Student, 2 degrees": lambda rng, size: rng.standard_t(2, size),
    "Pareto, index 2.5": lambda rng, size: rng.pareto(2.5, size) - 1 / 1.5,
    "one of ten": lambda rng, size: (rng.random(size) < 0.1) - 0.1,
}


def evidence(draws, shift=0.0, delta=0.5, M=1000, count=400, seed=1):
    """Play M repeats; return the largest wealth that each of the four bets ever had: (4, M)."""
    rng = np.random.default_rng(seed)
    bound = REACH * abs(draws(rng, (PILOT, M))).max(axis=0)
    bets = Bets(bound, np.zeros(M), np.full(M, delta), 4)
    largest = np.zeros((4, M))
    for _ in range(count):
        largest = np.maximum(largest, bets.take(draws(rng, M) + shift))
    return largest


@pytest.mark.parametrize("name", DRAWS)
def test_false_alarms_are_no_more_frequent_than_stated(name):
    alarms = (evidence(DRAWS[name])[:2] >= 2 / RATE).any(axis=0).mean()
    assert alarms <= RATE + 3 * np.sqrt(RATE / 1000)


@pytest.mark.parametrize("name", DRAWS)
@pytest.mark.parametrize("sign", [1, -1])
def test_a_bias_of_delta_is_cleared_no_more_often_than_stated(name, sign):
    largest = evidence(DRAWS[name], shift=0.5 * sign)[2 if sign > 0 else 3]
    assert (largest >= 1 / RATE).mean() <= RATE + 3 * np.sqrt(RATE / 1000)


@pytest.mark.parametrize("name", ["normal", "exponential", "one of ten"])
def test_a_bias_of_half_a_deviation_is_found_nearly_always(name):
    shift = 0.15 if name == "one of ten" else 0.5
    largest = evidence(DRAWS[name], shift, M=150, count=2000)
    assert (largest[0] >= 2e6).mean() > 0.95
    assert (largest[1] >= 2 / RATE).mean() < RATE


def test_a_game_without_a_bound_would_raise_false_alarms():
    """These tests can fail: with bets that ignore the bound, heavy tails break the rate."""
    rng, bets = np.random.default_rng(1), Bets(np.full(3000, 1e-3), np.zeros(3000), np.ones(3000), 4)
    bets.stake[:] = 1e9
    wealth = [bets.take(rng.standard_t(2, 3000)) for _ in range(20)]
    assert (np.max(wealth, axis=0)[:2] >= 2 / RATE).any(axis=0).mean() > 10 * RATE


def test_whole_checks_raise_no_more_false_alarms_than_stated():
    """Many entries of different sizes, skewed; 40 checks at a rate of 0.2."""
    x = np.geomspace(0.01, 100, 8).reshape(4, 2)  # rows of two
    alarms = [
        check_unbiased(
            lambda x, rng: x * rng.exponential(size=x.shape), x, 160, gradient=x, error_rate=0.2, seed=seed
        )
        for seed in range(40)
    ]
    assert sum(report.verdict == "failed" for report in alarms) <= 8


def test_a_draw_beyond_the_bound_costs_half_the_stake_and_moves_the_bound():
    bets = Bets(np.ones(1), np.zeros(1), np.full(1, 0.25), 1)
    assert bets.take(np.array([-10.0])).ravel().tolist() == [0.25, 0.5 * (1 + 10 / 2), 0.5 * (1 + 10.25 / 2), 0.25]
    assert bets.bound.ravel().tolist() == [40, 1, 1, 39]


def test_sums_by_hand():
    parameters = Parameters((np.zeros((2, 2)), np.zeros(2)), ("a", "b"))
    sums = Sums(parameters, np.array([3.0, 4, 0, 0, 0, 2]))
    z = np.array([1.0, 2, 3, 4, 5, 6])
    np.testing.assert_allclose(sums.of(z), [*z, 11 / 5, 0, 6, 11 / 5, 6])
    assert sums.M == 11
    np.testing.assert_array_equal(sums.largest(np.arange(11)), [3] * 4 + [5] * 2 + [7, 7, 8, 9, 10])
    assert [sums.entries(i).tolist() for i in (5, 7, 8, 9)] == [[5], [2, 3], [4, 5], [0, 1, 2, 3]]


# what it is for: negatives that are shared by a batch, repeats that are lost


WORDS, K, SHARED = 4, 8, 4
P = np.array([0.1, 0.1, 0.2, 0.6])  # the noise distribution


def tables():
    return tuple(np.random.default_rng(2).normal(size=(2, WORDS, 3)))


def shared_negatives(noise=P, share=1.0, keep_repeats=True):
    """The fast step of the training on one fixed text of 8 centres, with negatives drawn anew each time."""
    step = FusedStep(8, 3, 2, K, SHARED, np.float64, block=4, group=8)
    rng = np.random.default_rng(3)
    tokens, (left, right) = rng.integers(0, WORDS, 12), rng.integers(0, 3, (2, 8))
    batch = Batch(tokens, left, right, np.empty((1, SHARED), np.int32))
    step.factor *= share
    out = np.empty((step.entries, 3))

    def draw(x, rng):
        drawn = batch._replace(negatives=rng.choice(WORDS, (1, SHARED), p=noise))
        step.gradients(*x, drawn, range(1), out)
        summed = np.zeros((2 * WORDS, 3))
        if keep_repeats:
            np.add.at(summed, step.ids(drawn, WORDS), out)
        else:
            summed[step.ids(drawn, WORDS)] += out
        return summed[:WORDS], summed[WORDS:]

    return draw, batch


def expected_gradient(x, batch):
    """The textbook's, with K P(w) negatives w of each kind: E over K negatives of each pair's own."""
    (V, U), C = x, batch.window
    grad_V, grad_U = np.zeros_like(V), np.zeros_like(U)
    for i, (left, right) in enumerate(zip(batch.left, batch.right, strict=True)):
        c = batch.tokens[C + i]
        for o in [*batch.tokens[C + i - left : C + i], *batch.tokens[C + i + 1 : C + i + right + 1]]:
            words = np.arange(WORDS)
            _, grad_v, grad_u = negative_sampling(V[c], o, U, words, K * P * (words != o))
            grad_V[c] += grad_v
            grad_U += grad_u
    return grad_V, grad_U


def verdict_on(draw, batch, n=20_000, **options):
    x = tables()
    return check_unbiased(draw, x, n, gradient=expected_gradient(x, batch), names=("V", "U"), **options)


def test_the_gradient_of_shared_negatives_is_unbiased():
    report = verdict_on(*shared_negatives(), smallest=0.3)
    assert report.verdict == "passed", str(report)


BIASED = {
    "repeats of a word are lost": {"keep_repeats": False},
    "negatives weighted as one": {"share": SHARED / K},
    "negatives drawn evenly": {"noise": np.full(WORDS, 1 / WORDS)},
    "one word is never drawn": {"noise": [0.2, 0.2, 0, 0.6]},
}


@pytest.mark.parametrize("name", BIASED)
def test_biased_steps_fail(name):
    report = verdict_on(*shared_negatives(**BIASED[name]))
    assert report.verdict == "failed", str(report)
    assert drawn(report) < 10_000
