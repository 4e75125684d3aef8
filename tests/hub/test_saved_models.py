"""Options of reading and writing SavedModels: for TPUs alone."""

import keras
import tensorflow as tf

from bert_keras.hub.saved_models import load_options, save_options


class StandIn(tf.distribute.MirroredStrategy):
    """In the place of TPUStrategy."""


def strategy(kind):
    cpus = [device.name for device in tf.config.list_logical_devices("CPU")]
    return kind(cpus[:2], tf.distribute.ReductionToOneDevice())


def test_the_host_reads_and_writes_for_a_tpu(monkeypatch):
    monkeypatch.setattr(tf.distribute, "TPUStrategy", StandIn)
    assert load_options() is None
    with strategy(StandIn).scope():
        assert load_options().experimental_io_device == "/job:localhost"
        variables = [tf.Variable(1.0), keras.Variable(1.0)]
    for variable in variables:
        assert save_options([tf.Variable(2.0), variable]).experimental_io_device == "/job:localhost"


def test_nothing_is_asked_elsewhere():
    """In a cluster of several machines there is no job of that name."""
    for made in (tf.distribute.get_strategy(), strategy(tf.distribute.MirroredStrategy)):
        with made.scope():
            assert load_options() is None
            assert save_options([tf.Variable(1.0), keras.Variable(1.0)]) is None
    assert save_options([]) is None
