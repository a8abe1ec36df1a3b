"""word2vec/evaluation/analogies.py: by hand, by brute force, and beside gensim."""

import math
import re

import numpy as np
import pytest

from word2vec.evaluation.analogies import evaluate_analogies
from word2vec.vectors.subwords import Subwords
from word2vec.vectors.word_vectors import WordVectors

# two axes: who, and man or woman
WORDS = ["king", "queen", "man", "woman", "rain"]
MATRIX = np.array([[1.0, 1, 0], [1, -1, 0], [0.1, 1, 0], [0.1, -1, 0], [0, 0, 1]])
RIGHT = ("man", "king", "woman", "queen")
WRONG = ("man", "king", "woman", "rain")


@pytest.fixture
def vectors():
    return WordVectors(WORDS, MATRIX)


def test_an_example_done_by_hand(vectors):
    report = evaluate_analogies(vectors, {"family": [RIGHT, WRONG, ("king", "man", "queen", "woman")]})
    (family,) = report.sections
    assert (family.name, family.asked, family.known, family.scored, family.right) == ("family", 3, 3, 3, 2)
    assert family.accuracy == 2 / 3
    assert family.coverage == 1
    first, second, _ = report.answers[0]
    assert (first.question, first.known, first.word, first.right) == (RIGHT, True, "queen", True)
    assert (second.question, second.known, second.word, second.right) == (WRONG, True, "queen", False)


def test_nan_among_the_vectors_gives_no_score():
    matrix = MATRIX.copy()
    matrix[4, 0] = np.inf
    vectors = WordVectors(WORDS, matrix)
    with pytest.raises(ValueError, match=r"row 4 \('rain'\) of the matrix holds NaN or infinity"):
        evaluate_analogies(vectors, {"family": [RIGHT]})
    assert evaluate_analogies(vectors, {"family": [RIGHT]}, restrict=4).total.right == 1


def test_what_is_no_question_is_shown(vectors):
    with pytest.raises(TypeError, match=r"analogies is a list: expected a path, or {section: questions}"):
        evaluate_analogies(vectors, [RIGHT])
    for question in (RIGHT[:3], "man king woman queen", (*RIGHT[:3], 4)):
        with pytest.raises(ValueError, match=r" in section 's': expected four words \(a, b, c, d\)"):
            evaluate_analogies(vectors, {"s": [RIGHT, question]})


def test_sections_and_their_sums(vectors):
    sections = {"family": [RIGHT, ("a", "b", "c", "d")], "gram1": [WRONG], "gram2": [RIGHT, RIGHT], "none": []}
    report = evaluate_analogies(vectors, sections)
    counts = [(part.name, part.asked, part.known, part.right) for part in report.sections]
    assert counts == [("family", 2, 1, 1), ("gram1", 1, 1, 0), ("gram2", 2, 2, 2), ("none", 0, 0, 0)]
    for part, expected in [
        (report.total, ("total", 5, 4, 4, 3)),
        (report.semantic, ("semantic", 2, 1, 1, 1)),
        (report.syntactic, ("syntactic", 3, 3, 3, 2)),
    ]:
        assert (part.name, part.asked, part.known, part.scored, part.right) == expected
    assert math.isnan(report.sections[3].accuracy)
    assert math.isnan(report.sections[3].coverage)
    assert report.answers[0][1].word is None
    assert not report.answers[0][1].known


def test_unknown_words_may_count_as_wrong(vectors):
    sections = {"family": [RIGHT, ("man", "king", "woman", "tsarina")]}
    skipped, zero = (evaluate_analogies(vectors, sections, unknown=unknown).total for unknown in ("skip", "zero"))
    assert (skipped.scored, skipped.accuracy, skipped.coverage) == (1, 1, 0.5)
    assert (zero.scored, zero.accuracy, zero.coverage) == (2, 0.5, 0.5)


def test_the_words_of_the_question_are_no_answers():
    """d would be b itself."""
    vectors = WordVectors(["a", "b", "c", "d"], np.array([[1.0, 0.1], [0.1, 1], [1, 0.2], [1, 1.0]]))
    report = evaluate_analogies(vectors, {"s": [("a", "b", "c", "d"), ("a", "b", "a", "b")]})
    assert [answer.word for answer in report.answers[0]] == ["d", "d"]


