"""What the library does with an encoder, for every network that the native encoder can be: all ways, on tiny ones."""

import dataclasses
import json

import jax_child
import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny
from encoders import write_vocabulary

import bert_keras as bk
from bert_keras.encoders.inference_network import gelu_of
from bert_keras.encoders.plain_bert import PlainBert
from bert_keras.planning.memory import training_memory
from bert_keras.planning.network import Network
from bert_keras.text.pack_rows import pack_rows

NETWORKS = {
    "electra": {"embedding_size": 8, "pooler": False},
    "albert": {"embedding_size": 8, "share_layers": True},
    "distilbert": {"type_vocab_size": 0, "pooler": False},
    "roberta": {"type_vocab_size": 1, "position_offset": 2, "layer_norm_epsilon": 1e-5, "gelu": "erf"},
    "modernbert": {"type_vocab_size": 0, "pooler": False, "modern": {"window": 2, "global_every": 2}, "gelu": "erf"},
    "mobilebert": {"embedding_size": 8, "activation": "relu", "mobile": {"bottleneck": 8, "feed_forwards": 2}},
    "relu": {"activation": "relu"},
    "silu": {"activation": "silu"},
    "pooler": {"pooler_activation": "gelu"},
}
FAMILIES = ("electra", "albert", "distilbert", "roberta", "modernbert", "mobilebert")
LENGTHS = (9, 4, 7, 1)
every_network = pytest.mark.parametrize("name", NETWORKS)


def encoder_of(name, **options):
    return tiny.native_encoder(**{"num_layers": 2, **NETWORKS[name], **options})


def features():
    found = tiny.features(len(LENGTHS))
    found["input_mask"] = (np.arange(9)[None] < np.array(LENGTHS)[:, None]).astype("int32")
    found["input_type_ids"] = found["input_word_ids"] % 2 * found["input_mask"]
    return found


def outputs_of(encoder, inputs=None, **options):
    outputs = encoder(features() if inputs is None else inputs, training=False, **options)
    return {name: tf.cast(outputs[name], tf.float32).numpy() for name in outputs if name != "encoder_outputs"}


def gradients(encoder, pooled_only):
    inputs = {name: tf.constant(value) for name, value in features().items()}

    def run():
        with tf.GradientTape() as tape:
            outputs = encoder(inputs, training=True, pooled_only=pooled_only)
            loss = tf.reduce_sum(outputs["pooled_output"] ** 2)
            loss += 0.0 if pooled_only else tf.reduce_sum(outputs["sequence_output"] ** 3)
        return [tf.convert_to_tensor(g) for g in tape.gradient(loss, encoder.trainable_weights)]

    return [value.numpy() for value in run()]


def same(one, other, gap):
    assert one.keys() == other.keys() - {"default"}  # which SavedModels name once more
    for name, values in one.items():
        np.testing.assert_allclose(other[name], values, rtol=0, atol=gap, err_msg=name)


@every_network
def test_the_written_gradient_and_that_of_layers_worked_out_again_are_tensorflows(name):
    written, automatic = (encoder_of(name, dropout=0.2) for _ in range(2))
    again = encoder_of(name, dropout=0.2, recompute=True)
    for block in automatic.blocks:
        block.own_gradient = False
    for pooled_only in (False, True):
        wanted = gradients(automatic, pooled_only)
        largest = max(np.abs(one).max() for one in wanted)
        for encoder in (written, again):
            for found, one in zip(gradients(encoder, pooled_only), wanted, strict=True):
                np.testing.assert_allclose(found, one, rtol=1e-4, atol=2e-6 * largest)


@every_network
def test_each_argument_counts_and_a_config_keeps_it(name):
    encoder = encoder_of(name)
    assert set(encoder.variations) <= set(NETWORKS[name]) and encoder.variations
    copy = bk.BertEncoder.from_config(encoder.get_config())
    copy.set_weights(encoder.get_weights())
    same(outputs_of(encoder), outputs_of(copy), 0)
    assert copy.config == encoder.config
    assert encoder.config.parameters == encoder.count_params()
    assert list(encoder.named_weights()) == list(copy.named_weights())


