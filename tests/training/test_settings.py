"""word2vec/training/settings.py: options that are refused, the step that suits a text, what a file says of them."""

import json
import math

import pytest

from tests.training.flat import settings_of
from word2vec.training.settings import (
    DEFAULTS,
    DescentOptions,
    NaiveSoftmax,
    NegativeSampling,
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
        ({"learning_rate": 0}, ValueError, "learning_rate is 0: expected a positive number"),
        ({"learning_rate": math.nan}, ValueError, "learning_rate is nan"),
        ({"end_rate": 0.1}, ValueError, r"end_rate is 0\.1: expected 0 to learning_rate \(0\.025\)"),
        ({"seed": -1}, ValueError, "seed is -1: expected a whole number from 0 to 18446744073709551615"),
        ({"seed": "x"}, TypeError, "seed is 'x': expected a whole number"),
        ({"loss": "cbow"}, ValueError, "loss is 'cbow': expected one of negative-sampling, naive-softmax"),
        ({"model": "cbow"}, ValueError, "model is 'cbow': expected one of skip-gram"),
        ({"pivot": -1}, ValueError, "pivot is -1: expected a count such as 1000"),
        ({"pivot": "x"}, TypeError, "pivot is 'x': expected a count"),
        ({"windows": "x"}, ValueError, "windows is 'x': expected one of weighted, drawn"),
        ({"sample": None}, TypeError, "sample is None: expected a threshold"),
        ({"dtype": "float16"}, ValueError, "dtype is 'float16': expected 'float32' or 'float64'"),
    ],
)
def test_settings_that_cannot_be_are_refused(wrong, error, message):
    with pytest.raises(error, match=message):
        settings_of(**wrong)


def test_names_and_options_are_the_same_thing():
    named = Settings(model="skip-gram", loss="negative-sampling")
    assert named == Settings(model=SkipGram(), loss=NegativeSampling()) == DEFAULTS
    assert Settings(loss="naive-softmax").loss == NaiveSoftmax()


def test_values_are_plain_and_name_model_and_loss():
    values = settings_of(shared=9, pivot=7.0).values()
    assert json.loads(json.dumps(values)) == values
    assert values["model"] == {"name": "skip-gram", "windows": "weighted"}
    assert values["loss"] == {"name": "negative-sampling", "noise_exponent": 0.75, "shared": 9}
    assert values["descent"]["pivot"] == 7.0


def test_short_texts_and_long_vectors_have_short_steps():
    def step(n, dim):
        return settings_of(dim=dim).for_text(n).step

    assert [step(n, 100) for n in (0, 50_000, 100_000, 5e5, 1e6, 1e9)] == [64, 64, 128, 512, 1024, 2048]
    assert [step(1e9, dim) for dim in (1, 150, 200, 300, 1000, 10**6)] == [2048, 2048, 1024, 1024, 256, 64]
    assert settings_of(step=256).for_text(1.0).step == 256
    assert DescentOptions().step is None


@pytest.mark.parametrize(("words", "epochs"), [(0, 100), (1, 100), (100_000, 30), (10**7, 5)])
def test_short_texts_are_read_more_often(words, epochs):
    assert epochs_for(words) == epochs
