"""`fit_unlike`: the promise holds for other rows, and what is far away is told."""

import numpy as np
import pytest

from bert_keras.data.splitting import held_out
from bert_keras.running.confidence.fit_unlike import fit_unlike
from bert_keras.tuned.ordinary_vectors import OrdinaryVectors


def fitted(seed, count=400, size=40, share=0.1, assurance=0.9):
    """With what came of other rows of the same kind, and of rows that lie elsewhere."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(1).normal(size=(2, size)) * 4
    classes, groups = np.arange(count) % 2, np.arange(count)
    vectors = random.normal(size=(count, size)) + centres[classes]
    is_fitted = held_out(classes, groups, 0.5, seed)
    ordinary, found, is_unlike = fit_unlike(vectors, classes, groups, is_fitted, share, assurance, seed)
    like = random.normal(size=(5000, size)) + centres[np.arange(5000) % 2]
    between = random.normal(size=(500, size)) + centres.mean(axis=0)
    return (
        ordinary,
        found,
        is_unlike[~is_fitted],
        [ordinary.distances(rows) > found.threshold for rows in (like, between)],
    )


def test_false_alarms_are_as_few_as_promised():
    shares = [fitted(seed)[3][0].mean() for seed in range(100)]
    assert 0.82 <= np.mean([share <= 0.1 for share in shares]) <= 0.99  # 0.9 is promised, of 100 draws
    assert np.mean(shares) > 0.04  # and not by calling nothing unlike


def test_what_lies_elsewhere_is_told():
    ordinary, found, measured, (_, between) = fitted(0)
    assert between.mean() > 0.95 and isinstance(ordinary, OrdinaryVectors)
    assert (found.promised, found.rows, found.ordinary_rows) == (0.1, 200, 100)
    assert found.share == measured.mean() and found.threshold == np.float32(found.threshold)


def test_too_few_rows():
    advice = r"A quarter of them, 20, bears 0.109 at least: allow more, or pass more rows"
    with pytest.raises(ValueError, match=f"`false_alarms` must be a share that the 80 rows can bear.*{advice}"):
        fitted(0, count=80, share=0.1)
    assert fitted(0, count=80, share=0.11)[1].promised == 0.11
