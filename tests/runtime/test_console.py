"""word2vec/runtime/console.py: what a command prints, and where."""

import io
import logging
import sys
import warnings

import pytest

from word2vec.runtime.console import console, print_line

logger = logging.getLogger("word2vec.somewhere")


def test_information_goes_to_standard_output_and_the_rest_to_standard_error(capsys):
    with console("word2vec train"):
        logger.info("%s words", 3)
        logger.debug("nothing of interest")
        logger.error("a file was not written")
        warnings.warn_explicit("a row was left out", UserWarning, "file.py", 1, module="word2vec.vectors.formats")
    out, err = capsys.readouterr()
    assert out == "3 words\n"
    assert err.splitlines() == ["word2vec train: a file was not written", "word2vec train: a row was left out"]


def test_a_quiet_command_prints_warnings_and_errors_only(capsys):
    with console("run.py", quiet=True):
        logger.info("3 words")
        logger.error("a file was not written")
    assert capsys.readouterr() == ("", "run.py: a file was not written\n")


@pytest.mark.parametrize("module", ["word2vec.runtime.run_folder", "run", "__main__"])
def test_a_warning_is_printed_each_time_whatever_filters_there_are(capsys, module):
    warnings.simplefilter("ignore")
    with console("run.py"):
        for _ in range(2):
            warnings.warn_explicit("not saved", UserWarning, "file.py", 1, module=module)
    assert capsys.readouterr().err == "run.py: not saved\n" * 2


def test_afterwards_the_log_is_as_it_was(capsys):
    root = logging.getLogger("word2vec")
    before = (root.level, root.handlers[:])
    with pytest.raises(ZeroDivisionError), console("run.py"):
        raise ZeroDivisionError
    assert (root.level, root.handlers) == before
    logger.info("not shown")
    assert capsys.readouterr() == ("", "")


def test_lines_are_seen_at_once(monkeypatch):
    class Pipe(io.StringIO):
        seen = ""

        def flush(self):
            self.seen = self.getvalue()

    monkeypatch.setattr(sys, "stdout", Pipe())
    print_line("iter 10: 3.000000")
    assert sys.stdout.seen == "iter 10: 3.000000\n"


def test_what_a_terminal_cannot_show_is_escaped(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    with console("run.py"):
        logger.info("clich\u00e9")
    assert raw.getvalue() == b"clich\\xe9\n"
