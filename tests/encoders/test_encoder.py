"""The contract of every encoder, one battery over TF-Hub's dict and list dialects and the native encoder."""

import json

import bert_reference
import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny
from encoders import VOCABULARY

from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.encoder import Encoder
from bert_keras.encoders.load_encoder import load_encoder

KINDS = ("dict", "list", "native")
WEIGHTS = 5 + 2 * 16 + 2  # of two layers, as the contract of TF-Hub's encoders counts them
FEATURES = bert_reference.batch(len(VOCABULARY), length=12)
LABELS = np.array([0.0, 1.0, 1.0, 0.0], "float32")


@pytest.fixture(scope="module")
def load(dict_encoder, list_encoder):
    def load(kind, **options):
        return load_encoder(list_encoder if kind == "list" else dict_encoder, native=kind == "native", **options)

    return load


@pytest.fixture(scope="module", params=KINDS)
def encoder(request, load):
    """Loaded once; tests that train or freeze load their own."""
    return load(request.param)


class Model(keras.Model):
    """The pooled output and a dense layer; `training` is passed on, or held at False."""

    def __init__(self, encoder, dropout=True):
        super().__init__()
        self.encoder = encoder
        self.dense = keras.layers.Dense(1, kernel_initializer=keras.initializers.RandomNormal(seed=3))
        self.has_dropout = dropout

    def call(self, features, training=None):
        return self.dense(self.encoder(features, training=training and self.has_dropout)["pooled_output"])


def compiled(model):
    model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=False)
    return model


def moved(before, encoder):
    return {name for name, weight in encoder.named_weights().items() if np.any(before[name] != weight.numpy())}


def values(encoder):
    return {name: weight.numpy() for name, weight in encoder.named_weights().items()}


# Outputs ---------------------------------------------------------------------------------------------------------


def test_shapes_and_names(encoder):
    outputs = encoder(FEATURES)
    assert outputs["pooled_output"].shape == (4, 16)
    assert outputs["sequence_output"].shape == (4, 12, 16)
    assert all(output.dtype == tf.float32 for output in (outputs["pooled_output"], outputs["sequence_output"]))
    if "encoder_outputs" in outputs:  # the list dialect has none
        assert [layer.shape for layer in outputs["encoder_outputs"]] == [(4, 12, 16)] * 2
        np.testing.assert_array_equal(outputs["encoder_outputs"][-1], outputs["sequence_output"])


def test_sizes_come_from_the_weights(encoder):
    sizes = encoder.config
    assert (sizes.num_layers, sizes.hidden_size, sizes.num_heads, sizes.intermediate_size) == (2, 16, 2, 32)
    assert (sizes.vocab_size, sizes.max_positions, sizes.type_vocab_size) == (187, 64, 2)
    # 187 + 64 + 2 rows and a norm, 16 wide; two layers of 4 * 16 * 17 + 16 * 32 + 32 + 32 * 16 + 16 + 4 * 16; 16 * 17
    assert sizes.parameters == encoder.count_params() == 255 * 16 + 2 * 2224 + 272
    assert len(encoder.named_weights()) == len(encoder.weights) == len(encoder.trainable_weights) == WEIGHTS


def test_whatever_holds_the_integers(encoder):
    wanted = encoder(FEATURES)["pooled_output"].numpy()
    forms = {
        "int64": {name: array.astype("int64") for name, array in FEATURES.items()},
        "uint8": {name: array.astype("uint8") for name, array in FEATURES.items()},
        "tensors": {name: tf.constant(array) for name, array in FEATURES.items()},
        "int64 tensors": {name: tf.constant(array, tf.int64) for name, array in FEATURES.items()},
        "whole floats": {name: array.astype("float32") for name, array in FEATURES.items()},
        "a list in TF-Hub's order": list(FEATURES.values()),
        "a tuple": tuple(FEATURES.values()),
        "a dict in another order": dict(reversed(FEATURES.items())),
        "a mask of bools": {**FEATURES, "input_mask": FEATURES["input_mask"] == 1},
    }
    for form, features in forms.items():
        np.testing.assert_array_equal(encoder(features)["pooled_output"].numpy(), wanted, err_msg=form)


