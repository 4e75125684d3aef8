"""`bk.hub.KerasLayer`: adopted variables train, freeze, save, reload and distribute like any Keras weights."""

import subprocess
import sys

import keras
import numpy as np
import pytest
import shallow_sample
import tensorflow as tf
from real_data import needs_sample

import bert_keras as bk
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


@pytest.mark.thorough("encoders/test_encoder::test_two_replicas_train_the_weights_of_one_device")
def test_two_replicas_train_the_weights_of_one_device(dict_encoder):
    one = _trained(dict_encoder, tf.distribute.get_strategy())
    # Reduced on one device: collective operations of two strategies in one process share their keys, and collide.
    one_device = tf.distribute.ReductionToOneDevice()
    two = _trained(dict_encoder, tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"], one_device))
    for a, b in zip(one, two, strict=True):
        np.testing.assert_allclose(b, a, atol=1e-6)


@pytest.mark.thorough("text/test_padding::test_a_hub_graph_under_xla")
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
    layer = KerasLayer(str(dict_encoder))
    for wrong in (
        list(batch().values())[:2],
        {**batch(), "more": np.zeros((8, 12), "int32")},
        np.zeros((8, 12), "int32"),
    ):
        with pytest.raises(ValueError, match=r"`inputs` must have the structure.*input_word_ids.*int32\[None, None\]"):
            layer(wrong)
    theirs = dict(zip(("input_ids", "attention_mask", "token_type_ids"), batch().values(), strict=True))
    with pytest.raises(ValueError, match=r"'attention_mask' is 'input_mask', 'token_type_ids' is 'input_type_ids'\."):
        layer(theirs)


# The arguments of tensorflow_hub.KerasLayer --------------------------------------------------------------------------


@pytest.mark.parametrize("as_sequence", [list, tuple])
def test_three_inputs_in_order_are_a_dict_for_who_takes_one(dict_encoder, as_sequence):
    layer = KerasLayer(str(dict_encoder))
    expected = layer(batch())["pooled_output"].numpy()
    rows = as_sequence(batch()[name] for name in ("input_word_ids", "input_mask", "input_type_ids"))
    np.testing.assert_array_equal(layer(rows)["pooled_output"].numpy(), expected)
    inputs = [keras.Input((None,), dtype="int32") for _ in rows]
    model = keras.Model(inputs, layer(as_sequence(inputs))["pooled_output"])
    np.testing.assert_allclose(model.predict(list(rows), verbose=0), expected, atol=1e-6)


def test_a_dict_is_three_inputs_in_order_for_who_takes_a_list(list_encoder):
    layer = KerasLayer(str(list_encoder))
    rows = {**batch(), "input_type_ids": np.ones((8, 12), "int32")}
    expected = layer([rows[name] for name in ("input_word_ids", "input_mask", "input_type_ids")])
    backwards = dict(sorted(rows.items(), reverse=True))
    for a, b in zip(layer(backwards), expected, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    inputs = {name: keras.Input((None,), dtype="int32", name=name) for name in rows}
    model = keras.Model(inputs, layer(inputs)[0])
    np.testing.assert_allclose(model.predict(rows, verbose=0), expected[0].numpy(), atol=1e-6)


def test_one_output_is_chosen_by_its_key(dict_encoder, list_encoder):
    layer = KerasLayer(str(dict_encoder), output_key="sequence_output", output_shape=[None, 16])
    expected = KerasLayer(str(dict_encoder))(batch())["sequence_output"].numpy()
    np.testing.assert_array_equal(layer(batch()).numpy(), expected)
    again = KerasLayer.from_config(layer.get_config())
    assert (again.output_key, again.output_shape) == ("sequence_output", [None, 16])
    np.testing.assert_array_equal(again(batch()).numpy(), expected)
    with pytest.raises(ValueError, match=r"`output_key` must be one of default, .*Did you mean 'pooled_output'"):
        KerasLayer(str(dict_encoder), output_key="pooled_outputs")(batch())
    with pytest.raises(ValueError, match=r"`output_key` must be None where the outputs are no dict.*position"):
        KerasLayer(str(list_encoder), output_key="pooled_output")(batch())
    with pytest.raises(ValueError, match=r"`output_shape` must be that of the output, \(8, 16\)"):
        KerasLayer(str(dict_encoder), output_key="pooled_output", output_shape=[17])(batch())
    all_of_them = KerasLayer(str(dict_encoder), output_shape={"pooled_output": (16,)})(batch())
    assert all_of_them["pooled_output"].shape == (8, 16) and "sequence_output" in all_of_them


def test_a_signature_is_run_and_trained(tmp_path):
    module = tf.Module()
    module.scale = tf.Variable(2.0)

    @tf.function(input_signature=[tf.TensorSpec([None, 1], tf.float32, name="x")])
    def scaled(x):
        return {"scaled": x * module.scale, "x": x}

    module.trainable_variables_ = [module.scale]
    tf.saved_model.save(module, str(tmp_path / "m"), signatures={"scaled": scaled})
    x = tf.constant([[1.0], [3.0]])
    one = KerasLayer(str(tmp_path / "m"), signature="scaled", output_key="scaled")
    np.testing.assert_array_equal(one(x).numpy(), [[2.0], [6.0]])
    np.testing.assert_array_equal(one({"x": x}).numpy(), [[2.0], [6.0]])
    assert [weight.numpy() for weight in one.weights] == [2.0]
    every = KerasLayer(str(tmp_path / "m"), signature="scaled", signature_outputs_as_dict=True)
    assert sorted(every(x)) == ["scaled", "x"]
    for layer in (one, every):
        again = KerasLayer.from_config(layer.get_config())
        assert again.get_config() == layer.get_config() and again.signature == "scaled"
    with pytest.raises(ValueError, match=r"`signature` must be one of '.*m': scaled\. Received: signature='tokens'"):
        KerasLayer(str(tmp_path / "m"), signature="tokens", output_key="x")
    with pytest.raises(ValueError, match=r"`inputs` must have the structure.*\{'x': 'float32\[None, 1\]'\}"):
        one({"y": x})


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"signature": "tokens"}, "`output_key` must say which output.*signature_outputs_as_dict=True: one of them"),
        ({"signature": "tokens", "output_key": "a", "signature_outputs_as_dict": True}, "`output_key` must say which"),
        ({"signature_outputs_as_dict": True}, r"`signature_outputs_as_dict` must be passed with signature=… only"),
    ],
)
def test_a_signature_and_what_is_wanted_of_it_go_together(given, match):
    with pytest.raises(ValueError, match=match):
        KerasLayer("any", **given)