@every_network
def test_padding_changes_nothing_and_packed_rows_are_single_rows(name):
    encoder, alone = encoder_of(name), features()
    if name == "mobilebert":  # a last token is given the row that follows, and padding's is not zero in general
        alone["input_word_ids"] *= alone["input_mask"]
        table = encoder.word_table.numpy()
        encoder.word_table.assign(np.where(np.arange(len(table))[:, None] == 0, 0, table))
    wanted = outputs_of(encoder, alone)
    short = {key: values[2:3, :7] for key, values in alone.items()}
    np.testing.assert_allclose(outputs_of(encoder, short)["pooled_output"], wanted["pooled_output"][2:3], atol=1e-6)
    alone_only = outputs_of(encoder, alone, pooled_only=True)
    np.testing.assert_allclose(alone_only["pooled_output"], wanted["pooled_output"], atol=1e-6)
    packed, places = pack_rows(alone, 13)
    found = outputs_of(encoder, packed)
    for text, (row, start) in enumerate(places):
        tokens = slice(start, start + LENGTHS[text])
        whole = wanted["sequence_output"][text, : LENGTHS[text]]
        np.testing.assert_allclose(found["sequence_output"][row, tokens], whole, rtol=0, atol=1e-5)
    pooled = found["pooled_output"][places[:, 0], places[:, 1]]
    np.testing.assert_allclose(pooled, wanted["pooled_output"], rtol=0, atol=1e-5)


@every_network
def test_bfloat16_and_lora(name):
    encoder = encoder_of(name)
    wanted, weights = outputs_of(encoder), encoder.get_weights()
    half = encoder_of(name, dtype="mixed_bfloat16")
    half.set_weights(weights)
    assert half(features())["sequence_output"].dtype == tf.bfloat16
    gap = np.abs(outputs_of(half)["sequence_output"] - wanted["sequence_output"]).max()
    assert 1e-6 < gap < 0.3
    count = encoder.add_lora(2, matrices="all")
    assert count == 12 * len(encoder.blocks)
    same(wanted, outputs_of(encoder), 0)
    random = np.random.default_rng(1)
    for weight in encoder.lora_weights().values():
        weight.assign(random.normal(0, 0.3, weight.shape))
    adapted = outputs_of(encoder)
    assert np.abs(adapted["sequence_output"] - wanted["sequence_output"]).max() > 0.01
    assert set(encoder.merged_weights()) == set(encoder.named_weights())
    encoder.merge_lora()
    same(adapted, outputs_of(encoder), 2e-4)  # of numbers in float32 that the kernels' are added to


@every_network
def test_what_knows_bert_alone_says_so(name):
    encoder = encoder_of(name)
    assert gelu_of(encoder) is None
    with pytest.raises(ValueError, match=r"must be BERT as published.*It has \w+=.*Export it as a SavedModel"):
        PlainBert.of(encoder)


