"""What a training run is asked to do: the only place where its options are described and its defaults stand.

The everyday options are arguments of `train`. Those that few need are grouped in small frozen classes, by what they
belong to: `SkipGram`, `Cbow`, `PvDbow` and `PvDm` (the model), `NegativeSampling`, `HierarchicalSoftmax` and
`NaiveSoftmax` (the loss), `DescentOptions`, `Ngrams`, `CheckpointOptions`, and `word2vec.text.VocabularyOptions`.
"""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, ClassVar

import numpy as np

from .._types import PathLike
from ..runtime.arguments import check_choice, check_number, check_type, check_whole
from ..text import VocabularyOptions
from ..text.ngrams import check_ngrams
from .bands import SMALLEST_GROUP

STEP, SMALLEST_STEP = 2048, 64
STEPS_IN_AN_EPOCH = 600
CENTRES_A_NEGATIVE, GROUPS_A_STEP = 4, 4
STEP_ENTRIES = 320_000  # numbers of a step's centre vectors that a core's cache holds
WINDOWS = ("weighted", "drawn", "sentence")
Windows = str | Sequence[float]  # when made, a name or a tuple
LONGEST_SENTENCE = 256  # words whose window is the whole sentence: the work grows with the square


@dataclass(frozen=True)
class SkipGram:
    """Skip-gram: each word predicts the words around it.

    Attributes
    ----------
    windows : "weighted": every word within C counts, weighted (C + 1 − d)/C at distance d, which is the mean of
        "drawn": each centre draws its window from 1..C, as in word2vec.c. The full softmax always draws then.
        "sentence": every other word of the sentence counts 1, for sentences of up to 256 words (baskets, say); the
        argument `window` is ignored. Or 2C weights, those of the offsets −C, …, −1, 1, …, C: then `window` is C

    Examples
    --------
    >>> from word2vec import train
    >>> from word2vec.training.settings import SkipGram
    >>> vectors = train([["green", "tea"]] * 99, model=SkipGram(windows="drawn"), dim=4, sample=0, quiet=True)
    >>> vectors.settings["model"]
    {'name': 'skip-gram', 'windows': 'drawn'}
    >>> before = SkipGram(windows=[0.5, 1, 0, 0])  # the two words before a word
    >>> train([["green", "tea"]] * 99, model=before, dim=4, sample=0, quiet=True).settings["window"]
    2
    """

    name: ClassVar[str] = "skip-gram"
    windows: Windows = "weighted"

    def __post_init__(self) -> None:
        _set(self, windows=checked_windows(self.windows))


@dataclass(frozen=True)
class Cbow:
    """CBOW: the words around a word predict it together, by the mean or the sum of their vectors.

    Attributes
    ----------
    windows : as for `SkipGram`: "drawn" draws each window from 1..C, which gives the best vectors here; "weighted"
        weights each word by its distance, "sentence" takes all other words, or 2C weights
    mean : whether a hidden vector is the mean of the window's vectors, or their sum. The mean's gradient in a vector
        is the sum's divided by Σp, and so is what a step changes: centre vectors take (Σp)² times the rate. A sum
        grows with its window: a whole sentence of 200 words among short ones is not learned, and its loss stays high
    undivided : with mean=True, take the gradient of the sum instead, as word2vec.c, gensim and fastText do. That
        is not the gradient of any loss (E39); it needs a learning_rate of 0.05 to 0.1

    Examples
    --------
    >>> from word2vec import train
    >>> from word2vec.training.settings import Cbow
    >>> vectors = train([["green", "tea"]] * 99, model=Cbow(mean=False), dim=4, sample=0, quiet=True)
    >>> vectors.settings["model"]
    {'name': 'cbow', 'windows': 'drawn', 'mean': False, 'undivided': False}
    """

    name: ClassVar[str] = "cbow"
    windows: Windows = "drawn"
    mean: bool = True
    undivided: bool = False

    def __post_init__(self) -> None:
        _set(self, windows=checked_windows(self.windows))
        _set_flags(self, "mean", "undivided")
        if self.undivided and not self.mean:
            raise ValueError(
                "undivided is True, mean is False: expected mean=True; the gradient of a sum is not divided"
            )


