"""benchmarks/kill_matrix.py: our harness catches every planted bug and no correct case, and the rules are real."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import kill_matrix
from benchmarks.gradients.checkers import RIVALS, RULES, which
from benchmarks.gradients.planted import BUGS, CASES, OBJECTIVES, Bug, library, plant
from benchmarks.gradients.survivors import SLIPS, SURVIVORS
from benchmarks.kill_matrix import (
    OURS,
    correct_cases,
    drawing,
    flattened,
    points,
    problem,
    stacked,
    usual_start,
    verdict,
    worst,
)
from tests.course.test_starter_test import batch_loss, dummy_objects
from word2vec import getNegativeSamples, naiveSoftmaxLossAndGradient, negSamplingLossAndGradient
from word2vec.course.starter_test import NEGSAMP, SOFTMAX
from word2vec.gradcheck import check_gradient, good_points


@pytest.mark.parametrize(
    "bug",
    [pytest.param(bug, id=bug.name, marks=[] if i % 3 == 1 else pytest.mark.slow) for i, bug in enumerate(BUGS)],
)
def test_ours_finds_every_planted_bug_at_a_good_point(bug):
    assert worst(bug, points(), problem) == "failed"


def test_there_are_at_least_forty_different_bugs():
    assert (
        len({bug.name for bug in BUGS}) == len({str(bug.changes) + bug.function for bug in BUGS}) == len(BUGS) >= 40
    )


@pytest.mark.parametrize(
    ("bug", "form"),
    [  # a ninth of them, in one form; all in both: the benchmark
        pytest.param(bug, (problem, stacked)[i % 2], id=bug.name, marks=[] if i % 9 == 1 else pytest.mark.slow)
        for i, bug in enumerate(SURVIVORS)
    ],
)
def test_ours_finds_survivors_in_a_tuple_of_tables_or_in_one(bug, form):
    assert worst(bug, points(), form) == "failed"


@pytest.mark.parametrize("bug", BUGS[::30] + SURVIVORS[::30], ids=lambda bug: bug.name)
def test_one_confirmed_entry_decides_as_many_do(bug):
    place = usual_start()
    verdicts = [verdict(OURS, problem(plant(bug), bug.case, place)), worst(bug, [place], problem)]
    assert verdicts[0] == verdicts[1] != "passed"


@pytest.mark.slow
def test_processes_share_the_seeds_and_find_the_same():
    assert list(kill_matrix.seeds(SLIPS[:2], 1, 2)) == list(kill_matrix.seeds(SLIPS[:2], 1))


def test_the_survivors_are_different_bugs_that_can_be_planted():
    assert len({bug.name for bug in BUGS + SURVIVORS}) == len(BUGS) + len(SURVIVORS)
    assert len({str(bug.changes) + bug.function for bug in SURVIVORS}) == len(SURVIVORS) >= 60
    for bug in SURVIVORS:
        assert plant(bug)[bug.function] is not library()[bug.function]


def test_a_planted_cache_is_new_each_time():
    bug = next(bug for bug in SURVIVORS if bug.name == "softmax: ∂J/∂U kept by x's shape")
    tables = np.random.default_rng(0).standard_normal((2, 4, 3))
    fresh = [plant(bug)["naive_softmax"](U[0], 1, U)[2] for U in tables]
    kept = [of["naive_softmax"](U[0], 1, U)[2] for of in [plant(bug)] for U in tables]
    assert kept[1] is kept[0]
    assert not np.array_equal(fresh[1], kept[1])


def test_a_bug_whose_text_is_gone_cannot_be_planted():
    with pytest.raises(ValueError, match=r"old: 'no such text' stands 0 times in cbow, expected once"):
        plant(Bug("old", "cbow", "cbow_window", {"no such text": ""}))


def test_planting_leaves_the_library_as_it_is():
    before = library()
    changed = plant(BUGS[0])
    assert library() == before
    assert [name for name in before if changed[name] is not before[name]] == [BUGS[0].function]


@pytest.mark.parametrize("case", CASES)
def test_the_usual_start_is_refused(case):
    assert verdict(OURS, problem(library(), case, usual_start())) == "inconclusive"


# correct cases


@st.composite
def correct(draw):
    """Draw a correct function of two tables, or of a vector and a table, at a good point."""
    n, window = draw(st.integers(3, 12)), draw(st.integers(3, 8))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    K = draw(st.integers(n, n + 8))
    kinds = list(good_points(n, draw(st.integers(2, 8)), window, K, rng=rng))
    point = kinds[draw(st.integers(0, 4))]
    dtype = draw(st.sampled_from([np.float64, np.float64, np.float64, np.float32]))
    point = point._replace(V=point.V.astype(dtype), U=point.U.astype(dtype))
    case = draw(st.sampled_from([*CASES, "drawing"]))
    f, x, names = problem(library(), "negative_pair" if case == "drawing" else case, point)
    return (drawing(library(), point, rng) if case == "drawing" else f), x, names


@settings(max_examples=20, deadline=None, derandomize=True)
@given(correct())
def test_no_false_alarm(found):
    f, x, names = found
    check_gradient(f, x, names=names).raise_if_failed()


# loss and gradient wrong alike


@pytest.mark.parametrize(
    "bug", [pytest.param(bug, id=bug.name, marks=[pytest.mark.slow] * (i > 0)) for i, bug in enumerate(OBJECTIVES)]
)
def test_wrong_objectives_pass_any_gradient_check_and_fail_the_textbook_s_numbers(bug):
    of = plant(bug)
    assert all(verdict(OURS, problem(of, bug.case, point)) == "passed" for point in points())
    right = textbook_losses(library())
    assert right == pytest.approx([case.loss for case in (*SOFTMAX, *NEGSAMP[:1])], rel=1e-9)
    wrong = textbook_losses(of) != pytest.approx(right, rel=1e-6)
    assert wrong, "the starter's losses do not see this"


def textbook_losses(of):
    """The losses of the course's starter test: three softmax windows, one window with its negatives drawn."""
    dataset, vectors, tokens = dummy_objects()
    for loss in (naiveSoftmaxLossAndGradient, negSamplingLossAndGradient):  # as its gradient checks draw
        batch_loss(loss, objects=(dataset, vectors, tokens))(vectors)
    V, U = vectors[:5], vectors[5:]
    windows = [(tokens[case.centre], [tokens[word] for word in case.outside]) for case in (*SOFTMAX, NEGSAMP[0])]
    negatives = [getNegativeSamples(o, dataset, 10) for o in windows[3][1]]
    losses = [of["skip_gram"](*window, V, U, of["naive_softmax"])[0] for window in windows[:3]]
    return [*losses, of["skip_gram"](*windows[3], V, U, of["negative_sampling"], negatives)[0]]