def test_a_cut_vocabulary_cuts_questions_and_answers():
    words, matrix = ["man", "king", "woman", "rain", "queen"], MATRIX[[2, 0, 3, 4, 1]]
    vectors = WordVectors(words, matrix)
    assert evaluate_analogies(vectors, {"s": [RIGHT]}).total.right == 1
    cut = evaluate_analogies(vectors, {"s": [RIGHT, WRONG]}, restrict=4)
    assert (cut.total.asked, cut.total.known, cut.total.right) == (2, 1, 1)
    assert cut.answers[0][1].word == "rain"
    assert evaluate_analogies(vectors, {"s": [RIGHT, WRONG]}, restrict=None).total.known == 2


def test_case_is_folded_unless_it_is_not_to_be():
    words = ["king", "QUEEN", "man", "Woman", "queen"]
    vectors = WordVectors(words, np.concatenate([MATRIX[:4], [[0, 0, 1.0]]]))
    folded = evaluate_analogies(vectors, {"s": [("Man", "King", "WOMAN", "Queen")]})
    assert folded.answers[0][0].word == "QUEEN"
    assert folded.total.right == 1
    apart = evaluate_analogies(vectors, {"s": [("man", "king", "Woman", "queen")]}, fold_case=False)
    assert apart.answers[0][0].word == "QUEEN"
    assert (apart.total.known, apart.total.right) == (1, 0)
    with pytest.raises(ValueError, match="none of 1 questions"):
        evaluate_analogies(vectors, {"s": [("Man", "King", "WOMAN", "Queen")]}, fold_case=False)


SPELLINGS = ["king", "man", "woman", "King", "KING", "kinG", "kiNg", "kInG", "queen", "rain"]


def spelled():
    """Five other spellings of "king" nearer to the answer than "queen" is."""
    answer = MATRIX[0] - MATRIX[2] + MATRIX[3]
    near = [answer + 0.01 * np.eye(3)[2] * i for i in range(5)]
    return WordVectors(
        SPELLINGS, np.array([MATRIX[0], MATRIX[2], MATRIX[3], *near, MATRIX[1] + [0, 0, 0.5], MATRIX[4]])
    )


@pytest.mark.parametrize(("candidates", "word"), [(None, "queen"), (6, "queen"), (5, "kInG"), (1, "King")])
def test_other_spellings_are_passed_over_among_some_candidates(candidates, word):
    report = evaluate_analogies(spelled(), {"s": [RIGHT]}, candidates=candidates)
    assert report.answers[0][0].word == word
    assert report.total.right == (word == "queen")


def test_without_folding_a_spelling_is_a_word_like_any_other():
    report = evaluate_analogies(spelled(), {"s": [RIGHT]}, fold_case=False)
    assert report.answers[0][0].word in SPELLINGS[3:8]


def test_a_vocabulary_that_leaves_no_answer():
    vectors = WordVectors(["a", "b", "c"], np.eye(3))
    report = evaluate_analogies(vectors, {"s": [("a", "b", "c", "a")]})
    assert (report.total.known, report.total.right) == (1, 0)
    assert report.answers[0][0].word is None
    spelt = WordVectors(["a", "b", "c", "A", "B"], np.eye(5))
    assert evaluate_analogies(spelt, {"s": [("a", "b", "c", "d"), ("a", "b", "c", "c")]}).total.right == 0
    assert evaluate_analogies(spelt, {"s": [("a", "b", "c", "c")]}).answers[0][0].word in ("A", "B")


def test_the_report_says_by_which_rules(vectors, tmp_path):
    path = tmp_path / "questions.txt"
    path.write_text(
        ": family\n" + " ".join(RIGHT) + "\nx y z w\n: gram1-of-nouns\n" + " ".join(WRONG) + "\n: gram2\n"
    )
    assert str(evaluate_analogies(vectors, path)) == (
        "questions.txt: 50.0 % right by 3CosAdd\n"
        "  section          right  scored  accuracy    known  coverage\n"
        "  family               1       1   100.0 %        1    50.0 % of 2\n"
        "  gram1-of-nouns       0       1     0.0 %        1   100.0 % of 1\n"
        "  gram2                0       0         –        0         – of 0\n"
        "  semantic             1       1   100.0 %        1    50.0 % of 2\n"
        "  syntactic            0       1     0.0 %        1   100.0 % of 1\n"
        "  total                1       2    50.0 %        2    66.7 % of 3\n"
        "  protocol: all 5 words known; upper and lower case alike; questions with unknown words left out\n"
        "  answers:  from the same words without the question's own, their other spellings passed over among "
        "the best 5"
    )
    other = str(
        evaluate_analogies(vectors, {"s": [RIGHT]}, method="mul", fold_case=False, restrict=4, unknown="zero")
    )
    assert "100.0 % right by 3CosMul" in other
    assert "semantic" not in other
    assert (
        "the first 4 of 5 words known; upper and lower case apart; questions with unknown words count as 0" in other
    )
    assert other.endswith("from the same words without the question's own")
    unlimited = str(evaluate_analogies(vectors, str(path), candidates=None))
    assert unlimited.endswith("their other spellings passed over")


