"""word2vec/vectors/formats/binary_layout.py: words with spaces in binary files, and what only looks like them."""

import warnings

import numpy as np
import pytest

from word2vec.runtime.inputs import opened
from word2vec.vectors.formats import binary_format
from word2vec.vectors.formats.binary_layout import are_usual, is_text, rows_in, spaces_of_text
from word2vec.vectors.formats.table import VectorFileError, Wanted


def read_binary(source, **options):
    with opened(source) as file:
        return binary_format.read_binary(file, Wanted(**options))


MODES = ("strict", "skip", "replace", "ignore")
PHRASE = r"it is open where the \d+ numbers of '{}' begin, perhaps since it goes on behind a space: replace spaces in"
ALPHABETS = ["abcdefghijklmnopqrstuvwxyz", "0123456789", "ABCxyz019", "абвгдежз", "éàçß", "中文字典", "@#<>=?&*-_.,'"]


def numbers(n, D, seed=0):
    return np.random.default_rng(seed).normal(size=(n, D)).astype("<f4")


def put(folder, words, matrix, end=b"", header=None):
    rows = (b"%b %b%b" % (word, row.tobytes(), end) for word, row in zip(words, matrix, strict=True))
    header = header or b"%d %d\n" % matrix.shape
    (folder / "v.bin").write_bytes(header + b"".join(rows))
    return folder / "v.bin"


def sound(n):
    return [b"w%d" % i for i in range(n)]


