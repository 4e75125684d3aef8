"""`LossScale`: dynamic loss scaling that decides alike on all replicas of a strategy."""

from typing import Any

import keras
from keras import ops

from bert_keras import checks
from bert_keras.optimization.finite_updates import (
    are_finite,
    dense,
    half_square_sum,
    summed_over_replicas,
    update_where,
)

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf
else:
    tf = None


@keras.saving.register_keras_serializable(package="bert_keras")
class LossScale(keras.optimizers.LossScaleOptimizer):
    """`keras.optimizers.LossScaleOptimizer`, also under a `tf.distribute` strategy.

    In float16 small gradients are 0. So the loss is multiplied by a scale and the gradients are divided by it
    (Micikevicius et al., 2018, https://arxiv.org/abs/1710.03740). Where one of them is not finite the step is skipped
    and the scale halved; after `dynamic_growth_steps` steps without that it is doubled. A skipped step counts neither
    for the schedule nor for Adam's moments.

    Keras looks at each replica's own gradients, before they are added up. Here they are added up first: an overflow on
    one replica is one on all, and clipping and update are those of the whole batch.

    Args:
        inner_optimizer: a Keras optimizer; it takes gradients that are summed from then on.
        initial_scale, dynamic_growth_steps, name: Keras' own.

    Attributes:
        skipped: the variable with the number of steps skipped, once it is built.
    """

    def __init__(self, inner_optimizer: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(inner_optimizer, *args, **kwargs)
        if tf is not None:
            inner_optimizer.gradients_are_summed = True  # of our AdamW
            inner_optimizer._all_reduce_sum_gradients = lambda grads_and_vars: grads_and_vars  # of any of Keras

    def build(self, var_list: Any) -> None:
        if self.built:  # Keras would add its variables again, with what they began with
            return
        super().build(var_list)
        self.skipped = self.add_variable((), "zeros", "int", name="skipped")

    def add_variable(self, *args: Any, **kwargs: Any) -> keras.Variable:
        # Keras gives its own no aggregation, without which they cannot be assigned on replicas.
        return super().add_variable(*args, **{**kwargs, "aggregation": "only_first_replica"})

    def apply(self, grads: Any, trainable_variables: Any = None) -> None:
        if tf is None:
            return super().apply(grads, trainable_variables)
        if not self.built:
            self.build(trainable_variables)
        gradients = summed_over_replicas([dense(gradient) for gradient in grads])
        scale = tf.convert_to_tensor(self.dynamic_scale)
        gradients = [None if gradient is None else gradient / tf.cast(scale, gradient.dtype) for gradient in gradients]
        finite = are_finite([half_square_sum(gradient, gradient) for gradient in gradients])
        update_where(finite, lambda own: self.inner_optimizer.apply(own, trainable_variables), gradients)
        steps = self.step_counter + 1
        grows = tf.logical_and(finite, steps >= self.dynamic_growth_steps)
        self.dynamic_scale.assign(scale * tf.where(finite, tf.where(grows, 2.0, 1.0), 0.5))
        self.step_counter.assign(tf.where(tf.logical_and(finite, tf.logical_not(grows)), steps, 0))
        self.skipped.assign_add(tf.cast(tf.logical_not(finite), "int64"))
        return None

    def skipped_before(self, steps: int) -> int:
        """How many of the first `steps` of a run, after which it goes on, were skipped; of 0 they are counted anew."""
        if not self.built:
            return 0
        if steps == 0:
            self.skipped.assign(0)
        return int(ops.convert_to_numpy(self.skipped))


def inner_optimizer(optimizer: Any) -> Any:
    """The optimizer inside loss scaling; one without as it is."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def with_loss_scale(optimizer: Any) -> keras.optimizers.LossScaleOptimizer:
    """An optimizer, or Keras' name of one, in a `LossScale`; one with loss scaling as it is."""
    optimizer = keras.optimizers.get(optimizer)
    return optimizer if isinstance(optimizer, keras.optimizers.LossScaleOptimizer) else LossScale(optimizer)


def check_loss_scale(optimizer: Any) -> None:
    """Raises ValueError for Keras' own loss scaling, which looks at each replica's gradients alone."""
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer) and not isinstance(optimizer, LossScale):
        must = "not be Keras' LossScaleOptimizer on several replicas, which do not decide alike in it"
        advice = "Pass the optimizer inside it: a float16 model scales its loss by itself."
        raise ValueError(checks.message("optimizer", must, type(optimizer).__name__, advice))


def loss_scale_facts(optimizer: keras.optimizers.Optimizer) -> list[str]:
    """What a person should know of a run's loss scaling, in a line; nothing where there is none."""
    if not isinstance(optimizer, LossScale) or not optimizer.built:
        return []
    skipped, steps = int(optimizer.skipped.numpy()), int(optimizer.iterations.numpy())
    scale = float(optimizer.dynamic_scale.numpy())
    return [f"loss scale {scale:g}: {skipped} of {skipped + steps} steps were skipped, whose gradients overflowed"]
