"""`bert-keras search`: what it passes on, and mistakes."""

import importlib.util

import pytest
from commands import failed

import bert_keras as bk
from bert_keras.cli.searching import space_of

VARIED = ["--vary", "learning-rate=1e-5..1e-4", "--vary", "batch_size=16,32", "--vary", "freeze=;embeddings,0-1"]


@pytest.fixture(autouse=True)
def optuna(monkeypatch):
    """Taken to be there; `bk.search` is not called."""
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: name if name == "optuna" else find(name, *more)
    )


def test_what_is_passed_on(command, monkeypatch, tmp_path):
    passed = []
    monkeypatch.setattr(bk, "search", lambda *args, **options: passed.append((args, options)))
    given = ["samples/reviews", *VARIED, "--out", tmp_path, "--encoder", "sample", "--epochs", "2", "--limit", "16"]
    given += ["--trials", "9", "--seeds", "3", "--no-prune", "--search-seed", "7", "--strategy", "one", "--resume"]
    assert command("search", *given) == (0, "", "")
    [((task, space, out), options)] = passed
    assert task.name == "samples/reviews" and task.limit == 16 and out == str(tmp_path)
    assert space == {"learning_rate": (1e-5, 1e-4), "batch_size": [16, 32], "freeze": ["", "embeddings,0-1"]}
    assert options["recipe"] == bk.Recipe(epochs=2) and options["devices"].strategy == "one"
    assert options["encoder"] == "sample" and options["trials"] == 9 and options["seeds"] == 3
    assert options["prune"] is False and options["search_seed"] == 7 and options["resume"] is True


def test_spaces():
    assert space_of(["epochs=2..4", "encoder=a/b,../c"]) == {"epochs": (2, 4), "encoder": ["a/b", "../c"]}
    assert space_of(["native=true,no", "tune=all, lora"]) == {"native": [True, False], "tune": ["all", "lora"]}


@pytest.mark.parametrize(
    "texts, said",
    [
        (["learning_rate"], "`vary` must be a field of the recipe, or encoder, and what it is drawn from"),
        (["learning_rate="], "`vary` must be a field of the recipe"),
        (["learning_rat=1,2"], "Did you mean 'learning_rate'"),
        (["epochs=two,3"], "`epochs` must be a whole number"),
        (["epochs=1..x"], "`epochs` must be a whole number"),
        (["epochs=1,2", "epochs=3,4"], "have another field each"),
    ],
)
def test_mistakes(texts, said):
    with pytest.raises(ValueError, match=said):
        space_of(texts)


def test_without_optuna(command, monkeypatch, tmp_path):
    monkeypatch.setattr(importlib.util, "find_spec", lambda *_: None)
    given = ["samples/reviews", *VARIED, "--out", tmp_path / "out", "--encoder", "sample"]
    failed(command("search", *given), "draws with Optuna, which is not here: pip install optuna")


def test_the_seed_is_no_field_to_draw(command, tmp_path):
    given = ["samples/reviews", "--vary", "seed=1,2", "--out", tmp_path / "out", "--encoder", "sample"]
    failed(command("search", *given), "The best of several seeds is the luckiest")
