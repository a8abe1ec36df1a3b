"""word2vec/course/saved_params.py: the course's sgd to the printed line, and resumed runs."""

import io
import json
import os
import pickle
import random
import re
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pytest

from word2vec.course import descent, saved_params
from word2vec.course.random_stream import numpy_state_from_array, state_from_array
from word2vec.course.saved_params import load_saved_params, save_params, sgd
from word2vec.runtime.archive import CheckpointError, load_archive, save_archive


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """Run each test in an empty working directory."""
    monkeypatch.chdir(tmp_path)


def quadratic(x):
    return np.sum(x**2), 2 * x


class Noise:
    """A loss that draws from both global generators, as the course's does."""

    def __call__(self, x):
        noise = random.random() + np.random.rand() + random.gauss(0, 1) + np.random.randn()
        return np.sum(x**2) + noise, 2 * x + noise


def lines(capsys):
    return capsys.readouterr().out.splitlines()


# what is printed


@pytest.mark.parametrize(("every", "options"), [(10, {}), (1, {"PRINT_EVERY": 1}), (7, {"PRINT_EVERY": 7})])
def test_the_printed_lines(capsys, every, options):
    draw = random.Random(1)
    losses = [draw.uniform(0, 30) for _ in range(100)]  # each another
    stock = iter(losses)
    sgd(lambda x: (next(stock), 0.0), 1.0, 0.1, 100, **options)
    smoothed, expected = None, []
    for iteration in range(every, 101, every):
        loss = losses[iteration - 1]
        smoothed = loss if smoothed is None else 0.95 * smoothed + 0.05 * loss
        expected.append("iter %d: %f" % (iteration, smoothed))  # noqa: UP031, the course's own format
    assert lines(capsys) == expected


@pytest.mark.parametrize("every", [1000, None])
def test_nothing_else_is_printed(capsys, every):
    sgd(quadratic, 1.0, 0.1, 25, PRINT_EVERY=every)
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_nothing_is_saved_without_use_saved(monkeypatch):
    monkeypatch.setattr(saved_params, "SAVE_PARAMS_EVERY", 1)
    sgd(quadratic, 1.0, 0.1, 20)
    assert os.listdir() == []


# what is computed


@pytest.mark.parametrize("x0", [0.5, -3, 0.0, 7])
def test_a_float_stays_a_float(x0):
    expected = float(x0)
    for _ in range(50):
        expected -= 0.01 * (2 * expected)
    found = sgd(lambda x: (x**2, 2 * x), x0, 0.01, 50)
    assert type(found) is float
    assert found == expected


def test_a_zero_dimensional_array():
    x0 = np.array(0.5)
    found = sgd(quadratic, x0, 0.01, 50)
    assert found == sgd(quadratic, 0.5, 0.01, 50)
    assert np.shape(found) == ()
    assert x0 == 0.5


@pytest.mark.parametrize("shape", [(3,), (2, 5), (1,), (0, 4)])
def test_an_array(shape):
    x0 = np.random.RandomState(3).randn(*shape)
    before, expected = x0.copy(), x0.copy()
    for _ in range(50):
        expected = expected - 0.03 * (2 * expected)
    found = sgd(quadratic, x0, 0.03, 50)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(x0, before)
    assert not np.shares_memory(found, x0)


@pytest.mark.parametrize("kind", [np.int64, np.int8, np.bool_])
def test_an_array_of_integers_becomes_one_of_floats(kind):
    x0 = np.array([[1, 0], [1, 1]], kind)
    found = sgd(quadratic, x0, 0.03, 50)
    np.testing.assert_array_equal(found, sgd(quadratic, x0.astype(float), 0.03, 50))
    assert found.dtype == np.float64
    assert x0.dtype == kind
    assert x0.tolist() == np.array([[1, 0], [1, 1]], kind).tolist()


