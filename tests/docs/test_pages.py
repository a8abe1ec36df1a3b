"""Pages that state facts about the repository, and what all pages have in common."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

import word2vec

ROOT = Path(__file__).resolve().parents[2]
CITATION = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
BENCHMARKS = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
SOURCE = re.compile(r"\*`python -m benchmarks\.(\w+)[^*]*? · 2 cores[^*]*? · \d+ \w+ 20\d\d[^*]*, (\d+\.\d+\.\d+)\*")


def test_what_is_cited_is_this_version():
    assert re.search(r"^version: (.+)$", CITATION, re.MULTILINE)[1] == word2vec.__version__


@pytest.mark.parametrize("field", ["version", "date-released", "title", "license"])
def test_the_page_of_citing_says_what_the_citation_file_says(field):
    page = (ROOT / "docs" / "citing.md").read_text(encoding="utf-8")
    assert re.search(rf"^{field}: (.+)$", CITATION, re.MULTILINE)[1] in page


PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("notebooks/*.ipynb")]
BLOCKS = BENCHMARKS.split("\n\n")
AFTER_TABLES = [after for block, after in pairwise(BLOCKS) if block.startswith("|")]


@pytest.mark.parametrize("after", AFTER_TABLES)
def test_each_table_names_command_machine_date_and_version(after):
    found = SOURCE.match(after.replace("\n", " "))
    assert found, after[:100]
    assert (ROOT / "benchmarks" / f"{found[1]}.py").is_file()
    assert f"## {found[2]}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_all_tables_were_looked_at():
    assert len(AFTER_TABLES) == len(re.findall(r"^\|---", BENCHMARKS, re.MULTILINE)) > 5


def test_no_line_of_a_page_begins_with_a_percent_sign():
    """The site would take it for a comment and leave out the line."""
    assert lines_like("^%") == []


def test_what_pages_and_notebooks_import_is_installed():
    """`pip install .` does not install utils/."""
    assert lines_like(r"^[ \">.]*(from|import) utils\b") == []


def lines_like(pattern):
    assert len(PAGES) > 25
    return [
        (page.name, line)
        for page in PAGES
        for line in page.read_text(encoding="utf-8").splitlines()
        if re.search(pattern, line)
    ]
