"""word2vec/course/diagnose_checks.py: planted bugs, each found in its function and in no other; correct variants."""

import random
import textwrap
import warnings
from contextlib import redirect_stdout
from itertools import combinations

import numpy as np
import pytest

from word2vec import negative_sampling, sgd
from word2vec.course import assignment, diagnose, diagnose_checks
from word2vec.course.diagnose_checks import CHECKS, PAIRS, Draws, EndlessDraws, Note, Subject
from word2vec.course.examination import functions_in, judge_all, word

FUNCTIONS = """
import random
import numpy as np

def sigmoid(x):
    t = np.tanh(np.multiply(x, 0.5))
    return 0.5 * (t + 1.0)

def softmax(scores):
    weights = np.exp(scores - np.amax(scores, axis=-1, keepdims=True))
    return weights / np.sum(weights, axis=-1, keepdims=True)

def naiveSoftmaxLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset):
    probabilities = softmax(outsideVectors.dot(centerWordVec))
    loss = -np.log(probabilities[outsideWordIdx])
    miss = probabilities.copy()
    miss[outsideWordIdx] -= 1.0
    gradCenterVec = miss.dot(outsideVectors)
    gradOutsideVecs = miss[:, None] * centerWordVec
    return loss, gradCenterVec, gradOutsideVecs

def getNegativeSamples(outsideWordIdx, dataset, K):
    found = []
    while len(found) < K:
        drawn = dataset.sampleTokenIdx()
        if drawn != outsideWordIdx:
            found.append(drawn)
    return found

def negSamplingLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset, K=10):
    gradCenterVec = np.zeros_like(centerWordVec)
    gradOutsideVecs = np.zeros_like(outsideVectors)
    negatives = getNegativeSamples(outsideWordIdx, dataset, K)
    right = sigmoid(outsideVectors[outsideWordIdx].dot(centerWordVec))
    loss = -np.log(right)
    gradCenterVec += (right - 1.0) * outsideVectors[outsideWordIdx]
    gradOutsideVecs[outsideWordIdx] += (right - 1.0) * centerWordVec
    for k in negatives:
        noise = sigmoid(-outsideVectors[k].dot(centerWordVec))
        loss -= np.log(noise)
        gradCenterVec += (1.0 - noise) * outsideVectors[k]
        gradOutsideVecs[k] += (1.0 - noise) * centerWordVec
    return loss, gradCenterVec, gradOutsideVecs

def skipgram(currentCenterWord, windowSize, outsideWords, word2Ind, centerWordVectors, outsideVectors,
             dataset, word2vecLossAndGradient=naiveSoftmaxLossAndGradient):
    loss = 0.0
    gradCenterVecs = np.zeros(centerWordVectors.shape)
    gradOutsideVectors = np.zeros(outsideVectors.shape)
    centre = word2Ind[currentCenterWord]
    for word in outsideWords:
        l, gv, gu = word2vecLossAndGradient(
            centerWordVectors[centre], word2Ind[word], outsideVectors, dataset)
        loss += l
        gradCenterVecs[centre] += gv
        gradOutsideVectors += gu
    return loss, gradCenterVecs, gradOutsideVectors

def cbow(currentWord, C, contextWords, tokens, inputVectors, outputVectors, dataset,
         word2vecCostAndGradient=naiveSoftmaxLossAndGradient):
    ids = [tokens[word] for word in contextWords]
    cost, grad, gradOut = word2vecCostAndGradient(
        sum(inputVectors[i] for i in ids), tokens[currentWord], outputVectors, dataset)
    gradIn = np.zeros(inputVectors.shape)
    for i in ids:
        gradIn[i] += grad
    return cost, gradIn, gradOut

def word2vec_sgd_wrapper(word2vecModel, word2Ind, wordVectors, dataset, windowSize,
                         word2vecLossAndGradient=naiveSoftmaxLossAndGradient):
    batchsize, half = 50, len(wordVectors) // 2
    loss, grad = 0.0, np.zeros(wordVectors.shape)
    for _ in range(batchsize):
        C = random.randint(1, windowSize)
        centerWord, context = dataset.getRandomContext(C)
        l, gv, gu = word2vecModel(centerWord, C, context, word2Ind, wordVectors[:half, :],
                                  wordVectors[half:, :], dataset, word2vecLossAndGradient)
        loss += l / batchsize
        grad[:half] += gv / batchsize
        grad[half:] += gu / batchsize
    return loss, grad
"""

