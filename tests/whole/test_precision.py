"""Precision through all layers: what is computed in which dtype, by models made by hand in a global policy."""

import numpy as np
import pytest
import questions
import tensorflow as tf
import tiny
import tuned

import bert_keras as bk
from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.hub_encoder import HubEncoder
from bert_keras.encoders.layers.dropout import DrawnSeed, dropout
from bert_keras.encoders.layers.layer_forward import layer_norm
from bert_keras.optimization.adamw import AdamW
from bert_keras.optimization.build_optimizer import build_optimizer
from bert_keras.optimization.loss_scale import LossScale
from bert_keras.optimization.recipe import Recipe
from bert_keras.question_answering.span_labeler import SpanLabeler
from bert_keras.text_classification.text_classifier import TextClassifier

HALVES = ["bfloat16", "float16"]
PRODUCTS = ("MatMul", "BatchMatMulV2", "BatchMatMul")


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return tuned.write_encoder(tmp_path_factory.mktemp("precision") / "encoder")


# What is computed in which dtype -------------------------------------------------------------------------------


def operations(model, gradient):
    """(type, dtype) of every operation of a forward pass, or of a training step's gradient, in TensorFlow's graph.

    Without the products by which the written gradient of a layer norm takes means: of one column, in float32.
    """
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
        if operation.outputs and not (operation.type == "MatMul" and operation.outputs[0].shape[-1] == 1)
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
        seed = DrawnSeed(np.array([3, 0], "uint32"))
        dtypes = (*HALVES, "float32")
        kept = [dropout(tf.constant(values, dtype), rate, seed).numpy().astype("float32") > 0 for dtype in dtypes]
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
