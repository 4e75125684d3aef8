"""`HeldOutChances`: the probabilities of each row's classes by a model that was trained on the other folds."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from scipy import special

from bert_keras.data.examples import Examples
from bert_keras.models.diverging import Diverged, NothingTrained
from bert_keras.optimization.recipe import Recipe
from bert_keras.row_checks.pooled_rows import PooledRows
from bert_keras.running.training_run.run_encoder import is_native, load_run_encoder
from bert_keras.running.training_run.run_model import run_model
from bert_keras.text_classification.text_task import TextTask
from bert_keras.training.callbacks import EpochOrder, Progress
from bert_keras.tuned.evaluator import logits_of
from bert_keras.tuned.logistic_regression import logistic_regression

# Texts that are read beside the rows, each by the model that did not see its row: (number of the row, text).
Beside = Sequence[tuple[int, str]]


class HeldOutChances(NamedTuple):
    """Probabilities by models that did not see the row.

    Args:
        of_rows: float64 [rows, classes].
        of_beside: float64 [texts, classes], of the texts that were read beside the rows.
    """

    of_rows: np.ndarray
    of_beside: np.ndarray


def tuned_chances(
    task: TextTask,
    rows: PooledRows,
    folds: np.ndarray,
    encoder: Any,
    recipe: Recipe,
    beside: Beside,
    say: Callable[[str], None],
) -> HeldOutChances:
    """By encoders that are fine-tuned, one for each fold.

    Args:
        task: how ids are made of the rows.
        rows: each with a label.
        folds: int [rows], from 0.
        encoder: as for `bk.finetune`.
        recipe: of each training.
        beside: further texts.
        say: takes a line of progress.
    """
    classes, count = len(task.label_names), int(folds.max()) + 1
    chances, of_beside = np.zeros((len(rows), classes)), np.zeros((len(beside), classes))
    fold_beside = np.array([folds[row] for row, _ in beside], "int64")
    for fold in range(count):
        keras.utils.set_random_seed(recipe.seed)
        held, rest = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        more = np.flatnonzero(fold_beside == fold)
        parts = {"train": rows.examples(rest), "validation": rows.examples(held)}
        if len(more):
            parts["test"] = Examples(([beside[place][1] for place in more],), None, more)
        loaded = load_run_encoder(encoder, recipe, tf.distribute.get_strategy(), say)
        say(f"fold {fold + 1} of {count}: {len(rest):,} rows are trained on, {len(held):,} are looked at")
        data = task.data(parts, loaded, batch_size=recipe.batch_size, seed=recipe.seed)
        model, _ = run_model(data, loaded, recipe, is_native(encoder, recipe))
        told = [EpochOrder(data.order), Progress(len(data.order), recipe.epochs, say)]
        try:
            model.fit(data.train, epochs=recipe.epochs, callbacks=told, verbose=0)
        except Diverged as error:
            raise NothingTrained(f"Training stops in fold {fold + 1}: {error} Nothing is said of the rows.") from None
        chances[held] = _shares(logits_of(model, data.split("validation"), recipe.batch_size))
        if len(more):
            of_beside[more] = _shares(logits_of(model, data.split("test"), recipe.batch_size))
    return HeldOutChances(chances, of_beside)


def frozen_chances(
    vectors: np.ndarray,
    labels: np.ndarray,
    classes: int,
    folds: np.ndarray,
    beside: np.ndarray,
    beside_rows: Sequence[int],
) -> HeldOutChances:
    """By logistic regressions over vectors of an encoder as it is, one for each fold.

    Args:
        vectors: float32 [rows, size].
        labels: int [rows].
        classes: how many there are.
        folds: int [rows], from 0.
        beside: float32 [texts, size], of further texts.
        beside_rows: the number of the row that each belongs to.
    """
    scale = float(np.linalg.norm(vectors, axis=1).mean()) or 1.0  # the penalty is meant for vectors of 1
    chances, of_beside = np.zeros((len(labels), classes)), np.zeros((len(beside_rows), classes))
    fold_beside = folds[np.asarray(beside_rows, "int64")]
    for fold in range(int(folds.max()) + 1):
        rest, held, more = folds != fold, folds == fold, fold_beside == fold
        kernel, bias = logistic_regression(vectors[rest] / scale, labels[rest], classes)
        chances[held] = special.softmax(vectors[held] / scale @ kernel + bias, axis=1)
        if more.any():
            of_beside[more] = special.softmax(beside[more] / scale @ kernel + bias, axis=1)
    return HeldOutChances(chances, of_beside)


def _shares(logits: np.ndarray) -> np.ndarray:
    return special.softmax(logits.astype("float64"), axis=1)
