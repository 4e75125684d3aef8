"""`JsonLinesFile`: one JSON object a line."""

import os
import pathlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bert_keras import checks
from bert_keras.data.tables.limits import check_columns
from bert_keras.data.tables.row_source import Rows, RowSource, chunked
from bert_keras.data.tables.table_lines import TableLines
from bert_keras.from_json import NoJson, from_json


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
        check_columns(fields, self.name)
        try:
            for _, row in objects:
                if row.keys() - fields.keys():
                    fields.update(dict.fromkeys(row))
                    check_columns(fields, self.name)
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
    lines = (line for line in TableLines(path, encoding, fault and (lambda *_: None), is_document=True) if line.strip())
    try:
        first = next(lines, "")
        is_long_enough = all(next(lines, None) is not None for _ in range(least - 1))
        return is_long_enough and isinstance(parsed(first, path.name, "JSON"), dict)
    except ValueError:
        return False


def parsed(text: str, where: str, must: str) -> Any:
    """What a text says in JSON; ValueError, with the column, for what `from_json` refuses, each field once."""
    try:
        return from_json(text, once=True)
    except NoJson as error:
        place = where if error.place is None else f"{where}, column {error.column}"
        raise ValueError(f"{place}: this must be {must}. Received: {error}: {text.strip()[:60]!r}.") from None
