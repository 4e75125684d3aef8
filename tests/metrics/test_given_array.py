"""What metrics are handed, as arrays, or one sentence of what it is instead."""

import numpy as np
import pytest

from bert_keras.metrics.calibration import calibration
from bert_keras.metrics.class_scores import class_scores, confusion_matrix
from bert_keras.metrics.classification import accuracy, f1_macro, pearson
from bert_keras.metrics.entities import entity_scores
from bert_keras.metrics.given_array import given_array, given_numbers, is_iterable
from bert_keras.metrics.ranking import roc_auc
from bert_keras.metrics.regression import mean_absolute_error
from bert_keras.metrics.squad import exact_match, squad_v1, squad_v2


def test_arrays_and_numbers():
    assert given_array("labels", [1, 2]).tolist() == [1, 2]
    assert given_numbers("labels", (True, 2.5)).tolist() == [1.0, 2.5]
    for values, error, told in [
        ([1, "a"], TypeError, "`labels` must be numbers. Received: labels='str"),
        ([1, None], TypeError, "`labels` must be numbers"),
        ([1.0, np.nan], ValueError, "must be finite numbers of at most 1e.300 in size.*It stands in row 1"),
        ([[1], [1, 2]], ValueError, r"must be an array, or a list of numbers.*Received: labels=\[\[1\], \[1, 2\]\]"),
    ]:
        with pytest.raises(error, match=told):
            given_numbers("labels", values)


def test_what_can_be_gone_through():
    assert is_iterable([]) and is_iterable(np.zeros(2)) and is_iterable("ab")
    assert not is_iterable(np.array(1)) and not is_iterable(3)


REFERENCES = [{"paragraphs": [{"qas": [{"id": "q1", "answers": [{"text": "a"}]}]}]}]


@pytest.mark.parametrize(
    ("call", "error", "told"),
    [
        (lambda: accuracy([[0], [0, 1]], [0, 1]), ValueError, "`predictions` must be an array, or a list of numbers"),
        (lambda: f1_macro([[0], [0, 1]], [0, 1]), ValueError, "`predictions` must be an array"),
        (
            lambda: accuracy([2**64 - 1], [2**64 - 1]),
            ValueError,
            "be class numbers of at most 9223372036854775807",
        ),
        (lambda: pearson([10**400], [1]), TypeError, "`predictions` must be numbers"),
        (lambda: mean_absolute_error(["1"], [1]), TypeError, "`predictions` must be numbers"),
        (lambda: mean_absolute_error([float("nan")], [1]), ValueError, "must be finite numbers"),
        (lambda: roc_auc([0.5], ["a"]), ValueError, r"`labels` must be 0 and 1 \[1\]"),
        (lambda: calibration(["a"], [1]), ValueError, "`confidences` must be numbers"),
        (lambda: class_scores(["a"], ["a"], 10**30), ValueError, "`num_classes` must be between 1 and 1048576"),
        (lambda: confusion_matrix([0], [0], 1 << 20), ValueError, "`num_classes` must be between 1 and 32768"),
        (lambda: entity_scores([1], [["O"]]), TypeError, "`predictions` must hold for each sentence the list of its"),
        (lambda: entity_scores([["O"]], 3), TypeError, "`labels` must hold for each sentence the list of its tags"),
        (lambda: exact_match(None, "a"), TypeError, "`text` must be a str. Received: text=None"),
        (lambda: squad_v1({10**5000: "a"}, REFERENCES), ValueError, "a value of the class int that cannot be shown"),
        (lambda: squad_v2({"q1": "a"}, REFERENCES, {"q1": 10**400}), ValueError, "`null_odds` must be finite numbers"),
    ],
)
def test_what_metrics_refuse(call, error, told):
    with pytest.raises(error, match=told):
        call()