def test_a_functional_model_takes_any_length(encoder):
    inputs = {name: keras.Input((None,), dtype="int32", name=name) for name in FEATURES}
    model = keras.Model(inputs, encoder(inputs))
    assert model.output["sequence_output"].shape == (None, None, 16)
    for length in (3, 12):
        features = {name: array[:, :length] for name, array in FEATURES.items()}
        np.testing.assert_allclose(model(features)["pooled_output"], encoder(features)["pooled_output"], atol=1e-6)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"input_mask": None}, r"be a dict of input_word_ids, input_mask, input_type_ids or a list of the"),
        ({"idx": np.arange(4)}, r"Received: inputs=\['idx', 'input_mask', 'input_type_ids', 'input_word_ids'"),
        ({"input_word_ids": FEATURES["input_word_ids"] + 0.5}, r"`input_word_ids` must hold whole numbers"),
        ({"input_type_ids": FEATURES["input_mask"] / 2}, r"`input_type_ids` must hold whole numbers"),
        (
            {"input_word_ids": FEATURES["input_word_ids"][0]},
            r"`input_word_ids` must have the shape \[batch, seq_length\]. Received: input_word_ids=\(12,\)",
        ),
        (
            {"input_mask": FEATURES["input_mask"][:, :7]},
            r"must have one seq_length.*'input_word_ids': 12, 'input_mask': 7",
        ),
        (
            {name: np.zeros((4, 65), "int32") for name in FEATURES},
            r"`seq_length` must be between 1 and 64, the encoder's position table. Received: seq_length=65",
        ),
    ],
)
def test_bad_features_are_named(encoder, change, match):
    features = {name: array for name, array in {**FEATURES, **change}.items() if array is not None}
    with pytest.raises(ValueError, match=match):
        encoder(features)


def test_bad_lists_are_named(encoder):
    with pytest.raises(ValueError, match=r"or a list of the three in that order. Received: inputs='list'"):
        encoder(list(FEATURES.values())[:2])
    with pytest.raises(ValueError, match=r"`seq_length` must be between 1 and 64"):
        encoder([np.zeros((4, 65), "int32")] * 3)
    with pytest.raises(ValueError, match=r"`seq_length` must be between 1 and 64"):
        encoder([keras.Input((65,), dtype="int32") for _ in range(3)])


def test_an_input_without_a_dtype_is_float_in_keras_and_works(encoder):
    inputs = [keras.Input((None,)) for _ in range(3)]
    model = keras.Model(inputs, encoder(inputs)["pooled_output"])
    found = model.predict(list(FEATURES.values()), verbose=0)
    np.testing.assert_allclose(found, encoder(FEATURES)["pooled_output"], atol=1e-6)
    halves = [FEATURES["input_word_ids"] + 0.5, *list(FEATURES.values())[1:]]
    with pytest.raises(tf.errors.InvalidArgumentError, match="`input_word_ids` must hold whole numbers"):
        model.predict(halves, verbose=0)


@pytest.mark.parametrize(
    ("place", "value", "match"),
    [
        ("input_word_ids", 187, r"`input_word_ids` must lie between 0 and 186, the vocabulary.*largest: \d+, 187"),
        ("input_word_ids", -1, r"`input_word_ids` must lie between 0 and 186, the vocabulary.*smallest.*: -1, "),
        ("input_word_ids", 2**32 + 5, r"`input_word_ids` must lie between 0 and 186.*, 4294967301"),
        ("input_type_ids", 2, r"`input_type_ids` must lie between 0 and 1, the segment table. .*largest: 0, 2"),
    ],
)
def test_ids_beyond_a_table_are_named(encoder, place, value, match):
    features = {name: array.astype("int64") for name, array in FEATURES.items()}
    features[place][1, 2] = value
    with pytest.raises(ValueError, match=match):
        encoder(features)


# Training --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_fit_save_and_reload(load, kind, tmp_path):
    model = compiled(Model(load(kind)))
    model(FEATURES)
    assert len(model.trainable_variables) == WEIGHTS + 2
    before = values(model.encoder)
    # Arrays here and for the list dialect a dataset; on two replicas the other two train on datasets as well.
    data = tf.data.Dataset.from_tensor_slices((FEATURES, LABELS)).batch(2)
    model.fit(*([data] if kind == "list" else [FEATURES, LABELS]), epochs=2, batch_size=None, verbose=0)
    # A key bias adds the same to all scores of a row, so its gradient is zero up to rounding.
    assert {name for name in before if "key/bias" not in name} <= moved(before, model.encoder)
    assert len(model.trainable_variables) == WEIGHTS + 2

    beyond = {**FEATURES, "input_word_ids": FEATURES["input_word_ids"] + 187}
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"`input_word_ids` must lie between 0 and 186"):
        if kind == "list":
            model.fit(tf.data.Dataset.from_tensor_slices((beyond, LABELS)).batch(2), verbose=0)
        else:
            model.fit(beyond, LABELS, verbose=0)

    inputs = {name: keras.Input((None,), dtype="int32", name=name) for name in FEATURES}
    functional = keras.Model(inputs, model.dense(model.encoder(inputs)["pooled_output"]))
    wanted = functional(FEATURES).numpy()
    functional.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(again(FEATURES).numpy(), wanted, atol=1e-6)
    model.save_weights(tmp_path / "model.weights.h5")
    fresh = Model(load(kind))
    assert np.abs(fresh(FEATURES).numpy() - wanted).max() > 1e-4
    fresh.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_allclose(fresh(FEATURES).numpy(), wanted, atol=1e-6)
    for name, weight in fresh.encoder.named_weights().items():
        np.testing.assert_array_equal(weight.numpy(), model.encoder.named_weights()[name].numpy(), err_msg=name)


