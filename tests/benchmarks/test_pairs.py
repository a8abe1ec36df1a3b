"""benchmarks/pairs.py: the sets of rare words, what is said of a model that is not here, the table's verdicts."""

import json
import sys
from collections import Counter

import numpy as np
import pytest

from benchmarks import pairs, throughput
from benchmarks.pairs import PAIRS, Pair, base_of, compare, rare_answers, rare_words, refusal, report


@pytest.mark.parametrize(
    ("word", "base"),
    [
        *(
            ("walks", "walk"),
            ("walkers", "walker"),
            ("hoped", "hope"),
            ("activation", "active"),
            ("happily", "happy"),
        ),
        *(("easiest", None), ("cups", None), ("walk", None), ("walkish", None), ("hopes", "hope")),
    ],
)
def test_a_word_is_derived_from_the_longest_that_a_suffix_makes_it_of(word, base):
    assert base_of(word, {"walk", "walker", "hope", "active", "happy", "eas", "cup"}) == base


def counted():
    """200 frequent words, of ten of which there are rare and unknown forms, and other rare words."""
    counts = Counter({f"{'abcdefghij'[i % 10]}{'klmnopqrst'[i // 10 % 10]}word{i}": 1000 - i for i in range(200)})
    bases = sorted(counts)[:10]
    counts |= Counter({f"{base}s": 5 + i for i, base in enumerate(bases)} | {"odd": 7, "rarest": 3})
    return counts | Counter({f"{base}ing": 2 + i % 3 for i, base in enumerate(bases)} | {f"{bases[0]}ed": 1})


def test_rare_words_stand_beside_their_base_and_a_word_as_frequent():
    counts = counted()
    found = rare_words(counts)
    assert [*found] == ["rare", "unknown"]
    for name, low, high, suffix in (("rare", 5, 20, "s"), ("unknown", 2, 4, "ing")):
        derived, others = found[name][::2], found[name][1::2]
        assert len(derived) == len(others) == 10
        assert {truth for _, _, truth in derived} == {1}
        assert {truth for _, _, truth in others} == {0}
        for (word, base, _), (same, other, _) in zip(derived, others, strict=True):
            assert word == same == base + suffix
            assert low <= counts[word] <= high
            assert other[:2] != word[:2]
            assert abs(counts[other] - counts[base]) <= 50
    assert rare_words(counts) == found


def test_a_set_is_not_larger_than_wanted(monkeypatch):
    monkeypatch.setattr(pairs, "MOST", 3)
    assert [len(found) for found in rare_words(counted()).values()] == [6, 6]


def test_the_score_of_rare_words_is_how_often_the_derived_one_is_nearer():
    vectors = {"a": [1, 0], "as": [2, 0.1], "b": [0, 1], "zero": [0, 0]}
    found = rare_answers([("as", "a", 1), ("as", "b", 0), ("zero", "a", 1), ("zero", "b", 0)], vectors)
    np.testing.assert_allclose(found[0], [2 / np.hypot(2, 0.1), 0.1 / np.hypot(2, 0.1), 0, 0])
    assert found[1].tolist() == [1, 0, 1, 0]
    assert throughput.score("rare", *found) == (1 + 1 + 0 + 1 / 2) / 4  # each derived pair against each other one


def test_what_cannot_be_trained_is_not_here(monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(PAIRS, "none", Pair({"model": "skip-grin"}, {}))
    monkeypatch.setitem(PAIRS, "nothing", Pair({"no_argument": 1}, {}))
    monkeypatch.setitem(PAIRS, "nowhere", Pair({"method": "?", "no_parameter": 1}, {}))
    assert refusal(PAIRS["skip-gram"]) == ""
    for name, reason in (("none", "model is 'skip-grin'"), ("nothing", "no argument 'no_argument'"), ("nowhere", "")):
        compare(name, tmp_path / "text", {}, 3)
        head, line = capsys.readouterr().out.strip().splitlines()
        assert head.startswith(f"{name}: ")
        assert line.startswith("  ours: not here (")
        assert reason in line


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
    assert capsys.readouterr().out == "  scores of slow after 2.0 s of its 8.0 s: 4.0 x (bar 5: NOT REACHED)\n"
    pairs.time_to_quality(Pair({}, {}), runs, 1, train)
    assert capsys.readouterr().out == "  scores of slow are not all reached in 1 epochs\n"


@pytest.mark.slow
def test_a_training_in_a_process_of_its_own(tmp_path):
    text, asked = tmp_path / "text.txt", tmp_path / "asked.json"
    text.write_text("green tea black coffee\n" * 50)
    asked.write_text(json.dumps(["tea", "unseen"]))
    settings = {"dim": 4, "window": 2, "negatives": 2, "epochs": 1, "workers": 1}
    job = {"way": "ours", "text": str(text), "settings": settings, "seed": 1, "asked": str(asked)}
    assert pairs.run(job | {"save": str(tmp_path / "x.npz")})["words"] == 200
    with np.load(tmp_path / "x.npz") as saved:
        assert saved["matrix"].shape == (4, 4)
        assert saved["asked"].tolist() == ["tea"]
        np.testing.assert_array_equal(saved["found"][0], saved["matrix"][saved["words"].tolist().index("tea")])
    with pytest.raises(RuntimeError, match=r"(?s)^theirs failed with \{'dim': 4.*KeyError: 'theirs'"):
        pairs.run(job | {"way": "theirs"})


@pytest.mark.slow  # both train
def test_documents_are_classified_by_the_peer_and_by_ours(tmp_path, monkeypatch):
    pytest.importorskip("gensim")
    rng = np.random.default_rng(1)
    words = {"good": ["fine", "lovely", "the", "film"], "bad": ["dull", "poor", "the", "film"], "unsup": ["?"]}
    for part, name in ((part, name) for part in ("train", "test") for name in words):
        (tmp_path / part / name).mkdir(parents=True)
        for i in range(30):
            (tmp_path / part / name / f"{i}.txt").write_text(" ".join(rng.choice(words[name], 12)))
    monkeypatch.setitem(pairs.__dict__, "estimator", lambda settings, seed: estimator_of_means(seed))
    settings = {"dim": 10, "window": 2, "negatives": 5, "epochs": 20, "workers": 1}
    for way in ("ours", "doc2vec"):
        found = pairs.classify(way, settings, 1, str(tmp_path))
        assert len(found["right"]) == 60
        assert found["words"] == 60 * 12
        assert found["documents a second"] > 0
        if way == "ours":
            assert found["same bits"]
            assert np.mean(found["right"]) > 0.9


def estimator_of_means(seed):
    from word2vec.documents import Word2VecVectorizer

    return Word2VecVectorizer(analyzer=str.split, random_state=seed, dim=10, sample=0, epochs=5)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--pair cboww", "there is no pair 'cboww': expected some of skip-gram, ngrams, cbow, hierarchical-softmax"),
        ("--pair pv-dbow", "pv-dbow needs --documents: a folder with train/ and test/"),
        ("--pair pv-dbow --documents nowhere", "pv-dbow needs --documents: a folder with train/ and test/"),
    ],
)
def test_the_command_names_what_it_misses(line, message, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["throughput.py", __file__, *line.split()])
    with pytest.raises(SystemExit):
        throughput.main()
    assert message in capsys.readouterr().err
