"""`without_gaps`: rows that lack a text or a label, and labels that say that there is none, left out and counted."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.data.tables.indicator_table import IndicatorTable
from bert_keras.features import MULTI_LABEL
from bert_keras.text_classification.labels import Labels
from bert_keras.text_classification.text_rows import MISSING, TextRows, plain_label

UNKNOWN_LABELS = ("refuse", "leave_out")
_MOST = 0.1  # of the rows
_FEW = 2  # rows may have a gap however few there are
_SAY_NONE = ("-", "?", "n/a", "na", "nan", "none", "null")  # what often stands where there is no label


def checked_unlabelled(unlabelled: Any) -> tuple[Any, ...]:
    """The labels that say that there is none, as labels are read."""
    if isinstance(unlabelled, str) or not isinstance(unlabelled, Sequence):
        raise TypeError(checks.message("unlabelled", "be a list of labels", unlabelled, "E.g. ('-',)."))
    return tuple(label for label in map(plain_label, unlabelled) if label is not None)


def without_unlabelled(rows: TextRows, unlabelled: tuple[Any, ...], part: str) -> tuple[TextRows, list[str]]:
    """The rows whose label is none of `unlabelled`, and what to say of the others.

    A test part of which no row has a label stays whole, as one without labels.
    """
    if rows.codes is not None and part.startswith("test") and (rows.codes == MISSING).all():
        return dataclasses.replace(rows, codes=None), [f"{part}: no row has a label"]
    if not unlabelled or rows.codes is None:
        return rows, []
    said = {str(label) for label in unlabelled}
    codes = [code for code, value in enumerate(rows.values) if str(value) in said]
    left_out = np.isin(rows.codes, codes)
    if not left_out.any():
        return rows, []
    names = " or ".join(repr(str(label)) for label in unlabelled)
    if left_out.all() and part.startswith("test"):
        return dataclasses.replace(rows, codes=None), [f"{part}: no row has a label, all have {names}"]
    if left_out.all():
        must = f"leave rows with a label in the part '{part}'"
        raise ValueError(checks.message("unlabelled", must, list(unlabelled), f"All {len(rows):,} rows have {names}."))
    note = f"{left_out.sum():,} of {len(rows):,} {part} rows have the label {names} and are left out"
    return rows.take(np.flatnonzero(~left_out)), [note]


def without_gaps(rows: TextRows, labels: Labels, part: str) -> tuple[TextRows, list[str]]:
    """The rows that have a text and a label, and what to say of the others; ValueError if they are many."""
    keep, notes = np.ones(len(rows), bool), []
    unlabelled = np.empty(0, "int64")
    # An empty list of labels is a label, where they are lists; empty cells in columns of 0 and 1 say nothing.
    is_list = labels.problem_type == MULTI_LABEL and not isinstance(rows.source, IndicatorTable)
    if rows.codes is not None and not is_list:
        unlabelled = np.flatnonzero(rows.codes == MISSING)
    for what, gaps in (("an empty text", rows.empty), ("no label", unlabelled)):
        if not len(gaps):
            continue
        first = "; ".join(rows.where(row) for row in gaps[:3])
        if len(gaps) > max(_FEW, _MOST * len(rows)):
            must = f"have {what.replace('an empty', 'a').replace('no', 'a')} in nine of ten rows"
            count = f"{len(gaps):,} of {len(rows):,} have {what}"
            raise ValueError(checks.message("files", must, count, f"The first: {first}. Leave such rows out."))
        keep[gaps] = False
        notes.append(f"{len(gaps):,} of {len(rows):,} {part} rows have {what} and are left out: {first}")
    return (rows if keep.all() else rows.take(np.flatnonzero(keep))), notes


def without_unknown(rows: TextRows, labels: Labels, part: str, unknown: str) -> tuple[TextRows, list[str]]:
    """The rows with no class but those that there are, and what to say of the others, if they are to be left out."""
    if unknown == "refuse" or rows.codes is None or labels.names is None:
        return rows, []
    known = set(labels.names)
    others = [code for code, value in enumerate(rows.values) if not set(labels.several(value)) <= known]
    left_out = np.isin(rows.codes, others)
    if not left_out.any():
        return rows, []
    if left_out.all():
        must = f"leave rows in the part '{part}'"
        raise ValueError(checks.message("unknown_labels", must, unknown, "No row has one of the classes."))
    named = list(dict.fromkeys(str(rows.values[code]) for code in rows.codes[left_out]))
    shown = ", ".join(map(repr, named[:5])) + (f", … ({len(named)} in all)" if len(named) > 5 else "")
    note = f"{left_out.sum():,} of {len(rows):,} {part} rows have a class that is not known, {shown}, and are left out"
    return rows.take(np.flatnonzero(~left_out)), [note]


def hints(labels: Labels) -> list[str]:
    """What to say of classes whose names often stand where there is no label."""
    if labels.names is None:
        return []
    numbers = {name for name in labels.names if name.lstrip("-").isdigit()}
    odd = [name for name in labels.names if name.lower() in _SAY_NONE]
    odd += ["-1"] if "-1" in numbers and {"0", "1"} <= numbers and len(numbers) == len(labels.names) else []
    return [f"if {name!r} says that a row has no label, pass unlabelled=[{name!r}] (--unlabelled)" for name in odd]
