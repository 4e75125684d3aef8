"""`class_table`: scores of each class against scikit-learn, their intervals, and classes that do not occur."""

import numpy as np
import pytest
from sklearn import metrics
from tags import Tags

from bert_keras.inspection.reporting.class_table import class_table, with_gaps


def cells(table):
    _, (head, rows) = table
    return head, {row[0]: row[1:] for row in rows}


@pytest.mark.parametrize("is_several", [False, True])
def test_scores_by_class(is_several):
    random = np.random.default_rng(0)
    names = ("a", "b", "c")
    scores = random.random((60, 3))
    if is_several:
        labels = random.integers(2, size=(60, 3))
        predictions = (scores > 0.5).astype("int32")
    else:
        labels = random.integers(3, size=60)
        predictions = scores.argmax(axis=1)
    markup, _ = table = class_table(names, predictions, labels, scores, "Label")
    head, rows = cells(table)
    assert head == ("Label", "Precision", "Recall", "F1", "ROC-AUC", "Average precision", "Support")
    theirs = metrics.precision_recall_fscore_support(labels, predictions, average=None)
    true = labels if is_several else labels[:, None] == np.arange(3)
    areas = [
        metrics.roc_auc_score(true, scores, average=None),
        metrics.average_precision_score(true, scores, average=None),
    ]
    for place, name in enumerate(names):
        told = rows[name]
        wanted = [theirs[0][place], theirs[1][place], theirs[2][place], areas[0][place], areas[1][place]]
        assert told[-1] == str(theirs[3][place])
        for cell, value in zip(told, wanted, strict=False):
            shown, low, _, high = cell.replace("(", "").replace(")", "").split()
            assert float(shown) == pytest.approx(value, abs=5e-4) and float(low) < value < float(high)
    found = Tags(markup)
    assert found.names.count("tr") == 4 and rows["b"][0].split()[0] in found.text


def test_a_class_that_is_nowhere_has_no_score_and_one_that_is_never_predicted_no_precision():
    _, rows = cells(class_table(("a", "b", "c"), np.zeros(6, int), np.array([0, 0, 0, 1, 1, 1]), None, "Label"))
    assert rows["c"] == ("–", "–", "–", "0")
    assert rows["b"][0] == "–" and rows["b"][1].startswith("0.000 (0.000 to 0.000)") and rows["b"][3] == "3"
    found = with_gaps([0, 0], [0, 2], [3, 0])
    np.testing.assert_array_equal(found, [[np.nan, 0.0], [0.0, np.nan], [0.0, 0.0]])


def test_many_rows_have_areas_without_intervals(monkeypatch):
    monkeypatch.setattr("bert_keras.inspection.reporting.class_table._MOST_AREAS", 19)
    labels = np.tile([0, 1, 1, 0, 1], 2)
    _, rows = cells(class_table(("a", "b"), labels, labels, np.random.default_rng(0).random((10, 2)), "Label"))
    assert "to" in rows["a"][0] and "to" not in rows["a"][3]