SGD = """def sgd(f, x0, step, iterations, postprocessing=None, useSaved=False, PRINT_EVERY=10):
    x, smoothed = x0, None
    for i in range(1, iterations + 1):
        loss, grad = f(x)
        x = x - step * grad
        if postprocessing:
            x = postprocessing(x)
        if i % PRINT_EVERY == 0:
            smoothed = loss if smoothed is None else 0.95 * smoothed + 0.05 * loss
            print("iter %d: %f" % (i, smoothed))
        if i % 20000 == 0:
            step *= 0.5
    return x
"""
MAIN = """
if __name__ == "__main__":
    raise SystemExit("the tests must not run")
"""
RIGHT = FUNCTIONS + SGD + MAIN


class Report:
    """A report, taken apart: the word and the remarks for each function."""

    def __init__(self, text, ok):
        self.text, self.ok, self.words, self.remarks = text, ok, {}, {}
        name = ""
        for line in text.splitlines()[1:-1]:
            if line.startswith("    "):
                self.remarks[name] += line.strip().removeprefix("- ") + " "
            else:
                name, _, word = line.strip().partition("  ")
                self.words[name], self.remarks[name] = word.strip(), ""

    def wrong(self):
        return [name for name, word in self.words.items() if word == "wrong" and not name.startswith("together")]


@pytest.fixture
def judge(tmp_path):
    """Judge the functions of a module with this text, in this process, which is faster than in one of its own."""
    path = tmp_path / "learner.py"

    def judge(source):
        path.write_text(source, encoding="utf-8")
        names = {"__name__": "learner"}
        exec(compile(source, path, "exec"), names)
        with redirect_stdout(None), np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            verdicts = dict(judge_all(functions_in(names), tmp_path, {}, begin=lambda what: None))
        right = {*map(word, verdicts.values())} == {"right"}
        return Report(diagnose._report(path, [], verdicts), right)

    return judge


def planted(changes, source=RIGHT):
    """Put a bug into a source: each change must find its place."""
    for old, new in changes:
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    return source


