"""The assignment of each year, played with this library: its modules' names, its order of draws, its command line."""

import os
import pickle
import random
import re
import runpy
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

import word2vec
from word2vec.course import handouts, load_saved_params, treebank_files
from word2vec.course.run import CourseRun, Settings
from word2vec.course.sanity_checks import sample_vectors_expected
from word2vec.course.treebank import StanfordSentiment

ROOT = Path(word2vec.__file__).resolve().parents[1]
WINDOW = [11.16610900153398, 16.15119285363322]  # the first of each loss

DUMMY = """
class dataset:
    sampleTokenIdx = staticmethod(lambda: random.randint(0, 4))
    @staticmethod
    def getRandomContext(C):
        return "abcde"[random.randint(0, 4)], ["abcde"[random.randint(0, 4)] for _ in range(2 * C)]
def dummies():
    random.seed(31415)
    np.random.seed(9265)
    return normalizeRows(np.random.randn(10, 3)), {"a": 0, "b": 1, "c": 2, "d": 3, "e": 4}
def check(model, vectors, tokens, *rest):
    gradcheck_naive(lambda x: word2vec_sgd_wrapper(model, tokens, x, dataset, 5, *rest), vectors, *NAME)
def window(model, centre, C, words, vectors, tokens, *rest):
    print(model(centre, C, [*words], tokens, vectors[:5, :], vectors[5:, :], dataset, *rest)[0])
"""
HEAD = "import random\nimport numpy as np\n"
IMPORTS_2017 = """
from q1_softmax import softmax
from q2_gradcheck import gradcheck_naive
from q2_sigmoid import sigmoid, sigmoid_grad
from q3_word2vec import *
NAME = ()
"""
IMPORTS = """
from word2vec import *
from utils.gradcheck import gradcheck_naive, grad_tests_softmax, grad_tests_negsamp
from utils.utils import normalizeRows, softmax
NAME = ("Gradient",)
"""
RUN = """
from utils.treebank import StanfordSentiment
random.seed(314)
dataset = StanfordSentiment()
tokens = dataset.tokens()
V = len(tokens)
random.seed(31415)
np.random.seed(9265)
x = np.concatenate(((np.random.rand(V, 10) - 0.5) / 10, np.zeros((V, 10))), axis=0)
f = lambda x: word2vec_sgd_wrapper(skipgram, tokens, x, dataset, 5, LOSS)
x = sgd(f, x, 0.3, 40, None, True, PRINT_EVERY=10)
"""


