"""`fit_few`: a classifier of few labelled texts: the encoder learns which are alike, then a linear head the classes."""

import dataclasses
import os
import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from bert_keras import checks
from bert_keras.data.batch_order import BatchOrder
from bert_keras.data.label_pairs import label_pairs
from bert_keras.data.split import Split
from bert_keras.data.stored_rows import gathered
from bert_keras.data.task import Task
from bert_keras.features import MEAN, SINGLE_LABEL, WINDOWS
from bert_keras.models.diverging import Diverged, NothingTrained
from bert_keras.models.pair_similarity import PairSimilarity
from bert_keras.optimization.build_optimizer import build_optimizer
from bert_keras.optimization.rate_setters import OF_A_RUN, refuse_rate_setters
from bert_keras.optimization.recipe import FEW_LABELS, MAX_PAIRS, UNUSED_FOR_FEW, Recipe
from bert_keras.running.choosing.load_task import load_task
from bert_keras.running.training_run.keywords import keywords
from bert_keras.running.training_run.run import Run
from bert_keras.running.training_run.run_result import FinetuneResult
from bert_keras.training.callbacks import EpochOrder, Progress
from bert_keras.training.devices import Devices
from bert_keras.training.interruptions import Interruptions
from bert_keras.training.strategies import cluster_of
from bert_keras.tuned.evaluator import logits_of
from bert_keras.tuned.logistic_regression import logistic_regression

_MOST_CLASSES = 100
_MOST_ROWS = 5000  # all pairs of them are held in memory
_USED_WITHOUT_PAIRS = ("batch_size", "native", "precision", "pooling")  # of a recipe
_PAIRS_A_ROW = 40  # at least: 20 of its class and 20 of others; fewer change the encoder little: docs/few_labels.md


@checks.answers(**keywords("finetune"))
def fit_few(
    task: str | os.PathLike | Task,
    encoder: str | os.PathLike | dict[str, Any],
    out: str | os.PathLike,
    *,
    recipe: Recipe | None = None,
    max_pairs: int = MAX_PAIRS,
    devices: Devices | None = None,
    resume: bool = False,
    overwrite: bool = False,
    callbacks: list[keras.callbacks.Callback] | None = None,
    say: Callable[[str], None] = print,
) -> FinetuneResult:
    """Trains a classifier of texts with few labels a class, as SetFit does, and writes a model folder as `finetune`.

    First the encoder learns from pairs of the training texts: vectors of one class are drawn together, those of two
    apart (Tunstall et al., 2022, https://arxiv.org/abs/2209.11055). A text's vector is the mean of its tokens. Then a
    logistic regression over these vectors becomes the head. It wants an encoder of sentences, such as all-MiniLM-L6-v2.

    >>> table = bk.load_files("messages.csv", text="message", label="subject")  # from 4 rows of a subject
    >>> bk.fit_few(table, "sample/all-MiniLM-L6-v2", "runs/subjects")
    >>> bk.load("runs/subjects")(["My card is gone."])

    Args:
        task: as for `bk.finetune`, of texts or pairs with one label of 2 to 100 classes each. Its dev part is measured
            before and after the pairs, which is said, and chooses nothing. Weights of rows count in the head.
        encoder, out: as for `bk.finetune`.
        recipe: of the pairs; if None `Recipe(epochs=1, batch_size=16, learning_rate=5e-5, pooling="mean")`. `epochs`
            are passes over the pairs, `batch_size` pairs a step. The head always reads the mean; what is of a head
            that is trained by steps has no use here, nor has `patience`.
        max_pairs: looked at in an epoch, at most, half of them of one class. As far as that allows it is every pair
            there is, and 40 for each row at least. 0 leaves the encoder as it is: the head alone is worked out, in
            one pass over the texts, and of `recipe` only batch_size, native and precision have a use.
        devices: as for `bk.finetune`, of one process.
        resume: goes on in `out` after an interruption; the pairs are trained on anew.
        overwrite, callbacks, say: as for `bk.finetune`; callbacks see the training on pairs.

    Raises:
        FileExistsError: if `out` holds something and neither `resume` nor `overwrite` says what to do.
        ValueError: for a task that is none of classes, one class, a class with fewer than 2 rows, texts in windows, a
            field of the recipe without use, and as `bk.finetune`.
        TypeError: for a keyword of another call, with what takes its place.
        OSError: if `out` cannot be written; what was there before stays.
    """
    refuse_rate_setters(callbacks or [], OF_A_RUN)
    max_pairs = checks.integer("max_pairs", max_pairs, 0)
    if max_pairs == 1:
        raise ValueError(checks.message("max_pairs", "be at least 2, or 0 to leave the encoder as it is", max_pairs))
    if callbacks and not max_pairs:
        raise ValueError(checks.message("callbacks", "be left out with max_pairs=0: no step is trained", callbacks))
    if isinstance(devices, Devices) and cluster_of(devices.strategy) is not None:
        raise ValueError(checks.message("strategy", "be that of one process to fit few labels", devices.strategy))
    recipe = FEW_LABELS if recipe is None else recipe
    if isinstance(recipe, Recipe):
        _check_recipe(recipe, max_pairs)
        recipe = dataclasses.replace(recipe, pooling=MEAN)
    chosen = load_task(task)
    _check_task(chosen)
    run = (FewRun if max_pairs else HeadRun).prepare(chosen, encoder, out, recipe, devices, resume, overwrite, say)
    _check_rows(run.data)
    run.settings["max_pairs"] = run.checkpoints.run["max_pairs"] = max_pairs
    if max_pairs:
        run.settings["trained"] += "; on pairs of rows, then the head by logistic regression"
    return run.train(callbacks)