NAIVE, NEGATIVE = "naiveSoftmaxLossAndGradient", "negSamplingLossAndGradient"
DRAW, BATCH = "getNegativeSamples", "word2vec_sgd_wrapper"
# what is changed in RIGHT, the only function that is wrong for it, what is said of it
BUGS = {
    "sigmoid: nan at 1000": (
        [("t = np.tanh(np.multiply(x, 0.5))\n    return 0.5 * (t + 1.0)", "return np.exp(x) / (1 + np.exp(x))")],
        "sigmoid",
        "at 1000 it gives nan, expected 1.0: an exponential overflows",
    ),
    "sigmoid: sign": ([("np.multiply(x, 0.5)", "np.multiply(x, -0.5)")], "sigmoid", "sign of the exponent"),
    "sigmoid: scalar only": (
        [("return 0.5 * (t + 1.0)", "return float(0.5 * (np.ravel(t)[0] + 1.0))")],
        "sigmoid",
        "returns shape () for an argument of shape (3,)",
    ),
    "softmax: whole matrix": (
        [("np.sum(weights, axis=-1, keepdims=True)", "np.sum(weights)")],
        "softmax",
        "value at [[-2.0, -0.5, 0.0], [0.25, 1.0, 3.0]] differs",
    ),
    "softmax: overflow": (
        [(" - np.amax(scores, axis=-1, keepdims=True)", "")],
        "softmax",
        "adding one number to all",
    ),
    "softmax missing": (
        [
            (
                "probabilities = softmax(outsideVectors.dot(centerWordVec))",
                "probabilities = outsideVectors.dot(centerWordVec)",
            ),
            ("loss = -np.log(probabilities[outsideWordIdx])", "loss = -probabilities[outsideWordIdx]"),
        ],
        NAIVE,
        "the softmax is missing",
    ),
    "softmax not imported": (
        [("softmax(outsideVectors.dot", "soft_max(outsideVectors.dot")],
        NAIVE,
        "stops with NameError: name 'soft_max' is not defined (line 14 of learner.py)",
    ),
    "y not subtracted": (
        [("    miss[outsideWordIdx] -= 1.0\n", "")],
        NAIVE,
        "stands in the loss twice, and of its two terms one is missing",
    ),
    "y added": (
        [("miss[outsideWordIdx] -= 1.0", "miss[outsideWordIdx] += 1.0")],
        NAIVE,
        "of its two terms one has the wrong sign",
    ),
    "log2": (
        [("loss = -np.log(prob", "loss = -np.log2(prob")],
        NAIVE,
        "the ratio is 1/log 2: look at the base of the logarithm",
    ),
    "only the loss is wrong": (
        [("loss = -np.log(prob", "loss = np.log(prob")],
        NAIVE,
        "only the loss itself is wrong",
    ),
    "gradient transposed": (
        [("miss[:, None] * centerWordVec", "centerWordVec[:, None] * miss")],
        NAIVE,
        "gradOutsideVecs has shape (3, 5), expected (5, 3) (transposed?)",
    ),
    "outer with the wrong vector": (
        [("miss[:, None] * centerWordVec", "miss[:, None] * outsideVectors")],
        NAIVE,
        "gradOutsideVecs, checked against your loss, differs in the rows of a, b, c, d, e",
    ),
    "naive: wrong sign": (
        [("gradCenterVec = miss.dot", "gradCenterVec = -miss.dot")],
        NAIVE,
        "the sign is the other way round",
    ),
    "naive: rows permuted": (
        [("miss[:, None] * centerWordVec", "miss[::-1, None] * centerWordVec")],
        NAIVE,
        "they stand at the wrong words",
    ),
    "naive: scale by a thousandth": (
        [("gradCenterVec = miss.dot", "gradCenterVec = 1.001 * miss.dot")],
        NAIVE,
        "it is 1.001 times what it should be",
    ),
    "naive: changes its argument": (
        [("miss = probabilities.copy()", "outsideVectors *= 1.5\n    miss = probabilities.copy()")],
        NAIVE,
        "changes its argument outsideVectors in place",
    ),
    "naive: float32": (
        [
            (
                "gradOutsideVecs = miss[:, None] * centerWordVec",
                "gradOutsideVecs = (miss[:, None] * centerWordVec).astype(np.float32)",
            )
        ],
        NAIVE,
        "gradOutsideVecs is float32, expected float64",
    ),
    "naive: another word's loss": (
        [("np.log(probabilities[outsideWordIdx])", "np.log(probabilities[0])")],
        NAIVE,
        "this is the loss of word a, not of b",
    ),
    "naive: summed over all words": (
        [("np.log(probabilities[outsideWordIdx])", "np.log(probabilities).sum()")],
        NAIVE,
        "summed over all words",
    ),
    "naive: two values": (
        [
            (
                "* centerWordVec\n    return loss, gradCenterVec, gradOutsideVecs\n\ndef getNeg",
                "* centerWordVec\n    return loss, gradCenterVec\n\ndef getNeg",
            )
        ],
        NAIVE,
        "returns 2 values; expected loss, gradCenterVec, gradOutsideVecs",
    ),
    "naive: returns nothing": (
        [
            (
                "gradOutsideVecs = miss[:, None] * centerWordVec\n    return loss",
                "gradOutsideVecs = miss[:, None]\n    loss",
            )
        ],
        NAIVE,
        "returns NoneType; expected loss, gradCenterVec, gradOutsideVecs",
    ),
    "naive: draws negatives": (
        [
            (
                "    miss = probabilities.copy()",
                "    getNegativeSamples(outsideWordIdx, dataset, 10)\n    miss = probabilities.copy()",
            )
        ],
        NAIVE,
        "draws 10 times from the dataset, expected 0",
    ),
    "naive: exception": (
        [("loss = -np.log(prob", "loss = -np.log(centerWordVec @ np.ones(7)) + np.log(prob")],
        NAIVE,
        "stops with ValueError: matmul",
    ),
    "naive: not written": (
        [("gradCenterVec = miss.dot(outsideVectors)", "gradCenterVec = np.zeros(3)")],
        NAIVE,
        "it is zero: not written yet",
    ),
    "outside word not excluded": (
        [("        if drawn != outsideWordIdx:\n            found.append(drawn)", "        found.append(drawn)")],
        DRAW,
        "the outside word is among them",
    ),
    "hits skipped": (
        [("while len(found) < K:", "for _ in range(K):")],
        DRAW,
        "a hit is to be drawn again, not left out",
    ),
    "no repeats": (
        [("if drawn != outsideWordIdx:", "if drawn != outsideWordIdx and drawn not in found:")],
        DRAW,
        "a word may come several times",
    ),
    "numpy's generator": (
        [("drawn = dataset.sampleTokenIdx()", "drawn = np.random.randint(5)")],
        DRAW,
        "does not ask dataset.sampleTokenIdx()",
    ),
    "infinite redraw": (
        [
            (
                "        if drawn != outsideWordIdx:\n            found.append(drawn)",
                "        while drawn == outsideWordIdx: dataset.sampleTokenIdx()\n        found.append(drawn)",
            )
        ],
        DRAW,
        "the loop that draws again never ends; look at what it compares",
    ),
    "repeats lost": (
        [
            (
                "        gradOutsideVecs[k] += (1.0 - noise) * centerWordVec\n",
                "        pass\n    s = 1.0 - sigmoid(-outsideVectors[negatives].dot(centerWordVec))\n"
                "    gradOutsideVecs[negatives] += s[:, None] * centerWordVec\n",
            )
        ],
        NEGATIVE,
        "`+=` with a list of indices counts each only once",
    ),
    "repeats lost in the loss": (
        [("for k in negatives:", "for k in set(negatives):")],
        NEGATIVE,
        "a word drawn n times counts only once",
    ),
    "negatives drawn twice": (
        [
            (
                "    right = sigmoid(",
                "    negatives = getNegativeSamples(outsideWordIdx, dataset, K)\n    right = sigmoid(",
            )
        ],
        NEGATIVE,
        "draws 20 times from the dataset, expected 10: they are drawn twice per pair",
    ),
    "K ignored": (
        [("(outsideWordIdx, dataset, K)\n    right", "(outsideWordIdx, dataset, 10)\n    right")],
        NEGATIVE,
        "K is not used",
    ),
    "K = 5": ([("dataset, K=10)", "dataset, K=5)")], NEGATIVE, "draws 5 times from the dataset, expected 10"),
    "positive term missing": (
        [("    gradCenterVec += (right - 1.0) * outsideVectors[outsideWordIdx]\n", "")],
        NEGATIVE,
        "the outside word's own term is missing",
    ),
    "negatives averaged": (
        [("loss -= np.log(noise)", "loss -= np.log(noise) / K")],
        NEGATIVE,
        "the negatives are averaged instead of summed",
    ),
    "sign of the negatives' score": (
        [("noise = sigmoid(-outside", "noise = sigmoid(outside")],
        NEGATIVE,
        "the scores of the negatives have the wrong sign",
    ),
    "sign of the negatives' gradient": (
        [("gradOutsideVecs[k] += (1", "gradOutsideVecs[k] -= (1")],
        NEGATIVE,
        "the negatives' terms have the wrong sign",
    ),
    "constant term lost": (
        [("gradOutsideVecs[outsideWordIdx] += (right - 1.0)", "gradOutsideVecs[outsideWordIdx] += right")],
        NEGATIVE,
        "in the outside word's own term, look at the derivative of log sigmoid",
    ),
    "loss as an array": (
        [("loss = -np.log(right)", "loss = -np.log([right, right])")],
        NEGATIVE,
        "loss has shape (2,), expected ()",
    ),
    "nan": ([("loss -= np.log(noise)", "loss -= np.log(noise - 1)")], NEGATIVE, "loss is not finite"),
    "window overwritten": (
        [("gradOutsideVectors += gu", "gradOutsideVectors = gu")],
        "skipgram",
        "only the last one is kept",
    ),
    "window averaged": (
        [("loss += l\n", "loss += l / len(outsideWords)\n")],
        "skipgram",
        "a window's pairs are summed",
    ),
    "every row filled": (
        [("gradCenterVecs[centre] += gv", "gradCenterVecs += gv")],
        "skipgram",
        "every row is filled",
    ),
    "rows of the outside words": (
        [("gradCenterVecs[centre] += gv", "gradCenterVecs[word2Ind[word]] += gv")],
        "skipgram",
        "it stands in the rows of the outside words",
    ),
    "centre and outside swapped": (
        [("centerWordVectors[centre], word2Ind[word]", "outsideVectors[centre], word2Ind[word]")],
        "skipgram",
        "this is the outside vector of c",
    ),
    "asks for the centre word": (
        [("centerWordVectors[centre], word2Ind[word]", "centerWordVectors[centre], centre")],
        "skipgram",
        "the loss is asked for [2, 2, 2, 2]",
    ),
    "window's size, not its words": (
        [
            (
                "    for word in outsideWords:\n",
                "    for j in range(2 * windowSize):\n        word = outsideWords[j]\n",
            )
        ],
        "skipgram",
        "stops with IndexError: list index out of range (line 52 of learner.py); a window may be shorter",
    ),
    "loss evaluated twice": (
        [
            (
                "        l, gv, gu = word2vecLossAndGradient(",
                "        word2vecLossAndGradient(centerWordVectors[centre], word2Ind[word],"
                " outsideVectors, dataset)\n        l, gv, gu = word2vecLossAndGradient(",
            )
        ],
        "skipgram",
        "it is evaluated twice per pair",
    ),
    "cbow: mean": (
        [("sum(inputVectors[i] for i in ids)", "np.mean([inputVectors[i] for i in ids], axis=0)")],
        "cbow",
        "the course takes the sum",
    ),
    "cbow: repeats": (
        [("    for i in ids:\n        gradIn[i] += grad", "    gradIn[ids] += grad")],
        "cbow",
        "a word that stands in the context twice counts once",
    ),
    "sum not mean": ([("loss += l / batchsize", "loss += l")], BATCH, "a sum over the batch where the mean"),
    "gradient sum not mean": (
        [("gv / batchsize", "gv"), ("gu / batchsize", "gu")],
        BATCH,
        "a sum over the batch where the mean",
    ),
    "batch of 25": ([("batchsize, half = 50", "batchsize, half = 25")], BATCH, "calls the model 25 times"),
    "halves swapped": (
        [("grad[:half] += gv", "grad[half:] += gv"), ("grad[half:] += gu", "grad[:half] += gu")],
        BATCH,
        "centre and outside half are swapped",
    ),
    "another draw": (
        [("C = random.randint(1, windowSize)", "C = random.randint(1, windowSize); random.random()")],
        BATCH,
        "draws other windows",
    ),
    "skipgram: gradients the other way round": (
        [("return loss, gradCenterVecs, gradOutsideVectors", "return gradCenterVecs, loss, gradOutsideVectors")],
        "skipgram",
        "loss has shape (5, 3), expected ()",
    ),
    "skipgram: uses up the window": (
        [("for word in outsideWords:", "for word in [outsideWords.pop(0) for _ in outsideWords[:]]:")],
        "skipgram",
        "changes its argument outsideWords in place",
    ),
    "skipgram: changes the vectors": (
        [("    centre = word2Ind", "    outsideVectors -= outsideVectors.mean()\n    centre = word2Ind")],
        "skipgram",
        "changes its argument outsideVectors in place",
    ),
    "skipgram: centre vectors for outside vectors": (
        [
            (
                "centerWordVectors[centre], word2Ind[word], outsideVectors, dataset)",
                "centerWordVectors[centre], word2Ind[word], centerWordVectors, dataset)",
            )
        ],
        "skipgram",
        "outsideVectors handed to the loss differs in the rows of a, b, c, d, e (at",
    ),
    "cbow: predicts a word of the context": (
        [("tokens[currentWord], outputVectors", "ids[0], outputVectors")],
        "cbow",
        "the loss is asked for [0], expected [2]: the middle word, once",
    ),
    "cbow: cost": ([("return cost, gradIn", "return 2 * cost, gradIn")], "cbow", "cost is 2"),
    "cbow: gradOut": (
        [("return cost, gradIn, gradOut", "return cost, gradIn, -gradOut")],
        "cbow",
        "gradOut differs in the rows of a, b, c, d, e",
    ),
    "batch: gradient of another shape": (
        [("    return loss, grad\n", "    return loss, grad[:half]\n")],
        BATCH,
        "grad has shape (5, 3), expected (10, 3)",
    ),
    "batch: changes the vectors": (
        [("    return loss, grad\n", "    wordVectors *= 2\n    return loss, grad\n")],
        BATCH,
        "changes its argument wordVectors in place",
    ),
    "batch: hands the halves over the other way round": (
        [
            ("wordVectors[:half, :],", "wordVectors[half:, :],"),
            ("wordVectors[half:, :], dataset", "wordVectors[:half, :], dataset"),
        ],
        BATCH,
        "centerWordVectors handed to the model differs in the rows of a, b, c, d, e",
    ),
    "negatives: none returned": (
        [("    return found\n", "    found\n")],
        DRAW,
        "returns None; expected a list of 2 ids",
    ),
    "negatives: one id too many drawn": (
        [("    return found\n", "    dataset.sampleTokenIdx()\n    return found\n")],
        DRAW,
        "draws 3 ids where 2 are enough",
    ),
    "skipgram: float32": (
        [("np.zeros(centerWordVectors.shape)", "np.zeros(centerWordVectors.shape, np.float32)")],
        "skipgram",
        "gradCenterVecs is float32, expected float64",
    ),
    "naive: other random numbers": (
        [("    miss = probabilities.copy()", "    random.random()\n    miss = probabilities.copy()")],
        NAIVE,
        "draws random numbers from elsewhere",
    ),
    "naive: small scores only": (
        [
            (
                "softmax(outsideVectors.dot(centerWordVec))",
                "softmax(np.clip(outsideVectors.dot(centerWordVec), -2, 2))",
            )
        ],
        NAIVE,
        "loss is 4.028031154, expected 4.26566813",
    ),
    "batch: one draw at the end": (
        [("    return loss, grad\n", "    random.random()\n    return loss, grad\n")],
        BATCH,
        "draws more random numbers than",
    ),
    "climbs": ([("x = x - step * grad", "x = x + step * grad")], "sgd", "it climbs"),
    "no halving": ([("step *= 0.5", "pass")], "sgd", "the step is never halved"),
    "no postprocessing": ([("x = postprocessing(x)", "postprocessing(x)")], "sgd", "it is not applied"),
    "sgd returns nothing": (
        [("            step *= 0.5\n    return x", "            step *= 0.5")],
        "sgd",
        "returns None",
    ),
    "one step short": (
        [("range(1, iterations + 1)", "range(1, iterations)")],
        "sgd",
        "evaluates f 2 times in 3 iterations",
    ),
}


