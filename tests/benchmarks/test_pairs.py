"""benchmarks/pairs.py and trainings.py: the table's verdicts, and a training in a process of its own."""

import json
import sys

import numpy as np
import pytest

from benchmarks import pairs, throughput
from benchmarks.pairs import Pair, report
from benchmarks.trainings import run


def side(score, seconds, seeds=2):
    right = np.arange(100) < score
    figures = {"train": seconds, "all": 2 * seconds, "words": 1000}
    return [({"analogies": (right.astype(float), np.ones(100))}, figures) for _ in range(seeds)]


def test_the_table_says_which_bars_are_reached(capsys):
    runs = {"ours": side(50, 1.0), "gensim, slow": side(52, 5.0), "gensim, poor": side(20, 1.5)}
    report(Pair({}, {}, {"gensim": 4}), runs, 3)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["ours", "3,000", "words/s", "analogies", "0.500"]
    assert "  words/s of ours to gensim, slow: 5.00 x (bar 4: reached)" in lines
    assert "  words/s of ours to gensim, poor: 1.50 x (bar 4: NOT REACHED)" in lines
    assert lines[-1].startswith("  analogies: -0.020 to gensim, slow, 95 % -0.0")
    assert lines[-1].endswith("(bar -0.01: NOT REACHED)")


def test_the_time_to_the_best_peers_scores(capsys):
    runs, epochs = {"ours": side(50, 9.0), "slow": side(40, 8.0), "poor": side(30, 1.0)}, []

    def train(fewer, seed):
        epochs.append((fewer, seed))
        return side(20 * fewer, fewer)[0]

    pairs.time_to_quality(Pair({}, {}, sooner=5), runs, 5, train)
    assert epochs == [(1, 1), (1, 2), (2, 1), (2, 2)]
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["  ours, 1 epochs: analogies 0.200", "  ours, 2 epochs: analogies 0.400"]
    assert lines[2:] == ["  scores of slow after 2.0 s of its 8.0 s: 4.0 x (bar 5: NOT REACHED)"]
    pairs.time_to_quality(Pair({}, {}), runs, 1, train)
    assert capsys.readouterr().out.endswith("  scores of slow are not all reached in 1 epochs\n")


@pytest.mark.slow
def test_a_training_in_a_process_of_its_own(tmp_path):
    text, asked = tmp_path / "text.txt", tmp_path / "asked.json"
    text.write_text("green tea black coffee\n" * 50)
    asked.write_text(json.dumps(["tea", "unseen"]))
    settings = {"dim": 4, "window": 2, "negatives": 2, "epochs": 1, "workers": 1}
    files = {"asked": asked, "save": tmp_path / "x.npz"}
    assert run("ours", text, settings, 1, **files)["words"] == 200
    with np.load(files["save"]) as saved:
        assert saved["matrix"].shape == (4, 4)
        assert saved["asked"].tolist() == ["tea"]
        np.testing.assert_array_equal(saved["found"][0], saved["matrix"][saved["words"].tolist().index("tea")])


def test_the_command_names_the_pairs_that_it_has(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["throughput.py", __file__, "--pair", "cboww"])
    with pytest.raises(SystemExit):
        throughput.main()
    assert "there is no pair 'cboww': expected some of skip-gram, ngrams, cbow, hierarc" in capsys.readouterr().err
