"""The site's settings: `python docs/build.py` builds it from the Markdown pages, the notebooks and the docstrings."""

import re
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]  # the library of this clone, and the extensions beside this file

import word2vec  # noqa: E402

project, author, copyright = "word2vec-numpy", "the word2vec-numpy developers", "the word2vec-numpy developers"  # noqa: A001
release = version = word2vec.__version__
language = "en"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "numpydoc",
    "mathml",
    "command_line",
]
# the sources stand where a reader of the repository looks for them
include_patterns = ["docs/*.md", "docs/*/*.md", "docs/generated/**", "notebooks/*.ipynb"]
include_patterns += ["CHANGELOG.md", "CONTRIBUTING.md"]
root_doc = "docs/index"
nitpicky = True
# the types of docstrings are prose; a docstring may name a module that has no page
nitpick_ignore_regex = [
    ("py:.*", r"(?!word2vec).*"),
    ("py:.*", r"word2vec\.(course\.sentiment|documents\.means|models|plotting\.plane|runtime\.\w+)\b.*"),
    ("py:.*", r"word2vec\.training\.(composition|skipgram)\b.*"),
]

myst_enable_extensions = ["dollarmath", "attrs_inline", "colon_fence"]
myst_heading_anchors = 3
myst_links_external_new_tab = False
nb_execution_mode = "off"  # a test runs them, and they are stored with their outputs
suppress_warnings = ["myst.header"]

default_role = "py:obj"
templates_path = [str(ROOT / "docs" / "templates")]
autosummary_generate = True
autodoc_typehints = "none"
autodoc_default_options = {"members": True, "member-order": "bysource"}
toc_object_entries_show_parents = "hide"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

html_theme = "pydata_sphinx_theme"
html_title = "word2vec in NumPy"
html_static_path = ["static"]
html_css_files = ["site.css", "api.css"]
html_math_renderer = "mathml"
html_show_search_summary = False  # a file from the disk may not fetch others
html_context = {"default_mode": "auto"}
html_copy_source = html_show_sourcelink = False
ALONE = ("index", "start", "equations", "puzzle", "command-line", "benchmarks")
html_sidebars = {f"docs/{page}": [] for page in ALONE}  # there are no pages below them
html_theme_options = {
    "logo": {"text": "word2vec"},
    "navbar_align": "left",
    "header_links_before_dropdown": 9,
    "navbar_persistent": ["search-button"],
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "tango",
    "pygments_dark_style": "monokai",
}

ANCHOR = re.compile(r'^(#+) <a id="(\w+)"></a>', re.MULTILINE)
CODE = re.compile(r"\[`(\w+)`\]\(\.\./(word2vec/[\w/]+)\.py\)")
SECTION = re.compile(r"^(\w[\w ]*)\n-{4,}\n", re.MULTILINE)
ENTRY = re.compile(r" |[\w*][\w*, ]* : |.+\n ")  # an item with its text behind it or below, or more of such a text
ITEM = re.compile(r"^([\w*][\w*, ]*) : (.+)$", re.MULTILINE)
BELOW = re.compile(r"^([\w*][\w*, ]* : .{1,60})\n(?= +[A-Z])", re.MULTILINE)  # a sentence below an item
EQUATION = re.compile(r"\bE(\d+)\b")
FORMULAS = re.compile(r"(?<=\n\n)((?: {4}.*(?:\n|$))+)")
OPTIONS = re.compile(r"(\w+Options)\([^()]*(?:\(\)[^()]*)*\)")
FUNCTION = re.compile(r"<function (\w+)(?: at \w+)?>")
TO_EQUATION = re.compile(r"\]\((?:\.\./)?equations\.md#(E\d+)\)")
SESSION = re.compile(r"^```python\n(>>> .*?)\n*^```$", re.MULTILINE | re.DOTALL)


def listed() -> list[str]:
    """Return all names under which the reference lists something."""
    names, module = [], ""
    for line in (ROOT / "docs" / "api.md").read_text(encoding="utf-8").splitlines():
        module = line.removeprefix(".. currentmodule:: ") if "currentmodule" in line else module
        if re.fullmatch(r"   [\w.]+", line):
            names.append(f"{module}.{line.strip()}")
    return names


LISTED = listed()


def documented(name: str, file: str) -> str | None:
    """Return the name under which the reference has what a file defines, None if it has not: `word2vec.softmax`.

    A method is found in the classes of the file that the reference lists.
    """
    home = import_module(file.replace("/", "."))
    for full in LISTED:
        last = full.rpartition(".")[2]
        thing = getattr(home, last, None)
        if last == name and thing is not None:
            return full
        if isinstance(thing, type) and thing.__module__ == home.__name__ and hasattr(thing, name):
            return f"{full}.{name}"
    return None


