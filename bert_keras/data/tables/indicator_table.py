"""`IndicatorTable`: columns of 0 and 1, one for each label, as one column of the labels that a row has."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.data.tables.row_source import Rows, RowSource

_YES, _NO = ("1", "1.0", "true"), ("0", "0.0", "false")
_MISSING = (None, "", "nan", "<na>")


class IndicatorTable(RowSource):
    """A table with one more column, named like the columns of 0 and 1 with commas between, of lists of their names.

    Args:
        source: the table.
        indicators: the names of the columns, in the order of the labels.
    """

    def __init__(self, source: RowSource, indicators: Sequence[str]) -> None:
        self.name, self.size = source.name, source.size
        self.indicators = tuple(indicators)
        self.joined = ",".join(self.indicators)
        self.columns = (*source.columns, self.joined)
        self._source = source

    @property
    def notes(self) -> tuple[str, ...]:
        return self._source.notes

    def where(self, place: int) -> str:
        return self._source.where(place)

    def quiet(self) -> RowSource:
        self._source.quiet()
        return super().quiet()

    def rows(self, wanted: Sequence[str]) -> Iterator[Rows]:
        asked = [name for name in wanted if name != self.joined]
        read = list(dict.fromkeys([*asked, *(self.indicators if self.joined in wanted else ())]))
        for chunk in self._source.rows(read):
            columns = {name: chunk.columns[name] for name in asked}
            if self.joined in wanted:
                columns[self.joined] = [self._labels(chunk, row, place) for row, place in enumerate(chunk.places)]
            yield Rows(columns, chunk.places)

    def _labels(self, chunk: Rows, row: int, place: int) -> list[str] | None:
        """The names of the labels of a row; None where no column says anything."""
        cells = {name: _plain(chunk.columns[name][row]) for name in self.indicators}
        if all(cell in _MISSING for cell in cells.values()):
            return None
        for name, cell in cells.items():
            if cell not in (*_YES, *_NO):
                must = "be 0 or 1, as it is a column of one of several labels"
                raise ValueError(f"{self.where(place)}: {checks.message(name, must, chunk.columns[name][row])}")
        return [name for name, cell in cells.items() if cell in _YES]


def with_indicators(source: RowSource, label: str) -> RowSource:
    """The table with a column of labels where `label` names columns of 0 and 1 with commas between; else as it is.

    Raises:
        ValueError: if some of the names are columns and others are not.
    """
    names = [name.strip() for name in label.split(",")]
    if label in source.columns or len(names) < 2 or not any(name in source.columns for name in names):
        return source
    for name in names:
        source.column("label", name)
    if len(set(names)) != len(names):
        raise ValueError(checks.message("label", "name each column once", label))
    return IndicatorTable(source, names)


def _plain(cell: Any) -> str | None:
    cell = cell.item() if isinstance(cell, np.generic) else cell
    return None if cell is None else str(cell).strip().lower()
