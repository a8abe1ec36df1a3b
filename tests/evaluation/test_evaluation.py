"""word2vec/evaluation and the command `evaluate`: a file of vectors evaluated by files of questions."""

import re
import subprocess
import sys

import numpy as np
import pytest

from word2vec import evaluation
from word2vec.__main__ import main
from word2vec.evaluation import evaluate, evaluate_analogies, evaluate_pairs
from word2vec.vectors.word_vectors import WordVectors

WORDS = ["king", "queen", "man", "woman", "rain", "Tea"]
MATRIX = np.array([[1.0, 1, 0], [1, -1, 0], [0.1, 1, 0], [0.1, -1, 0], [0, 0, 1], [0.5, 0, 2]])


@pytest.fixture
def files(tmp_path):
    rows = (f"{word} {' '.join(map(str, row))}\n" for word, row in zip(WORDS, MATRIX.tolist(), strict=True))
    (tmp_path / "vectors.txt").write_text("6 3\n" + "".join(rows))
    (tmp_path / "pairs.tsv").write_text("king\tman\t9\nking\tqueen\t5\ntea\train\t8\nqueen\train\t1\nx\ty\t3\n")
    (tmp_path / "questions.txt").write_text(
        ": family\nman king woman queen\nking man queen woman\n: gram1\na b c d\n"
    )
    return tmp_path


def test_everything_public_is_there():
    assert all(hasattr(evaluation, name) for name in evaluation.__all__)
    assert sorted(evaluation.__all__) == evaluation.__all__


def test_the_reports_of_all_files_one_below_the_other(files):
    vectors = WordVectors(WORDS, MATRIX)
    pairs, questions = files / "pairs.tsv", files / "questions.txt"
    text, right = evaluate(files / "vectors.txt", [pairs, pairs], [questions], seed=3)
    report = str(evaluate_pairs(vectors, pairs, seed=3))
    assert text == f"{report}\n\n{report}\n\n{evaluate_analogies(vectors, questions)}"
    assert right


def test_one_file_needs_no_list(files):
    pairs, questions = files / "pairs.tsv", files / "questions.txt"
    listed = evaluate(files / "vectors.txt", [pairs], [questions])
    assert evaluate(str(files / "vectors.txt"), str(pairs), questions) == listed
    assert evaluate(WordVectors(WORDS, MATRIX), pairs, questions) == listed


@pytest.mark.parametrize("name", ["pairs", "analogies"])
def test_what_is_no_file_is_named(files, name):
    for value in (None, 3):
        with pytest.raises(TypeError, match=rf"^{name} is {value}: expected a file, or a list of files; "):
            evaluate(files / "vectors.txt", **{name: value})


def test_a_missing_file_is_named_without_the_systems_numbers(files, capsys):
    command = ["evaluate", str(files / "vectors.txt"), "--pairs", "nofile", str(files / "pairs.tsv")]
    assert main(command) == 1
    assert capsys.readouterr().err == "word2vec evaluate: nofile: No such file or directory\n"
    assert main(command[:-1]) == 1
    assert capsys.readouterr().err == "word2vec evaluate: nofile: No such file or directory\n"


def test_the_command_does_what_its_options_say(files, capsys):
    vectors, pairs, questions = (str(files / name) for name in ("vectors.txt", "pairs.tsv", "questions.txt"))
    command = ["evaluate", vectors, "--pairs", pairs, "--analogies", questions]
    options = ["--restrict", "5", "--method", "mul", "--no-fold-case", "--seed", "7"]
    assert main([*command, *options]) == 0
    table = WordVectors(WORDS, MATRIX)
    rules = {"restrict": 5, "fold_case": False}
    expected = [
        evaluate_pairs(table, pairs, seed=7, **rules),
        evaluate_analogies(table, questions, method="mul", **rules),
    ]
    assert capsys.readouterr().out == f"{expected[0]}\n\n{expected[1]}\n"


def test_the_command_counts_unknown_words_if_it_is_told_to(files, capsys):
    vectors, pairs, questions = (str(files / name) for name in ("vectors.txt", "pairs.tsv", "questions.txt"))
    assert main(["evaluate", vectors, "--pairs", pairs, "--analogies", questions, "--unknown", "zero"]) == 0
    table = WordVectors(WORDS, MATRIX)
    expected = [evaluate_pairs(table, pairs, unknown="zero"), evaluate_analogies(table, questions, unknown="zero")]
    assert capsys.readouterr().out == f"{expected[0]}\n\n{expected[1]}\n"


def test_bad_rows_of_the_vectors_are_left_out_if_it_is_told_to(files, capsys):
    (files / "vectors.txt").write_text((files / "vectors.txt").read_text().replace("6 3", "7 3") + "king 7 8 9\n")
    command = ["evaluate", str(files / "vectors.txt"), "--pairs", str(files / "pairs.tsv")]
    assert main(command) == 1
    assert "line 8: the word 'king' stands here again" in capsys.readouterr().err
    assert main([*command, "--errors", "skip"]) == 0
    out, err = capsys.readouterr()
    assert out == f"{evaluate_pairs(WordVectors(WORDS, MATRIX), files / 'pairs.tsv')}\n"
    assert err.startswith(f"word2vec evaluate: {files / 'vectors.txt'}: left out 1 repeated words; the first: line 8")
    assert err.count("\n") == 1


