"""The metrics: numbers worked out by hand, equality with scikit-learn and scipy, degenerate cases, refusals."""

import math
import subprocess
import sys
import warnings

import hypothesis
import numpy as np
import pytest
import scipy.stats
import sklearn.metrics
from hypothesis import strategies as st

from bert_keras.metrics import classification
from bert_keras.metrics.classification import METRICS, score

TOLERANCE = 1e-12
SINGLE = ("accuracy", "f1", "matthews_corrcoef")
CORRELATIONS = ("pearson", "spearman")
SEVERAL = ("f1_micro", "f1_macro", "subset_accuracy")


def _pairs(element, low=1):
    return st.lists(st.tuples(element, element), min_size=low, max_size=40).map(
        lambda rows: (np.array([row[0] for row in rows]), np.array([row[1] for row in rows]))
    )


def _reference(function, *args, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*args, **kwargs)


# One true positive is missed, one negative is called positive: TP 2, FP 1, TN 1, FN 1.
PREDICTIONS, LABELS = [1, 1, 0, 0, 1], [1, 0, 0, 1, 1]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("accuracy", 3 / 5),
        ("f1", 2 * 2 / (2 * 2 + 1 + 1)),
        ("matthews_corrcoef", (2 * 1 - 1 * 1) / math.sqrt(3 * 3 * 2 * 2)),
    ],
)
def test_classes_by_hand(name, expected):
    result = METRICS[name](PREDICTIONS, LABELS)
    assert type(result) is float
    assert result == pytest.approx(expected, abs=TOLERANCE)


@pytest.mark.parametrize("name", CORRELATIONS)
def test_correlation_by_hand(name):
    # Deviations (-1, 0, 1) and (-1, 1, 0): product 1, norms sqrt(2) each.
    result = METRICS[name]([1, 2, 3], [1, 3, 2])
    assert type(result) is float
    assert result == pytest.approx(0.5, abs=TOLERANCE)


def test_pearson_and_spearman_differ_where_the_relation_is_not_linear():
    # Deviations (-5, -4, 9) and (-1, 0, 1): 14 / sqrt(122 * 2); the ranks agree.
    assert classification.pearson([0, 1, 14], [1, 2, 3]) == pytest.approx(14 / math.sqrt(244), abs=TOLERANCE)
    assert classification.spearman([0, 1, 14], [1, 2, 3]) == pytest.approx(1.0, abs=TOLERANCE)


def test_spearman_gives_equal_values_their_mean_rank():
    # Ranks (1.5, 1.5, 3) and (1, 2, 3): 1.5 / sqrt(1.5 * 2).
    assert classification.spearman([7, 7, 9], [1, 2, 3]) == pytest.approx(math.sqrt(3) / 2, abs=TOLERANCE)


def test_several_classes_by_hand():
    predictions = [[1, 0], [1, 1], [0, 0]]
    labels = [[1, 0], [0, 1], [1, 0]]
    # Together TP 2, FP 1, FN 1. First column TP 1, FP 1, FN 1; second TP 1 alone. Only the first row is all right.
    scores = score(SEVERAL, predictions, labels)
    assert scores == pytest.approx({"f1_micro": 2 / 3, "f1_macro": 0.75, "subset_accuracy": 1 / 3}, abs=TOLERANCE)
    assert all(type(value) is float for value in scores.values())


def test_one_column_is_a_label_not_two_classes():
    # scikit-learn takes one column for a task of two classes, and its micro average for an accuracy of 0.5.
    assert classification.f1_micro([[1], [0]], [[0], [0]]) == 0.0
    assert classification.f1_macro([[1], [1]], [[1], [0]]) == pytest.approx(2 / 3, abs=TOLERANCE)


@hypothesis.given(_pairs(st.integers(0, 1)))
def test_binary_equals_scikit_learn(pair):
    predictions, labels = pair
    assert classification.accuracy(predictions, labels) == pytest.approx(
        sklearn.metrics.accuracy_score(labels, predictions), abs=TOLERANCE
    )
    assert classification.f1(predictions, labels) == pytest.approx(
        sklearn.metrics.f1_score(labels, predictions, zero_division=0.0), abs=TOLERANCE
    )


@hypothesis.given(_pairs(st.integers(0, 3)))
def test_matthews_equals_scikit_learn(pair):
    predictions, labels = pair
    expected = _reference(sklearn.metrics.matthews_corrcoef, labels, predictions)
    assert classification.matthews_corrcoef(predictions, labels) == pytest.approx(expected, abs=TOLERANCE)


@hypothesis.given(_pairs(st.integers(-50, 50).map(lambda value: value / 8), low=2))
def test_correlations_equal_scipy(pair):
    predictions, labels = pair
    for name, function in (("pearson", scipy.stats.pearsonr), ("spearman", scipy.stats.spearmanr)):
        expected = _reference(function, predictions, labels).statistic
        expected = 0.0 if math.isnan(expected) else expected
        assert METRICS[name](predictions, labels) == pytest.approx(expected, abs=TOLERANCE)


@hypothesis.given(_pairs(st.floats(-1e300, 1e300)))
def test_correlations_of_any_numbers_are_defined(pair):
    for name in CORRELATIONS:
        assert -1 - 1e-9 <= METRICS[name](*pair) <= 1 + 1e-9


