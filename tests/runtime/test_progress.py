"""word2vec/runtime/progress.py: lines, the bar, the history file."""

import csv
import io
import re
import sys

import numpy as np
import pytest

from word2vec.course.descent import Report, smooth
from word2vec.runtime.progress import bar_of_words, line, progress, save_history
from word2vec.vectors.history import Measured


class Terminal(io.StringIO):
    """A standard output that says it is a terminal."""

    def isatty(self):
        return True


def terminal(monkeypatch):
    """Put a terminal in the place of sys.stdout. In a fixture pytest would undo it before the test."""
    monkeypatch.setattr(sys, "stdout", Terminal())
    return sys.stdout


# a line for each report


@pytest.mark.parametrize(
    ("report", "text"),
    [
        (Report(10, 20.5, 19.0615461), "iter 10: 19.061546"),
        (Report(40000, 1.0, 9.8122056), "iter 40000: 9.812206"),
        (Report(1, 0.0, np.float64(2)), "iter 1: 2.000000"),
    ],
)
def test_a_line_is_the_courses(report, text):
    assert line(report) == text


class Pipe(io.StringIO):
    """A standard output whose reader sees what has been flushed."""

    seen = ""

    def flush(self):
        self.seen = self.getvalue()


def test_without_a_terminal_each_report_is_a_line_at_once(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdout", Pipe())
    with progress(30) as show:
        show(Report(10, 3.0, 3.0))
        assert sys.stdout.seen == "iter 10: 3.000000\n"
        show(Report(20, 1.0, 2.9))
        assert sys.stdout.seen == "iter 10: 3.000000\niter 20: 2.900000\n"
    assert sys.stdout.getvalue() == sys.stdout.seen
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("is_terminal", [False, True])
def test_a_quiet_run_shows_nothing(monkeypatch, capsys, is_terminal):
    screen = terminal(monkeypatch) if is_terminal else Terminal()
    with progress(30, quiet=True) as show:
        show(Report(10, 3.0, 3.0))
    assert screen.getvalue() == ""
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")


# the bar


def test_on_a_terminal_a_bar_runs_to_the_end(monkeypatch, capsys):
    screen = terminal(monkeypatch)
    with progress(30) as show:
        for iteration in (10, 20, 30):
            show(Report(iteration, 3.0, 19.0615461))
    text = screen.getvalue()
    assert "\n" not in text[:-1], "one line, drawn over and over"
    last = text.rstrip().rpartition("\r")[2]
    assert re.search(r"100%\|.*\| 30/30 \[.* iterations/s, loss=19\.061546\]$", last)
    assert "iter 30" not in text
    assert capsys.readouterr().err == ""


def test_a_bar_goes_on_where_the_run_was_saved(monkeypatch):
    screen = terminal(monkeypatch)
    with progress(1000, 750) as show:
        assert re.search(r" 75%\|.*\| 750/1000 ", screen.getvalue())
        show(Report(760, 3.0, 2.5))
        show(Report(800, 3.0, 2.25))
    assert re.search(r" 80%\|.*\| 800/1000 .*loss=2\.250000", screen.getvalue())


def test_a_bar_is_closed_when_the_run_fails(monkeypatch):
    screen = terminal(monkeypatch)

    def run():
        with progress(30) as show:
            show(Report(10, 3.0, 3.0))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run()
    assert screen.getvalue().endswith("\n")


# the history file


def read_history(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_history_to_the_byte(tmp_path):
    save_history([Report(10, 20.5, 20.5), Report(20, 1e-7, 19.475)], tmp_path / "loss.csv")
    assert (tmp_path / "loss.csv").read_bytes() == b"iteration,loss,smoothed\n10,20.5,20.5\n20,1e-07,19.475\n"


def test_every_digit_of_the_history_comes_back(tmp_path):
    history = []
    for i, loss in enumerate(np.random.default_rng(0).normal(20, 3, 50).tolist(), 1):
        history.append(Report(10 * i, loss, smooth(history, loss)))
    save_history(history, tmp_path / "loss.csv")
    rows = read_history(tmp_path / "loss.csv")
    assert list(rows[0]) == ["iteration", "loss", "smoothed"]
    assert [Report(int(r["iteration"]), float(r["loss"]), float(r["smoothed"])) for r in rows] == history


def test_an_empty_history_has_a_header(tmp_path):
    save_history([], tmp_path / "loss.csv")
    assert read_history(tmp_path / "loss.csv") == []
    assert (tmp_path / "loss.csv").read_bytes() == b"iteration,loss,smoothed\n"


def test_numpy_numbers_are_written_as_numbers(tmp_path):
    save_history([Report(np.int64(10), np.float64(1.5), np.float32(0.1))], tmp_path / "loss.csv")
    (row,) = read_history(tmp_path / "loss.csv")
    assert (int(row["iteration"]), float(row["loss"])) == (10, 1.5)
    assert np.float32(row["smoothed"]) == np.float32(0.1)


def test_a_failure_leaves_the_old_history(tmp_path):
    save_history([Report(10, 2.0, 2.0)], tmp_path / "loss.csv")
    with pytest.raises(ValueError, match="unpack"):
        save_history([Report(10, 1.0, 1.0), (1, 2)], tmp_path / "loss.csv")
    assert (tmp_path / "loss.csv").read_bytes() == b"iteration,loss,smoothed\n10,2.0,2.0\n"
    assert [path.name for path in tmp_path.iterdir()] == ["loss.csv"]


# words, for the fast trainer


REPORTS = [Measured(500_000, 0.02, 3.25), Measured(1_000_000, 0.0001, 2.5)]


def shown(quiet):
    with bar_of_words(1_000_000, quiet=quiet) as show:
        for report in REPORTS:
            show(report)


def test_words_without_a_terminal_are_lines_if_asked_for(capsys):
    shown(quiet=None)
    shown(quiet=True)
    assert capsys.readouterr().out == ""
    shown(quiet=False)
    assert capsys.readouterr().out == (
        "500,000 of 1,000,000 words: rate 0.02000, loss 3.250000\n"
        "1,000,000 of 1,000,000 words: rate 0.00010, loss 2.500000\n"
    )


def test_words_are_said_some_twenty_times(capsys):
    with bar_of_words(1000, quiet=False) as show:
        for words in range(1, 1001):
            show(Measured(words, 0.02, 3.0))
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [*map(str, range(50, 1000, 50)), "1,000"]


@pytest.mark.parametrize("quiet", [None, False])
def test_words_on_a_terminal_are_a_bar_with_rate_loss_and_time_left(monkeypatch, quiet):
    screen = terminal(monkeypatch)
    shown(quiet)
    bar = screen.getvalue().split("\r")[-1]
    assert re.search(r"100%.* 1\.00M/1\.00M .*words/s, loss=2\.500000, rate=0\.00010", bar)


def test_a_quiet_run_shows_no_bar(monkeypatch):
    screen = terminal(monkeypatch)
    shown(quiet=True)
    assert screen.getvalue() == ""


def test_a_bar_goes_on_where_the_run_before_it_ended(monkeypatch):
    screen = terminal(monkeypatch)
    with bar_of_words(1_000_000, 500_000) as show:
        show(REPORTS[1])
    assert "50%" in screen.getvalue()