# the other rules


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("of", [RULES, RIVALS])
def test_each_rule_accepts_a_right_gradient_and_rejects_a_doubled_one(rule, of, monkeypatch):
    monkeypatch.setattr(kill_matrix, "RIVALS", of)
    x = (np.array([0.3, -0.8]), np.array([[1.2, 0.4]]))
    right = (lambda x: ((x[0] ** 2).sum() + (x[1] ** 3).sum(), 2 * x[0], 3 * x[1] ** 2), x, ("a", "b"))
    wrong = (lambda x: ((x[0] ** 2).sum() + (x[1] ** 3).sum(), 2 * x[0], 6 * x[1] ** 2), x, ("a", "b"))
    assert (verdict(rule, right), verdict(rule, wrong)) == ("passed", "failed")


def test_a_rule_catches_a_bug_only_where_it_accepts_the_right_gradient(monkeypatch):
    def prejudiced(f, x):
        return len(x) > 50 and CS231n(f, x)

    CS231n = RULES["CS231n"]
    monkeypatch.setattr(kill_matrix, "RIVALS", {"CS231n": CS231n, "prejudiced": prejudiced})
    at = [points()[i] for i in (3, 0)]
    caught = [row.caught for row in kill_matrix.matrix(BUGS[:2], at, ("CS231n", "prejudiced"))]
    assert caught == [{"CS231n": True, "prejudiced": False}] * 2
    assert at[0].name == "collisions"  # what is checked first does not change the caller's order


