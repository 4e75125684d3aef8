"""Packed rows: each text's outputs and gradients are what they are in a row of its own."""

import numpy as np
import pytest
import tensorflow as tf
import tiny

from bert_keras.encoders.layers.hidden_tokens import hidden_tokens
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.text.pack_rows import pack_rows

LENGTHS = (5, 9, 3, 12, 7, 1)


def features(longest=14):
    random = np.random.default_rng(0)
    mask = (np.arange(longest) < np.array(LENGTHS)[:, None]).astype("int32")
    ids = random.integers(1, 20, mask.shape).astype("int32") * mask
    return {"input_word_ids": ids, "input_mask": mask, "input_type_ids": (ids % 2) * mask}


def test_by_hand():
    mask, positions = np.array([[1, 1, 1, 0]]), np.array([[0, 1, 0, 0]])
    assert np.asarray(hidden_tokens(mask)).tolist() == [[[[0, 0, 0, 1]]]]
    seen = [[0, 0, 1, 1], [0, 0, 1, 1], [1, 1, 0, 1], [1, 1, 1, 1]]
    assert np.asarray(hidden_tokens(mask, positions)).tolist() == [[seen]]


@pytest.mark.parametrize("policy, gap", [("float32", 1e-6), ("mixed_bfloat16", 0.05)])
@pytest.mark.parametrize("compiled", [True, False])
def test_outputs_are_those_of_single_rows(policy, gap, compiled):
    encoder, alone = tiny.native_encoder(num_layers=3, dtype=policy), features()
    packed, places = pack_rows(alone, 17)
    assert len(packed["input_mask"]) == 3
    run = tf.function(encoder, autograph=False) if compiled else encoder
    wanted, found = run(alone), run(packed)
    for text, (row, start) in enumerate(places):
        tokens = slice(start, start + LENGTHS[text])
        one = found["sequence_output"].numpy()[row, tokens].astype("float32")
        np.testing.assert_allclose(one, wanted["sequence_output"].numpy()[text, : LENGTHS[text]], rtol=0, atol=gap)
    pooled = found["pooled_output"].numpy()[places[:, 0], places[:, 1]].astype("float32")
    np.testing.assert_allclose(pooled, wanted["pooled_output"].numpy().astype("float32"), rtol=0, atol=gap)
    again = encoder(packed, pooled_only=True)["pooled_output"].numpy()[places[:, 0], places[:, 1]]
    np.testing.assert_allclose(again.astype("float32"), pooled, rtol=0, atol=gap)


@pytest.mark.parametrize("own_gradient", [True, False])
def test_gradients_are_those_of_single_rows(own_gradient):
    encoder, alone = tiny.native_encoder(num_layers=2), features()
    packed, places = pack_rows(alone, 17)
    for block in encoder.blocks:
        block.own_gradient = own_gradient

    def gradients(inputs, at):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(at(encoder(inputs, training=True)["pooled_output"]) ** 3)
        return [tf.convert_to_tensor(one).numpy() for one in tape.gradient(loss, encoder.trainable_weights)]

    wanted = gradients(alone, lambda pooled: pooled)
    found = gradients(packed, lambda pooled: tf.gather_nd(pooled, places))
    assert len(wanted) == len(found) == len(encoder.trainable_weights)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-5 * max(np.abs(w).max() for w in wanted))


def test_the_hub_s_graph_takes_no_packed_rows(dict_encoder):
    packed, _ = pack_rows(features(), 17)
    with pytest.raises(ValueError, match="`inputs` must be a dict of input_word_ids, input_mask, input_type_ids"):
        load_encoder(dict_encoder)(packed)
