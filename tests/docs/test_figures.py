"""docs/figures.py: the committed figures are what it draws, each is on a page, and nothing in them overlaps."""

import re
import sys
from importlib import import_module
from pathlib import Path
from xml.etree import ElementTree

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
FOLDER = DOCS / "how-it-works"
NAMES = sorted(path.stem for path in FOLDER.glob("*.svg"))
PAGES = sorted(DOCS.rglob("*.md"))
IMAGE = re.compile(r"!\[([^]]*)\]\(([^)]+)\)")

OVERLAPS = """() => {
  const box = text => text.getBBox(), all = [...document.querySelectorAll("text")], found = [];
  const [width, height] = ["width", "height"].map(name => +document.querySelector("svg").getAttribute(name));
  all.forEach((text, i) => {
    const a = box(text);
    if (a.x < 0 || a.y < 0 || a.x + a.width > width || a.y + a.height > height) found.push(text.textContent);
    for (const other of all.slice(0, i)) {
      const b = box(other);
      if (a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height)
        found.push(text.textContent + " | " + other.textContent);
    }
  });
  return found;
}"""


@pytest.fixture(scope="module")
def figures():
    before = sys.path.copy()
    sys.path.insert(0, str(DOCS))
    try:
        yield import_module("figures")
    finally:
        sys.path[:] = before


@pytest.fixture(scope="module")
def drawn(figures):
    """Draw each figure once."""
    return {name: draw() for name, draw in figures.FIGURES.items()}


def test_the_command_draws_all_of_them(drawn):
    assert sorted(drawn) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_committed_figure_is_what_is_drawn(drawn, name):
    committed = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    assert committed == drawn[name], "draw it again: python docs/figures.py"
    assert len(committed) < 40_000


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_is_an_svg_on_white(name):
    root = ElementTree.parse(FOLDER / f"{name}.svg").getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert (root[0].get("fill"), root[0].get("width")) == ("white", "100%")


@pytest.mark.parametrize("name", NAMES)
def test_each_figure_is_on_a_page(name):
    shown = [target for page in FOLDER.glob("*.md") for _, target in IMAGE.findall(page.read_text(encoding="utf-8"))]
    assert shown.count(f"{name}.svg") == 1


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_figure_on_a_page_exists_and_is_described(page):
    for description, target in IMAGE.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).is_file(), target
        assert len(description) > 20, target


def test_what_kills_leave_is_what_the_protocol_says(figures):
    """The newest whole checkpoint is always there, the temporary file only between writing and renaming."""
    moments = figures.left_by_kills()
    assert len(moments) == len(figures.MOMENTS)
    temporary = [sum(name.endswith(".tmp") for name in names) for names in moments]
    checkpoints = [[int(name[10:19]) for name in names if not name.startswith(".")] for names in moments]
    assert temporary == [0, 1, 1, 1, 0, 0, 0]
    assert checkpoints == [[1, 2], [1, 2], [1, 2], [1, 2], [1, 2, 3], [1, 2, 3], [2, 3]]


def test_the_lanes_of_the_picture_find_the_windows_that_replay_finds(figures):
    lanes, chain = figures.read_by_lanes()
    read = {window for windows in lanes for window in windows}
    assert set(chain) <= read
    assert [begin for begin, _ in chain] == [0, *(end for _, end in chain[:-1])]
    assert len({lane for lane, windows in enumerate(lanes) if set(windows) & set(chain)}) == figures.LANES


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_no_texts_overlap_or_leave_the_picture(browser, name):
    tab = browser.new_page()
    tab.set_content((FOLDER / f"{name}.svg").read_text(encoding="utf-8"))
    assert tab.evaluate(OVERLAPS) == []
    tab.close()
