"""`TextClassifier`: shapes, losses, probabilities, learning, configs and files, on both encoders."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny

from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.features import MULTI_LABEL, POOLED_OUTPUT, PROBLEM_TYPES, REGRESSION, SINGLE_LABEL
from bert_keras.optimization.adamw import AdamW
from bert_keras.optimization.build_optimizer import build_optimizer
from bert_keras.optimization.recipe import Recipe
from bert_keras.text_classification.text_classifier import TextClassifier

CLASSES = {SINGLE_LABEL: 3, MULTI_LABEL: 3, REGRESSION: 1}


def labels(problem_type, rows=16):
    """Labels that can be learnt: they are written in the first id of each row."""
    first = tiny.features(rows)["input_word_ids"][:, 0]
    if problem_type == SINGLE_LABEL:
        return first % 3
    return np.stack([first % 2, first // 2 % 2, first // 4 % 2], 1) if problem_type == MULTI_LABEL else first / 40.0


@pytest.fixture(params=["hub", "native"])
def encoder(request, dict_encoder):
    return load_encoder(dict_encoder) if request.param == "hub" else tiny.native_encoder()


@pytest.mark.parametrize("problem_type", PROBLEM_TYPES)
def test_logits_loss_and_metric_by_hand(problem_type):
    model = TextClassifier(tiny.native_encoder(), CLASSES[problem_type], problem_type, dropout=0.0)
    model.classifier.kernel.assign(np.random.default_rng(0).normal(size=model.classifier.kernel.shape))
    model.classifier.bias.assign(np.arange(CLASSES[problem_type]) / 4)
    x, y = tiny.features(), labels(problem_type)
    pooled = model.encoder(x)[POOLED_OUTPUT].numpy()
    logits = pooled @ model.classifier.kernel.numpy() + model.classifier.bias.numpy()
    np.testing.assert_allclose(model(x).numpy(), logits, atol=1e-5)
    assert model(x).shape == (16, CLASSES[problem_type]) and model(x).dtype == tf.float32
    softmax = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    sigmoid = 1 / (1 + np.exp(-logits))
    if problem_type == SINGLE_LABEL:
        expected = {"loss": -np.log(softmax[np.arange(16), y]).mean(), "accuracy": (logits.argmax(1) == y).mean()}
        probabilities = softmax
    elif problem_type == MULTI_LABEL:
        crossed = -np.where(y == 1, np.log(sigmoid), np.log(1 - sigmoid))
        expected = {"loss": crossed.mean(), "binary_accuracy": ((logits > 0) == y).mean()}
        probabilities = sigmoid
    else:
        errors = logits[:, 0] - y  # not [16, 16], which [16, 1] and [16] broadcast to
        expected = {"loss": (errors**2).mean(), "mean_absolute_error": np.abs(errors).mean()}
        probabilities = logits
    assert model.evaluate(x, y, batch_size=16, verbose=0, return_dict=True) == pytest.approx(expected, rel=1e-4)
    np.testing.assert_allclose(np.asarray(model.probabilities(logits)), probabilities, rtol=1e-5)


@pytest.mark.parametrize("problem_type", PROBLEM_TYPES)
def test_every_problem_type_learns(problem_type):
    model = TextClassifier(tiny.native_encoder(), CLASSES[problem_type], problem_type, dropout=0.1, seed=5)
    model.compile(build_optimizer(Recipe(learning_rate=2e-2)))
    history = model.fit(tiny.features(), labels(problem_type), batch_size=8, epochs=15, verbose=0).history
    assert history["loss"][-1] < 0.5 * history["loss"][0]


def test_every_weight_of_both_encoders_is_trained(encoder):
    model = TextClassifier(encoder, 3, seed=2)
    before = {weight.path: weight.numpy() for weight in model.trainable_weights}
    assert len(before) == len(encoder.trainable_weights) + 2 > 20
    model.fit(tiny.features(), labels(SINGLE_LABEL), batch_size=8, epochs=2, verbose=0)
    still = [weight.path for weight in model.trainable_weights if np.all(weight.numpy() == before[weight.path])]
    assert [path for path in still if "key.bias" not in path] == []  # whose gradient is zero up to rounding


def test_labels_of_any_integer_type_and_of_one_column():
    model = TextClassifier(tiny.SumEncoder(), 3, dropout=0.0)
    x, y = tiny.features(), labels(SINGLE_LABEL)
    expected = model.evaluate(x, y, verbose=0)
    for given in (y.astype("int64"), y.astype("uint8"), y[:, None]):
        model.compile()  # Keras' function is traced for labels of one rank
        assert model.evaluate(x, given, verbose=0) == pytest.approx(expected, rel=1e-6)
        data = tf.data.Dataset.from_tensor_slices((x, given)).batch(16)
        assert model.evaluate(data, verbose=0) == pytest.approx(expected, rel=1e-6)
    regression = TextClassifier(tiny.SumEncoder(), 1, REGRESSION, dropout=0.0)
    expected = regression.evaluate(x, labels(REGRESSION), verbose=0)
    for given in (labels(REGRESSION)[:, None].astype("float32"), labels(REGRESSION).astype("float64")):
        regression.compile()
        assert regression.evaluate(x, given, verbose=0) == pytest.approx(expected, rel=1e-6)


def test_dropout_is_for_training_only():
    model = TextClassifier(tiny.native_encoder(), 3, dropout=0.5, seed=1)
    x = tiny.features()
    np.testing.assert_array_equal(model(x).numpy(), model(x, training=False).numpy())
    assert np.abs(model(x, training=True).numpy() - model(x).numpy()).max() > 1e-3


def test_a_seed_makes_the_head():
    kernels = [TextClassifier(tiny.native_encoder(), seed=seed).classifier.kernel.numpy() for seed in (3, 3, 4)]
    np.testing.assert_array_equal(kernels[0], kernels[1])
    assert np.abs(kernels[0] - kernels[2]).max() > 1e-3
    assert 0.01 < kernels[0].std() < 0.03 and np.abs(kernels[0]).max() <= 0.04  # BERT's truncated normal of 0.02


# Configs and files


@pytest.mark.parametrize("problem_type", PROBLEM_TYPES)
def test_a_config_makes_the_model_again(problem_type):
    model = TextClassifier(tiny.native_encoder(), CLASSES[problem_type], problem_type, dropout=0.3, seed=8, name="mine")
    config = model.get_config()
    expected = {"num_classes": CLASSES[problem_type], "problem_type": problem_type, "dropout": 0.3, "seed": 8}
    assert {name: config[name] for name in (*expected, "name")} == {**expected, "name": "mine"}
    again = TextClassifier.from_config(config)
    assert again.get_config() == config
    assert again.encoder.get_config() == model.encoder.get_config()


def test_a_keras_file_holds_the_whole_model(encoder, tmp_path):
    model = TextClassifier(encoder, 3, dropout=0.0)
    x, y = tiny.features(), labels(SINGLE_LABEL)
    model.fit(x, y, batch_size=8, verbose=0)
    expected = model.predict(x, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert type(again) is TextClassifier and type(again.optimizer) is AdamW
    np.testing.assert_array_equal(again.predict(x, verbose=0), expected)
    assert again.evaluate(x, y, verbose=0) == model.evaluate(x, y, verbose=0)


def test_a_reloaded_model_trains_on(tmp_path):
    model = TextClassifier(tiny.SumEncoder(), 3, dropout=0.0)
    x, y = tiny.features(), labels(SINGLE_LABEL)
    model.fit(x, y, batch_size=8, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", custom_objects={"SumEncoder": tiny.SumEncoder})
    before = again.classifier.kernel.numpy()
    np.testing.assert_array_equal(before, model.classifier.kernel.numpy())
    again.fit(x, y, batch_size=8, verbose=0)  # with a schedule of its own: that of the first fit has ended
    assert np.abs(again.classifier.kernel.numpy() - before).max() > 4e-5
    assert int(again.optimizer.iterations.numpy()) == 4


def test_weight_files(encoder, tmp_path):
    model = TextClassifier(encoder, 3, dropout=0.0)
    model.classifier.bias.assign([0.5, -0.5, 2.0])
    expected = model(tiny.features()).numpy()
    model.save_weights(tmp_path / "all.weights.h5")
    for weight in model.trainable_weights:
        weight.assign(tf.zeros_like(weight.value))
    assert not model(tiny.features()).numpy().any()
    model.load_weights(tmp_path / "all.weights.h5")
    np.testing.assert_array_equal(model(tiny.features()).numpy(), expected)


def test_settings_of_compile_are_saved(tmp_path):
    model = TextClassifier(tiny.SumEncoder(), 3)
    model.compile(keras.optimizers.SGD(0.25), metrics=[keras.metrics.SparseTopKCategoricalAccuracy(2, name="top2")])
    model.fit(tiny.features(), labels(SINGLE_LABEL), verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", custom_objects={"SumEncoder": tiny.SumEncoder})
    assert type(again.optimizer) is keras.optimizers.SGD and float(again.optimizer.learning_rate) == 0.25
    assert set(again.evaluate(tiny.features(), labels(SINGLE_LABEL), verbose=0, return_dict=True)) == {"loss", "top2"}
    with pytest.raises(ValueError, match="`y` must lie between 0 and 2, the classes"):
        again.fit(tiny.features(), labels(SINGLE_LABEL) + 1, verbose=0)


def test_a_frozen_model_stays_frozen_in_its_config():
    model = TextClassifier(tiny.native_encoder(), trainable=False)
    assert not model.trainable_weights
    assert not TextClassifier.from_config(model.get_config()).trainable_weights


# Arguments


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"num_classes": 1}, ValueError, "`num_classes` must be at least 2, as each text has one label of several"),
        ({"num_classes": 0, "problem_type": MULTI_LABEL}, ValueError, "`num_classes` must be at least 1"),
        ({"num_classes": 2, "problem_type": REGRESSION}, ValueError, "between 1 and 1, as regression gives one number"),
        ({"num_classes": 2.0}, TypeError, "`num_classes` must be an integer. Received: num_classes=2.0"),
        ({"problem_type": "multi_label_clasification"}, ValueError, "Did you mean 'multi_label_classification'"),
        ({"dropout": 1.0}, ValueError, "`dropout` must be a finite number between 0.0 and 0.999"),
        ({"dropout": "0.1"}, TypeError, "`dropout` must be a number"),
    ],
)
def test_bad_arguments(arguments, error, words):
    with pytest.raises(error, match=words):
        TextClassifier(tiny.native_encoder(), **arguments)


def test_what_is_no_encoder(dict_encoder):
    import tf_keras

    with pytest.raises(TypeError, match=r"`encoder` must be a Keras layer, as bk.load_encoder makes it"):
        TextClassifier(str(dict_encoder))
    with pytest.raises(TypeError, match=r"`encoder` must be an encoder, with a `config.hidden_size`.*bk.load_encoder"):
        TextClassifier(keras.layers.Dense(4))
    with pytest.raises(TypeError, match="`encoder` must be an object of Keras 3"):
        TextClassifier(tf_keras.layers.Dense(4))
