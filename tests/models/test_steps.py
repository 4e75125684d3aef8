"""Steps in parts and on replicas end where the step of the whole batch on one device does."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny

from bert_keras.optimization.build_optimizer import build_optimizer
from bert_keras.optimization.recipe import Recipe
from bert_keras.question_answering.span_labeler import SpanLabeler
from bert_keras.text_classification.text_classifier import TextClassifier
from bert_keras.token_classification.token_classifier import TokenClassifier

ROWS = 17  # two batches of 8, and one row, which leaves a second replica without any
# Adam's step of a gradient near zero has the size of any other: a large epsilon keeps rounding small.
OPTIONS = {TextClassifier: {"dropout": 0.0}, TokenClassifier: {"dropout": 0.0, "num_classes": 4}}
RECIPE = Recipe(learning_rate=1e-2, adam_epsilon=1e-3, clip_norm=0.5)


def two_devices():
    devices = [device.name for device in tf.config.list_logical_devices("CPU")]
    return tf.distribute.MirroredStrategy(devices[:2], tf.distribute.ReductionToOneDevice())


def labels(kind):
    random = np.random.default_rng(3)
    if kind is TextClassifier:
        return random.integers(0, 2, ROWS)
    if kind is TokenClassifier:  # -1, no label, on more tokens of some rows than of others, and on all of one
        found = random.integers(0, 4, (ROWS, 9))
        found[random.random((ROWS, 9)) < np.linspace(0.0, 1.0, ROWS)[:, None]] = -1
        return found
    return {name: random.integers(0, 9, ROWS) for name in ("start_logits", "end_logits")}


def made(kind, optimizer=None, **options):
    model = kind(tiny.native_encoder(), seed=2, **OPTIONS.get(kind, {}))
    model.compile(optimizer or build_optimizer(RECIPE), **options)
    return model


def trained(kind, micro_batches, sample_weight=None, strategy=None, **options):
    with (strategy or tf.distribute.get_strategy()).scope():
        model = kind(tiny.native_encoder(), seed=2, **OPTIONS.get(kind, {}))
        model.compile(build_optimizer(RECIPE), micro_batches=micro_batches, **options)
    columns = (tiny.features(ROWS), labels(kind), *([] if sample_weight is None else [sample_weight]))
    history = model.fit(tf.data.Dataset.from_tensor_slices(columns).batch(8), epochs=2, verbose=0).history
    return history, [weight.numpy() for weight in model.trainable_weights]


def same(one, other, atol=1e-6):
    assert set(one[0]) == set(other[0])
    for name in {"loss", "accuracy", "start_logits_accuracy", "end_logits_accuracy"} & set(one[0]):
        values = one[0][name]
        np.testing.assert_allclose(other[0][name], values, rtol=1e-5, err_msg=name)
    for first, second in zip(one[1], other[1], strict=True):
        np.testing.assert_allclose(second, first, rtol=0, atol=atol)


@pytest.fixture(scope="module", params=[TextClassifier, SpanLabeler, TokenClassifier])
def whole(request):
    return request.param, trained(request.param, 1)


@pytest.mark.parametrize("parts", [2, 3, 8, 16])
def test_weights_and_logs_are_those_of_the_whole_batch(whole, parts):
    kind, wanted = whole
    start = [w.numpy() for w in kind(tiny.native_encoder(), seed=2, **OPTIONS.get(kind, {})).trainable_weights]
    assert np.median([np.abs(a - b).max() for a, b in zip(start, wanted[1], strict=True)]) > 1e-3
    same(wanted, trained(kind, parts))


def test_sample_weights_count_as_in_the_whole_batch():
    weight = np.random.default_rng(4).uniform(0, 2, ROWS).astype("float32")
    weighted = trained(TextClassifier, 1, weight)
    same(weighted, trained(TextClassifier, 3, weight))
    assert not np.allclose(weighted[1][0], trained(TextClassifier, 1)[1][0], atol=1e-6)


def test_labelled_tokens_count_alike_and_not_rows():
    """One row has a single label and the other nine: a mean of the rows' means would weigh it nine times as much."""
    x, y = tiny.features(2), np.array([[1] + [-1] * 8, [2] * 9])
    start = [weight.numpy() for weight in made(TokenClassifier).trainable_weights]
    ends = []
    for parts in (1, 2):
        model = made(TokenClassifier, keras.optimizers.SGD(1.0), micro_batches=parts)
        model.fit(x, y, batch_size=2, verbose=0)
        ends.append([weight.numpy() for weight in model.trainable_weights])
    model = made(TokenClassifier)
    with tf.GradientTape() as tape:
        losses = keras.ops.sparse_categorical_crossentropy(np.maximum(y, 0), model(x), from_logits=True)
        loss = tf.reduce_sum(losses * (y != -1)) / 10.0
    gradients = tape.gradient(loss, model.trainable_weights)
    for before, gradient, *found in zip(start, gradients, *ends, strict=True):
        for after in found:
            np.testing.assert_allclose(before - after, tf.convert_to_tensor(gradient), rtol=0, atol=1e-6)


def test_evaluation_of_tokens_counts_every_label_once_on_replicas():
    x, y = tiny.features(ROWS), labels(TokenClassifier)
    model = made(TokenClassifier)
    with two_devices().scope():
        replicated = made(TokenClassifier)
    for batch_size in (8, 17):
        wanted, found = (
            m.evaluate(x, y, batch_size=batch_size, verbose=0, return_dict=True) for m in (model, replicated)
        )
        assert found == pytest.approx(wanted, rel=1e-6)


def test_run_eagerly_too(whole):
    kind, wanted = whole
    same(wanted, trained(kind, 3, run_eagerly=True))


def test_on_two_replicas_with_the_gradient_of_both_clipped_as_one(whole):
    kind, wanted = whole
    for parts in (1, 3):
        found = trained(kind, parts, strategy=two_devices())
        same(wanted, found)


def test_evaluation_counts_every_row_once_on_replicas():
    x, y = tiny.features(ROWS), labels(TextClassifier)
    model = TextClassifier(tiny.native_encoder(), seed=2)
    with two_devices().scope():
        replicated = TextClassifier(tiny.native_encoder(), seed=2)
    for batch_size in (8, 16, 17):
        wanted, found = (
            m.evaluate(x, y, batch_size=batch_size, verbose=0, return_dict=True) for m in (model, replicated)
        )
        assert found == pytest.approx(wanted, rel=1e-6)
        logits = [m.predict(x, batch_size=batch_size, verbose=0) for m in (model, replicated)]
        np.testing.assert_allclose(logits[1], logits[0], rtol=0, atol=1e-6)


def test_a_keras_file_keeps_the_setting(tmp_path):
    model = TextClassifier(tiny.native_encoder(), seed=2)
    model.compile(micro_batches=4)
    model.fit(tiny.features(), np.zeros(16, "int32"), verbose=0)
    model.save(tmp_path / "model.keras")
    assert keras.models.load_model(tmp_path / "model.keras").micro_batches == 4


@pytest.mark.parametrize("wrong", [0, -1])
def test_a_number_that_cannot_be(wrong):
    with pytest.raises(ValueError, match="`micro_batches` must be at least 1"):
        TextClassifier(tiny.native_encoder()).compile(micro_batches=wrong)
