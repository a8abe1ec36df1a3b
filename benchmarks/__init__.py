"""Measurements that print what the README claims. Each answers a question: `python -m benchmarks.NAME --help`.

    course_run          How much faster is the course's run than a plain reference?
    throughput          How fast is training, and how good are the vectors, beside gensim, fastText and word2vec.c?
    roofline            What does a training step spend its time on, and what would more workers bring?
    cost                What does a word pair cost as the vocabulary grows?
    beyond_memory       Does memory grow with the text?
    cluster             What does a cluster cost beside one machine, in time and in quality?
    cluster_faults      Has a cluster whose workers are killed the same bits?
    crash               Does a kill at any instant leave the last save?
    encoding            How fast is a text read, counted and encoded?
    phrases             How fast are phrases counted and joined, and are they gensim's?
    loading             How fast are vector files read and written?
    fasttext_files      How fast does a model of fastText open and answer?
    mutated_files       Do damaged files end in the documented errors?
    queries             How fast are queries, and are the answers gensim's?
    index               What do an approximate index and smaller storage gain, and what do they lose?
    page                What do the page's rounded vectors lose, and what does the page cost?
    evaluation          How fast are word pairs and analogies evaluated, and are the scores gensim's?
    documents           How good are vectors of documents for classification?
    documents_distance  How fast is the word mover's distance, and is it gensim's?
    common_checks       Does the vectorizer pass scikit-learn's checks?
    kill_matrix         Which planted bugs does which gradient checker catch?
    false_alarms        Which right gradients does which gradient checker call wrong?
    large_gradient      How long does the check of a large gradient take?

What they share: pairs, scores and trainings (throughput), and the folder gradients (kill_matrix, false_alarms).
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
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


def timed(function: Callable[..., Any], *arguments: Any, **options: Any) -> tuple[float, Any]:
    """Return the seconds that a call takes, and its result."""
    begin = time.perf_counter()
    found = function(*arguments, **options)
    return time.perf_counter() - begin, found


def run_apart(*arguments: str, python: str = sys.executable) -> Any:
    """Run Python with these arguments in a process of its own; return the JSON that it prints last."""
    command = [python, "-W", "ignore", *arguments]
    printed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    return json.loads(printed.splitlines()[-1])


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
