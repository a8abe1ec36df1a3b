"""word2vec/course/run.py: the course's run, to its numbers, and from any iteration on to the same bits."""

import copy
import random
from collections import Counter
from itertools import chain

import numpy as np
import pytest

from utils.treebank import StanfordSentiment
from word2vec import (
    naiveSoftmaxLossAndGradient,
    negSamplingLossAndGradient,
    sgd,
    skipgram,
    word2vec_sgd_wrapper,
)
from word2vec.course import replay
from word2vec.course import run as course_run
from word2vec.course.descent import descend
from word2vec.course.random_stream import state_from_array
from word2vec.course.run import FREQUENT, LOSSES, PLOTTED, CourseRun, Settings
from word2vec.runtime.checkpoint import versions

COURSE_LOSSES = {
    "negative-sampling": negSamplingLossAndGradient,
    "naive-softmax": naiveSoftmaxLossAndGradient,
}


@pytest.fixture
def small(small_treebank):
    """Give a function that opens the small treebank afresh."""
    return lambda: StanfordSentiment(small_treebank, tablesize=5000)


@pytest.fixture
def small_blocks(monkeypatch):
    """Let two or three batches fill a block."""
    for name, value in {"FIRST_BLOCK": 2**12, "LAST_BLOCK": 2**13, "LANE": 2**7, "TAIL": 2**10}.items():
        monkeypatch.setattr(replay, name, value)


def train(run, state, iterations, *, stop=None, folder=None, reports=None):
    """Train quietly, to the end or until an iteration is done."""
    run.train(
        state,
        iterations,
        folder,
        on_report=(lambda report: None) if reports is None else reports.append,
        stopped=lambda: state.iteration == stop,
        say=lambda text: pytest.fail(f"said: {text}"),
    )
    return state


def course_start(tokens, D):
    """Seed and make the first vectors as the course's run.py does."""
    random.seed(31415)
    np.random.seed(9265)
    return np.concatenate(((np.random.rand(len(tokens), D) - 0.5) / D, np.zeros((len(tokens), D))), axis=0)


def random_after(run, state):
    """Give the state of `random` in which training leaves it: no further iteration is made."""
    train(run, state, state.iteration)
    return random.getstate()


# settings


def test_the_defaults_are_the_courses():
    assert Settings() == Settings(dim=10, window=5, negatives=10, loss="negative-sampling", step=0.3, seed=None)


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
    ],
)
def test_settings_that_cannot_be_trained(wrong, message):
    with pytest.raises(ValueError, match=r"is .*: expected") as caught:
        Settings(**wrong)
    assert str(caught.value) == message


def test_settings_at_the_edge():
    settings = Settings(dim=1, window=1, negatives=1, step=1e-300, loss="naive-softmax", seed=0)
    assert settings.dim == 1


def test_settings_cannot_be_changed():
    with pytest.raises(AttributeError, match="cannot assign to field 'dim'"):
        Settings().dim = 3


def test_the_plotted_words_are_the_courses():
    words = list(chain.from_iterable(PLOTTED.values()))
    assert len(words) == len(set(words)) == 24
    assert {"great", "annoying", "queen", "hail", "tea"} <= set(words)
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
    assert (state.iteration, state.history) == (0, [])


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
@pytest.mark.parametrize("blocks", ["small", "as in use"])
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
    assert [f"iter {report.iteration}: {report.smoothed:f}" for report in state.history] == printed
    assert reports == state.history
    assert len(printed) == 4


@pytest.mark.parametrize(
    "settings",
    [Settings(dim=3, window=2, negatives=4, seed=5), Settings(window=9, negatives=1), Settings(dim=1, window=1)],
)
def test_other_settings_are_heeded(small, settings):
    run = CourseRun(small(), settings)
    state = descend(run.start(), run.update, 0.3, 12, report_every=1)
    after = random_after(run, state)

    dataset = small()
    tokens = dataset.tokens()
    x = CourseRun(dataset, settings).start().x

    def loss(v_c, o, U, dataset):
        return negSamplingLossAndGradient(v_c, o, U, dataset, K=settings.negatives)

    for iteration in range(12):
        J, gradient = word2vec_sgd_wrapper(skipgram, tokens, x, dataset, settings.window, loss)
        x = x - 0.3 * gradient
        np.testing.assert_allclose(state.history[iteration].loss, J, rtol=1e-12)
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


def test_a_step_of_zero_changes_nothing(small):
    run = CourseRun(small())
    x = run.start().x
    before = x.copy()
    run.update(x, 0.0, True)
    np.testing.assert_array_equal(x, before)


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
    state = descend(run.start(), run.update, 0.3, 2)
    descend(state, run.update, 0.3, ITERATIONS, after=lambda state: random.seed(state.iteration))
    assert random_after(run, state) == after
    assert (state.iteration, state.history) == (ITERATIONS, expected.history)
    np.testing.assert_array_equal(state.x, expected.x)


