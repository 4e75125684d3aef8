"""`bert-keras search` and `find-learning-rate`: what they pass on, and mistakes."""

import importlib.util

import numpy as np
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


@pytest.fixture
def rates(monkeypatch):
    """What `bk.find_learning_rate` was called with; it gives a curve that falls at 1e-4."""
    passed = []

    def found(*args, **options):
        passed.append((args, options))
        steps = np.geomspace(1e-6, 1e-2, 100)
        return bk.RateCurve(steps, 0.7 - 0.3 / (1 + (1e-4 / steps) ** 4))

    monkeypatch.setattr(bk, "find_learning_rate", found)
    return passed


def test_a_learning_rate_is_printed_and_drawn(command, rates, tmp_path):
    given = ["samples/reviews", "--encoder", "sample", "--limit", "16", "--batch-size", "8", "--native"]
    given += ["--lowest", "1e-5", "--highest", "1e-3", "--steps", "50", "--picture", tmp_path / "rates.png"]
    status, out, error = command("find-learning-rate", *given)
    assert (status, error) == (0, "") and out.endswith("learning rate to try: 9.5e-05\n")
    [((task, encoder), options)] = rates
    assert task.name == "samples/reviews" and task.limit == 16 and encoder == "sample"
    assert options["recipe"] == bk.Recipe(batch_size=8, native=True)
    assert (options["lowest"], options["highest"], options["steps"]) == (1e-5, 1e-3, 50)
    assert (tmp_path / "rates.png").read_bytes()[:4] == b"\x89PNG" and list(tmp_path.iterdir()) == [
        tmp_path / "rates.png"
    ]
    failed(command("find-learning-rate", *given), "`picture` must be a new file")
    assert len(rates) == 1


@pytest.mark.parametrize(
    ("picture", "said"),
    [("rates.doc", "`picture` must end in .png, .svg, .pdf"), ("no/rates.png", "`picture` must be in a folder")],
)
def test_pictures_that_cannot_be(command, rates, tmp_path, picture, said):
    given = ["samples/reviews", "--encoder", "sample", "--picture", tmp_path / picture]
    failed(command("find-learning-rate", *given), said)
    assert rates == []
