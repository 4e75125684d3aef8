"""Seeds on replicas: those of one device on the first, others on the others, and one variable for all."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny

from bert_keras.models.head_dropout import HeadDropout
from bert_keras.replica_seeds import ReplicaSeeds

FEATURES = tiny.features()


@pytest.fixture
def strategy():
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1", "CPU:2"])


def on_replicas(strategy, function):
    """What each replica gives, in a graph."""
    results = tf.function(lambda: strategy.run(function), autograph=False)()
    return [np.asarray(result) for result in strategy.experimental_local_results(results)]


def test_one_device_has_keras_own_seeds():
    ours, theirs = ReplicaSeeds(5), keras.random.SeedGenerator(5)
    for ordered in (True, True, False):
        np.testing.assert_array_equal(ours.next(ordered), theirs.next(ordered))
    np.testing.assert_array_equal(ours.state, theirs.state)


@pytest.mark.parametrize("seed", [0, 5, 10**9, 2**31 + 3])
def test_each_replica_has_its_own(strategy, seed):
    with strategy.scope():
        seeds = ReplicaSeeds(seed)
    alone = ReplicaSeeds(seed)
    for count in range(2):
        found = on_replicas(strategy, seeds.next)
        np.testing.assert_array_equal(found[0], alone.next())
        assert len({one[0] for one in found}) == 3 and {one[1] for one in found} == {count}
    assert [part.numpy().tolist() for part in seeds.state.value.values] == [[seed, 2]] * 3


@pytest.mark.parametrize("part", ["head", "encoder"])
def test_replicas_drop_different_units(strategy, part):
    """Of a row that all of them have."""
    with strategy.scope():
        layer = HeadDropout(0.5, 1) if part == "head" else tiny.native_encoder(dropout=0.5)
    given = tf.ones([40, 50]) if part == "head" else FEATURES

    def run():
        outputs = layer(given, training=True)
        return outputs if part == "head" else outputs["pooled_output"]

    one, two, three = on_replicas(strategy, run)
    for a, b in ((one, two), (one, three), (two, three)):
        assert (a != b).mean() > 0.3
