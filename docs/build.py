"""Build the documentation: one site that needs no network, from the pages, the notebooks and the docstrings.

    python docs/build.py [FOLDER]

Needs requirements-dev.txt. Whatever Sphinx warns of is an error: a link that leads nowhere, a name that is gone.
"""

import shutil
import sys
from pathlib import Path

from sphinx.cmd.build import main

ROOT = Path(__file__).resolve().parents[1]
OUTPUT = ROOT / "build" / "site"
FIRST = '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=docs/index.html">'


def build(output: Path) -> int:
    """Write the site into a folder; return 0, or Sphinx's exit status if it warned of something."""
    # a name that is gone leaves no page
    for left in (ROOT / "docs" / "generated", output / "docs", output / "_modules"):
        shutil.rmtree(left, ignore_errors=True)
    options = ["-q", "-W", "--keep-going", "-E", "-d", str(output / ".doctrees"), "-c", str(ROOT / "docs")]
    status = main([*options, str(ROOT), str(output)])
    shutil.rmtree(output / ".doctrees", ignore_errors=True)
    (output / "index.html").write_text(f"{FIRST}<title>word2vec in NumPy</title>", encoding="utf-8")
    return status


if __name__ == "__main__":
    chosen = Path(sys.argv[1]) if len(sys.argv) > 1 else OUTPUT
    status = build(chosen)
    print(chosen / "index.html")
    sys.exit(status)
