"""`fit_unlike`: from which distance on a text is called unlike those that a model knows, with few false alarms."""

import numpy as np

from bert_keras import checks
from bert_keras.data.splitting import held_out
from bert_keras.metrics.false_alarm_threshold import false_alarm_threshold, rows_for_false_alarms
from bert_keras.running.confidence.false_alarms import FalseAlarms
from bert_keras.tuned.ordinary_vectors import OrdinaryVectors


def fit_unlike(
    vectors: np.ndarray,
    strata: np.ndarray,
    groups: np.ndarray,
    is_fitted: np.ndarray,
    share: float,
    assurance: float,
    seed: int,
) -> tuple[OrdinaryVectors, FalseAlarms, np.ndarray]:
    """Where ordinary texts lie, what of other ones is called unlike, and bool [rows], which are.

    Half of the rows that are fitted on say where ordinary texts lie. On the others the threshold is chosen, as what was
    fitted to a row would find it too near.

    Args:
        vectors: [rows, size], what the model's head reads.
        strata, groups: as for `held_out`, of the rows.
        is_fitted: bool [rows], which may be fitted on; figures are of the others.
        share, assurance, seed: `false_alarms`, `assurance` and `seed` of `bk.calibrate`.

    Raises:
        ValueError: for too few rows, and vectors that are all equal.
    """
    fitted = np.flatnonzero(is_fitted)
    is_chosen = held_out(strata[fitted], groups[fitted], 0.5, seed)
    own, others = fitted[~is_chosen], fitted[is_chosen]
    if len(others) < rows_for_false_alarms(share, assurance):
        least = 1.0 - (1.0 - assurance) ** (1.0 / len(others))
        must = f"be a share that the {len(vectors):,} rows can bear at an assurance of {assurance:.3g}"
        advice = f"A quarter of them, {len(others)}, bears {least:.3f} at least: allow more, or pass more rows."
        raise ValueError(checks.message("false_alarms", must, share, advice))
    ordinary = OrdinaryVectors.of(vectors[own], strata[own])
    distances = ordinary.distances(vectors)
    found = false_alarm_threshold(distances[others], share, assurance)
    above = distances[others][distances[others] > found]
    # As far from the nearest distance that it leaves out, so that rounding moves none.
    threshold = float(np.float32((found + above.min()) / 2 if len(above) else found * (1 + 1e-5)))
    is_unlike = distances > threshold
    measured = is_unlike[~is_fitted]
    return ordinary, FalseAlarms(share, threshold, float(measured.mean()), len(measured), len(own)), is_unlike