def test_a_tf1_module_is_run_frozen_by_a_signature(tmp_path):
    """As TF-Hub's first BERT: three inputs under other names, and a dict out."""
    with tf.Graph().as_default():
        names = ("input_ids", "input_mask", "segment_ids")
        inputs = {name: tf.compat.v1.placeholder(tf.int32, [None, None], name) for name in names}
        table = tf.compat.v1.get_variable("table", [100], initializer=tf.compat.v1.ones_initializer())
        masked = tf.gather(table, inputs["input_ids"]) * tf.cast(inputs["input_mask"], tf.float32)
        outputs = {"pooled_output": tf.reduce_sum(masked, 1), "types": tf.reduce_sum(inputs["segment_ids"], 1)}
        with tf.compat.v1.Session() as session:
            session.run(table.initializer)
            tokens = tf.compat.v1.saved_model.predict_signature_def(inputs, outputs)
            builder = tf.compat.v1.saved_model.Builder(str(tmp_path / "tf1"))
            builder.add_meta_graph_and_variables(session, ["train"], {"tokens": tokens})
            builder.save()
    with pytest.raises(ValueError, match=r"signatures, tokens: signature=…, output_key=…"):
        KerasLayer(str(tmp_path / "tf1"), tags=["train"])
    layer = KerasLayer(str(tmp_path / "tf1"), tags=["train"], signature="tokens", output_key="pooled_output")
    expected = batch()["input_mask"].sum(axis=1)
    for inputs in (batch(), [batch()[name] for name in ("input_word_ids", "input_mask", "input_type_ids")]):
        np.testing.assert_array_equal(layer(inputs).numpy(), expected)
    theirs = dict(
        zip(names, (batch()[name] for name in ("input_word_ids", "input_mask", "input_type_ids")), strict=True)
    )
    np.testing.assert_array_equal(layer(theirs).numpy(), expected)


