"""Prediction files of the GLUE leaderboard (https://gluebenchmark.com/submit): one TSV a test split."""

import os
import pathlib

import numpy as np
from numpy.typing import ArrayLike

from bert_keras.checks import message
from bert_keras.replacement.written_beside import written_beside
from bert_keras.text_classification.glue.glue_tasks import GlueSplit, GlueTask, glue_task

_LOWEST, _HIGHEST = 0.0, 5.0  # STS-B's scale


def write_glue_predictions(
    task: str | GlueTask, split: str, ids: ArrayLike, predictions: ArrayLike, folder: str | os.PathLike
) -> pathlib.Path:
    """Writes one test split's predictions in the leaderboard's format and returns the file's path.

    The file has the header `index<tab>prediction` and one row a test example in order of index: label names for MNLI,
    AX, QNLI and RTE, class numbers for CoLA, SST-2, MRPC, QQP and WNLI, similarities cut to [0, 5] with three decimals
    for STS-B. It is written beside its place and renamed, so that it is never half written.

    Args:
        task: the task or its name.
        split: a test split, e.g. "test"; "test_matched" or "test_mismatched" for MNLI.
        ids: integers [rows], the examples' row numbers in any order, each of the split's rows exactly once.
        predictions: [rows], class numbers in TFDS's label order; floats for STS-B.
        folder: where to write, made if it does not exist.

    Raises:
        TypeError: ids or class numbers that are not integers.
        ValueError: a split without a prediction file; a row missing, named twice or out of range; a prediction that is
            not a class or not finite.

    >>> write_glue_predictions("wnli", "test", range(146), [0] * 146, "submission")  # doctest: +SKIP
    PosixPath('submission/WNLI.tsv')
    """
    task = glue_task(task)
    wanted = task.split(split)
    if wanted.prediction_file is None:
        known = ", ".join(f"'{name}'" for name in task.test_splits)
        raise ValueError(message("split", f"be a test split of {task.name}: {known}", split))
    ids = _integers("ids", ids)
    _check_ids(ids, task, wanted)
    words = _prediction_words(task, predictions)
    if len(words) != len(ids):
        raise ValueError(message("predictions", f"have one row an id, {len(ids)}", len(words)))
    rows = [f"{row}\t{words[place]}\n" for row, place in enumerate(np.argsort(ids))]
    return _write(pathlib.Path(folder) / wanted.prediction_file, "index\tprediction\n" + "".join(rows))


def _integers(name: str, values: ArrayLike) -> np.ndarray:
    values = np.asarray(values)
    if values.ndim != 1:
        raise ValueError(message(name, "have the shape [rows]", values.shape))
    if values.dtype.kind not in "iu":
        raise TypeError(message(name, "be integers", values.dtype.name))
    return values.astype(np.int64)


def _check_ids(ids: np.ndarray, task: GlueTask, split: GlueSplit) -> None:
    holds = f"{task.name}'s {split.name} split has {split.rows} rows, and the leaderboard takes each exactly once."
    outside = ids[(ids < 0) | (ids >= split.rows)]
    if outside.size:
        raise ValueError(message("ids", f"be between 0 and {split.rows - 1}", int(outside[0]), holds))
    counts = np.bincount(ids, minlength=split.rows)
    if counts.max() > 1:
        raise ValueError(message("ids", "name each row once", int(np.argmax(counts > 1)), holds))
    if counts.min() < 1:
        raise ValueError(
            f"`ids` must name every row. Row {int(np.argmin(counts))} is missing, the first of "
            f"{int((counts == 0).sum())}. {holds}"
        )


def _prediction_words(task: GlueTask, predictions: ArrayLike) -> list[str]:
    if task.labels is None:
        values = np.asarray(predictions)
        if values.ndim != 1 or values.dtype.kind not in "iuf":
            raise ValueError(message("predictions", "be numbers [rows]", f"{values.dtype.name} {list(values.shape)}"))
        finite = np.isfinite(values)
        if not finite.all():
            row = int(np.argmin(finite))
            raise ValueError(message("predictions", "be finite numbers", float(values[row]), f"It is number {row}."))
        return [f"{value:.3f}" for value in np.clip(values.astype(np.float64), _LOWEST, _HIGHEST) + 0.0]  # no "-0.000"
    values = _integers("predictions", predictions)
    wrong = (values < 0) | (values >= len(task.labels))
    if wrong.any():
        row = int(np.argmax(wrong))
        must = f"be class numbers between 0 and {len(task.labels) - 1}"
        raise ValueError(message("predictions", must, int(values[row]), f"It is number {row}."))
    words = task.labels if task.label_words else [str(number) for number in range(len(task.labels))]
    return [words[value] for value in values]


def _write(path: pathlib.Path, text: str) -> pathlib.Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_beside(path) as beside:
        beside.write_text(text, encoding="utf-8", newline="\n")
    return path
