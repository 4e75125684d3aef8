"""Alarms about labels: as far down as the surest rows allow."""

import numpy as np

from bert_keras.data.examples import Examples
from bert_keras.row_checks.likely_errors import alarms, is_steady, likely_errors
from bert_keras.row_checks.pooled_rows import PooledRows


def judged(rows, wrong, sure=0.7, seed=0):
    """Chances of a model that errs in none of the surest 70% and in a third of the others, and labels of which a share
    is wrong: chances, labels, and which are wrong.
    """
    random = np.random.default_rng(seed)
    truth = random.integers(0, 2, rows)
    is_sure = random.random(rows) < sure
    top = np.where(is_sure, random.uniform(0.95, 1.0, rows), random.uniform(0.5, 0.9, rows))
    right = is_sure | (random.random(rows) < 2 / 3)
    said = np.where(right, truth, 1 - truth)
    chances = np.stack([np.where(said == 0, top, 1 - top), np.where(said == 1, top, 1 - top)], axis=1)
    is_wrong = random.random(rows) < wrong
    return chances, np.where(is_wrong, 1 - truth, truth), is_wrong


def test_wrong_labels_are_found_without_knowing_how_many_there_are():
    for share in (0.02, 0.04, 0.08):
        chances, labels, is_wrong = judged(8000, share)
        found = alarms(chances, labels)
        assert is_wrong[found].mean() > 0.5
        assert is_wrong[found].sum() > 0.65 * is_wrong.sum()


def test_the_likeliest_come_first():
    chances, labels, _ = judged(2000, 0.03)
    found = alarms(chances, labels)
    margins = chances[found].max(axis=1) - chances[found, labels[found]]
    assert (np.diff(margins) <= 0).all() and (margins > 0).all()


def test_few_rows_and_right_labels():
    chances, labels = np.array([[0.9, 0.1]] * 8 + [[0.1, 0.9]] * 8), np.array([0] * 8 + [1] * 8)
    assert len(alarms(chances, labels)) == 0
    labels[3] = 1
    assert alarms(chances, labels).tolist() == [3]


def test_models_that_err_where_they_are_sure_are_known():
    chances, labels, _ = judged(4000, 0.02)
    assert is_steady(chances, labels)
    assert not is_steady(chances, np.random.default_rng(1).integers(0, 2, 4000))
    second = np.argsort(-chances.max(axis=1))[450:1000:5]
    labels[second] = 1 - labels[second]
    assert not is_steady(chances, labels)


def test_what_is_said_of_a_row():
    rows = PooledRows.of({"train": Examples((["a", "b", "c"],), np.array([0, 1, 1]), np.arange(3), "mine.csv")})
    chances = np.array([[0.9, 0.1], [0.2, 0.8], [0.95, 0.05]])
    (item,) = likely_errors(rows, np.arange(3), chances, ("no", "yes"))
    assert (item.place, item.part, item.text) == ("mine.csv, row 2", "train", "c")
    assert (item.label, item.expected, item.probability, item.label_probability) == ("yes", "no", 0.95, 0.05)
