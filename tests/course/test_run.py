"""word2vec/course/run.py: the course's run, to its numbers, and from any iteration on to the same bits."""

import copy
import random
from collections import Counter
from dataclasses import asdict
from itertools import chain

import numpy as np
import pytest

from utils.treebank import StanfordSentiment
from word2vec import naiveSoftmaxLossAndGradient, negSamplingLossAndGradient, sgd, skipgram, word2vec_sgd_wrapper
from word2vec.course import replay
from word2vec.course.descent import Report, descend
from word2vec.course.random_stream import state_from_array
from word2vec.course.run import FREQUENT, LOSSES, SAVE_EVERY, CourseRun, Settings
from word2vec.plotting.outputs import GROUPS, choose_words
from word2vec.runtime.archive import load_archive
from word2vec.runtime.run_folder import RunFolder, generations, versions

COURSE_LOSSES = {"negative-sampling": negSamplingLossAndGradient, "naive-softmax": naiveSoftmaxLossAndGradient}


@pytest.fixture
def small(small_treebank):
    """Return a function that opens the small treebank afresh."""
    return lambda: StanfordSentiment(small_treebank, tablesize=5000)


@pytest.fixture
def small_blocks(monkeypatch):
    """Let two or three batches fill a block."""
    for name, value in {"FIRST_BLOCK": 2**12, "LAST_BLOCK": 2**13, "LANE": 2**7, "TAIL": 2**10}.items():
        monkeypatch.setattr(replay, name, value)


def folder_of(run, path):
    """Return the run's folder for checkpoints, as run.py makes it."""
    return RunFolder(path, asdict(run.settings), run.data)


def train(run, state, iterations, *, stop=None, folder=None, save_every=SAVE_EVERY, reports=None):
    """Train as run.py does: save now and then, stop when an iteration is done. A warning is an error."""
    for report in run.train(state, iterations):
        if reports is not None and report is not None:
            reports.append(report)
        if folder is not None and state.iteration % save_every == 0:
            folder.try_save(lambda: run.saved(state))
        if state.iteration == stop:
            break
    return state


def advance(run, state, iterations, report_every=10):
    """Make iterations without what `train` adds: the global `random` stays where reading ahead has left it."""
    for _ in descend(state, run.update, 0.3, iterations, report_every):
        pass
    return state


def save(run, state, path):
    """Save the state in the run's folder."""
    folder_of(run, path).save(*run.saved(state))


def resume(run, path):
    """Return the newest saved state, None if there is none, as run.py reads it. A warning is an error."""
    found = folder_of(run, path).resume()
    return None if found is None else run.restored(*found)


def course_start(tokens, D):
    """Seed and make the first vectors as the course's run.py does."""
    random.seed(31415)
    np.random.seed(9265)
    return np.concatenate(((np.random.rand(len(tokens), D) - 0.5) / D, np.zeros((len(tokens), D))), axis=0)


def random_after(run, state):
    """Return the state of `random` in which training leaves it: no further iteration is made."""
    train(run, state, state.iteration)
    return random.getstate()


# settings


def test_the_defaults_are_the_courses():
    assert Settings() == Settings(dim=10, window=5, negatives=10, loss="negative-sampling", step=0.3, seed=None)
    assert SAVE_EVERY == 5000


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"dim": 0}, "dim is 0: expected at least 1"),
        ({"window": -1}, "window is -1: expected at least 1"),
        ({"negatives": 0}, "negatives is 0: expected at least 1"),
        ({"step": 0.0}, "step is 0.0: expected a positive number; the course's is 0.3"),
        ({"step": -0.3}, "step is -0.3: expected a positive number; the course's is 0.3"),
        ({"step": float("inf")}, "step is inf: expected a positive number; the course's is 0.3"),
        ({"step": float("nan")}, "step is nan: expected a positive number; the course's is 0.3"),
        ({"loss": "softmax"}, "loss is 'softmax': expected one of negative-sampling, naive-softmax"),
        ({"seed": -1}, "seed is -1: expected a whole number from 0 to 4294967295"),
        ({"seed": 2**32}, "seed is 4294967296: expected a whole number from 0 to 4294967295"),
    ],
)
def test_settings_that_cannot_be_trained(wrong, message):
    with pytest.raises(ValueError, match=r"is .*: expected") as caught:
        Settings(**wrong)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "wrong", [{"dim": 2.5}, {"window": True}, {"negatives": "3"}, {"step": "0.3"}, {"seed": 1.0}]
)
def test_settings_of_another_type(wrong):
    (name, value), *_ = wrong.items()
    with pytest.raises(TypeError, match=rf"^{name} is {value!r}: expected a (whole|positive) number"):
        Settings(**wrong)


