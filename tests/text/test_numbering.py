"""word2vec/text/numbering.py: the numbers of words, equal to those of plain Python, however the text is cut."""

import gzip
import re
from unicodedata import category
from warnings import catch_warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from word2vec.runtime.inputs import inputs
from word2vec.text import encode, numbering, reader
from word2vec.text.numbering import Numbering, number_ids, number_lists, number_texts

# words of many lengths, around the 8, 16 and 24 bytes that keys are made of, words that share their beginnings or
# differ only by zero bytes, every kind of white space, signs, letters of one to four bytes
PIECES = [
    *("a", "b", "ab", "a\x01", "a\x01\x01", "\x01", "_", "1", "é", "ß", "漢字", "𝒳", "é" * 11, "é" * 12),
    *("x" * n for n in (7, 8, 9, 15, 16, 17, 22, 23, 24, 25, 300)),
    *("x" * n + "y" for n in (7, 8, 15, 22, 23, 24, 30)),
    *(" ", " ", " ", "  ", "\n", "\n", "\n\n", "\r\n", "\t", "\v", "\f", "\x1c", "\x1f", "\x85", "\xa0", "\u2003"),
    *("\u2028", "\u3000", ".", "-", "'", "“", "…", "\u0301", "\u200b", "\u200d", "\u0915\u093f\u094d", "\r"),
]


def runs(line):
    """Split a line into runs of letters and digits with their marks and joiners, in plain Python."""
    words, word, rest = [], "", ""
    for character in f"{line} ":
        is_mark = category(character).startswith("M")
        if character.isalnum() or character == "_" or (word and is_mark):
            word, rest = word + rest + character, ""
        elif word and character == "\u200d":
            rest += character  # joins if something follows
        else:
            words += [word] if word else []
            word = rest = ""
    return words


SPLITTERS = {"split": str.split, "words": runs}


def reference(text, splitter):
    """Number words in plain Python: the numbering, the numbers, the ends of sentences."""
    numbering, numbers, ends = {}, [], []
    for line in re.sub("\r\n|[\r\u2028\u2029]", "\n", text).removesuffix("\n").split("\n") if text else ():
        numbers += [numbering.setdefault(word, len(numbering)) for word in splitter(line)]
        ends.append(len(numbers))
    return numbering, numbers, ends


def joined(parts):
    """Join parts: numbers and ends, these counted from the beginning."""
    numbers, ends = [], []
    for ids, stops in parts:
        assert ids.dtype == np.int32
        ends += (stops + len(numbers)).tolist()
        numbers += ids.tolist()
    return numbers, ends


@pytest.mark.parametrize("tokenize", SPLITTERS)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pieces=st.lists(st.sampled_from(PIECES), max_size=60),
    block=st.sampled_from([1, 2, 3, 5, 16, 1 << 16]),
    slots=st.sampled_from([2, 4, 1 << 10]),
)
@example(pieces=["a", " ", "a\x01", " ", "a", " ", "a\x01", " "] * 3, block=5, slots=1 << 10)
@example(pieces=["x" * 8, " ", "x" * 9, " "] * 6, block=16, slots=2)
@example(pieces=["x" * 23, " ", "x" * 22 + "y", " "] * 6, block=16, slots=2)
@example(pieces=["x" * 24, " ", "x" * 23 + "y", " "] * 6, block=16, slots=2)
@example(pieces=["x" * 31, " ", "x" * 30 + "y", " "] * 6, block=16, slots=2)
def test_numbers_and_ends_are_those_of_plain_python(tmp_path, pieces, block, slots, tokenize):
    text = "".join(pieces)
    (tmp_path / "a.txt").write_bytes(text.encode())
    numbering = Numbering()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "BLOCK", block)
        patch.setattr("word2vec.text.table.SLOTS", slots)
        numbers, ends = joined(number_texts(inputs(tmp_path / "a.txt"), tokenize, numbering))
    assert (numbering, numbers, ends) == reference(text, SPLITTERS[tokenize])


