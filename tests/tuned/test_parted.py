"""How well vectors part classes as they are."""

import numpy as np
import pytest

from bert_keras.tuned.logistic_regression import logistic_regression
from bert_keras.tuned.parted import parted


def clouds(rows, classes, spread, seed=0):
    random = np.random.default_rng(seed)
    labels = np.arange(rows) % classes
    vectors = np.eye(classes, 16)[labels] + spread * random.normal(size=(rows, 16))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), labels


def test_classes_apart_are_all_known_and_chance_is_nothing():
    assert parted(*clouds(60, 6, 0.02), 6) == 1.0
    vectors, _ = clouds(400, 2, 0.1)
    labels = np.random.default_rng(1).integers(0, 2, 400)
    assert abs(parted(vectors, labels, 2)) < 0.15


def test_rows_are_judged_by_others_alone():
    vectors, labels = np.random.default_rng(2).normal(size=(40, 16)), np.arange(40) % 2
    kernel, bias = logistic_regression(vectors, labels, 2)
    own = ((vectors @ kernel + bias).argmax(axis=1) == labels).mean()  # of rows that it was fitted to
    assert 2 * own - 1 > 0.6 > 0.4 > parted(vectors, labels, 2)


def test_a_frequent_class_alone_is_nothing():
    vectors, labels = np.random.default_rng(3).normal(size=(100, 16)), (np.arange(100) % 10 == 0).astype(int)
    assert parted(vectors, labels, 2) <= 0.0


@pytest.mark.parametrize("rows", [4, 6, 40])
def test_two_rows_a_class_are_enough(rows):
    assert parted(*clouds(rows, 2, 0.02), 2) == 1.0


def test_weights_count():
    vectors, labels = clouds(80, 2, 0.02)
    turned = np.where(np.arange(80) % 8 < 6, labels, 1 - labels)  # a quarter
    of_turned = np.where(turned == labels, 0.01, 1.0)
    assert parted(vectors, turned, 2) == 0.5 and parted(vectors, turned, 2, of_turned) == -0.5
