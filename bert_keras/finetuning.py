"""`finetune`: a whole run: data, model, `fit` with the recipe, dev metrics, the best epoch, a model folder."""

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
from bert_keras.data.parts import Parts
from bert_keras.data.question_data import QuestionData
from bert_keras.data.tasks import asks_questions, check_task, load_task
from bert_keras.disk import check_replaceable, clear_errors, replacing
from bert_keras.encoders.loading import load_encoder
from bert_keras.evaluation.answer_files import save_answers
from bert_keras.evaluation.evaluate import evaluator
from bert_keras.model_folder import CHECKPOINTS, LOGS, check_out, portable_name, write_model_folder
from bert_keras.models.span_labeler import SpanLabeler
from bert_keras.models.task_model import TaskModel
from bert_keras.models.text_classifier import TextClassifier
from bert_keras.optimization.adamw import build_optimizer
from bert_keras.optimization.recipe import Recipe
from bert_keras.training.callbacks import Diverged, EpochOrder, OfficialMetrics, Progress, StopWhenDiverged, clock
from bert_keras.training.checkpoints import Checkpoints
from bert_keras.training.strategies import check_batch_size, choose_strategy


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


def finetune(
    task: str,
    encoder: str | os.PathLike,
    out: str | os.PathLike,
    *,
    recipe: Recipe | None = None,
    native: bool = False,
    data_dir: str | os.PathLike | None = None,
    limit: int | None = None,
    validation: str | os.PathLike | None = None,
    resume: bool = False,
    overwrite: bool = False,
    strategy: Any = "auto",
    callbacks: list[keras.callbacks.Callback] | None = None,
    say: Callable[[str], None] = print,
) -> FinetuneResult:
    """Fine-tunes an encoder on a task and writes a model folder.

    It is `model.fit` with the recipe, the task's official metrics after each epoch, checkpoints and TensorBoard logs
    around it. The epoch with the best first dev metric is kept, the last one of equals. Question answering trains a
    `bk.SpanLabeler`, all else a `bk.TextClassifier`.

    >>> result = finetune("glue/mrpc", "bert_en_uncased_L-12_H-768_A-12", "runs/mrpc", recipe=Recipe(epochs=4))
    >>> bk.load("runs/mrpc")([("He left.", "He went away.")])

    Args:
        task: "glue/mrpc" and the like, "squad/v1.1" or "squad/v2.0", "samples/reviews" or "samples/questions", or the
            path of a .json file with questions as in SQuAD, of which a tenth becomes the dev part.
        encoder: a handle for `bk.load_encoder`.
        out: the model folder. It is whole when the run ends; until then it holds checkpoints and logs, beside the model
            that is overwritten.
        recipe: the hyper-parameters; `Recipe()` if None.
        native: trains `bk.BertEncoder` instead of the hub's graph. With it, two runs on a CPU are equal to the bit, and
            so is a run that was interrupted and resumed; the dropout of the hub's graph cannot be seeded.
        data_dir: TFDS's data folder, or the folder of GLUE's TSV or SQuAD's JSON files.
        limit: only so many training examples: the first ones, of SQuAD ones drawn by a hash of their ids.
        validation: with a .json file as the task, another that chooses the epoch, in place of a tenth of the first.
        resume: goes on where an interrupted run in `out` stopped; with no run there, starts one.
        overwrite: replaces what is in `out`, when the new run has ended.
        strategy: "auto", "one", "mirrored" (a copy of the model on each GPU) or a `tf.distribute.Strategy`; "auto"
            takes what is there and says so. `recipe.batch_size` counts the rows of all replicas together.
        callbacks: further Keras callbacks.
        say: takes each line of progress.

    Raises:
        FileExistsError: if `out` holds something and neither `resume` nor `overwrite` says what to do.
        ValueError: for an unknown task or encoder, labels at fault, a resumed run with other settings, or a loss that
            is not finite before the first epoch has ended. Later the run ends there, and keeps the best epoch.
        OSError: if `out` cannot be written; what was there before stays.
    """
    task = check_task(task)
    recipe = _checked_recipe(recipe, task)
    limit = None if limit is None else checks.integer("limit", limit, 1)
    folder = check_out(out, resume, overwrite)
    check_replaceable("out", folder)
    if recipe.recompute and not native:
        advice = "The hub's graph is what it is: pass native=True (--native)."
        raise ValueError(checks.message("recompute", "be False but for the native encoder", True, advice))
    strategy, chosen = choose_strategy(strategy)
    check_batch_size(recipe.batch_size, recipe.micro_batches, strategy)
    keras.utils.set_random_seed(recipe.seed)
    with strategy.scope():
        loaded = load_encoder(encoder, native=native, **({"seed": recipe.seed} if native else {}))
    options = {"batch_size": recipe.batch_size, "seed": recipe.seed, "data_dir": data_dir, "limit": limit}
    names = ["seq_length", *(_QUESTION_FIELDS if asks_questions(task) else ())]
    options |= {name: getattr(recipe, name) for name in names if getattr(recipe, name) is not None}
    if validation is not None:
        options["validation"] = validation
    data = load_task(task, loaded, parts=("train", "validation"), **options)
    with strategy.scope():
        model = _model_for(data, loaded, recipe)
        if native:
            loaded.recompute = recipe.recompute
        if recipe.freeze:
            loaded.freeze(recipe.freeze)
        model.compile(build_optimizer(recipe), micro_batches=recipe.micro_batches)
    settings = {"encoder": portable_name(loaded.source), "native": native, "limit": limit}
    settings |= {"task": data.task, "train_rows": len(data.split("train"))}
    checkpoints = Checkpoints(folder / CHECKPOINTS, f"val_{data.metrics[0]}", settings | dataclasses.asdict(recipe))
    run = _Run(folder, recipe, data, model, checkpoints, evaluator(model, data), say)
    run.introduce(chosen)
    seconds = run.fit(checkpoints.restore(model) if resume else checkpoints.start(), callbacks or [])
    return run.finish(settings, seconds)