@dataclasses.dataclass(frozen=True)
class FewRun(Run):
    """A run that trains on pairs of rows, and then works the head out."""

    def introduce(self, devices: str) -> None:
        data, encoder = self.data, self.model.encoder
        rows = ", ".join(f"{len(split):,} {name}" for name, split in data.splits.items())
        self.say(f"{data.task}: {rows}; encoder {encoder.source}, {encoder.config.parameters:,} parameters")
        for line in data.facts():
            self.say(f"  {line}")
        self.say(f"  trained on {devices}: {self.settings['trained']}")

    def _fit(self, done: int, callbacks: list[keras.callbacks.Callback], told: Interruptions) -> float:
        if done:  # the head was there, and the folder was not
            return 0.0
        start = time.monotonic()
        with self.workers.strategy.scope():
            reader = PairSimilarity(self.model.encoder)
            options = {name: getattr(self.model, name) for name in ("micro_batches", "static_shapes", "jit_compile")}
            reader.compile(build_optimizer(self.recipe), **options)
        found = alone = self._with_head(reader)
        logs = self._train(reader, callbacks)
        if logs:
            found, name = self._with_head(reader), self.data.metrics[0]
            self.say(f"  {name} of the dev rows {found[name]:.4f}; with the encoder as it was {alone[name]:.4f}")
        self.checkpoints.set_model(self.model)
        self.checkpoints.on_epoch_end(0, logs | {f"val_{name}": value for name, value in found.items()})
        return time.monotonic() - start

    def _with_head(self, reader: PairSimilarity) -> dict[str, float]:
        """Works the head out for the encoder as it is now; returns the scores of the dev part."""
        self._work_out_head(logits_of(reader, self.data.split("train"), self.data.batch_size))
        self.model.learn_task(self.data)
        return self.measure()

    def _train(self, reader: PairSimilarity, callbacks: list[keras.callbacks.Callback]) -> dict[str, float]:
        """Trains the reader's encoder on pairs; returns the loss of the last epoch."""
        split = self.data.split("train")
        most, least = self.settings["max_pairs"], _PAIRS_A_ROW * len(split)
        pairs, alike = label_pairs(split.examples.labels, most, self.recipe.seed, least)
        paired = pairs_of(split, pairs, alike)
        order = order_of_pairs(paired, self.recipe.batch_size, self.recipe.seed)
        steps, epochs = len(order), self.recipe.epochs
        self.say(
            f"  {len(pairs):,} pairs, {steps} steps of {self.recipe.batch_size}, {epochs} epoch{'s' * (epochs > 1)}"
        )
        ours = [EpochOrder(order), Progress(steps, epochs, self.say), *callbacks]
        try:
            history = reader.fit(paired.dataset(order), epochs=epochs, callbacks=ours, verbose=0).history
        except Diverged as error:
            raise NothingTrained(f"Training stops: {error} No model was written.") from None
        return {"loss": history["loss"][-1]}

    def _work_out_head(self, vectors: np.ndarray) -> None:
        """Gives the classifier the kernel and bias that fit vectors [rows, hidden_size] of the training rows."""
        examples = self.data.split("train").examples
        scale = float(np.linalg.norm(vectors, axis=1).mean())  # one for all; the penalty is meant for 1
        labels = np.asarray(examples.labels).reshape(-1)
        kernel, bias = logistic_regression(vectors / scale, labels, self.data.num_classes, weights=examples.weights)
        self.model.classifier.kernel.assign(kernel / scale)
        self.model.classifier.bias.assign(bias)


