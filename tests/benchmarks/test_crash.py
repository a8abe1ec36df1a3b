"""What a crash may leave: kills, power cuts after any system call, any system call failing, hostile files."""

import ast
import builtins
import contextlib
import errno
import gzip
import hashlib
import itertools
import os
import re
import shutil
import signal
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.crash import ROOT, end_training, kill_once, train_in
from word2vec.__main__ import phrases
from word2vec.course.helpers import dump
from word2vec.course.saved_params import save_params
from word2vec.plotting.page import write_page
from word2vec.plotting.plots import plot_loss, write_figure
from word2vec.runtime import files, run_folder
from word2vec.runtime.archive import CheckpointError, load_archive, save_archive
from word2vec.runtime.run_folder import RunFolder, locked
from word2vec.text import Corpus, PhraseOptions, encode, join_phrases, save_corpus
from word2vec.training import batches
from word2vec.vectors.fasttext_model import load_fasttext
from word2vec.vectors.history import History, Measured
from word2vec.vectors.model_file import save_model
from word2vec.vectors.word_vectors import WordVectors

STATE = {"x": np.arange(6.0).reshape(2, 3)}


def run_in(folder):
    """Return a run that saves into this very folder."""
    run = RunFolder(folder, {}, [])
    run.path = folder
    return run


def save(folder, n, state=STATE):
    run_in(folder).save(n, state, {})
    return folder / f"iteration-{n:09d}.checkpoint"


def newest(folder):
    with warnings.catch_warnings(action="ignore"):
        found = run_in(folder).resume()
    return None if found is None else found[1]["iteration"]


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL on Windows")
def test_kills_leave_no_unusable_folder_and_lose_no_reported_save():
    generator = np.random.default_rng(2)
    assert [kill_once("this library", generator)[0] for _ in range(10)] == ["good"] * 10


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="no fork on Windows")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, None])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_training_that_ends_early_is_resumed_to_the_same_bits(tmp_path, monkeypatch, number, workers):
    monkeypatch.setattr(batches, "CHUNK", batches.CHUNK)  # which the benchmark changes
    monkeypatch.setattr(run_folder, "SAVE_SECONDS", run_folder.SAVE_SECONDS)
    right = train_in(tmp_path).matrix.tobytes()
    for seed in range(3):
        assert end_training(number, workers, np.random.default_rng(seed), 0.5, right) == "good"


# power cuts: what was not fsynced persists in any subset


class Recorder:
    """Stands between `word2vec.runtime.files` and the system, and writes down what was asked of it."""

    def __init__(self, monkeypatch):
        self.log, self.names = [], {}
        self.real = {name: getattr(os, name) for name in ("fsync", "replace", "open", "unlink")}
        monkeypatch.setattr(files, "open", self.open, raising=False)
        monkeypatch.setattr(os, "fsync", self.fsync)
        monkeypatch.setattr(os, "replace", self.replace)
        monkeypatch.setattr(os, "unlink", self.unlink)

    def open(self, path, mode, opener=None):
        file = builtins.open(path, mode, opener=opener)  # noqa: SIM115
        self.names[file.fileno()] = path.name
        self.log.append(("create", path.name))
        recorder, write = self, file.write

        class Recorded:
            def write(self, data):
                recorder.log.append(("write", path.name, bytes(data)))
                return write(data)

            def writelines(self, parts):
                for part in parts:
                    self.write(part)

            def __getattr__(self, name):
                return getattr(file, name)

            def __enter__(self):
                return self

            def __exit__(self, *_):
                recorder.names.pop(file.fileno())
                file.close()

        return Recorded()

    def fsync(self, descriptor):
        self.real["fsync"](descriptor)
        self.log.append(("fsync", self.names.get(descriptor, "the folder")))

    def replace(self, old, new):
        self.real["replace"](old, new)
        self.log.append(("rename", os.path.basename(old), os.path.basename(new)))

    def unlink(self, path, *rest, **options):
        self.real["unlink"](path, *rest, **options)
        self.log.append(("unlink", os.path.basename(path)))


