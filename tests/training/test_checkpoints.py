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
from bert_keras.training.checkpoints import WITHIN, Checkpoints
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


def checkpoints_in(folder, run=RUN, say=print):
    return Checkpoints(folder, "val_accuracy", run, Workers(tf.distribute.get_strategy()), say=say)


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


@pytest.fixture(scope="module")
def made_long(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "checkpoints"
    return folder, trained(folder)[0]


@pytest.fixture
def four_epochs(made_long, folder):
    """A run of four epochs, of which the last is the best, and what its model was in the end."""
    return shutil.copytree(made_long[0], folder), made_long[1]


def equal(model, other):
    pairs = zip(model.variables + model.optimizer.variables, other.variables + other.optimizer.variables, strict=True)
    return all(one.numpy().tobytes() == two.numpy().tobytes() for one, two in pairs)


def flipped(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


HARMS = {
    "a flipped bit": flipped,
    "cut short": lambda path: os.truncate(path, path.stat().st_size - 8),
    "emptied": lambda path: os.truncate(path, 0),
    "lengthened": lambda path: path.write_bytes(path.read_bytes() + b"x"),
    "gone": lambda path: path.unlink(),
}


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


def test_the_last_two_and_the_best_epoch_are_kept_and_no_others(folder):
    _, checkpoints = trained(folder, epochs=5, scores=[0.25, 0.75, 0.5, 0.5, float("nan")])
    assert sorted(os.listdir(folder)) == [*(f"epoch-{epoch}.safetensors" for epoch in (2, 4, 5)), "state.json"]
    assert checkpoints.best["epoch"] == 2 and checkpoints.best["logs"]["val_accuracy"] == 0.75
    assert set(checkpoints.best["logs"]) == {"loss", "mae", "val_accuracy"}
    assert checkpoints_in(folder).restore(make_model()) == 5  # NaN in the history is that of the others


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


def test_a_run_of_an_older_version_goes_on_where_recipes_have_fields_that_they_had_not(folder, tmp_path):
    whole, _ = trained(tmp_path / "other")
    trained(folder, epochs=2)
    newer = {"ema": 0.0, "schedule": "linear"} | RUN  # in another order, too
    model, checkpoints = make_model(), checkpoints_in(folder, newer)
    assert checkpoints.restore(model) == 2
    fit(model, checkpoints, first=2, epochs=3, scores=[0.1, 0.1, 0.0])
    again, last = make_model(), checkpoints_in(folder, newer)
    assert (
        last.restore(again) == 3 and last.best["epoch"] == 2
    )  # of the older version, and found among those of the newer
    fit(again, last, first=3)
    assert all(np.array_equal(a, b) for a, b in zip(again.get_weights(), whole.get_weights(), strict=True))
    with pytest.raises(ValueError, match=r"`schedule` must stay the same.*='cosine'\. .*began with schedule='linear'"):
        checkpoints_in(folder, newer | {"schedule": "cosine"}).restore(make_model())


@pytest.mark.parametrize("harm", HARMS)
def test_where_the_last_checkpoint_is_damaged_the_run_goes_on_from_the_one_before_to_the_same_end(four_epochs, harm):
    folder, whole = four_epochs
    said, path, model = [], folder / "epoch-4.safetensors", make_model()
    HARMS[harm](path)
    left = path.read_bytes() if path.exists() else None
    checkpoints = checkpoints_in(folder, say=said.append)
    assert checkpoints.restore(model) == 3
    aside = folder / "epoch-4.safetensors.damaged"
    assert said[-1] == "the last whole checkpoint is of epoch 3 of 4"
    if left is not None:
        assert len(said) == 2 and aside.read_bytes() == left
        assert said[0].startswith(
            "epoch-4.safetensors is damaged, or of an older bert_keras, and has the name epoch-4.s"
        )
    fit(model, checkpoints, first=3)
    assert equal(model, whole)
    assert aside.exists() == (left is not None)  # it stays until the run has ended


def test_where_the_best_is_damaged_the_best_of_the_others_counts(folder):
    trained(folder, scores=[0.9, 0.1, 0.5, 0.2])
    said, model = [], make_model()
    flipped(folder / "epoch-1.safetensors")
    checkpoints = checkpoints_in(folder, say=said.append)
    assert checkpoints.restore(model) == 4 and checkpoints.load_best(model)["epoch"] == 3
    assert said[1:] == ["epoch 1, the best one, has no whole checkpoint: the best of the others counts"]


def test_what_is_damaged_while_the_run_goes_on_is_found_at_its_end(folder):
    said = []
    model, checkpoints = make_model(), checkpoints_in(folder, say=said.append)
    checkpoints.start()
    fit(model, checkpoints, scores=[0.9, 0.1, 0.5, 0.2])
    flipped(folder / "epoch-1.safetensors")
    (folder / "epoch-3.safetensors").unlink()
    assert checkpoints.load_best(model)["epoch"] == 4
    assert [line.split(":")[0].split(",")[0] for line in said] == [
        "epoch-1.safetensors is damaged",
        "epoch-3.safetensors is gone",
    ]
    flipped(folder / "epoch-4.safetensors")
    with pytest.raises(ValueError, match=r"`out` must hold a whole checkpoint.*All are damaged, or gone: --resume"):
        checkpoints.load_best(model)


def test_where_all_are_damaged_the_run_begins_anew_and_nothing_is_deleted(four_epochs):
    folder, whole = four_epochs
    (folder / "logs").mkdir()
    for path in folder.glob("epoch-*"):
        flipped(path)
    before, said, model = len(os.listdir(folder)), [], make_model()
    checkpoints = checkpoints_in(folder, say=said.append)
    assert checkpoints.restore(model) == 0 and len(os.listdir(folder)) == before
    assert [line.split()[0] for line in said][:2] == ["epoch-3.safetensors", "epoch-4.safetensors"]
    fit(model, checkpoints)
    assert equal(model, whole)
    flipped(folder / "epoch-4.safetensors")
    assert checkpoints_in(folder).restore(make_model()) == 3
    assert (folder / "epoch-4.safetensors.damaged").exists() and (folder / "epoch-4.safetensors.damaged-2").exists()


@pytest.mark.parametrize(
    "content", ["", "{}", "[1]", '{"run": ', "[" * 99_999, "another score", "another run", b"\xff"]
)
def test_a_damaged_state_is_set_aside_and_written_anew(four_epochs, content):
    folder, whole = four_epochs
    path, said, model = folder / "state.json", [], make_model()
    good = path.read_text()
    altered = {"another score": good.replace("3.0", "9.0"), "another run": good.replace('"a"', '"b"')}
    content = altered.get(content, content)
    assert content != good
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert checkpoints_in(folder, say=said.append).restore(model) == 4
    assert equal(model, whole) and path.read_text() == good
    assert len(said) == 1 and "the name state.json.damaged now: it is written anew" in said[0]
    assert (folder / "state.json.damaged").read_bytes() == (content if isinstance(content, bytes) else content.encode())
    said.clear()
    path.unlink()
    assert checkpoints_in(folder, say=said.append).restore(make_model()) == 4
    assert said == [] and path.read_text() == good


def test_a_state_that_is_behind_is_brought_up_without_a_word(four_epochs):
    said, (folder, _) = [], four_epochs
    (folder / "epoch-4.safetensors").rename(folder / "elsewhere")
    checkpoints_in(folder).restore(make_model())
    (folder / "elsewhere").rename(folder / "epoch-4.safetensors")
    assert checkpoints_in(folder, say=said.append).restore(make_model()) == 4 and said == []


def test_a_checkpoint_under_another_epochs_name_is_no_checkpoint(one_epoch):
    (one_epoch / "epoch-1.safetensors").rename(one_epoch / "epoch-2.safetensors")
    assert checkpoints_in(one_epoch).restore(make_model()) == 0
    assert (one_epoch / "epoch-2.safetensors.damaged").exists()


def test_another_models_checkpoint_is_refused(one_epoch):
    with pytest.raises(ValueError, match="must hold checkpoints of the same model"):
        checkpoints_in(one_epoch).restore(make_model(width=9))


def test_a_death_between_the_file_and_the_state_loses_nothing(one_epoch, monkeypatch):
    model, checkpoints = make_model(), checkpoints_in(one_epoch)
    checkpoints.restore(model)

    def die(self):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Checkpoints, "_write_state", die)
        fit(model, checkpoints, first=1)
    again = make_model()
    assert checkpoints_in(one_epoch).restore(again) == 2 and equal(again, model)


def test_a_disk_that_fails_leaves_the_epoch_before_and_says_so(one_epoch, tmp_path, monkeypatch):
    model, checkpoints = make_model(), checkpoints_in(one_epoch)
    checkpoints.restore(model)

    def full(tensors, path, metadata):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("bert_keras.training.checkpoint_file.save_file", full)
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
    sizes = [len(load_file(folder / f"epoch-{epoch}.safetensors")) for epoch in (1, 2)]
    metrics = {id(variable) for variable in model.metrics_variables}
    without = sum(id(variable) not in metrics for variable in model.variables)
    assert sizes == [without + len(model.optimizer.variables), without]
    last = [weight.numpy() for weight in model.weights]
    again, found = make_model(), checkpoints()
    assert found.restore(again) == 2
    assert all((one.numpy() == wanted).all() for one, wanted in zip(again.weights, last, strict=True))
    assert found.load_best(again)["epoch"] == best == own.load_best(model)["epoch"]
    assert all((one.numpy() == two.numpy()).all() for one, two in zip(again.weights, model.weights, strict=True))


class Within(keras.callbacks.Callback):
    """Has a checkpoint written after some step of an epoch, both from 1, and the process die there."""

    def __init__(self, checkpoints, epoch, step):
        super().__init__()
        self.checkpoints, self.place, self.epoch = checkpoints, (epoch, step), 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch + 1

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch + 1) == self.place:
            self.checkpoints.set_model(self.model)
            self.checkpoints.write_within(self.epoch - 1, batch + 1)
            raise KeyboardInterrupt


