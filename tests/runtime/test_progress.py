"""word2vec/runtime/progress.py: the bar on a terminal, lines in the log elsewhere."""

import io
import logging
import os
import re
import sys

import pytest

from word2vec.runtime.progress import progress


class Terminal(io.StringIO):
    """A standard output that says it is a terminal."""

    def isatty(self):
        return True


def terminal(monkeypatch):
    """Put a terminal in the place of sys.stdout. In a fixture pytest would undo it before the test."""
    monkeypatch.setattr(sys, "stdout", Terminal())
    return sys.stdout


@pytest.fixture(autouse=True)
def log(caplog):
    caplog.set_level(logging.INFO, "word2vec")
    return caplog


# lines


def test_without_a_terminal_each_call_is_a_line_in_the_log(log, capsys):
    with progress(30, unit="iterations") as show:
        show(10, "iter 10: 3.000000", loss="3.000000")
        assert log.messages == ["iter 10: 3.000000"]
        show(20, "iter 20: 2.900000", loss="2.900000")
    assert log.messages == ["iter 10: 3.000000", "iter 20: 2.900000"]
    assert {record.levelno for record in log.records} == {logging.INFO}
    assert capsys.readouterr() == ("", "")


class OnlyWrites:
    """A standard output as scripts have that copy theirs into a file."""

    def write(self, text):
        return len(text)


def closed():
    output = io.StringIO()
    output.close()
    return output


@pytest.mark.parametrize("output", [None, OnlyWrites(), closed()], ids=["none", "only writes", "closed"])
def test_a_standard_output_that_cannot_be_asked_is_no_terminal(log, monkeypatch, output):
    monkeypatch.setattr(sys, "stdout", output)
    with progress(20, unit="iterations") as show:
        show(20, "iter 20")
    assert log.messages == ["iter 20"]


def test_a_line_is_logged_for_what_is_listed_only(log):
    with progress(40, unit="iterations", listed=lambda now: now in (10, 40)) as show:
        for now in (10, 20, 30, 40):
            show(now, f"iter {now}")
    assert log.messages == ["iter 10", "iter 40"]


def test_a_line_is_no_format(log):
    with progress(10, 5, unit="words", earlier=["100 %s"]) as show:
        show(10, "5 %d")
    assert log.messages == ["100 %s", "5 %d"]


def test_there_may_be_fewer_lines_than_calls(log):
    with progress(1000, unit="words", lines=20) as show:
        for words in range(1, 1001):
            show(words, str(words))
    assert log.messages == [*map(str, range(50, 1001, 50))]


@pytest.mark.parametrize("is_terminal", [False, True])
def test_a_quiet_run_shows_nothing(monkeypatch, log, capsys, is_terminal):
    screen = terminal(monkeypatch) if is_terminal else Terminal()
    with progress(30, unit="words", earlier=["before"], quiet=True) as show:
        show(10, "a line", loss="3")
    assert screen.getvalue() == ""
    assert capsys.readouterr() == ("", "")
    assert log.messages == []


def test_a_terminal_without_a_size_gets_lines(log, monkeypatch):
    """A bar would be hidden, as if there were no room below."""
    monkeypatch.setattr(terminal(monkeypatch), "fileno", lambda: 1, raising=False)
    monkeypatch.setattr("os.get_terminal_size", lambda _: os.terminal_size((0, 0)))
    with progress(20, unit="iterations") as show:
        show(20, "iter 20")
    assert (log.messages, sys.stdout.getvalue()) == (["iter 20"], "")


# the bar


def test_on_a_terminal_a_bar_runs_to_the_end(monkeypatch, log, capsys):
    screen = terminal(monkeypatch)
    with progress(30, unit="iterations", earlier=["before"]) as show:
        for iteration in (10, 20, 30):
            show(iteration, "a line", loss="19.061546")
    text = screen.getvalue()
    assert "\n" not in text[:-1], "one line, drawn over and over"
    last = text.rstrip().rpartition("\r")[2]
    assert re.search(r"100%\|.*\| 30/30 \[.* iterations/s, loss=19\.061546\]$", last)
    assert log.messages == []
    assert capsys.readouterr().err == ""


def test_a_bar_begins_where_the_run_was_saved(monkeypatch):
    screen = terminal(monkeypatch)
    with progress(1000, 750, unit="iterations") as show:
        assert re.search(r" 75%\|.*\| 750/1000 ", screen.getvalue())
        show(760, "", loss="2.5")
        show(800, "", loss="2.25")
    assert re.search(r" 80%\|.*\| 800/1000 .*loss=2\.25", screen.getvalue())


def test_large_numbers_of_words_are_scaled(monkeypatch):
    screen = terminal(monkeypatch)
    with progress(1_000_000, unit="words", lines=20) as show:
        show(1_000_000, "", rate="0.00010", loss="2.500000")
    bar = screen.getvalue().split("\r")[-1]
    assert re.search(r"100%.* 1\.00M/1\.00M .*words/s, rate=0\.00010, loss=2\.500000", bar)


def test_a_bar_is_closed_when_the_run_fails(monkeypatch):
    screen = terminal(monkeypatch)

    def run():
        with progress(30, unit="iterations") as show:
            show(10, "")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run()
    assert screen.getvalue().endswith("\n")
