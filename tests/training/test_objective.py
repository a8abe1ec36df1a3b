"""word2vec/training/objective.py: draws, touched rows, every model and loss against the textbook."""

from itertools import pairwise

import numpy as np
import pytest

from tests.training.flat import settings_of
from word2vec.gradcheck import assert_gradient
from word2vec.losses import hierarchical_softmax, naive_softmax, negative_sampling
from word2vec.text import huffman_tree
from word2vec.training import hierarchical_softmax as hierarchical_softmax_module
from word2vec.training.batches import Batch, Text
from word2vec.training.inputs import Contexts, Positions
from word2vec.training.objective import Composed, FusedSkipGram, Joined, draw_batches, group_size, make_objective
from word2vec.training.outputs import FullSoftmax, SharedNegatives
from word2vec.training.sampling import noise_distribution, noise_table
from word2vec.training.settings import (
    Cbow,
    HierarchicalSoftmax,
    NaiveSoftmax,
    NegativeSampling,
    PvDbow,
    PvDm,
    SkipGram,
)
from word2vec.training.skipgram import FusedStep

WORDS = 12


@pytest.fixture
def text():
    rng = np.random.default_rng(4)
    noise = noise_table(noise_distribution(np.arange(WORDS, 0, -1)))
    return Text(rng.integers(0, WORDS, 300).astype(np.int32), np.arange(10, 301, 10), np.ones(WORDS), noise)


def shared_negatives(n=32):
    return FusedSkipGram(WORDS, FusedStep(n, 4, 3, 5, 6, np.float64, block=8, group=16))


def softmax(n=32):
    source, output = Positions(n, 4, np.float64), FullSoftmax(WORDS, 3, around=True)
    return Composed(WORDS, n, 3, source, output)


def batches_of(output, text, seed):
    return draw_batches(text, 0, output, np.random.default_rng(seed)).cut(output.n)


@pytest.mark.parametrize("make", [shared_negatives, softmax])
def test_batches_cover_the_chunk_in_its_order(text, make):
    batches = batches_of(make(), text, 1)
    assert len(batches) == 10
    assert np.concatenate([batch.tokens[3:-3] for batch in batches])[:300].tolist() == text.ids.tolist()
    for a, b in pairwise(batches):
        np.testing.assert_array_equal(a.tokens[-6:], b.tokens[:6])
    assert not batches[-1].left[12:].any()


def test_negatives_are_drawn_from_the_noise(text):
    output = FusedSkipGram(WORDS, FusedStep(16, 4, 3, 5, 400, block=8, group=16))
    drawn = draw_batches(text, 0, output, np.random.default_rng(2)).negatives.ravel()
    expected = len(drawn) * noise_distribution(np.arange(WORDS, 0, -1))
    assert (abs(np.bincount(drawn, minlength=WORDS) - expected) < 5 * np.sqrt(expected)).all()


def outside_by_loops(batch, window):
    return [
        batch.tokens[window + i + d]
        for i, (left, right) in enumerate(zip(batch.left, batch.right, strict=True))
        for d in range(-left, right + 1)
        if d
    ]


@pytest.mark.parametrize("make", [shared_negatives, softmax])
def test_pairs_are_counted_and_listed(text, make):
    output = make()
    for batch in batches_of(output, text, 1):
        truth = outside_by_loops(batch, 3)
        assert batch.outside_words().tolist() == truth
        assert sum(output.pairs(batch, g) for g in range(output.groups)) == len(truth)


def test_more_pulls_at_rows_where_there_is_more_text(text):
    output = shared_negatives()
    batches = batches_of(output, text, 1)
    all_ids, pulls = output.rows(batches)
    assert all_ids.shape == pulls.shape == (10, output.entries)
    pull = pulls[0]
    centres, tokens, negatives = output._step.split(pull)
    around = output._step.group + 2 * 3
    assert all((each > 0).all() for each in (centres, tokens[:, :around], negatives))
    assert not tokens[:, around:].any(), "tokens that only fill a block"
    pairs = sum(output.pairs(batches[0], g) for g in range(2))
    k_share = 5 / 4
    assert pull.sum() == pytest.approx(pairs * (1 + k_share) + pairs + pairs * k_share)
    assert pulls[-1].sum() < pull.sum()
    output = SharedNegatives(32, 4, 5, 6, np.float64, group=16)
    own, negatives = np.split(output.rows(batches[0], np.full(32, 2))[1], [32])
    assert own.tolist() == [2] * 32
    assert negatives.tolist() == pytest.approx([2 * 32 * k_share / 12] * 12)


@pytest.mark.parametrize("make", [shared_negatives, softmax])
def test_no_batches_have_no_rows(make):
    ids, pull = make().rows([])
    assert ids.shape == pull.shape == (0, make().entries)


