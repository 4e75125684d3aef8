"""`fit_confidence`: a temperature and thresholds of one half of a model's answers, and figures of the other half."""

import numpy as np

from bert_keras import checks
from bert_keras.data.splitting import held_out
from bert_keras.metrics.promised_threshold import best_promise, promised_threshold
from bert_keras.metrics.temperature import best_temperature
from bert_keras.running.calibrated import Calibrated
from bert_keras.running.promise import Promise
from bert_keras.tuned.evidence import Evidence

_LEAST = 20  # rows, of which a half has ten


def fit_confidence(
    evidence: Evidence,
    labels: list[str] | None,
    which: str = "",
    before: float = 1.0,
    precision: float | None = None,
    assurance: float = 0.9,
    seed: int = 0,
) -> tuple[Calibrated, np.ndarray]:
    """What `bk.calibrate` finds, and bool [rows], which rows it was fitted on.

    Args:
        evidence: the model's answers.
        labels: its labels, of several labels.
        which: which rows these are, in words.
        before: the temperature by which the model's logits are divided already.
        precision, assurance, seed: as for `bk.calibrate`.

    Raises:
        ValueError: as `bk.calibrate`.
    """
    if precision is not None and not evidence.abstains:
        advice = "Its probabilities are calibrated without."
        raise ValueError(checks.message("precision", "be None but for classifiers of texts", precision, advice))
    is_fitted = _half(evidence, seed)
    now, fitted, measured = 1.0 / before, is_fitted[evidence.row_of], ~is_fitted[evidence.row_of]
    evidence.check(fitted)
    after = best_temperature(
        lambda one: evidence.loss(one, fitted)
    )  # of the logits as they are, which are divided by `before`
    promises = () if precision is None else _promises(evidence, labels, after, fitted, measured, precision, assurance)
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
        assurance=None if precision is None else assurance,
        promises=promises,
    )
    return found, is_fitted


def _half(evidence: Evidence, seed: int) -> np.ndarray:
    """bool [rows], the half that is fitted on: of each stratum its share, and rows with equal texts on one side."""
    if len(evidence.texts) < _LEAST:
        must = f"hold {_LEAST} rows or more with labels, of which one half is fitted on and the other measured"
        raise ValueError(checks.message("data", must, len(evidence.texts)))
    numbers: dict[tuple[str, ...], int] = {}
    groups = np.array([numbers.setdefault(texts, len(numbers)) for texts in evidence.texts])
    return held_out(evidence.strata, groups, 0.5, seed)


def _promises(
    evidence: Evidence,
    labels: list[str] | None,
    temperature: float,
    fitted: np.ndarray,
    measured: np.ndarray,
    precision: float,
    assurance: float,
) -> tuple[Promise, ...]:
    """One for each of what `Evidence.given` gives."""
    pairs = [evidence.given(temperature, chosen) for chosen in (fitted, measured)]
    names = labels if evidence.of_labels else [None]
    found, best = [], []
    for name, own, others in zip(names, *pairs, strict=True):
        threshold = promised_threshold(*own, precision, assurance) if len(own[0]) else None
        best.append(best_promise(*own, assurance) if len(own[0]) else 0.0)
        if threshold is not None:  # as far from the surest answer that it leaves out, so that rounding moves none
            below = own[0][own[0] < threshold]
            threshold = float((threshold + below.max()) / 2) if len(below) else threshold * (1 - 1e-5)
        is_said = others[0] >= (np.inf if threshold is None else threshold)
        said = int(is_said.sum())
        right = float(others[1][is_said].mean()) if said else None
        found.append(Promise(name, threshold, right, float(is_said.mean()) if len(is_said) else 0.0, said))
    if all(promise.threshold is None for promise in found):
        must = f"be a precision that the {len(evidence.texts):,} rows can bear at an assurance of {assurance:.3g}"
        advice = f"The half that is fitted on bears {max(best):.3f} at most: promise less, or pass more rows."
        raise ValueError(checks.message("precision", must, precision, advice))
    return tuple(found)
