"""`paired_difference`: intervals that hold the truth as often as they say, with few pairs and scores in steps."""

import math
import sys

import numpy as np
import pytest
from paths import ROOT
from scipy import stats

from bert_keras.metrics.paired_difference import paired_difference

sys.path.insert(0, str(ROOT / "benchmarks"))
import null_comparisons

NAMES = ("high", "low")


def test_the_interval_is_students_a_little_wider():
    found = paired_difference(NAMES, [0.80, 0.83, 0.81], [0.78, 0.79, 0.80])
    theirs = stats.ttest_1samp([0.02, 0.04, 0.01], 0.0).confidence_interval(0.965)
    assert (found.name, found.against, found.pairs, found.comparisons) == ("high", "low", 3, 1)
    assert found.mean == pytest.approx(0.07 / 3)
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high))
    assert found.holds_zero


def test_a_large_difference_is_found_whichever_way():
    better = paired_difference(NAMES, [0.80, 0.82, 0.81], [0.70, 0.74, 0.71])
    worse = paired_difference(NAMES, [0.70, 0.74, 0.71], [0.80, 0.82, 0.81])
    assert better.low > 0 and worse.high < 0 and not better.holds_zero and not worse.holds_zero
    assert (worse.low, worse.high) == pytest.approx((-better.high, -better.low))


def test_equal_differences_of_a_row_are_no_proof():
    """Three seeds, each with one row more right: without the step the interval would have no width."""
    ones, others = [0.75, 0.80, 0.70], [0.70, 0.75, 0.65]
    assert not paired_difference(NAMES, ones, others).holds_zero
    assert paired_difference(NAMES, ones, others, step=0.05).holds_zero


def test_several_comparisons_are_wider():
    alone = paired_difference(NAMES, [0.80, 0.82, 0.81], [0.77, 0.78, 0.79])
    among = paired_difference(NAMES, [0.80, 0.82, 0.81], [0.77, 0.78, 0.79], comparisons=6)
    assert among.high - among.low > 2 * (alone.high - alone.low) and among.mean == alone.mean
    third = paired_difference(NAMES, [0.0, 1.0, 2.0, 3.0, 4.0], [0.0] * 5, comparisons=3)
    assert (third.high - third.mean) / np.sqrt(2.5 / 5) == pytest.approx(stats.t.ppf(1 - 0.7 * 0.05 / 3 / 2, 4))


def test_runs_without_a_score():
    found = paired_difference(NAMES, [0.8, math.nan, 0.9, 0.85], [0.7, 0.6, 0.7, 0.72])
    assert found.pairs == 3 and found.mean == pytest.approx((0.1 + 0.2 + 0.13) / 3)
    one = paired_difference(NAMES, [0.8, math.nan], [0.7, 0.6])
    assert one.pairs == 1 and one.mean == pytest.approx(0.1) and (one.low, one.high) == (-math.inf, math.inf)
    none = paired_difference(NAMES, [math.nan], [0.7])
    assert none.pairs == 0 and math.isnan(none.mean) and none.holds_zero


@pytest.mark.parametrize(
    "given, said",
    [
        ({"others": [0.1]}, "`others` must be as many as the scores"),
        ({"comparisons": 0}, "`comparisons` must be at least 1"),
        ({"step": -1.0}, "`step` must be"),
        ({"confidence": 1.0}, "`confidence` must lie between 0 and 1"),
    ],
)
def test_mistakes(given, said):
    with pytest.raises(ValueError, match=said):
        paired_difference(NAMES, **{"scores": [0.1, 0.2], "others": [0.1, 0.1], **given})


@pytest.mark.parametrize("seeds", null_comparisons.SEEDS)
@pytest.mark.parametrize("noise", null_comparisons.NOISES)
def test_of_a_recipe_and_itself_nobody_is_better(noise, seeds):
    assert null_comparisons.covered(noise, seeds, 1000, seed=7) >= 0.95


@pytest.mark.parametrize("seeds", null_comparisons.SEEDS)
def test_a_bootstrap_of_few_differences_would_name_one_too_often(seeds):
    assert null_comparisons.covered_by_bootstrap("normal, 408 rows", seeds, 200) < 0.95


def test_of_four_that_are_equal_none_is_named_too_often():
    assert null_comparisons.none_named("normal, 408 rows", 5, 4, 300) >= 0.95


def test_the_second_interval_is_for_other_rows_too():
    narrow, wide = null_comparisons.covered_on_other_rows(10, 100, 400)
    assert wide >= 0.95 > 0.85 > narrow


def test_without_variance_by_seed_the_second_interval_is_that_of_rows():
    found = paired_difference(NAMES, [0.75, 0.75], [0.5, 0.5], row_deviation=0.02)
    assert (found.low, found.high) == (found.mean, found.mean)
    assert found.wide_high - found.mean == pytest.approx(0.02 * stats.norm.ppf(1 - 0.035 / 2))
    both = paired_difference(NAMES, [0.8, 0.84], [0.7, 0.7], row_deviation=0.02)
    freedom = ((0.02**2 + 0.02**2) / 0.02**2) ** 2  # the mean of two differences deviates by 0.02 by seed
    assert both.wide_high - both.mean == pytest.approx(np.sqrt(8e-4) * stats.t.ppf(1 - 0.035 / 2, freedom))
    assert paired_difference(NAMES, [0.8, 0.84], [0.7, 0.7]).wide_holds_zero  # as it is not known


def test_what_is_better_is_found():
    """By three standard deviations, with five seeds: nearly always."""
    random = np.random.default_rng(0)
    scores = 0.8 + 0.01 * random.standard_normal((200, 2, 5)) + 0.03 * np.array([[1.0], [0.0]])
    found = [paired_difference(NAMES, *pair, step=1 / 408) for pair in scores]
    assert np.mean([one.low > 0 for one in found]) > 0.85