def stopped(folder, epoch, step):
    """A run that stopped within an epoch."""
    model, checkpoints = make_model(), checkpoints_in(folder)
    checkpoints.restore(model)
    done = len(checkpoints.history)

    class Scores(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["val_accuracy"] = epoch

    with pytest.raises(KeyboardInterrupt):
        after = [Scores(), checkpoints, Within(checkpoints, epoch, step)]
        model.fit(X, Y, 16, 4, 0, after, shuffle=False, initial_epoch=done)
    return model


def test_a_run_is_found_within_its_epoch_with_all_that_it_was(folder):
    model = stopped(folder, 2, 3)
    again, checkpoints = make_model(), checkpoints_in(folder)
    assert checkpoints.restore(again) == 1 and checkpoints.midway.step == 3
    assert checkpoints.standing() == "--resume (resume=True) goes on after step 3 of epoch 2"
    again.fit(X[:16], Y[:16], 16, verbose=0)  # so that the metrics are there
    checkpoints.restore(again)
    checkpoints.midway.restore(again)
    assert equal(again, model)  # metrics among the variables
    assert again.get_metrics_result() == model.get_metrics_result()
    with pytest.raises(ValueError, match=r"`task` must stay the same"):
        checkpoints_in(folder, RUN | {"task": "b"}).restore(make_model())


def test_within_the_first_epoch_another_run_is_refused_too(folder):
    stopped(folder, 1, 2)
    with pytest.raises(ValueError, match=r"`task` must stay the same"):
        checkpoints_in(folder, RUN | {"task": "b"}).restore(make_model())
    assert checkpoints_in(folder).restore(make_model()) == 0


@pytest.mark.parametrize("harm", [*HARMS, "an epoch's checkpoint under its name"])
def test_where_the_checkpoint_within_an_epoch_is_damaged_the_last_epoch_counts(folder, harm):
    stopped(folder, 3, 2)
    said, path = [], folder / WITHIN
    if harm in HARMS:
        HARMS[harm](path)
    else:
        shutil.copy(folder / "epoch-2.safetensors", path)
    checkpoints = checkpoints_in(folder, say=said.append)
    assert checkpoints.restore(make_model()) == 2 and checkpoints.midway is None
    if harm != "gone":
        assert [line.partition(" ")[0] for line in said] == [WITHIN] and said[0].endswith(
            "the last finished epoch counts"
        )
        assert (folder / f"{WITHIN}.damaged").exists()


def test_where_the_epochs_are_damaged_the_checkpoint_within_the_next_one_holds_all(folder):
    model = stopped(folder, 3, 2)
    for number in (1, 2):
        flipped(folder / f"epoch-{number}.safetensors")
    again, checkpoints = make_model(), checkpoints_in(folder, say=lambda line: None)
    assert checkpoints.restore(again) == 2 and checkpoints.midway.step == 2
    assert all((one.numpy() == two.numpy()).all() for one, two in zip(again.weights, model.weights, strict=True))


def test_a_checkpoint_within_an_epoch_that_has_ended_since_is_left_out_and_goes_with_the_next(folder):
    stopped(folder, 2, 3)
    old = shutil.copy(folder / WITHIN, folder.parent / "old")
    model, checkpoints = make_model(), checkpoints_in(folder)
    assert checkpoints.restore(model) == 1
    fit(model, checkpoints, first=1, epochs=2)
    assert not (folder / WITHIN).exists()
    shutil.copy(old, folder / WITHIN)
    again, checkpoints = make_model(), checkpoints_in(folder)
    assert checkpoints.restore(again) == 2 and checkpoints.midway is None and equal(again, model)
    fit(again, checkpoints, first=2, epochs=3)
    assert not (folder / WITHIN).exists()
