"""The layouts of word-pair and analogy files, and what is wrong with bad ones."""

import gzip
import io
import random
from collections import namedtuple

import numpy as np
import pytest

from word2vec.evaluation import question_files
from word2vec.evaluation.question_files import entries, is_file, name_of, read_analogies, read_pairs

PAIRS = [("love", "sex", 6.77), ("tiger", "cat", 7.35), ("tiger", "tiger", 10.0)]


@pytest.fixture
def write(tmp_path):
    def write(text, name="set.txt"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.mark.parametrize(
    "text",
    [
        "# The collection (http://…)\n# Word 1\tWord 2\tHuman (mean)\nlove\tsex\t6.77\ntiger\tcat\t7.35\n"
        "tiger\ttiger\t10.00\n",
        "Word 1,Word 2,Human (mean)\nlove,sex,6.77\ntiger,cat,7.35\ntiger,tiger,10.00\n",
        "Word 1\tWord 2\tHuman (mean)\t1\t2\nlove\tsex\t6.77\t9\t6\ntiger\tcat\t7.35\t9\t7\ntiger\ttiger\t10\t10\t10",
        "word1\tword2\tPOS\tSimLex999\tconc(w1)\nlove\tsex\tN\t6.77\t3\ntiger\tcat\tN\t7.35\t1\ntiger\ttiger\tN\t10\t4\n",
        "love sex 6.77\ntiger cat 7.35\ntiger tiger 10\n",
        "Word 1 Word 2 Human (mean)\nlove sex 6.77\ntiger cat 7.35\ntiger tiger 10\n",
        "love;sex;6.77\r\n\r\ntiger;cat;7.35\r\n// the last one:\r\ntiger ; tiger ; 1e1",
        "\ufefflove  sex\t 6.77\n  tiger cat 7.35\n\n\ntiger tiger 10.0\n",
        "love\tsex\tVERB\t6.77\tSYNONYMS\ntiger\tcat\tVERB\t7.35\tNONE\ntiger\ttiger\tNOUN\t10\tNONE\n",
    ],
    ids=["WS353", "commas", "raters", "SimLex", "spaces", "header-of-words", "semicolons", "mark", "SimVerb"],
)
def test_every_layout_gives_the_same_pairs(write, text):
    assert read_pairs(write(text)) == PAIRS


def test_a_single_line_and_a_packed_file(write):
    assert read_pairs(write("love\tsex\t6.77")) == PAIRS[:1]
    assert read_pairs(write(gzip.compress(b"love\tsex\t6.77\ntiger\tcat\t7.35\n"), "set.tsv.gz")) == PAIRS[:2]


def test_a_mark_within_a_word_separates_no_columns(write):
    assert read_pairs(write("a,b c 1\nd;e f,g 2\n")) == [("a,b", "c", 1.0), ("d;e", "f,g", 2.0)]


def test_words_of_several_parts_in_columns(write):
    assert read_pairs(write("New York\tLos Angeles\t7\n")) == [("New York", "Los Angeles", 7.0)]


@pytest.mark.parametrize(
    ("text", "line", "shown"),
    [
        ("love\tsex\t6.77\ntiger\tcat\n", 2, r"tiger\\tcat"),
        ("love\tsex\t6.77\ntiger\tcat\t7\n\n# no\ntiger\tcat\tmany\n", 5, "many"),
        ("love\tsex\t6.77\ntiger\tcat\t7\n\tcat\t7\nx\t\t7", 3, "cat"),
        ("love\tsex\t6.77\ntiger\tcat\t7\nx\t\t7", 3, "x"),
        ("a b 1\nc d 2\ne f nan\n", 3, "e f nan"),
        ("a b 1\nc d 2\ne f inf\n", 3, "e f inf"),
        ("word1,word2\na,b\n", 2, "a,b"),
        ("only\n", 1, "only"),
        ("a b 1\nc d 2\ne,f,3\n", 3, "e,f,3"),
    ],
)
def test_a_bad_line_is_named(write, text, line, shown):
    path = write(text)
    message = rf"set\.txt, line {line}: '.*{shown}.*': expected two words and a number, .* put # before it"
    with pytest.raises(ValueError, match=message):
        read_pairs(path)


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n"])
def test_nothing_in_the_file(write, text):
    with pytest.raises(ValueError, match=r"set\.txt holds no word pairs: expected lines of two words and a number"):
        read_pairs(write(text))
    with pytest.raises(ValueError, match=r"set\.txt holds no questions: expected lines `: NAME` and lines of four"):
        read_analogies(write(text))


def test_bytes_that_are_not_utf8(write):
    path = write("a b 1\ncafé d 2\n".encode("latin1"))
    with pytest.raises(ValueError, match=r"set\.txt, line 2: the byte 0xe9 is not UTF-8 \(.*\): convert the file"):
        read_pairs(path)


def test_a_file_that_is_not_there(tmp_path):
    for read in (read_pairs, read_analogies):
        with pytest.raises(OSError, match="nothing"):
            read(tmp_path / "nothing")


def test_a_file_of_many_blocks_keeps_its_line_numbers(write):
    lines = [f"word{i} other{i} {i}" for i in range(20_000)]
    lines[15_000] = "word other"
    with pytest.raises(ValueError, match=r"line 15001: 'word other'"):
        read_pairs(write("\n".join(lines)))
    del lines[15_000]
    assert read_pairs(write("\n".join(lines)))[-1] == ("word19999", "other19999", 19999.0)


# analogies

QUESTIONS = """// Copyright
: capitals

Athens Greece Oslo Norway
Oslo Norway  Athens\tGreece
: empty
# a comment
:gram1 of verbs
go going say saying"""


def test_analogies_by_section(write):
    assert read_analogies(write(QUESTIONS)) == [
        ("capitals", [("Athens", "Greece", "Oslo", "Norway"), ("Oslo", "Norway", "Athens", "Greece")]),
        ("empty", []),
        ("gram1 of verbs", [("go", "going", "say", "saying")]),
    ]


def test_a_section_may_come_twice(write):
    twice = read_analogies(write(": a\nx y z w\n: b\n: a\nx y z v\n"))
    assert [name for name, _ in twice] == ["a", "b", "a"]


@pytest.mark.parametrize(("bad", "count"), [("a b c", 3), ("a b c d e", 5), ("a", 1)])
def test_a_question_that_is_none(write, bad, count):
    message = rf"set\.txt, line 3: '{bad}' has {count} words: expected four, .*or `: NAME`.* put # before it"
    with pytest.raises(ValueError, match=message):
        read_analogies(write(f": s\na b c d\n{bad}\n"))


ASKED = [("Athens", "Greece", "Oslo", "Norway"), ("Bern", "Switzerland", "New_York", "USA")]
CITIES = [(f"city{i}x", f"land{i}x", f"city{j}x", f"land{j}x") for i in range(5) for j in range(5) if i != j]


def lines(separator, asked=ASKED):
    return "".join(separator.join(question) + "\n" for question in asked)


@pytest.mark.parametrize(
    "text",
    [
        *(lines(separator) for separator in (" ", "\t", ",", ", ", " , ", ";", " | ", ":", " : ")),
        "word1,word2,word3,word4\n" + lines(","),
        "a,b,c,d\n" + lines(","),
        '"A","B","C","D"\n"' + lines('","').replace("\n", '"\n"')[:-1],
        "w1 w2 w3 w4\n" + lines(" "),
        "Athens:Greece::Oslo:Norway\nBern : Switzerland :: New_York : USA\n",
        "\ufeff# of cities\r\n" + lines(" ").replace("\n", "\r\n"),
        lines(" ").replace("\n", "\r"),
        lines(",").replace("\n", ",,\n"),
    ],
)
def test_questions_without_sections_are_one_section_without_a_name(write, text):
    assert read_analogies(write(text)) == [("", ASKED)]


def test_words_of_several_parts_between_tabs(write):
    asked = [("Athens", "Greece", "New York", "United States")]
    assert read_analogies(write(lines("\t", asked))) == [("", asked)]


def test_questions_before_the_first_section_have_none(write):
    assert read_analogies(write("\na b c d\n: s\ne f g h\n")) == [("", [(*"abcd",)]), ("s", [(*"efgh",)])]


@pytest.mark.parametrize(("place", "label"), [(0, "label"), (0, ""), (4, "label")])
def test_a_fifth_column_names_the_sections(write, place, label):
    labelled = [[*question[:place], f"{label}{i % 2}", *question[place:]] for i, question in enumerate(CITIES)]
    expected = [(f"{label}0", CITIES[::2]), (f"{label}1", CITIES[1::2])]
    assert read_analogies(write(lines(" ", labelled))) == expected
    head = ["word1", "word2", "word3", "word4"]
    head.insert(place, "category")
    assert read_analogies(write(lines("\t", [head, *labelled]))) == expected


@pytest.mark.parametrize("label", ["x", "7", "y{}"])
def test_a_fifth_column_that_names_no_sections(write, label):
    labelled = [[*q[:2], label.format(i), *q[2:]] for i, q in enumerate(CITIES)]
    with pytest.raises(ValueError, match=r"set\.txt, line 1: .* has 5 words: expected four"):
        read_analogies(write(lines(" ", labelled)))


@pytest.mark.parametrize("separator", [",", "\t", " "])
@pytest.mark.parametrize(
    "names",
    [
        *("a b c d", "A B C D", "0 1 2 3", "1 2 3 4", "V1 V2 V3 V4"),
        *("word1 word2 word3 word4", "word_one word_two word_three word_four"),
    ],
)
@pytest.mark.parametrize("index", ["", "id", '""', "none", None])
def test_an_index_and_a_header_are_left_out(write, separator, names, index):
    names = [*([index] if index is not None and index != "none" else []), *names.split()]
    if separator == " " and index == "":
        names = names[1:]
    numbers = [str(7 + i * i) for i in range(len(CITIES))]
    rows = [[*([] if index is None else [number]), *asked] for number, asked in zip(numbers, CITIES, strict=True)]
    if index is None and names[0].casefold() == "a":
        separator = ","  # between tabs and spaces they may be words
    text = lines(separator, [names, *rows])
    assert read_analogies(write(text)) == [("", CITIES)]
    assert read_analogies(write(lines(separator, [names, rows[0]]))) == [("", CITIES[:1])]
    if index is not None:
        assert read_analogies(write(lines(separator, rows))) == [("", CITIES)]
        assert read_analogies(write(lines(separator, rows[:1]))) == [("", CITIES[:1])]


@pytest.mark.parametrize("separator", [",", "\t"])
@pytest.mark.parametrize("index", [False, True])
@pytest.mark.parametrize("place", [0, 4])
def test_a_header_says_which_column_names_the_sections(write, separator, index, place):
    rows = [[*q[:place], label, *q[place:]] for q, label in zip(CITIES[:3], "xxy", strict=True)]
    head = [*"abcd"]
    head.insert(place, "category")
    if index:
        head, rows = ["", *head], [[str(i), *row] for i, row in enumerate(rows)]
    expected = [("x", CITIES[:2]), ("y", CITIES[2:3])]
    assert read_analogies(write(lines(separator, [head, *rows]))) == expected
    assert read_analogies(write(lines(separator, [head, rows[2]]))) == expected[1:]


def test_a_line_by_itself_is_no_header(write):
    asked = ("item1", "item2", "item3", "item4")
    assert read_analogies(write(": items\nitem1 item2 item3 item4\n")) == [("items", [asked])]
    assert read_analogies(write("item1 item2 item3 item4\n: more\na b c d\n"))[0] == ("", [asked])


def test_byte_order_marks_of_files_that_were_joined_are_no_part_of_words(write):
    joined = "\ufeff: one\na b c d\n\ufeff: two\n\ufeffb c d a\n"
    assert read_analogies(write(joined)) == [("one", [(*"abcd",)]), ("two", [(*"bcda",)])]
    assert read_pairs(write("\ufeffa b 1\n\ufeffc d 2\n")) == [("a", "b", 1), ("c", "d", 2)]


def test_letters_and_numbers_that_are_words(write):
    assert read_analogies(write("a b c d\ne f g h\n")) == [("", [(*"abcd",), (*"efgh",)])]
    assert read_analogies(write("1 2 3 4\ne f 5 h\ni j k l\n"))[0][1][0] == (*"1234",)


@pytest.mark.parametrize("bad", [0, 1, 5])
def test_a_bad_line_behind_an_index_is_named(write, bad):
    rows = [[str(i), *q] for i, q in enumerate(CITIES)]
    del rows[bad][-1]
    with pytest.raises(ValueError, match=rf"set\.txt, line {bad + 1}: .* has 3 words: expected four"):
        read_analogies(write(lines(",", rows)))
    with pytest.raises(ValueError, match=r"set\.txt, line 1: .* has 5 words: expected four"):
        read_analogies(write("1 2 3 4 5\n"))


def test_the_entries_of_rows():
    row = namedtuple("Row", "Index a b")(0, "x", "y")
    record = np.rec.fromrecords([(0, "x", 2.0)], names="index,a,b")[0]
    assert entries(row) == ("x", "y")
    assert entries(record) == ("x", 2.0)
    assert entries(np.array([1, 2])) == entries([1, 2]) == entries(range(1, 3)) == (1, 2)
    for other in (None, 7, "ab", {1, 2}, np.float64(1)):
        assert entries(other) == ()


def test_three_words_with_a_label_are_no_question(write):
    with pytest.raises(
        ValueError, match=r"set\.txt, line 1: .* has a label or a number in column 1, as all lines have: exp"
    ):
        read_analogies(write("".join(f"jj_jjr {a} {b} {c}\n" for a, b, c, _ in CITIES)))
    with pytest.raises(
        ValueError, match=r"set\.txt, line 1: .* has a label or a number in column 4, as all lines have: exp"
    ):
        read_analogies(write("tiger cat N 7.35\nplane car N 5.77\n"))
    assert read_analogies(write(lines(" ", CITIES))) == [("", CITIES)]
    assert read_analogies(write("1 2 3 4\n")) == [("", [(*"1234",)])]


@pytest.mark.parametrize("separator", [*"\t ,;|:"])
def test_pairs_of_one_relation_are_crossed(write, separator):
    text = f"athens{separator}greece/hellas\noslo{separator}/norway/\nbern{separator}switzerland/ch/suisse\n"
    ((name, asked),) = read_analogies(write(text))
    assert name == "(every two of 3 pairs)"
    assert asked == [
        ("athens", "greece", "oslo", "norway"),
        ("athens", "greece", "bern", ("switzerland", "ch", "suisse")),
        ("oslo", "norway", "athens", ("greece", "hellas")),
        ("oslo", "norway", "bern", ("switzerland", "ch", "suisse")),
        ("bern", "switzerland", "athens", ("greece", "hellas")),
        ("bern", "switzerland", "oslo", "norway"),
    ]
    assert read_analogies(write("new york, usa\noslo, norway\n"))[0][1][0] == ("new york", "usa", "oslo", "norway")
    assert read_analogies(write("a b c d\t\ne f g h\t\n")) == [("", [(*"abcd",), (*"efgh",)])]
    assert read_analogies(write("a b , d\ne f , h\n")) == [("", [(*"ab,d",), (*"ef,h",)])]
    assert read_analogies(write("happy :)\nsad :(\n"))[0][1][0] == ("happy", ":)", "sad", ":(")


@pytest.mark.parametrize(
    "words", [("dog", "de:Hund", "cat", "de:Katze"), ("run|V", "ran", "go|V", "went"), ("one", "1,0", "two", "2,0")]
)
def test_a_mark_within_words_that_white_space_is_between_separates_none(write, words):
    a, b, c, d = words
    assert read_analogies(write(f"{a} {b}\n{c} {d}\n"))[0][1][0] == words
    assert read_analogies(write("king: queen\nman: woman\n"))[0][1][0] == ("king", "queen", "man", "woman")


def test_a_folder_of_pairs(tmp_path):
    with pytest.raises(ValueError, match=r" is a folder without \.txt files: expected questions"):
        read_analogies(tmp_path)
    (tmp_path / "2").mkdir()
    (tmp_path / "2" / "E02.txt").write_text("a\tb\nc\td\n")
    (tmp_path / "E01.txt").write_text(": s\na b c d\n")
    (tmp_path / "notes.md").write_text("no questions")
    found = [("E02 (every two of 2 pairs)", [(*"abcd",), (*"cdab",)]), ("E01 s", [(*"abcd",)])]
    assert read_analogies(tmp_path) == found


def test_too_many_pairs(write):
    with pytest.raises(ValueError, match=r"set\.txt: 1,001 lines of two words: expected four, or"):
        read_analogies(write("".join(f"a{i} b{i}\n" for i in range(1001))))


def test_standard_input_and_open_files_are_read(write, monkeypatch):
    path = write("a\tb\t1\nc\td\t2\n")
    with open(path, "rb") as file:
        assert read_pairs(file) == read_pairs(path) == [("a", "b", 1.0), ("c", "d", 2.0)]
    monkeypatch.setattr("sys.stdin", io.StringIO("a b c d\n"))
    assert read_analogies("-") == [("", [("a", "b", "c", "d")])]


def test_what_files_are_called(tmp_path):
    with open(tmp_path / "set.tsv", "wb") as file:
        assert is_file(file)
        assert name_of(file) == "set.tsv"
    assert name_of("-") == "standard input"
    assert name_of(tmp_path / "other.tsv") == "other.tsv"
    assert is_file("-")
    assert not is_file([("a", "b", 1.0)])


def test_sections_without_questions(write):
    with pytest.raises(ValueError, match="holds no questions"):
        read_analogies(write(": s\n: t\n"))


@pytest.mark.parametrize("read", [read_pairs, read_analogies])
def test_damaged_files_raise_what_is_documented_and_nothing_else(write, read):
    rng = random.Random(3)
    whole = (QUESTIONS if read is read_analogies else "a\tb\t1\nc\td\t2\né\tf\t3\n").encode()
    refused = []
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        try:
            read(write(bytes(damaged[: rng.randint(1, len(damaged))])))
        except ValueError as error:
            refused.append(str(error))
    assert len(refused) > 30
    assert all("set.txt" in message for message in refused)


@pytest.mark.parametrize("read", [read_pairs, read_analogies])
def test_a_packed_file_of_any_length_is_refused_before_it_fills_the_memory(tmp_path, monkeypatch, read):
    monkeypatch.setattr(question_files, "LARGEST", 3 << 20)
    (path := tmp_path / "bomb.gz").write_bytes(gzip.compress(bytes(2 << 20)))
    with pytest.raises(
        ValueError, match=r"bomb\.gz: a line of more than 1048576 bytes: expected a file of the named"
    ):
        read(path)
    path.write_bytes(gzip.compress(b"a b 1\n" * (1 << 20)))
    with pytest.raises(ValueError, match=r"bomb\.gz holds more than 3,145,728 bytes: expected a file of questions"):
        read(path)


def test_a_file_that_a_link_names_again_is_read_once(tmp_path):
    (tmp_path / "b.txt").write_text("man woman king queen\n")
    (tmp_path / "c.txt").symlink_to("b.txt")
    assert read_analogies(tmp_path) == [("b", [("man", "woman", "king", "queen")])]


def test_the_first_section_may_be_empty(tmp_path):
    path = tmp_path / "questions.txt"
    path.write_text(": a\n: b\nman woman king queen\n")
    assert dict(read_analogies(path))["b"] == [("man", "woman", "king", "queen")]