def test_settings_cannot_be_changed():
    with pytest.raises(AttributeError, match="cannot assign to field 'dim'"):
        Settings().dim = 3


@pytest.mark.parametrize("seed", [0, 2**32 - 1])
def test_settings_at_the_edge(seed):
    settings = Settings(dim=1, window=1, negatives=1, step=1e-300, loss="naive-softmax", seed=seed)
    assert (settings.dim, settings.seed) == (1, seed)


def test_the_plotted_words_are_the_courses():
    assert len(GROUPS) == 24
    assert {"great", "annoying", "queen", "hail", "tea"} <= set(GROUPS)
    assert choose_words(None, ["the", *reversed(GROUPS)]) == list(GROUPS)
    assert set(LOSSES) == set(COURSE_LOSSES)


# the run


def test_the_start_is_the_courses(small):
    run = CourseRun(small())
    state = run.start()
    expected = course_start(run.tokens, 10)
    after = random.getstate()
    run.start()
    assert random.getstate() == after
    np.testing.assert_array_equal(state.x, expected)
    assert (state.iteration, state.history.reports, state.smoothed) == (0, [], None)
    assert state.history.columns == ("iteration", "loss", "smoothed")


def test_the_start_leaves_numpys_global_generator_alone(small):
    np.random.seed(5)
    CourseRun(small()).start()
    after = np.random.rand()
    np.random.seed(5)
    assert after == np.random.rand()


@pytest.mark.parametrize("seed", [0, 7])
def test_the_start_of_another_seed_and_size(small, seed):
    run = CourseRun(small(), Settings(dim=4, seed=seed))
    x = run.start().x
    n = len(run.tokens)
    np.testing.assert_array_equal(x[:n], (np.random.RandomState(seed).rand(n, 4) - 0.5) / 4)
    assert not x[n:].any()
    after = random.getstate()
    random.seed(seed)
    assert after == random.getstate()


@pytest.mark.parametrize("loss", COURSE_LOSSES)
@pytest.mark.parametrize("blocks", ["small", pytest.param("as in use", marks=pytest.mark.slow)])
def test_the_run_is_that_of_the_courses_loop(small, loss, blocks, request, capsys):
    """Other sums of the same terms: the parameters agree to rounding, the stream of `random` to the bit."""
    if blocks == "small":
        request.getfixturevalue("small_blocks")
    dataset = small()
    tokens = dataset.tokens()
    x0 = course_start(tokens, 10)

    def f(x):
        return word2vec_sgd_wrapper(skipgram, tokens, x, dataset, 5, COURSE_LOSSES[loss])

    x = sgd(f, x0, 0.3, 40, PRINT_EVERY=10)
    after, printed = random.getstate(), capsys.readouterr().out.splitlines()

    run, reports = CourseRun(small(), Settings(loss=loss)), []
    state = train(run, run.start(), 40, reports=reports)
    np.testing.assert_allclose(state.x, x, rtol=0, atol=1e-12)
    assert np.abs(x - x0).max() > 0.01
    assert random.getstate() == after
    assert [f"iter {report.iteration}: {report.smoothed:f}" for report in state.history.reports] == printed
    assert reports == state.history.reports
    assert state.smoothed == reports[-1].smoothed
    assert len(printed) == 4


@pytest.mark.parametrize(
    "settings",
    [Settings(dim=3, window=2, negatives=4, seed=5), Settings(window=9, negatives=1), Settings(dim=1, window=1)],
)
def test_other_settings_are_heeded(small, settings):
    run = CourseRun(small(), settings)
    state = advance(run, run.start(), 12, report_every=1)
    after = random_after(run, state)

    dataset = small()
    tokens = dataset.tokens()
    x = CourseRun(dataset, settings).start().x

    def loss(v_c, o, U, dataset):
        return negSamplingLossAndGradient(v_c, o, U, dataset, K=settings.negatives)

    for iteration in range(12):
        J, gradient = word2vec_sgd_wrapper(skipgram, tokens, x, dataset, settings.window, loss)
        x = x - 0.3 * gradient
        np.testing.assert_allclose(state.history.reports[iteration].loss, J, rtol=1e-12)
    np.testing.assert_allclose(state.x, x, rtol=0, atol=1e-12)
    assert random.getstate() == after