# what is refused


def test_nothing_known(vectors):
    with pytest.raises(ValueError, match=r"analogies: none of 2 questions has only words .*`restrict`.*tea_NOUN"):
        evaluate_analogies(vectors, {"s": [("a", "b", "c", "d"), ("king", "man", "queen", "x")]})


def test_options_that_make_no_sense(vectors):
    with pytest.raises(ValueError, match="method is 'max': expected one of add, mul"):
        evaluate_analogies(vectors, {"s": [RIGHT]}, method="max")
    with pytest.raises(ValueError, match="candidates is 0: expected at least 1"):
        evaluate_analogies(vectors, {"s": [RIGHT]}, candidates=0)
    with pytest.raises(ValueError, match="restrict is 0: expected at least 1"):
        evaluate_analogies(vectors, {"s": [RIGHT]}, restrict=0)


def test_arguments_of_other_types(vectors):
    for name, value, expected in [
        *(("candidates", "5", "a whole number"), ("restrict", 2.5, "a whole number"), ("fold_case", "no", "bool"))
    ]:
        with pytest.raises(TypeError, match=re.escape(f"{name} is {value!r}: expected {expected}")):
            evaluate_analogies(vectors, {"s": [RIGHT]}, **{name: value})
    with pytest.raises(TypeError, match=r"vectors is 'v.txt': expected WordVectors"):
        evaluate_analogies("v.txt", {"s": [RIGHT]})
    for analogies in (None, 7, (question for question in [RIGHT])):
        message = f"analogies is a {type(analogies).__name__}: expected a path, or"
        with pytest.raises(TypeError, match=message):
            evaluate_analogies(vectors, analogies)
    for section, questions in (("s", None), (1, [RIGHT])):
        message = f"section {section!r} is a {type(questions).__name__}: expected a name and questions"
        with pytest.raises(TypeError, match=message):
            evaluate_analogies(vectors, {section: questions})
    frame = pytest.importorskip("pandas").DataFrame([RIGHT])
    for questions in ("man king woman queen", {"a": RIGHT}, frame):
        with pytest.raises(ValueError, match=r" in section 's': expected four .*; of a table pass \.itertuples\(\)$"):
            evaluate_analogies(vectors, {"s": questions})
    for question in (7, None, {*RIGHT}, (*RIGHT[:3], ("queen", 4)), (*RIGHT[:3], ())):
        with pytest.raises(ValueError, match=r" in section 's': expected four words \(a, b, c, d\)"):
            evaluate_analogies(vectors, {"s": [question]})


@pytest.mark.parametrize("answers", [["queen", "tsarina"], {"queen"}, np.array(["queen"])])
def test_several_answers_are_a_tuple(vectors, answers):
    message = r" in section 's': expected four words \(a, b, c, d\), or a tuple of several right answers d"
    with pytest.raises(ValueError, match=message):
        evaluate_analogies(vectors, {"s": [(*RIGHT[:3], answers)]})


@pytest.mark.parametrize("analogies", [{}, {"s": []}, {"s": iter(()), "t": []}])
def test_no_questions(vectors, analogies):
    with pytest.raises(ValueError, match=r"analogies holds no questions: expected some, say \{'all': "):
        evaluate_analogies(vectors, analogies)


def test_gensims_names_say_ours(vectors):
    for name, ours in (
        *(("restrict_vocab", "it is called restrict here"), ("case_insensitive", "it is called fold_case here")),
        *(("dummy4unknown", "say unknown='zero'"), ("similarity_function", "say method='add'")),
    ):
        with pytest.raises(TypeError, match=rf"evaluate_analogies\(\) has no argument '{name}': {ours}"):
            evaluate_analogies(vectors, {"s": [RIGHT]}, **{name: 1})


def test_questions_that_can_be_read_once(vectors):
    records = np.rec.fromrecords([(0, *RIGHT), (1, *WRONG)], names="index,a,b,c,d")
    assert evaluate_analogies(vectors, {"s": records}).answers[0][0].question == RIGHT
    report = evaluate_analogies(vectors, {"s": (question for question in (RIGHT, WRONG)), "t": iter([RIGHT])})
    assert [(part.asked, part.right) for part in report.sections] == [(2, 1), (1, 1)]
    assert evaluate_analogies(vectors, {"s": np.array([RIGHT, WRONG])}).total.right == 1


