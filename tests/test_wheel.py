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

    def run(*command, status=0):
        environment = os.environ | {"PYTHONPATH": str(site)}
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
        assert "word2vec = word2vec.__main__:main" in archive.read(entry_points).decode().splitlines()
    assert {name.split("/")[0] for name in names} == {"word2vec", entry_points.split("/")[0]}
    source = {path.relative_to(ROOT).as_posix() for path in (ROOT / "word2vec").rglob("*.py")}
    data = {"word2vec/py.typed", "word2vec/plotting/page.html"}
    data |= {path.relative_to(ROOT).as_posix() for path in (ROOT / "word2vec/course/sample").iterdir()}
    assert len(data) > 5
    assert {name for name in names if name.startswith("word2vec/")} == source | data


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
    assert "wrong" in beside(beside.script, "diagnose", "word2vec.py", status=1), "a student's file has that name"


def test_the_sample_is_trained_on_where_there_is_no_treebank(beside):
    out = beside(beside.script, "sentiment", "--iterations", "10", "--dim", "4", "--epochs", "1", "--out", "out")
    assert "majority" in out