@pytest.mark.parametrize("kind", KINDS)
def test_a_frozen_encoder_has_no_dropout_and_is_not_trained(load, kind):
    model = Model(load(kind, trainable=False))
    encoder = model.encoder
    still = model(FEATURES).numpy()
    assert encoder.trainable_weights == [] and len(model.trainable_variables) == 2
    np.testing.assert_array_equal(encoder(FEATURES, training=True)["pooled_output"], encoder(FEATURES)["pooled_output"])
    np.testing.assert_array_equal(model(FEATURES, training=True).numpy(), still)
    encoder.trainable = True
    assert len(model.trainable_variables) == WEIGHTS + 2
    dropped = model(FEATURES, training=True).numpy()
    assert np.abs(dropped - still).max() > 1e-3
    assert np.abs(model(FEATURES, training=True).numpy() - dropped).max() > 1e-3
    np.testing.assert_array_equal(model(FEATURES, training=False).numpy(), still)


@pytest.mark.parametrize("kind", KINDS)
def test_weights_are_frozen_by_their_tf_hub_names(load, kind):
    encoder = load(kind)
    assert encoder.freeze("embeddings", "transformer/layer_0") == 5 + 16
    assert encoder.freeze("transformer.layer_1.output_layer_norm") == 2
    kept = {name for name, weight in encoder.named_weights().items() if weight.trainable}
    assert kept and not [name for name in kept if "embeddings" in name or "layer_0" in name]
    assert len(encoder.trainable_weights) == WEIGHTS - 23
    with pytest.raises(
        ValueError,
        match=r"`patterns` must match weights of the encoder.*'layer_7'.*There are, for N from 0 to 1: word_emb",
    ):
        encoder.freeze("layer_7")
    encoder.freeze("")
    still = encoder(FEATURES)["pooled_output"].numpy()
    np.testing.assert_array_equal(encoder(FEATURES, training=True)["pooled_output"].numpy(), still)


@pytest.mark.parametrize("kind", KINDS)
def test_all_but_some_weights_are_frozen_and_a_config_remembers_it(load, kind):
    encoder = load(kind)
    encoder.freeze("layer_0/output_layer_norm")
    # A layer has 6 biases and 2 betas, of which one is frozen already; the embeddings' norm a beta, the pooler a bias.
    assert encoder.train_only("bias", "beta") == 1 + 2 * 8 - 1 + 1
    trained = [name for name, weight in encoder.named_weights().items() if weight.trainable]
    assert len(trained) == len(encoder.trainable_weights) == 17
    assert all(name.endswith(("/bias", "/beta")) for name in trained)
    again = type(encoder).from_config(encoder.get_config())
    assert [name for name, weight in again.named_weights().items() if weight.trainable] == trained
    with pytest.raises(ValueError, match=r"`patterns` must match weights of the encoder. Received: patterns='biases'"):
        encoder.train_only("biases")


def test_layers_are_frozen_by_their_numbers():
    encoder = tiny.native_encoder(num_layers=12)
    assert encoder.freeze("embeddings, 0-1") == 5 + 2 * 16
    frozen = {name for name, weight in encoder.named_weights().items() if not weight.trainable}
    assert {name.split("/")[1] for name in frozen if "transformer" in name} == {"layer_0", "layer_1"}
    assert encoder.freeze("1") == 16 and encoder.freeze("11") == 16
    for wrong in ("embeddings,12", "10-12", "layer_99"):
        with pytest.raises(ValueError, match="`patterns` must match weights of the encoder"):
            encoder.freeze(wrong)
    with pytest.raises(ValueError, match="`patterns` must be a range of layers that goes up"):
        encoder.freeze("1-0")


def by_hand(encoder, kernel, bias, steps, rate):
    """Gradient descent on the mean squared error, written out: the weights that two replicas must reach."""
    variables = {name: weight.value for name, weight in encoder.named_weights().items()}
    variables |= {"kernel": tf.Variable(kernel), "bias": tf.Variable(bias)}
    for _ in range(steps):
        with tf.GradientTape() as tape:
            logits = encoder(FEATURES, training=False)["pooled_output"] @ variables["kernel"] + variables["bias"]
            loss = tf.reduce_mean(tf.square(logits[:, 0] - LABELS))
        for variable, gradient in zip(variables.values(), tape.gradient(loss, [*variables.values()]), strict=True):
            variable.assign_sub(rate * tf.convert_to_tensor(gradient))
    return {name: variable.numpy() for name, variable in variables.items()}


