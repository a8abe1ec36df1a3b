"""Texts that fonts can show: which fonts have their characters, and escapes for what no font shows."""

import os
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from unicodedata import category

from .._types import PathLike
from ..runtime.arguments import check_type, warn

UNSEEN = ("Cc", "Cs", "Zl", "Zp")  # categories: control characters, halves of surrogate pairs, ends of lines
GENERIC = ("sans-serif", "serif", "monospace", "cursive", "fantasy")
UNFIT = ("Color", "Last Resort", "LastResort", "Blank")  # in the names of fonts without outlines of their own
NAMED = 3  # words in a warning


def drawable(text: str) -> str:
    r"""Return a text on one line: line ends, half pairs and the like as escapes (\n), blanks quoted."""
    hidden = {c for c in text if category(c) in UNSEEN} | {"\ufeff"}  # of which matplotlib makes no PDF
    text = "".join(c.encode("unicode_escape").decode() if c in hidden else c for c in text)
    return text if text.strip() else f"“{text}”"


def font_family(font: PathLike) -> str:
    """Return the family of a font, which is named by its family or by the path of its file (.ttf, .otf, .ttc).

    Raises ValueError if there is no such font; the message names similar ones.
    """
    from matplotlib.font_manager import FontProperties, fontManager

    check_type("font", font, str | os.PathLike, "the family of a font, or the path of its file")
    name = os.fspath(font)
    if os.path.isfile(name):
        try:
            if all(entry.fname != name for entry in fontManager.ttflist):
                fontManager.addfont(name)
            return str(FontProperties(fname=name).get_name())
        except (RuntimeError, OSError) as error:
            raise ValueError(f"font: {name} is no font file: expected .ttf, .otf or .ttc") from error
    known = {family.casefold(): family for family in (*GENERIC, *(entry.name for entry in fontManager.ttflist))}
    if name.casefold() not in known:
        near = ", ".join(known[found] for found in get_close_matches(name.casefold(), sorted(known)))
        fix = f"expected the path of a font file, or a family{f' such as {near}' if near else ''}"
        raise ValueError(f"font: neither a file nor an installed family is called {name!r}: {fix}")
    return known[name.casefold()]


@contextmanager
def lettering(texts: Iterable[str], font: PathLike | None = None) -> Iterator[None]:
    """Draw with fonts that have the characters of some texts, as long as the context lasts.

    First comes `font` (see `font_family`), then matplotlib's own, then installed ones that have what those lack. If
    there is none, warn once, naming the texts.
    """
    from matplotlib import rc_context, rcParams
    from matplotlib.font_manager import FontProperties, findfont

    texts = list(dict.fromkeys(texts))
    families = [*([] if font is None else [font_family(font)]), *rcParams["font.family"]]
    missing = {ord(c) for text in texts for c in text if category(c) != "Cf" and not "\ufe00" <= c <= "\ufe0f"}
    for family in families:
        missing -= _characters(findfont(FontProperties(family=[family])))
    if missing:
        families += _fallbacks(missing)
    if boxes := [text for text in texts if not missing.isdisjoint(map(ord, text))]:
        named = ", ".join(repr(text) for text in boxes[:NAMED]) + ", …" * (len(boxes) > NAMED)
        what = f"no font here has all characters of {named} ({len(boxes)} of the {len(texts)} labels): they are boxes"
        warn(f"{what}; install one that has them, say of the Noto family, or pass a font file as font= (--font)")
    # the words are no TeX, whatever the reader's own settings are
    with rc_context({"font.family": families, "text.usetex": False}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from")  # one warning each time that a character is drawn
        yield


def _characters(path: str) -> set[int]:
    """Return the characters that a font file has; none if it cannot be drawn with."""
    from matplotlib.ft2font import FT2Font

    try:
        font = FT2Font(path)
        font.set_size(10, 72)
        return set(font.get_charmap())
    except (RuntimeError, OSError):
        return set()


def _fallbacks(missing: set[int]) -> list[str]:
    """Return installed families that have what is missing, and remove it from the set; first those that have most."""
    from matplotlib.font_manager import fontManager, weight_dict

    faces: dict[str, tuple[float, bool, bool, str]] = {}  # family → its most regular face
    for entry in fontManager.ttflist:
        if not any(word in entry.name for word in UNFIT):
            weight = entry.weight if isinstance(entry.weight, int) else weight_dict.get(entry.weight, 400)
            face = (abs(weight - 400), entry.style != "normal", entry.stretch != "normal", entry.fname)
            faces[entry.name] = min(face, faces.get(entry.name, face))
    has = {family: missing & _characters(face[-1]) for family, face in sorted(faces.items())}
    chosen: list[str] = []
    while has and (best := max(has, key=lambda family: (len(has[family] & missing), "Sans" in family))):
        if not has[best] & missing:
            break
        missing -= has[best]
        chosen.append(best)
    return chosen
