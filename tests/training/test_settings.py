"""word2vec/training/settings.py: options that are refused, the step that suits a text, what a file says of them."""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import fields
from inspect import signature
from typing import get_args, get_type_hints

import numpy as np
import pytest

from tests.training.flat import settings_of
from word2vec import train
from word2vec.training.settings import (
    DEFAULTS,
    GROUPS,
    LOSSES,
    MODELS,
    OTHER_NAMES,
    Cbow,
    CheckpointOptions,
    DescentOptions,
    NaiveSoftmax,
    NegativeSampling,
    PvDbow,
    PvDm,
    Settings,
    SkipGram,
    epochs_for,
)


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"dim": 0}, ValueError, "dim is 0: expected at least 1"),
        ({"window": -1}, ValueError, "window is -1: expected at least 1"),
        ({"epochs": 1.5}, TypeError, r"epochs is 1\.5: expected a whole number"),
        ({"negatives": True}, TypeError, "negatives is True: expected a whole number"),
        ({"shared": 0}, ValueError, "shared is 0: expected at least 1"),
        ({"step": 100}, ValueError, "step is 100: expected a power of two, at least 16"),
        ({"step": 8}, ValueError, "step is 8: expected a power of two"),
        ({"ngrams": (0, 0)}, ValueError, "maxn is 0: expected at least 1; leave `ngrams` out for no n-grams"),
        ({"learning_rate": 0}, ValueError, "learning_rate is 0: expected a positive number"),
        ({"learning_rate": math.nan}, ValueError, "learning_rate is nan"),
        ({"end_rate": 0.1}, ValueError, r"end_rate is 0\.1: expected 0 to learning_rate \(0\.025\)"),
        ({"seed": -1}, ValueError, "seed is -1: expected a whole number from 0 to 18446744073709551615"),
        ({"seed": "x"}, TypeError, "seed is 'x': expected a whole number"),
        (
            {"loss": "cbow"},
            ValueError,
            "loss is 'cbow': expected one of negative-sampling, hierarchical-softmax, naive-softmax",
        ),
        ({"model": "pv"}, ValueError, "model is 'pv': expected one of skip-gram, cbow"),
        (
            {"model": lambda: Cbow(undivided=True, mean=False)},
            ValueError,
            "undivided is True, mean is False: expected mean=True",
        ),
        ({"model": lambda: Cbow(mean="x")}, TypeError, "mean is 'x': expected True or False"),
        ({"pivot": -1}, ValueError, "pivot is -1: expected a count such as 1000"),
        ({"pivot": "x"}, TypeError, "pivot is 'x': expected a count"),
        ({"windows": "x"}, ValueError, "windows is 'x': expected one of weighted, drawn"),
        ({"sample": None}, TypeError, "sample is None: expected a threshold"),
        ({"sample": -1}, ValueError, "sample is -1"),
        ({"group": 24}, ValueError, "group is 24: expected a power of two, at least 16"),
        ({"group": 8}, ValueError, "group is 8: expected a power of two, at least 16"),
        ({"group": "x"}, TypeError, "group is 'x': expected a whole number"),
        ({"noise_exponent": math.nan}, ValueError, "noise_exponent is nan: expected a finite number"),
        ({"dtype": "float16"}, ValueError, "dtype is 'float16': expected 'float32' or 'float64'"),
        ({"ngrams": (4, 3)}, ValueError, "minn is 4, maxn 3: expected minn to be at most maxn$"),
    ],
)
def test_settings_that_cannot_be_are_refused(wrong, error, message):
    with pytest.raises(error, match=message):
        settings_of(**{name: value() if callable(value) else value for name, value in wrong.items()})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CheckpointOptions(resume="yes"), "resume is 'yes': expected True, False, or None"),
        (lambda: CheckpointOptions(resume=1), "resume is 1: expected True, False, or None"),
        (lambda: CheckpointOptions(3), "folder is 3: expected the path of a folder, or None to save nothing"),
        (lambda: CheckpointOptions(b"x"), "folder is b'x': expected the path of a folder"),
        (lambda: DescentOptions(step="64"), "step is '64': expected a whole number"),
        (lambda: DescentOptions(loss_every=2.5), r"loss_every is 2\.5: expected a whole number"),
        (lambda: DescentOptions(held_out="0.1"), r"held_out is '0\.1': expected a share of the text"),
        (lambda: DescentOptions(end_rate=None), "end_rate is None: expected 0 to learning_rate"),
        (lambda: NegativeSampling(noise_exponent="x"), "noise_exponent is 'x': expected a finite number"),
        (lambda: PvDm(mean=1), "mean is 1: expected True or False"),
    ],
)
def test_options_of_another_type_are_refused(make, message):
    with pytest.raises(TypeError, match=message):
        make()


