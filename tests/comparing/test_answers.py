"""Answers of runs: what is kept of them, and what other rows would change."""

import math

import numpy as np
import pytest

from bert_keras.comparing.answers import Answers, keep_answers, row_deviation
from bert_keras.metrics.classification import accuracy

LABELS = np.random.default_rng(0).integers(0, 2, 400)


def kept(out, place, right, are_rows=True):
    """Answers of which that share is right."""
    given = np.where(np.random.default_rng(len(place)).random(400) < right, LABELS, 1 - LABELS)
    keep_answers(Answers(given, LABELS, accuracy, are_rows), out, place)
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
