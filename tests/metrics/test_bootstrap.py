"""`bootstrap`: intervals that hold what they promise, and samples without a value."""

import numpy as np
import pytest
from scipy import stats

from bert_keras.metrics.bootstrap import bootstrap


def test_the_interval_of_a_mean_is_that_of_scipy():
    values = np.random.default_rng(3).normal(size=200)
    low, high = bootstrap(lambda rows: values[rows].mean(), 200, samples=4000)
    theirs = stats.bootstrap((values,), np.mean, n_resamples=4000, method="percentile", random_state=1)
    assert low == pytest.approx(theirs.confidence_interval.low, abs=0.01)
    assert high == pytest.approx(theirs.confidence_interval.high, abs=0.01)


def test_it_holds_the_true_share_about_as_often_as_it_says():
    random = np.random.default_rng(0)
    held = 0
    for _ in range(200):
        right = random.random(100) < 0.8
        low, high = bootstrap(lambda rows, right=right: right[rows].mean(), 100, samples=300, confidence=0.9)
        held += low <= 0.8 <= high
    assert 165 <= held <= 195  # 180 are expected; the percentile interval is a little narrow


def test_the_same_seed_gives_the_same_interval_and_another_another():
    values = np.arange(30.0)

    def ends(seed):
        return np.array(bootstrap(lambda rows: values[rows].mean(), 30, samples=50, seed=seed)).tolist()

    assert ends(1) == ends(1) != ends(2)


def test_several_numbers_at_once_and_samples_without_a_value():
    values = np.array([1.0, 2.0, 4.0])

    def statistic(rows):
        return [values[rows].mean(), values[rows].max() if 0 in rows else np.nan, np.nan]

    low, high = bootstrap(statistic, 3, samples=500)
    assert low.shape == high.shape == (3,)
    random = np.random.default_rng(0)
    drawn = [random.integers(3, size=3) for _ in range(500)]
    kept = [values[rows].max() for rows in drawn if 0 in rows]
    assert 0 < len(kept) < 500
    assert (low[1], high[1]) == tuple(np.quantile(kept, [0.025, 0.975]))
    assert low[0] == pytest.approx(np.quantile([values[rows].mean() for rows in drawn], 0.025))
    assert np.isnan([low[2], high[2]]).all()


@pytest.mark.parametrize(
    "options, said",
    [
        ({"rows": 0}, "`rows` must be at least 1"),
        ({"samples": 0}, "`samples` must be at least 1"),
        ({"confidence": 1.0}, "`confidence` must lie between 0 and 1, both left out"),
        ({"seed": -1}, "`seed` must be at least 0"),
    ],
)
def test_mistakes(options, said):
    with pytest.raises(ValueError, match=said):
        bootstrap(lambda rows: 0.0, **{"rows": 3, **options})
