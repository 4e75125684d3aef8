"""`measured_loss`: what an export's scores are beside those of the model that it was made of."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.data.task_data import TaskData
from bert_keras.running.evaluate import evaluator, is_scorable
from bert_keras.running.exporting.export_source import ExportSource
from bert_keras.running.exporting.stand_in import stand_in

PART = "validation"


def check_scorable(source: ExportSource, data: Any) -> TaskData | None:
    """The data on whose validation part an export is scored; None for None.

    Raises:
        TypeError, ValueError: for what is no data of the model's kind, or has no such part with labels.
    """
    if data is None:
        return None
    found = source.task_data(data)
    if found.kind != source.kind.name:
        raise ValueError(checks.message("data", f"be of the model's kind, {source.kind.name}", found.kind))
    source.kind.evaluator.check(source.model, found)
    if not is_scorable(found):
        advice = "Its scores tell what the format costs. Pass data with a validation part, or none."
        raise ValueError(checks.message("data", f"have a part {PART} with labels", list(found.splits), advice))
    return found


def measured_loss(
    source: ExportSource,
    data: TaskData | None,
    called: str,
    run: Callable[[dict[str, np.ndarray]], Mapping[str, np.ndarray]],
) -> tuple[dict[str, dict[str, float]], list[str]]:
    """Scores by "keras" and `called`, as config.json keeps them, and lines that tell them; nothing without data.

    Args:
        source: the model.
        data: of `check_scorable`.
        called: the exported one, as "onnx int8".
        run: the exported model, as `stand_in` takes it.
    """
    if data is None:
        return {}, []
    models = {"keras": source.model, called: stand_in(source.model, source.head, run)}
    scores, rows = {}, 0
    for name, model in models.items():
        measure = evaluator(model, data, PART)
        scores[name], rows = measure(), measure.rows
    before, after = scores.values()
    shown = [
        f"{metric} {value:.4f} before, {after[metric]:.4f} as {called} ({after[metric] - value:+.4f})"
        for metric, value in before.items()
        if isinstance(value, float) and metric in after
    ]
    return scores, [f"{PART}, {rows} rows: {'; '.join(shown)}"]