def left_by_power_cut(log):
    """Enumerate the folders (name → bytes) that a power cut after these calls may leave."""
    inodes, sure, entries, doubtful = {}, {}, {}, []
    for call, name, *rest in log:
        if call == "create":
            inodes[name], sure[name] = [b""], 0
            doubtful.append(("link", name, name))
        elif call == "write":
            inodes[name].append(rest[0])
        elif call == "fsync" and name == "the folder":
            for entry in doubtful:
                apply(entries, entry)
            doubtful = []
        elif call == "fsync":
            sure[name] = len(inodes[name])
        elif call == "rename":
            doubtful.append(("move", name, rest[0]))
        elif call == "unlink":
            doubtful.append(("unlink", name, name))
    contents = {
        name: [b"".join(parts[:n]) for n in range(max(sure[name], 1), len(parts) + 1)]
        for name, parts in inodes.items()
    }
    for chosen in itertools.product([False, True], repeat=len(doubtful)):
        folder = dict(entries)
        for entry in itertools.compress(doubtful, chosen):
            apply(folder, entry)
        used = sorted(set(folder.values()))
        for bodies in itertools.product(*(contents[inode] for inode in used)):
            body = dict(zip(used, bodies, strict=True))
            yield {name: body[inode] for name, inode in folder.items()}


def apply(folder, entry):
    """Make a change of a folder's entries; a file goes by the name under which it was created."""
    what, old, new = entry
    if what == "unlink":
        folder.pop(old, None)
    else:
        folder[new] = old
        if what == "move":
            folder.pop(old, None)


def cut_everywhere(monkeypatch, tmp_path, saves):
    """Save several generations; yield for each cut and folder left: newest reported, begun, folder."""
    recorder = Recorder(monkeypatch)
    reported = []
    for n in range(1, saves + 1):
        save(tmp_path / "run", n)
        reported.append((len(recorder.log), n))
    monkeypatch.undo()
    for cut in range(len(recorder.log) + 1):
        before = [n for length, n in reported if length <= cut]
        for left in left_by_power_cut(recorder.log[:cut]):
            yield max(before, default=None), left


def test_no_power_cut_tears_a_generation_or_loses_a_reported_save(monkeypatch, tmp_path):
    count = 0
    for count, (reported, left) in enumerate(cut_everywhere(monkeypatch, tmp_path, 3), 1):
        folder = tmp_path / str(count)
        folder.mkdir()
        for name, body in left.items():
            (folder / name).write_bytes(body)
        found = newest(folder)
        assert (found or 0) >= (reported or 0), (reported, sorted(left))
    assert count > 100


@pytest.mark.parametrize("forgotten", ["file", "folder"])
def test_the_enumeration_finds_a_forgotten_fsync(forgotten, monkeypatch, tmp_path):
    real = os.fsync
    is_file = {"file": True, "folder": False}[forgotten]

    class Forgetful(Recorder):
        def fsync(self, descriptor):
            if (descriptor in self.names) != is_file:
                super().fsync(descriptor)

    monkeypatch.setitem(globals(), "Recorder", Forgetful)
    bad = 0
    for number, (reported, left) in enumerate(cut_everywhere(monkeypatch, tmp_path, 2)):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name, body in left.items():
            (folder / name).write_bytes(body)
        try:
            bad += (newest(folder) or 0) < (reported or 0)
        except CheckpointError:
            bad += 1
        if bad:
            break
    assert bad
    assert os.fsync is real


# the k-th call fails, for every k


