"""Folds: every class evenly, groups whole."""

import numpy as np
import pytest

from bert_keras.data.folds import folds


@pytest.mark.parametrize("count", [2, 3, 5])
def test_classes_are_dealt_evenly_and_groups_stay_together(count):
    random = np.random.default_rng(0)
    labels = random.choice(3, 300, p=[0.9, 0.07, 0.03])
    groups = np.where(random.random(300) < 0.2, random.integers(0, 20, 300), np.arange(300) + 100)
    found = folds(labels, groups, count, seed=4)
    for group in np.unique(groups):
        assert len(set(found[groups == group])) == 1
    for label in range(3):
        rows = np.bincount(found[labels == label], minlength=count)
        assert rows.max() - rows.min() <= 2
    np.testing.assert_array_equal(found, folds(labels, groups, count, seed=4))
    assert (found != folds(labels, groups, count, seed=5)).any()
