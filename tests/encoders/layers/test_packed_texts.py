"""`packed_texts`: what texts are in packed rows, and that an encoder gives for them what it gives for single rows."""

import numpy as np
import pytest
import tensorflow as tf

from bert_keras.data.row_packing import RowPacking
from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.layers.packed_texts import packed_texts
from bert_keras.features import FEATURE_NAMES, PLACES, POSITION_IDS
from bert_keras.text.pack_rows import pack_rows

SIZES = {"vocab_size": 60, "num_layers": 2, "hidden_size": 16, "num_heads": 2, "intermediate_size": 32}
SIZES |= {"max_positions": 64, "initializer_range": 0.5, "dropout": 0.0, "attention_dropout": 0.0, "seed": 1}
TEXTS, TOKENS = 9, 24


def features():
    random = np.random.default_rng(0)
    lengths = random.integers(3, 20, TEXTS)
    mask = (np.arange(TOKENS) < lengths[:, None]).astype("int32")
    drawn = {"input_word_ids": random.integers(1, 60, mask.shape), "input_type_ids": random.integers(0, 2, mask.shape)}
    columns = {name: (column * mask).astype("int32") for name, column in drawn.items()} | {"input_mask": mask}
    return columns, RowPacking(TOKENS).places(lengths, TEXTS)


def test_rows_are_those_of_pack_rows():
    single, places = features()
    wanted, wanted_places = pack_rows(single, TOKENS)
    packed, first = packed_texts(single, places)
    assert places.shape[1] == len(wanted[POSITION_IDS]) < TEXTS
    for name in (*FEATURE_NAMES, POSITION_IDS):
        np.testing.assert_array_equal(packed[name], wanted[name])
    np.testing.assert_array_equal(first, wanted_places[:, 0] * TOKENS + wanted_places[:, 1])


def test_a_text_without_a_place_is_left_out():
    single, places = features()
    fewer = {name: column[:-1] for name, column in single.items()}
    wanted, first = packed_texts(fewer, places[:-1])
    places[-1] = 0
    packed, firsts = packed_texts(single, places)
    for name in wanted:
        np.testing.assert_array_equal(packed[name], wanted[name])
    np.testing.assert_array_equal(firsts[:-1], first)


@pytest.mark.parametrize("recompute", [False, True])
@pytest.mark.parametrize("lora", [False, True])
def test_an_encoder_and_its_gradient_are_those_of_single_rows(lora, recompute):
    single, places = features()
    encoder = BertEncoder(**SIZES, recompute=recompute)
    if lora:
        encoder.add_lora(2)
        for weight in encoder.trainable_weights:
            weight.assign(np.random.default_rng(1).normal(size=weight.shape))
    weigh = tf.constant(np.random.default_rng(2).normal(size=(TEXTS, 16)), tf.float32)

    def run(inputs):
        with tf.GradientTape() as tape:
            pooled = encoder(inputs, training=True, pooled_only=True)["pooled_output"]
            loss = tf.reduce_sum(pooled * weigh)
        weights = encoder.trainable_weights
        return pooled, [tf.convert_to_tensor(g).numpy() for g in tape.gradient(loss, [w.value for w in weights])]

    (pooled, gradients), (wanted, wanted_gradients) = run(single | {PLACES: places}), run(single)
    np.testing.assert_allclose(pooled, wanted, atol=1e-5)
    assert np.abs(np.diff(wanted, axis=0)).max() > 0.1  # texts are told apart
    for mine, theirs in zip(gradients, wanted_gradients, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-5 * max(1.0, np.abs(theirs).max()))


FAMILIES = {
    "ModernBERT": {"modern": {"global_every": 2, "window": 5}, "type_vocab_size": 0},
    "RoBERTa": {"position_offset": 2, "type_vocab_size": 1},
    "ALBERT": {"embedding_size": 8, "share_layers": True},
    "DistilBERT": {"pooler": False, "type_vocab_size": 0},
}


@pytest.mark.parametrize("family", FAMILIES)
def test_families_pack(family):
    single, places = features()
    encoder = BertEncoder(**SIZES | FAMILIES[family])
    single |= {"input_type_ids": single["input_type_ids"] * (encoder.type_vocab_size > 1)}
    wanted = encoder(single, pooled_only=True)["pooled_output"]
    for training in (False, True):
        packed = encoder(single | {PLACES: places}, pooled_only=True, training=training)["pooled_output"]
        np.testing.assert_allclose(packed, wanted, atol=1e-5)


def test_in_a_graph_that_xla_compiles():
    single, places = features()
    encoder = BertEncoder(**SIZES)
    call = tf.function(lambda inputs: encoder(inputs, pooled_only=True)["pooled_output"], jit_compile=True)
    wanted = encoder(single, pooled_only=True)["pooled_output"]
    np.testing.assert_allclose(call(single | {PLACES: places}), wanted, atol=1e-5)


def test_other_outputs_than_the_pooled_one_are_refused():
    single, places = features()
    with pytest.raises(ValueError, match=r"`pooled_only` must be True with packed_places. Received: pooled_only=False"):
        BertEncoder(**SIZES)(single | {PLACES: places})
