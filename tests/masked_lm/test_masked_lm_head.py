"""`MaskedLMHead`: BERT's formula by hand, and a head that is written and read again."""

import bert_reference
import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_hub
import tiny
from encoders import VOCABULARY
from scipy.special import erf

from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.encoders.save_encoder import save_encoder
from bert_keras.masked_lm.masked_lm import MaskedLM
from bert_keras.masked_lm.masked_lm_head import MaskedLMHead
from bert_keras.optimization.build_optimizer import build_optimizer
from bert_keras.optimization.recipe import Recipe
from bert_keras.text.tokenizer import Tokenizer

FEATURES = bert_reference.batch(len(VOCABULARY), length=12)
INPUTS = {**FEATURES, "masked_lm_positions": np.array([[1, 3, 0], [2, 2, 5], [11, 0, 1], [4, 6, 8]], "int32")}
RECIPE = Recipe(learning_rate=1e-2, adam_epsilon=1e-3, clip_norm=0.5)


def tensors(inputs):
    return {name: tf.constant(array) for name, array in inputs.items()}


def by_hand(head, sequence, places, table):
    """In float64: dense, GELU, layer norm, the word table transposed, a bias."""
    kernel, dense_bias, gamma, beta, output_bias = (
        weight.numpy().astype("float64")
        for weight in (head.kernel, head.dense_bias, head.gamma, head.beta, head.output_bias)
    )
    rows = np.take_along_axis(sequence.astype("float64"), places[..., None], axis=1) @ kernel + dense_bias
    rows = rows * 0.5 * (1 + erf(rows / np.sqrt(2)))
    rows = (rows - rows.mean(-1, keepdims=True)) / np.sqrt(rows.var(-1, keepdims=True) + 1e-12)
    return (rows * gamma + beta) @ table.T + output_bias


def test_logits_are_those_of_the_formula():
    random = np.random.default_rng(0)
    head = MaskedLMHead(vocab_size=11, hidden_size=6, gelu="erf", initializer_range=0.5, seed=1)
    for weight in head.weights:
        weight.assign(random.normal(size=weight.shape))
    sequence, table = random.normal(size=(2, 5, 6)).astype("float32"), random.normal(size=(11, 6)).astype("float32")
    places = np.array([[4, 0, 0], [1, 2, 1]], "int32")
    np.testing.assert_allclose(
        head(sequence, places, table), by_hand(head, sequence, places, table), rtol=1e-4, atol=1e-5
    )


def test_a_written_head_is_read_by_tf_hub_and_goes_on_with_the_same_numbers(dict_encoder, vocab_file, tmp_path):
    native = load_encoder(dict_encoder, native=True)
    native.tokenizer = Tokenizer(vocab_file)
    model = MaskedLM(native, fresh_head=True, seed=5)
    folder = save_encoder(native, tmp_path / "encoder", mlm=model.head)
    wanted = model(INPUTS, training=False).numpy()
    published = tensorflow_hub.load(folder)
    outputs = published.mlm(tensors(INPUTS), training=False)
    assert set(outputs) == {"mlm_logits", "pooled_output", "sequence_output", "encoder_outputs"}
    np.testing.assert_allclose(outputs["mlm_logits"], wanted, atol=1e-5)
    assert len(published.mlm.trainable_variables) == len(published.trainable_variables) + 5
    plain = load_encoder(folder)
    np.testing.assert_allclose(plain(FEATURES)["pooled_output"], native(FEATURES)["pooled_output"], atol=1e-5)
    assert len(plain.weights) == len(native.weights)  # the head is none of the encoder's
    again = MaskedLM(load_encoder(folder, native=True))
    np.testing.assert_allclose(again(INPUTS, training=False), wanted, atol=1e-6)
    features = {**tiny.features(4), "masked_lm_positions": np.array([[1, 3], [2, 0], [8, 4], [5, 6]], "int32")}
    ids = np.array([[7, 9], [20, -1], [11, 8], [6, 30]], "int32")
    losses = []
    for one in (model, again):
        one.encoder.dropout = 0.0
        for block in one.encoder.blocks:
            block.dropout = block.attention_dropout = 0.0
        one.compile(build_optimizer(RECIPE))
        losses.append(one.fit(features, ids, epochs=3, verbose=0).history["loss"])
    np.testing.assert_allclose(*losses, rtol=1e-5)


def test_bad_input_has_a_message(dict_encoder, tmp_path):
    model = MaskedLM(tiny.native_encoder(), seed=2)
    with pytest.raises(ValueError, match="`mlm` must be None for an encoder that is not native"):
        save_encoder(load_encoder(dict_encoder), tmp_path / "a", mlm=model.head)
    with pytest.raises(TypeError, match=r"`mlm` must be the head of a bk\.MaskedLM"):
        save_encoder(model.encoder, tmp_path / "b", mlm=keras.layers.Dense(2))
    with pytest.raises(ValueError, match="`values` must have the names and shapes"):
        model.head.set_weights_by_name({"output_bias/bias": np.zeros(3)})
