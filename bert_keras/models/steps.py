"""Training and test steps over a part of the rows at a time, and over replicas with unequal parts. TensorFlow only."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from bert_keras.optimization.adamw import dense


def train_in_parts(model: keras.Model, data: Any, parts: int) -> dict[str, Any]:
    """Keras' `train_step`, with the gradient of the batch worked out a part of its rows at a time, one after another.

    Every row of the global batch counts alike: also where its rows do not divide by the parts, or by the replicas of a
    strategy, of which one may even have none. (Keras takes the mean of the replicas' means.)

    Args:
        model: a compiled Keras model whose loss is a mean over rows.
        data: a batch as Keras passes it; under a strategy, this replica's rows.
        parts: 1 or more. A batch with fewer rows has as many parts as rows.

    Returns:
        The logs, over all parts.
    """
    weights = model.trainable_weights
    used = [False] * len(weights)  # whether the loss depends on a weight, filled in while the loop's body is traced
    all_rows = _over_replicas(_rows(data))

    def add(sums: list[tf.Tensor], x: Any, y: Any, sample_weight: Any) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            outputs = model(x, training=True)
            loss = _counted_loss(model, x, y, outputs, sample_weight, training=True)
            share = tf.cast(_rows(x), loss.dtype) / tf.cast(all_rows, loss.dtype)
            scaled = model.optimizer.scale_loss(loss * share)
        gradients = tape.gradient(scaled, weights)
        used[:] = [gradient is not None for gradient in gradients]
        return [s if g is None else s + dense(g) for s, g in zip(sums, gradients, strict=True)]

    sums = _over_parts(data, parts, add, [tf.zeros(weight.shape, weight.dtype) for weight in weights])
    gradients = [total if is_used else None for total, is_used in zip(sums, used, strict=True)]
    model.optimizer.apply_gradients(zip(gradients, weights, strict=True))
    return model.get_metrics_result()


def evaluate_in_parts(model: keras.Model, data: Any) -> dict[str, Any]:
    """Keras' `test_step` for a replica that may have no rows."""

    def add(nothing: list[tf.Tensor], x: Any, y: Any, sample_weight: Any) -> list[tf.Tensor]:
        _counted_loss(model, x, y, model(x, training=False), sample_weight, training=False)
        return nothing

    _over_parts(data, 1, add, [])
    return model.get_metrics_result()


def spans_workers(strategy: tf.distribute.Strategy) -> bool:
    """Whether a strategy trains in several processes together."""
    return strategy.extended._in_multi_worker_mode()  # as Keras asks


def _over_parts(data: Any, parts: int, add: Callable[..., list[tf.Tensor]], sums: list[tf.Tensor]) -> list[tf.Tensor]:
    """`sums` after `add(sums, x, y, sample_weight)` of each part of the batch's rows, in turn."""
    batch = keras.utils.unpack_x_y_sample_weight(data)
    rows = _rows(batch)
    number = tf.minimum(rows, parts)

    def step(part: tf.Tensor, sums: list[tf.Tensor]) -> tuple[tf.Tensor, list[tf.Tensor]]:
        begin, end = part * rows // number, (part + 1) * rows // number
        mine = keras.tree.map_structure(lambda column: None if column is None else column[begin:end], batch)
        return part + 1, add(sums, *mine)

    return tf.while_loop(lambda part, _: part < number, step, (0, sums), parallel_iterations=1)[1]


def _counted_loss(model: keras.Model, x: Any, y: Any, outputs: Any, sample_weight: Any, training: bool) -> tf.Tensor:
    """The mean loss of some rows; it and the metrics are counted in the logs."""
    loss = model.compute_loss(x, y, outputs, sample_weight, training=training)
    loss *= tf.distribute.get_strategy().num_replicas_in_sync  # by which Keras' losses are divided
    model._loss_tracker.update_state(loss, sample_weight=_rows(x))
    model.compute_metrics(x, y, outputs, sample_weight=sample_weight)
    return loss


def _rows(data: Any) -> tf.Tensor:
    return tf.shape(next(leaf for leaf in keras.tree.flatten(data) if leaf is not None))[0]


def _over_replicas(count: tf.Tensor) -> tf.Tensor:
    """A number added up over the replicas."""
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return count
    return context.all_reduce(tf.distribute.ReduceOp.SUM, count)
