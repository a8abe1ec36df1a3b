"""Recognise the course's functions under other names and signatures, and adapt these to the hand-outs of 2019–2022.

Other years and courses name the same functions in snake_case, leave out `windowSize` or `dataset`, or take the
arguments in another order. `Contract.adapt` lets such a function be called as the hand-outs' is, and
`Contract.lend` hands to a learner's code one of ours that is called as the learner calls it.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from numbers import Real
from types import MappingProxyType
from typing import Any, NamedTuple

__all__ = ["DATASET", "PARAMETERS", "Contract", "canonical", "contract_of"]

Function = Callable[..., Any]

_OUTSIDE = "outsideWordIdx target o outsideIdx targetIdx outsideWordIndex"
_U = "outsideVectors outputVectors U outsideVecs outsideWordVectors"
DATASET, _K, _SIZE, _WORDS = "dataset data", "K k n", "windowSize C window", "word2Ind tokens word2idx word_to_ind"
_LOSS = "word2vecLossAndGradient word2vecCostAndGradient loss_and_gradient loss lossFunction"
_EVERY = "PRINT_EVERY every log_every"
_STEP, _TIMES = "step lr learning_rate alpha", "iterations iters itrs epochs"
_DRAW = (_OUTSIDE, DATASET, _K)
_BATCH = ("word2vecModel model", _WORDS, "wordVectors vectors", DATASET, _SIZE, _LOSS)
_PAIR = ("centerWordVec predicted v_c v centerVec", _OUTSIDE, _U, DATASET)
_WINDOW = (
    *("currentCenterWord currentWord centerWord", _SIZE, "outsideWords contextWords context", _WORDS),
    *("centerWordVectors inputVectors V centerVectors centerVecs", _U, DATASET, _LOSS),
)
PARAMETERS: dict[str, tuple[str, ...]] = {  # of functions of several, in order: the course's name, then others
    "naiveSoftmaxLossAndGradient": _PAIR,
    "softmaxCostAndGradient": _PAIR,
    "getNegativeSamples": _DRAW,
    "negSamplingLossAndGradient": (*_PAIR, _K),
    "negSamplingCostAndGradient": (*_PAIR, _K),
    "skipgram": _WINDOW,
    "cbow": _WINDOW,
    "word2vec_sgd_wrapper": _BATCH,
    "sgd": ("f", "x0", _STEP, _TIMES, "postprocessing", "useSaved", _EVERY),
}
_MAY_LACK = {_SIZE, DATASET, _K, _LOSS, "postprocessing", "useSaved", _EVERY}
_DEFAULTS: dict[str, tuple[Any, ...]] = {  # those by which such a parameter is known under another name
    **{_SIZE: (5,), _K: (10,), DATASET: (None,), _LOSS: (None,), "postprocessing": (None,)},
    **{"useSaved": (False, True), _EVERY: (10, 100, 1000)},
}


def _plain(name: str) -> str:
    return name.replace("_", "").lower() if len(name) > 1 else name  # C is a window's size, c a centre


def canonical(name: str, names: Iterable[str]) -> str | None:
    """Return the one of the course's names that a name is, however it is capitalised; None if it is none of them."""
    return next((known for known in names if _plain(known) == _plain(name)), None)


class Contract(NamedTuple):
    """The parameters of a learner's function, and for each the course's place; None if they are the course's own.

    `options` are those that the course's does not have and that may be left out; `order` are all, as they are taken.
    """

    names: tuple[str, ...] = ()
    places: tuple[int, ...] | None = None
    options: tuple[str, ...] = ()
    order: tuple[str, ...] = ()

    def lacks(self, function: str) -> list[str]:
        """Return the course's names of what the learner's function does not take."""
        course = _course_names(PARAMETERS.get(function, ()))
        return [] if self.places is None else [name for at, name in enumerate(course) if at not in self.places]

    def adapt(self, f: Function, function: str) -> Function:
        """Return a function that takes the course's arguments and hands them to the learner's function f."""
        if self.places is None:
            return f
        pairs = [*zip(self.names, self.places, strict=True)]
        course = _course_names(PARAMETERS[function])

        def adapted(*given: Any, **named: Any) -> Any:
            values = dict(zip(course, given, strict=False)) | named
            return f(**{name: values[course[place]] for name, place in pairs if course[place] in values})

        return adapted

    def lend(self, ours: Function, function: str, names: Mapping[str, Any] = MappingProxyType({})) -> Function:
        """Return a function that a learner's code can call as its own, given one with the course's arguments.

        What is not handed over is taken from `names`: the dataset, where the learner's function takes none.
        """
        if self.places is None:
            return ours
        course = _course_names(PARAMETERS[function])
        size = len(course)
        by_name = dict(zip(course, range(size), strict=True))
        by_name |= zip(self.names, self.places, strict=True)

        def theirs(*given: Any, **named: Any) -> Any:
            values = {by_name[name]: value for name, value in zip(self.order, given, strict=False) if name in by_name}
            values |= {by_name[name]: value for name, value in named.items() if name not in self.options}
            lacking = {*range(min(4, size))} - {*(self.places or ())}  # what theirs does not take, and ours needs
            last = max({*values, *lacking}, default=-1)
            return ours(*(values.get(place, names.get(course[place])) for place in range(last + 1)))

        theirs.__name__ = function
        return theirs


