"""Pairs of classes, both ways; counted by hand."""

import numpy as np

from bert_keras.row_checks.confused_classes import ConfusedClasses, confused_classes


def test_both_ways():
    labels = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, 2])
    predictions = np.array([0, 0, 1, 2, 0, 0, 1, 2, 2, 2])
    found = confused_classes(predictions, labels, ("a", "b", "c"))
    assert found == [ConfusedClasses("b", "a", 2, 1, 3 / 7), ConfusedClasses("a", "c", 1, 0, 1 / 7)]
    assert confused_classes(labels, labels, ("a", "b", "c")) == []