@hypothesis.given(_pairs(st.lists(st.integers(0, 1), min_size=3, max_size=3)))
def test_several_classes_equal_scikit_learn(pair):
    predictions, labels = pair
    for average in ("micro", "macro"):
        expected = sklearn.metrics.f1_score(labels, predictions, average=average, zero_division=0.0)
        assert METRICS[f"f1_{average}"](predictions, labels) == pytest.approx(expected, abs=TOLERANCE)
    assert classification.subset_accuracy(predictions, labels) == pytest.approx(
        sklearn.metrics.accuracy_score(labels, predictions), abs=TOLERANCE
    )


@pytest.mark.parametrize("labels", [[1, 1, 1], [0, 1, 0]])
def test_constant_predictions_have_no_matthews_correlation(labels):
    assert classification.matthews_corrcoef([1, 1, 1], labels) == 0.0
    assert classification.matthews_corrcoef(labels, [1, 1, 1]) == 0.0


@pytest.mark.parametrize("name", CORRELATIONS)
def test_constant_input_has_no_correlation(name):
    assert METRICS[name]([0.1, 0.1, 0.1], [1, 2, 3]) == 0.0
    assert METRICS[name]([1, 2, 3], [2.5, 2.5, 2.5]) == 0.0
    assert METRICS[name]([1.5], [2.5]) == 0.0


def test_numbers_that_hardly_vary_do_not_warn():
    # Their spread is lost in rounding: scipy warns, as errors here, and still gives a number.
    assert -1 <= classification.pearson([1e15, 1e15 + 0.125, 1e15 + 0.25], [1, 2, 3]) <= 1


def test_nothing_positive_scores_zero():
    assert classification.f1([0, 0], [0, 0]) == 0.0
    assert classification.f1_micro([[0, 0]], [[0, 0]]) == 0.0


def test_bool_and_unsigned_arrays_are_classes():
    assert classification.f1(np.array([0.7, 0.2]) > 0.5, np.array([1, 1], np.uint8)) == pytest.approx(2 / 3)


def test_score_keeps_the_order_of_names():
    assert list(score(("f1", "accuracy"), PREDICTIONS, LABELS)) == ["f1", "accuracy"]
    assert score([], PREDICTIONS, LABELS) == {}


@pytest.mark.parametrize("name", METRICS)
def test_shapes_are_checked(name):
    good = [[0, 1], [1, 0]] if name in SEVERAL else [0, 1]
    with pytest.raises(ValueError, match=r"`predictions` must have the shape of `labels`, \(2,"):
        METRICS[name](good[:1], good)
    with pytest.raises(ValueError, match=r"`labels` must have the shape \[rows"):
        METRICS[name](good, [[good]])
    empty = np.zeros((0, 2) if name in SEVERAL else 0, np.int32)
    with pytest.raises(ValueError, match="`predictions` must hold at least one row"):
        METRICS[name](empty, empty)


@pytest.mark.parametrize("name", SINGLE)
def test_logits_are_refused(name):
    with pytest.raises(ValueError, match=r"must have the shape \[rows\].*Take the argmax of logits first"):
        METRICS[name]([[0.1, 0.9], [0.8, 0.2]], [1, 0])
    with pytest.raises(TypeError, match=r"`predictions` must be integers.*float64.*argmax"):
        METRICS[name]([0.1, 0.9], [1, 0])
    with pytest.raises(TypeError, match="`labels` must be integers"):
        METRICS[name]([1, 0], ["yes", "no"])


def test_labels_of_a_test_split_cannot_be_scored():
    with pytest.raises(ValueError, match=r"`labels` must be class numbers of at least 0.*-1.*test split"):
        classification.accuracy([1, 0], [-1, -1])


def test_f1_takes_two_classes():
    with pytest.raises(ValueError, match=r"`labels` must be 0 or 1 everywhere. Received: labels=2"):
        classification.f1([1, 0], [1, 2])
    with pytest.raises(ValueError, match=r"`predictions` must be 0 or 1 everywhere. Received: predictions=3"):
        classification.f1_micro([[1, 3]], [[1, 0]])


@pytest.mark.parametrize("bad", [math.nan, math.inf, 1e301])
@pytest.mark.parametrize("name", CORRELATIONS)
def test_numbers_must_be_finite(name, bad):
    with pytest.raises(ValueError, match=r"`predictions` must be finite numbers .*in row 1"):
        METRICS[name]([1.0, bad], [1.0, 2.0])
    with pytest.raises(TypeError, match="`labels` must be numbers"):
        METRICS[name]([1.0, 2.0], [None, 2.0])


def test_metric_names_are_checked():
    with pytest.raises(ValueError, match="Did you mean 'matthews_corrcoef'"):
        score(["matthews_corcoef"], [1], [1])
    with pytest.raises(TypeError, match=r"must be a list of names.*Pass \['f1'\]"):
        score("f1", [1], [1])


def test_tensorflow_is_not_imported():
    code = "import sys, bert_keras.metrics.classification; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_macro_f1_of_one_class_a_row_is_scikit_learns():
    random = np.random.default_rng(5)
    for classes in (2, 3, 7):
        predictions, labels = random.integers(0, classes, (2, 40))
        expected = sklearn.metrics.f1_score(labels, predictions, average="macro", zero_division=0.0)
        assert classification.f1_macro(predictions, labels) == pytest.approx(expected, abs=TOLERANCE)
    assert classification.f1_macro([0, 0, 2, 2], [0, 0, 2, 0]) == pytest.approx((4 / 5 + 2 / 3) / 2, abs=TOLERANCE)
