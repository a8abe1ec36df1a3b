"""docs/start.md and docs/guides: each block runs, in order; the tables of names are complete."""

import doctest
import os
import random
import re
import shutil
import subprocess
import sys
from inspect import signature
from pathlib import Path

import numpy as np
import pytest

from word2vec import WordVectors, train
from word2vec.__main__ import _parser
from word2vec.course import naiveSoftmaxLossAndGradient, skipgram, word2vec_sgd_wrapper
from word2vec.functions import normalize_rows
from word2vec.training.settings import OTHER_NAMES
from word2vec.vectors.gensim_names import ATTRIBUTES

ROOT = Path(__file__).resolve().parents[2]
START = ROOT / "docs" / "start.md"
GUIDES = sorted(path for path in (ROOT / "docs" / "guides").glob("*.md") if path.stem != "index")
NAMES = (ROOT / "docs" / "guides" / "from-gensim.md").read_text(encoding="utf-8")
ASSIGNMENT = (ROOT / "docs" / "guides" / "assignment.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(python|sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def table(heading):
    """Read the table below a heading: the names of its first column → the cells of the second."""
    section = NAMES.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.+?) \| (.+?) \| (?:(.+?) )?\|$", section, re.MULTILINE)
    return {name: here for names, here, _ in rows for name in re.findall(r"`([^`]+)`", names)}


def public(kind):
    return {name for name in dir(kind) if not name.startswith("_")}


def test_every_argument_of_gensims_word2vec_is_named():
    models = pytest.importorskip("gensim.models")
    arguments = [*signature(models.Word2Vec.__init__).parameters][1:]
    assert [*table("`Word2Vec(…)`: every argument")] == arguments


def test_every_method_of_gensims_vectors_and_models_is_named():
    models = pytest.importorskip("gensim.models")
    assert {*table("`KeyedVectors`: every method")} == public(models.KeyedVectors)
    assert {*table("`Word2Vec`: methods")} == public(models.Word2Vec)


@pytest.mark.parametrize("heading", re.findall(r"^## (`?[Ww]ord2.*|`Keyed.*|fastText)$", NAMES, re.MULTILINE))
def test_what_stands_for_a_name_is_there(heading):
    vectors, found = WordVectors(["tea"], [[1.0]], counts=np.array([3])), table(heading)
    commands = next(action.choices for action in _parser()._actions if "train" in (action.choices or ()))
    options = {*commands["train"]._option_string_actions}
    assert len(found) > 14
    for name, here in found.items():
        assert here
        for attribute in re.findall(r"\bvectors\.(?!npz|bin)(\w+)", here):
            assert hasattr(vectors, attribute), (name, here)
        assert {*re.findall(r"`(--[\w-]+)`", here)} <= options, (name, here)


def test_the_page_and_the_messages_agree_on_what_is_there():
    arguments = table("`Word2Vec(…)`: every argument")
    assert {name for name in arguments if name not in OTHER_NAMES} <= {*signature(train).parameters}
    for name in arguments.keys() & OTHER_NAMES.keys():
        called = re.match(r"it is called (\w+)", OTHER_NAMES[name])
        assert called is None or called[1] in arguments[name], name
    methods = table("`KeyedVectors`: every method")
    assert {name for name in methods if name not in ATTRIBUTES and not hasattr(WordVectors, name)} == {
        *("add_lifecycle_event", "allocate_vecattrs", "log_accuracy", "log_evaluate_word_pairs"),
        "sort_by_descending_frequency",
    }


def test_the_index_names_every_guide():
    index = (ROOT / "docs" / "guides" / "index.md").read_text(encoding="utf-8")
    for guide in GUIDES:
        assert f"]({guide.name})" in index
        assert f" <{guide.stem}>" in index


def pattern(line):
    """Return the expression that a line of a ```text block stands for: … is whatever is there."""
    return ".*".join(map(re.escape, line.split("…")))


@pytest.mark.slow  # a reader's half minute a page
@pytest.mark.skipif(
    os.name == "nt" or shutil.which("bash") is None, reason="the pages' commands are of a POSIX shell"
)
@pytest.mark.parametrize("page", [START, *GUIDES], ids=lambda page: page.stem)
def test_a_reader_who_runs_every_block_sees_what_the_page_shows(page, tmp_path):
    folder, programs = tmp_path / "here", tmp_path / "bin"
    programs.mkdir()
    for name, command in {
        "python": f'exec "{sys.executable}" "$@"',
        "word2vec": f'exec "{sys.executable}" -m word2vec_numpy "$@"',
        "pip": "exit 0",  # .ci/run installs
    }.items():
        (programs / name).write_text(f"#!/bin/sh\n{command}\n")
        (programs / name).chmod(0o755)
    folder.mkdir()
    if page == START:  # it stands in a clone
        for part in ("word2vec", "word2vec_numpy", "utils"):
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("datasets", "__pycache__"))
        for name in ("run.py", "get_datasets.sh"):
            shutil.copy(ROOT / name, folder)
    elif page.stem == "assignment":
        (folder / "utils").mkdir()  # the hand-out's
    output = ""
    environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    for kind, text in BLOCK.findall(page.read_text(encoding="utf-8")):
        if kind == "text":
            lines = [pattern(line) for line in text.splitlines() if line.strip("…")]
            assert not output or re.search("(.*\n)*?".join(f"{line}\n" for line in lines), output), output
            continue
        text = text.replace("python -m venv .venv && . .venv/bin/activate", "true")
        if kind == "python":
            examples = doctest.DocTestParser().get_examples(text)
            with (folder / "session.py").open("a") as session:
                session.writelines(f"{example.source}" for example in examples if not example.exc_msg)
            continue
        if (folder / "session.py").is_file():
            text = f'"{sys.executable}" session.py > /dev/null && rm session.py\n{text}'
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text],
            **{"cwd": folder, "env": environment, "text": True, "check": False},
            **{"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT},
        )
        assert done.returncode == 0, done.stdout
        output = done.stdout


@pytest.mark.parametrize(
    ("randint", "expected"),
    [(random.randint, "1254.567"), (lambda a, b: a + int(random.random() * (b - a + 1)), "1697.374")],
)
def test_the_numerical_gradient_of_a_check_without_setstate(randint, expected, monkeypatch):
    class Dataset:
        def getRandomContext(self, C):
            return "abcde"[randint(0, 4)], ["abcde"[randint(0, 4)] for _ in range(2 * C)]

    def loss(x):
        ids = dict(zip("abcde", range(5), strict=True))
        return word2vec_sgd_wrapper(skipgram, ids, x, Dataset(), 5, naiveSoftmaxLossAndGradient)[0]

    monkeypatch.setattr(random, "randint", randint)
    random.seed(31415)
    np.random.seed(9265)
    x, h = normalize_rows(np.random.randn(10, 3)), 1e-4
    loss(x)
    x[0, 0] += h
    above = loss(x)
    x[0, 0] -= 2 * h
    assert f"{(above - loss(x)) / (2 * h):.3f}" == expected
    assert expected in ASSIGNMENT
