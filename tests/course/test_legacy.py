"""word2vec/course/legacy.py: files for Python 2, and what a newer NumPy refuses."""

import pickle
import re
import time

import numpy as np
import pytest

from word2vec.course.legacy import PYTHON2_NAMES, dated, read, restore_numpy


def run(source):
    names = dict(PYTHON2_NAMES)
    tree, remark, error = read(source, "file")
    assert remark
    assert error is None
    exec(compile(tree, "file", "exec"), names)
    return names


def line_of(source):
    found = re.match(r"line (\d+) of file is not Python 3 but Python 2", read(source, "file")[1])
    return int(found[1]) if found else None


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        ("print 'a', 1", "a 1\n"),
        ("if 1: print 'a'", "a\n"),
        ("x = ';'; print 'a'; print [x, 'print b']", "a\n[';', 'print b']\n"),
        (r"x = 'it\'s; print 1: print 2'; print x  # ; print 3", "it's; print 1: print 2\n"),
        ("print [1]", "[1]\n"),
        ("import sys\nreload(sys)\nprint 1", "1\n"),
        ("print\nprint 1", "\n1\n"),
        ("print 'iter %d: %f' % (\n    1, 2.0)", "iter 1: 2.000000\n"),
        ("def f():\n\tprint 'a'\n        print 'b'\nf()", "a\nb\n"),
        ("try:\n    1 // 0\nexcept ZeroDivisionError, e:\n    print e", "integer division or modulo by zero\n"),
        ("if 1 <> 2L: print `3`", "3\n"),
        ("d = {2: 0, 1: 0}\nk = d.keys()\nk.sort()\nprint k, d.items()[0]", "[1, 2] (2, 0)\n"),
        ("class A:\n    def next(self): return 3\nprint A().next(), iter('b').next(), next(A())", "3 b 3\n"),
        ("print sorted([(1, 2), (2, 1)], key=lambda (a, b): b)", "[(2, 1), (1, 2)]\n"),
        ("x = [1, 3, 2]\nx.sort(cmp=lambda a, b: cmp(b, a))\nprint x, sorted(x, cmp=cmp)", "[3, 2, 1] [1, 2, 3]\n"),
        ("try:\n    raise ValueError, 'no'\nexcept ValueError, e:\n    print e", "no\n"),
    ],
)
def test_statements_of_python_2_print_what_they_did(capsys, source, printed):
    run(source)
    assert capsys.readouterr().out == printed


@pytest.mark.parametrize(
    "line", ["print 1; " * 3000, f"x: {' ' * 20_000}y = 1", f"{' ' * 20_000}x = 1", "\"'" * 50_000]
)
def test_long_lines_take_no_time(line):
    begin = time.process_time()
    read(f"print 1\n{line}\n", "file")
    assert time.process_time() - begin < 2.0


def test_whole_numbers_divide_to_whole_numbers():
    names = run("xrange\na = 7 / 2\nb = 7.0 / 2\nx = 3.0\nc = x / 2\na /= 2")
    assert (names["a"], names["b"], names["c"]) == (1, 3.5, 1.5)
    assert run("from __future__ import division\nxrange\na = 7 / 2")["a"] == 3.5
    names = run("import numpy as np\nxrange\nhalf = np.array([3, 4]) / 2\nx = y = np.ones(2)\nx /= 2")
    assert (names["half"].tolist(), names["y"].tolist()) == ([1, 2], [0.5, 0.5]), "arrays are divided in place"


@pytest.mark.parametrize("before", ["", "print 'a', 1\n"])
def test_what_is_no_python_is_left_out_and_nothing_beside_it(before):
    """A notebook's line, an open bracket, a return at the margin; a function that is none stops when it is called."""
    source = (
        'import math\n%matplotlib inline\nx = [(\n@abs\ndef f():\n    """\nif\n"""\n    return math.pi\nreturn x\n'
        "@abs\ndef g():\n    break\n\ny = 1\n"
    )
    tree, remark, error = read(before + source, "file")
    above = before.count("\n")
    assert (bool(remark), error.lineno) == (bool(before), above + 2)
    names = {"abs": lambda f: f, **PYTHON2_NAMES}
    exec(compile(tree, "file", "exec"), names)
    assert (names["f"](), names["y"]) == (np.pi, 1)
    with pytest.raises(SyntaxError, match="'break' outside loop") as stopped:
        names["g"](1, K=2)
    assert stopped.value.lineno == above + 13


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("x = 1\nprint 'a'", 2),
        ("for i in xrange(3): pass", 1),
        ("x = {}\n\nx.iteritems()", 3),
        ("half = x[:n / 2]", 1),
        ("for i in range(n / 2): pass", 1),
        ("try: pass\nexcept IOError, e: pass", 2),
        ("print('a')\nx = n / 2\ny[0, 1]", None),
        ("xrange = range\nfor i in xrange(3): pass", None),
        ("from functools import reduce\nreduce(f, x)", None),
        ("x = (\n'''\nprint x\n'''\nprint(x)", None),
        ("%pylab\n\nfor i in xrange(3): pass", 3),
        ("import sys\nprint >>sys.stderr, 1", 2),
        ("x = 1\nprint [x]", 2),
        ("x = 1\nprint -x", 2),
    ],
)
def test_the_first_line_of_python_2_is_found(source, line):
    assert line_of(source) == line


