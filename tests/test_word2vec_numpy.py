"""The library under its second name, in a folder that holds a word2vec.py of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import word2vec

ROOT = Path(word2vec.__file__).resolve().parents[1]


@pytest.fixture
def python(tmp_path):
    """Run Python in a folder whose word2vec.py is not the library."""
    (tmp_path / "word2vec.py").write_text("print('the student')\nsigmoid = 'mine'\n")

    def run(*arguments):
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)

    return run


def test_both_can_be_imported(python):
    done = python(
        "-c", "import word2vec, word2vec_numpy as w; print(word2vec.sigmoid, w.sigmoid(0.0), w.__version__)"
    )
    assert done.stdout == f"the student\nmine 0.5 {word2vec.__version__}\n", done.stderr


def test_each_module_has_its_own_name_and_no_other_is_loaded(python):
    code = (
        "import sys; from word2vec_numpy import WordVectors; from word2vec_numpy.gradcheck import check_gradient\n"
        "import word2vec_numpy.__main__, word2vec_numpy.documents, word2vec_numpy.evaluation\n"
        "import word2vec_numpy.plotting.outputs\n"
        "print(check_gradient.__module__, WordVectors.__module__, 'word2vec' in sys.modules)"
    )
    expected = "word2vec_numpy.gradcheck.check word2vec_numpy.vectors.word_vectors False\n"
    assert python("-c", code).stdout == expected


@pytest.fixture(params=["package", pytest.param("folder", marks=pytest.mark.slow)])
def assignment(python, tmp_path, request):
    """The assignment's folder: word2vec.py and utils/, which has an __init__.py or not."""
    (tmp_path / "utils").mkdir()
    if request.param == "package":
        (tmp_path / "utils" / "__init__.py").touch()
    (tmp_path / "utils" / "gradcheck.py").write_text("def gradcheck_naive(f, x, text): return 'theirs'\n")
    softmax = "def softmax(x): return np.exp(x) / np.exp(x).sum()\n"
    (tmp_path / "utils" / "utils.py").write_text(f"import numpy as np\ndef normalizeRows(x): return x\n{softmax}")
    (tmp_path / "word2vec.py").write_text(
        "import numpy as np\nfrom utils.gradcheck import gradcheck_naive\n"
        "from utils.utils import normalizeRows, softmax\n"
        "def sigmoid(x): return 1 / (1 + np.exp(-x))\n"
        "def getNegativeSamples(o, dataset, K): return []\n"
    )
    return python


def test_the_assignment_is_diagnosed_in_its_folder(assignment):
    done = assignment("-m", "word2vec_numpy", "diagnose", "word2vec.py")
    assert done.returncode == 1, done.stderr
    lines = done.stdout.splitlines()
    assert lines[:2] == ["word2vec.py", "  sigmoid                      right"]
    assert lines[-1] == "1 wrong, 1 right. Begin with getNegativeSamples; the others may depend on it."
    assert "softmax" not in done.stdout, "that of utils is the course's"


def test_the_library_is_imported_in_the_assignments_folder_beside_the_students_files(assignment):
    code = (
        "from word2vec_numpy.gradcheck import check_gradient; from word2vec_numpy import WordVectors\n"
        "import numpy as np, word2vec, word2vec_numpy.course\n"
        "print(check_gradient(lambda x: (x @ x, 2 * x), np.ones(2)).passed, word2vec.gradcheck_naive(0, 0, ''))\n"
        "print(word2vec.sigmoid(0.0), hasattr(word2vec, 'WordVectors'))"
    )
    done = assignment("-c", code)
    assert done.stdout == "True theirs\n0.5 False\n", done.stderr


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder that holds what the wheel installs: the two packages, without utils."""
    folder = tmp_path_factory.mktemp("site")
    for name in ("word2vec", "word2vec_numpy"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


FILE = """import numpy as np
from utils.gradcheck import gradcheck_naive
from utils.utils import normalizeRows, softmax
def sigmoid(x): return 0.5 + 0.5 * np.tanh(x / 2) if gradcheck_naive and normalizeRows and softmax else None
"""


@pytest.mark.parametrize(
    "utils",
    [
        ["utils.py"],
        *(
            pytest.param(files, marks=pytest.mark.slow)
            for files in ([], ["gradcheck.py"], ["utils.py", "__init__.py"], ["__init__.py"])
        ),
    ],
)
def test_whatever_lies_beside_the_file_where_the_library_is_installed(tmp_path, site, utils):
    """No utils at all, or some of its files, with and without an __init__.py."""
    for name in utils:
        (tmp_path / "utils").mkdir(exist_ok=True)
        (tmp_path / "utils" / name).write_text("normalizeRows = softmax = gradcheck_naive = len\n")
    (tmp_path / "word2vec.py").write_text(FILE)
    environment = {**os.environ, "PYTHONPATH": str(site)}
    code = "from word2vec_numpy.gradcheck import check_gradient; from word2vec_numpy import WordVectors; "
    code += "from word2vec_numpy.__main__ import main; main(['diagnose', 'word2vec.py', 'sigmoid'])"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["word2vec.py", "  sigmoid  right", "All that is there is right."], done.stderr


@pytest.mark.parametrize("utils", [[], ["utils.py"]])
def test_utils_of_a_clone_do_not_need_the_name_that_the_students_file_has(python, tmp_path, utils):
    for name in utils:
        (tmp_path / "utils").mkdir()
        (tmp_path / "utils" / name).write_text("normalizeRows = softmax = len\n")
    (tmp_path / "word2vec.py").write_text(FILE)
    code = "import word2vec, utils.utils, utils.glove; print(word2vec.sigmoid(0.0), utils.utils.softmax.__module__)"
    done = python("-c", code)
    assert done.stdout == f"0.5 {'builtins' if utils else 'word2vec_numpy.functions'}\n", done.stderr


def test_the_command_runs(python):
    done = python("-m", "word2vec_numpy", "diagnose", "14.3019")
    assert (done.returncode, "Python 2's negatives" in done.stdout, "student" in done.stdout) == (0, True, False)


def test_the_log_is_printed(python, tmp_path):
    (tmp_path / "text").write_text("black coffee with milk\n" * 100)
    line = "from word2vec_numpy.plotting import outputs; outputs.plot_words = outputs.plot_loss = print\n"
    line += "from word2vec_numpy.__main__ import main\n"
    line += "main('train text --min-count 1 --dim 4 --sample 0 --epochs 1'.split())"
    done = python("-c", line)
    assert "400 words, 4 different ones" in done.stdout, done.stderr


def test_errors_name_the_commands_options(python):
    done = python("-m", "word2vec_numpy", "train", "word2vec.py", "--min-count", "0")
    assert done.stderr == "word2vec train: --min-count is 0: expected at least 1\n"


def test_warnings_are_printed(python, tmp_path):
    (tmp_path / "v.txt").write_text("tea 1 0\ntea 0 1\nrain 1 1\n")
    done = python("-m", "word2vec_numpy", "similar", "v.txt", "tea", "--errors", "skip")
    assert (done.stdout, done.stderr.startswith("word2vec similar: v.txt: left out 1 rep")) == (
        "  0.7071  rain\n",
        True,
    )