def test_parameters_that_a_masked_array_hides_are_refused():
    masked = np.ma.array([1.0, 2.0], mask=[0, 1])
    with pytest.raises(TypeError, match=r"^x0 is a masked array: expected all its numbers; replace the hidden ones"):
        sgd(lambda x: (0.0, x), masked, 0.1, 1)
    with pytest.raises(TypeError, match=r"^params is a masked array: expected all its numbers"):
        save_params(1, masked)


def test_an_array_of_float32_keeps_its_kind():
    found = sgd(quadratic, np.ones(3, np.float32), 0.03, 50)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, 0.94**50, rtol=1e-5)


def test_a_gradient_that_f_keeps_is_left_unchanged():
    gradient = np.array([1.0, -2.0])
    gradient.flags.writeable = False
    x0 = np.zeros(2)
    x0.flags.writeable = False
    np.testing.assert_array_equal(sgd(lambda x: (1.0, gradient), x0, 0.5, 4), [-2.0, 4.0])


@pytest.mark.parametrize(("x0", "iterations", "step"), [(np.ones(2), 100, "0.1"), (1.0, 20_001, "0.05")])
def test_nan_is_not_returned_in_silence(x0, iterations, step):
    with pytest.raises(
        FloatingPointError, match=rf"^x is not finite after iteration {iterations}, at step size {step}: "
    ):
        sgd(lambda x: (1.0, x * np.nan), x0, 0.1, iterations, PRINT_EVERY=None)


def test_what_begins_with_nan_is_returned_as_before():
    assert np.isnan(sgd(lambda x: (1.0, 0 * x), np.array([np.nan, 1.0]), 0.1, 3, PRINT_EVERY=None)[0])


def test_a_gradient_that_is_x_itself():
    np.testing.assert_array_equal(sgd(lambda x: (1.0, x), np.array([8.0, -4.0]), 0.5, 3), [1.0, -0.5])


def test_no_iteration_at_all():
    x0 = np.array([1.0, 2.0])
    found = sgd(lambda x: pytest.fail("called"), x0, 0.1, 0)
    np.testing.assert_array_equal(found, x0)
    assert found is not x0
    assert sgd(lambda x: pytest.fail("called"), 0.5, 0.1, 0) == 0.5


def test_postprocessing_after_each_iteration(monkeypatch):
    monkeypatch.setattr(descent, "ANNEAL_EVERY", 2)
    seen = []

    def postprocessing(x):
        seen.append(x)
        return round(x, 1)

    assert sgd(lambda x: (1.0, 0.52), 2.0, 1.0, 3, postprocessing) == 0.7
    assert seen == [2.0 - 0.52, 1.5 - 0.52, 1.0 - 0.26]


def test_postprocessing_of_arrays_may_give_another_array():
    found = sgd(quadratic, np.array([3.0, 4.0]), 0.1, 20, lambda x: x / np.sqrt((x * x).sum()))
    np.testing.assert_allclose(found, [0.6, 0.8], rtol=1e-14)


# saved runs


@pytest.fixture
def often(monkeypatch):
    """Save every 10 iterations, halve the step every 15."""
    monkeypatch.setattr(saved_params, "SAVE_PARAMS_EVERY", 10)
    monkeypatch.setattr(descent, "ANNEAL_EVERY", 15)


STARTS = {"float": 0.5, "vector": np.array([1.0, -2.0]), "matrix": np.arange(6.0).reshape(2, 3) / 7}


def seeded():
    random.seed(3)
    np.random.seed(4)


