"""word2vec/runtime/console.py: what a command prints, and where."""

import argparse
import io
import logging
import os
import sys
import warnings
from functools import partial
from pathlib import Path

import pytest

from word2vec.runtime.console import (
    CommandParser,
    OnOff,
    console,
    file_name,
    option_names,
    output_name,
    print_line,
    reason,
    text_output_name,
    translate,
)

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


def test_with_standard_error_closed_errors_are_not_among_the_results(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stderr", None)
    with console("word2vec convert") as complain:
        complain("it went wrong")
        print_line("a result")
    assert capsys.readouterr().out == "a result\n"


def test_what_a_terminal_cannot_show_is_escaped(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    with console("run.py"):
        logger.info("clich\u00e9")
    assert raw.getvalue() == b"clich\\xe9\n"


def test_a_quiet_command_prints_warnings_and_errors_only_after_its_name(capsys):
    with console("run.py", quiet=True, translated=str.upper) as complain:
        logger.info("3 words")
        complain(ValueError("no word"))
        complain("interrupted")
        complain(MemoryError())
        logger.warning("a %s", "row")
    assert capsys.readouterr() == (
        "",
        "run.py: NO WORD\nrun.py: INTERRUPTED\nrun.py: MEMORYERROR: THERE IS NOT ENOUGH MEMORY\nrun.py: A ROW\n",
    )


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("the text"), "the text"),
        (MemoryError(), "MemoryError: there is not enough memory"),
        (OSError(), "OSError"),
        (RuntimeError(" "), "RuntimeError"),
        (FileNotFoundError(2, "No such file", "x"), "x: No such file"),
        (OSError(28, "No space left"), "No space left"),
    ],
)
def test_an_error_always_has_a_reason(error, text):
    assert reason(error) == text


# the options


@pytest.mark.skipif(os.name == "nt", reason="standard output has no name on Windows")
def test_standard_output_is_a_file_where_it_has_a_name(monkeypatch):
    assert [output_name(text) for text in ("-", "./-", "a")] == [Path("/dev/stdout"), Path("./-"), Path("a")]
    monkeypatch.setattr("word2vec.runtime.console.STDOUT", "/no/such/name")
    with pytest.raises(argparse.ArgumentTypeError, match=r"^standard output has no name here: expected that of"):
        output_name("-")


@pytest.mark.parametrize("name", ["a.zip", "a.txt.zst", "a.Z"])
def test_a_file_is_not_named_as_packed_in_a_way_in_which_none_is_written(name):
    with pytest.raises(argparse.ArgumentTypeError, match=r" is not written, expected \.gz, \.bz2, \.xz or no packed"):
        text_output_name(name)
    assert output_name(name) == Path(name)  # of another format
    assert [text_output_name(text) for text in ("a.gz", "zip", "a.zst.txt")] == [
        Path("a.gz"),
        Path("zip"),
        Path("a.zst.txt"),
    ]


@pytest.fixture
def parser():
    parser = CommandParser(prog="command")
    parser.add_argument("files", nargs="*")
    parser.add_argument("--min-count", type=int)
    parser.add_argument("--rate", "--learning-rate", type=float)
    parser.add_argument("--words", default="a")
    parser.add_argument("--errors")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--encoding")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--from", dest="format")
    parser.add_argument("--corpus", nargs="+", action="extend", type=file_name)
    parser.add_argument("--resume", action=OnOff)
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument_group("more").add_argument("--dim", type=int)
    return parser


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--words a --words b", "--words a and --words b contradict each other: expected one of them"),
        ("--rate 1 --dim 2 --learning-rate 2", "--rate 1.0 and --learning-rate 2.0 contradict each other"),
        ("--dim 2 --dim 3", "--dim 2 and --dim 3 contradict"),
        ("--out a --out b", "--out a and --out b contradict"),
        ("--resume --no-resume", "--resume and --no-resume contradict"),
        ("--min-count 1.5", "argument --min-count: '1.5': expected a whole number of at most 64 bits"),
        ("--limit " + "9" * 50, f"argument --limit: '{'9' * 40}': expected a whole number of at most 64 bits"),
        ("--out=", "argument --out: the name is empty: expected that of a file or folder"),
        ("--corpus=", "argument --corpus: the name is empty: expected that of a file or folder"),
    ],
)
def test_what_contradicts_or_cannot_be_is_refused(parser, capsys, line, message):
    with pytest.raises(SystemExit) as stop:
        parser.parse_args(line.split())
    assert stop.value.code == 2
    assert f"command: error: {message}" in capsys.readouterr().err