def test_what_is_too_slow_is_not_run(monkeypatch):
    monkeypatch.setattr(kill_matrix, "RIVALS", {"scipy.differentiate": lambda f, x: 1 / 0})
    of_131 = next(point for point in points() if point.name == "own context")
    (row,) = kill_matrix.matrix(BUGS[:1], [of_131], ("scipy.differentiate",))
    assert row.caught == {"scipy.differentiate": False}


def test_the_packages_that_are_not_installed_are_rules():
    assert list(RIVALS) == list(RULES)
    assert "as rules: gradcheck_naive, CS231n" in which()
    assert "scipy 1." in which()


@pytest.mark.parametrize("case", CASES)
def test_one_table_has_the_loss_and_the_gradients_of_two(case):
    of, point = library(), points()[0]
    (f, x, _), (g, X, _) = problem(of, case, point), stacked(of, case, point)
    J, *gradients = f(x)
    J_stack, gradient = g(X)
    assert (J_stack, X.shape, gradient.shape) == (J, (10, 3), (10, 3))
    V, U = gradient[:5], gradient[5:]
    assert np.array_equal(U, gradients[1])
    assert np.array_equal(V if V.shape == gradients[0].shape else V[point.c], gradients[0])


def test_a_flattened_function_sees_the_same_numbers():
    x = (np.arange(3.0), np.ones((2, 2)))
    J, gradient = flattened(lambda x: (x[0].sum() + 5, x[0], 2 * x[1]), x)(np.concatenate([x[0], x[1].ravel()]))
    assert (J, gradient.tolist()) == (8, [0, 1, 2, 2, 2, 2, 2])


def test_a_flattened_function_hides_neither_type_nor_buffer():
    x, buffer = (np.arange(3.0), np.ones((2, 2))), np.zeros((2, 2))
    flat = flattened(lambda x: (0.0, x[0], np.copyto(buffer, x[1]) or buffer), x)
    first = flat(np.zeros(7))[1]
    flat(np.ones(7))
    assert first.tolist() == [1] * 7
    assert flattened(lambda x: (0.0, x[0] + 1j, x[1]), x)(np.zeros(7))[1].dtype == complex
    assert flattened(lambda x: (0.0, x[0], np.float32(x[1])), x)(np.zeros(7))[1].dtype == np.float32


@pytest.mark.slow
def test_the_command_prints_a_table_whose_sums_are_those_of_its_rows(monkeypatch, capsys):
    monkeypatch.setattr(kill_matrix, "BUGS", BUGS[:2])
    monkeypatch.setattr(kill_matrix, "OBJECTIVES", OBJECTIVES[:1])
    monkeypatch.setattr(kill_matrix, "CORRECT", 4)
    monkeypatch.setattr(kill_matrix, "SURVIVORS", SLIPS[:1])
    monkeypatch.setattr(kill_matrix, "RIVALS", {rule: RULES[rule] for rule in ("CS231n", "torch", "HIPS")})
    kill_matrix.main(["--all", "--seeds", "1"])
    printed = capsys.readouterr().out.splitlines()
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in printed if line.startswith("|")]
    head, rows, sums = lines[0], lines[2:5], lines[5:7]
    assert printed[0] == which()
    assert head[1:] == ["CS231n", "torch", "HIPS", OURS]
    assert [row[0] for row in rows] == [bug.name for bug in (*BUGS[:2], SLIPS[0])]
    assert sums[0][1:] == [str(sum(row[i] == "×" for row in rows[:2])) for i in range(1, len(head))]
    assert sums[1][1:] == [str(int(mark == "×")) for mark in rows[2][1:]]
    assert lines[7][0] == "**false alarms in 4 correct cases**"
    assert lines[8][0] == "**false alarms in 1 correct cases that draw their negatives**"
    assert lines[7][-1] == lines[8][-1] == "0"
    assert lines[8][1:-1] == ["1"] * 3
    assert lines[12] == ["ours, 3 bugs × 1 seeds", "failed", "inconclusive", "passed"]
    assert lines[14] == ["good points, a tuple", "3", "0", "0"]


def test_the_correct_cases_are_the_same_each_time():
    losses = [[float(f(x)[0]) for f, x, _ in correct_cases(6)] for _ in range(2)]
    assert losses[0] == losses[1]
    assert len(set(losses[0])) == 6
