"""`ParquetFile`: a Parquet file, read in batches of rows."""

import os
import pathlib
from collections.abc import Iterator, Sequence

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
            self.size = sum(group.total_byte_size for group in groups)

    def rows(self, wanted: Sequence[str]) -> Iterator[Rows]:
        start = 0
        with self._open() as file:
            for batch in file.iter_batches(CHUNK, columns=list(wanted)):
                columns = {name: batch.column(name).to_pylist() for name in wanted}
                yield Rows(columns, range(start, start + batch.num_rows))
                start += batch.num_rows

    def _open(self) -> pyarrow.parquet.ParquetFile:
        try:
            return pyarrow.parquet.ParquetFile(self.path)
        except (pyarrow.ArrowException, OSError) as error:
            must = "be a Parquet file"
            raise ValueError(checks.message("files", must, str(self.path), f"{error}".splitlines()[0])) from None
