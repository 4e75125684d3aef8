"""LoRA: the numbers of a NumPy BERT with larger kernels, gradients by hand, training, merging, and what is refused."""

import subprocess
import sys

import bert_reference
import keras
import numpy as np
import pytest
import questions
import tensorflow as tf
import tiny
from encoders import VOCABULARY
from paths import ROOT
from without_tensorflow import WITHOUT_TENSORFLOW

from bert_keras.encoders.huggingface.from_huggingface import from_huggingface
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.encoders.lora_adapter import MATRICES, LoraAdapter
from bert_keras.encoders.save_encoder import _save_from_elsewhere, save_encoder
from bert_keras.optimization.build_optimizer import build_optimizer
from bert_keras.optimization.recipe import Recipe
from bert_keras.question_answering.span_labeler import SpanLabeler
from bert_keras.text_classification.text_classifier import TextClassifier

FEATURES = bert_reference.batch()
# Hugging Face's names within a layer of what `matrices` lists.
REFERENCE = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "attention_output": "attention.output.dense",
    "intermediate": "intermediate.dense",
    "output": "output.dense",
}


def with_random_adapters(encoder, rank=3, alpha=6.0, matrices="all", seed=7):
    """Adapters none of whose numbers is zero; returns them by name."""
    encoder.add_lora(rank, alpha, matrices)
    random = np.random.default_rng(seed)
    for weight in encoder.lora_weights().values():
        weight.assign(random.normal(0, 0.3, weight.shape))
    return {name: weight.numpy() for name, weight in encoder.lora_weights().items()}


def outputs_of(encoder, features=None, **options):
    outputs = encoder(tiny.features() if features is None else features, **options)
    return [tf.cast(outputs[name], tf.float32).numpy() for name in ("pooled_output", "sequence_output")]


# Numbers ---------------------------------------------------------------------------------------------------------


