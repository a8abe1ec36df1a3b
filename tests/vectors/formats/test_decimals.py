"""word2vec/vectors/formats/decimals.py: every number is the double that Python's float gives, to the bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from word2vec.vectors.formats.decimals import PAD, decimal_text, decimals

FORMS = ["{:.6f}", "{:.4f}", "{:.5g}", "{!r}", "{:.9g}", "{:.17g}", "{:.16f}", "{:.15f}", "{:.8f}", "{:.9f}", "{:e}"]
HARD = """0.0 -0.0 0.1 -0.3 9.007199254740993 9.0071992547409925 9.007199254740991 0.9007199254740993
1e-05 -1.5E+3 5e-324
1.7976931348623157e308 2 -7 +1.5 10.25 123456.789 .5 5. 0.1000000000000000055511151231257827 9.9999999999999999
0.0000000000000001 0.9999999999999999 9.999999999999999 8.999999999999999 0.30000000000000004"""


def read(tokens):
    text = PAD + " ".join(tokens).encode() + PAD
    ends = len(PAD) + np.cumsum([len(token) + 1 for token in tokens]) - 1
    return decimals(text, ends - [len(token) for token in tokens], ends)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("scale", [1e-6, 0.01, 1.0, 3.0, 50.0])
def test_numbers_as_programs_write_them(form, scale):
    tokens = [form.format(x) for x in (np.random.default_rng(0).normal(size=500) * scale).tolist()]
    assert read(tokens).tobytes() == np.array(list(map(float, tokens))).tobytes()


@pytest.mark.parametrize("token", HARD.split())
def test_numbers_that_are_hard_to_round(token):
    assert read(["1.0", token, "2.0"]).tobytes() == np.array([1.0, float(token), 2.0]).tobytes()


def test_all_numbers_of_few_digits():
    tokens = [f"{sign}{i // 1000}.{i % 1000:03}" for i in range(10000) for sign in ("", "-")]
    assert read(tokens).tobytes() == np.array(list(map(float, tokens))).tobytes()


def test_numbers_around_the_largest_exact_integer():
    """Where w passes 2^53 a division of doubles would round twice."""
    tokens = [f"9.{n:015}" for n in range(7199254740900, 7199254741100)]
    assert read(tokens).tobytes() == np.array(list(map(float, tokens))).tobytes()


@pytest.mark.parametrize("token", ["nan", "-inf", "Infinity", "+NaN"])
def test_nan_and_infinities_are_numbers(token):
    np.testing.assert_array_equal(read([token]), [float(token)])


NO_NUMBERS = [
    "",
    "-",
    ".",
    "-.",
    "word",
    "1_0",
    "0x1p3",
    "1.2.3",
    "0.12a4",
    "0.1/",
    "0.:1",
    "1e",
    "--1.0",
    "1.0-",
    "٣.5",
]


@pytest.mark.parametrize("token", [*NO_NUMBERS, "0.12345678x", "x.5", "0.1234567é"])
def test_what_is_no_number_is_found(token):
    assert read(["1.5", "0.25"]) is not None
    text = PAD + b"1.5 " + token.encode() + b" 0.25" + PAD
    starts = len(PAD) + np.array([0, 4, 5 + len(token.encode())])
    assert decimals(text, starts, starts + np.array([3, len(token.encode()), 4])) is None


@pytest.mark.parametrize("place", range(2, 18))
@pytest.mark.parametrize("byte", [0x2F, 0x3A, 0x20, 0xB5, 0xFF])
def test_a_wrong_byte_in_any_place_is_found(place, byte):
    token = bytearray(b"0.1234567890123456")
    token[place] = byte
    text = PAD + bytes(token) + PAD
    assert decimals(text, np.array([len(PAD)]), np.array([len(PAD) + len(token)])) is None


def test_none_at_all():
    assert decimals(PAD + PAD, np.empty(0, np.int64), np.empty(0, np.int64)).shape == (0,)


# into text


def test_numbers_of_few_digits_and_the_ends_of_the_range():
    few = [round(i * 10.0**-k, k) for i in (3, 5, 30, 123, 999999, 16777217) for k in range(-8, 12)]
    ends = [0.0, -0.0, 1e-45, 1.1754944e-38, 3.4028235e38, 1e16, 9.999999e15, 33554432.0]
    numbers = np.array([*few, *ends], np.float32)
    text, _ = decimal_text(numbers, " ")
    assert text.split() == [str(x) for x in numbers]
    assert np.array(text.split(), np.float64).astype(np.float32).tobytes() == numbers.tobytes()


@pytest.mark.parametrize("scale", [1e-44, 1e-5, 3e-4, 0.1, 1.0, 5.0, 50.0, 1e15, 1e37])
def test_many_numbers_become_one_text_of_the_fewest_digits(scale):
    numbers = (np.random.default_rng(4).normal(size=3000) * scale).astype(np.float32)
    text, ends = decimal_text(numbers, ";")
    assert text.split(";") == [*map(str, numbers), ""]
    assert [text[end] for end in ends] == [";"] * len(numbers)
    assert ends[-1] == len(text) - 1


def test_one_text_holds_what_lies_at_the_edges_of_the_usual_numbers():
    edges = np.array([0, 1e-4, 1e-3, 0.01, 0.1, 1, 10, 0.5, 0.25, 1 / 3, 9.5], np.float32)
    edges = np.concatenate([edges, np.nextafter(edges, np.float32(-1)), np.nextafter(edges, np.float32(99))])
    numbers = np.concatenate([edges, -edges, [-np.finfo(np.float32).tiny, 9.999999e15]]).astype(np.float32)
    for last in (-1, len(numbers)):  # without and with a text of more than 16 bytes
        text, _ = decimal_text(numbers[:last], " ")
        assert text == "".join(str(x) + " " for x in numbers[:last])


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1))
def test_one_text_of_any_numbers(given_numbers):
    numbers = np.array(given_numbers, np.float32)
    assert decimal_text(numbers, "\t")[0] == "".join(str(x) + "\t" for x in numbers)
