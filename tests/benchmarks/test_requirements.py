"""benchmarks/__init__.py: all commands are listed; what one needs and has not ends it with a sentence, status 2."""

import re
import sys
from importlib import import_module
from pathlib import Path

import pytest

import benchmarks

GENSIM = "cannot import gensim, which is measured beside this library: pip install gensim"
TREEBANK = "./get_datasets.sh fetches it, or name its folder by --data"


@pytest.mark.parametrize(
    ("name", "line", "message"),
    [
        ("course_run", "--data nowhere", f"the treebank is not in 'nowhere': {TREEBANK}"),
        ("course_run", "", f"the treebank is not where get_datasets.sh puts it: {TREEBANK}"),
        ("documents_distance", "nowhere", "there is no file 'nowhere': expected a plain text file"),
        ("documents_distance", __file__, f"no/python {GENSIM}"),
        ("documents", "nowhere", f"the treebank is not in 'nowhere': {TREEBANK}"),
        ("encoding", "nowhere", "there is no file 'nowhere': expected a plain text file"),
        ("encoding", f"{__file__} --peer no/python", f"no/python {GENSIM}"),
        ("evaluation", "nowhere", "there is no file 'nowhere': expected a plain text file"),
        ("evaluation", "x --vectors nowhere", "there is no file 'nowhere': expected an .npz file"),
        ("evaluation", __file__, f"no/python {GENSIM}"),
        ("loading", "--peer no/python", f"no/python {GENSIM}"),
        ("page", "nowhere", "there is no file 'nowhere': expected a file of word vectors"),
        ("phrases", "nowhere", "there is no file 'nowhere': expected a plain text file"),
        ("phrases", __file__, f"no/python {GENSIM}"),
        ("index", "nowhere", "there is no file 'nowhere': expected a file of word vectors"),
        ("index", __file__, f"no/python {GENSIM}"),
        ("queries", "", f"no/python {GENSIM}"),
        ("roofline", "nowhere", "there is no file 'nowhere': expected a plain text file, one paragraph a line"),
        ("queries", "--vectors nowhere", "there is no file 'nowhere': expected a file of word vectors"),
        ("throughput", "nowhere", "there is no file 'nowhere': expected a plain text file, one paragraph a line"),
        ("throughput", __file__, f"no/python {GENSIM}"),
        (
            "throughput",
            f"{__file__} --only compiled --word2vec-c no",
            "there is no file 'no': expected the original progr",
        ),
    ],
)
def test_what_is_missing_is_one_sentence(monkeypatch, tmp_path, capsys, name, line, message):
    benchmark = import_module(f"benchmarks.{name}")
    monkeypatch.chdir(tmp_path)
    for place in ("TREEBANK", "COURSE_FOLDER"):
        monkeypatch.setattr(f"word2vec.course.treebank_files.{place}", tmp_path / "nowhere")
    monkeypatch.setattr(sys, "executable", "no/python")
    monkeypatch.setattr(sys, "argv", [f"{name}.py", *line.split()])
    with pytest.raises(SystemExit) as stop:
        benchmark.main()
    assert stop.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"{name}.py: {message}")
    assert err.count("\n") == 1


QUESTIONS = re.findall(r"^    (\w+) +[A-Z].*\?$", benchmarks.__doc__, re.MULTILINE)


@pytest.mark.slow
@pytest.mark.parametrize("name", QUESTIONS)
def test_a_command_that_answers_a_question_starts(monkeypatch, capsys, name):
    monkeypatch.setattr(sys, "argv", [name, "--help"])
    with pytest.raises(SystemExit, match="0"):
        import_module(f"benchmarks.{name}").main()
    assert capsys.readouterr().out.startswith(f"usage: {name}")


def test_each_command_answers_a_question():
    modules = {path.stem for path in Path(benchmarks.__file__).parent.glob("*.py")}
    assert {*QUESTIONS} == modules - {"__init__", "pairs", "scores", "trainings"}


def test_what_is_there_is_no_obstacle(tmp_path):
    from argparse import ArgumentParser

    from benchmarks import require_file, require_treebank

    assert require_file(ArgumentParser(), __file__, "this file") is None
    assert require_treebank(ArgumentParser(), tmp_path) is None
