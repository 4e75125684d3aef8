"""`own_rows`: a part of a user's own files for a tuned model, without the rows that it was trained on."""

import dataclasses
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.data.origin import Origin
from bert_keras.data.row_digests import KEEP, LEAVE_OUT, TRAINED_ROWS, RowDigests
from bert_keras.data.task import Task


def own_rows(
    kind: Any,
    source: Any,
    part: str,
    options: dict[str, Any],
    origin: Origin | None,
    trained: RowDigests | None,
    trained_rows: str,
) -> tuple[Task, dict[str, Any], str]:
    """The task of a file, the rows of a part of it, and in words which rows these are.

    A file that the model was trained on is split as it was then, but for "keep". Any other is that part as a whole.

    Args:
        kind: the model's `Kind`.
        source: a file or an object.
        part: "train", "validation" or "test".
        options: how the model's data are made and read.
        origin, trained: what its folder keeps; None where that is nothing.
        trained_rows: "refuse", "leave_out" or "keep", what becomes of rows of another part than "train" that the model
            was trained on. A file that was that part in training is kept as it was.

    Raises:
        ValueError: where there are such rows and they are refused, with how many there are; or where nothing is left.
    """
    checks.one_of("trained_rows", trained_rows, TRAINED_ROWS)
    task = kind.opener({part: source}, is_said=True)(**options, validation_share=0.0)
    rows = task.rows((part,))
    name, whole = next(iter(rows.items()))
    known = _known(task, whole, trained)
    if known.any() and origin is not None and trained_rows != KEEP:
        again = _split_again(kind, source, part, options, origin, trained)
        if again is not None:
            return *again, _which(task, part, origin)
    declared = origin is not None and origin.has(part, source)  # as that part, in training
    kept, which = _kept(task, whole, known, KEEP if declared or part == "train" else trained_rows)
    return task, {name: kept}, which


def rows_of(
    kind: Any, task: Task, part: str, options: dict[str, Any], trained: RowDigests | None, trained_rows: str
) -> tuple[Task, dict[str, Any], str]:
    """As `own_rows`, of a `Task` that a user made: its own parts, and what it leaves at its default as in training.

    Raises:
        ValueError: for a task of another kind or without that part, too.
    """
    checks.one_of("trained_rows", trained_rows, TRAINED_ROWS)
    if task.kind != kind.name:
        raise ValueError(checks.message("task", f"be of the model's kind, {kind.name}", task.kind))
    usual = {field.name: field.default for field in dataclasses.fields(task)}
    left = {
        name: options[name] for name in set(options) & set(task.option_names()) if getattr(task, name) == usual[name]
    }
    task = task.changed(**left)
    rows = task.rows((part,))
    if part == "train" or task.origin is None:  # published parts are what they are
        return task, rows, f"of {task.name}"
    found = {name: _kept(task, own, _known(task, own, trained), trained_rows) for name, own in rows.items()}
    return task, {name: own for name, (own, _) in found.items()}, next(which for _, which in found.values())


def first_rows(
    kind: Any, part: str, options: dict[str, Any], origin: Origin, trained: RowDigests | None
) -> tuple[Task, dict[str, Any], str]:
    """As `own_rows`, of the very files that the model was trained on.

    Raises:
        ValueError: if they are not there, have no such part, or do not hold the rows of then.
    """
    source = origin.sources()
    again = _split_again(kind, source, part, options, origin, trained)
    if again is None:
        files = " and ".join(source.values() if isinstance(source, dict) else (source,))
        must = f"have the part '{part}', and the rows that the model was trained on"
        advice = "They have changed since, or no rows were held out as that part. Pass the file to score (--task FILE)."
        raise ValueError(checks.message("task", must, files, advice))
    return *again, _which(again[0], part, origin)


def _known(task: Task, rows: Any, trained: RowDigests | None) -> np.ndarray:
    """Which rows were trained on, bool [rows]."""
    return np.zeros(len(rows), bool) if trained is None else trained.among(task.texts_of(rows))


def _kept(task: Task, rows: Any, known: np.ndarray, trained_rows: str) -> tuple[Any, str]:
    """The rows that are left of those, and in words which they are."""
    if not known.any() or trained_rows == KEEP:
        those = f", {known.sum():,} of which it was trained on" if known.any() else ""
        return rows, f"that are all of {task.name}{those}"
    if trained_rows == LEAVE_OUT and not known.all():
        left = rows.take(np.flatnonzero(~known))
        return left, f"of {task.name}, without {known.sum():,} that it was trained on"
    must = "hold no rows that the model was trained on"
    advice = "'keep' scores them all the same" if known.all() else "'leave_out' scores the others, 'keep' all"
    advice = f"Their scores say nothing of other rows. trained_rows={advice} (--trained-rows)."
    raise ValueError(checks.message("task", must, f"{known.sum():,} of {len(known):,}", advice))


def _which(task: Task, part: str, origin: Origin) -> str:
    how = "trained on" if part == "train" else "held out in training" if origin.holds_out(part) else "as in training"
    return f"of {task.name}, {how}"


def _split_again(
    kind: Any, source: Any, part: str, options: dict[str, Any], origin: Origin, trained: RowDigests | None
) -> tuple[Task, dict[str, Any]] | None:
    """The task and the rows as they were split for training; None if these are not the rows of then."""
    task = kind.opener(source, is_said=True)(**options, **dataclasses.asdict(origin.shares))
    if part not in task.parts:
        return None
    rows = task.rows(("train", part) if part != "train" and "train" in task.parts else (part,))
    held = {name: own for name, own in rows.items() if name == part}
    if trained is None or "train" not in rows:
        return task, held
    if not trained.are_all_in(RowDigests.of(task.texts_of(rows["train"]))):
        return None
    if origin.holds_out(part) and any(trained.among(task.texts_of(own)).any() for own in held.values()):
        return None
    return task, held