@pytest.mark.parametrize(("changes", "function", "hint"), BUGS.values(), ids=BUGS)
def test_planted_bug_is_found_in_its_function_and_in_no_other(judge, changes, function, hint):
    report = judge(planted(changes, SGD if function == "sgd" else FUNCTIONS))
    assert report.wrong() == [function], report.text
    assert hint in report.remarks[function]
    assert not report.ok
    assert f"Begin with {function}" in report.text.splitlines()[-1]
    assert not any(solution in report.text for solution in ("np.add.at", "np.outer", "y_hat", "one-hot", "- 1"))
    assert report.text.isascii()


@pytest.mark.parametrize(
    ("bug", "identity"),
    [
        ("log2", "loss at zero vectors, log V as all words are equally likely, is 2.321928095, expected 1.609437912"),
        ("softmax missing", "loss changes if one vector is added to all outside vectors"),
        ("y not subtracted", "gradOutsideVecs does not sum to zero over the words"),
        ("negatives averaged", "loss at zero vectors, (K + 1) log 2, is 1.386294361, expected 7.624618986"),
        ("K ignored", "the same for K = 4, is 7.624618986, expected 3.465735903: K is not used"),
    ],
)
def test_broken_identity_is_pointed_out(judge, bug, identity):
    changes, function, _ = BUGS[bug]
    assert identity in judge(planted(changes, FUNCTIONS)).remarks[function]


