"""One of several outputs, and what is known of its shape."""

import pytest
import tensorflow as tf

from bert_keras.hub.chosen_output import chosen_output, with_shape

ONES = tf.ones([2, 3])


def test_the_output_of_a_name_or_all():
    outputs = {"a": 1, "b": 2}
    assert chosen_output(outputs, None) is outputs and chosen_output(outputs, "b") == 2
    with pytest.raises(ValueError, match=r"`output_key` must be one of a, b\. Received: output_key='c'"):
        chosen_output(outputs, "c")
    with pytest.raises(ValueError, match=r"These are a list: choose by the position"):
        chosen_output([1, 2], "a")


def test_shapes_are_those_of_the_structure_without_the_batch():
    @tf.function(input_signature=[tf.TensorSpec([None, None], tf.float32)])
    def shapes(x):
        known = with_shape({"x": x, "pair": [x, x], "other": x}, {"x": (3,), "pair": [(3,), (None,)]})
        assert [tuple(t.shape) for t in (known["x"], *known["pair"], known["other"])] == [
            (None, 3),
            (None, 3),
            (None, None),
            (None, None),
        ]
        return known["x"]

    assert shapes(ONES).shape == (2, 3)
    with pytest.raises(tf.errors.InvalidArgumentError, match="not compatible with expected shape"):
        shapes(tf.ones([2, 4]))


def test_a_shape_that_is_known_to_be_another():
    with pytest.raises(ValueError, match=r"`output_shape` must be that of the output, \(2, 3\).*without the batch"):
        with_shape(ONES, (2, 3))
    with pytest.raises(ValueError, match="shorter"):
        with_shape([ONES, ONES], [(3,)])
