"""Measurements that print what the README claims."""

import argparse
import os
import subprocess
import sys
from pathlib import Path


def require_file(parser: argparse.ArgumentParser, path: str | os.PathLike[str], what: str) -> None:
    """End a benchmark with a sentence and status 2 unless a file that it needs is there."""
    if not Path(path).is_file():
        _refuse(parser, f"there is no file {str(path)!r}: expected {what}")


def require_treebank(parser: argparse.ArgumentParser, folder: str | os.PathLike[str] | None) -> None:
    """End a benchmark with a sentence and status 2 unless the treebank is in a folder, by default the usual one."""
    from word2vec.course.treebank_files import find_treebank  # not in processes whose memory is measured

    try:
        find_treebank(folder)
    except OSError:
        where = "where get_datasets.sh puts it" if folder is None else f"in {str(folder)!r}"
        _refuse(parser, f"the treebank is not {where}: ./get_datasets.sh fetches it, or name its folder by --data")


def require_gensim(parser: argparse.ArgumentParser, python: str = "") -> None:
    """End a benchmark with a sentence and status 2 unless a Python, by default this one, can import gensim."""
    python = python or sys.executable
    try:
        subprocess.run([python, "-c", "import gensim"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        _refuse(parser, f"{python} cannot import gensim, which is measured beside this library: pip install gensim")


def _refuse(parser: argparse.ArgumentParser, message: str) -> None:
    parser.exit(2, f"{parser.prog}: {message}\n")
