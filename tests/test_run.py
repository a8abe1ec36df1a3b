"""run.py as a stranger meets it: a process of its own, from another working directory."""

import base64
import csv
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import pytest

import run
import word2vec
from word2vec.__main__ import main as train_command
from word2vec.course.sentiment import OUTPUTS as SENTIMENT_OUTPUTS
from word2vec.course.treebank_files import SAMPLE
from word2vec.plotting import outputs
from word2vec.plotting.outputs import GROUPS, OUTPUTS
from word2vec.plotting.plane import principal_plane
from word2vec.runtime import run_folder
from word2vec.runtime.archive import CheckpointError, save_archive
from word2vec.runtime.interrupts import STOPS
from word2vec.vectors.word_vectors import WordVectors

ROOT = Path(__file__).resolve().parents[1]
PLOTTED = {group: [word for word in GROUPS if GROUPS[word] == group] for group in dict.fromkeys(GROUPS.values())}
ON_SAMPLE = ("--data", str(SAMPLE))


def command(*arguments, **options):
    return subprocess.run(
        [sys.executable, str(ROOT / "run.py"), *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=600,  # only against a hang: many processes may share the machine
        **options,
    )


def on_sample(*arguments, **options):
    return command(*ON_SAMPLE, *arguments, **options)


PLAIN = f"""import sys; sys.path.insert(0, {str(ROOT)!r})
import run; from word2vec.plotting import outputs
outputs.plot_words = outputs.plot_loss = lambda *drawn, **_: drawn[-1].touch()
sys.exit(run.main())"""


def plain(data, *arguments):
    """The command line of run.py on a treebank: empty files for pictures."""
    return [sys.executable, "-c", PLAIN, *data, *map(str, arguments)]


@pytest.fixture
def on_small(small_treebank):
    """Options that name a treebank of 200 sentences, which is prepared much faster than the sample."""
    return "--data", str(small_treebank), "--words", "bade,bafi,bago"


def read_history(folder):
    with (folder / "loss.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_vectors(folder):
    lines = (folder / "word_vectors.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split(" ") for line in lines[1:]]
    return {row[0]: np.array(row[1:], np.float64) for row in rows}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The run of someone who has just cloned: all defaults, the sample."""
    out = tmp_path_factory.mktemp("whole")
    done = on_sample("--out", out, cwd=out)
    assert done.returncode == 0, done.stderr
    return out, done.stdout


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    """The same, of 1,000 iterations."""
    out = tmp_path_factory.mktemp("short")
    done = on_sample("--out", out, "--iterations", 1000, cwd=out)
    assert (done.returncode, done.stderr) == (0, "")
    return out, done.stdout


slow = pytest.mark.slow  # 40,000 iterations; that training is the course's, to the bit, other tests see


@pytest.fixture(params=[("short", 1000), pytest.param(("whole", 40_000), marks=slow)])
def written(request):
    """A run's folder, what it printed, its iterations."""
    name, iterations = request.param
    return *request.getfixturevalue(name), iterations


def test_it_writes_what_it_promises(written):
    out, printed, iterations = written
    assert all((out / name).stat().st_size > 1000 for name in OUTPUTS)
    lines = re.findall(r"^iter (\d+): \d+\.\d{6}$", printed, re.M)
    assert [int(n) for n in lines] == [10, 100, *range(1000, iterations + 1, 1000)]
    rows = read_history(out)
    assert len(rows) == iterations // 10
    assert f"iter {iterations}: {float(rows[-1]['smoothed']):f}" in printed
    assert re.search(r"^great +\w+ 0\.\d\d, ", printed, re.M)
    assert str(out) in printed


def test_the_page_holds_the_words_whose_neighbours_are_told(written):
    out, printed, _ = written
    text = (out / "word_vectors.html").read_text(encoding="utf-8")
    data = json.loads(re.search(r'id="data">(.*?)</script>', text)[1])
    assert set(GROUPS) <= set(data["words"])
    assert data["counts"] == sorted(data["counts"], reverse=True)
    assert data["counts"][0] > 100
    assert [colouring["name"] for colouring in data["colourings"]] == ["cluster", "group"]
    assert data["colourings"][1]["names"] == list(PLOTTED)
    rows = np.frombuffer(base64.b64decode(data["vectors"]), "<i2").reshape(len(data["words"]), -1)
    near = WordVectors(data["words"], rows.astype(np.float64)).most_similar("great", top_n=5)
    told = re.search(r"^great +(.*)$", printed, re.M)[1]
    assert told == ", ".join(f"{word} {cosine:.2f}" for word, cosine in near)


@pytest.mark.usefixtures("blank_pictures")
def test_picture_and_page_are_of_the_kind_asked_for(on_small, tmp_path, monkeypatch):
    asked = []
    for name in ("plot_words", "write_page"):
        monkeypatch.setattr(outputs, name, lambda *_, method, **__: asked.append(method))
    arguments = ["--plot", "tsne", "--iterations", "20", "--out", str(tmp_path), "--quiet"]
    assert run.main([*on_small, *arguments]) == 0
    assert asked == ["tsne", "tsne"]


@pytest.mark.usefixtures("blank_pictures")
def test_the_font_asked_for_draws_the_picture(on_small, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(outputs, "plot_words", lambda *_, font, **__: asked.append(font))
    arguments = ["--font", "Serif", "--iterations", "20", "--out", str(tmp_path), "--quiet"]
    assert run.main([*on_small, *arguments]) == 0
    assert asked == ["Serif"]


def test_a_font_that_is_not_there_ends_the_run_before_it_begins(tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        run.main([*ON_SAMPLE, "--font", "no such font", "--out", str(tmp_path)])
    assert "argument --font: font: neither a file nor an installed family" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_an_output_that_cannot_be_written_ends_the_run_before_it_begins(on_small, tmp_path, capsys):
    (tmp_path / "loss.csv").mkdir()
    assert run.main([*on_small, "--out", str(tmp_path)]) == 1
    assert "cannot write this file (it is a folder: expected the path of a file)" in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} == {"loss.csv"}


def plane(whole):
    vectors = read_vectors(whole[0])
    words = list(GROUPS)
    points, _ = principal_plane(np.array([vectors[word] for word in words]))
    return {word: points[i] for i, word in enumerate(words)}, vectors


@slow
def test_praise_stands_apart_from_blame(whole):
    points, _ = plane(whole)
    praise, blame = (np.array([points[word] for word in PLOTTED[group]]) for group in ("praise", "blame"))
    axis = praise.mean(axis=0) - blame.mean(axis=0)
    width = max((praise @ axis).std(), (blame @ axis).std())
    assert (praise @ axis).min() - (blame @ axis).max() > width


def unit_vectors(vectors):
    mean = np.mean(list(vectors.values()), axis=0)
    return {word: (vectors[word] - mean) / np.linalg.norm(vectors[word] - mean) for word in GROUPS}


def nearest(unit, query, left_out):
    return max((word for word in GROUPS if word not in left_out), key=lambda word: unit[word] @ query)


@slow
@pytest.mark.parametrize("group", PLOTTED)
def test_each_group_keeps_to_itself(whole, group):
    """Every word's nearest neighbour among the 24 (cosine, mean removed) is of its own group."""
    unit = unit_vectors(plane(whole)[1])
    for word in PLOTTED[group]:
        assert GROUPS[nearest(unit, unit[word], [word])] == group, word


@slow
@pytest.mark.parametrize(
    ("one", "other"), [("king", "queen"), ("man", "woman"), ("male", "female"), ("coffee", "tea")]
)
def test_pairs_are_each_others_nearest(whole, one, other):
    unit = unit_vectors(plane(whole)[1])
    assert nearest(unit, unit[one], [one]) == other
    assert nearest(unit, unit[other], [other]) == one


@slow
def test_king_minus_man_plus_woman_is_queen(whole):
    unit = unit_vectors(plane(whole)[1])
    assert nearest(unit, unit["king"] - unit["man"] + unit["woman"], ["king", "man", "woman"]) == "queen"


@pytest.mark.usefixtures("blank_pictures")
def test_without_the_treebank_it_says_so_and_takes_the_sample(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("word2vec.course.treebank_files.TREEBANK", tmp_path / "nowhere")
    monkeypatch.chdir(tmp_path)
    assert run.main(["--iterations", "10"]) == 0
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert "./get_datasets.sh" in first
    assert second.endswith(f" in {SAMPLE}")


def test_of_several_treebanks_in_the_usual_place_one_is_to_be_named(monkeypatch, tmp_path, capsys):
    for name in ("one", "two"):
        shutil.copytree(SAMPLE, tmp_path / "bank" / name)
    monkeypatch.setattr("word2vec.course.treebank_files.TREEBANK", tmp_path / "bank")
    assert run.main(["--iterations", "10", "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith(f"run.py: several treebanks in {tmp_path / 'bank'}: name one by")


def test_a_folder_that_is_not_there_is_named(tmp_path):
    done = command("--data", tmp_path / "nowhere", "--out", tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("run.py: no treebank in ")
    assert "nowhere" in done.stderr
    assert "get_datasets.sh" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--iterations", "0"], "--iterations is 0: expected at least 1"),
        (["--dim", "0"], "dim is 0: expected at least 1"),
        (["--step", "-1"], "run.py: --step is -1.0: expected a positive number"),
        (["--words", "king,quen"], "'quen' (near: queen"),
        (["--words", "king"], "fewer than two words"),
        (["--resume"], "resume: "),
    ],
)
def test_bad_options_are_refused_before_training(arguments, message, tmp_path, capsys):
    assert run.main([*ON_SAMPLE, "--out", str(tmp_path), *arguments]) == 1
    assert message in capsys.readouterr().err
    assert not any((tmp_path / name).exists() for name in OUTPUTS)


def test_an_out_that_cannot_be_written_is_refused_at_once(on_small, tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    assert run.main([*on_small, "--out", str(tmp_path / "file")]) == 1
    assert "cannot write into this folder" in (error := capsys.readouterr().err)
    assert str(tmp_path / "file") in error


@pytest.mark.skipif(os.name == "nt", reason="no file size limit on Windows")
def test_a_full_disk_ends_with_a_sentence_and_leaves_nothing_half_done(tmp_path):
    import resource

    done = subprocess.run(
        plain(ON_SAMPLE, "--iterations", 100, "--out", tmp_path),
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000)),
    )
    assert done.returncode == 1
    assert "what stood there before is intact" in done.stderr
    assert "Traceback" not in done.stderr
    files = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert files == {"loss.csv", ".lock", "loss.png", "word_vectors.png"}  # the only ones small enough


@pytest.mark.usefixtures("blank_pictures")
def test_other_settings_train_too(tmp_path):
    arguments = "--dim 5 --window 3 --negatives 5 --step 0.6 --seed 3 --words king,queen,rain --iterations 1500"
    assert run.main([*ON_SAMPLE, *arguments.split(), "--out", str(tmp_path), "--quiet"]) == 0
    assert len(read_vectors(tmp_path)["king"]) == 5
    losses = [float(row["smoothed"]) for row in read_history(tmp_path)]
    assert losses[-1] < 0.9 * min(losses[:10])


@pytest.mark.usefixtures("blank_pictures")
def test_naive_softmax_says_how_long_it_takes(on_small, tmp_path, capsys):
    options = ["--loss", "naive-softmax", "--iterations", "10", "--out", str(tmp_path)]
    assert run.main([*on_small, *options]) == 0
    out = capsys.readouterr().out
    assert re.search(r"about \d+\.\d min", out)
    assert out.index("about") < out.index("iter 10")


def start(data, *arguments):
    """Start a run without end that often saves a checkpoint."""
    python, c, code, *rest = plain(data, "--iterations", 1_000_000, "--out", *arguments)
    often = code.replace("import run;", "import run; run.SAVE_EVERY = 8;")
    return subprocess.Popen([python, c, often, *rest], stdout=subprocess.PIPE, text=True)


def kill_after(process, line):
    """Kill a run without warning once it has printed a line that begins so."""
    assert any(printed.startswith(line) for printed in process.stdout)
    process.kill()
    process.communicate(timeout=60)


def check_same_as_through(on_small, capsys, folder, stopped):
    """Check that a run goes on after iteration `stopped` and ends as one that nothing stopped."""
    shown, last = [], stopped // 10 * 10 + 210
    for out in (folder, folder.with_name("through")):
        assert run.main([*on_small, "--iterations", str(last), "--out", str(out)]) == 0
        shown.append(capsys.readouterr().out)
    assert f"Resuming after iteration {stopped};" in shown[0]
    assert "Resuming" not in shown[1]
    again, through = ([line for line in text.splitlines() if line.startswith("iter ")] for text in shown)
    assert again == through, "the log is whole"
    listed = dict.fromkeys([10, 100, *range(1000, last, 1000), last])
    assert [line.split(":")[0] for line in through] == [f"iter {n}" for n in listed]
    for name in OUTPUTS:
        assert (folder / name).read_bytes() == (out / name).read_bytes()


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise on Windows")
@pytest.mark.parametrize("number", [pytest.param(n, marks=[pytest.mark.slow] * (n != 2)) for n in STOPS])
@pytest.mark.usefixtures("blank_pictures")
def test_interrupted_and_started_again_it_ends_with_the_same_bits(on_small, number, tmp_path, capsys):
    process = start(on_small, tmp_path / "two")
    assert any(line.startswith("iter 100:") for line in process.stdout)
    process.send_signal(number)
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "The same command resumes" in rest
    stopped = int(re.search(r"after iteration (\d+)\.$", rest, re.M)[1])
    check_same_as_through(on_small, capsys, tmp_path / "two", stopped)


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL on Windows")
@pytest.mark.usefixtures("blank_pictures")
def test_killed_without_warning_it_ends_with_the_same_bits(on_small, tmp_path, capsys):
    two = tmp_path / "two"
    kill_after(start(on_small, two), "iter 10:")
    kill_after(start(on_small, two), "iter 100:")
    stopped = int(re.search(r"\d+", max(two.rglob("*.checkpoint")).name)[0])
    assert stopped >= 96
    assert stopped % 8 == 0
    check_same_as_through(on_small, capsys, two, stopped)


def test_a_second_run_in_the_same_folder_is_refused(on_small, tmp_path, capsys):
    with start(on_small, tmp_path) as first:
        assert any(line.startswith("iter 10:") for line in first.stdout)
        assert run.main([*on_small, "--iterations", "10", "--dim", "7", "--out", str(tmp_path)]) == 1
        first.kill()
    assert "another run is writing into" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("main", "arguments"),
    [(run.main, ["--data"]), (run.main, ["--corpus"]), (train_command, ["train"])],  # there is nothing to train on
    ids=["course", "corpus", "train"],
)
def test_a_run_is_refused_before_it_touches_another_ones_folder(main, arguments, tmp_path, capsys):
    out, text = tmp_path / "out", tmp_path / "text"
    out.mkdir()
    left = out / f".{OUTPUTS[0]}.0123456789abcdef.tmp"  # the other run is writing it
    left.touch()
    with run_folder.only_run_in(out):
        assert main([*arguments, str(text), "--out", str(out)]) == 1
        error = capsys.readouterr().err
        assert f"another run is writing into {out}: wait, or choose another folder" in error
        assert {path.name for path in out.iterdir()} == {left.name, ".lock"}
    text.write_text("no treebank")
    assert main([*arguments, str(text), "--out", str(out)]) == 1
    assert "another run" not in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL on Windows")
@pytest.mark.usefixtures("blank_pictures")
def test_a_killed_run_does_not_keep_its_folder(on_small, tmp_path):
    kill_after(start(on_small, tmp_path), "iter 10:")
    assert run.main([*on_small, "--iterations", "10", "--dim", "7", "--out", str(tmp_path), "--quiet"]) == 0


@pytest.mark.usefixtures("blank_pictures")
@pytest.mark.parametrize("command", ["course", "train"])
def test_the_lock_is_held_to_the_last_output(on_small, command, tmp_path, monkeypatch):
    refused = []

    def try_to_run(*_):
        with pytest.raises(CheckpointError, match="another run is writing into"):
            run_folder.only_run_in(tmp_path).__enter__()
        refused.append(True)

    monkeypatch.setattr("word2vec.vectors.history.History.save", try_to_run)
    text = tmp_path / "text"
    text.write_text("a b c a b c\n" * 50)
    if command == "course":
        assert run.main([*on_small, "--iterations", "10", "--out", str(tmp_path), "--quiet"]) == 0
    else:
        words = ["--dim", "4", "--epochs", "1", "--sample", "0"]
        assert train_command(["train", str(text), *words, "--out", str(tmp_path), "--quiet"]) == 0
    assert refused == [True]


@pytest.mark.usefixtures("blank_pictures")
def test_a_checkpoint_of_another_run_or_of_none_is_skipped_with_a_warning(on_small, tmp_path, capsys):
    base = [*on_small, "--out", str(tmp_path), "--iterations"]
    assert run.main([*base, "10", "--dim", "7"]) == 0
    foreign = next(tmp_path.rglob("iteration-*")).rename(tmp_path / "foreign")
    assert run.main([*base, "10"]) == 0
    folder = next(tmp_path.rglob("iteration-*")).parent
    foreign.rename(folder / "iteration-000000020.checkpoint")
    save_archive(folder / "iteration-000000099.checkpoint", {"x": np.zeros(3)}, {"iteration": 99})
    capsys.readouterr()
    assert run.main([*base, "20"]) == 0
    printed, warned = capsys.readouterr()
    assert "Resuming after iteration 10;" in printed
    assert [line.rpartition(" belongs")[0] for line in warned.splitlines()] == [
        f"run.py: skipped: {folder / name}"
        for name in ("iteration-000000099.checkpoint", "iteration-000000020.checkpoint")
    ]


@pytest.mark.skipif(os.name == "nt", reason="no such shell on Windows")
@pytest.mark.parametrize(
    "shell",
    ["{} | head -n 3", *(pytest.param(each, marks=pytest.mark.slow) for each in ("{} > /dev/full", "{} >&-"))],
)
def test_when_nobody_listens_it_trains_on_in_silence(on_small, shell, tmp_path):
    if "/dev/full" in shell and not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    line = shlex.join(plain(on_small, "--iterations", 120, "--out", tmp_path))
    done = subprocess.run(["sh", "-c", shell.format(line)], capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    assert all((tmp_path / name).exists() for name in OUTPUTS)


@pytest.mark.usefixtures("blank_pictures")
def test_a_run_that_diverges_names_word_and_step_and_keeps_its_last_checkpoint(
    on_small, tmp_path, monkeypatch, capsys
):
    base = [*on_small, "--out", str(tmp_path)]
    real = run.CourseRun.update

    def broken(self, x, step, report):
        x, loss = real(self, x, step, report)
        if broken.calls == 35:
            x[self.tokens["the"]] = np.inf
        broken.calls += 1
        return x, loss

    broken.calls = 0
    monkeypatch.setattr(run, "SAVE_EVERY", 20)
    monkeypatch.setattr(run.CourseRun, "update", broken)
    with np.errstate(all="ignore"):
        assert run.main([*base, "--iterations", "100"]) == 1
    assert "the vector of 'the' is not finite after iteration 40, at step size 0.3" in capsys.readouterr().err
    assert [path.name for path in tmp_path.rglob("*.checkpoint")] == ["iteration-000000020.checkpoint"]
    monkeypatch.undo()
    assert run.main([*base, "--iterations", "100"]) == 0
    assert "Resuming after iteration 20" in capsys.readouterr().out


@pytest.mark.usefixtures("blank_pictures")
def test_a_slow_run_is_saved_once_a_minute_too(on_small, tmp_path, monkeypatch):
    saved, real = [], run_folder.save_archive
    monkeypatch.setattr(run_folder, "SAVE_SECONDS", 0)
    monkeypatch.setattr(run_folder, "save_archive", lambda path, *more: (saved.append(path.name), real(path, *more)))
    assert run.main([*on_small, "--out", str(tmp_path), "--iterations", "3"]) == 0
    assert saved == [f"iteration-{i:09}.checkpoint" for i in (1, 2, 3)]


@pytest.mark.usefixtures("blank_pictures")
def test_a_finished_run_says_so_resumes_with_more_and_starts_anew_when_told(on_small, tmp_path, capsys):
    base = [*on_small, "--out", str(tmp_path), "--iterations"]
    assert run.main([*base, "20"]) == 0
    assert run.main([*base, "20"]) == 0
    assert "Finished after 20 iterations, so nothing is trained" in capsys.readouterr().out
    assert run.main([*base, "30", "--resume"]) == 0
    assert "Resuming after iteration 20" in capsys.readouterr().out
    assert run.main([*base, "30", "--no-resume"]) == 0
    printed = capsys.readouterr().out
    assert "iter 10:" in printed
    assert "Finished" not in printed


@pytest.mark.usefixtures("blank_pictures")
@pytest.mark.parametrize("quiet", [[], ["--quiet"]])
def test_fewer_iterations_than_the_saved_run_has_are_a_warning(on_small, tmp_path, capsys, quiet):
    base = [*on_small, "--out", str(tmp_path), *quiet, "--iterations"]
    assert run.main([*base, "100"]) == 0
    capsys.readouterr()
    assert run.main([*base, "50"]) == 0
    out, err = capsys.readouterr()
    assert err == (
        "run.py: the saved run is at iteration 100, beyond --iterations 50: nothing is trained, and the results are "
        "those of iteration 100; for a run of 50 name another folder by --out, or start anew by --no-resume\n"
    )
    shown = [line.split(":")[0] for line in out.splitlines() if line.startswith("iter ")]
    assert shown == ([] if quiet else ["iter 10", "iter 100"])
    assert len(read_history(tmp_path)) == 10
    assert run.main([*base, "50", "--no-resume"]) == 0
    assert capsys.readouterr().err == ""
    assert len(read_history(tmp_path)) == 5


@pytest.mark.usefixtures("blank_pictures")
def test_a_run_with_other_settings_says_that_it_is_new(on_small, tmp_path, capsys):
    base = [*on_small, "--out", str(tmp_path), "--iterations", "10"]
    assert run.main(base) == 0
    assert "A new run" not in capsys.readouterr().out
    assert run.main([*base, "--dim", "7", "--seed", "3"]) == 0
    assert "A new run starts: " in (out := capsys.readouterr().out)
    assert "; a run there has dim 10, not 7; seed None, not 3." in out


@pytest.mark.usefixtures("blank_pictures")
@pytest.mark.parametrize(
    ("iterations", "shown"),
    [
        *((9, []), (30, [10, 30]), (115, [10, 100, 110])),
        pytest.param(105, [10, 100], marks=pytest.mark.slow),
        pytest.param(2005, [10, 100, 1000, 2000], marks=pytest.mark.slow),  # the line of 1000: the log of `short`
    ],
)
def test_a_log_shows_few_lines_and_always_the_last(on_small, tmp_path, capsys, iterations, shown):
    assert run.main([*on_small, "--out", str(tmp_path), "--iterations", str(iterations)]) == 0
    assert [int(n) for n in re.findall(r"^iter (\d+): ", capsys.readouterr().out, re.M)] == shown
    assert len(read_history(tmp_path)) == iterations // 10


def test_an_error_without_a_text_is_named(on_small, tmp_path, capsys, monkeypatch):
    def fail(*_):
        raise MemoryError

    monkeypatch.setattr(run, "open_treebank", fail)
    assert run.main([*on_small, "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err == "run.py: MemoryError: there is not enough memory\n"


def test_version(capsys):
    with pytest.raises(SystemExit) as stop:
        run.main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"word2vec-numpy {word2vec.__version__}\n"


def test_what_the_documented_commands_write_is_ignored_by_git():
    ignored = [line for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    folders = re.findall(r"--out (\w+)", "".join(page.read_text(encoding="utf-8") for page in pages))
    assert "wide" in folders
    for name in (*folders, *OUTPUTS, *SENTIMENT_OUTPUTS, "checkpoints", "build", "word2vec_numpy.egg-info"):
        assert any(fnmatch(name, line.strip("/")) for line in ignored), name


@pytest.mark.usefixtures("blank_pictures")
def test_a_damaged_checkpoint_is_skipped_with_a_warning(on_small, tmp_path, capsys):
    base = [*on_small, "--out", str(tmp_path), "--iterations"]
    assert run.main([*base, "20"]) == 0
    assert run.main([*base, "30"]) == 0
    newest = max(tmp_path.rglob("*.checkpoint"))
    newest.write_bytes(newest.read_bytes()[:-1])
    capsys.readouterr()
    assert run.main([*base, "30"]) == 0
    printed, warned = capsys.readouterr()
    assert warned.startswith(f"run.py: skipped: {newest}")
    assert "Resuming after iteration 20" in printed


@pytest.mark.usefixtures("blank_pictures")
def test_a_save_that_fails_on_the_way_does_not_stop_the_training(on_small, tmp_path, monkeypatch, capsys):
    real, calls = run_folder.save_archive, []

    def failing(*arguments):
        calls.append(arguments)
        if len(calls) <= 2:
            raise OSError(28, "No space left on device", "checkpoint")
        return real(*arguments)

    monkeypatch.setattr(run_folder, "save_archive", failing)
    monkeypatch.setattr(run, "SAVE_EVERY", 20)
    assert run.main([*on_small, "--out", str(tmp_path), "--iterations", "50"]) == 0
    warned = "run.py: not saved: checkpoint: No space left on device"
    assert capsys.readouterr().err.splitlines() == [warned] * 2
    assert len(calls) == 3


@pytest.mark.usefixtures("blank_pictures")
def test_a_last_state_that_is_not_saved_is_an_error_but_all_outputs_are_written(
    on_small, tmp_path, monkeypatch, capsys
):
    def failing(*_):
        raise OSError(28, "No space left on device", "checkpoint")

    monkeypatch.setattr(run_folder, "save_archive", failing)
    assert run.main([*on_small, "--out", str(tmp_path), "--iterations", "10"]) == 1
    assert "run.py: not saved" in capsys.readouterr().err
    assert all((tmp_path / name).exists() for name in OUTPUTS)


@slow  # words that a terminal cannot show are tried in test___main__.py
def test_it_runs_in_a_c_locale(on_small, tmp_path):
    as_c = {**os.environ, "LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    line = plain(on_small[:2], "--iterations", 20, "--out", tmp_path, "--words", "clichÃ©,bade,bafi")
    done = subprocess.run(line, capture_output=True, text=True, env=as_c)
    assert done.returncode == 0, done.stderr


@pytest.mark.usefixtures("blank_pictures")
def test_quiet_is_quiet(on_small, tmp_path, capfd):
    assert run.main([*on_small, "--iterations", "20", "--out", str(tmp_path), "--quiet"]) == 0
    assert capfd.readouterr() == ("", "")


def test_help_names_every_option_and_default():
    text = re.sub(r"\s+", " ", command("--help").stdout)
    known = re.findall(r"--([a-z-]+)", text)
    of_both = {
        "help",
        "data",
        "dim",
        "window",
        "negatives",
        "loss",
        "seed",
        "words",
        "plot",
        "out",
        "resume",
        "quiet",
    }
    of_one = {"no-resume", "iterations", "step", "corpus", "trainer", "epochs", "rate", "sample", "min-count", "set"}
    assert set(known) >= of_both | of_one | {"workers", "lowercase", "tokenize"}
    for default in ("40000", "10", "5", "0.3", "negative-sampling", "31415 and 9265"):
        assert f"default: {default}" in text or default in text


@pytest.mark.slow
def test_the_courses_run_after_ten_kills(treebank, tmp_path):
    for kill in range(10):
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "run.py"), "--data", str(treebank), "--out", str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
        )
        kill_after(process, f"iter {3000 * kill + 2000}:")
    done = command("--data", treebank, "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "iter 40000: 9.812206\n" in done.stdout
    assert [row["iteration"] for row in read_history(tmp_path)] == [str(n) for n in range(10, 40001, 10)]


@pytest.mark.slow
def test_the_courses_run_to_its_last_printed_digit(treebank, tmp_path):
    begin = time.perf_counter()
    done = command("--data", treebank, "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    for line in ("10: 19.061546", "100: 19.847231", "1000: 21.715595", "10000: 12.912945", "40000: 9.812206"):
        assert f"iter {line}\n" in done.stdout
    print(f"{time.perf_counter() - begin:.1f} s")


def test_a_model_of_another_run_that_stays_in_the_folder_is_said_to_be_one(on_small, tmp_path, capsys):
    line = [*on_small, "--iterations", "10", "--out", str(tmp_path)]
    assert run.main(line) == 0
    assert "model.npz" not in capsys.readouterr().out
    (tmp_path / "model.npz").write_bytes(b"model")
    assert run.main(line) == 0
    assert capsys.readouterr().out.endswith("\nmodel.npz there is of an earlier run of the fast trainer.\n")
    assert (tmp_path / "model.npz").read_bytes() == b"model"


# the fast trainer


@pytest.fixture
def text(tmp_path):
    (tmp_path / "text.txt").write_text("black coffee and green tea and strong coffee\n" * 100)
    return str(tmp_path / "text.txt")


@pytest.mark.usefixtures("blank_pictures")
def test_a_corpus_is_trained_on_as_by_the_train_command(text, tmp_path):
    options = ["--dim", "8", "--epochs", "2", "--set", "pivot=0", "--words", "tea,coffee,green", "--quiet"]
    assert run.main(["--corpus", text, "--out", str(tmp_path / "one"), *options]) == 0
    assert train_command(["train", text, "--out", str(tmp_path / "two"), *options]) == 0
    for name in OUTPUTS:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize(
    ("line", "source"),
    [
        ("--corpus a", "a"),
        ("--corpus -", "-"),
        ("--corpus b a", [Path("b"), Path("a")]),
        ("--corpus b --dim 3 --corpus a -", [Path("b"), Path("a"), "-"]),
    ],
)
def test_all_corpora_are_trained_on_in_their_order(monkeypatch, line, source):
    given = []
    monkeypatch.setattr(run, "train_text", lambda text, options: given.append(text) or 0)
    assert run.main(line.split()) == 0
    assert given == [source]


def test_words_are_refused_before_a_corpus_is_trained_on(text, tmp_path, capsys):
    assert run.main(["--corpus", text, "--out", str(tmp_path / "out"), "--words", "tea,coffe"]) == 1
    out, err = capsys.readouterr()
    assert "run.py: not in the vocabulary, so they cannot be plotted: 'coffe' (near: coffee); choose others by" in err
    assert "such as 'and', 'coffee', 'black', 'green', 'strong'; words that occur fewer than --min-count 5" in err
    assert "loss" not in out
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".lock"]


@pytest.mark.usefixtures("blank_pictures")
def test_the_fast_trainer_takes_the_treebank_or_the_sample(small_treebank, tmp_path, monkeypatch, capsys):
    options = ["--trainer", "fast", "--out", str(tmp_path), "--epochs", "1"]
    assert run.main([*options, "--data", str(small_treebank)]) == 0
    assert (tmp_path / "word_vectors.txt").read_text(encoding="utf-8").split("\n")[0].endswith(" 100")
    assert "200 sentences" in capsys.readouterr().out
    monkeypatch.setattr("word2vec.course.treebank_files.TREEBANK", tmp_path / "nowhere")
    monkeypatch.chdir(tmp_path)
    assert run.main([*options, "--dim", "4", "--words", "king,queen"]) == 0
    assert str(SAMPLE) in capsys.readouterr().out


def test_a_fast_run_that_is_interrupted_says_how_to_resume(text, tmp_path, monkeypatch, capsys):
    stopped = WordVectors(["a"], np.ones((1, 2)))
    monkeypatch.setattr("word2vec.__main__.train", lambda *_, **__: stopped)
    assert run.main(["--corpus", text, "--out", str(tmp_path)]) == 130
    assert "Stopped. The same command resumes from the checkpoint." in capsys.readouterr().out
    assert not list(tmp_path.glob("*.png"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--corpus", "x", "--trainer", "course"], "--corpus is for the fast trainer: leave out --trainer course"),
        (["--corpus", "x", "--data", "y"], "--corpus and --data name two texts to train on: leave out one of them"),
        (["--corpus", "x", "--iterations", "5"], "--iterations is for the course's run: leave it out"),
        (["--trainer", "fast", "--step", "0.3"], "--step is for the course's run"),
        (["--epochs", "3"], "--epochs is for the fast trainer (--corpus FILE or --trainer fast)"),
        (["--sample", "0"], "--sample is for the fast trainer"),
        (["--min-count", "3"], "--min-count is for the fast trainer"),
        (["--lowercase"], "--lowercase is for the fast trainer"),
        (["--set", "pivot=0"], "--set is for the fast trainer"),
        (["--corpus", "no such file"], "there is no file 'no such file'"),
        (["--trainer", "fast", "--data", "nowhere"], "no treebank in "),
        (
            ["--corpus", str(SAMPLE / "datasetSentences.txt"), "--min-count", "99999"],
            "no word occurs --min-count 99999 ti",
        ),
        (["--trainer", "fast", "--set", "speed=1"], "--set speed: expected one of max_size"),
    ],
)
def test_options_of_the_other_trainer_are_refused(arguments, message, tmp_path, capsys):
    assert run.main([*arguments, "--out", str(tmp_path)]) == 1
    out, err = capsys.readouterr()
    assert err.startswith("run.py: ")
    assert message in err
    assert "iter 10" not in out
