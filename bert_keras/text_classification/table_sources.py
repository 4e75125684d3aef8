"""`table_sources`: a user's tables of texts, opened by part."""

import dataclasses
import os
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.data.splitting import by_part
from bert_keras.data.tables.folder_tree import parts_of_folder
from bert_keras.data.tables.held_table import LABEL, TEXT, HeldTable
from bert_keras.data.tables.indicator_table import with_indicators
from bert_keras.data.tables.open_table import READING, open_path, open_table, options_of
from bert_keras.data.tables.row_source import RowSource
from bert_keras.data.tables.table_lines import TableLines
from bert_keras.text_classification.headless_columns import headless_columns


@dataclasses.dataclass(frozen=True)
class TableSources:
    """Tables by part.

    Args:
        tables: by part.
        names: of the columns that the user named, by argument.
        options: that the files were read with, without those that nobody need say.
        notes: what a person should know of that.
    """

    tables: dict[str, RowSource]
    names: dict[str, Any]
    options: dict[str, Any]
    notes: list[str]


def table_sources(
    files: Any, names: dict[str, Any], reading: Mapping[str, Any], kept: Mapping[str, Any] | None = None
) -> TableSources:
    """The tables by part: labels, second texts and weights may come beside texts.

    Args:
        files: what `bk.load_files` takes.
        names: `text`, `text_pair`, `label` and `weight`, as the user gave them.
        reading: `separator`, `encoding`, `quotes` and `columns`, as the user gave them.
        kept: those of the files that a model was trained on; they hold where a file is written so.
    """
    given = {name: value for name, value in reading.items() if value != READING[name]}
    beside = [name for name in ("text_pair", "label", "weight") if not isinstance(names[name], (str, type(None)))]
    if beside:
        for name, value in given.items():
            raise ValueError(checks.message(name, "be left out for what is no file", value))
        return _beside_texts(files, names, beside)
    sources, notes = tables_by_part(files), []
    tables = {part: opened_alike(source, given, kept or {}) for part, source in sources.items()}
    columns = None
    if names["text"] is None and names["label"] is None and "columns" not in given:
        columns = headless_columns(next(iter(tables.values())))
    if columns is not None:
        notes.append(f"{next(iter(tables.values())).name}: it has no header; its columns are {' and '.join(columns)}")
        given = {**given, "columns": list(columns)}
        tables = {part: opened_alike(source, given, kept or {}) for part, source in sources.items()}
    label = names["label"]
    if label is not None:
        tables = {part: with_indicators(table, label) for part, table in tables.items()}
    return TableSources(tables, names, {**(kept or {}), **given}, notes)


def tables_by_part(files: Any) -> dict[str, Any]:
    """Files or objects by part: as `by_part`, and those of a folder of folders by part."""
    folders = parts_of_folder(files) if is_folder(files) else None
    return by_part(files) if folders is None else folders


def is_folder(source: Any) -> bool:
    """Whether it is the path of a folder that is there."""
    return isinstance(source, (str, os.PathLike)) and os.path.isdir(os.path.expanduser(source))


def joined_columns(files: Any, label: Any) -> Any:
    """Names of columns of 0 and 1 in one text with commas between; labels that come beside texts as they are."""
    if not isinstance(label, (list, tuple)) or not label or not all(isinstance(name, str) for name in label):
        return label
    is_list = isinstance(files, (Sequence, np.ndarray)) and not isinstance(files, str)
    if is_list and not (len(files) and isinstance(files[0], Mapping)):
        return label
    for name in label:
        if "," in name and len(label) > 1:
            raise ValueError(checks.message("label", "name columns without a comma in their names", name))
    return ",".join(label)


def opened_alike(source: Any, given: Mapping[str, Any], kept: Mapping[str, Any]) -> RowSource:
    """A table that is read with the options `given`, and with those `kept` of other files where it is written so."""
    if not isinstance(source, (str, os.PathLike)):
        return open_table(source, **given)
    path = pathlib.Path(source).expanduser()
    kept = {name: value for name, value in kept.items() if name in options_of(path) and name not in given}
    if "encoding" in kept and _is_utf8(path):  # which no file of another encoding is by chance
        del kept["encoding"]
    table = open_path(path, {**kept, **given})
    if "separator" in kept and len(table.columns) == 1:
        del kept["separator"]
        table = open_path(path, {**kept, **given})
    return table


def _is_utf8(path: pathlib.Path) -> bool:
    try:
        for _ in TableLines(path):
            pass
    except ValueError:
        return False
    return True


def _beside_texts(files: Any, names: dict[str, Any], beside: list[str]) -> TableSources:
    if hasattr(files, "to_list") and not hasattr(files, "columns"):  # a Series of pandas or polars
        files = files.to_list()
    if isinstance(files, (str, os.PathLike, Mapping)) or not isinstance(files, (Sequence, np.ndarray)):
        raise TypeError(checks.message(beside[0], "be the name of a column", names[beside[0]]))
    columns, names = {TEXT: list(files)}, {**names, "text": TEXT}
    for argument, column in (("text_pair", "text_pair"), ("label", LABEL), ("weight", "weight")):
        if names[argument] is not None:
            columns[column], names[argument] = names[argument], column
    return TableSources({"train": HeldTable(columns, "files")}, names, {}, [])
