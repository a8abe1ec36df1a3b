"""The command line `python -m word2vec`."""

import argparse
import csv
import gzip
import hashlib
import os
import re
import signal
import subprocess
import sys
import tomllib
import zipfile
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import numpy as np
import pytest

import run
import word2vec
from word2vec import __main__ as command_line
from word2vec.__main__ import main
from word2vec.course.download import REQUIRED_FILES
from word2vec.plotting import outputs
from word2vec.plotting.outputs import MODEL, OUTPUTS
from word2vec.runtime.console import _Once, reason
from word2vec.runtime.engine import ClusterError
from word2vec.runtime.interrupts import begin_command
from word2vec.text import MIN_COUNT, VocabularyOptions
from word2vec.training import trainer
from word2vec.training.cost import Machine, plan
from word2vec.training.settings import CheckpointOptions, DescentOptions, NegativeSampling, Ngrams, SkipGram
from word2vec.vectors.model_file import load_model
from word2vec.vectors.word_vectors import WordVectors


def test_a_known_loss_is_explained(capsys):
    assert main(["diagnose", "14.3019"]) == 0
    assert "Python 2" in capsys.readouterr().out


def test_neither_a_number_nor_a_file(capsys):
    assert main(["diagnose", "no_such_solution.py"]) == 1
    assert "no_such_solution.py" in capsys.readouterr().err


def test_a_wrong_module_gives_status_1(tmp_path, capsys):
    module = tmp_path / "solution.py"
    module.write_text("def sigmoid(x):\n    return x\n", encoding="utf-8")
    assert main(["diagnose", str(module)]) == 1
    assert "sigmoid" in capsys.readouterr().out


@pytest.fixture
def vectors_file(tmp_path):
    rows = ["king 2 1", "queen 2 3", "man 1 0", "woman 1 2", "tea -1 -3"]
    (tmp_path / "vectors.txt").write_text("\n".join(["5 2", *rows]) + "\n", encoding="utf-8")
    return str(tmp_path / "vectors.txt")


def test_similar_words_and_analogies(vectors_file, capsys):
    assert main(["similar", vectors_file, "king", "--top-n", "2"]) == 0
    assert capsys.readouterr().out == "  0.8944  man\n  0.8682  queen\n"
    assert main(["similar", vectors_file, "king", "woman", "--minus", "man"]) == 0
    assert capsys.readouterr().out.split()[1::2] == ["queen", "tea"]
    assert main(["similar", vectors_file, "king", "--restrict", "2"]) == 0
    assert capsys.readouterr().out.split()[1::2] == ["queen"]
    assert main(["similar", vectors_file, "king", "--restrict", "1"]) == 0
    assert capsys.readouterr() == ("", "there are no other words\n")
    assert main(["similar", vectors_file, "king", "woman", "--minus", "man", "--method", "mul"]) == 0
    assert [f"{s:.4f}" for s in mul_by_hand()] == capsys.readouterr().out.split()[::2]


