"""word2vec/evaluation/columns.py: the layouts of the public sets, and files that would be read by a wrong column."""

import math
import re

import numpy as np
import pytest

from word2vec.evaluation.columns import numbers, split
from word2vec.evaluation.question_files import read_pairs, read_rated

PAIRS = [
    *(("tiger", "cat", 7.35), ("plane", "car", 5.77), ("train", "car", 6.31), ("radio", "media", 7.42)),
    *(("media", "bread", 2.5), ("cucumber", "potato", 5.92), ("doctor", "nurse", 7.0), ("cup", "coffee", 6.58)),
    *(("smart", "stupid", 5.81), ("king", "cabbage", 0.23), ("noon", "string", 0.54), ("car", "plane", 5.8)),
]


@pytest.fixture
def read(tmp_path):
    """Write a file and read it: the pairs, and the columns."""

    def read(text, columns=None):
        path = tmp_path / "set.txt"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_rated(path, columns)

    return read


def table(line, head="", pairs=PAIRS):
    """A file with a line for each pair: i, a, b, x (the rating) and two ratings around it may be in it."""
    lines = [
        line.format(i=i, a=a, b=b, x=x, low=round(x - i % 3, 2), high=round(x + i % 3, 2), pos="NVA"[i % 3])
        for i, (a, b, x) in enumerate(pairs)
    ]
    return "\n".join([head, *lines] if head else lines) + "\n"


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        (table("{a}\t{b}\t{x}\t{low}\t{high}", "Word 1\tWord 2\tHuman (mean)\t1\t2"), "1 (Word 1) 2 (Word 2) 3"),
        (table("{a},{b},{x}", "Word 1,Word 2,Human (mean)"), "1 (Word 1) 2 (Word 2) 3 (Human (mean))"),
        (table("{a}\t{b}\t{x}", "# A set\n# Word 1\tWord 2\tHuman (mean)"), "1 (Word 1) 2 (Word 2) 3 (Human (mean))"),
        (table("{pos}\t{a}\t{b}\t{x}", "# a set\n# t is a taxonomy"), "2 3 4"),
        (table("{pos}\t{a}\t{b}\t{x}", "# relation\tword1\tword2\tscore"), "2 (word1) 3 (word2) 4 (score)"),
        (table("{a} {b} {x}000"), "1 2 3"),
        (table("{a};{b};{x}"), "1 2 3"),
        (
            table(
                "{a}\t{b}\t{pos}\t{x}\t3.1\t{low}\t{i}\t{high}\t1\t{high}",
                "word1\tword2\tPOS\tSimLex999\tconc(w1)\tconc(w2)\tconcQ\tAssoc(USF)\tSimAssoc333\tSD(SimLex)",
            ),
            "1 (word1) 2 (word2) 4 (SimLex999)",
        ),
        (table("{a}\t{b}\tV\t{x}\tSYNONYMS"), "1 2 4"),
        (table("{a}\t{b}\t{x}\t{low}\t{high}\t{low}\t{high}"), "1 2 3"),
        (table("{a}\t{b}\t{low}\t{high}\t{low}\t{high}\t{x}\t"), "1 2 7"),
        (table('{i}\t{a}\tn\t{b}\tv\ta <b> {a} </b> in a sentence\tand a {b} " in one\t{x}\t{low}\t{high}'), "2 4 8"),
        (
            table(
                "{a} {b} N hyp-1 {x} 1{x} 2 {low} {high} {low} {high}",
                "WORD1 WORD2 POS TYPE AVG_SCORE AVG_SCORE_0_10 STD SCORE_1..",
            ),
            "1 (WORD1) 2 (WORD2) 5 (AVG_SCORE)",
        ),
        (table("{a}:{b}:{x}:n:v", "#Word1:Word2:Goldstandard:POS1:POS2"), "1 (Word1) 2 (Word2) 3 (Goldstandard)"),
        (table("{a} : {b} : {x}"), "1 2 3"),
        (table("{i},{a},{b},{x}", ",word1,word2,similarity"), "2 (word1) 3 (word2) 4 (similarity)"),
        (table("{i}\t{a}\t{b}\t{x}", "\tw1\tw2\tlikeness"), "2 (w1) 3 (w2) 4 (likeness)"),
        (table("{i} {a} {b} {x}"), "2 3 4"),
        (table('"{i}","{a}","{b}",{x}', '"","word1","word2","score"'), "2 (word1) 3 (word2) 4 (score)"),
        (table('"{i}" "{a}" "{b}" {x}', '"word1" "word2" "score"'), "2 (word1) 3 (word2) 4 (score)"),
        (table('"{a}"\t"{b}"\t"{x}"', '"word1"\t"word2"\t"1"'), "1 (word1) 2 (word2) 3 (1)"),
        (table("{a},{b},{low},{high},{x}", "word1,word2,1,2,mean"), "1 (word1) 2 (word2) 5 (mean)"),
        (table("{x},{a},{b},{low}", "rating,first,second,frequency"), "2 (first) 3 (second) 1 (rating)"),
        (table("{x} {a} {b}"), "2 3 1"),
        (table("{a}|{b}|{x}%"), "1 2 3"),
        (table("| {a} | {b} | {x} |", "| query | target | gold |"), "2 (query) 3 (target) 4 (gold)"),
        (table("{a} {b} {x} %"), "1 2 3"),
        (table("{a},{b},{x},{i}", "Wort1,Wort2,Bewertung,Nr"), "1 (Wort1) 2 (Wort2) 3 (Bewertung)"),
        (table("{a}\t{b}\t{x}", "слово\tдругое\tоценка"), "1 (слово) 2 (другое) 3 (оценка)"),
        (table("{i}\t{a}\t{b}\t{x}", "1\tслово\tдругое\tоценка"), "2 (слово) 3 (другое) 4 (оценка)"),
        (table("{a},{b},{x},{x}0", "word1,word2,mean,score"), "1 (word1) 2 (word2) 3 (mean)"),
        (table("{a}\t{b}\t{x}").replace(".", ","), "1 2 3"),
        (table("{a};{b};{x}", '"word1";"word2";"score"').replace(".", ","), "1 (word1) 2 (word2) 3 (score)"),
        (table('"{a}","{b}","{x}"').replace(".", ","), "1 2 3"),
        (table("{a} {b} {x}").replace("\n", "\r"), "1 2 3"),
        (
            table("\t{a}\t{b}\t{x}\t", "\ufeff\tword1\tword2\tscore").replace("\n", "\r\n"),
            "2 (word1) 3 (word2) 4 (score)",
        ),
    ],
    ids=[
        *(
            "set1",
            "combined",
            "comment",
            "relation",
            "relation-named",
            "MEN",
            "RG65",
            "SimLex",
            "SimVerb",
            "rare-words",
        ),
        *(
            "mean-last",
            "SCWS",
            "HyperLex",
            "Gurevych",
            "spaced-colons",
            "pandas",
            "pandas-tabs",
            "index",
            "write.csv",
        ),
        *("write.table", "name-1", "names-1-2", "rating-first", "rating-first-no-names", "percent", "markdown"),
        *(
            "apart-percent",
            "German",
            "Russian",
            "Russian-1",
            "two-scales",
            "decimal-commas",
            "write.csv2",
            "quoted-commas",
        ),
        *("old-Mac", "framed"),
    ],
)
def test_every_layout_gives_the_same_pairs_and_says_by_which_columns(read, text, columns):
    pairs, read_as = read(text)
    assert [pair[:2] for pair in pairs] == [pair[:2] for pair in PAIRS]
    assert [x for *_, x in pairs] == [x for *_, x in PAIRS]
    assert " ".join(read_as).startswith(columns)


