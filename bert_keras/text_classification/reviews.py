"""`load_reviews`: the review sentences that come with the library."""

import csv
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.data.examples import Examples
from bert_keras.data.samples import FOLDER
from bert_keras.data.task_data import checked_parts
from bert_keras.features import MAX_WINDOWS, SINGLE_LABEL, TRUNCATE
from bert_keras.text_classification.text_data import TaskData, make_task_data

REVIEWS = "samples/reviews"
REVIEW_LABELS = ("negative", "positive")
REVIEWS_TRAIN = 400  # rows of reviews_train.tsv to train on; the other 56 choose the epoch


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
    long_text: str = TRUNCATE,
    max_windows: int = MAX_WINDOWS,
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
        long_text=long_text,
        max_windows=max_windows,
    )


def _read_reviews(name: str) -> Examples:
    with open(FOLDER / name, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    labels = np.array([REVIEW_LABELS.index(row["label"]) for row in rows], "int32")
    return Examples(([row["sentence"] for row in rows],), labels, np.arange(len(rows)), name)