@pytest.mark.parametrize(
    ("tokenize", "slots"),
    [
        pytest.param(tokenize, slots, marks=[pytest.mark.slow] * ((i + j) % 2))
        for i, tokenize in enumerate(SPLITTERS)
        for j, slots in enumerate([16, 1 << 9, 1 << 18])
    ],
)
def test_many_words_are_numbered_right_whether_the_table_has_room_or_not(tmp_path, monkeypatch, tokenize, slots):
    rng = np.random.default_rng(5)
    words = ["".join(map(chr, rng.integers(97, 123, n))) for n in rng.integers(1, 40, 1000)]
    words[7], words[70] = "näher", "ξένος"
    lines = [" ".join(words[min(i, 999)] for i in rng.zipf(1.3, 20)) for _ in range(1500)]
    text = "\n".join(lines)
    (tmp_path / "a.txt").write_bytes(text.encode())
    monkeypatch.setattr("word2vec.text.table.SLOTS", slots)
    numbering = Numbering()
    numbers, ends = joined(number_texts(inputs(tmp_path / "a.txt"), tokenize, numbering))
    assert (numbering, numbers, ends) == reference(text, SPLITTERS[tokenize])


def test_the_table_answers_for_most_words(tmp_path, monkeypatch):
    """Without it, the result would be the same, only slower."""
    rng = np.random.default_rng(6)
    text = " ".join(f"w{i}" for i in rng.integers(0, 1000, 100_000))
    (tmp_path / "a.txt").write_text(text)
    asked = []

    class Watched(Numbering):
        def __getitem__(self, word):
            asked.append(word)
            return super().__getitem__(word)

    monkeypatch.setattr(reader, "BLOCK", 1 << 12)
    joined(number_texts(inputs(tmp_path / "a.txt"), "split", Watched()))
    assert 1_000 <= len(asked) < 5_000


def test_a_line_of_a_million_words_is_one_sentence(tmp_path):
    (tmp_path / "a.txt").write_text("word " * 1_000_000 + "\nend\n")
    parts = list(number_texts(inputs(tmp_path / "a.txt"), "split", Numbering()))
    assert len(parts) > 10
    assert joined(parts)[1] == [1_000_000, 1_000_001]


def test_ascii_separators_are_those_of_python():
    for i in range(128):
        assert numbering.SEPARATES["split"][i] == chr(i).isspace()
        assert numbering.SEPARATES["words"][i] == (not re.fullmatch(r"\w", chr(i)))


