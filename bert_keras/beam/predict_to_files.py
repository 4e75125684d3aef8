"""`PredictToFiles`: rows of a table to files of answers, by a job that may be run again until it is done."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import apache_beam as beam

from bert_keras import checks
from bert_keras.beam.answer_shard import AnswerShard
from bert_keras.beam.exported_model import check_export
from bert_keras.beam.grouped import Grouped
from bert_keras.beam.shard_files import ShardFiles
from bert_keras.beam.table_form import TableForm


class PredictToFiles(beam.PTransform):
    """As `Predict`, and writes JSONL: a file of answers and a file of rows that were set aside for each shard.

    >>> with beam.Pipeline() as pipeline:
    ...     rows = pipeline | beam.io.ReadFromText("reviews/*.jsonl", coder=beam.coders.BytesCoder())
    ...     rows | PredictToFiles("served/reviews", "answers", id="number", columns={"text": "review"})

    A shard appears whole when it is done: `answers-00003-of-00064.jsonl` says so. A job that broke off is run again
    with the same arguments and the same rows: shards that are there are kept, and cost no prediction. `out/run.json`
    has the arguments and a digest of the export; a folder of another run is refused.

    What comes out of it is a collection with one dict for each shard: `shard`, `answered`, `failed`, `kept` (whether an
    earlier run had written it). `answered` and `failed` of all shards add up to the rows of the table.

    Args:
        export: the folder that `bk.export` wrote, which every worker can read at the same path.
        out: a folder, of any file system that Beam knows, such as "gs://bucket/answers".
        id: the column of the id, a str or an int. Of rows with the same id one is answered, and the others are set
            aside.
        columns: by input of the export, the column that holds it, as for `Predict`.
        keep: columns that are copied to the answers.
        outputs: of the export, those that become columns of the answers; None for all.
        signature: of the export, such as "words" of a tagger.
        shards: files, and the steps in which a job goes on; of a few thousand to a few ten thousand rows each.
        text_characters: the most that a text may have; a row with a longer one is set aside.
        batch_rows: rows that are handed to the model at once.
        trust: whether the export may hold a graph that does more than compute, such as reading and writing files.

    Raises:
        ValueError, TypeError: for what is no export, or an export of such a graph, and what it does not have; for a
            folder of another run, when it is applied.
    """

    def __init__(
        self,
        export: str | os.PathLike,
        out: str | os.PathLike,
        *,
        id: str,
        columns: Mapping[str, str] | None = None,
        keep: Sequence[str] = (),
        outputs: Sequence[str] | None = None,
        signature: str = "serving_default",
        shards: int = 64,
        text_characters: int = 1_000_000,
        batch_rows: int = 512,
        trust: bool = False,
    ) -> None:
        super().__init__()
        self.form = TableForm.of(export, id, columns, keep, outputs, signature, text_characters, batch_rows)
        self.trust = trust
        check_export(self.form, trust)
        if not isinstance(out, (str, os.PathLike)):
            raise TypeError(checks.message("out", "be the path of a folder", out))
        place = os.fspath(out)
        place = place if "://" in place else os.path.abspath(os.path.expanduser(place))
        self.files = ShardFiles(place, checks.integer("shards", shards, 1, 99_999))

    def expand(self, rows: Any) -> Any:
        """The collection of the counts of shards."""
        self.files.claim(self.form)
        return (
            rows
            | Grouped(self.form, self.files.shards)
            | "files" >> beam.ParDo(_WriteShard(self.form, self.files, self.trust))
        )


class _WriteShard(AnswerShard):
    """From (number of a group, its rows) to its files, and their counts."""

    def __init__(self, form: TableForm, files: ShardFiles, trust: bool) -> None:
        super().__init__(form, trust)
        self.files = files

    def process(self, group: tuple[int, Iterable[Any]]) -> Iterator[dict[str, Any]]:
        shard, rows = group
        yield self.files.counted(shard) or self.files.write(shard, self.outcomes(rows))
