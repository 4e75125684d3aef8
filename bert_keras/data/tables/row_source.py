"""`RowSource`: a table that is read again and again, some rows at a time, whatever it is stored in."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar, NamedTuple

from bert_keras import checks
from bert_keras.bar import Bar

CHUNK = 1024  # rows that are read together
_SHOWN = 100  # columns that a message names


class Rows(NamedTuple):
    """Some rows, in the order of their source.

    Args:
        columns: by name, each a list of as many values.
        places: the line or the number of each row, for messages.
    """

    columns: dict[str, list[Any]]
    places: Sequence[int]


class RowSource:
    """Rows with named columns.

    Attributes:
        name: of the file or object, for messages.
        columns: the names, in order.
        unit: what a place counts: "line" from 1, or "row" from 0.
        size: bytes of text there are about; None where that is not known before reading.
        shows: whether a bar shows how much was read; see `quiet`.
    """

    unit: ClassVar[str] = "row"
    name: str
    columns: tuple[str, ...]
    size: int | None = None
    shows: bool = True

    def rows(self, wanted: Sequence[str]) -> Iterator[Rows]:
        """The columns `wanted` of all rows, from the first, in chunks of about 1,024 rows."""
        raise NotImplementedError

    def quiet(self) -> "RowSource":
        """The source, without a bar while it is read: for who tells of more than reading."""
        self.shows = False
        return self

    def shown(self, chunks: Iterator[Rows], total: int | None = None) -> Iterator[Rows]:
        """The chunks, with a bar that shows how many rows were read, of `total` where that is known."""
        if not self.shows:
            yield from chunks
            return
        made, read, told = Bar(f"reading {self.name}", total, unit="rows"), 0, None
        try:
            for chunk in chunks:
                yield chunk
                read += len(chunk.places)
                made.to(read)
            told = read
        finally:
            made.end(told)

    def order_of(self, column: str) -> tuple[str, ...] | None:
        """The values of a column whose order is stated, as an ordered categorical's is; None for any other."""
        return None

    @property
    def notes(self) -> tuple[str, ...]:
        """What is read in another way than as it stands, a line each; all of it once all rows were read."""
        return ()

    def where(self, place: int) -> str:
        """Where a row stands, for a message."""
        return f"{self.name}, {self.unit} {place}"

    def column(self, argument: str, name: str) -> str:
        """Returns `name` if there is such a column; ValueError, with the columns there are, otherwise."""
        if name not in self.columns:
            more = f", … ({len(self.columns):,} in all)" if len(self.columns) > _SHOWN else ""
            columns = (", ".join(f"'{column[:100]}'" for column in self.columns[:_SHOWN]) or "none") + more
            near = checks.did_you_mean(name, self.columns)
            must = f"be a column of {self.name}"
            raise ValueError(checks.message(argument, must, name, f"There are: {columns}. {near}".strip()))
        return name


def chunked(rows: Iterable[tuple[int, Sequence[Any]]], names: Sequence[str]) -> Iterator[Rows]:
    """Rows (place, values in the order of `names`) as chunks of columns."""
    rows = iter(rows)
    while chunk := list(itertools.islice(rows, CHUNK)):
        places, values = zip(*chunk, strict=True)
        columns = zip(*values, strict=True) if names else ()
        yield Rows({name: list(column) for name, column in zip(names, columns, strict=True)}, places)
