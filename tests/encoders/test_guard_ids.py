"""`guard_ids`: what lies beyond a table is named, eagerly and in a graph, and everything else passes unchanged."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from bert_keras.encoders.guard_ids import guard_ids

SIZES = (10, 2, 4)  # pieces, segments, positions
SPEC = tf.TensorSpec([None, None], tf.int32)
in_graph = tf.function(lambda ids, types: guard_ids(ids, types, *SIZES), input_signature=[SPEC, SPEC])


def ids(*rows):
    return tf.constant(rows, tf.int32)


def test_what_fits_passes_unchanged():
    for guarded in (guard_ids(ids([0, 9], [3, 4]), ids([0, 1], [1, 0]), *SIZES), in_graph(ids([0, 9]), ids([1, 0]))):
        np.testing.assert_array_equal(guarded[0][0], [0, 9])
    assert guard_ids(tf.zeros([0, 4], tf.int32), tf.zeros([0, 4], tf.int32), *SIZES)[0].shape == (0, 4)
    assert in_graph(tf.zeros([0, 4], tf.int32), tf.zeros([0, 4], tf.int32))[0].shape == (0, 4)


def test_tables_of_unknown_size_are_not_checked():
    guarded, _ = guard_ids(ids([99] * 9), ids([7] * 9), None, None, None)
    np.testing.assert_array_equal(guarded, [[99] * 9])


def test_symbolic_inputs_pass():
    symbolic = keras.KerasTensor((None, None), "int32")
    assert guard_ids(symbolic, symbolic, *SIZES) == (symbolic, symbolic)


@pytest.mark.parametrize(
    ("words", "types", "match"),
    [
        ([3, 10], [0, 0], r"between 0 and 9, the vocabulary. Do they belong to another model\? Received"),
        ([-2, 4], [0, 0], r"`input_word_ids` must lie between 0 and 9"),
        (
            [3, 4],
            [0, 5],
            r"`input_type_ids` must lie between 0 and 1, the segment table. Received, smallest and largest:",
        ),
        ([1] * 5, [0] * 5, r"`seq_length` must be at most 4, the rows of the position table. Received: seq_length="),
    ],
)
def test_what_lies_beyond_is_named(words, types, match):
    with pytest.raises(ValueError, match=match):
        guard_ids(ids(words), ids(types), *SIZES)
    with pytest.raises(tf.errors.InvalidArgumentError, match=match):
        in_graph(ids(words), ids(types))


def test_the_values_are_shown():
    with pytest.raises(ValueError, match=r"smallest and largest: -2, 12\."):
        guard_ids(ids([3, 12], [-2, 4]), ids([0, 0], [0, 0]), *SIZES)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"smallest and largest:\] \[-2\] \[12\]"):
        in_graph(ids([3, 12], [-2, 4]), ids([0, 0], [0, 0]))


def test_fractions_are_no_ids():
    with pytest.raises(ValueError, match=r"`input_type_ids` must hold whole numbers. Received: \[\[0.  0.5\]\]"):
        guard_ids(tf.constant([[1.0, 2.0]]), tf.constant([[0.0, 0.5]]), *SIZES)
    with pytest.raises(ValueError, match=r"`input_word_ids` must hold whole numbers"):
        guard_ids(tf.constant([[1.0, float("nan")]]), ids([0, 0]), *SIZES)
