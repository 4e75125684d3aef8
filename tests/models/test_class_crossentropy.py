"""Soft labels: their loss is that of the numbers where they are one-hot, and metrics see the likeliest class."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny

from bert_keras.models.class_crossentropy import ClassCrossentropy, is_soft, likeliest
from bert_keras.optimization.adamw import AdamW
from bert_keras.text_classification.text_classifier import TextClassifier

LOGITS = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")
CLASSES = np.array([0, 2, 1, 1, 0, 2])
SHARES = np.random.default_rng(1).dirichlet(np.ones(3), 6).astype("float32")


def test_the_loss_of_one_hot_rows_is_that_of_their_numbers():
    loss = ClassCrossentropy(from_logits=True, reduction="none")
    wanted = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")(CLASSES, LOGITS)
    for labels in (CLASSES, CLASSES[:, None], np.eye(3, dtype="float32")[CLASSES]):
        np.testing.assert_allclose(loss(labels, LOGITS), wanted, rtol=1e-6)


def test_the_loss_of_soft_rows():
    logs = LOGITS - np.log(np.exp(LOGITS).sum(axis=1, keepdims=True))
    weights = np.arange(6, dtype="float32")
    found = ClassCrossentropy(from_logits=True)(SHARES, LOGITS, sample_weight=weights)
    assert float(found) == pytest.approx(-((SHARES * logs).sum(axis=1) * weights).sum() / 6, rel=1e-5)
    again = ClassCrossentropy.from_config(ClassCrossentropy(from_logits=True).get_config())
    assert float(again(SHARES, LOGITS)) == pytest.approx(-(SHARES * logs).sum(axis=1).mean(), rel=1e-5)


def test_what_is_soft():
    assert is_soft(SHARES, LOGITS) and not is_soft(CLASSES, LOGITS) and not is_soft(CLASSES[:, None], LOGITS)
    assert not is_soft(CLASSES[:, None], LOGITS[:, :1])  # of one column nothing is soft
    assert not is_soft(tf.zeros([0]), LOGITS)
    np.testing.assert_array_equal(likeliest(SHARES, LOGITS), SHARES.argmax(axis=1))
    assert likeliest(CLASSES, LOGITS) is CLASSES


def made(**options):
    model = TextClassifier(tiny.native_encoder(), 3, dropout=0.0, seed=1)
    model.compile(AdamW(1e-2), **options)
    return model


def test_fit_takes_them_as_arrays_and_in_data_sets_with_the_metrics_of_classes():
    x, classes = tiny.features(12), np.arange(12) % 3
    hard = made()
    wanted = hard.fit(x, classes, batch_size=4, shuffle=False, verbose=0).history
    soft = np.eye(3, dtype="float32")[classes]
    for given in ((x, soft), (tf.data.Dataset.from_tensor_slices((x, soft)).batch(4), None)):
        model = made()
        found = model.fit(*given, batch_size=4 if given[1] is not None else None, shuffle=False, verbose=0).history
        assert found["loss"] == pytest.approx(wanted["loss"], rel=1e-6)
        assert found["accuracy"] == wanted["accuracy"]
        for one, other in zip(model.weights, hard.weights, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-6)
    scores = model.evaluate(x, soft, verbose=0, return_dict=True)
    assert scores == pytest.approx(model.evaluate(x, classes, verbose=0, return_dict=True), rel=1e-6)


def test_of_rows_that_are_no_probabilities_the_place_is_said():
    model, x = made(), tiny.features(4)
    bad = np.full((4, 3), 1 / 3, "float32")
    bad[2] = [0.5, 0.5, 0.5]
    with pytest.raises(ValueError, match=r"`y` must be probabilities: 0 or more, and 1 in all.* It stands in row 2\."):
        model.fit(x, bad, verbose=0)
    with pytest.raises(ValueError, match=r"`y` must have the shape \[rows, 3\], a column for each class.*\(4, 2\)"):
        model.fit(x, np.full((4, 2), 0.5, "float32"), verbose=0)
    words = r"`labels` must be probabilities, 0 or more, and 1 in all for each row.*: 1(.0)?\d*, 1.5"
    with pytest.raises(ValueError, match=words):
        model.fit(tf.data.Dataset.from_tensor_slices((x, bad)).batch(4), verbose=0)
