"""The command line `python -m word2vec`."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

from word2vec import __main__ as command_line
from word2vec.__main__ import main


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
    assert main(["similar", vectors_file, "king", "--top", "2"]) == 0
    assert capsys.readouterr().out == "  0.8944  man\n  0.8682  queen\n"
    assert main(["similar", vectors_file, "king", "woman", "--minus", "man"]) == 0
    assert capsys.readouterr().out.split()[1::2] == ["queen", "tea"]
    assert main(["similar", vectors_file, "king", "--restrict", "2"]) == 0
    assert capsys.readouterr().out.split()[1::2] == ["queen"]
    assert main(["similar", vectors_file, "king", "--restrict", "1"]) == 0
    assert capsys.readouterr().out == "no other words are there\n"
    assert main(["similar", vectors_file, "king", "woman", "--minus", "man", "--method", "mul"]) == 0
    assert [f"{s:.4f}" for s in mul_by_hand()] == capsys.readouterr().out.split()[::2]


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
        (["king", "--restrict", "0"], "restrict is 0: expected at least 1 word to choose from"),
    ):
        assert main(["similar", vectors_file, *line]) == 1
        assert message in capsys.readouterr().err
    assert main(["similar", vectors_file + "x", "king"]) == 1
    assert "vectors.txtx" in capsys.readouterr().err


def test_similar_with_bad_rows_and_with_words_that_begin_with_a_dash(tmp_path, capsys):
    path = tmp_path / "v.txt"
    path.write_text("-lrb- 1 0\n-rrb- 1 0.1\ntea 0 1\ntea 1 1\n")
    assert main(["similar", str(path), "tea"]) == 1
    assert 'keep the first by errors="skip"' in capsys.readouterr().err
    options = ["similar", str(path), "--errors", "skip", "--minus=-rrb-", "--minus=tea"]
    assert main([*options, "--", "-lrb-"]) == 0
    out, err = capsys.readouterr()
    assert out == "no other words are there\n"
    assert err.startswith(f"word2vec similar: {path}: left out 1 repeated words; the first: line 4")
    assert main(["similar", str(path), "--errors", "skip", "--top", "1", "--", "-lrb-"]) == 0
    assert capsys.readouterr().out.split() == ["0.9950", "-rrb-"]


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
    listed = {each.metavar: each.help for each in commands()._choices_actions}
    assert {"evaluate", "diagnose", "checkpoint"} <= set(subcommands()) == set(listed)
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
        (MemoryError(), 1, "MemoryError"),
        (MemoryError("17 GB are needed: fewer words"), 1, "17 GB are needed: fewer words"),
        (ValueError("the file is empty: name another"), 1, "the file is empty: name another"),
        (FloatingPointError("not finite"), 1, "not finite"),
        (FileNotFoundError(2, "no such file", "x.txt"), 1, "[Errno 2] no such file: 'x.txt'"),
    ],
)
def test_what_goes_wrong_is_one_line_and_a_status(monkeypatch, capsys, error, status, message):
    def fail(what):
        raise error

    monkeypatch.setattr(command_line, "diagnose", fail)
    assert main(["diagnose", "x"]) == status
    captured = capsys.readouterr()
    assert captured.err == f"word2vec diagnose: {message}\n"
    assert captured.out == ""


def test_a_bug_is_not_hidden(monkeypatch):
    def fail(what):
        raise KeyError("a slip of ours")

    monkeypatch.setattr(command_line, "diagnose", fail)
    with pytest.raises(KeyError):
        main(["diagnose", "x"])


def test_an_unknown_command_and_an_unknown_option(capsys):
    for arguments in (["dance"], ["diagnose", "14.3", "--loud"]):
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        assert stop.value.code == 2
        assert arguments[-1] in capsys.readouterr().err


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
        assert done.stdout.isascii()
        assert b"\\u" in done.stdout or b"\\x" in done.stdout or b"\\udc" in done.stdout


def path():
    """Where a process that runs elsewhere finds the package."""
    return {"PYTHONPATH": str(Path(command_line.__file__).parents[1])}


def test_the_console_script_is_this_function():
    text = (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["project"]["scripts"]["word2vec"] == "word2vec.__main__:main"


# convert

GOLDEN = Path(__file__).parent / "data" / "vectors"


def test_convert_writes_another_format(tmp_path, capsys):
    assert main(["convert", str(GOLDEN / "gensim.txt"), str(tmp_path / "v.bin")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'v.bin'}: 4 words, 3 dimensions, binary\n"
    assert (tmp_path / "v.bin").read_bytes() == (GOLDEN / "gensim.bin").read_bytes()
    assert main(["convert", str(tmp_path / "v.bin"), str(tmp_path / "v"), "--to", "glove", "--limit", "2"]) == 0
    expected = (GOLDEN / "gensim_no_header.txt").read_bytes().splitlines(keepends=True)[:2]
    assert (tmp_path / "v").read_bytes() == b"".join(expected)


def test_convert_keeps_every_digit_from_text_to_text(tmp_path):
    text = b"1 2\nw 0.12345678901234566 -1e-300\n"
    (tmp_path / "a.txt").write_bytes(text)
    assert main(["convert", str(tmp_path / "a.txt"), str(tmp_path / "b.vec"), "--from", "text"]) == 0
    assert (tmp_path / "b.vec").read_bytes() == text
    assert main(["convert", str(tmp_path / "a.txt"), str(tmp_path / "b.npz"), "--dtype", "float64"]) == 0
    with np.load(tmp_path / "b.npz") as arrays:
        assert arrays["matrix"].tolist() == [[0.12345678901234566, -1e-300]]


def test_convert_says_what_is_wrong(tmp_path, capsys):
    (tmp_path / "a.txt").write_bytes(b"2 1\nw 1.0\nx nan\n")
    assert main(["convert", str(tmp_path / "a.txt"), str(tmp_path / "b.bin")]) == 1
    assert "word2vec convert: " in (error := capsys.readouterr().err)
    assert "a.txt, line 3: the vector of 'x' holds NaN" in error
    assert main(["convert", str(tmp_path / "a.txt"), str(tmp_path / "b.bin"), "--errors", "skip"]) == 0
    assert "left out 1 rows with NaN or infinity; the first: line 3" in capsys.readouterr().out
