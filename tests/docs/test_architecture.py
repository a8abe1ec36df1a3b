"""docs/architecture.py: the picture of the packages is drawn from the code, and no arrow leads down."""

import importlib.util
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def architecture():
    spec = importlib.util.spec_from_file_location("architecture", DOCS / "architecture.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_arrow_leads_up(architecture):
    rows, arrows = list(architecture.PACKAGES), architecture.arrows()
    assert len(arrows) > 25
    assert [pair for pair in arrows if rows.index(pair[0]) <= rows.index(pair[1])] == []


def test_every_package_has_a_row(architecture):
    folders = {path.parent.name for path in (DOCS.parent / "word2vec").glob("*/__init__.py")}
    assert folders == set(architecture.PACKAGES) - {"textbook", "doors"}


@pytest.mark.parametrize(
    ("module", "row"),
    [
        ("run", "doors"),
        ("utils.treebank", "doors"),
        ("word2vec", "doors"),
        ("word2vec.__main__", "doors"),
        ("word2vec._types", ""),
        ("word2vec.losses", "textbook"),
        ("word2vec.vectors.formats.table", "vectors"),
    ],
)
def test_every_module_belongs_to_a_row(architecture, module, row):
    assert architecture.row_of(module) == row


def test_imports_of_every_kind_are_seen(architecture, tmp_path):
    code = "import word2vec.batch\nfrom word2vec import models, train\n\n"
    code += "def f():\n    from word2vec.text.corpus import x\n"
    (tmp_path / "a.py").write_text(code + "import numpy\nfrom . import near\n")
    found = ["word2vec.batch", "word2vec.models", "word2vec.train", "word2vec.text.corpus"]
    assert list(architecture.imports(tmp_path / "a.py")) == found


@pytest.mark.parametrize("page", sorted((DOCS / "how-it-works").glob("*.md")), ids=lambda page: page.stem)
def test_the_pages_name_real_files(page):
    for name in set(re.findall(r"`((?:\w+/)*\w+\.py)`", page.read_text(encoding="utf-8"))):
        assert any((DOCS.parent / top / name).is_file() for top in ("", "word2vec")), name