class Failing:
    """Lets the first k − 1 calls of the writer through and fails the k-th."""

    def __init__(self, monkeypatch, k, error):
        self.left, self.error = k, error
        monkeypatch.setattr(files, "open", self.wrap(builtins.open), raising=False)
        for name in ("fsync", "replace", "open", "close"):
            monkeypatch.setattr(os, name, self.wrap(getattr(os, name)))

    def wrap(self, call):
        def wrapped(*arguments, **options):
            self.left -= 1
            if self.left == 0:
                if call is os.close or getattr(call, "__name__", "") == "close":
                    call(*arguments)
                raise self.error
            return call(*arguments, **options)

        return wrapped


@pytest.mark.skipif(sys.platform == "win32", reason="no file size limit on Windows")
def test_a_real_limit_on_file_size(tmp_path):
    import resource

    save(tmp_path, 1)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        with pytest.raises(OSError, match="intact"):
            save(tmp_path, 2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert newest(tmp_path) == 1
    assert len(list(tmp_path.iterdir())) == 1


# damage and malice


@pytest.mark.slow
def test_random_flips_at_full_size(tmp_path):
    path = save(tmp_path, 1, {"x": np.random.default_rng(1).random((39078, 10))})
    content = bytearray(path.read_bytes())
    generator = np.random.default_rng(2)
    accepted = 0
    with path.open("r+b", buffering=0) as file:
        for place, bit in generator.integers(0, [len(content), 8], (300, 2)):
            os.pwrite(file.fileno(), bytes([content[place] ^ 1 << bit]), place)
            try:
                load_archive(path)
                accepted += 1
            except CheckpointError:
                pass
            os.pwrite(file.fileno(), bytes([content[place]]), place)
    assert accepted == 0
    assert load_archive(path)[1]["iteration"] == 1


@pytest.mark.slow
@settings(max_examples=500, deadline=None, database=None)
@given(st.binary(max_size=200), st.integers(0, 700), st.booleans())
def test_fuzzed_files_with_a_right_checksum_raise_nothing_but_the_documented_error(
    tmp_path_factory, noise, place, inside
):
    path = tmp_path_factory.getbasetemp() / "fuzzed.checkpoint"
    if not path.exists():
        save_archive(path.with_name("sound"), {"x": np.zeros((2, 1))}, {"a": [1, 2.5, None]})
    content = path.with_name("sound").read_bytes()[:-64]
    content = content[:place] + noise + content[place + len(noise) * inside :]
    path.write_bytes(content + hashlib.sha256(content).hexdigest().encode())
    found = {}, {}
    with contextlib.suppress(CheckpointError):
        found = load_archive(path)
    assert all(isinstance(part, dict) for part in found)


# two runs in one folder


def test_a_second_process_is_refused_and_a_dead_one_keeps_nothing(tmp_path):
    import subprocess

    code = (
        "import sys, time; from word2vec.runtime.run_folder import locked\n"
        "with locked(sys.argv[1]):\n    print(1, flush=True)\n    time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout.readline() == "1\n"
        with pytest.raises(CheckpointError, match="another run is writing into"), locked(tmp_path):
            pass
        first.kill()
    left = tmp_path / "run" / f".iteration-000000005.checkpoint.0123{files.TEMPORARY}"
    left.parent.mkdir()
    left.write_bytes(b"by a killed process")
    with locked(tmp_path):
        assert not left.exists()


# every writer of the library, each of its calls failing once


def some_vectors(seed):
    words, matrix = [f"w{i}" for i in range(40)], np.random.default_rng(seed).normal(size=(40, 3))
    history = History(reports=[Measured(n, 0.1, float(seed)) for n in range(3)], epochs=[1.0])
    return WordVectors(words, matrix, outside=-matrix, counts=np.arange(40)[::-1] + seed, history=history)


def some_corpus(seed):
    ids = np.random.default_rng(seed).integers(0, 3, 60).astype(np.int32)
    return Corpus(["a", "b", "c"], np.bincount(ids, minlength=3), ids, np.arange(10, 61, 10), 60)


def write_course(folder, seed):
    with contextlib.chdir(folder):
        save_params(10 * seed, np.full((4, 3), float(seed)))


def write_some_figure(folder, seed):
    """Write what costs no time to draw."""
    picture = f"picture {seed}".encode()
    figure = SimpleNamespace(axes=[], findobj=lambda _: [], savefig=lambda file, **_: file.write(picture))
    write_figure(figure, folder / "figure.svg")


def write_run(folder, seed):
    """Save a state as training does; what is a warning there is raised here."""
    with warnings.catch_warnings(record=True, action="always") as said:
        saved = run_in(folder).try_save(lambda: (seed, STATE, {}))
    assert saved == (not said)
    if said:
        raise OSError(str(said[0].message))


QUANTISED = Path(__file__).parents[1] / "data" / "fasttext" / "quantised.ftz"


def write_phrases(folder, seed):
    """Write what the command writes: a text of joined phrases, and their list."""
    names = ["scoring", "connector_words", "delimiter", "encoding", "tokenize", "lowercase"]
    options = {"target": folder / "joined.txt", "list": folder / "list.tsv", "min_count": 1, "threshold": "0.1"}
    phrases(SimpleNamespace(source=str(ROOT / "requirements.txt"), **options, **dict.fromkeys(names)))
    corpus = encode([["new", "york"]] * (9 + seed), min_count=1)
    join_phrases(corpus, PhraseOptions(threshold=0.1, min_count=1), min_count=1, folder=folder)


def write_quantised(folder, seed):
    """Write a packed model of fastText again, which is unpacked to be read."""
    packed = folder.parent / "quantised.ftz.gz"
    if not packed.exists():
        packed.write_bytes(gzip.compress(QUANTISED.read_bytes()))
    load_fasttext(packed).save(folder / "model.ftz")
    some_vectors(seed).save(folder / "words.ftz")


WRITERS = {
    **{
        f"vectors{suffix}": lambda folder, seed, suffix=suffix: some_vectors(seed).save(folder / f"vectors{suffix}")
        for suffix in (".txt", ".txt.gz", ".vec.xz", ".bin", ".bin.bz2", ".npz", ".tsv", ".tsv.gz")
    },
    "int8": lambda folder, seed: some_vectors(seed).save(folder / "small.npz", dtype="int8"),
    "index": lambda folder, seed: some_vectors(seed).index().save(folder / "vectors.index"),
    "model": lambda folder, seed: save_model(some_vectors(seed), folder / "model"),
    "loss.csv": lambda folder, seed: some_vectors(seed).history.save(folder / "loss.csv"),
    "corpus": lambda folder, seed: save_corpus(some_corpus(seed), folder),
    "encoded": lambda folder, seed: encode([["a", "b"] * 9, ["c"] * seed], min_count=1, folder=folder),
    "page": lambda folder, seed: write_page(some_vectors(seed), folder / "page.html"),
    "plot": lambda folder, seed: plot_loss(some_vectors(seed).history, folder / "loss.png"),
    "figure": write_some_figure,
    "dump": lambda folder, seed: dump([seed], folder / "some.json"),
    "run": write_run,
    "phrases": write_phrases,
    "quantised": write_quantised,
    "course": write_course,
    "checkpoint": lambda folder, seed: save(folder, seed),
}


WRITES = re.compile(
    r"\b(write_atomically|written|save_archive|\w*Temporary(File|Directory)|mkstemp|write_text|write_bytes|tofile|savefig"
    r"|np\.save\w*|copyfileobj|os\.(replace|rename|link|symlink|truncate))\(|open\([^()]*(\"[rwxab]*[wxa+][rwxab+]*\")"
)
OTHERS = {
    ("files.py", "_opened"),  # pipes and devices, see tests/runtime/test_files.py
    ("download.py", "_unpack"),  # see tests/course/test_download.py
    ("diagnose.py", "_examined"),  # answers of another process
    ("examination.py", "_isolate"),  # nothing
}


def places_that_write():
    """Find the functions of the library that call what makes, fills or renames a file."""
    for path in ROOT.glob("word2vec/**/*.py"):
        lines = path.read_text(encoding="utf-8").splitlines()
        found = [
            i for i, line in enumerate(lines, 1) if WRITES.search(line) and not re.search(r">>>|`\w+\.|def ", line)
        ]
        for function in ast.walk(ast.parse("\n".join(lines))) if found else ():
            if isinstance(function, ast.FunctionDef) and any(
                function.lineno < i <= function.end_lineno for i in found
            ):
                yield path.name, function.name


def test_every_place_that_writes_is_reached_by_a_writer(tmp_path):
    reached = set()

    def called(frame, event, _):
        if event == "call":
            reached.add((os.path.basename(frame.f_code.co_filename), frame.f_code.co_name))

    for name, write in WRITERS.items():
        if name != "plot":  # which takes long; `figure` is written in the same place
            (tmp_path / name).mkdir()
            sys.setprofile(called)
            try:
                write(tmp_path / name, 1)
            finally:
                sys.setprofile(None)
    places = {*places_that_write()}
    assert places - reached == OTHERS
    assert len(places) > 15


class FailingWrites(Failing):
    """Fails the k-th of all calls, `write` of the files and what folders are asked included."""

    def __init__(self, monkeypatch, k, error):
        super().__init__(monkeypatch, k, error)
        for name in ("mkdir", "unlink"):
            monkeypatch.setattr(os, name, self.wrap(getattr(os, name)))

    def wrap(self, call):
        wrapped = super().wrap(call)
        return self.opened if call is builtins.open else wrapped

    def opened(self, path, mode, **options):
        file = super().wrap(builtins.open)(path, mode, **options)
        if mode != "xb":
            return file
        write = super().wrap(file.write)

        class Watched:
            def write(self, data):
                return write(data)

            def __getattr__(self, name):
                return getattr(file, name)

            def __enter__(self):
                return self

            def __exit__(self, *_):
                file.close()

        return Watched()


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("name", "error"),  # in a plain round each of the two with half of the writers
    [
        pytest.param(name, error, marks=[pytest.mark.slow] * (name == "plot" or i % 2 == j), id=f"{error!r}-{name}")
        for i, name in enumerate(WRITERS)
        for j, error in enumerate((OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()))
    ],
)
def test_whichever_call_of_a_writer_fails_each_file_is_the_old_or_the_new_one(name, error, monkeypatch, tmp_path):
    write, states = WRITERS[name], []
    for seed in (1, 2):
        (tmp_path / str(seed)).mkdir()
        write(tmp_path / str(seed), seed)
        states.append(content(tmp_path / str(seed)))
    old, new = states
    for k in itertools.count(1, 20 if name == "plot" else 7 if name == "phrases" else 1):  # these take long
        shutil.copytree(tmp_path / "1", tmp_path / f"run{k}")
        with monkeypatch.context() as patch:
            failing, raised = FailingWrites(patch, k, error), None
            try:
                write(tmp_path / f"run{k}", 2)
            except (OSError, KeyboardInterrupt) as caught:
                raised = caught
        found = content(tmp_path / f"run{k}")
        assert all(body in (old.get(file), new.get(file)) for file, body in found.items()), sorted(found)
        # without which there is no corpus, and no pair of vectors and labels
        assert found.keys() >= old.keys() - {"vocabulary", "metadata.tsv", "metadata.tsv.gz"}
        if failing.left > 0:
            break
        if raised is None:  # `tempfile` has other ways
            assert found == old | new
        elif isinstance(error, OSError):
            assert re.search(r"intact|the new file is there|expected a writable one", str(raised))
            assert any(file.strip(".") in str(raised) for file in new) or str(tmp_path) in str(raised)
    assert found == old | new
    assert k > 4
