"""`HeldTable`: columns that are in memory already: lists, arrays, frames, data sets of Hugging Face."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.data.tables.limits import check_columns
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
        check_columns(columns, name)
        self.columns = tuple(str(column) for column in columns)
        self._values = {str(column): values for column, values in columns.items()}
        for column, values in self._values.items():
            if isinstance(values, (str, bytes)) or not (hasattr(values, "__len__") and hasattr(values, "__getitem__")):
                must = f"have a list of values in the column '{column}'"
                raise TypeError(checks.message(name, must, values, "Pass a list of dicts for single rows."))
        lengths = {column: len(values) for column, values in self._values.items()}
        if len(set(lengths.values())) != 1:
            raise ValueError(checks.message(name, "have columns of one length", lengths))

    def order_of(self, column: str) -> tuple[str, ...] | None:
        dtype = getattr(self._values.get(column), "dtype", None)  # of pandas; polars' Enum is always in order
        is_ordered = getattr(dtype, "ordered", False) or type(dtype).__name__ == "Enum"
        return tuple(map(str, dtype.categories)) if is_ordered else None

    def values_of(self, column: str) -> Any:
        """A column as it was given."""
        return self._values[column]

    def rows(self, wanted: Sequence[str]) -> Iterator[Rows]:
        count = len(self._values[self.columns[0]])
        return self.shown(self._chunks(wanted, count), count)

    def _chunks(self, wanted: Sequence[str], count: int) -> Iterator[Rows]:
        for start in range(0, count, CHUNK):
            chunk = {column: _plain(_by_place(self._values[column])[start : start + CHUNK]) for column in wanted}
            yield Rows(chunk, range(start, min(start + CHUNK, count)))


class HuggingFaceTable(RowSource):
    """A `datasets.Dataset`, or an `IterableDataset`; numbers of a `ClassLabel` become its names, also in lists.

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

    def order_of(self, column: str) -> tuple[str, ...] | None:
        names = getattr((self._dataset.features or {}).get(column), "names", None)
        return None if names is None else tuple(names)

    def rows(self, wanted: Sequence[str]) -> Iterator[Rows]:
        count = len(self._dataset) if hasattr(self._dataset, "__len__") else None
        return self.shown(self._chunks(wanted), count)

    def _chunks(self, wanted: Sequence[str]) -> Iterator[Rows]:
        features = self._dataset.features or {}
        for chunk in chunked(enumerate([row[column] for column in wanted] for row in self._dataset), wanted):
            columns = {
                column: _named_values(values, features.get(column), column) for column, values in chunk.columns.items()
            }
            yield Rows(columns, chunk.places)


def held_table(value: Any, name: str = "files") -> RowSource | None:
    """The rows of an object of Python, NumPy, pandas, polars or Hugging Face; None for an object of another kind.

    Rows without names have the columns "text" and "label", and so has (texts, labels). A field that a dict lacks is
    None.
    """
    if hasattr(value, "column_names") and hasattr(value, "features"):
        return HuggingFaceTable(value, name)
    if isinstance(value, Mapping):
        return HeldTable(value, name)
    if type(value).__name__ == "LazyFrame":
        raise TypeError(checks.message(name, "hold its rows", type(value).__name__, "Pass frame.collect()."))
    if hasattr(value, "column_names") and hasattr(value, "schema"):  # of Arrow
        return HeldTable({column: value[column] for column in value.column_names}, name)
    if hasattr(value, "columns") and hasattr(value, "__getitem__"):  # a frame: pandas, polars and their like
        return _of_frame(value, name)
    if isinstance(value, np.ndarray):
        if value.dtype.names:
            return HeldTable({field: value[field] for field in value.dtype.names}, name)
        if value.ndim == 1:
            return HeldTable({TEXT: value}, name)
        if value.ndim == 2 and value.shape[1] == 2 and value.dtype.kind in "UO":  # as a list of pairs
            return HeldTable({TEXT: value[:, 0], LABEL: value[:, 1]}, name)
        raise ValueError(checks.message(name, "have the shape [rows]", value.shape, "Pass the labels as `label`."))
    if isinstance(value, tuple) and len(value) == 2 and (columns := _two_columns(value, name)) is not None:
        return columns
    if isinstance(value, (list, tuple)) and len(value):
        return _from_rows(value, name)
    return None


def _of_frame(frame: Any, name: str) -> RowSource:
    columns = list(frame.columns)
    if len(set(map(str, columns))) == len(columns):
        return HeldTable({column: frame[column] for column in columns}, name)
    told = told_apart(list(map(str, columns)))
    return HeldTable({column: frame.iloc[:, place] for place, column in enumerate(told)}, name)


