"""word2vec/vectors/history.py: the numbers of a run, to files and back."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest

from word2vec.vectors.history import History, Measured, format_loss


@pytest.fixture
def history():
    return History(
        reports=[Measured(100, 0.02, 1 / 3), Measured(200, 0.01, 2.5)],
        epochs=[1.25, 0.1],
        held_out=[3.0],
        complete=True,
        epoch_words=150,
    )


def test_arrays_give_the_same_history_back(history):
    assert History.from_arrays(history.arrays(), complete=True) == history
    older = {name: array for name, array in history.arrays().items() if name != "epoch_words"}
    assert History.from_arrays(older, complete=True) == replace(history, epoch_words=0)
    empty = History()
    assert History.from_arrays(empty.arrays(), complete=False) == empty


@pytest.mark.parametrize("name", ["epochs", "held_out"])
@pytest.mark.parametrize("array", [np.array(3), np.zeros((2, 2)), np.array(["a"]), np.array([1j])])
def test_means_are_numbers_of_epochs(history, name, array):
    with pytest.raises((TypeError, ValueError)):
        History.from_arrays(history.arrays() | {name: array}, complete=True)


def test_the_file_has_a_line_for_each_report_with_all_digits(history, tmp_path):
    history.save(tmp_path / "loss.csv")
    text = (tmp_path / "loss.csv").read_text()
    assert text == "words,learning_rate,loss\n100,0.02,0.3333333333333333\n200,0.01,2.5\n"


class Report(NamedTuple):
    iteration: int
    loss: float
    smoothed: float


def test_reports_of_another_kind_have_columns_of_their_own(tmp_path):
    numbers = [Report(np.int64(10), np.float64(20.5), np.float32(0.1)), Report(20, 1e-7, 19.475)]
    history = History(Report._fields, numbers)
    history.save(tmp_path / "loss.csv")
    lines = (tmp_path / "loss.csv").read_text().splitlines()
    assert lines == ["iteration,loss,smoothed", f"10,20.5,{float(np.float32(0.1))!r}", "20,1e-07,19.475"]
    assert History.from_arrays(history.arrays(), complete=False, report=Report) == history
    assert isinstance(History.from_arrays(history.arrays(), complete=False, report=Report).reports[0], Report)


def test_an_empty_history_has_a_header(tmp_path):
    History(Report._fields).save(tmp_path / "loss.csv")
    assert (tmp_path / "loss.csv").read_bytes() == b"iteration,loss,smoothed\n"


def test_a_failure_leaves_the_old_file(tmp_path):
    (tmp_path / "loss.csv").write_text("before")
    with pytest.raises(TypeError):
        History(reports=[Measured(1, 0.1, 2.0), None]).save(tmp_path / "loss.csv")
    assert (tmp_path / "loss.csv").read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["loss.csv"]


def test_a_loss_that_was_not_measured_is_nan_and_named(tmp_path):
    histories = [
        History(reports=[Measured(1, 0.1, float("nan"))], epochs=[float("nan")], held_out=[float("nan"), 2.0])
        for _ in range(2)
    ]
    assert histories[0] == histories[1] == History.from_arrays(histories[0].arrays(), complete=False)
    histories[0].save(tmp_path / "loss.csv")
    assert (tmp_path / "loss.csv").read_text() == "words,learning_rate,loss\n1,0.1,nan\n"
    assert (format_loss(float("nan")), format_loss(2.5), format_loss(2.5, 1)) == ("not measured", "2.500000", "2.5")


@pytest.mark.parametrize(
    "change",
    [
        {"reports": []},
        {"epochs": [1.25, 0.2]},
        {"epochs": [1.25, float("nan")]},
        {"held_out": []},
        {"epoch_words": 0},
        {"complete": False},
        {"columns": ("words", "learning_rate", "smoothed")},
    ],
)
def test_histories_differ_in_every_part(history, change):
    assert history == replace(history)
    assert history != replace(history, **change)
    assert history != change


def test_a_copy_stays_as_it_is(history):
    before, copied = replace(history, reports=history.reports[:], epochs=[1.25, 0.1], held_out=[3.0]), history.copy()
    for numbers in (history.reports, history.epochs, history.held_out):
        numbers.append(numbers[0])
    assert copied == before != history


def test_a_history_is_saved_to_a_path():
    with pytest.raises(TypeError, match=r"^path is 5: expected the path of a file$"):
        History().save(5)