def read_quietly(path, errors, limit=None):
    """Return what was read and whether there was a warning; None where the file is refused."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            return read_binary(path, errors=errors, limit=limit), bool(caught)
        except VectorFileError:
            return None, False


@pytest.mark.parametrize("end", [b"", b"\n"])
@pytest.mark.parametrize("D", [10, 300])
@pytest.mark.parametrize("at", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in (1, 7)), 19])
@pytest.mark.parametrize(
    "word",
    [
        "new york",
        "new abc",
        "new york city",
        "route 66",
        "a b",
        "new ",
        " new",
        "a  b",
        "x é",
        "a 12 7",
        "a\tb c",
        "a" + " b" * 99,
    ],
)
def test_a_word_with_spaces_is_read_where_the_numbers_prove_it(tmp_path, end, D, at, word):
    words, matrix = sound(20), numbers(20, D)
    words[at] = word.encode()
    for errors in MODES:
        found = read_binary(put(tmp_path, words, matrix, end), errors=errors)
        assert found.words == [word.decode() for word in words]
        assert found.matrix.tobytes() == matrix.tobytes()


def random_words(rng, n, share):
    """Words of several alphabets; a share of them has one or two spaces somewhere."""
    words = {}
    while len(words) < n:
        parts = ["".join(rng.choice(list(rng.choice(ALPHABETS)), rng.integers(1, 9))) for _ in range(3)]
        kept = int(rng.integers(2, 4)) if rng.random() < share else 1
        word = rng.choice([" ", " ", " ", "  "]).join(parts[:kept])
        words[word + " " * (kept > 1 and rng.random() < 0.1)] = None
    return list(words)


@pytest.mark.parametrize(
    ("D", "files", "least"),
    [
        *((2, 25, 0.5), (10, 40, 1)),
        *(pytest.param(D, 25, least, marks=pytest.mark.slow) for D, least in ((3, 0.8), (5, 0.9), (64, 1))),
    ],
)
def test_random_files_are_read_right_or_refused_in_every_mode(tmp_path, monkeypatch, D, files, least):
    rng, right = np.random.default_rng(D), 0
    for number in range(files):
        n, scale = int(rng.choice([1, 2, 9, 60])), float(rng.choice([0.1, 1, 10]))
        words, matrix = random_words(rng, n, rng.choice([0, 0.1, 1])), numbers(n, D, number) * np.float32(scale)
        limit = int(rng.integers(1, n + 1)) if number % 5 == 0 else None
        path = put(tmp_path, [word.encode() for word in words], matrix, b"\n" * (number % 2))
        monkeypatch.setattr(binary_format, "BLOCK", int(rng.choice([50, 1000, 1 << 20])))
        for errors in MODES:
            found, warned = read_quietly(path, errors, limit)
            if found:
                assert found.words == words[:limit]
                assert found.matrix.tobytes() == matrix[:limit].tobytes()
                assert not warned
            right += bool(found)
            assert found or any(" " in word for word in words)
    assert right >= least * 4 * files


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_many_words_with_spaces_in_parts_of_any_size(tmp_path, monkeypatch, end):
    words, matrix = [b"new york %d" % i for i in range(600)], numbers(600, 12)
    for block in (60, 777, 1 << 18):
        monkeypatch.setattr(binary_format, "BLOCK", block)
        found = read_binary(put(tmp_path, words, matrix, end), limit=500)
        assert found.words == [word.decode() for word in words[:500]]
        assert found.matrix.tobytes() == matrix[:500].tobytes()


@pytest.mark.parametrize("errors", MODES)
@pytest.mark.parametrize(
    ("phrase", "following", "scale", "word"),
    [
        (b"caf\xe9 noir et blanc", b"w4", 1, r"caf\\\\xe9"),  # the word itself is no UTF-8
        (b"new york", b"caf\xe9", 1, "new"),  # nothing clear follows
        (b"new york", b"w4", 1e15, "new"),  # no numbers of any size are probable
    ],
)
def test_what_proves_nothing_is_refused_in_every_mode(tmp_path, errors, phrase, following, scale, word):
    words, matrix = sound(20), numbers(20, 25)
    words[3], words[4] = phrase, following
    matrix[3] *= np.float32(scale)
    with pytest.raises(VectorFileError, match=r"v\.bin, row 4: " + PHRASE.format(word)):
        read_binary(put(tmp_path, words, matrix), errors=errors)


@pytest.mark.parametrize("D", [2, 7, 30])
@pytest.mark.parametrize("scale", [1e-44, 1e-30, 1e-12, 1e12, 1e30, 0])
def test_extreme_numbers_without_such_words_stay_as_they_are(tmp_path, D, scale):
    words, matrix = sound(300), (numbers(300, D) * scale).astype("<f4")
    for errors in MODES:
        found, warned = read_quietly(put(tmp_path, words, matrix), errors)
        assert found.words == [word.decode() for word in words]
        assert found.matrix.tobytes() == matrix.tobytes()
        assert not warned


@pytest.mark.parametrize("D", [2, 4, 7])
@pytest.mark.parametrize("scale", [1e-7, 1e5])
def test_few_numbers_are_compared_with_those_of_the_file(tmp_path, D, scale):
    words, matrix = sound(20), numbers(20, D) * np.float32(scale)
    words[3], words[17] = b"green tea", b"new york city"
    found = read_binary(put(tmp_path, words, matrix))
    assert [word.encode() for word in found.words] == words
    assert found.matrix.tobytes() == matrix.tobytes()


@pytest.mark.parametrize("errors", MODES)
def test_a_number_that_may_be_text_as_well_is_refused(tmp_path, errors):
    path = put(tmp_path, [b"new abc", b"w4"], np.frombuffer(b"ABC?abc?", "<f4")[:, None])  # (2, 1); or "ABC?w4"
    with pytest.raises(VectorFileError, match=r"v\.bin, row 1: " + PHRASE.format("new")):
        read_binary(path, errors=errors)


@pytest.mark.parametrize("D", [2, 30])
def test_words_may_hold_control_characters(tmp_path, D):
    words = [b"\x7f", b"a\x1bb", b"\0", b"c", b"\x01\x02", b"\x1f"]
    assert read_binary(put(tmp_path, words, numbers(6, D))).words == [word.decode() for word in words]


def test_other_encodings_and_nan_are_handled_as_ever(tmp_path):
    words, matrix = [f"é{i}".encode("latin-1") for i in range(100)], numbers(100, 20)
    matrix[7], matrix[8, 3] = np.nan, np.inf
    path = put(tmp_path, words, matrix)
    with pytest.raises(VectorFileError, match=r"row 1: the word b'\\xe90' is not UTF-8"):
        read_binary(path)
    with pytest.warns(UserWarning, match=r"left out 2 rows with NaN or infinity; the first: row 8"):
        found = read_binary(path, errors="replace")
    assert found.words == [f"\ufffd{i}" for i in range(100) if i not in (7, 8)]
    assert found.matrix.tobytes() == np.delete(matrix, (7, 8), 0).tobytes()


@pytest.mark.parametrize("end", [b"", b"\n"])
@pytest.mark.parametrize("D", [5, 50, 2000])  # the last: more bytes than are read ahead
@pytest.mark.parametrize("empty", [(0,), (4,), (9, 10), (19,)])
def test_an_empty_word_is_named_or_left_out(tmp_path, monkeypatch, end, D, empty):
    words, matrix = sound(20), numbers(20, D)
    words[3] = b"new york"
    for i in empty:
        words[i] = b""
    path = put(tmp_path, words, matrix, end)
    for block in (100, 1 << 20):
        monkeypatch.setattr(binary_format, "BLOCK", block)
        with pytest.raises(VectorFileError, match=rf"v\.bin, row {empty[0] + 1}: '' is no word"):
            read_binary(path)
        with pytest.warns(UserWarning, match=rf"left out {len(empty)} rows without a word"):
            found = read_binary(path, errors="skip")
        assert found.words == [word.decode() for word in words if word]
        assert found.matrix.tobytes() == np.delete(matrix, empty, 0).tobytes()


@pytest.mark.parametrize("word", ["new york", "0 0#1"])
def test_a_file_that_is_cut_off_within_a_row_is_not_read_by_the_first_part_of_its_word(tmp_path, word):
    words, matrix, right = ["tea", "cup", word], numbers(3, 10), 0
    whole = put(tmp_path, [word.encode() for word in words], matrix, header=b"4 10\n").read_bytes()
    for size in range(len(whole) - 40, len(whole) + 1):
        (tmp_path / "v.bin").write_bytes(whole[:size])
        found, warned = read_quietly(tmp_path / "v.bin", "skip")
        if found is not None:  # else it stays open
            assert warned
            assert found.words == words[: 2 + (size == len(whole))]
            right += 1
    assert right > 30
    assert found is not None


@pytest.mark.parametrize("at", range(2, 30, 9))
def test_a_long_word_may_stand_where_a_part_of_the_file_ends(tmp_path, at):
    words, matrix = sound(40), numbers(40, 500)
    words[at] = b"x" * 65000
    with opened(put(tmp_path, words, matrix)) as file:
        file.peek(1 << 16)  # as when the format is found out; the first part of the file is no longer
        found = binary_format.read_binary(file, Wanted())
    assert found.words == [word.decode() for word in words]
    assert found.matrix.tobytes() == matrix.tobytes()


@pytest.mark.parametrize("end", [b"", b"\n"])
@pytest.mark.parametrize("D", [1, 50])
def test_a_file_that_is_cut_off_at_any_byte_gives_its_whole_rows(tmp_path, end, D):
    words, matrix = ["tea", "cup", "été"], numbers(3, D)
    whole = put(tmp_path, [word.encode() for word in words], matrix, end).read_bytes()
    row = [len(f"3 {D}\n") + len(end) * i + 4 * D * i + len(" ".join(words[:i]).encode()) + 1 for i in (1, 2, 3)]
    for size in range(row[0] + 1, row[2] - len(end)):  # behind the first row
        (tmp_path / "v.bin").write_bytes(whole[:size])
        n = 1 + (size >= row[1] - len(end))
        with pytest.raises(VectorFileError, match=rf"row {n + 1}: .*the file ends in row {n + 1}|line 1: the header"):
            read_binary(tmp_path / "v.bin")
        with pytest.warns(UserWarning, match=rf"left out 1 rows by the header; the first: row {n + 1}"):
            found = read_binary(tmp_path / "v.bin", errors="skip")
        assert (found.words, found.matrix.tobytes()) == (words[:n], matrix[:n].tobytes())


@pytest.mark.parametrize("errors", MODES)
@pytest.mark.parametrize("promised", [20, 29, 31, 33])
@pytest.mark.parametrize(("n", "encoding"), [(5, "utf-8"), (40, "utf-8"), (200, "latin-1")])
def test_a_header_with_another_number_of_numbers_is_refused(tmp_path, errors, promised, n, encoding):
    words = [f"é{i}".encode(encoding) for i in range(n)]
    path = put(tmp_path, words, numbers(n, 30), header=b"%d %d\n" % (n, promised))
    room = r"line 1: the header promises \d+ rows of 3"  # by the size of the file alone
    where = rf"row \d+: it is open where the {promised} numbers of .* begin, .*: replace .*, or correct its header"
    with pytest.raises(VectorFileError, match=f"{where}|{room}"):
        read_binary(path, errors=errors)


def test_the_parts_of_the_search():
    assert spaces_of_text(b"xnew york \0 a", 1) == [5, 10]
    assert rows_in(b"a 1234\nb 5678c 12", 0, 1, 9, 17) == ([b"a", b"\nb"], [2, 9], 13)
    assert rows_in(b"a 1234b 5678", 0, 1, 1, 12) == ([b"a"], [2], 6)
    assert rows_in(b"a 1234b 5678", 0, 1, 2, 11) == ([b"a"], [2], 6)
    assert [is_text(raw) for raw in (b"new york", "é\t".encode(), b"", b"\xe9", b"a\n", b"\x7f")] == [
        1,
        1,
        0,
        0,
        0,
        0,
    ]
    values = np.array([[0, 1e-5], [1e-6, 1], [1, -1e3], [np.nan, -np.inf]], np.float32)
    assert are_usual(values).tolist() == [True, False, False, True]
    assert are_usual(np.repeat(values / 1e3, 4, axis=1)).all()  # of 8 numbers