def test_rows_of_untouched_words_are_to_be_zero(judge):
    """A loss that all gradient checks with all words drawn let through."""
    changes = [("    for k in negatives:", "    gradOutsideVecs += 1e-9\n    for k in negatives:")]
    report = judge(planted(changes, FUNCTIONS))
    assert report.wrong() == [NEGATIVE]
    assert (
        "gradOutsideVecs is not zero in the rows of words that are neither seen nor drawn" in report.remarks[NEGATIVE]
    )


def test_report_does_not_depend_on_the_state_of_the_generators(judge):
    changes, *_ = BUGS["numpy's generator"]
    texts = set()
    for seed in (1, 2):
        random.seed(seed)
        np.random.seed(seed)
        texts.add(judge(planted(changes, FUNCTIONS)).text)
    assert len(texts) == 1
    assert "together, the starter test   wrong" in texts.pop()


# correct variants

VARIANTS = {
    "as it is": [],
    "logarithm of the softmax, by itself": [
        (
            "loss = -np.log(probabilities[outsideWordIdx])",
            "s = outsideVectors @ centerWordVec\n    loss = np.log(np.sum(np.exp(s))) - s[outsideWordIdx]",
        )
    ],
    "a tiny number against log 0": [
        ("np.log(probabilities[outsideWordIdx])", "np.log(probabilities[outsideWordIdx] + 1e-10)")
    ],
    "a list instead of a tuple": [
        (
            "    gradOutsideVecs = miss[:, None] * centerWordVec\n    return loss, gradCenterVec, gradOutsideVecs",
            "    return [loss, gradCenterVec, np.einsum('i,j->ij', miss, centerWordVec)]",
        )
    ],
    "loss of shape (1,)": [("np.log(probabilities[outsideWordIdx])", "np.log(probabilities[[outsideWordIdx]])")],
    "an array of negatives": [("    return found\n", "    return np.array(found)\n")],
    "all candidates first, then the hits anew": [
        (
            """        drawn = dataset.sampleTokenIdx()
        if drawn != outsideWordIdx:
            found.append(drawn)
""",
            """        drawn = outsideWordIdx
        while drawn == outsideWordIdx:
            drawn = dataset.sampleTokenIdx()
        found += [drawn]
""",
        )
    ],
    "counts of the negatives": [
        ("    for k in negatives:\n", "    for k, n in zip(*np.unique(negatives, return_counts=True)):\n"),
        ("loss -= np.log(noise)", "loss -= n * np.log(noise)"),
        ("gradCenterVec += (1.0 - noise)", "gradCenterVec += n * (1.0 - noise)"),
        ("gradOutsideVecs[k] += (1.0 - noise)", "gradOutsideVecs[k] += n * (1.0 - noise)"),
    ],
    "divided at the end": [
        ("loss += l / batchsize", "loss += l"),
        ("gv / batchsize", "gv"),
        ("gu / batchsize", "gu"),
        ("    return loss, grad\n", "    return loss / batchsize, grad / batchsize\n"),
    ],
    "loss named by keyword": [
        (
            "centerWordVectors[centre], word2Ind[word], outsideVectors, dataset)",
            "centerWordVec=centerWordVectors[centre], outsideWordIdx=word2Ind[word], outsideVectors=outsideVectors,"
            " dataset=dataset)",
        )
    ],
    "x changed in place": [("x = x - step * grad", "x -= step * grad")],
}


