"""`ParquetFile`: a Parquet file, read in batches of rows."""

import contextlib
import os
import pathlib
from collections.abc import Iterator, Sequence

import pyarrow
import pyarrow.parquet

from bert_keras import checks
from bert_keras.data.tables.held_table import told_apart
from bert_keras.data.tables.limits import Unpacking, check_columns
from bert_keras.data.tables.row_source import CHUNK, Rows, RowSource

_CELL = 16  # bytes of a cell without its text


class ParquetFile(RowSource):
    """A Parquet file.

    Args:
        path: the file.

    Raises:
        FileNotFoundError, ValueError: if it is not there, or no Parquet file; if it has more columns, or holds more,
            than `limits.py` allows; and while reading for what is damaged.
    """

    def __init__(self, path: str | os.PathLike) -> None:
        self.path = pathlib.Path(path).expanduser()
        self.name = self.path.name
        if not self.path.is_file():
            raise FileNotFoundError(checks.message("files", "be a file that is there", str(path)))
        with self._whole(), pyarrow.parquet.ParquetFile(self.path) as file:
            self.columns = tuple(file.schema_arrow.names)
            groups = [file.metadata.row_group(group) for group in range(file.metadata.num_row_groups)]
            self._count = file.metadata.num_rows
            self._sizes = [group.total_byte_size for group in groups]
        self.size = sum(self._sizes)
        check_columns(self.columns, self.name)
        if len(set(self.columns)) < len(self.columns):
            names = [name for name in told_apart(self.columns) if name not in self.columns]
            raise ValueError(checks.message("files", "have columns of different names", names, f"It is {self.name}."))

    def rows(self, wanted: Sequence[str]) -> Iterator[Rows]:
        return self.shown(self._chunks(wanted), self._count)

    def order_of(self, column: str) -> tuple[str, ...] | None:
        with self._whole(), pyarrow.parquet.ParquetFile(self.path) as file:
            kind = file.schema_arrow.field(column).type
            if not (pyarrow.types.is_dictionary(kind) and kind.ordered) or not file.metadata.num_rows:
                return None
            batch = next(file.iter_batches(1, columns=[column]))
            return tuple(map(str, batch.column(column).dictionary.to_pylist()))

    def _chunks(self, wanted: Sequence[str]) -> Iterator[Rows]:
        unpacking, start = Unpacking(self.path), 0
        unpacking.add(_CELL * len(wanted) * self._count)
        # A value that is written once may stand in every row: a batch is such that even then it is not too large.
        at_once = max(1, min(CHUNK, unpacking.most // max([1, *self._sizes])))
        with contextlib.ExitStack() as opened:
            with self._whole():
                file = opened.enter_context(pyarrow.parquet.ParquetFile(self.path))
                batches = file.iter_batches(at_once, columns=list(wanted))
            while True:
                with self._whole():
                    batch = next(batches, None)
                    size = 0 if batch is None else batch.nbytes
                if batch is None:
                    return
                unpacking.add(size)
                with self._whole():
                    columns = {name: batch.column(name).to_pylist() for name in wanted}
                yield Rows(columns, range(start, start + batch.num_rows))
                start += batch.num_rows

    @contextlib.contextmanager
    def _whole(self) -> Iterator[None]:
        """Says of what fails within that the file is damaged."""
        try:
            yield
        except Exception as error:  # of Arrow, of Python's dates, texts and numbers: there is no common class
            told = (f"{error}".splitlines() or [type(error).__name__])[0][:300].rstrip(".")
            advice = f"{told}. Is it damaged, or cut off?"
            raise ValueError(checks.message("files", "be a Parquet file", str(self.path), advice)) from None