@dataclass(frozen=True)
class PvDbow:
    """PV-DBOW: the vector of each document (sentence of the text) predicts each of its words (E44).

    Attributes
    ----------
    words : whether skip-gram trains word vectors along, with the same outside vectors. Without them, the words have
        outside vectors only, and these are the word vectors that are returned; after hierarchical softmax the
        directions in which a document has to move for them (`word2vec.text.huffman.Tree.directions`)
    windows : of these word vectors, as for `SkipGram`

    Examples
    --------
    >>> from word2vec import train
    >>> vectors = train([["green", "tea"], ["black", "coffee"]] * 50, model="pv-dbow", dim=4, sample=0, quiet=True)
    >>> vectors.documents.shape, vectors.settings["model"]
    ((100, 4), {'name': 'pv-dbow', 'words': False, 'windows': 'weighted'})
    """

    name: ClassVar[str] = "pv-dbow"
    words: bool = False
    windows: Windows = "weighted"

    def __post_init__(self) -> None:
        _set(self, windows=checked_windows(self.windows))
        _set_flags(self, "words")


@dataclass(frozen=True)
class PvDm:
    """PV-DM: the vector of a document and those of the words around a word predict it together, as in CBOW (E43).

    Attributes
    ----------
    windows, mean : as for `Cbow`; the document counts 1, whatever its words count

    Examples
    --------
    >>> from word2vec import train
    >>> from word2vec.training.settings import PvDm
    >>> train([["green", "tea"]] * 99, model=PvDm(mean=True), dim=4, sample=0, quiet=True).documents.shape
    (99, 4)
    """

    name: ClassVar[str] = "pv-dm"
    windows: Windows = "weighted"
    mean: bool = False

    def __post_init__(self) -> None:
        _set(self, windows=checked_windows(self.windows))
        _set_flags(self, "mean")


@dataclass(frozen=True)
class Ngrams:
    """Words are composed of their character n-grams, as in fastText, so that unknown words have vectors, too.

    Attributes
    ----------
    minn, maxn : the shortest and longest n-grams, in characters
    buckets : how many the n-grams are hashed into; only those in use take memory
    every : steps between two compositions; 8 trains a fifth faster and gives slightly worse vectors
    exact : whether n-grams take the exact gradient, or fastText's, which is not divided by the number of a word's
        rows and learns faster (`word2vec.training.composition`)

    Examples
    --------
    >>> from word2vec import train
    >>> from word2vec.training.settings import Ngrams
    >>> vectors = train([["green", "tea"]] * 99, ngrams=Ngrams(3, 4), dim=4, sample=0, quiet=True)
    >>> vectors["greens"].shape
    (4,)
    """

    minn: int = 3
    maxn: int = 6
    buckets: int = 2_000_000
    every: int = 4
    exact: bool = False

    def __post_init__(self) -> None:
        check_type("exact", self.exact, bool | np.bool_, "True or False")
        if self.maxn == 0:  # fastText's way to have none
            raise ValueError("maxn is 0: expected at least 1; leave `ngrams` out for no n-grams")
        whole = {name: check_whole(name, getattr(self, name)) for name in ("minn", "maxn", "buckets", "every")}
        _set(self, **whole, exact=bool(self.exact))
        check_ngrams(self.minn, self.maxn, self.buckets)


