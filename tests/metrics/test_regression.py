"""Distances of numbers, against scikit-learn."""

import numpy as np
import pytest
from sklearn import metrics

from bert_keras.metrics.regression import mean_absolute_error, r2, root_mean_squared_error


def test_as_scikit_learn():
    predictions, labels = np.random.default_rng(1).normal(size=(2, 40))
    assert mean_absolute_error(predictions, labels) == pytest.approx(metrics.mean_absolute_error(labels, predictions))
    wanted = metrics.root_mean_squared_error(labels, predictions)
    assert root_mean_squared_error(predictions, labels) == pytest.approx(wanted)
    assert r2(predictions, labels) == pytest.approx(metrics.r2_score(labels, predictions))
    assert r2([1.0, 2.0], [3.0, 3.0]) == 0.0


def test_mistakes():
    with pytest.raises(ValueError, match=r"`labels` must be numbers \[rows\], one row or more"):
        r2([], [])
    with pytest.raises(ValueError, match=r"`predictions` must have the shape of `labels`, \(2,\)"):
        mean_absolute_error([1.0], [1.0, 2.0])
