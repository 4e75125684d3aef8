"""`DelimitedFile`: CSV and TSV, with line numbers for all that does not fit."""

import csv
import os
import pathlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bert_keras import checks
from bert_keras.data.tables.row_source import Rows, RowSource, chunked, table_lines

_LONGEST_FIELD = 1 << 24  # characters; Python's own limit is 131,072


class DelimitedFile(RowSource):
    """A file of lines with a separator between columns; a quoted field may hold separators and ends of lines.

    Args:
        path: the file.
        separator: between columns; None for a tab in a .tsv or .tab file, else a comma, or the semicolon or tab of a
            header that has no comma.
        encoding: of the file; a byte order mark of UTF-8 is passed over, one of UTF-16 believed.
        quotes: whether `"` around a field is no part of it (and `""` in it is one quote); False where quotes are text.
        columns: names, for a file without a header.
        fault: see `decoded_lines`.

    Raises:
        ValueError: without a header, and while reading for a row with other columns than it, with its line.
    """

    unit = "line"

    def __init__(
        self,
        path: str | os.PathLike,
        separator: str | None = None,
        encoding: str = "utf-8",
        quotes: bool = True,
        columns: Sequence[str] | None = None,
        fault: Callable[[int, UnicodeDecodeError], None] | None = None,
    ) -> None:
        self.path = pathlib.Path(path).expanduser()
        self.name = self.path.name
        self.encoding = encoding
        self.quotes = checks.boolean("quotes", quotes)
        self._fault = fault
        if separator is not None and (not isinstance(separator, str) or len(separator) != 1):
            raise ValueError(checks.message("separator", "be one character", separator))
        first = next(table_lines(self.path, encoding, fault and (lambda *_: None)), "")
        self.separator = separator or _separator(self.path, first)
        self._has_header = columns is None
        header = next((values for _, values in self._records()), []) if columns is None else list(columns)
        self.columns = self._checked_header(header)
        self.size = self.path.stat().st_size

    def rows(self, wanted: Sequence[str]) -> Iterator[Rows]:
        places = [self.columns.index(name) for name in wanted]
        return chunked(self._picked(places), wanted)

    def _picked(self, places: list[int]) -> Iterator[tuple[int, list[str]]]:
        records = self._records()
        if self._has_header:
            next(records)
        for line, values in records:
            if len(values) != len(self.columns):
                advice = "Put quotes around a field that holds the separator"
                advice += "." if self.quotes else ", and read with quotes."
                must = f"have {len(self.columns)} columns, {', '.join(self.columns)}"
                shown = f"{len(values)}: {self.separator.join(values)[:80]!r}"
                raise ValueError(f"{self.where(line)}: each row must {must}. Received: {shown}. {advice}")
            yield line, [values[place] for place in places]

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """(line on which it begins, fields) of each record; empty lines are passed over."""
        csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_FIELD))
        quoting = csv.QUOTE_MINIMAL if self.quotes else csv.QUOTE_NONE
        lines = table_lines(self.path, self.encoding, self._fault)
        reader = csv.reader(lines, delimiter=self.separator, quoting=quoting, strict=True)
        begin = 1
        while True:
            try:
                values = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise ValueError(self._message(begin, str(error))) from None
            if values:
                yield begin, values
            begin = reader.line_num + 1

    def _message(self, line: int, error: str) -> str:
        where = self.where(line)
        if "unexpected end" in error or "field larger" in error:
            return (
                f"{where}: the quote that opens a field here must be closed, and the file ends without. "
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

    def _checked_header(self, header: list[Any]) -> tuple[str, ...]:
        names = [str(name).strip() for name in header]
        if not names or not any(names):
            raise ValueError(checks.message("files", "begin with the names of the columns", self.name, "It is empty."))
        twice = sorted({name for name in names if names.count(name) > 1 and name})
        if twice:
            raise ValueError(
                f"{self.where(1)}: column names must differ. Received: {', '.join(twice)}, more than once."
            )
        return tuple(name or f"column {place}" for place, name in enumerate(names, 1))


def _separator(path: pathlib.Path, header: str) -> str:
    if path.suffix.lower() in (".tsv", ".tab"):
        return "\t"
    if "," not in header:
        return next((mark for mark in (";", "\t") if mark in header), ",")
    return ","
