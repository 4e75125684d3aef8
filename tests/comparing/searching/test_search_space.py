"""`SearchSpace`: what is drawn, what has no use beside it, and what is refused before anything is trained."""

import dataclasses
import json

import pytest

import bert_keras as bk
from bert_keras.comparing.searching.search_space import is_spent, space_of
from bert_keras.optimization.recipe import Recipe

TASK = bk.load_task("samples/reviews")


def made(given, encoder="sample", recipe=None, task=TASK):
    return space_of(given, task, encoder, recipe or Recipe())


def test_ranges_and_choices():
    space = made({"learning_rate": (1e-5, 1e-3), "epochs": (2, 4), "batch_size": [16, 32], "dropout": (0.0, 0.3)})
    rate, epochs, _, dropout = space.dimensions
    assert rate.by_logarithm and not dropout.by_logarithm and epochs.is_whole and not rate.is_whole
    assert rate.rounded(3.14159e-5) == 3.14e-5 and rate.rounded(9.9999e-6) == 1e-5 and epochs.rounded(3) == 3
    drawn = {"learning_rate": 3e-5, "epochs": 2, "batch_size": 1, "dropout": 0.2}
    encoder, recipe = space.chosen(drawn)
    assert encoder == "sample"
    assert recipe == Recipe(learning_rate=3e-5, epochs=2, batch_size=32, dropout=0.2)
    json.dumps(space.settings())


def test_fields_of_lora_are_drawn_with_lora_alone():
    space = made({"lora_rank": [2, 4], "tune": ["all", "lora"]}, recipe=Recipe(lora_alpha=8.0))
    tune, rank = space.dimensions
    assert (tune.name, rank.name) == ("tune", "lora_rank")
    assert not space.has_use(rank, {"tune": 0}) and space.has_use(rank, {"tune": 1})
    assert space.chosen({"tune": 0})[1] == Recipe()  # whose fields of LoRA have no use, and are left at their defaults
    assert space.chosen({"tune": 1, "lora_rank": 1})[1] == Recipe(tune="lora", lora_rank=4, lora_alpha=8.0)


def test_encoders():
    own = {"num_layers": 2, "hidden_size": 8, "num_heads": 2, "vocab_file": "vocab.txt"}
    space = made({"encoder": ["sample", own]}, encoder=None)
    assert space.chosen({"encoder": 1}) == (own, Recipe()) and space.encoder is None


def test_how_many_there_are():
    space = made({"batch_size": [16, 32], "epochs": (2, 4)})
    assert not is_spent(space, 5) and is_spent(space, 6)
    assert not is_spent(made({"learning_rate": (1e-5, 1e-4)}), 10**6)


@pytest.mark.parametrize(
    "given, error, said",
    [
        ([("epochs", [1, 2])], TypeError, "`space` must be a dict of fields"),
        ({}, ValueError, "`space` must have a field, or more"),
        ({"learning_rat": (1e-5, 1e-4)}, ValueError, "Did you mean 'learning_rate'"),
        ({"seed": [1, 2]}, ValueError, "The best of several seeds is the luckiest"),
        ({"checkpoint_every": ["epoch", "5 steps"]}, ValueError, "It changes no number"),
        ({3: [1, 2]}, ValueError, "`space` must have fields of bk.Recipe"),
        ({"learning_rate": (1e-4, 1e-5)}, ValueError, "be a range, the lower end first"),
        ({"learning_rate": (0.0, 1e-5)}, ValueError, "begin above 0"),
        ({"learning_rate": (1e-5, 2.0)}, ValueError, "`learning_rate` must be"),
        ({"learning_rate": 1e-5}, TypeError, "a list of choices, or a pair of numbers"),
        ({"epochs": (1.0, 2.0)}, TypeError, "must be an integer"),
        ({"epochs": (0, 2)}, ValueError, "`epochs` must be at least 1"),
        ({"epochs": [2]}, ValueError, "be two choices or more, each once"),
        ({"epochs": [2, 2]}, ValueError, "be two choices or more, each once"),
        ({"native": (False, True)}, TypeError, r"be a list of choices\. "),
        ({"tune": ["all", "lorra"]}, ValueError, "Did you mean 'lora'"),
        ({"lora_rank": [2, 4]}, ValueError, "have a use for 'lora_rank', with tune='lora'"),
        ({"teacher_share": (0.1, 0.5)}, ValueError, "have a use for 'teacher_share', with a teacher"),
        ({"encoder": ["sample", 3]}, TypeError, "`encoder` must be the name, address or folder"),
    ],
)
def test_mistakes(given, error, said):
    with pytest.raises(error, match=said):
        made(given)


def test_without_an_encoder():
    with pytest.raises(ValueError, match="`encoder` must be given, or stand in the space"):
        made({"epochs": [1, 2]}, encoder=None)


def test_what_the_task_has_no_use_for(tmp_path):
    task = bk.load_task("samples/questions")
    with pytest.raises(ValueError, match="`dropout` must be left at 0"):
        made({"dropout": (0.1, 0.3)}, task=task)
    with pytest.raises(ValueError, match="`lora_rank` must be left at"):
        made({"epochs": [1, 2]}, recipe=dataclasses.replace(Recipe(), lora_rank=4))
