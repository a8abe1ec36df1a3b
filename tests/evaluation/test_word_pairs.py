"""word2vec/evaluation/word_pairs.py: by hand, by brute force, and beside gensim."""

import os
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from word2vec.evaluation import word_pairs
from word2vec.evaluation.question_files import read_pairs
from word2vec.evaluation.word_pairs import evaluate_pairs
from word2vec.vectors.subwords import Subwords
from word2vec.vectors.word_vectors import WordVectors

# cosines with "a": a 1, b 0.8, c 0, d −0.6, zero 0
WORDS = ["a", "b", "c", "d", "zero"]
MATRIX = np.array([[2.0, 0.0], [0.8, 0.6], [0.0, 5.0], [-3.0, 4.0], [0.0, 0.0]])
PAIRS = [("a", "b", 9.0), ("a", "c", 4.0), ("a", "d", 5.0), ("a", "a", 10.0)]


@pytest.fixture
def vectors():
    return WordVectors(WORDS, MATRIX)


def test_an_example_done_by_hand(vectors):
    report = evaluate_pairs(vectors, PAIRS)
    assert report.spearman == pytest.approx(0.8, abs=1e-15)  # ranks 3 2 1 4 and 3 1 2 4
    assert report.pearson == pytest.approx(np.corrcoef([0.8, 0, -0.6, 1], [9, 4, 5, 10])[0, 1], abs=1e-15)
    assert (report.pairs, report.known, report.scored, report.coverage) == (4, 4, 4, 1)
    assert report.interval[0] < report.spearman < report.interval[1] <= 1
    assert report.spearman_p == pytest.approx(0.2, abs=1e-12)
    assert report.pearson_p == pytest.approx(stats.pearsonr([0.8, 0, -0.6, 1], [9, 4, 5, 10])[1], rel=1e-10)


def test_every_word_is_as_near_to_itself_as_any_other_is():
    matrix = np.random.default_rng(0).normal(size=(50, 7))
    words = [f"w{i}" for i in range(50)]
    itself = [(word, word, 10.0) for word in words]
    report = evaluate_pairs(WordVectors(words, matrix), [*itself, ("w0", "w1", 0.0)])
    assert report.spearman == pytest.approx(1, abs=1e-15)  # all equal to the last bit, so ties are ties


def test_a_vector_of_zeros_is_similar_to_nothing(vectors):
    pairs = [("zero", "zero", 1.0), ("a", "zero", 2.0), ("a", "c", 3.0), ("a", "b", 4.0)]
    expected = stats.spearmanr([0, 0, 0, 0.8], [1, 2, 3, 4])[0]
    assert evaluate_pairs(vectors, pairs).spearman == pytest.approx(expected, abs=1e-15)


def test_nan_among_the_vectors_gives_no_score():
    matrix = MATRIX.copy()
    matrix[1, 0] = np.nan
    with pytest.raises(ValueError, match=r"\('b'\) of the pairs' vectors holds NaN or infinity"):
        evaluate_pairs(WordVectors(WORDS, matrix), PAIRS)


@pytest.mark.parametrize(
    "pair", [("a", "b"), ("a", "b", "1"), ("a", 2, 1.0), ("a", "b", np.nan), ("a", "b", np.inf), {"a", "b", 1}, 7]
)
def test_what_is_no_pair_is_shown(vectors, pair):
    with pytest.raises(ValueError, match=re.escape(f"{pair!r} among the pairs: expected (word, word, rating), the")):
        evaluate_pairs(vectors, [*PAIRS, pair])


def test_unknown_words_are_skipped_or_count_as_zero(vectors):
    pairs = [*PAIRS, ("a", "x", 7.0), ("y", "x", 1.0)]
    skipped, zero = (evaluate_pairs(vectors, pairs, unknown=unknown) for unknown in ("skip", "zero"))
    assert skipped.spearman == pytest.approx(0.8, abs=1e-15)
    assert (skipped.pairs, skipped.known, skipped.scored, skipped.coverage) == (6, 4, 4, 4 / 6)
    cosines, ratings = [0.8, 0, -0.6, 1, 0, 0], [9, 4, 5, 10, 7, 1]
    assert zero.spearman == pytest.approx(stats.spearmanr(cosines, ratings)[0], abs=1e-15)
    assert zero.pearson == pytest.approx(stats.pearsonr(cosines, ratings)[0], abs=1e-15)
    assert (zero.pairs, zero.known, zero.scored, zero.coverage) == (6, 4, 6, 4 / 6)