@dataclasses.dataclass(frozen=True)
class _Run:
    """What the steps of a run share."""

    folder: pathlib.Path
    recipe: Recipe
    data: Parts
    model: TaskModel
    checkpoints: Checkpoints
    measure: Callable[[], dict[str, float]]  # dev metrics of the model as it is
    say: Callable[[str], None]

    def introduce(self, devices: str) -> None:
        """Says what is trained on what."""
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

    def fit(self, done: int, callbacks: list[keras.callbacks.Callback]) -> float:
        """Trains the epochs after the first `done`; returns the seconds that took."""
        if done:
            self.say(f"resuming after epoch {done}")
        logs = keras.callbacks.TensorBoard(str(self.checkpoints.folder / LOGS), update_freq="epoch", write_graph=False)
        ours = [
            StopWhenDiverged(),
            EpochOrder(self.data.order),
            OfficialMetrics(lambda _: self.measure()),
            logs,
            Progress(len(self.data.order), self.recipe.epochs, self.say),
            *callbacks,
            self.checkpoints,
        ]
        start = time.monotonic()
        try:
            self.model.fit(self.data.train, epochs=self.recipe.epochs, initial_epoch=done, callbacks=ours, verbose=0)
        except Diverged as error:
            if not self.checkpoints.history:
                advice = f"{error}, before any epoch had ended. Pass a lower one, or a longer warm-up.".capitalize()
                must = "keep the loss finite"
                raise ValueError(checks.message("learning_rate", must, self.recipe.learning_rate, advice)) from None
            self.say(f"{error}: training stops here, and the best epoch before is kept. Try a lower learning rate.")
        return time.monotonic() - start

    def finish(self, settings: dict[str, Any], seconds: float) -> FinetuneResult:
        """Puts the model folder with the best epoch in the place of the folder with the checkpoints."""
        history = self.checkpoints.history
        best = self.checkpoints.load_best(self.model)
        metrics = {n.removeprefix("val_"): v for n, v in best["logs"].items() if _is_official(n, self.data.reported)}
        padding = _padding_share(self.data, len(history))
        config = {
            **settings,
            **self.data.config(),
            "metric_names": list(self.data.metrics),
            "recipe": dataclasses.asdict(self.recipe),
            "best_epoch": best["epoch"],
            "history": history,
            "padding_share": padding,
        }
        if isinstance(self.data, QuestionData):
            config["null_threshold"] = metrics.get("null_threshold")
        advice = "The checkpoints are whole: with room on the disk, --resume (resume=True) ends the run."
        with clear_errors("out", self.folder, advice), replacing(self.folder) as beside:
            write_model_folder(beside, self.model, config, metrics)
            if isinstance(self.data, QuestionData):
                save_answers(self.measure.answers(), beside, self.data.has_impossible, config["null_threshold"])
            _move_logs(self.checkpoints.folder / LOGS, beside / LOGS)
        self.say(f"padding: {padding:.1%} of the training tokens. Kept epoch {best['epoch']}; {clock(seconds)} in all.")
        self.say(f"model folder: {self.folder}  " + "  ".join(f"{name} {value:.4f}" for name, value in metrics.items()))
        return FinetuneResult(str(self.folder), metrics, best["epoch"], history, padding, seconds, self.model)


_QUESTION_FIELDS = ("doc_stride", "max_query_length", "max_answer_length")


def _checked_recipe(recipe: Recipe | None, task: str) -> Recipe:
    if recipe is None:
        return Recipe()
    if not isinstance(recipe, Recipe):
        raise TypeError(checks.message("recipe", "be a bk.Recipe", recipe, "E.g. bk.Recipe(epochs=4)."))
    foreign = ("dropout",) if asks_questions(task) else _QUESTION_FIELDS
    for name in foreign:
        if getattr(recipe, name) != getattr(Recipe, name):
            must = f"be left at {getattr(Recipe, name)} for {task}, which has no use for it"
            raise ValueError(checks.message(name, must, getattr(recipe, name)))
    return recipe


def _model_for(data: Parts, encoder: Any, recipe: Recipe) -> TaskModel:
    if isinstance(data, QuestionData):
        return SpanLabeler(encoder, seed=recipe.seed)
    return TextClassifier(encoder, data.num_classes, data.problem_type, recipe.dropout, seed=recipe.seed)


def _is_official(name: str, metrics: tuple[str, ...]) -> bool:
    return any(name == f"val_{metric}" or name.startswith(f"val_{metric}_") for metric in metrics)


def _padding_share(data: Parts, epochs: int) -> float:
    """The share over the first epochs: each has the same real tokens, and pads them in other batches."""
    padded = sum(1.0 / (1.0 - data.order.padding_share(epoch)) for epoch in range(epochs))
    return 1.0 - epochs / padded


def _move_logs(logs: pathlib.Path, target: pathlib.Path) -> None:
    """Moves TensorBoard's files, without the machine's name that TensorFlow puts into theirs."""
    for number, path in enumerate(sorted(logs.rglob("*tfevents*"))):
        moved = target / path.parent.relative_to(logs) / re.sub(r"(tfevents\.\d+).*", rf"\1.{number}", path.name)
        moved.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, moved)
