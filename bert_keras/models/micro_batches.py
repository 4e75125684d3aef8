"""A training step in parts: the update of a whole batch in the memory that a part of it takes. TensorFlow only."""

from typing import Any

import keras
import tensorflow as tf


def train_in_parts(model: keras.Model, data: Any, parts: int) -> dict[str, Any]:
    """Keras' `train_step`, with the gradient of the batch worked out a part of its rows at a time, one after another.

    A part counts by its rows, so the update is that of the whole batch, also where the rows do not divide. A batch with
    fewer rows than `parts` has as many parts as rows.

    Args:
        model: a compiled Keras model whose loss is a mean over rows.
        data: a batch as Keras passes it.
        parts: 1 or more.

    Returns:
        The logs, over all parts.
    """
    batch = keras.utils.unpack_x_y_sample_weight(data)
    weights = model.trainable_weights
    rows = tf.shape(keras.tree.flatten(batch[0])[0])[0]
    number = tf.clip_by_value(rows, 1, parts)
    used = [False] * len(weights)  # whether the loss depends on a weight, filled in while the loop's body is traced

    def step(part: tf.Tensor, sums: list[tf.Tensor]) -> tuple[tf.Tensor, list[tf.Tensor]]:
        begin, end = part * rows // number, (part + 1) * rows // number
        mine = keras.tree.map_structure(lambda column: None if column is None else column[begin:end], batch)
        gradients = _gradients(model, *mine, rows)
        for place, gradient in enumerate(gradients):
            used[place] = gradient is not None
        return part + 1, [s if g is None else s + _dense(g) for s, g in zip(sums, gradients, strict=True)]

    zeros = [tf.zeros(weight.shape, weight.dtype) for weight in weights]
    _, sums = tf.while_loop(lambda part, _: part < number, step, (0, zeros), parallel_iterations=1)
    gradients = [total if is_used else None for total, is_used in zip(sums, used, strict=True)]
    model.optimizer.apply_gradients(zip(gradients, weights, strict=True))
    return model.get_metrics_result()


def _gradients(model: keras.Model, x: Any, y: Any, sample_weight: Any, rows: tf.Tensor) -> list[Any]:
    """What a part adds to the gradients of the mean over all `rows`; loss and metrics are counted on the way."""
    own = tf.shape(keras.tree.flatten(x)[0])[0]
    with tf.GradientTape() as tape:
        outputs = model(x, training=True)
        loss = model.compute_loss(x, y, outputs, sample_weight, training=True)
        scaled = model.optimizer.scale_loss(loss * tf.cast(own, loss.dtype) / tf.cast(rows, loss.dtype))
    # Keras' losses are divided by the number of replicas, whose gradients are added up.
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    model._loss_tracker.update_state(loss * replicas, sample_weight=own)
    model.compute_metrics(x, y, outputs, sample_weight=sample_weight)
    return tape.gradient(scaled, model.trainable_weights)


def _dense(gradient: Any) -> tf.Tensor:
    if isinstance(gradient, tf.IndexedSlices):
        return tf.math.unsorted_segment_sum(gradient.values, gradient.indices, gradient.dense_shape[0])
    return gradient
