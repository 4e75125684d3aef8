"""`JsonLinesFile`: one JSON object a line."""

import json
import os
import pathlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bert_keras import checks
from bert_keras.data.tables.row_source import Rows, RowSource, chunked
from bert_keras.data.tables.table_lines import TableLines


class JsonLinesFile(RowSource):
    """A file of JSON objects, one a line; the columns are all fields that there are, and one that a row lacks is None.

    Args:
        path: the file.
        encoding: of the file.
        fault: see `decoded_lines`.

    Raises:
        ValueError: if the file is empty, and while reading for a line that is no JSON object, with line and column.
    """

    unit = "line"

    def __init__(
        self,
        path: str | os.PathLike,
        encoding: str = "utf-8",
        fault: Callable[[int, UnicodeDecodeError], None] | None = None,
    ) -> None:
        self.path = pathlib.Path(path).expanduser()
        self.name = self.path.name
        self._lines = TableLines(self.path, encoding, fault)
        self._lines.doing = "looking through"
        self.columns = self._fields()
        self._lines.doing = "reading"
        self.size = self._lines.size

    @property
    def notes(self) -> tuple[str, ...]:
        return self._lines.notes

    def rows(self, wanted: Sequence[str]) -> Iterator[Rows]:
        return chunked(((line, [row.get(name) for name in wanted]) for line, row in self._objects()), wanted)

    def quiet(self) -> RowSource:
        self._lines.shows = False
        return super().quiet()

    def _fields(self) -> tuple[str, ...]:
        """The fields of all objects, in the order in which they come. Faults below the first are said later."""
        objects, fields = self._objects(), {}
        first = next(objects, None)
        if first is None:
            raise ValueError(checks.message("files", "hold a JSON object a line", self.name, "It is empty."))
        fields.update(dict.fromkeys(first[1]))
        try:
            for _, row in objects:
                if row.keys() - fields.keys():
                    fields.update(dict.fromkeys(row))
        except ValueError:
            pass
        return tuple(fields)

    def _objects(self) -> Iterator[tuple[int, dict[str, Any]]]:
        for line, text in enumerate(self._lines, 1):
            if not text.strip():
                continue
            row = parsed(text, self.where(line), "JSON, one object a line")
            if not isinstance(row, dict):
                raise ValueError(f"{self.where(line)}: this must be a JSON object. Received: {text.strip()[:60]!r}.")
            yield line, row


def is_object_a_line(path: pathlib.Path, encoding: str, fault: Any = None, least: int = 1) -> bool:
    """Whether the first line of a file that is not blank is a JSON object, and there are at least so many lines."""
    lines = (line for line in TableLines(path, encoding, fault and (lambda *_: None)) if line.strip())
    try:
        is_object = isinstance(parsed(next(lines, ""), path.name, "JSON"), dict)
        return is_object and all(next(lines, None) is not None for _ in range(least - 1))
    except ValueError:
        return False


def parsed(text: str, where: str, must: str) -> Any:
    """What a text says in JSON; ValueError, with the column, for what is no JSON, or gives a field twice."""
    try:
        return json.loads(text, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        place, shown = f"{where}, column {error.colno}", f"{error.msg}: {text.strip()[:60]!r}"
        raise ValueError(f"{place}: this must be {must}. Received: {shown}.") from None
    except (ValueError, RecursionError) as error:  # a field twice, a number of thousands of digits, a tower of brackets
        raise ValueError(f"{where}: this must be {must}. Received: {error}: {text.strip()[:60]!r}.") from None


def once(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON; ValueError if it has a field twice, of which one would be lost."""
    row = dict(fields)
    if len(row) != len(fields):
        names = [name for name, _ in fields]
        raise ValueError(f"the field '{next(name for name in names if names.count(name) > 1)}' twice")
    return row
