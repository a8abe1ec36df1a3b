"""word2vec/vectors/formats/csv_format.py: words and numbers with commas between, with and without heading."""

import io

import numpy as np
import pytest

from word2vec.vectors.formats import read, write
from word2vec.vectors.formats.table import Table, VectorFileError


def loaded(text, **options):
    return read(io.BytesIO(text.encode()), **options)


@pytest.mark.parametrize(
    "text",
    [
        "king,1,2\nqueen,1,3\n",
        "king,1,2\r\nqueen,1,3",
        "\ufeffking,1,2\nqueen,1,3\n",
        "king, 1, 2\nqueen, 1, 3\n",
        '"king","1","2"\n"queen","1","3"\n',
        "word,x,y\nking,1,2\nqueen,1,3\n",
        ",0,1\nking,1,2\nqueen,1,3\n",  # as pandas writes a frame
        "word,1,2\nking,1,2\nqueen,1,3\n",
        "word, 1, 2\nking, 1, 2\nqueen, 1, 3\n",
        ",word,0,1\n0,king,1,2\n1,queen,1,3\n",
        "lemma,word,x,y\nroi,king,1,2\nreine,queen,1,3\n",
        "0,king,1,2\n1,queen,1,3\n",
    ],
)
def test_every_layout_holds_the_same(text):
    found = loaded(text)
    assert (found.words, found.matrix.tolist()) == (["king", "queen"], [[1, 2], [1, 3]])
    assert found.matrix.dtype == np.float32


def test_a_single_line_without_its_end():
    assert loaded("king,1,2").matrix.tolist() == [[1, 2]]


def test_lines_numbers_in_place_of_words_are_warned_of():
    expected = (
        r"^the BytesIO: the words are the lines' numbers, .* DataFrame\(matrix, .* to_csv\(index_label=\"word\"\)$"
    )
    with pytest.warns(UserWarning, match=expected):
        assert loaded(numbered := ",0,1\n0,0.5,1.5\n1,0.25,2.5\n").words == ["0", "1"]
    assert loaded(numbered, limit=0).words == []  # no warning
    for nodes in ("word,0,1\n0,0.5,1.5\n1,2.5,3.5\n", ",0,1\n1,0.5,1.5\n0,2.5,3.5\n", "0,0.5,1.5\n1,2.5,3.5\n"):
        assert {*loaded(nodes).words} == {"0", "1"}  # no warning


def test_words_may_hold_commas_quotes_and_spaces():
    quoted = '",",1,2\n"new york",1,3\n"say ""hi""",1,4\nworld war 2,1,5\n'
    found = loaded(f"{quoted},,,1,6\nWashington, D.C.,1,7\n")
    assert found.words == [",", "new york", 'say "hi"', "world war 2", ",,", "Washington, D.C."]
    assert found.matrix.tolist() == [[1, n] for n in range(2, 8)]


@pytest.mark.parametrize(
    "text", ["word,x\nwindows 3.1,1\n", "windows 3.1,1\nlinux,2\n", "route 66,1,2\nroute 1,2,3\n"]
)
def test_words_may_end_in_a_number(text):
    assert loaded(text).words[0] in ("windows 3.1", "route 66")


def test_a_quotation_mark_that_is_not_closed_is_a_word():
    assert loaded('",1,2\n' + "".join(f"w{i},1,{i}\n" for i in range(20_000)), format="csv").words[:2] == ['"', "w0"]


@pytest.mark.parametrize("word", ["[", "{", "<html>", "<?xml"])
def test_the_first_word_may_be_one_with_which_other_files_begin(word):
    assert loaded(f"{word},0.1,0.2\ntea,0.2,0.3\n").words == [word, "tea"]