def test_a_cut_of_0_is_none_and_defaults_are_gensims(files, capsys):
    pairs = str(files / "pairs.tsv")
    for options in ([], ["--restrict", "0"]):
        assert main(["evaluate", str(files / "vectors.txt"), "--pairs", pairs, *options]) == 0
        out = capsys.readouterr().out
        assert out == f"{evaluate_pairs(WordVectors(WORDS, MATRIX), pairs)}\n"
        assert "4 of 5 pairs have vectors (80.0 %)" in out  # "tea" is "Tea"


def test_no_set_is_an_error(files, capsys):
    assert main(["evaluate", str(files / "vectors.txt")]) == 1
    error = "word2vec evaluate: nothing to evaluate the vectors by: name a file by --pairs or by --analogies\n"
    assert capsys.readouterr().err == error


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "name a file by `pairs` or by `analogies`$"),
        (
            {"pairs": [("tea", "milk", 3), ("tea", "rain", 1)]},
            "^pairs is .* a list of files; evaluate_pairs takes pairs in memory, too$",
        ),
        ({"analogies": {"all": [("a", "b", "c", "d")]}}, "; evaluate_analogies takes analogies in memory, too$"),
    ],
)
def test_questions_in_memory_are_no_files(given, message):
    with pytest.raises((TypeError, ValueError), match=message):
        evaluate(WordVectors(WORDS, MATRIX), **given)


def test_files_that_cannot_be_read(files, capsys):
    vectors, pairs, none = (str(files / name) for name in ("vectors.txt", "pairs.tsv", "none"))
    assert main(["evaluate", none, "--pairs", pairs]) == 1
    assert none in capsys.readouterr().err
    assert main(["evaluate", vectors, "--pairs", none, pairs, "--analogies", pairs]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("pairs.tsv: Spearman 0.738")
    assert out.count("\n\n") == 0
    first, second = err.splitlines()
    assert first.startswith("word2vec evaluate: ")
    assert none in first
    assert "pairs.tsv, line 1: 'king\\tman\\t9' has 3 words: expected four" in second


def test_if_no_set_can_be_used_nothing_is_printed_among_the_reports(files, capsys):
    vectors, questions, none = (str(files / name) for name in ("vectors.txt", "questions.txt", "none"))
    assert main(["evaluate", vectors, "--pairs", none, questions]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    first, second = err.splitlines()
    assert none in first
    assert "questions.txt" in second
    assert first.startswith("word2vec evaluate: ")
    assert second.startswith("word2vec evaluate: ")


def test_a_set_by_which_the_vectors_cannot_be_judged_does_not_stop_the_others(files, caplog):
    (files / "other.tsv").write_text("x\ty\t1\nking\tman\t2\n")
    text, right = evaluate(files / "vectors.txt", [files / "other.tsv", files / "pairs.tsv"])
    assert not right
    assert "other.tsv: both words of only 1 of 2 pairs have vectors" in caplog.text
    assert text.startswith("pairs.tsv: Spearman")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            ["--analogies", "family.txt", "--columns", "1,2,3"],
            r"--columns is \[1, 2, 3\], but no file of pairs is named: leave",
        ),
        (["--pairs", "set.csv", "--method", "mul"], "--method is 'mul', but no file of analogies is named: leave"),
    ],
)
def test_an_option_that_no_file_uses_is_refused(files, capsys, given, expected):
    assert main(["evaluate", str(files / "v.npz"), *given]) == 1
    assert re.search(expected, capsys.readouterr().err)


def test_columns_by_number_and_name(files, capsys):
    rows = "0,king,man,9,1\n1,king,queen,5,2\n2,tea,rain,8,4\n"
    (files / "set.csv").write_text("id,word1,word2,similarity,relatedness\n" + rows)
    command = ["evaluate", str(files / "vectors.txt"), "--pairs", str(files / "set.csv")]
    assert main(command) == 1
    assert "set.csv: cannot tell which columns" in capsys.readouterr().err
    table = WordVectors(WORDS, MATRIX)
    for option, columns in (("2,3,4", (2, 3, 4)), ("word1, Word2,5", ("word1", "word2", "relatedness"))):
        assert main([*command, "--columns", option]) == 0
        assert capsys.readouterr().out == f"{evaluate_pairs(table, files / 'set.csv', columns=columns)}\n"
    assert main([*command, "--columns", "2,3"]) == 1
    assert "columns is [2, 3]: expected the columns of two words and their rating" in capsys.readouterr().err


def test_few_known_pairs_are_warned_of_on_standard_error(files, capsys):
    (files / "many.tsv").write_text((files / "pairs.tsv").read_text() + "".join(f"x{i}\ty\t{i}\n" for i in range(9)))
    assert main(["evaluate", str(files / "vectors.txt"), "--pairs", str(files / "many.tsv")]) == 0
    out, err = capsys.readouterr()
    assert "4 of 14 pairs" in out
    assert err.startswith("word2vec evaluate: many.tsv: only 4 of 14 pairs have vectors, so the score means little")


def test_neither_import_nor_analogies_load_scipys_statistics(files):
    code = """
import sys
from word2vec.evaluation import evaluate
evaluate(sys.argv[1], sys.argv[2:3], sys.argv[3:])
print("scipy.stats" in sys.modules)
"""
    names = [str(files / name) for name in ("vectors.txt", "pairs.tsv", "questions.txt")]
    done = subprocess.run([sys.executable, "-c", code, *names], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_gensims_names_say_ours():
    with pytest.raises(
        TypeError, match=r"^evaluate\(\) has no argument 'restrict_vocab': it is called restrict here$"
    ):
        evaluate("v.txt", restrict_vocab=3)
