"""`open_table`: a user's file or object as rows with named columns."""

import os
import pathlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from bert_keras import checks
from bert_keras.data.tables.delimited_file import DelimitedFile
from bert_keras.data.tables.folder_tree import FolderTree
from bert_keras.data.tables.held_table import held_table
from bert_keras.data.tables.json_file import JsonFile
from bert_keras.data.tables.json_lines_file import JsonLinesFile, is_object_a_line
from bert_keras.data.tables.parquet_file import ParquetFile
from bert_keras.data.tables.row_source import RowSource
from bert_keras.data.tables.sheet_file import SHEETS, SheetFile
from bert_keras.data.tables.table_lines import PACKED
from bert_keras.foreign_names import foreign_names

_LINES, _JSON = (".csv", ".tsv", ".tab"), (".jsonl", ".ndjson", ".json")
_NAMED = (*_LINES, *_JSON, ".parquet", *SHEETS)
TABLE_ENDINGS = (*_NAMED, *(f"{ending}{packed}" for ending in (*_LINES, *_JSON) for packed in PACKED))
READING = {"separator": None, "encoding": "utf-8", "quotes": True, "columns": None}  # if not said


@checks.answers(**foreign_names("open_table"))
def open_table(
    source: Any,
    *,
    separator: str | None = None,
    encoding: str = "utf-8",
    quotes: bool | str = True,
    columns: Sequence[str] | None = None,
) -> RowSource:
    """Rows with named columns, for `bk.load_files`; a file is read when it is needed.

    >>> table = bk.open_table("reviews.csv", separator=";", encoding="cp1252")
    >>> table.columns
    ('review', 'stars')

    Args:
        source: the path of a .csv, .tsv, .jsonl, .json, .parquet, .xlsx or .ods file, of text also packed (.csv.gz); a
            folder with a folder for each label and a .txt file for each text; a dict of columns; a list of dicts, of
            pairs (text, label) or of texts; (texts, labels); a NumPy array of texts; a frame of pandas or polars; a
            `datasets.Dataset`; a `tf.data.Dataset` of strings.
        separator: of a .csv or .tsv file, one character. None finds the one that gives all lines as many columns.
        encoding: of a file of text. UTF-16 is known by its byte order mark, or its zeros.
        quotes: whether `"` around a field of a .csv or .tsv file is no part of it, or `'` where that stands there; or
            which of the two it is.
        columns: names for a .csv or .tsv file that has no header.

    Raises:
        FileNotFoundError: if there is no such file, with the nearest name there is.
        ValueError: if it is not in the form that its name says; for rows that is said when they are read.
        TypeError: for an object of another kind.
    """
    reading = {"separator": separator, "encoding": encoding, "quotes": quotes, "columns": columns}
    if isinstance(source, (str, os.PathLike)):
        return open_path(source, reading)
    _refuse(reading, (), "what is no file")
    if isinstance(source, RowSource):
        return source
    if hasattr(source, "element_spec"):  # of tf.data; TensorFlow is not imported for a file
        from bert_keras.data.tables.tensorflow_table import TensorFlowTable

        return TensorFlowTable(source, "files")
    table = held_table(source)
    if table is None:
        must = "be a file, a folder, a dict of columns, a list of rows, a frame, a Hugging Face or a tf.data Dataset"
        advice = "Pass list(…) of it." if isinstance(source, Iterable) and len(str(source)) else ""
        raise TypeError(checks.message("files", must, source, advice))
    return table


def open_path(
    path: str | os.PathLike,
    reading: Mapping[str, Any],
    fault: Callable[[int, UnicodeDecodeError], None] | None = None,
) -> RowSource:
    """As `open_table`, of a file or a folder.

    Args:
        path: of it.
        reading: `separator`, `encoding`, `quotes` and `columns`.
        fault: see `decoded_lines`; of files of text.
    """
    reading = {**READING, **reading}
    path = pathlib.Path(path).expanduser()
    ending = ending_of(path)
    if path.is_dir():
        _refuse(reading, options_of(path), "a folder")
        return FolderTree(path, reading["encoding"])
    if ending in (*_LINES, ".txt"):
        return DelimitedFile(path, **reading, fault=fault)
    if ending in _JSON:
        _refuse(reading, options_of(path), "JSON")
        least = 2 if ending == ".json" else 1  # a single object may be a table of columns
        lines = is_object_a_line(path, reading["encoding"], fault, least)
        return (JsonLinesFile if lines else JsonFile)(path, reading["encoding"], fault)
    if ending == ".parquet":
        _refuse(reading, (), "a Parquet file")
        return ParquetFile(path)
    if ending in SHEETS:
        _refuse(reading, (), "a spreadsheet")
        return SheetFile(path)
    must = "be a folder or a file that ends in " + ", ".join(_NAMED)
    advice = "" if path.exists() else "There is no such file."
    raise ValueError(checks.message("files", must, str(path), advice))


def options_of(path: pathlib.Path) -> tuple[str, ...]:
    """Names of the options that say how a file or a folder of its form is written."""
    ending = ending_of(path)
    if ending in (*_LINES, ".txt") and not path.is_dir():
        return tuple(READING)
    return ("encoding",) if path.is_dir() or ending in _JSON else ()


def ending_of(path: pathlib.Path) -> str:
    """What a file's name ends in, without that of a packed one: ".csv" of "reviews.csv.gz"."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    return next((suffix for suffix in reversed(suffixes) if suffix not in PACKED), "") if suffixes else ""


def _refuse(reading: Mapping[str, Any], allowed: tuple[str, ...], what: str) -> None:
    for name, value in reading.items():
        if value != READING[name] and name not in allowed:
            raise ValueError(checks.message(name, f"be left out for {what}", value))
