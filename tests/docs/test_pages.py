"""Pages that state facts about the repository: docs/citing.md and docs/benchmarks.md."""

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
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    assert len(pages) > 20
    assert [page.name for page in pages if re.search(r"^%", page.read_text(encoding="utf-8"), re.MULTILINE)] == []
