"""word2vec/course/diagnose.py: how a learner's file is loaded and checked in a process of its own."""

import os
import random
import re
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

import word2vec
from word2vec.course import assignment
from word2vec.course.diagnose import diagnose, diagnose_module

module = sys.modules["word2vec.course.diagnose"]
ROOT = Path(word2vec.__file__).resolve().parents[1]
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


@pytest.mark.slow
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


def test_part_of_a_module_is_judged_whatever_else_it_holds(written):
    """A notebook's lines, a main part, a thread, errors for warnings, files of the hand-out that are not beside."""
    magic = "get_ipython().run_line_magic('matplotlib', 'inline')\nget_ipython().system('pip list')\ndisplay(2)\n"
    imports = (
        "from q1_softmax import softmax\nfrom q2_gradcheck import gradcheck_naive\nfrom q3_sgd import *\n"
        "from utils.utils import normalizeRows, softmax\nfrom utils.gradcheck import *\n"
        "import utils.glove as glove\nfrom utils.sanity_checks import *\nnp.ones(2), random.random(), dummy()\n"
    )
    strict = "import warnings\nwarnings.simplefilter('error')\nnp.seterr(all='raise')\n"
    thread = "import threading\ndef on():\n    while True: pass\nthreading.Thread(target=on).start()\n"
    text, right = diagnose_module(
        written(
            "# In[1]:\n\n" + magic + imports + thread + strict + SIGMOID + 'if __name__ == "__main__":\n    1 / 0\n',
            beside={"traceback.py": "1 / 0\n"},  # a file called as one of the standard library is left alone
        )
    )
    assert right, text
    named = ["normalizeRows", "softmax", "sgd"]  # those of the hand-out's files
    assert words(text) == dict.fromkeys(ALL, "not there") | dict.fromkeys(["sigmoid", *named], "right")


def test_only_the_functions_named_are_reported(written):
    file = written("from word2vec.course import skipgram, softmax\ndef sigmoid(x): pass\ndef sigmoid(x): return x\n")
    text, right = diagnose(str(file), ["skipgram"])
    assert right
    assert words(text) == {"skipgram": "right", "together, the starter test": "right"}
    losses = "11.1661, 9.8771, 10.8108 by naive softmax, 16.1512, 28.6536, 60.6487 by negative sampling"
    assert f"its losses are those published: {losses}" in " ".join(text.split())
    text, right = diagnose(str(file), ["sigmoid", "softmax"])
    assert not right
    assert words(text) == {"sigmoid": "wrong", "softmax": "right"}
    assert "sigmoid is defined in the lines 2, 3: the last one counts" in text
    assert text.splitlines()[-1].startswith("1 wrong, 1 right. Begin with sigmoid")
    assert words(diagnose(str(written(SIGMOID)), ["sgd", "all"])[0]).keys() == {*ALL}


def test_a_function_named_that_is_not_there(written):
    text, right = diagnose(str(written(SIGMOID)), ["skipgram"])
    assert not right
    assert words(text) == {"skipgram": "not there"}


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        (
            "def sigmoid(x):\n    def skipgram(): pass",
            "line 2 defines skipgram within sigmoid: to be judged as skipgram",
        ),
        (
            "class Model:\n    def sgd(self, f): pass",
            "line 2 defines sgd within Model: to be judged as sgd, it is to",
        ),
        (
            "def SoftmaxLossGradient(v, o, U): pass",
            "line 1 defines SoftmaxLossGradient: to be judged as naiveSoftmax",
        ),
        (
            "def test_sgd(): pass\ndef sgd2(f): pass",
            "line 2 defines sgd2: to be judged as sgd, it is to stand by itself",
        ),
    ],
)
def test_what_may_be_meant_for_a_function_that_is_not_there_is_named(written, text, remark):
    report, right = diagnose_module(written(SIGMOID + text), ["sigmoid"])
    assert remark.replace("line 1", "line 4").replace("line 2", "line 5") in " ".join(report.split())
    assert report.count(" defines ") == 1
    assert right == ("def sigmoid" not in text)
    assert words(report)["sigmoid"] == ("wrong" if "def sigmoid" in text else "right")


