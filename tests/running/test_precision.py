"""Precision: what is computed in which dtype, runs in bfloat16 and float16, and what a fixed graph cannot do."""

import json
import pathlib

import keras
import numpy as np
import pytest
import questions
import tensorflow as tf
import tiny
import tuned

import bert_keras as bk
from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.hub_encoder import HubEncoder
from bert_keras.encoders.transformer_block import dropout, layer_norm
from bert_keras.optimization.adamw import AdamW, build_optimizer
from bert_keras.optimization.loss_scale import LossScale
from bert_keras.optimization.recipe import Recipe
from bert_keras.question_answering.span_labeler import SpanLabeler
from bert_keras.running import run_encoder
from bert_keras.running.export import export
from bert_keras.running.finetune import finetune
from bert_keras.text_classification.text_classifier import TextClassifier

HALVES = ["bfloat16", "float16"]
PRODUCTS = ("MatMul", "BatchMatMulV2", "BatchMatMul")


@pytest.fixture
def policy():
    """Sets Keras' global dtype policy for one test."""
    yield keras.config.set_dtype_policy
    keras.config.set_dtype_policy("float32")


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return tuned.write_encoder(tmp_path_factory.mktemp("precision") / "encoder")


@pytest.fixture(scope="module")
def no_bert(tmp_path_factory):
    """A text encoder that is no BERT: a table, whose rows are summed."""
    folder = tmp_path_factory.mktemp("no_bert") / "m"
    table = tf.Variable(np.ones((187, 6), "float32"), name="word_embeddings/embeddings")
    names = ("input_word_ids", "input_mask", "input_type_ids")
    specs = {name: tf.TensorSpec([None, None], tf.int32, name=name) for name in names}

    @tf.function(input_signature=[specs])
    def call(features):
        sequence = tf.gather(table, features["input_word_ids"])
        return {"pooled_output": sequence[:, 0], "sequence_output": sequence}

    module = tf.train.Checkpoint(table=table)
    module.__call__, module.variables, module.trainable_variables = call, [table], [table]
    tf.saved_model.save(module, str(folder))
    return folder


# What is computed in which dtype -------------------------------------------------------------------------------


def operations(model, gradient):
    """(type, dtype) of every operation of a forward pass, or of a training step's gradient, in TensorFlow's graph."""
    x, y = tiny.features(4), np.array([0, 1, 1, 0])

    @tf.function
    def run(features):
        with tf.GradientTape() as tape:
            outputs = model(features, training=gradient)
            loss = model.compute_loss(features, tf.constant(y), outputs, training=gradient)
        return [tf.convert_to_tensor(g) for g in tape.gradient(loss, model.trainable_weights)] if gradient else outputs

    graph = run.get_concrete_function({name: tf.constant(value) for name, value in x.items()}).graph
    graphs = [graph, *(function.graph for function in graph._functions.values() if hasattr(function, "graph"))]
    return [
        (operation.type, operation.outputs[0].dtype.name)
        for each in graphs
        for operation in each.get_operations()
        if operation.outputs
    ]


@pytest.mark.parametrize("name", HALVES)
@pytest.mark.parametrize("recompute", [False, True])
def test_products_are_in_half_precision_forward_and_back(name, recompute):
    encoder = tiny.native_encoder(dropout=0.1, num_layers=2, dtype=f"mixed_{name}", recompute=recompute)
    model = TextClassifier(encoder, seed=2)
    forward = operations(model, gradient=False)
    products = [dtype for kind, dtype in forward if kind in PRODUCTS]
    # The rows of the segment table and the head are float32; of a layer eight, and the pooler.
    assert products.count("float32") == 2 and products.count(name) == 2 * 8 + 1
    for kind in ("Softmax", "Rsqrt", "SparseSoftmaxCrossEntropyWithLogits"):
        found = {dtype for operation, dtype in operations(model, gradient=True) if operation == kind}
        assert found == {"float32"}, kind
    back = [dtype for kind, dtype in operations(model, gradient=True) if kind in PRODUCTS]
    assert back.count("float32") == 2 + 1 + 2  # forward, and back: to the segment table, the head's kernel and input
    assert back.count(name) >= 3 * (2 * 8 + 1)


