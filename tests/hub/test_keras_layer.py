"""`bk.hub.KerasLayer`: adopted variables train, freeze, save, reload and distribute like any Keras weights."""

import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from bert_keras.hub import keras_layer
from bert_keras.hub.keras_layer import KerasLayer

VARIABLES = 39  # 5 + 16 * 2 layers + 2, the count of hub-contract.md


def batch(rows=8, length=12, seed=0, vocabulary=100):
    random = np.random.default_rng(seed)
    ids = random.integers(6, vocabulary, (rows, length)).astype("int32")
    mask = np.ones_like(ids)
    mask[rows // 2 :, length - 4 :] = 0
    return {"input_word_ids": ids, "input_mask": mask, "input_type_ids": np.zeros_like(ids)}


def labels(rows=8):
    return (np.arange(rows) % 2).astype("int32")


def functional(layer, dropout=0.0):
    inputs = {name: keras.Input((None,), dtype="int32", name=name) for name in batch()}
    hidden = keras.layers.Dropout(dropout)(layer(inputs)["pooled_output"])
    return keras.Model(
        inputs, keras.layers.Dense(2, kernel_initializer=keras.initializers.RandomNormal(seed=3))(hidden)
    )


def compiled(model, jit=False, rate=0.1):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(rate), loss, jit_compile=jit)
    return model


def changed(before, model):
    return sum(bool(np.any(a != v.numpy())) for a, v in zip(before, model.trainable_variables, strict=True))


class OldStyle(keras.Model):
    """How notebooks of TF 2.x write it: list inputs, a list out, dropout and a sigmoid."""

    def __init__(self, handle):
        super().__init__()
        self.bert_layer = KerasLayer(handle, trainable=True)
        self.dropout = keras.layers.Dropout(0.1)
        self.dense = keras.layers.Dense(1, activation="sigmoid")

    def call(self, inputs, training=None):
        ids, mask, segment_ids = inputs
        pooled, _ = self.bert_layer([ids, mask, segment_ids], training=training)
        return self.dense(self.dropout(pooled, training=training))


def test_a_functional_model_trains_every_variable(dict_encoder):
    model = compiled(functional(KerasLayer(str(dict_encoder), trainable=True)))
    assert len(model.trainable_variables) == VARIABLES + 2
    before = [v.numpy() for v in model.trainable_variables]
    model.fit(batch(), labels(), epochs=2, verbose=0)
    unchanged = [v.path for b, v in zip(before, model.trainable_variables, strict=True) if np.all(b == v.numpy())]
    # A key bias adds the same to all scores of a row, so its gradient is zero up to rounding.
    assert [path for path in unchanged if "key.bias" not in path] == []


def test_a_subclassed_model_of_the_old_style_trains_every_variable(list_encoder):
    model = OldStyle(str(list_encoder))
    model.compile(keras.optimizers.Adam(1e-3), keras.losses.BinaryCrossentropy(), jit_compile=False)
    features = batch()
    inputs = [features["input_word_ids"], features["input_mask"], features["input_type_ids"]]
    model(inputs)
    assert len(model.trainable_variables) == VARIABLES + 2
    before = [v.numpy() for v in model.trainable_variables]
    model.fit(inputs, labels().astype("float32"), epochs=2, verbose=0)
    assert changed(before, model) == VARIABLES + 2


def test_a_sequential_model_trains_every_variable(dict_encoder):
    pooled = keras.layers.Lambda(lambda outputs: outputs["pooled_output"])
    model = compiled(keras.Sequential([KerasLayer(str(dict_encoder), trainable=True), pooled, keras.layers.Dense(2)]))
    model(batch())
    assert len(model.trainable_variables) == VARIABLES + 2
    before = [v.numpy() for v in model.trainable_variables]
    model.fit(batch(), labels(), epochs=2, verbose=0)
    assert changed(before, model) >= VARIABLES