def test_the_line_of_a_bad_byte_is_counted_through_the_blocks(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_bytes(b"good line\n" * 1000 + b"b\xe4d line\n")
    monkeypatch.setattr(reader, "BLOCK", 64)
    for tokenize in ("split", "words", str.split):
        with pytest.raises(ValueError, match=r"a\.txt, line 1001: the byte 0xe4 is not UTF-8"):
            joined(number_texts(inputs(tmp_path / "a.txt"), tokenize, Numbering()))


# a function from a line to its words


@pytest.mark.parametrize("block", [1, 7, 1 << 16])
@pytest.mark.parametrize("last", ["", "\n", "\n\n"])
def test_a_function_sees_every_line_whole_and_without_its_end(tmp_path, monkeypatch, block, last):
    (tmp_path / "a.txt").write_bytes(f"first línea\r\n\nthird\u2028\x85, cut nowhere{last}".encode())
    monkeypatch.setattr(reader, "BLOCK", block)
    seen = []

    def tokenize(line):
        seen.append(line)
        return [letter for letter in line if letter.isalpha()]

    numbering = Numbering()
    numbers, ends = joined(number_texts(inputs(tmp_path / "a.txt"), tokenize, numbering))
    assert seen == ["first línea", "", "third", "\x85, cut nowhere", *([""] if last == "\n\n" else [])]
    assert [[*numbering][i] for i in numbers] == [letter for line in seen for letter in line if letter.isalpha()]
    assert ends[:4] == [10, 10, 15, 25]


@pytest.mark.parametrize(
    ("tokenize", "expected"),
    [
        (lambda line: line.split(" "), r"line 2 holds '' \(str\): expected only strings, none of them empty"),
        (lambda line: line, r"line 1 is 'one two' \(str\): expected a list of words"),
        (len, r"line 1 is 7 \(int\): expected a list of words"),
        (lambda line: [len(line)], r"line 1 holds 7 \(int\): expected only strings"),
    ],
)
def test_a_function_that_gives_no_words_is_found_out(tmp_path, tokenize, expected):
    (tmp_path / "a.txt").write_text("one two\nthree  four\n")
    with pytest.raises(TypeError, match=rf"a\.txt, tokenize: {expected}"):
        joined(number_texts(inputs(tmp_path / "a.txt"), tokenize, Numbering()))


# token lists


class Labelled(list):
    """A sentence with attributes that tables and sparse matrices have, too."""

    columns, shape = 2, None

    def __init__(self, words):
        super().__init__(words)
        self.toarray = 1  # as a Series by its labels


def test_lists_are_numbered_as_text_is(monkeypatch):
    text = "a b a\n\nc a\u00a0b\nd" * 5
    monkeypatch.setattr("word2vec.text.numbering.BATCH", 3)
    numbering = Numbering()
    numbers, ends = joined(number_lists((line.split() for line in text.split("\n")), numbering))
    assert (numbering, numbers, ends) == reference(text, str.split)


@pytest.mark.parametrize(
    "sentence",
    [("a", "b"), np.array(["a", "b"]), {"a": 1, "b": 2}.keys, (word for word in "ab"), Labelled(["a", "b"])],
)
def test_a_sentence_may_be_any_sequence_of_words(sentence):
    numbering = Numbering()
    assert joined(number_lists([["b"], list(sentence()) if callable(sentence) else sentence], numbering)) == (
        [0, 1, 0],
        [1, 3],
    )
    assert [*numbering] == ["b", "a"]


class DataFrame(list):
    columns, shape = ["the", "text"], (3, 2)


WORDS = "expected a list of words; pass lists of strings, such as"


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        ("a string", rf"sentence 6 is 'a string' \(str\): {WORDS} \[line\.split\(\) for line in lines\]"),
        (b"bytes", rf"sentence 6 is b'bytes' \(bytes\): {WORDS}"),
        (7, rf"sentence 6 is 7 \(int\): {WORDS}"),
        (None, rf"sentence 6 is None \(NoneType\): {WORDS} .*; \[\] for a missing text, of pandas by \.fillna"),
        (np.array(7), rf"sentence 6 is array\(7\) \(ndarray\): {WORDS}"),
        (DataFrame(), r"sentence 6 is a DataFrame, which is a table: pass one column: table\['text'\] of Dask, "),
        (np.str_("a string"), rf"sentence 6 is .*'a string'\)? \(str_\): {WORDS} .*, or files as pathlib\.Path$"),
        (["a", 1.5], r"sentence 6 holds 1\.5 \(float\): expected only strings, none of them empty$"),
        (["a", 2.0], r"sentence 6 holds 2\.0 \(float\): .*; pass numbers as integer arrays: "),
        ((["a", "b"], 1), r"sentence 6 holds \['a', 'b'\] \(list\): .*; of pairs with a label or tag pass the words"),
        ({"a"}, rf"sentence 6 is {{'a'}} \(set\): {WORDS}"),
        (["a", 7], r"sentence 6 holds 7 \(int\): expected only strings, none of them empty"),
        (["a", b"b"], r"sentence 6 holds b'b' \(bytes\): expected only strings"),
        (["a", None], r"sentence 6 holds None \(NoneType\): expected only strings"),
        (["a", ["b"]], r"sentence 6 holds \['b'\] \(list\): expected only strings"),
        (["a", ""], r"sentence 6 holds '' \(str\): expected only strings, none of them empty"),
        (np.array([1, 2]), r"sentence 6 holds .*1.* \(int64\): expected only strings"),
    ],
)
def test_what_is_no_sentence_is_named_with_its_place(monkeypatch, bad, expected):
    monkeypatch.setattr("word2vec.text.numbering.BATCH", 2)
    with pytest.raises(TypeError, match=f"^{expected}"):
        joined(number_lists([*[["a", "b"]] * 5, bad, ["c"]], Numbering()))


