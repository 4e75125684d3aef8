"""`BertEncoder`: numbers of a NumPy BERT, gradients of TF-Hub's graph, dropout, dtype policies, other backends."""

import inspect
import subprocess
import sys

import bert_reference
import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops
from paths import ROOT
from without_tensorflow import WITHOUT_TENSORFLOW

from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.hub_encoder import HubEncoder
from bert_keras.encoders.huggingface.from_huggingface import from_huggingface
from bert_keras.encoders.layers import embedding_tables, layer_forward
from bert_keras.encoders.load_encoder import load_encoder

FEATURES = bert_reference.batch()
WEIGHTS = bert_reference.random_weights()


SMALL = {
    "vocab_size": 50,
    "num_layers": 2,
    "hidden_size": 12,
    "num_heads": 3,
    "intermediate_size": 20,
    "max_positions": 16,
}


def tiny(**options):
    return BertEncoder(**{**SMALL, **options})


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    return bert_reference.write_checkpoint(tmp_path_factory.mktemp("hf"), WEIGHTS)


def pooled(encoder, training=False, features=FEATURES):
    return encoder(features, training=training)["pooled_output"].numpy()


# Numbers ---------------------------------------------------------------------------------------------------------


def test_gelu_in_both_forms():
    """x * P(X <= x) of the normal distribution, from its tables: P(X <= 1) = 0.8413447, P(X <= -2) = 0.0227501."""
    values = np.array([0.0, 1.0, -2.0], "float32")
    np.testing.assert_allclose(layer_forward.gelu(values, "erf"), [0.0, 0.8413447, -0.0455003], atol=1e-6)
    # 0.5 * (1 + tanh(0.7978846 * 1.044715)) = 0.5 * (1 + tanh(0.8335623)) = 0.8411920
    np.testing.assert_allclose(layer_forward.gelu(values, "tanh")[1], 0.8411920, atol=1e-6)


def test_layer_norm_by_hand():
    """[1, 3] has mean 2 and variance 1; with epsilon 3 it is divided by 2."""
    rows, gamma, beta = (np.array(v, "float32") for v in ([[1, 3]], [2, 4], [10, 20]))
    np.testing.assert_allclose(layer_forward.layer_norm(rows, gamma, beta, 3.0), [[9.0, 22.0]], atol=1e-6)


@pytest.mark.parametrize("length", [1, 9, 16])
def test_outputs_equal_the_reference_at_any_length_in_a_graph(checkpoint, length):
    encoder = from_huggingface(checkpoint)
    spec = {name: tf.TensorSpec([None, None], tf.int32) for name in FEATURES}
    call = tf.function(lambda features: encoder(features, training=False), input_signature=[spec])
    features = bert_reference.batch(rows=3, length=length)
    wanted, layers = bert_reference.forward(WEIGHTS, features)
    outputs = call(features)
    np.testing.assert_allclose(outputs["pooled_output"], wanted, atol=1e-5)
    np.testing.assert_allclose(outputs["sequence_output"], layers[-1], atol=1e-5)


def test_padding_changes_nothing(checkpoint):
    encoder = from_huggingface(checkpoint)
    short = {name: values[3:, :3] for name, values in FEATURES.items()}  # the last row has no more than three tokens
    assert not FEATURES["input_mask"][3, 3:].any()
    np.testing.assert_allclose(pooled(encoder)[3:], pooled(encoder, features=short), atol=1e-6)


def test_xla_gives_the_same(checkpoint):
    encoder = from_huggingface(checkpoint)
    jitted = tf.function(lambda features: encoder(features, training=False), jit_compile=True)
    tensors = {name: tf.constant(values) for name, values in FEATURES.items()}
    np.testing.assert_allclose(jitted(tensors)["pooled_output"], pooled(encoder), atol=1e-6)


def test_gradients_equal_those_of_the_hub_graph(dict_encoder):
    """Of a sum over both outputs, so that every weight has one."""
    hub = HubEncoder(str(dict_encoder))
    ours = load_encoder(dict_encoder, native=True)
    features = bert_reference.batch(vocab_size=187, length=12)
    random = np.random.default_rng(3)
    sequence_part, pooled_part = (random.normal(size=shape).astype("float32") for shape in [(4, 12, 16), (4, 16)])
    found = {}
    for encoder in (hub, ours):
        with tf.GradientTape() as tape:
            outputs = encoder(features, training=False)
            loss = ops.sum(outputs["sequence_output"] * sequence_part) + ops.sum(outputs["pooled_output"] * pooled_part)
        weights = encoder.named_weights()
        gradients = tape.gradient(loss, [weight.value for weight in weights.values()])
        found[encoder] = dict(zip(weights, map(tf.convert_to_tensor, gradients), strict=True))
    assert set(found[hub]) == set(found[ours])
    for name, wanted in found[hub].items():
        largest = np.abs(wanted).max()
        np.testing.assert_allclose(found[ours][name], wanted, atol=1e-5 * max(1.0, largest), err_msg=name)
        # A key bias adds the same to all scores of a row, so its gradient is zero up to rounding.
        assert "key/bias" in name or largest > 1e-3, name