def test_names_that_are_no_functions_and_functions_without_a_file_are_refused(written):
    with pytest.raises(ValueError, match=r"^sigmod is none of the course's functions: expected sigmoid, .* or all$"):
        diagnose(str(written(SIGMOID)), ["sigmod"])
    with pytest.raises(ValueError, match=r"^14.3 is not a Python file: expected one before the name of a function$"):
        diagnose("14.3", ["sigmoid"])


def test_module_without_any_function(written):
    path = written("x = 1")
    text, right = diagnose_module(path)
    assert not right
    assert text.splitlines()[0] == str(path), "as it was named: two files may be called word2vec.py"
    assert words(text) == dict.fromkeys(ALL, "not there")
    assert text.splitlines()[-1] == "None of the course's functions is there."


def test_syntax_error_is_reported_with_its_line(written):
    text, right = diagnose_module(written("x = 1\nx = (\n" + SIGMOID))
    assert not right
    assert re.search(r"    - line 2 of learner\.py is not Python 3\.\d+: '\(' was never closed", text)
    assert words(text)["sigmoid"] == "right", "what can be read is judged"


@pytest.mark.parametrize(
    "command",
    ["%matplotlib inline", "%%time", "!pip install numpy", "! ls", "files = !ls", "sigmoid?", "np.exp??", "?sigmoid"],
)
def test_a_command_of_a_notebook_is_named(written, command):
    """A notebook's cells that were pasted into a file, or saved by Colab, which leaves !pip as it is."""
    text, right = diagnose_module(written(f"{command}\n{SIGMOID}"))
    assert not right
    assert "a command of a notebook, which only a notebook runs: take such lines out" in " ".join(text.split())
    assert words(text)["sigmoid"] == "right"


@pytest.mark.parametrize(
    "line", ['print("what?', "if 1 == !x: pass", "x = (1\n!= 2]", "y = (1\n% 2]", "x = a if b ?"]
)
def test_what_is_no_command_of_a_notebook_is_not_called_one(written, line):
    text, right = diagnose_module(written(f"{SIGMOID}{line}\n"))
    assert not right
    assert "is not Python" in text
    assert "a notebook" not in " ".join(text.split())


def test_a_file_for_python_2_is_named_and_judged(written):
    text, right = diagnose_module(written(SIGMOID + 'if __name__ == "__main__":\n    print "no", 1\n'))
    assert not right
    joined = " ".join(text.split())
    assert "line 5 of learner.py is not Python 3 but Python 2: `2to3 -w learner.py` rewrites it" in joined
    assert words(text)["sigmoid"] == "right"
    assert text.splitlines()[-1] == "All that is there is right."


LISTS = """
assert range(2) + map(len, zip("ab", filter(len, "cd"))) == [0, 1, 2, 2]
assert map(None, "ab", "c") == [("a", "c"), ("b", None)] and map(None, "ab") == ["a", "b"]
assert {1: 2}.has_key(1) and sorted({1: 2}.iteritems()) == [(1, 2)]
"""


def test_files_for_python_2_beside_it_are_imported(written):
    text, _ = diagnose_module(
        written(
            "from helper import sigmoid\n",
            beside={"helper.py": f"import cPickle as pickle\n{SIGMOID}for i in xrange(1):\n    print 'no'\n{LISTS}"},
        )
    )
    joined = " ".join(text.split())
    assert "line 6 of helper.py is not Python 3 but Python 2: `2to3 -w helper.py` rewrites it" in joined
    assert words(text)["sigmoid"] == "right"


def test_what_stands_before_and_after_exceptions_is_judged(written):
    """As in a notebook of Colab that was saved as a script."""
    source = "from __future__ import annotations\nfrom google.colab import drive\ndrive.mount('/content')\n" + SIGMOID
    source += "x = 1 / 0\ny = x + 1\ndef softmax(x: Missing): return np.exp(x)\ndef later(): return y\n"
    text, right = diagnose_module(written(source))
    assert not right
    errors = re.findall(r"^    - stops with (\w+)", text, re.M)
    assert errors == ["ModuleNotFoundError", "NameError", "ZeroDivisionError"]
    assert "division by zero (line 7 of learner.py)" in text
    assert "take out what only Colab has" in " ".join(text.split())
    assert (words(text)["sigmoid"], words(text)["softmax"]) == ("right", "wrong")
    assert text.splitlines()[-1] == "1 wrong, 1 right. Begin with learner.py; the others may depend on it."


