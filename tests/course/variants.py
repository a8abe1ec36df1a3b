"""Implementations of the course's functions, wrong and right ones, for `word2vec diagnose` to judge.

A wrong one is a right source with some text replaced; a right one is that source with functions written in another
way at its end, which replace the first ones.
"""

# ruff: noqa: E501 -- lines of the sources and their changes
import re

Changes = list[tuple[str, str]]

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


def planted(changes: Changes, source: str = RIGHT) -> str:
    """Put a bug into a source: each change must find its place."""
    for old, new in changes:
        if source.count(old) != 1:
            raise ValueError(f"{old!r} stands {source.count(old)} times in the source, expected once")
        source = source.replace(old, new)
    return source


NAIVE, NEGATIVE = "naiveSoftmaxLossAndGradient", "negSamplingLossAndGradient"
DRAW, BATCH = "getNegativeSamples", "word2vec_sgd_wrapper"
PARTS = FUNCTIONS[: FUNCTIONS.index(f"\ndef {BATCH}")]  # without the batch, which takes longest to judge
# what is changed in RIGHT, the only function that is wrong for it, what is said of it
BUGS: dict[str, tuple[Changes, str, str]] = {
    "sigmoid: sign": ([("np.multiply(x, 0.5)", "np.multiply(x, -0.5)")], "sigmoid", "sign of the exponent"),
    "sigmoid: scalar only": (
        [("return 0.5 * (t + 1.0)", "return float(0.5 * (np.ravel(t)[0] + 1.0))")],
        "sigmoid",
        "returns shape () for an argument of shape (3,)",
    ),
    "sigmoid: a bracket missing": (
        [("    return 0.5 * (t + 1.0)", "    return 1 / 1 + np.exp(np.negative(x))")],
        "sigmoid",
        "value at 0.5 is 1.60653066, expected 0.6224593312: a bracket is missing below the line",
    ),
    "sigmoid: a bracket missing, sign": (
        [("    return 0.5 * (t + 1.0)", "    return 1 / 1 + np.exp(x)")],
        "sigmoid",
        "a bracket is missing below the line, and the sign of the exponent is wrong",
    ),
    "sigmoid: its derivative": (
        [("    return 0.5 * (t + 1.0)", "    return 0.25 * (1.0 - t * t)")],
        "sigmoid",
        "value at 0.5 is 0.2350037122, expected 0.6224593312: this is its derivative",
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
    "naive: numbers compared by is": (
        [("miss[outsideWordIdx] -= 1.0", "miss -= [1.0 if w is outsideWordIdx else 0.0 for w in range(len(miss))]")],
        NAIVE,
        "right with 5 words, wrong with 300: are numbers compared by `is` instead of ==",
    ),
    "naive: the outside word found by its probability": (
        [("miss[outsideWordIdx] -= 1.0", "miss[miss == miss[outsideWordIdx]] -= 1.0")],
        NAIVE,
        "right with other scores, wrong where all are 0, as training begins",
    ),
    "naive: a loss for each word": (
        [("loss = -np.log(probabilities[outsideWordIdx])", "loss = -np.log(probabilities)")],
        NAIVE,
        "loss has shape (5,), expected (): one number, such as a sum, or that of the outside word",
    ),
    "negatives: numbers compared by is": (
        [("if drawn != outsideWordIdx:", "if drawn is not outsideWordIdx:")],
        "getNegativeSamples",
        "expected [270, 299, 270, 257]: are numbers compared by `is` instead of ==",
    ),
    "negatives: in 8 bits": (
        [("    return found\n", "    return np.array(found).astype(np.uint8).tolist()\n")],
        "getNegativeSamples",
        "gives [14, 43, 14, 1], expected [270, 299, 270, 257]: are numbers compared by `is` instead of ==, or kept in 8",
    ),
    "negative sampling: in 8 bits": (
        [("for k in negatives:", "for k in np.array(negatives).astype(np.uint8):")],
        NEGATIVE,
        "right with 5 words, wrong with 300: are numbers compared by `is` instead of ==, or kept in 8 bits?",
    ),
    "naive: scores kept between calls": (
        [
            ("def naiveSoftmax", "_kept = {}\n\ndef naiveSoftmax"),
            (
                "probabilities = softmax(outsideVectors.dot(centerWordVec))",
                "key = outsideWordIdx, centerWordVec.tobytes()\n"
                "    probabilities = _kept.setdefault(key, softmax(outsideVectors.dot(centerWordVec)))",
            ),
        ],
        NAIVE,
        "right at first, wrong when outsideVectors has changed since, as in training: what does it keep",
    ),
    "negative sampling: scores kept by the arrays' ids": (
        [
            ("def negSampling", "_kept = {}\n\ndef negSampling"),
            (
                "    right = sigmoid(outsideVectors[outsideWordIdx].dot(centerWordVec))",
                "    key = id(outsideVectors), id(centerWordVec)\n"
                "    scores = _kept.setdefault(key, (outsideVectors.dot(centerWordVec), outsideVectors, centerWordVec))[0]\n"
                "    right = sigmoid(scores[outsideWordIdx])",
            ),
        ],
        NEGATIVE,
        "right at first, wrong when outsideVectors has changed since, as in training: what does it keep",
    ),
    "skip-gram: loss kept in a default argument": (
        [
            (
                "dataset, word2vecLossAndGradient=naiveSoftmaxLossAndGradient):\n    loss = 0.0\n    gradCenterVecs",
                "dataset, word2vecLossAndGradient=naiveSoftmaxLossAndGradient, total=[0.0]):\n    gradCenterVecs",
            ),
            ("        loss += l\n        gradCenterVecs", "        total[0] += l\n        gradCenterVecs"),
            ("return loss, gradCenterVecs", "return total[0], gradCenterVecs"),
        ],
        "skipgram",
        "returns other values when it is called again with the same arguments: what does it keep",
    ),
    "skip-gram: always naive softmax": (
        [("l, gv, gu = word2vecLossAndGradient(", "l, gv, gu = naiveSoftmaxLossAndGradient(")],
        "skipgram",
        "expected 20.0455497: naiveSoftmaxLossAndGradient leads to this: is the loss that is handed over the one",
    ),
    "skip-gram: always negative sampling": (
        [("l, gv, gu = word2vecLossAndGradient(", "l, gv, gu = negSamplingLossAndGradient(")],
        "skipgram",
        "expected 3.579210851: negSamplingLossAndGradient leads to this: is the loss that is handed over the one",
    ),
    "skip-gram: pairs counted": (
        [("loss += l\n", "loss += 1\n")],
        "skipgram",
        "loss is 4, expected 6.370844648: it counts",
    ),
    "skip-gram: not written": (
        [("for word in outsideWords:", "for word in ():")],
        "skipgram",
        "returns zeros, and calls no loss: still to be written?",
    ),
    "sgd: not written": (
        [("loss, grad = f(x)", "loss, grad = None, 0.0")],
        "sgd",
        "is what is None there still to be written, or a `return`?",
    ),
    "batch: loss not handed on": (
        [("wordVectors[half:, :], dataset, word2vecLossAndGradient)", "wordVectors[half:, :], dataset)")],
        BATCH,
        "naiveSoftmaxLossAndGradient leads to this: is the loss that is handed over the one that is called?",
    ),
    "batch: gradient never cleared": (
        [
            ("def word2vec_sgd_wrapper", "_kept = {}\n\ndef word2vec_sgd_wrapper"),
            ("np.zeros(wordVectors.shape)", "_kept.setdefault(half, np.zeros(wordVectors.shape))"),
        ],
        BATCH,
        "returns other values when it is called again with the same arguments: what does it keep",
    ),
    "skip-gram: vectors kept by their words": (
        [
            ("def skipgram", "_kept = {}\n\ndef skipgram"),
            (
                "centerWordVectors[centre], word2Ind[word]",
                "_kept.setdefault(currentCenterWord, centerWordVectors[centre].copy()), word2Ind[word]",
            ),
        ],
        "skipgram",
        "right at first, wrong when centerWordVectors has changed since, as in training: what does it keep",
    ),
    "batch: the number of words written out": (
        [("len(wordVectors) // 2", "5")],
        BATCH,
        "right with 5 words and windowSize 5, wrong with 7 words and windowSize 5: is a number written out",
    ),
    "batch: the window's size written out": (
        [("random.randint(1, windowSize)", "random.randint(1, 5)")],
        BATCH,
        "right with 5 words and windowSize 5, wrong with 5 words and windowSize 2: is a number written out",
    ),
    "skip-gram: one array for both gradients": (
        [
            (
                "    gradCenterVecs = np.zeros(centerWordVectors.shape)\n    gradOutsideVectors = np.zeros(",
                "    gradCenterVecs = gradOutsideVectors = np.zeros(",
            )
        ],
        "skipgram",
        "gradCenterVecs and gradOutsideVectors are one array, into which both gradients go",
    ),
    "sgd: the step set to a half": (
        [("            step *= 0.5", "            step = 0.5")],
        "sgd",
        "x differs (at [0]: -50005, expected -60005): it is set to 0.5, not multiplied by it",
    ),
    "sgd: the step halved once": (
        [("        if i % 20000 == 0:", "        if i == 20000:")],
        "sgd",
        "x differs (at [0]: -60010, expected -60005): it is halved once only",
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
        "expected -0.858074): each row is to be some number times centerWordVec",
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
    "naive: another word's loss": (
        [("np.log(probabilities[outsideWordIdx])", "np.log(probabilities[0])")],
        NAIVE,
        "this is the loss of word a, not of b",
    ),
    "naive: a sigmoid": (
        [("probabilities = softmax(", "probabilities = sigmoid(")],
        NAIVE,
        "a sigmoid of the score stands for the softmax",
    ),
    "naive: divided by the number of words": (
        [
            (
                "loss = -np.log(probabilities[outsideWordIdx])",
                "loss = -np.mean(np.eye(len(probabilities))[outsideWordIdx] * np.log(probabilities))",
            )
        ],
        NAIVE,
        "it is divided by the number of words",
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
    "the outside word among the negatives": (
        [("negatives = getNegativeSamples(", "negatives = [outsideWordIdx] + getNegativeSamples(")],
        NEGATIVE,
        "loss is 8.490095642, expected 8.033952007: the outside word counts as a negative, too",
    ),
    "the outside word in the place of the last negative": (
        [
            (
                "    for k in negatives:",
                "    indices = [outsideWordIdx] + negatives\n    for k in [indices[i] for i in range(K)]:",
            )
        ],
        NEGATIVE,
        "loss is 7.598219973, expected 8.033952007: the outside word stands in the place of the last negative",
    ),
    "the logarithm of a sum": (
        [
            ("        loss -= np.log(noise)\n", ""),
            (
                "    for k in negatives:",
                "    loss -= np.log(np.sum(sigmoid(-outsideVectors[negatives].dot(centerWordVec))))\n"
                "    for k in negatives:",
            ),
        ],
        NEGATIVE,
        "expected 8.033952007: of the negatives' terms, this is the logarithm of a sum",
    ),
    "draws that hit the outside word are kept": (
        [
            (
                "negatives = getNegativeSamples(outsideWordIdx, dataset, K)",
                "negatives = [dataset.sampleTokenIdx() for _ in range(K)]",
            )
        ],
        NEGATIVE,
        "loss is 7.484680539, expected 8.033952007: draws that hit the outside word count as negatives: draw again",
    ),
    "the last negative left out of a gradient": (
        [
            (
                "        gradOutsideVecs[k] +=",
                "    for k in negatives[:-1]:\n        noise = sigmoid(-outsideVectors[k].dot(centerWordVec))\n        gradOutsideVecs[k] +=",
            )
        ],
        NEGATIVE,
        "in the rows of e (at [4, 2]: 1.12563, expected 1.68845): of the negatives' terms, the last one is left out",
    ),
    "repeats counted by equal scores": (
        [
            ("        gradOutsideVecs[k] += (1.0 - noise) * centerWordVec\n", ""),
            (
                "    for k in negatives:",
                "    scores = outsideVectors[negatives].dot(centerWordVec)\n"
                "    for k, s in zip(negatives, scores):\n"
                "        gradOutsideVecs[k] = sigmoid(s) * np.count_nonzero(scores == s) * centerWordVec\n"
                "    for k in negatives:",
            ),
        ],
        NEGATIVE,
        "wrong where all are 0, as training begins: are words told apart by their scores?",
    ),
    "the negatives' logarithm missing": (
        [("loss -= np.log(noise)", "loss -= noise")],
        NEGATIVE,
        "loss is -4.081818141, expected 8.033952007: in the negatives' terms, the logarithm is missing",
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
    "skip-gram: windowSize words by their number": (
        [("    for word in outsideWords:\n", "    for j in range(windowSize):\n        word = outsideWords[j]\n")],
        "skipgram",
        "around c (windowSize 2) has the ids [0, 1, 4, 1], but the loss is asked for [0, 1]: each outside word once",
    ),
    "skip-gram: one row of each pair": (
        [("gradOutsideVectors += gu", "gradOutsideVectors[word2Ind[word]] += gu[word2Ind[word]]")],
        "skipgram",
        "of each pair, only the outside word's row is added; the loss returns one of all rows",
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
    "cbow: every row filled": (
        [("    for i in ids:\n        gradIn[i] += grad", "    gradIn += grad")],
        "cbow",
        "every row is filled; only the words of the context take part",
    ),
    "sum not mean": ([("loss += l / batchsize", "loss += l")], BATCH, "a sum over the batch where the mean"),
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
        "returns values of the shapes [(5, 3), (), (5, 3)]; expected loss, gradCenterVecs, gradOutsideVectors, in this",
    ),
    "skip-gram: the two gradients swapped": (
        [("return loss, gradCenterVecs, gradOutsideVectors", "return loss, gradOutsideVectors, gradCenterVecs")],
        "skipgram",
        "the two gradients are swapped",
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
        "centerWordVectors handed to the model for the last window differs in the rows of a, b, c, d, e",
    ),
    "negatives: no more than 20 draws": (
        [
            (
                "    while len(found) < K:\n",
                "    for _ in range(20):\n        if len(found) == K:\n            break\n",
            )
        ],
        DRAW,
        "some are missing; a hit is to be drawn again, not left out, and repeats are kept",
    ),
    "negatives: word 0 taken for none": (
        [("if drawn != outsideWordIdx:", "if drawn and drawn != outsideWordIdx:")],
        DRAW,
        "outside word 1, K = 3, draws (1, 1, 3, 3, 1, 0, 2): gives [3, 3, 2], expected [3, 3, 0]",
    ),
    "negatives: kept for the next call": (
        [
            (
                "def getNegativeSamples(outsideWordIdx, dataset, K):",
                "def getNegativeSamples(outsideWordIdx, dataset, K, kept={}):",
            ),
            ("    found = []\n", "    found = kept.setdefault((outsideWordIdx, K), [])\n"),
        ],
        DRAW,
        "gives [[3, 4], [3, 4]] in two calls for the draws 4, 3 and 3, 2: what does it keep from an earlier call",
    ),
    "negatives: none returned": (
        [("    return found\n", "    found\n")],
        DRAW,
        "returns None; expected a list of 2 ids",
    ),
    "negatives: seeded at each call": (
        [("    found = []\n", "    random.seed(31415)\n    found = []\n")],
        DRAW,
        "draws random numbers from elsewhere, or seeds them",
    ),
    "skip-gram: seeded at each call": (
        [("    loss = 0.0\n    gradCenterVecs", "    random.seed(31415)\n    loss = 0.0\n    gradCenterVecs")],
        "skipgram",
        "draws random numbers, which only the dataset is to do, or seeds them",
    ),
    "batch: seeded at each call": (
        [("    batchsize, half = 50", "    random.seed(31415)\n    batchsize, half = 50")],
        BATCH,
        "draws the same windows in each batch: it seeds `random`",
    ),
    "negative sampling: as many rows as are drawn": (
        [
            (
                "        gradOutsideVecs[k] += (1.0 - noise) * centerWordVec\n",
                "    s = sigmoid(outsideVectors[[outsideWordIdx, *negatives]].dot(centerWordVec))\n"
                "    s[0] -= 1.0\n"
                "    gradOutsideVecs = np.bincount([outsideWordIdx, *negatives], s)[:, None] * centerWordVec\n",
            )
        ],
        NEGATIVE,
        "gradOutsideVecs has shape (4, 3), expected (5, 3)",
    ),
    "negatives: one too many": (
        [("while len(found) < K:", "while len(found) <= K:")],
        DRAW,
        "gives [4, 3, 2], expected [4, 3]: these are too many",
    ),
    "negatives: one id too many drawn": (
        [("    return found\n", "    dataset.sampleTokenIdx()\n    return found\n")],
        DRAW,
        "draws 3 ids where 2 are enough",
    ),
    "naive: other random numbers": (
        [("    miss = probabilities.copy()", "    random.random()\n    miss = probabilities.copy()")],
        NAIVE,
        "draws random numbers from elsewhere",
    ),
    "naive: scores cut at 5": (
        [
            (
                "softmax(outsideVectors.dot(centerWordVec))",
                "softmax(np.clip(outsideVectors.dot(centerWordVec), -5, 5))",
            )
        ],
        NAIVE,
        "right with scores up to 3, wrong with scores up to 10: are scores, losses or gradients cut (clipped)?",
    ),
    "negative sampling: scores cut at 6": (
        [
            (
                "noise = sigmoid(-outsideVectors[k].dot(centerWordVec))",
                "noise = sigmoid(-np.clip(outsideVectors[k].dot(centerWordVec), -6, 6))",
            )
        ],
        NEGATIVE,
        "right with scores up to 3, wrong with scores up to 10: are scores, losses or gradients cut (clipped)?",
    ),
    "sigmoid: scores cut at 6": (
        [("np.multiply(x, 0.5)", "np.multiply(np.clip(x, -6, 6), 0.5)")],
        "sigmoid",
        "at -1000 it gives 0.002472623156634768, expected 0.0: are large scores cut (clipped)?",
    ),
    "sigmoid: six digits": (
        [("    return 0.5 * (t + 1.0)", "    return np.round(0.5 * (t + 1.0), 6)")],
        "sigmoid",
        "more than float32 is: is it rounded, or a number added?",
    ),
    "negative sampling: ten negatives, whatever K is": (
        [("for k in negatives:", "for k in [negatives[i] for i in range(10)]:")],
        NEGATIVE,
        "stops with IndexError: list index out of range (line 38 of learner.py) ",
    ),
    "skip-gram: gradient cut at 10": (
        [("gradCenterVecs[centre] += gv", "gradCenterVecs[centre] += np.clip(gv, -10, 10)")],
        "skipgram",
        "right with small losses and gradients, wrong with large ones: are they cut (clipped)?",
    ),
    "batch: gradient cut at 10": (
        [("    return loss, grad\n", "    return loss, np.clip(grad, -10, 10)\n")],
        BATCH,
        "right with small losses and gradients, wrong with large ones: are they cut (clipped)?",
    ),
    "batch: all windows before the first is used": (
        [
            (
                "        C = random.randint(1, windowSize)\n        centerWord, context = dataset.getRandomContext(C)\n",
                "        pass\n"
                "    sizes = (random.randint(1, windowSize) for _ in range(batchsize))\n"
                "    for C, (centerWord, context) in [(C, dataset.getRandomContext(C)) for C in sizes]:\n",
            )
        ],
        BATCH,
        "draws windows before the model has had the last one: the negatives are then other ones",
    ),
    "batch: hands over the window's words the other way round": (
        [("word2vecModel(centerWord, C, context, word2Ind", "word2vecModel(context[0], C, [centerWord], word2Ind")],
        BATCH,
        "hands other words to the model than those of the window that it has drawn",
    ),
    "batch: one draw at the end": (
        [("    return loss, grad\n", "    random.random()\n    return loss, grad\n")],
        BATCH,
        "draws more random numbers than",
    ),
    "climbs": ([("x = x - step * grad", "x = x + step * grad")], "sgd", "it climbs"),
    "no step size": ([("x = x - step * grad", "x = x - grad")], "sgd", "the step size is missing"),
    "always at x0": ([("loss, grad = f(x)", "loss, grad = f(x0)")], "sgd", "f is asked at x0 in each iteration"),
    "no halving": ([("step *= 0.5", "pass")], "sgd", "the step is never halved"),
    "no postprocessing": ([("x = postprocessing(x)", "postprocessing(x)")], "sgd", "it is not applied"),
    "postprocessing before the step": (
        [
            (
                "        x = x - step * grad\n        if postprocessing:\n            x = postprocessing(x)\n",
                "        if postprocessing:\n            x = postprocessing(x)\n        x = x - step * grad\n",
            )
        ],
        "sgd",
        "x differs (at [1]: 69, expected 3.64062): it is applied before the step",
    ),
    "postprocessing where it prints": (
        [("        if postprocessing:", "        if postprocessing and i % PRINT_EVERY == 0:")],
        "sgd",
        "it is applied to the last x alone, or to those that are printed",
    ),
    "sgd: gradient cut at 5": (
        [
            ("    x, smoothed", "    from numpy import clip\n    x, smoothed"),
            ("step * grad", "step * clip(grad, -5, 5)"),
        ],
        "sgd",
        "a step of 1 by a gradient of 1000 and -2000: x differs (at [1]: 5, expected 2000): is it cut (clipped)?",
    ),
    "sgd: step halved where the loss rises": (
        [
            (
                "        x = x - step",
                "        step *= 0.5 if smoothed and loss > smoothed else 1.0\n        x = x - step",
            )
        ],
        "sgd",
        "losses 1, 2, 40, 90: x is -2.75, expected -4: does it stop, or change its step, where the loss rises?",
    ),
    "sgd: step halved where it prints": (
        [("i % 20000 == 0", "i % PRINT_EVERY == 0")],
        "sgd",
        "40010 steps of 2, to be halved after each 20000, from 0: x differs (at [0]: -52005, expected -60005)",
    ),
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
    "skip-gram: vectors of length 1": (
        [
            (
                "    loss = 0.0\n    gradCenterVecs",
                "    unit = lambda x: x / np.linalg.norm(x, axis=-1, keepdims=True)\n    loss = 0.0\n    gradCenterVecs",
            ),
            (
                "centerWordVectors[centre], word2Ind[word], outsideVectors,",
                "unit(centerWordVectors[centre]), word2Ind[word], unit(outsideVectors),",
            ),
        ],
        "skipgram",
        "outsideVectors handed to the loss for the last word differs in the rows of a, b, c, d, e (at [3, 1]: -0.809665, expected -1.61933): it is scaled to length 1",
    ),
    "skip-gram: updates the vectors meanwhile": (
        [
            (
                "        gradOutsideVectors += gu\n    return loss, gradC",
                "        gradOutsideVectors += gu\n        outsideVectors = outsideVectors - 0.3 * gu\n    return loss, gradC",
            )
        ],
        "skipgram",
        "outsideVectors handed to the loss for the last word differs in the rows of a, b, c, d, e",
    ),
    "softmax: the largest score subtracted too late": (
        [
            (
                "np.exp(scores - np.amax(scores, axis=-1, keepdims=True))",
                "np.exp(scores) - np.amax(scores, axis=-1, keepdims=True)",
            )
        ],
        "softmax",
        "value at [0.25, 1.0, 3.0] differs",
    ),
    "naive: the next word's derivative": (
        [("miss[outsideWordIdx] -= 1.0", "miss[(outsideWordIdx + 1) % len(miss)] -= 1.0")],
        NAIVE,
        "expected -0.694061): it is that of word c, not of b",
    ),
    "naive: 1 subtracted from all": (
        [("miss[outsideWordIdx] -= 1.0", "miss -= 1.0")],
        NAIVE,
        "the outside word's own term stands there for each word",
    ),
    "naive: a softmax of the softmax": (
        [("np.log(probabilities[outsideWordIdx])", "np.log(softmax(probabilities)[outsideWordIdx])")],
        NAIVE,
        "a softmax of the softmax is taken",
    ),
    "naive: divided by the sum twice": (
        [
            (
                "np.log(probabilities[outsideWordIdx])",
                "np.log(probabilities[outsideWordIdx] / np.exp(outsideVectors.dot(centerWordVec)).sum())",
            )
        ],
        NAIVE,
        "it is divided twice by the sum of the exponentials",
    ),
    "naive: the largest score in the sum alone": (
        [
            (
                "np.log(probabilities[outsideWordIdx])",
                "np.log(probabilities[outsideWordIdx]) - np.max(outsideVectors.dot(centerWordVec))",
            )
        ],
        NAIVE,
        "the largest score is subtracted in the sum alone",
    ),
    "naive: a loss of all words": (
        [
            (
                "np.log(probabilities[outsideWordIdx])",
                "np.log(np.where(np.arange(len(probabilities)) == outsideWordIdx, probabilities, 1 - probabilities)).sum()",
            )
        ],
        NAIVE,
        "expected 2.299523385: besides, the other words' log(1 - y) are added",
    ),
    "negative sampling: overwritten": (
        [("gradCenterVec += (1.0 - noise)", "gradCenterVec = (1.0 - noise)")],
        NEGATIVE,
        "the outside word's own term is missing; besides, of the negatives' terms, only the last one is kept",
    ),
    "sigmoid: the sign below the line": (
        [("    return 0.5 * (t + 1.0)", "    return 1 / (1 - np.exp(np.negative(x)))")],
        "sigmoid",
        "expected 0.6224593312: the sign below the line is the other way round",
    ),
    "sigmoid: rounded down": (
        [("    return 0.5 * (t + 1.0)", "    return 0.5 * (t + 1.0) // 1")],
        "sigmoid",
        "value at 0.5 is 0, expected 0.6224593312: it is zero: not written yet, never added to, rounded down,",
    ),
    "sigmoid: of math, for an array": (
        [("    return 0.5 * (t + 1.0)", "    import math\n    return 1 / (1 + math.exp(-x))")],
        "sigmoid",
        "(line 8 of learner.py); is it handed to `math`, which takes one number?",
    ),
    "naive: in few bits": (
        [("miss = probabilities.copy()", "miss = probabilities.astype(np.float16)")],
        NAIVE,
        "differs (at [1]: -0.922091, expected -0.921915): so near: is it rounded, in few bits, or a number added",
    ),
    "naive: gradients the other way round": (
        [
            (
                "centerWordVec\n    return loss, gradCenterVec, gradOutsideVecs\n\ndef get",
                "centerWordVec\n    return loss, gradOutsideVecs, gradCenterVec\n\ndef get",
            )
        ],
        NAIVE,
        "returns values of the shapes [(), (5, 3), (3,)]; expected loss, gradCenterVec, gradOutsideVecs, in this order",
    ),
    "naive: rows of unequal lengths": (
        [("    miss = probabilities.copy()", "    np.log((loss, centerWordVec))\n    miss = probabilities.copy()")],
        NAIVE,
        "stops with ValueError: setting an array element with a sequence",
    ),
    "negative sampling: a function's name assigned": (
        [("    right = sigmoid(", "    sigmoid = sigmoid(0.0)\n    right = sigmoid(")],
        NEGATIVE,
        "(line 34 of learner.py); the function assigns to it, not before this line",
    ),
    "naive: an entry overwritten": (
        [("miss[outsideWordIdx] -= 1.0", "miss[outsideWordIdx] = -1.0")],
        NAIVE,
        "the outside word's entry is overwritten, and its probability lost",
    ),
    "batch: centre and size swapped": (
        [("word2vecModel(centerWord, C, context", "word2vecModel(C, centerWord, context")],
        BATCH,
        "than those of the window that it has drawn: it takes currentCenterWord, windowSize, outsideWords, ...",
    ),
    "negatives: hits left empty": (
        [
            (
                "    while len(found) < K:\n        drawn = dataset.sampleTokenIdx()\n",
                "    for _ in range(K):\n        drawn = dataset.sampleTokenIdx()\n"
                "        found += [None] * (drawn == outsideWordIdx)\n",
            )
        ],
        DRAW,
        "gives [None, None, 3], expected [3, 3, 0]: some are missing; a hit is to be drawn again",
    ),
    "negatives: the outside word before them": (
        [("    return found\n", "    return [outsideWordIdx, *found]\n")],
        DRAW,
        "gives [1, 4, 3], expected [4, 3]: these are too many",
    ),
    "skip-gram: a draw of its own": (
        [("loss += l\n", "loss += l\n        dataset.sampleTokenIdx()\n")],
        "skipgram",
        "draws from the dataset itself, which only the loss is to do",
    ),
    "skip-gram: words by their names": (
        [("centerWordVectors[centre], word2Ind[word], outside", "centerWordVectors[centre], word, outside")],
        "skipgram",
        "hands 'a' to the loss as outsideWordIdx, a word's number in word2Ind: it takes centerWordVec, outsideWordIdx",
    ),
    "skip-gram: vector and word swapped": (
        [("centerWordVectors[centre], word2Ind[word]", "word2Ind[word], centerWordVectors[centre]")],
        "skipgram",
        ") to the loss as outsideWordIdx, a word's number in word2Ind: it takes centerWordVec, outsideWordIdx",
    ),
    "skip-gram: ids from 1": (
        [("centerWordVectors[centre], word2Ind[word]", "centerWordVectors[centre], word2Ind[word] + 1")],
        "skipgram",
        "has the ids [0, 1, 4, 1], but the loss is asked for [1, 2, 5, 2]",
    ),
    "sgd: counts from 0": (
        [("range(1, iterations + 1)", "range(iterations)")],
        "sgd",
        "x is 0.7203735, expected 0.705894: the step is halved at once: if the first iteration is 0",
    ),
    "sgd: loss and gradient swapped": (
        [("loss, grad = f(x)", "grad, loss = f(x)")],
        "sgd",
        "x is 0.7333753009, expected 0.705894: f returns loss and gradient in this order",
    ),
    "sgd: returns the loss, too": (
        [("            step *= 0.5\n    return x", "            step *= 0.5\n    return x, loss")],
        "sgd",
        "returns 2 values; expected the final x",
    ),
    "sgd: postprocesses x0": (
        [("x = postprocessing(x)", "x = postprocessing(x0)")],
        "sgd",
        "x differs (at [1]: 10, expected 3.64062): it is applied to x0, not to the x of the step",
    ),
    "sigmoid: a minus below exp(x)": (
        [("    return 0.5 * (t + 1.0)", "    return np.exp(x) / (1 - np.exp(x))")],
        "sigmoid",
        "value at 0.5 is -2.541494083, expected 0.6224593312: below the line of exp(x)/(1 + exp(x)), there is a minus",
    ),
    "sgd: halved after 19,990": (
        [("i % 20000 == 0", "i % 19990 == 0")],
        "sgd",
        "x differs (at [0]: -59985, expected -60005): when is it halved?",
    ),
}


# what is right, with a remark
FRAGILE: dict[str, tuple[Changes, str, str]] = {
    "batch: always skipgram": (
        [("l, gv, gu = word2vecModel(", "l, gv, gu = skipgram(")],
        BATCH,
        "calls skipgram, not the model that it is handed, which may be another one, such as cbow",
    ),
    "sigmoid: changes its argument": (
        [("np.multiply(x, 0.5)", "np.multiply(x, 0.5, out=x if np.ndim(x) and x.dtype.kind == 'f' else None)")],
        "sigmoid",
        "changes its argument in place, which may surprise a caller",
    ),
    "sigmoid: nan at 1000": (
        [("t = np.tanh(np.multiply(x, 0.5))\n    return 0.5 * (t + 1.0)", "return np.exp(x) / (1 + np.exp(x))")],
        "sigmoid",
        "at 1000 it gives nan, expected 1.0: an exponential overflows",
    ),
    "sigmoid: math.exp": (
        [
            (
                "t = np.tanh(np.multiply(x, 0.5))\n    return 0.5 * (t + 1.0)",
                "import math\n    return np.vectorize(lambda t: 1 / (1 + math.exp(-t)), otypes=[float])(x)",
            )
        ],
        "sigmoid",
        "at -1000.0 it stops with OverflowError: math range error; look at the exponential",
    ),
    "sigmoid: in x's own type": (
        [("    return 0.5 * (t + 1.0)", "    s = np.zeros_like(x)\n    s[...] = 0.5 * (t + 1.0)\n    return s")],
        "sigmoid",
        "right for floats, but for the whole numbers [1, 2, -2] it gives [0, 0, 0]",
    ),
    "softmax: in x's own type": (
        [("return weights / np.sum(", "scores[...] = weights\n    return scores / np.sum(")],
        "softmax",
        "right for floats, but for the whole numbers [1, 2, -2] it gives",
    ),
    "negative sampling: one array for all calls": (
        [
            ("def negSampling", "_kept = {}\n\ndef negSampling"),
            (
                "gradOutsideVecs = np.zeros_like(outsideVectors)\n",
                "gradOutsideVecs = _kept.setdefault(outsideVectors.shape, np.zeros_like(outsideVectors))\n"
                "    gradOutsideVecs[...] = 0.0\n",
            ),
        ],
        NEGATIVE,
        "returns the same arrays at each call: who keeps them, to add them up later, has the last alone",
    ),
    "softmax: whole matrix": (
        [("np.sum(weights, axis=-1, keepdims=True)", "np.sum(weights)")],
        "softmax",
        "right for a vector, not for a matrix: value at [[-2.0, -0.5, 0.0], [0.25, 1.0, 3.0]] differs",
    ),
    "softmax: NumPy set to raise": (
        [
            (
                "weights = np.exp(scores - np.amax(scores, axis=-1, keepdims=True))",
                "with np.errstate(all='raise'):\n        weights = np.exp(scores)",
            )
        ],
        "softmax",
        "at [1001.0, 1002.0] it stops with FloatingPointError: overflow encountered in exp; look at the exponential",
    ),
    "negatives: all first, the hits again": (
        [
            (
                """    found = []
    while len(found) < K:
        drawn = dataset.sampleTokenIdx()
        if drawn != outsideWordIdx:
            found.append(drawn)
""",
                """    found = np.array([dataset.sampleTokenIdx() for _ in range(K)])
    while np.any(hits := found == outsideWordIdx):
        found[hits] = [dataset.sampleTokenIdx() for _ in range(np.sum(hits))]
""",
            )
        ],
        "getNegativeSamples",
        "returns the right ids in another order than that of the draws, which changes no sum",
    ),
    "sigmoid: cut at 20": (
        [("np.multiply(x, 0.5)", "np.multiply(np.clip(x, -20, 20), 0.5)")],
        "sigmoid",
        "expected 0.0: large scores are cut, which is harmless",
    ),
    "softmax: a tiny number against 0 / 0": (
        [
            (" - np.amax(scores, axis=-1, keepdims=True)", ""),
            ("np.sum(weights, axis=-1, keepdims=True)", "(np.sum(weights, axis=-1, keepdims=True) + 1e-12)"),
        ],
        "softmax",
        "at [-1001.0, -1002.0] it gives [0. 0.]: adding one number to all scores must change nothing",
    ),
    "negatives: numbers with a point": (
        [
            ("    return found\n", "    return np.array(found, float)\n"),
            (
                "negatives = getNegativeSamples(outsideWordIdx, dataset, K)",
                "negatives = getNegativeSamples(outsideWordIdx, dataset, K).astype(int)",
            ),
        ],
        "getNegativeSamples",
        "returns ids of float64; whole numbers are usual",
    ),
    "softmax: nan at 1000": (
        [(" - np.amax(scores, axis=-1, keepdims=True)", "")],
        "softmax",
        "adding one number to all scores must change nothing; an exponential overflows",
    ),
    "naive: float32": (
        [
            (
                "gradOutsideVecs = miss[:, None] * centerWordVec",
                "gradOutsideVecs = np.float32(miss[:, None] * centerWordVec)",
            )
        ],
        NAIVE,
        "gradOutsideVecs is float32, not float64 as the vectors are",
    ),
    "skipgram: float32": (
        [("np.zeros(centerWordVectors.shape)", "np.zeros(centerWordVectors.shape, np.float32)")],
        "skipgram",
        "gradCenterVecs is float32, not float64",
    ),
    "naive: a row": (
        [
            ("gradCenterVec = miss.dot(outsideVectors)", "gradCenterVec = miss.dot(outsideVectors)[None]"),
            ("gradCenterVecs[centre] += gv", "gradCenterVecs[centre] += np.ravel(gv)"),
        ],
        NAIVE,
        "gradCenterVec has shape (1, 3); (3,) is usual",
    ),
}


OUTER_TERM = "    gradOutsideVecs[outsideWordIdx] += (right - 1.0) * centerWordVec\n"
# several slips at once: what is changed, the functions that are wrong for it, what is said
COMBINED: dict[str, tuple[Changes, list[str], str]] = {
    "a dataset of the file's own": (
        [
            (
                "def getNegativeSamples(outsideWordIdx, dataset, K):",
                "class dataset:\n    sampleTokenIdx = lambda: random.randrange(5)\n\n"
                "def getNegativeSamples(outsideWordIdx, K):",
            ),
            ("(outsideWordIdx, dataset, K)\n    right", "(outsideWordIdx, K)\n    right"),
        ],
        [DRAW],
        "does not ask dataset.sampleTokenIdx(), the only source of negatives",
    ),
    "skip-gram: the middle row": (
        [("gradCenterVecs[centre] += gv", "gradCenterVecs[len(gradCenterVecs) // 2] += gv")],
        ["skipgram"],
        "it stands in the row of c, and the centre is b",
    ),
    "skip-gram: five words": (
        [("gradOutsideVectors = np.zeros(outsideVectors.shape)", "gradOutsideVectors = np.zeros((5, 3))")],
        ["skipgram"],
        "stops with ValueError",
    ),
    "negative: signs of both terms": (
        [
            ("gradOutsideVecs[k] += (1.0", "gradOutsideVecs[k] -= (1.0"),
            ("gradOutsideVecs[outsideWordIdx] += (right", "gradOutsideVecs[outsideWordIdx] -= (right"),
        ],
        [NEGATIVE],
        "the sign is the other way round",
    ),
    "negative: own term missing, negatives' sign": (
        [(OUTER_TERM, ""), ("gradOutsideVecs[k] += (1.0", "gradOutsideVecs[k] -= (1.0")],
        [NEGATIVE],
        "the outside word's own term is missing; besides, the negatives' terms have the wrong sign",
    ),
    "negative: own derivative, repeats": (
        [
            ("gradOutsideVecs[outsideWordIdx] += (right - 1.0)", "gradOutsideVecs[outsideWordIdx] += right"),
            ("gradOutsideVecs[k] += (1.0", "gradOutsideVecs[k] = (1.0"),
        ],
        [NEGATIVE],
        "; besides, a word drawn n times counts only once",
    ),
    "negative: averaged in the loss, repeats": (
        [
            ("loss -= np.log(noise)", "loss -= np.log(noise) / K"),
            ("gradOutsideVecs[k] += (1.0", "gradOutsideVecs[k] = (1.0"),
        ],
        [NEGATIVE],
        "gradCenterVec, checked against your loss, differs (at [0]: -2.81624, expected -0.385936): "
        "it is that of the right loss",
    ),
    "negative: the own score's sign, the negatives' derivative": (
        [
            ("right = sigmoid(outside", "right = sigmoid(-outside"),
            ("gradOutsideVecs[k] += (1.0 - noise)", "gradOutsideVecs[k] += noise"),
        ],
        [NEGATIVE],
        "the score of the outside word has the wrong sign; besides, in the negatives' terms, look at the derivative",
    ),
    "negative: loss and gradient": (
        [("loss = -np.log(right)", "loss = np.log(right)"), ("gradCenterVec += (1.0", "gradCenterVec -= (1.0")],
        [NEGATIVE],
        "the outside word's own term has the wrong sign",
    ),
    "negative: averaged in base 2": (
        [
            ("loss = -np.log(right)", "loss = -np.log2(right)"),
            ("loss -= np.log(noise)", "loss -= np.log2(noise) / K"),
        ],
        [NEGATIVE],
        "the negatives are averaged instead of summed; besides, the ratio is 1/log 2",
    ),
    "naive: no target, minus": (
        [("    miss[outsideWordIdx] -= 1.0\n", ""), ("gradCenterVec = miss.dot", "gradCenterVec = -miss.dot")],
        [NAIVE],
        "besides, the sign is the other way round",
    ),
    "sigmoid and negative": (
        [("np.multiply(x, 0.5)", "np.multiply(x, -0.5)"), ("gradOutsideVecs[k] += (1", "gradOutsideVecs[k] -= (1")],
        ["sigmoid", NEGATIVE],
        "the negatives' terms have the wrong sign",
    ),
    "sigmoid alone": ([("0.5 * (t + 1.0)", "0.5 * t")], ["sigmoid"], "value at 0.5 is"),
    "naive: a softmax of a column": (
        [
            (
                "softmax(outsideVectors.dot(centerWordVec))",
                "np.ravel(softmax(outsideVectors.dot(centerWordVec[:, None])))",
            )
        ],
        [NAIVE],
        "each probability is 1: is the softmax one of a column, whose rows hold one number each?",
    ),
    "naive: a number against log 0": (
        [("np.log(probabilities[outsideWordIdx])", "np.log(probabilities[outsideWordIdx] + 1e-5)")],
        [NAIVE],
        "so near: is it rounded, in few bits, or a number added, as against log 0 (up to 1e-07 is harmless)?",
    ),
    "negative: returns after the first": (
        [
            (
                "gradOutsideVecs[k] += (1.0 - noise) * centerWordVec\n",
                "gradOutsideVecs[k] += (1.0 - noise) * centerWordVec\n        break\n",
            )
        ],
        [NEGATIVE],
        "of the negatives' terms, only the first one is there: does a `return` stand in the loop?",
    ),
    "negative: begins at the second": (
        [("for k in negatives:", "for k in negatives[1:]:")],
        [NEGATIVE],
        "of the negatives' terms, the first one is left out",
    ),
    "negative: sigmoid for its logarithm's derivative": (
        [
            ("gradCenterVec += (right - 1.0) *", "gradCenterVec += right *"),
            ("gradOutsideVecs[outsideWordIdx] += (right - 1.0) *", "gradOutsideVecs[outsideWordIdx] += right *"),
            ("gradCenterVec += (1.0 - noise) *", "gradCenterVec -= noise *"),
            ("gradOutsideVecs[k] += (1.0 - noise) *", "gradOutsideVecs[k] -= noise *"),
        ],
        [NEGATIVE],
        "in the outside word's own term, look at the derivative of log sigmoid again; besides, in the negatives' terms,",
    ),
    "negative: the gradients' vectors mixed up": (
        [
            (
                "gradCenterVec += (1.0 - noise) * outsideVectors[k]",
                "gradCenterVec += (1.0 - noise) * outsideVectors[0]",
            )
        ],
        [NEGATIVE],
        "gradOutsideVecs is right: look at what its factors multiply here",
    ),
    "skip-gram and batch: return after the first": (
        [
            (
                "    return loss, gradCenterVecs, gradOutsideVectors\n",
                "        return loss, gradCenterVecs, gradOutsideVectors\n",
            ),
            ("    return loss, grad\n", "        return loss, grad\n"),
        ],
        ["skipgram", BATCH],
        "the loss is asked for [0]: does a `return` stand in the loop?",
    ),
    "draw and negative": (
        [
            ("        if drawn != outsideWordIdx:\n            found.append(drawn)", "        found.append(drawn)"),
            ("loss -= np.log(noise)", "loss -= np.log(noise) / K"),
        ],
        [DRAW, NEGATIVE],
        "the negatives are averaged",
    ),
    "negative and batch": (
        [("loss = -np.log(right)", "loss = -np.log(right) * 2"), ("gu / batchsize", "gu")],
        [NEGATIVE, BATCH],
        "a sum over the batch where the mean is wanted",
    ),
    "all but the draw": (
        [
            ("np.multiply(x, 0.5)", "np.multiply(x, -0.5)"),
            ("gradCenterVec = miss.dot", "gradCenterVec = 2 * miss.dot"),
            ("gradOutsideVecs[k] += (1", "gradOutsideVecs[k] -= (1"),
            ("gradCenterVecs[centre] += gv", "gradCenterVecs += gv"),
            ("grad[:half] += gv / batchsize", "grad[:half] += gv"),
        ],
        ["sigmoid", NAIVE, NEGATIVE, "skipgram", BATCH],
        "every row is filled",
    ),
    "skip-gram: mean in all": (
        [
            (
                "    return loss, gradCenterVecs, gradOutsideVectors",
                "    n = len(outsideWords)\n    return loss / n, gradCenterVecs / n, gradOutsideVectors / n",
            )
        ],
        ["skipgram"],
        "this is a mean; a window's pairs are summed",
    ),
    "skip-gram: the window's set": (
        [("for word in outsideWords:", "for word in sorted(set(outsideWords)):")],
        ["skipgram"],
        "each outside word once, in order, repeats included",
    ),
    "skip-gram: the centre word skipped": (
        [("for word in outsideWords:", "for word in [w for w in outsideWords if w != currentCenterWord]:")],
        ["skipgram"],
        "around b (windowSize 5) has the ids [0, 1, 4, 1], but the loss is asked for [0, 4]",
    ),
}

# what is neither right nor wrong: source, {function: word}, what is said
_COLUMNS = planted(
    [
        ("(centerWordVec, outsideWordIdx, outsideVectors, dataset):", "(column, o, U, dataset):"),
        ("(centerWordVec, outsideWordIdx, outsideVectors, dataset, K=10):", "(column, o, U, dataset, K=10):"),
        (
            "    probabilities = softmax",
            "    centerWordVec, outsideWordIdx, outsideVectors = column[:, 0], o, U\n    probabilities = softmax",
        ),
        (
            "    gradCenterVec = np.zeros_like(centerWordVec)",
            "    centerWordVec, outsideWordIdx, outsideVectors = column[:, 0], o, U\n    gradCenterVec = np.zeros_like(centerWordVec)",
        ),
        ("centerWordVectors[centre], word2Ind[word]", "centerWordVectors[centre][:, None], word2Ind[word]"),
    ],
    FUNCTIONS,
)
_COLUMNS = _COLUMNS[: _COLUMNS.index("\ndef cbow")] + _COLUMNS[_COLUMNS.index(f"\ndef {BATCH}") :]
OTHERS: dict[str, tuple[str, dict[str, str], str]] = {
    "a dataset that only the negatives' loss is not handed": (
        planted([("outsideVectors, dataset, K=10)", "outsideVectors, K=10)")], FUNCTIONS),
        dict.fromkeys((NEGATIVE, "skipgram", "cbow"), "wrong"),
        "name 'dataset' is not defined",
    ),
    "a dataset that only the skip-gram is not handed": (
        planted(
            [("outsideVectors,\n             dataset, word2vec", "outsideVectors,\n             word2vec")], PARTS
        ),
        {"skipgram": "wrong"},
        "name 'dataset' is not defined",
    ),
    "vectors as columns": (
        _COLUMNS,
        dict.fromkeys((NAIVE, NEGATIVE), "another signature"),
        "right where the file's skipgram calls it, but it takes words or vectors in other shapes than the course's",
    ),
    "vectors as columns, and draws that are wrong but not used": (
        planted(
            [
                (
                    "negatives = getNegativeSamples(outsideWordIdx, dataset, K)",
                    "draws = iter(dataset.sampleTokenIdx, None)\n"
                    "    negatives = [next(k for k in draws if k != outsideWordIdx) for _ in range(K)]",
                ),
                (
                    f"def {DRAW}(outsideWordIdx, dataset, K):",
                    f"def {DRAW}(outsideWordIdx, dataset, K):\n    return []",
                ),
            ],
            _COLUMNS,
        ),
        {DRAW: "wrong", **dict.fromkeys((NAIVE, NEGATIVE), "another signature")},
        "Begin with getNegativeSamples",
    ),
    "all words at once, no other loss yet": (
        f"""
import numpy as np
from word2vec import softmax
def {NAIVE}(v, words, U, dataset):
    p, n = softmax(U @ v), np.bincount(words, minlength=len(U))
    error = len(words) * p - n
    return -(n * np.log(p)).sum(), U.T @ error, np.outer(error, v)
def skipgram(c, C, outside, tokens, V, U, dataset, loss={NAIVE}):
    gradient = np.zeros(V.shape)
    J, gradient[tokens[c]], gradient_U = loss(V[tokens[c]], [tokens[word] for word in outside], U, dataset)
    return J, gradient, gradient_U
""",
        {NAIVE: "another signature"},
        "right where the file's skipgram calls it",
    ),
    "vectors as columns, and a slip": (
        planted([("loss -= np.log(noise)", "loss += np.log(noise)")], _COLUMNS),
        dict.fromkeys((NAIVE, NEGATIVE, "skipgram"), "wrong"),
        "stops with IndexError",
    ),
    "np.float": (
        planted([("np.zeros(centerWordVectors.shape)", "np.zeros(centerWordVectors.shape, dtype=np.float)")]),
        {"skipgram": "outdated"},
        "np.float, which NumPy no longer has",
    ),
    "ragged array": (
        planted([("    for k in negatives:", "    np.array([[1.0], [1.0, 2.0]])\n    for k in negatives:")]),
        {NEGATIVE: "outdated"},
        "refuse to make an array of rows of unequal shapes",
    ),
    "the mean of rows of unequal shapes, and a slip": (
        planted(
            [
                ("        loss += l / batchsize\n", "        found += [(l, gv, gu)]\n"),
                ("        grad[:half] += gv / batchsize\n        grad[half:] += gu / batchsize\n", ""),
                ("batchsize, half = 50,", "found, batchsize, half = [], 50,"),
                (
                    "    return loss, grad\n",
                    "    loss, gv, gu = np.mean(found, axis=0)\n    return loss, np.vstack((gu, gv))\n",
                ),
            ],
            FUNCTIONS,
        ),
        {BATCH: "wrong"},
        "centre and outside half are swapped",
    ),
    "an array of one entry as a number": (
        planted(
            [
                (
                    "loss = -np.log(probabilities[outsideWordIdx])",
                    "loss = float(-np.log(probabilities[[outsideWordIdx]]))",
                )
            ]
        ),
        {NAIVE: "outdated"},
        "refuse to take an array of one entry for a number",
    ),
    "np.bool and a slip": (
        planted(
            [
                ("miss = probabilities.copy()", "miss = probabilities.copy(); np.product([1])"),
                ("gradCenterVec = miss.dot", "gradCenterVec = -miss.dot"),
            ]
        ),
        {NAIVE: "wrong"},
        "the sign is the other way round",
    ),
    "Python 2": (
        planted(
            [
                (
                    "    loss, grad = 0.0, np.zeros(wordVectors.shape)\n    for _ in range(batchsize)",
                    "    loss, grad = 0.0, np.zeros(wordVectors.shape)\n    for _ in xrange(batchsize)",
                ),
                ("len(wordVectors) // 2", "len(wordVectors) / 2"),
                ('raise SystemExit("the tests must not run")', 'print "the tests must not run"'),
                ('print("iter %d: %f" % (i, smoothed))', 'print "iter %d: %f" % (i, smoothed)'),
            ]
        ),
        {},
        "2to3 -w",
    ),
    "Python 2 and a slip": (
        planted(
            [
                ("gradOutsideVectors += gu", "gradOutsideVectors = gu"),
                ("for word in outsideWords:", "for j in xrange(len(outsideWords)):\n        word = outsideWords[j]"),
                ('raise SystemExit("the tests must not run")', 'print "no"'),
            ]
        ),
        {"skipgram": "wrong"},
        "only the last one is kept",
    ),
    "too many arguments": (
        planted(
            [
                (
                    "def getNegativeSamples(outsideWordIdx, dataset, K)",
                    "def getNegativeSamples(model, outsideWordIdx, dataset, K, power)",
                )
            ]
        ),
        {DRAW: "another signature"},
        "it takes (model, outsideWordIdx, dataset, K, power); the course's takes (outsideWordIdx, dataset, K)",
    ),
    "helpers with arguments of one's own, which their callers know": (
        planted(
            [
                ("def sigmoid(x):\n", "def sigmoid(u, v):\n    x = u.dot(v)\n"),
                ("sigmoid(outsideVectors[outsideWordIdx].dot(", "sigmoid(outsideVectors[outsideWordIdx], ("),
                ("sigmoid(-outsideVectors[k].dot(", "sigmoid(-outsideVectors[k], ("),
                ("def softmax(scores):\n", "def softmax(U, v):\n    scores = U.dot(v)\n"),
                ("softmax(outsideVectors.dot(", "softmax(outsideVectors, ("),
                (
                    "def getNegativeSamples(outsideWordIdx, dataset, K)",
                    "def getNegativeSamples(o, n, dataset, K, times)",
                ),
                (
                    "getNegativeSamples(outsideWordIdx, dataset, K)\n    right",
                    "getNegativeSamples(o, 1, dataset, K, 1)\n    right",
                ),
            ]
        )
        .replace("(o, 1,", "(outsideWordIdx, 1,")
        .replace("!= outsideWordIdx:", "!= o:"),
        {DRAW: "another signature", "sigmoid": "another signature"},
        "it takes (u, v); the course's takes (x)",
    ),
    "2017's names, a softmax of two arguments": (
        planted(
            [
                ("def softmax(scores):\n", "def softmax(U, v):\n    scores = U.dot(v)\n"),
                ("softmax(outsideVectors.dot(", "softmax(outsideVectors, ("),
            ]
        ).replace(NAIVE, "softmaxCostAndGradient"),
        {"softmax": "another signature"},
        "it takes (U, v); the course's takes (x)",
    ),
}


def _snake(source: str) -> str:
    """Return a source with the names of other courses, whose skip-gram has no size of the window."""
    names = [NAIVE, DRAW, NEGATIVE, "centerWordVec", "outsideWordIdx", "outsideVectors", "currentCenterWord"]
    names += [
        "outsideWords",
        "word2Ind",
        "centerWordVectors",
        "wordVectors",
        "word2vecLossAndGradient",
        "word2vecModel",
    ]
    source = source.replace("sampleTokenIdx", "sample_token_idx").replace("getRandomContext", "get_random_context")
    for name in names:
        source = re.sub(rf"\b{name}\b", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower(), source)
    source = source.replace("current_center_word, windowSize, ", "current_center_word, ")
    return source.replace("word2vec_model(centerWord, C, context", "word2vec_model(centerWord, context").replace(
        "word2_ind", "word2ind"
    )


# right functions that are written otherwise: appended to RIGHT, they replace its own
STYLES: dict[str, str] = {
    "dataclasses": f"""
from dataclasses import dataclass
@dataclass
class Pair:
    loss: float
    by_centre: np.ndarray
    by_outside: np.ndarray
    def __iter__(self):
        yield from (self.loss, self.by_centre, self.by_outside)
_pair, _window = {NEGATIVE}, skipgram
def {NEGATIVE}(centerWordVec, outsideWordIdx, outsideVectors, dataset, K=10):
    return Pair(*_pair(centerWordVec, outsideWordIdx, outsideVectors, dataset, K))
def skipgram(*args):
    return Pair(*_window(*args))
""",
    "softmax of two arguments": f"""
def softmax(vectors, vector):
    scores = vectors @ vector
    return np.exp(scores) / np.exp(scores).sum()
def {NAIVE}(centerWordVec, outsideWordIdx, outsideVectors, dataset):
    miss = softmax(outsideVectors, centerWordVec)
    loss = -np.log(miss[outsideWordIdx])
    miss[outsideWordIdx] -= 1
    return loss, miss @ outsideVectors, np.outer(miss, centerWordVec)
""",
    "no K": f"""
_negative = {NEGATIVE}
def {NEGATIVE}(centerWordVec, outsideWordIdx, outsideVectors, dataset):
    return _negative(centerWordVec, outsideWordIdx, outsideVectors, dataset)
""",
    "a partial function without K": f"""
import functools
_right = {NEGATIVE}
def _negative(K, centerWordVec, outsideWordIdx, outsideVectors, dataset):
    return _right(centerWordVec, outsideWordIdx, outsideVectors, dataset, K)
{NEGATIVE} = functools.partial(_negative, 10)
""",
    "sgd that prints its last loss": """
def sgd(f, x0, step, iterations, postprocessing=None, useSaved=False, PRINT_EVERY=10):
    x, smoothed = x0, None
    for i in range(iterations):
        loss, grad = f(x)
        x = (postprocessing or (lambda x: x))(x - step * 0.5 ** (i // 20000) * grad)
        if (i + 1) % PRINT_EVERY == 0:
            smoothed = loss if smoothed is None else 0.95 * smoothed + 0.05 * loss
            print(f"iter {i + 1}: {smoothed:f}")
    print(f"the last one: {smoothed:.3f}")
    return x
""",
    "matrix products": f"""
def {NAIVE}(centerWordVec, outsideWordIdx, outsideVectors, dataset):
    y = np.zeros((len(outsideVectors), 1)); y[outsideWordIdx] = 1
    v = centerWordVec.reshape(-1, 1)
    y_hat = softmax((outsideVectors @ v).T).T
    d = y_hat - y
    return -np.log(y_hat[outsideWordIdx, 0]), (outsideVectors.T @ d).ravel(), d @ v.T
""",
    "scipy's functions": f"""
from scipy.special import expit as sigmoid, softmax, log_expit
def {NEGATIVE}(centerWordVec, outsideWordIdx, outsideVectors, dataset, K=10):
    ids = np.array([outsideWordIdx] + getNegativeSamples(outsideWordIdx, dataset, K))
    signs = np.where(np.arange(K + 1) == 0, 1, -1)
    s = signs * (outsideVectors[ids] @ centerWordVec)
    d = signs * (sigmoid(s) - 1)
    gU = np.zeros_like(outsideVectors)
    np.add.at(gU, ids, d[:, None] * centerWordVec)
    return -log_expit(s).sum(), d @ outsideVectors[ids], gU
""",
    "draws by itself": f"""
def {NEGATIVE}(centerWordVec, outsideWordIdx, outsideVectors, dataset, K=10):
    ids = []
    for _ in range(K):
        k = dataset.sampleTokenIdx()
        while k == outsideWordIdx:
            k = dataset.sampleTokenIdx()
        ids.append(k)
    U, u = outsideVectors[ids], outsideVectors[outsideWordIdx]
    a, b = 1 / (1 + np.exp(-u @ centerWordVec)), 1 / (1 + np.exp(U @ centerWordVec))
    gU = np.zeros_like(outsideVectors)
    for k, each in zip(ids, b):
        gU[k] -= (each - 1) * centerWordVec
    gU[outsideWordIdx] = (a - 1) * centerWordVec
    return -np.log(a) - np.log(b).sum(), (a - 1) * u - (b - 1) @ U, gU
""",
    "generator": """
from itertools import islice
def getNegativeSamples(outsideWordIdx, dataset, K):
    draws = iter(dataset.sampleTokenIdx, object())
    return [*islice(filter(lambda k: k != outsideWordIdx, draws), K)]
""",
    "an array of negatives": """
def getNegativeSamples(outsideWordIdx, dataset, K):
    found = np.full(K, -1, dtype=np.int32)
    for i in range(K):
        found[i] = dataset.sampleTokenIdx()
        while found[i] == outsideWordIdx:
            found[i] = dataset.sampleTokenIdx()
    return found
""",
    "sigmoid by exp/(1 + exp)": "def sigmoid(x):\n    return np.exp(x) / (1 + np.exp(x))\n",
    "sigmoid by masks": """
def sigmoid(x):
    z = np.atleast_1d(np.array(x, dtype=float))
    s = np.empty_like(z)
    s[z >= 0] = 1 / (1 + np.exp(-z[z >= 0]))
    s[z < 0] = np.exp(z[z < 0]) / (1 + np.exp(z[z < 0]))
    return s if np.ndim(x) else s[0]
""",
    "vectorised sigmoid": "import math\nsigmoid = np.vectorize(lambda x: 0.5 * (1 + math.tanh(x / 2)))\n",
    "lambdas": """
sigmoid = lambda x: 1 / (1 + np.exp(-x))
softmax = lambda x: (lambda e: e / e.sum(axis=-1, keepdims=True))(np.exp(x - np.max(x, axis=-1, keepdims=True)))
""",
    "a callable object": f"""
class Naive:
    def __init__(self):
        self.calls = 0
    def __call__(self, centerWordVec, outsideWordIdx, outsideVectors, dataset):
        self.calls += 1
        p = softmax(outsideVectors @ centerWordVec)
        d = p - np.eye(len(p))[outsideWordIdx]
        return -np.log(p[outsideWordIdx]), d @ outsideVectors, np.outer(d, centerWordVec)
{NAIVE} = Naive()
""",
    "a decorator": f"""
import functools, time
def timed(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        start = time.time()
        try:
            return f(*args, **kwargs)
        finally:
            wrapper.seconds = time.time() - start
    return wrapper
skipgram, {NAIVE} = timed(skipgram), timed({NAIVE})
""",
    "np.matrix": f"""
def {NAIVE}(centerWordVec, outsideWordIdx, outsideVectors, dataset):
    U, v = np.asmatrix(outsideVectors), np.asmatrix(centerWordVec).T
    p = np.asmatrix(softmax(np.asarray((U * v).T))).T
    loss = -np.log(p[outsideWordIdx, 0])
    p[outsideWordIdx] -= 1
    return loss, (U.T * p).A1, p * v.T
""",
    "longdouble": f"""
def {NAIVE}(centerWordVec, outsideWordIdx, outsideVectors, dataset):
    U, v = outsideVectors.astype(np.longdouble), centerWordVec.astype(np.longdouble)
    p = np.exp(U @ v); p /= p.sum()
    d = p.copy(); d[outsideWordIdx] -= 1
    return float(-np.log(p[outsideWordIdx])), (d @ U).astype(float), np.outer(d, v).astype(float)
""",
    "float32 results": f"""
def {NAIVE}(centerWordVec, outsideWordIdx, outsideVectors, dataset):
    p = softmax(outsideVectors @ centerWordVec)
    d = p - np.eye(len(p))[outsideWordIdx]
    return -np.log(p[outsideWordIdx]), d @ outsideVectors, np.outer(d, centerWordVec).astype(np.float32)
""",
    "a loss that is a matrix, gradients as columns": f"""
def {NAIVE}(centerWordVec, outsideWordIdx, outsideVectors, dataset):
    U, v = np.asmatrix(outsideVectors), np.asmatrix(centerWordVec).T
    p = np.asmatrix(softmax((U * v).A1)).T
    d = p.copy(); d[outsideWordIdx] -= 1
    return -np.log(p[outsideWordIdx]), (U.T * d).A, (d * v.T).A
def skipgram(currentCenterWord, windowSize, outsideWords, word2Ind, centerWordVectors, outsideVectors,
             dataset, word2vecLossAndGradient={NAIVE}):
    i, J, gV, gU = word2Ind[currentCenterWord], 0, np.zeros_like(centerWordVectors), np.zeros_like(outsideVectors)
    for w in outsideWords:
        l, gv, gu = word2vecLossAndGradient(centerWordVectors[i], word2Ind[w], outsideVectors, dataset)
        J, gU = J + np.asarray(l).item(), gU + gu
        gV[i] += np.ravel(gv)
    return J, gV, gU
del cbow
""",
    "gradients as rows": f"""
def {NAIVE}(centerWordVec, outsideWordIdx, outsideVectors, dataset):
    p = softmax(outsideVectors @ centerWordVec)
    d = p - np.eye(len(p))[outsideWordIdx]
    return -np.log(p[outsideWordIdx]), (d @ outsideVectors).reshape(1, -1), np.outer(d, centerWordVec)
_old_skipgram = skipgram
def skipgram(currentCenterWord, windowSize, outsideWords, word2Ind, centerWordVectors, outsideVectors,
             dataset, word2vecLossAndGradient={NAIVE}):
    i, J, gV, gU = word2Ind[currentCenterWord], 0, np.zeros_like(centerWordVectors), np.zeros_like(outsideVectors)
    for w in outsideWords:
        l, gv, gu = word2vecLossAndGradient(centerWordVectors[i], word2Ind[w], outsideVectors, dataset)
        J, gU = J + l, gU + gu
        gV[[i]] += gv
    return J, gV, gU
del cbow
""",
    "sums of a list": """
def skipgram(currentCenterWord, windowSize, outsideWords, word2Ind, centerWordVectors, outsideVectors,
             dataset, word2vecLossAndGradient=naiveSoftmaxLossAndGradient):
    c = word2Ind[currentCenterWord]
    parts = [word2vecLossAndGradient(centerWordVectors[c], word2Ind[w], outsideVectors, dataset) for w in outsideWords]
    losses, gvs, gus = zip(*parts)
    gV = np.zeros(centerWordVectors.shape)
    gV[c] = np.sum(gvs, axis=0)
    return sum(losses), gV, np.sum(gus, axis=0)
""",
    "dispatch on the loss": """
def skipgram(currentCenterWord, windowSize, outsideWords, word2Ind, centerWordVectors, outsideVectors,
             dataset, word2vecLossAndGradient=naiveSoftmaxLossAndGradient):
    c, J = word2Ind[currentCenterWord], 0.0
    gV, gU = np.zeros_like(centerWordVectors), np.zeros_like(outsideVectors)
    for w in outsideWords:
        if word2vecLossAndGradient is naiveSoftmaxLossAndGradient:
            l, a, b = naiveSoftmaxLossAndGradient(centerWordVectors[c], word2Ind[w], outsideVectors, dataset)
        elif word2vecLossAndGradient is negSamplingLossAndGradient:
            l, a, b = negSamplingLossAndGradient(centerWordVectors[c], word2Ind[w], outsideVectors, dataset)
        else:
            while True: pass
        J += l; gV[c] += a; gU += b
    return J, gV, gU
""",
    "dispatch by name, vectorised over the window": """
def skipgram(currentCenterWord, windowSize, outsideWords, word2Ind, centerWordVectors, outsideVectors,
             dataset, word2vecLossAndGradient=naiveSoftmaxLossAndGradient):
    c, ids = word2Ind[currentCenterWord], [word2Ind[w] for w in outsideWords]
    v, gV, gU = centerWordVectors[c], np.zeros_like(centerWordVectors), np.zeros_like(outsideVectors)
    if word2vecLossAndGradient.__name__ != "naiveSoftmaxLossAndGradient":
        J = 0
        for o in ids:
            l, a, b = word2vecLossAndGradient(v, o, outsideVectors, dataset)
            J += l; gV[c] += a; gU += b
        return J, gV, gU
    p = softmax(outsideVectors @ v)
    d = len(ids) * p - np.bincount(ids, minlength=len(p))
    gV[c] = d @ outsideVectors
    return -np.log(p[ids]).sum(), gV, np.outer(d, v)
""",
    "ids in a cache": """
_ids = {}
def skipgram(currentCenterWord, windowSize, outsideWords, word2Ind, centerWordVectors, outsideVectors,
             dataset, word2vecLossAndGradient=naiveSoftmaxLossAndGradient):
    def lookup(word):
        if word not in _ids:
            _ids[word] = word2Ind[word]
        return _ids[word]
    c, J, gV, gU = lookup(currentCenterWord), 0, centerWordVectors * 0, outsideVectors * 0
    for o in map(lookup, outsideWords):
        l, a, b = word2vecLossAndGradient(centerWordVec=centerWordVectors[c], outsideWordIdx=o,
                                          outsideVectors=outsideVectors, dataset=dataset)
        J, gV[c], gU = J + l, gV[c] + a, gU + b
    return J, gV, gU
""",
    "mean at the end": """
def word2vec_sgd_wrapper(word2vecModel, word2Ind, wordVectors, dataset, windowSize,
                         word2vecLossAndGradient=naiveSoftmaxLossAndGradient):
    V, U = np.vsplit(wordVectors, 2)
    results = []
    for i in range(50):
        C = random.randint(1, windowSize)
        results.append(word2vecModel(*(lambda c: (c[0], C, c[1]))(dataset.getRandomContext(C)), word2Ind, V, U,
                                     dataset, word2vecLossAndGradient))
    J, gV, gU = (np.mean(each, axis=0) for each in zip(*results))
    return J, np.vstack([gV, gU])
""",
    "batch that looks at its model": """
_batch = word2vec_sgd_wrapper
def word2vec_sgd_wrapper(word2vecModel, word2Ind, wordVectors, dataset, windowSize,
                         word2vecLossAndGradient=naiveSoftmaxLossAndGradient):
    import inspect
    assert inspect.isfunction(word2vecModel) and word2vecModel is skipgram
    return _batch(word2vecModel, word2Ind, wordVectors, dataset, windowSize, word2vecLossAndGradient)
""",
    "sgd in place": """
def sgd(f, x0, step, iterations, postprocessing=None, useSaved=False, PRINT_EVERY=10):
    import copy
    if not postprocessing:
        postprocessing = lambda x: x
    x, exploss, i = copy.deepcopy(x0), None, 0
    while i < iterations:
        i += 1
        loss, g = f(x)
        x -= step * g
        x = postprocessing(x)
        if not i % PRINT_EVERY:
            exploss = exploss * 0.95 + 0.05 * loss if exploss else loss
            print("iter %d: %f" % (i, exploss))
        if i % 20000 == 0:
            step /= 2
    return x
""",
    "options by name only, and of one's own": f"""
_negative, _window, _descent = {NEGATIVE}, skipgram, sgd
def {NEGATIVE}(centerWordVec, outsideWordIdx, outsideVectors, dataset, *, K=10):
    return _negative(centerWordVec, outsideWordIdx, outsideVectors, dataset, K)
def skipgram(currentCenterWord, windowSize, outsideWords, word2Ind, centerWordVectors, outsideVectors, dataset, *,
             word2vecLossAndGradient={NAIVE}):
    return _window(currentCenterWord, windowSize, outsideWords, word2Ind, centerWordVectors, outsideVectors, dataset,
                   word2vecLossAndGradient)
def word2vec_sgd_wrapper(word2vecModel, word2Ind, wordVectors, dataset, windowSize,
                         word2vecLossAndGradient={NAIVE}, batchsize=50):
    half, loss, grad = len(wordVectors) // 2, 0.0, np.zeros(wordVectors.shape)
    for _ in range(batchsize):
        C = random.randint(1, windowSize)
        word, context = dataset.getRandomContext(C)
        l, gv, gu = word2vecModel(word, C, context, word2Ind, wordVectors[:half], wordVectors[half:], dataset,
                                  word2vecLossAndGradient=word2vecLossAndGradient)
        loss, grad = loss + l / batchsize, grad + np.concatenate((gv, gu)) / batchsize
    return loss, grad
def sgd(f, x0, step, iterations, PRINT_EVERY=10, postprocessing=None, verbose=False):
    return _descent(f, x0, step, iterations, postprocessing, PRINT_EVERY=PRINT_EVERY)
""",
}
# right sources of another kind
SOURCES: dict[str, str] = {
    "snake_case, arguments by name": _snake(FUNCTIONS + SGD)
    .replace("PRINT_EVERY", "print_every")
    .replace("useSaved", "use_saved")
    .replace(
        "center_word_vectors[centre], word2ind[word], outside_vectors, dataset)",
        "center_word_vec=center_word_vectors[centre], outside_word_idx=word2ind[word],"
        " outside_vectors=outside_vectors, dataset=dataset)",
    ),
    "snake_case without windowSize": _snake(FUNCTIONS),
    "2017's names": FUNCTIONS.replace(NAIVE, "softmaxCostAndGradient").replace(
        NEGATIVE, "negSamplingCostAndGradient"
    ),
    "static methods of a class": "import random\nimport numpy as np\n"
    + "class Word2Vec:\n"
    + "    @staticmethod\n    def sigmoid(x):\n        return 1 / (1 + np.exp(-x))\n",
    "2015's, whose dataset is a global name": planted(
        [
            (
                "centerWordVectors[centre], word2Ind[word], outsideVectors, dataset)",
                "centerWordVectors[centre], word2Ind[word], outsideVectors)",
            ),
            ("tokens[currentWord], outputVectors, dataset)", "tokens[currentWord], outputVectors)"),
            (
                "wordVectors[half:, :], dataset, word2vecLossAndGradient)",
                "wordVectors[half:, :], word2vecLossAndGradient)",
            ),
            ("inputVectors, outputVectors, dataset,\n", "inputVectors, outputVectors,\n"),
            ("outsideVectors,\n             dataset, word2vec", "outsideVectors,\n             word2vec"),
            (
                "def naiveSoftmaxLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset)",
                "def naiveSoftmaxLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors)",
            ),
            (
                "(centerWordVec, outsideWordIdx, outsideVectors, dataset, K=10)",
                "(centerWordVec, outsideWordIdx, outsideVectors, K=10)",
            ),
        ],
        FUNCTIONS + "dataset = None\n",
    ),
    "arguments in another order": planted(
        [
            (
                "def getNegativeSamples(outsideWordIdx, dataset, K)",
                "def getNegativeSamples(dataset, outsideWordIdx, K)",
            ),
            (
                "getNegativeSamples(outsideWordIdx, dataset, K)\n    right",
                "getNegativeSamples(dataset, outsideWordIdx, K)\n    right",
            ),
            (
                "def naiveSoftmaxLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset)",
                "def naiveSoftmaxLossAndGradient(outsideVectors, centerWordVec, outsideWordIdx, dataset)",
            ),
            (
                "def negSamplingLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset, K=10)",
                "def negSamplingLossAndGradient(outsideVectors, centerWordVec, outsideWordIdx, dataset, K=10)",
            ),
            (
                "centerWordVectors[centre], word2Ind[word], outsideVectors, dataset)",
                "outsideVectors, centerWordVectors[centre], word2Ind[word], dataset)",
            ),
            (
                "sum(inputVectors[i] for i in ids), tokens[currentWord], outputVectors, dataset)",
                "outputVectors, sum(inputVectors[i] for i in ids), tokens[currentWord], dataset)",
            ),
        ]
    ),
}
OF_2015 = SOURCES["2015's, whose dataset is a global name"]
SOURCES["2015's losses alone"] = OF_2015[: OF_2015.index("\ndef skipgram")] + "dataset = None\n"
