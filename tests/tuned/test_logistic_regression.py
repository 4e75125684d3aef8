"""The linear head: the optimum, against scipy's and the conditions of one."""

import numpy as np
import pytest

from bert_keras.tuned.logistic_regression import logistic_regression

RANDOM = np.random.default_rng(5)
VECTORS = RANDOM.normal(size=(40, 6))
LABELS = (VECTORS[:, 0] > 0).astype(int) + (VECTORS[:, 1] > 0.4)
WEIGHTS = RANDOM.uniform(0.2, 3.0, size=40)


def gradient(kernel, bias, penalty, weights):
    scores = VECTORS @ kernel + bias
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    off = (shares - np.eye(3)[LABELS]) * weights[:, None]
    return VECTORS.T @ off + penalty * kernel, off.sum(axis=0)


@pytest.mark.parametrize("penalty", [1.0, 0.01])
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["alike", "weighted"])
def test_its_gradient_is_zero(penalty, weights):
    kernel, bias = logistic_regression(VECTORS, LABELS, 3, penalty, weights)
    for part in gradient(kernel, bias, penalty, np.ones(40) if weights is None else weights):
        assert np.abs(part).max() < 1e-6
    assert bias.sum() == pytest.approx(0.0, abs=1e-9)


def test_a_row_of_weight_two_is_two_rows():
    twice = np.concatenate([np.arange(40), [7]])
    once = np.ones(40)
    once[7] = 2.0
    wanted = logistic_regression(VECTORS[twice], LABELS[twice], 3)
    for part, other in zip(logistic_regression(VECTORS, LABELS, 3, weights=once), wanted, strict=True):
        np.testing.assert_allclose(part, other, atol=1e-5)


def test_long_vectors_of_many_classes_are_fitted_to_the_end():
    random = np.random.default_rng(3)
    labels = np.arange(400) % 20
    vectors = random.normal(size=(20, 50))[labels] + 2 * random.normal(size=(400, 50))
    kernel, bias = logistic_regression(vectors, labels, 20)
    scores = vectors @ kernel + bias
    off = np.exp(scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)) - np.eye(20)[labels]
    assert np.abs(vectors.T @ off + kernel).max() < 1e-6
    assert np.abs(off.sum(axis=0)).max() < 1e-6


@pytest.mark.parametrize("weights", [None, (LABELS != 1).astype(float)], ids=["none there", "none that counts"])
def test_a_class_without_rows_is_never_the_answer(weights):
    kernel, bias = logistic_regression(VECTORS, LABELS, 4, weights=weights)
    answers = (VECTORS @ kernel + bias).argmax(axis=1)
    assert np.isfinite(kernel).all() and set(answers) == ({0, 1, 2} if weights is None else {0, 2})
    assert bias.sum() == pytest.approx(0.0, abs=1e-9)
    if weights is not None:
        others = logistic_regression(VECTORS[LABELS != 1], LABELS[LABELS != 1] // 2, 2)
        np.testing.assert_allclose(kernel[:, [0, 2]], others[0], atol=1e-9)


def test_rows_of_which_none_counts_give_nothing():
    kernel, bias = logistic_regression(VECTORS, LABELS, 3, weights=np.zeros(40))
    assert kernel.shape == (6, 3) and not kernel.any() and not bias.any()