@pytest.mark.parametrize("x0", STARTS.values(), ids=STARTS)
@pytest.mark.parametrize("stop", [10, 14, 15, 19, 20, 37, 50])
def test_a_saved_run_goes_on_as_if_never_interrupted(often, capsys, x0, stop):
    seeded()
    expected = sgd(Noise(), x0, 0.01, 60, PRINT_EVERY=3)
    states = random.getstate(), json.dumps(np.random.get_state(), default=np.ndarray.tolist)
    whole = lines(capsys)

    seeded()
    sgd(Noise(), x0, 0.01, stop, useSaved=True, PRINT_EVERY=3)
    before = lines(capsys)
    random.seed(99)
    np.random.seed(99)
    found = sgd(Noise(), x0 * 0 + 77, 0.01, 60, useSaved=True, PRINT_EVERY=3)
    saved = stop // 10 * 10
    assert before == whole[: stop // 3]
    assert lines(capsys) == [f"going on from saved_params_{saved}.npy", *whole[saved // 3 :]]
    assert type(found) is type(expected)
    np.testing.assert_array_equal(found, expected)
    assert random.getstate() == states[0]
    assert json.dumps(np.random.get_state(), default=np.ndarray.tolist) == states[1]


def test_runs_are_saved_every_5000_iterations():
    sgd(lambda x: (1.0, 1.0), 0.0, 1.0, 10_001, useSaved=True, PRINT_EVERY=20_000)
    assert sorted(os.listdir()) == [
        "saved_params_10000.npy",
        "saved_params_5000.npy",
        "saved_state_10000.checkpoint",
        "saved_state_5000.checkpoint",
    ]
    assert np.load("saved_params_5000.npy") == -5000.0


def test_resuming_at_5000_keeps_the_whole_step():
    """The course's code goes on with 0.841 of it."""
    sgd(lambda x: (1.0, 1.0), 0.0, 1.0, 5000, useSaved=True)
    assert sgd(lambda x: (1.0, 1.0), 0.0, 1.0, 5001, useSaved=True) == -5001.0


def test_a_finished_run_is_returned_as_it_is(often, capsys):
    expected = sgd(quadratic, np.ones(2), 0.1, 20, useSaved=True)
    lines(capsys)
    found = sgd(lambda x: pytest.fail("called"), np.zeros(2), 0.1, 20, useSaved=True)
    np.testing.assert_array_equal(found, expected)
    assert lines(capsys) == ["going on from saved_params_20.npy"]
    with pytest.warns(UserWarning, match=r"saved_params_20\.npy is beyond iterations=10 and is returned as it is:"):
        found = sgd(lambda x: pytest.fail("called"), np.zeros(2), 0.1, 10, useSaved=True)
    np.testing.assert_array_equal(found, expected)


def test_the_smoothed_loss_of_a_run_that_never_printed(often, capsys):
    """Then the first printed loss begins the smoothing, as it does in an uninterrupted run."""
    sgd(lambda x: (8.0, 0.0), 1.0, 0.1, 10, useSaved=True, PRINT_EVERY=15)
    sgd(lambda x: (4.0, 0.0), 1.0, 0.1, 30, useSaved=True, PRINT_EVERY=15)
    assert lines(capsys) == ["going on from saved_params_10.npy", "iter 15: 4.000000", "iter 30: 4.000000"]


@pytest.mark.parametrize(
    ("saved", "x0"),
    [(np.zeros(3), np.zeros(4)), (np.zeros((2, 3)), np.zeros((3, 2))), (0.5, np.zeros(1)), (np.zeros(1), 0.5)],
)
def test_saved_parameters_of_another_shape(saved, x0):
    save_params(10, saved)
    message = (
        rf"saved_params_10\.npy holds an array of shape \({', '.join(map(str, np.shape(saved)))}.*, "
        rf"x0 has \({', '.join(map(str, np.shape(x0)))}.*: expected the same; move the file away to start anew"
    )
    random.random()
    before = random.getstate()
    with pytest.raises(ValueError, match=message):
        sgd(lambda x: pytest.fail("called"), x0, 0.1, 20, useSaved=True)
    assert random.getstate() == before, "the saved state must not be taken"
    assert sorted(os.listdir()) == ["saved_params_10.npy", "saved_state_10.checkpoint"]


@pytest.mark.parametrize("error", [OSError(28, "No space left"), MemoryError()], ids=repr)
def test_a_save_that_fails_does_not_stop_the_descent(monkeypatch, error):
    def fail(*_):
        raise error

    monkeypatch.setattr(saved_params, "save_archive", fail)
    monkeypatch.setattr(saved_params, "SAVE_PARAMS_EVERY", 10)
    with pytest.warns(UserWarning, match=r"^not saved: \S.*; the descent goes on$") as warned:
        x = sgd(quadratic, np.ones(3), 0.1, 20, useSaved=True)
    assert len(warned) == 2
    np.testing.assert_array_equal(x, sgd(quadratic, np.ones(3), 0.1, 20))


# save_params and load_saved_params


@pytest.mark.parametrize("params", [np.arange(6.0).reshape(2, 3), np.array(0.5), 0.5, np.ones((3, 0))])
def test_what_was_saved_is_loaded(params):
    random.gauss(0, 1)
    state = random.getstate()
    save_params(20, params)
    random.random()
    iteration, loaded, loaded_state = load_saved_params()
    assert iteration == 20
    assert loaded.shape == np.shape(params)
    np.testing.assert_array_equal(loaded, params)
    assert loaded_state == state
    assert random.getstate() != state, "loading sets nothing"
    random.setstate(loaded_state)


def test_the_newest_is_loaded_by_number_not_by_name():
    for iteration in (5, 10000, 9999, 100):
        save_params(iteration, np.full(2, float(iteration)))
    iteration, params, _ = load_saved_params()
    assert iteration == 10000
    assert params.tolist() == [10000.0, 10000.0]


def test_other_names_are_no_saved_runs():
    for name in ("saved_params_x.npy", "saved_params_7.npy.bak", "my_saved_params_7.npy", "saved_params_.npy"):
        np.save(name if name.endswith(".npy") else name + ".npy", np.zeros(1))
    Path("saved_params_8.txt").touch()
    assert load_saved_params() == (0, None, None)


def test_the_state_stands_beside_the_parameters():
    np.random.randn()
    save_params(7, np.zeros(2), smoothed=np.float64(0.1) + 0.2)
    arrays, values = load_archive("saved_state_7.checkpoint")
    assert arrays["x"].tolist() == [0.0, 0.0]
    assert values["smoothed"] == 0.1 + 0.2
    assert state_from_array(arrays["random"]) == random.getstate()
    np.testing.assert_equal(numpy_state_from_array(arrays["numpy"]), np.random.get_state())
    assert sorted(os.listdir()) == ["saved_params_7.npy", "saved_state_7.checkpoint"]


class Trap:
    """Leaves a mark when it is unpickled."""

    def __reduce__(self):
        return open, ("read", "w")


def courses_own_checkpoint():
    """Write what the course's code leaves: the parameters, and a pickle of the state."""
    np.save("saved_params_5000.npy", np.arange(4.0))
    Path("saved_state_5000.pickle").write_bytes(pickle.dumps(Trap()))


def test_a_pickle_beside_the_parameters_is_not_read():
    courses_own_checkpoint()
    before = random.getstate()
    iteration, params, state = load_saved_params()
    assert (iteration, params.tolist(), state) == (5000, [0.0, 1.0, 2.0, 3.0], None)
    assert random.getstate() == before
    assert not Path("read").exists()


def test_sgd_goes_on_from_the_courses_parameters_with_the_generators_as_they_are(capsys):
    courses_own_checkpoint()
    seeded()
    found = sgd(Noise(), np.zeros(4), 0.01, 5020, useSaved=True)
    how = "its state is in saved_state_5000.pickle, which load_saved_params(read_pickle=True) reads"
    assert lines(capsys)[0] == f"going on from saved_params_5000.npy, with `random` as it is: {how}"
    seeded()
    np.testing.assert_array_equal(found, sgd(Noise(), np.arange(4.0), 0.01, 20))
    assert not Path("read").exists()


def test_the_courses_pickle_is_read_when_asked_for():
    np.save("saved_params_5000.npy", np.arange(4.0))
    Path("saved_state_5000.pickle").write_bytes(pickle.dumps(random.getstate()))
    assert load_saved_params(read_pickle=True)[2] == random.getstate()
    assert load_saved_params()[2] is None


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_the_pickle_of_2017_is_read_when_asked_for(protocol):
    state = random.getstate()
    Path("saved_params_5000.npy").write_bytes(pickle.dumps(np.arange(6.0).reshape(2, 3), protocol))
    with open("saved_params_5000.npy", "ab") as file:
        pickle.dump(state, file, protocol)
    iteration, params, found = load_saved_params(read_pickle=True)
    assert (iteration, params.tolist(), found) == (5000, [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]], state)
    advice = r"skipped saved_params_5000.npy: it is no .npy file; if .* by load_saved_params\(read_pickle=True\)"
    with pytest.warns(UserWarning, match=advice), pytest.raises(CheckpointError):
        load_saved_params()


def test_a_pickle_of_anything_else_is_refused_even_when_asked_for():
    courses_own_checkpoint()
    with pytest.warns(UserWarning, match="is not a pickle of what random"), pytest.raises(CheckpointError):
        load_saved_params(read_pickle=True)
    assert not Path("read").exists()


def test_parameters_that_are_a_pickle_are_not_read():
    for content in (np.array([Trap()], object), None):
        np.save("saved_params_10.npy", content, allow_pickle=True)
        with pytest.warns(UserWarning, match="skipped saved_params_10.npy"), pytest.raises(CheckpointError):
            load_saved_params()
    Path("saved_params_10.npy").write_bytes(pickle.dumps(Trap()))
    with pytest.warns(UserWarning, match="skipped saved_params_10.npy"), pytest.raises(CheckpointError):
        load_saved_params()
    assert not Path("read").exists()


def test_objects_are_not_saved_and_what_was_there_stays():
    save_params(10, np.arange(2.0))
    with pytest.raises(TypeError, match="expected booleans or numbers"):
        save_params(10, np.array([{}], object))
    with pytest.raises(TypeError, match=r"^iter is None: expected a whole number$"):
        save_params(None, np.ones(2))
    assert load_saved_params()[1].tolist() == [0.0, 1.0]
    assert sorted(os.listdir()) == ["saved_params_10.npy", "saved_state_10.checkpoint"]


DAMAGE = [b"", b"{", b"word vectors", bytes(300)]


@pytest.mark.parametrize("data", DAMAGE)
def test_damage_stops_the_run_before_it_touches_anything(data):
    save_params(10, np.zeros(2))
    Path("saved_state_10.checkpoint").write_bytes(data)
    seeded()
    before = random.getstate(), np.random.get_state()[1].tolist()
    with pytest.warns(UserWarning, match="skipped"), pytest.raises(CheckpointError, match="move them away"):
        sgd(lambda x: pytest.fail("called"), np.zeros(2), 0.1, 20, useSaved=True)
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before
    assert Path("saved_state_10.checkpoint").read_bytes() == data


@pytest.mark.parametrize("data", DAMAGE)
def test_with_an_older_generation_damage_costs_only_the_iterations_since(data):
    save_params(10, np.zeros(2))
    state = random.getstate()
    save_params(20, np.ones(2))
    Path("saved_state_20.checkpoint").write_bytes(data)
    with pytest.warns(UserWarning, match=r"skipped saved_params_20\.npy: saved_state_20\.checkpoint is damaged"):
        iteration, params, loaded = load_saved_params()
    assert (iteration, params.tolist(), loaded) == (10, [0.0, 0.0], state)


def test_a_cut_off_parameter_file_of_the_courses_is_not_taken():
    np.save("saved_params_10.npy", np.arange(1000.0))
    data = Path("saved_params_10.npy").read_bytes()
    for content in (b"PK\x03\x04", *(data[:n] for n in (0, 5, 100, 128, 1000, len(data) - 1))):
        Path("saved_params_10.npy").write_bytes(content)
        with pytest.warns(UserWarning, match="skipped"), pytest.raises(CheckpointError):
            load_saved_params()


@pytest.mark.parametrize("failing", [1, 2])
def test_a_failure_to_save_leaves_the_older_pair(monkeypatch, failing):
    save_params(10, np.zeros(2))
    state, calls, own = random.getstate(), [], os.replace

    def replace(source, target):
        calls.append(target)
        if len(calls) == failing:
            raise OSError(28, "No space left on device")
        own(source, target)

    random.random()
    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(OSError, match=r"saved_\w+_20"):
        save_params(20, np.ones(2))
    iteration, params, loaded = load_saved_params()
    assert (iteration, params.tolist(), loaded) == (10, [0.0, 0.0], state)
    assert not [name for name in os.listdir() if name.startswith(".")]


@pytest.fixture
def saved(monkeypatch):
    monkeypatch.setattr(saved_params, "SAVE_PARAMS_EVERY", 10)
    save_params(10, np.zeros(2))


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({}, "'random'"),
        ({"random": np.array(3)}, r"an array of shape \(\) holds no state"),
        ({"random": np.full(626, 0.5)}, "skipped"),
        ({"x": np.full(2, 7.0)}, "holds other parameters"),  # replaced by hand
    ],
)
def test_a_checkpoint_of_something_else_is_skipped_like_any_other_damage(saved, arrays, said):
    save_archive("saved_state_10.checkpoint", {"x": np.zeros(2), **arrays}, {})
    with pytest.warns(UserWarning, match=said), pytest.raises(CheckpointError):
        load_saved_params()


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
def test_a_float32_loss_is_smoothed_the_same_after_resuming(tmp_path, monkeypatch, seed):
    monkeypatch.setattr(saved_params, "SAVE_PARAMS_EVERY", 10)

    def lines(folder, *stops):
        folder.mkdir()
        monkeypatch.chdir(folder)
        random.seed(seed)
        with redirect_stdout(io.StringIO()) as out:
            for stop in stops:
                sgd(lambda x: (np.float32(random.uniform(500, 600)), 0 * x), np.zeros(3), 0.1, stop, None, True, 1)
        return [line for line in out.getvalue().splitlines() if line.startswith("iter")]

    assert lines(tmp_path / "a", 40) == lines(tmp_path / "b", 10, 20, 30, 40)