def test_names_of_files_may_begin_with_the_home_folder(parser, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    options = parser.parse_args(["--out=~/a", "--corpus=~/b", "c~"])
    assert (options.out, options.corpus, options.files) == (tmp_path / "a", [f"{tmp_path}/b"], ["c~"])


def test_what_is_said_twice_alike_or_can_be_several_is_accepted(parser):
    line = "x --words b --words b --corpus c d --corpus c --quiet --quiet --resume --resume --rate nan --dim -3"
    options = parser.parse_args(line.split())
    assert (options.words, options.corpus, options.resume) == ("b", ["c", "d", "c"], True)
    assert options.files == ["x"]
    assert options.dim == -3
    assert parser.parse_args(["--words", "c"]).words == "c", "each command line counts for itself"


def test_the_namespace_names_the_parser_of_the_command(parser):
    main = CommandParser()
    command = main.add_subparsers().add_parser("train")
    command.add_argument("--dim", type=int)
    options = main.parse_args(["train", "--dim", "3"])
    assert (options.parser, options.dim) == (command, 3)
    with pytest.raises(SystemExit):
        main.parse_args(["train", "--dim", "3", "--dim", "4"])


@pytest.mark.parametrize(
    ("line", "source", "target", "rest"),
    [
        ("a --dim 2 b", "a", "b", []),
        ("--dim 2 a --quiet b", "a", "b", []),
        ("a b --dim 2", "a", "b", []),
        ("a --quiet", "a", None, []),
        ("-- -a b", "-a", "b", []),
        ("a --quiet -- -b", "a", "-b", []),
        ("a --quiet b --dim 2 c", "a", "b", ["c"]),
        ("a --quick b", "a", None, ["--quick", "b"]),
    ],
)
def test_arguments_may_stand_on_both_sides_of_options(line, source, target, rest):
    main = CommandParser()
    command = main.add_subparsers().add_parser("copy")
    command.add_argument("source")
    command.add_argument("target", nargs="?")
    command.add_argument("--dim", type=int)
    command.add_argument("--quiet", action="store_true")
    options, unknown = main.parse_known_args(["copy", *line.split()])
    assert (options.source, options.target, unknown) == (source, target, rest)
    assert (options.dim == 2) == ("--dim" in line)
    command.add_mutually_exclusive_group().add_argument("either", nargs="?")
    assert main.parse_known_args(["copy", "a", "--quick", "b"])[1] == ["--quick", "b"]


def test_options_by_the_names_of_arguments(parser):
    names = option_names(parser)
    assert names["min_count"] == "--min-count"
    assert (names["rate"], names["learning_rate"]) == ("--rate", "--learning-rate")
    assert (names["format"], names["from"]) == ("--from", "--from")
    assert (names["resume"], names["no_resume"]) == ("--resume", "--no-resume")
    assert "files" not in names


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("min_count is 0: expected at least 1", "--min-count is 0: expected at least 1"),
        (
            "no word occurs min_count=5 times; lower min_count, or",
            "no word occurs --min-count 5 times; lower --min-count, or",
        ),
        ('leave it out by errors="skip"', "leave it out by --errors skip"),
        ("leave it out by errors='skip'.", "leave it out by --errors skip."),
        ("read fewer: limit=N", "read fewer: --limit N"),
        ("read fewer (limit=1000)", "read fewer (--limit 1000)"),
        ("choose others: words=... or words=…", "choose others: --words ... or --words …"),
        ('pass encoding="utf 16"', "pass --encoding 'utf 16'"),
        ("0 to learning_rate (0.025)", "0 to --learning-rate (0.025)"),
        ("a rate=1e-05, rate=-0.5", "a --rate 1e-05, --rate -0.5"),
        ('GloVe\'s: format="glove"', "GloVe's: --from glove"),
        ("start anew by resume=False", "start anew by --no-resume"),
        ("as resume=True says", "as --resume says"),
        ("the course's min_count=5, and gensim's", "the course's --min-count 5, and gensim's"),
        ("lower it by end_rate=0", "lower it by --set end_rate=0"),
        ("the same; pass words=(3, 6); in Python, none", "the same; pass --words 3 6"),
        ("end_rate is 1: expected less", "--set end_rate is 1: expected less"),
        ("a larger `limit`, or `top_n`", "a larger --limit, or `top_n`"),
        ("resume: a folder holds no run", "--resume: a folder holds no run"),
        ("words='tcp://host:8786' needs Dask", "--words tcp://host:8786 needs Dask"),
    ],
)
def test_arguments_of_python_become_options(parser, message, expected):
    names = option_names(parser) | {"end_rate": "--set end_rate"}
    assert translate(message, names) == expected


@pytest.mark.parametrize(
    "message",
    [
        "words and errors, the limit of a rate",
        "folder=... keeps it on disk; encoding=None",
        "quiet=False",
        "no option has top_n, end_rate does not stand alone",
        "'min_count=5' is no number",
        '"it\'s min_count" is no number',
        "b'min_count=5 \\' min_count' is no header",
        "/tmp/min_count=5/min_count is a folder",
        "min_count.txt, line 3; a-min_count; v.min_count; min_count-a; my_min_count",
        "C:\\min_count\\min_count.txt",
        "pass load(path, errors='skip', min_count=5)",
        "pass words=dataset.tokens()",
        "--set min_count is unknown: see --min_count",
    ],
)
def test_other_text_stays_as_it_is(parser, message):
    names = option_names(parser) | {"end_rate": "--set end_rate"}
    assert translate(message, names) == message


def test_what_the_user_gave_stays_as_it_is(parser):
    translated = partial(
        translate, names=option_names(parser), data=["min_count", Path("my min_count file"), "errors"]
    )
    assert translated("min_count is a folder: pass min_count=3") == "min_count is a folder: pass --min-count 3"
    assert translated("my min_count file, line 3: errors='skip'") == "my min_count file, line 3: --errors skip"


def test_in_the_log_only_the_librarys_own_text_is_translated(capsys):
    with console("word2vec train", translated=partial(translate, names={"min_count": "--min-count"})):
        logger.info("min_count=%s: %s", 5, "king min_count")
        logger.error("%s", "lower min_count")
        warnings.warn_explicit("lower min_count", UserWarning, "file.py", 1, module="word2vec.text")
    out, err = capsys.readouterr()
    assert out == "--min-count 5: king min_count\n"
    assert err == "word2vec train: lower --min-count\n" * 2
