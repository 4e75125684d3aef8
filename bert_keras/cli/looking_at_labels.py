"""`look_at_label_names`: whether the classes that a user names are all that a table begins with."""

import itertools
import pathlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from bert_keras.cli.kinds_of_data import is_soon_seen
from bert_keras.data.tables.indicator_table import IndicatorTable
from bert_keras.data.tables.open_table import READING
from bert_keras.data.tables.row_source import Rows, RowSource
from bert_keras.features import REGRESSION
from bert_keras.text_classification.choose_columns import LABEL_NAMES, choose_column
from bert_keras.text_classification.labels import Labels, checked_names, classes_in
from bert_keras.text_classification.plain_labels import plain_labels
from bert_keras.text_classification.table_sources import table_sources
from bert_keras.text_classification.text_rows import TextRows, read_text_rows
from bert_keras.text_classification.without_gaps import checked_unlabelled

_CHUNKS = 8  # of about 1,024 rows that are looked at


class _Head(RowSource):
    """The first rows of a table."""

    def __init__(self, source: RowSource) -> None:
        self.name, self.columns, self.unit = source.name, source.columns, source.unit
        self._source = source

    def rows(self, wanted: Sequence[str]) -> Iterator[Rows]:
        return itertools.islice(self._source.rows(wanted), _CHUNKS)


def look_at_label_names(task: str, given: dict[str, Any]) -> None:
    """Raises ValueError where `label_names` leave out a class that the first rows of a table of texts have.

    What the table is cannot be told for sure by its beginning: where that is at fault in another way, or says another
    thing than classes, nothing is raised, and the whole is read later.

    Args:
        task: the path of a file.
        given: options of `bk.load_files` that were given.
    """
    path = pathlib.Path(task).expanduser()
    if given.get("unknown_labels") == "leave_out" or not path.is_file() or not is_soon_seen(path):
        return
    try:
        rows = _labelled(task, given)
        problem = REGRESSION
        if rows is not None:
            problem, _ = classes_in(rows, given.get("problem_type"), given.get("label_separator"))
    except (ValueError, TypeError):
        return
    if problem != REGRESSION:
        names = checked_names(given["label_names"])
        Labels(problem, names, given.get("label_separator"), are_given=True).of(rows, "train")


def _labelled(task: str, given: dict[str, Any]) -> TextRows | None:
    """The first rows, with labels as the library reads them; None for no row with one, and for columns of 0 and 1."""
    columns = {name: given.get(name) for name in ("text", "text_pair", "label", "weight")}
    opened = table_sources(task, columns, {name: given.get(name, usual) for name, usual in READING.items()})
    source = opened.tables["train"]
    if isinstance(source, IndicatorTable):
        return None
    label = choose_column("label", source, opened.names["label"], LABEL_NAMES)
    rows = read_text_rows(_Head(source), (), label, in_memory=True)
    said = {str(name) for name in checked_unlabelled(given.get("unlabelled", ()))}
    without = [code for code, value in enumerate(rows.values) if str(value) in said]
    rows = rows.take(np.flatnonzero(~np.isin(rows.codes, without)))
    names, separator = given["label_names"], given.get("label_separator")
    return plain_labels({"train": rows}, given.get("problem_type"), names, separator)[0]["train"] if len(rows) else None
