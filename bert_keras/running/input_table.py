"""`input_table`: the table that is to be predicted, and the columns of it that a user or a model folder names.

Loads nothing heavy: the command line looks before TensorFlow is imported.
"""

import os
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from bert_keras import checks
from bert_keras.data.tables.open_table import READING
from bert_keras.data.tables.row_source import RowSource
from bert_keras.text_classification.table_sources import opened_alike

_TEXTS = ("text", "text_pair")  # columns that a model folder keeps of the file that was trained on


def input_table(
    file: str | os.PathLike,
    config: Mapping[str, Any],
    names: Mapping[str, str | Sequence[str] | None],
    reading: Mapping[str, Any],
) -> tuple[RowSource, dict[str, tuple[str, ...]]]:
    """The opened table, and by argument the columns that are named; they are there.

    Args:
        file: the path of a table.
        config: of the model folder. The options that its own files were read with hold for this one where it is written
            so, and their columns of texts where no argument is given.
        names: by argument, the column, or columns, that the user named; None for none.
        reading: `separator`, `encoding`, `quotes` and `columns`, as the user gave them.

    Raises:
        ValueError: for a column that is not there, with those there are; for what is no table.
        FileNotFoundError: if the file is not there.
    """
    path = pathlib.Path(file).expanduser()
    if path.is_dir():
        raise ValueError(checks.message("file", "be a file", str(file), "It is a folder."))
    if not path.exists():
        raise FileNotFoundError(checks.message("file", "be a table that is there", str(file), "There is no such file."))
    given = {name: value for name, value in reading.items() if value != READING[name]}
    trained = config.get("reading", {})
    table = opened_alike(path, given, trained.get("file_options", {}))
    chosen = {name: trained.get(name) for name in _TEXTS if isinstance(trained.get(name), str)}
    chosen |= {name: value for name, value in names.items() if value is not None}
    found = {}
    for argument, columns in chosen.items():
        columns = (columns,) if isinstance(columns, str) else tuple(columns)
        found[argument] = tuple(table.column(argument, checks.text(argument, column)) for column in columns)
    return table, found