def test_more_rows_than_are_converted_at_once():
    rows = np.random.default_rng(0).standard_normal((3000, 3))
    found = loaded("".join(f"w{i},{','.join(map(repr, row))}\n" for i, row in enumerate(rows.tolist())), dtype=float)
    assert found.words == [f"w{i}" for i in range(3000)]
    np.testing.assert_array_equal(found.matrix, rows)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("king,1,2\nqueen,1\n", "line 2: 1 numbers stand behind 'queen': expected 2"),
        ("king,1,2\nqueen,1,x\n", "line 2: 'x' is no number"),
        ("word,x,y\nking,1,2\nking,1,2\n", r"line 3: the word 'king' stands here again \(it has row 1\)"),
        ("the,0.1,,0.3\nof,1,2,3\nand,4,5,6\n", "line 1: \"''\" is no number"),
        ("the,0.1,NA,0.3\nof,1,2,3\n", "line 1: 'NA' is no number"),
        (",0.1,0.2\nof,1,2\n", "line 1: it begins without a word or with a space: expected one"),
        ("the;0,1;0,2\nof;1,5;2,5\n", "line 1: its numbers have decimal commas: expected decimal points; write it"),
        ("w,a,b\nking,1,\nqueen,2,3\n", "line 2: \"''\" is no number"),  # the first row comes later
        ("word,count,x\nking,1.5,2\n", r"line 2: 'count=1\.5' is no number"),
        ("word,x,count\nking,2\n", r"line 2: 'count=' is no number"),
        (
            "word,pos,x\nthe,DET,1\nof,ADP,2\n",
            "line 2: 'the' and 'DET' are two columns of text: leave one of them out",
        ),
        (
            'the,"1,000.5",2\nof,"2,000.5",3\n',
            "line 1: 'the' and '1,000.5' are two columns of text: .*, or call the sec",
        ),
        (
            "king 0.5,1\nqueen -.25,1\n",
            "line 1: white space stands before the first number, commas before the others",
        ),
        (
            "king\t0.5,1\n",
            "line 1: .* others: expected one behind the word, too; if these numbers are parts of words, na",
        ),
        ("a,b\nc,d\n", "line 1: there is no line of a word and numbers with commas between: expected WORD,NUMBER"),
    ],
)
def test_bad_rows_are_named(text, expected):
    with pytest.raises(VectorFileError, match=expected):
        loaded(text, format="csv")


@pytest.mark.parametrize("kind", [None, "csv"])
@pytest.mark.parametrize(
    "text",
    [
        "king 0,345584 0,821618\nqueen -1,303157 0,905356\n",  # as CSV: a word "345584 0"
        "king 0,345584\nqueen -1,303157\n",
        "king\t0,5\t-1,25e-3\nqueen\t1,5\t2\n",
        "king;0,5\nqueen;1,5\n",
        "king;0,5;2\nqueen;1,5;2\n",
        "king ,5 ,25\nqueen ,1 ,2\n",
        "new york 1,5 2\nqueen 1,5 2\n",
        "0 0,5 0,7\n1 0,5 0,7\n",  # of nodes
        '"king" 0,5 1,5\n"queen" 1,5 2\n',
    ],
)
def test_decimal_commas_are_named(text, kind):
    with pytest.raises(VectorFileError, match="line 1: its numbers have decimal commas: expected decimal points"):
        loaded(text, format=kind)


@pytest.mark.parametrize("text", ['king,"0,5","1,5"\n', "word x\nking 0,5\n"])
def test_decimal_commas_are_named_where_the_file_is_csv(text):
    with pytest.raises(VectorFileError, match="its numbers have decimal commas: expected decimal points"):
        loaded(text, format="csv")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("world war 2,1,5\nqueen,1,3\n", ["world war 2", "queen"]),
        ("king, 1, 2\nqueen, 1, 3\n", ["king", "queen"]),
        ("king , 1,2\nqueen , 1,3\n", ["king ", "queen "]),
        ('"area 51,5 x",1,2\nqueen,1,3\n', ["area 51,5 x", "queen"]),
        ('"area 51",5\nqueen,3\n', ["area 51", "queen"]),
    ],
)
def test_white_space_in_words_makes_no_decimal_comma(text, words):
    assert loaded(text).words == words


@pytest.mark.parametrize(
    "text",
    [
        "word,count,x,y\nking,100,.2,.3\nqueen,90,.5,.6\n",
        "word,x,y,Freq\nking,.2,.3,100\nqueen,.5,.6,90.0\n",
        "word,count,0,1\nking,100,.2,.3\nqueen,90,.5,.6\n",  # as pandas writes a frame
        ",word,counts,0,1\n0,king,100,.2,.3\n1,queen,90,.5,.6\n",
        ",frequency,1,2\r\nking,100,.2,.3\r\nqueen,90,.5,.6\r\n",
    ],
)
def test_a_column_of_counts_is_none_of_the_vectors(text):
    found = loaded(text, dtype=float)
    assert (found.words, found.matrix.tolist()) == (["king", "queen"], [[0.2, 0.3], [0.5, 0.6]])
    assert found.counts.tolist() == [100, 90]
    chosen = loaded(text, only=["queen"])
    assert (chosen.words, chosen.counts.tolist()) == (["queen"], [90])