def test_integers_that_a_masked_array_hides_are_left_out():
    """As negative ones are, in every type and shape, beside plain arrays."""
    arrays = [
        np.ma.array([[1, 2, 99]] * 2, mask=[[0, 0, 1], [1, 1, 1]]),
        np.array([3, -1]),
        np.ma.array(np.array([99, 4], np.uint8), mask=[1, 0]),
        np.ma.array([5, 6]),
        np.ma.array([7, -1, 99], mask=[0, 0, 1]),
        np.ma.array(np.array([2**63, 99], np.uint64), mask=[0, 1]),
    ]
    known = Numbering()
    [(numbers, ends)] = number_ids(arrays, known)
    words = [*known]
    assert [words[i] for i in numbers] == ["1", "2", "3", "4", "5", "6", "7", str(2**63)]
    assert ends.tolist() == [2, 2, 3, 4, 6, 7, 8]
    plain = encode([np.array([1, 2, -1]), np.array([-1, -1, -1])], min_count=1)
    masked = encode(np.ma.array([[1, 2, 99], [9, 9, 9]], mask=[[0, 0, 1], [1, 1, 1]]), min_count=1)
    assert (masked.words, masked.ids.tolist(), masked.empty.tolist()) == (plain.words, plain.ids.tolist(), [1])


def test_messages_stay_short():
    with pytest.raises(TypeError) as caught:
        joined(number_lists(["x" * 10_000_000], Numbering()))
    assert len(str(caught.value)) < 250


def test_an_error_in_the_callers_generator_is_the_callers():
    def sentences():
        yield ["a"]
        raise TypeError("mine")

    with pytest.raises(TypeError, match=r"^mine$"):
        joined(number_lists(sentences(), Numbering()))


def test_a_word_that_cannot_be_hashed_for_its_own_reason_keeps_its_error():
    class Odd(str):
        __slots__ = ()

        def __hash__(self):
            raise TypeError("odd")

    with pytest.raises(TypeError, match=r"^odd$"):
        joined(number_lists([[Odd("a")]], Numbering()))


@pytest.mark.parametrize(
    "begin",
    [
        "<!DOCTYPE html>",
        "\n<html lang=en>",
        "<?xml version='1.0'?>",
        '{"text": "a"}',
        "<mediawiki>",
        '[\n {\n  "text":',
        '["a sentence", "another"]',
        '[["a", "b"], ["c"]]',
        '<doc id="12" url="https://en.wikipedia.org/wiki?curid=12">',  # WikiExtractor's
        "1\n00:00:01,000 --> 00:00:02,500\n",  # subtitles
        "WEBVTT\n\n00:01.000 --> 00:04.000\n",
        "00:01.000 --> 00:04.000\n",
    ],
)
def test_text_that_is_to_be_converted_first_is_read_with_a_warning(tmp_path, begin):
    (tmp_path / "a.txt").write_text(f"{begin} tea\n")
    with pytest.warns(UserWarning, match=r"a\.txt begins with .*: its tags, names, times or quotes count as words"):
        assert "tea" in joined_words(tmp_path / "a.txt")
    for name in "bc":
        (tmp_path / f"{name}.txt").write_text(f"{begin} tea\n")
    with pytest.warns(UserWarning, match="begins with") as caught:  # of the first alone
        joined_words(tmp_path)
    assert len(caught) == 1
    joined_words(tmp_path, str.split)  # a reader of one's own knows what it reads
    (tmp_path / "a.txt").write_text(f"tea {begin}\n< html {{ tea\n")
    assert "tea" in joined_words(tmp_path / "a.txt")


@pytest.mark.parametrize("begin", ['["Yes," he said.]', '["Yes, of course!" she said]', '["\nNo, a "b" c', '{"a" is'])
def test_a_quotation_in_brackets_is_no_json(tmp_path, begin):
    (tmp_path / "a.txt").write_text(f"{begin} tea\n")
    assert "tea" in joined_words(tmp_path / "a.txt")


