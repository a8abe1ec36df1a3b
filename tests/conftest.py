"""Fixtures for all tests: the random generators put back, treebanks, a plain dataset, gensim's vectors."""

import compileall
import gc
import logging
import os
import random
import shutil
import signal
import sys
from collections import defaultdict
from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from joblib import cpu_count

import word2vec
from word2vec.course.replay import DrawTables

# Where Python is not to write bytecode, each of the many processes that tests start would compile the library anew,
# and each process of each round would prepare the asserts of all tests anew, which takes longer than to collect them.
if sys.dont_write_bytecode:
    compileall.compile_dir(Path(word2vec.__file__).parent, quiet=2)
    sys.dont_write_bytecode = False

# The same cases on every run, however slow the machine; HYPOTHESIS_PROFILE=explore tries others.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

# A shell starts what runs in the background (&, nohup) with signals ignored, which the tests of signals send.
for _name, _handler in {"SIGINT": signal.default_int_handler, "SIGHUP": signal.SIG_DFL}.items():
    if hasattr(signal, _name) and signal.getsignal(getattr(signal, _name)) == signal.SIG_IGN:
        signal.signal(getattr(signal, _name), _handler)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    """Run the whole suite on all cores, unless the command says how (-n); parts in one process."""
    option, whole = config.option, config.args_source is pytest.Config.ArgsSource.TESTPATHS
    if hasattr(config, "workerinput") or not whole or option.keyword or option.collectonly:
        return  # a process of xdist's would start more of them
    if getattr(option, "numprocesses", 0) is None:
        option.numprocesses, option.maxprocesses, option.dist = cpu_count(), 8, "worksteal"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Where a test takes several lists of values, mark as slow what no value needs to be tried once."""
    families = defaultdict(list)
    for item in items:
        if hasattr(item, "callspec") and len(item.callspec._idlist) > 1 and not item.get_closest_marker("slow"):
            families[item.nodeid.partition("[")[0]].append(item)
    for family in families.values():
        values = {item: {*enumerate(item.callspec._idlist)} for item in family}
        missing = set().union(*values.values())
        while missing:
            most = max(values, key=lambda item: len(values[item] & missing))
            missing -= values.pop(most)
        for item in values:
            item.add_marker("slow")


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Do not search for garbage while tests are collected, and keep them out of every later search."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.fixture(autouse=True)
def short_steps_shared(monkeypatch):
    """Let as many workers as are asked for share the short steps, and the short runs, of the tests' texts."""
    monkeypatch.setattr("word2vec.training.task.WORK", 1)
    monkeypatch.setattr("word2vec.training.task.SHORT_RUN", 0)


@pytest.fixture(autouse=True)
def random_states_put_back():
    """Begin each test with the same global generators, and leave them as they were before it."""
    python, numpy = random.getstate(), np.random.get_state()
    random.seed(20190117)
    np.random.seed(20190117)
    yield
    random.setstate(python)
    np.random.set_state(numpy)


@pytest.fixture(scope="session")
def treebank():
    """Name the folder of the real Stanford Sentiment Treebank."""
    folder = os.environ.get("WORD2VEC_TREEBANK")
    if not folder:
        pytest.skip("WORD2VEC_TREEBANK does not name the folder of the real treebank")
    if not (Path(folder) / "datasetSentences.txt").is_file():
        pytest.skip(f"WORD2VEC_TREEBANK is {folder}: no datasetSentences.txt there")
    return folder


@pytest.fixture(scope="session")
def small_treebank(tmp_path_factory):
    """Make a treebank of 200 generated sentences over 60 words, always the same; do not write into it.

    A few words are frequent, many rare; some sentences are long, some hold a word several times. There are
    capitals, brackets and a doubly encoded word.
    """
    folder = tmp_path_factory.mktemp("small_treebank")
    texts = _texts(random.Random(20190101))
    phrases = [*dict.fromkeys(text.encode("latin1").decode("utf8") for text in texts), "a phrase of its own"]
    phrases = [phrase.replace("-LRB-", "(").replace("-RRB-", ")") for phrase in phrases]
    numbered = list(enumerate(phrases, 1000))
    splits = [(1, 1, 1, 1, 2, 1, 1, 3, 1, 2)[i % 10] for i in range(len(texts))]
    files = {
        "datasetSentences.txt": ["sentence_index\tsentence", *(f"{i}\t{text}" for i, text in enumerate(texts, 1))],
        "datasetSplit.txt": ["sentence_index,splitset_label", *(f"{i},{label}" for i, label in enumerate(splits, 1))],
        "dictionary.txt": [f"{phrase}|{number}" for number, phrase in numbered],
        "sentiment_labels.txt": [
            "phrase ids|sentiment values",
            *(f"{number}|{number * 37 % 1001 / 1000}" for number, _ in numbered),
        ],
    }
    for name, lines in files.items():
        (folder / name).write_bytes(("\n".join(lines) + "\n").encode())
    return folder


