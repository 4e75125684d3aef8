"""`fit_confidence`: a temperature and thresholds of one half of a model's answers, and figures of the other half."""

import numpy as np

from bert_keras import checks
from bert_keras.data.splitting import held_out
from bert_keras.metrics.promised_threshold import best_promise, promised_threshold
from bert_keras.metrics.temperature import best_temperature
from bert_keras.running.confidence.calibrated import Calibrated
from bert_keras.running.confidence.fit_unlike import fit_unlike
from bert_keras.running.confidence.promise import Promise
from bert_keras.tuned.evidence import Evidence
from bert_keras.tuned.ordinary_vectors import OrdinaryVectors

_LEAST = 20  # rows, of which a half has ten


def fit_confidence(
    evidence: Evidence,
    labels: list[str] | None,
    which: str = "",
    before: float = 1.0,
    precision: float | None = None,
    assurance: float = 0.9,
    seed: int = 0,
    false_alarms: float | None = None,
    vectors: np.ndarray | None = None,
) -> tuple[Calibrated, np.ndarray, OrdinaryVectors | None]:
    """What `bk.calibrate` finds, bool [rows], which rows it was fitted on, and where ordinary texts lie, if asked for.

    Args:
        evidence: the model's answers.
        labels: its labels, of several labels.
        which: which rows these are, in words.
        before: the temperature by which the model's logits are divided already.
        precision, assurance, seed, false_alarms: as for `bk.calibrate`.
        vectors: [rows, size], what the model's head reads, where there are `false_alarms`.

    Raises:
        ValueError: as `bk.calibrate`.
    """
    if precision is not None and not evidence.abstains:
        advice = "Its probabilities are calibrated without."
        raise ValueError(checks.message("precision", "be None but for classifiers of texts", precision, advice))
    groups = _groups(evidence)
    is_fitted = held_out(evidence.strata, groups, 0.5, seed)
    now, fitted, measured = 1.0 / before, is_fitted[evidence.row_of], ~is_fitted[evidence.row_of]
    evidence.check(fitted)
    after = best_temperature(
        lambda one: evidence.loss(one, fitted)
    )  # of the logits as they are, which are divided by `before`
    unlike = ordinary = None
    said = measured
    if false_alarms is not None:
        pair = false_alarms, assurance
        ordinary, unlike, is_unlike = fit_unlike(vectors, evidence.strata, groups, is_fitted, *pair, seed)
        said = measured & ~is_unlike[evidence.row_of]
    promises = ()
    if precision is not None:
        promises = _promises(evidence, labels, after, fitted, measured, said, precision, assurance)
    found = Calibrated(
        temperature=before * after,
        which=which,
        fitted_rows=int(is_fitted.sum()),
        measured_rows=int((~is_fitted).sum()),
        seed=seed,
        error_before=evidence.error(now, measured),
        error_after=evidence.error(after, measured),
        loss_before=evidence.loss(now, measured),
        loss_after=evidence.loss(after, measured),
        promised=precision,
        assurance=None if precision is None and false_alarms is None else assurance,
        promises=promises,
        unlike=unlike,
    )
    return found, is_fitted, ordinary


def _groups(evidence: Evidence) -> np.ndarray:
    """int [rows]: rows with equal texts have one number, and stay on one side of a draw."""
    if len(evidence.texts) < _LEAST:
        must = f"hold {_LEAST} rows or more with labels, of which one half is fitted on and the other measured"
        raise ValueError(checks.message("data", must, len(evidence.texts)))
    numbers: dict[tuple[str, ...], int] = {}
    return np.array([numbers.setdefault(texts, len(numbers)) for texts in evidence.texts])


def _promises(
    evidence: Evidence,
    labels: list[str] | None,
    temperature: float,
    fitted: np.ndarray,
    measured: np.ndarray,
    said: np.ndarray,
    precision: float,
    assurance: float,
) -> tuple[Promise, ...]:
    """One for each of what `Evidence.given` gives; `said` are the measured answers to rows that are not unlike."""
    parts = [evidence.given(temperature, chosen) for chosen in (fitted, said, measured)]
    names = labels if evidence.of_labels else [None]
    found, best = [], []
    for name, own, others, would in zip(names, *parts, strict=True):
        threshold = promised_threshold(*own, precision, assurance) if len(own[0]) else None
        best.append(best_promise(*own, assurance) if len(own[0]) else 0.0)
        if threshold is not None:  # as far from the surest answer that it leaves out, so that rounding moves none
            below = own[0][own[0] < threshold]
            threshold = float((threshold + below.max()) / 2) if len(below) else threshold * (1 - 1e-5)
        is_said = others[0] >= (np.inf if threshold is None else threshold)
        count = int(is_said.sum())
        right = float(others[1][is_said].mean()) if count else None
        found.append(Promise(name, threshold, right, count / len(would[0]) if len(would[0]) else 0.0, count))
    if all(promise.threshold is None for promise in found):
        must = f"be a precision that the {len(evidence.texts):,} rows can bear at an assurance of {assurance:.3g}"
        advice = f"The half that is fitted on bears {max(best):.3f} at most: promise less, or pass more rows."
        raise ValueError(checks.message("precision", must, precision, advice))
    return tuple(found)