# stop and go on


ITERATIONS = 33


def uninterrupted(small, settings):
    """Run through: the state and where it leaves `random`."""
    run = CourseRun(small(), settings)
    return train(run, run.start(), ITERATIONS), random.getstate()


def assert_equal(state, expected):
    np.testing.assert_array_equal(state.x, expected.x)
    assert (state.iteration, state.history) == (expected.iteration, expected.history)


@pytest.mark.parametrize(
    ("settings", "blocks"),
    [
        (Settings(), "small"),
        (Settings(), "as in use"),
        (Settings(loss="naive-softmax", dim=4, window=3, seed=2), "small"),
    ],
)
def test_stopped_at_any_iteration_the_run_goes_on_to_the_same_bits(small, settings, blocks, request, tmp_path):
    if blocks == "small":
        request.getfixturevalue("small_blocks")
    expected, after = uninterrupted(small, settings)
    run = CourseRun(small(), settings)
    stopped = run.start()
    for stop in range(1, 31):
        train(run, stopped, ITERATIONS, stop=stop)
        assert stopped.iteration == stop
        run.save(stopped, tmp_path)
        here = random.getstate()
        random.seed(stop)
        np.random.seed(stop)

        other = CourseRun(small(), settings)
        state = other.resume(tmp_path, pytest.fail)
        assert_equal(state, stopped)
        assert_equal(train(other, state, ITERATIONS), expected)
        assert random.getstate() == after
        random.setstate(here)


@pytest.mark.parametrize("settings", [Settings(), Settings(loss="naive-softmax")])
def test_stopped_and_resumed_after_each_single_iteration(small, small_blocks, settings, tmp_path):
    expected, after = uninterrupted(small, settings)
    run = CourseRun(small(), settings)
    state = run.start()
    for stop in range(1, ITERATIONS + 1):
        run.save(train(run, state, ITERATIONS, stop=stop), tmp_path)
        run = CourseRun(small(), settings)
        state = run.resume(tmp_path, pytest.fail)
    assert_equal(state, expected)
    assert random_after(run, state) == after


def test_saved_before_the_first_iteration(small, tmp_path):
    expected, after = uninterrupted(small, Settings())
    run = CourseRun(small())
    run.save(run.start(), tmp_path)
    random.seed(1)
    run = CourseRun(small())
    assert_equal(train(run, run.resume(tmp_path, pytest.fail), ITERATIONS), expected)
    assert random.getstate() == after


def test_saving_on_the_way_leaves_the_run_as_it_is(small, monkeypatch, tmp_path):
    expected, after = uninterrupted(small, Settings())
    monkeypatch.setattr(course_run, "SAVE_EVERY", 7)
    run = CourseRun(small())
    assert_equal(train(run, run.start(), ITERATIONS, folder=tmp_path), expected)
    assert random.getstate() == after
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "iteration-000000021.checkpoint",
        "iteration-000000028.checkpoint",
    ]
    run = CourseRun(small())
    state = run.resume(tmp_path, pytest.fail)
    assert state.iteration == 28
    assert_equal(train(run, state, ITERATIONS), expected)


def test_a_damaged_checkpoint_costs_the_iterations_since_the_one_before(small, monkeypatch, tmp_path):
    expected, _ = uninterrupted(small, Settings())
    monkeypatch.setattr(course_run, "SAVE_EVERY", 7)
    run = CourseRun(small())
    train(run, run.start(), ITERATIONS, folder=tmp_path)
    (tmp_path / "iteration-000000028.checkpoint").write_bytes(b"")
    said = []
    run = CourseRun(small())
    state = run.resume(tmp_path, said.append)
    assert state.iteration == 21
    assert len(said) == 1
    assert_equal(train(run, state, ITERATIONS, folder=tmp_path), expected)
    assert CourseRun(small()).resume(tmp_path, pytest.fail).iteration == 28


def test_nothing_to_resume(small, tmp_path):
    before = random.getstate()
    assert CourseRun(small()).resume(tmp_path, pytest.fail) is None
    assert random.getstate() == before


def test_a_checkpoint_that_cannot_be_written_is_told_and_stops_nothing(small, monkeypatch, tmp_path):
    expected, after = uninterrupted(small, Settings())
    monkeypatch.setattr(course_run, "SAVE_EVERY", 14)
    (tmp_path / "file").write_bytes(b"")
    run, said = CourseRun(small()), []
    state = run.start()
    run.train(state, ITERATIONS, tmp_path / "file", on_report=lambda r: None, stopped=lambda: False, say=said.append)
    assert_equal(state, expected)
    assert random.getstate() == after
    assert len(said) == 2
    assert all(text.startswith("Not saved, training goes on: ") and str(tmp_path) in text for text in said)


