"""`Run`: what comes once data and model are there: `fit` with its callbacks, the best epoch, the model folder."""

import dataclasses
import math
import os
import pathlib
import re
import time
from collections.abc import Callable
from typing import Any

import keras

from bert_keras import checks
from bert_keras.data.task_data import Parts
from bert_keras.disk import clear_errors, replacing
from bert_keras.markup import Markup, escaped, table
from bert_keras.models.task_model import TaskModel
from bert_keras.optimization.recipe import Recipe
from bert_keras.running.model_folder import LOGS, write_model_folder
from bert_keras.running.precision import loss_scale_facts
from bert_keras.training.callbacks import Diverged, EpochOrder, OfficialMetrics, Progress, StopWhenDiverged, clock
from bert_keras.training.checkpoints import Checkpoints
from bert_keras.training.workers import Workers
from bert_keras.tuned.evaluator import Evaluator


@dataclasses.dataclass(frozen=True)
class FinetuneResult:
    """What a run gives back.

    Args:
        folder: the model folder.
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

    def _repr_html_(self) -> str:
        """The metrics that were kept, and a row for each epoch, for notebooks; names are escaped."""
        names = list(dict.fromkeys(name for entry in self.history for name in entry["logs"]))
        rows = [
            [Markup(f"<b>{entry['epoch']}</b>") if entry["epoch"] == self.best_epoch else entry["epoch"]]
            + [f"{entry['logs'][name]:.4g}" if name in entry["logs"] else "" for name in names]
            for entry in self.history
        ]
        kept = ", ".join(f"{escaped(name)} {value:.4f}" for name, value in self.metrics.items())
        told = f"epoch {self.best_epoch}, {clock(self.seconds)}, {self.padding_share:.1%} padding"
        return (
            f"<div><b>{escaped(self.folder)}</b>: {kept} <small>({told})</small>{table(['epoch', *names], rows)}</div>"
        )


@dataclasses.dataclass(frozen=True)
class Run:
    """What the steps of a run share."""

    folder: pathlib.Path
    recipe: Recipe
    data: Parts
    model: TaskModel
    checkpoints: Checkpoints
    measure: Evaluator  # of the dev part
    say: Callable[[str], None]
    workers: Workers

    def introduce(self, devices: str, weights: str) -> None:
        """Says what is trained on what; `weights` tells which ones are."""
        data, encoder = self.data, self.model.encoder
        rows = ", ".join(f"{len(split):,} {name}" for name, split in data.splits.items())
        self.say(f"{data.task}: {rows}; encoder {encoder.source}, {encoder.config.parameters:,} parameters")
        for line in data.facts():
            self.say(f"  {line}")
        batch, epochs, rate = self.recipe.batch_size, self.recipe.epochs, self.recipe.learning_rate
        self.say(f"  {len(data.order)} steps an epoch of {batch} rows, {epochs} epochs, peak learning rate {rate:g}")
        trained = sum(math.prod(weight.shape) for weight in self.model.trainable_weights)
        of_all = sum(math.prod(weight.shape) for weight in self.model.weights)
        self.say(f"  {trained:,} of {of_all:,} parameters are trained, on {devices}")
        self.say(f"  trained: {weights}")

    def fit(self, done: int, callbacks: list[keras.callbacks.Callback]) -> float:
        """Trains the epochs after the first `done`; returns the seconds that took."""
        if done:
            self.say(f"resuming after epoch {done}")
        ours = [StopWhenDiverged(), EpochOrder(self.data.order), OfficialMetrics(lambda _: self.measure())]
        if self.workers.is_chief:
            logs = str(self.checkpoints.folder / LOGS)
            ours += [keras.callbacks.TensorBoard(logs, update_freq="epoch", write_graph=False)]
            steps, hidden = len(self.data.order), self.data.details
            ours += [Progress(steps, self.recipe.epochs, self.say, hidden=hidden)]
        ours += [*callbacks, self.checkpoints]
        start = time.monotonic()
        try:
            self.model.fit(self.data.train, epochs=self.recipe.epochs, initial_epoch=done, callbacks=ours, verbose=0)
        except Diverged as error:
            if not self.checkpoints.history:
                advice = f"{error}, before any epoch had ended. Pass a lower one, or a longer warm-up.".capitalize()
                must = "keep the loss finite"
                raise ValueError(checks.message("learning_rate", must, self.recipe.learning_rate, advice)) from None
            self.say(f"{error}: training stops here, and the best epoch before is kept. Try a lower learning rate.")
        seconds = time.monotonic() - start
        for line in loss_scale_facts(self.model.optimizer):
            self.say(line)
        return seconds

    def finish(self, settings: dict[str, Any], seconds: float) -> FinetuneResult:
        """Puts the model folder with the best epoch in the place of the folder with the checkpoints."""
        history = self.checkpoints.history
        best = self.checkpoints.load_best(self.model)
        metrics = {n.removeprefix("val_"): v for n, v in best["logs"].items() if _is_official(n, self.data.reported)}
        padding = _padding_share(self.data, len(history))
        config = {
            **settings,
            **self.data.config(),
            **self.measure.settings(metrics),
            "metric_names": list(self.data.metrics),
            "recipe": dataclasses.asdict(self.recipe),
            "metrics_precision": self.recipe.precision,  # the folder itself computes in float32
            "best_epoch": best["epoch"],
            "history": history,
            "padding_share": padding,
        }
        if self.workers.is_chief:
            self._write(config, metrics)
        self.workers.wait()
        self.say(f"padding: {padding:.1%} of the training tokens. Kept epoch {best['epoch']}; {clock(seconds)} in all.")
        if self.recipe.precision != "float32":
            self.say(f"scores are those in {self.recipe.precision}; the model folder computes in float32")
        shown = [f"{n} {v:.4f}" for n, v in metrics.items() if not n.startswith(self.data.details)]
        self.say(f"model folder: {self.folder}  " + "  ".join(shown))
        return FinetuneResult(str(self.folder), metrics, best["epoch"], history, padding, seconds, self.model)

    def _write(self, config: dict[str, Any], metrics: dict[str, float]) -> None:
        advice = "The checkpoints are whole: with room on the disk, --resume (resume=True) ends the run."
        with clear_errors("out", self.folder, advice), replacing(self.folder) as beside:
            write_model_folder(beside, self.model, config, metrics)
            self.measure.write(beside, metrics)
            move_logs(self.checkpoints.folder / LOGS, beside / LOGS)


def _is_official(name: str, metrics: tuple[str, ...]) -> bool:
    return any(name == f"val_{metric}" or name.startswith(f"val_{metric}_") for metric in metrics)


def _padding_share(data: Parts, epochs: int) -> float:
    """The share over the first epochs: each has the same real tokens, and pads them in other batches."""
    padded = sum(1.0 / (1.0 - data.order.padding_share(epoch)) for epoch in range(epochs))
    return 1.0 - epochs / padded


def move_logs(logs: pathlib.Path, target: pathlib.Path) -> None:
    """Moves TensorBoard's files, without the machine's name that TensorFlow puts into theirs."""
    for number, path in enumerate(sorted(logs.rglob("*tfevents*"))):
        moved = target / path.parent.relative_to(logs) / re.sub(r"(tfevents\.\d+).*", rf"\1.{number}", path.name)
        moved.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, moved)