@pytest.mark.parametrize("name", HALVES)
def test_layer_norm_of_values_whose_squares_float16_cannot_hold(name):
    rows = np.array([[3000.0, -2000.0, 500.0, 1.0]])
    found = layer_norm(tf.constant(rows, name), tf.ones(4), tf.zeros(4), 1e-12)
    wanted = (rows - rows.mean()) / rows.std()
    assert found.dtype.name == name
    np.testing.assert_allclose(found.numpy().astype("float64"), wanted, atol=0.01)


def test_dropout_in_bfloat16_drops_what_float32_drops():
    """Drawn in bfloat16, a rate of 0.001 would be 1/128."""
    values = np.ones((1000, 200), "float32")
    for rate in (0.001, 0.1):
        kept = [dropout(tf.constant(values, dtype), rate, 3).numpy().astype("float32") > 0 for dtype in HALVES]
        kept.append(keras.random.dropout(values, rate, seed=3).numpy() > 0)
        assert (kept[0] == kept[2]).all() and (kept[1] == kept[2]).all()
        assert 1 - kept[0].mean() == pytest.approx(rate, rel=0.2)


@pytest.mark.parametrize("name", HALVES)
@pytest.mark.parametrize("compiled", [True, False])
def test_recomputed_gradients_are_the_same(name, compiled):
    features = {name: tf.constant(value) for name, value in tiny.features().items()}

    def gradients(recompute):
        encoder = tiny.native_encoder(dropout=0.3, num_layers=2, recompute=recompute, dtype=f"mixed_{name}")

        def run():
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(tf.cast(encoder(features, training=True)["pooled_output"], "float32") ** 2)
            return [tf.convert_to_tensor(g) for g in tape.gradient(loss, encoder.trainable_weights)]

        return [value.numpy() for value in (tf.function(run) if compiled else run)()]

    kept, again = gradients(False), gradients(True)
    largest = max(np.abs(one).max() for one in kept)
    bits = {"bfloat16": 2.0**-7, "float16": 2.0**-10}[name]  # compiled, TensorFlow rounds in other places
    for one, other in zip(kept, again, strict=True):
        assert one.dtype == other.dtype == np.float32
        np.testing.assert_allclose(other, one, rtol=0, atol=2 * bits * largest)


def test_ids_that_come_as_floats_are_not_rounded(policy):
    policy("mixed_bfloat16")
    model = TextClassifier(
        BertEncoder(600, num_layers=1, hidden_size=16, num_heads=2, initializer_range=0.3, seed=1), seed=2
    )
    ids = np.arange(500, 532, dtype="int32").reshape(4, 8)  # bfloat16 has every fourth of them
    features = {"input_word_ids": ids, "input_mask": np.ones_like(ids), "input_type_ids": np.zeros_like(ids)}
    floats = {name: value.astype("float32") for name, value in features.items()}
    np.testing.assert_array_equal(model(floats).numpy(), model(features).numpy())


# Models made by hand -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HALVES)
def test_a_global_policy_and_bare_fit(encoder, policy, name):
    """The losses are those of float32 but for rounding, dropout included."""
    y, histories = np.array([1, 0, 1, 0]), []
    for chosen in ("float32", f"mixed_{name}"):
        policy(chosen)
        model = bk.TextClassifier(bk.load_encoder(encoder, native=True, seed=1), 2, seed=3)
        x = model.encoder.preprocessor(16)(["a good film", "a bad film", "great food", "poor food"])
        model.compile(build_optimizer(Recipe(learning_rate=1e-3)))
        histories.append(model.fit({n: v.numpy() for n, v in x.items()}, y, epochs=6, verbose=0).history["loss"])
    near = {"bfloat16": 0.05, "float16": 0.01}[name]
    assert histories[1] == pytest.approx(histories[0], rel=near) and histories[1] != histories[0]
    assert isinstance(model.optimizer, LossScale if name == "float16" else AdamW)
    assert int(model.optimizer.iterations.numpy()) == 6
    logits = model.predict(x, verbose=0)
    assert model(x).dtype == tf.float32 and logits.dtype == np.float32
    assert model.encoder(x)["pooled_output"].dtype.name == name
    assert {weight.dtype for weight in model.weights} == {"float32"}
    by_hand = np.mean(np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(4), y])
    assert model.evaluate(x, y, verbose=0)[0] == pytest.approx(
        by_hand, rel=1e-3
    )  # another graph rounds in other places