def test_what_a_module_beside_it_holds_is_judged_if_it_is_imported_as_such(written):
    drawing = "def getNegativeSamples(o, dataset, K):\n    return [dataset.sampleTokenIdx() for _ in range(K)]\n"
    source = """
        import numpy as np, helper
        from word2vec_numpy import negative_sampling
        def negSamplingLossAndGradient(v, o, U, dataset, K=10):
            return negative_sampling(v, o, U, helper.getNegativeSamples(o, dataset, K))
    """
    text, _ = diagnose_module(written(source, beside={"helper.py": drawing}))
    assert words(text)["getNegativeSamples"] == "wrong"
    assert words(text)["negSamplingLossAndGradient"] == "right"


def test_what_a_module_beside_it_holds_unused_is_not_judged(written):
    """An older try that is still imported, and functions of the same names for other things."""
    beside = {
        "helper.py": f"{SIGMOID}def softmax(x): return helped(x)\ndef helped(x): return getNegativeSamples(x)\n"
        "def getNegativeSamples(x): return x\n",
        "older.py": "def sigmoid(x): return x\ndef sgd(f, x0): return x0\ndef skipgram(layer): return 0\n",
    }
    text, _ = diagnose_module(written("import helper\nimport older\ny = helper.sigmoid(0.0)\n", beside=beside))
    assert {name: said for name, said in words(text).items() if said != "not there"} == {"sigmoid": "right"}
    text, _ = diagnose_module(written("import helper\ndef f(x): return helper.softmax(x)\n", beside=beside))
    assert words(text)["softmax"] == words(text)["getNegativeSamples"] == "wrong", "it calls them"


def test_exit_at_import_is_reported(written):
    text, right = diagnose_module(written(SIGMOID + "raise SystemExit(3)\n"))
    assert not right
    assert "stops with SystemExit: 3 (line 4 of learner.py); put what is not a definition under" in text


def test_missing_import_is_reported_with_what_to_do(written):
    text, right = diagnose_module(written("from my_softmax import softmax\n" + SIGMOID))
    assert not right
    joined = " ".join(text.split())
    assert "ModuleNotFoundError: No module named 'my_softmax' (line 1 of learner.py); install it, or put" in joined


def test_exception_is_reported_with_type_message_and_line_in_their_file(written):
    source = """
        def helper(x):
            return [][x]
        def sigmoid(x):
            return helper(5)
    """
    text, _ = diagnose_module(written(source))
    assert "stops with IndexError: list index out of range (line 3 of learner.py)" in text


@pytest.mark.parametrize("begin", ["def sigmoid(x):\n    return ", ""])
@pytest.mark.parametrize(
    ("missing", "is_told"),
    [("open('half.txt')", True), ("open(__file__ + '.txt')", False), ("exec('raise FileNotFoundError')", False)],
)
def test_a_file_that_is_not_found_from_its_folder_is_told_how_it_is(written, begin, missing, is_told):
    text = " ".join(diagnose_module(written(f"{begin}{missing}\n"))[0].split())
    assert "stops with FileNotFoundError" in text
    told = "a file runs in its own folder, its functions in an empty one: begin paths with Path(__file__).parent"
    assert (told in text) == is_told


def test_exception_in_a_file_beside_names_that_file(written):
    helpers = "\n\n\ndef sigmoid(x):\n    raise RuntimeError('no')\n"
    text, _ = diagnose_module(written("from helpers import sigmoid\n", beside={"helpers.py": helpers}))
    assert "stops with RuntimeError: no (line 5 of helpers.py)" in text


def test_wrong_parameters_are_reported(written):
    text, _ = diagnose_module(written("def sgd(f, x0):\n    return x0\n"))
    assert "sgd another signature - has another signature: it takes (f, x0); the course's takes" in " ".join(
        text.split()
    )


# code that does not return, or ends Python