# Dropout and seeds -----------------------------------------------------------------------------------------------


def test_dropout_differs_from_call_to_call_and_not_from_run_to_run():
    one, two, other = tiny(seed=5), tiny(seed=5), tiny(seed=6)
    np.testing.assert_array_equal(pooled(one), pooled(two))
    assert np.abs(pooled(one) - pooled(other)).max() > 1e-3  # fresh weights are of the seed too
    first, second = pooled(one, training=True), pooled(one, training=True)
    assert np.abs(first - second).max() > 1e-3
    np.testing.assert_array_equal(pooled(two, training=True), first)
    np.testing.assert_array_equal(pooled(two, training=True), second)


@pytest.mark.parametrize("rate", ["dropout", "attention_dropout"])
def test_each_rate_has_its_effect(rate):
    rates = {"dropout": 0.0, "attention_dropout": 0.0, "initializer_range": 0.3}
    still = tiny(**rates, seed=5)
    np.testing.assert_allclose(pooled(still, training=True), pooled(still), atol=1e-6)
    dropping = tiny(**{**rates, rate: 0.5}, seed=5)
    assert np.abs(pooled(dropping, training=True) - pooled(still)).max() > 1e-3


def test_two_fits_with_one_seed_are_equal_to_the_bit():
    def fitted():
        keras.utils.set_random_seed(2)
        inputs = {name: keras.Input((None,), dtype="int32", name=name) for name in FEATURES}
        model = keras.Model(inputs, keras.layers.Dense(1)(tiny(seed=5, num_layers=1)(inputs)["pooled_output"]))
        model.compile("sgd", "mse", jit_compile=False)
        model.fit(FEATURES, np.arange(4.0), epochs=2, batch_size=2, verbose=0)
        return model.get_weights()

    one, two = fitted(), fitted()
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))


# Dtype policies --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("policy", "near"), [("mixed_bfloat16", 0.1), ("mixed_float16", 0.01)])
def test_a_mixed_policy_keeps_softmax_and_layer_norm_in_float32(checkpoint, monkeypatch, policy, near):
    computed = {"softmax": [], "rsqrt": [], "matmul": []}

    def watch(name):
        plain = getattr(ops, name)

        def watched(values, *args, **kwargs):
            computed[name].append(keras.backend.standardize_dtype(values.dtype))
            return plain(values, *args, **kwargs)

        monkeypatch.setattr(layer_forward.ops, name, watched)

    encoder = from_huggingface(checkpoint, dtype=policy)
    for name in computed:
        watch(name)
    outputs = encoder(FEATURES, training=False)
    compute = policy.removeprefix("mixed_")
    assert set(computed["softmax"]) == set(computed["rsqrt"]) == {"float32"}
    # In each layer six projections and two products of attention, and the pooler; the segment rows are float32.
    assert sorted(computed["matmul"]) == sorted([compute] * (2 * 8 + 1) + ["float32"])
    assert {weight.dtype for weight in encoder.weights} == {"float32"}
    assert outputs["pooled_output"].dtype.name == compute
    wanted, _ = bert_reference.forward(WEIGHTS, FEATURES)
    difference = np.abs(outputs["pooled_output"].numpy().astype("float32") - wanted).max()
    assert 1e-6 < difference < near


def test_layer_norm_weights_are_not_rounded_at_a_mixed_policy(monkeypatch):
    """Keras casts weights to the compute dtype when they are read in a layer's call; these are to stay as they are."""
    plain, seen = layer_forward.layer_norm, []

    def watched(rows, gamma, beta, epsilon):
        seen.extend(keras.backend.standardize_dtype(ops.add(weight, 0.0).dtype) for weight in (gamma, beta))
        return plain(rows, gamma, beta, epsilon)

    for module in (embedding_tables, layer_forward):
        monkeypatch.setattr(module, "layer_norm", watched)
    tiny(dtype="mixed_bfloat16")(FEATURES)
    assert seen == ["float32"] * 2 * 5  # after the embeddings, and two a layer


def test_a_row_of_padding_alone_is_finite_in_float16():
    features = {**FEATURES, "input_mask": np.zeros_like(FEATURES["input_mask"])}
    assert np.isfinite(pooled(tiny(dtype="mixed_float16"), features=features)).all()


# Arguments -------------------------------------------------------------------------------------------------------


def test_defaults_are_bert_base_uncased():
    """30,522 pieces, 12 layers, 768 wide, 12 heads: Devlin et al., section 3, and the published vocabulary."""
    defaults = {name: parameter.default for name, parameter in inspect.signature(BertEncoder).parameters.items()}
    wanted = {"vocab_size": 30522, "num_layers": 12, "hidden_size": 768, "num_heads": 12, "max_positions": 512}
    wanted |= {"type_vocab_size": 2, "dropout": 0.1, "attention_dropout": 0.1, "gelu": "tanh"}
    assert {name: defaults[name] for name in wanted} == wanted