def test_a_hub_graph_says_that_it_stays_in_float32(encoder, policy):
    policy("mixed_bfloat16")
    with pytest.warns(UserWarning, match=r"computes in float32, in spite of the dtype policy 'mixed_bfloat16'.*native"):
        bk.load_encoder(encoder)
    policy("float32")
    with pytest.warns(UserWarning, match="in spite of the dtype policy 'mixed_float16'"):
        HubEncoder(str(encoder), dtype="mixed_float16")
    with pytest.raises(TypeError, match="`dtype` must be passed with native=True only"):
        bk.load_encoder(encoder, dtype="mixed_bfloat16")


@pytest.mark.parametrize("name", HALVES)
def test_spans(tmp_path, name):
    encoder = questions.encoder(tmp_path, dtype=f"mixed_{name}")
    model, data = questions.with_random_head(encoder), questions.question_data(encoder)
    model.fit(data.train, verbose=0)
    outputs = model(tiny.features(3))
    assert {values.dtype for values in outputs.values()} == {tf.float32} and isinstance(model, SpanLabeler)
    assert encoder(tiny.features(3))["sequence_output"].dtype.name == name
    assert 0 <= bk.evaluate(model, data)["f1"] <= 100


def test_xla_in_bfloat16():
    def losses(jit_compile):
        model = TextClassifier(tiny.native_encoder(dtype="mixed_bfloat16"), seed=2, dropout=0.0)
        model.compile(build_optimizer(Recipe(learning_rate=1e-3)), jit_compile=jit_compile)
        return model.fit(tiny.features(), np.arange(16) % 2, batch_size=8, epochs=3, verbose=0).history["loss"]

    assert losses(True) == pytest.approx(losses(False), rel=5e-3)


# Runs ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HALVES)
def test_a_run_switches_to_the_native_encoder_and_says_so(encoder, tmp_path, name):
    lines = []
    recipe = Recipe(epochs=2, batch_size=16, learning_rate=1e-3, seq_length=32, precision=name)
    result = tuned.run(encoder, tmp_path / "out", native=False, recipe=recipe, say=lines.append)
    said = f"precision {name}: trains the native encoder, as the hub's graph computes in float32 alone"
    assert lines.count(said) == 1
    assert f"scores are those in {name}; the model folder computes in float32" in lines
    assert ("loss scale 32768: 0 of 4 steps were skipped, whose gradients overflowed" in lines) == (name == "float16")
    config = json.loads((tmp_path / "out" / "config.json").read_text())
    assert config["native"] is True and config["recipe"]["precision"] == config["metrics_precision"] == name
    assert isinstance(result.model.encoder, BertEncoder) and result.model.encoder.compute_dtype == name
    written = tuned.weights_of(tmp_path / "out")
    assert {value.dtype.name for value in written.values() if value.dtype.kind == "f"} == {"float32"}
    texts = ["a very good film", "not the best food", "who was it?"]
    predictor = bk.load(tmp_path / "out")
    half = result.model(result.model.encoder.preprocessor(32)(texts)).numpy()
    difference = np.abs(predictor.logits(texts) - half).max()
    assert 0 < difference < {"bfloat16": 0.05, "float16": 0.005}[name]
    served = tf.saved_model.load(export(tmp_path / "out", tmp_path / "served")).signatures["serving_default"]
    probabilities = keras.ops.softmax(predictor.logits(texts)).numpy()
    np.testing.assert_allclose(served(text=tf.constant(texts))["probabilities"], probabilities, atol=1e-6)


