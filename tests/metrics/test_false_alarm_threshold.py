"""`false_alarm_threshold`: the share is kept on other rows as often as it is said, and the plain quantile does not."""

import numpy as np
import pytest

from bert_keras.metrics.false_alarm_threshold import false_alarm_threshold, rows_for_false_alarms


def kept(choose, share, draws=1000, rows=300):
    """In which share of draws the false alarms over all that there is are as few as promised; scores are uniform."""
    thresholds = [choose(np.random.default_rng(seed).random(rows)) for seed in range(draws)]
    return np.mean([1.0 - threshold <= share for threshold in thresholds])


def test_the_promise_is_kept_as_often_as_it_is_said():
    # 0.9, or a little more as only scores that are there can be thresholds; a draw moves the share by 0.01.
    assert 0.88 <= kept(lambda scores: false_alarm_threshold(scores, 0.05, 0.9), 0.05) <= 0.96
    assert kept(lambda scores: np.quantile(scores, 0.95), 0.05) < 0.65  # so that the line above says something


def test_the_least_rows_by_hand():
    """The largest of n scores is exceeded by more than a share s with the probability (1 - s) ** n."""
    assert 0.95**45 <= 0.1 < 0.95**44 and rows_for_false_alarms(0.05, 0.9) == 45
    assert rows_for_false_alarms(0.01, 0.95) == 299  # the well-known number of tolerance limits
    scores = np.random.default_rng(0).permutation(45.0 + np.arange(45))
    assert false_alarm_threshold(scores, 0.05, 0.9) == 89.0
    assert false_alarm_threshold(scores[:44], 0.05, 0.9) is None


def test_the_second_largest_by_hand():
    """The second largest of n is exceeded by more than s where fewer than two of n lie above: a binomial sum."""
    count = 77
    fails = 0.95**count + count * 0.05 * 0.95 ** (count - 1)
    assert fails <= 0.1
    scores = np.arange(float(count))
    assert false_alarm_threshold(scores, 0.05, 0.9) == count - 2
    assert false_alarm_threshold(scores, 0.05, 1 - fails + 1e-9) == count - 1


def test_more_assurance_and_fewer_alarms_raise_it():
    scores = np.random.default_rng(0).normal(size=1000)
    found = [false_alarm_threshold(scores, *pair) for pair in ((0.1, 0.9), (0.05, 0.9), (0.05, 0.999))]
    assert found == sorted(found) and len(set(found)) == 3 and set(found) <= set(scores)


@pytest.mark.parametrize("scores", [[], [[1.0]], [1.0, np.nan]])
def test_scores_are_finite_numbers(scores):
    with pytest.raises(ValueError, match="`scores` must be finite numbers"):
        false_alarm_threshold(scores, 0.05)


@pytest.mark.parametrize("name", ["share", "assurance"])
def test_shares_are_shares(name):
    with pytest.raises(ValueError, match=f"`{name}` must be "):
        false_alarm_threshold([0.5], **{"share": 0.05, name: 1.0})
