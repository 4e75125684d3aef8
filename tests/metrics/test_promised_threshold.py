"""`promised_threshold`: the promise is kept on other rows as often as it is said, and the plain threshold does not."""

import numpy as np
import pytest
from scipy import stats

from bert_keras.metrics.promised_threshold import best_promise, promised_threshold
from bert_keras.metrics.risk_coverage import risk_coverage


def kept(choose, precision, draws=300, rows=400):
    """In which share of draws the promise is kept over all that there is; a model whose confidence is its precision."""
    found = []
    for seed in range(draws):
        random = np.random.default_rng(seed)
        confidences = random.uniform(0.5, 1.0, rows)
        threshold = choose(confidences, random.random(rows) < confidences)
        found.append((1.0 + threshold) / 2 >= precision)  # of all rows above it
    return np.mean(found)


def test_the_promise_is_kept_as_often_as_it_is_said():
    share = kept(lambda *rows: promised_threshold(*rows, 0.9, assurance=0.9) or 1.0, 0.9)
    assert share >= 0.9

    def plain(confidences, is_right):
        curve = risk_coverage(confidences, is_right)
        return curve.thresholds[np.flatnonzero(1 - curve.risk >= 0.9).max()]

    assert kept(plain, 0.9) < 0.7  # so that the test above says something


def test_more_assurance_and_more_precision_let_less_through():
    random = np.random.default_rng(0)
    confidences = random.uniform(0.5, 1.0, 2000)
    rows = confidences, random.random(2000) < confidences
    found = [promised_threshold(*rows, 0.8), promised_threshold(*rows, 0.9), promised_threshold(*rows, 0.9, 0.999)]
    assert found == sorted(found) and len(set(found)) == 3 and set(found) <= set(confidences)


def test_the_bound_by_hand():
    """Of equal confidence: one step, whose bound is that of Clopper and Pearson."""
    confidences, is_right = [0.7] * 100, [1] * 96 + [0] * 4
    most = stats.binomtest(4, 100, alternative="less").proportion_ci(0.9, method="exact").high
    assert promised_threshold(confidences, is_right, 1 - most - 1e-6) == 0.7
    assert promised_threshold(confidences, is_right, 1 - most + 1e-6) is None
    assert best_promise(confidences, is_right) == pytest.approx(1 - most)


def test_too_few_rows_promise_nothing():
    assert promised_threshold([0.99] * 20, [1] * 20, 0.95) is None
    assert promised_threshold([0.99] * 60, [1] * 60, 0.95) == 0.99
    assert promised_threshold([0.99] * 5, [0] * 5, 0.5) is None


@pytest.mark.parametrize("name", ["precision", "assurance"])
def test_shares_are_shares(name):
    with pytest.raises(ValueError, match=f"`{name}` must be "):
        promised_threshold([0.5], [1], **{"precision": 0.9, name: 1.0})
