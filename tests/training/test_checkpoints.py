"""Checkpoints on a small Keras model: going on as if nothing had happened, and what is said when that cannot be."""

import json
import os
import shutil

import keras
import numpy as np
import pytest
import tensorflow as tf
from safetensors.numpy import load_file

from bert_keras.disk import WriteError
from bert_keras.training.checkpoints import Checkpoints
from bert_keras.training.workers import Workers

RUN = {"task": "a", "learning_rate": 0.1}
X = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
Y = (X[:, :1] > 0).astype("float32")


def make_model(width=8):
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [keras.layers.Input((4,)), keras.layers.Dense(width), keras.layers.Dropout(0.5), keras.layers.Dense(1)]
    )
    model.compile(keras.optimizers.AdamW(0.01), "mse", jit_compile=False, metrics=["mae"])
    return model


def fit(model, checkpoints, first=0, epochs=4, scores=None):
    """`scores`: what the monitored metric is after each epoch."""

    class Scores(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["val_accuracy"] = scores[epoch] if scores else epoch

    after = [Scores(), checkpoints]
    model.fit(X, Y, 16, epochs, 0, after, shuffle=False, initial_epoch=first)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "run" / "checkpoints"


def checkpoints_in(folder, run=RUN):
    return Checkpoints(folder, "val_accuracy", run, Workers(tf.distribute.get_strategy()))


def trained(folder, **options):
    model, checkpoints = make_model(), checkpoints_in(folder)
    assert checkpoints.start() == 0
    fit(model, checkpoints, **options)
    return model, checkpoints


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "checkpoints"
    trained(folder, epochs=1)
    return folder


@pytest.fixture
def one_epoch(made, folder):
    """A run whose first epoch has ended."""
    return shutil.copytree(made, folder)


def test_a_resumed_run_equals_an_unbroken_one_to_the_bit(folder, tmp_path):
    whole, _ = trained(tmp_path / "other")
    trained(folder, epochs=2)
    model, checkpoints = make_model(), checkpoints_in(folder)
    for weight in model.weights:
        weight.assign(weight * 0.0)
    assert checkpoints.restore(model) == 2
    fit(model, checkpoints, first=2)
    for found, wanted in zip(model.variables, whole.variables, strict=True):  # the dropout's seed among them
        assert found.numpy().tobytes() == wanted.numpy().tobytes()
    for found, wanted in zip(model.optimizer.variables, whole.optimizer.variables, strict=True):
        assert found.numpy().tobytes() == wanted.numpy().tobytes()
    assert [entry["epoch"] for entry in checkpoints.history] == [1, 2, 3, 4]


def test_the_last_and_the_best_epoch_are_kept_and_no_others(folder):
    _, checkpoints = trained(folder, scores=[0.25, 0.75, 0.5, float("nan")])
    assert sorted(os.listdir(folder)) == ["epoch-2.safetensors", "epoch-4.safetensors", "state.json"]
    assert checkpoints.best["epoch"] == 2 and checkpoints.best["logs"]["val_accuracy"] == 0.75
    assert set(checkpoints.best["logs"]) == {"loss", "mae", "val_accuracy"}


def test_of_equal_epochs_the_last_is_the_best(folder):
    assert trained(folder, epochs=3, scores=[0.75, 0.75, 0.5])[1].best["epoch"] == 2


def test_the_best_epochs_weights_come_back(folder):
    seen = []

    class Look(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append([weight.numpy() for weight in self.model.weights])
            logs["val_accuracy"] = -epoch

    model, checkpoints = make_model(), checkpoints_in(folder)
    checkpoints.start()
    model.fit(X, Y, 16, 3, 0, [Look(), checkpoints])
    assert checkpoints.load_best(model)["epoch"] == 1
    assert all((found.numpy() == wanted).all() for found, wanted in zip(model.weights, seen[0], strict=True))
    assert not all((found.numpy() == wanted).all() for found, wanted in zip(model.weights, seen[2], strict=True))


def test_with_nothing_there_restoring_is_starting(folder):
    checkpoints = checkpoints_in(folder)
    assert checkpoints.restore(make_model()) == 0
    assert os.listdir(folder) == ["state.json"]
    assert checkpoints_in(folder, {"task": "b"}).restore(make_model()) == 0  # no epoch has ended yet


def test_a_start_clears_what_another_run_left(one_epoch):
    (one_epoch / "logs").mkdir()
    checkpoints_in(one_epoch, {"task": "b"}).start()
    assert os.listdir(one_epoch) == ["state.json"]


def test_another_setting_is_named_with_both_values(one_epoch):
    with pytest.raises(
        ValueError, match=r"`learning_rate` must stay the same.*learning_rate=0.2\. .*=0.1\. .*--overwrite"
    ):
        checkpoints_in(one_epoch, RUN | {"learning_rate": 0.2}).restore(make_model())
    with pytest.raises(ValueError, match=r"`limit` must stay the same.*limit=8\. .*limit=None"):
        checkpoints_in(one_epoch, RUN | {"limit": 8}).restore(make_model())


@pytest.mark.parametrize("harm", ["a changed byte", "cut", "gone"])
def test_a_damaged_checkpoint_is_refused(one_epoch, harm):
    path = one_epoch / "epoch-1.safetensors"
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content if harm == "a changed byte" else content[:-8])
    if harm == "gone":
        path.unlink()
    with pytest.raises(
        ValueError, match=r"must hold the checkpoint epoch-1.safetensors as it was written.*--overwrite"
    ):
        checkpoints_in(one_epoch).restore(make_model())


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"run": '])
def test_a_damaged_state_is_refused(one_epoch, content):
    (one_epoch / "state.json").write_text(content)
    with pytest.raises(ValueError, match=r"must hold a state.json that bert_keras wrote.*--overwrite"):
        checkpoints_in(one_epoch).restore(make_model())


def test_another_models_checkpoint_is_refused(one_epoch):
    with pytest.raises(ValueError, match="must hold checkpoints of the same model"):
        checkpoints_in(one_epoch).restore(make_model(width=9))


def test_a_death_between_the_file_and_the_state_leaves_the_epoch_before(one_epoch, monkeypatch):
    model, checkpoints = make_model(), checkpoints_in(one_epoch)
    checkpoints.restore(model)
    before = [weight.numpy() for weight in model.weights]

    def die(self):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Checkpoints, "_write_state", die)
        fit(model, checkpoints, first=1)
    assert (one_epoch / "epoch-2.safetensors").is_file()
    again = make_model()
    assert checkpoints_in(one_epoch).restore(again) == 1
    assert all((found.numpy() == wanted).all() for found, wanted in zip(again.weights, before, strict=True))


