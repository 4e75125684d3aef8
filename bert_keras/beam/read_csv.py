"""`ReadCsv`: files of CSV as rows, without pandas, in which broken rows break no file."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam.io import fileio

from bert_keras import checks

_MOST_CHARACTERS = 2**31 - 1  # of a cell; the csv module's own limit is 131,072


class ReadCsv(beam.PTransform):
    """Rows of CSV files with a header, as dicts of strings, for `Predict` and `PredictToFiles`.

    Cells may be quoted and hold line breaks. An empty cell is None. A cell that is not UTF-8 is bytes, for which
    `Predict` sets the row aside. A file is read by one worker, so have as many files as workers.

    Beam's own `ReadFromCsv` gives rows that are taken too; it needs pandas before 2.4, and a broken byte ends the job.

    Args:
        files: a pattern of Beam's file systems, such as "gs://bucket/reviews/*.csv".
        delimiter: between cells, such as "\\t".
    """

    def __init__(self, files: str, delimiter: str = ",") -> None:
        super().__init__()
        self.files = checks.text("files", files)
        if len(checks.text("delimiter", delimiter)) != 1:
            raise ValueError(checks.message("delimiter", "be one character", delimiter))
        self.delimiter = delimiter

    def expand(self, begin: Any) -> Any:
        """The collection of rows."""
        delimiter = self.delimiter
        opened = begin | "match" >> fileio.MatchFiles(self.files) | "spread" >> beam.Reshuffle()
        opened = opened | "open" >> fileio.ReadMatches()
        rows = opened | "rows" >> beam.FlatMap(lambda file: _rows(file, delimiter))
        return rows | "spread rows" >> beam.Reshuffle()


def _rows(file: fileio.ReadableFile, delimiter: str) -> Iterator[dict[Any, Any]]:
    """The rows of a file; what has more cells than the header, or is no CSV, has the rest under None."""
    csv.field_size_limit(_MOST_CHARACTERS)
    with file.open(mime_type="application/octet-stream") as opened:
        text = io.TextIOWrapper(opened, "utf-8-sig", "surrogateescape", newline="")
        reader = csv.DictReader(text, delimiter=delimiter)
        while True:
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield {None: [f"line {reader.line_num}: {error}"]}
                continue
            yield {_whole(name): None if cell == "" else _whole(cell) for name, cell in row.items()}


def _whole(cell: Any) -> Any:
    """A cell; as bytes if it is not UTF-8, as Beam hands no half of a surrogate pair from worker to worker."""
    if isinstance(cell, list):
        return [_whole(one) for one in cell]
    if cell is None or not any("\udc80" <= one <= "\udcff" for one in cell):
        return cell
    return cell.encode("utf-8", "surrogateescape")
