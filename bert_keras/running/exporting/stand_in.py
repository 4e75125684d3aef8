"""`stand_in`: an exported model in the place of the one that it was made of, to be evaluated like it."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras.features import END_LOGITS, FEATURE_NAMES, MASK, MASKED_POSITIONS, START_LOGITS
from bert_keras.models.task_model import TaskModel
from bert_keras.tuned.portable_head import PortableHead


def stand_in(
    model: TaskModel, head: PortableHead, run: Callable[[dict[str, np.ndarray]], Mapping[str, np.ndarray]]
) -> TaskModel:
    """A model of the same class as `model`, whose outputs are those of a program outside of TensorFlow.

    Args:
        model: what was exported; its encoder stands in the new model, and is not run.
        head: its head.
        run: from the features int32 [batch, length], of choices [batch, choices, length], to outputs by name.
    """

    class StandIn(type(model)):
        def call(self, inputs: Any, training: bool | None = None) -> Any:
            features = {name: inputs[name] for name in FEATURE_NAMES}
            rank = features[MASK].shape.rank or 2  # unknown of rows that were windows
            if rank == 3 and not head.choices:  # windows, of which the class makes rows and calls this again
                return super().call(features, training)
            if rank == 2 and head.choices:
                features = {name: tf.expand_dims(column, 1) for name, column in features.items()}
            columns = [tf.cast(features[name], tf.int32) for name in FEATURE_NAMES]
            outputs = tf.numpy_function(
                lambda *given: _outputs(head, run, given), columns, [tf.float32] * len(head.outputs), stateful=False
            )
            if len(outputs) == 2:
                start, end = (tf.ensure_shape(one, [None, None]) for one in outputs)
                return {START_LOGITS: start, END_LOGITS: end}
            middle = [None] if head.reads == "sequence_output" else []
            logits = tf.ensure_shape(outputs[0], [None, *middle, None if head.choices else len(head.bias)])
            if MASKED_POSITIONS in inputs:
                logits = tf.gather(logits, tf.cast(inputs[MASKED_POSITIONS], tf.int32), batch_dims=1)
            return logits

    return StandIn(model.encoder, **{name: getattr(model, name) for name in model.settings})


def _outputs(head: PortableHead, run: Any, columns: tuple[np.ndarray, ...]) -> list[np.ndarray]:
    found = run(dict(zip(FEATURE_NAMES, columns, strict=True)))
    return [np.asarray(found[name], "float32") for name in head.outputs]