def many(line):
    """Thirty lines of one rater's whole numbers and a mean that left an outlier out."""
    rng = np.random.default_rng(0)
    rows = [sorted(rng.choice(11, 4, replace=False).tolist()) for _ in range(30)]
    return "\n".join(
        line.format(
            a=f"word{i}", b=f"other{i}", x=sum(r[1:]) / 3, p=r[i % 4], q=r[i % 4 - 1], r=r[i % 4 - 2], s=r[i % 4 - 3]
        )
        for i, r in enumerate(rows)
    )


def test_a_mean_without_outliers_is_found_among_many_lines(read):
    assert read(many("{a}\t{b}\t{x}\t{p}\t{q}\t{r}\t{s}"))[1] == ("1", "2", "3")
    assert read(many("{a} {b} {p} {q} {r} {s} {x}"))[1] == ("1", "2", "7")


def test_numbers_of_lines_in_another_order(read):
    lines = [f"{i * 7 % 31 + 500},word{i},other{i},{i % 10}" for i in range(31)]
    assert read("\n".join(lines))[1] == ("2", "3", "4")
    with pytest.raises(ValueError, match="cannot tell which columns"):
        read("\n".join(lines[:10]))
    assert read("2 tea milk\n3 cat dog\n4 sun rain\n")[1] == ("2", "3", "1"), "these are ratings"


