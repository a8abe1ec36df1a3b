"""word2vec/course/treebank_files.py: what the files say, and every error by file, line, expectation and fix."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from word2vec.course import treebank_files
from word2vec.course.treebank_files import (
    COURSE_FOLDER,
    TREEBANK,
    TreebankError,
    find_treebank,
    holds_trees,
    read_phrase_values,
    read_sentences,
    read_split,
    read_trees,
)

ROOT = Path(__file__).resolve().parents[2]
FILES = {
    "datasetSentences.txt": "sentence_index\tsentence\n1\tA clichÃ© -LRB- or two -RRB- .\n2\tGood fun\n3\tNo\n",
    "datasetSplit.txt": "sentence_index,splitset_label\n1,1\n2,3\n3,2\n",
    "dictionary.txt": "A cliché ( or two ) .|0\nGood fun|7\nNo|2\na|b|7\n",
    "sentiment_labels.txt": "phrase ids|sentiment values\n0|0.25\n7|1.0\n2|0\n",
}
FIX = re.escape("./get_datasets.sh (or python -m utils.download) fetches the treebank")
ANEW = f"move its folder away, then {FIX}"


@pytest.fixture
def folder(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).write_bytes(text.encode())
    return tmp_path


def read_all(folder):
    sentences = read_sentences(folder)
    return sentences, read_split(folder, len(sentences)), read_phrase_values(folder)


def change(folder, name, old, new):
    """Put bytes in place of others, which must be there."""
    data = (folder / name).read_bytes()
    assert old in data
    (folder / name).write_bytes(data.replace(old, new, 1))


# what the files say


def test_sentences(folder):
    assert read_sentences(folder) == ["A clichÃ© -LRB- or two -RRB- .", "Good fun", "No"]


def test_phrases_are_lower_cased_and_may_hold_a_bar(folder):
    values = read_phrase_values(folder)
    assert values == {"a cliché ( or two ) .": 0.25, "good fun": 1.0, "no": 0.0, "a|b": 1.0}


def test_of_phrases_that_differ_in_capitals_the_last_counts(folder):
    change(folder, "dictionary.txt", b"a|b|7\n", b"NO|0\n")
    assert read_phrase_values(folder)["no"] == 0.25


@pytest.mark.parametrize(
    "saved",
    [
        lambda text: (text + "\n\n").replace("\n", "\r\n"),
        lambda text: (text + "\n\n").replace("\n", "\r"),
        lambda text: text.rstrip("\n"),
        lambda text: "\ufeff" + text,
    ],
)
def test_line_ends_of_other_systems_none_at_the_end_and_a_mark_at_the_beginning_are_accepted(folder, saved):
    truth = read_all(folder)
    assert truth[1] == [[0], [2], [1]], "train, test, dev"
    for name, text in FILES.items():
        (folder / name).write_bytes(saved(text).encode())
    assert read_all(folder) == truth


@pytest.mark.parametrize("character", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028"])
def test_only_a_line_feed_ends_a_line(folder, character):
    """Double encoding leaves such characters in the sentences: 'à' becomes 'Ã' and a no-break space."""
    change(folder, "datasetSentences.txt", b"Good fun", f"Good{character}fun".encode())
    assert read_sentences(folder) == ["A clichÃ© -LRB- or two -RRB- .", f"Good{character}fun", "No"]


def test_a_sentence_keeps_a_doubly_encoded_letter_at_its_end(folder):
    change(folder, "datasetSentences.txt", b"Good fun", "Good voilà".encode().decode("latin1").encode())
    assert read_sentences(folder)[1].encode("latin1").decode() == "Good voilà"


# parse trees

TREES = {
    "train.txt": "(3 (2 It) (4 (4 works) (2 .)))\n(0 (1 a\u00a0b) (2 -LRB-))\n",
    "test.txt": "(2 1\\/2)\n",
    "dev.txt": "(1 (2 No) (1 (2 caf\u00e9) (2 .)))\n",
}


@pytest.fixture
def trees(tmp_path):
    (tmp_path / "trees").mkdir()
    for name, text in TREES.items():
        (tmp_path / "trees" / name).write_bytes(text.encode())
    return tmp_path / "trees"


def test_trees_are_sentences_and_their_classes(trees):
    assert holds_trees(trees)
    assert read_trees(trees) == [
        [(3, ["It", "works", "."]), (0, ["a\u00a0b", "-LRB-"])],
        [(2, ["1\\/2"])],
        [(1, ["No", "caf\u00e9", "."])],
    ]


def test_trees_with_a_byte_order_mark_and_line_ends_of_windows(trees):
    truth = read_trees(trees)
    for name, text in TREES.items():
        (trees / name).write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert holds_trees(trees)
    assert read_trees(trees) == truth


@pytest.mark.parametrize(
    "line",
    [
        "(3 (2 It) (4 works)",
        "(3 (2 It) (4 works)))",
        "(3 (2 It) (5 works))",
        "(3 (2 It) (x works))",
        "(3 (2 It) ( works))",
        "(3 (2 It works))",
        "(3 (2 It) works)",
        "(3 (2) (4 works))",
        "(3 )",
        "3 (2 It)",
        "(2 It) (4 works)",
        "It works",
        ")",
        "",
    ],
)
def test_a_malformed_tree(trees, line):
    (trees / "dev.txt").write_text(f"(1 No)\n{line}\n(1 No)\n")
    message = (
        f"{trees / 'dev.txt'}, line 2: expected a tree such as '(3 (2 It) (4 works))' with classes from 0 to 4, "
    )
    with pytest.raises(TreebankError, match=f"^{re.escape(message)}found {re.escape(repr(line))}; {ANEW}$"):
        read_trees(trees)


@pytest.mark.parametrize("name", TREES)
def test_a_missing_file_of_trees(trees, name):
    (trees / name).unlink()
    assert holds_trees(trees)
    with pytest.raises(FileNotFoundError, match=rf"^{re.escape(str(trees / name))} is missing; {FIX}"):
        read_trees(trees)


def test_the_four_files_come_before_trees(folder, trees):
    for name in FILES:
        shutil.copy(folder / name, trees)
    assert not holds_trees(trees)


def test_a_text_that_is_called_train_is_no_tree(folder):
    for name in FILES:
        (folder / name).unlink()
    (folder / "train.txt").write_text("It works (here)\n")
    assert not holds_trees(folder)


# errors of the folder


@pytest.mark.parametrize("place", [".", "..", "../..", "docs", "datasetSplit.txt"])
def test_a_folder_too_high_or_too_low_and_a_file_inside_will_do(tmp_path, place):
    folder = tmp_path / "zip" / "treebank"
    (folder / "docs").mkdir(parents=True)
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    assert find_treebank((folder / place).resolve()) == folder


@pytest.mark.parametrize("place", ["", "trees", "trees/test.txt"])
def test_a_folder_of_trees_is_found_too(tmp_path, trees, place):
    assert find_treebank(tmp_path / place) == trees


def test_beside_trees_the_four_files_are_found(tmp_path, trees):
    (tmp_path / "four").mkdir()
    (tmp_path / "four" / "datasetSentences.txt").touch()
    assert find_treebank(tmp_path) == tmp_path / "four"


def test_of_several_folders_one_is_to_be_named(tmp_path):
    for name in ("b", "a"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "datasetSentences.txt").touch()
    message = f"several treebanks in {tmp_path}: name one by path=...: {tmp_path / 'a'}, {tmp_path / 'b'}"
    with pytest.raises(FileNotFoundError, match=f"^{re.escape(message)}$"):
        find_treebank(tmp_path)


def test_a_misspelled_name_is_not_taken_for_the_folder_around_it(folder):
    with pytest.raises(FileNotFoundError, match=r"^no treebank in "):
        find_treebank(folder / "treebnak")


@pytest.mark.parametrize("is_file", [False, True])
def test_a_folder_that_is_not_there(tmp_path, is_file):
    if is_file:
        (tmp_path / "nowhere").touch()
    where = re.escape(str(tmp_path / "nowhere"))
    with pytest.raises(FileNotFoundError, match=rf"^no treebank in {where}: {FIX}, .*path=\.\.\.$"):
        find_treebank(tmp_path / "nowhere")


def test_a_relative_folder_is_named_in_full(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=re.escape(f"no treebank in {tmp_path / 'nowhere'}: ")):
        find_treebank("nowhere")


def test_without_a_name_the_two_usual_places_are_looked_in(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(treebank_files, "TREEBANK", tmp_path / "ours")
    places = re.escape(f"{tmp_path / 'ours'} and {tmp_path / COURSE_FOLDER}")
    with pytest.raises(FileNotFoundError, match=f"^no treebank in {places}: {FIX}"):
        find_treebank()
    COURSE_FOLDER.mkdir(parents=True)
    assert find_treebank() == COURSE_FOLDER.absolute()
    (tmp_path / "ours").mkdir()
    assert find_treebank() == tmp_path / "ours"


def test_the_usual_place_is_where_the_downloader_puts_it(tmp_path, monkeypatch):
    from word2vec.course.download import TREEBANK_FOLDER

    assert TREEBANK == TREEBANK_FOLDER
    monkeypatch.chdir(ROOT)
    assert COURSE_FOLDER.absolute() == TREEBANK


# errors of the files


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file(folder, name):
    (folder / name).unlink()
    with pytest.raises(
        FileNotFoundError, match=rf"^{re.escape(str(folder / name))} is missing; {FIX}, or name its folder by "
    ):
        read_all(folder)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("content", [b"", b"\n\n", b"\r\n"])
def test_an_empty_file(folder, name, content):
    (folder / name).write_bytes(content)
    with pytest.raises(TreebankError, match=rf"^{re.escape(str(folder / name))} is empty; {ANEW}$"):
        read_all(folder)


@pytest.mark.parametrize("name", ["datasetSentences.txt", "datasetSplit.txt", "sentiment_labels.txt"])
def test_a_wrong_header(folder, name):
    header = FILES[name].split("\n")[0]
    change(folder, name, header.encode(), b"<!DOCTYPE html>")
    message = f"{folder / name}, line 1: expected the header {header!r}, found '<!DOCTYPE html>'; "
    with pytest.raises(TreebankError, match=f"^{re.escape(message)}{ANEW}$"):
        read_all(folder)


@pytest.mark.parametrize(
    ("name", "old", "new", "line", "expected"),
    [
        ("datasetSentences.txt", "2\tGood fun", "2 Good fun", 3, "'2<TAB>sentence'"),
        ("datasetSentences.txt", "2\tGood fun", "2\t ", 3, "'2<TAB>sentence'"),
        ("datasetSentences.txt", "2\tGood fun", "", 3, "'2<TAB>sentence'"),
        ("datasetSentences.txt", "2\tGood fun", "4\tGood fun", 3, "'2<TAB>sentence'"),
        ("datasetSentences.txt", "3\tNo", "2\tNo", 4, "'3<TAB>sentence'"),
        ("datasetSentences.txt", "1\tA", "x\tA", 2, "'1<TAB>sentence'"),
        ("datasetSplit.txt", "2,3", "2,4", 3, "a split label 1, 2 or 3 (train, test, dev)"),
        ("datasetSplit.txt", "2,3", "2,0", 3, "a split label 1, 2 or 3 (train, test, dev)"),
        ("datasetSplit.txt", "2,3", "2", 3, "a split label 1, 2 or 3 (train, test, dev)"),
        ("datasetSplit.txt", "2,3", "2,3 ", 3, "a split label 1, 2 or 3 (train, test, dev)"),
        ("datasetSplit.txt", "3,2", "4,2", 4, "a sentence index from 1 to 3"),
        ("datasetSplit.txt", "1,1", "0,1", 2, "a sentence index from 1 to 3"),
        ("datasetSplit.txt", "1,1", "-1,1", 2, "a sentence index from 1 to 3"),
        ("datasetSplit.txt", "1,1", "one,1", 2, "a sentence index from 1 to 3"),
        ("datasetSplit.txt", "2,3", "rubbish\n2,3", 3, "a split label 1, 2 or 3 (train, test, dev)"),
        ("datasetSplit.txt", "2,3", "\n2,3", 3, "a split label 1, 2 or 3 (train, test, dev)"),
        ("dictionary.txt", "Good fun|7", "Good fun|8", 2, "'phrase|id' with an id of sentiment_labels.txt"),
        ("dictionary.txt", "Good fun|7", "Good fun", 2, "'phrase|id' with an id of sentiment_labels.txt"),
        ("dictionary.txt", "Good fun|7", "Good fun|", 2, "'phrase|id' with an id of sentiment_labels.txt"),
        ("dictionary.txt", "No|2", "", 3, "'phrase|id' with an id of sentiment_labels.txt"),
        ("sentiment_labels.txt", "7|1.0", "7|1.5", 3, "'id|value' with a value in [0, 1]"),
        ("sentiment_labels.txt", "7|1.0", "7|-0.5", 3, "'id|value' with a value in [0, 1]"),
        ("sentiment_labels.txt", "7|1.0", "7|nan", 3, "'id|value' with a value in [0, 1]"),
        ("sentiment_labels.txt", "7|1.0", "7|good", 3, "'id|value' with a value in [0, 1]"),
        ("sentiment_labels.txt", "7|1.0", "7", 3, "'id|value' with a value in [0, 1]"),
        ("sentiment_labels.txt", "2|0", "two|0", 4, "'id|value' with a value in [0, 1]"),
    ],
)
def test_a_malformed_line(folder, name, old, new, line, expected):
    change(folder, name, old.encode(), new.encode())
    found = (folder / name).read_text(encoding="utf-8").split("\n")[line - 1]
    message = f"{folder / name}, line {line}: expected {expected}, found {found!r}; "
    with pytest.raises(TreebankError, match=f"^{re.escape(message)}{ANEW}$"):
        read_all(folder)


@pytest.mark.parametrize("name", FILES)
def test_bytes_that_are_not_utf8(folder, name):
    lines = FILES[name].encode().split(b"\n")
    lines[2] = b"caf\xe9" + lines[2]
    (folder / name).write_bytes(b"\n".join(lines))
    message = f"{folder / name}, line 3: expected UTF-8, found b'\\xe9'; "
    with pytest.raises(TreebankError, match=f"^{re.escape(message)}{ANEW}$"):
        read_all(folder)


@pytest.mark.parametrize("name", FILES)
def test_of_a_long_line_that_is_none_of_the_treebanks_the_begin_is_shown(folder, name):
    """As a page of one line that came instead."""
    (folder / name).write_bytes(b"<html>" * 10**5)
    with pytest.raises(TreebankError, match=r"<html><html>.*; move its folder away") as raised:
        read_all(folder)
    assert len(str(raised.value)) < 500 + len(str(folder))


@pytest.mark.parametrize("name", FILES)
def test_zeros_that_a_crash_of_the_system_left_are_named(folder, name):
    (folder / name).write_bytes(FILES[name].encode()[:-2] + bytes(1000))
    line = FILES[name].count("\n")
    with pytest.raises(TreebankError, match=rf"{name}, line {line}: expected UTF-8, found b'\\x00'; {ANEW}$"):
        read_all(folder)


@pytest.mark.parametrize("lines", ["1,1\n2,3\n", "1,1\n2,3\n2,3\n", ""], ids=["cut", "twice", "none"])
def test_a_split_that_leaves_sentences_out(folder, lines):
    (folder / "datasetSplit.txt").write_text(f"sentence_index,splitset_label\n{lines}")
    with pytest.raises(TreebankError, match=r"datasetSplit\.txt"):
        read_split(folder, 3)


def test_a_file_of_sentences_without_a_sentence(folder):
    (folder / "datasetSentences.txt").write_text("sentence_index\tsentence\n")
    with pytest.raises(TreebankError, match=r"datasetSentences\.txt"):
        read_sentences(folder)


# any locale


def test_the_locale_does_not_matter(folder):
    code = """if True:
        import locale, sys
        from utils.treebank import StanfordSentiment
        dataset = StanfordSentiment(sys.argv[1])
        print(locale.getpreferredencoding(False))
        print(ascii([dataset.sentences()[0], dataset.sent_labels(), dataset.dataset_split()]))
    """
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "error", "-c", code, str(folder)]
    found = subprocess.run(command, env=os.environ | plain, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    encoding, values = found.stdout.splitlines()
    if encoding.lower() in ("utf-8", "utf8"):
        pytest.skip("this system's C locale means UTF-8")
    words = ["a", "clichã©", "-lrb-", "or", "two", "-rrb-", "."]
    assert values == ascii([words, [0.25, 1.0, 0.0], [[0], [2], [1]]])


def test_sentences_that_were_cut_off_are_found_by_the_split(tmp_path):
    for name in ("datasetSentences.txt", "datasetSplit.txt"):
        (tmp_path / name).write_bytes((treebank_files.SAMPLE / name).read_bytes())
    read_sentences(tmp_path)
    whole = (tmp_path / "datasetSentences.txt").read_bytes()
    (tmp_path / "datasetSentences.txt").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(TreebankError, match=r"Sentences\.txt: .* sentences, datasetSplit\.txt has .*: one"):
        read_sentences(tmp_path)


def test_a_zip_is_to_be_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "sst.zip", "w") as archive:
        archive.writestr("a", "b")
    with pytest.raises(FileNotFoundError, match=r"sst\.zip is a zip: python -m utils\.download .* unpacks it"):
        find_treebank(tmp_path / "sst.zip")


def test_a_treebank_error_is_a_value_error():
    assert issubclass(TreebankError, ValueError)
