"""word2vec/plotting/fonts.py: labels in scripts that matplotlib's own font lacks, with fonts made for the purpose."""

import warnings

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import rcParams
from matplotlib.font_manager import fontManager

from tests.plotting.test_plots import vectors
from word2vec.plotting.fonts import drawable, font_family, lettering
from word2vec.plotting.plots import plot_words

CAT, DOG = "\U00020001", "\U00020002"  # characters that no font here has: of a rare plane


def make_font(path, family, characters):
    """Write a font whose characters are filled squares."""
    pen = TTGlyphPen(None)
    for i, point in enumerate([(0, 0), (0, 700), (700, 700), (700, 0)]):
        (pen.lineTo if i else pen.moveTo)(point)
    pen.closePath()
    names = [".notdef", *(f"u{ord(c):x}" for c in characters)]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap(dict(zip(map(ord, characters), names[1:], strict=True)))
    builder.setupGlyf(dict.fromkeys(names, pen.glyph()))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (800, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)
    return path


@pytest.fixture
def install(tmp_path):
    """Install fonts for one test: name of the family, characters."""
    before = list(fontManager.ttflist)

    def add(family, characters):
        path = make_font(tmp_path / f"{family}.ttf", family, characters)
        fontManager.addfont(path)
        return path

    yield add
    fontManager.ttflist[:] = before


def families(texts, font=None):
    with lettering(texts, font):
        return rcParams["font.family"]


OWN = rcParams["font.family"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("tea", "tea"),
        ("two words", "two words"),
        ("naïve 猫 नमस्ते 😀\u200d👩", "naïve 猫 नमस्ते 😀\u200d👩"),
        ("a\nb\t", r"a\nb\t"),
        ("\x00\x1b\x7f\x85", r"\x00\x1b\x7f\x85"),
        ("\ud800\u2028\u2029", r"\ud800\u2028\u2029"),
        ("\ufefftea", r"\ufefftea"),
        ("", "“”"),
        (" \u3000", "“ \u3000”"),
    ],
)
def test_texts_are_shown_on_one_line(text, shown):
    assert drawable(text) == shown
    assert drawable(shown) == shown


def test_fonts_that_have_all_characters_are_left_alone(install):
    install("Some Cat", CAT)
    assert families(["tea", "café", "кошка", "a\u200db", "a\ufe0f"]) == OWN
    assert rcParams["font.family"] == OWN


def test_missing_characters_come_from_an_installed_font(install, tmp_path, painted):
    words = ["tea", f"{CAT}{DOG}"]
    with pytest.warns(UserWarning, match="no font here has all characters of"):
        plot_words(vectors(2), words, {}, tmp_path / "without.png")
    install("Cat And Dog", CAT + DOG)
    for name in ("a.png", "b.png"):
        plot_words(vectors(2), words, {}, tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "without.png").read_bytes()
    assert all(label.get_fontfamily() == [*OWN, "Cat And Dog"] for label in painted[-1][1].texts)


def test_the_font_that_has_most_is_taken_first_and_none_in_vain(install):
    for family, characters in (("Only Cat", CAT), ("Both", CAT + DOG), ("Only Dog", DOG), ("Sans Both", CAT + DOG)):
        install(family, characters)
    assert families([CAT, DOG]) == [*OWN, "Sans Both"]
    with pytest.warns(UserWarning, match="labels"):
        assert families([CAT, "\U00020003"]) == [*OWN, "Sans Both"]


def test_fonts_that_cannot_be_drawn_with_are_passed_over(install):
    install("A Color Font", CAT)
    install("A Broken Font", CAT).write_bytes(b"no font")
    install("A Removed Font", CAT).unlink()
    with pytest.warns(UserWarning, match="labels"):
        assert families([CAT]) == OWN


def test_what_no_font_has_is_named_by_one_warning(tmp_path):
    words = ["tea", *(f"{c}{c}" for c in (CAT, DOG, "\U00020003", "\U00020004"))]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        plot_words(vectors(5), words, {"tea": CAT}, tmp_path / "words.png")
    (warning,) = caught
    named = ", ".join(map(repr, words[1:4]))
    assert str(warning.message).startswith(f"no font here has all characters of {named}, … (5 of the 7 labels): ")
    assert str(warning.message).endswith("or pass a font file as font= (--font)")
    assert warning.filename == __file__


@pytest.mark.parametrize("kind", ["family", "other case", "file", "path"])
def test_a_font_is_named_by_its_family_or_file(install, tmp_path, drawn, kind):
    path = install(f"My {kind}", "te" + CAT)
    font = {"family": f"My {kind}", "other case": f"MY {kind.upper()}", "file": str(path), "path": path}[kind]
    plot_words(vectors(2), ["tea", CAT], {}, tmp_path / "words.png", font=font)
    assert drawn[0][1].texts[0].get_fontfamily() == [f"My {kind}", *OWN], "what it lacks comes from the others"


def test_a_file_need_not_be_installed_and_is_added_once(install, tmp_path):
    path = make_font(tmp_path / "new.ttf", "Not Installed", CAT)
    assert [font_family(path) for _ in range(2)] == ["Not Installed"] * 2
    assert sum(entry.name == "Not Installed" for entry in fontManager.ttflist) == 1


@pytest.mark.parametrize("font", ["sans-serif", "monospace", "DejaVu Sans"])
def test_generic_families_are_known(font):
    assert font_family(font) == font
    assert families(["tea"], font) == [font, *OWN]


def test_a_font_that_is_not_there_is_refused(tmp_path):
    message = (
        r"neither a file nor an installed family is called 'DejaVu Sanss': expected the path of a font file, or a "
    )
    with pytest.raises(ValueError, match=message + r"family such as DejaVu Sans, "):
        plot_words(np.eye(2), ["a", "b"], {}, tmp_path / "words.png", font="DejaVu Sanss")
    with pytest.raises(
        ValueError, match=r"is called '/no/such/font.ttf': expected the path of a font file, or a family$"
    ):
        font_family("/no/such/font.ttf")
    (tmp_path / "text.ttf").write_text("no font")
    with pytest.raises(ValueError, match=r"text\.ttf is no font file: expected \.ttf, \.otf or \.ttc"):
        font_family(tmp_path / "text.ttf")
    assert [path.name for path in tmp_path.iterdir()] == ["text.ttf"]
