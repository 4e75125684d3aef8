"""`FocalCrossentropy`: by hand, beside Keras' own, and which problems have it."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny

from bert_keras.features import MULTI_LABEL, REGRESSION, SINGLE_LABEL
from bert_keras.models.class_crossentropy import ClassCrossentropy
from bert_keras.models.focal_crossentropy import FocalCrossentropy
from bert_keras.optimization.adamw import AdamW
from bert_keras.text_classification.text_classifier import TextClassifier

LOGITS = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")
CLASSES = np.array([0, 2, 1, 1, 0, 2])
SHARES = np.random.default_rng(1).dirichlet(np.ones(3), 6).astype("float32")


def test_by_hand_of_numbers_and_of_shares():
    p = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
    loss = FocalCrossentropy(1.5, reduction="none")
    own = p[range(6), CLASSES]
    for labels in (CLASSES, CLASSES[:, None], np.eye(3, dtype="float32")[CLASSES]):
        np.testing.assert_allclose(loss(labels, LOGITS), -((1 - own) ** 1.5) * np.log(own), rtol=1e-5)
    np.testing.assert_allclose(loss(SHARES, LOGITS), -(SHARES * (1 - p) ** 1.5 * np.log(p)).sum(axis=1), rtol=1e-5)


def test_gamma_0_is_the_cross_entropy_and_others_are_keras_own():
    plain = ClassCrossentropy(from_logits=True)
    assert float(FocalCrossentropy(0.0)(CLASSES, LOGITS)) == pytest.approx(float(plain(CLASSES, LOGITS)), rel=1e-5)
    theirs = keras.losses.CategoricalFocalCrossentropy(alpha=1.0, gamma=2.0, from_logits=True)
    one_hot = np.eye(3, dtype="float32")[CLASSES]
    assert float(FocalCrossentropy(2.0)(CLASSES, LOGITS)) == pytest.approx(float(theirs(one_hot, LOGITS)), rel=1e-5)
    again = FocalCrossentropy.from_config(FocalCrossentropy(3.0).get_config())
    assert again.gamma == 3.0 and float(again(CLASSES, LOGITS)) > 0


def test_sure_answers_have_no_gradient_that_is_not_a_number():
    sure = np.array([[200.0, -200.0, 0.0], [-200.0, 200.0, 0.0]], "float32")
    assert np.isfinite(np.asarray(FocalCrossentropy(0.5, reduction="none")(np.array([0, 0]), sure))).all()
    logits = tf.constant(sure)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = FocalCrossentropy(0.5)(np.array([0, 0]), logits)
    assert np.isfinite(tape.gradient(loss, logits).numpy()).all()


def test_what_a_classifier_trains_with():
    encoder = tiny.native_encoder()
    assert TextClassifier(encoder, 3, focal=2.0).loss.gamma == 2.0
    several = TextClassifier(encoder, 3, MULTI_LABEL, focal=2.0)
    assert isinstance(several.loss, keras.losses.BinaryFocalCrossentropy)
    assert type(TextClassifier(encoder, 3, SINGLE_LABEL).loss) is ClassCrossentropy
    with pytest.raises(ValueError, match=r"`focal` must be 0 for regression"):
        TextClassifier(encoder, 1, REGRESSION, focal=1.0)


def test_it_learns():
    model = TextClassifier(tiny.native_encoder(), 3, seed=2, focal=2.0)
    model.compile(AdamW(5e-3))
    labels = tiny.features()["input_word_ids"][:, 0] % 3
    losses = model.fit(tiny.features(), labels, batch_size=8, epochs=8, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