def test_a_stop_leaves_random_where_the_courses_loop_would_be(small):
    run = CourseRun(small())
    train(run, run.start(), ITERATIONS, stop=17)
    stopped = random.getstate()
    run = CourseRun(small())
    train(run, run.start(), 17)
    assert random.getstate() == stopped


def test_what_is_saved(small):
    run = CourseRun(small(), Settings(dim=2))
    state = run.start()
    seeded = random.getstate()
    arrays, values = run.saved(state)
    assert arrays["history"].shape == (0, 3)
    assert arrays.keys() == {"x", "history", "random"}
    assert state_from_array(arrays["random"]) == seeded
    descend(state, run.update, 0.3, 20)
    arrays, values = run.saved(state)
    assert arrays["x"] is state.x
    assert arrays["history"].tolist() == [list(report) for report in state.history]
    assert len(state.history) == 2
    # the first window's size is drawn first, the copies when its sentence is
    random.setstate(seeded)
    random.randint(1, 5)
    assert state_from_array(arrays["random_before_copies"]) == random.getstate()
    assert state_from_array(arrays["random"]) == random_after(run, state)
    assert values["iteration"] == 20
    assert values["settings"] == {
        "dim": 2,
        "window": 5,
        "negatives": 10,
        "loss": "negative-sampling",
        "step": 0.3,
        "seed": None,
    }


def test_what_is_saved_for_whoever_looks_into_the_file(small, monkeypatch):
    monkeypatch.setattr("word2vec.course.descent.ANNEAL_EVERY", 20)
    run = CourseRun(small())
    state = run.start()
    assert run.saved(state)[1]["smoothed"] is None
    train(run, state, 20)
    values = run.saved(state)[1]
    assert values["digests"] == run.digests
    assert values["digests"].keys() == {"settings", "data"}
    assert values["step"] == 0.15  # of the next iteration
    assert values["smoothed"] == state.history[-1].smoothed
    assert values["versions"] == versions()


# vectors that are no numbers


@pytest.mark.parametrize(("row", "number"), [(3, np.nan), (3, np.inf), (-2, -np.inf)])
def test_vectors_that_are_no_numbers_are_not_saved(small, tmp_path, row, number):
    run = CourseRun(small())
    state = train(run, run.start(), 3)
    run.save(state, tmp_path)
    before = state.x[row, 4]
    state.x[row, 4], state.iteration = number, 4
    word = list(run.tokens)[row]
    message = rf"the vector of {word!r} is not finite after iteration 4, at step size 0\.3: expected numbers; try"
    with pytest.raises(FloatingPointError, match=message):
        run.save(state, tmp_path)
    assert CourseRun(small()).resume(tmp_path, pytest.fail).iteration == 3
    state.x[row, 4] = before
    run.save(state, tmp_path)
    assert CourseRun(small()).resume(tmp_path, pytest.fail).iteration == 4


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value", "ignore:divide by zero")
def test_a_run_that_leaves_the_numbers_stops_and_names_a_word(small, tmp_path):
    """The loss of iteration 20 is no number any more: the message tells more than that."""
    run = CourseRun(small())
    state = train(run, run.start(), 12)
    state.x[7] = np.nan
    with pytest.raises(FloatingPointError, match=r"the vector of '.+' is not finite after iteration \d+, at step"):
        train(run, state, ITERATIONS, folder=tmp_path)


# other runs


def test_other_runs_are_told_by_what_differs(small, small_treebank, tmp_path):
    run = CourseRun(small())
    assert run.other_runs(tmp_path / run.digest) == []
    others = [
        CourseRun(small(), Settings(dim=4, loss="naive-softmax")),
        CourseRun(StanfordSentiment(small_treebank, repair=True)),
        run,
    ]
    for other in others:
        other.save(other.start(), tmp_path / other.digest)
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "iteration-000000001.checkpoint").write_bytes(b"")
    assert sorted(run.other_runs(tmp_path / run.digest)) == [
        "dim 4, not 10; loss naive-softmax, not negative-sampling",
        "other sentences",
    ]


# the digest


def test_the_digest_is_the_same_for_the_same_run(small):
    assert CourseRun(small()).digest == CourseRun(small(), Settings()).digest
    assert len(CourseRun(small()).digest) == 12


def test_the_digest_does_not_change_with_training(small):
    run = CourseRun(small())
    before = run.digest
    descend(run.start(), run.update, 0.3, 3)
    assert run.digest == before


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
    assert len({CourseRun(dataset, Settings(**change)).digest for change in changes}) == len(changes)