def linked(link: re.Match[str]) -> str:
    """Return a reference to what a link to a file names, or the name alone."""
    full = documented(link[1], link[2])
    return f"`{link[1]}`" if full is None else f"{{py:obj}}`{link[1]} <{full}>`"


def read_page(_app: Sphinx, _page: str, source: list[str]) -> None:
    """Translate what GitHub shows as it is: anchors, links to functions and equations, sessions."""
    text = ANCHOR.sub(r"(\2)=\n\1 ", source[0])
    text = TO_EQUATION.sub(r"](#\1)", text)
    text = CODE.sub(linked, text)
    source[0] = SESSION.sub(r"```pycon\n\1\n```", text)


def arrange(prose: str) -> str:
    """Move what is returned, and what is said behind a section's items, into notes: numpydoc takes it for items."""
    summary, *sections = SECTION.split(prose)
    notes: list[str] = []
    for heading, body in zip(sections[::2], sections[1::2], strict=True):
        items = []
        for paragraph in body.strip("\n").split("\n\n"):
            if heading in ("Returns", "Yields") and not items:
                items = [f":{heading}: " + paragraph.replace("\n", "\n    ")]
            elif heading not in ("Returns", "Yields") and ENTRY.match(paragraph):
                items.append(paragraph)
            else:
                notes.append(paragraph)
        if items[0].startswith(":"):
            notes[:0] = items
        else:
            summary += "\n\n".join([f"{heading}\n{'-' * len(heading)}", *items]).replace("\n\n", "\n", 1) + "\n\n"
    return summary + ("Notes\n-----\n" + "\n\n".join(notes) + "\n" if notes else "")


def read_docstring(_app: Sphinx, _what: str, _name: str, _thing: Any, _options: Any, lines: list[str]) -> None:
    """Link a docstring's equations to their page, lay formulas and items out; | * \\ stand for themselves."""
    prose, heading, examples = "\n".join(lines).partition("\nExamples\n")
    prose = FORMULAS.sub(r".. parsed-literal::\n\n\1", prose)
    prose = arrange(prose)
    prose = BELOW.sub(r"\1\n\n", prose)
    prose = ITEM.sub(r"\1\n    \2", prose)
    prose = re.sub(r"([|*\\])", r"\\\1", prose)
    lines[:] = (EQUATION.sub(r":ref:`E\1 <E\1>`", prose) + heading + examples).split("\n")


def without_headings(_app: Sphinx, _what: str, _name: str, _thing: Any, _options: Any, lines: list[str]) -> None:
    """Take the notes' heading out again."""
    lines[:] = [line for line in lines if line != ".. rubric:: Notes"]


def leave_out(_app: Sphinx, what: str, _name: str, member: Any, _skip: bool, _options: Any) -> bool | None:
    """Leave the fields of dataclasses and named tuples out, which the class's own text describes."""
    is_field = type(member).__name__ == "_tuplegetter" or not (callable(member) or hasattr(member, "__get__"))
    return True if what == "class" and is_field else None


def write_signature(
    _app: Sphinx, _what: str, _name: str, _thing: Any, _options: Any, signature: str | None, returned: str | None
) -> tuple[str | None, str | None]:
    """Write a default that is a function by its name, and options without theirs."""
    return signature and OPTIONS.sub(r"\1()", FUNCTION.sub(r"\1", signature)), returned


def find_source(_app: Sphinx, module: str) -> tuple[str, dict[str, Any]]:
    """Return a module's code and where its names stand in it, those included that are second names of a function."""
    analyzer = ModuleAnalyzer.for_module(module)
    places = analyzer.find_tags()
    things = vars(import_module(module)).items()
    second = {name: getattr(thing, "__name__", "") for name, thing in things if name not in places}
    return analyzer.code, places | {name: places[first] for name, first in second.items() if first in places}


def setup(app: Sphinx) -> None:
    """Connect the translations."""
    app.connect("source-read", read_page)
    app.connect("viewcode-find-source", find_source)
    app.connect("autodoc-skip-member", leave_out)
    app.connect("autodoc-process-signature", write_signature)
    app.connect("autodoc-process-docstring", read_docstring, priority=400)  # before numpydoc
    app.connect("autodoc-process-docstring", without_headings, priority=900)  # and after it