@dataclass(frozen=True)
class NegativeSampling:
    """The negative-sampling loss.

    Attributes
    ----------
    noise_exponent : negatives are drawn in proportion to count^exponent
    shared : negatives drawn for each group of centres, which stand for the K of each pair
        (`word2vec.training.skipgram`); 64 trains a quarter to a third slower and gives slightly better vectors
    group : centres that share these, a power of two of at least 16; by default 4 · shared, at most a quarter of a
        step, fewer in a short text. With more, each vector moves in few large jumps, which do not average out where
        words are rarely seen

    Examples
    --------
    >>> from word2vec import train
    >>> from word2vec.training.settings import NegativeSampling
    >>> vectors = train([["green", "tea"]] * 99, loss=NegativeSampling(shared=64), dim=4, sample=0, quiet=True)
    >>> vectors.settings["loss"]
    {'name': 'negative-sampling', 'noise_exponent': 0.75, 'shared': 64}
    """

    name: ClassVar[str] = "negative-sampling"
    noise_exponent: float = 0.75
    shared: int = 32
    group: int | None = None

    def __post_init__(self) -> None:
        exponent = check_number("noise_exponent", self.noise_exponent, "a finite number", -sys.float_info.max)
        _set(self, noise_exponent=exponent, shared=check_whole("shared", self.shared))
        if self.group is not None:
            _set(self, group=check_power("group", self.group))

    def group_in(self, step: int) -> int:
        """Return how many of a step's centres share negatives."""
        if self.group is not None:
            return min(self.group, step)
        group = SMALLEST_GROUP
        while GROUPS_A_STEP * group < step and 2 * group <= CENTRES_A_NEGATIVE * self.shared:
            group *= 2
        return group


@dataclass(frozen=True)
class NaiveSoftmax:
    """The full softmax, which compares with all V words: for V up to some 50,000. It has no options.

    Examples
    --------
    >>> from word2vec import train
    >>> from word2vec.training.settings import NaiveSoftmax
    >>> vectors = train([["green", "tea"]] * 99, loss=NaiveSoftmax(), dim=4, sample=0, quiet=True)
    >>> vectors.settings["loss"]
    {'name': 'naive-softmax'}
    """

    name: ClassVar[str] = "naive-softmax"


@dataclass(frozen=True)
class HierarchicalSoftmax:
    """Hierarchical softmax: a word is predicted by the steps of its path in a Huffman tree. It has no options.

    It gives probabilities of words that sum to 1 (`WordVectors.probability`) at the cost of some 10 scores a pair.
    Training takes several times as long as with negative sampling. All rows take twice the learning rate. The outside
    vectors are those of the tree's inner nodes, not of words.

    Examples
    --------
    >>> from word2vec import train
    >>> from word2vec.training.settings import HierarchicalSoftmax
    >>> text = [["green", "tea"], ["black", "coffee"]] * 50
    >>> vectors = train(text, loss=HierarchicalSoftmax(), dim=4, sample=0, quiet=True)
    >>> f"{vectors.probability(['green', 'tea', 'black', 'coffee'], 'green').sum():.6f}"
    '1.000000'
    """

    name: ClassVar[str] = "hierarchical-softmax"


@dataclass(frozen=True)
class DescentOptions:
    """How the vectors descend.

    Attributes
    ----------
    end_rate : the learning rate at the end; it falls in a straight line over all epochs
    pivot : with negative sampling, a word seen n times takes steps √(pivot / n) times as long as the rate, at least
        0.3 times, its centre vector at most once (on S > 4 shards S/4 times, up to 2): better vectors after as many
        epochs. 0 treats all words alike, as a few hundred words that are read 20 times want it
    step : centres whose gradients are taken at one point, a power of two of at least 16; by default 2048, fewer for
        short texts and long vectors; 512 trains slightly better and slower, with two workers by a quarter
    loss_every : the loss is measured in one of so many stretches of text, more densely in a short text; 1 measures
        everything and takes longer
    held_out : share of the text, at its end, or of each document, at its end, that is not trained on; its loss is
        computed after each epoch. On a cluster it is for words only, not for documents
    dtype : "float32" or "float64"
    freeze_outside : keep the outside vectors of the words of `start_from` as they are, so that models of several
        texts that start from the same vectors can be compared (E46); those of new words are trained

    Examples
    --------
    >>> from word2vec import train
    >>> from word2vec.training.settings import DescentOptions
    >>> text = [["green", "tea"], ["black", "coffee"]] * 50
    >>> vectors = train(text, descent=DescentOptions(held_out=0.1, dtype="float64"), dim=4, sample=0, quiet=True)
    >>> vectors.matrix.dtype, len(vectors.history.held_out)
    (dtype('float64'), 5)
    """

    end_rate: float = 1e-4
    pivot: float = 1000.0
    step: int | None = None
    loss_every: int = 64
    held_out: float = 0.0
    dtype: str = "float32"
    freeze_outside: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.dtype, str | type | np.dtype) or self.dtype not in (
            *("float32", "float64", np.float32, np.float64, np.dtype("f4"), np.dtype("f8")),
        ):
            raise ValueError(f"dtype is {self.dtype!r:.60}: expected 'float32' or 'float64'")
        if self.step is not None:
            _set(self, step=check_power("step", self.step))
        end_rate = check_number("end_rate", self.end_rate, "0 to learning_rate")
        pivot = check_number("pivot", self.pivot, "a count such as 1000, or 0 to treat all words alike")
        share = check_number("held_out", self.held_out, "a share of the text, from 0 to below 1", 0, 1)
        every, dtype = check_whole("loss_every", self.loss_every), np.dtype(self.dtype).name
        _set(self, end_rate=end_rate, pivot=pivot, held_out=share, loss_every=every, dtype=dtype)
        _set_flags(self, "freeze_outside")


