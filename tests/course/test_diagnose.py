"""word2vec/course/diagnose.py: losses that are looked up, and how a learner's file is loaded and checked."""

import os
import random
import re
import sys
import textwrap

import numpy as np
import pytest

import utils.utils
import word2vec
from word2vec.course import assignment
from word2vec.course.diagnose import KNOWN, diagnose, diagnose_loss, diagnose_module

module = sys.modules["word2vec.course.diagnose"]
SIGMOID = "import numpy as np\ndef sigmoid(x):\n    return 0.5 + 0.5 * np.tanh(np.multiply(x, 0.5))\n"
ALL = [
    "sigmoid",
    "naiveSoftmaxLossAndGradient",
    "getNegativeSamples",
    "negSamplingLossAndGradient",
    "skipgram",
    "word2vec_sgd_wrapper",
    "sgd",
]


@pytest.fixture
def written(tmp_path):
    """Write a learner's file, with others beside it, and give its path."""

    def written(text, name="learner.py", beside=None):
        for path, content in {**(beside or {}), name: text}.items():
            file = tmp_path / path
            file.parent.mkdir(exist_ok=True)
            file.write_text(textwrap.dedent(content), encoding="utf-8")
        return tmp_path / name

    return written


def words(text):
    """Return {function: word} of a report."""
    return dict(re.split("  +", line.strip()) for line in text.splitlines()[1:-1] if line[2] != " ")


# losses


@pytest.mark.parametrize("typed", ["14.3019", "14.30187", "14.301866932653125", "14.3018669327", "14.3", " 14.3018 "])
def test_loss_is_found_by_the_digits_typed(typed):
    text = diagnose_loss(typed)
    assert text.splitlines()[:2] == [
        "14.301866932653125",
        "  cause: Python 2's negatives: it makes other integers of the same random words",
    ]
    assert "Run the test under Python 3 and expect 16.1512" in text


def test_loss_may_be_a_number():
    assert diagnose_loss(14.3019) == diagnose_loss("14.3019")
    assert diagnose_loss(np.float64(14.301866932653125)) == diagnose_loss("14.3019")


def test_ambiguous_loss_lists_the_candidates():
    text, known = diagnose("15.4")
    assert text.startswith("15.4 fits these; more digits tell them apart.\n")
    values = [line for line in text.splitlines() if line[0] != " "]
    assert values[1:] == ["15.475254528181654", "15.454769944565012", "15.402947747299976"]
    assert known


def test_right_loss_also_names_the_slip_that_leaves_it_right():
    text = diagnose_loss("16.1512")
    assert "nothing: this is the right loss" in text
    assert "16.15119285363322, but wrong gradOutsideVecs\n" in text
    assert "more digits" not in text


@pytest.mark.parametrize(
    ("typed", "what"),
    [
        ("11.1661", '("c", 3, ["a", "b", "e", "d", "b", "c"], ...)'),
        ("11.166109001533979", "naiveSoftmaxLossAndGradient"),
        ("11.16610900153398", "naiveSoftmaxLossAndGradient"),
        ("9.8771", '("b", 3,'),
        ("10.81076", '("a", 3,'),
        ("28.653567707668795", '("c", 2, ["a", "b", "c", "a"], ...) with negSamplingLossAndGradient'),
        ("60.6487", '("a", 3,'),
        ("19.061546", "the course's run on the treebank prints at iteration 10"),
        ("19.847231", "iteration 100"),
        ("21.7156", "iteration 1000"),
        ("12.912945", "iteration 10000"),
        ("9.812206", "iteration 40000"),
        ("9.8122064", "iteration 40000"),
    ],
)
def test_other_published_losses_are_known(typed, what):
    text, known = diagnose(typed)
    assert known
    assert what in " ".join(text.split())


@pytest.mark.parametrize("typed", ["3.3", "16.1513", "14.3020", "-14.3019", "0", "12.9129461"])
def test_unknown_loss_says_what_to_do_next(typed):
    assert diagnose(typed) == (
        f"{typed} is none of the known losses. To check your functions: word2vec diagnose FILE.py",
        False,
    )


@pytest.mark.parametrize("typed", ["nan", "inf", "-inf"])
def test_loss_beyond_the_range(typed):
    text, known = diagnose(typed)
    assert "cause: the exponential of a large number" in text
    assert known


def test_a_number_is_a_loss_even_where_a_folder_is_called_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "14.3019").mkdir()
    assert diagnose("14.3019") == (diagnose_loss(14.3019), True)
    assert diagnose(" 14.31 ")[1] is False


