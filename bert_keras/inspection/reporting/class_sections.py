"""Sections about classes: which one is taken for which, how well they are ranked, and whether the model knows it."""

from collections.abc import Sequence

import numpy as np

from bert_keras.inspection.reporting import drawings, parts
from bert_keras.inspection.reporting.section import Section
from bert_keras.markup import Markup, escaped
from bert_keras.metrics.calibration import calibration
from bert_keras.metrics.class_scores import confusion_matrix
from bert_keras.metrics.ranking import average_precision, precision_recall_curve, roc_auc, roc_curve

_MOST_CLASSES = 16  # of a matrix
_CLOSE = 0.02  # of probability and share, that nobody would call far
_MOST_PAIRS = 20  # of a list in its place


def confusion_section(names: Sequence[str], predictions: np.ndarray, labels: np.ndarray) -> Section:
    """How many rows of each class were given which; of many classes the most frequent mistakes alone.

    Args:
        names: of the classes.
        predictions, labels: int [rows].
    """
    counts = confusion_matrix(predictions, labels, len(names))
    if len(names) > _MOST_CLASSES:
        wrong = counts - np.diag(np.diag(counts))
        places = np.argsort(-wrong, axis=None, kind="stable")[:_MOST_PAIRS]
        pairs = [divmod(int(place), len(names)) for place in places if wrong.flat[place]]
        rows = [(names[true], names[given], f"{wrong[true, given]:,}") for true, given in pairs]
        table = parts.data_table(("Label", "Taken for", "Rows"), rows, "The most frequent mistakes", (2,))
        return Section("What is taken for what", parts.joined([parts.paragraph("The most frequent mistakes."), table]))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    head = "".join(f'<th scope="col" class="number" dir="auto">{escaped(name)}</th>' for name in names)
    lines = []
    for name, own, parts_of in zip(names, counts, shares, strict=True):
        cells = "".join(
            f'<td class="number heat" style="--share: {share:.3f}">{count:,}<small>{share:.0%}</small></td>'
            for count, share in zip(own, parts_of, strict=True)
        )
        lines.append(f'<tr><th scope="row" dir="auto">{escaped(name)}</th>{cells}</tr>')
    corner = '<th scope="col"><span class="soft">label ↓ &nbsp; predicted →</span></th>'
    table = Markup(
        f'<table class="matrix"><thead><tr>{corner}{head}</tr></thead><tbody>{"".join(lines)}</tbody></table>'
    )
    text = (
        "A line is a label, a column what the model said; shares are of the line. Right answers stand on the diagonal."
    )
    return Section(
        "What is taken for what", parts.joined([parts.paragraph(text), parts.wide(table, "Confusion matrix")])
    )


def curves_section(names: Sequence[str], labels: np.ndarray, scores: np.ndarray) -> Section | None:
    """ROC and precision-recall curves: of two classes the second one's, of more the most frequent; None without any.

    Args:
        names: of the classes.
        labels: 0 and 1 [rows, classes].
        scores: float [rows, classes].
    """
    support = labels.sum(axis=0)
    shown = [1] if len(names) == 2 and (labels.sum(axis=1) == 1).all() else np.argsort(-support, kind="stable").tolist()
    shown = [place for place in shown if 0 < support[place] < len(labels)][: drawings.COLOURS]
    if not shown:
        return None
    curves = {"roc": [], "recall": []}
    for colour, place in enumerate(shown):
        pair = scores[:, place], labels[:, place]
        curves["roc"].append(drawings.Line(f"{names[place]}, {roc_auc(*pair):.3f}", *roc_curve(*pair), colour))
        area = average_precision(*pair)
        steps = _steps(*precision_recall_curve(*pair))
        curves["recall"].append(drawings.Line(f"{names[place]}, {area:.3f}", *steps, colour))
    unit = (0.0, 1.0)
    first = drawings.lines(curves["roc"], "false positive rate", "true positive rate", unit, unit, diagonal=True)
    second = drawings.lines(curves["recall"], "recall", "precision", unit, unit)
    figures = [
        parts.picture(
            first, "ROC curve, with the area below it. The thin line is chance.", drawings.legend(curves["roc"])
        ),
        parts.picture(second, "Precision and recall, with the average precision.", drawings.legend(curves["recall"])),
    ]
    text = "Each point of a curve is a threshold on the probability of the label."
    if len(shown) < len(names) and len(names) > 2:
        text += f" Of {len(names)} labels these are the most frequent."
    return Section("Thresholds", parts.joined([parts.paragraph(text), parts.pictures(figures)]))


def calibration_section(confidences: np.ndarray, is_right: np.ndarray, answer: str, right: str) -> Section:
    """Whether a model that says 80 % is right in 80 of 100 cases.

    Args:
        confidences: float [answers] in [0, 1].
        is_right: 0 and 1 [answers].
        answer: what the confidence is of, as "the label that the model chose".
        right: what then is so often so, as "the label is right".
    """
    found = calibration(confidences, is_right)
    mean, share = float(np.mean(confidences)), float(np.mean(is_right))
    side = "too sure of itself" if mean > share + _CLOSE else "less sure than it could be"
    side = "as sure as it is right" if abs(mean - share) <= _CLOSE else side
    text = (
        f"The expected calibration error is {found.error:.3f}, over 10 bins of equal width: so far do the probability "
        f"of {answer} and the share in which {right} lie apart in the mean. Over all, the probability is {mean:.3f} "
        f"and the share {share:.3f}: the model is {side}."
    )
    sizes = found.counts / found.counts.sum()
    figures = [
        parts.picture(
            drawings.bars(found.edges, found.accuracy, "probability", "share that is right", diagonal=True),
            "Reliability: bars at the dashed line are what the model says of itself.",
        ),
        parts.picture(
            drawings.bars(found.edges, sizes, "probability", "share of the answers"),
            "How often the model is how sure.",
        ),
    ]
    rows = [
        (f"{low:.1f} – {high:.1f}", f"{count:,}", f"{confidence:.3f}", f"{accuracy:.3f}")
        for low, high, count, confidence, accuracy in zip(
            found.edges[:-1], found.edges[1:], found.counts, found.confidence, found.accuracy, strict=True
        )
        if count
    ]
    columns = ("Probability", "Answers", "Mean probability", "Share that is right")
    table = parts.data_table(columns, rows, "Calibration by bin", (1, 2, 3))
    body = [parts.paragraph(text), parts.pictures(figures), parts.folded("The numbers", table)]
    return Section("Calibration", parts.joined(body))


def _steps(recalls: np.ndarray, precisions: np.ndarray) -> tuple[list[float], list[float]]:
    """The corners of the steps whose area is the average precision."""
    grows = np.flatnonzero(np.diff(recalls) > 0)
    grows = grows[drawings.some(len(grows))]
    xs = np.stack([np.concatenate([[0.0], recalls[grows[:-1] + 1]]), recalls[grows + 1]], axis=1)
    return xs.reshape(-1).tolist(), np.repeat(precisions[grows + 1], 2).tolist()