def test_what_was_loaded_already_is_taken(dict_encoder):
    loaded = tf.saved_model.load(str(dict_encoder))
    layer = KerasLayer(loaded, trainable=True)
    assert layer.resolved_object is layer.saved_model is loaded
    assert len(layer.trainable_weights) == VARIABLES
    expected = KerasLayer(str(dict_encoder))(batch())["pooled_output"].numpy()
    np.testing.assert_array_equal(layer(batch())["pooled_output"].numpy(), expected)
    with pytest.raises(ValueError, match="`handle` must be a str or a path to be saved in a config"):
        layer.get_config()


def test_a_path_is_a_handle(dict_encoder):
    assert KerasLayer(dict_encoder).get_config()["handle"] == str(dict_encoder)


@needs_sample
def test_the_sample_encoder_by_its_name(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(shallow_sample.cache()))
    layer = KerasLayer("sample", trainable=True)
    assert len(layer.trainable_weights) == VARIABLES and layer.get_config()["handle"] == "sample"
    encoder = bk.load_encoder("sample")
    features = encoder.preprocessor(16)(["It works."])
    np.testing.assert_array_equal(layer(features)["pooled_output"], encoder(features)["pooled_output"])


@pytest.mark.parametrize(
    "given", [{"input_shape": []}, {"dtype": tf.string}, {"dtype": "string"}, {"dtype": tf.int32}, {"input_dim": 3}]
)
def test_arguments_that_describe_inputs_are_answered(given):
    with pytest.raises(
        TypeError, match=rf"`{next(iter(given))}` must be left out.*keras\.Input\(\(\), dtype='string'\)"
    ):
        KerasLayer("any", **given)


def test_tf_keras_is_told_what_to_do(dict_encoder):
    tf_keras = pytest.importorskip("tf_keras")
    inputs = {name: tf_keras.Input((None,), dtype="int32", name=name) for name in batch()}
    layer = KerasLayer(str(dict_encoder))
    for symbolic in (inputs, list(inputs.values())):
        with pytest.raises(TypeError, match=r"`inputs` must be an object of Keras 3.*keras\.Input, keras\.Model"):
            layer(symbolic)
    with pytest.raises(TypeError, match=r"`handle` must be an object of Keras 3.*name, address or folder"):
        KerasLayer(tf_keras.layers.Dense(3))


def test_a_preprocessing_model_needs_the_operations_that_it_holds(tmp_path):
    """In a process of its own, as a loaded tensorflow_text stays."""
    text = pytest.importorskip("tensorflow_text")
    module = tf.Module()
    module.__call__ = tf.function(
        lambda texts: text.case_fold_utf8(texts), input_signature=[tf.TensorSpec([None], tf.string)]
    )
    tf.saved_model.save(module, str(tmp_path / "m"))
    code = f"""
from bert_keras.hub.keras_layer import KerasLayer
try:
    KerasLayer({str(tmp_path / "m")!r})
except ValueError as error:
    print(error)
import tensorflow_text
import tensorflow as tf
print(KerasLayer({str(tmp_path / "m")!r})(tf.constant(["ABC"])).numpy())
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    first, last = done.stdout.strip().splitlines()[0], done.stdout.strip().splitlines()[-1]
    assert "`import tensorflow_text` first, or make them with bk.load_encoder(…).preprocessor(" in first
    assert last == "[b'abc']"


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
