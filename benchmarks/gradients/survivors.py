"""More planted bugs: those that survive a check at points of one size, at one scale, or called once.

Each is a small change of the library's source, as in planted.py. In the changed source, `cache` is a dict
and `counter` an iterator that live as long as the planted function.
"""

from benchmarks.gradients.planted import (
    ADD_AT,
    ADD_U,
    ADD_V,
    ADD_V_C,
    DELTA,
    ERROR_O,
    GRAD_U,
    GRAD_V_C,
    NEG_V_C,
    PAIRS,
    RETURN,
    SOFTMAX_RETURN,
    Bug,
    batch_bug,
    block_bug,
    cbow_bug,
    negative_bug,
    softmax_bug,
    window_bug,
)

COUNTED = "for j, (o, *extra) in enumerate(zip(words, *more, strict=True)):"
NEG_LOSS = "-(a * log_sigmoid(scores)).sum()"


def _rows(condition: str) -> dict[str, str]:
    """Keep the rows of ∂J/∂U (softmax) for which a condition on the index i holds; the others become zero."""
    return {GRAD_U: f"np.outer(error, v_c) * ({condition})[:, None]".replace("(i ", "(np.arange(len(U)) ")}


def _entries(condition: str) -> dict[str, str]:
    """Keep the columns of ∂J/∂U (softmax) for which a condition on the index i holds."""
    return {GRAD_U: f"np.outer(error, v_c) * ({condition})".replace("(i ", "(np.arange(len(v_c)) ")}


def _kept(key: str, value: str = GRAD_U) -> dict[str, str]:
    """Compute a part of the gradient once for each key, and keep it."""
    return {value: f"cache.setdefault({key}, {value})"}


SIZES: tuple[Bug, ...] = (
    softmax_bug("entries beyond the third left out", _entries("i < 3")),
    softmax_bug("last entry of an even D left out", _entries("i < (len(v_c) - 1) // 2 * 2 + 1")),
    softmax_bug("words beyond the fifth left out", _rows("i < 5")),
    softmax_bug("scaled by 5/V, right for five words", {GRAD_U: "np.outer(error, v_c) * 5 / len(U)"}),
    softmax_bug("scaled by √(3/D) in ∂J/∂v_c", {GRAD_V_C: "(U.T @ error) * np.sqrt(3 / len(v_c))"}),
    softmax_bug(
        "transposed if square", {GRAD_U: "(lambda g: g.T if len(U) == len(v_c) else g)(np.outer(error, v_c))"}
    ),
    softmax_bug(
        "flat places in int8",
        {GRAD_U: "np.outer(error, v_c).ravel()[np.arange(U.size).astype(np.int8)].reshape(U.shape)"},
    ),
    negative_bug("negatives beyond the tenth left out", {DELTA: DELTA + "; delta[11:] = 0"}),
    negative_bug("mean over K, times 10", {DELTA: DELTA + " * np.where(sign > 0, 1, 10 / max(1, len(negatives)))"}),
    negative_bug("ids in int8", {ADD_AT: "np.add.at(grad_U, words.astype(np.int8), np.outer(delta, v_c))"}),
    negative_bug("last negative of an odd K left out", {DELTA: DELTA + "; delta[1 + len(negatives) // 2 * 2 :] = 0"}),
    window_bug("outside words beyond the fourth left out", {PAIRS: COUNTED, ADD_V_C: ADD_V_C + " * (j < 4)"}),
    window_bug("m//2 words on either side", {PAIRS: COUNTED, ADD_U: ADD_U + " * (j < len(outside) // 2 * 2)"}),
    window_bug("divided by 4 for the mean", {RETURN: "return J / len(outside), grad_V / 4, grad_U / 4"}),
    window_bug("short windows padded with word 0", {ADD_U: ADD_U + "; grad_U[0] += max(0, 4 - len(outside))"}),
    window_bug("centre in the last row left out", {ADD_V_C: ADD_V_C + " * (c < len(V) - 1)"}),
    window_bug("centre in the first row left out", {ADD_V_C: ADD_V_C + " * (c > 0)"}),
    cbow_bug(
        "context beyond the fourth word left out", {ADD_V: "np.add.at(grad_V, words[:4], (p * grad_v_hat)[:4])"}
    ),
    cbow_bug(
        "last word of an odd context left out",
        {ADD_V: "even = len(words) // 2 * 2; np.add.at(grad_V, words[:even], (p * grad_v_hat)[:even])"},
    ),
    batch_bug("divided by 3", {"total[1] / N": "total[1] / 3"}),
    block_bug(
        "pairs beyond the ninth left out",
        {"v[:, None, :])": "v[:, None, :] * (np.arange(len(c)) < 9)[:, None, None])"},
    ),
)

