"""Answers of runs: what is kept of them, and what other rows would change."""

import math

import numpy as np
import pytest

from bert_keras.comparing.keep_answers import keep_answers, row_deviation, score_of_choosing
from bert_keras.metrics.classification import accuracy
from bert_keras.tuned.given_answers import GivenAnswers

LABELS = np.random.default_rng(0).integers(0, 2, 400)


def kept(out, place, right, are_rows=True):
    """Answers of which that share is right."""
    given = np.where(np.random.default_rng(len(place)).random(400) < right, LABELS, 1 - LABELS)
    keep_answers(GivenAnswers(given, LABELS, accuracy, are_rows), out, place)
    return given


def test_the_deviation_of_a_difference_is_that_of_its_rows(tmp_path):
    first, second = kept(tmp_path, "runs/a/seed-0", 0.9), kept(tmp_path, "runs/bb/seed-0", 0.7)
    by_row = (first == LABELS).astype(float) - (second == LABELS)
    found = row_deviation(tmp_path, [("runs/a/seed-0", "runs/bb/seed-0")], "accuracy")
    assert found == pytest.approx(by_row.std() / np.sqrt(400), rel=0.15)  # by 300 draws


def test_of_the_mean_over_seeds(tmp_path):
    places = [(f"runs/a/seed-{seed}", f"runs/bbbb/seed-{seed}") for seed in (0, 11)]
    given = [[kept(tmp_path, place, 0.8) == LABELS for place in pair] for pair in places]
    by_row = np.mean([first.astype(float) - second for first, second in given], axis=0)
    assert row_deviation(tmp_path, places, "accuracy") == pytest.approx(by_row.std() / np.sqrt(400), rel=0.15)


def test_it_is_not_known_without_answers(tmp_path):
    kept(tmp_path, "runs/a/seed-0", 0.9)
    kept(tmp_path, "runs/bb/seed-0", 0.9, are_rows=False)  # words of sentences: drawing these alone would be too narrow
    keep_answers(None, tmp_path, "runs/c/seed-0")
    assert math.isnan(row_deviation(tmp_path, [("runs/a/seed-0", "runs/bb/seed-0")], "accuracy"))
    assert math.isnan(row_deviation(tmp_path, [], "accuracy"))


def test_the_best_of_many_that_guess_is_no_better_on_other_rows(tmp_path):
    """Each is right in half of all rows, by chance; the best of twenty is so on these rows alone."""
    places = [f"runs/{'x' * number}/seed-0" for number in range(20)]
    best = max(np.mean(kept(tmp_path, place, 0.5) == LABELS) for place in places)
    found = score_of_choosing(tmp_path, places, "accuracy")
    assert best > 0.53 and abs(found - 0.5) < best - 0.5


def test_one_that_is_far_better_stays_so(tmp_path):
    places = ["runs/a/seed-0", "runs/bb/seed-0"]
    best = max(np.mean(kept(tmp_path, place, right) == LABELS) for place, right in zip(places, (0.9, 0.5), strict=True))
    assert score_of_choosing(tmp_path, places, "accuracy") == pytest.approx(best, abs=0.01)


def test_what_choosing_costs_is_not_known_of_one_run_or_without_answers(tmp_path):
    kept(tmp_path, "runs/a/seed-0", 0.9)
    assert math.isnan(score_of_choosing(tmp_path, ["runs/a/seed-0"], "accuracy"))
    assert math.isnan(score_of_choosing(tmp_path, ["runs/a/seed-0", "runs/b/seed-0"], "accuracy"))