def test_the_full_softmax_is_the_sum_over_pairs_of_the_textbooks(text):
    output, rng = softmax(), np.random.default_rng(3)
    x = rng.normal(size=(2 * WORDS, 4))
    batch = batches_of(output, text, 3)[0]
    out = np.full((output.entries + output.table, 4), np.nan)
    (J,) = output.gradients(x, batch, range(1), out, [0])
    (ids,), (pull,) = output.rows([batch])
    found = np.zeros_like(x)
    np.add.at(found, ids, out[: output.entries])
    found[WORDS:] += out[output.entries :]
    J_true, truth, seen = 0.0, np.zeros_like(x), np.zeros(2 * WORDS)
    centres = np.repeat(batch.tokens[3:-3], batch.left + batch.right)
    for c, o in zip(centres, outside_by_loops(batch, 3), strict=True):
        J_pair, grad_v, grad_U = naive_softmax(x[c], o, x[WORDS:])
        J_true, truth[c], truth[WORDS:] = J_true + J_pair, truth[c] + grad_v, truth[WORDS:] + grad_U
        seen[[c, WORDS + o]] += 1
    assert pytest.approx(J_true, rel=1e-13) == J
    np.testing.assert_allclose(found, truth, rtol=1e-11, atol=1e-12)
    np.testing.assert_array_equal(np.bincount(ids, pull, WORDS), seen[:WORDS])
    np.testing.assert_array_equal(output.table_pull(batch), seen[WORDS:])
    assert output.gradients(x, batch, range(1), out, []).size == 0


@pytest.mark.parametrize(
    ("shared", "step", "group"),
    [(64, 1024, 256), (32, 1024, 128), (32, 512, 128), (32, 256, 64), (64, 64, 16), (1, 64, 16), (50, 2048, 128)],
)
def test_groups_grow_with_their_negatives_and_the_step(shared, step, group):
    assert group_size(settings_of(shared=shared, step=step)) == group
    assert group_size(settings_of(shared=shared, step=step, group=512)) == min(512, step)


# every model with every loss

PAIRS = [
    (model, loss)
    for model in (
        SkipGram(),
        SkipGram(windows="drawn"),
        Cbow(),
        Cbow(windows="weighted"),
        Cbow(mean=False),
        Cbow(mean=False, windows="weighted"),
        SkipGram(windows=(0, 1, 0.5, 0.25, 2, 0)),
        Cbow(windows=(0, 1, 0.5, 0.25, 2, 0), mean=True),
        SkipGram(windows="sentence"),
        PvDbow(),
        PvDbow(words=True),
        PvDm(),
        PvDm(mean=True, windows=(0, 1, 0.5, 0, 0, 0)),
    )
    for loss in (NegativeSampling(shared=6), NaiveSoftmax(), HierarchicalSoftmax())
]


TREE = huffman_tree([40, 30, 9, 9, 9, 5, 5, 3, 2, 2, 1, 1])


@pytest.fixture(autouse=True)
def _few_hot_nodes(monkeypatch):
    """Of eleven nodes three are computed for all tokens, the others path by path."""
    monkeypatch.setattr(hierarchical_softmax_module, "HOT", 3)


def case_of(model, loss, text, n=32):
    settings = settings_of(dim=4, window=3, negatives=5, step=n, dtype="float64", model=model, loss=loss)
    documents = len(text.ends) if isinstance(model, PvDbow | PvDm) else 0
    tree = TREE if isinstance(loss, HierarchicalSoftmax) else None
    objective, rng = make_objective(settings, WORDS, documents, tree), np.random.default_rng(3)
    return settings, objective, rng.normal(size=(2 * WORDS + documents, 4)), batches_of(objective, text, 3)[0]


def predictions(settings, batch):
    """(position, {row of x: weight in its hidden vector}, word that it predicts, weight of the loss), by loops."""
    C, model, windows = settings.window, settings.model, settings.model.windows
    cbow, pv = isinstance(model, Cbow | PvDm), isinstance(model, PvDbow | PvDm)
    weighted = windows == "weighted" and (cbow or not isinstance(settings.loss, NaiveSoftmax))
    tree = isinstance(settings.loss, HierarchicalSoftmax)
    for i, (left, right) in enumerate(zip(batch.left, batch.right, strict=True)):
        around = [d for d in range(-left, right + 1) if d]
        p = [(C + 1 - abs(d)) / C if weighted else 1.0 for d in around]
        if isinstance(windows, tuple):  # by a tree words predict the one that they stand around: offsets turn
            p = [windows[d + C - (d > 0)] for d in (-d if tree and not cbow else d for d in around)]
        words, own = [batch.tokens[C + i + d] for d in around], batch.tokens[C + i]
        document = [WORDS + t for t in batch.documents[i : i + 1] if pv and t >= 0]
        s = float(batch.weights[i]) if batch.weights.size else 1.0
        if not cbow and getattr(model, "words", True):
            for o, weight in zip(words, p, strict=True):
                yield (i, {o: 1.0}, own, s * weight) if tree else (i, {own: 1.0}, o, s * weight)
        if isinstance(model, PvDbow):
            yield from ((i, {t: 1.0}, own, s) for t in document)
        if cbow and (document or (sum(p) and not pv)):
            hidden, total = dict.fromkeys(words + document, 0.0), sum(p) + len(document)
            for word, weight in zip(words + document, [*p, 1.0], strict=False):
                hidden[word] += weight / (total if model.mean else 1)
            yield i, hidden, own, s