def test_a_disk_that_fails_leaves_the_epoch_before_and_says_so(one_epoch, tmp_path, monkeypatch):
    model, checkpoints = make_model(), checkpoints_in(one_epoch)
    checkpoints.restore(model)

    def full(tensors, path):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("bert_keras.training.checkpoints.save_file", full)
    with pytest.raises(WriteError, match=r"No space left.*The last finished epoch is kept: .* --resume"):
        fit(model, checkpoints, first=1)
    assert sorted(os.listdir(one_epoch)) == ["epoch-1.safetensors", "state.json"]
    assert len(json.loads((one_epoch / "state.json").read_text())["history"]) == 1
    first = checkpoints_in(tmp_path / "new")
    first.start()
    first.set_model(model)
    with pytest.raises(WriteError, match="No epoch is kept"):
        first.on_epoch_end(0, {"val_accuracy": 0.5})


@pytest.mark.parametrize("scores, best", [((0.1, 0.9), 2), ((0.9, 0.1), 1)])
def test_the_last_epoch_is_kept_without_the_optimizer(folder, scores, best):
    def checkpoints():
        return Checkpoints(folder, "val_accuracy", RUN, Workers(tf.distribute.get_strategy()), epochs=2)

    model, own = make_model(), checkpoints()
    own.start()
    fit(model, own, epochs=2, scores=scores)
    sizes = [len(load_file(folder / f"epoch-{epoch}.safetensors")) for epoch in sorted({best, 2})]
    metrics = {id(variable) for variable in model.metrics_variables}
    without = sum(id(variable) not in metrics for variable in model.variables)
    assert sizes == ([without + len(model.optimizer.variables)] if best == 1 else []) + [without]
    last = [weight.numpy() for weight in model.weights]
    again, found = make_model(), checkpoints()
    assert found.restore(again) == 2
    assert all((one.numpy() == wanted).all() for one, wanted in zip(again.weights, last, strict=True))
    assert found.load_best(again)["epoch"] == best == own.load_best(model)["epoch"]
    assert all((one.numpy() == two.numpy()).all() for one, two in zip(again.weights, model.weights, strict=True))
