"""From a task's name to its data: "glue/mrpc", "squad/v1.1", "samples/reviews", "my_questions.json"."""

import csv
import os
import re
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.data.examples import Examples
from bert_keras.data.glue import load_glue
from bert_keras.data.glue_tasks import GLUE_TASKS, glue_task
from bert_keras.data.parts import Parts, checked_parts
from bert_keras.data.squad import QUESTIONS, SAMPLES, load_files, load_questions, load_squad
from bert_keras.data.squad_reading import SQUAD_VERSIONS
from bert_keras.data.task_data import TaskData, make_task_data
from bert_keras.features import QUESTION_ANSWERING, SINGLE_LABEL, TEXT_CLASSIFICATION

REVIEWS = "samples/reviews"
REVIEW_LABELS = ("negative", "positive")
_SQUAD = tuple(f"squad/{version}" for version in SQUAD_VERSIONS)
REVIEWS_TRAIN = 400  # rows of reviews_train.tsv to train on; the other 56 choose the epoch


def task_names() -> list[str]:
    """Every task that `load_task` knows by name."""
    return [f"glue/{name}" for name in GLUE_TASKS] + [*_SQUAD, REVIEWS, QUESTIONS]


def load_task(task: str, encoder: Any, *, kind: str | None = None, **options: Any) -> Parts:
    """A task by its name, tokenized for `encoder`: a `TaskData`, or a `QuestionData` for question answering.

    Args:
        task: "glue/mrpc" and the like; "squad/v1.1" or "squad/v2.0"; "samples/reviews" or "samples/questions", which
            come with the library; or the path of a .json file of your own, with questions as in SQuAD.
        encoder: an encoder or a tokenizer.
        kind: "text_classification" or "question_answering", if the task must be that: the `kind` of a model.
        **options: `seq_length`, `batch_size`, `seed`, `limit`, `parts`, `static_shapes` (see `bk.load_glue`), and
            `data_dir` for GLUE and SQuAD; for question answering also `doc_stride`, `max_query_length` and
            `max_answer_length`; with a file also `validation`, another that is that part.

    Raises:
        ValueError: for another name, with the nearest ones, or another kind.
    """
    task = check_task(task)
    found = QUESTION_ANSWERING if asks_questions(task) else TEXT_CLASSIFICATION
    if kind not in (None, found):
        raise ValueError(checks.message("task", f"be of the kind {kind}", task, f"It is of the kind {found}."))
    if "validation" in options and not _is_file(task):
        raise ValueError(checks.message("validation", f"be None for {task}, which has its own", options["validation"]))
    if task == REVIEWS:
        return load_reviews(encoder, **options)
    if task == QUESTIONS:
        return load_questions(encoder, **options)
    if task in _SQUAD:
        return load_squad(task, encoder, **options)
    if _is_file(task):
        if options.pop("data_dir", None) is not None:
            raise ValueError(checks.message("data_dir", "be None for a file of your own", task))
        validation = options.pop("validation", None)
        return load_files(task if validation is None else {"train": task, "validation": validation}, encoder, **options)
    return load_glue(task, encoder, **options)


def check_task(task: str) -> str:
    """The task's full name; ValueError, with the nearest names, if there is no such task."""
    if isinstance(task, os.PathLike):
        task = os.fspath(task)
    if not isinstance(task, str):
        raise TypeError(checks.message("task", "be the name of a task", task))
    if task.lower().startswith("glue/") or re.sub("[-_ ]", "", task.lower()) in GLUE_TASKS:
        return f"glue/{glue_task(task).name}"
    if task.lower() in _SQUAD or task in (REVIEWS, QUESTIONS) or _is_file(task):
        return task.lower() if task.lower() in _SQUAD else task
    near = checks.did_you_mean(task, [*task_names(), *GLUE_TASKS])
    must = "be one of " + ", ".join(task_names()) + ", or a .json file"
    raise ValueError(checks.message("task", must, task, near))


def asks_questions(task: str) -> bool:
    """Whether a task that `check_task` returned is question answering."""
    return task == QUESTIONS or task in _SQUAD or _is_file(task)


def _is_file(task: str) -> bool:
    return task.lower().endswith(".json")


def load_reviews(
    encoder: Any,
    *,
    seq_length: int = 128,
    batch_size: int = 32,
    seed: int = 0,
    limit: int | None = None,
    parts: tuple[str, ...] | None = None,
    data_dir: Any = None,
    static_shapes: bool = False,
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
        static_shapes=static_shapes,
    )


def _read_reviews(name: str) -> Examples:
    with open(SAMPLES / name, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    labels = np.array([REVIEW_LABELS.index(row["label"]) for row in rows], "int32")
    return Examples(([row["sentence"] for row in rows],), labels, np.arange(len(rows)), name)
