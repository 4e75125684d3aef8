"""`ParquetFile`: a Parquet file, read in batches of rows."""

import os
import pathlib
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow
import pyarrow.parquet

from bert_keras import checks
from bert_keras.data.tables.row_source import CHUNK, Rows, RowSource


class ParquetFile(RowSource):
    """A Parquet file.

    Args:
        path: the file.

    Raises:
        FileNotFoundError, ValueError: if it is not there, or no Parquet file.
    """

    def __init__(self, path: str | os.PathLike) -> None:
        self.path = pathlib.Path(path).expanduser()
        self.name = self.path.name
        if not self.path.is_file():
            raise FileNotFoundError(checks.message("files", "be a file that is there", str(path)))
        with self._open() as file:
            self.columns = tuple(file.schema_arrow.names)
            groups = (file.metadata.row_group(group) for group in range(file.metadata.num_row_groups))
            self._count = file.metadata.num_rows
            self.size = sum(group.total_byte_size for group in groups)

    def rows(self, wanted: Sequence[str]) -> Iterator[Rows]:
        return self.shown(self._chunks(wanted), self._count)

    def _chunks(self, wanted: Sequence[str]) -> Iterator[Rows]:
        start = 0
        with self._open() as file:
            batches = file.iter_batches(CHUNK, columns=list(wanted))
            while (columns := self._next(batches, wanted)) is not None:
                count = len(columns[wanted[0]])
                yield Rows(columns, range(start, start + count))
                start += count

    def order_of(self, column: str) -> tuple[str, ...] | None:
        with self._open() as file:
            kind = file.schema_arrow.field(column).type
            if not (pyarrow.types.is_dictionary(kind) and kind.ordered) or not file.metadata.num_rows:
                return None
            batch = next(file.iter_batches(1, columns=[column]))
            return tuple(map(str, batch.column(column).dictionary.to_pylist()))

    def _next(self, batches: Iterator[pyarrow.RecordBatch], wanted: Sequence[str]) -> dict[str, list[Any]] | None:
        try:
            batch = next(batches, None)
            return None if batch is None else {name: batch.column(name).to_pylist() for name in wanted}
        except (pyarrow.ArrowException, OSError) as error:
            raise self._fault(error) from None

    def _open(self) -> pyarrow.parquet.ParquetFile:
        try:
            return pyarrow.parquet.ParquetFile(self.path)
        except (pyarrow.ArrowException, OSError) as error:
            raise self._fault(error) from None

    def _fault(self, error: Exception) -> ValueError:
        told = (f"{error}".splitlines() or [type(error).__name__])[0]
        return ValueError(checks.message("files", "be a Parquet file", str(self.path), told))
