"""The notebooks run from top to bottom, and what is stored of them is what a reader should find."""

import difflib
import json
import os
import sys
from pathlib import Path

import nbclient
import nbformat
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
# rounding differs with the processor, Python's help pages with its version
OTHER_OUTPUTS = ["gradient_checking", *(["your_own_text"] if sys.version_info[:2] != (3, 11) else [])]
LARGEST = 300_000  # bytes of a notebook with its outputs


def cells(path, kind):
    return [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == kind]


def test_all_are_there():
    names = ["gradient_checking", "items_and_nodes", "quickstart", "sentiment", "your_own_text"]
    assert [path.stem for path in NOTEBOOKS] == names


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_outputs_are_of_one_clean_run_and_small(path):
    code = cells(path, "code")
    outputs = [output for cell in code for output in cell["outputs"]]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    assert {output["output_type"] for output in outputs} <= {"stream", "display_data", "execute_result"}
    assert not [output for output in outputs if output.get("name") == "stderr"]
    assert path.stat().st_size < LARGEST
    assert cells(path, "markdown")[0]["source"][0].startswith("# ")


def printed(code):
    """Return the words and numbers that cells printed."""
    outputs = [output for cell in code for output in cell["outputs"]]
    texts = [output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs]
    return " ".join(map("".join, texts)).split()


def likeness(code, other):
    """Return the share of printed words that are the same, in order; of vectors, a few differ with the processor."""
    return difflib.SequenceMatcher(None, printed(code), printed(other), autojunk=False).ratio()


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(path, tmp_path, monkeypatch):
    """In an empty folder two levels below nothing of ours: what it needs, it must find through the package."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(FOLDER.parent), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setenv("PYTHONWARNINGS", "error::DeprecationWarning:__main__")
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3", resources=resources).execute()
    fresh = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not [output.text for cell in fresh for output in cell.outputs if output.get("name") == "stderr"]
    assert likeness(cells(path, "code"), fresh) > 0.9 or path.stem in OTHER_OUTPUTS, "not this version's outputs"
    for cell, stored in zip(fresh, cells(path, "code"), strict=True):
        assert bool(cell.outputs) == bool(stored["outputs"]), cell.source
        assert likeness([stored], [cell]) > 0.7 or path.stem in OTHER_OUTPUTS, cell.source
