"""`ExportedModel`: an export in this process, which answers rows and sets aside those that it cannot. Needs no Beam."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras import checks
from bert_keras.beam.table_form import BadRowError, Row, TableForm, plain
from bert_keras.hub.check_graph import check_graph
from bert_keras.hub.plain_path import plain_path
from bert_keras.hub.saved_models import load_export
from bert_keras.running.exporting.graph_operations import know_operations

_COUNT = "count"  # the output of taggers that says how many items of a row are no padding

Outcome = tuple[bool, dict[str, Any]]  # whether it is an answer, and the answer or the failure


class ExportedModel:
    """A signature of an export, on the rows of a table.

    Args:
        form: of the table.
        trust: whether the export may hold a graph that does more than compute.

    Raises:
        ValueError: for one that does, without `trust`.
    """

    def __init__(self, form: TableForm, trust: bool = False) -> None:
        self.form = form
        check_export(form, trust)
        # It holds the variables of the function.
        self._graph = load_export(form.export, "export", before=know_operations)
        self._function = self._graph.signatures[form.signature]

    def answer(self, table: Iterable[Any]) -> Iterator[Outcome]:
        """What becomes of each row, once each: an answer, or a failure with its reason.

        Rows are handed to the model `batch_rows` at a time, and the graph sorts them by length itself. An id that
        came before in `table` is a failure.
        """
        seen: set[str | int] = set()
        waiting: dict[tuple[int, ...], list[tuple[Row, Any]]] = {}  # by the lengths of lists, which a batch has alike
        for given in table:
            try:
                row = self.form.row(given)
                if row.id in seen:
                    raise BadRowError(f"The id {row.id!r} stands in a row before this one too. An id is of one row.")
            except BadRowError as error:
                yield False, self.form.failure(given, str(error))
                continue
            seen.add(row.id)
            alike = tuple(len(row.inputs[name]) for name in self.form.lists)
            batch = waiting.setdefault(alike, [])
            batch.append((row, given))
            if len(batch) == self.form.batch_rows:
                yield from self._batch(waiting.pop(alike))
        for batch in waiting.values():
            yield from self._batch(batch)

    def _batch(self, batch: list[tuple[Row, Any]]) -> Iterator[Outcome]:
        """The rows of a batch; where the model fails at it, those of its halves, down to the row that is at fault."""
        try:
            found = self._outputs([row for row, _ in batch])
        except Exception as error:  # whatever a graph raises: the other rows shall be answered
            if len(batch) > 1:
                half = len(batch) // 2
                yield from self._batch(batch[:half])
                yield from self._batch(batch[half:])
                return
            said = f"The model failed at it: {type(error).__name__}: {error}"[:600]
            yield False, self.form.failure(batch[0][1], said)
            return
        for place, (row, _) in enumerate(batch):
            values = {name: _value(found, name, place) for name in self.form.outputs}
            yield True, {self.form.id: row.id, **row.kept, **values}

    def _outputs(self, rows: list[Row]) -> dict[str, np.ndarray]:
        given = {name: tf.constant([row.inputs[name] for row in rows], tf.string) for name in self.form.columns}
        return {name: value.numpy() for name, value in self._function(**given).items()}


def check_export(form: TableForm, trust: bool) -> None:
    """Raises ValueError for an export whose graph may do more than compute, unless it is trusted."""
    if not checks.boolean("trust", trust):
        check_graph(plain_path(form.export), form.export, argument="export")


def _value(found: dict[str, np.ndarray], name: str, place: int) -> Any:
    """An output of a row in plain values; the lists of a tagger without their padding."""
    value = found[name][place]
    if _COUNT in found and name != _COUNT and value.ndim == 1:
        value = value[: found[_COUNT][place]]
    return plain(value)
