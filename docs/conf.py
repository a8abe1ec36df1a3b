"""The site's settings: `python docs/build.py` builds it from the Markdown pages, the notebooks and the docstrings."""

import re
import sys
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

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
    (
        "py:.*",
        r"word2vec\.(course\.sentiment|documents\.means|models|plotting\.plane|runtime|training\.skipgram)\b.*",
    ),
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
autodoc_default_options = {"members": True, "undoc-members": False}
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

html_theme = "pydata_sphinx_theme"
html_title = "word2vec in NumPy"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_math_renderer = "mathml"
html_show_search_summary = False  # a file from the disk may not fetch others
html_context = {"default_mode": "auto"}
html_copy_source = html_show_sourcelink = False
ALONE = ("index", "start", "equations", "puzzle", "architecture", "command-line", "benchmarks")
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
ITEM = re.compile(r"^([\w*][\w*, ]*) : (.+)$", re.MULTILINE)
EQUATION = re.compile(r"\bE(\d+)\b")
TO_EQUATION = re.compile(r"\]\((?:\.\./)?equations\.md#(E\d+)\)")
SESSION = re.compile(r"^```python\n(>>> .*?)\n*^```$", re.MULTILINE | re.DOTALL)


def documented(name: str, file: str) -> str:
    """Return the name under which the reference has a function of a file: `word2vec.softmax`, not where it stands."""
    return f"word2vec.{name}" if name in word2vec.__all__ else f"{file.replace('/', '.')}.{name}"


def read_page(_app: Sphinx, _page: str, source: list[str]) -> None:
    """Translate what GitHub shows as it is: anchors, links to functions and equations, sessions."""
    text = ANCHOR.sub(r"(\2)=\n\1 ", source[0])
    text = TO_EQUATION.sub(r"](#\1)", text)
    text = CODE.sub(lambda link: f"{{py:obj}}`{link[1]} <{documented(link[1], link[2])}>`", text)
    source[0] = SESSION.sub(r"```pycon\n\1\n```", text)


def read_docstring(_app: Sphinx, _what: str, _name: str, _thing: Any, _options: Any, lines: list[str]) -> None:
    """Link a docstring's equations to their page, and lay its items out; | and * stand for themselves."""
    prose, heading, examples = "\n".join(lines).partition("\nExamples\n")
    prose = ITEM.sub(r"\1\n    \2", prose)
    prose = re.sub(r"([|*])", r"\\\1", prose)
    lines[:] = (EQUATION.sub(r":ref:`E\1 <E\1>`", prose) + heading + examples).split("\n")


def setup(app: Sphinx) -> None:
    """Connect the translations."""
    app.connect("source-read", read_page)
    app.connect("autodoc-process-docstring", read_docstring, priority=400)  # before numpydoc
