"""From a task's name to its data: "glue/mrpc", "samples/reviews"."""

import csv
import pathlib
import re
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.data.examples import Examples
from bert_keras.data.glue import load_glue
from bert_keras.data.glue_tasks import GLUE_TASKS, glue_task
from bert_keras.data.task_data import TaskData, checked_parts, make_task_data
from bert_keras.features import SINGLE_LABEL

SAMPLES = pathlib.Path(__file__).with_name("samples")
REVIEWS = "samples/reviews"
REVIEW_LABELS = ("negative", "positive")
REVIEWS_TRAIN = 400  # rows of reviews_train.tsv to train on; the other 56 choose the epoch


def task_names() -> list[str]:
    """Every task that `load_task` knows by name."""
    return [f"glue/{name}" for name in GLUE_TASKS] + [REVIEWS]


def load_task(task: str, encoder: Any, **options: Any) -> TaskData:
    """A task by its name, tokenized for `encoder`.

    Args:
        task: "glue/mrpc" and the like, or "samples/reviews", the review set that comes with the library.
        encoder: an encoder or a tokenizer.
        **options: `seq_length`, `batch_size`, `seed`, `limit`, `parts`, and `data_dir` for GLUE.

    Raises:
        ValueError: for another name, with the nearest ones.
    """
    if check_task(task) == REVIEWS:
        return load_reviews(encoder, **options)
    return load_glue(task, encoder, **options)


def check_task(task: str) -> str:
    """The task's full name; ValueError, with the nearest names, if there is no such task."""
    if not isinstance(task, str):
        raise TypeError(checks.message("task", "be the name of a task", task))
    if task.lower().startswith("glue/") or re.sub("[-_ ]", "", task.lower()) in GLUE_TASKS:
        return f"glue/{glue_task(task).name}"
    if task == REVIEWS:
        return task
    near = checks.did_you_mean(task, [*task_names(), *GLUE_TASKS])
    raise ValueError(checks.message("task", "be one of " + ", ".join(task_names()), task, near))


def load_reviews(
    encoder: Any,
    *,
    seq_length: int = 128,
    batch_size: int = 32,
    seed: int = 0,
    limit: int | None = None,
    parts: tuple[str, ...] | None = None,
    data_dir: Any = None,
) -> TaskData:
    """The review sentences that come with the library: negative or positive; 400 train, 56 validation, 236 test."""
    if data_dir is not None:
        raise ValueError(checks.message("data_dir", f"be None for {REVIEWS}, which comes with the library", data_dir))
    rows = _read_reviews("reviews_train.tsv")
    examples = {"train": rows.head(REVIEWS_TRAIN).head(limit), "validation": rows.tail(REVIEWS_TRAIN)}
    examples["test"] = _read_reviews("reviews_test.tsv")
    examples = {name: examples[name] for name in checked_parts(parts, tuple(examples))}
    return make_task_data(
        REVIEWS,
        examples,
        encoder,
        label_names=REVIEW_LABELS,
        problem_type=SINGLE_LABEL,
        metrics=("accuracy", "f1"),
        text_columns=("sentence",),
        seq_length=seq_length,
        batch_size=batch_size,
        seed=seed,
    )


def _read_reviews(name: str) -> Examples:
    with open(SAMPLES / name, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    labels = np.array([REVIEW_LABELS.index(row["label"]) for row in rows], "int32")
    return Examples(([row["sentence"] for row in rows],), labels, np.arange(len(rows)), name)