SCALES: tuple[Bug, ...] = (
    softmax_bug(
        "exp without the largest subtracted: NaN beyond 709",
        {"error = softmax(scores)": "error = np.exp(scores) / np.exp(scores).sum()"},
    ),
    negative_bug(
        "σ = e^x/(1 + e^x): NaN beyond 709", {DELTA: "delta = -sign * (np.exp(-scores) / (1 + np.exp(-scores)))"}
    ),
    negative_bug(
        "log σ by log(1/(1 + e^−x)): infinite beyond 709", {NEG_LOSS: "-np.log(1 / (1 + np.exp(-scores))).sum()"}
    ),
    negative_bug("scores clipped to ±15", {DELTA: "delta = -sign * sigmoid(-np.clip(scores.real, -15, 15))"}),
    negative_bug("σ clipped to 1e-10", {DELTA: "delta = -sign * np.maximum(sigmoid(-scores).real, 1e-10)"}),
    negative_bug(
        "σ is 0 or 1 beyond ±6",
        {DELTA: "delta = -sign * np.where(abs(scores) < 6, sigmoid(-scores), scores.real < 0)"},
    ),
    negative_bug("hard σ", {DELTA: "delta = -sign * np.clip(0.5 - scores.real / 4, 0, 1)"}),
    negative_bug("small δ left out", {DELTA: DELTA + "; delta[abs(delta) < 1e-6] = 0"}),
    negative_bug("stops when the loss is small", {DELTA: DELTA + f" * (({NEG_LOSS}).real > 0.01)"}),
    softmax_bug("probabilities below 1e-9 left out", {GRAD_U: "np.outer(error * (abs(error) > 1e-9), v_c)"}),
    softmax_bug("gradient clipped to ±1", {GRAD_U: "np.clip(np.outer(error, v_c).real, -1, 1)"}),
    softmax_bug("∂J/∂v_c cut to length 1", {GRAD_V_C: "(lambda g: g / max(1, np.sqrt(abs(g @ g))))(U.T @ error)"}),
    softmax_bug("1e-10 too small", {ERROR_O: ERROR_O + "; error = error / (1 + 1e-10)"}),
    negative_bug("1e-10 in the logarithm", {NEG_LOSS: "-np.log(sigmoid(scores) + 1e-10).sum()"}),
    softmax_bug("label smoothing 1e-6 in the loss alone", {"(scores)[o],": "(scores)[o] + 1e-6 * scores.mean(),"}),
    softmax_bug("1e-8 |U|² in the loss alone", {"return -log": "return 1e-8 * (U * U).sum() - log"}),
    softmax_bug(
        "1e-6 |v_c| by np.linalg.norm in the loss alone", {"return -log": "return 1e-6 * np.linalg.norm(v_c) - log"}
    ),
    softmax_bug("1e-4 Σ|u| by np.abs in the loss alone", {"return -log": "return 1e-4 * np.abs(U).sum() - log"}),
    softmax_bug("1e-9 more in one entry", {GRAD_U: GRAD_U + " + 1e-9 * np.eye(U.size)[1].reshape(U.shape)"}),
)