def test_parameters_that_are_no_numbers_are_not_saved(saved):
    with pytest.raises(FloatingPointError):
        sgd(lambda x: (np.nan, np.nan * x), np.zeros(2), 0.1, 20, useSaved=True, PRINT_EVERY=50)
    assert not os.path.exists("saved_params_20.npy")


def test_saved_parameters_that_are_no_numbers_are_not_gone_on_from():
    """The course's code saves them, too, and a smaller step would not have helped."""
    np.save("saved_params_5000.npy", np.array([1.0, np.nan]))
    with pytest.raises(
        FloatingPointError, match=r"^saved_params_5000\.npy holds NaN or infinity: .* move the file away"
    ):
        sgd(lambda x: (1.0, 0 * x), np.zeros(2), 0.1, 5001, useSaved=True)


@pytest.mark.parametrize("shape", [(3,), (2, 3), (1, 3)])
def test_a_gradient_of_another_shape_than_x_is_named(shape):
    """NumPy would have added its one row to each row of x, or have said nothing of f."""
    said = re.escape(f"f returns a gradient of shape {shape}: expected (3, 3), that of x")
    with pytest.raises(ValueError, match=f"^{said}$"):
        sgd(lambda x: (1.0, np.ones(shape)), np.zeros((3, 3)), 0.1, 1)