def test_names_are_not_shifted_onto_parts_of_speech(read):
    with pytest.raises(ValueError, match="cannot tell which columns"):
        read(table("{a},{b},{pos},{x}", "word1,word2,POS,rating").replace(".", ","))


@pytest.mark.parametrize(
    "text",
    [
        table("{a},{b},{low},{high},{x}1", "word1,word2,r1,r2,r3"),
        table("{a}\t{b}\t{low}\t{high}"),
        table("{a},{b},{x},{low}", "word1,word2,similarity,relatedness"),
        table("{a},{b},{x},{low}", "word1,word2,score,score"),
        table("{a},{b},{x}", "word1,word2,score").replace(".", ","),
        table("{a},{b},{x}").replace(".", ","),
        table("{a},{b},{x}1,{low}1", "word1,word2,score,sd").replace(".", ","),
        table("{i} {a} {b}"),
        table("{i},{a},{b}", "id,word1,word2"),
        table("P{i}\t{a}\t{b}\t{x}"),
        table("{i}\t{i}\t{x}"),
        table("{a}\t{x}\t{low}"),
        table("{a}\t{b}\t{b}{a}\t{x}"),
        table("{a}\t{b}\t{x}\t5"),
        "1 tiger cat 7\n",
    ],
    ids=[
        *("raters", "two-numbers", "two-meanings", "same-names", "decimal-commas", "nameless-decimal-commas"),
        *("two-decimal-commas", "no-rating", "no-rating-named", "names-of-lines", "words-of-digits", "one-word"),
        *("three-words", "constant", "one-line"),
    ],
)
def test_a_choice_of_columns_is_the_users(read, text):
    message = (
        r"set\.txt: cannot tell which columns hold the words and the rating: 1.*: \S.*; 2.*: .*; 3.*\. Name the "
    )
    with pytest.raises(ValueError, match=message + r"columns .*: columns=\(1, 2, 3\), or --columns 1,2,3$"):
        read(text)


def test_a_refusal_shows_the_columns(read):
    text = table("{a},{b},{x},{low}", "word1,word2,similarity,relatedness")
    shown = (
        "1 (word1): tiger, plane, train; 2 (word2): cat, car, car; 3 (similarity): 7.35, 5.77, 6.31; 4 (relatedness"
    )
    with pytest.raises(ValueError, match=re.escape(shown)):
        read(text)


def test_columns_by_number_and_by_name(read):
    text = table("{i},{a},{b},{low},{x}", "id,word1,Word 2,similarity,Relatedness")
    for columns in ((2, 3, 5), ["word1", "word 2", "relatedness"], (2, "Word 2", "Relatedness")):
        assert read(text, columns) == (PAIRS, ("2 (word1)", "3 (Word 2)", "5 (Relatedness)"))
    assert read(text, (2, 3, 4))[0][1] == ("plane", "car", 4.77)
    assert read("1 2 0.5\n2 1 0.25\n", (1, 2, 3))[0] == [("1", "2", 0.5), ("2", "1", 0.25)]
    for column in ("nothing", 6, 0, -1):
        with pytest.raises(
            ValueError, match=rf"set\.txt: there is no column {column!r}, or more than one: 1 \(id\): 0,"
        ):
            read(text, (2, 3, column))


