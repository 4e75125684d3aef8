"""`HeldTable`: columns that are in memory already: lists, arrays, frames, data sets of Hugging Face."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.data.tables.row_source import CHUNK, Rows, RowSource, chunked

TEXT, LABEL = "text", "label"  # columns of rows that have no names of their own


class HeldTable(RowSource):
    """Columns of values, each as long as the others.

    Args:
        columns: by name, what can be sliced and has a length.
        name: for messages.

    Raises:
        ValueError: if there is no column, or one is shorter than another.
    """

    def __init__(self, columns: Mapping[str, Any], name: str) -> None:
        self.name = name
        self.columns = tuple(str(column) for column in columns)
        self._values = {str(column): values for column, values in columns.items()}
        lengths = {column: len(values) for column, values in self._values.items()}
        if len(set(lengths.values())) != 1:
            raise ValueError(checks.message(name, "have columns of one length", lengths))

    def order_of(self, column: str) -> tuple[str, ...] | None:
        dtype = getattr(self._values.get(column), "dtype", None)
        return tuple(map(str, dtype.categories)) if getattr(dtype, "ordered", False) else None

    def rows(self, wanted: Sequence[str]) -> Iterator[Rows]:
        count = len(self._values[self.columns[0]])
        for start in range(0, count, CHUNK):
            chunk = {column: _plain(self._values[column][start : start + CHUNK]) for column in wanted}
            yield Rows(chunk, range(start, min(start + CHUNK, count)))


class HuggingFaceTable(RowSource):
    """A `datasets.Dataset`, or an `IterableDataset`; numbers of a `ClassLabel` become its names.

    Args:
        dataset: what has `column_names` and `features`.
        name: for messages.
    """

    def __init__(self, dataset: Any, name: str) -> None:
        if not dataset.column_names:
            advice = "Pass list(dataset), or a dataset whose features are known."
            raise ValueError(checks.message(name, "know the names of its columns", dataset.column_names, advice))
        self.name = name
        self.columns = tuple(dataset.column_names)
        self._dataset = dataset

    def rows(self, wanted: Sequence[str]) -> Iterator[Rows]:
        features = self._dataset.features or {}
        names = {column: getattr(features.get(column), "names", None) for column in wanted}
        for chunk in chunked(enumerate([row[column] for column in wanted] for row in self._dataset), wanted):
            yield Rows({c: _named(values, names[c]) for c, values in chunk.columns.items()}, chunk.places)


def held_table(value: Any, name: str = "files") -> RowSource | None:
    """The rows of an object of Python, NumPy, pandas, polars or Hugging Face; None for an object of another kind.

    Rows without names have the columns "text" and "label".
    """
    if hasattr(value, "column_names") and hasattr(value, "features"):
        return HuggingFaceTable(value, name)
    if isinstance(value, Mapping):
        return HeldTable(value, name)
    if hasattr(value, "columns") and hasattr(value, "__getitem__"):  # a frame: pandas, polars and their like
        return HeldTable({column: value[column] for column in value.columns}, name)
    if isinstance(value, np.ndarray):
        if value.dtype.names:
            return HeldTable({field: value[field] for field in value.dtype.names}, name)
        if value.ndim == 1:
            return HeldTable({TEXT: value}, name)
        raise ValueError(checks.message(name, "have the shape [rows]", value.shape, "Pass the labels as `label`."))
    if isinstance(value, (list, tuple)) and len(value):
        return _from_rows(value, name)
    return None


def _from_rows(rows: Sequence[Any], name: str) -> RowSource:
    first = rows[0]
    for place, row in enumerate(rows):
        if type(row) is not type(first) and not (isinstance(row, str) and isinstance(first, str)):
            must = f"hold rows of one kind, as the first, {type(first).__name__}"
            raise TypeError(checks.message(name, must, row, f"It is number {place}."))
    if isinstance(first, Mapping):
        columns = list(first)
        for place, row in enumerate(rows):
            if set(row) != set(columns):
                must = f"have the fields {columns} in each row"
                raise ValueError(checks.message(name, must, sorted(row), f"It is number {place}."))
        return HeldTable({column: [row[column] for row in rows] for column in columns}, name)
    if isinstance(first, (tuple, list)):
        if {len(row) for row in rows} != {2}:
            must = "hold pairs (text, label)"
            raise ValueError(
                checks.message(name, must, first, "Pass dicts, or a dict of columns, for rows of more values.")
            )
        return HeldTable({TEXT: [row[0] for row in rows], LABEL: [row[1] for row in rows]}, name)
    return HeldTable({TEXT: rows}, name)


def _plain(values: Any) -> list[Any]:
    """A slice of a column as a list of Python's own values."""
    for method in ("tolist", "to_list", "to_pylist"):
        if hasattr(values, method):
            return getattr(values, method)()
    return [value.item() if isinstance(value, np.generic) else value for value in values]


def _named(values: list[Any], names: Iterable[str] | None) -> list[Any]:
    if names is None:
        return values
    names = list(names)
    # -1 stands for "no label" in Hugging Face's test splits.
    return [None if value == -1 else names[value] if isinstance(value, int) else value for value in values]
