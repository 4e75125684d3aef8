"""`likely_errors`: rows whose label is contradicted by models that did not see them, as far as they can be believed.

Where labels are wrong at random, models that are surest are contradicted by the wrong labels alone: among the rows that
they are surest of, the share with another label is about the share of wrong ones. Among rows that they are less sure of
it rises, by the models' own mistakes. So alarms are given as far down as the first make up five eighths of all, and
nothing must be known of how many labels are wrong. It is more than a half, as what is surest has some honest
disagreement, too: docs/checking.md says what it was chosen on.

Confident learning (Northcutt et al., 2021, https://doi.org/10.1613/jair.1.12125) takes for each class the mean
probability of its rows as the threshold. Where models are sure of everything that lets through most of their mistakes.
"""

import dataclasses

import numpy as np

from bert_keras.row_checks.pooled_rows import PooledRows

SUREST = 0.25  # of the rows: among them the share of wrong labels is measured
STILL_SURER = 0.1  # of the rows: where far fewer of them are contradicted, models err among the surest, too
STEADY = 1.5  # times as many, at most
MOST_WRONG = 0.1  # of the labels: with more of them models learn little
LEAST_RIGHT = 5 / 8  # of the alarms, as measured so


@dataclasses.dataclass(frozen=True)
class LikelyError:
    """A row whose label is likely wrong.

    Args:
        place, part, text: of the row.
        label: that it has.
        expected: that models which did not see it give it.
        probability: of `expected`.
        label_probability: of `label`.
    """

    place: str
    part: str
    text: str
    label: str
    expected: str
    probability: float
    label_probability: float


def likely_errors(
    rows: PooledRows, places: np.ndarray, chances: np.ndarray, label_names: tuple[str, ...]
) -> list[LikelyError]:
    """The rows that `alarms` names, with what is said of each.

    Args:
        rows: of all parts.
        places: int [labelled], the numbers of those with a label.
        chances: float [labelled, classes], by models that did not see them.
        label_names: by number.
    """
    labels = rows.labels[places]
    return [
        LikelyError(
            rows.places[places[row]],
            rows.parts[places[row]],
            rows.text(places[row]),
            label_names[labels[row]],
            label_names[int(chances[row].argmax())],
            float(chances[row].max()),
            float(chances[row, labels[row]]),
        )
        for row in alarms(chances, labels).tolist()
    ]


def alarms(chances: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """int64 [alarms], the rows whose label is likely wrong, the likeliest first.

    Args:
        chances: float [rows, classes], the probabilities of models that did not see the row.
        labels: int [rows].
    """
    order, others = _contradicted(chances, labels)
    share = _share(others, SUREST if is_steady(chances, labels) else STILL_SURER)
    fits = np.flatnonzero(share * (np.arange(len(order)) + 1) >= LEAST_RIGHT * others)
    looked = order[: fits[-1] + 1] if len(fits) else order[:0]
    found = looked[chances[looked].argmax(axis=1) != labels[looked]]
    margin = chances[found].max(axis=1) - chances[found, labels[found]]
    return found[np.argsort(-margin, kind="stable")]


def is_steady(chances: np.ndarray, labels: np.ndarray) -> bool:
    """Whether models are contradicted about as often where they are sure as where they are surest.

    Where they are not, or that is often, they have learned too little: many of the alarms are their own mistakes.
    """
    _, others = _contradicted(chances, labels)
    return _share(others, SUREST) <= min(STEADY * _share(others, STILL_SURER), MOST_WRONG)


def _contradicted(chances: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows, the surest first, and how many of the first have another label: int64 [rows] each."""
    order = np.argsort(-chances.max(axis=1), kind="stable")
    return order, np.cumsum((chances.argmax(axis=1) != labels)[order])


def _share(others: np.ndarray, surest: float) -> float:
    """Of so many of the surest rows those with another label; never 0, as of few rows none may have one by chance."""
    count = max(int(surest * len(others)), 1)
    return (int(others[count - 1]) + 1) / (count + 1)