def test_one_of_several_answers_is_right(vectors):
    several = ("man", "king", "woman", ("tsarina", "Queen"))
    unknown = ("man", "king", "woman", ("tsarina", "empress"))
    report = evaluate_analogies(vectors, {"s": [several, unknown, RIGHT]})
    assert (report.total.known, report.total.right) == (2, 2)
    assert report.answers[0][0] == (several, True, "queen", True)
    assert evaluate_analogies(vectors, {"s": [several, RIGHT]}, fold_case=False).total.right == 1


def test_pairs_of_one_relation_by_file_and_folder(vectors, tmp_path):
    (tmp_path / "E01 [ruler].txt").write_text("man\tking\nwoman\tqueen/tsarina\n")
    report = evaluate_analogies(vectors, tmp_path / "E01 [ruler].txt")
    assert [answer.question for answer in report.answers[0]] == [
        ("man", "king", "woman", ("queen", "tsarina")),
        ("woman", "queen", "man", "king"),
    ]
    assert report.total.right == 2
    assert "\n  (every two of 2 pairs)       2       2   100.0 %" in str(report)
    (tmp_path / "E02 [sex].txt").write_text("man\twoman\nking\tqueen\n")
    both = evaluate_analogies(vectors, tmp_path)
    names = [f"{name} (every two of 2 pairs)" for name in ("E01 [ruler]", "E02 [sex]")]
    assert [part.name for part in both.sections] == names
    assert both.name == tmp_path.name


def test_a_section_without_a_name(vectors, tmp_path):
    path = tmp_path / "questions.csv"
    path.write_text("a,b,c,d\n" + ",".join(RIGHT) + "\n" + ",".join(WRONG))
    report = evaluate_analogies(vectors, path)
    assert (report.total.asked, report.total.right) == (2, 1)
    assert "\n  (no name)       1       2    50.0 %" in str(report)


def test_few_known_questions_are_warned_of(vectors):
    others = [("a", "b", "c", str(i)) for i in range(2)]
    with pytest.warns(
        UserWarning, match=r"analogies: only 1 of 3 questions have .* by chance ±0\.98; .*vectors have"
    ):
        report = evaluate_analogies(vectors, {"s": [RIGHT, *others]})
    assert report.total.accuracy == 1


def test_words_in_another_unicode_form_are_named():
    vectors = WordVectors(["man", "king", "woman", "cafe\u0301"], MATRIX[[2, 0, 3, 1]])
    with pytest.warns(
        UserWarning, match=r"1 words, such as 'CAFÉ', count as unknown but have vectors in another"
    ) as caught:
        evaluate_analogies(vectors, {"s": [("man", "king", "woman", "caf\u00e9"), ("man", "king", "woman", "man")]})
    assert [warning.filename for warning in caught] == [__file__]


# beside gensim


def planted(rng, dtype):
    """A vocabulary of many spellings and questions about it, of which some come out right."""
    stems, kinds = rng.normal(size=(40, 12)), rng.normal(size=(4, 12))
    words = [f"{'w' if i % 5 else 'ß'}{i}x{j}" for i in range(40) for j in range(4)]
    matrix = (stems[:, None] + 1.2 * kinds).reshape(160, 12) + 0.35 * rng.normal(size=(160, 12))
    spellings = [word.upper() if i % 2 else word.title() for i, word in enumerate(words)]
    words += spellings
    matrix = np.concatenate([matrix, matrix + 0.3 * rng.normal(size=matrix.shape)])
    order = rng.permutation(len(words))
    listed = list(dict.fromkeys(words[i] for i in order))
    of = {words[i]: matrix[i] for i in order}
    sections = {}
    for name in ("things", "gram1-nouns", "gram2-verbs"):
        draws = ((*rng.choice(42, 2, replace=False).tolist(), *rng.integers(0, 4, 2).tolist()) for _ in range(150))
        sections[name] = [
            tuple(f"{'w' if s % 5 else 'ß'}{s}x{kind}" for s, kind in ((i, k), (i, m), (j, k), (j, m)))
            for i, j, k, m in draws
        ]
    sections["spelt"] = [tuple(rng.choice(listed, 4).tolist()) for _ in range(40)]
    return listed, np.array([of[word] for word in listed], dtype), sections


