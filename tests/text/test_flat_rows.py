"""Rows as flat values with splits, against RaggedTensor."""

import numpy as np
import pytest
import tensorflow as tf

from bert_keras.text import flat_rows


@pytest.fixture(params=[[2, 0, 3], [0, 0], [], [1], [0, 4, 0, 1, 0]], ids=str)
def ragged(request):
    lengths = tf.constant(request.param, tf.int64)
    return tf.RaggedTensor.from_row_lengths(tf.range(tf.reduce_sum(lengths)), lengths)


def test_rows_and_splits(ragged):
    rows = flat_rows.row_numbers(ragged.row_splits, tf.range(tf.size(ragged.values, tf.int64)))
    np.testing.assert_array_equal(rows, ragged.value_rowids())
    np.testing.assert_array_equal(flat_rows.splits_of(rows, ragged.nrows()), ragged.row_splits)


def test_ranges():
    begins, ends = tf.constant([5, 2, 7], tf.int64), tf.constant([7, 2, 10], tf.int64)
    splits, values = flat_rows.ranges(begins, ends)
    assert splits.numpy().tolist() == [0, 2, 2, 5] and values.numpy().tolist() == [5, 6, 7, 8, 9]


def test_places():
    ordered = tf.constant([1, 3, 3, 8])
    assert flat_rows.first_not_below(ordered, tf.constant([0, 3, 4, 9])).numpy().tolist() == [0, 1, 3, 4]
    assert flat_rows.places_of(tf.constant([True, False, True])).numpy().tolist() == [0, 2]
    assert flat_rows.before(tf.constant([1, 2, 3])).numpy().tolist() == [3, 1, 2]


def test_strings_there_and_back():
    texts = tf.constant(["aé中😀", "", "x"])
    splits, codes = flat_rows.decoded(texts, 0xD800)
    assert splits.numpy().tolist() == [0, 4, 4, 5] and codes.numpy()[3] == 0x1F600
    assert flat_rows.encoded(splits, codes).numpy().tolist() == texts.numpy().tolist()
    assert flat_rows.decoded(tf.constant([b"a\xff"]), 0xD800)[1].numpy().tolist() == [97, 0xD800]