def test_new_adapters_change_nothing():
    encoder = tiny.native_encoder(num_layers=2)
    before = outputs_of(encoder)
    assert encoder.add_lora(4, matrices="all") == 2 * 6 * 2
    for one, other in zip(before, outputs_of(encoder), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("matrices", [*MATRICES, "query,value", "all"])
def test_outputs_are_those_of_a_numpy_bert_with_a_b_added_to_its_kernels(tmp_path, matrices):
    weights = bert_reference.random_weights()
    encoder = from_huggingface(bert_reference.write_checkpoint(tmp_path / "hf", weights))
    plain = outputs_of(encoder, FEATURES)[1]
    adapters = with_random_adapters(encoder, 3, 6.0, matrices)
    named = list(MATRICES) if matrices == "all" else matrices.split(",")
    assert len(adapters) == 2 * 2 * len(named)
    for layer in range(2):
        for matrix in named:
            place = f"transformer/layer_{layer}/{MATRICES[matrix].replace('.', '/')}"
            a, b = adapters[f"{place}/lora_a"], adapters[f"{place}/lora_b"]
            assert a.shape[1] == b.shape[0] == 3
            weights[f"encoder.layer.{layer}.{REFERENCE[matrix]}.weight"] += 2.0 * (a @ b).T  # alpha / rank = 2
    pooled, layers = bert_reference.forward(weights, FEATURES)
    found = outputs_of(encoder, FEATURES)
    assert np.abs(found[1] - plain).max() > 0.1
    np.testing.assert_allclose(found[0], pooled, atol=1e-5)
    np.testing.assert_allclose(found[1], layers[-1], atol=2e-5)
    encoder.merge_lora()
    np.testing.assert_allclose(outputs_of(encoder, FEATURES)[1], layers[-1], atol=2e-5)


def test_gradients_follow_from_those_of_the_kernel():
    """With W' = W + A B s and G the gradient of W': that of A is s G B^T, that of B is s A^T G."""
    merged, encoder = tiny.native_encoder(), tiny.native_encoder()
    adapters = with_random_adapters(encoder)
    with_random_adapters(merged)
    merged.merge_lora()

    def gradients(of):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(of(tiny.features())["sequence_output"] ** 3)
        named = {name: weight for name, weight in of.tunable_weights().items() if weight.trainable}
        return dict(zip(named, tape.gradient(loss, [weight.value for weight in named.values()]), strict=True))

    found, whole = gradients(encoder), gradients(merged)
    assert set(found) == set(adapters)
    for name in MATRICES.values():
        place = f"transformer/layer_0/{name.replace('.', '/')}"
        a, b = adapters[f"{place}/lora_a"], adapters[f"{place}/lora_b"]
        kernel = whole[f"{place}/kernel"].numpy().reshape(len(a), -1)
        size = np.abs(kernel).max()
        np.testing.assert_allclose(found[f"{place}/lora_a"], 2.0 * kernel @ b.T, rtol=1e-4, atol=1e-5 * size)
        np.testing.assert_allclose(found[f"{place}/lora_b"], 2.0 * a.T @ kernel, rtol=1e-4, atol=1e-5 * size)


def test_a_is_uniform_within_one_over_the_root_of_its_rows_and_b_zero():
    adapter = LoraAdapter(400, 30, 50, 16.0, 3)
    a = adapter.lora_a.numpy()
    assert a.shape == (400, 50) and 0.0499 < np.abs(a).max() <= 0.05
    np.testing.assert_allclose([a.mean(), a.std()], [0, 0.05 / 3**0.5], atol=5e-4)
    assert adapter.lora_b.shape == (50, 30) and not adapter.lora_b.numpy().any()


def test_every_a_is_another_and_the_seed_decides_all_of_them():
    one, same, other = (tiny.native_encoder(num_layers=2, seed=seed) for seed in (1, 1, 2))
    for encoder in (one, same, other):
        encoder.add_lora(2)
    first = {name: w.numpy() for name, w in one.lora_weights().items() if name.endswith("lora_a")}
    assert len({values.tobytes() for values in first.values()}) == 4
    for name, values in first.items():
        assert (same.lora_weights()[name].numpy() == values).all()
        assert not (other.lora_weights()[name].numpy() == values).any()


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_at_a_mixed_policy_adapters_are_float32_and_products_are_not(policy):
    encoder, plain = tiny.native_encoder(dtype=policy), tiny.native_encoder()
    adapters, _ = with_random_adapters(encoder), with_random_adapters(plain)
    assert {values.dtype for values in adapters.values()} == {np.dtype("float32")}
    assert encoder(tiny.features())["sequence_output"].dtype == tf.as_dtype(policy.removeprefix("mixed_"))
    wanted = outputs_of(plain)[1]
    assert 1e-5 < np.abs(outputs_of(encoder)[1] - wanted).max() < 0.3
    encoder.merge_lora()
    np.testing.assert_allclose(outputs_of(encoder)[1], wanted, atol=0.3)


def test_it_runs_without_tensorflow_on_another_backend(tmp_path):
    encoder = tiny.native_encoder()
    with_random_adapters(encoder)
    code = (
        WITHOUT_TENSORFLOW.partition("weights, features")[0]
        + """
encoder = BertEncoder(int(sys.argv[3]), 1, 16, 2, 32, 64)
encoder.add_lora(3, 6.0, "all")
weights = dict(np.load(sys.argv[1]))
for name, weight in encoder.tunable_weights().items():
    weight.assign(weights.pop(name))
assert not weights
features = dict(np.load(sys.argv[2]))
split = encoder(features)["sequence_output"]
encoder.merge_lora()
np.savez(sys.argv[4], split=split, merged=encoder(features)["sequence_output"])
"""
    )
    (tmp_path / "run.py").write_text(code)
    np.savez(tmp_path / "weights.npz", **{name: w.numpy() for name, w in encoder.tunable_weights().items()})
    np.savez(tmp_path / "features.npz", **tiny.features())
    arguments = [tmp_path / "run.py", tmp_path / "weights.npz", tmp_path / "features.npz", len(VOCABULARY)]
    root = ROOT
    environment = {"KERAS_BACKEND": "numpy", "PYTHONPATH": str(root), "PATH": "", "HOME": str(tmp_path)}
    command = [sys.executable, *map(str, arguments), str(tmp_path / "out.npz")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    found, wanted = np.load(tmp_path / "out.npz"), outputs_of(encoder)[1]
    np.testing.assert_allclose(found["split"], wanted, atol=1e-5)
    np.testing.assert_allclose(found["merged"], wanted, atol=1e-5)


# Merging and saving ----------------------------------------------------------------------------------------------


def test_merging_leaves_a_plain_encoder_with_equal_outputs():
    encoder, plain = tiny.native_encoder(num_layers=2), tiny.native_encoder(num_layers=2)
    with_random_adapters(encoder)
    wanted = outputs_of(encoder)
    assert np.abs(wanted[1] - outputs_of(plain)[1]).max() > 0.1
    encoder.merge_lora()
    for one, other in zip(wanted, outputs_of(encoder), strict=True):
        np.testing.assert_allclose(other, one, atol=1e-5)
    assert encoder.lora is None and encoder.lora_weights() == {}
    assert encoder.get_config() == plain.get_config() | {"name": encoder.name}
    assert len(encoder.trainable_weights) == len(plain.trainable_weights) == len(encoder.weights)
    assert encoder.add_lora(2) == 8  # it can have others


def test_what_is_written_is_merged_and_the_encoder_stays_as_it_is(tmp_path):
    encoder = questions.encoder(tmp_path, num_layers=2)
    adapters = with_random_adapters(encoder)
    folder = save_encoder(encoder, tmp_path / "encoder")
    assert {name: values.tolist() for name, values in adapters.items()} == {
        name: weight.numpy().tolist() for name, weight in encoder.lora_weights().items()
    }
    for native in (False, True):
        loaded = load_encoder(folder, native=native)
        assert list(loaded.named_weights()) == list(encoder.named_weights())
        for one, other in zip(outputs_of(encoder), outputs_of(loaded), strict=True):
            np.testing.assert_allclose(other, one, atol=1e-5)


def test_what_a_second_python_writes_is_merged_too(tmp_path):
    # The way of the other backends: the weights go through a file to a Python on TensorFlow.
    encoder = questions.encoder(tmp_path, num_layers=2)
    with_random_adapters(encoder)
    loaded = load_encoder(_save_from_elsewhere(encoder, tmp_path / "encoder"), native=True)
    for one, other in zip(outputs_of(encoder), outputs_of(loaded), strict=True):
        np.testing.assert_allclose(other, one, atol=1e-5)


def test_a_config_of_a_frozen_encoder_brings_the_adapters_too():
    encoder = tiny.native_encoder()
    encoder.add_lora(3)
    encoder.trainable = False
    again = type(encoder).from_config(encoder.get_config())
    assert again.lora == encoder.lora and again.trainable is False and again.trainable_weights == []
    assert again.get_config() == encoder.get_config()


def test_a_keras_file_brings_adapters_optimizer_and_what_was_frozen(tmp_path):
    model = TextClassifier(tiny.native_encoder(num_layers=2), dropout=0.0, seed=2)
    model.encoder.add_lora(3, 6.0, "query,output")
    model.encoder.freeze("0")
    model.fit(tiny.features(), np.arange(16) % 2, batch_size=8, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert again.encoder.lora == {"rank": 3, "alpha": 6.0, "matrices": "query,output"}
    np.testing.assert_array_equal(again(tiny.features()), model(tiny.features()))
    kept = [name for name, weight in again.encoder.tunable_weights().items() if weight.trainable]
    assert kept == [name for name in model.encoder.lora_weights() if "layer_1" in name] and len(kept) == 4
    for one, other in zip(model.optimizer.variables, again.optimizer.variables, strict=True):
        np.testing.assert_array_equal(other.numpy(), one.numpy())
    for each in (model, again):
        each.fit(tiny.features(), np.arange(16) % 2, batch_size=8, shuffle=False, verbose=0)
    np.testing.assert_array_equal(again(tiny.features()), model(tiny.features()))


# Training --------------------------------------------------------------------------------------------------------

RECIPE = Recipe(learning_rate=1e-2, adam_epsilon=1e-3)


def trained(kind=TextClassifier, strategy=None, dropout=0.0, recompute=False, **options):
    with (strategy or tf.distribute.get_strategy()).scope():
        encoder = tiny.native_encoder(dropout=dropout, recompute=recompute)
        encoder.add_lora(4)
        model = kind(encoder, seed=2, **({"dropout": 0.0} if kind is TextClassifier else {}))
        model.compile(build_optimizer(RECIPE), **options)
    labels = np.arange(16) % 2 if kind is TextClassifier else {n: np.arange(16) % 9 for n in model.default_loss()}
    model.fit(tf.data.Dataset.from_tensor_slices((tiny.features(), labels)).batch(8), epochs=2, verbose=0)
    return model


@pytest.mark.parametrize("kind", [TextClassifier, SpanLabeler])
def test_adapters_and_head_are_trained_and_nothing_else(kind):
    model = trained(kind)
    start = tiny.native_encoder().named_weights()
    for name, weight in model.encoder.named_weights().items():
        assert (weight.numpy() == start[name].numpy()).all(), name
    adapters = model.encoder.lora_weights()
    assert all(weight.numpy().any() for weight in adapters.values()) and len(adapters) == 2 * 2
    # Query and value of a layer: A [16, 4] and B [4, 16]; the head's [16, 2] and [2].
    numbers = 2 * (16 * 4 + 4 * 16) + 16 * 2 + 2
    assert sum(int(np.prod(weight.shape)) for weight in model.trainable_weights) == numbers
    # Two moments of each number, and the optimizer's iterations and learning rate.
    held = [int(np.prod(variable.shape)) for variable in model.optimizer.variables]
    assert 2 * numbers < sum(held) <= 2 * numbers + 2


@pytest.mark.parametrize("dropout", [0.0, 0.2])
def test_recomputing_and_xla_train_the_same(dropout):
    wanted = trained(dropout=dropout).weights
    other = {"recompute": True} if dropout else {"jit_compile": True}  # XLA draws other random numbers
    for weight, found in zip(wanted, trained(dropout=dropout, **other).weights, strict=True):
        np.testing.assert_allclose(found.numpy(), weight.numpy(), rtol=0, atol=1e-5)


@pytest.mark.parametrize(("micro_batches", "recompute"), [(1, False), (2, True)])
def test_two_replicas_and_micro_batches_train_the_same(micro_batches, recompute):
    devices = [device.name for device in tf.config.list_logical_devices("CPU")][:2]

    def two():
        return tf.distribute.MirroredStrategy(devices, tf.distribute.ReductionToOneDevice())

    wanted = trained(strategy=tf.distribute.OneDeviceStrategy(devices[0]))
    assert all(weight.numpy().any() for weight in wanted.encoder.lora_weights().values())
    found = trained(strategy=two(), micro_batches=micro_batches, recompute=recompute)
    for one, other in zip(wanted.weights, found.weights, strict=True):
        np.testing.assert_allclose(other.numpy(), one.numpy(), rtol=0, atol=1e-6)


def kernel_products(tune, recompute):
    """How many matrix products with a kernel's shape, or its transpose, the gradients need."""
    encoder = tiny.native_encoder(recompute=recompute)  # kernels [16, 16], [16, 32], [32, 16]
    tune(encoder)
    features = tiny.features(rows=3, length=5)  # 15 rows; heads of 8, positions of 5

    @tf.function
    def gradients():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(encoder(features, training=True)["sequence_output"] ** 3)
        return tape.gradient(loss, [weight.value for weight in encoder.trainable_weights if "pool" not in weight.name])

    graph = gradients.get_concrete_function().graph
    needed, waiting = set(), [output.op for output in graph.outputs]
    while waiting:
        operation = waiting.pop()
        if operation.name not in needed:
            needed.add(operation.name)
            waiting += [tensor.op for tensor in operation.inputs] + list(operation.control_inputs)
    operations = [graph.get_operation_by_name(name) for name in needed]
    for operation in list(operations):  # a written gradient is a graph of its own
        if operation.type.endswith("PartitionedCall"):
            operations += graph._get_function(operation.get_attr("f").name).graph.get_operations()
    shapes = [operation.outputs[0].shape.as_list() for operation in operations if "MatMul" in operation.type]
    return sum(shape in ([16, 16], [16, 32], [32, 16]) for shape in shapes)


@pytest.mark.parametrize("recompute", [False, True])
def test_no_gradient_of_a_frozen_kernel_is_worked_out(recompute):
    assert kernel_products(lambda encoder: None, recompute) == 6
    assert kernel_products(lambda encoder: encoder.add_lora(3, matrices="all"), recompute) == 0
    assert kernel_products(lambda encoder: encoder.train_only("bias", "beta"), recompute) == 0


def test_adapters_of_frozen_layers_stay_as_they_are():
    encoder = tiny.native_encoder(num_layers=3)
    encoder.add_lora(2)
    assert encoder.freeze("0-1") == 2 * (16 + 4)
    assert len(encoder.trainable_weights) == 4
    encoder.freeze("lora_a")
    assert [weight.name for weight in encoder.trainable_weights] == ["lora_b", "lora_b"]


# What is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"rank": 0}, ValueError, r"`rank` must be between 1 and 16, the encoder's width. Received: rank=0"),
        ({"rank": 17}, ValueError, r"`rank` must be between 1 and 16"),
        ({"rank": 2.0}, TypeError, r"`rank` must be an integer"),
        ({"alpha": 0}, ValueError, r"`alpha` must be above 0. Received: alpha=0"),
        ({"alpha": float("inf")}, ValueError, r"`alpha` must be a finite number"),
        ({"matrices": "query,valu"}, ValueError, r"`matrices` must be 'all', or some of query, key.*mean 'value'"),
        ({"matrices": ""}, ValueError, r"`matrices` must be 'all', or some of query"),
        ({"matrices": ["query"]}, TypeError, r"`matrices` must be a str"),
    ],
)
def test_bad_arguments(options, error, match):
    encoder = tiny.native_encoder()
    with pytest.raises(error, match=match):
        encoder.add_lora(**options)
    assert encoder.lora is None and len(encoder.trainable_weights) == len(encoder.weights)


def test_adapters_are_added_once_to_what_is_trained():
    encoder = tiny.native_encoder()
    with pytest.raises(ValueError, match=r"`encoder` must have adapters of LoRA, to merge them"):
        encoder.merge_lora()
    encoder.add_lora(2)
    with pytest.raises(ValueError, match=r"`encoder` must have no adapters of LoRA yet.*encoder.merge_lora\(\)"):
        encoder.add_lora(2)
    with pytest.raises(ValueError, match=r"`encoder` must be trainable, for its adapters to be trained"):
        tiny.native_encoder(trainable=False).add_lora(2)