HANGING = {
    "sleep": ("__import__('time').sleep(1000)", 2),  # the only one that costs nothing to wait for
    "one line": ("while True: pass", 2),
    "continue": ("while 1: continue", 2),
    "exceptions are caught": ("try:\n        while True: pass\n    except: softmax(x)", 3),
    "printing": ("while True: print('x' * 1000)", 2),
    "compiled code": ("__import__('collections').deque(__import__('itertools').count(), 0)", 2),
    "a thread": (
        "from threading import Thread\n    t = Thread(target=__import__('time').sleep, args=(1000,))\n"
        "    t.start()\n    t.join()",
        5,
    ),
}


def _first_plain(cases):
    """Return the cases as parameters, all but the first of them slow: each needs a process, some a time limit."""
    marks = [(), *[(pytest.mark.slow,)] * (len(cases) - 1)]
    return [pytest.param(*case, id=name, marks=mark) for (name, case), mark in zip(cases.items(), marks, strict=True)]


@pytest.fixture
def short_limit(monkeypatch):
    monkeypatch.setattr(module, "LIMIT", 1.0)


@pytest.mark.parametrize(("body", "line"), _first_plain(HANGING))
def test_a_function_that_does_not_return_is_stopped_and_the_others_are_checked(written, short_limit, body, line):
    source = f"def softmax(x):\n    {body}\n{SIGMOID}def sigmoid_grad(s): return s * (1 - s)\n"
    text, right = diagnose_module(written(source))
    assert not right
    assert f"    - does not return within 1 s: an endless loop? (line {line} of learner.py)" in text
    assert [name for name, word in words(text).items() if word == "right"] == ["sigmoid", "sigmoid_grad"]
    assert text.splitlines()[-1] == "1 wrong, 2 right. Begin with softmax; the others may depend on it."


@pytest.mark.slow
def test_a_file_that_does_not_load_to_its_end_is_stopped_and_what_is_above_is_checked(written, short_limit):
    text, right = diagnose_module(written(f"{SIGMOID}while True: pass\ndef sgd(): pass\n"))
    assert not right
    assert "    - does not return within 1 s: an endless loop? (line 4 of learner.py)" in text
    assert words(text) == {"sigmoid": "right"} | dict.fromkeys(ALL[1:], "not there")
    assert text.splitlines()[-1] == "All that is there is right. But not all of the file runs."


def test_a_file_whose_stack_is_lost_is_loaded_once_more(written, monkeypatch):
    usual, endings = module._ending, []

    def ending(*given):
        endings.append(usual(*given))
        return endings[-1] if endings[1:] else (f"{module.LATE} 10 s", None)

    monkeypatch.setattr(module, "_ending", ending)
    text, right = diagnose_module(written(f"{SIGMOID}import os\nos.kill(os.getpid(), 11)\n"))
    assert not right
    assert (len(endings), words(text)["sigmoid"]) == (2, "right"), text


def test_a_file_that_kills_its_process_is_loaded_once(written, tmp_path):
    source = "import os\nwith open('count.txt', 'a') as file:\n    file.write('x')\nos.kill(os.getpid(), 9)\n"
    text, _ = diagnose_module(written(SIGMOID + source))
    assert "is killed by the system (SIGKILL)" in text
    assert (tmp_path / "count.txt").read_text() == "x"


@pytest.mark.slow
def test_an_import_that_does_not_return_names_its_file(written, short_limit):
    text, right = diagnose_module(written(f"{SIGMOID}import hélper\n", beside={"hélper.py": "while True: pass\n"}))
    assert not right
    assert "an endless loop? (line 1 of h\\xe9lper.py)" in text
    assert words(text)["sigmoid"] == "right"


@pytest.mark.slow
def test_what_calls_a_helper_that_does_not_return_is_not_waited_for(written, short_limit):
    source = """
        from word2vec_numpy import naive_softmax, negative_sampling
        def sigmoid(x):
            while True: pass
        def getNegativeSamples(outsideWordIdx, dataset, K):
            while True: pass
        def negSamplingLossAndGradient(v, o, U, dataset, K=10):
            return negative_sampling(v, o, U, getNegativeSamples(o, dataset, K))
        def naiveSoftmaxLossAndGradient(v, o, U, dataset):
            sigmoid(0)
            J, gradient, gradients = naive_softmax(v, o, U)
            return J, -gradient, gradients
        def skipgram(*arguments, **keywords):
            return negSamplingLossAndGradient(*arguments)
    """
    text, _ = diagnose_module(written(source))
    joined = " ".join(text.split())
    assert joined.count("an endless loop?") == 2
    assert "negSamplingLossAndGradient right - right by itself; it goes wrong through getNegativeSamples" in joined
    assert "the sign is the other way round - wrong by itself, also with a right sigmoid" in joined
    assert "together" not in text, "it only repeats what is known"


