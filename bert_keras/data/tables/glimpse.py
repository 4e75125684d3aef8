"""`glimpse`: the first rows of a file or an object, by which kinds of data tell what is theirs."""

import functools
import itertools
import os
import pathlib
from typing import Any, NamedTuple

from bert_keras.data.tables.held_table import held_table
from bert_keras.data.tables.open_table import open_table
from bert_keras.data.tables.row_source import RowSource
from bert_keras.text.lines import NotInEncoding

_ROWS = 64


class Glimpse(NamedTuple):
    """What stands at the beginning of a table.

    Args:
        columns: its columns; none of what is no table.
        rows: its first rows, as far as they can be read, each a dict by column.
    """

    columns: tuple[str, ...] = ()
    rows: tuple[dict[str, Any], ...] = ()


def glimpse(source: Any) -> Glimpse:
    """The first rows of what may be a table. Nothing is raised, nothing of a dataset that is read but once is taken."""
    if isinstance(source, (str, os.PathLike)):
        path = pathlib.Path(source).expanduser()
        try:
            state = path.stat()
        except (OSError, ValueError):
            return Glimpse()
        return _of_file(path, state.st_mtime_ns, state.st_size) if path.is_file() else Glimpse()
    try:
        table = source if isinstance(source, RowSource) else held_table(_head(source))
        return Glimpse() if table is None else _of_table(table)
    except (ValueError, TypeError):
        return Glimpse()


@functools.lru_cache(maxsize=8)
def _of_file(path: pathlib.Path, changed: int, size: int) -> Glimpse:
    best = Glimpse()
    for encoding in ("utf-8", "latin-1"):  # the names of columns are most often in ASCII, whatever follows
        try:
            options = {} if encoding == "utf-8" else {"encoding": encoding}
            found = _of_table(open_table(path, **options))
        except NotInEncoding:
            continue
        except (ValueError, TypeError, OSError, ImportError):
            return best
        if found.rows:
            return found
        best = best if best.columns else found
    return best


def _of_table(table: RowSource) -> Glimpse:
    try:
        first = next(iter(table.rows(table.columns)), None)
    except (ValueError, TypeError, OSError):
        return Glimpse(table.columns)
    if first is None:
        return Glimpse(table.columns)
    values = zip(*(first.columns[name] for name in table.columns), strict=True)
    rows = (dict(zip(table.columns, row, strict=True)) for row in values)
    return Glimpse(table.columns, tuple(itertools.islice(rows, _ROWS)))


def _head(source: Any) -> Any:
    """The beginning of a list; any other object as it is."""
    return source[:_ROWS] if isinstance(source, (list, tuple)) else source