@pytest.mark.parametrize("name", ["albert", "modernbert", "mobilebert"])
def test_attention_maps_have_every_layer(name, tmp_path):
    encoder = encoder_of(name)
    encoder.tokenizer = bk.Tokenizer(write_vocabulary(tmp_path), lower_case=True)
    maps = bk.attention_maps(encoder, "the film was good", "a book")
    assert maps.weights.shape[:2] == (2, 2) and len(maps.tokens) == maps.weights.shape[2]
    np.testing.assert_allclose(maps.weights.sum(-1), 1.0, rtol=1e-5)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Each network as a SavedModel, and the encoder that it was written from."""
    root = tmp_path_factory.mktemp("networks")
    vocabulary, found = write_vocabulary(root), {}
    for name in NETWORKS:
        encoder = encoder_of(name)
        encoder.tokenizer = bk.Tokenizer(vocabulary, lower_case=True)
        found[name] = bk.save_encoder(encoder, root / name), encoder
    return found


@every_network
def test_a_saved_model_is_the_encoder_in_tf_hubs_form_and_natively(name, written):
    folder, encoder = written[name]
    native = bk.load_encoder(folder, native=True)
    assert native.variations == encoder.variations
    for one, other in zip(native.get_weights(), encoder.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    published = bk.load_encoder(folder)
    assert set(published.named_weights()) == set(encoder.named_weights())
    same(outputs_of(encoder), outputs_of(published), 1e-5)


@pytest.mark.parametrize("name", FAMILIES)
def test_finetuning_ends_in_a_model_folder_and_a_keras_file_that_answer_alike(name, written, tmp_path):
    recipe = bk.Recipe(epochs=1, batch_size=8, learning_rate=1e-3, native=True)
    task = tiny.task(rows=16)
    result = bk.finetune(task, written[name][0], tmp_path / "out", recipe=recipe, say=lambda line: None)
    texts = tiny.sentences(5, seed=9)
    tuned = bk.load(result.folder, native=True)
    wanted = tuned.logits(texts)
    np.testing.assert_allclose(bk.load(result.folder).logits(texts), wanted, rtol=0, atol=1e-5)
    tuned.model.optimizer.build(tuned.model.trainable_variables)
    tuned.model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    inputs = features()
    np.testing.assert_array_equal(again(inputs), tuned.model(inputs))


@pytest.mark.parametrize("name", ["electra", "albert", "mobilebert"])
def test_a_masked_word_head_is_as_wide_as_the_tables(name):
    encoder = encoder_of(name)
    model = bk.MaskedLM(encoder, seed=1)
    assert model(features()).shape == (len(LENGTHS), 9, encoder.vocab_size)
    shapes = {key: tuple(weight.shape) for key, weight in model.head.named_weights().items()}
    assert shapes["transform/dense/kernel"] == (16, 8) and shapes["transform/LayerNorm/gamma"] == (8,)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_plan_is_made_of_each_family_and_of_its_folder(name, written):
    """Of ModernBERT and MobileBERT none that splits the model, as what their split layers take is not known."""
    folder, encoder = written[name]
    found = bk.plan(encoder, seq_length=16, memory="1GiB", batch_size=8)
    assert found.fits and found.predicted.weights == 4 * encoder.config.parameters
    again = bk.plan(folder, seq_length=16, memory="1GiB", batch_size=8)
    network = Network.of(bk.load_encoder(folder, native=True))
    assert again.predicted == training_memory(encoder.config, 16, 8, network=network)
    assert network == dataclasses.replace(Network.of(encoder), dropout=True, attention_dropout=True)
    scarce = bk.plan(encoder, seq_length=64, memory=4 * encoder.config.parameters + 1, batch_size=1, devices=2)
    assert not scarce.fits
    shards = {setting.shards for setting, _ in scarce.tried}
    assert shards == ({1} if name in ("modernbert", "mobilebert") else {1, 2})


def test_what_a_plan_knows_of_a_network():
    assert Network.of(encoder_of("albert", dropout=0.1)) == Network(share_layers=True)
    assert Network.of(encoder_of("roberta")) == Network("erf", dropout=False, attention_dropout=False)
    mobile = Network("relu", layers="mobile", bottleneck=8, feed_forwards=2)
    assert Network.of(encoder_of("mobilebert", dropout=0.1)) == mobile
    assert Network.of(encoder_of("modernbert", dropout=0.1)) == Network("erf", layers="modern")


def test_the_update_counts_the_rows_of_narrow_tables():
    config = dataclasses.replace(encoder_of("electra").config, vocab_size=100_000, parameters=900_000)
    memory = training_memory(config, 8, 1)
    assert (memory.moment, memory.temporary) == ("update", 3 * 100_000 * 8 * 4)


@pytest.mark.skipif(not jax_child.is_installed(), reason="JAX is not installed")
def test_jax_gives_the_same(written, tmp_path):
    """What each folder holds, read and run on JAX; and a step of training of one, with layers worked out again."""
    given = {key: values.tolist() for key, values in features().items()}
    folders = {name: written[name][0] for name in FAMILIES}
    (tmp_path / "given.json").write_text(json.dumps({"features": given, "folders": folders}))
    report = jax_child.run("families", tmp_path)
    found = np.load(tmp_path / "outputs.npz")
    for name in FAMILIES:
        for key, values in outputs_of(written[name][1]).items():
            np.testing.assert_allclose(found[f"{name}/{key}"], values, rtol=0, atol=1e-5, err_msg=name)
    assert np.isfinite(report["losses"]).all() and report["losses"][1] < report["losses"][0]
