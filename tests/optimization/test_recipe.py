"""`Recipe`: BERT's hyper-parameters, checked when made."""

import dataclasses
import json

import numpy as np
import pytest

from bert_keras.optimization.recipe import PRETRAINING, Recipe
from bert_keras.running.choosing.load_task import load_task


def test_defaults_are_those_of_bert():
    assert dataclasses.asdict(Recipe()) == {
        "epochs": 3,
        "batch_size": 32,
        "learning_rate": 5e-5,
        "warmup_share": 0.1,
        "weight_decay": 0.01,
        "clip_norm": 1.0,
        "adam_epsilon": 1e-7,
        "dropout": 0.1,
        "freeze": "",
        "tune": "all",
        "lora_rank": 8,
        "lora_alpha": 16.0,
        "lora_on": "query,value",
        "micro_batches": 1,
        "precision": "float32",
        "recompute": False,
        "native": False,
        "seed": 0,
        "patience": 0,
        "checkpoint_every": "10 minutes",
        "layer_decay": 1.0,
        "reinit_layers": 0,
        "label_smoothing": 0.0,
        "teacher": "",
        "teacher_share": 0.5,
        "packed": False,
        "pooling": "pooled",
        "r_drop": 0.0,
        "focal": 0.0,
        "ema": 0.0,
        "schedule": "linear",
    }
    assert PRETRAINING == Recipe(learning_rate=1e-4)


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
    "lora_rank": (0, r"be at least 1"),
    "lora_alpha": (-1.0, r"be a finite number of at least 0.0"),
    "seed": (-1, r"be between 0 and 2147483647"),
    "patience": (-1, r"be at least 0"),
    "layer_decay": (0.05, r"be a finite number between 0.1 and 1.0"),
    "reinit_layers": (-1, r"be at least 0"),
    "label_smoothing": (1.0, r"be a finite number between 0.0 and 0.9"),
    "r_drop": (-0.5, r"be a finite number of at least 0.0"),
    "focal": (-1.0, r"be a finite number of at least 0.0"),
    "ema": (1.0, r"be a finite number between 0.0 and 0.9999"),
    "teacher_share": (1.5, r"be a finite number between 0.0 and 1.0"),
}


# Fields of a task, which its own class checks when the data are chosen: the least value, and a task that has the field.
OF_TASKS = {
    "seq_length": (3, "samples/reviews", {}),
    "max_windows": (1, "samples/reviews", {"long_text": "windows"}),
    "doc_stride": (1, "samples/questions", {}),
    "max_query_length": (1, "samples/questions", {}),
    "max_answer_length": (1, "samples/questions", {}),
}


@pytest.mark.parametrize("name", sorted(RANGES))
def test_every_field_is_checked(name):
    value, must = RANGES[name]
    with pytest.raises(ValueError, match=f"`{name}` must {must}. Received: {name}={value}"):
        Recipe(**{name: value})
    for wrong in ("3", None, True):
        with pytest.raises(TypeError, match=f"`{name}` must be (an integer|a number). Received: {name}={wrong!r}"):
            Recipe(**{name: wrong})
    if isinstance(getattr(Recipe(), name), float):
        with pytest.raises(ValueError, match=f"`{name}` must be a finite number.*Received: {name}=nan"):
            Recipe(**{name: float("nan")})
    else:
        with pytest.raises(TypeError, match=f"`{name}` must be an integer. Received: {name}=3.0"):
            Recipe(**{name: 3.0})


@pytest.mark.parametrize("name", sorted(OF_TASKS))
def test_numbers_of_a_task_are_checked_where_the_data_are_chosen(name):
    least, task, others = OF_TASKS[name]
    assert getattr(load_task(task, **others, **{name: least}), name) == least
    with pytest.raises(ValueError, match=f"`{name}` must be at least {least}. Received: {name}={least - 1}"):
        load_task(task, **others, **{name: least - 1})
    for wrong in ("3", None, True, 3.0):
        with pytest.raises(TypeError, match=f"`{name}` must be an integer. Received: {name}={wrong!r}"):
            load_task(task, **others, **{name: wrong})


