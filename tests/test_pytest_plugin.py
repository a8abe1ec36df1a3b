"""word2vec/pytest_plugin.py in tests of its own, and what it costs those who do not use it."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import word2vec

pytest_plugins = ["pytester"]
ROOT = Path(word2vec.__file__).resolve().parents[1]
PLUGIN = ("-p", "word2vec.pytest_plugin", "-p", "no:cacheprovider")

TESTS = """
    import numpy as np, pytest
    from word2vec.gradcheck import assert_gradient
    from word2vec.losses import negative_sampling

    def check(point, factor=1.0):
        o, negatives = point.outside[0], point.negatives[0]

        def loss(x):
            found = negative_sampling(x[0], o, x[1], negatives)
            return found[0], found[1], factor * found[2]

        assert_gradient(loss, (point.V[point.c], point.U), names=("v_c", "U"))
"""


@pytest.fixture
def run(pytester, monkeypatch):
    """Run pytest on a file of tests in this process, with our plugin alone."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def run(tests, *options):
        pytester.makepyfile(TESTS + tests)
        return pytester.runpytest_inprocess(*PLUGIN, *options)

    return run


def test_a_marked_test_runs_at_every_good_point_named_in_its_id(run):
    result = run(
        """
    @pytest.mark.good_points(n=4, K=7)
    def test_loss(point):
        assert point.U.shape[0] == 4 and point.negatives.shape[1] == 7
        check(point)
    """,
        "-v",
        "--strict-markers",
    )
    names = [point.name for point in word2vec.gradcheck.good_points(n=4, K=7)]
    result.assert_outcomes(passed=len(names))
    for name in names:
        result.stdout.fnmatch_lines(f"*::test_loss[[]{name}[]] PASSED*")


@pytest.mark.parametrize("given", ["'where'", "argument='where'"])
def test_the_argument_may_have_another_name_beside_other_parameters(run, given):
    result = run(f"""
    @pytest.mark.good_points({given})
    @pytest.mark.parametrize("factor", [1.0, 1])
    def test_loss(where, factor):
        check(where, factor)
    """)
    result.assert_outcomes(passed=2 * len(list(word2vec.gradcheck.good_points())))


def test_a_failure_shows_the_report_and_how_to_run_it_again(run):
    result = run(
        """
    @pytest.mark.good_points(K=12)
    def test_loss(point):
        check(point, 0.5)
    """,
        "-k",
        "collisions",
    )
    result.assert_outcomes(failed=1, deselected=len(list(word2vec.gradcheck.good_points())) - 1)
    result.stdout.fnmatch_lines(
        [
            "E*AssertionError: gradient check FAILED: *loss",
            "E*reason * the gradient is wrong in *",
            "*- again -*",
            "pytest 'test_a_failure_shows_the_report_and_how_to_run_it_again.py::test_loss[[]collisions[]]'",
            "point = next(p for p in good_points(K=12) if p.name == 'collisions')",
            "check_gradient(*names=('v_c', 'U'), seed=0, only=('U', *))",
        ]
    )


def test_other_failures_are_left_as_they_are(run):
    result = run("""
    def test_other():
        assert 1 + 1 == 3, "gradient"

    def test_error():
        raise ValueError("gradient check")

    def test_plain():
        assert_gradient(lambda x: (x @ x, x), np.ones(2))
    """)
    result.assert_outcomes(failed=3)
    sections = [line for line in result.stdout.lines if "- again -" in line]
    assert len(sections) == 1  # that of test_plain, which has no points
    result.stdout.fnmatch_lines(["pytest *.py::test_plain", "check_gradient(f, x, seed=0, only=('x', 0))"])


def test_a_method_of_unittest_which_gets_no_points_fails_like_others(run):
    result = run(
        """
    import unittest

    class Case(unittest.TestCase):
        @pytest.mark.good_points()
        def test_square(self):
            assert_gradient(lambda x: (x @ x, x), np.ones(2))

    def test_after_it():
        pass
    """
    )
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["*- again -*", "pytest *.py::Case::test_square", "check_gradient(f, x, *"])


def test_sizes_that_do_not_fit_are_an_error_of_the_marked_test(run):
    result = run("""
    @pytest.mark.good_points(n=5, K=2)
    def test_loss(point):
        pass
    """)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines("*.py::test_loss: ValueError: n=5, *K=2*")


@pytest.mark.parametrize("given", ["5", "'point', 5"])
def test_sizes_without_names_are_refused(run, given):
    result = run(f"""
    @pytest.mark.good_points({given})
    def test_loss(point):
        pass
    """)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [f"*: TypeError: good_points has ({given}*: expected an argument's name, and sizes by *"]
    )


def test_a_marked_test_without_the_argument_is_told(run):
    result = run("""
    @pytest.mark.good_points
    def test_loss():
        pass
    """)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines("*test_loss*uses no argument 'point'*")


def test_the_example_of_the_documentation(pytester, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    page = (ROOT / "docs" / "gradient-checking.md").read_text(encoding="utf-8")
    (code,) = (block.partition("```")[0] for block in page.split("```python\n") if "@pytest.mark" in block)
    pytester.makepyfile(code)
    pytester.runpytest_inprocess(*PLUGIN).assert_outcomes(passed=len(list(word2vec.gradcheck.good_points(K=12))))


def test_the_marker_is_listed(run):
    run("", "--markers").stdout.fnmatch_lines('@pytest.mark.good_points(argument="point", ?*sizes): run the test *')


def test_it_may_be_asked_for_where_it_is_installed(run):
    result = run(
        """
    @pytest.mark.good_points
    def test_loss(point):
        check(point)
    """,
        "-p",
        "word2vec_numpy.pytest_plugin",
    )
    result.assert_outcomes(passed=len(list(word2vec.gradcheck.good_points())))


def test_it_is_entered_under_the_name_that_no_assignment_has():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"] == {"pytest11": {"word2vec_gradcheck": "word2vec_numpy.pytest_plugin"}}


def test_a_stranger_whose_folder_holds_a_word2vec_py_notices_nothing(tmp_path):
    """As installed, but by -p: no NumPy, no checker is loaded, and their word2vec is theirs."""
    (tmp_path / "word2vec.py").write_text("answer = 42\n")
    (tmp_path / "test_theirs.py").write_text(
        "import sys\n"
        "loaded = set(sys.modules)\n"
        "import word2vec\n"
        "def test_it():\n"
        "    assert word2vec.answer == 42\n"
        "    assert not {'numpy', 'word2vec_numpy.gradcheck'} & loaded\n"
        "    assert 'word2vec_numpy.pytest_plugin' in loaded\n"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    line = [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", "word2vec_numpy.pytest_plugin"]
    done = subprocess.run(
        [*line, "-p", "no:cacheprovider"], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
