"""`holds_choices`: whether a file or an object holds prompts with choices, told by its beginning, and lightly."""

import os
from collections.abc import Mapping
from typing import Any

from bert_keras.data.tables.glimpse import glimpse


def holds_choices(source: Any) -> bool:
    """Whether a file has SWAG's columns, or an object is rows with a prompt and choices, as its first row tells."""
    if isinstance(source, (str, os.PathLike)):
        return {"sent1", "sent2", "ending0", "ending1"} <= set(glimpse(source).columns)
    return isinstance(source, (list, tuple)) and len(source) > 0 and _is_row(source[0])


def _is_row(row: Any) -> bool:
    if isinstance(row, Mapping):
        return "prompt" in row and "choices" in row
    is_row = isinstance(row, (list, tuple)) and len(row) in (2, 3)
    return is_row and isinstance(row[0], str) and isinstance(row[1], (list, tuple))