@pytest.mark.parametrize("shape", [(), (1,), (3,), (1, 3)])
def test_a_gradient_that_is_added_to_each_number_of_x_once_is_taken(shape):
    x = sgd(lambda x: (1.0, np.ones(shape)), np.zeros((1, 3)), 0.5, 1)
    assert x.tolist() == [[-0.5] * 3]


def test_a_zero_dimensional_array_stays_one_after_resuming(saved):
    os.unlink("saved_params_10.npy")
    os.unlink("saved_state_10.checkpoint")
    kinds = [type(sgd(lambda x: (1.0, 0 * x), np.array(3.0), 0.1, n, useSaved=True)) for n in (10, 20)]
    assert kinds[0] is kinds[1]


def test_resuming_without_a_random_state_says_so(saved, capsys):
    os.unlink("saved_state_10.checkpoint")
    sgd(lambda x: (1.0, 0 * x), np.zeros(2), 0.1, 10, useSaved=True)
    assert "random" in capsys.readouterr().out


@pytest.mark.skipif(os.name == "nt", reason="Windows makes links for administrators only")
def test_links_and_modes_of_saved_files_stay(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    for name in ("saved_params_5.npy", "saved_state_5.checkpoint"):
        Path(name).symlink_to(tmp_path / "elsewhere" / name)
    for x in (1.0, 2.0):
        save_params(5, np.full(3, x))
        Path("saved_params_5.npy").chmod(0o600)
        assert load_saved_params()[1].tolist() == [x] * 3
    assert Path("saved_params_5.npy").is_symlink()
    assert (tmp_path / "elsewhere" / "saved_params_5.npy").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "elsewhere" / "saved_state_5.checkpoint").is_file()