def by_the_textbook(settings, x, batch):
    """The sum of the textbook's losses of one pair, and its gradient in x, by the chain rule of the hidden vector."""
    J, grad, pairs = 0.0, np.zeros_like(x), 0.0
    for i, hidden, o, weight in predictions(settings, batch):
        v = sum(a * x[row] for row, a in hidden.items())
        if isinstance(settings.loss, NegativeSampling):
            negatives = batch.negatives[i // (len(batch.left) // len(batch.negatives))]
            a = settings.negatives / settings.loss.shared * (negatives != o)
            found = negative_sampling(v, o, x[-WORDS:], negatives, a)
        elif isinstance(settings.loss, HierarchicalSoftmax):
            found = hierarchical_softmax(v, o, x[-WORDS:], *TREE.path(o))
        else:
            found = naive_softmax(v, o, x[-WORDS:])
        J, pairs = J + weight * found[0], pairs + weight
        for row, a in hidden.items():
            grad[row] += weight * a * found[1]
        grad[-WORDS:] += weight * found[2]
    return J, grad, pairs


def computed(objective, x, batch, shares=None):
    """What the objective computes, groups shared out as asked: J and its gradient in x."""
    empty = 0.0 if isinstance(objective, Joined) else np.nan  # parts are padded by rows that stay zero
    out, J = np.full((objective.entries + objective.table, x.shape[1]), empty), 0.0
    for groups in shares or [range(objective.groups)]:
        J += objective.gradients(x, batch, groups, out, list(groups)).sum()
    (ids,), _ = objective.rows([batch])
    grad = np.zeros_like(x)
    np.add.at(grad, ids, out[: len(ids)])
    if objective.table:
        grad[objective.inputs :] += out[objective.entries :]
    return J, grad


@pytest.mark.parametrize(("model", "loss"), PAIRS, ids=str)
def test_a_batch_is_the_sum_of_the_textbooks_losses(text, model, loss):
    settings, objective, x, batch = case_of(model, loss, text)
    J, grad, pairs = by_the_textbook(settings, x, batch)
    found = computed(objective, x, batch)
    assert found[0] == pytest.approx(J, rel=1e-13)
    np.testing.assert_allclose(found[1], grad, rtol=1e-12, atol=1e-12)
    assert sum(objective.pairs(batch, group) for group in range(objective.groups)) == pytest.approx(pairs, rel=1e-13)


@pytest.mark.parametrize(
    ("model", "loss"),  # a twentieth of them: the gradient of each is, above, that of the textbook to the last digits
    [pytest.param(*pair, marks=[] if i % 20 == 1 else pytest.mark.slow) for i, pair in enumerate(PAIRS)],
    ids=str,
)
def test_the_gradient_passes_the_checker(text, model, loss):
    """Twelve words in 32 windows: each is a centre, a context and a negative at once."""
    _, objective, x, batch = case_of(model, loss, text)
    assert_gradient(lambda x: computed(objective, x, batch), x)


@pytest.mark.parametrize(("model", "loss"), PAIRS, ids=str)
def test_sentences_have_weights(text, model, loss):
    weights = np.random.default_rng(5).choice([0, 0.5, 2], len(text.ends))
    settings, objective, x, batch = case_of(model, loss, text._replace(weights=weights))
    assert batch.weights[:20].tolist() == weights[:2].repeat(10).tolist()
    J, grad, pairs = by_the_textbook(settings, x, batch)
    found = computed(objective, x, batch)
    assert found[0] == pytest.approx(J, rel=1e-13)
    np.testing.assert_allclose(found[1], grad, rtol=1e-12, atol=1e-12)
    assert sum(objective.pairs(batch, group) for group in range(objective.groups)) == pytest.approx(pairs, rel=1e-13)
    plain = batch._replace(weights=np.ones(32, np.float32)), batch._replace(weights=np.empty(0, np.float32))
    for one, other in zip(*(computed(objective, x, each) for each in plain), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-14, atol=1e-14)
    (_, once), (_, twice) = (objective.rows([plain[0]._replace(weights=k * plain[0].weights)]) for k in (1, 2))
    np.testing.assert_allclose(twice, 2 * once)


@pytest.mark.parametrize(("model", "loss"), [pair for pair in PAIRS if pair[1:] != (NaiveSoftmax(),)], ids=str)
def test_how_groups_are_shared_out_changes_no_bit(text, model, loss):
    _, objective, x, batch = case_of(model, loss, text, n=64)
    J, grad = computed(objective, x, batch)
    shares = [range(i, i + 1) for i in reversed(range(objective.groups))]
    again = computed(objective, x, batch, shares)
    assert again[0] == pytest.approx(J, rel=1e-14)
    np.testing.assert_array_equal(again[1], grad)


def test_skip_gram_fused_is_skip_gram_composed_with_the_same_draws(text):
    """CBOW's output scores one pair after the other here, each word of a window by itself."""
    _, fused, x, batch = case_of(SkipGram(), NegativeSampling(shared=6), text)
    J, grad = 0.0, np.zeros_like(x)
    for p, places in zip([1.0, 2 / 3, 1 / 3], range(1, 4), strict=True):
        for side in (-places, places):
            reach = batch.right if side > 0 else batch.left
            # position i's own word is its outside word at this distance, its hidden vector that of the centre
            centres, seen = batch.tokens[3:-3], (reach >= places).astype(float)
            shifted = batch._replace(tokens=np.roll(batch.tokens, -side))
            output = SharedNegatives(32, 4, 5, 6, np.float64, group=fused.n // fused.groups)
            out = np.zeros((output.entries, 4))
            losses, grad_H = output.gradients(
                x[centres], x[WORDS:], shifted, seen, range(fused.groups), out, range(fused.groups)
            )
            J += p * losses.sum()
            np.add.at(grad, centres, p * grad_H)
            np.add.at(grad, WORDS + output.rows(shifted, seen)[0], p * out)
    found = computed(fused, x, batch)
    assert found[0] == pytest.approx(J, rel=1e-13)
    np.testing.assert_allclose(found[1], grad, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("mean", [False, True])
def test_a_word_that_is_not_seen_pulls_at_nothing(mean):
    source = Contexts(32, 4, 3, np.float64, np.ones(3), group=16, mean=mean)
    output = SharedNegatives(32, 4, 5, 6, np.float64, group=16)
    objective = Composed(WORDS, 32, 3, source, output)
    nowhere = np.zeros(32, np.int32)
    batch = Batch(np.zeros(38, np.int32), nowhere, nowhere, np.zeros((2, 6), np.int32))
    _, pull = objective.rows([batch])
    assert not pull.any()
    assert objective.input_cap(batch) == 1
    found = computed(objective, np.ones((2 * WORDS, 4)), batch)
    assert found[0] == 0
    assert not found[1].any()


@pytest.mark.parametrize("loss", [NegativeSampling(shared=6), NaiveSoftmax(), HierarchicalSoftmax()], ids=str)
def test_a_step_of_the_mean_is_that_of_the_sum_with_vectors_as_much_longer_as_its_weights_are_heavy(text, loss):
    """Whole windows of the summed weight Z: the mean of Z v is the sum of v, and its step Z times the sum's."""
    weights, Z = (0.5, 1, 2, 2, 1, 1.5), 8
    _, total, x, batch = case_of(Cbow(windows=weights, mean=False), loss, text)
    mean = case_of(Cbow(windows=weights), loss, text)[1]
    whole = batch._replace(left=np.full_like(batch.left, 3), right=np.full_like(batch.right, 3))
    longer = x.copy()
    longer[:WORDS] *= Z
    grad, grad_of_mean = computed(total, x, whole)[1], computed(mean, longer, whole)[1]
    assert (total.input_rate, mean.input_cap(whole), total.input_cap(whole)) == (1, 1, 1 / Z)
    some = whole._replace(left=whole.left * (np.arange(32) < 16), right=whole.right * (np.arange(32) < 16))
    assert total.input_cap(some) == 1 / Z, "where there are windows"
    (_, (pull,)), (_, (of_mean,)) = (each.rows([whole]) for each in (total, mean))
    outputs = slice(total._input.entries, None)
    np.testing.assert_allclose(pull[outputs], Z * of_mean[outputs])
    np.testing.assert_allclose(mean.input_rate * grad_of_mean[:WORDS], Z * grad[:WORDS], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(grad_of_mean[WORDS:], grad[WORDS:], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("model", "rate"),
    [(Cbow(), 16), (Cbow(windows="weighted"), 16), (Cbow(undivided=True), 1), (PvDm(mean=True), 25), (PvDm(), 1)],
    ids=str,
)
def test_the_usual_weight_of_a_window_is_its_mean_over_draws(text, model, rate):
    """C = 3: 4 words on average, drawn or weighted, and the document."""
    assert case_of(model, NegativeSampling(shared=6), text)[1].input_rate == pytest.approx(rate)
