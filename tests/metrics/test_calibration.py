"""`calibration`: bins as scikit-learn's, the error by its definition."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from bert_keras.metrics.calibration import calibration


def test_bins_and_error():
    random = np.random.default_rng(0)
    confidences = random.random(500) * 0.8  # the last two bins are empty
    is_right = random.random(500) < confidences**2
    found = calibration(confidences, is_right)
    accuracy, confidence = calibration_curve(is_right, confidences, n_bins=10)
    there = found.counts > 0
    assert there.tolist() == [True] * 8 + [False] * 2 and found.counts.sum() == 500
    np.testing.assert_allclose(found.accuracy[there], accuracy)
    np.testing.assert_allclose(found.confidence[there], confidence)
    assert np.isnan(found.accuracy[~there]).all()
    shares = found.counts[there] / 500
    assert found.error == pytest.approx(np.sum(shares * np.abs(accuracy - confidence)), abs=1e-12)


def test_by_hand():
    found = calibration([1.0, 0.5, 0.5, 0.0], [1, 0, 0, 0], bins=2)  # an edge is of the bin below it
    assert found.counts.tolist() == [3, 1] and found.edges.tolist() == [0.0, 0.5, 1.0]
    assert found.confidence.tolist() == pytest.approx([1 / 3, 1.0])
    assert found.error == pytest.approx(0.75 * (1 / 3))


@pytest.mark.parametrize(
    "confidences, is_right, said",
    [
        ([], [], "`confidences` must be numbers"),
        ([1.1], [1], r"`confidences` must be numbers \[answers\] in \[0, 1\]"),
        ([np.nan], [1], "`confidences` must be numbers"),
        ([0.5], [2], r"`is_right` must be 0 and 1 \[1\]"),
        ([0.5], [1, 0], "`is_right` must be 0 and 1"),
    ],
)
def test_mistakes(confidences, is_right, said):
    with pytest.raises(ValueError, match=said):
        calibration(confidences, is_right)