# other arguments


@pytest.mark.parametrize(
    ("changed", "kind", "message"),
    [
        ({"PRINT_EVERY": "1"}, TypeError, "PRINT_EVERY is '1': expected a number of iterations; None prints nothing"),
        ({"PRINT_EVERY": 0}, ValueError, "PRINT_EVERY is 0: expected a number of iterations"),
        ({"iterations": None}, TypeError, "iterations is None: expected a whole number"),
        ({"iterations": 1e4}, TypeError, "iterations is 10000.0: expected a whole number"),
        ({"iterations": -1}, ValueError, "iterations is -1: expected at least 0"),
        ({"step": None}, TypeError, "step is None: expected a number; the course's is 0.3"),
        ({"step": ".3"}, TypeError, "step is '.3': expected a number"),
        ({"f": lambda x: x}, TypeError, "f returns 1.0: expected two values, loss and gradient"),
        ({"f": lambda x: (x, x, x)}, TypeError, "f returns (1.0, 1.0, 1.0): expected two values, loss and gradient"),
    ],
)
def test_an_argument_that_will_not_do(changed, kind, message):
    arguments = {"f": lambda x: (x, x), "x0": 1.0, "step": 0.3, "iterations": 3} | changed
    with pytest.raises(kind, match=f"^{re.escape(message)}"):
        sgd(**arguments)


@pytest.mark.parametrize("often", [10.0, float("inf"), np.int64(10), np.int8(10), -10])
def test_numbers_that_the_course_takes_still_do(often, capsys):
    assert sgd(lambda x: (1.0, 1.0), 1.0, np.float32(0.5), np.int16(300), PRINT_EVERY=often) == -149
    assert capsys.readouterr().out.count("iter") == 30 * (often != float("inf"))


def test_an_error_of_f_itself_comes_through():
    with pytest.raises(TypeError, match=r"^mine$"):
        sgd(lambda x: (_ for _ in ()).throw(TypeError("mine")), 1.0, 0.1, 1)


def test_saved_parameters_that_are_not_finite_are_loaded_and_named():
    save_params(5, np.array([1.0, np.nan]))
    assert load_saved_params()[0] == 5
    with pytest.raises(FloatingPointError, match=r"^saved_params_5.npy holds NaN"):
        sgd(lambda x: (1.0, x), np.ones(2), 0.1, 10, useSaved=True)
