"""`WordRows`: has the word table updated by the rows that a data set uses, where the update is the same for less."""

from typing import Any

import keras
import numpy as np

from bert_keras.optimization.adamw import AdamW

_MOST = 0.7  # of the table: above that the whole is as fast


class WordRows(keras.callbacks.Callback):
    """Opens an optimizer's `TableRows` for each epoch, and brings the table up to date at its end and before a test.

    It stands before all other callbacks. One of those that looks at the table in the middle of an epoch sees the rows
    that are used as they are, and the others without the decay of that epoch.

    Args:
        optimizer: whose `rows` are opened.
        used: int [rows] of the table.
    """

    def __init__(self, optimizer: AdamW, used: np.ndarray) -> None:
        super().__init__()
        self._rows, self._used = optimizer.rows, used

    def open(self) -> None:
        """Has the step that is traced next be one of rows."""
        self._rows.open(self._used)

    def close(self) -> None:
        """Has all later steps update the whole table."""
        self._rows.close()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._rows.open(self._used)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._rows.write_back()

    def on_test_begin(self, logs: Any = None) -> None:
        self._rows.write_back()

    def on_train_end(self, logs: Any = None) -> None:
        self._rows.write_back()


def word_rows(model: keras.Model, x: Any) -> WordRows | None:
    """The callback for a model that is about to train on `x`; None where the whole table is updated.

    That is on other backends, replicas and workers, in micro-batches, with static shapes or XLA, with another optimizer
    than AdamW or one that keeps averages, with an encoder without a `table_of_rows` that is trained, and for a data set
    that does not say which words it uses, or uses most of the table.
    """
    used = getattr(x, "used_words", None)
    in_parts = model._on_replicas or model.micro_batches > 1 or model.static_shapes or model.jit_compile
    if used is None or in_parts or type(model.optimizer) is not AdamW or keras.backend.backend() != "tensorflow":
        return None
    table_of = getattr(model.encoder, "table_of_rows", None)  # a user's own layer has none
    table = None if table_of is None else table_of()
    is_trained = any(weight is table for weight in model.trainable_variables)
    if not is_trained or len(used) > _MOST * table.shape[0]:
        return None
    return WordRows(model.optimizer, used) if model.optimizer.by_rows(table) else None