def test_update_works_in_place_and_computes_the_loss_only_when_asked(small):
    run = CourseRun(small())
    state = run.start()
    before = state.x.copy()
    x, loss = run.update(state.x, 0.3, False)
    assert x is state.x
    assert loss is None
    assert (x != before).any()
    x, loss = run.update(x, 0.3, True)
    assert type(loss) is float
    assert 0 < loss < 100


def test_the_step_is_that_of_the_settings(small):
    dataset, run = small(), CourseRun(small(), Settings(step=0.05))
    tokens = dataset.tokens()

    def f(x):
        return word2vec_sgd_wrapper(skipgram, tokens, x, dataset, 5, negSamplingLossAndGradient)

    x = sgd(f, run.start().x, 0.05, 30, PRINT_EVERY=100)
    np.testing.assert_allclose(train(run, run.start(), 30).x, x, rtol=0, atol=1e-12)


def test_others_draws_do_not_disturb_a_run(small):
    """From the second iteration on it reads its own stream; at the end the global `random` is put behind it."""
    expected, after = uninterrupted(small, Settings())
    run = CourseRun(small())
    state = advance(run, run.start(), 2)
    for _ in descend(state, run.update, 0.3, ITERATIONS):
        random.seed(state.iteration)
    assert random_after(run, state) == after
    assert (state.iteration, state.history) == (ITERATIONS, expected.history)
    np.testing.assert_array_equal(state.x, expected.x)


# stop and resume


ITERATIONS = 33


def uninterrupted(small, settings):
    """Return the state after a run without a stop, and where it leaves `random`."""
    run = CourseRun(small(), settings)
    return train(run, run.start(), ITERATIONS), random.getstate()


def assert_equal(state, expected):
    np.testing.assert_array_equal(state.x, expected.x)
    assert (state.iteration, state.history) == (expected.iteration, expected.history)
    assert all(type(report) is Report for report in state.history.reports)


@pytest.mark.parametrize(
    ("settings", "blocks", "stops"),
    [
        (Settings(), "small", [1, 10, 29]),
        (Settings(loss="naive-softmax", dim=4, window=3, seed=2), "small", [1, 11, 30]),
        pytest.param(Settings(), "small", [1, 2, 5, 10, 11, 20, 29, 30], marks=pytest.mark.slow),
        (Settings(), "as in use", [1, 10]),
        pytest.param(Settings(), "as in use", [1, 9, 10, 11, 30], marks=pytest.mark.slow),
        pytest.param(
            *(Settings(loss="naive-softmax", dim=4, window=3, seed=2), "small", [1, 2, 3, 10, 11, 30]),
            marks=pytest.mark.slow,
        ),
    ],
)
def test_stopped_at_any_iteration_the_run_goes_on_to_the_same_bits(small, settings, blocks, stops, request, tmp_path):
    if blocks == "small":
        request.getfixturevalue("small_blocks")
    expected, after = uninterrupted(small, settings)
    run = CourseRun(small(), settings)
    stopped = run.start()
    for stop in stops:
        train(run, stopped, ITERATIONS, stop=stop)
        assert stopped.iteration == stop
        save(run, stopped, tmp_path)
        here = random.getstate()
        random.seed(stop)
        np.random.seed(stop)

        other = CourseRun(small(), settings)
        state = resume(other, tmp_path)
        assert_equal(state, stopped)
        assert_equal(train(other, state, ITERATIONS), expected)
        assert random.getstate() == after
        random.setstate(here)


def test_saved_before_the_first_iteration(small, tmp_path):
    expected, after = uninterrupted(small, Settings())
    run = CourseRun(small())
    save(run, run.start(), tmp_path)
    random.seed(1)
    run = CourseRun(small())
    assert_equal(train(run, resume(run, tmp_path), ITERATIONS), expected)
    assert random.getstate() == after


def test_saving_on_the_way_leaves_the_run_as_it_is(small, tmp_path):
    expected, after = uninterrupted(small, Settings())
    run = CourseRun(small())
    folder = folder_of(run, tmp_path)
    assert_equal(train(run, run.start(), ITERATIONS, folder=folder, save_every=7), expected)
    assert random.getstate() == after
    assert sorted(path.name for path in folder.path.iterdir()) == [
        "iteration-000000021.checkpoint",
        "iteration-000000028.checkpoint",
    ]
    run = CourseRun(small())
    state = resume(run, tmp_path)
    assert state.iteration == 28
    assert_equal(train(run, state, ITERATIONS), expected)


