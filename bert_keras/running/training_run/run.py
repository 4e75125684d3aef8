"""`Run`: a whole run: data, model, `fit` with its callbacks, the best epoch, the folder."""

import contextlib
import dataclasses
import math
import os
import pathlib
import time
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from bert_keras import checks
from bert_keras.data.task import Task
from bert_keras.data.task_data import TaskData
from bert_keras.disk import check_replaceable, clear_errors, held, replacing
from bert_keras.models.diverging import Diverged, NothingTrained
from bert_keras.models.task_model import TaskModel
from bert_keras.optimization.loss_scale import inner_optimizer, loss_scale_facts
from bert_keras.optimization.recipe import Recipe
from bert_keras.running.cards.model_card import write_model_card
from bert_keras.running.folders.folder_files import CHECKPOINTS, LOGS, check_out
from bert_keras.running.folders.model_folder import portable_name, versions, write_model_folder
from bert_keras.running.kinds import KINDS
from bert_keras.running.training_run.copy_logs import copy_logs
from bert_keras.running.training_run.digests import digests
from bert_keras.running.training_run.few_rows import few_rows
from bert_keras.running.training_run.nothing_learned import nothing_learned
from bert_keras.running.training_run.run_callbacks import run_callbacks
from bert_keras.running.training_run.run_encoder import check_handle, load_run_encoder, portable_encoder
from bert_keras.running.training_run.run_model import fitting_recipe, run_model
from bert_keras.running.training_run.run_result import FinetuneResult
from bert_keras.running.training_run.soften import soft_words, soften
from bert_keras.running.training_run.tuning import changing_numbers
from bert_keras.training.callbacks import StopEarly, clock
from bert_keras.training.check_same_run import CONTENT
from bert_keras.training.checkpoints import Checkpoints
from bert_keras.training.devices import Devices
from bert_keras.training.interruptions import Interruptions
from bert_keras.training.strategies import check_batch_size, choose_strategy, cluster_of, execution_of
from bert_keras.training.workers import Workers
from bert_keras.tuned.evaluator import Evaluator

_PARTS = ("train", "validation")  # of a task, that a run has a use for