@dataclass(frozen=True)
class CheckpointOptions:
    """Where and how a run is saved; `train(…, checkpoint=folder)` means `CheckpointOptions(folder)`.

    Attributes
    ----------
    folder : of the checkpoints; each run gets a folder of its own in it. None saves nothing
    resume : True: resume from a checkpoint or fail; False: start anew; None: resume if there is one

    Where only a run of fewer epochs is there (2, not 4), resume=True continues that one from its newest checkpoint:
    the learning rate is from there on that of a run of 4 epochs, and the history goes on. The continued run is saved
    in a folder of its own, from which resume=True resumes it; without resume a new run of 4 epochs starts.

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec import train
    >>> from word2vec.training.settings import CheckpointOptions
    >>> text = [["green", "tea"], ["black", "coffee"]] * 50
    >>> first = train(text, checkpoint="runs", dim=4, sample=0, quiet=True)
    >>> again = train(text, checkpoint=CheckpointOptions("runs", resume=True), dim=4, sample=0, quiet=True)
    >>> np.array_equal(first.matrix, again.matrix)  # nothing was left to be trained
    True
    """

    folder: PathLike | None = None
    resume: bool | None = None

    def __post_init__(self) -> None:
        check_type("folder", self.folder, str | os.PathLike | None, "the path of a folder, or None to save nothing")
        check_type("resume", self.resume, bool | np.bool_ | None, "True, False, or None")
        _set(self, resume=None if self.resume is None else bool(self.resume))
        if self.resume and self.folder is None:
            raise ValueError("resume is True, folder None: expected the folder of the run, or resume=None")


@dataclass(frozen=True)
class ClusterOptions:
    """Where and how a run is spread out; `train(…, cluster=client)` means `ClusterOptions(client)`.

    The vectors depend on `shards` and `sync`, and not on where, or on how many workers, these are computed.

    Attributes
    ----------
    cluster : "local" (processes, one for each core), "local:4", "threads:4" (in this process), the address of a
        scheduler, "tcp://host:8786", or a `distributed.Client`
    shards : S, in how many parts the text is trained side by side: at least the number of workers, or some are idle.
        1 gives the same bits as training without a cluster
    sync : words that each shard reads in a round; fewer keep more of the quality of a single shard, more let less
        travel. None takes a power of two, at most 2²⁰, that gives a run at least 400 rounds, and 25 for each shard
    unreadable : "skip" leaves out, with a warning, what cannot be read when words are counted; "raise" ends
    patience : seconds without a result from the cluster after which the run ends, as it does when the scheduler is
        lost: with what was trained, and a checkpoint, if there is a folder for one

    Examples
    --------
    >>> from word2vec import train
    >>> from word2vec.training.settings import ClusterOptions
    >>> text = [["green", "tea"], ["black", "coffee"]] * 50
    >>> one = ClusterOptions("threads:1", shards=1)
    >>> there, here = (train(text, cluster=each, dim=4, sample=0, quiet=True) for each in (one, None))
    >>> bool((there.matrix == here.matrix).all())
    True
    """

    cluster: Any = "local"
    shards: int = 4
    sync: int | None = None
    unreadable: str = "skip"
    patience: float = 600.0

    def __post_init__(self) -> None:
        shards = check_whole("shards", self.shards)
        sync = None if self.sync is None else check_whole("sync", self.sync)
        check_choice("unreadable", self.unreadable, ("skip", "raise"))
        patience = check_number("patience", self.patience, "seconds", sys.float_info.min)
        _set(self, shards=shards, sync=sync, patience=patience)