class Stop(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            raise KeyboardInterrupt


@pytest.mark.parametrize("name", HALVES)
def test_a_resumed_run_equals_an_unbroken_one_to_the_bit(encoder, tmp_path, name):
    recipe = Recipe(epochs=2, batch_size=16, learning_rate=1e-3, seq_length=32, precision=name)
    tuned.run(encoder, tmp_path / "whole", recipe=recipe)
    with pytest.raises(KeyboardInterrupt):
        tuned.run(encoder, tmp_path / "broken", recipe=recipe, callbacks=[Stop()])
    with pytest.raises(ValueError, match="`precision` must stay the same when a run is resumed"):
        tuned.run(encoder, tmp_path / "broken", recipe=tuned.RECIPE, resume=True)
    tuned.run(encoder, tmp_path / "broken", recipe=recipe, resume=True)
    assert tuned.same_weights(tmp_path / "whole", tmp_path / "broken")


def test_a_run_takes_the_precision_of_a_global_policy(encoder, tmp_path, policy):
    policy("mixed_bfloat16")
    lines = []
    result = tuned.run(encoder, tmp_path / "out", native=False, say=lines.append)
    assert any(line.startswith("precision bfloat16: trains the native encoder") for line in lines)
    assert result.model.encoder.compute_dtype == "bfloat16"
    assert json.loads((tmp_path / "out" / "config.json").read_text())["recipe"]["precision"] == "bfloat16"
    with pytest.raises(ValueError, match=r"`precision` must be 'bfloat16', as Keras' dtype policy is 'mixed_bfloat16'"):
        tuned.run(encoder, tmp_path / "other", recipe=Recipe(precision="float16"))
    policy("bfloat16")
    with pytest.raises(ValueError, match="`dtype_policy` must be one of float32, mixed_bfloat16, mixed_float16"):
        tuned.run(encoder, tmp_path / "other")


def test_float32_is_as_before(encoder, tmp_path):
    lines = []
    result = tuned.run(encoder, tmp_path / "out", native=False, say=lines.append)
    assert isinstance(result.model.encoder, HubEncoder)
    assert not [
        line for line in lines if line.startswith(("precision", "scores are", "loss scale", "float16", "this CPU"))
    ]
    assert json.loads((tmp_path / "out" / "config.json").read_text())["native"] is False


@pytest.mark.parametrize("name", HALVES)
def test_an_encoder_without_a_native_form_is_refused(no_bert, tmp_path, name):
    match = r"`precision` must be 'float32' for '.*', whose graph computes in that alone.*no native form.*num_layers"
    with pytest.raises(ValueError, match=match) as error:
        finetune("samples/reviews", no_bert, tmp_path / "out", recipe=Recipe(precision=name))
    assert "native=True" not in str(error.value) and not (tmp_path / "out").exists()
    with pytest.raises(ValueError, match="must name a BERT encoder for native=True"):
        finetune("samples/reviews", no_bert, tmp_path / "out", recipe=Recipe(precision=name), native=True)
    with pytest.raises(ValueError, match="There is no folder or archive of that name"):
        finetune("samples/reviews", "no_such_encoder", tmp_path / "out", recipe=Recipe(precision=name))


def test_recompute_goes_with_a_precision_that_takes_the_native_encoder(encoder, tmp_path):
    recipe = Recipe(epochs=1, batch_size=16, seq_length=32, precision="bfloat16", recompute=True)
    result = tuned.run(encoder, tmp_path / "out", native=False, recipe=recipe)
    assert result.model.encoder.recompute and result.model.encoder.compute_dtype == "bfloat16"


def test_the_command_line(command, encoder, tmp_path):
    arguments = ("--encoder", encoder, "--epochs", 1, "--limit", 16, "--seq-length", 32, "--precision")
    status, out, err = command("finetune", "samples/reviews", "--out", tmp_path / "out", *arguments, "bfloat16")
    assert status == 0, err
    assert "precision bfloat16: trains the native encoder" in out
    status, _, err = command("finetune", "samples/reviews", "--out", tmp_path / "other", *arguments, "bfloat")
    assert status == 1 and "`precision` must be one of" in err and "Did you mean 'bfloat16'" in err


@pytest.mark.parametrize(
    ("flags", "name", "said"),
    [
        ("fpu avx2 fma", "bfloat16", "this CPU has no instructions for bfloat16: float32 is faster here"),
        ("fpu avx512_bf16", "bfloat16", None),
        (None, "bfloat16", None),
        ("fpu avx512_bf16", "float16", "float16 on a CPU takes longer than float32: it is meant for GPUs"),
    ],
)
def test_what_is_slow_here_is_said(tmp_path, monkeypatch, flags, name, said):
    path = tmp_path / "cpuinfo"
    if flags is not None:
        path.write_text(f"flags : {flags}\n")
    monkeypatch.setattr(run_encoder, "_CPU_INFO", pathlib.Path(path))
    assert run_encoder.slow_devices(name) == said
