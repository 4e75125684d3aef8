"""`AnswerShard`: the function of workers that answers a group of rows with a model that its process has once."""

from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.utils import shared

from bert_keras.beam.exported_model import ExportedModel, Outcome
from bert_keras.beam.table_form import TableForm

NAMESPACE = "bert_keras"  # of the counters
FAILED = "failed"  # the tag of the rows that are set aside


class AnswerShard(beam.DoFn):
    """From (number of a group, its rows) to answers, with failures under the tag `FAILED`.

    Args:
        form: of the table.
        trust: as for `ExportedModel`.
    """

    def __init__(self, form: TableForm, trust: bool = False) -> None:
        self.form, self.trust = form, trust
        self._shared = shared.Shared()  # by it the bundles and threads of a process find the one model
        self._answered = Metrics.counter(NAMESPACE, "answered")
        self._failed = Metrics.counter(NAMESPACE, "failed")
        self._loaded = Metrics.counter(NAMESPACE, "models_loaded")

    def outcomes(self, rows: Iterable[Any]) -> Iterator[Outcome]:
        """What becomes of each row, counted."""
        model = self._shared.acquire(self._load, tag=self.form.export)
        for is_answer, record in model.answer(rows):
            (self._answered if is_answer else self._failed).inc()
            yield is_answer, record

    def process(self, group: tuple[int, Iterable[Any]]) -> Iterator[Any]:
        for is_answer, record in self.outcomes(group[1]):
            yield record if is_answer else beam.pvalue.TaggedOutput(FAILED, record)

    def _load(self) -> ExportedModel:
        self._loaded.inc()
        return ExportedModel(self.form, self.trust)
