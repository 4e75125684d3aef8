"""`DelimitedFile`: CSV, TSV and their like, with line numbers for all that does not fit."""

import dataclasses
import os
import pathlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bert_keras import checks
from bert_keras.data.tables.dialect import ESCAPES, BadRecord, Dialect, find_dialect, is_empty, margins, shown
from bert_keras.data.tables.held_table import told_apart
from bert_keras.data.tables.row_source import Rows, RowSource, chunked
from bert_keras.data.tables.table_lines import PACKED, TableLines

_SAMPLE = 200  # records, by which it is seen what stands beside the named columns


class DelimitedFile(RowSource):
    r"""A file of lines with a separator between columns; a quoted field may hold separators and ends of lines.

    Records without any value are left out and counted, and so are those that say the header again. Columns with equal
    names are named "text (column 2)" and so on.

    Args:
        path: the file.
        separator: between columns; None for a tab in a .tsv or .tab file whose header has one, else what gives all
            of the first records as many columns, of comma, semicolon, tab, | and rarer ones. A first line `sep=;` is
            believed.
        encoding: of the file, see `TableLines`.
        quotes: whether `"` around a field is no part of it (and `""` in it is one quote, and `\"` where that alone is a
            table); `'` where it stands around all names or a whole column. False where quotes are text; or the quote.
        columns: names, for a file without a header.
        fault: see `decoded_lines`.

    Raises:
        ValueError: without a header, where two separators may be meant, and while reading for a row with other columns
            than it, with its line.
    """

    unit = "line"

    def __init__(
        self,
        path: str | os.PathLike,
        separator: str | None = None,
        encoding: str = "utf-8",
        quotes: bool | str = True,
        columns: Sequence[str] | None = None,
        fault: Callable[[int, UnicodeDecodeError], None] | None = None,
    ) -> None:
        self.path = pathlib.Path(path).expanduser()
        self.name = self.path.name
        self.has_header = columns is None
        self._given = None if columns is None else _checked_columns(columns)
        self._blank: dict[int, None] = {}
        self._again: dict[int, None] = {}
        self._lines = TableLines(self.path, encoding, fault)
        self._lines.fault = fault and (lambda *_: None)  # lines are read again
        self._dialect, self._found = self._written(_checked_separator(separator), _checked_quotes(quotes))
        self.separator = self._dialect.separator
        self._header = self._first_record()
        self._before, self._behind = self._margins()
        self.columns = self._names()
        self._lines.fault = fault
        self.size = self._lines.size

    @property
    def notes(self) -> tuple[str, ...]:
        found = [f"{self.name}: {note}" for note in self._found]
        for lines, what in ((self._blank, "have no value in any column"), (self._again, "are the header once more")):
            if lines:
                first = ", ".join(map(str, list(lines)[:3])) + (", …" if len(lines) > 3 else "")
                found.append(f"{self.name}: {len(lines):,} rows {what} and are left out: line {first}")
        return (*self._lines.notes, *found)

    def rows(self, wanted: Sequence[str]) -> Iterator[Rows]:
        places = [self.columns.index(name) for name in wanted]
        return chunked(self._picked(places), wanted)

    def quiet(self) -> RowSource:
        self._lines.shows = False
        return super().quiet()

    def column(self, argument: str, name: str) -> str:
        try:
            return super().column(argument, name)
        except ValueError as error:
            alike = [column for column in self.columns if column.startswith(f"{name} (column ")]
            if len(alike) > 1:
                must = f"name one column of {self.name}"
                raise ValueError(
                    checks.message(argument, must, name, f"Pass {' or '.join(map(repr, alike))}.")
                ) from None
            advice = "" if self._given else f" {WITHOUT_HEADER}"
            raise ValueError(f"{error}{advice}") from None

    def _picked(self, places: list[int]) -> Iterator[tuple[int, list[str]]]:
        width = len(self.columns)
        for line, values in self._body():
            if len(values) != width:
                raise ValueError(self._of_other_width(line, values))
            yield line, [values[place] for place in places]

    def _body(self) -> Iterator[tuple[int, list[str]]]:
        """The records below the header that are rows."""
        records = self._records()
        header = self._header
        if has_header := header is not self._given:
            next((values for _, values in records if not is_empty(values)), None)
        for line, values in records:
            if is_empty(values):
                self._blank[line] = None
            elif has_header and values == header and len(header) > 1:
                self._again[line] = None
            elif self._behind > 0 and len(values) == len(header) + self._behind and is_empty(values[len(header) :]):
                yield line, values[: -self._behind]
            else:
                yield line, values

    def _records(self, dialect: Dialect | None = None) -> Iterator[tuple[int, list[str]]]:
        try:
            yield from (dialect or self._dialect).records(self._lines)
        except BadRecord as error:
            raise ValueError(self._message(error.line, error.error)) from None

    def _written(self, separator: str | None, quotes: bool | str) -> tuple[Dialect, list[str]]:
        names = [suffix.lower() for suffix in self.path.suffixes if suffix.lower() not in PACKED]
        usual = "\t" if names[-1:] in ([".tsv"], [".tab"]) else ","
        try:
            dialect, found = find_dialect(self._lines, separator, quotes, self._given, usual)
        except ValueError as error:
            if not str(error).startswith("its columns"):
                raise
            raise ValueError(f"{self.name}: {error}") from None
        if quotes is True and dialect.quote == '"' and not dialect.escaped and self._lines.holds('\\"'):
            other = dataclasses.replace(dialect, escaped=True)
            if not self._is_table(dialect) and self._is_table(other):
                return other, [*found, ESCAPES]
        return dialect, found

    def _is_table(self, dialect: Dialect) -> bool:
        """Whether all records have as many columns as the first."""
        widths = {len(values) for _, values in self._until_fault(dialect)}
        return len(widths) == 1

    def _until_fault(self, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
        try:
            yield from ((line, values) for line, values in dialect.records(self._lines) if not is_empty(values))
        except BadRecord:
            yield 0, []

    def _first_record(self) -> Sequence[str]:
        """The header: that of the file, or what the user gave, unless the file has that, too."""
        first = next((values for _, values in self._records() if not is_empty(values)), None)
        if self._given is None:
            if first is None:
                advice = "It is empty."
                raise ValueError(checks.message("files", "begin with the names of the columns", self.name, advice))
            return [first[0].lstrip("\ufeff"), *first[1:]]
        if first is not None and [value.strip() for value in first] == self._given:
            self._found.append("its first line says the columns that were passed, and is no row")
            return first
        return self._given

    def _margins(self) -> tuple[int, int]:
        body, rows = [], self._body()
        self._before = self._behind = 0
        try:
            for _, (_, values) in zip(range(_SAMPLE), rows, strict=False):
                body.append(values)
        except ValueError:  # said when it is read
            pass
        self._blank.clear()
        self._again.clear()
        before, behind = margins(self._header, body) or (0, 0)
        if before:
            self._found.append("a first column without a name counts the rows")
        if behind > 0:
            self._found.append(f"its rows end in {behind} {shown(self.separator)} more than the header has")
        return before, behind

    def _names(self) -> tuple[str, ...]:
        names = [str(name).strip() for name in self._header[: -1 if self._behind < 0 else None]]
        names = ["row"] * self._before + [name or f"column {place}" for place, name in enumerate(names, 1)]
        if len(set(names)) == len(names):
            return tuple(names)
        told = told_apart(names)
        self._found.append("columns with equal names: " + ", ".join(f"'{name}'" for name in told if name not in names))
        return tuple(told)

    def _of_other_width(self, line: int, values: list[str]) -> str:
        advice = "Put quotes around a field that holds the separator"
        advice += ", and read with quotes." if self._dialect.quote == "" else "."
        must = f"have {len(self.columns)} columns, {', '.join(self.columns)}"
        shown_row = f"{len(values)}: {self.separator.join(values)[:80]!r}"
        return f"{self.where(line)}: each row must {must}. Received: {shown_row}. {advice}"

    def _message(self, line: int, error: str) -> str:
        where = self.where(line)
        if "unexpected end" in error or "field larger" in error:
            until = "the file ends without" if "unexpected end" in error else "what follows it is too long for a text"
            return (
                f"{where}: the quote that opens a field here must be closed, and {until}. "
                "Close it, or pass quotes=False (--no-quotes) where quotes are text."
            )
        if "expected after" in error:
            return (
                f"{where}: a quoted field must end at its quote, and text follows it. Write a quote inside a field "
                'twice (""), or pass quotes=False (--no-quotes) where quotes are text.'
            )
        if "new-line" in error:
            return f"{where}: lines must end in LF or CR LF, and some end in CR alone. Convert the file's line ends."
        return f"{where}: this must be a row of a table. Received: {error}."


WITHOUT_HEADER = "If its first row is no header, pass columns=['…', '…'] (--columns)."


def _checked_separator(separator: Any) -> str | None:
    if separator is None:
        return None
    if separator == "\\t":  # as a shell passes it on
        return "\t"
    if not isinstance(separator, str) or len(separator) != 1 or separator in "\"'\r\n":
        raise ValueError(checks.message("separator", "be one character, and no quote or end of a line", separator))
    return separator


def _checked_quotes(quotes: Any) -> bool | str:
    if isinstance(quotes, str) and quotes in ('"', "'"):
        return quotes
    return checks.boolean("quotes", quotes)


def _checked_columns(columns: Any) -> list[str]:
    names = [] if isinstance(columns, str) else [str(name).strip() for name in columns]
    if not names or len(set(names)) != len(names) or not all(names):
        raise ValueError(checks.message("columns", "be a list of different names", columns))
    return names
