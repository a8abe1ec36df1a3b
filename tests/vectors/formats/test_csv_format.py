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
        ",word,0,1\n0,king,1,2\n1,queen,1,3\n",
        "0,king,1,2\n1,queen,1,3\n",
    ],
)
def test_every_layout_holds_the_same(text):
    found = loaded(text)
    assert (found.words, found.matrix.tolist()) == (["king", "queen"], [[1, 2], [1, 3]])
    assert found.matrix.dtype == np.float32


def test_words_may_hold_commas_quotes_and_spaces():
    found = loaded('",",1,2\n"new york",1,3\n"say ""hi""",1,4\nworld war 2,1,5\n')
    assert found.words == [",", "new york", 'say "hi"', "world war 2"]
    assert found.matrix.tolist() == [[1, 2], [1, 3], [1, 4], [1, 5]]


def test_a_quotation_mark_that_is_not_closed_is_a_word():
    assert loaded('",1,2\n' + "".join(f"w{i},1,{i}\n" for i in range(20_000)), format="csv").words[:2] == ['"', "w0"]


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
        (",0.1,0.2\nof,1,2\n", "line 1: it begins with a space: expected a word"),
        ("the;0,1;0,2\nof;1,5;2,5\n", "line 1: there is no line of a word and numbers with commas between"),
        ("a,b\nc,d\n", "line 1: there is no line of a word and numbers with commas between: expected WORD,NUMBER"),
    ],
)
def test_bad_rows_are_named(text, expected):
    with pytest.raises(VectorFileError, match=expected):
        loaded(text, format="csv")


def test_it_is_only_read(tmp_path):
    with pytest.raises(ValueError, match=r"v\.csv: csv is only read: expected \.txt"):
        write(Table(["a"], np.ones((1, 2))), tmp_path / "v.csv")