@pytest.mark.parametrize(
    "text",
    [
        "node,0,1,2\nking,0.5,0.25,-1.0\nqueen,.5,.5,1\n",
        ",node,1,2,3\n0,king,0.5,0.25,-1.0\n1,queen,.5,.5,1\n",
        "0,1,2,3\nking,0.5,0.25,-1.0\nqueen,.5,.5,1\n",  # a frame without names, of words and numbers
        "id,0,1,2,3\n0,king,0.5,0.25,-1.0\n1,queen,.5,.5,1\n",
    ],
)
def test_columns_that_are_counted_may_stand_behind_any_name(text):
    found = loaded(text)
    assert (found.words, found.matrix.tolist()) == (["king", "queen"], [[0.5, 0.25, -1], [0.5, 0.5, 1]])


def test_the_first_vector_may_be_counted_beside_whole_numbers():
    for text in ("tea,0,1,2\nking,3,.5,1\n", "tea,1,2\nking,.5,.5\n", "tea,1,2,3\n"):
        assert loaded(text).words[0] == "tea"


@pytest.mark.parametrize("second", ["2001", "tea"])
@pytest.mark.parametrize("count", ["", "7,"])
@pytest.mark.parametrize("name", ["word", "node"])
def test_a_word_behind_the_lines_number_may_be_a_number(second, count, name):
    """As pandas writes a table with a column of words; the line's number is not the word then."""
    heading = f",{name}," + "count," * bool(count) + "x0,x1\n"
    found = loaded(f"{heading}0,1984,{count}0.5,1.0\n1,{second},{count}0.25,2.0\n")
    assert found.words == ["1984", second]
    assert found.matrix.tolist() == [[0.5, 1], [0.25, 2]]


def test_words_that_count_the_lines_are_words_before_fractions_or_equal_numbers():
    for text in ("0,7.0,.5\n1,8.0,.5\n", "0,7,.5\n1,7,.5\n", "0,7,3\n1,8,4\n", "0,7,.5\n2,8,.5\n", "0,7,.5\n"):
        assert loaded(text).matrix.shape[1] == 2


@pytest.mark.parametrize("missing", ["", "NA", "null"])
def test_a_first_word_whose_numbers_are_missing_is_a_heading_with_a_warning(missing):
    with pytest.warns(UserWarning, match="line 1, 'tea' without numbers, is taken for a heading: correct it if"):
        assert loaded(f"tea,{missing},{missing}\ncup,1,2\n").words == ["cup"]
    assert loaded(f"word,{missing},{missing}\ncup,1,2\n").words == ["cup"]
    assert loaded("Wort,count,,\ntea,5,1,2\ncup,3,4,5\n").counts.tolist() == [5, 3]


def test_a_word_may_be_count():
    assert loaded("count,1,2\nfreq,1,3\n").words == ["count", "freq"]
    found = loaded("0,count,0,1\n1,freq,1,3\n")
    assert (found.words, found.counts) == (["count", "freq"], None)


@pytest.mark.parametrize(
    "text",
    [
        "word,count,x\nking,3,1\nD,, C.,2,5\n,,7,2\n",
        "word,x,count\nking,1,3\nD,, C.,5,2\n,,2,7\n",
        ",count,word,x\n0,3,king,1\n1,2,D,, C.,5\n2,7,,,2\n",
    ],
)
def test_counts_beside_words_with_commas(text):
    found = loaded(text, format="csv")
    assert found.words == ["king", "D,, C.", ","]
    assert (found.counts.tolist(), found.matrix.tolist()) == ([3, 2, 7], [[1], [5], [2]])


def test_counts_of_rows_that_are_left_out_are_so_too():
    text = "word,count,x\nking,7,1\nking,8,2\nqueen,many,3\ntea,9,z\ncup,5,4\n"
    with pytest.warns(UserWarning, match="left out 2 rows with something else than numbers, 1 repeated words"):
        found = loaded(text, errors="skip")
    assert (found.words, found.counts.tolist()) == (["king", "cup"], [7, 5])


def test_it_is_only_read(tmp_path):
    with pytest.raises(ValueError, match=r"v\.csv: csv is only read: expected \.txt"):
        write(Table(["a"], np.ones((1, 2))), tmp_path / "v.csv")