def _texts(rng):
    """Write 200 sentences of 5 to 60 words, every twentieth of 200."""
    syllables = ["ba", "de", "fi", "go", "lu", "ma", "ne", "pi", "ro", "su"]
    words = ["the", ".", "-LRB-", "-RRB-", "A", "clichÃ©"]
    words += [a + b for a in syllables[:6] for b in syllables[1:]]
    weights = list(accumulate(1 / (rank + 1) for rank in range(len(words))))
    lengths = [200 if i % 20 == 7 else rng.randint(5, 60) for i in range(200)]
    texts = [rng.choices(words, cum_weights=weights, k=length) for length in lengths]
    texts[3] += words  # so that each word is there
    return [" ".join(text) for text in texts]


class PlainDataset:
    """The course's draws from given sentences of word ids and a table of ids, in the plainest Python.

    The words are the ids' names: id 7 is the word "w7".
    """

    def __init__(self, sentences, table):
        self.sentences, self.table = [[f"w{i}" for i in sentence] for sentence in sentences], list(table)
        self._tokens = {f"w{i}": i for i in range(1 + max(*self.table, *(max(s) for s in sentences)))}
        flat = [i for sentence in sentences for i in sentence]
        starts = list(accumulate((len(sentence) for sentence in sentences), initial=0))
        self._tables = DrawTables(np.array(flat, np.int32), np.array(starts), np.array(table, np.int32))

    def tokens(self):
        return self._tokens

    def draw_tables(self):
        return self._tables

    def sampleTokenIdx(self):
        return self.table[random.randint(0, len(self.table) - 1)]

    def getRandomContext(self, C):
        while True:
            sentence = self.sentences[random.randint(0, len(self.sentences) - 1)]
            i = random.randint(0, len(sentence) - 1)
            around = sentence[max(0, i - C) : i] + sentence[i + 1 : i + C + 1]
            context = [word for word in around if word != sentence[i]]
            if context:
                return sentence[i], context

    def draw_window(self, C, K):
        """Draw one window: the centre's id and, for each outside word, its id and its negatives' ids."""
        centre, context = self.getRandomContext(random.randint(1, C))
        pairs = []
        for o in (self._tokens[word] for word in context):
            negatives = []
            while len(negatives) < K:
                w = self.sampleTokenIdx()
                if w != o:
                    negatives.append(w)
            pairs.append([o, *negatives])
        return self._tokens[centre], pairs


@pytest.fixture
def plain_dataset():
    """Return the class of plain datasets: plain_dataset(sentences, table)."""
    return PlainDataset


@pytest.fixture
def blank_pictures(monkeypatch):
    """Let runs write empty files for their pictures, which take longer to draw than a few steps of training."""
    for name in ("plot_words", "plot_loss"):
        monkeypatch.setattr(f"word2vec.plotting.outputs.{name}", lambda *drawn, **_: drawn[-1].touch())


@pytest.fixture
def gensims_vectors():
    """Make gensim's KeyedVectors, silent."""
    models = pytest.importorskip("gensim.models")
    logging.disable()

    def make(words, matrix):
        made = models.KeyedVectors(matrix.shape[1], dtype=matrix.dtype)
        made.add_vectors(words, matrix)
        return made

    yield make
    logging.disable(logging.NOTSET)


def unavailable(reason):
    """Skip a test, or fail it where the browser is required."""
    if os.environ.get("WORD2VEC_BROWSER") == "required":
        pytest.fail(f"WORD2VEC_BROWSER=required, but {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="module")
def browser():
    """Start one Chromium for a module's tests."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        unavailable("playwright is not installed (requirements-dev.txt)")
    programs = [shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome", "chrome")]
    program = os.environ.get("WORD2VEC_CHROMIUM") or next(filter(None, programs), None)
    if program is None:
        unavailable("there is no Chromium (apt-get install chromium, or WORD2VEC_CHROMIUM names one)")
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield chromium
        chromium.close()
