"""`TwoPasses`: R-Drop's loss by hand, what it does in training, and that it comes back from a file."""

import keras
import numpy as np
import pytest
import tiny

from bert_keras.features import MULTI_LABEL, REGRESSION, SINGLE_LABEL
from bert_keras.models.class_crossentropy import ClassCrossentropy
from bert_keras.models.two_passes import TwoPasses
from bert_keras.optimization.adamw import AdamW
from bert_keras.text_classification.text_classifier import TextClassifier

random = np.random.default_rng(0)
ONE, OTHER = random.normal(size=(2, 6, 3)).astype("float32")
CLASSES = np.array([0, 2, 1, 1, 0, 2])
COLUMNS = {SINGLE_LABEL: 3, MULTI_LABEL: 3, REGRESSION: 1}


def divergence(p, q):
    """Kullback and Leibler's, by rows."""
    return (p * np.log(p / q)).sum(axis=-1)


def softmax(logits):
    return np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)


def losses(loss, labels, *passes):
    logits = passes[0] if len(passes) == 1 else np.stack(passes, axis=1)
    return np.asarray(loss.call(keras.ops.convert_to_tensor(labels), keras.ops.convert_to_tensor(logits)))


def test_classes_by_hand():
    loss = TwoPasses(ClassCrossentropy(from_logits=True), SINGLE_LABEL, 0.7)
    p, q = softmax(ONE), softmax(OTHER)
    crossed = -(np.log(p[range(6), CLASSES]) + np.log(q[range(6), CLASSES])) / 2
    wanted = crossed + 0.7 * (divergence(p, q) + divergence(q, p)) / 2
    np.testing.assert_allclose(losses(loss, CLASSES, ONE, OTHER), wanted, rtol=1e-5)
    np.testing.assert_allclose(losses(loss, CLASSES, ONE), -np.log(p[range(6), CLASSES]), rtol=1e-5)
    np.testing.assert_allclose(losses(loss, CLASSES, ONE, ONE), losses(loss, CLASSES, ONE), rtol=1e-5)


def test_several_labels_and_numbers_by_hand():
    labels = random.integers(0, 2, (6, 3))
    p, q = 1 / (1 + np.exp(-ONE)), 1 / (1 + np.exp(-OTHER))
    both = [np.stack([one, 1 - one], axis=-1) for one in (p, q)]
    apart = (divergence(*both) + divergence(*both[::-1])).mean(axis=-1) / 2
    own = keras.losses.BinaryCrossentropy(from_logits=True)
    crossed = (losses(own, labels, ONE) + losses(own, labels, OTHER)) / 2
    found = losses(TwoPasses(own, MULTI_LABEL, 2.0), labels, ONE, OTHER)
    np.testing.assert_allclose(found, crossed + 2 * apart, rtol=1e-5)
    one, other, numbers = ONE[:, :1], OTHER[:, :1], random.normal(size=6).astype("float32")
    found = losses(TwoPasses(keras.losses.MeanSquaredError(), REGRESSION, 3.0), numbers, one, other)
    errors = ((one[:, 0] - numbers) ** 2 + (other[:, 0] - numbers) ** 2) / 2
    np.testing.assert_allclose(found, errors + 3 * (one - other)[:, 0] ** 2, rtol=1e-5)


def classifier(problem_type=SINGLE_LABEL, dropout=0.3, **options):
    return TextClassifier(tiny.native_encoder(), COLUMNS[problem_type], problem_type, dropout, seed=2, **options)


def labels_of(problem_type, rows=16):
    numbers = tiny.features(rows)["input_word_ids"][:, 0]
    if problem_type == MULTI_LABEL:
        return np.stack([numbers % 2, numbers // 2 % 2, numbers // 4 % 2], axis=1)
    return numbers % 3 if problem_type == SINGLE_LABEL else numbers / 40.0


def test_training_brings_the_passes_together():
    def distance_after(weight):
        """Between two passes of a model that has learned, a mean over a few."""
        model = classifier(r_drop=weight)
        model.compile(AdamW(5e-3))
        model.fit(tiny.features(), labels_of(SINGLE_LABEL), batch_size=8, epochs=12, verbose=0)
        passes = [np.asarray(model(tiny.features(), training=True)) for _ in range(8)]
        return np.std(passes, axis=0).mean()

    assert distance_after(20.0) < 0.7 * distance_after(1e-6)


def test_nothing_dropped_is_the_plain_loss_and_an_evaluation_has_one_pass():
    logs = []
    for weight in (0.0, 4.0):
        model = TextClassifier(tiny.native_encoder(), 3, dropout=0.0, seed=2, r_drop=weight)
        history = model.fit(tiny.features(), labels_of(SINGLE_LABEL), batch_size=8, epochs=2, verbose=0)
        scores = model.evaluate(tiny.features(), labels_of(SINGLE_LABEL), verbose=0, return_dict=True)
        logs.append([*history.history["loss"], *history.history["accuracy"], *scores.values()])
    np.testing.assert_allclose(logs[0], logs[1], rtol=1e-4)


@pytest.mark.parametrize("problem_type", [MULTI_LABEL, REGRESSION])
def test_other_problems_in_parts_of_a_batch(problem_type):
    model = classifier(problem_type, r_drop=1.0)
    model.compile(AdamW(5e-3), micro_batches=2)
    losses = model.fit(tiny.features(), labels_of(problem_type), batch_size=8, epochs=8, verbose=0).history["loss"]
    assert np.isfinite(losses).all() and losses[-1] < losses[0]


def test_a_file_brings_it_back(tmp_path):
    model = classifier(r_drop=0.5, focal=2.0)
    model.fit(tiny.features(), labels_of(SINGLE_LABEL), batch_size=8, verbose=0)
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    assert (again.r_drop, again.focal) == (0.5, 2.0)
    assert (again.loss.weight, again.loss.loss.gamma, again.loss.problem_type) == (0.5, 2.0, SINGLE_LABEL)
    np.testing.assert_allclose(again.predict(tiny.features(), verbose=0), model.predict(tiny.features(), verbose=0))
    again.fit(tiny.features(), labels_of(SINGLE_LABEL), batch_size=8, verbose=0)


def test_a_loss_of_the_users_own_is_refused():
    model = classifier(r_drop=0.5)
    model.compile(AdamW(1e-3), loss=keras.losses.CategoricalHinge())
    with pytest.raises(ValueError, match=r"`loss` must be the model's own with r_drop"):
        model.fit(tiny.features(), labels_of(SINGLE_LABEL), verbose=0)
    with pytest.raises(ValueError, match=r"`r_drop` must be a finite number of at least 0"):
        classifier(r_drop=-1.0)
