"""`likely_errors`: rows whose label is contradicted by models that did not see them, as far as they can be believed.

Where labels are wrong at random, models that are surest are contradicted by the wrong labels alone: among the rows that
they are surest of, the share with another label is about the share of wrong ones. Among rows that they are less sure of
it rises, by the models' own mistakes. So alarms are given as far down as the first make up half of all, and nothing
must be known of how many labels are wrong. (Northcutt et al., 2021, https://doi.org/10.1613/jair.1.12125, take for each
class the mean probability of its rows as the threshold, which bears no such limit: see docs/checking.md.)
"""

import dataclasses

import numpy as np

from bert_keras.row_checks.pooled_rows import PooledRows

SUREST = 0.25  # of the rows: among them the share of wrong labels is measured
LEAST_RIGHT = 0.5  # of the alarms, as measured so


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
    rows = np.arange(len(labels))
    sureness = chances.max(axis=1)
    is_other = chances.argmax(axis=1) != labels
    order = np.argsort(-sureness, kind="stable")
    others = np.cumsum(is_other[order])
    surest = max(int(SUREST * len(labels)), 1)
    share = (others[surest - 1] + 1) / (surest + 1)  # of few rows none may be wrong by chance
    fits = np.flatnonzero(share * (rows + 1) >= LEAST_RIGHT * others)
    looked = order[: fits[-1] + 1]
    found = looked[is_other[looked]]
    margin = sureness[found] - chances[found, labels[found]]
    return found[np.argsort(-margin, kind="stable")]
