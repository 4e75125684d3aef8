"""The scores of a report: a table with intervals, and the few that stand at its top."""

import math
from collections.abc import Iterable, Sequence

from bert_keras.inspection.reporting import drawings, parts
from bert_keras.inspection.reporting.measured import SEED, Measured
from bert_keras.inspection.reporting.section import Section
from bert_keras.markup import Markup
from bert_keras.metrics.bootstrap import CONFIDENCE, SAMPLES

_WORDS = {
    "accuracy": "Accuracy",
    "f1": "F1",
    "f1_macro": "F1, mean over classes",
    "f1_micro": "F1 of all decisions",
    "subset_accuracy": "Rows with every label right",
    "matthews_corrcoef": "Matthews’ correlation",
    "pearson": "Pearson’s correlation",
    "spearman": "Spearman’s rank correlation",
    "r2": "R², variance explained",
    "mean_absolute_error": "Mean absolute error",
    "root_mean_squared_error": "Root mean squared error",
    "exact_match": "Exact match, percent",
    "precision": "Precision",
    "recall": "Recall",
}
_MOST_CARDS = 3


def score_section(scores: Iterable[Measured], of: str, note: str = "") -> Section:
    """All scores, each with its interval.

    Args:
        scores: the official ones first.
        of: which rows they are of, in words.
        note: what must be known of them.
    """
    rows = [
        (
            in_words(score),
            Markup(f"<b>{_number(score.value, score)}</b>"),
            "" if math.isnan(score.low) else f"{_number(score.low, score)} – {_number(score.high, score)}",
            drawings.whisker(score.value, score.low, score.high, score.top) if score.top else "",
        )
        for score in scores
    ]
    table = parts.data_table(("Score", "Value", f"{100 * CONFIDENCE:g} % interval", ""), rows, "Scores", (1, 2))
    how = (
        f"Of {of}. The interval is that of a bootstrap: {SAMPLES:,} times as many rows are drawn, with replacement, by "
    )
    how += f"seed {SEED}. It says what chance in these rows does to a score, and not what other training would."
    body = [parts.paragraph(how), *([parts.note(note)] if note else []), table]
    return Section("Scores", parts.joined(body))


def score_cards(scores: Sequence[Measured]) -> list[tuple[str, str, str]]:
    """Name, value and interval of the first ones; those without one are of training."""
    cards = []
    for score in scores[:_MOST_CARDS]:
        interval = (
            "in training" if math.isnan(score.low) else f"{_number(score.low, score)} – {_number(score.high, score)}"
        )
        cards.append((in_words(score), _number(score.value, score), interval))
    return cards


def in_words(score: Measured) -> str:
    """A metric's name as people say it; F1 of questions is in percent."""
    words = _WORDS.get(score.name, score.name.replace("_", " "))
    return f"{words}, percent" if score.top == 100.0 and "percent" not in words else words


def _number(value: float, score: Measured) -> str:
    return f"{value:.1f}" if score.top == 100.0 else f"{value:.3f}"