def test_the_digest_differs_by_the_data(small, small_treebank, tmp_path):
    text = (small_treebank / "datasetSentences.txt").read_text(encoding="utf-8")
    (tmp_path / "datasetSentences.txt").write_bytes(text.replace("bade", "bado", 1).encode())
    repaired = StanfordSentiment(small_treebank, repair=True)
    runs = [CourseRun(dataset) for dataset in (small(), StanfordSentiment(tmp_path), repaired)]
    assert len({run.digest for run in runs}) == 3


# words


def test_vectors_are_a_copy_of_the_centre_vectors(small):
    run = CourseRun(small())
    x = np.arange(2.0 * len(run.tokens) * 10).reshape(-1, 10)
    vectors = run.vectors(x)
    assert vectors.words == list(run.tokens)
    np.testing.assert_array_equal(vectors.matrix, x[: len(run.tokens)])
    x[:] = 0
    assert vectors.matrix[1, 0] == 10


def test_neighbours_are_the_frequent_words_and_those_named_without_their_mean(small, monkeypatch):
    monkeypatch.setattr("word2vec.course.run.FREQUENT", 7)
    run = CourseRun(small())
    counts = Counter(chain.from_iterable(run.dataset.sentences()))
    frequent = [word for word, _ in counts.most_common(7)]
    rare = counts.most_common()[-1][0]
    x = np.random.RandomState(1).randn(2 * len(run.tokens), 10)
    vectors = run.neighbours(x, [rare, frequent[2], "UNK"])
    assert vectors.words == [*frequent, rare, "UNK"]
    rows = x[[run.tokens[word] for word in vectors.words]]
    np.testing.assert_array_equal(vectors.matrix, rows - rows.mean(axis=0))
    np.testing.assert_allclose(vectors.matrix.sum(axis=0), 0, atol=1e-14)


def test_neighbours_where_there_are_few_words_at_all(small):
    run = CourseRun(small())
    vectors = run.neighbours(np.random.RandomState(1).randn(2 * len(run.tokens), 10), [])
    assert FREQUENT == 2000
    assert set(vectors.words) == set(run.tokens) - {"UNK"}


def test_unknown_names_the_words_and_the_nearest_spellings(small):
    run = CourseRun(small())
    assert run.unknown([]) == ""
    assert run.unknown(["bade", "the", "UNK"]) == ""
    assert run.unknown(["bade", "xylophone"]) == "'xylophone'"
    found = run.unknown(["badee", "xylophone", "the"])
    first, second = found.rsplit(", ", 1)
    assert first.startswith("'badee' (near: bade")
    assert second == "'xylophone'"


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
    descend(state, run.update, 0.3, 20, after=lambda state: run.estimated_seconds(1) < 0)
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
    """Train by CourseRun: the lines at the published iterations."""
    run = CourseRun(StanfordSentiment(treebank))
    state = train(run, run.start(), iterations, folder=folder)
    return [f"iter {r.iteration}: {r.smoothed:f}" for r in state.history if r.iteration in PUBLISHED]


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
    run.save(state, tmp_path)
    train(run, state, 120)
    after = random.getstate()
    new_run = CourseRun(StanfordSentiment(treebank))
    assert_equal(train(new_run, new_run.resume(tmp_path, pytest.fail), 120), state)
    assert random.getstate() == after


def test_restoring_into_the_same_object(small):
    run = CourseRun(small())
    state = descend(run.start(), run.update, 0.3, 20)
    arrays, values = run.saved(state)
    arrays, values = copy.deepcopy((arrays, values))
    descend(state, run.update, 0.3, 30)
    again = descend(run.restored(arrays, values), run.update, 0.3, 30)
    np.testing.assert_array_equal(again.x, state.x)


def test_starting_again_does_not_go_on_with_the_old_stream(small):
    run = CourseRun(small())
    descend(run.start(), run.update, 0.3, 20)
    found = descend(run.start(), run.update, 0.3, 5)
    fresh = CourseRun(run.dataset)
    np.testing.assert_array_equal(found.x, descend(fresh.start(), fresh.update, 0.3, 5).x)


def test_restoring_with_other_copies_drawn_is_an_error(small):
    run = CourseRun(small())
    saved = run.saved(descend(run.start(), run.update, 0.3, 20))
    dataset = small()
    random.seed(1)
    dataset.allSentences()
    with pytest.raises(ValueError, match="fresh"):
        CourseRun(dataset).restored(*saved)


def test_the_digest_differs_by_the_tables_size(small_treebank):
    a, b = (CourseRun(StanfordSentiment(small_treebank, tablesize=n)).digest for n in (1000, 2000))
    assert a != b