def test_training_equals_tf_keras_with_tensorflow_hub(dict_encoder, tmp_path):
    """Three SGD steps on the same weights: the reference is tensorflow_hub.KerasLayer under tf_keras."""
    script = tmp_path / "reference.py"
    script.write_text(
        """
import sys
import numpy as np, tensorflow as tf, tensorflow_hub as hub, tf_keras
folder, data, out = sys.argv[1:]
arrays = dict(np.load(data))
names = ["input_word_ids", "input_mask", "input_type_ids"]
inputs = {n: tf_keras.Input((None,), dtype=tf.int32, name=n) for n in names}
layer = hub.KerasLayer(folder, trainable=True)
pooled = layer(inputs, training=False)["pooled_output"]
dense = tf_keras.layers.Dense(2)
model = tf_keras.Model(inputs, dense(pooled))
dense.set_weights([arrays["kernel"], arrays["bias"]])
optimizer = tf_keras.optimizers.SGD(0.1)
loss = tf_keras.losses.SparseCategoricalCrossentropy(from_logits=True)
for _ in range(3):
    with tf.GradientTape() as tape:
        value = loss(arrays["labels"], model({n: arrays[n] for n in names}, training=False))
    optimizer.apply_gradients(zip(tape.gradient(value, model.trainable_variables), model.trainable_variables))
np.savez(out, *[v.numpy() for v in layer.trainable_variables])
"""
    )
    layer = KerasLayer(str(dict_encoder), trainable=True)
    model = functional(layer)
    dense = model.layers[-1]
    arrays = {**batch(), "labels": labels(), "kernel": dense.kernel.numpy(), "bias": dense.bias.numpy()}
    np.savez(tmp_path / "data.npz", **arrays)
    command = [sys.executable, str(script), str(dict_encoder), str(tmp_path / "data.npz"), str(tmp_path / "out.npz")]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    optimizer = keras.optimizers.SGD(0.1)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    for _ in range(3):
        with tf.GradientTape() as tape:
            value = loss(labels(), model(batch(), training=False))
        gradients = tape.gradient(value, [v.value for v in model.trainable_variables])
        optimizer.apply(gradients, model.trainable_variables)
    reference = np.load(tmp_path / "out.npz")
    for name, weight in zip(reference.files, layer.trainable_variables, strict=True):
        np.testing.assert_allclose(weight.numpy(), reference[name], atol=1e-6, err_msg=weight.path)


def test_single_variables_are_frozen_by_name(dict_encoder):
    layer = KerasLayer(str(dict_encoder), trainable=True)
    assert layer.freeze("embeddings", "transformer/layer_0") == 5 + 16
    model = compiled(functional(layer))
    before = {v.path: v.numpy() for v in layer.weights}
    model.fit(batch(), labels(), verbose=0)
    moved = {v.path for v in layer.weights if np.any(before[v.path] != v.numpy())}
    assert moved and not [path for path in moved if "embeddings" in path or "layer_0" in path]
    with pytest.raises(ValueError, match=r"must match variables .*layer_7"):
        layer.freeze("layer_7")


def test_a_frozen_layer_runs_without_dropout(dict_encoder):
    trainable, frozen = (KerasLayer(str(dict_encoder), trainable=t) for t in (True, False))
    still = frozen(batch(), training=False)["pooled_output"].numpy()
    np.testing.assert_array_equal(frozen(batch(), training=True)["pooled_output"].numpy(), still)
    assert np.abs(trainable(batch(), training=True)["pooled_output"].numpy() - still).max() > 1e-3
    trainable.trainable = False
    np.testing.assert_array_equal(trainable(batch(), training=True)["pooled_output"].numpy(), still)
    model = compiled(functional(frozen))
    before = [v.numpy() for v in frozen.weights]
    model.fit(batch(), labels(), verbose=0)
    assert len(model.trainable_variables) == 2
    assert all(np.array_equal(b, v.numpy()) for b, v in zip(before, frozen.weights, strict=True))


def test_weights_are_counted_saved_and_reloaded(dict_encoder, tmp_path):
    model = compiled(functional(KerasLayer(str(dict_encoder), trainable=True)))
    loaded = tf.saved_model.load(str(dict_encoder))
    parameters = sum(int(np.prod(v.shape)) for v in loaded.trainable_variables)
    assert model.count_params() == parameters + 16 * 2 + 2
    model.fit(batch(), labels(), verbose=0)
    expected = model.predict(batch(), verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.predict(batch(), verbose=0), expected)
    model.save_weights(tmp_path / "w.weights.h5")
    fresh = functional(KerasLayer(str(dict_encoder), trainable=True))
    assert np.abs(fresh.predict(batch(), verbose=0) - expected).max() > 1e-4
    fresh.load_weights(tmp_path / "w.weights.h5")
    np.testing.assert_array_equal(fresh.predict(batch(), verbose=0), expected)