def test_case_is_folded_unless_it_is_not_to_be():
    vectors = WordVectors(["tea", "Tea", "milk", "rain"], np.array([[1.0, 0], [0, 1], [0.6, 0.8], [-1, 0]]))
    pairs = [("TEA", "milk", 3.0), ("Tea", "Rain", 2.0), ("milk", "rain", 1.0)]
    folded = evaluate_pairs(vectors, pairs)  # the first "tea": cosines 0.6, −1, −0.6
    assert folded.known == 3
    assert folded.spearman == pytest.approx(0.5, abs=1e-15)
    apart = evaluate_pairs(vectors, [*pairs, ("Tea", "milk", 9.0)], fold_case=False)
    assert apart.known == 2
    assert apart.spearman == pytest.approx(1, abs=1e-15)  # 0.8 above −0.6


def test_a_cut_vocabulary(vectors):
    report = evaluate_pairs(vectors, PAIRS, restrict=3)
    assert (report.known, report.pairs) == (3, 4)
    assert evaluate_pairs(vectors, PAIRS, restrict=None).known == 4


def test_the_same_seed_gives_the_same_interval(vectors):
    first, again, other = (evaluate_pairs(vectors, PAIRS, seed=seed, samples=50).interval for seed in (1, 1, 4))
    assert first == again
    assert first != other
    assert evaluate_pairs(vectors, PAIRS, seed=np.random.default_rng(1), samples=50).interval == first


def test_confidence_widens_the_interval():
    rng = np.random.default_rng(1)
    words = [f"w{i}" for i in range(40)]
    vectors = WordVectors(words, rng.normal(size=(40, 5)))
    pairs = [(words[i], words[i + 1], float(rng.normal())) for i in range(39)]
    low, high = evaluate_pairs(vectors, pairs, confidence=0.5).interval
    lower, higher = evaluate_pairs(vectors, pairs, confidence=0.99).interval
    assert lower < low < high < higher


def test_blocks_of_pairs(vectors, monkeypatch):
    whole = evaluate_pairs(vectors, PAIRS)
    monkeypatch.setattr(word_pairs, "BLOCK", 3)
    assert evaluate_pairs(vectors, PAIRS) == whole


def test_the_report_says_by_which_rules(vectors, tmp_path):
    path = tmp_path / "few.tsv"
    path.write_text("\n".join(f"{a}\t{b}\t{rating}" for a, b, rating in [*PAIRS, ("a", "x", 3.0)]))
    report = evaluate_pairs(vectors, path, samples=1500, confidence=0.9)
    low, high = report.interval
    assert str(report) == (
        f"few.tsv: Spearman 0.800, 90 % interval {low:.3f} to {high:.3f}, Pearson {report.pearson:.3f}\n"
        "  coverage: 4 of 5 pairs have vectors (80.0 %), 4 scored\n"
        "  columns:  words in 1 and 2, ratings in 3\n"
        "  protocol: all 5 words known; upper and lower case alike; questions with unknown words left out\n"
        "  interval: from 1,500 bootstrap samples of the pairs"
    )
    assert report.name == "few.tsv"
    assert evaluate_pairs(vectors, str(path)).spearman == report.spearman


def test_the_report_says_which_columns_were_read(vectors, tmp_path):
    path = tmp_path / "set.csv"
    rows = "".join(f"{i},{a},{b},{x},{-x}\n" for i, (a, b, x) in enumerate(PAIRS))
    path.write_text("id,word1,word2,score,distance\n" + rows)
    report = evaluate_pairs(vectors, path)
    assert report.columns == ("2 (word1)", "3 (word2)", "4 (score)")
    assert "\n  columns:  words in 2 (word1) and 3 (word2), ratings in 4 (score)\n" in str(report)
    other = evaluate_pairs(vectors, path, columns=("word1", "word2", "distance"))
    assert other.spearman == -report.spearman == -0.8
    assert other.columns == ("2 (word1)", "3 (word2)", "5 (distance)")
    assert evaluate_pairs(vectors, PAIRS).columns is None
    assert "columns" not in str(evaluate_pairs(vectors, PAIRS))
    with pytest.raises(ValueError, match=r"columns is \(1, 2, 3\), but the pairs are of no file: expected None"):
        evaluate_pairs(vectors, PAIRS, columns=(1, 2, 3))