def written(sections, path):
    lines = [line for name, asked in sections.items() for line in (f": {name}", *map(" ".join, asked))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("restrict", "fold", "unknown"),
    [(300_000, True, "skip"), (200, True, "zero"), (None, False, "skip"), (250, False, "zero"), (12, True, "zero")],
)
def test_every_answer_counts_as_gensims_does(gensims_vectors, tmp_path, dtype, restrict, fold, unknown):
    words, matrix, sections = planted(np.random.default_rng(3), dtype)
    if restrict == 12:  # a vocabulary so small that all that is left are other spellings
        words, matrix = ["a", "A", "b", "B", "c", "C", "d"], matrix[:7]
        sections = {"s": [("a", "b", "c", x) for x in "abcd"] + [("a", "a", "a", x) for x in "abcd"]}
        words, matrix = (words, matrix) if dtype is np.float32 else (words[:6], matrix[:6])
    path = written(sections, tmp_path / "questions.txt")
    score, found = gensims_vectors(words, matrix).evaluate_word_analogies(
        str(path), restrict_vocab=restrict, case_insensitive=fold, dummy4unknown=unknown == "zero"
    )
    vectors = WordVectors(words, matrix)
    ours = evaluate_analogies(vectors, path, restrict=restrict, fold_case=fold, unknown=unknown)
    for part, answers, their in zip(ours.sections, ours.answers, found, strict=False):
        assert part.name == their["section"]
        assert (part.right, part.scored) == (len(their["correct"]), len(their["correct"]) + len(their["incorrect"]))
        right = [answer.question for answer in answers if answer.right]
        assert [tuple(map(str.upper, q)) if fold else q for q in right] == their["correct"]
    assert found[-1]["section"] == "Total accuracy"
    assert len(found) == 1 + len(ours.sections)
    assert ours.total.accuracy == score
    if restrict != 12:
        assert 0.1 < score < 0.9


@pytest.mark.filterwarnings("ignore:Call to deprecated `init_sims`:DeprecationWarning")  # gensim's own call
def test_3cosmul_answers_as_gensims_single_questions_do(gensims_vectors):
    words, matrix, sections = planted(np.random.default_rng(5), np.float32)
    keyed = gensims_vectors(words, matrix)
    ours = evaluate_analogies(WordVectors(words, matrix), sections, method="mul", fold_case=False, restrict=None)
    known = [answer for answers in ours.answers for answer in answers if answer.known]
    assert len(known) > 50
    for answer in known:
        a, b, c, _ = answer.question
        assert answer.word == keyed.most_similar_cosmul(positive=[b, c], negative=[a], topn=1)[0][0]
    assert [answer.word for answer in known] != [
        answer.word
        for answers in evaluate_analogies(WordVectors(words, matrix), sections, fold_case=False).answers
        for answer in answers
        if answer.known
    ]


@pytest.mark.parametrize("method", ["add", "mul"])
@pytest.mark.parametrize("restrict", [None, 5])
def test_ngrams_make_words_of_questions_known(method, restrict):
    rng = np.random.default_rng(2)
    words = ["king", "queen", "man", "woman", "rain", "snow", "tea"]
    own, subwords = rng.normal(size=(7, 4)), Subwords(3, 4, 50, np.arange(50), rng.normal(size=(50, 4)))
    vectors = WordVectors(words, subwords.compose(words, own), subwords=subwords)
    asked = [("men", "kings", "women", "queen"), ("man", "kings", "woman", "queen"), ("men", "king", "man", "queens")]
    report = evaluate_analogies(
        vectors, {"s": [*asked, ("man", "</s>", "woman", "queen")]}, method=method, restrict=restrict
    )
    assert [answer.known for answer in report.answers[0]] == [True, True, False, False]  # "queens" is no answer
    for answer in report.answers[0][:2]:
        a, b, c, _ = answer.question
        rows = words[:restrict]
        matrix = np.concatenate([vectors.matrix[: len(rows)], [vectors[word] for word in (a, b, c)]])
        units = matrix / np.linalg.norm(matrix, axis=1)[:, None]
        x, y, z = (units[: len(rows)] @ unit for unit in units[-3:])
        score = y - x + z if method == "add" else (1 + y) * (1 + z) / ((1 + x) + 2e-6)
        allowed = [i for i, word in enumerate(rows) if word not in (a, b, c)]
        assert answer.word == rows[max(allowed, key=score.__getitem__)]


def test_ngrams_with_nan_give_no_score():
    subwords = Subwords(3, 3, 1, np.array([0]), np.full((1, 3), np.nan))
    vectors = WordVectors(WORDS, MATRIX, subwords=subwords)
    with pytest.raises(ValueError, match=r"row 0 \('KINGS'\) of the n-grams' vectors holds NaN or infinity"):
        evaluate_analogies(vectors, {"family": [("man", "kings", "woman", "queen")]})