@pytest.fixture
def play(tmp_path, monkeypatch, capsys):
    """Run a script in a folder of its own as the hand-out's command does; return the lines that it prints."""
    before = dict(sys.modules)
    for name in ("argv", "path", "meta_path"):
        monkeypatch.setattr(sys, name, [*getattr(sys, name)])
    for name in [name for name in sys.modules if name.split(".")[0] == "utils"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.chdir(tmp_path)

    def play(*parts, name="run.py"):
        Path(name).write_text(HEAD + "".join(map(textwrap.dedent, parts)), encoding="utf-8")
        handouts.prepare(Path(name))
        capsys.readouterr()
        runpy.run_path(name, run_name="__main__")
        return capsys.readouterr().out.splitlines()

    yield play
    for name in {*sys.modules} - {*before}:
        if name.split(".")[0] in {"utils", *handouts.MODULES}:
            del sys.modules[name]
    sys.modules.update(
        {name: module for name, module in before.items() if name.split(".")[0] in ("utils", "word2vec")}
    )


@pytest.fixture
def courses_lines(small_treebank, monkeypatch):
    """Make StanfordSentiment() the small treebank; return what the course's run prints on it."""
    monkeypatch.setattr(treebank_files, "TREEBANK", small_treebank)
    run = CourseRun(StanfordSentiment(small_treebank), Settings())
    reports = run.train(run.start(), 40)
    return [f"iter {report.iteration}: {report.smoothed:f}" for report in reports if report is not None]


def python2_randint(a, b):
    return a + int(random.random() * (b - a + 1))


def numbers(lines):
    """Return the numbers among the lines printed."""
    return [float(line) for line in lines if line[0].isdigit()]


PLAY_2017 = """
    rest = dummies()
    for model in (skipgram, cbow):
        check(model, *rest)
        check(model, *rest, negSamplingCostAndGradient)
    window(skipgram, "c", 3, "abedbc", *rest)
    window(skipgram, "c", 1, "ab", *rest, negSamplingCostAndGradient)
    window(cbow, "a", 2, "abca", *rest)
    window(cbow, "a", 2, "abac", *rest, negSamplingCostAndGradient)
"""
PUBLISHED_2017 = {
    python2_randint: (13.959405258751875, 7.76308899286187),
    random.randint: (14.093692760899627, 7.895593203599139),
}


@pytest.mark.parametrize("randint", PUBLISHED_2017, ids=["python2", "python3"])
def test_2017_starter_test(play, randint, monkeypatch):
    monkeypatch.setattr(random, "randint", randint)
    once = "def gradcheck_naive(f, x):\n    f(x)\n"  # draws as many numbers as a check, which the other case makes
    lines = play(IMPORTS_2017, DUMMY, *[once][: randint is python2_randint], PLAY_2017)
    if randint is not python2_randint:
        assert lines[:4] == ["Gradient check passed!"] * 4
    skipgram, cbow = PUBLISHED_2017[randint]
    assert numbers(lines) == pytest.approx([WINDOW[0], skipgram, 0.798995801090665, cbow], rel=1e-13)


def test_2017_small_functions(play):
    lines = play(
        IMPORTS_2017,
        """
        print(normalizeRows(np.array([[3.0, 4.0], [1, 2]])).round(8).tolist())
        print(softmax(np.array([[1001, 1002], [3, 4]])).round(8).tolist())
        print(sigmoid_grad(sigmoid(np.array([[1, 2], [-1, -2]]))).round(8).tolist())
        """,
    )
    assert lines[0] == "[[0.6, 0.8], [0.4472136, 0.89442719]]"
    assert lines[1] == "[[0.26894142, 0.73105858], [0.26894142, 0.73105858]]"
    assert lines[2] == "[[0.19661193, 0.10499359], [0.19661193, 0.10499359]]"


def test_2017_run(play, courses_lines):
    lines = play(IMPORTS_2017, "from q3_sgd import *\nLOSS = negSamplingCostAndGradient\n", RUN)
    assert lines == courses_lines


def test_2017_sentiment_by_gloves_vectors_and_by_the_checkpoint(play, courses_lines):
    folder = Path("utils/datasets")
    folder.mkdir(parents=True)
    (folder / "glove.6B.50d.txt").write_text("the " + "0.5 " * 49 + "1\nunknown " + "1 " * 49 + "1\n")
    params = np.arange(6.0).reshape(2, 3)
    with open("saved_params_5000.npy", "wb") as file:
        pickle.dump(params, file, 0)
        pickle.dump(random.getstate(), file, 0)
    lines = play("""
        import utils.glove as glove
        from q3_sgd import load_saved_params
        from utils.treebank import StanfordSentiment
        dataset = StanfordSentiment()
        vectors = glove.loadWordVectors(dataset.tokens())
        print(vectors.shape == (len(dataset.tokens()), 50), vectors[dataset.tokens()["the"]].sum(), vectors.sum())
        print(len(dataset.getTrainSentences()), dataset.getDevSentences()[0][1] in range(5))
        print(load_saved_params(read_pickle=True)[:2])
        """)
    assert lines[0] == "True 25.5 25.5"
    assert lines[1].endswith(" True")
    assert lines[2:] == str(load_saved_params(read_pickle=True)[:2]).splitlines()
    assert load_saved_params(read_pickle=True)[1].tolist() == params.tolist()


def test_2019_starter_test(play):
    lines = play(
        IMPORTS,
        DUMMY,
        """
        rest = dummies()
        check(skipgram, *rest, naiveSoftmaxLossAndGradient)
        check(skipgram, *rest, negSamplingLossAndGradient)
        window(skipgram, "c", 3, "abedbc", *rest, naiveSoftmaxLossAndGradient)
        window(skipgram, "c", 1, "ab", *rest, negSamplingLossAndGradient)
        """,
    )
    assert [line[:22] for line in lines[:2]] == ["Gradient check passed!"] * 2
    assert numbers(lines) == pytest.approx(WINDOW, rel=1e-13)


def test_2019_run_and_sgd(play, courses_lines):
    lines = play(IMPORTS, "from sgd import *\nLOSS = negSamplingLossAndGradient\n", RUN)
    assert lines == courses_lines
    play("""
        from sgd import sgd
        for x0 in (0.5, 0.0, -1.5):
            assert abs(sgd(lambda x: (np.sum(x**2), x * 2), x0, 0.01, 1000, PRINT_EVERY=100)) <= 1e-6
        """)


def test_2020_starter_test(play):
    lines = play(
        IMPORTS,
        DUMMY,
        """
        vectors, tokens = dummies()
        check(skipgram, vectors, tokens, naiveSoftmaxLossAndGradient)
        grad_tests_softmax(skipgram, tokens, vectors, dataset)
        check(skipgram, vectors, tokens, negSamplingLossAndGradient)
        grad_tests_negsamp(skipgram, tokens, vectors, dataset, negSamplingLossAndGradient)
        """,
    )
    assert lines[1] == "======Skip-Gram with naiveSoftmaxLossAndGradient Test Cases======"
    assert lines.count("All 3 tests passed!") == 2


FILE_2021 = f"""
{HEAD}
import argparse
from utils.gradcheck import gradcheck_naive, grad_tests_softmax, grad_tests_negsamp
from utils.utils import normalizeRows, softmax
from word2vec_numpy.course import naiveSoftmaxLossAndGradient, negSamplingLossAndGradient
from word2vec_numpy.course import skipgram, word2vec_sgd_wrapper
NAME = ("Gradient",)
{DUMMY}
def sigmoid(x):
    return 1 / (1 + np.exp(-x))
def test_sigmoid():
    print("sigmoid", sigmoid(0) == 0.5, np.allclose(sigmoid(np.array([1, 2])), [0.73105858, 0.88079708]))
def test_pair(loss):
    vectors, _ = dummies()
    gradcheck_naive(lambda v: loss(v, 1, vectors, dataset)[:2], np.random.randn(3), "gradCenterVec")
    v = np.random.randn(3)
    gradcheck_naive(lambda U: loss(v, 1, U, dataset)[::2], vectors, "gradOutsideVecs")
def test_skipgram():
    vectors, tokens = dummies()
    check(skipgram, vectors, tokens, naiveSoftmaxLossAndGradient)
    grad_tests_softmax(skipgram, tokens, vectors, dataset)
    check(skipgram, vectors, tokens, negSamplingLossAndGradient)
    grad_tests_negsamp(skipgram, tokens, vectors, dataset, negSamplingLossAndGradient)
if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("function", nargs="?", default="all")
    function = parser.parse_args().function
    if function in ("sigmoid", "all"):
        test_sigmoid()
    for loss in (naiveSoftmaxLossAndGradient, negSamplingLossAndGradient):
        if function in (loss.__name__, "all"):
            test_pair(loss)
    if function in ("skipgram", "all"):
        test_skipgram()
"""


def command(folder, *arguments):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    line = [sys.executable, *arguments]
    return subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("function", "lines"), [("sigmoid", ["sigmoid True True"]), ("all", [*["Gradient check passed!"] * 2] * 3)]
)
def test_2021_command_line(tmp_path, function, lines):
    (tmp_path / "word2vec.py").write_text(FILE_2021)
    done = command(tmp_path, "-m", "word2vec_numpy.course", "word2vec.py", *[function][: function != "all"])
    assert (done.returncode, done.stderr) == (0, "")
    printed = done.stdout.splitlines()
    assert printed[0] == "sigmoid True True"
    if function == "sigmoid":
        assert printed == lines
    else:
        assert [line[:22] for line in printed if line.startswith("Gradient")] == lines
        assert printed.count("All 3 tests passed!") == 2


