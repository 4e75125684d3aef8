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
from bert_keras.foreign_names import foreign_names
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
from bert_keras.tuned.parted import parted

_MOST_CLASSES = 100
_MOST_ROWS = 5000  # all pairs of them are held in memory
_USED_WITHOUT_PAIRS = ("batch_size", "native", "precision", "pooling", "seed")  # of a recipe
_PARTED = 2 / 3  # of `parted`; with more pairs did harm or nothing: docs/few_labels.md
_PAIRS_A_ROW = 40  # at least: 20 of its class and 20 of others; fewer change the encoder little: docs/few_labels.md


@checks.answers(**{**keywords("finetune"), **foreign_names("fit_few")})
def fit_few(
    task: str | os.PathLike | Task,
    encoder: str | os.PathLike | dict[str, Any],
    out: str | os.PathLike,
    *,
    recipe: Recipe | None = None,
    max_pairs: int | None = None,
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
            one pass over the texts, and of `recipe` only batch_size, native and precision have a use. None is 0 where
            a regression over the vectors as they are gives most training rows their class, each by others than itself
            (two thirds of those above chance), as they do where classes are topics; 2,000 elsewhere, and where
            `recipe` says how the pairs are trained or there are callbacks. A line says which.
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
    if max_pairs is not None and checks.integer("max_pairs", max_pairs, 0) == 1:
        raise ValueError(checks.message("max_pairs", "be at least 2, or 0 to leave the encoder as it is", max_pairs))
    if callbacks and max_pairs == 0:
        raise ValueError(checks.message("callbacks", "be left out with max_pairs=0: no step is trained", callbacks))
    if isinstance(devices, Devices) and cluster_of(devices.strategy) is not None:
        raise ValueError(checks.message("strategy", "be that of one process to fit few labels", devices.strategy))
    recipe = FEW_LABELS if recipe is None else recipe
    if isinstance(recipe, Recipe):
        max_pairs = _checked_pairs(max_pairs, recipe, bool(callbacks))
        recipe = dataclasses.replace(recipe, pooling=MEAN)
    chosen = load_task(task)
    _check_task(chosen)
    run = FewRun.prepare(chosen, encoder, out, recipe, devices, resume, overwrite, say)
    _check_rows(run.data)
    run.settings["max_pairs"] = run.checkpoints.run["max_pairs"] = max_pairs
    run.checkpoints.epochs = 1  # the head is what is kept, once, however many epochs the pairs have
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
        self.say(f"  on {devices}")

    def _fit(self, done: int, callbacks: list[keras.callbacks.Callback], told: Interruptions) -> float:
        if done:  # the head was there, and the folder was not
            self._settle("loss" in self.checkpoints.history[0]["logs"])
            return 0.0
        start = time.monotonic()
        with self.workers.strategy.scope():
            reader = PairSimilarity(self.model.encoder)
            options = {name: getattr(self.model, name) for name in ("micro_batches", "static_shapes", "jit_compile")}
            reader.compile(build_optimizer(self.recipe), **options)
        vectors = self._vectors(reader)
        found = alone = self._with_head(vectors)
        logs = {}
        self._settle(self._wants_pairs(vectors))
        self.say(f"  trained: {self.settings['trained']}")
        if self.settings["max_pairs"]:
            logs = self._train(reader, callbacks)
            found, name = self._with_head(self._vectors(reader)), self.data.metrics[0]
            self.say(f"  {name} of the dev rows {found[name]:.4f}; with the encoder as it was {alone[name]:.4f}")
        self.checkpoints.set_model(self.model)
        self.checkpoints.on_epoch_end(0, logs | {f"val_{name}": value for name, value in found.items()})
        return time.monotonic() - start

    def _wants_pairs(self, vectors: np.ndarray) -> bool:
        """Whether the encoder is trained: as was said, or where its vectors do not part the classes yet."""
        if self.settings["max_pairs"] is not None:
            return bool(self.settings["max_pairs"])
        examples = self.data.split("train").examples
        numbers: dict[tuple[str, ...], int] = {}
        groups = np.array([numbers.setdefault(row, len(numbers)) for row in zip(*examples.texts, strict=True)])
        share = parted(vectors, np.asarray(examples.labels).reshape(-1), groups, examples.weights)
        if share >= _PARTED:
            told = f"the encoder's vectors part the classes as they are ({share:.2f} of what is above chance)"
            self.say(f"  {told}; max_pairs={MAX_PAIRS} trains it all the same")
        return share < _PARTED

    def _settle(self, on_pairs: bool) -> None:
        """Keeps what is trained, for the folder."""
        most = self.settings["max_pairs"]
        self.settings["max_pairs"] = (MAX_PAIRS if most is None else most) if on_pairs else 0
        kept = f"{self.settings['trained']}; on pairs of rows, then the head by logistic regression"
        self.settings["trained"] = kept if on_pairs else "the head alone, by logistic regression"

    def _vectors(self, reader: PairSimilarity) -> np.ndarray:
        """float32 [rows, hidden_size] of the training rows, of a length of about 1."""
        vectors = logits_of(reader, self.data.split("train"), self.data.batch_size)
        return vectors / vectors.shape[1] ** 0.5  # their length, which the head reads

    def _with_head(self, vectors: np.ndarray) -> dict[str, float]:
        """Gives the classifier the kernel and bias that fit the training rows; returns the scores of the dev part."""
        examples = self.data.split("train").examples
        labels = np.asarray(examples.labels).reshape(-1)
        kernel, bias = logistic_regression(vectors, labels, self.data.num_classes, weights=examples.weights)
        self.model.classifier.kernel.assign(kernel / vectors.shape[1] ** 0.5)
        self.model.classifier.bias.assign(bias)
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


def pairs_of(split: Split, pairs: np.ndarray, alike: np.ndarray) -> Split:
    """Pairs of a split's rows, int64 [pairs, 2], as rows of two sequences; labels float32 [pairs]."""
    places = tf.constant(pairs.reshape(-1))
    examples = dataclasses.replace(split.examples.take(pairs[:, 0]), labels=alike, weights=None)
    words, types = (gathered(ids, places) for ids in (split.word_ids, split.type_ids))
    return Split(examples, words, types, ladder=split.ladder, sequences=2)


def order_of_pairs(pairs: Split, batch_size: int, seed: int) -> BatchOrder:
    """Batches of pairs of any lengths: of like ones a batch would have the same few texts again and again."""
    return pairs.order(batch_size, shuffle=True, seed=seed, alike=False)


def _checked_pairs(max_pairs: int | None, recipe: Recipe, is_watched: bool) -> int | None:
    """`max_pairs`; what is None becomes a number where there are callbacks or a recipe of pairs."""
    others = [field.name for field in dataclasses.fields(Recipe) if field.name not in _USED_WITHOUT_PAIRS]
    said = [name for name in others if getattr(recipe, name) not in (getattr(Recipe, name), getattr(FEW_LABELS, name))]
    for name in said:
        if name in UNUSED_FOR_FEW or max_pairs == 0:
            without = "bk.fit_few" if name in UNUSED_FOR_FEW else "max_pairs=0, where no step is trained"
            must = f"be left at {getattr(Recipe, name)!r} for {without}: it has no use there"
            raise ValueError(checks.message(name, must, getattr(recipe, name)))
    return MAX_PAIRS if max_pairs is None and (said or is_watched) else max_pairs


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
