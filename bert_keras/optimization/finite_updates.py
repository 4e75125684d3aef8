"""Updates by finite gradients alone: one of another kind would spoil all weights and moments for good.

A step whose gradient has nan or an infinity in it changes nothing: no weight, no moment, and no count of steps.
"""

import types
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf
else:
    tf = None


def finite_updates(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """Has an optimizer leave out the updates by gradients that are not finite; returns it.

    One with loss scaling, and this library's AdamW on TensorFlow, look by themselves.
    """
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer) or getattr(optimizer, "looks_at_gradients", False):
        return optimizer
    name, guarded = ("stateless_apply", _stateless_apply) if tf is None else ("apply", _apply)
    if name not in vars(optimizer):
        setattr(optimizer, name, types.MethodType(guarded, optimizer))
    return optimizer


def dense(gradient: Any) -> Any:
    """A gradient as one tensor; None stays None. `tf.convert_to_tensor` does the same, but warns at large tables."""
    if not isinstance(gradient, tf.IndexedSlices):
        return gradient
    return tf.math.unsorted_segment_sum(gradient.values, gradient.indices, gradient.dense_shape[0])


def summed_over_replicas(gradients: list[Any]) -> list[Any]:
    """The gradients added up over the replicas of a strategy; as they are where there is one."""
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return gradients
    there = [gradient for gradient in gradients if gradient is not None]
    summed = iter(context.all_reduce(tf.distribute.ReduceOp.SUM, there))
    return [None if gradient is None else next(summed) for gradient in gradients]


def half_square_sum(gradient: Any, as_dense: Any) -> Any:
    """float32 []: half the sum of the squares of a gradient, given as it came and as one tensor; None of none."""
    if gradient is None:
        return None
    if isinstance(gradient, tf.IndexedSlices):  # each of its rows times the sum of those of the same word
        half = 0.5 * tf.reduce_sum(gradient.values * tf.gather(as_dense, gradient.indices))
    else:
        half = tf.nn.l2_loss(as_dense)
    return tf.cast(half, "float32")


def total_of(halves: list[Any]) -> Any:
    """float32 []: the sum of the squares of gradients, from what `half_square_sum` gives of each; 0 of none."""
    there = [half for half in halves if half is not None]
    return 2.0 * tf.add_n(there) if there else tf.constant(0.0)


def are_finite(halves: list[Any]) -> Any:
    """bool []: whether the norm of gradients is a number, from what `half_square_sum` gives of each."""
    return tf.math.is_finite(total_of(halves))


def update_where(finite: Any, update: Callable[[list[Any]], Any], gradients: list[Any]) -> None:
    """`update(gradients)` where `finite`, a bool [] that is the same on all replicas of a strategy; else nothing."""
    context = tf.distribute.get_replica_context()
    # A TPU's replicas are one graph, and not threads that meet.
    is_one_graph = type(tf.distribute.get_strategy().extended).__name__ == "TPUExtended"
    if context is None or is_one_graph or tf.__internal__.distribute.strategy_supports_no_merge_call():
        _where(finite, lambda: update(gradients))
        return

    def across(strategy: Any, finite: Any, gradients: list[Any]) -> None:
        # A branch inside a replica could not call across replicas, as optimizers do: branch outside.
        decision = strategy.experimental_local_results(finite)[0]
        _where(decision, lambda: strategy.extended.call_for_each_replica(update, args=(gradients,)))

    context.merge_call(across, args=(finite, gradients))


def _where(finite: Any, update: Callable[[], Any]) -> None:
    ops.cond(finite, lambda: (update(), None)[1], lambda: None)


def _apply(self: Any, grads: Any, trainable_variables: Any = None) -> None:
    """In place of `apply` of one of Keras' optimizers, which adds the replicas' gradients up by itself."""
    if not self.built and trainable_variables is not None:
        self.build(trainable_variables)
    grads = list(grads)
    values = [getattr(gradient, "values", gradient) for gradient in grads]  # of a table's rows
    bad = tf.cast(tf.logical_not(are_finite([half_square_sum(one, one) for one in values])), tf.int32)
    finite = tf.equal(summed_over_replicas([bad])[0], 0)
    update_where(finite, lambda own: type(self).apply(self, own, trainable_variables), grads)


def _stateless_apply(self: Any, optimizer_variables: Any, grads: Any, trainable_variables: Any) -> Any:
    """In place of `stateless_apply` of any optimizer, on other backends than TensorFlow."""
    updated = type(self).stateless_apply(self, optimizer_variables, grads, trainable_variables)
    squares = [ops.sum(ops.square(ops.cast(one, "float32"))) for one in grads if one is not None]
    finite = ops.isfinite(sum(squares, start=0.0))
    before = (trainable_variables, optimizer_variables)
    return tuple(
        [ops.where(finite, new, old) for new, old in zip(*pair, strict=True)]
        for pair in zip(updated, before, strict=True)
    )
