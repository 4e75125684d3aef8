"""`log_loss`: scikit-learn's."""

import numpy as np
import pytest
from scipy import special
from sklearn import metrics

from bert_keras.metrics.log_loss import log_loss


def test_it_is_scikit_learns():
    random = np.random.default_rng(0)
    logits, labels = random.normal(size=(50, 3)) * 4, random.integers(0, 3, 50)
    assert log_loss(logits, labels) == pytest.approx(metrics.log_loss(labels, special.softmax(logits, axis=1)))
    has = (random.random((50, 3)) < 0.5).astype(int)
    wanted = metrics.log_loss(has.reshape(-1), special.expit(logits).reshape(-1))
    assert log_loss(logits, has) == pytest.approx(wanted)


def test_large_logits_are_no_infinity():
    assert log_loss(np.array([[1000.0, -1000.0]]), np.array([1])) == 2000.0
    assert log_loss(np.array([[1000.0, -1000.0]]), np.array([[0, 0]])) == 500.0
