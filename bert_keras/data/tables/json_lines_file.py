"""`JsonLinesFile`: one JSON object a line."""

import json
import os
import pathlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bert_keras import checks
from bert_keras.data.tables.row_source import Rows, RowSource, chunked, table_lines


class JsonLinesFile(RowSource):
    """A file of JSON objects, one a line; the columns are the fields of the first one.

    Args:
        path: the file.
        encoding: of the file.
        fault: see `decoded_lines`.

    Raises:
        ValueError: if the file is empty, and while reading for a line that is no JSON object or lacks a field, with
            line and column.
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
        self.encoding = encoding
        self._fault = fault
        first = next(self._objects(), None)
        if first is None:
            raise ValueError(checks.message("files", "hold a JSON object a line", self.name, "It is empty."))
        self.columns = tuple(first[1])
        self.size = self.path.stat().st_size

    def rows(self, wanted: Sequence[str]) -> Iterator[Rows]:
        return chunked(
            ((line, [self._field(line, row, name) for name in wanted]) for line, row in self._objects()), wanted
        )

    def _field(self, line: int, row: dict[str, Any], name: str) -> Any:
        if name not in row:
            fields = ", ".join(f"'{field}'" for field in row) or "none"
            near = checks.did_you_mean(name, row)
            raise ValueError(
                f"{self.where(line)}: each object must have the field '{name}'. There are: {fields}. {near}".strip()
            )
        return row[name]

    def _objects(self) -> Iterator[tuple[int, dict[str, Any]]]:
        for line, text in enumerate(table_lines(self.path, self.encoding, self._fault), 1):
            if not text.strip():
                continue
            try:
                row = json.loads(text)
            except json.JSONDecodeError as error:
                raise ValueError(
                    f"{self.where(line)}, column {error.colno}: this must be JSON, one object a line. "
                    f"Received: {error.msg}: {text.strip()[:60]!r}."
                ) from None
            if not isinstance(row, dict):
                raise ValueError(f"{self.where(line)}: this must be a JSON object. Received: {text.strip()[:60]!r}.")
            yield line, row
