"""`soften`: labels that say less than all: smoothed ones, and those of a teacher."""

import dataclasses
import gc
from collections.abc import Callable
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.data.task import Task
from bert_keras.data.task_data import TaskData
from bert_keras.features import REGRESSION, SINGLE_LABEL
from bert_keras.optimization.recipe import Recipe
from bert_keras.running.folders.folder_files import read_config
from bert_keras.running.folders.model_folder import portable_name
from bert_keras.running.loading.load import load


def check_soft(recipe: Recipe, task: Task) -> None:
    """Raises ValueError, before anything is read, where labels, loss or teacher of the recipe suit the task not.

    A teacher must be of the same kind, with the same meaning of labels, texts a row and names of labels.
    """
    kind = getattr(task, "problem_type", None)
    if recipe.label_smoothing and kind != SINGLE_LABEL:
        must = f"be left at 0 for {task.name}, whose rows have not one class of several each"
        raise ValueError(checks.message("label_smoothing", must, recipe.label_smoothing))
    if recipe.focal and kind == REGRESSION:
        must = f"be left at 0 for {task.name}, which gives numbers and no classes"
        raise ValueError(checks.message("focal", must, recipe.focal))
    if not recipe.teacher:
        if recipe.teacher_share != Recipe.teacher_share:
            must = f"be left at {Recipe.teacher_share} without a teacher"
            raise ValueError(checks.message("teacher_share", must, recipe.teacher_share, "Pass teacher='runs/large'."))
        return
    if kind not in (SINGLE_LABEL, REGRESSION):
        must = f"be left out for {task.name}, as a teacher gives one class, or one number, for each row"
        raise ValueError(checks.message("teacher", must, recipe.teacher))
    try:
        config = read_config(recipe.teacher)
    except ValueError as error:
        raise ValueError(f"The teacher cannot be used: {error}") from error
    wanted = {"kind": task.kind, "problem_type": kind, "texts a row": len(task.text_columns)}
    found = {"kind": config.get("kind"), "problem_type": config.get("problem_type")}
    found["texts a row"] = len(config.get("text_columns") or ())
    if found != wanted:
        must = f"be a model folder for what {task.name} is, {wanted}"
        raise ValueError(checks.message("teacher", must, recipe.teacher, f"It has {found}."))
    if kind == SINGLE_LABEL and set(config["labels"]) != set(task.label_names):
        must = f"have the labels of {task.name}, {list(task.label_names)}"
        raise ValueError(checks.message("teacher", must, recipe.teacher, f"It has {config['labels']}."))


def soften(data: TaskData, recipe: Recipe, say: Callable[[str], None]) -> TaskData:
    """The data with soft labels on the rows of "train", where the recipe asks for such; as they are without.

    Of a class y of n, label smoothing s and a teacher's answer p of share t they are
    (1 - t) * ((1 - s) * onehot(y) + s / n) + t * p; of a number y it is (1 - t) * y + t * p.
    """
    if not recipe.label_smoothing and not recipe.teacher:
        return data
    split = data.split("train")
    labels = np.asarray(split.examples.labels).reshape(-1)
    soft = labels.astype("float32")
    if data.problem_type == SINGLE_LABEL:
        soft = np.eye(data.num_classes, dtype="float32")[labels]
        soft = (1 - recipe.label_smoothing) * soft + recipe.label_smoothing / data.num_classes
    if recipe.teacher:
        taught = _answers(data, recipe.teacher)
        share = recipe.teacher_share
        soft = (1 - share) * soft + share * taught
        say(f"  the teacher {recipe.teacher} has answered {len(labels):,} train rows{_agrees(taught, labels)}")
    splits = {**data.splits, "train": dataclasses.replace(split, soft=soft.astype("float32"))}
    return dataclasses.replace(data, splits=splits)


def soft_words(recipe: Recipe) -> str:
    """What the labels are that are trained on, in words that follow others; "" for those of the rows."""
    words = f"; labels smoothed by {recipe.label_smoothing:g}" if recipe.label_smoothing else ""
    if recipe.teacher:
        words += f"; {recipe.teacher_share:.0%} of each label is the answer of {portable_name(recipe.teacher)}"
    return words


def _answers(data: Any, teacher: str) -> np.ndarray:
    """float32 [rows, num_classes], in the order of the data's classes, or [rows]: the teacher's, of the train rows."""
    predictor = load(teacher)
    found = predictor.probabilities(*(list(column) for column in data.split("train").examples.texts))
    labels = predictor.labels
    del predictor
    gc.collect()  # a model is a ring, and the student's stands beside it from here on
    if data.problem_type == REGRESSION:
        return found.reshape(-1)
    return found[:, [labels.index(name) for name in data.label_names]]


def _agrees(taught: np.ndarray, labels: np.ndarray) -> str:
    if taught.ndim == 1:
        return f"; from their labels it is {np.abs(taught - labels).mean():.3g} away in the mean"
    return f", {(taught.argmax(axis=-1) == labels).mean():.1%} as they are labelled"
