"""`PretrainingRun`: a `Run` whose end is an encoder with its masked-word head, not a model folder."""

import dataclasses
import json
from typing import Any

from bert_keras.disk import clear_errors, replacing
from bert_keras.encoders.save_encoder import save_encoder
from bert_keras.masked_lm.masked_lm import MaskedLM
from bert_keras.running.model_folder import CONFIG, FORMAT, LOGS, METRICS, portable_name, versions
from bert_keras.running.run import Run, move_logs


@dataclasses.dataclass(frozen=True)
class PretrainResult:
    """What a run gives back.

    Args:
        folder: of the encoder, for `bk.load_encoder` and `bk.fill_mask`.
        before: `masked_accuracy`, `masked_loss` and `perplexity` on held-out text before the first step.
        metrics: the same of the epoch that was kept.
        best_epoch: its number, from 1.
        history: one {"epoch", "logs"} for each epoch.
        seconds: of `fit`, as in `FinetuneResult`.
        model: with the weights of the epoch that was kept.
    """

    folder: str
    before: dict[str, float]
    metrics: dict[str, float]
    best_epoch: int
    history: list[dict[str, Any]]
    seconds: float
    model: MaskedLM


@dataclasses.dataclass(frozen=True)
class PretrainingRun(Run):
    """A run of `bk.pretrain`; `before` is what `measure` said before the first step."""

    before: dict[str, float] = dataclasses.field(kw_only=True)

    def _write(self, config: dict[str, Any], metrics: dict[str, float]) -> None:
        encoder = self.model.encoder
        sizes = {name: getattr(encoder.config, name) for name in encoder.config.__dataclass_fields__}
        whole = {
            "format": FORMAT,
            "kind": self.model.kind,
            **config,
            "encoder": {"source": portable_name(encoder.source), **sizes},
            "before": self.before,
            "metrics": metrics,
            "versions": versions(),
        }
        advice = "The checkpoints are whole: with room on the disk, --resume (resume=True) ends the run."
        with clear_errors("out", self.folder, advice), replacing(self.folder) as beside:
            save_encoder(encoder, beside, mlm=self.model.head)
            told = json.dumps({"before": self.before, **metrics}, indent=1)
            (beside / METRICS).write_text(told + "\n", encoding="utf-8")
            (beside / CONFIG).write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            move_logs(self.checkpoints.folder / LOGS, beside / LOGS)