class HeadRun(FewRun):
    """A run that leaves the encoder as it is, and works the head out."""

    def introduce(self, devices: str) -> None:
        self.settings["trained"] = "the head alone, by logistic regression"
        super().introduce(devices)

    def _train(self, reader: PairSimilarity, callbacks: list[keras.callbacks.Callback]) -> dict[str, float]:
        return {}


def pairs_of(split: Split, pairs: np.ndarray, alike: np.ndarray) -> Split:
    """Pairs of a split's rows, int64 [pairs, 2], as rows of two sequences; labels float32 [pairs]."""
    places = tf.constant(pairs.reshape(-1))
    examples = dataclasses.replace(split.examples.take(pairs[:, 0]), labels=alike, weights=None)
    words, types = (gathered(ids, places) for ids in (split.word_ids, split.type_ids))
    return Split(examples, words, types, ladder=split.ladder, sequences=2)


def order_of_pairs(pairs: Split, batch_size: int, seed: int) -> BatchOrder:
    """Batches of pairs of any lengths: of like ones a batch would have the same few texts again and again."""
    return pairs.order(batch_size, shuffle=True, seed=seed, alike=False)


def _check_recipe(recipe: Recipe, max_pairs: int) -> None:
    names, without = UNUSED_FOR_FEW, "bk.fit_few"
    if not max_pairs:
        names = [field.name for field in dataclasses.fields(Recipe) if field.name not in _USED_WITHOUT_PAIRS]
        without = "max_pairs=0, where no step is trained"
    for name in names:
        if getattr(recipe, name) not in (usual := getattr(Recipe, name), getattr(FEW_LABELS, name)):
            must = f"be left at {usual!r} for {without}: it has no use there"
            raise ValueError(checks.message(name, must, getattr(recipe, name)))


def _check_task(task: Task) -> None:
    problem = getattr(task, "problem_type", None)
    if problem != SINGLE_LABEL:
        received = task.kind if problem is None else problem
        must = "have one label of several classes for each text, or pair of texts"
        raise ValueError(checks.message("task", must, received, "bk.finetune trains every kind of task."))
    if task.long_text == WINDOWS:
        advice = "Leave long_text out: a text is cut to seq_length."
        raise ValueError(checks.message("long_text", "be 'truncate' for bk.fit_few", task.long_text, advice))
    classes = len(task.label_names)
    if not 2 <= classes <= _MOST_CLASSES:
        must = f"have 2 to {_MOST_CLASSES} classes for bk.fit_few"
        raise ValueError(checks.message("task", must, classes, "bk.finetune takes any number from 2 on."))


def _check_rows(data: Any) -> None:
    counts, rows = data.label_counts("train"), len(data.split("train"))
    for name, count in counts.items():
        if count < 2:
            advice = "Give more rows of it, or leave the class out; a part that is held out takes rows, too."
            must = "have 2 rows of each class at least in its train part"
            raise ValueError(checks.message("task", must, f"{count} of '{name}'", advice))
    if rows > _MOST_ROWS:
        advice = f"bk.finetune suits so many; limit={_MOST_ROWS} draws some."
        raise ValueError(checks.message("task", f"have {_MOST_ROWS:,} training rows at most", f"{rows:,}", advice))