@dataclasses.dataclass(frozen=True)
class Run:
    """What the steps of a run share. `prepare` makes one; `train` carries it out.

    Args:
        folder: that is written when the run ends; until then it holds checkpoints and logs.
        recipe, data, model: what is trained on what, and how.
        settings: what config.json says of the run beside its data and recipe.
        checkpoints, measure: the dev part's evaluator, and what ranks epochs by it.
        say: takes each line of progress.
        workers: of the run.
        resume: whether it goes on with checkpoints in the folder.
    """

    folder: pathlib.Path
    recipe: Recipe
    data: TaskData
    model: TaskModel
    settings: dict[str, Any]
    checkpoints: Checkpoints
    measure: Evaluator
    say: Callable[[str], None]
    workers: Workers
    resume: bool

    @classmethod
    def prepare(
        cls,
        task: Task,
        encoder: Any,
        out: str | os.PathLike,
        recipe: Recipe,
        devices: Devices | None,
        resume: bool,
        overwrite: bool,
        say: Callable[[str], None],
    ) -> "Run":
        """All that comes before the first step, cheap checks first; says what is trained on what."""
        devices = _checked(devices, Devices, "devices", "bk.Devices('mirrored')")
        check_handle(encoder)
        recipe = _checked(recipe, Recipe, "recipe", "bk.Recipe(epochs=4)")
        recipe, native = fitting_recipe(recipe, task, encoder, _PARTS)
        cluster = cluster_of(devices.strategy)
        folder = pathlib.Path(out).expanduser()
        if cluster is None or cluster.is_chief:  # the only one that writes
            folder = check_out(out, resume, overwrite)
            check_replaceable("out", folder)
        asked = {"task": task.name, "encoder": portable_encoder(encoder), "limit": task.limit}
        asked |= {"jit_compile": devices.jit_compile, "static_shapes": devices.static_shapes, **task.settings()}
        asked |= {**dataclasses.asdict(recipe), "native": native, **versions()}
        if cluster is not None and isinstance(devices.strategy, str) and not tf.distribute.has_strategy():
            # Before TensorFlow works at all; what each has read is compared before they train.
            cluster.meet(asked, devices.worker_timeout)
        strategy, chosen = choose_strategy(devices.strategy, cluster)
        execution = execution_of(devices, strategy, recipe.packed)
        check_batch_size(recipe.batch_size, recipe.micro_batches, strategy, execution["static_shapes"])
        workers = Workers(strategy, cluster)
        if not workers.is_chief:
            say(f"{chosen}; worker 0 reports and writes")
            say = _silent
        keras.utils.set_random_seed(recipe.seed)
        rows = task.rows(_PARTS)
        batches = {"batch_size": recipe.batch_size, "seed": recipe.seed, "static_shapes": execution["static_shapes"]}
        if recipe.packed:
            batches["packed"] = strategy.num_replicas_in_sync * recipe.micro_batches
        with workers.clear_errors():
            loaded = load_run_encoder(encoder, recipe, strategy, say)
            data = soften(task.data(rows, loaded, **batches), recipe, say)
            model, trained = run_model(data, loaded, recipe, native, strategy, **execution)
            workers.agree(found := digests(asked, data, loaded))
        trained += soft_words(recipe)
        settings = {"encoder": portable_name(loaded.source), "native": native, "limit": task.limit, "trained": trained}
        settings |= {"split_seed": task.split_seed, "task": data.task, "train_rows": len(data.split("train"))}
        same = settings | {f"{CONTENT}{name}": found[name] for name in found if name != "settings"}
        same |= cls.identity(model) | data.settings | changing_numbers(recipe)
        checkpoints = Checkpoints(folder / CHECKPOINTS, f"val_{data.metrics[0]}", same, workers, recipe.epochs, say)
        measure = KINDS[data.kind].evaluator(model, data, "validation")
        run = cls(folder, recipe, data, model, settings, checkpoints, measure, say, workers, resume)
        run.introduce(chosen)
        run.compare(task, rows)
        return run

    @classmethod
    def identity(cls, model: TaskModel) -> dict[str, Any]:
        """What must be equal for a run to go on, beside its settings, contents, data options and recipe."""
        return {}

    def introduce(self, devices: str) -> None:
        """Says what is trained on what; `devices` in words."""
        data, encoder = self.data, self.model.encoder
        rows = ", ".join(f"{len(split):,} {name}" for name, split in data.splits.items())
        self.say(f"{data.task}: {rows}; encoder {encoder.source}, {encoder.config.parameters:,} parameters")
        for line in [*data.facts(), *few_rows(data)]:
            self.say(f"  {line}")
        batch, epochs, rate = self.recipe.batch_size, self.recipe.epochs, self.recipe.learning_rate
        self.say(f"  {len(data.order)} steps an epoch of {batch} rows, {epochs} epochs, peak learning rate {rate:g}")
        trained = sum(math.prod(weight.shape) for weight in self.model.trainable_weights)
        of_all = sum(math.prod(weight.shape) for weight in self.model.weights)
        self.say(f"  {trained:,} of {of_all:,} parameters are trained, on {devices}")
        self.say(f"  trained: {self.settings['trained']}")

    def compare(self, task: Task, rows: dict[str, Any]) -> None:
        """Says how many rows of a user's own dev part are trained on, too: their scores say little."""
        for name, own in rows.items() if self.data.origin is not None else ():
            count = 0 if name == "train" else int(self.data.trained_rows.among(task.texts_of(own)).sum())
            if count:
                self.say(f"  {count:,} of {len(own):,} {name} rows stand in the train part, too")

    def train(self, callbacks: list[keras.callbacks.Callback] | None) -> FinetuneResult:
        """Trains what is left to train, and puts the folder in the place of the checkpoints."""
        lock = held("out", self.checkpoints.folder) if self.workers.is_chief else contextlib.nullcontext()
        told = Interruptions(self.say, self.checkpoints.standing, waits=self.workers.cluster is None)
        with self.workers.clear_errors(), lock, told:
            resume = self.workers.same_as_chief(self.resume)  # who reads and writes the checkpoints says so
            done = self.checkpoints.restore(self.model) if resume else self.checkpoints.start()
            return self._finish(self._fit(done, callbacks or [], told))

    def _fit(self, done: int, callbacks: list[keras.callbacks.Callback], told: Interruptions) -> float:
        """Trains the epochs after the first `done`; returns the seconds that took."""
        midway = self.checkpoints.midway
        step = 0 if midway is None else midway.step
        if done or step:
            self.say("resuming after " + (f"step {step} of epoch {done + 1}" if step else f"epoch {done}"))
        early = StopEarly(
            f"val_{self.data.metrics[0]}", self.recipe.patience, [e["logs"] for e in self.checkpoints.history]
        )
        if early.is_over:  # before it was interrupted
            return 0.0
        rest = None if midway is None else self.data.rest(done, step)
        ours = run_callbacks(self, callbacks, early, told)
        whole = {"epochs": self.recipe.epochs, "initial_epoch": done, "rest": rest}
        start = time.monotonic()
        try:
            self.model.fit(self.data.train, **whole, callbacks=ours, verbose=0)
        except Diverged as error:
            if not self.checkpoints.history:
                told = f"Training stops before any epoch has ended: {error} No model was written."
                raise NothingTrained(told) from None
            self.say(f"training stops here, and the best epoch before is kept: {error}")
        told.end_steps()
        seconds = time.monotonic() - start
        if early.is_over and len(self.checkpoints.history) < self.recipe.epochs:
            name, patience = self.data.metrics[0], self.recipe.patience
            self.say(f"training stops here: {name} has not risen for {patience} epoch{'s' * (patience > 1)}")
        facts = loss_scale_facts(self.model.optimizer)
        for line in [*facts, *nothing_learned(self.data.kind, self.recipe, self.measure, self.checkpoints.history)]:
            self.say(line)
        return seconds

    def _finish(self, seconds: float) -> FinetuneResult:
        """Puts the folder with the best epoch in the place of the folder with the checkpoints."""
        history = self.checkpoints.history
        best = self.checkpoints.load_best(self.model)
        if self.recipe.ema:
            inner_optimizer(self.model.optimizer).averages.begin()
        metrics = {n.removeprefix("val_"): v for n, v in best["logs"].items() if _is_official(n, self.data.reported)}
        padding = _padding_share(self.data, len(history))
        config = {
            **self.settings,
            **self.data.described(),
            **self.measure.settings(metrics),
            "recipe": dataclasses.asdict(self.recipe) | {"teacher": portable_name(self.recipe.teacher or None) or ""},
            "metrics_precision": self.recipe.precision,  # the folder itself computes in float32
            "best_epoch": best["epoch"],
            "history": history,
            "padding_share": padding,
            "seconds": round(seconds, 1),
        }
        if self.workers.is_chief:
            advice = "The checkpoints are whole: with room on the disk, --resume (resume=True) ends the run."
            with clear_errors("out", self.folder, advice), replacing(self.folder) as beside:
                self.write(beside, config, metrics)
                copy_logs(self.checkpoints.folder / LOGS, beside / LOGS)
        self.workers.wait()
        self.say(f"padding: {padding:.1%} of the training tokens. Kept epoch {best['epoch']}; {clock(seconds)} in all.")
        if self.recipe.precision != "float32":
            self.say(f"scores are those in {self.recipe.precision}; the model folder computes in float32")
        shown = [f"{n} {v:.4f}" for n, v in metrics.items() if not n.startswith(self.data.details)]
        self.say(f"model folder: {self.folder}  " + "  ".join(shown))
        return FinetuneResult(str(self.folder), metrics, best["epoch"], history, padding, seconds, self.model)

    def write(self, folder: pathlib.Path, config: dict[str, Any], metrics: dict[str, float]) -> None:
        """Writes the result into `folder`, which exists."""
        write_model_folder(folder, self.model, config, metrics, self.data.trained_rows)
        self.measure.write(folder, metrics)
        write_model_card(folder, self.folder.resolve().name)


def _checked(value: Any, cls: type, name: str, example: str) -> Any:
    if not isinstance(value, cls | None):
        raise TypeError(checks.message(name, f"be a bk.{cls.__name__}", value, f"E.g. {example}."))
    return cls() if value is None else value


def _silent(line: str) -> None:
    """Takes a line for nobody."""


def _is_official(name: str, metrics: tuple[str, ...]) -> bool:
    return any(name == f"val_{metric}" or name.startswith(f"val_{metric}_") for metric in metrics)


def _padding_share(data: TaskData, epochs: int) -> float:
    """The share over the first epochs: each has the same real tokens, and pads them in other batches."""
    padded = sum(1.0 / (1.0 - data.order.padding_share(epoch)) for epoch in range(epochs))
    return 1.0 - epochs / padded