def test_columns_that_are_none(read):
    text = table("{a} {b} {x}")
    for columns in ("1,2,3", 3, (1, 2, 3.0), (1, 2, True), {1, 2, 3}, ([1], 2, 3)):
        with pytest.raises(
            TypeError, match=re.escape(f"columns is {columns!r}: expected the columns of two words and th")
        ):
            read(text, columns)
    for columns in ((1, 2), (1, 2, 2), (1, 2, 3, 4)):
        with pytest.raises(
            ValueError, match=re.escape(f"columns is {columns!r}: expected the") + ".*three different ones"
        ):
            read(text, columns)


@pytest.mark.parametrize("missing", ["NA", "NaN", "", "n/a", "-", "?", "inf", "1e999", "7.3x", "7-8", "1_0", "−1"])
@pytest.mark.parametrize("line", [1, 2, 13])
def test_a_missing_rating_is_never_left_out_in_silence(read, missing, line):
    lines = table("{a}\t{b}\t{x}", "word1\tword2\tscore").splitlines()
    lines[line - 1 if line > 1 else 1] = f"no\trating\t{missing}"
    with pytest.raises(ValueError, match=rf"set\.txt, line {max(line, 2)}: .*expected two words and a number"):
        read("\n".join(lines))
    with pytest.raises(ValueError, match=rf"set\.txt, line {max(line - 1, 1)}: .*expected two words and a number"):
        read("\n".join(lines[1:]))


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ("New York, NY,city,5", "{a},{b},{x}"),
        ("hot dog sausage 5", "{a} {b} {x}"),
        ("a 0.5 1", "{a} {b} {x} 2"),
        ("7,35 is a number", "{a}\t{b}\t{x}"),
        ("a\tb\t7,5", "{a}\t{b}\t{x}"),
        ("a\tb\t75 %", "{a}\t{b}\t{x}"),
        ("353 pairs", "{a},{b},{x}"),
    ],
)
@pytest.mark.parametrize("place", [0, 5, 12])
def test_a_line_of_other_columns_is_named(read, bad, good, place):
    lines = table(good).splitlines()
    lines.insert(place, bad)
    with pytest.raises(ValueError, match=rf"set\.txt, line {place + 1}: .*expected two words and a number"):
        read("\n".join(lines))


@pytest.mark.parametrize("form", ["{a}\t{b}", "{a}\t{b}\thigh", '{{"a": "{a}", "b": "{b}"}}', "{a},{b},{x}/5"])
def test_a_file_without_a_column_of_ratings_is_told_so(read, form):
    with pytest.raises(
        ValueError, match=r"line 2: .*; no column holds numbers: if ratings are in another file, put "
    ):
        read("\n".join(form.format(a=a, b=b, x=x) for a, b, x in PAIRS))
    with pytest.raises(ValueError, match=r"line 2: .* put # before it$"):
        read("a b 1\nc d\n")


def test_a_first_line_with_a_word_for_its_rating_is_no_header_if_its_words_come_again(read):
    lines = [f"{a}\t{b}\t{x}" for a, b, x in PAIRS]
    for line in ("car\tother\thigh", "plane\tother\thigh", "other\tcar\thigh"):
        with pytest.raises(ValueError, match=r"set\.txt, line 1: .*high.*: expected two words and a number"):
            read("\n".join([line, *lines, "car\tcar\t10"]))
    for missing in ("k.A.", "unknown", "N.D."):
        with pytest.raises(ValueError, match=rf"set\.txt, line 1: .*{missing}"):
            read("\n".join([f"one\tother\t{missing}", *lines]))


def test_thousands_are_no_decimals(read):
    with pytest.raises(ValueError, match=r"set\.txt, line 2: .*1,234"):
        read("a\tb\t999\nc\td\t1,234\ne\tf\t5\n")
    assert [x for *_, x in read("a\tb\t0,999\nc\td\t1,234\n")[0]] == [0.999, 1.234]
    assert [x for *_, x in read("a\tb\t9\nc\td\t1,23\n")[0]] == [9.0, 1.23]


def test_numbers_by_the_style_of_most():
    assert numbers(["1", "2.5", ".5", "-1e2", "+3."]).tolist() == [1, 2.5, 0.5, -100, 3]
    assert numbers(["1,5", "2", "3,5"]).tolist() == [1.5, 2, 3.5]
    assert numbers(["50%", "7 %"]).tolist() == [50, 7]
    assert numbers(["50,5 %", "7%"]).tolist() == [50.5, 7]
    assert [math.isnan(x) for x in numbers(["1.5", "2.5", "3,5", "4%", "x", "", "nan", "1.2.3"])] == [False] * 2 + [
        True
    ] * 6
    assert np.isnan(numbers(["a", "b"])).all()