@pytest.mark.slow
def test_a_function_that_does_not_return_when_all_run_together(written, short_limit):
    source = """
        from word2vec_numpy import *
        right = getNegativeSamples
        def getNegativeSamples(o, dataset, K):
            while dataset._limit == 100_000: pass
            return right(o, dataset, K)
        def negSamplingLossAndGradient(v, o, U, dataset, K=10):
            return negative_sampling(v, o, U, getNegativeSamples(o, dataset, K))
    """
    text, right = diagnose_module(written(source))
    assert not right
    assert "together, the starter test   wrong\n    - does not return within 1 s: an endless loop? (line 5" in text
    assert text.splitlines()[-1].startswith("1 wrong, 9 right. No function is wrong by itself: look")


ENDING = {
    "segfault": ("import ctypes\n    ctypes.string_at(0)", "crashes Python (Segmentation fault): recursion"),
    "stack overflow": (
        "import sys\n    sys.setrecursionlimit(10**9)\n    return sorted([x], key=lambda x: softmax(x))",
        "crashes Python (Segmentation fault): recursion without end, or a fault in compiled code",
    ),
    "kill": ("import os, signal\n    os.kill(os.getpid(), signal.SIGKILL)", "is killed by the system (SIGKILL): too"),
    "closed files": ("import os, sys\n    os.closerange(3, 256)", "ends Python with status"),
    "exit": ("raise SystemExit(3)", "SystemExit: 3 (line 2 of learner.py); take it out of the function"),
    "_exit": ("import os\n    os._exit(0)", "stops with RuntimeError: os._exit() is called; the course's functions"),
    "fork": ("import os\n    while True: os.fork()", "stops with RuntimeError: os.fork() is called"),
    "memory": ("return [x] * 10**16", "(line 2 of learner.py); it asks for more memory than there is"),
    "recursion": ("return softmax(x)", "(line 2 of learner.py); it calls itself without end"),
    "debugger": (
        "import pdb; pdb.set_trace()\n    return x",
        "(line 3 of learner.py); it waits for somebody at the debugger: take it out of the function",
    ),
    "input": ("return input()", "EOF when reading a line (line 2 of learner.py); nobody answers input() here: take"),
}


@pytest.mark.skipif(os.name == "nt", reason="the system's names are others")
@pytest.mark.parametrize(("body", "remark"), _first_plain(ENDING))
def test_code_that_ends_python_is_reported_and_the_others_are_checked(written, body, remark):
    text, right = diagnose_module(written(f"def softmax(x):\n    {body}\n{SIGMOID}"))
    assert not right
    assert remark in " ".join(text.split())
    assert {name: word for name, word in words(text).items() if word != "not there"} == {
        "sigmoid": "right",
        "softmax": "wrong",
    }


def test_a_file_that_crashes_python_is_reported_and_what_is_above_is_checked(written):
    text, right = diagnose_module(written(f"{SIGMOID}import ctypes\nctypes.string_at(0)\n"))
    assert not right
    assert "learner.py\n    - crashes Python (" in text
    assert words(text)["sigmoid"] == "right"


def test_a_file_that_is_killed_without_a_trace(written):
    text, right = diagnose_module(written(f"{SIGMOID}import os\nos.kill(os.getpid(), 9)\n"))
    assert not right
    assert "learner.py\n    - is killed by the system (SIGKILL): too little memory?\n" in text


@pytest.mark.slow  # one that ends itself is tested above
def test_a_process_that_does_not_end_itself_is_killed(written, short_limit, monkeypatch):
    monkeypatch.setattr(module, "GRACE", 0.5)
    source = (
        "import faulthandler, time\ndef sigmoid(x):\n"
        "    faulthandler.cancel_dump_traceback_later()\n    while True: time.sleep(1)\n"
    )
    text, _ = diagnose_module(written(source))
    assert "    - does not return within 1 s: an endless loop?\n" in text


