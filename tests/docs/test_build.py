"""docs/build.py: one command makes one HTML file of docs/equations.md, whole in itself."""

import importlib.util
import inspect
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from word2vec.losses import naive_softmax

pytest.importorskip("pypandoc", reason="requirements-dev.txt is not installed")

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "equations.md").read_text(encoding="utf-8")


class Reader(HTMLParser):
    """Collects ids, what is linked or loaded, styles, and the text outside of code and of formulas' TeX source."""

    def __init__(self, html):
        super().__init__()
        self.inside, self.ids, self.links, self.loaded = [], set(), [], []
        self.styles, self.prose, self.code, self.formulas = "", "", "", 0
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids.add(attributes.get("id"))
        self.formulas += tag == "math"
        if tag == "a" and "href" in attributes:
            self.links.append(attributes["href"])
        elif tag != "a":
            self.loaded += [attributes[key] for key in ("src", "href", "srcset", "data") if key in attributes]
        self.styles += attributes.get("style") or ""
        if tag not in ("meta", "link", "img", "br", "hr", "input", "col"):
            self.inside.append(tag)

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, text):
        if "style" in self.inside:
            self.styles += text
        elif "pre" in self.inside:
            self.code += text
        elif not {"annotation", "code"} & set(self.inside):
            self.prose += text


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """What the command writes, from a folder that is not the repository's, in a C locale."""
    output = tmp_path_factory.mktemp("elsewhere") / "new" / "page.html"
    command = [sys.executable, str(ROOT / "docs" / "build.py"), str(output)]
    environment = {**os.environ, "LC_ALL": "C"}
    found = subprocess.run(
        command, cwd=output.parents[1], env=environment, capture_output=True, text=True, check=True
    )
    assert found.stdout == f"{output}\n"
    assert found.stderr == ""
    return output.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(built):
    return Reader(built)


@pytest.fixture(scope="module")
def build():
    spec = importlib.util.spec_from_file_location("build", ROOT / "docs" / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_nothing_is_loaded_from_elsewhere(page):
    assert page.loaded
    assert all(address.startswith("data:") for address in page.loaded)
    assert "--paper" in page.styles
    assert not re.search(r"url\((?![\"']?data:)|@import", page.styles)


def test_every_id_is_an_anchor_and_every_link_leads_to_one(page):
    ids = re.findall(r'<a id="(E\d+)">', PAGE)
    assert len(ids) == 37
    assert page.ids >= set(ids)
    assert page.links
    assert {link for link in page.links if link.removeprefix("#") not in page.ids or link[0] != "#"} == set()


def test_formulas_are_mathml_and_no_tex_is_left(built, page):
    assert page.formulas > 300
    assert "$" not in page.prose
    assert "\\" not in page.prose
    assert 'class="math' not in built  # what pandoc writes for a formula that it cannot read
    assert [built.count(f'<mo accent="true">{accent}') for accent in "\u0302\u0303‾"] == [0, 0, 0]  # they stretch
    assert built.count('stretchy="false">˜') >= 4


def test_title_language_and_picture(built):
    assert "<title>Live equations</title>" in built
    assert 'lang="en"' in built
    assert built.count("data:image/png;base64,") == PAGE.count("](cost.png)") == 1


def test_the_functions_linked_to_are_printed_with_the_page(page):
    linked = set(re.findall(r"\[`(\w+)`\]\(\.\./", PAGE))
    assert {f"code-{name}" for name in linked} <= page.ids
    assert inspect.getsource(naive_softmax).strip() in page.code
    assert page.code.count("def negative_sampling(") == 1


def test_a_link_to_a_function_that_is_gone_is_an_error(build):
    with pytest.raises(LookupError, match=r"links to nonesuch in word2vec/losses\.py: no such function"):
        build.appendix([("nonesuch", "word2vec/losses.py")])


def test_what_is_built_is_not_committed(build):
    assert build.OUTPUT == ROOT / "build" / "equations.html"
    assert "/build/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
