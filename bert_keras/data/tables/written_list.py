"""`written_list`: a list that a cell of a table holds as text."""

import ast
from typing import Any


def written_list(value: Any) -> list[Any] | None:
    """The list in "['Ann', 'sings']"; None for what is no such text."""
    if not (isinstance(value, str) and value.startswith("[") and value.endswith("]")):
        return None
    try:
        found = ast.literal_eval(value)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return found if isinstance(found, list) else None
