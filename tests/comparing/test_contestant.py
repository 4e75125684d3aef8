"""`contestants_of`: the forms in which a contestant is given, and mistakes, which name it."""

import json
import pathlib

import pytest
import tiny

from bert_keras.comparing.contestant import contestants_of
from bert_keras.optimization.recipe import Recipe
from bert_keras.training.devices import Devices

LOW, HIGH = Recipe(learning_rate=2e-5), Recipe(learning_rate=1e-4, seed=7)


def test_the_forms():
    given = {
        "a recipe": LOW,
        "an encoder": pathlib.Path("encoders/mine"),
        "of a dict": {"handle": "sample", "lower_case": True},
        "both": {"encoder": "sample", "recipe": HIGH, "devices": Devices("one")},
    }
    found = contestants_of(given, "shared", Recipe(epochs=1), None)
    assert [one.name for one in found] == list(given)
    assert [one.encoder for one in found] == ["shared", given["an encoder"], given["of a dict"], "sample"]
    assert [one.recipe for one in found] == [LOW, Recipe(epochs=1), Recipe(epochs=1), HIGH]
    assert [one.devices.strategy for one in found] == ["auto", "auto", "auto", "one"]


def test_settings_are_those_that_decide_scores():
    low, high = (one.settings() for one in contestants_of({"low": LOW, "high": HIGH}, "/home/x/mine", None, None))
    assert low["encoder"] == "mine" and low["recipe"]["learning_rate"] == 2e-5
    assert "seed" not in high["recipe"] and "checkpoint_every" not in high["recipe"]
    assert json.loads(json.dumps(low)) == low


@pytest.mark.parametrize(
    "given, encoder, error, said",
    [
        ([LOW, HIGH], "sample", TypeError, r"`contestants` must be a dict of recipes or encoders by name"),
        ({"low": LOW}, "sample", ValueError, "be two or more"),
        ({"low": LOW, "high": HIGH}, None, ValueError, r"`contestants\['low'\]` must have an encoder"),
        ({"low": LOW, "../high": HIGH}, "sample", ValueError, "`contestants` must have names of at most 60"),
        ({"low": LOW, "high ": HIGH}, "sample", ValueError, "must have names of at most 60"),
        ({"low": LOW, 3: HIGH}, "sample", ValueError, "must have names of at most 60"),
        ({"low": LOW, "Low": HIGH}, "sample", ValueError, "more than capital letters"),
        ({"low": LOW, "high": 1e-4}, "sample", TypeError, r"`contestants\['high'\]` must be a bk.Recipe"),
        ({"low": LOW, "x": {"learning_rate": 1}}, "s", TypeError, r"'recipe': bk.Recipe\(learning_rate=…\)"),
        ({"low": LOW, "x": {"task": "glue/mrpc"}}, "s", TypeError, "The task is one for all"),
        ({"low": LOW, "x": {"recipe": "fast"}}, "s", TypeError, "`recipe` must be a bk.Recipe"),
        ({"low": LOW, "x": {"encoder": 3}}, "s", TypeError, "the name, address or folder of an encoder"),
    ],
)
def test_mistakes(given, encoder, error, said):
    with pytest.raises(error, match=said):
        contestants_of(given, encoder, None, None)


def test_an_encoder_that_is_loaded():
    for given in ({"low": LOW, "x": tiny.native_encoder()}, {"low": LOW, "x": {"encoder": tiny.native_encoder()}}):
        with pytest.raises(TypeError, match="which a run loads for itself"):
            contestants_of(given, "sample", None, None)