def test_however_training_ends_random_is_left_there(small, monkeypatch):
    """Training is stopped by an error in an iteration, by one between two, and by closing the generator."""
    run = CourseRun(small())
    train(run, run.start(), 17)
    expected = random.getstate()

    def interrupted(x, step, report):
        if state.iteration == 17:
            raise KeyboardInterrupt
        return CourseRun.update(run, x, step, report)

    run = CourseRun(small())
    state = run.start()
    monkeypatch.setattr(run, "update", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(run, state, ITERATIONS)
    assert (state.iteration, random.getstate()) == (17, expected)

    run = CourseRun(small())
    state = run.start()
    with pytest.raises(AttributeError, match="try_save"):
        train(run, state, ITERATIONS, folder=object(), save_every=17)
    assert (state.iteration, random.getstate()) == (17, expected)

    run = CourseRun(small())
    state = run.start()
    training = run.train(state, ITERATIONS)
    for _ in range(17):
        next(training)
    assert random.getstate() != expected
    training.close()
    assert (state.iteration, random.getstate()) == (17, expected)


def test_what_is_saved(small):
    run = CourseRun(small(), Settings(dim=2))
    state = run.start()
    seeded = random.getstate()
    iteration, arrays, values = run.saved(state)
    assert (iteration, values["smoothed"]) == (0, None)
    assert arrays["reports"].shape == (0, 3)
    assert state_from_array(arrays["random"]) == seeded
    assert "random_before_copies" not in arrays
    advance(run, state, 20)
    iteration, arrays, values = run.saved(state)
    assert arrays["x"] is state.x
    assert arrays["reports"].tolist() == [list(report) for report in state.history.reports]
    assert len(state.history.reports) == 2
    # the first window's size is drawn first, the copies when its sentence is
    random.setstate(seeded)
    random.randint(1, 5)
    assert state_from_array(arrays["random_before_copies"]) == random.getstate()
    assert state_from_array(arrays["random"]) == random_after(run, state)
    assert iteration == 20


def test_what_is_saved_for_whoever_looks_into_the_file(small, monkeypatch, tmp_path):
    monkeypatch.setattr("word2vec.course.descent.ANNEAL_EVERY", 20)
    run = CourseRun(small(), Settings(dim=2))
    state = train(run, run.start(), 20)
    save(run, state, tmp_path)
    folder = folder_of(run, tmp_path)
    arrays, values = load_archive(generations(folder.path)[0])
    assert arrays.keys() == {"x", "reports", "epochs", "epoch_words", "held_out", "random", "random_before_copies"}
    assert values.keys() == {"versions", "settings", "digest", "iteration", "step", "smoothed"}
    assert values["digest"][:12] == folder.path.name
    assert values["iteration"] == 20
    assert values["step"] == 0.15  # of the next iteration
    assert values["smoothed"] == state.history.reports[-1].smoothed
    assert values["versions"] == versions()
    assert values["settings"] == {
        "dim": 2,
        "window": 5,
        "negatives": 10,
        "loss": "negative-sampling",
        "step": 0.3,
        "seed": None,
    }


# vectors that are not finite


@pytest.mark.parametrize(("row", "number"), [(3, np.nan), (3, np.inf), (-2, -np.inf)])
def test_vectors_that_are_not_finite_are_not_saved(small, tmp_path, row, number):
    run = CourseRun(small())
    state = train(run, run.start(), 3)
    save(run, state, tmp_path)
    before = state.x[row, 4]
    state.x[row, 4], state.iteration = number, 4
    word = list(run.tokens)[row]
    message = rf"the vector of {word!r} is not finite after iteration 4, at step size 0\.3: expected numbers; try"
    with pytest.raises(FloatingPointError, match=message):
        save(run, state, tmp_path)
    assert resume(CourseRun(small()), tmp_path).iteration == 3
    state.x[row, 4] = before
    save(run, state, tmp_path)
    assert resume(CourseRun(small()), tmp_path).iteration == 4


@pytest.mark.parametrize("loss", COURSE_LOSSES)
def test_numpy_does_not_warn_of_a_run_that_diverges(small, loss):
    run = CourseRun(small(), Settings(step=1e200, loss=loss))
    state = run.start()
    with pytest.raises(FloatingPointError, match=r"is not finite after iteration 10, at step size 1e\+200: expected"):
        train(run, state, ITERATIONS)
    assert state.iteration == 10


# other runs


def test_other_runs_are_named_by_what_differs(small, small_treebank, tmp_path):
    run = CourseRun(small())
    with pytest.raises(ValueError, match="holds no run with these settings; without resume a new one starts"):
        folder_of(run, tmp_path).resume(True)
    others = [
        CourseRun(small(), Settings(dim=4, loss="naive-softmax")),
        CourseRun(StanfordSentiment(small_treebank, repair=True)),
    ]
    for other in others:
        save(other, other.start(), tmp_path)
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "iteration-000000001.checkpoint").write_bytes(b"")
    assert resume(run, tmp_path) is None
    with pytest.raises(ValueError, match="holds no run with these settings") as caught:
        folder_of(run, tmp_path).resume(True)
    text = str(caught.value).removesuffix("; without resume a new one starts")
    differences = sorted(text.split("; a run there has ")[1:])
    assert differences == ["dim 4, not 10; loss naive-softmax, not negative-sampling", "other data"]