def test_xcs224n_2020_sanity_checks(play):
    lines = play("""
        from word2vec.course.xcs224n import *
        from utils.gradcheck import gradcheck_naive
        from utils.sanity_checks import *
        dataset, vectors, tokens = dummy()
        f = lambda x: word2vec_sgd_wrapper(skipgram, tokens, x, dataset, 5, negSamplingLossAndGradient)
        gradcheck_naive(f, vectors, "Gradient")
        window, pair = inputs["test_word2vec"], inputs["test_naivesoftmax"]
        V, U = vectors[:5, :], vectors[5:, :]
        words = window["currentCenterWord"], window["windowSize"], window["outsideWords"]
        found = skipgram(*words, tokens, V, U, dataset, naiveSoftmaxLossAndGradient)
        print(found[0])
        for value, name in zip(found, ("loss", "dj_dv", "dj_du")):
            assert np.allclose(value, outputs["test_word2vec"][name])
        pair = pair["centerWordVec"], pair["outsideWordIdx"], pair["outsideVectors"]
        found = naiveSoftmaxLossAndGradient(*pair, dataset)
        print(found[0])
        for value, name in zip(found, ("loss", "dj_dvc", "dj_du")):
            assert np.allclose(value, outputs["test_naivesoftmax"][name])
        assert np.allclose(sigmoid(inputs["test_sigmoid"]["x"]), outputs["test_sigmoid"]["s"])
        random.seed(1)
        print(skipgram(*words, tokens, V, U, dataset)[0])
        random.seed(1)
        print(skipgram(*words, tokens, V, U, dataset, negSamplingLossAndGradient)[0])
        """)
    assert lines[0].startswith("Gradient check passed!")
    first, pair, default, negative = numbers(lines)
    assert first == pytest.approx(WINDOW[0], rel=1e-13)
    assert pair == pytest.approx(2.217424877675181, rel=1e-8)
    assert default == negative


