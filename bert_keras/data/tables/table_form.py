"""`TableForm`: rows written as CSV, JSON lines or Parquet, some at a time, and put together in one file."""

import csv
import json
import os
import pathlib
import re
import shutil
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow
import pyarrow.parquet

from bert_keras import checks
from bert_keras.data.tables.is_missing import is_missing

CSV, TSV, JSON_LINES, PARQUET = ".csv", ".tsv", ".jsonl", ".parquet"
WRITTEN = (CSV, TSV, JSON_LINES, PARQUET)
_SEPARATORS = {CSV: ",", TSV: "\t"}


class TableForm:
    """The form of a table that is written in pieces, of which each holds some of its rows.

    In CSV a list or an object is JSON, and a missing value nothing. In Parquet a column has the type that all its
    values have, and is text where they have several.

    Args:
        ending: ".csv", ".tsv", ".jsonl" or ".parquet".
        names: of the columns, in order.
    """

    def __init__(self, ending: str, names: Sequence[str]) -> None:
        self.ending = checks.one_of("ending", ending, WRITTEN)
        self.names = tuple(names)

    def write(self, path: str | os.PathLike, columns: Mapping[str, Sequence[Any]]) -> None:
        """A piece: the columns, by name, each a list of as many values."""
        if self.ending == PARQUET:
            arrays = [_array(columns[name]) for name in self.names]
            pyarrow.parquet.write_table(pyarrow.table(arrays, names=list(self.names)), path)
            return
        rows = zip(*(columns[name] for name in self.names), strict=True)
        with open(path, "w", encoding="utf-8", newline="") as file:
            if self.ending == JSON_LINES:
                file.writelines(_json(dict(zip(self.names, row, strict=True))) + "\n" for row in rows)
            else:
                self._writer(file).writerows([_cell(value) for value in row] for row in rows)

    def join(self, pieces: Sequence[pathlib.Path], path: str | os.PathLike) -> None:
        """One file of the pieces, in their order, with a header where the form has one; of a piece at a time."""
        if self.ending == PARQUET:
            self._join_parquet(pieces, path)
            return
        with open(path, "w", encoding="utf-8", newline="") as head:
            if self.ending != JSON_LINES:
                self._writer(head).writerow(self.names)
        with open(path, "ab") as file:
            for piece in pieces:
                with open(piece, "rb") as rows:
                    shutil.copyfileobj(rows, file, 1 << 20)

    def _writer(self, file: Any) -> Any:
        return csv.writer(file, delimiter=_SEPARATORS[self.ending], lineterminator="\n")

    def _join_parquet(self, pieces: Sequence[pathlib.Path], path: str | os.PathLike) -> None:
        schemas = [pyarrow.parquet.read_schema(piece) for piece in pieces]
        fields = [pyarrow.field(name, _common([own.field(name).type for own in schemas])) for name in self.names]
        schema = pyarrow.schema(fields)
        with pyarrow.parquet.ParquetWriter(path, schema) as writer:
            for piece in pieces:
                table = pyarrow.parquet.read_table(piece)
                columns = [_as_type(table.column(field.name), field.type) for field in fields]
                writer.write_table(pyarrow.table(columns, schema=schema))


def _array(values: Sequence[Any]) -> pyarrow.Array:
    """The values in the type that they have in common; as texts where there is none."""
    values = [None if is_missing(value) else value for value in values]
    try:
        return pyarrow.array(values)
    except (pyarrow.ArrowException, OverflowError):
        return pyarrow.array([None if value is None else _cell(value) for value in values], pyarrow.string())


def _common(types: Sequence[pyarrow.DataType]) -> pyarrow.DataType:
    """The type of a column whose pieces have these types."""
    schemas = [pyarrow.schema([pyarrow.field("column", own)]) for own in dict.fromkeys(types)]
    try:
        return pyarrow.unify_schemas(schemas, promote_options="permissive").field(0).type if schemas else pyarrow.null()
    except pyarrow.ArrowException:
        return pyarrow.string()


def _as_type(column: pyarrow.ChunkedArray, wanted: pyarrow.DataType) -> pyarrow.ChunkedArray:
    if pyarrow.types.is_string(wanted) and not pyarrow.types.is_null(column.type):
        return pyarrow.chunked_array(
            [[None if value is None else _cell(value) for value in column.to_pylist()]], wanted
        )
    return column.cast(wanted)


def _cell(value: Any) -> str:
    """A value as text: JSON for lists and objects, "" for what is missing."""
    if isinstance(value, str):
        return value
    if isinstance(value, (Mapping, list, tuple)) or hasattr(value, "tolist"):
        return _json(value)
    return "" if is_missing(value) else str(value)


def _json(value: Any) -> str:
    """JSON with every script as it is, but for the characters that some programs take for the end of a line."""
    text = json.dumps(_plain(value), ensure_ascii=False, default=str)
    return re.sub("[\x85\u2028\u2029]", lambda found: f"\\u{ord(found[0]):04x}", text)


def _plain(value: Any) -> Any:
    """Python's own values for those of NumPy, and None for what is missing, also inside: JSON has no NaN."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(name): _plain(own) for name, own in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(own) for own in value]
    return None if is_missing(value) else value
