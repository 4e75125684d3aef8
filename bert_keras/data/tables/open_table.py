"""`open_table`: a user's file or object as rows with named columns."""

import os
import pathlib
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from bert_keras import checks
from bert_keras.data.tables.delimited_file import DelimitedFile
from bert_keras.data.tables.folder_tree import FolderTree
from bert_keras.data.tables.held_table import held_table
from bert_keras.data.tables.json_file import JsonFile
from bert_keras.data.tables.json_lines_file import JsonLinesFile, is_object_a_line
from bert_keras.data.tables.parquet_file import ParquetFile
from bert_keras.data.tables.row_source import RowSource
from bert_keras.data.tables.tensorflow_table import TensorFlowTable

TABLE_ENDINGS = (".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".json", ".parquet")


def open_table(
    source: Any,
    *,
    separator: str | None = None,
    encoding: str = "utf-8",
    quotes: bool = True,
    columns: Sequence[str] | None = None,
) -> RowSource:
    """Rows with named columns, for `bk.load_files`; a file is read when it is needed.

    >>> table = bk.open_table("reviews.csv", separator=";", encoding="cp1252")
    >>> table.columns
    ('review', 'stars')

    Args:
        source: the path of a .csv, .tsv, .jsonl, .json or .parquet file; a folder with a folder for each label and a
            .txt file for each text; a dict of columns; a list of dicts, of pairs (text, label) or of texts; a NumPy
            array of texts; a frame of pandas or polars; a `datasets.Dataset`; a `tf.data.Dataset` of strings.
        separator: of a .csv or .tsv file, one character. None: a tab in a .tsv file, else a comma, or the semicolon or
            tab of a header without commas.
        encoding: of a file of text. UTF-16 is known by its byte order mark.
        quotes: whether `"` around a field of a .csv or .tsv file is no part of it.
        columns: names for a .csv or .tsv file that has no header.

    Raises:
        FileNotFoundError: if there is no such file, with the nearest name there is.
        ValueError: if it is not in the form that its name says; for rows that is said when they are read.
        TypeError: for an object of another kind.
    """
    reading = {"separator": separator, "encoding": encoding, "quotes": quotes, "columns": columns}
    defaults = {"separator": None, "encoding": "utf-8", "quotes": True, "columns": None}
    options = {name: value for name, value in reading.items() if value != defaults[name]}
    if isinstance(source, (str, os.PathLike)):
        return _open_path(pathlib.Path(source).expanduser(), reading, options)
    _refuse(options, (), "what is no file")
    if isinstance(source, RowSource):
        return source
    if isinstance(source, tf.data.Dataset):
        return TensorFlowTable(source, "files")
    table = held_table(source)
    if table is None:
        must = "be a file, a folder, a dict of columns, a list of rows, a frame, a Hugging Face or a tf.data Dataset"
        raise TypeError(checks.message("files", must, source))
    return table


def _open_path(path: pathlib.Path, reading: dict[str, Any], options: dict[str, Any]) -> RowSource:
    ending = path.suffix.lower()
    if path.is_dir():
        _refuse(options, ("encoding",), "a folder")
        return FolderTree(path, reading["encoding"])
    if ending in (".csv", ".tsv", ".tab", ".txt"):
        return DelimitedFile(path, **reading)
    if ending in (".jsonl", ".ndjson", ".json"):
        _refuse(options, ("encoding",), "JSON")
        return open_json(path, reading["encoding"])
    if ending == ".parquet":
        _refuse(options, (), "a Parquet file")
        return ParquetFile(path)
    must = "be a folder or a file that ends in " + ", ".join(TABLE_ENDINGS)
    advice = "" if path.exists() else "There is no such file."
    raise ValueError(checks.message("files", must, str(path), advice))


def open_json(
    path: pathlib.Path, encoding: str, fault: Callable[[int, UnicodeDecodeError], None] | None = None
) -> RowSource:
    """A file of JSON: an object a line, whatever its name, or a document.

    A single object is a row in a file that is named .jsonl, and may be a table of columns in any other.
    """
    least = 2 if path.suffix.lower() == ".json" else 1
    form = JsonLinesFile if is_object_a_line(path, encoding, fault, least) else JsonFile
    return form(path, encoding, fault)


def _refuse(options: dict[str, Any], allowed: tuple[str, ...], what: str) -> None:
    for name, value in options.items():
        if name not in allowed:
            raise ValueError(checks.message(name, f"be left out for {what}", value))