@pytest.mark.parametrize("dtype", [np.zeros(3), [1], None, 4, int])
def test_a_dtype_that_is_none_is_refused(dtype):
    with pytest.raises(ValueError, match=r"dtype is .*: expected 'float32' or 'float64'"):
        DescentOptions(dtype=dtype)


def test_resume_may_be_numpys():
    assert CheckpointOptions("x", np.True_) == CheckpointOptions("x", True)


def test_a_run_that_has_to_be_there_needs_a_folder():
    with pytest.raises(
        ValueError, match="resume is True, folder None: expected the folder of the run, or resume=None"
    ):
        CheckpointOptions(resume=True)


def test_other_names_are_no_arguments_of_train_and_the_names_they_stand_for_are():
    ours = set(signature(train).parameters)
    assert not ours & OTHER_NAMES.keys()
    for text in OTHER_NAMES.values():
        for name in re.findall(r"it is called (\w+) here(?!;)|pass (\w+)=", text):
            assert set(name) - {""} <= ours
        for kind, option in re.findall(r"(\w+)\((\w+)=…\)", text):
            assert option in {each.name for each in fields({k.__name__: k for k in GROUPS.values()}[kind])}


def test_gensims_arguments_are_known():
    models = pytest.importorskip("gensim.models")
    asked = [each.__init__ for each in (models.Word2Vec, models.Doc2Vec, models.FastText)]
    asked += [models.Word2Vec.train, models.Doc2Vec.train, models.Word2Vec.build_vocab, models.Doc2Vec.build_vocab]
    theirs = {name for function in asked for name in signature(function).parameters}
    assert theirs - {"self", "kwargs"} <= OTHER_NAMES.keys() | signature(train).parameters.keys()


def test_names_and_options_are_the_same_thing():
    named = Settings(model="skip-gram", loss="negative-sampling")
    assert named == Settings(model=SkipGram(), loss=NegativeSampling()) == DEFAULTS
    assert Settings(loss="naive-softmax").loss == NaiveSoftmax()


def test_type_checkers_know_all_options_and_lists_of_weights():
    hints = get_type_hints(train)
    assert get_args(hints["model"]) == (str, *MODELS.values())
    assert get_args(hints["loss"]) == (str, *LOSSES.values())
    assert get_type_hints(SkipGram)["windows"] == str | Sequence[float]


def test_values_are_plain_and_name_model_and_loss():
    values = settings_of(shared=9, pivot=7.0).values()
    assert json.loads(json.dumps(values)) == values
    assert values["model"] == {"name": "skip-gram", "windows": "weighted"}
    assert values["loss"] == {"name": "negative-sampling", "noise_exponent": 0.75, "shared": 9}
    assert values["descent"]["pivot"] == 7.0


def test_short_texts_and_long_vectors_have_short_steps():
    def step(n, dim, **more):
        return settings_of(dim=dim, **more).for_text(n).step

    slow = {"loss": "hierarchical-softmax"}
    assert [step(n, 100, **slow) for n in (0, 50_000, 100_000, 5e5, 1e6, 1e9)] == [64, 64, 128, 512, 1024, 2048]
    assert [step(1e9, dim) for dim in (1, 150, 200, 300, 1000, 10**6)] == [2048, 2048, 1024, 1024, 256, 64]
    assert [step(1e5, 100, model=model) for model in (PvDbow(), PvDbow(words=True))] == [512, 128]
    assert [step(1e5, 100, **more) for more in ({}, {"model": "cbow"}, {"ngrams": (3, 6)})] == [512, 512, 128]
    assert settings_of(step=256).for_text(1.0).step == 256
    assert DescentOptions().step is None


@pytest.mark.parametrize("dim", [100, 300])
@pytest.mark.parametrize("shared", [8, 32, 50])
@pytest.mark.parametrize("n", [0, 2e4, 5e4, 1e5, 3e5, 1e6, 1e9])
@pytest.mark.parametrize("group", [16, 64, 512])
def test_groups_are_those_of_the_small_steps_that_a_short_text_would_need(n, shared, dim, group):
    small = settings_of(dim=dim, loss="hierarchical-softmax").for_text(n).step
    suited, chosen = (settings_of(dim=dim, shared=shared, **more).for_text(n) for more in ({}, {"group": group}))
    assert suited.loss.group_in(suited.step) == NegativeSampling(shared=shared).group_in(small)
    assert chosen.loss == NegativeSampling(shared=shared, group=group)
    default = NegativeSampling(shared=shared).group_in(suited.step) == suited.loss.group_in(suited.step)
    assert ("group" in suited.values()["loss"]) is not default  # long texts' runs are known as in earlier versions


@pytest.mark.parametrize(("words", "epochs"), [(0, 100), (1, 100), (100_000, 30), (10**7, 5)])
def test_short_texts_are_read_more_often(words, epochs):
    assert epochs_for(words) == epochs
