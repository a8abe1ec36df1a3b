"""The wheel: what it installs, and that it works elsewhere, beside files with the names of ours and the course's."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import word2vec

pytestmark = pytest.mark.slow

ROOT = Path(word2vec.__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel of a copy of the source, because a build leaves folders behind."""
    folder = tmp_path_factory.mktemp("wheel")
    ignored = shutil.ignore_patterns(".git", "build", "*.egg-info", ".*cache", ".hypothesis")
    shutil.copytree(ROOT, folder / "source", ignore=ignored)
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--wheel-dir", folder, folder / "source"]
    subprocess.run(pip, check=True)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def site(wheel, tmp_path_factory):
    """A folder in which the wheel is installed."""
    folder = tmp_path_factory.mktemp("site")
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", folder, wheel], check=True)
    return folder


@pytest.fixture
def beside(site, tmp_path):
    """Run a command in a folder with decoys, where only the installed library can be imported; return its output."""
    (tmp_path / "utils.py").write_text("raise ImportError('the decoy utils.py was imported')\n")
    (tmp_path / "word2vec.py").write_text("def sigmoid(x):\n    return x\n")

    def run(*command, status=0, path=site):
        environment = os.environ | {"PYTHONPATH": str(path)}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    run.folder = tmp_path
    run.script = str(next((site / "bin").glob("word2vec*")))
    return run


def test_it_holds_the_library_and_its_data_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (entry_points,) = (name for name in names if name.endswith(".dist-info/entry_points.txt"))
        assert "word2vec = word2vec_numpy.__main__:main" in archive.read(entry_points).decode().splitlines()
    assert {name.split("/")[0] for name in names} == {"word2vec", "word2vec_numpy", entry_points.split("/")[0]}
    source = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("word2vec*/**/*.py")}
    data = {"word2vec/py.typed", "word2vec/plotting/page.html"}
    data |= {path.relative_to(ROOT).as_posix() for path in (ROOT / "word2vec/course/sample").iterdir()}
    assert len(data) > 5
    assert {name for name in names if not name.startswith(entry_points.split("/")[0])} == source | data


def test_the_library_is_imported_from_the_wheel(beside, site):
    code = (
        "import sys; sys.path.remove(''); import numpy as np, word2vec; from word2vec.plotting import write_page; "
        "write_page(word2vec.WordVectors(['a', 'b'], np.eye(2)), 'page.html'); print(word2vec.__file__)"
    )
    assert beside(sys.executable, "-c", code).strip() == str(site / "word2vec" / "__init__.py")
    assert '"words":["a","b"]' in (beside.folder / "page.html").read_text().replace(" ", "")


def test_the_console_script_works_beside_decoys(beside):
    (beside.folder / "text.txt").write_text("black coffee and green tea\n" * 50)
    line = ("train", "text.txt", "--dim", "4", "--epochs", "1", "--out", "out", "--words", "tea,coffee", "--quiet")
    assert beside(beside.script, *line) == ""
    assert len(beside(beside.script, "similar", "out/word_vectors.txt", "tea").splitlines()) == 4


def test_its_plugin_of_pytest_is_there_and_in_nobodys_way(beside):
    (beside.folder / "test_mine.py").write_text(
        "import sys\nloaded = set(sys.modules)\nimport pytest\nfrom word2vec import sigmoid\n"
        "def test_it():\n    assert sigmoid(3) == 3 and 'numpy' not in loaded\n"
        "@pytest.mark.good_points(K=7)\ndef test_point(point):\n    assert point.negatives.shape[1] == 7\n"
    )
    printed = beside(
        sys.executable, "-m", "pytest", "-v", "--strict-markers", "-W", "error", "-p", "no:hypothesispytest"
    )
    assert "test_point[collisions] PASSED" in printed


def test_where_the_treebank_is_missing_a_command_that_is_there_is_named(beside):
    """The wheel holds neither get_datasets.sh nor utils."""
    code = (
        "import sys; sys.path.remove(''); from word2vec_numpy.course.treebank import StanfordSentiment\n"
        "try:\n    StanfordSentiment()\nexcept FileNotFoundError as error:\n    print(error)"
    )
    assert ": word2vec download fetches the treebank, or name its" in beside(sys.executable, "-c", code)


@pytest.mark.parametrize("package", [True, False])
@pytest.mark.parametrize("here", ["", os.pathsep], ids=["", "this folder on PYTHONPATH"])
def test_the_assignment_is_diagnosed_in_its_folder(beside, site, package, here):
    """The student's word2vec.py and utils/, which has an __init__.py or not, are first on the path."""
    (beside.folder / "utils.py").unlink()
    (beside.folder / "utils").mkdir()
    if package:
        (beside.folder / "utils" / "__init__.py").touch()
    (beside.folder / "utils" / "gradcheck.py").write_text("def gradcheck_naive(f, x, text): return 'theirs'\n")
    (beside.folder / "word2vec.py").write_text(
        "from utils.gradcheck import gradcheck_naive\ndef sigmoid(x):\n    return gradcheck_naive and x\n"
    )
    for command in ([beside.script], [sys.executable, "-m", "word2vec_numpy"]):
        report = beside(*command, "diagnose", "word2vec.py", status=1, path=here + str(site))
        assert "sigmoid                      wrong" in report
        assert "stops with" not in report
    code = "import numpy as np, word2vec; from word2vec_numpy.gradcheck import check_gradient as check; "
    code += "print(check(lambda x: (x @ x, 2 * x), np.ones(2)).passed, word2vec.gradcheck_naive(0, 0, 0))"
    assert beside(sys.executable, "-c", code) == "True theirs\n"


def test_the_courses_utils_are_lent_to_a_lone_file(beside):
    (beside.folder / "utils.py").unlink()
    (beside.folder / "word2vec.py").write_text(
        "from utils.utils import normalizeRows, softmax\nfrom utils.gradcheck import gradcheck_naive\n"
    )
    assert "softmax        " in beside(beside.script, "diagnose", "word2vec.py")


def test_the_sample_is_trained_on_where_there_is_no_treebank(beside):
    out = beside(beside.script, "sentiment", "--iterations", "10", "--dim", "4", "--epochs", "1", "--out", "out")
    assert "majority" in out