STATE: tuple[Bug, ...] = (
    softmax_bug("∂J/∂U kept by v_c", _kept("v_c.tobytes()")),
    softmax_bug("∂J/∂v_c kept by v_c", _kept("v_c.tobytes()", GRAD_V_C)),
    softmax_bug("∂J/∂v_c kept by U", _kept("U.tobytes()", GRAD_V_C)),
    softmax_bug("∂J/∂U kept by the first entry of U", _kept("U[0, 0]")),
    softmax_bug("∂J/∂U kept by the last entry of v_c", _kept("v_c[-1]")),
    softmax_bug("∂J/∂U kept by v_c rounded to 3 decimals", _kept("v_c.round(3).tobytes()")),
    softmax_bug("∂J/∂v_c kept by the rounded sum of U", _kept("complex(U.sum().round(2))", GRAD_V_C)),
    softmax_bug("∂J/∂U kept by the address of x", _kept("U.__array_interface__['data'][0]")),
    softmax_bug("∂J/∂v_c kept by id(x)", _kept("id(U if U.base is None else U.base)", GRAD_V_C)),
    softmax_bug("∂J/∂U kept by x's shape", _kept("U.shape")),
    negative_bug("δ kept by the outside word", {DELTA: DELTA + "; delta = cache.setdefault(int(o), delta)"}),
    negative_bug(
        "U of the first call in ∂J/∂v_c", {NEG_V_C: "cache.setdefault(0, U.copy())[words].T @ delta, grad_U"}
    ),
    negative_bug(
        "the gradient of the call before",
        {ADD_AT: ADD_AT + "; last = cache.get(0, grad_U); cache[0] = grad_U; grad_U = last"},
    ),
    negative_bug("momentum", {ADD_AT: ADD_AT + "; grad_U = cache[0] = grad_U + 0.9 * cache.get(0, 0)"}),
    negative_bug("decays every 10th call", {DELTA: DELTA + " * 0.9 ** (next(counter) // 10)"}),
    negative_bug("every 7th call is doubled", {ADD_AT: ADD_AT + "; grad_U *= 1 + (next(counter) % 7 == 6)"}),
    negative_bug("warms up for three calls", {ADD_AT: ADD_AT + "; grad_U *= min(1, (1 + next(counter)) / 3)"}),
    negative_bug(
        "a thousandth less after 25 calls", {ADD_AT: ADD_AT + "; grad_U *= 1 - 1e-3 * (next(counter) > 25)"}
    ),
    window_bug("∂J/∂V of the first call", {RETURN: "return J, cache.setdefault(0, grad_V), grad_U"}),
    window_bug(
        "∂J/∂U of the first call if V is the same",
        {RETURN: "return J, grad_V, cache.setdefault(V.tobytes(), grad_U)"},
    ),
)

