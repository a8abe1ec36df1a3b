"""docs/build.py: one command makes a site of the pages, notebooks and docstrings that needs no network.

WORD2VEC_SITE names a site that is built already, as in .ci/run; else these tests build one.
"""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.docs.reference import listed_names, resolved
from word2vec.training import settings

pytest.importorskip("sphinx", reason="requirements-dev.txt is not installed")

ROOT = Path(__file__).resolve().parents[2]
EQUATIONS = (ROOT / "docs" / "equations.md").read_text(encoding="utf-8")
PACKAGES = ("word2vec", "word2vec.text", "word2vec.vectors", "word2vec.evaluation", "word2vec.documents")
PACKAGES += ("word2vec.plotting", "word2vec.gradcheck", "word2vec.course", "word2vec.course.xcs224n")
PACKAGES += ("word2vec.course.helpers",)

built = pytest.mark.slow

# displayed formulas whose parts do not follow one another to the right or below, or do not stand in the middle
OUT_OF_ORDER = """[...document.querySelectorAll('div.math')].filter(div => {
    const parts = [...div.children].map(part => part.getBoundingClientRect()), whole = div.getBoundingClientRect();
    return parts.some((part, i) => i && part.left < parts[i - 1].right && part.top < parts[i - 1].bottom)
        || parts.length === 1 && parts[0].width <= whole.width
            && Math.abs(parts[0].left + parts[0].right - whole.left - whole.right) > 2;
}).map(div => div.textContent)"""