def test_words_of_a_task_are_checked_where_the_data_are_chosen():
    assert load_task("samples/entities", tag_column="ner").tag_column == "ner"
    assert load_task("samples/entities", tag_column=np.int64(2)).tag_column == 2
    with pytest.raises(TypeError, match=r"`tag_column` must be an integer. Received: tag_column=None"):
        load_task("samples/entities", tag_column=None)
    with pytest.raises(ValueError, match=r"`label_pieces` must be one of 'first', 'all'"):
        load_task("samples/entities", label_pieces="last")
    with pytest.raises(TypeError, match=r"`repair` must be True or False"):
        load_task("samples/entities", repair="yes")
    with pytest.raises(ValueError, match=r"`long_text` must be one of 'truncate', 'windows'. Received.*'cut'"):
        load_task("samples/reviews", long_text="cut")


def test_every_number_has_a_range_and_words_are_checked():
    words = {"freeze", "recompute", "packed", "tune", "lora_on", "precision", "native"}
    words |= {"checkpoint_every", "teacher", "pooling", "schedule"}
    assert {field.name for field in dataclasses.fields(Recipe)} == {*RANGES, *words}
    with pytest.raises(TypeError, match=r"`freeze` must be a str. Received: freeze=3"):
        Recipe(freeze=3)
    with pytest.raises(TypeError, match=r"`lora_on` must be a str. Received: lora_on=3"):
        Recipe(lora_on=3)
    with pytest.raises(ValueError, match=r"`tune` must be one of 'all', 'lora', 'biases'. Received: tune='bitfit'"):
        Recipe(tune="bitfit")
    for name in ("recompute", "native", "packed"):
        with pytest.raises(TypeError, match=rf"`{name}` must be True or False. Received: {name}=1"):
            Recipe(**{name: 1})
    with pytest.raises(ValueError, match=r"`precision` must be one of 'float32', 'bfloat16', 'float16'.*='mixed'"):
        Recipe(precision="mixed")
    with pytest.raises(ValueError, match=r"`pooling` must be one of 'pooled', 'mean'.*='max'"):
        Recipe(pooling="max")


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        *((name, rf"bk\.load_task\(task, {name}=…\)\.$") for name in OF_TASKS),
        *(
            (name, rf"bk\.load_task\(task, {name}=…\)\.$")
            for name in ("long_text", "label_pieces", "tag_column", "repair")
        ),
        ("max_seq_length", r"bk\.load_task\(task, seq_length=…\)\.$"),
        ("num_train_epochs", r"The field is epochs\.$"),
        ("per_device_train_batch_size", r"The field is batch_size, the rows of all devices together\.$"),
        ("gradient_accumulation_steps", r"The field is micro_batches"),
        ("lr", r"The field is learning_rate\.$"),
        ("bf16", r"The field is precision='bfloat16'\.$"),
        ("layerwise_lr_decay", r"The field is layer_decay\.$"),
        ("llrd", r"The field is layer_decay\.$"),
        ("reinit_n_layers", r"The field is reinit_layers\.$"),
        ("epoch", r"The field is epochs\.$"),
        ("epochz", r"Did you mean 'epochs'\?$"),
    ],
)
def test_a_field_of_a_task_or_of_another_library_is_answered_with_what_takes_its_place(name, advice):
    with pytest.raises(TypeError, match=rf"^`{name}` must be left out: Recipe takes epochs, .*=3\. .*{advice}"):
        Recipe(**{name: 3})


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
    task = load_task("samples/questions", seq_length=np.int64(48), doc_stride=np.int32(9), limit=np.int16(4))
    assert json.loads(json.dumps(task.settings())) == {**task.settings(), "seq_length": 48, "doc_stride": 9}
    assert [type(value) for value in (task.seq_length, task.doc_stride, task.limit)] == [int] * 3