DOCUMENTS = (PvDbow, PvDm)
MODELS: dict[str, type[SkipGram | Cbow | PvDbow | PvDm]] = {each.name: each for each in (SkipGram, Cbow, *DOCUMENTS)}
LOSSES: dict[str, type[NegativeSampling | HierarchicalSoftmax | NaiveSoftmax]] = {
    each.name: each for each in (NegativeSampling, HierarchicalSoftmax, NaiveSoftmax)
}

GROUPS = {
    "model": SkipGram,
    "loss": NegativeSampling,
    "descent": DescentOptions,
    "vocabulary": VocabularyOptions,
    "checkpoint": CheckpointOptions,
    "cluster": ClusterOptions,
}
_ELSEWHERE = {  # what `train` says to the names that other libraries' arguments have
    "it is called dim here": "vector_size size",
    "it is called window here": "ws",
    "it is called negatives here": "negative neg",
    "it is called learning_rate here": "alpha start_alpha lr",
    "it is called epochs here": "iter epoch",
    "it is called workers here": "threads thread n_jobs",
    "it is called min_count here": "minCount",
    "it is called seed here": "random_state",
    "it is called sample here": "t",
    "it is called loss here": "objective",
    "it is called on_epoch here, and is one function": "callbacks",
    "the text is the first argument, source": "sentences documents corpus_iterable corpus_file input",
    "it is called end_rate here; pass descent=DescentOptions(end_rate=…)": "min_alpha end_alpha",
    "it is called noise_exponent here; pass loss=NegativeSampling(noise_exponent=…)": "ns_exponent",
    "it is called max_size here; pass vocabulary=VocabularyOptions(max_size=…)": "max_final_vocab",
    "it is called max_types here; pass vocabulary=VocabularyOptions(max_types=…)": "max_vocab_size",
    "weights belong to the text; pass word2vec.text.encode(text, weights=…) as source": "weights sample_weight",
    "pass vocabulary=VocabularyOptions(keep=…), a function (word, count) → True, False or None": "trim_rule",
    "words of a new text are added by start_from": "update",
    "windows that shrink at random are model=SkipGram(windows='drawn')": "shrink_windows",
    "pass model='skip-gram' for sg=1, model='cbow' for sg=0": "sg",
    "pass model=Cbow(mean=True) of word2vec.training.settings": "cbow_mean",
    "pass model='pv-dm' for dm=1, model='pv-dbow' for dm=0": "dm",
    "pass model=PvDm(mean=True) of word2vec.training.settings": "dm_mean",
    "pass model=PvDbow(words=True) of word2vec.training.settings": "dbow_words",
    "pass loss='hierarchical-softmax' for hs=1, loss='negative-sampling' for hs=0": "hs",
    "the loss is always measured and stands in .history of the vectors; leave it out": "compute_loss",
    "pass ngrams=(3, 6), or a word2vec.training.settings.Ngrams(minn, maxn, buckets)": "min_n max_n minn maxn bucket",
    "labels are not trained here; leave it out": "word_ngrams wordNgrams",
    "nothing here corresponds to it; leave it out": (
        "hashfxn sorted_vocab null_word batch_words comment dm_concat dm_tag_count dv dv_mapfile total_examples "
        "total_words word_count queue_factor report_delay keep_raw_vocab progress_per"
    ),
}
OTHER_NAMES = {name: what for what, names in _ELSEWHERE.items() for name in names.split()} | {
    option.name: f"it is an option of {kind.__name__}; pass {group}={kind.__name__}({option.name}=…)"
    for group, kind in GROUPS.items()
    for option in fields(kind)
    if option.name not in GROUPS
}


