"""Measurements that print what the README claims."""

import argparse
import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

Settings = dict[str, Any]


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


def grouped(settings: Settings) -> Settings:
    """Return options of `train`: those of model, loss and descent are put into the classes that they belong to."""
    from word2vec.training.settings import DescentOptions, NegativeSampling, SkipGram

    found = dict(settings)
    for group, kind in (("model", SkipGram), ("loss", NegativeSampling), ("descent", DescentOptions)):
        if values := {each.name: found.pop(each.name) for each in fields(kind) if each.name in settings}:
            found[group] = kind(**values)
    return found


def _refuse(parser: argparse.ArgumentParser, message: str) -> None:
    parser.exit(2, f"{parser.prog}: {message}\n")