def test_nothing_that_is_printed_is_taken_for_a_result(written):
    lines = """'["done", "sigmoid", []]\\n["end", ""]\\n'"""
    source = f"""
        import os, sys
        def sigmoid(x):
            print({lines})
            for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
                stream.write({lines})
                stream.flush()
            os.write(1, {lines}.encode())
            os.write(2, {lines}.encode())
            raise ValueError("of ours")
    """
    assert "stops with ValueError: of ours (line 10 of learner.py)" in diagnose_module(written(source))[0]


def test_a_library_that_cannot_be_loaded_there(written, monkeypatch):
    monkeypatch.setattr(module, "LIBRARY", written(SIGMOID).parent)
    with pytest.raises(RuntimeError, match=r"cannot start the check of learner\.py: FileNotFoundError: .*__init__"):
        diagnose_module(written(SIGMOID))


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent to one process alone")
def test_ctrl_c_stops_all(written):
    path = written(
        "import os, pathlib\npathlib.Path(__file__).with_name('pid').write_text(str(os.getpid()))\nwhile True: pass\n"
    )
    command = [sys.executable, "-m", "word2vec", "diagnose", str(path)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        while not (pid := path.with_name("pid")).exists() or not pid.read_text():
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.communicate()[1] == "word2vec diagnose: interrupted\n"
    assert process.returncode == 130
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


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


@pytest.mark.parametrize(
    ("name", "package"),
    [
        pytest.param("word2vec.py", {}, id="word2vec.py, folder"),
        pytest.param("mine.py", {"utils/__init__.py": ""}, id="mine.py, package"),
        pytest.param("word2vec.py", {"utils/__init__.py": ""}, id="word2vec.py, package", marks=pytest.mark.slow),
        pytest.param("mine.py", {}, id="mine.py, folder", marks=pytest.mark.slow),
    ],
)
def test_utils_of_the_course_serve_a_file_of_any_name(written, package, name):
    """Without an __init__.py Python prefers any package of that name to the folder beside the file."""
    source = "from utils.utils import softmax, who\nfrom utils.gradcheck import mine\n" + SIGMOID
    beside = {"utils/utils.py": "who = 1\ndef softmax(x): return x\n", "utils/gradcheck.py": "mine = 1\n", **package}
    text, right = diagnose_module(written(source, name, beside))
    assert right, text
    assert "softmax " not in text


def test_a_later_courses_utils_serve_what_they_hold_there(written):
    text = "from utils.utils import sigmoid, softmax, get_negative_samples\ntest = get_negative_samples(0, None, 0)"
    report, right = diagnose_module(written(text))
    assert right, report
    assert {name for name, word in words(report).items() if word == "right"} >= {"sigmoid", "getNegativeSamples"}
    report, right = diagnose_module(written("from utils.utils import *\ntest = softmax, normalizeRows"))
    assert words(report)["sigmoid"] == words(report)["getNegativeSamples"] == "not there"


def test_a_module_of_ones_own_in_utils_is_judged(written):
    beside = {"utils/__init__.py": "", "utils/losses.py": SIGMOID, "utils/utils.py": "def softmax(x): return x\n"}
    text, right = diagnose_module(written("from utils.losses import *\nfrom utils.utils import *\n", beside=beside))
    assert right, text
    assert words(text) == {"sigmoid": "right"} | dict.fromkeys(ALL[1:], "not there")


def test_of_a_folder_utils_what_is_missing_is_ours(written):
    source = "from utils.utils import who\nfrom utils.treebank import StanfordSentiment\n" + SIGMOID
    text, right = diagnose_module(written(source, beside={"utils/utils.py": "who = 1\n"}))
    assert right, text


@pytest.mark.parametrize("name", ["word2vec.py", "utils.py"])
def test_a_file_with_the_name_of_a_module_that_it_lacks(written, name):
    """A lone word2vec.py has no utils/ beside it: ours serve, and do not look for the library in it."""
    source = "" if name == "utils.py" else "from utils.gradcheck import gradcheck_naive, grad_tests_softmax\n"
    text, right = diagnose_module(written(source + SIGMOID, name))
    assert right, text


def test_a_module_of_a_package_imports_its_neighbours(written):
    beside = {"a2/__init__.py": "", "a2/helpers.py": "half = 0.5\n"}
    path = written("from .helpers import half\n" + SIGMOID.replace("0.5 +", "half +"), "a2/mine.py", beside)
    text, right = diagnose_module(path)
    assert right, text


def test_a_file_called_word2vec_is_theirs(written):
    theirs = {"word2vec.py": SIGMOID.replace("0.5 + ", "0.4 + ")}
    path = written("from word2vec import sigmoid\n", name="sgd.py", beside=theirs)
    text, right = diagnose_module(path)
    assert not right
    assert words(text)["sigmoid"] == "wrong"
    assert sys.modules["word2vec"] is word2vec
    text, right = diagnose_module(path.parent / "word2vec.py")
    assert words(text)["sigmoid"] == "wrong"


@pytest.mark.parametrize(
    ("path", "package"),
    [
        ("utils.py", {}),
        ("word2vec/models.py", {"word2vec/__init__.py": ""}),
        ("word2vec/functions.py", {}),  # without an __init__.py, Python itself prefers a library that is installed
    ],
)
def test_a_function_of_theirs_is_judged_whatever_their_module_is_called(written, path, package):
    source = f"from {path.removesuffix('.py').replace('/', '.')} import sigmoid\n"
    text, right = diagnose_module(written(source, beside={path: SIGMOID.replace("0.5 + ", "0.4 + "), **package}))
    assert not right
    assert words(text)["sigmoid"] == "wrong", text


@pytest.mark.parametrize("beside", ["word2vec/notes.py", "word2vec/word2vec/__init__.py"])
def test_a_folder_called_word2vec_does_not_hide_the_library(written, beside):
    """Such as one of notes, or a clone of the library: what it does not hold is the library's."""
    source = """
        import importlib.util
        import word2vec.text.corpus
        from word2vec import gradcheck, softmax
        from word2vec import *
        assert importlib.util.find_spec("word2vec")
        assert word2vec.text.corpus.__name__ == "word2vec.text.corpus"
    """
    path = written(SIGMOID + textwrap.dedent(source))
    (path.parent / beside).parent.mkdir(parents=True)
    (path.parent / beside).write_text("softmax = None\n")
    (path.parent / "word2vec" / "run.py").write_text("")
    text, right = diagnose_module(path)
    assert right, text


def test_what_their_folder_called_word2vec_holds_goes_before_the_library(written):
    source = "from word2vec import softmax, models\nsigmoid = models.sigmoid\n"
    text, _ = diagnose_module(written(source, beside={"word2vec/models.py": SIGMOID.replace("0.5 + ", "0.4 + ")}))
    assert words(text)["sigmoid"] == "wrong", text


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


def test_a_file_finds_and_writes_what_is_in_its_own_folder(written, tmp_path, monkeypatch):
    source = "half = float(open('half.txt').read())\nopen('log.txt', 'w').close()\n"
    path = written(source + SIGMOID.replace("0.5 + 0.5", "half + half"), beside={"half.txt": "0.5", "here/a.txt": ""})
    monkeypatch.chdir(tmp_path / "here")
    text, right = diagnose_module(path)
    assert right, text
    assert (tmp_path / "log.txt").exists()
    assert [each.name for each in Path().iterdir()] == ["a.txt"]


def test_a_picture_of_an_earlier_run_is_not_written_anew(written, tmp_path):
    """A script that trains and draws, which fails in between, would write an empty picture over that of an hour."""
    source = """
        from pathlib import Path
        from matplotlib import pyplot
        x = unknown()
        pyplot.savefig("words.png")
        pyplot.gcf().savefig(Path("plot"))
        pyplot.savefig("new.png")
        assert pyplot.imread("new.png").size
    """
    names = ["words.png", "plot.png"]
    text, _ = diagnose_module(written(SIGMOID + textwrap.dedent(source), beside=dict.fromkeys(names, "mine")))
    assert re.findall(r"^    - stops with (\w+)", text, re.M) == ["NameError"], text
    assert [(tmp_path / name).read_text() for name in names] == ["mine"] * 2


def test_files_that_are_not_pictures_are_written_as_the_file_says(written, tmp_path):
    source = """
        import os
        for _ in range(2):
            open("run.lock", "x").close()
            os.remove("run.lock")
        os.remove("log.txt")
        open("log.txt", "x").close()
        np.save("saved_params_10.npy", np.ones(3))
        assert os.path.exists("saved_params_10.npy")
    """
    text, right = diagnose_module(written(SIGMOID + textwrap.dedent(source), beside={"log.txt": "mine"}))
    assert right, text
    assert {each.name for each in tmp_path.iterdir()} == {"learner.py", "log.txt", "saved_params_10.npy"}


@pytest.mark.parametrize("name", ["word2vec", "word2vec_numpy", "sgd"])
def test_no_descent_by_this_library_saves_its_state_in_the_folder(written, tmp_path, name):
    source = f"from {name} import sgd\nsgd(lambda x: (1.0, 1.0), 0.0, 0.1, 5000, useSaved=True, PRINT_EVERY=None)\n"
    text, right = diagnose_module(written(source + SIGMOID))
    assert right, text
    assert [each.name for each in tmp_path.iterdir()] == ["learner.py"]


@pytest.mark.parametrize("where", ["learner.py", "helpers.py"])
def test_a_file_that_asks_for_windows_is_judged_without(written, where):
    source = (
        "import matplotlib\nmatplotlib.use('TkAgg')\nfrom matplotlib import pyplot\npyplot.plot([1])\npyplot.show()\n"
    )
    files = {"learner.py": "import helpers\n", "helpers.py": ""} | {where: source}
    text, right = diagnose_module(written(files["learner.py"] + SIGMOID, beside={"helpers.py": files["helpers.py"]}))
    assert right, text


def test_a_file_that_only_names_matplotlib_does_without_it(written):
    text, right = diagnose_module(written("# no matplotlib\n" + SIGMOID, beside={"matplotlib.py": "1 / 0"}))
    assert right, text


def test_a_report_is_the_same_for_any_hashes(written, monkeypatch):
    path, reports = written("def sigmoid(x):\n    return float(hash('a'))\n"), set()
    for seed in "12":
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        reports.add(diagnose_module(path)[0])
    assert len(reports) == 1


@pytest.mark.slow
def test_saved_parameters_are_neither_read_nor_overwritten(written, tmp_path, monkeypatch):
    source = """
        import numpy as np
        def sgd(f, x0, step, iterations, postprocessing=None, useSaved=True, PRINT_EVERY=10):
            x = np.load("saved_params_2.npy") if useSaved else x0
            for i in range(1, iterations + 1):
                x = x - step * f(x)[1]
                x = postprocessing(x) if postprocessing else x
                step = step / 2 if i % 20000 == 0 else step
            np.save("saved_params_2.npy", x)
            return x
    """
    monkeypatch.chdir(tmp_path)
    np.save("saved_params_2.npy", np.ones(7))
    text, right = diagnose_module(written(source))
    assert right, text
    assert np.load("saved_params_2.npy").tolist() == [1.0] * 7


def test_file_is_read_anew_each_time(written):
    assert diagnose_module(written(SIGMOID))[1]
    assert not diagnose_module(written(SIGMOID.replace("0.5 + ", "0.4 + ")))[1]


def test_own_course_module_beside_this_library(written):
    """A file inside the package itself, where the learner's folder is the library's."""
    text, right = diagnose_module(assignment.__file__)
    assert right, text
    assert words(text)["sgd"] == "not there"


def test_report_fits_a_screen(written):
    text, _ = diagnose_module(written("from word2vec import *\ndef sigmoid(x): return x\n"))
    assert all(len(line) <= 100 for line in text.splitlines())
    assert len(text.splitlines()) <= 24


@pytest.mark.parametrize("encoding", ["latin-1", pytest.param("utf-16", marks=pytest.mark.slow)])
def test_a_file_in_another_encoding_is_named(tmp_path, encoding):
    (tmp_path / "mine.py").write_bytes("def sigmoid(x):\n    return x  # é\n".encode(encoding))
    text, right = diagnose_module(tmp_path / "mine.py")
    assert re.search(r"line 1 of mine\.py is not Python 3\.\d+: it is no text in UTF-8", " ".join(text.split()))
    assert not right
