"""`carry_out`: one run, from the beginning, from a checkpoint, and again where nobody noted that it had ended."""

import dataclasses
import gc
import json
import weakref

import keras
import pytest
import tuned

from bert_keras.comparing.carry_out import carry_out
from bert_keras.comparing.contestant import Contestant
from bert_keras.models.diverging import NothingTrained
from bert_keras.running.training_run.run import Run
from bert_keras.training.devices import Devices

PLACE = "runs/low/seed-5"


@pytest.fixture
def contestant():
    return Contestant("low", tuned.shared_encoder(), tuned.RECIPE, Devices())


class Interrupt(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch:
            raise KeyboardInterrupt


def test_it_goes_on_after_a_checkpoint_and_begins_anew_where_nobody_noted_the_end(contestant, tmp_path):
    recipe = dataclasses.replace(tuned.RECIPE, seed=5)
    with pytest.raises(KeyboardInterrupt):
        tuned.run(contestant.encoder, tmp_path / PLACE, recipe=recipe, callbacks=[Interrupt()])
    lines = []
    found, metric, step = carry_out(tuned.reviews_task(), contestant, 5, tmp_path, lines.append)
    assert "resuming after epoch 1" in lines and found.seconds is None
    assert (metric, step) == ("accuracy", 1 / 56) and found.folder == PLACE and found.seed == 5
    config = json.loads((tmp_path / PLACE / "config.json").read_text())
    assert config["metrics"] == found.scores and config["recipe"]["seed"] == 5 and len(config["history"]) == 2
    again, *_ = carry_out(tuned.reviews_task(), contestant, 5, tmp_path, lines.append)
    assert again.scores == found.scores and again.seconds > 0 and again.unlearned == found.unlearned


def test_a_run_that_ends_without_an_epoch_is_noted(contestant, tmp_path, monkeypatch):
    def train(run, callbacks):
        (run.folder / "checkpoints").mkdir(parents=True)
        raise NothingTrained("Training stops before any epoch has ended: the loss became nan.")

    monkeypatch.setattr(Run, "train", train)
    found, metric, _ = carry_out(tuned.reviews_task(), contestant, 5, tmp_path, str)
    assert found.scores == {} and found.folder is None and found.best_epoch == 0 and metric == "accuracy"
    assert found.unlearned.startswith("Training stops before any epoch has ended")
    assert not (tmp_path / PLACE).exists()


def test_the_run_before_is_no_memory_of_this_one(contestant, tmp_path, monkeypatch):
    class Ring:
        pass

    ring, before = Ring(), []
    ring.itself = ring
    left = weakref.ref(ring)
    del ring

    def prepare(*args, **options):
        before.append(left())
        raise RuntimeError("seen")

    monkeypatch.setattr(Run, "prepare", prepare)
    gc.disable()
    try:
        with pytest.raises(RuntimeError, match="seen"):
            carry_out(tuned.reviews_task(), contestant, 5, tmp_path, str)
    finally:
        gc.enable()
    assert before == [None]
