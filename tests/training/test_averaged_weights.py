"""`AveragedWeights`: runs with `Recipe.ema` are scored and kept with averages, and trained on without."""

import dataclasses
import pathlib

import keras
import numpy as np
import pytest
import tuned

from bert_keras.optimization.loss_scale import inner_optimizer
from bert_keras.running.loading.load import load

MOMENTUM = 0.75
RECIPE = dataclasses.replace(tuned.RECIPE, batch_size=8, ema=MOMENTUM)  # four steps an epoch


class Seen(keras.callbacks.Callback):
    """The weights after each step, and as they are at the end of each epoch."""

    def __init__(self):
        super().__init__()
        self.steps, self.ends = [], []

    def on_train_batch_end(self, batch, logs=None):
        self.steps.append(self._weights())

    def on_epoch_end(self, epoch, logs=None):
        self.ends.append(self._weights())

    def on_train_end(self, logs=None):
        self.end = self._weights()

    def _weights(self):
        return [weight.numpy() for weight in self.model.trainable_weights]


def furthest(one, other):
    return max(np.abs(a - b).max() for a, b in zip(one, other, strict=True))


@pytest.fixture(scope="module")
def seen_run(tmp_path_factory):
    """A run, its lines and what a callback of a user saw of its weights."""
    seen, lines = Seen(), []
    out = tmp_path_factory.mktemp("averages") / "out"
    return tuned.run(tuned.shared_encoder(), out, recipe=RECIPE, callbacks=[seen], say=lines.append), lines, seen


def test_epochs_end_with_the_averages_and_go_on_without(seen_run):
    _, lines, seen = seen_run
    averages = [weight.astype("float64") for weight in seen.steps[0]]
    ends = []
    for number, weights in enumerate(seen.steps):
        if number:
            averages = [MOMENTUM * old + (1 - MOMENTUM) * new for old, new in zip(averages, weights, strict=True)]
        if number in (3, 7):
            ends.append(averages)
    for found, wanted, step in zip(seen.ends, ends, (seen.steps[3], seen.steps[7]), strict=True):
        assert furthest(found, wanted) < 1e-6 and furthest(found, step) > 1e-4
    assert furthest(seen.end, seen.ends[-1]) == 0  # `fit` itself takes nothing back
    said = "and the head; what is kept are averages of these weights over the steps, of momentum 0.75"
    assert any(line.startswith("  trained: ") and line.endswith(said) for line in lines)


def test_what_is_kept_are_the_averages_of_the_best_epoch(seen_run):
    result, _, seen = seen_run
    wanted = seen.ends[result.best_epoch - 1]
    assert furthest([weight.numpy() for weight in result.model.trainable_weights], wanted) == 0
    texts = ["a very good film", "the food was bad"]
    own = load(result.folder)
    features = own.preprocessor(texts)
    np.testing.assert_allclose(own.model(features), result.model(features), atol=1e-5)
    # A `fit` that goes on averages from there.
    optimizer = inner_optimizer(result.model.optimizer)
    assert not optimizer.averages.are_in
    held = [average.numpy() for average in optimizer._model_variables_moving_average]
    assert furthest(held, wanted) == 0


class Kill(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            raise KeyboardInterrupt


def test_a_run_that_goes_on_after_an_epoch_is_equal_to_the_bit(seen_run, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        tuned.run(tuned.shared_encoder(), tmp_path / "out", recipe=RECIPE, callbacks=[Kill()])
    with pytest.raises(ValueError, match=r"`ema` must stay the same when a run is resumed"):
        tuned.run(tuned.shared_encoder(), tmp_path / "out", recipe=dataclasses.replace(RECIPE, ema=0.5), resume=True)
    result = tuned.run(tuned.shared_encoder(), tmp_path / "out", recipe=RECIPE, resume=True)
    assert result.history == seen_run[0].history
    assert tuned.same_weights(pathlib.Path(result.folder), pathlib.Path(seen_run[0].folder))