def contract_of(name: str, f: Function) -> Contract | str:
    """Return how a learner's function takes the arguments of the course's one of this name.

    Return a sentence instead if its parameters cannot be assigned to the course's.
    """
    try:
        parameters = [*inspect.signature(f).parameters.values()]
    except (TypeError, ValueError):
        return Contract()
    known, kinds = PARAMETERS.get(name, ("x",)), {parameter.kind for parameter in parameters}
    names = tuple(parameter.name for parameter in parameters)
    needed = [p.name for p in parameters if p.default is p.empty]
    is_one = len(known) == 1 and len(needed) < 2
    if is_one or kinds & {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}:
        return Contract()
    places = _places({p.name: p.default for p in parameters}, known)
    is_alike = [*names] == _course_names(known) and inspect.Parameter.KEYWORD_ONLY not in kinds
    if places == [*range(len(known))] and (is_alike or _takes_no_names(f)):
        return Contract()
    lacking = [words for place, words in enumerate(known) if place not in places and words not in _MAY_LACK]
    unknown = [name for name, place in zip(names, places, strict=True) if place is None and name in needed]
    if lacking or unknown:
        course = ", ".join(_course_names(known))
        return f"has another signature: it takes ({', '.join(names)}); the course's takes ({course})"
    pairs = [(name, place) for name, place in zip(names, places, strict=True) if place is not None]
    options = tuple(name for name, place in zip(names, places, strict=True) if place is None)
    return Contract(tuple(name for name, _ in pairs), tuple(place for _, place in pairs), options, names)


def _takes_no_names(f: Function) -> bool:
    """Return whether f, or what a decorator makes of it, takes some of its arguments by position only."""
    try:
        kinds = {parameter.kind for parameter in inspect.signature(f, follow_wrapped=False).parameters.values()}
    except ValueError:  # functools.cache does not say what it takes
        return False
    positions = {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.VAR_POSITIONAL}
    return bool(kinds & positions) and inspect.Parameter.VAR_KEYWORD not in kinds


def _course_names(known: Iterable[str]) -> list[str]:
    return [words.split()[0] for words in known]


def _places(names: Mapping[str, Any], known: tuple[str, ...]) -> list[int | None]:
    """Return for each name its place in the course's order, given the names' defaults.

    Known names come first; others fill what is left, unless their defaults show that they are options of one's own.
    """
    plain = [{_plain(word) for word in words.split()} for words in known]
    places = [next((at for at, words in enumerate(plain) if _plain(name) in words), None) for name in names]
    if len({*places} - {None}) < len(places) - places.count(None):  # a name for two things: trust the order
        places = [None] * len(names)
    free = [at for at in range(len(known)) if at not in places]
    unknown = [name for name, place in zip(names, places, strict=True) if place is None]
    unknown = [name for name in unknown if any(_fits(names[name], known, at) for at in free)]
    if len(unknown) < len(free):  # what a hand-out leaves out is what may be left out
        surplus = len(free) - len(unknown)
        fitting = {at: any(_fits(names[name], known, at) for name in unknown) for at in free}
        for at in sorted((at for at in free if known[at] in _MAY_LACK), key=fitting.__getitem__)[:surplus]:
            free.remove(at)
    found: dict[str, int] = {}
    for name in sorted(unknown, key=lambda name: not _is_loss(names[name])):
        left = [at for at in free if at not in found.values() and _fits(names[name], known, at)]
        if left:
            found[name] = left[0]
    return [found.get(name) if place is None else place for name, place in zip(names, places, strict=True)]


def _fits(default: Any, known: tuple[str, ...], at: int) -> bool:
    """Return whether a parameter under an unknown name, with this default, may be the course's at this place."""
    words = known[at]
    is_needed = words not in _MAY_LACK or (words in (_K, _SIZE) and known in (_DRAW, _BATCH))
    if _is_loss(default):
        return words == _LOSS
    if default is None and words == DATASET and known == _PAIR:
        return False  # a softmax needs no dataset
    if default is inspect.Parameter.empty or is_needed:
        return not isinstance(default, bool)
    if callable(default) or isinstance(default, str):
        return words == _LOSS or (words == "postprocessing" and callable(default))
    usual = _DEFAULTS.get(words, ())
    is_number = isinstance(default, Real) and not isinstance(default, bool)
    return any(default == each and type(each) is int if is_number else default is each for each in usual)


def _is_loss(default: Any) -> bool:
    """Return whether a parameter's default is one of the course's losses, by its name."""
    known = canonical(str(getattr(default, "__name__", "")), PARAMETERS)
    return callable(default) and known is not None and PARAMETERS[known][: len(_PAIR)] == _PAIR
