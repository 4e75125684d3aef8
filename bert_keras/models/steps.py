"""Training and test steps over a part of the rows at a time, and over replicas with unequal parts. TensorFlow only."""

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from bert_keras import checks
from bert_keras.features import COUNTED, WEIGHTS
from bert_keras.optimization.finite_updates import dense


def train_in_parts(model: keras.Model, data: Any, parts: int, static: bool = False) -> dict[str, Any]:
    """Keras' `train_step`, with the gradient of the batch worked out a part of its rows at a time, one after another.

    Every row of the global batch counts alike, or every labelled token: also where its rows do not divide by the parts,
    or by the replicas of a strategy, of which one may even have none. (Keras takes the mean of the replicas' means.)

    Args:
        model: a compiled `ReplicatedModel` whose loss is a mean over rows, or over what its `counts_of` counts.
        data: a batch as Keras passes it; under a strategy, this replica's rows.
        parts: 1 or more. A batch with fewer rows has as many parts as rows.
        static: whether shapes must be known when the step is compiled, by XLA: the rows of a replica are a multiple of
            `parts`, and `sample_weight` says which of them count: bool [rows], or a dict with that under `COUNTED` and
            `WEIGHTS` beside it. (XLA takes no slices of unknown size.)

    Returns:
        The logs, over all parts.
    """
    weights = model.trainable_weights
    used = [False] * len(weights)  # whether the loss depends on a weight, filled in while the loop's body is traced
    whole = _whole(model, data, static)

    def add(sums: list[tf.Tensor], *part: Any) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            loss = _counted_loss(model, part, static, whole, training=True)
            scaled = model.optimizer.scale_loss(loss * _share(model, part, static, whole, loss.dtype))
        gradients = tape.gradient(scaled, weights)
        used[:] = [gradient is not None for gradient in gradients]
        return [s if g is None else s + dense(g) for s, g in zip(sums, gradients, strict=True)]

    over_parts = _over_equal_parts if static else _over_parts
    sums = over_parts(data, parts, add, [tf.zeros(weight.shape, weight.dtype) for weight in weights])
    gradients = [total if is_used else None for total, is_used in zip(sums, used, strict=True)]
    model.optimizer.apply_gradients(zip(gradients, weights, strict=True))
    return model.get_metrics_result()


def evaluate_in_parts(model: keras.Model, data: Any, static: bool = False) -> dict[str, Any]:
    """Keras' `test_step` for a replica that may have no rows, or with `static` rows that do not count."""

    whole = _whole(model, data, static)

    def add(nothing: list[tf.Tensor], *part: Any) -> list[tf.Tensor]:
        _counted_loss(model, part, static, whole, training=False)
        return nothing

    (_over_equal_parts if static else _over_parts)(data, 1, add, [])
    return model.get_metrics_result()


def check_counts(data: Any, static: bool) -> None:
    """Raises ValueError where a batch says which of its rows count and the model does not look, or the reverse."""
    sample_weight = keras.utils.unpack_x_y_sample_weight(data)[2]
    counted = sample_weight.get(COUNTED) if isinstance(sample_weight, dict) else sample_weight
    dtype = None if counted is None else tf.as_dtype(counted.dtype)
    if dtype is not None and (dtype == tf.bool) != static:
        must = "be bool, which rows count, with static_shapes=True" if static else "be numbers"
        advice = "Batches of data with static_shapes=True are for a model compiled with static_shapes=True."
        raise ValueError(checks.message("sample_weight", must, dtype.name, advice))


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