def told_apart(names: Sequence[str]) -> list[str]:
    """The names of columns, each once: those that stand there more than once get their place, "text (column 2)"."""
    counts = Counter(names)
    return [f"{own} (column {place})" if counts[own] > 1 else own for place, own in enumerate(names, 1)]


def _two_columns(value: tuple[Any, Any], name: str) -> RowSource | None:
    """(texts, labels), which are no two rows (text, label) where there are not just two of each; None for rows."""
    texts, labels = value
    if any(isinstance(part, (str, bytes, tuple, Mapping)) or not hasattr(part, "__len__") for part in value):
        return None
    if not all(isinstance(text, str) for text in texts):
        return None
    if len(texts) != len(labels):
        must = "hold as many labels as texts, if it is (texts, labels)"
        raise ValueError(checks.message(name, must, f"{len(texts)} texts and {len(labels)} labels"))
    if len(texts) == 2:
        must = "say what it holds: ([…], […]) may be two rows (text, label), and two texts with their labels"
        advice = "Pass {'text': texts, 'label': labels}, or a list of the rows."
        raise ValueError(checks.message(name, must, value, advice))
    return HeldTable({TEXT: texts, LABEL: labels}, name)


def _from_rows(rows: Sequence[Any], name: str) -> RowSource:
    first = rows[0]
    for place, row in enumerate(rows):
        kinds = ((str,), (Mapping,), (tuple, list))
        if type(row) is not type(first) and not any(isinstance(row, k) and isinstance(first, k) for k in kinds):
            must = f"hold rows of one kind, as the first, {type(first).__name__}"
            raise TypeError(checks.message(name, must, row, f"It is number {place}."))
    fields = getattr(first, "_fields", None) or getattr(first, "__dataclass_fields__", None)
    if fields:  # named tuples, data classes
        return HeldTable({column: [getattr(row, column) for row in rows] for column in fields}, name)
    if isinstance(first, Mapping):
        columns = dict.fromkeys(column for row in rows for column in row)
        check_columns(columns, name)
        return HeldTable({column: [row.get(column) for row in rows] for column in columns}, name)
    if isinstance(first, (tuple, list)):
        if {len(row) for row in rows} != {2}:
            must = "hold pairs (text, label)"
            raise ValueError(
                checks.message(name, must, first, "Pass dicts, or a dict of columns, for rows of more values.")
            )
        return HeldTable({TEXT: [row[0] for row in rows], LABEL: [row[1] for row in rows]}, name)
    return HeldTable({TEXT: rows}, name)


def _by_place(values: Any) -> Any:
    """What is sliced by places, and not by an index of numbers that a Series of pandas may have."""
    return getattr(values, "iloc", values)


def _plain(values: Any) -> list[Any]:
    """A slice of a column as a list of Python's own values."""
    for method in ("tolist", "to_list", "to_pylist"):
        if hasattr(values, method):
            return getattr(values, method)()
    return [value.item() if isinstance(value, np.generic) else value for value in values]


def _named_values(values: list[Any], feature: Any, column: str) -> list[Any]:
    return [_named(value, feature, column) for value in values] if _has_names(feature) else values


def _has_names(feature: Any) -> bool:
    """Whether a feature of Hugging Face is a `ClassLabel`, or holds one at any depth."""
    if getattr(feature, "names", None) is not None:
        return True
    if isinstance(feature, Mapping):
        return any(map(_has_names, feature.values()))
    return _entries_of(feature) is not None and _has_names(_entries_of(feature))


def _entries_of(feature: Any) -> Any:
    """The feature of the entries of a list; None where it is no list."""
    if isinstance(feature, (list, tuple)) and len(feature) == 1:  # as older versions of datasets write it
        return feature[0]
    return getattr(feature, "feature", None)


def _named(value: Any, feature: Any, column: str) -> Any:
    """A value with the names of a `ClassLabel` for its numbers, in lists and dicts too."""
    names, entries = getattr(feature, "names", None), _entries_of(feature)
    if names is not None and isinstance(value, (int, np.integer)):
        if not -1 <= value < len(names):
            must = f"be a number of its {len(names)} names, or -1 for none"
            raise ValueError(checks.message(column, must, int(value)))
        return None if value == -1 else names[value]  # -1 stands for "no label" in Hugging Face's test splits
    if isinstance(value, Mapping):
        within = entries if isinstance(entries, Mapping) else feature  # a list of dicts comes as a dict of lists
        lists = within is entries
        return {
            key: _named(own, [within.get(key)] if lists else within.get(key), column)
            if isinstance(within, Mapping)
            else own
            for key, own in value.items()
        }
    if isinstance(value, (list, tuple, np.ndarray)) and entries is not None:
        return [_named(own, entries, column) for own in value]
    return value
