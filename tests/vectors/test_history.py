"""word2vec/vectors/history.py: the numbers of a run, to files and back."""

import pytest

from word2vec.vectors.history import History, Measured


@pytest.fixture
def history():
    return History(
        reports=[Measured(100, 0.02, 1 / 3), Measured(200, 0.01, 2.5)],
        epochs=[1.25, 0.1],
        held_out=[3.0],
        complete=True,
    )


def test_arrays_give_the_same_history_back(history):
    assert History.from_arrays(history.arrays(), complete=True) == history
    empty = History()
    assert History.from_arrays(empty.arrays(), complete=False) == empty


def test_the_file_has_a_line_for_each_report_with_all_digits(history, tmp_path):
    history.save(tmp_path / "loss.csv")
    text = (tmp_path / "loss.csv").read_text()
    assert text == "words,learning_rate,loss\n100,0.02,0.3333333333333333\n200,0.01,2.5\n"