def _over_equal_parts(
    data: Any, parts: int, add: Callable[..., list[tf.Tensor]], sums: list[tf.Tensor]
) -> list[tf.Tensor]:
    """As `_over_parts`, of parts that have a row each, as many as each other."""
    batch = keras.utils.unpack_x_y_sample_weight(data)
    if parts == 1:
        return add(sums, *batch)

    def apart(column: Any) -> Any:
        if column is None:
            return None
        shape = tf.shape(column)
        return tf.reshape(column, tf.concat([[parts, shape[0] // parts], shape[1:]], axis=0))

    batch = keras.tree.map_structure(apart, batch)

    def step(part: tf.Tensor, sums: list[tf.Tensor]) -> tuple[tf.Tensor, list[tf.Tensor]]:
        mine = keras.tree.map_structure(lambda column: None if column is None else column[part], batch)
        return part + 1, add(sums, *mine)

    return tf.while_loop(lambda part, _: part < parts, step, (0, sums), parallel_iterations=1)[1]


def _counted_loss(model: keras.Model, part: Any, static: bool, whole: "_Whole", training: bool) -> tf.Tensor:
    """The mean loss of what counts in a part; it and the metrics are counted in the logs."""
    x, y, sample_weight = part
    outputs = model(x, training=training)
    weight, rows = sample_weight, _counted(part, static)
    if static and sample_weight is not None:
        sample_weight = _weights(sample_weight)
        # Keras divides the sum of the losses by the number of all: this makes it the number of those that count.
        every = _units(model, (x, y), static=False)
        counted = tf.maximum(_units(model, part, static), 1)
        weight = sample_weight * tf.cast(every, tf.float32) / tf.cast(counted, tf.float32)
    loss = model.compute_loss(x, y, outputs, weight, training=training)
    loss *= tf.distribute.get_strategy().num_replicas_in_sync  # by which Keras' losses are divided
    shown = loss
    if whole.units is not whole.rows:  # so that the parts' losses, weighed by rows as Keras does, give the batch's
        weighed = _share(model, part, static, whole, loss.dtype) * tf.cast(whole.rows, loss.dtype)
        shown = loss * weighed / tf.cast(tf.maximum(rows, 1), loss.dtype)
    model._loss_tracker.update_state(shown, sample_weight=rows)
    model.compute_metrics(x, y, outputs, sample_weight=sample_weight)
    return loss


class _Whole(NamedTuple):
    """The batch of all replicas: int32 [] each, the rows that count, and the units that its loss is the mean of."""

    rows: tf.Tensor
    units: tf.Tensor


def _whole(model: keras.Model, data: Any, static: bool) -> _Whole:
    rows = _over_replicas(_counted(data, static))
    return _Whole(rows, rows if _counts(model, data) is None else _over_replicas(_units(model, data, static)))


def _share(model: keras.Model, part: Any, static: bool, whole: _Whole, dtype: Any) -> tf.Tensor:
    """What of the batch's units are a part's."""
    return tf.math.divide_no_nan(tf.cast(_units(model, part, static), dtype), tf.cast(whole.units, dtype))


def _units(model: keras.Model, part: Any, static: bool) -> tf.Tensor:
    """int32 []: of how many units, rows or labelled tokens, the loss of a part is the mean."""
    counts = _counts(model, part)
    if counts is None:
        return _counted(part, static)
    sample_weight = keras.utils.unpack_x_y_sample_weight(part)[2]
    if static and sample_weight is not None:
        counts *= tf.cast(_which(sample_weight), counts.dtype)
    return tf.reduce_sum(counts)


def _counts(model: keras.Model, part: Any) -> tf.Tensor | None:
    return model.counts_of(keras.utils.unpack_x_y_sample_weight(part)[1])


def _counted(part: Any, static: bool) -> tf.Tensor:
    """int32 []: how many rows of a part count."""
    sample_weight = keras.utils.unpack_x_y_sample_weight(part)[2]
    if not static or sample_weight is None:
        return _rows(part)
    return tf.reduce_sum(tf.cast(_which(sample_weight), tf.int32))


def _which(third: Any) -> tf.Tensor:
    """bool [rows]: which of them count."""
    return third[COUNTED] if isinstance(third, dict) else third


def _weights(third: Any) -> tf.Tensor:
    """float32 [rows]: what each row counts, from which rows do and, in a dict with it, how much."""
    if isinstance(third, dict):
        return third[WEIGHTS] * tf.cast(third[COUNTED], tf.float32)
    return tf.cast(third, tf.float32)


def _rows(data: Any) -> tf.Tensor:
    return tf.shape(next(leaf for leaf in keras.tree.flatten(data) if leaf is not None))[0]


def _over_replicas(count: tf.Tensor) -> tf.Tensor:
    """A number added up over the replicas."""
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return count
    return context.all_reduce(tf.distribute.ReduceOp.SUM, count)