def test_pairs_of_every_kind(vectors):
    expected = evaluate_pairs(vectors, PAIRS)
    columns = {
        "word1": [a for a, _, _ in PAIRS],
        "word2": [b for _, b, _ in PAIRS],
        "rating": [x for _, _, x in PAIRS],
    }
    for pairs in (
        *((pair for pair in PAIRS), iter(PAIRS), zip(*columns.values(), strict=True), [list(pair) for pair in PAIRS]),
        *(np.rec.fromrecords(PAIRS, names="word1,word2,rating"), np.array(PAIRS, object)),
        np.rec.fromrecords([(i, *pair) for i, pair in enumerate(PAIRS)], names="index,word1,word2,rating"),
        *(tuple(PAIRS), [(a, b, np.float32(x)) for a, b, x in PAIRS]),
    ):
        assert evaluate_pairs(vectors, pairs) == expected
    with pytest.raises(
        ValueError, match=r"'9.0'\].* among the pairs: expected \(word, word, rating\), the rating a finite"
    ):
        evaluate_pairs(vectors, np.array(PAIRS))


class Frame:
    """What a data frame looks like: it iterates over its columns' names."""

    columns = ("word1", "word2", "rating")

    def __iter__(self):
        return iter(self.columns)


@pytest.mark.parametrize("pairs", [None, 7, {"word1": ["a"]}, {("a", "b", 1.0)}, b"set.tsv", Frame()])
def test_what_are_no_pairs(vectors, pairs):
    message = rf"pairs is of {type(pairs).__name__}: expected a path, or \(word, word, rating\) of each pair, .* zip"
    with pytest.raises(TypeError, match=message):
        evaluate_pairs(vectors, pairs)


def test_few_known_pairs_are_warned_of(vectors):
    unknown = [(f"x{i}", f"y{i}", float(i)) for i in range(349)]
    with pytest.warns(
        UserWarning, match=r"pairs: only 4 of 353 pairs have vectors, .* ±0\.98; .*a larger `restrict`, or"
    ) as caught:
        report = evaluate_pairs(vectors, PAIRS + unknown)
    assert [warning.filename for warning in caught] == [__file__]
    assert report.known == 4


def test_words_in_another_unicode_form_are_named():
    vectors = WordVectors(["a", "b", "cafe\u0301"], MATRIX[:3])
    with pytest.warns(UserWarning, match="pairs: 1 words, such as 'CAFÉ', count as unknown but have") as caught:
        report = evaluate_pairs(vectors, [*PAIRS[:1], ("a", "a", 10.0), ("a", "caf\u00e9", 4.0)])
    assert report.known == 2
    assert [warning.filename for warning in caught] == [__file__]


# what is refused


@pytest.mark.parametrize(("pairs", "why"), [(PAIRS[:1], ""), ([("x", "y", 1.0), *PAIRS[:1]], "; .*restrict.*")])
def test_fewer_than_two_pairs(vectors, pairs, why):
    message = rf"pairs: both words of only 1 of {len(pairs)} pairs have vectors: expected 2 at least{why}$"
    with pytest.raises(ValueError, match=message):
        evaluate_pairs(vectors, pairs)


def test_constant_ratings_or_cosines(vectors):
    with pytest.raises(ValueError, match=r"pairs: all 2 ratings are 9: expected two different ones"):
        evaluate_pairs(vectors, [("a", "b", 9.0), ("a", "c", 9.0)])
    with pytest.raises(ValueError, match=r"pairs: all 2 cosines are 0: expected two different ones"):
        evaluate_pairs(vectors, [("a", "x", 9.0), ("a", "c", 8.0)], unknown="zero")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("D", [1, 3, 10, 101])
def test_cosines_that_differ_by_rounding_alone_are_constant(dtype, D):
    row = np.random.default_rng(D).normal(size=D)
    matrix = np.array([row, row, 3 * row, 0.7 * row, 1e-9 * row], dtype)
    pairs = [(a, b, float(3 * i + j)) for i, a in enumerate("abcde") for j, b in enumerate("abcde")]
    for rows in (matrix, np.ones((5, D), dtype)):
        with pytest.raises(ValueError, match="pairs: all 25 cosines are 1: expected two different ones"):
            evaluate_pairs(WordVectors([*"abcde"], rows), pairs)


