"""How well vectors part classes as they are."""

import numpy as np
import pytest

from bert_keras.tuned import parted as module
from bert_keras.tuned.logistic_regression import logistic_regression

ALONE = np.arange(1000)  # rows of no group


def parted(vectors, labels, weights=None, groups=ALONE):
    return module.parted(vectors, labels, groups[: len(labels)], weights)


def clouds(rows, classes, spread, seed=0):
    random = np.random.default_rng(seed)
    labels = np.arange(rows) % classes
    vectors = np.eye(classes, 16)[labels] + spread * random.normal(size=(rows, 16))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), labels


def test_classes_apart_are_all_known_and_chance_is_nothing():
    assert parted(*clouds(60, 6, 0.02)) == 1.0
    vectors, _ = clouds(400, 2, 0.1)
    labels = np.random.default_rng(1).integers(0, 2, 400)
    assert abs(parted(vectors, labels)) < 0.15


def test_rows_are_judged_by_others_alone():
    vectors, labels = np.random.default_rng(2).normal(size=(40, 16)), np.arange(40) % 2
    kernel, bias = logistic_regression(vectors, labels, 2)
    own = ((vectors @ kernel + bias).argmax(axis=1) == labels).mean()  # of rows that it was fitted to
    assert 2 * own - 1 > 0.6 > 0.4 > parted(vectors, labels)


def test_a_frequent_class_alone_is_nothing():
    vectors, labels = np.random.default_rng(3).normal(size=(100, 16)), (np.arange(100) % 10 == 0).astype(int)
    assert parted(vectors, labels) <= 0.0


@pytest.mark.parametrize("rows", [4, 6, 40])
def test_two_rows_a_class_are_enough(rows):
    assert parted(*clouds(rows, 2, 0.02)) == 1.0


def test_weights_count():
    vectors, labels = clouds(80, 2, 0.02)
    turned = np.where(np.arange(80) % 8 < 6, labels, 1 - labels)  # a quarter
    of_turned = np.where(turned == labels, 0.01, 1.0)
    assert parted(vectors, turned) == 0.5 and parted(vectors, turned, of_turned) == -0.5


def test_rows_of_one_text_do_not_vouch_for_each_other():
    vectors, labels = np.random.default_rng(4).normal(size=(30, 64)), np.arange(30) % 2
    twice, both = np.concatenate([vectors, vectors]), np.concatenate([labels, labels])
    groups = np.arange(60) % 30
    assert parted(twice, both) > 0.6 > 0.3 > parted(twice, both, groups=groups)
    assert parted(twice, both, groups=both) == 0.0  # a class of one text
