"""A function of each object, without TensorFlow's warning of retracing."""

import logging

import tensorflow as tf

from bert_keras.text.own_function import own_function


class Twice:
    def __init__(self, factor):
        self.factor = factor
        self.function = own_function(self.times, input_signature=[tf.TensorSpec([])], autograph=False)

    def times(self, number):
        return number * self.factor


def test_many_objects_trace_without_a_warning(caplog):
    with caplog.at_level(logging.WARNING, logger="tensorflow"):
        assert [float(Twice(factor).function(2.0)) for factor in range(12)] == [2.0 * factor for factor in range(12)]
    assert "retracing" not in caplog.text