@pytest.mark.parametrize("changes", VARIANTS.values(), ids=VARIANTS)
def test_correct_variant_is_right_without_a_remark(judge, changes):
    report = judge(planted(changes))
    assert report.ok, report.text
    assert [*report.words] == [
        "sigmoid",
        "softmax",
        "naiveSoftmaxLossAndGradient",
        "getNegativeSamples",
        "negSamplingLossAndGradient",
        "skipgram",
        "cbow",
        "word2vec_sgd_wrapper",
        "sgd",
        "together, the starter test",
    ]
    assert {*report.words.values()} == {"right"}
    assert not any(report.remarks.values()), report.text


def test_textbook_sigmoid_is_right_with_a_remark(judge):
    report = judge("import numpy as np\ndef sigmoid(x):\n    return 1 / (1 + np.exp(-x))\n")
    assert report.ok
    assert report.words["sigmoid"] == "right"
    assert "an exponential overflows at -1000: NumPy warns" in report.remarks["sigmoid"]


def test_softmax_may_change_its_argument(judge):
    source = """
        import numpy as np
        def softmax(x):
            x -= np.max(x, axis=-1, keepdims=True)
            np.exp(x, out=x)
            x /= np.sum(x, axis=-1, keepdims=True)
            return x
    """
    report = judge(textwrap.dedent(source))
    assert report.ok
    assert "changes its argument in place, which may surprise" in report.remarks["softmax"]