def test_no_pair_is_known(vectors):
    expected = r"pairs: both words of only 0 of 4 pairs have vectors: .* language, .*`restrict` .*tea_NOUN\? Then"
    for unknown in ("skip", "zero"):
        with pytest.raises(ValueError, match=expected):
            evaluate_pairs(vectors, [(f"{a}_n", f"{b}_n", x) for a, b, x in PAIRS], unknown=unknown)


@pytest.mark.parametrize("pairs", [[], iter(()), np.empty((0, 3), object)])
def test_no_pairs(vectors, pairs):
    with pytest.raises(ValueError, match=r"^pairs holds no pairs: expected \(word, word, rating\) of each pair$"):
        evaluate_pairs(vectors, pairs)


def test_gensims_names_say_ours(vectors):
    for name, ours in (
        *(("restrict_vocab", "it is called restrict here"), ("case_insensitive", "it is called fold_case here")),
        *(
            ("dummy4unknown", "say unknown='zero'"),
            ("delimiter", "it is found out from the file"),
            ("sample", "did you"),
        ),
    ):
        with pytest.raises(TypeError, match=rf"evaluate_pairs\(\) has no argument '{name}': {ours}"):
            evaluate_pairs(vectors, PAIRS, **{name: 1})


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"samples": 0}, "samples is 0: expected at least 1"),
        *(({"confidence": x}, f"confidence is {x}: expected a share between 0 and 1") for x in (0, 1, 95, np.nan)),
        ({"seed": -1}, "seed is -1: expected at least 0"),
    ],
)
def test_a_bootstrap_that_makes_no_sense(vectors, option, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        evaluate_pairs(vectors, PAIRS, **option)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"samples": "3"}, "samples is '3': expected a whole number"),
        ({"restrict": "x"}, "restrict is 'x': expected a whole number"),
        ({"confidence": "0.9"}, "confidence is '0.9': expected a share between 0 and 1"),
        *(({"seed": seed}, f"seed is {seed!r}: expected a whole number") for seed in (None, "1", 1.5)),
        ({"fold_case": "yes"}, "fold_case is 'yes': expected bool"),
    ],
)
def test_arguments_of_other_types(vectors, option, message):
    with pytest.raises(TypeError, match=re.escape(message)):
        evaluate_pairs(vectors, PAIRS, **option)
    with pytest.raises(TypeError, match=r"vectors is \{.*: expected WordVectors"):
        evaluate_pairs({"a": [1.0]}, PAIRS)


# beside gensim


def some_of_both(pairs, rng):
    """Words of the pairs in several spellings, not all of them."""
    listed = sorted({word for a, b, _ in pairs for word in (a, b)})
    words = [word.title() if i % 3 else word for i, word in enumerate(rng.permutation(listed)[:400].tolist())]
    return words + [word.upper() for word in words[::5]]


