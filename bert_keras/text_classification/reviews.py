"""`load_reviews`: the review sentences that come with the library."""

import csv
from typing import Any

import numpy as np

from bert_keras.data.examples import Examples
from bert_keras.data.samples import FOLDER
from bert_keras.data.task import loaded
from bert_keras.features import PARTS, SINGLE_LABEL
from bert_keras.text_classification.text_task import TextTask

REVIEWS = "samples/reviews"
REVIEW_LABELS = ("negative", "positive")
REVIEWS_TRAIN = 400  # rows of reviews_train.tsv to train on; the other 56 choose the epoch


def load_reviews(encoder: Any = None, *, split_seed: int = 0, **options: Any) -> Any:
    """The review sentences that come with the library: negative or positive; 400 train, 56 validation, 236 test.

    Args:
        encoder, split_seed: as in `bk.load_glue`.
        **options: as in `bk.load_glue`.
    """
    task = TextTask(
        name=REVIEWS,
        read=_read,
        parts=PARTS,
        split_seed=split_seed,
        label_names=REVIEW_LABELS,
        problem_type=SINGLE_LABEL,
        metrics=("accuracy", "f1"),
        text_columns=("sentence",),
    )
    return loaded(task, encoder, options)


def _read(parts: tuple[str, ...]) -> dict[str, Examples]:
    rows = read_reviews("reviews_train.tsv")
    by_part = {"train": rows.head(REVIEWS_TRAIN), "validation": rows.tail(REVIEWS_TRAIN)}
    by_part["test"] = read_reviews("reviews_test.tsv")
    return {name: by_part[name] for name in parts}


def read_reviews(name: str) -> Examples:
    """The rows of one of the two files, "reviews_train.tsv" or "reviews_test.tsv"."""
    with open(FOLDER / name, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    labels = np.array([REVIEW_LABELS.index(row["label"]) for row in rows], "int32")
    return Examples(([row["sentence"] for row in rows],), labels, np.arange(len(rows)), name)
