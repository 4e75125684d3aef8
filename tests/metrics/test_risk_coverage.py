"""`risk_coverage`: by hand, with ties, and against a count of its own at every threshold."""

import numpy as np
import pytest

from bert_keras.metrics.risk_coverage import risk_coverage


def test_by_hand():
    found = risk_coverage([0.6, 0.9, 0.8, 0.8], [0, 1, 1, 0])
    assert found.thresholds.tolist() == [0.9, 0.8, 0.6]
    assert found.coverage.tolist() == [0.25, 0.75, 1.0]
    assert found.risk.tolist() == pytest.approx([0.0, 1 / 3, 0.5])
    assert found.area == pytest.approx(0.25 * 0 + 0.5 / 3 + 0.25 * 0.5)
    assert [found.coverage_at(precision) for precision in (1.0, 2 / 3, 0.5)] == [0.25, 0.75, 1.0]


def test_at_every_threshold():
    random = np.random.default_rng(0)
    confidences, is_right = random.integers(0, 30, 200) / 30, random.random(200) < 0.7
    found = risk_coverage(confidences, is_right)
    for threshold, coverage, risk in zip(found.thresholds, found.coverage, found.risk, strict=True):
        given = confidences >= threshold
        assert coverage == given.mean() and risk == pytest.approx((~is_right[given]).mean())
    assert len(found.thresholds) == len(set(confidences))
    assert risk_coverage([0.9, 0.8], [0, 0]).coverage_at(0.9) == 0.0


@pytest.mark.parametrize(
    ("confidences", "is_right", "told"),
    [
        ([], [], "of one answer or more"),
        ([[0.5]], [[1]], "be finite numbers"),
        ([np.inf], [1], "be finite numbers"),
        ([0.5], [2], "`is_right` must be 0 and 1"),
        ([0.5], [1, 0], "`is_right` must be 0 and 1"),
    ],
)
def test_what_is_refused(confidences, is_right, told):
    with pytest.raises(ValueError, match=told):
        risk_coverage(confidences, is_right)