def test_exponents_are_understood():
    assert diagnose_loss("1.43019e1") == diagnose_loss("14.3019")
    assert "none of the known" not in diagnose_loss("1e1")


def test_texts_print_in_every_locale():
    for known in KNOWN:
        assert diagnose_loss(known.value).isascii()
        assert all(len(line) <= 100 for line in diagnose_loss(known.value).splitlines())


# what is neither


@pytest.mark.parametrize(
    ("what", "error", "message"),
    [
        ("missing.py", FileNotFoundError, "missing.py does not exist: expected the path of a .py file, or a loss"),
        ("no/such/file", FileNotFoundError, "no/such/file does not exist"),
        ("banana", ValueError, "'banana' is neither a number nor a file: expected a loss such as 14.3019, or a .py"),
        ("16,15", ValueError, "'16,15' is neither a number nor a file"),
        ("", ValueError, "is not a Python file"),
        ("notebook.ipynb", ValueError, r"notebook.ipynb is not a Python file: expected a .py file \(save a notebook"),
        ("folder.py", ValueError, "folder.py is not a Python file"),
    ],
)
def test_anything_else_is_refused(tmp_path, monkeypatch, what, error, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notebook.ipynb").write_text("{}")
    (tmp_path / "folder.py").mkdir()
    with pytest.raises(error, match=message):
        diagnose(what)


# modules


def test_star_import_of_this_library_is_right(written):
    text, right = diagnose(str(written("from word2vec import *")))
    assert right
    assert {*words(text).values()} == {"right"}, text
    assert "cbow" not in words(text), "the textbook's takes ids: no course function"
    text, right = diagnose(str(written("from word2vec.course import *")))
    assert right
    assert {*words(text).values()} == {"right"}, text
    assert {*ALL, "cbow", "sigmoid_grad", "softmaxCostAndGradient"} < {*words(text)}
    assert text.splitlines()[-1] == "All that is there is right."


def test_part_of_a_module_is_judged_and_the_rest_is_not_there(written):
    text, right = diagnose_module(written(SIGMOID))
    assert right
    assert words(text) == {"sigmoid": "right"} | dict.fromkeys(ALL[1:], "not there")


def test_module_without_any_function(written):
    text, right = diagnose_module(written("x = 1"))
    assert not right
    assert words(text) == dict.fromkeys(ALL, "not there")
    assert text.splitlines()[-1] == "None of the course's functions is there."


def test_syntax_error_is_reported_with_its_line(written):
    text, right = diagnose_module(written('x = 1\nprint "Python 2"\n'))
    assert not right
    assert "    - line 2 of learner.py is not Python 3: Missing parentheses in call to 'print'" in text


def test_what_was_defined_before_an_exception_is_judged(written):
    text, right = diagnose_module(written(SIGMOID + "x = 1 / 0\ndef sgd(): pass\n"))
    assert not right
    assert "    - stops with ZeroDivisionError: division by zero (line 4 of learner.py)" in text
    assert "sigmoid                      right" in text
    assert "sgd                          not there" in text
    assert text.splitlines()[-1] == "All that is there is right. But the file did not load to its end."


def test_main_part_does_not_run(written):
    assert diagnose_module(written(SIGMOID + 'if __name__ == "__main__":\n    1 / 0\n'))[1]


def test_exit_at_import_is_reported(written):
    text, right = diagnose_module(written(SIGMOID + "raise SystemExit(3)\n"))
    assert not right
    assert "stops with SystemExit: 3 (line 4 of learner.py); put what is not a definition under" in text


def test_missing_import_is_reported_with_what_to_do(written):
    text, right = diagnose_module(written("from q1_softmax import softmax\n" + SIGMOID))
    assert not right
    joined = " ".join(text.split())
    assert "ModuleNotFoundError: No module named 'q1_softmax' (line 1 of learner.py); install it, or put" in joined


def test_interrupt_is_let_through(written):
    with pytest.raises(KeyboardInterrupt):
        diagnose_module(written("raise KeyboardInterrupt"))


def test_keyboard_interrupt_still_puts_everything_back(written):
    before = list(sys.path), sys.gettrace()
    with pytest.raises(KeyboardInterrupt):
        diagnose_module(written("raise KeyboardInterrupt"))
    assert (sys.path, sys.gettrace()) == before


def test_exception_is_reported_with_type_message_and_line_in_their_file(written):
    source = """
        def helper(x):
            return [][x]
        def sigmoid(x):
            return helper(5)
    """
    text, _ = diagnose_module(written(source))
    assert "stops with IndexError: list index out of range (line 3 of learner.py)" in text


def test_exception_in_a_file_beside_names_that_file(written):
    helpers = "\n\n\ndef sigmoid(x):\n    raise RuntimeError('no')\n"
    text, _ = diagnose_module(written("from helpers import sigmoid\n", beside={"helpers.py": helpers}))
    assert "stops with RuntimeError: no (line 5 of helpers.py)" in text


def test_wrong_parameters_are_reported(written):
    text, _ = diagnose_module(written("def sgd(f, x0):\n    return x0\n"))
    assert "stops with TypeError: sgd() got an unexpected keyword argument 'PRINT_EVERY'" in " ".join(text.split())


@pytest.mark.parametrize("body", ["x = x", "try:\n            x = x\n        except Exception:\n            pass"])
def test_endless_loop_is_stopped(written, monkeypatch, body):
    monkeypatch.setattr(module, "LIMIT", 0.2)
    text, right = diagnose_module(written(f"def sigmoid(x):\n    while True:\n        {body}\n"))
    assert not right
    assert "    - does not return within 0.2 s: an endless loop? (line " in text


def test_endless_import_is_stopped(written, monkeypatch):
    monkeypatch.setattr(module, "LIMIT", 0.2)
    text, _ = diagnose_module(written("while True:\n    x = 1\n"))
    assert "does not return within 0.2 s: an endless loop? (line" in text


def test_wrong_helper_is_not_held_against_its_caller(written):
    source = """
        import numpy as np
        def sigmoid(x):
            return 1 / (1 + np.exp(np.asarray(x)))
        def getNegativeSamples(outsideWordIdx, dataset, K):
            return [dataset.sampleTokenIdx() for _ in range(K)]
        def negSamplingLossAndGradient(v, o, U, dataset, K=10):
            w = [o] + getNegativeSamples(o, dataset, K)
            sign = np.array([1.0] + [-1.0] * K)
            delta = sign * (sigmoid(sign * (U[w] @ v)) - 1)
            grad = np.zeros(U.shape)
            for i, row in zip(w, delta):
                grad[i] += row * v
            return -np.log(sigmoid(sign * (U[w] @ v))).sum(), delta @ U[w], grad
    """
    text, right = diagnose_module(written(source))
    assert not right
    assert words(text)["sigmoid"] == words(text)["getNegativeSamples"] == "wrong"
    assert words(text)["negSamplingLossAndGradient"] == "right"
    assert "- right by itself; it goes wrong through getNegativeSamples, sigmoid" in text
    assert text.splitlines()[-1].endswith("Begin with sigmoid; the others may depend on it.")


def test_what_is_wrong_besides_a_wrong_helper_is_reported(written):
    source = """
        import numpy as np
        def softmax(x):
            return np.asarray(x)
        def naiveSoftmaxLossAndGradient(v, o, U, dataset):
            y = softmax(U @ v)
            e = y - np.eye(len(U))[o]
            return -np.log(y[o]), -(e @ U), np.outer(e, v)
    """
    text, _ = diagnose_module(written(source))
    assert words(text)["naiveSoftmaxLossAndGradient"] == "wrong"
    assert "gradCenterVec, checked against your loss, differs" in text
    assert "the sign is the other way round" in " ".join(text.split())


def test_helpers_are_put_back_after_a_second_look(written):
    """Else the starter test would run with ours and hide what a wrong helper does."""
    source = """
        import numpy as np
        from word2vec import negative_sampling
        def getNegativeSamples(outsideWordIdx, dataset, K):
            return [dataset.sampleTokenIdx() for _ in range(K)]
        def negSamplingLossAndGradient(v, o, U, dataset, K=10):
            return negative_sampling(v, o, U, getNegativeSamples(o, dataset, K))
    """
    text, _ = diagnose_module(written(source))
    joined = " ".join(text.split())
    assert 'skipgram("c", 1, ["a", "b"], ...) with negSamplingLossAndGradient gives 16.0887811, published' in joined
    assert ": the outside word is not excluded from the negatives" in joined


def test_together_is_wrong_where_no_function_alone_is(written):
    source = """
        from word2vec.course import *
        from word2vec import skipgram as right
        import random
        def skipgram(word, C, context, ids, V, U, dataset, loss=naiveSoftmaxLossAndGradient):
            result = right(word, C, context, ids, V, U, dataset, loss)
            random.random()
            return result
    """
    text, right = diagnose_module(written(source))
    assert not right
    assert "together, the starter test   wrong" in text
    assert [name for name, word in words(text).items() if word == "wrong"] == ["together, the starter test"]
    assert text.splitlines()[-1].startswith("1 wrong, 13 right. Begin with together")


# the surroundings


def test_own_utils_win_over_ours_and_are_not_judged(written):
    source = """
        from utils.utils import softmax, who
        from utils.gradcheck import gradcheck_naive
        import numpy as np
        def naiveSoftmaxLossAndGradient(v, o, U, dataset):
            assert who == "theirs"
            y = softmax(U @ v)
            e = y - np.eye(len(U))[o]
            return -np.log(y[o]), e @ U, np.outer(e, v)
    """
    theirs = """
        import numpy as np
        who = "theirs"
        def softmax(x):
            x -= np.max(x)
            np.exp(x, x)
            x /= np.sum(x)
            return x
    """
    gradcheck = "def gradcheck_naive(f, x): 1 / 0"
    beside = {"utils/__init__.py": "", "utils/utils.py": theirs, "utils/gradcheck.py": gradcheck}
    text, right = diagnose_module(written(source, beside=beside))
    assert right, text
    assert "softmax " not in text
    assert sys.modules["utils"] is utils
    assert sys.modules["utils.utils"] is utils.utils


def test_ours_serve_where_there_are_no_own_utils(written):
    source = "from utils.utils import normalizeRows, softmax\nfrom utils.gradcheck import *\n" + SIGMOID
    assert diagnose_module(written(source))[1]


def test_a_file_called_word2vec_is_theirs(written):
    theirs = {"word2vec.py": SIGMOID.replace("0.5 + ", "0.4 + ")}
    path = written("from word2vec import sigmoid\n", name="sgd.py", beside=theirs)
    text, right = diagnose_module(path)
    assert not right
    assert words(text)["sigmoid"] == "wrong"
    assert sys.modules["word2vec"] is word2vec
    text, right = diagnose_module(path.parent / "word2vec.py")
    assert words(text)["sigmoid"] == "wrong"


def test_a_file_called_as_the_standard_library_is_left_alone(written):
    path = written("import numpy as np\n" + SIGMOID, beside={"random.py": "1 / 0\n", "traceback.py": "1 / 0\n"})
    assert diagnose_module(path)[1]


def test_everything_is_put_back(written, tmp_path, monkeypatch, capfd):
    source = """
        import os, random, sys
        import numpy as np
        import warnings
        import helpers
        print("at import")
        print("to stderr", file=sys.stderr)
        sys.path.append("/nowhere")
        random.seed(1)
        np.random.seed(1)
        os.chdir("/")
        def sigmoid(x):
            print("called")
            random.random()
            np.random.rand()
            warnings.warn("watch out")
            return 1 / (1 + np.exp(-np.asarray(x)))
    """
    path = written(source, beside={"helpers.py": "y = 1\n"})
    monkeypatch.chdir(tmp_path)
    random.seed(7)
    np.random.seed(7)
    assert "helpers" not in sys.modules
    before = list(sys.path), {**sys.modules}, random.getstate(), os.getcwd(), sys.dont_write_bytecode, sys.gettrace()
    numpy_before = np.random.get_state()[1].tolist()
    text, right = diagnose_module(path)
    assert right, text
    assert (list(sys.path), {**sys.modules}, random.getstate()) == before[:3]
    assert (os.getcwd(), sys.dont_write_bytecode, sys.gettrace()) == before[3:]
    assert np.random.get_state()[1].tolist() == numpy_before
    assert capfd.readouterr() == ("", "")
    assert [*tmp_path.rglob("__pycache__")] == []


def test_file_is_read_anew_each_time(written):
    assert diagnose_module(written(SIGMOID))[1]
    assert not diagnose_module(written(SIGMOID.replace("0.5 + ", "0.4 + ")))[1]


def test_tracer_of_a_debugger_is_put_back(written):
    def tracer(frame, event, arg):
        return None

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        diagnose_module(written(SIGMOID))
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(before)


def test_own_course_module_beside_this_library(written):
    """A file inside the package itself, where the learner's folder is the library's."""
    text, right = diagnose_module(assignment.__file__)
    assert right, text
    assert words(text)["sgd"] == "not there"


def test_report_fits_a_screen(written):
    text, _ = diagnose_module(written("from word2vec import *\ndef sigmoid(x): return x\n"))
    assert all(len(line) <= 100 for line in text.splitlines())
    assert len(text.splitlines()) <= 24
