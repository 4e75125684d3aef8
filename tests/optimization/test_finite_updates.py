"""A gradient that is not finite changes nothing, to the bit: with any optimizer, on one device and on several."""

import keras
import numpy as np
import pytest
import replicas
import tensorflow as tf

from bert_keras.optimization.adamw import AdamW
from bert_keras.optimization.finite_updates import finite_updates
from bert_keras.optimization.loss_scale import LossScale

BAD = [float("nan"), float("inf"), -float("inf"), 3e38]  # of the last, the square is beyond float32
OPTIMIZERS = {
    "ours": lambda: AdamW(0.1, global_clipnorm=1.0),
    "without a norm": lambda: AdamW(0.1),
    "averaging": lambda: AdamW(0.1, use_ema=True, ema_overwrite_frequency=3),
    "accumulating": lambda: AdamW(0.1, gradient_accumulation_steps=2),
    "amsgrad": lambda: AdamW(0.1, amsgrad=True, clipnorm=1.0),
    "scaled": lambda: LossScale(AdamW(0.1, global_clipnorm=1.0), initial_scale=1.0),
    "adam": lambda: keras.optimizers.Adam(0.1, clipnorm=1.0),
    "descent": lambda: keras.optimizers.SGD(0.1, momentum=0.9),
}


def two_devices():
    devices = [device.name for device in tf.config.list_logical_devices("CPU")]
    return tf.distribute.MirroredStrategy(devices[:2], tf.distribute.ReductionToOneDevice())


def states(make, gradients, strategy=None, in_graph=True):
    """The weight and all of the optimizer's variables as bytes, after each step of these gradients, one a replica."""
    strategy = strategy or tf.distribute.get_strategy()
    with strategy.scope():
        variable = keras.Variable(np.array([1.0, -0.0], "float32"), name="kernel")
        optimizer = finite_updates(make())
        optimizer.build([variable])

    def step(mine):
        optimizer.apply([mine, None][:1], [variable])

    step = tf.function(step) if in_graph else step
    seen = []
    for of_replicas in gradients:
        chosen = [tf.constant([value, 0.5], "float32") for value in of_replicas]
        replicas.run(strategy, step, chosen)
        # What loss scaling counts of skipped steps goes on.
        inner = getattr(optimizer, "inner_optimizer", optimizer)
        seen.append([own.numpy().tobytes() for own in [variable, *inner.variables]])
    return seen


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("in_graph", [True, False])
def test_a_step_that_is_not_finite_changes_nothing_to_the_bit(name, in_graph):
    seen = states(OPTIMIZERS[name], [[1.0], *([bad] for bad in BAD), [2.0], [1.0]], in_graph=in_graph)
    wanted = states(OPTIMIZERS[name], [[1.0], [2.0], [1.0]], in_graph=in_graph)
    assert all(after == seen[0] for after in seen[1:5])
    assert [seen[0], *seen[5:]] == wanted and wanted[1] != wanted[0]


@pytest.mark.parametrize("name", ["ours", "scaled", "adam", "descent"])
def test_replicas_decide_alike_whichever_has_the_bad_half(name):
    steps = [[1.0, 2.0], [BAD[0], 1.0], [1.0, BAD[1]], [BAD[1], BAD[2]], [0.5, 1.0]]
    seen = states(OPTIMIZERS[name], steps, two_devices())
    assert seen[1] == seen[0] and seen[2] == seen[0] and seen[3] == seen[0]
    assert seen[4] == states(OPTIMIZERS[name], [steps[0], steps[4]], two_devices())[1] != seen[0]


def test_rows_of_a_table_are_looked_at():
    for make in (OPTIMIZERS["ours"], OPTIMIZERS["descent"]):
        table = keras.Variable(np.ones([4, 2], "float32"), name="table")
        optimizer = finite_updates(make())
        optimizer.build([table])
        for bad in BAD[:3]:
            rows = tf.IndexedSlices(tf.constant([[bad, 1.0], [1.0, 1.0]]), tf.constant([2, 0]), tf.constant([4, 2]))
            optimizer.apply([rows], [table])
        assert (table.numpy() == 1.0).all() and int(optimizer.iterations) == 0
        optimizer.apply([tf.IndexedSlices(tf.ones([1, 2]), tf.constant([2]), tf.constant([4, 2]))], [table])
        assert (table.numpy()[2] < 1.0).all() and int(optimizer.iterations) == 1


def test_an_optimizer_is_told_once_and_stays_what_it_was():
    optimizer = keras.optimizers.Adam(0.1)
    config = optimizer.get_config()
    assert finite_updates(finite_updates(optimizer)) is optimizer and optimizer.get_config() == config
    again = type(optimizer).from_config(config)
    assert "apply" not in vars(again) and "apply" not in vars(finite_updates(AdamW()))
