"""Areas and curves of ranked rows, against scikit-learn."""

import numpy as np
import pytest
from sklearn import metrics

from bert_keras.metrics.ranking import average_precision, places_of, precision_recall_curve, roc_auc, roc_curve


def rows(seed, count=80, ties=True):
    random = np.random.default_rng(seed)
    labels = random.integers(2, size=count)
    scores = random.normal(size=count) + labels
    return (scores.round(1) if ties else scores), labels


@pytest.mark.parametrize("ties", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_the_areas(seed, ties):
    scores, labels = rows(seed, ties=ties)
    auc, precision = metrics.roc_auc_score(labels, scores), metrics.average_precision_score(labels, scores)
    assert roc_auc(scores, labels) == pytest.approx(auc, abs=1e-12)
    assert average_precision(scores, labels) == pytest.approx(precision, abs=1e-12)
    places = places_of(scores)
    assert places.dtype.kind == "i" and roc_auc(places, labels) == pytest.approx(auc, abs=1e-12)
    drawn = np.random.default_rng(9).integers(len(labels), size=len(labels))
    theirs = metrics.average_precision_score(labels[drawn], scores[drawn])
    assert average_precision(places[drawn], labels[drawn]) == pytest.approx(theirs, abs=1e-12)


def test_the_curves():
    scores, labels = rows(5)
    found = np.stack(roc_curve(scores, labels), axis=1)
    theirs = np.stack(metrics.roc_curve(labels, scores, drop_intermediate=False)[:2], axis=1)
    np.testing.assert_allclose(found, theirs, atol=1e-12)
    recalls, precisions = precision_recall_curve(scores, labels)
    their_precisions, their_recalls, _ = metrics.precision_recall_curve(labels, scores)
    np.testing.assert_allclose(recalls, their_recalls[::-1], atol=1e-12)
    np.testing.assert_allclose(precisions, their_precisions[::-1], atol=1e-12)


def test_one_class_alone_has_no_area():
    assert np.isnan(roc_auc([0.1, 0.2], [1, 1])) and np.isnan(roc_auc([0.1, 0.2], [0, 0]))
    assert np.isnan(average_precision([0.1, 0.2], [0, 0])) and average_precision([0.1, 0.2], [1, 1]) == 1.0


def test_large_whole_numbers_are_ranked_like_others():
    assert roc_auc([10**9, 5, 7, 10**9 + 1], [0, 0, 1, 1]) == 0.75


@pytest.mark.parametrize(
    "scores, labels, said",
    [
        ([], [], r"`scores` must be numbers \[rows\], one or more"),
        ([0.1, np.nan], [0, 1], "`scores` must be numbers"),
        ([0.1, 0.2], [0, 2], r"`labels` must be 0 and 1 \[2\]"),
        ([0.1, 0.2], [0], "`labels` must be 0 and 1"),
    ],
)
def test_mistakes(scores, labels, said):
    with pytest.raises(ValueError, match=said):
        roc_auc(scores, labels)