SLIPS: tuple[Bug, ...] = (
    window_bug("rows of U one too low in the stack", {RETURN: "return J, grad_V, np.roll(grad_U, -1, axis=0)"}),
    window_bug("offset of U forgotten", {ADD_U: "grad_V += grad_U_pair"}),
    window_bug(
        "offset of U forgotten for the last pair",
        {
            PAIRS: COUNTED,
            ADD_U: (
                "grad_U += grad_U_pair * (j < len(outside) - 1); grad_V += grad_U_pair * (j == len(outside) - 1)"
            ),
        },
    ),
    window_bug("centre's row one too high", {ADD_V_C: "grad_V[(c + 1) % len(V)] += grad_v_c"}),
    window_bug("centre counted in both tables", {ADD_V_C: ADD_V_C + "; grad_U[c] += grad_v_c"}),
    window_bug("row of the centre left out of ∂J/∂U", {RETURN: "grad_U[c] = 0; " + RETURN}),
    window_bug(
        "divided by the number of different words", {ADD_U: ADD_U + " / len(outside) * len({*map(int, outside)})"}
    ),
    window_bug(
        "first word counted for all", {ADD_V_C: "grad_V[c] += (first := grad_v_c if o == outside[0] else first)"}
    ),
    softmax_bug("row 0, the padding, left out", _rows("i > 0")),
    softmax_bug("last row left out", _rows("i < len(U) - 1")),
    softmax_bug(
        "row by row in Fortran order", {GRAD_U: "np.ravel(np.outer(error, v_c), order='F').reshape(U.shape)"}
    ),
    softmax_bug("∂J/∂v_c reversed", {GRAD_V_C: "(U.T @ error)[::-1]"}),
    softmax_bug(
        "scores divided by √D, its derivative not", {"scores = U @ v_c": "scores = U @ v_c / np.sqrt(len(v_c))"}
    ),
    softmax_bug(
        "tanh before the scores, its derivative not", {"scores = U @ v_c": "v_c = np.tanh(v_c); scores = U @ v_c"}
    ),
    softmax_bug(
        "1e-3 |U|² in the gradient without its 2",
        {SOFTMAX_RETURN: SOFTMAX_RETURN.replace("return -", "return 1e-3 * (U * U).sum() - ") + " + 1e-3 * U"},
    ),
    softmax_bug(
        "decay of all rows in the loss, of one in the gradient",
        {
            SOFTMAX_RETURN: SOFTMAX_RETURN.replace("return -", "return 1e-3 * (U * U).sum() - ")
            + " + 2e-3 * U * (np.arange(len(U)) == o)[:, None]"
        },
    ),
    softmax_bug("decay in the gradient alone", {GRAD_U: GRAD_U + " + 1e-5 * U"}),
    softmax_bug(
        "mean of |u| in the loss alone", {"return -log": "return 1e-3 * np.sqrt((U * U).sum(axis=1)).mean() - log"}
    ),
    softmax_bug("∂J/∂v_c in float16", {GRAD_V_C: "(U.T @ error).real.astype(np.float16).astype(float)"}),
    softmax_bug("U in float32 for ∂J/∂v_c", {GRAD_V_C: "U.real.astype(np.float32).astype(float).T @ error"}),
    softmax_bug("integers", {GRAD_U: "np.outer(error, v_c).real.round().astype(int)"}),
    softmax_bug("rounded to 6 decimals", {GRAD_U: "np.outer(error, v_c).real.round(6)"}),
    negative_bug("δ one place too far", {ADD_AT: "np.add.at(grad_U, words, np.outer(np.roll(delta, 1), v_c))"}),
    negative_bug("sign of the negatives in ∂J/∂v_c", {NEG_V_C: "U[words].T @ -abs(delta), grad_U"}),
    negative_bug("1e-7 too large", {ADD_AT: ADD_AT + "; grad_U *= 1 + 1e-7"}),
    negative_bug("one row twice", {ADD_AT: ADD_AT + "; grad_U[words[1]] *= 2"}),
    negative_bug("one entry's sign", {ADD_AT: ADD_AT + "; grad_U[o, 0] *= -1"}),
    negative_bug(
        "dropout drawn again for the gradient",
        {
            "scores = U[words] @ v_c": "keep = np.random.random((2, len(words))) < 0.8\n"
            "    scores = keep[0] * (U[words] @ v_c)",
            DELTA: DELTA + " * keep[1]",
        },
    ),
    negative_bug(
        "repeats counted twice over",
        {ADD_AT: ADD_AT + "; grad_U *= np.bincount(words, minlength=len(U)).clip(1)[:, None]"},
    ),
    cbow_bug(
        "divided by the number of different words",
        {ADD_V: "np.add.at(grad_V, words, p * grad_v_hat * len({*words.tolist()}) / len(words))"},
    ),
    cbow_bug("middle word's row too", {ADD_V: ADD_V + "; grad_V[o] += grad_v_hat"}),
    batch_bug("1/(N+1) in ∂J/∂V", {"total[1] / N": "total[1] / (N + 1)"}),
    batch_bug("last window left out of ∂J/∂U", {"total[2] / N": "(total[2] - window[2]) / N"}),
    block_bug("divided by the pairs, not the windows", {"(-sign / N)": "(-sign / len(c))"}),
    block_bug(
        "rows of the first word left out", {"v[:, None, :])": "v[:, None, :] * (words > words.min())[:, :, None])"}
    ),
    block_bug("target hits left out", {"(-sign / N)": "(-sign / N) * ((words != words[:, :1]) | (sign > 0))"}),
    block_bug(
        "mean window size for all",
        {"np.bincount(window, a, N)[:, None]": "sizes.mean().repeat(N)[:, None]"},
        "naive_softmax",
    ),
    block_bug(
        "largest window left out", {"delta.T @ v": "(delta * (sizes < sizes.max())[:, None]).T @ v"}, "naive_softmax"
    ),
)

SURVIVORS = (*SIZES, *SCALES, *STATE, *SLIPS)