def _set(options: Any, **values: Any) -> None:
    for name, value in values.items():
        object.__setattr__(options, name, value)  # frozen once it is made


def check_power(name: str, value: Any) -> int:
    """Return a number of centres as an int; ValueError if it is no power of two or too small."""
    n = check_whole(name, value)
    if n & (n - 1) or n < SMALLEST_GROUP:
        raise ValueError(f"{name} is {n}: expected a power of two, at least {SMALLEST_GROUP}")
    return n


def _set_flags(options: Any, *names: str) -> None:
    for name in names:
        check_type(name, getattr(options, name), bool | np.bool_, "True or False")
        _set(options, **{name: bool(getattr(options, name))})


def checked_windows(windows: Any) -> Windows:
    """Return the name of a kind of windows, or 2C weights as a tuple; ValueError, TypeError if it is neither."""
    if isinstance(windows, str) or not isinstance(windows, Iterable):
        check_choice("windows", windows, WINDOWS)
        return str(windows)
    weights = tuple(check_number(f"windows[{i}]", p, "a weight of 0 or more") for i, p in enumerate(windows))
    if not weights or len(weights) % 2 or not any(weights):
        raise ValueError(
            f"windows is {weights!r:.60}: expected 2C weights, not all 0, of the offsets −C, …, −1, 1, …, C"
        )
    return weights


def named(what: str, value: Any, classes: Mapping[str, type[Any]]) -> Any:
    """Return the options that a name stands for ("skip-gram" → SkipGram()), or the options themselves.

    Raises ValueError if the value is neither a known name nor such options.
    """
    if isinstance(value, tuple(classes.values())):
        return value
    check_choice(what, value, classes)
    return classes[value]()


