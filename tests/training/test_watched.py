"""What callbacks watch must be there, with its direction; the loss on validation is there for who watches it."""

import keras
import pytest

from bert_keras.training.watched import watched

KNOWN = ["loss", "accuracy", "val_accuracy", "val_f1"]


class Watches(keras.callbacks.Callback):
    """A user's own."""

    def __init__(self, monitor):
        super().__init__()
        self.monitor = monitor


@pytest.mark.parametrize(
    "callback",
    [
        keras.callbacks.EarlyStopping("val_matthews"),
        keras.callbacks.ModelCheckpoint("x.keras", monitor="f1", save_best_only=True),
        Watches("val_acuracy"),
        Watches("val_f1x"),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(callback):
    must = r"`monitor` must be a figure of this run's epochs: loss, accuracy, val_accuracy, val_f1, val_loss\."
    with pytest.raises(ValueError, match=must + f".*It is {type(callback).__name__}'s"):
        watched([callback], KNOWN, ["val_f1_"])


@pytest.mark.parametrize(
    ("name", "mode"),
    [("val_f1", "max"), ("accuracy", "max"), ("loss", "min"), ("val_loss", "min"), ("val_f1_PER", "max")],
)
def test_the_direction_is_known(name, mode):
    stop, saved = keras.callbacks.EarlyStopping(name), keras.callbacks.EarlyStopping(name, mode="min")
    watched([stop, saved], KNOWN, ["val_f1_"])
    assert (stop.mode, saved.mode) == (mode, "min")


def test_the_loss_on_validation_is_asked_for_by_who_watches_it():
    assert watched([keras.callbacks.EarlyStopping()], KNOWN)
    assert watched([keras.callbacks.ModelCheckpoint("x.keras", save_best_only=True)], KNOWN)
    assert not watched([keras.callbacks.ModelCheckpoint("x.keras")], KNOWN)  # it keeps every epoch
    assert not watched([keras.callbacks.EarlyStopping("val_f1"), keras.callbacks.CSVLogger("x")], KNOWN)
    assert not watched([keras.callbacks.EarlyStopping()], [*KNOWN, "val_loss"])  # it is a score already