def test_xcs224n_2020_run(play, courses_lines):
    head = "from word2vec.course.xcs224n import *\nfrom sgd import *\nLOSS = negSamplingLossAndGradient\n"
    lines = play(
        head,
        RUN,
        """
        from utils.utils import dump, load
        dump({word: list(vector) for word, vector in zip(list(tokens)[:3], x[:3, :])}, "sample_vectors.json")
        assert all(load("sample_vectors.json")[word] == x[tokens[word]].tolist() for word in list(tokens)[:3])
        """,
    )
    assert lines == courses_lines


SNAKE = """
from word2vec import course
def naive_softmax_loss_and_gradient(center_word_vec, outside_word_idx, outside_vectors, dataset):
    return course.naiveSoftmaxLossAndGradient(center_word_vec, outside_word_idx, outside_vectors, dataset)
class Camel:
    def __init__(self, dataset):
        self.sampleTokenIdx, self.getRandomContext = dataset.sample_token_idx, dataset.get_random_context
def neg_sampling_loss_and_gradient(center_word_vec, outside_word_idx, outside_vectors, dataset, K=10):
    return course.negSamplingLossAndGradient(center_word_vec, outside_word_idx, outside_vectors, Camel(dataset), K)
def skipgram(current_center_word, outside_words, word2ind, center_word_vectors, outside_vectors, dataset,
             word2vec_loss_and_gradient=neg_sampling_loss_and_gradient):
    size = len(outside_words)
    window = current_center_word, size, outside_words, word2ind, center_word_vectors, outside_vectors
    return course.skipgram(*window, dataset, word2vec_loss_and_gradient)
"""


def test_xcs224n_2021_by_an_adapter(play):
    lines = play(
        SNAKE,
        """
        from utils.sanity_checks import *
        from utils.utils import normalize_rows
        dataset, vectors, tokens = dummy()
        pair, names = inputs["test_naivesoftmax"], ("center_word_vec", "outside_word_idx", "outside_vectors")
        print(naive_softmax_loss_and_gradient(*(pair[name] for name in names), dataset)[0])
        words = inputs["test_word2vec"]["outside_words"]
        both = vectors[:5, :], vectors[5:, :]
        print(skipgram("c", words, tokens, *both, dataset, naive_softmax_loss_and_gradient)[0])
        print(skipgram("c", ["a", "b"], tokens, *both, dataset)[0])
        assert np.allclose(normalize_rows(vectors), vectors)
        """,
    )
    assert numbers(lines) == pytest.approx([2.217424877675181, WINDOW[0], 15.475254528181654], rel=1e-8)


def test_sample_vectors_are_of_the_dimension_of_the_run():
    assert {word: len(vector) for word, vector in sample_vectors_expected.items()} == {"female": 10, "cool": 10}


