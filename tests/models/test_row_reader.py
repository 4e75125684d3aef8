"""`RowReader`: a model's outputs for ragged rows, in a graph and in few shapes, in the order of the rows."""

import types

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from bert_keras.models.row_reader import RowReader, chunks

PREPROCESSOR = types.SimpleNamespace(seq_length=40, tokenizer=types.SimpleNamespace(pad_id=7))


class Model(keras.Model):
    """Of each token its id and its row's first id, and twice its type: what may not depend on batch or padding."""

    def call(self, inputs, training=False):
        ids, mask, types = (tf.cast(inputs[f"input_{name}"], "float32") for name in ("word_ids", "mask", "type_ids"))
        pair = tf.stack([ids * mask, ids[:, :1] * mask], axis=-1)
        return {"double": 2 * types, "pair": pair}

    def predict(self, batches, verbose=0):
        self.shapes = [tuple(batch["input_mask"].shape) for batch in batches]
        return super().predict(batches, verbose=verbose)


def rows_of(lengths):
    ids = np.random.default_rng(0).integers(10, 99, sum(lengths)).astype("int32")
    words = tf.RaggedTensor.from_row_lengths(ids, lengths)
    return words, words.with_flat_values(words.flat_values % 2)


@pytest.fixture(scope="module")
def model():
    return Model()


LENGTHS = [[5], [3, 40, 8, 8, 21, 1, 13, 2, 39], [4] * 9]


@pytest.mark.parametrize("lengths", LENGTHS)
@pytest.mark.parametrize("ladder", [(), (8, 24)])
def test_outputs_are_those_of_each_token_in_the_order_of_the_rows(model, lengths, ladder):
    reader = RowReader(model, PREPROCESSOR, ((), (2,)), batch_size=4, ladder=ladder)
    assert reader.in_shapes is bool(ladder) and reader.ladder == ((8, 24, 40) if ladder else ())
    words, types = rows_of(lengths)
    double, pair = (reader.logits_in_shapes if ladder else tf.function(reader.logits))(words, types)
    ids = words.flat_values.numpy()
    firsts = np.repeat([row[0] for row in words.to_list()], lengths)
    np.testing.assert_array_equal(double, 2 * types.flat_values.numpy())
    np.testing.assert_array_equal(pair, np.stack([ids, firsts], axis=-1))
    if ladder:
        assert {rows for rows, _ in model.shapes} == {4} and {length for _, length in model.shapes} <= {8, 24, 40}


def test_shapes_that_the_backend_needs(model, monkeypatch):
    assert not RowReader(model, PREPROCESSOR, ((),)).in_shapes
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    reader = RowReader(model, PREPROCESSOR, ((), (2,)), batch_size=4)
    assert reader.in_shapes and reader.ladder == (32, 40)
    assert RowReader(model, PREPROCESSOR, ((),), ladder=(16,)).ladder == (16, 40)
    assert RowReader(model, PREPROCESSOR, ((),), ladder=(16, 40)).ladder == (16, 40)


def test_a_batch_size_that_is_none(model):
    with pytest.raises(ValueError, match="`batch_size` must be at least 1"):
        RowReader(model, PREPROCESSOR, ((),), batch_size=0)


def test_chunks_by_hand():
    assert chunks([], 10) == []
    assert chunks([3, 4, 5], 7) == [(0, 2), (2, 3)]
    assert chunks([30, 4, 5], 7) == [(0, 1), (1, 2), (2, 3)]  # an item alone may be larger
    assert chunks([1, 1, 1, 1, 1], 100, 2) == [(0, 2), (2, 4), (4, 5)]


@settings(max_examples=100, deadline=None)
@given(sizes=st.lists(st.integers(0, 20), max_size=40), most=st.integers(1, 30), items=st.none() | st.integers(1, 5))
def test_chunks_hold_every_item_once_and_are_no_larger_than_need_be(sizes, most, items):
    found = chunks(sizes, most, items)
    assert [place for begin, stop in found for place in range(begin, stop)] == list(range(len(sizes)))
    for begin, stop in found:
        assert stop - begin == 1 or sum(sizes[begin:stop]) <= most
        assert items is None or stop - begin <= items
    for begin, stop in found[:-1]:
        assert sum(sizes[begin : stop + 1]) > most or stop - begin == items