# the folder's name, a digest of settings and data


def name_of(run):
    return folder_of(run, "here").path.name


def test_the_digest_differs_by_every_setting(small):
    changes = [
        {},
        {"dim": 11},
        {"window": 4},
        {"negatives": 9},
        {"loss": "naive-softmax"},
        {"step": 0.25},
        {"seed": 1},
        {"seed": 31415},
    ]
    dataset = small()
    names = {name_of(CourseRun(dataset, Settings(**change))) for change in changes}
    assert (len(names), {*map(len, names)}) == (len(changes), {12})


def test_the_digest_differs_by_the_data(small, small_treebank, tmp_path):
    text = (small_treebank / "datasetSentences.txt").read_text(encoding="utf-8")
    (tmp_path / "datasetSentences.txt").write_bytes(text.replace("bade", "bado", 1).encode())
    repaired = StanfordSentiment(small_treebank, repair=True)
    runs = [CourseRun(dataset) for dataset in (small(), StanfordSentiment(tmp_path), repaired)]
    assert len({name_of(run) for run in runs}) == 3


# words


def test_vectors_are_a_copy_of_the_centre_vectors(small):
    run = CourseRun(small())
    x = np.arange(2.0 * len(run.tokens) * 10).reshape(-1, 10)
    vectors, _ = run.tables(x, [])
    np.testing.assert_array_equal(vectors.matrix, run.vectors(x).matrix)
    assert vectors.words == list(run.tokens)
    np.testing.assert_array_equal(vectors.matrix, x[: len(run.tokens)])
    x[:] = 0
    assert vectors.matrix[1, 0] == 10


def test_the_words_are_all_tokens_the_most_frequent_first(small):
    run = CourseRun(small())
    counts = Counter(chain.from_iterable(run.dataset.sentences()))
    assert run.counts == counts
    assert sorted(run.words) == sorted(run.tokens)
    assert run.words[-1] == "UNK"
    numbers = [counts[word] for word in run.words]
    assert numbers == sorted(numbers, reverse=True)
    assert run.words[: len(counts)] == [word for word, _ in counts.most_common()]


def test_the_frequent_words_and_those_named_without_their_mean(small, monkeypatch):
    monkeypatch.setattr("word2vec.course.run.FREQUENT", 7)
    run = CourseRun(small())
    counts = Counter(chain.from_iterable(run.dataset.sentences()))
    frequent = [word for word, _ in counts.most_common(7)]
    rare = counts.most_common()[-1][0]
    x = np.random.RandomState(1).randn(2 * len(run.tokens), 10)
    _, vectors = run.tables(x, [rare, frequent[2], "UNK"])
    assert vectors.words == [*frequent, rare, "UNK"]
    assert vectors.counts.tolist() == [counts[word] for word in vectors.words]
    rows = x[[run.tokens[word] for word in vectors.words]]
    np.testing.assert_array_equal(vectors.matrix, rows - rows.mean(axis=0))
    np.testing.assert_allclose(vectors.matrix.sum(axis=0), 0, atol=1e-14)
    assert run.about(vectors) == (
        f"9 of {len(run.tokens)} words: the 7 most frequent and those of the picture, since rarer ones are hardly "
        "trained. The mean of their vectors is subtracted."
    )


def test_the_frequent_words_where_there_are_few_words_at_all(small):
    run = CourseRun(small())
    _, vectors = run.tables(np.random.RandomState(1).randn(2 * len(run.tokens), 10), [])
    assert FREQUENT == 2000
    assert set(vectors.words) == set(run.tokens) - {"UNK"}
    assert run.about(vectors) == f"All {len(vectors)} words. The mean of their vectors is subtracted."