ROW = " ".join(
    f"{number:.6f}" for number in np.random.default_rng(1).normal(size=300)
)  # a row is cut after HEAD bytes


@pytest.mark.parametrize(
    "text",
    [
        "3 4\nthe 0.1 0.2 0.3 0.4\na -0.1 .2 1e-3 0.5\ntea 1.0 2.0 3.0 4.0\n",
        "2 2\r\n</s> 0.1 0.2 \r\n, 0.3 0.4 \r\n",
        f"the {ROW}\n, {ROW}\ntea {ROW}\n",
        f"900000 300\nthe {ROW}\n, {ROW}\n",
        f"the {ROW} {ROW} {ROW}\n",
    ],
)
def test_vectors_given_as_a_text_are_read_with_a_warning(tmp_path, text):
    (tmp_path / "a.vec").write_text(text)
    for tokenize in ("split", "words"):
        with pytest.warns(
            UserWarning, match=r"a\.vec begins as a file of word vectors does.* WordVectors\.load\(path\)$"
        ):
            joined_words(tmp_path / "a.vec", tokenize)


@pytest.mark.parametrize(
    "text",
    [
        f"{ROW}\n{ROW}\n",  # numbers alone
        f"17 {ROW}\n18 {ROW}\n",  # with a number that counts
        f"2020-01-02 {ROW}\n2020-01-03 {ROW}\n",
        "tea 0.99 1.20 1.05\nmilk 0.79 0.85 0.80\n" * 9,  # prices
        f"tea {ROW.replace('-', '')}\nmilk {ROW.replace('-', '')}\n",
        f"tea {ROW}\nmilk 0.5\n",
        f"tea {ROW} is\n",
        "3 4\n1 2 3 4 5\n",
        "3 0\ntea\nmilk\n",
        "3 1\nversion 0.2\n",
        "5 2\n",
        "tea -0.5 is\n" * 300,
        "for i in range(3): x[i] = -0.5 * y[i]\n" * 200,
        "\n\n",
    ],
)
def test_no_other_text_is_taken_for_vectors(tmp_path, text):
    (tmp_path / "a.txt").write_text(text)
    with catch_warnings(record=True) as told:
        assert joined_words(tmp_path / "a.txt") == [*dict.fromkeys(text.split())]
    assert not told


@pytest.mark.parametrize("name", ["a.csv", "a.TSV", "a.csv.gz"])
def test_a_table_of_texts_is_read_with_a_warning(tmp_path, name):
    separator = "\t" if name == "a.TSV" else ","
    table = f'id{separator}text\n1{separator}"tea, or coffee"\n2{separator}tea\n'.encode()
    (tmp_path / name).write_bytes(gzip.compress(table) if name.endswith("gz") else table)
    advice = re.escape(f"read_csv(path, sep={separator!r})['text'].fillna('').str.split()")
    for tokenize in ("split", "words"):  # the latter leaves quotes out, but not the numbers
        with pytest.warns(UserWarning, match=f"{name} is a table: its quotes, separators or other .*{advice}"):
            assert "coffee" in joined_words(tmp_path / name, tokenize) or tokenize == "split"
    joined_words(tmp_path / name, lambda line: line.split(","))  # a reader of one's own knows what it reads


