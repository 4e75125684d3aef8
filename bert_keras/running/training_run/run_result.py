"""`FinetuneResult` and `PretrainResult`: what a run gives back."""

import dataclasses
from typing import Any

from bert_keras.markup import Markup, escaped, table
from bert_keras.models.task_model import TaskModel
from bert_keras.training.callbacks import clock


@dataclasses.dataclass(frozen=True, repr=False)
class FinetuneResult:
    """What `bk.finetune` gives back.

    Args:
        folder: the folder written: of the model, or of a pretrained encoder.
        metrics: dev metrics of the epoch that was kept.
        best_epoch: its number, from 1.
        history: one {"epoch", "logs"} for each epoch.
        padding_share: the share of the training tokens, over all epochs, that was padding, in [0, 1).
        seconds: of `fit`, evaluation after each epoch included; of a resumed run, those since it was resumed.
        model: the tuned model, with the weights of the epoch that was kept.
    """

    folder: str
    metrics: dict[str, float]
    best_epoch: int
    history: list[dict[str, Any]]
    padding_share: float
    seconds: float
    model: TaskModel

    def __repr__(self) -> str:
        scores = ", ".join(f"{name} {value:.4f}" for name, value in self.metrics.items())
        epochs = f"epoch {self.best_epoch} of {len(self.history)}"
        return f"<{type(self).__name__} '{self.folder}': {scores} ({epochs}, {clock(self.seconds)})>"

    def _repr_html_(self) -> str:
        """The metrics that were kept, and a row for each epoch, for notebooks; names are escaped."""
        names = list(dict.fromkeys(name for entry in self.history for name in entry["logs"]))
        rows = [
            [Markup(f"<b>{entry['epoch']}</b>") if entry["epoch"] == self.best_epoch else entry["epoch"]]
            + [f"{entry['logs'][name]:.4g}" if name in entry["logs"] else "" for name in names]
            for entry in self.history
        ]
        scores = ", ".join(f"{escaped(name)} {value:.4f}" for name, value in self.metrics.items())
        facts = f"epoch {self.best_epoch}, {clock(self.seconds)}, {self.padding_share:.1%} padding"
        curves = table(["epoch", *names], rows)
        return f"<div><b>{escaped(self.folder)}</b>: {scores} <small>({facts})</small>{curves}</div>"


@dataclasses.dataclass(frozen=True, kw_only=True, repr=False)
class PretrainResult(FinetuneResult):
    """What `bk.pretrain` gives back: the folder is an encoder, for `bk.load_encoder` and `bk.fill_mask`.

    Args:
        before: `masked_accuracy`, `masked_loss` and `perplexity` on held-out text before the first step.
    """

    before: dict[str, float]