@pytest.mark.parametrize("n", [30, 353, 900])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("restrict", "fold", "unknown"),
    [(300, True, "skip"), (None, True, "skip"), (None, False, "zero"), (200, True, "zero")],
)
def test_scores_are_gensims(gensims_vectors, tmp_path, n, dtype, restrict, fold, unknown):
    rng = np.random.default_rng(n)
    listed = [f"wörd{i}" for i in range(450)]
    pairs = [(*rng.choice(listed[: 30 + n // 2], 2, replace=False).tolist(), i % 97 / 10) for i in range(n)]
    pairs = list({frozenset(pair[:2]): pair for pair in pairs}.values())
    words = some_of_both(pairs, rng)
    matrix = rng.normal(size=(len(words), 10)).astype(dtype)
    path = tmp_path / "set.tsv"
    path.write_text("# a set\n" + "".join(f"{a}\t{b}\t{rating}\n" for a, b, rating in pairs), encoding="utf-8")
    pearson, spearman, missing = gensims_vectors(words, matrix).evaluate_word_pairs(
        str(path), restrict_vocab=restrict, case_insensitive=fold, dummy4unknown=unknown == "zero"
    )
    vectors = WordVectors(words, matrix)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "set.tsv: only 3 of 30 pairs", UserWarning)
        ours = evaluate_pairs(vectors, path, restrict=restrict, fold_case=fold, unknown=unknown, samples=1)
    rounding = 1e-12 if dtype is np.float64 else 1e-6
    assert ours.pearson == pytest.approx(pearson[0], abs=rounding)
    assert ours.pearson_p == pytest.approx(pearson[1], rel=1e4 * rounding)
    assert ours.spearman == pytest.approx(spearman[0], abs=1e-12)
    assert ours.spearman_p == pytest.approx(spearman[1], rel=1e-9)
    assert 100 * (1 - ours.coverage) == pytest.approx(missing, abs=1e-12)


def test_a_pair_turned_round_is_as_similar_to_the_last_bit():
    """WordSim-353 has (money, bank) and (bank, money); gensim's rounding may rank one above the other."""
    rng = np.random.default_rng(4)
    words = [f"w{i}" for i in range(60)]
    pairs = [(words[i], words[i + 1]) for i in range(59)]
    ordered = [(a, b, float(i)) for i, (a, b) in enumerate(pairs)]
    vectors = WordVectors(words, rng.normal(size=(60, 50)))
    both = evaluate_pairs(vectors, [*ordered, *((b, a, rating) for a, b, rating in ordered)], samples=1)
    assert both.spearman == pytest.approx(evaluate_pairs(vectors, ordered, samples=1).spearman, abs=1e-15)


@pytest.mark.parametrize("name", ["wordsim353.tsv", "simlex999.txt"])
def test_the_sets_that_come_with_gensim(gensims_vectors, name):
    import gensim

    path = Path(os.path.dirname(gensim.__file__), "test", "test_data", name)
    rng = np.random.default_rng(8)
    words = some_of_both(read_pairs(path), rng)
    matrix = rng.normal(size=(len(words), 10)).astype(np.float32)
    pearson, spearman, missing = gensims_vectors(words, matrix).evaluate_word_pairs(str(path))
    ours = evaluate_pairs(WordVectors(words, matrix), path)
    assert ours.pearson == pytest.approx(pearson[0], abs=1e-6)
    assert ours.spearman == pytest.approx(spearman[0], abs=1e-4)  # see the test above
    assert 100 * (1 - ours.coverage) == pytest.approx(missing, abs=1e-12)


def with_ngrams(words=("Tea", "cup", "pot", "rain")):
    """Vectors whose n-grams give every word one."""
    rng = np.random.default_rng(2)
    own, subwords = rng.normal(size=(len(words), 4)), Subwords(3, 4, 50, np.arange(50), rng.normal(size=(50, 4)))
    return WordVectors(words, subwords.compose(words, own), subwords=subwords)


def test_ngrams_make_words_known():
    vectors, words = with_ngrams(), ["cup", "pot", "teapot", "Teas"]
    pairs = [(a, b, i + j % 3) for i, a in enumerate(words) for j, b in enumerate(words)]
    report = evaluate_pairs(vectors, [*pairs, ("tea", "</s>", 1.0)])
    assert (report.pairs, report.known, report.scored) == (17, 16, 16)
    by_hand = evaluate_pairs(WordVectors(words, vectors[words]), pairs)
    assert report.spearman == pytest.approx(by_hand.spearman, abs=1e-12)
    assert report.pearson == pytest.approx(by_hand.pearson, abs=1e-12)


def test_ngrams_do_not_speak_for_words_that_restrict_leaves_out_or_that_have_another_case():
    vectors = with_ngrams()
    pairs = [("cup", "tea", 1.0), ("cup", "pot", 2.0), ("cup", "teapot", 3.0), ("cup", "rain", 4.0)]
    assert evaluate_pairs(vectors, pairs).known == 4
    assert evaluate_pairs(vectors, pairs, restrict=3).known == 3  # "rain" is a word, but not among these
    with_tea = WordVectors(["Tea", "cup", "pot"], vectors[["Tea", "cup", "pot"]])
    only = [pairs[0], pairs[1]]
    assert evaluate_pairs(vectors, only).pearson == evaluate_pairs(with_tea, only).pearson


def test_ngrams_with_nan_give_no_score():
    vectors = with_ngrams()
    vectors.subwords.matrix[:] = np.nan
    with pytest.raises(ValueError, match=r"\('TEAPOT'\) of the pairs' vectors holds NaN or infinity"):
        evaluate_pairs(vectors, [("cup", "teapot", 1.0), ("cup", "pot", 2.0)])
