"""`selective_section`: what is left of a model's mistakes where it answers only what it is surest of."""

import numpy as np

from bert_keras.inspection.reporting import drawings, parts
from bert_keras.inspection.reporting.section import Section
from bert_keras.metrics.risk_coverage import risk_coverage

_PRECISIONS = (0.99, 0.95, 0.9, 0.8)


def selective_section(confidences: np.ndarray, is_right: np.ndarray, answer: str) -> Section | None:
    """The curve of risk and coverage, and how much is left at some precisions; None where nothing is answered.

    Args:
        confidences: float [answers].
        is_right: 0 and 1 [answers].
        answer: what the confidence is of, as "the label that the model chose".
    """
    if not len(confidences):
        return None
    found = risk_coverage(confidences, is_right)
    shown = drawings.some(len(found.coverage))
    line = drawings.Line(f"{found.area:.3f}", found.coverage[shown].tolist(), found.risk[shown].tolist(), 0)
    picture = parts.picture(
        drawings.lines([line], "share that is answered", "share of these that is wrong", (0.0, 1.0), None),
        "Risk and coverage: the surest answers stand at the left.",
    )
    rows = []
    for precision in _PRECISIONS:
        coverage = found.coverage_at(precision)
        threshold = found.thresholds[np.flatnonzero(found.coverage == coverage)] if coverage else []
        rows.append((f"{precision:.0%}", f"{coverage:.1%}", f"{threshold[0]:.3f}" if len(threshold) else "–"))
    table = parts.data_table(
        ("Share that is right", "Share that is answered", "From probability"), rows, "Coverage", (1, 2)
    )
    text = (
        f"The area under the curve is {found.area:.3f}: the lower, the better the probability of {answer} tells right "
        "from wrong. The table says how much could be answered so that such a share is right, on these very rows. On "
        "other rows a threshold that is read off so breaks its promise about every second time: "
        "bk.calibrate(…, precision=…) chooses one that keeps it."
    )
    return Section("Risk and coverage", parts.joined([parts.paragraph(text), parts.pictures([picture]), table]))
