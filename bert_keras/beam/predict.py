"""`Predict`: rows of a table to answers, on any runner of Apache Beam."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import apache_beam as beam

from bert_keras import checks
from bert_keras.beam.answer_shard import FAILED, AnswerShard
from bert_keras.beam.exported_model import check_export
from bert_keras.beam.grouped import Grouped
from bert_keras.beam.table_form import TableForm


class Predict(beam.PTransform):
    """From a collection of rows to one of answers, and one of rows that were set aside.

    >>> with beam.Pipeline() as pipeline:
    ...     rows = pipeline | beam.io.ReadFromParquet("reviews/*.parquet")
    ...     found = rows | Predict("served/reviews", id="number", columns={"text": "review"}, keep=["stars"])
    ...     found.answers | beam.Map(print)  # {"number": 7, "stars": 4, "label": "positive", …}
    ...     found.failed | beam.Map(print)  # {"number": 8, "reason": "`review` must hold a text, …", "row": …}

    A row is a dict, a row of Beam, or a line of JSON. Each comes out once, in one of the two collections. Their order
    is the runner's, so a row is known by its id. The counters `answered`, `failed` and `models_loaded` stand in
    the metrics of the job, in the namespace `bert_keras`.

    Args:
        export: the folder that `bk.export` wrote, which every worker can read at the same path.
        id: the column of the id, a str or an int. Of rows with the same id one is answered, which is the runner's
            choice, and the others are set aside.
        columns: by input of the export, the column that holds it; an input that is not named is in a column of its
            name. Inputs are `text`, with `text_pair` for pairs; `question` and `context`; `prompt` and `choices`, which
            is a list of texts.
        keep: columns that are copied to the answers.
        outputs: of the export, those that become columns of the answers; None for all.
        signature: of the export, such as "words" of a tagger.
        shards: groups that rows are sent to workers in; of a few thousand to a few ten thousand rows each.
        text_characters: the most that a text may have; a row with a longer one is set aside.
        batch_rows: rows that are handed to the model at once.
        trust: whether the export may hold a graph that does more than compute, such as reading and writing files.

    Raises:
        ValueError, TypeError: for what is no export, or an export of such a graph, and what it does not have.
    """

    def __init__(
        self,
        export: str | os.PathLike,
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
        self.shards, self.trust = checks.integer("shards", shards, 1), trust
        check_export(self.form, trust)

    def expand(self, rows: Any) -> Any:
        """A tuple of two collections, by the names `answers` and `failed`."""
        groups = rows | Grouped(self.form, self.shards)
        return groups | "answers" >> beam.ParDo(AnswerShard(self.form, self.trust)).with_outputs(FAILED, main="answers")