@pytest.mark.parametrize(
    ("name", "text", "warns"),
    [
        ("a.csv", "id,label,text\n1,good,more tea\n2,bad,less tea\n", "split words"),  # no cell has quotes
        ("a.csv", "1;good;more tea, please\n2;bad;less tea\n", "split words"),
        ("a.csv", "1,good,more tea, please\n2,bad,less tea\n", "split words"),  # a comma of a sentence
        ("a.csv", "More tea, please\nLess tea, Ann\nNo tea, thanks\n", ""),
        ("a.csv", "Tea is, as we know, good\n", ""),  # a single line
        ("a.tsv", "more tea\tless tea\n", ""),
        ("a.tsv", "user\titem\trating\n1\t17\t5\n1\t4\t3\n", "split words"),
        ("a.tsv", "1\tmore tea\n2\ttea\n", "split words"),
        ("a.tsv", "cat\tmammal\ndog\tmammal\n", ""),  # pairs
        ("a.csv", 'id,text\n1,"more tea\nin two lines"\n2,tea\n', "split words"),
        ("a.csv", "whole milk,tea\ntea\nbread,butter,jam\n", "split"),  # baskets
        ("a.csv", '"text"\n"more tea, please"\n"less"\n', "split"),
        ("a.csv", "text\nmore tea, please\nless\n", ""),
        ("a.csv", 'tea\n7" rod\n1,000 rods\n', ""),
        ("a.tsv", "tea\tmilk\tegg\nbread\tbutter\tjam\tegg\n", ""),  # baskets that tabs cut
        ("a.tsv", '"Tea," she said.\n"More?"\nHe went.\n', ""),
        ("a.txt", "1,2,3\n4,5,6\n", ""),
        ("a.txt", "citrus fruit,semi-finished bread,ready soups\nwhole milk\ntea,milk\n" * 3, "split"),
        ("a.txt", "tea,milk\ncoffee\n" * 9, ""),  # no more than half
        ("a.txt", "More tea,please, Ann\nLess tea, Ann\nNo 1,000,tea\n" * 9, ""),
        ("a.txt", "KIND(AlwaysInline,alwaysinline)\n" * 9, ""),
        ("a.txt", "今天下雨,我在家喝茶\n" * 9, ""),  # a sentence without blanks
        ("a.txt", "f(x,y) = a,b and so on\nreturn x,y or whatever\n" * 9, ""),
        ("a.csv", "id,text\n" + "10000000,tea is\n" * 400, "split words"),  # the last line looked at is 10000000
        ("a.csv", "", ""),
    ],
)
def test_a_table_is_known_by_its_columns_or_by_cells_that_are_not_cut(tmp_path, name, text, warns):
    (tmp_path / name).write_text(text)
    for tokenize in ("split", "words"):
        with catch_warnings(record=True, action="always") as found:
            joined_words(tmp_path / name, tokenize)
        assert len(found) == (tokenize in warns), tokenize


def joined_words(path, tokenize="split"):
    numbering = Numbering()
    joined(number_texts(inputs(path), tokenize, numbering))
    return [*numbering]


def test_a_dict_is_no_sentence_since_its_counts_would_be_lost():
    with pytest.raises(TypeError, match=r"sentence 2 is \{'b': 3\} \(dict\): expected a list of words"):
        joined(number_lists([["a"], {"b": 3}], Numbering()))


@pytest.mark.parametrize("end", ["", ".gz"])
@pytest.mark.parametrize(
    ("tokenize", "limit", "what"), [("split", "WORD", "word"), ("words", "WORD", "word"), (str.split, "LINE", "line")]
)
def test_a_word_or_line_without_end_is_refused_before_it_fills_the_memory(
    tmp_path, monkeypatch, end, tokenize, limit, what
):
    monkeypatch.setattr(numbering, f"LONGEST_{limit}", 1 << 17)
    content = b"a b\n" + bytes(1 << 20)
    (path := tmp_path / f"bomb{end}").write_bytes(gzip.compress(content) if end else content)
    expected = "a text with white space between its words" if what == "word" else "a file of the named format"
    with pytest.raises(ValueError, match=rf"bomb.*: a {what} of more than 131072 bytes: expected {expected}"):
        list(number_texts(inputs(path), tokenize, Numbering()))


def test_what_is_no_list_of_words_says_what_to_pass():
    from scipy.sparse import csr_array

    with pytest.raises(TypeError, match=r"^sentence 1 is a .*, which is a sparse matrix: pass its \.toarray\(\) if"):
        list(number_lists(csr_array(np.eye(4, dtype=int)), Numbering()))
    arrow = pytest.importorskip("pyarrow")
    with pytest.raises(TypeError, match=r"sentence 1 holds .*; of a column of pyarrow pass \.to_pylist\(\)$"):
        list(number_lists(arrow.array([["a", "b"]]), Numbering()))
