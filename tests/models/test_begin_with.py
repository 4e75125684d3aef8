"""`fit(rest=…)`: an epoch of which the first steps were done before ends as the whole one."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny

from bert_keras.optimization.build_optimizer import build_optimizer
from bert_keras.text_classification.text_classifier import TextClassifier
from bert_keras.training.run_variables import run_variables

ROWS, BATCH = 20, 4  # five steps
LABELS = np.random.default_rng(3).integers(0, 2, ROWS)


class Seen(keras.callbacks.Callback):
    """The numbers of the steps of each epoch."""

    def __init__(self):
        super().__init__()
        self.steps = []

    def on_epoch_begin(self, epoch, logs=None):
        self.steps.append([])

    def on_train_batch_begin(self, batch, logs=None):
        self.begun = batch

    def on_train_batch_end(self, batch, logs=None):
        self.steps[-1].append((self.begun, batch))


def batches():
    return tf.data.Dataset.from_tensor_slices((tiny.features(ROWS), LABELS)).batch(BATCH)


def model(**options):
    made = TextClassifier(tiny.native_encoder(), 2, dropout=0.0, seed=1)
    made.compile(build_optimizer(), **options)
    return made


def weights(made):
    return [weight.numpy().tobytes() for weight in made.trainable_weights]


@pytest.mark.parametrize("done", [0, 2, 5])
@pytest.mark.parametrize("an_execution", [1, 2])
def test_two_parts_of_an_epoch_are_one(done, an_execution):
    """The schedule goes on, too: in a first part by itself it is laid over the steps of the whole."""
    whole, parts, seen = model(), model(steps_per_execution=an_execution), Seen()
    whole.fit(batches(), epochs=2, verbose=0)
    first = model()  # stopped after `done` steps
    stop = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: _stop(batch + 1 == done))
    if done:
        with pytest.raises(KeyboardInterrupt):
            first.fit(batches(), epochs=2, verbose=0, callbacks=[stop])
        parts.optimizer.build(parts.trainable_variables)
        for mine, theirs in zip(run_variables(parts).values(), run_variables(first).values(), strict=True):
            mine.assign(theirs)
    parts.fit(batches(), epochs=2, rest=batches().skip(done), verbose=0, callbacks=[seen])
    assert weights(parts) == weights(whole)
    last = [[end for _, end in steps] for steps in seen.steps]
    begun = [[begin for begin, _ in steps] for steps in seen.steps]
    assert begun == [list(range(done, 5, an_execution)), list(range(0, 5, an_execution))]
    assert last == [[begin + an_execution - 1 for begin in steps] for steps in begun]


def _stop(now):
    if now:
        raise KeyboardInterrupt


@pytest.mark.parametrize("rest", ["too many", "not known"])
def test_a_rest_that_is_none_is_refused(rest):
    data = batches().repeat(2) if rest == "too many" else batches().filter(lambda *_: True)
    with pytest.raises(ValueError, match=r"`rest` must be the last batches of an epoch, at most 5 and a known number"):
        model().fit(batches(), rest=data, verbose=0)