@pytest.mark.slow  # 40,000 iterations each
@pytest.mark.parametrize(("seeds", "last"), [((31415, 9265), "9.812206"), ((1407, 1411), "9.348632")])
def test_the_last_loss_on_the_real_treebank(play, treebank, monkeypatch, seeds, last):
    monkeypatch.setattr(treebank_files, "TREEBANK", Path(treebank))
    script = (
        RUN.replace("31415", str(seeds[0]))
        .replace("9265", str(seeds[1]))
        .replace("0.3, 40, None, True", "0.3, 40000")
    )
    report = 'for word in ("female", "cool"):\n    print(word, *x[tokens[word]])\n'
    *lines, female, cool = play(IMPORTS, "from sgd import *\nLOSS = negSamplingLossAndGradient\n", script, report)
    assert lines[-1] == f"iter 40000: {last}"
    if last == "9.812206":
        for line in (female, cool):
            word, *vector = line.split()
            np.testing.assert_allclose([*map(float, vector)], sample_vectors_expected[word], atol=1e-11)


# what is lent, and what is not


def test_files_that_are_there_go_first(play):
    Path("utils").mkdir()
    Path("utils/utils.py").write_text("def softmax(x):\n    return 'theirs'\n")
    Path("sgd.py").write_text("sgd = 'theirs'\n")
    lines = play("""
        from sgd import sgd
        from utils.utils import softmax
        from utils.gradcheck import gradcheck_naive
        print(softmax(0), sgd, gradcheck_naive.__module__)
        """)
    assert lines == ["theirs theirs word2vec.gradcheck.course"]


@pytest.mark.parametrize("kind", ["package", "module"])
def test_a_utils_of_their_own_lends_what_it_lacks_if_it_is_a_package(play, kind):
    if kind == "package":
        Path("utils").mkdir()
        Path("utils/__init__.py").write_text("mine = True\n")
    else:
        Path("utils.py").write_text("mine = True\n")
    lines = play("""
        import utils
        try:
            import utils.glove
        except ImportError as error:
            print(error)
        print(utils.mine, hasattr(utils, "glove"))
        """)
    assert lines[-1] == f"True {kind == 'package'}"


def test_a_script_that_is_not_there(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"run\.py does not exist: expected a Python script, such as the hand-"
    ):
        handouts.prepare(tmp_path / "run.py")


def test_a_word2vec_of_their_own_is_not_hidden(tmp_path):
    for name in ("word2vec.py", "run.py"):
        (tmp_path / name).write_text("")
    with pytest.raises(
        ImportError, match=r"a word2vec\.py is beside .*: run it by `python -m word2vec_numpy\.course"
    ):
        handouts.prepare(tmp_path / "run.py")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [([], r"^usage: python -m word2vec_numpy\.course SCRIPT \["), (["no.py"], r"^no\.py does not exist: expected")],
)
def test_the_command_without_a_script_or_with_none(tmp_path, arguments, message):
    done = command(tmp_path, "-m", "word2vec.course", *arguments)
    assert done.returncode == 1
    assert re.match(message, done.stderr)


@pytest.mark.parametrize(
    ("line", "beside", "message"),
    [
        ("print 1", "", "line 2 of run.py is not Python 3 but Python 2: `2to3 -w run.py` rewrites it"),
        pytest.param("import helper", "x = (", "line 1 of helper.py is not Python 3.", marks=pytest.mark.slow),
        pytest.param("eval('1 +')", "", "Traceback", marks=pytest.mark.slow),
    ],
)
def test_the_command_names_the_line_that_is_no_python(tmp_path, line, beside, message):
    (tmp_path / "run.py").write_text(f"x = 1\n{line}\n")
    (tmp_path / "helper.py").write_text(beside)
    done = command(tmp_path, "-m", "word2vec.course", "run.py")
    assert done.returncode == 1
    assert done.stderr.startswith(message)


def test_the_command_explains_itself(tmp_path):
    done = command(tmp_path, "-m", "word2vec.course", "-h")
    assert done.returncode == 0
    assert done.stdout.startswith("usage: python -m word2vec_numpy.course SCRIPT [")