def test_parameters_are_counted():
    """50 + 16 + 2 rows and a norm of 12; twice 4 * 12 * 13 + 12 * 20 + 20 + 20 * 12 + 12 + 4 * 12; and 12 * 13."""
    assert tiny().config.parameters == tiny().count_params() == (68 + 2) * 12 + 2 * 1184 + 156


def test_intermediate_size_is_four_times_the_width_unless_given():
    assert tiny(intermediate_size=None).config.intermediate_size == 48
    assert tiny(intermediate_size=7).config.intermediate_size == 7


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"num_heads": 5}, ValueError, r"`num_heads` must divide hidden_size=12. Received: num_heads=5"),
        ({"intermediate_size": 0}, ValueError, r"`intermediate_size` must be at least 1. Received: .*=0"),
        ({"num_layers": 2.0}, TypeError, r"`num_layers` must be an integer. Received: num_layers=2.0"),
        ({"vocab_size": 0}, ValueError, "`vocab_size` must be at least 1"),
        ({"type_vocab_size": -1}, ValueError, "`type_vocab_size` must be at least 0"),
        ({"embedding_size": 0}, ValueError, "`embedding_size` must be at least 1"),
        ({"share_layers": 1}, TypeError, "`share_layers` must be "),
        ({"pooler": None}, TypeError, "`pooler` must be "),
        ({"position_offset": -1}, ValueError, "`position_offset` must be at least 0"),
        ({"activation": "mish"}, ValueError, "`activation` must be one of 'gelu', 'relu', 'silu'"),
        ({"gelu": "exact"}, ValueError, r"`gelu` must be one of 'tanh', 'erf'. Received: gelu='exact'"),
        ({"dropout": 1.0}, ValueError, r"`dropout` must be a finite number between 0.0 and 0.999. Received: .*=1.0"),
        ({"attention_dropout": -0.1}, ValueError, "`attention_dropout` must be a finite number"),
        ({"layer_norm_epsilon": float("nan")}, ValueError, "`layer_norm_epsilon` must be a finite number"),
        ({"seed": 1.5}, TypeError, r"`seed` must be an integer. Received: seed=1.5"),
    ],
)
def test_bad_arguments(options, error, match):
    with pytest.raises(error, match=match):
        tiny(**options)


# Other backends --------------------------------------------------------------------------------------------------

# Keras' numpy backend takes a few functions (convolutions, Fourier transforms) from jax: a stand-in lets it be imported
# where jax is not installed. TensorFlow cannot be imported at all.


def test_it_runs_without_tensorflow_on_another_backend(checkpoint, tmp_path):
    encoder = from_huggingface(checkpoint)
    encoder.set_gelu("tanh")
    weights = {name: weight.numpy() for name, weight in encoder.named_weights().items()}
    np.savez(tmp_path / "weights_in.npz", **SMALL, **weights)
    np.savez(tmp_path / "features_in.npz", **FEATURES)
    (tmp_path / "run.py").write_text(WITHOUT_TENSORFLOW)
    paths = [str(tmp_path / name) for name in ("run.py", "weights_in.npz", "features_in.npz", "out.npz")]
    environment = {"KERAS_BACKEND": "numpy", "PYTHONPATH": str(ROOT), "PATH": "", "HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, *paths], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    found = np.load(tmp_path / "out.npz")
    outputs = encoder(FEATURES, training=False)
    np.testing.assert_allclose(found["pooled"], outputs["pooled_output"], atol=1e-5)
    np.testing.assert_allclose(found["sequence"], outputs["sequence_output"], atol=1e-5)


# The pooled output alone -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_the_pooled_output_alone_is_that_of_all_outputs(policy):
    encoder = tiny(dtype=policy, num_layers=3, dropout=0.0, attention_dropout=0.0)
    for training in (False, True):
        whole, alone = encoder(FEATURES, training=training), encoder(FEATURES, training=training, pooled_only=True)
        assert set(alone) == {"pooled_output"} and alone["pooled_output"].dtype == whole["pooled_output"].dtype
        gap = {"float32": 1e-6, "mixed_bfloat16": 0.02}[policy]
        np.testing.assert_allclose(*(o["pooled_output"].numpy().astype("float32") for o in (whole, alone)), atol=gap)


def test_the_last_layer_is_worked_out_for_the_first_tokens_alone(monkeypatch):
    shapes, plain = [], layer_forward.gelu
    monkeypatch.setattr(layer_forward, "gelu", lambda values, form: shapes.append(values.shape) or plain(values, form))
    encoder = tiny(num_layers=3)
    encoder(FEATURES, training=False, pooled_only=True)
    rows, tokens = FEATURES["input_mask"].shape
    assert [shape[0] for shape in shapes] == [rows * tokens, rows * tokens, rows]