@pytest.mark.parametrize("kind", ("dict", "native"))
def test_two_replicas_train_the_weights_of_one_device(load, kind):
    # Reduced on one device: collective operations of two strategies in one process share their keys, and collide.
    with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"], tf.distribute.ReductionToOneDevice()).scope():
        model = compiled(Model(load(kind), dropout=False))
        found = model.encoder(FEATURES)["pooled_output"].numpy()  # an eager call in the scope, not on a replica
        model.dense.build((None, 16))
    plain = load(kind)
    np.testing.assert_allclose(found, plain(FEATURES)["pooled_output"], atol=1e-6)
    start = values(plain)
    wanted = by_hand(plain, model.dense.kernel.numpy(), model.dense.bias.numpy(), steps=2, rate=0.1)
    model.fit(tf.data.Dataset.from_tensors((FEATURES, LABELS)).repeat(2), verbose=0)
    assert len(model.trainable_variables) == WEIGHTS + 2
    found = {**values(model.encoder), "kernel": model.dense.kernel.numpy(), "bias": model.dense.bias.numpy()}
    assert max(np.abs(found[name] - start[name]).max() for name in start) > 1e-3
    for name, weight in wanted.items():
        np.testing.assert_allclose(found[name], weight, atol=1e-6, err_msg=name)


# Config and preprocessor -----------------------------------------------------------------------------------------


def test_config_round_trip(encoder):
    config = encoder.get_config()
    json.dumps({name: value for name, value in config.items() if name != "dtype"})
    again = type(encoder).from_config(config)
    assert again.get_config() == config
    assert again.config == encoder.config
    assert list(again.named_weights()) == list(encoder.named_weights())
    if not isinstance(encoder, BertEncoder):  # the handle brings the weights and the vocabulary
        np.testing.assert_array_equal(again(FEATURES)["pooled_output"], encoder(FEATURES)["pooled_output"])
        assert again.tokenizer.vocabulary == VOCABULARY and again.tokenizer.lower_case is True


def test_the_preprocessor_has_the_encoders_vocabulary(encoder):
    features = encoder.preprocessor(seq_length=10)(["The night was long"])
    words = [VOCABULARY.index(piece) for piece in ("[CLS]", "the", "night", "was", "l", "##o", "##n", "##g", "[SEP]")]
    np.testing.assert_array_equal(features["input_word_ids"], [[*words, 0]])
    assert encoder(features)["pooled_output"].shape == (1, 16)
    assert encoder.preprocessor(5, truncation="longest_first").truncation == "longest_first"
    with pytest.raises(ValueError, match=r"`seq_length` must be between 3 and 64, the encoder's position table"):
        encoder.preprocessor(65)


def test_an_encoder_without_a_vocabulary_says_what_to_do():
    encoder = BertEncoder(vocab_size=50, num_layers=1, hidden_size=4, num_heads=1)
    with pytest.raises(ValueError, match=r"`encoder` must have a tokenizer .*Set `encoder.tokenizer = bk.Tokenizer\("):
        encoder.preprocessor(16)


def test_an_encoder_of_ones_own_must_say_its_sizes():
    with pytest.raises(NotImplementedError):
        _ = Encoder().config


# By layer -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_the_last_layers_begin_anew_and_all_encoders_draw_the_same(load, kind):
    encoder = load(kind)
    before = values(encoder)
    names = encoder.reinitialize(1, seed=4)
    assert set(names) == {n for n in before if "layer_1/" in n or n.startswith("pooler")} and len(names) == 16 + 2
    assert moved(before, encoder) <= set(names)
    native = load("native")
    native.reinitialize(1, seed=4)
    for name in names:
        np.testing.assert_array_equal(encoder.named_weights()[name], native.named_weights()[name])
    native.reinitialize(1, seed=5)
    key = "transformer/layer_1/output/kernel"
    assert np.any(encoder.named_weights()[key].numpy() != native.named_weights()[key].numpy())
    with pytest.raises(ValueError, match=r"`layers` must be between 1 and 2, the encoder's layers. Received: layers=3"):
        encoder.reinitialize(3)


def test_beside_adapters_no_layer_begins_anew():
    encoder = tiny.native_encoder()
    encoder.add_lora()
    with pytest.raises(ValueError, match=r"`encoder` must have no adapters of LoRA.*Call reinitialize first"):
        encoder.reinitialize(1)