class _WithoutDropout(keras.layers.Layer):
    """Calls a layer with training=False: its weights are trained, the random numbers of its dropout stay out."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def call(self, inputs):
        return self.layer(inputs, training=False)


def _trained(folder, strategy, jit=False):
    with strategy.scope():
        model = compiled(functional(_WithoutDropout(KerasLayer(str(folder), trainable=True))), jit=jit)
    model.fit(tf.data.Dataset.from_tensors((batch(), labels())).repeat(3), verbose=0)
    assert len(model.trainable_variables) == VARIABLES + 2
    return [v.numpy() for v in model.trainable_variables]


def test_two_replicas_train_the_weights_of_one_device(dict_encoder):
    one = _trained(dict_encoder, tf.distribute.get_strategy())
    # Reduced on one device: collective operations of two strategies in one process share their keys, and collide.
    one_device = tf.distribute.ReductionToOneDevice()
    two = _trained(dict_encoder, tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"], one_device))
    for a, b in zip(one, two, strict=True):
        np.testing.assert_allclose(b, a, atol=1e-6)


def test_xla_trains_the_same_weights(dict_encoder):
    strategy = tf.distribute.get_strategy()
    plain, jitted = (_trained(dict_encoder, strategy, jit) for jit in (False, True))
    for a, b in zip(plain, jitted, strict=True):
        np.testing.assert_allclose(b, a, atol=1e-5)


def test_int64_ids_are_cast(dict_encoder):
    layer = KerasLayer(str(dict_encoder))
    expected = layer(batch())["pooled_output"].numpy()
    wide = {name: value.astype("int64") for name, value in batch().items()}
    np.testing.assert_array_equal(layer(wide)["pooled_output"].numpy(), expected)


def test_the_wrong_structure_is_explained(dict_encoder):
    with pytest.raises(ValueError, match=r"`inputs` must have the structure.*input_word_ids.*int32\[None, None\]"):
        KerasLayer(str(dict_encoder))(list(batch().values()))


def test_the_private_attribute_of_keras_holds_the_variable():
    """Contract: a Keras variable reads, assigns and differentiates whatever tf.Variable its `_value` holds."""
    layer = keras.layers.Layer()
    weight = layer.add_weight(shape=(2,), initializer="zeros", name="w")
    stored = tf.Variable([1.0, 2.0])
    keras_layer._replace_value(weight, stored)
    assert weight.value is stored
    weight.assign([3.0, 4.0])
    np.testing.assert_array_equal(stored.numpy(), [3.0, 4.0])
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(keras.ops.square(weight))
    np.testing.assert_array_equal(tape.gradient(loss, stored).numpy(), [6.0, 8.0])


def test_a_module_that_would_train_nothing_is_refused(tmp_path):
    module = tf.Module()
    module.__call__ = tf.function(lambda x: x + 1.0, input_signature=[tf.TensorSpec([None], tf.float32)])
    module.variables_ = []
    tf.saved_model.save(module, str(tmp_path / "m"))
    with pytest.raises(ValueError, match=r"`trainable` must be False .* nothing of it would be trained"):
        KerasLayer(str(tmp_path / "m"), trainable=True)
    np.testing.assert_array_equal(KerasLayer(str(tmp_path / "m"))(tf.constant([1.0])).numpy(), [2.0])


def test_a_tf1_module_cannot_be_trained(tmp_path):
    with tf.Graph().as_default():
        x = tf.compat.v1.placeholder(tf.float32, [None])
        w = tf.compat.v1.get_variable("w", [], initializer=tf.compat.v1.zeros_initializer())
        with tf.compat.v1.Session() as session:
            session.run(w.initializer)
            tf.compat.v1.saved_model.simple_save(session, str(tmp_path / "tf1"), {"x": x}, {"y": x * w})
    with pytest.raises(ValueError, match=r"TF1 modules of TF-Hub do, which cannot be trained \(trainable=True\)"):
        KerasLayer(str(tmp_path / "tf1"), trainable=True)


def test_variables_that_are_not_float_are_not_trained(tmp_path):
    module = tf.Module()
    module.steps = tf.Variable(3, dtype=tf.int64, trainable=False)
    module.scale = tf.Variable(2.0)
    module.trainable_variables_ = []

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
    def call(x):
        return x * module.scale + tf.cast(module.steps, tf.float32)

    module.__call__ = call
    root = tf.Module()
    root.__call__, root.held = call, module
    tf.saved_model.save(root, str(tmp_path / "m"))
    layer = KerasLayer(str(tmp_path / "m"))
    assert {(w.name, w.dtype) for w in layer.non_trainable_weights} == {("Variable", "int64"), ("Variable", "float32")}
    np.testing.assert_array_equal(layer(tf.constant([1.0])).numpy(), [5.0])


def test_a_folder_that_holds_no_complete_saved_model(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"\xff\xff nonsense")
    with pytest.raises(ValueError, match="`handle` must name a complete SavedModel"):
        KerasLayer(str(tmp_path))