def test_other_printing_is_remarked_on(judge):
    report = judge(planted([('"iter %d: %f"', '"at %d: %f"')], SGD))
    assert report.ok
    assert "prints ['at 2: 2.000000', 'at 4: 2.100000']; the course's: iter 2" in report.remarks["sgd"]


def test_helpers_of_2017(judge):
    source = """
        import numpy as np
        def sigmoid_grad(s):
            return 1 / (1 + np.exp(-s)) * (1 - 1 / (1 + np.exp(-s)))
        def normalizeRows(x):
            return x / np.sqrt(np.sum(x ** 2, axis=0))
        def softmax(x):
            return np.exp(x) / np.exp(x).sum(axis=0)
    """
    report = judge(textwrap.dedent(source))
    assert report.wrong() == ["sigmoid_grad", "softmax", "normalizeRows"]
    assert "the argument is sigmoid(x) already" in report.remarks["sigmoid_grad"]
    assert "the columns are scaled, not the rows" in report.remarks["normalizeRows"]
    assert "each row is to sum to 1, not each column" in report.remarks["softmax"]


def test_old_names_are_judged_and_replace_the_new_ones(judge):
    source = FUNCTIONS.replace("naiveSoftmaxLossAndGradient", "softmaxCostAndGradient")
    source = source.replace("negSamplingLossAndGradient", "negSamplingCostAndGradient")
    report = judge(source)
    assert report.ok, report.text
    assert report.words["softmaxCostAndGradient"] == report.words["negSamplingCostAndGradient"] == "right"
    assert not {"naiveSoftmaxLossAndGradient", "negSamplingLossAndGradient"} & {*report.words}
    wrong = judge(planted([("    miss[outsideWordIdx] -= 1.0\n", "")], source))
    assert wrong.wrong() == ["softmaxCostAndGradient"]