def test_a_closed_standard_output_is_no_obstacle(vectors_file, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdout", None)  # as python begins with >&-
    assert main(["similar", vectors_file, "king"]) == 0
    assert main(["convert", vectors_file, str(tmp_path / "v.npz")]) == 0
    assert (tmp_path / "v.npz").is_file()
    assert main(["similar", vectors_file, "emperor"]) == 1
    assert "no vector for 'emperor'" in capsys.readouterr().err


def mul_by_hand():
    rows = {"king": (2, 1), "queen": (2, 3), "man": (1, 0), "woman": (1, 2), "tea": (-1, -3)}
    half = {
        a: {b: (1 + np.dot(u, v) / np.hypot(*u) / np.hypot(*v)) / 2 for b, v in rows.items()} for a, u in rows.items()
    }
    score = {w: half["king"][w] * half["woman"][w] / (half["man"][w] + 1e-6) for w in ("queen", "tea")}
    return sorted(score.values(), reverse=True)


def test_similar_says_what_is_wrong(vectors_file, capsys):
    for line, message in (
        (["quen"], "word2vec similar: no vector for 'quen' among 5 words; did you mean queen?"),
        (["king", "--minus", "mann"], "did you mean man"),
        (["king", "--top", "0"], "--top is 0: expected at least 1"),
        (["king", "--restrict", "0"], "restrict is 0: expected at least 1"),
    ):
        assert main(["similar", vectors_file, *line]) == 1
        assert message in capsys.readouterr().err
    assert main(["similar", vectors_file + "x", "king"]) == 1
    assert "vectors.txtx" in capsys.readouterr().err


def test_similar_with_bad_rows_and_with_words_that_begin_with_a_dash(tmp_path, capsys):
    path = tmp_path / "v.txt"
    path.write_text("-lrb- 1 0\n-rrb- 1 0.1\ntea 0 1\ntea 1 1\n")
    assert main(["similar", str(path), "tea"]) == 1
    assert "keep the first by --errors skip" in capsys.readouterr().err
    options = ["similar", str(path), "--errors", "skip", "--minus=-rrb-", "--minus=tea"]
    assert main([*options, "--", "-lrb-"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"word2vec similar: {path}: left out 1 repeated words; the first: line 4")
    assert err.endswith("\nthere are no other words\n")
    assert main(["similar", str(path), "--errors", "skip", "--top", "1", "--", "-lrb-"]) == 0
    assert capsys.readouterr().out.split() == ["0.9950", "-rrb-"]


def test_a_plan_is_printed(capsys, monkeypatch):
    monkeypatch.setattr("word2vec.training.cost.measure_machine", lambda *_: Machine(1e6, 1e9, 5e8, 1e9))
    line = ["plan", "--words", "1e9", "--vocabulary", "1e5", "--workers", "8", "--network", "1GbE"]
    assert main(line) == 0
    assert (
        capsys.readouterr().out
        == f"{plan(1e9, 1e5, workers=8, network='1GbE', machine=Machine(1e6, 1e9, 5e8, 1e9))}\n"
    )
    assert main(["plan", "--words", "x", *line[3:]]) == 1
    assert "--words is x: expected a number" in capsys.readouterr().err


def test_an_index_is_written_beside_its_vectors_and_measured(vectors_file, tmp_path, capsys):
    assert main(["index", vectors_file, "--sample", "9"]) == 0
    assert capsys.readouterr().out == f"{vectors_file}.index: 5 words, recall@10 1.0000 for 5 of them\n"
    (one := tmp_path / "one.vec").write_text("1 2\ntea 1 2\n")
    assert main(["index", str(one)]) == 0
    assert capsys.readouterr().out == f"{one}.index: 1 words, recall@10 not measured\n"
    vectors = WordVectors.load(vectors_file)
    assert vectors.index(file=f"{vectors_file}.index").most_similar("king") == vectors.most_similar("king")
    assert main(["index", vectors_file, "--out", str(tmp_path / "o"), "--seed", "3"]) == 0
    assert (tmp_path / "o").read_bytes() == Path(f"{vectors_file}.index").read_bytes()


def test_an_index_says_what_is_wrong(vectors_file, capsys, monkeypatch):
    for line, message in (
        ([vectors_file, "--sample", "0"], "--sample is 0: expected at least 1"),
        ([vectors_file, "--seed", "-1"], "--seed is -1: expected at least 0"),
        (["-"], "vectors from standard input have no name: expected --out FILE for the index"),
    ):
        assert main(["index", *line]) == 1
        assert message in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "usearch.index", None)
    assert main(["index", vectors_file]) == 1
    assert "word2vec index: an approximate index needs usearch, which is not installed" in capsys.readouterr().err


@pytest.mark.usefixtures("blank_pictures")
def test_training_continues_from_given_vectors(tmp_path):
    (tmp_path / "text.txt").write_text("a b c d\n" * 200)
    WordVectors(["z"], np.ones((1, 4))).save(tmp_path / "start.txt")
    line = ["train", str(tmp_path / "text.txt"), "--dim", "4", "--learning-rate", "0.05", "--set", "end_rate=0"]
    assert main([*line, "--start-from", str(tmp_path / "start.txt"), "--out", str(tmp_path), "--quiet"]) == 0
    assert WordVectors.load(tmp_path / "word_vectors.txt")["z"].tolist() == [1, 1, 1, 1]


def test_version(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"word2vec-numpy {word2vec.__version__}\n"


def test_help_and_a_missing_command(capsys):
    with pytest.raises(SystemExit) as stop:
        main([])
    assert stop.value.code == 2
    assert "COMMAND" in capsys.readouterr().err


def test_as_a_module():
    done = subprocess.run([sys.executable, "-m", "word2vec", "diagnose", "16.1512"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "right" in done.stdout.lower()


@pytest.mark.skipif(sys.platform == "win32", reason="no such shell on Windows")
@pytest.mark.parametrize("arguments", ["diagnose 14.3019", "--help"])
def test_a_reader_that_goes_away_gets_no_traceback(arguments):
    line = f"{sys.executable} -m word2vec {arguments} 2>&3 | true"
    done = subprocess.run(["sh", "-c", f"exec 3>&2; {line}"], capture_output=True, text=True)
    assert "Error" not in done.stderr.replace("error: the following", "")
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
def test_a_result_that_a_full_disk_swallows_is_an_error():
    line = f"{sys.executable} -m word2vec diagnose 14.3019 > /dev/full"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == "word2vec diagnose: the result could not be printed: No space left on device\n"


def test_with_standard_error_closed_the_usage_is_not_among_the_results(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stderr", None)
    with pytest.raises(SystemExit, match="2"):
        main(["convert"])
    assert capsys.readouterr().out == ""


# the command line as a whole


def commands():
    """The parser's list of subcommands."""
    (action,) = (each for each in command_line._parser()._actions if each.dest == "command")
    return action


def subcommands():
    """Each subcommand by its name."""
    return commands().choices


def test_the_main_help_lists_every_command_with_a_line_about_it(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    assert "130 after Ctrl-C" in " ".join(text.split())
    assert "\n    checkpoint  look into checkpoints\n" in text  # on one line
    listed = {each.metavar: each.help for each in commands()._choices_actions}
    expected = {
        "train",
        "plan",
        "phrases",
        "similar",
        "index",
        "evaluate",
        "convert",
        "sentiment",
        "diagnose",
        "checkpoint",
        "download",
    }
    assert expected == set(subcommands()) == set(listed)
    assert all(about and about in " ".join(text.split()) for about in listed.values())


@pytest.mark.parametrize("name", sorted(subcommands()))
def test_every_command_describes_itself(name, capsys):
    with pytest.raises(SystemExit) as stop:
        main([name, "--help"])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    assert text.startswith(f"usage: word2vec {name}")
    assert len(subcommands()[name].description) > 20
    assert max(map(len, text.splitlines())) <= 140


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (MemoryError(), 1, "MemoryError: there is not enough memory"),
        (MemoryError("17 GB are needed: fewer words"), 1, "17 GB are needed: fewer words"),
        (ValueError("the file is empty: name another"), 1, "the file is empty: name another"),
        (FloatingPointError("not finite"), 1, "not finite"),
        (FileNotFoundError(2, "no such file", "x.txt"), 1, "x.txt: no such file"),
    ],
)
def test_what_goes_wrong_is_one_line_and_a_status(monkeypatch, capsys, error, status, message):
    def fail(what, functions, speed):
        raise error

    monkeypatch.setattr(command_line, "diagnose", fail)
    assert main(["diagnose", "x"]) == status
    captured = capsys.readouterr()
    assert captured.err == f"word2vec diagnose: {message}\n"
    assert captured.out == ""


@pytest.mark.parametrize("start", [["-m", "word2vec", "train", "x"], ["run.py"], ["word2vec"]])
def test_ctrl_c_while_modules_are_imported_ends_in_one_line(start, tmp_path):
    (tmp_path / "numpy.py").write_text("import signal; signal.raise_signal(signal.SIGINT)", encoding="utf-8")
    (tmp_path / "word2vec").write_text("from word2vec_numpy.__main__ import main\n", encoding="utf-8")  # as pip does
    root = Path(run.__file__).parent
    places = {"run.py": root / "run.py", "word2vec": tmp_path / "word2vec"}
    line = [sys.executable, *([str(places[start[0]])] if start[0] in places else start)]
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{root}"}
    done = subprocess.run(line, capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "word2vec: interrupted\n")


def test_a_command_that_runs_raises_at_ctrl_c_as_usual(monkeypatch, capsys):
    def press(what, functions, speed):
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(command_line, "diagnose", press)
    begin_command()
    assert main(["diagnose", "x"]) == 130
    assert capsys.readouterr().err == "word2vec diagnose: interrupted\n"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_two_different_lengths_of_ngrams_are_refused(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["train", "x", "--ngrams", "3", "6", "--ngrams", "2", "4"])
    assert stop.value.code == 2
    assert "--ngrams 3 6 and --ngrams 2 4 contradict each other" in capsys.readouterr().err
    assert main(["train", "x", "--ngrams", "3", "6", "--ngrams", "3", "6"]) == 1
    assert "there is no file 'x'" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--rate", "--learning-rate"])
def test_an_option_of_two_names_is_called_as_it_was_given(text, option, capsys):
    assert main(["train", str(text), option, "nan"]) == 1
    assert capsys.readouterr().err.startswith(f"word2vec train: {option} is nan: expected")


def test_a_reader_may_stop_reading_standard_output_but_not_a_pipe(monkeypatch, capsys):
    errors = [BrokenPipeError(32, "Broken pipe", name) for name in ("/dev/stdout", "pipe")]
    monkeypatch.setattr(command_line, "diagnose", Mock(side_effect=errors))
    assert [main(["diagnose", "x"]), main(["diagnose", "x"])] == [0, 1]
    assert capsys.readouterr().err == "word2vec diagnose: pipe: Broken pipe\n"


def test_a_bug_is_not_hidden(monkeypatch):
    def fail(what, functions, speed):
        raise KeyError("a slip of ours")

    monkeypatch.setattr(command_line, "diagnose", fail)
    with pytest.raises(KeyError):
        main(["diagnose", "x"])


def every_parser(parser=None):
    """The parser and those of all its subcommands."""
    parser = parser or command_line._parser()
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                yield from every_parser(each)


@pytest.mark.parametrize("parser", [*every_parser(), run.make_parser()], ids=lambda parser: parser.prog)
def test_no_option_drops_a_value_in_silence(parser):
    silent = (argparse._AppendAction, argparse._StoreTrueAction, argparse._HelpAction, argparse._VersionAction)
    for action in parser._actions:
        if action.option_strings:
            assert isinstance(action, (_Once, *silent)), action
            assert action.nargs != "+" or isinstance(action, argparse._ExtendAction), action


def test_files_given_one_by_one_are_all_used(vectors_file, tmp_path, capsys):
    for name in ("one", "two"):
        (tmp_path / name).write_text("king queen 5\nman woman 4\ntea king 1\n")
    pairs = [part for name in ("one", "two") for part in ("--pairs", str(tmp_path / name))]
    assert main(["evaluate", vectors_file, *pairs]) == 0
    out = capsys.readouterr().out
    assert [line.split(":")[0] for line in out.splitlines() if "Spearman" in line] == ["one", "two"]
    assert main(["evaluate", vectors_file, *pairs, "--seed", "-1"]) == 1
    assert capsys.readouterr() == ("", "word2vec evaluate: --seed is -1: expected at least 0\n")


@pytest.mark.parametrize(
    "line",
    [
        ["train", ""],
        ["train", "f", "--out", ""],
        ["train", "f", "--start-from", ""],
        ["similar", "", "king"],
        ["evaluate", ""],
        ["evaluate", "v", "--pairs", ""],
        ["evaluate", "v", "--analogies", "a", ""],
        ["convert", "", "v.bin"],
        ["convert", "v.bin", ""],
        ["sentiment", "--data", ""],
        ["sentiment", "--vectors", ""],
        ["diagnose", ""],
        ["checkpoint", "show", ""],
        ["checkpoint", "verify", ""],
    ],
)
def test_an_empty_name_of_a_file_is_refused(line, capsys):
    with pytest.raises(SystemExit) as stop:
        main(line)
    assert stop.value.code == 2
    assert "the name is empty: expected that of a file or folder" in capsys.readouterr().err


def test_a_file_whose_name_is_an_argument_of_python_keeps_it(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("min_count").write_text("1 2\nmin_count x y\n")
    assert main(["convert", "min_count", "v.bin"]) == 1
    err = capsys.readouterr().err
    assert err.startswith("word2vec convert: min_count, line 2: ")
    assert "--min" not in err


@pytest.mark.parametrize(
    "line", [["train", "f", "--out", "-"], ["index", "v", "--out", "-"], ["checkpoint", "show", "-"]]
)
def test_what_standard_input_and_output_are_not_for_is_said(line, capsys):
    with pytest.raises(SystemExit) as stop:
        main(line)
    assert stop.value.code == 2
    assert "- is no file or folder here: expected a name, ./- if it is that one\n" in capsys.readouterr().err


def test_a_closed_standard_output_is_no_further_error(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(SystemExit) as stop:
        main(["dance"])
    assert stop.value.code == 2
    assert "invalid choice: 'dance'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "command"),
    [("dance", ""), ("diagnose 14.3 --loud", " diagnose"), ("checkpoint show f --loud", " checkpoint show")],
)
def test_an_unknown_command_or_option_is_refused_with_the_usage_of_what_was_asked(line, command, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(line.split())
    error = capsys.readouterr().err
    assert error.startswith(f"usage: word2vec{command} [-h]")
    assert line.split()[-1] in error.splitlines()[-1]


def test_a_terminal_that_cannot_show_a_word_shows_its_code(tmp_path):
    (tmp_path / "v.txt").write_text("2 1\na 1\nb 2\n", encoding="utf-8")
    (tmp_path / "s.txt").write_text("naïve λ 1\nq r 2\n", encoding="utf-8")
    environment = os.environ | {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "PYTHONIOENCODING": ""}
    for arguments, status in ((["evaluate", "--help"], 0), (["evaluate", "v.txt", "--pairs", "s.txt", "λ.txt"], 1)):
        done = subprocess.run(
            [sys.executable, "-m", "word2vec", *arguments],
            capture_output=True,
            env=environment | path(),
            cwd=tmp_path,
        )
        assert done.returncode == status, done.stderr
        assert b"Traceback" not in done.stderr
        printed = done.stdout + done.stderr
        assert printed.isascii()
        assert b"\\u" in printed or b"\\x" in printed or b"\\udc" in printed


def path():
    """Where a process that runs elsewhere finds the package."""
    return {"PYTHONPATH": str(Path(command_line.__file__).parents[1])}


def test_the_console_script_is_this_function():
    text = (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["project"]["scripts"]["word2vec"] == "word2vec_numpy.__main__:main"


# convert

GOLDEN = Path(__file__).parent / "data" / "vectors"


def test_convert_writes_another_format(tmp_path, capsys):
    assert main(["convert", str(GOLDEN / "gensim.txt"), str(tmp_path / "v.bin")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'v.bin'}: 4 words, 3 dimensions, binary\n"
    assert (tmp_path / "v.bin").read_bytes() == (GOLDEN / "gensim.bin").read_bytes()
    assert main(["convert", str(tmp_path / "v.bin"), str(tmp_path / "v"), "--to", "glove", "--limit", "2"]) == 0
    expected = (GOLDEN / "gensim_no_header.txt").read_bytes().splitlines(keepends=True)[:2]
    assert (tmp_path / "v").read_bytes() == b"".join(expected)


@pytest.mark.parametrize("kind", ["binary", "text"])
def test_convert_reads_words_in_another_encoding(tmp_path, kind):
    source, target = tmp_path / "latin", tmp_path / "v.vec"
    numbers = {"binary": np.array([-0.1, 0.3], "<f4").tobytes(), "text": b"-0.1 0.3"}[kind]
    source.write_bytes(b"2 2\ncaf\xe9 %b\nth\xe9 %b\n" % (numbers, numbers))
    assert main(["convert", str(source), str(target), "--encoding", "latin-1"]) == 0
    assert target.read_text(encoding="utf-8") == "2 2\ncafé -0.1 0.3\nthé -0.1 0.3\n"


def test_convert_reads_no_array_without_words(tmp_path, capsys):
    np.save(tmp_path / "v.npy", np.eye(2))
    assert main(["convert", str(tmp_path / "v.npy"), str(tmp_path / "v.txt")]) == 1
    expected = "they are not in this file: expected another format, with words, such as .npz\n"
    assert capsys.readouterr().err.endswith(expected)


def test_convert_keeps_every_digit_from_text_to_text(tmp_path):
    text = b"1 2\nw 0.12345678901234566 -1e-300\n"
    (tmp_path / "a.txt").write_bytes(text)
    assert main(["convert", str(tmp_path / "a.txt"), str(tmp_path / "b.vec"), "--from", "text"]) == 0
    assert (tmp_path / "b.vec").read_bytes() == text
    assert main(["convert", str(tmp_path / "a.txt"), str(tmp_path / "b.npz"), "--dtype", "float64"]) == 0
    with np.load(tmp_path / "b.npz") as arrays:
        assert arrays["matrix"].tolist() == [[0.12345678901234566, -1e-300]]


def test_convert_stores_vectors_in_fewer_bytes(vectors_file, tmp_path, capsys):
    for dtype, kind in (("float16", np.float16), ("int8", np.float32)):
        assert main(["convert", vectors_file, str(tmp_path / "v.npz"), "--dtype", dtype]) == 0
        matrix = WordVectors.load(tmp_path / "v.npz").matrix
        assert matrix.dtype == kind
        assert np.allclose(matrix, WordVectors.load(vectors_file).matrix, atol=0.02)
    assert main(["convert", vectors_file, str(tmp_path / "v.txt"), "--dtype", "int8"]) == 1
    assert "is for .npz, text has its own: leave it out, or write .npz" in capsys.readouterr().err


def test_convert_says_what_is_wrong(tmp_path, capsys):
    (tmp_path / "a.txt").write_bytes(b"2 1\nw 1.0\nx nan\n")
    assert main(["convert", str(tmp_path / "a.txt"), str(tmp_path / "b.bin")]) == 1
    assert "word2vec convert: " in (error := capsys.readouterr().err)
    assert "a.txt, line 3: the vector of 'x' holds NaN" in error
    assert main(["convert", str(tmp_path / "a.txt"), str(tmp_path / "b.bin"), "--errors", "skip"]) == 0
    assert "left out 1 rows with NaN or infinity; the first: line 3" in capsys.readouterr().err


def test_vectors_are_not_replaced_by_what_is_made_of_them(vectors_file, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    vectors = Path("vectors.txt").read_bytes()
    for line, error in (
        (["convert", "vectors.txt", vectors_file, "--limit", "2"], f"TARGET is SOURCE, {vectors_file}"),
        (["index", vectors_file, "--out", "vectors.txt"], "the index is VECTORS, vectors.txt"),
    ):
        assert main(line) == 1
        assert f"word2vec {line[0]}: {error}, which would be lost: expected another file" in capsys.readouterr().err
        assert Path("vectors.txt").read_bytes() == vectors
    Path("metadata.tsv").write_bytes(vectors)
    assert main(["convert", "metadata.tsv", "vectors.tsv", "--from", "text"]) == 1
    assert "the file of TARGET's labels is SOURCE, metadata.tsv, which would be lost" in capsys.readouterr().err
    assert main(["convert", vectors_file, "vectors.tsv"]) == 0
    assert main(["convert", "vectors.tsv", "metadata.tsv", "--to", "text"]) == 1
    assert "TARGET is the file of SOURCE's labels, metadata.tsv" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="standard output has no name on Windows")
def test_vectors_go_to_standard_output(vectors_file, tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["convert", vectors_file, "-", "--to", "text", "--limit", "1"]) == 0
    assert capfd.readouterr() == ("1 2\nking 2.0 1.0\n", "/dev/stdout: 1 words, 2 dimensions, text\n")
    assert os.listdir() == ["vectors.txt"]


def test_commands_without_options_of_reading_advise_convert(text, tmp_path, capsys):
    (tmp_path / "numbered.txt").write_text("0 tea 1\n1 cup 3\n")
    (tmp_path / "bad.txt").write_text("tea 1 2\ncup 3\n")
    (tmp_path / "large.txt").write_text("tea 1e39 2\n")
    for line, fix in (
        (["similar", str(tmp_path / "numbered.txt"), "tea"], "words, pass word2vec convert --from=glove"),
        (["convert", str(tmp_path / "numbered.txt"), str(tmp_path / "v.bin")], "words, pass --from glove"),
        (["similar", str(tmp_path / "bad.txt"), "tea"], "by --errors skip"),
        (["train", str(text), "--start-from", str(tmp_path / "bad.txt"), "--out", str(tmp_path / "out")],
         "by word2vec convert --errors=skip"),
        (["similar", str(tmp_path / "large.txt"), "tea"],
         "larger numbers by word2vec convert --dtype=float64, or leave it out by --errors skip"),
    ):  # fmt: skip
        assert main(line) == 1
        assert capsys.readouterr().err.endswith(f"{fix}\n")


def test_convert_advises_what_helps(vectors_file, tmp_path, capsys):
    for target in (["v.csv"], ["v.npy"], ["v", "--to", "csv"], ["v"]):
        assert main(["convert", f"{vectors_file}.none", str(tmp_path / target[0]), *target[1:]]) == 1
        assert capsys.readouterr().err.endswith(
            "expected .txt, .vec, .bin (or these with .gz), .npz, .tsv, or --to FORMAT\n"
        )


# train


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    """A file of 30 words, each 100 times; do not write into it."""
    words = np.random.default_rng(1).permutation(np.repeat([f"word{i}" for i in range(28)] + ["a", "the"], 100))
    path = tmp_path_factory.mktemp("text") / "text.txt"
    path.write_text("\n".join(" ".join(line) for line in words.reshape(-1, 20)) + "\n")
    return path


def train(text, out, *more):
    return main(["train", str(text), "--out", str(out), "--dim", "8", "--epochs", "2", "--sample", "0", *more])


def test_train_writes_all_outputs(text, tmp_path, capsys):
    assert train(text, tmp_path / "out", "--workers", "2", "--window", "3", "--words", "a,word3,word7") == 0
    out, err = capsys.readouterr()
    assert err == ""
    first, *rest = out.splitlines()
    assert first == "3,000 words, 30 different ones in the vocabulary"
    assert re.fullmatch(r"6,000 of 6,000 words: rate 0\.\d{5}, loss \d\.\d{6}, [\d,]+ words/s", rest[1])
    assert [line.split()[0] for line in rest[rest.index("") + 2 :][:3]] == ["a", "word3", "word7"]
    assert rest[-1] == f"Written to {tmp_path / 'out'}: {', '.join((*OUTPUTS, MODEL))}"
    assert {path.name for path in (tmp_path / "out").iterdir() if path.is_file()} == {*OUTPUTS, MODEL, ".lock"}
    assert (tmp_path / "out" / "word_vectors.txt").read_text().startswith("30 8\n")
    with (tmp_path / "out" / "loss.csv").open(newline="") as file:
        assert [row["words"] for row in csv.DictReader(file)] == ["3000", "6000"]


def thirty_epochs(text, out, *more):
    options = ["--dim", "8", "--epochs", "30", "--sample", "0", "--words", "a,the", "--set", "step=2048"]
    return ["train", str(text), "--out", str(out), *options, *more]


@pytest.fixture(scope="module")
def through(text, tmp_path_factory):
    """What a run of 30 epochs writes that nothing interrupts."""
    out = tmp_path_factory.mktemp("through")
    assert main(thirty_epochs(text, out, "--quiet")) == 0
    return out


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise on Windows")
@pytest.mark.parametrize(
    ("number", "workers"),
    [(signal.SIGINT, 1), pytest.param(signal.SIGTERM, 2, marks=pytest.mark.slow)],  # test_trainer.py sends it to two
)
@pytest.mark.usefixtures("blank_pictures")
def test_a_train_command_that_was_interrupted_resumes_to_the_same_bits(text, tmp_path, through, number, workers):
    process = subprocess.Popen(
        [sys.executable, "-m", "word2vec", *thirty_epochs(text, tmp_path, "--workers", str(workers))],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=env(),
        start_new_session=True,
    )
    next(printed for printed in process.stdout if " of 90,000 words" in printed)
    process.send_signal(number)
    os.killpg(process.pid, number)  # as well, as `timeout` does
    rest, _ = process.communicate()
    assert process.returncode == 130
    assert "Stopped. The same command resumes from the checkpoint." in rest
    assert "a signal" not in rest  # said once
    assert not (tmp_path / "word_vectors.txt").exists()
    assert main(thirty_epochs(text, tmp_path, "--quiet")) == 0
    for name in ("word_vectors.txt", "loss.csv"):
        assert (tmp_path / name).read_bytes() == (through / name).read_bytes()


def env():
    """The environment of a process that imports this library wherever it runs."""
    return os.environ | path()


@pytest.mark.skipif(os.name == "nt", reason="Windows makes links for administrators only")
@pytest.mark.usefixtures("blank_pictures")
@pytest.mark.parametrize("name", ["./word_vectors.txt", "link.txt", "loss.csv", ".lock"])
def test_a_text_that_the_run_would_replace_is_refused(tmp_path, capsys, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Path("link.txt").symlink_to("word_vectors.txt")
    words = "the king drinks black tea\n" * 50
    Path(name).write_text(words)
    error = "word2vec train: an output of the run is TEXT, "
    assert main(["train", "--out", ".", "--dim", "4", "--epochs", "1", "other.txt", name]) == 1
    assert capsys.readouterr().err.startswith(error)
    assert run.main(["--corpus", name, "--dim", "4", "--epochs", "1"]) == 1
    expected = "which would be lost: expected another folder for the outputs, --out DIR\n"
    assert capsys.readouterr().err.endswith(expected)
    assert Path(name).read_text() == words
    assert not Path("checkpoints").exists()
    assert main(["train", name, "--out", "out", "--dim", "4", "--epochs", "1", "--quiet"]) == 0


@pytest.mark.usefixtures("blank_pictures")
def test_a_model_to_start_from_is_not_replaced(text, tmp_path, capsys):
    assert train(text, tmp_path, "--quiet") == 0
    model = (tmp_path / MODEL).read_bytes()
    assert train(text, tmp_path, "--start-from", str(tmp_path / MODEL)) == 1
    assert f"an output of the run is --start-from, {tmp_path / MODEL}, which would be" in capsys.readouterr().err
    assert (tmp_path / MODEL).read_bytes() == model
    assert train(text, tmp_path / "more", "--start-from", str(tmp_path / MODEL), "--quiet") == 0


@pytest.mark.usefixtures("blank_pictures")
@pytest.mark.parametrize(
    ("source", "own"),
    [
        (".", "checkpoints, loss.csv, loss.png, model.npz, word_vectors.html, word_vectors.png, word_vectors.txt"),
        ("*.txt", "word_vectors.txt"),
    ],
)
def test_a_run_does_not_read_its_outputs(tmp_path, capsys, monkeypatch, source, own):
    monkeypatch.chdir(tmp_path)
    Path("text.txt").write_text("the king drinks black tea\n" * 50)
    line = ["train", source, "--dim", "4", "--epochs", "2", "--sample", "0"]
    assert main(line) == 0
    assert capsys.readouterr().err == ""
    vectors = Path("word_vectors.txt").read_bytes()
    for more in ([], ["--no-resume"]):
        assert main([*line, *more]) == 0
        out, err = capsys.readouterr()
        assert out.startswith("250 words, 5 different ones in the vocabulary\n")
        assert ("Finished after 2 epochs" in out) == (not more)
        assert err == f"word2vec train: left out of the text, since it is an output: {own}\n"
        assert Path("word_vectors.txt").read_bytes() == vectors


@pytest.mark.usefixtures("blank_pictures")
@pytest.mark.parametrize(("source", "left_out"), [(".", 7), ("**/*.txt", 1), (["text.txt", "old"], 7)])
def test_a_run_does_not_read_the_outputs_of_another(tmp_path, capsys, monkeypatch, source, left_out):
    monkeypatch.chdir(tmp_path)
    Path("text.txt").write_text("the king drinks black tea\n" * 50)
    line = ["--dim", "4", "--epochs", "2", "--sample", "0", "--out"]
    assert main(["train", "text.txt", *line, "old"]) == 0
    Path("old", "more.txt").write_text("the king drinks black tea\n" * 50)
    capsys.readouterr()
    assert main(["train", *([source] if isinstance(source, str) else source), *line, "new"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("500 words, 5 different ones in the vocabulary\n")
    assert err.startswith("word2vec train: left out of the text, since it is an output: old/")
    assert err.count("old/") == left_out
    if isinstance(source, str):
        assert main(["phrases", source, "joined"]) == 0
        assert "\njoined: 500 words and " in capsys.readouterr().err


@pytest.mark.usefixtures("blank_pictures")
def test_an_output_of_another_run_that_is_named_is_read(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("texts").mkdir()
    Path("texts/a.txt").write_text("the king drinks black tea\n" * 50)
    line = ["--dim", "4", "--epochs", "2", "--sample", "0", "--out"]
    assert main(["train", "texts", *line, "texts/old"]) == 0
    assert main(["train", "texts", "texts/old/loss.csv", *line, "new", "--no-resume"]) == 0
    lines = [line for line in capsys.readouterr().err.splitlines() if "texts/old/loss.csv" in line]
    assert len(lines) == 1  # it is not left out, but read, as a text
    assert "texts/old/loss.csv is a table" in lines[0]


def test_train_quietly(text, tmp_path, capsys):
    assert train(text, tmp_path, "--quiet") == 0
    assert capsys.readouterr() == ("", "")


@pytest.fixture
def asked(monkeypatch):
    """What `train` and `encode` are called with; neither does anything."""
    found = {}
    corpus = SimpleNamespace(raw_words=10, words=["a", "b"])
    vectors = WordVectors(["a", "b"], np.eye(2))
    vectors.history.complete = True
    monkeypatch.setattr(
        command_line, "encode", lambda source, **options: found.update(options, source=source) or corpus
    )
    monkeypatch.setattr(command_line, "train", lambda corpus, **options: found.update(options) or vectors)
    monkeypatch.setattr(command_line, "write_outputs", lambda *_, **options: found.update(options) or True)
    return found


def test_without_options_the_trainer_gets_the_defaults(asked, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["train", "f"]) == 0
    assert asked == {
        "source": "f",
        "min_count": MIN_COUNT,
        **vars(VocabularyOptions()),
        "model": SkipGram(),
        "loss": NegativeSampling(),
        "descent": DescentOptions(),
        "epochs": 100,
        "checkpoint": CheckpointOptions(Path("checkpoints")),
        "quiet": False,
        "method": "svd",
        "font": None,
        "with_model": True,
    }


def test_the_trainer_gets_every_everyday_option(asked, tmp_path):
    line = (
        "train f --dim 7 --window 3 --negatives 4 --model skip-gram --loss negative-sampling --seed 3 --epochs 6 "
        "--rate .1 --sample 0 --min-count 1 --workers 2 --lowercase --tokenize words --plot tsne --resume --quiet "
        "--font serif"
    )
    assert main([*line.split(), "--out", str(tmp_path)]) == 0
    assert asked == {
        "source": "f",
        "dim": 7,
        "window": 3,
        "negatives": 4,
        "model": SkipGram(),
        "loss": NegativeSampling(),
        "seed": 3,
        "epochs": 6,
        "learning_rate": 0.1,
        "sample": 0.0,
        "min_count": 1,
        "workers": 2,
        **vars(VocabularyOptions(lowercase=True, tokenize="words")),
        "checkpoint": CheckpointOptions(tmp_path / "checkpoints", True),
        "quiet": True,
        "method": "tsne",
        "font": "serif",
        "with_model": True,
    } | {"descent": DescentOptions()}


@pytest.mark.parametrize(
    ("texts", "source"),
    [(["a.txt"], "a.txt"), (["-"], "-"), (["b.txt", "a.txt", "-"], [Path("b.txt"), Path("a.txt"), "-"])],
)
def test_all_texts_are_read_in_their_order(asked, tmp_path, texts, source):
    assert main(["train", *texts, "--out", str(tmp_path)]) == 0
    assert asked["source"] == source
    assert main(["train", "--quiet", "--out", str(tmp_path), *texts]) == 0
    assert asked["source"] == source


def test_the_trainer_gets_every_expert_option(asked, tmp_path):
    values = {
        "max_size": 9,
        "keep_words": ["word1"],
        "max_types": 1000,
        "windows": "drawn",
        "noise_exponent": 1,
        "shared": 64,
        "group": 32,
        "end_rate": 0.001,
        "pivot": 0,
        "step": 128,
        "loss_every": 1,
        "held_out": 0.25,
        "dtype": "float64",
        "freeze_outside": False,
    }
    assert list(values) == command_line._experts()
    settings = [part for name, value in values.items() for part in ("--set", f"{name}={value}")]
    assert main(["train", "f", "--out", str(tmp_path), *settings]) == 0
    assert (asked["max_size"], asked["max_types"], asked["model"]) == (9, 1000, SkipGram("drawn"))
    assert asked["loss"] == NegativeSampling(noise_exponent=1, shared=64, group=32)
    assert asked["descent"] == DescentOptions(0.001, 0, 128, 1, 0.25, "float64")
    assert main(["train", "f", "--out", str(tmp_path), "--set", "step=None", "--set", "shared=3"]) == 0
    assert (asked["descent"], asked["loss"]) == (DescentOptions(), NegativeSampling(shared=3))


@pytest.mark.parametrize(
    "given", ["tea", "tea,", '"tea"', "[tea]", "tea, cup", "tea cup", "[tea,cup]", '["tea", "cup"]', '"tea","cup"']
)
def test_words_to_keep_may_be_listed_with_commas(asked, tmp_path, given):
    assert main(["train", "f", "--out", str(tmp_path), "--set", f"keep_words={given}"]) == 0
    assert asked["keep_words"] == (("tea", "cup") if "cup" in given else ("tea",))
    assert main(["train", "f", "--out", str(tmp_path), "--set", "keep_words=2020,2021"]) == 0
    assert asked["keep_words"] == ("2020", "2021")


def test_the_trainer_gets_the_expert_options_of_ngrams(asked, tmp_path):
    line = ["train", "f", "--out", str(tmp_path), "--ngrams", "2", "4"]
    assert main([*line, "--set", "buckets=1000", "--set", "every=8", "--set", "exact=True"]) == 0
    assert asked["ngrams"] == Ngrams(2, 4, buckets=1000, every=8, exact=True)
    assert main(line) == 0
    assert asked["ngrams"] == Ngrams(2, 4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "shared"], "--set shared: expected NAME=VALUE, such as --set shared=64"),
        (["--set", ""], "--set : expected NAME=VALUE, such as --set shared=64"),
        (["--set", "=64"], "--set : expected one of max_size, keep_words, max_types, win"),
        (["--set", "shared=32", "--set", "shared=64"], "--set shared is given twice: expected it once"),
        (
            ["--set", "speed=9", "--set", "love=1"],
            "--set love, speed: expected one of max_size, keep_words, max_types, win",
        ),
        (["--set", "lowercase=False"], "--set lowercase: expected --lowercase itself, no --set"),
        (["--set", "command=1"], "--set command: expected one of max_size, keep_words, max_types, win"),
        (["--set", "run=1", "--set", "rate=2"], "--set rate, run: expected --rate itself, no --set"),
        (
            ["--loss", "naive-softmax", "--set", "shared=3"],
            "--set shared: expected one of max_size, keep_words, max_types, windows, end_rate",
        ),
        (
            ["--set", "exact=True", "--set", "every=8"],
            "--set every, exact: words are not composed of n-grams; pass --ngrams 3 6, too\n",
        ),
        (["--ngrams", "3", "6", "--set", "every=0"], "train: --set every is 0: expected at least 1"),
        (["--ngrams", "0", "3"], "train: --ngrams 0 3: MIN is 0: expected at least 1"),
        (["--ngrams", "3", "2"], "--ngrams 3 2: MIN is 3, MAX 2: expected MIN to be at most MAX\n"),
        (["--ngrams", "3", "0"], "MAX is 0: expected at least 1; leave --ngrams out for no n-grams\n"),
        (["--ngrams", "3", "6", "--set", "exact=true"], "--set exact is 'true': expected True or False"),
        (["--ngrams", "3", "6", "--set", "minn=2"], "--set minn: expected one of max_size"),
        (
            ["--ngrams", "3", "6", "--model", "pv-dbow"],
            "of which --model pv-dbow trains none by itself: pass --set words=True, too, or leave --ngrams out\n",
        ),
        (["--set", "keep_words=,"], "--set keep_words: ',' is one word"),
        (["--set", "max_size=0"], "train: --set max_size is 0: expected at least 1"),
        (["--set", "shared=0"], "train: --set shared is 0: expected at least 1"),
        (["--set", "shared=many"], "--set shared is 'many': expected a whole number"),
        (["--set", "windows=wide"], "windows is 'wide': expected one of weighted, drawn"),
        (["--set", "dtype=float16"], "dtype is 'float16': expected 'float32' or 'float64'"),
        (["--set", "max_size=few"], "max_size is 'few': expected a whole number"),
        (
            ["--set", "end_rate=1"],
            "end_rate is 1.0: expected 0 to --learning-rate (0.025); lower it too, as by --set end_r",
        ),
        (["--epochs", "0"], "epochs is 0: expected at least 1"),
        (["--dim", "0"], "dim is 0: expected at least 1"),
        (["--min-count", "0"], "train: --min-count is 0: expected at least 1"),
        (["--min-count", "101"], "no word occurs --min-count 101 times: of 3,000 words read, 30 are different, and "),
        (["--set", "mean=False"], "--set mean: expected --model cbow or --model pv-dm with it"),
        (["--set", "shards=2"], "--set shards: expected --cluster with it"),
        (["--rate", "nan"], "--rate is nan: expected a positive number"),
        (["--words", "word1,wrod2"], "not in the vocabulary, so they cannot be plotted: 'wrod2' (near: word2"),
        (
            ["--words", "word1,zzz"],
            "cannot be plotted: 'zzz'; choose others by --words from its 30 words, such as 'a', ",
        ),
        (["--words", "word1"], "--words names fewer than two words"),
        (["--window", "0"], "train: --window is 0: expected at least 1"),
        (
            ["--loss", "naive-softmax", "--negatives", "3"],
            "--negatives is for negative sampling, not for naive-softmax",
        ),
        (["--words", ",,"], "--words names fewer than two words"),
        (["--resume"], "holds no run with these settings"),
    ],
)
def test_what_makes_no_sense_is_refused_before_training(text, tmp_path, capsys, arguments, message):
    assert main(["train", str(text), "--out", str(tmp_path / "out"), "--sample", "0", *arguments]) == 1
    out, err = capsys.readouterr()
    assert err.startswith("word2vec train: ")
    assert message in err
    assert len(err.splitlines()) == 1
    assert "of 300,000 words" not in out
    assert not any((tmp_path / "out" / name).exists() for name in OUTPUTS)


@pytest.mark.usefixtures("blank_pictures")
def test_advice_about_expert_options_names_set(tmp_path, capsys):
    (tmp_path / "text").write_text("".join(f"user{i} likes{i}\n" for i in range(9)))
    assert train(tmp_path / "text", tmp_path / "out", "--min-count", "1", "--set", "max_types=1") == 1
    err = capsys.readouterr().err
    assert err.endswith(" times: raise --set max_types\n")
    assert "may be missing: raise --set max_types, or pass --min-count " in err


@pytest.mark.usefixtures("blank_pictures")
def test_a_word_that_min_count_leaves_out_is_refused_before_training(text, tmp_path, capsys):
    longer = tmp_path / "longer.txt"
    longer.write_text(f"{text.read_text()}rare rare rare\n")
    assert train(longer, tmp_path / "out", "--words", "a,rare", "--min-count", "4") == 1
    out, err = capsys.readouterr()
    assert "cannot be plotted: 'rare'" in err
    assert err.endswith("; words that occur fewer than --min-count 4 times are left out\n")
    assert "loss" not in out
    assert train(longer, tmp_path / "out", "--words", "a,rare", "--min-count", "3", "--quiet") == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--words", "king"], "--words names fewer than two words"),
        (["--dim", "0"], "dim is 0: expected at least 1"),
        (["--epochs", "-1"], "epochs is -1: expected at least 1"),
        (["--set", "end_rate=1"], "end_rate is 1.0: expected 0 to --learning-rate"),
        (["--set", "min_count=2"], "--set min_count: expected --min-count itself, no --set"),
        (["--workers", "0"], "--workers is 0: expected at least 1"),
        (["--start-from", "start.txt"], "--dim is 100, --start-from has 2: expected the same; pass it as --dim 2"),
    ],
)
def test_what_makes_no_sense_is_refused_before_the_text_is_read(tmp_path, capsys, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    WordVectors(["tea", "coffee"], np.eye(2)).save("start.txt")
    assert main(["train", str(tmp_path / "no_such.txt"), "--out", str(tmp_path), *arguments]) == 1
    assert message in capsys.readouterr().err


@pytest.mark.usefixtures("blank_pictures")
def test_words_that_only_the_earlier_vectors_have_may_be_plotted(text, tmp_path):
    WordVectors(["old", "a"], np.ones((2, 8))).save(tmp_path / "start.txt")
    more = ("--start-from", str(tmp_path / "start.txt"), "--words", "old,word3", "--quiet")
    assert train(text, tmp_path, *more) == 0


@pytest.mark.usefixtures("blank_pictures")
def test_the_model_of_a_run_knows_what_the_text_file_cannot_hold(text, tmp_path, capsys):
    options = ("--quiet", "--ngrams", "2", "3", "--loss", "hierarchical-softmax")
    assert train(text, tmp_path, *options, "--model", "pv-dm") == 0
    model = load_model(tmp_path / MODEL)
    assert (len(model.documents), model.settings["model"]["name"]) == (150, "pv-dm")
    assert model.probability(model.words, "a").sum() == pytest.approx(1)
    assert main(["similar", str(tmp_path / MODEL), "wordless", "--top", "2"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
    more = ("--start-from", str(tmp_path / MODEL))
    assert train(text, tmp_path / "more", *options, *more) == 0
    assert load_model(tmp_path / "more" / MODEL).counts.tolist() == (2 * model.counts).tolist()
    assert train(text, tmp_path / "other", *more) == 1
    end = "--start-from has (2, 3): expected the same; pass --ngrams 2 3\n"
    assert capsys.readouterr().err == f"word2vec train: --ngrams is None, {end}"


@pytest.mark.parametrize("error", [RuntimeError("no font"), KeyError("x"), MemoryError()])
def test_the_vectors_are_written_whatever_the_picture_does(text, tmp_path, capsys, monkeypatch, error):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(outputs, "plot_words", fail)
    assert train(text, tmp_path, "--quiet") == 1
    assert {path.name for path in tmp_path.iterdir()} >= set(OUTPUTS) - {"word_vectors.png"}
    assert capsys.readouterr().err == f"word2vec train: word_vectors.png was not written: {reason(error)}\n"


@pytest.mark.usefixtures("blank_pictures")
def test_a_command_says_what_it_resumes_and_what_it_starts_anew(text, tmp_path, capsys):
    def said(*more):
        assert train(text, tmp_path, *more) == 0
        return capsys.readouterr().out.splitlines()[1]

    assert said().startswith("3,000 of 6,000 words: ")
    assert said() == "Finished after 2 epochs, so nothing is trained; --no-resume starts anew."
    start = f"A new run starts: {tmp_path / 'checkpoints'} holds none with these settings; a run there has "
    assert said("--seed", "9") == f"{start}seed 1, not 9."
    assert said("--seed", "9", "--resume").startswith("Finished")
    assert said("--no-resume").startswith("3,000 of 6,000 words: ")
    assert train(text, tmp_path, "--quiet") == 0
    assert capsys.readouterr().out == ""


def test_a_text_or_a_folder_that_is_not_there_is_named(text, tmp_path, capsys):
    assert train(tmp_path / "no_such.txt", tmp_path) == 1
    assert re.match(r"word2vec train: there is no file '.*no_such\.txt'", capsys.readouterr().err)
    assert train(text, text) == 1
    assert (
        f"{text}: cannot write into this folder (File exists): expected a writable one; choose another\n"
        in capsys.readouterr().err
    )


def test_a_model_that_no_run_has_written_is_not_lost(text, tmp_path, capsys):
    (tmp_path / "model.npz").write_text("mine")
    assert train(text, tmp_path) == 1
    assert capsys.readouterr().err.startswith(f"word2vec train: {tmp_path / 'model.npz'} would be replaced")
    assert (tmp_path / "model.npz").read_text() == "mine"


def test_an_output_that_cannot_be_written_gives_status_1(text, tmp_path, capsys):
    (tmp_path / "loss.csv").mkdir()
    assert train(text, tmp_path, "--quiet") == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"word2vec train: .*loss\.csv.*\n", err)


@pytest.mark.usefixtures("blank_pictures")
@pytest.mark.parametrize("error", [OSError(28, "No space left"), MemoryError()], ids=repr)
def test_a_last_save_that_fails_gives_status_1_and_all_outputs(text, tmp_path, monkeypatch, capsys, error):
    def fail(*_):
        raise error

    monkeypatch.setattr("word2vec.runtime.run_folder.save_archive", fail)
    assert train(text, tmp_path) == 1
    out, err = capsys.readouterr()
    assert re.fullmatch(r"word2vec train: not saved: (No space left|MemoryError: there is .*)\n", err)
    assert f"Written to {tmp_path.resolve()}: {', '.join((*OUTPUTS, MODEL))}\n" in out


@pytest.mark.usefixtures("blank_pictures")
def test_what_an_error_ended_and_was_saved_gives_status_1(text, tmp_path, monkeypatch, capsys):
    def lost(task, state, folder, quiet, _, ends):
        real(task, state, folder, quiet, lambda: True, ends)
        raise ClusterError("the scheduler was lost")

    real = trainer._run
    monkeypatch.setattr(trainer, "_run", lost)
    assert main(thirty_epochs(text, tmp_path)) == 1
    out, err = capsys.readouterr()
    assert err == "word2vec train: training ended early, and what was trained is kept: the scheduler was lost\n"
    assert out.endswith("Stopped. The same command resumes from the checkpoint.\n")


@pytest.mark.usefixtures("blank_pictures")
def test_what_was_stopped_and_not_saved_is_written(text, tmp_path, monkeypatch, capsys):
    def stopped(*arguments, **options):
        vectors = real(*arguments, **options)
        vectors.history.complete = vectors.history.saved = False
        return vectors

    real = command_line.train
    monkeypatch.setattr(command_line, "train", stopped)
    assert train(text, tmp_path) == 1
    assert "Stopped. The outputs hold what was learned so far." in capsys.readouterr().out
    assert all((tmp_path / name).exists() for name in OUTPUTS)


def test_help_of_train_names_every_option(capsys):
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    assert set(command_line._experts()) <= set(re.split(r"[ ,;]+", shown))
    for default in ("default: 100", "default: 5", "default: 1)", "default: 0.025", "default: 0.001", "skip-gram"):
        assert default in shown


# download


@pytest.fixture
def archive(tmp_path):
    """A zip with the files that a treebank has."""
    with zipfile.ZipFile(tmp_path / "treebank.zip", "w") as archive:
        for name in REQUIRED_FILES:
            archive.writestr(f"stanfordSentimentTreebank/{name}", "text")
    return tmp_path / "treebank.zip"


def test_download_puts_the_treebank_in_place(archive, tmp_path, capsys):
    digest, target = hashlib.sha256(archive.read_bytes()).hexdigest(), tmp_path / "data"
    assert main(["download", str(archive), "--to", str(target), "--sha256", digest]) == 0
    assert {path.name for path in target.iterdir()} == set(REQUIRED_FILES)
    assert capsys.readouterr().out == f"unpacking {archive}\n{target} is ready\n"
    assert main(["download", str(archive), "--to", str(target)]) == 0
    assert capsys.readouterr().out == f"{target} is already there: nothing to do\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
def test_download_goes_on_where_nothing_can_be_printed(archive, tmp_path):
    digest, target = hashlib.sha256(archive.read_bytes()).hexdigest(), tmp_path / "data"
    line = f"{sys.executable} -m word2vec download {archive} --to {target} --sha256 {digest} > /dev/full"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert {path.name for path in target.iterdir()} == set(REQUIRED_FILES)


@pytest.mark.parametrize(
    "arguments",
    [
        ["evaluate", "-", "--pairs", "-"],
        ["evaluate", "vectors.txt", "--pairs", "-", "--analogies", "-"],
        ["train", "-", "-"],
        ["train", "-", "--start-from", "-"],
    ],
)
def test_standard_input_is_not_read_twice(capsys, arguments):
    assert main(arguments) == 1
    expected = "standard input (-) is named twice, but can be read once: name a file instead\n"
    assert capsys.readouterr().err == f"word2vec {arguments[0]}: {expected}"


def test_messages_of_commands_advise_no_python(tmp_path, capsys):
    assert main(["train", str(tmp_path / "text")]) == 1
    assert capsys.readouterr().err.endswith("expected the path of a text file\n")
    (tmp_path / "text").write_bytes(b"PAR1....")
    assert main(["train", str(tmp_path / "text")]) == 1
    assert capsys.readouterr().err.endswith("text is a Parquet file: export its column as text\n")
    assert main(["sentiment", "--data", str(tmp_path)]) == 1
    assert capsys.readouterr().err.endswith("or name its folder by --data ...\n")
    for name in ("a", "b"):
        (tmp_path / name).write_text("\n")
    assert main(["train", str(tmp_path / "a"), str(tmp_path / "b")]) == 1
    assert capsys.readouterr().err.endswith("b: none of these files holds a word: expected a text\n")


FASTTEXT = Path(__file__).parent / "data" / "fasttext" / "skipgram.bin"


def test_models_of_fasttext_are_asked_and_converted(tmp_path, capsys):
    vectors = WordVectors.load(FASTTEXT)
    assert main(["similar", str(FASTTEXT), "teapot", "--top", "3"]) == 0
    assert capsys.readouterr().out.split()[1::2] == [word for word, _ in vectors.most_similar("teapot", top_n=3)]
    assert main(["convert", str(FASTTEXT), str(tmp_path / "v.bin"), "--to", "fasttext"]) == 0
    assert (tmp_path / "v.bin").read_bytes() == FASTTEXT.read_bytes()
    assert capsys.readouterr().out == f"{tmp_path / 'v.bin'}: 37 words, 5 dimensions, fasttext\n"
    (tmp_path / "pairs").write_text("tea\tcup\t7\nteapot\tcup\t6\ncups\tsnowy\t1\n", encoding="utf-8")
    assert main(["evaluate", str(FASTTEXT), "--pairs", str(tmp_path / "pairs")]) == 0
    assert "3 of 3 pairs have vectors" in capsys.readouterr().out


PHRASES = "in new york\n\nnew tea\nbank of the america\n" * 20


def test_phrases_of_a_text_are_printed_or_written_and_joined(tmp_path, capsys):
    (tmp_path / "text.txt").write_text(PHRASES)
    source, target = str(tmp_path / "text.txt"), tmp_path / "joined.txt.gz"
    options = ["--threshold", "3,1", "--min-count", "2", "--connector-words", "of,the", "--delimiter", "+"]
    assert main(["phrases", source, *options]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["bank+of+the+america\t20\t8.1", "new+tea\t20\t4.05"]
    assert main(["phrases", source, str(target), "--list", str(tmp_path / "list.tsv"), *options]) == 0
    out, err = capsys.readouterr()
    assert (tmp_path / "list.tsv").read_text().splitlines() == lines
    assert out == ""
    assert err == f"{target}: 180 words and {len(lines)} phrases, 120 words fewer\n"
    assert gzip.decompress(target.read_bytes()).decode() == "in+new+york\n\nnew+tea\nbank+of+the+america\n" * 20


def test_connector_words_may_be_listed_with_blanks_and_in_the_case_that_is_folded(tmp_path, capsys):
    (tmp_path / "text.txt").write_text(PHRASES.title())
    options = ["--threshold", "3,1", "--min-count", "2", "--lowercase", "--connector-words", " Of, The,"]
    assert main(["phrases", str(tmp_path / "text.txt"), *options]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "bank_of_the_america\t20\t8.1"
    assert main(["phrases", str(tmp_path / "text.txt"), *options[:4], "--connector-words", "of,the"]) == 0
    assert "none of the --connector-words ('of', 'the') is in the corpus" in capsys.readouterr().err


def test_phrases_are_scored_and_read_as_the_options_say(tmp_path, capsys):
    (tmp_path / "text.txt").write_bytes("Café-Crème! tea? ".encode("latin-1") * 20)
    options = ["--scoring", "npmi", "--lowercase", "--tokenize", "words", "--encoding", "latin-1"]
    assert main(["phrases", str(tmp_path / "text.txt"), *options]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "café_crème\t20\t1"


def test_no_phrase_is_said_to_be_none(tmp_path, capsys):
    (tmp_path / "text.txt").write_text("a b c")
    assert main(["phrases", str(tmp_path / "text.txt")]) == 0
    assert capsys.readouterr() == ("", "there are no phrases: lower --threshold or --min-count\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--threshold", "x,1"], "word2vec phrases: --threshold x,1: expected numbers, such as 200,100\n"),
        (["--threshold=-1"], "word2vec phrases: --threshold is -1.0: expected a number from 0 on, or one for each"),
        (["--min-count", "0"], "word2vec phrases: --min-count is 0: expected at least 1\n"),
    ],
)
def test_options_of_phrases_that_make_no_sense_are_named(tmp_path, capsys, options, message):
    (tmp_path / "text.txt").write_text(PHRASES)
    assert main(["phrases", str(tmp_path / "text.txt"), *options]) == 1
    assert capsys.readouterr().err.startswith(message)


@pytest.mark.parametrize(
    ("error", "where"),
    [
        ("TARGET is SOURCE, text.txt", ["text.txt"]),
        ("--list is SOURCE, text.txt", ["out.txt", "--list", "text.txt"]),
        ("--list is TARGET, out.txt", ["out.txt", "--list", "./out.txt"]),
    ],
)
def test_neither_a_text_nor_its_phrases_are_replaced(tmp_path, capsys, monkeypatch, error, where):
    monkeypatch.chdir(tmp_path)
    Path("text.txt").write_text(PHRASES)
    assert main(["phrases", str(tmp_path / "text.txt"), *where]) == 1
    expected = f"word2vec phrases: {error}, which would be lost: expected another file\n"
    assert capsys.readouterr().err == expected
    assert [path.name for path in tmp_path.iterdir()] == ["text.txt"]
    assert Path("text.txt").read_text() == PHRASES


def test_a_text_with_phrases_has_the_lines_of_its_source(tmp_path):
    (tmp_path / "text.txt").write_text("\n\na b c\n\nd e f\n \n\na b c\n\n")
    (tmp_path / "joined.txt").write_text("of another text: a script may use one name for several")
    line = ["phrases", str(tmp_path / "text.txt"), str(tmp_path / "joined.txt"), "--threshold", "0,0"]
    assert main([*line, "--min-count", "1"]) == 0
    assert (tmp_path / "joined.txt").read_text() == "\n\na_b_c\n\nd e f\n\n\na_b_c\n\n"


@pytest.mark.skipif(os.name == "nt", reason="standard output has no name on Windows")
def test_a_text_with_phrases_goes_to_standard_output_and_all_else_to_standard_error(tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("text.txt").write_text("new york\n" * 20)
    line = ["phrases", "--threshold", "0", "text.txt"]
    assert main([*line, "-"]) == 0
    out, err = capfd.readouterr()
    assert out == "new_york\n" * 20
    assert err == "/dev/stdout: 40 words and 1 phrases, 20 words fewer\n"
    assert main([*line, "--list", "-"]) == 0
    assert capfd.readouterr() == ("new_york\t20\t1.5\n", "")
    assert main([*line, "-", "--list", "-"]) == 1
    assert "--list is TARGET" in capfd.readouterr().err
    assert os.listdir() == ["text.txt"]


@pytest.mark.parametrize("delimiter", [" ", "\n", "a\u3000b"])
def test_a_delimiter_at_which_the_text_would_be_cut_is_refused(tmp_path, capsys, delimiter):
    (tmp_path / "text.txt").write_text("new york\n" * 20)
    line = ["phrases", "--threshold", "0", "--delimiter", delimiter, str(tmp_path / "text.txt")]
    assert main([*line, str(tmp_path / "joined.txt")]) == 1
    assert "are cut at white space; expected _ or the like\n" in capsys.readouterr().err
    assert main(line) == (0 if delimiter == " " else 1)
    assert capsys.readouterr().out == ("new york\t20\t1.5\n" if delimiter == " " else "")


def test_phrases_of_a_folder_are_those_of_its_texts_alone(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("text.txt").write_text("new york\n" * 20)
    line = ["phrases", "joined.txt", "--list", "list.txt", "--threshold", "0"]
    for source in (".", "*.txt"):
        line[1:2] = [source, "joined.txt"] if source == "." else [source]
        for _ in range(2):
            assert main(line) == 0
            assert Path("joined.txt").read_text() == "new_york\n" * 20
        warning = "word2vec phrases: left out of the text, since it is an output: "
        assert f"{warning}joined.txt, list.txt\n" in capsys.readouterr().err


def test_help_names_the_options_of_each_model(capsys):
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    text = " ".join(capsys.readouterr().out.split()).replace("- ", "-")  # lines end at hyphens, too
    assert (
        "dtype, freeze_outside; with --model cbow: mean, undivided; with --model pv-dbow: words; with --model "
        "pv-dm: mean; with --ngrams: buckets, every, exact; with --cluster: shards, sync, unreadable, patience; see"
        in text
    )


@pytest.mark.parametrize("where", [["no/file"], ["joined.txt", "--list", "no/file"]])
def test_where_phrases_cannot_be_written_is_said_before_the_text_is_read(tmp_path, capsys, monkeypatch, where):
    monkeypatch.chdir(tmp_path)
    Path("text.txt").write_text(PHRASES)
    monkeypatch.setattr("word2vec.__main__.encode", lambda *_, **__: pytest.fail("was read"))
    assert main(["phrases", "text.txt", *where]) == 1
    assert "no/file: No such file or directory; what stood there before is intact; make" in capsys.readouterr().err
    assert os.listdir() == ["text.txt"]


def test_a_text_with_phrases_is_not_blamed_where_its_source_cannot_be_read(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("cut.gz").write_bytes(gzip.compress(PHRASES.encode())[:-9])
    for name, error in ("missing", "there is no file 'missing'"), ("cut.gz", "cut.gz cannot be read to its end"):
        assert main(["phrases", name, "joined.txt", "--list", "list.txt"]) == 1
        assert capsys.readouterr().err.startswith(f"word2vec phrases: {error}")
    assert os.listdir() == ["cut.gz"]


def test_a_text_with_phrases_on_a_full_disk_leaves_what_was_there(tmp_path, capsys, monkeypatch):
    (tmp_path / "text.txt").write_text(PHRASES)
    (tmp_path / "joined.txt").write_text("earlier")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("word2vec.runtime.files.os.fsync", full)
    assert main(["phrases", str(tmp_path / "text.txt"), str(tmp_path / "joined.txt")]) == 1
    assert "joined.txt" in (error := capsys.readouterr().err)
    assert "No space left on device; what stood there before is intact" in error
    assert (tmp_path / "joined.txt").read_text() == "earlier"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["joined.txt", "text.txt"]


def test_train_on_a_cluster_writes_the_vectors_of_one_machine(tmp_path, monkeypatch, capsys):
    """With one shard the bits are the same; the address of a scheduler, and options, are passed on."""
    from word2vec.runtime import engine
    from word2vec.training import trainer

    asked, here = [], nullcontext(engine.Serial(2))
    monkeypatch.setattr(trainer, "opened", lambda *given: asked.append(given) or here)
    text = tmp_path / "text.txt"
    text.write_text("green tea is hot\nblack coffee is hot\n" * 99)
    line = ["train", str(text), "--min-count", "1", "--sample", "0", "--dim", "6", "--epochs", "2", "--quiet"]
    spread = ["--cluster", "tcp://there:8786", "--set", "shards=1", "--set", "patience=9", "--words", "tea,coffee"]
    assert main([*line, "--out", str(tmp_path / "here")]) == 0
    assert main([*line, *spread, "--out", str(tmp_path / "there")]) == 0
    assert asked == [("tcp://there:8786", 9.0)]
    one, other = (load_model(tmp_path / name / "model.npz") for name in ("here", "there"))
    np.testing.assert_array_equal(one.matrix, other.matrix)
    assert main([*line, *spread, "--set", "shards=0", "--out", str(tmp_path)]) == 1
    assert "--set shards is given twice" in capsys.readouterr().err
    assert main([*line, "--set", "shards=2", "--out", str(tmp_path)]) == 1
    assert "--set shards: expected --cluster with it" in capsys.readouterr().err
