"""`TensorFlowTable`: a `tf.data.Dataset` of strings, batched or not."""

from collections.abc import Iterator, Sequence
from typing import Any

import tensorflow as tf

from bert_keras import checks
from bert_keras.data.tables.held_table import LABEL, TEXT
from bert_keras.data.tables.row_source import Rows, RowSource, chunked


class TensorFlowTable(RowSource):
    """A dataset whose elements are a dict of columns, a pair (text, label), or texts.

    Args:
        dataset: of scalars, or of batches [rows]; it is read once from its beginning to its end.
        name: for messages.

    Raises:
        ValueError: for elements of another form, or a dataset without an end.
    """

    def __init__(self, dataset: tf.data.Dataset, name: str) -> None:
        self.name = name
        if dataset.cardinality() == tf.data.INFINITE_CARDINALITY:
            raise ValueError(checks.message(name, "end", "a dataset that repeats for ever", "Leave .repeat() out."))
        spec = dataset.element_spec
        if isinstance(spec, tf.TensorSpec):
            dataset, spec = dataset.map(lambda text: {TEXT: text}), {TEXT: spec}
        elif isinstance(spec, tuple) and len(spec) == 2 and all(isinstance(part, tf.TensorSpec) for part in spec):
            dataset, spec = dataset.map(lambda text, label: {TEXT: text, LABEL: label}), {TEXT: spec[0], LABEL: spec[1]}
        if not isinstance(spec, dict) or not all(isinstance(part, tf.TensorSpec) for part in spec.values()):
            must = "have elements that are a dict of columns, (text, label) or a text"
            raise ValueError(checks.message(name, must, spec, "Map it to a dict: .map(lambda …: {'text': …})."))
        ranks = {part.shape.rank for part in spec.values()}
        if ranks not in ({0}, {1}):
            raise ValueError(checks.message(name, "have columns that are all scalars or all [rows]", spec))
        self.columns = tuple(spec)
        self._dataset = dataset if ranks == {0} else dataset.unbatch()

    def rows(self, wanted: Sequence[str]) -> Iterator[Rows]:
        return self.shown(chunked(enumerate(self._picked(wanted)), wanted))

    def _picked(self, wanted: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        for batch in self._dataset.batch(1024).as_numpy_iterator():
            yield from zip(*(batch[name].tolist() for name in wanted), strict=True)