class Reader(HTMLParser):
    """Collects a page's ids, links and loaded files, its formulas, and the text outside of code and formulas."""

    def __init__(self, html):
        super().__init__()
        self.inside, self.ids, self.links, self.loaded, self.prose, self.formulas = [], set(), [], [], "", 0
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids |= {attributes.get("id"), attributes.get("name")}
        self.formulas += tag == "math"
        if tag in ("a", "link") and attributes.get("rel") != "canonical" and "href" in attributes:
            (self.links if tag == "a" else self.loaded).append(attributes["href"])
        self.loaded += [attributes[key] for key in ("src", "data") if key in attributes and tag != "a"]
        if tag not in ("meta", "link", "img", "br", "hr", "input", "col", "source", "wbr"):
            self.inside.append(tag)

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, text):
        if not {"annotation", "code", "pre", "script", "style"} & set(self.inside):
            self.prose += text


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Build the site from a folder that is not the repository's, in a C locale; return its folder."""
    if found := os.environ.get("WORD2VEC_SITE"):
        return Path(found)
    output = tmp_path_factory.mktemp("elsewhere") / "site"
    command = [sys.executable, str(ROOT / "docs" / "build.py"), str(output)]
    done = subprocess.run(
        command, cwd=output.parent, env={**os.environ, "LC_ALL": "C"}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{output / 'index.html'}\n", "")
    return output


@pytest.fixture(scope="module")
def pages(site):
    """Read all pages."""
    return {
        path: Reader(path.read_text(encoding="utf-8"))
        for path in sorted(site.rglob("*.html"))
        if "_static" not in path.parts
    }


def is_elsewhere(address):
    return re.match(r"[a-z]+:", address) is not None


@built
def test_every_internal_link_leads_to_a_page_and_to_a_place_on_it(pages):
    broken = []
    for path, page in pages.items():
        for address in (link for link in page.links + page.loaded if not is_elsewhere(link)):
            file, _, place = unquote(address).partition("#")
            target = (path.parent / file.partition("?")[0]).resolve() if file else path
            if not target.exists() or (place and target.suffix == ".html" and place not in pages[target].ids):
                broken.append((path.name, address))
    assert len(pages) > 80
    assert broken == []


@built
def test_nothing_is_loaded_from_elsewhere(site, pages):
    elsewhere = {address for page in pages.values() for address in page.loaded if is_elsewhere(address)}
    assert {address for address in elsewhere if not address.startswith("data:")} == set()
    styles = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.css"))
    assert not re.search(r"(url\(|@import)\s*[\"']?(https?:)?//", styles)


@built
def test_formulas_are_mathml_and_no_tex_is_left(site, pages):
    page = pages[site / "docs" / "equations.html"]
    assert page.formulas > 300
    assert "$" not in page.prose
    assert "\\" not in page.prose
    text = (site / "docs" / "equations.html").read_text(encoding="utf-8")
    assert [text.count(f'<mo accent="true">{accent}') for accent in "\u0302\u0303‾"] == [0, 0, 0]  # they stretch
    assert text.count('stretchy="false">ˆ') > 50


@built
def test_every_equation_has_its_anchor_and_docstrings_link_to_it(site, pages):
    ids = set(re.findall(r'<a id="(E\d+)">', EQUATIONS))
    assert len(ids) >= 24
    assert {name.lower() for name in ids} <= pages[site / "docs" / "equations.html"].ids
    assert "../equations.html#e17" in pages[site / "docs" / "generated" / "word2vec.negative_sampling.html"].links


def public_names():
    """Yield every public name with the object that it stands for."""
    for package in map(import_module, PACKAGES):
        for name in package.__all__:
            yield f"{package.__name__}.{name}", getattr(package, name)
    for name, thing in vars(settings).items():  # `train` makes the Settings
        if isinstance(thing, type) and thing.__module__ == settings.__name__ and thing is not settings.Settings:
            yield f"{settings.__name__}.{name}", thing


def test_every_public_name_is_in_the_reference_once():
    listed = list(listed_names())
    assert len(listed) == len(set(listed))
    things = [resolved(name) for name in listed]
    missing = [name for name, thing in public_names() if name not in listed and not any(thing is t for t in things)]
    assert missing == []


@built
def test_each_listed_name_has_a_page(site):
    pages = {path.stem for path in (site / "docs" / "generated").glob("*.html")}
    assert pages == set(listed_names())


@built
@pytest.mark.parametrize("name", list(listed_names()))
def test_each_page_of_the_reference_is_laid_out(site, name):
    html = (site / "docs" / "generated" / f"{name}.html").read_text(encoding="utf-8")
    title = re.search(r"<h1>([^<]*)<", html)[1]
    assert title == name.removeprefix("word2vec.")
    if callable(resolved(name)):
        assert ">Examples</p>" in html
        assert "[source]" in html
        assert "<function " not in html
    assert "Alias for field" not in html
    items = re.findall(r"<dt[^>]*><strong>([^<]*)", html)  # a sentence among them was meant for the text
    assert [item for item in items if not re.fullmatch(r"[\w*]+(, [\w*]+)*", item)] == []


@built
def test_the_command_line_s_options_are_all_there(site, pages):
    from run import make_parser
    from word2vec.__main__ import _parser

    html = (site / "docs" / "command-line.html").read_text(encoding="utf-8")
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        commands = import_module("command_line").commands
    finally:
        sys.path.remove(str(ROOT / "docs"))
    parsers = [*commands(_parser()), *commands(make_parser())]
    options = {option for parser in parsers for action in parser._actions for option in action.option_strings}
    assert len(parsers) > 10
    assert {option for option in options if option not in html} == set()


@built
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1300, 390])
def test_in_a_browser_without_a_network(site, browser, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True)
    tab, complaints = context.new_page(), []
    tab.on(
        "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("requestfailed", lambda request: complaints.append(request.url))
    tab.goto((site / "docs" / "equations.html").as_uri())
    boxes = tab.evaluate("[...document.querySelectorAll('math')].map(m => m.getBoundingClientRect().width)")
    assert len(boxes) > 300
    assert min(boxes) > 0
    assert tab.evaluate(OUT_OF_ORDER) == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    for page in ("api", "generated/word2vec.course.negSamplingLossAndGradient", "generated/word2vec.WordVectors"):
        tab.goto((site / "docs" / f"{page}.html").as_uri())
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.goto((site / "search.html").as_uri() + "?q=negative_sampling")
    tab.wait_for_selector("#search-results li a")
    found = tab.evaluate("[...document.querySelectorAll('#search-results li a')].map(a => a.getAttribute('href'))")
    assert any("word2vec.negative_sampling.html" in link for link in found)
    assert complaints == []
    context.close()


@built
@pytest.mark.parametrize("width", [1300, 390])
def test_the_page_in_a_notebook_works_in_its_frame(site, browser, width):
    context = browser.new_context(viewport={"width": width, "height": 900}, offline=True)
    tab, complaints = context.new_page(), []
    tab.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.goto((site / "notebooks" / "your_own_text.html").as_uri())
    frame = tab.frame_locator("iframe")
    frame.locator("#search").fill("tru")
    assert "true" in frame.locator("#search-choices li").all_inner_texts()
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert complaints == []
    context.close()


@built
def test_no_page_is_wider_than_a_phone(site, browser):
    context = browser.new_context(viewport={"width": 390, "height": 800}, offline=True)
    tab = context.new_page()
    pages = [
        page for folder in ("*", "guides/*", "how-it-works/*") for page in (site / "docs").glob(f"{folder}.html")
    ]
    assert len(pages) > 15
    for page in pages:
        tab.goto(page.as_uri())
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390, page.name
        beyond = """[...document.querySelectorAll('article *')].filter(e => e.getBoundingClientRect().right > 391
            && !e.closest('.pst-scrollable-table-container, pre, math, p:has(> img)')).map(e => e.textContent)"""
        assert tab.evaluate(beyond) == [], page.name
        # a formula that does not fit can be scrolled to its beginning
        lost = """[...document.querySelectorAll('div.math')].filter(e => { e.scrollLeft = -99999;
            return [...e.children].some(c => c.getBoundingClientRect().left < e.getBoundingClientRect().left - 1)
            }).map(e => e.textContent)"""
        assert tab.evaluate(lost) == [], page.name
        # no word of the links to the next pages is broken
        broken = r"""[...document.querySelectorAll('.prev-next-title')].flatMap(e =>
            [...e.textContent.matchAll(/[^\s-]+/g)].filter(word => { const range = document.createRange();
            range.setStart(e.firstChild, word.index); range.setEnd(e.firstChild, word.index + word[0].length);
            return range.getClientRects().length > 1 }).map(word => word[0]))"""
        assert tab.evaluate(broken) == [], page.name
    context.close()


def test_what_is_built_is_not_committed():
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"/build/", "/docs/generated/"} <= set(ignored)
