"""`holds_questions`: whether a file or an object holds questions, told by its beginning, and lightly."""

import os
import pathlib
from collections.abc import Mapping
from typing import Any

from bert_keras.data.tables.glimpse import glimpse
from bert_keras.data.tables.open_table import ending_of
from bert_keras.data.tables.table_lines import TableLines

_NESTED = {"paragraphs", "qas"}  # columns, where articles or paragraphs are taken for rows
_ANSWERED = {"answers", "answer", "answer_text", "answer_start"}


def holds_questions(source: Any) -> bool:
    """Whether a file or an object holds questions: a .json file that is no table, or rows with answers."""
    found = glimpse(source)
    names = set(found.columns)
    if _NESTED & names or ({"question", "context"} <= names and _ANSWERED & names):
        return True
    if isinstance(source, Mapping) and isinstance(source.get("data"), list):
        return True
    is_json = isinstance(source, (str, os.PathLike)) and ending_of(pathlib.Path(source)) == ".json"
    return is_json and not found.rows and _begins_like_squad(pathlib.Path(source).expanduser())


def _begins_like_squad(path: pathlib.Path) -> bool:
    """Whether a file that is no table is read as questions: it names what SQuAD's do, or there is no such file."""
    if not path.is_file():
        return True
    head = TableLines(path).head()
    return any(f'"{name}"'.encode() in head for name in ("data", *_NESTED))