@pytest.mark.parametrize("loss", COURSE_LOSSES)
def test_estimated_seconds_grow_with_the_iterations_and_leave_the_run_alone(small, loss, monkeypatch):
    settings = Settings(loss=loss)
    expected, after = uninterrupted(small, settings)
    run = CourseRun(small(), settings)
    state = run.start()
    before, x = random.getstate(), state.x.copy()
    assert run.estimated_seconds(0) == 0
    assert 0 < run.estimated_seconds(1) < 5
    assert random.getstate() == before
    np.testing.assert_array_equal(state.x, x)
    for _ in descend(state, run.update, 0.3, 20):
        assert run.estimated_seconds(1) > 0
    assert_equal(train(run, state, ITERATIONS), expected)
    assert random.getstate() == after
    clock = iter([10.0, 16.0])
    monkeypatch.setattr("time.perf_counter", lambda: next(clock))
    assert run.estimated_seconds(40) == 80.0


# the published numbers, on the real treebank


PUBLISHED = {10: "19.061546", 100: "19.847231", 1000: "21.715595", 10000: "12.912945"}


def published(iterations):
    return [f"iter {i}: {loss}" for i, loss in PUBLISHED.items() if i <= iterations]


def by_course_run(treebank, iterations, folder):
    """Train by CourseRun; return the lines of the published iterations."""
    run = CourseRun(StanfordSentiment(treebank))
    state = train(run, run.start(), iterations, folder=folder_of(run, folder))
    return [f"iter {r.iteration}: {r.smoothed:f}" for r in state.history.reports if r.iteration in PUBLISHED]


def test_the_published_numbers_to_iteration_100(treebank, tmp_path):
    assert by_course_run(treebank, 100, tmp_path) == published(100)


@pytest.mark.slow
def test_the_published_numbers_to_iteration_10000(treebank, tmp_path):
    assert by_course_run(treebank, 10_000, tmp_path) == published(10_000)


@pytest.mark.slow
def test_the_published_numbers_by_the_courses_functions(treebank, capsys):
    random.seed(314)
    dataset = StanfordSentiment(treebank)
    tokens = dataset.tokens()
    x = course_start(tokens, 10)

    def f(x):
        return word2vec_sgd_wrapper(skipgram, tokens, x, dataset, 5, negSamplingLossAndGradient)

    x = sgd(f, x, 0.3, 1000, None, False, PRINT_EVERY=10)
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 100
    assert [line for line in printed if int(line.split()[1][:-1]) in PUBLISHED] == published(1000)
    after = random.getstate()

    run = CourseRun(StanfordSentiment(treebank))
    state = train(run, run.start(), 1000)
    assert random.getstate() == after
    np.testing.assert_allclose(state.x, x, rtol=0, atol=1e-12)


def test_a_run_on_the_real_treebank_goes_on_to_the_same_bits(treebank, tmp_path):
    run = CourseRun(StanfordSentiment(treebank))
    state = train(run, run.start(), 60)
    save(run, state, tmp_path)
    train(run, state, 120)
    after = random.getstate()
    new_run = CourseRun(StanfordSentiment(treebank))
    assert_equal(train(new_run, resume(new_run, tmp_path), 120), state)
    assert random.getstate() == after


def test_restoring_into_the_same_object(small):
    run = CourseRun(small())
    state = advance(run, run.start(), 20)
    _, *saved = copy.deepcopy(run.saved(state))
    advance(run, state, 30)
    assert_equal(advance(run, run.restored(*saved), 30), state)


def test_starting_again_does_not_go_on_with_the_old_stream(small):
    run = CourseRun(small())
    advance(run, run.start(), 20)
    found = advance(run, run.start(), 5)
    fresh = CourseRun(run.dataset)
    np.testing.assert_array_equal(found.x, advance(fresh, fresh.start(), 5).x)


def test_restoring_with_other_copies_drawn_is_an_error(small):
    run = CourseRun(small())
    _, *saved = run.saved(advance(run, run.start(), 20))
    dataset = small()
    random.seed(1)
    dataset.allSentences()
    with pytest.raises(ValueError, match="fresh"):
        CourseRun(dataset).restored(*saved)


def test_the_digest_differs_by_the_tables_size(small_treebank):
    a, b = (name_of(CourseRun(StanfordSentiment(small_treebank, tablesize=n))) for n in (1000, 2000))
    assert a != b
