"""`JsonFile`: a JSON document that is a table as a whole: an array of rows, or columns."""

import array
import itertools
import os
import pathlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bert_keras import checks
from bert_keras.bar import Bar
from bert_keras.data.tables.held_table import LABEL, TEXT, HeldTable, held_table
from bert_keras.data.tables.row_source import CHUNK
from bert_keras.data.tables.table_lines import TableLines
from bert_keras.from_json import NoJson, from_json, uncollected, value_in_json

_FORMS = "an array of objects, an object a line, or the columns of a table"
_BLANKS = " \t\r\n"


class JsonFile(HeldTable):
    """A JSON file that is no object a line; all of it is held in memory.

    * An array of objects, of texts, or of pairs [text, label]; objects after each other, on several lines each.
    * An object with one such array among its fields, as `{"data": [...]}`, and what pandas' `to_json` writes:
      `{"text": {"0": ...}}`, `{"0": {"text": ...}}`, `{"columns": [...], "data": [...]}`; and `{"text": [...]}`.

    A field that a row lacks is None.

    Args:
        path: the file.
        encoding: of the file.
        fault: see `decoded_lines`.

    Raises:
        ValueError: for what is no JSON, with line and column; for what is no table, as SQuAD's paragraphs; and for what
            can be read as two tables.
    """

    def __init__(
        self,
        path: str | os.PathLike,
        encoding: str = "utf-8",
        fault: Callable[[int, UnicodeDecodeError], None] | None = None,
    ) -> None:
        self.path = pathlib.Path(path).expanduser()
        lines = TableLines(self.path, encoding, fault, is_document=True)
        text = "".join(lines)
        self._lines = array.array("q")  # of the rows of an array
        self._said = list(lines.notes)
        self.name = self.path.name
        with uncollected():
            table = self._table(self._value(text))
        super().__init__({column: table.values_of(column) for column in table.columns}, self.name)
        self.size = len(text)

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(self._said)

    def where(self, place: int) -> str:
        line = f", line {self._lines[place]}" if place < len(self._lines) else ""
        return super().where(place) + line

    def _value(self, text: str) -> Any:
        """The document; a list of objects after each other is one of rows."""
        start = _behind_blanks(text, 0)
        if start == len(text):
            raise ValueError(checks.message("files", f"hold {_FORMS}", self.name, "It is empty."))
        if text[start] == "[" and not self._is_array_a_line(text):
            made, told = Bar(f"reading {self.name}", len(text), unit="characters"), None
            try:
                entries = list(self._entries(text, start, made))
                told = len(text)
            finally:
                made.end(told)
            return entries
        value, end = self._decoded(text, start)
        if _behind_blanks(text, end) == len(text):
            return value
        rows, line, seen = [], 1, 0
        while start < len(text):
            value, end = self._decoded(text, start)
            line, seen = line + text.count("\n", seen, start), start
            rows.append(value)
            self._lines.append(line)
            start = _behind_blanks(text, end)
        return rows

    @staticmethod
    def _is_array_a_line(text: str) -> bool:
        """Whether the first two lines that are not blank are arrays, and not of rows."""
        lines = [line for line in itertools.islice(text.splitlines(), 99) if line.strip()][:2]
        if len(lines) < 2:  # which may be all of a document
            return False
        try:
            values = [from_json(line) for line in lines]
        except NoJson:
            return False
        return all(isinstance(value, list) and not _are_rows(value) for value in values)

    def _entries(self, text: str, start: int, shown: Bar) -> Iterator[Any]:
        """The entries of the array that begins there; each notes its line."""
        place, line, seen = _behind_blanks(text, start + 1), 1, 0
        closed = text[place : place + 1] == "]"
        while not closed:
            line, seen = line + text.count("\n", seen, place), place
            value, end = self._decoded(text, place)
            if not self._lines and not isinstance(value, dict):
                self._of_rows([value])  # what cannot be a row is said before millions of them are read
            self._lines.append(line)
            yield value
            if not len(self._lines) % CHUNK:
                shown.to(place)
            place = _behind_blanks(text, end)
            mark = text[place : place + 1]
            if mark not in (",", "]") or not mark:
                raise self._at(text, place, "a comma or ] must follow", "Is the file cut off?" if not mark else "")
            closed = mark == "]"
            place = place if closed else _behind_blanks(text, place + 1)
        rest = _behind_blanks(text, place + 1)
        if rest != len(text):
            raise self._at(text, rest, "nothing may follow the ] of the array")

    def _decoded(self, text: str, start: int) -> tuple[Any, int]:
        try:
            return value_in_json(text, start)
        except NoJson as error:
            if error.place is None:
                raise self._at(text, start, f"this must be JSON, and has {error}") from None
            advice = "Is the file cut off?" if error.place >= len(text.rstrip()) else ""
            raise self._at(text, error.place, f"this must be JSON ({error})", advice) from None

    def _at(self, text: str, place: int, must: str, advice: str = "") -> ValueError:
        line, column = text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place)
        shown = text[max(place - 20, 0) : place + 40]
        return ValueError(f"{self.name}, line {line}, column {column}: {must}. Received: {shown!r}. {advice}".strip())

    def _table(self, value: Any) -> HeldTable:
        if isinstance(value, list):
            return self._of_rows(value)
        if not isinstance(value, dict) or not value:
            raise self._no_table(value)
        if {"columns", "data"} <= set(value) and all(isinstance(value[name], list) for name in ("columns", "data")):
            self._said.append(f"{self.name}: its rows are in 'data', the names of their columns in 'columns'")
            return self._of_split(value["columns"], value["data"])
        if all(isinstance(own, dict) for own in value.values()):
            return self._of_objects(value)
        lists = {name: own for name, own in value.items() if isinstance(own, list)}
        arrays = [name for name, own in lists.items() if _are_rows(own)]
        if len(arrays) > 1:
            must = "hold the rows of one table, and each part has a file of its own"
            raise ValueError(checks.message("files", must, arrays, f"It is {self.name}."))
        if len(lists) == len(value) and not arrays:
            if len({len(own) for own in lists.values()}) > 1:
                raise self._no_table({name: f"{len(own)} entries" for name, own in lists.items()})
            self._said.append(f"{self.name}: its fields are columns of {len(next(iter(lists.values()))):,} rows")
            return HeldTable(lists, self.name)
        if arrays:
            self._said.append(f"{self.name}: the rows are those of '{arrays[0]}'")
            return self._of_rows(value[arrays[0]])
        if not lists:
            return self._of_rows([value])  # a single row
        raise self._no_table(sorted(value))

    def _of_rows(self, rows: list[Any]) -> HeldTable:
        first = rows[0] if rows else None
        nested = [n for n in ("paragraphs", "qas") if isinstance(first, dict) and isinstance(first.get(n), list)]
        if nested:
            raise self._no_table(f"objects with '{nested[0]}', as questions have them")
        if isinstance(first, list) and all(isinstance(own, str) for own in first) and set(first) == {TEXT, LABEL}:
            return self._of_split(first, rows[1:])
        table = held_table(rows, self.name) if isinstance(first, (dict, list, str)) else None
        if not isinstance(table, HeldTable) or not table.columns:
            raise self._no_table(rows[:3])
        return table

    def _of_split(self, columns: list[Any], rows: list[Any]) -> HeldTable:
        names = list(map(str, columns))
        for place, row in enumerate(rows):
            if not isinstance(row, list) or len(row) != len(names):
                must = f"each row must have {len(names)} columns"
                raise ValueError(f"{self.where(place)}: {must}. Received: {str(row)[:80]}.")
        values = list(map(list, zip(*rows, strict=True))) if rows else [[] for _ in names]
        if len(set(names)) != len(names) or not names:
            raise self._no_table(names)
        return HeldTable(dict(zip(names, values, strict=True)), self.name)

    def _of_objects(self, value: Mapping[str, dict[str, Any]]) -> HeldTable:
        """pandas' "columns", an object of rows by column, or its "index", an object of columns by row."""
        inner = {name for own in value.values() for name in own}
        by_column, by_row = _are_numbers(inner), _are_numbers(value)
        if by_column == by_row or not inner:
            both = f"'{next(iter(value))}' is a column and '{next(iter(inner), '')}' a row, or the other way round"
            advice = "Write it with orient='records'."
            raise ValueError(f"{self.name}: a table must have one meaning, and here {both}. {advice}")
        if by_row:
            self._said.append(f"{self.name}: its fields '{next(iter(value))}' and so on are rows")
            return self._of_rows(list(value.values()))
        self._said.append(f"{self.name}: its fields are columns, whose own fields are rows")
        places = dict.fromkeys(name for own in value.values() for name in own)
        return HeldTable({column: [own.get(place) for place in places] for column, own in value.items()}, self.name)

    def _no_table(self, received: Any) -> ValueError:
        return ValueError(checks.message("files", f"hold {_FORMS}", received, f"It is {self.name}."))


def _behind_blanks(text: str, place: int) -> int:
    while place < len(text) and text[place] in _BLANKS:
        place += 1
    return place


def _are_rows(values: Sequence[Any]) -> bool:
    return bool(values) and all(isinstance(value, dict) for value in values)


def _are_numbers(names: Any) -> bool:
    return bool(names) and all(str(name).lstrip("-").isdigit() for name in names)