def test_optional_cbow_may_be_unwritten(judge):
    source = """
        import numpy as np
        def cbow(currentWord, C, contextWords, tokens, inputVectors, outputVectors, dataset, loss=None):
            return 0.0, np.zeros(inputVectors.shape), np.zeros(outputVectors.shape)
    """
    report = judge(textwrap.dedent(source))
    assert "not written (it is optional)" in report.remarks["cbow"]
    assert report.words["cbow"] == "right"


# the checks' own tools


def test_our_own_functions_pass_without_a_remark(capsys):
    for name, check in CHECKS.items():
        assert [*check(sgd if name == "sgd" else getattr(assignment, name))] == [], name
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("pair", PAIRS)
def test_pairs_name_the_negatives_that_their_draws_give(pair):
    dataset = Draws(pair.ids)
    assert assignment.getNegativeSamples(pair.o, dataset, 10) == [*pair.negatives]
    assert max(np.bincount(pair.negatives)) > 2
    assert dataset.count > 10


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize(("factor", "verdict"), [(1, "passed"), (1 + 1e-7, "passed"), (1 + 1e-5, "failed")])
def test_gradients_are_checked_to_a_millionth(pair, which, factor, verdict):
    def loss(v_c, o, U, dataset):
        J, *gradients = negative_sampling(v_c, o, U, pair.negatives)
        gradients[which] = factor * gradients[which]
        return J, *gradients

    assert pair.check(loss, which).verdict == verdict


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("slips", [diagnose_checks._naive_slips, diagnose_checks._neg_slips])
def test_every_slip_leads_elsewhere(pair, slips):
    """Two slips with the same value, or one that leads to the right value, could not be told apart."""
    right = assignment.naiveSoftmaxLossAndGradient
    if slips is diagnose_checks._neg_slips:
        right = assignment.negSamplingLossAndGradient
    loss, error = slips(pair)
    values = [*loss.values()]
    same = [hint for hint, value in loss.items() if np.isclose(value, pair.call(right)[0], rtol=1e-4)]
    assert same in ([], [f"this is the loss of word {'abcde'[pair.o]}, not of {'abcde'[pair.o]}"])
    assert all(not np.isclose(a, b, rtol=1e-4) for a, b in combinations(values, 2))
    gradients = [np.outer(value, pair.v_c) for value in error.values()] + [pair.call(right)[2]]
    assert all(not np.allclose(a, b, rtol=1e-4) for a, b in combinations(gradients, 2))


def test_draws_end():
    dataset = Draws([0, 1])
    assert [dataset.sampleTokenIdx() for _ in range(5)] == [0, 1, 0, 1, 0]
    with pytest.raises(EndlessDraws, match=r"more than 2000 times: the loop that draws again never ends"):
        [dataset.sampleTokenIdx() for _ in range(2000)]


def test_draws_without_ids_are_those_of_random():
    random.seed(1)
    drawn = [Draws().sampleTokenIdx() for _ in range(5)]
    random.seed(1)
    assert drawn == [random.randint(0, 4) for _ in range(5)]


def test_note_is_a_remark_that_stops_nothing():
    seen = []

    def first(f):
        yield Note("by the way")

    def second(f):
        seen.append(f)
        yield "wrong"

    def third(f):
        seen.append("too far")
        yield "never"

    subject = Subject(sgd)
    assert [*diagnose_checks.run_stages((first, second, third), subject)] == ["by the way", "wrong"]
    assert seen == [subject]
