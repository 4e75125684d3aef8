"""`Recipe`: BERT's hyper-parameters, checked when made."""

import dataclasses
import json

import numpy as np
import pytest

from bert_keras.optimization.recipe import Recipe


def test_defaults_are_those_of_the_issue():
    assert dataclasses.asdict(Recipe()) == {
        "epochs": 3,
        "batch_size": 32,
        "learning_rate": 5e-5,
        "warmup_share": 0.1,
        "weight_decay": 0.01,
        "clip_norm": 1.0,
        "adam_epsilon": 1e-7,
        "dropout": 0.1,
        "seq_length": None,
        "long_text": "truncate",
        "max_windows": 8,
        "doc_stride": 128,
        "max_query_length": 64,
        "max_answer_length": 30,
        "label_pieces": "first",
        "tag_column": -1,
        "repair": False,
        "freeze": "",
        "tune": "all",
        "lora_rank": 8,
        "lora_alpha": 16.0,
        "lora_on": "query,value",
        "micro_batches": 1,
        "precision": "float32",
        "recompute": False,
        "seed": 0,
    }


RANGES = {
    "epochs": (0, r"be at least 1"),
    "batch_size": (0, r"be at least 1"),
    "micro_batches": (0, r"be at least 1"),
    "learning_rate": (1.5, r"be a finite number between 0.0 and 1.0"),
    "warmup_share": (-0.1, r"be a finite number between 0.0 and 1.0"),
    "weight_decay": (2, r"be a finite number between 0.0 and 1.0"),
    "clip_norm": (-1.0, r"be a finite number of at least 0.0"),
    "adam_epsilon": (-1e-8, r"be a finite number between 0.0 and 1.0"),
    "dropout": (1.0, r"be a finite number between 0.0 and 0.999"),
    "seq_length": (2, r"be at least 3"),
    "max_windows": (0, r"be at least 1"),
    "doc_stride": (0, r"be at least 1"),
    "max_query_length": (0, r"be at least 1"),
    "max_answer_length": (0, r"be at least 1"),
    "lora_rank": (0, r"be at least 1"),
    "lora_alpha": (-1.0, r"be a finite number of at least 0.0"),
    "seed": (-1, r"be between 0 and 2147483647"),
}


@pytest.mark.parametrize("name", sorted(RANGES))
def test_every_field_is_checked(name):
    value, must = RANGES[name]
    with pytest.raises(ValueError, match=f"`{name}` must {must}. Received: {name}={value}"):
        Recipe(**{name: value})
    for wrong in ("3", True) if name == "seq_length" else ("3", None, True):  # None: the task's own
        with pytest.raises(TypeError, match=f"`{name}` must be (an integer|a number). Received: {name}={wrong!r}"):
            Recipe(**{name: wrong})
    if isinstance(getattr(Recipe(), name), float):
        with pytest.raises(ValueError, match=f"`{name}` must be a finite number.*Received: {name}=nan"):
            Recipe(**{name: float("nan")})
    else:
        with pytest.raises(TypeError, match=f"`{name}` must be an integer. Received: {name}=3.0"):
            Recipe(**{name: 3.0})


def test_every_number_has_a_range_and_freeze_is_a_text():
    words = {"freeze", "recompute", "tune", "lora_on", "precision", "long_text", "label_pieces", "tag_column", "repair"}
    assert {field.name for field in dataclasses.fields(Recipe)} == {*RANGES, *words}
    with pytest.raises(TypeError, match=r"`freeze` must be a str. Received: freeze=3"):
        Recipe(freeze=3)
    assert Recipe(tag_column="ner").tag_column == "ner" and Recipe(tag_column=np.int64(2)).tag_column == 2
    with pytest.raises(TypeError, match=r"`tag_column` must be an integer. Received: tag_column=None"):
        Recipe(tag_column=None)
    with pytest.raises(ValueError, match=r"`label_pieces` must be one of 'first', 'all'"):
        Recipe(label_pieces="last")
    with pytest.raises(TypeError, match=r"`repair` must be True or False"):
        Recipe(repair="yes")
    with pytest.raises(TypeError, match=r"`lora_on` must be a str. Received: lora_on=3"):
        Recipe(lora_on=3)
    with pytest.raises(ValueError, match=r"`tune` must be one of 'all', 'lora', 'biases'. Received: tune='bitfit'"):
        Recipe(tune="bitfit")
    with pytest.raises(ValueError, match=r"`long_text` must be one of 'truncate', 'windows'. Received.*'cut'"):
        Recipe(long_text="cut")
    with pytest.raises(TypeError, match=r"`recompute` must be True or False. Received: recompute=1"):
        Recipe(recompute=1)
    with pytest.raises(ValueError, match=r"`precision` must be one of 'float32', 'bfloat16', 'float16'.*='mixed'"):
        Recipe(precision="mixed")


def test_a_recipe_does_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'epochs'"):
        Recipe().epochs = 4
    assert dataclasses.replace(Recipe(), epochs=4) == Recipe(epochs=4)
    with pytest.raises(ValueError, match="`epochs` must be at least 1"):
        dataclasses.replace(Recipe(), epochs=0)


def test_numpy_numbers_become_plain_ones():
    recipe = Recipe(epochs=np.int64(2), learning_rate=np.float32(0.25), clip_norm=1)
    assert json.loads(json.dumps(dataclasses.asdict(recipe))) == dataclasses.asdict(Recipe(2, 32, 0.25))
    assert (type(recipe.epochs), type(recipe.learning_rate), type(recipe.clip_norm)) == (int, float, float)
