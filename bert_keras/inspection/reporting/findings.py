"""`Findings`: what was measured of a model on rows with labels."""

import dataclasses

from bert_keras.inspection.reporting.measured import Measured
from bert_keras.inspection.reporting.section import Section


@dataclasses.dataclass(frozen=True)
class Findings:
    """Scores and what stands behind them, of one split.

    Args:
        scores: the official ones first.
        rows: how many texts, questions, sentences or prompts they are of.
        sections: what a report says beside them.
        table: columns and rows of the scores by class or type, as texts for a model card; None where there are none.
        note: what a person must know of the scores; "" for nothing.
    """

    scores: tuple[Measured, ...]
    rows: int
    sections: tuple[Section, ...]
    table: tuple[tuple[str, ...], list[tuple[str, ...]]] | None = None
    note: str = ""