def test_words_that_look_like_a_header_stay_pairs(read):
    assert read("w1 w2 5\nw3 w4 6\n")[0] == [("w1", "w2", 5.0), ("w3", "w4", 6.0)]
    assert read("first second 8.5\ncar plane 6\n")[0][0] == ("first", "second", 8.5)
    assert read("word1 word2 0.5\na b 6\n")[0][0] == ("word1", "word2", 0.5)
    assert read("word1 word2 1\na b 6\n") == ([("a", "b", 6.0)], ("1 (word1)", "2 (word2)", "3 (1)"))


@pytest.mark.parametrize("form", ["{}", "V{}", "Column{}", '"{}"'])
@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("line", ["{a},{b},{x}", "{pos},{a},{b},{x}", "{a},{b},{pos},{x}", "{i},{a},{b},{x}"])
def test_names_that_count_the_columns_are_no_pair(read, form, first, line):
    names = [form.format(i) for i in range(first, first + line.count(",") + 1)]
    words = [pair[:2] for pair in PAIRS]
    assert [pair[:2] for pair in read(table(line, ",".join(names)))[0]] == words
    assert [pair[:2] for pair in read(table("{i}," + line, "," + ",".join(names), PAIRS))[0]] == words
    if "{i}" not in line:  # which of two numbers is the rating, one line does not tell
        assert read(table(line, ",".join(names), PAIRS[:1]))[0] == PAIRS[:1]


def test_names_that_count_the_columns_without_that_of_the_index(read):
    assert read(table("{i} {a} {b} {x}", '"V1" "V2" "V3"'))[0] == PAIRS
    assert read(table("{i} {a} {b} {x}", "0 1 2"))[0] == PAIRS


@pytest.mark.parametrize("line", ["0,1,2", "1,2,3"])
def test_numbers_among_words_that_are_numbers_stay_a_pair(read, line):
    with pytest.raises(ValueError, match="cannot tell which columns"):
        read(f"{line}\n4,tea,1\n6,milk,5\n")
    assert read(f"{line}\n4,5,1.5\n", (1, 2, 3))[0][0] == (*line[:3].split(","), float(line[4]))


def test_columns_of_every_kind_of_whole_numbers(read):
    text = table("{i},{a},{b},{low},{x}", "id,word1,word2,low,x")
    for columns in (range(2, 5), np.arange(2, 5), (np.int32(2), np.int64(3), np.uint8(4))):
        assert read(text, columns) == read(text, (2, 3, 4))


def test_words_that_hold_marks(read):
    assert read(":smile: :cat: 5\n:cat: :dog: 6\n")[0][0] == (":smile:", ":cat:", 5.0)
    assert read('"\tcat\t5\ndog\t"\t6\n')[0] == [('"', "cat", 5.0), ("dog", '"', 6.0)]
    assert read('" cat 5\ndog cat 6\n')[0][0] == ('"', "cat", 5.0)
    assert read('"New York, NY","say ""no""",5\na,b,6\n')[0][0] == ("New York, NY", 'say "no"', 5.0)
    assert read("none null 5\nnan na 6\n")[0] == [("none", "null", 5.0), ("nan", "na", 6.0)]


@pytest.mark.parametrize(
    ("line", "mark", "cells"),
    [
        ('"a,b" ,c', ",", ['"a', 'b"', "c"]),
        ('"a b"  c', None, ["a b", "c"]),
        ("a::b", ":", ["a", "b"]),
        ('"a"\t"b""c"\t', "\t", ["a", 'b"c', ""]),
    ],
)
def test_a_line_split(line, mark, cells):
    assert split(line, mark) == cells


def test_the_pairs_are_the_list_that_read_pairs_returns(tmp_path):
    path = tmp_path / "set.csv"
    path.write_text(table("{i},{a},{b},{x}", ",word1,word2,score"))
    assert read_pairs(path) == read_pairs(str(path), (2, 3, 4)) == PAIRS
