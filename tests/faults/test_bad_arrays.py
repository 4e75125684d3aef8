"""Metrics with whatever may be handed to them: a number, or one sentence of ours."""

import fractions
import itertools
import os
import random
import warnings

import numpy as np
import pytest
from our_errors import is_ours

from bert_keras import metrics
from bert_keras.metrics import calibration, class_scores, entity_counts, ranking, regression, squad

ALL = os.environ.get("BERT_KERAS_FAULTS") == "all"
COUNT, SEED = (20_000, 3) if ALL else (400, 3)  # calls of each metric


class WithoutRepr:
    def __repr__(self):
        raise RuntimeError("it has none")


def references(answers, name="q1"):
    return [{"paragraphs": [{"qas": [{"id": name, "answers": answers}]}]}]


DEEP = []
for _ in range(3000):
    DEEP = [DEEP]
HUGE = 10**5000  # which Python does not write
VALUES = [
    *(None, 0, 1, -1, 2, True, 1.5, float("nan"), float("inf"), 10**30, 10**400, HUGE, fractions.Fraction(1, 3)),
    *("", "a", "B-PER", "bio", "strict", "error", b"a", bytearray(b"ab"), memoryview(b"ab"), object(), int, len),
    *([], {}, (), [None], [[]], [[1], [1, 2]], [1, "a"], ["a", "b"], [0, 1], [1, 0, 2], [0.5, 1.0], [True, False]),
    *([[0, 1], [1, 0]], [[0, 1]], [[[0, 1]]], [HUGE, 1], [-(10**400), 0], [2**63, 0], [[0, 2**70]], [float("nan"), 0]),
    *(np.array(1), np.array([]), np.array([1, 2]), np.array([1, None], object), np.array(["a", "b"]), np.array([b"a"])),
    *(np.array([1 + 2j, 0]), np.array(["2020-01-01"], "M8[D]"), np.zeros((2, 0)), np.zeros((0, 2), int)),
    *(np.ma.array([1, 2], mask=[0, 1]), np.array([2**64 - 1, 1], np.uint64), np.float64("nan"), np.array([1, np.inf])),
    *(WithoutRepr(), [WithoutRepr()], {"q1": WithoutRepr()}, DEEP, [DEEP, DEEP], {"q1": DEEP}, {1, 2}, range(3)),
    *({"a": 1}, {"q1": "a"}, {"q1": None}, {"q1": 1}, {"q1": "\ud800"}, {None: "a"}, {HUGE: "a"}, {"q1": HUGE}),
    *({"q1": 10**400}, {"q1": np.float32(1)}, {"q1": np.array([1, 2])}, {"q1": float("nan")}, [{1: 2}], [{None: 2}]),
    *(references([{"text": "a"}]), references([]), references([{"text": None}]), references(DEEP), references([], 1)),
    *(references([], HUGE), references([{"text": "\ud800"}]), references({}), [{"paragraphs": None}], [{HUGE: 1}]),
    *([["B-PER"]], [["B-PER", "O"], ["O"]], [["I-PER"]], [[1]], [[None]], [["x"]], [HUGE], [["B-" + "a" * 100_000]]),
]
FUNCTIONS = [
    *((function, 2) for function in metrics.METRICS.values()),
    *((metrics.score, 3), (metrics.entities, 3), (metrics.entity_scores, 2), (entity_counts.entity_counts, 2)),
    *((metrics.squad_v1, 2), (metrics.squad_v2, 3), (metrics.squad_by_question, 2)),
    *((squad.normalize_answer, 1), (squad.exact_match, 2), (squad.f1, 2)),
    *((ranking.roc_auc, 2), (ranking.average_precision, 2), (calibration.calibration, 3)),
    *((regression.mean_absolute_error, 2), (regression.root_mean_squared_error, 2), (regression.r2, 2)),
    *((class_scores.class_scores, 3), (class_scores.confusion_matrix, 3)),
]


@pytest.mark.parametrize(("function", "count"), FUNCTIONS, ids=[function.__name__ for function, _ in FUNCTIONS])
def test_a_number_or_an_error_of_ours(function, count):
    chance, faults, found = random.Random(SEED), [], 0
    if len(VALUES) ** count <= COUNT:
        calls = itertools.product(VALUES, repeat=count)
    else:
        calls = (tuple(chance.choice(VALUES) for _ in range(count)) for _ in range(COUNT))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of questions without a prediction
        for values in calls:
            try:
                function(*values)
                found += 1
            except Exception as error:
                if not is_ours(error):
                    faults.append(f"{[type(value).__name__ for value in values]}: {type(error).__name__}: {error}")
    assert not faults, "\n".join(faults[:20])