def test_tabs_among_spaces_are_no_python_2():
    tree, remark, error = read("def f():\n        n = 3\n\treturn n / 2\n", "learner.py")
    assert remark == "line 3 of learner.py mixes tabs and spaces, which Python 3 refuses: replace the tabs"
    names = {}
    exec(compile(tree, "learner.py", "exec"), names)
    assert (names["f"](), error) == (1.5, None)
    _, remark, _ = read("def f():\n        n = x[: 4 / 2]\n\treturn n\n", "learner.py")
    assert remark.startswith("line 2 of learner.py is not Python 3 but Python 2")
    _, remark, error = read("def f():\n    n = 3\n\treturn n / 2\n", "learner.py")
    assert (remark, type(error)) == ("", TabError)


def test_names_that_numpy_has_lost_are_there_and_named(monkeypatch):
    used = []
    monkeypatch.setitem(vars(np), "__getattr__", np.__getattr__)
    for name in ("array", "asarray", "mean", "sum"):
        monkeypatch.setattr(np, name, getattr(np, name))
    restore_numpy(used.append)
    assert getattr(np, "float") is float  # noqa: B009
    assert getattr(np, "product")([2, 3]) == 6  # noqa: B009
    assert [said.split(",")[0] for said in used] == ["np.float", "np.product"]
    with pytest.raises(AttributeError, match="no attribute 'no_such_name'"):
        _ = np.no_such_name
    assert np.array([[1], [1, 2]]).dtype == np.asarray([[1], [1, 2]]).dtype == object
    assert np.mean([(1.0, np.ones(2)), (3.0, np.zeros(2))], axis=0)[1].tolist() == [0.5, 0.5]
    assert np.sum([(1.0, np.ones(2)), (3.0, np.zeros(2))], 0)[0] == 4.0
    assert "rows of unequal shapes" in used[-1]
    for refused in (lambda: np.array([[1], [1, 2]], dtype=float), lambda: np.asarray([[1], [1, 2]], float)):
        with pytest.raises(ValueError, match="inhomogeneous"):
            refused()
    assert (np.array.__name__, pickle.loads(pickle.dumps(np.mean))) == ("array", np.mean)
    with pytest.raises(ValueError, match="could not convert"):
        np.array(["a"], dtype=float)
    assert np.array([1, 2], dtype=float).tolist() == np.array(object=[1.0, 2.0]).tolist() == [1.0, 2.0]


def raised(f):
    try:
        f()
    except Exception as error:
        return error


def test_what_only_a_newer_version_refuses_is_told_from_what_all_refuse():
    assert dated(raised(lambda: np.abs([[1], [1, 2]]))) == ""
    assert "unequal shapes" in dated(raised(lambda: np.ones(2, object) * [[1], [1, 2]]))
    assert "unequal shapes" in dated(raised(lambda: np.divide([[1], [1, 2]], 2)))
    assert "NumPy has removed this" in dated(AttributeError("`np.float_` was removed in the NumPy 2.0 release."))
    assert "SciPy no longer" in dated(ImportError("cannot import name 'logsumexp' from 'scipy.misc'"))
    assert dated(ValueError("something else")) == ""
    assert dated(TypeError("only 0-dimensional arrays can be converted to Python scalars")) == "", "nowhere"


@pytest.mark.skipif(np.lib.NumpyVersion(np.__version__) < "2.4.0", reason="older ones let it through")
def test_an_array_of_one_entry_for_a_number():
    single, many, target = np.ones(1), np.ones(2), np.zeros(3)

    def assign():
        target[0] = single + 1

    def returned():
        return int(single)

    for f in (assign, returned):
        assert "an array of one entry for a number" in dated(raised(f)), f
    assert dated(raised(lambda: int(many))) == ""
