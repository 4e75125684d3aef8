"""`class_scores` and `confusion_matrix` against scikit-learn."""

import numpy as np
import pytest
from sklearn import metrics

from bert_keras.metrics.class_scores import class_scores, confusion_matrix, scores_of_counts


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_one_class_a_row(classes):
    random = np.random.default_rng(classes)
    predictions, labels = random.integers(classes, size=(2, 60))
    predictions[predictions == classes - 1] = 0  # a class that is never predicted
    found = class_scores(predictions, labels, classes + 1)  # and one that occurs nowhere
    theirs = metrics.precision_recall_fscore_support(
        labels, predictions, labels=range(classes + 1), average=None, zero_division=0
    )
    for own, wanted in zip(found, theirs, strict=True):
        np.testing.assert_allclose(own, wanted, atol=1e-12)


def test_several_labels_a_row():
    predictions, labels = np.random.default_rng(1).integers(2, size=(2, 40, 4))
    labels[:, 2] = predictions[:, 3] = 0
    theirs = metrics.precision_recall_fscore_support(labels, predictions, average=None, zero_division=0)
    for own, wanted in zip(class_scores(predictions, labels, 4), theirs, strict=True):
        np.testing.assert_allclose(own, wanted, atol=1e-12)


def test_counts_of_any_shape():
    scores = scores_of_counts([[2, 0]], [[4, 0]], [[2, 3]])
    np.testing.assert_array_equal(scores.precision, [[0.5, 0.0]])
    np.testing.assert_array_equal(scores.recall, [[1.0, 0.0]])
    np.testing.assert_allclose(scores.f1, [[2 / 3, 0.0]])
    assert scores.support.tolist() == [[2, 3]]


def test_a_confusion_matrix():
    predictions, labels = np.random.default_rng(2).integers(4, size=(2, 50))
    wanted = metrics.confusion_matrix(labels, predictions, labels=range(5))
    np.testing.assert_array_equal(confusion_matrix(predictions, labels, 5), wanted)


@pytest.mark.parametrize(
    "predictions, labels, said",
    [
        ([0, 3], [0, 1], "`predictions` must lie between 0 and 2, the classes"),
        ([0, 1], [0, -1], "`labels` must lie between 0 and 2"),
        ([0.5, 1.0], [0, 1], r"`predictions` must be integers \[rows\]"),
        ([0], [0, 1], r"`predictions` must have the shape of `labels`, \(2,\)"),
        ([], [], "`predictions` must be integers"),
        ([[0, 1, 2]], [[0, 1, 1]], r"`predictions` must be 0 and 1 \[rows, 3\]"),
    ],
)
def test_mistakes(predictions, labels, said):
    with pytest.raises(ValueError, match=said):
        class_scores(predictions, labels, 3)