@dataclass(frozen=True)
class Settings:
    """What determines the vectors, together with the text; `train` describes each."""

    dim: int = 100
    window: int = 5
    negatives: int = 5
    sample: float = 1e-3
    epochs: int = 5
    learning_rate: float = 0.025
    seed: int = 1
    model: Any = SkipGram.name  # becomes a SkipGram, Cbow, PvDbow or PvDm
    loss: Any = NegativeSampling.name  # becomes one of LOSSES
    descent: DescentOptions = DescentOptions()
    ngrams: Any = None  # or Ngrams

    def __post_init__(self) -> None:
        """Accept names for model and loss; raise TypeError or ValueError, which name the setting, if one is wrong."""
        counts = {name: check_whole(name, getattr(self, name)) for name in ("dim", "window", "negatives", "epochs")}
        threshold = check_number("sample", self.sample, "a threshold such as 0.001, or 0 to keep all words")
        known = "a positive number, commonly 0.025"
        rate = check_number("learning_rate", self.learning_rate, known, sys.float_info.min)
        of_dict = "DescentOptions; of a dict, as in vectors.settings, DescentOptions(**settings['descent']), and so "
        of_dict += "model and loss, such as SkipGram(…) and NegativeSampling(…), without 'name'"
        check_type("descent", self.descent, DescentOptions, of_dict if isinstance(self.descent, Mapping) else "")
        if (end := self.descent.end_rate) > rate:
            raise ValueError(
                f"end_rate is {end}: expected 0 to learning_rate ({rate}); lower it too, as by end_rate=0"
            )
        seed = check_whole("seed", self.seed, 0, 2**64 - 1)
        model, loss = named("model", self.model, MODELS), named("loss", self.loss, LOSSES)
        if self.ngrams is not None and not isinstance(self.ngrams, Ngrams):
            if not isinstance(self.ngrams, Sequence) or isinstance(self.ngrams, str) or len(self.ngrams) != 2:
                check_type("ngrams", self.ngrams, Ngrams, "two lengths such as (3, 6), Ngrams(…), or None")
            _set(self, ngrams=Ngrams(*self.ngrams))
        if self.ngrams is not None and not getattr(model, "words", True):
            raise ValueError(
                "ngrams compose word vectors, of which the model 'pv-dbow' trains none by itself: expected "
                "PvDbow(words=True), or no ngrams"
            )
        if isinstance(model.windows, tuple):
            C, given = len(model.windows) // 2, counts["window"]
            if given not in (C, type(self).window):
                raise ValueError(f"window is {given}, windows has 2 · {C} weights: expected window={C}; leave it out")
            counts["window"] = C
        _set(self, **counts, sample=threshold, learning_rate=rate, seed=seed, model=model, loss=loss)

    @property
    def step(self) -> int:
        """How many centres have their gradients taken at one point."""
        return self.descent.step or STEP

    def for_text(self, centres: float, longest: int = 0) -> "Settings":
        """Return the settings with a step that suits a text of so many centres, unless one was chosen.

        A power of two, smaller for a short text, which needs its steps, and for long vectors, for the cache's sake.
        In PV-DBOW a centre has one pair, not several: a short text's steps are 4 times as large. So they are for
        skip-gram and CBOW, whose small steps would be mostly Python's time, but in groups as if they were not.
        Windows that are whole sentences get the size of the longest; ValueError is raised if that is too long.
        """
        if self.model.windows == "sentence" and self.window != max(1, longest - 1):
            if longest > LONGEST_SENTENCE:
                raise ValueError(
                    f"windows is 'sentence', and the longest sentence has {longest:,} words: expected at most "
                    f"{LONGEST_SENTENCE}; split long sentences, or choose a window"
                )
            return replace(self, window=max(1, longest - 1)).for_text(centres, longest)
        if self.descent.step is not None:
            return self
        model, loss = self.model, self.loss
        step, large = self._step_for(centres), self._step_for(4 * centres)
        if isinstance(model, SkipGram | Cbow) and isinstance(loss, NegativeSampling) and self.ngrams is None:
            if loss.group is None and (group := loss.group_in(step)) != loss.group_in(large):
                loss = replace(loss, group=group)
            step = large
        elif model == PvDbow(windows=model.windows):
            step = large
        return replace(self, loss=loss, descent=replace(self.descent, step=step))

    def _step_for(self, centres: float) -> int:
        """Return the largest step of which so many centres make enough, and whose vectors a cache holds."""
        step = STEP
        while step > SMALLEST_STEP and (centres < STEPS_IN_AN_EPOCH * step or step * self.dim > STEP_ENTRIES):
            step //= 2
        return step

    def rate(self, done: float) -> float:
        """Return the learning rate after a share of all the work: a straight line from first to last."""
        return self.learning_rate + (self.descent.end_rate - self.learning_rate) * done

    def values(self) -> dict[str, Any]:
        """Return all settings as numbers, strings and dicts of them, for a file."""
        values = asdict(self)
        if isinstance(windows := values["model"]["windows"], tuple):
            values["model"]["windows"] = list(windows)  # as a file returns it
        for part in ("model", "loss"):
            values[part] = {"name": getattr(self, part).name, **values[part]}
        if self.ngrams is None:
            del values["ngrams"]
        if not self.descent.freeze_outside:  # as in files of earlier versions
            del values["descent"]["freeze_outside"]
        if values["loss"].get("group", 0) is None:
            del values["loss"]["group"]
        return values


DEFAULTS = Settings()

ENOUGH_WORDS = 3_000_000  # read in all epochs together
MOST_EPOCHS = 100


def epochs_for(words: int) -> int:
    """Return how often a command reads a text of so many words by default: a short one more often than a long one."""
    return min(MOST_EPOCHS, max(DEFAULTS.epochs, ENOUGH_WORDS // max(1, words)))
