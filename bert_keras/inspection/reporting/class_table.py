"""`class_table`: precision, recall, F1, the areas below two curves and the support of each class, with intervals."""

from collections.abc import Sequence

import numpy as np

from bert_keras.inspection.reporting.measured import SEED
from bert_keras.inspection.reporting.parts import data_table, interval
from bert_keras.markup import Markup
from bert_keras.metrics.bootstrap import bootstrap
from bert_keras.metrics.class_scores import scores_of_counts
from bert_keras.metrics.ranking import average_precision, places_of, roc_auc

_MOST_AREAS = 200_000  # rows times classes, beyond which the areas have no interval: ranking takes its time
_SCORES = ("Precision", "Recall", "F1")
_AREAS = ("ROC-AUC", "Average precision")


def class_table(
    names: Sequence[str], predictions: np.ndarray, labels: np.ndarray, scores: np.ndarray | None, what: str
) -> tuple[Markup, tuple[tuple[str, ...], list[tuple[str, ...]]]]:
    """The table as HTML, and its columns and rows as texts.

    Args:
        names: of the classes.
        predictions, labels: int [rows], classes; or 0 and 1 [rows, classes].
        scores: float [rows, classes], by which rows are ranked; None for no areas.
        what: what a class is called, as "label".
    """
    is_several = labels.ndim == 2
    count = _of_several(predictions, labels) if is_several else _of_one(predictions, labels, len(names))

    def of_counts(drawn: np.ndarray) -> np.ndarray:
        return with_gaps(*count(drawn))

    columns = [(of_counts, _SCORES, True)]
    if scores is not None:
        true = labels if is_several else labels[:, None] == np.arange(len(names))
        places = np.stack([places_of(column) for column in scores.T])

        def areas(drawn: np.ndarray) -> np.ndarray:
            pairs = [(own[drawn], true[drawn, place]) for place, own in enumerate(places)]
            return np.array([[roc_auc(*pair) for pair in pairs], [average_precision(*pair) for pair in pairs]])

        columns.append((areas, _AREAS, true.size <= _MOST_AREAS))
    return score_table(names, columns, len(labels), count(np.arange(len(labels)))[2], what)


def score_table(
    names: Sequence[str], columns: Sequence[tuple], rows: int, support: np.ndarray, what: str
) -> tuple[Markup, tuple[tuple[str, ...], list[tuple[str, ...]]]]:
    """A row for each name, and what statistics say of it.

    Args:
        names: of the classes or types.
        columns: statistics, from int [rows] to float [titles, names]; their titles; whether they have intervals.
        rows: of which rows are drawn.
        support: int [names], of how many the scores are.
        what: what a name is called.
    """
    titles, values, lows, highs = [], [], [], []
    for statistic, own, has_interval in columns:
        value = np.asarray(statistic(np.arange(rows)), "float64")
        low, high = bootstrap(statistic, rows, seed=SEED) if has_interval else (np.full_like(value, np.nan),) * 2
        titles += own
        values, lows, highs = [*values, *value], [*lows, *low], [*highs, *high]
    head = (what, *titles, "Support")
    shown, told = [], []
    for place, name in enumerate(names):
        own = [(value[place], low[place], high[place]) for value, low, high in zip(values, lows, highs, strict=True)]
        shown.append([name, *(interval(*triple) for triple in own), f"{int(support[place]):,}"])
        told.append((str(name), *(_told(*triple) for triple in own), f"{int(support[place]):,}"))
    table = data_table(head, shown, f"Scores by {what.lower()}", range(1, len(head)))
    return table, (head, told)


def with_gaps(right: np.ndarray, predicted: np.ndarray, true: np.ndarray) -> np.ndarray:
    """float64 [3, classes]: precision, recall and F1 by counts; NaN where there is nothing to divide by."""
    scores, predicted, true = scores_of_counts(right, predicted, true), np.asarray(predicted), np.asarray(true)
    divisors = (predicted, true, predicted + true)
    return np.stack([np.where(own > 0, score, np.nan) for own, score in zip(divisors, scores[:3], strict=True)])


def _of_one(predictions: np.ndarray, labels: np.ndarray, classes: int):
    hits = predictions == labels

    def count(drawn: np.ndarray) -> tuple[np.ndarray, ...]:
        given, true = predictions[drawn], labels[drawn]
        right = true[hits[drawn]]
        return tuple(np.bincount(own, minlength=classes) for own in (right, given, true))

    return count


def _of_several(predictions: np.ndarray, labels: np.ndarray):
    columns = (predictions * labels, predictions, labels)

    def count(drawn: np.ndarray) -> tuple[np.ndarray, ...]:
        times = np.bincount(drawn, minlength=len(labels))
        return tuple(times @ own for own in columns)

    return count


def _told(value: float, low: float, high: float) -> str:
    if value != value:
        return "–"
    return f"{value:.3f}" if low != low else f"{value:.3f} ({low:.3f} to {high:.3f})"
