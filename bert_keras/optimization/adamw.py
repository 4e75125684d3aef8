"""`AdamW`: Keras' AdamW with BERT's exclusions, an exact global norm, and TensorFlow's fused update."""

import contextlib
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from bert_keras import checks
from bert_keras.optimization.finite_updates import (
    are_finite,
    dense,
    half_square_sum,
    summed_over_replicas,
    total_of,
    update_where,
)
from bert_keras.optimization.moving_averages import MovingAverages
from bert_keras.optimization.recipe import LEAST_LAYER_DECAY
from bert_keras.optimization.warmup_decay import WarmupDecay

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf

    from bert_keras.optimization.laid_decay import LaidDecay
    from bert_keras.optimization.step_numbers import StepNumbers, adam_numbers
    from bert_keras.optimization.table_rows import TableRows
else:
    tf = None

# Loshchilov and Hutter (https://arxiv.org/abs/1711.05101); BERT decays neither biases nor layer norms.
NOT_DECAYED = ("bias", "gamma", "beta", "layer_norm", "LayerNorm")


@keras.saving.register_keras_serializable(package="bert_keras")
class AdamW(keras.optimizers.AdamW):
    """`keras.optimizers.AdamW` for BERT: the same update, with six differences.

    * Weight decay leaves out biases and layer norms, by name, from the start; `exclude_from_weight_decay` adds to them.
    * The global norm is that of the dense gradient. Keras squares the rows of the word table's sparse gradient one by
      one, which counts a word that stands twice in a batch wrongly.
    * Under a `tf.distribute` strategy the gradients are added up over the replicas before they are clipped, so the norm
      is that of the whole batch. Keras clips each replica's own.
    * A step whose gradient is not finite changes nothing, `iterations` neither. (On other backends than TensorFlow that
      takes `finite_updates`, which a model's `compile` calls.)
    * On TensorFlow the update of a variable is one fused operation in place of a dozen passes over memory; of a word
      table, where `by_rows` was called and its `rows` are open, of those rows alone.
    * With a `layer_decay` below 1 the rate of a variable, and so what weight decay takes of it, is a share of the
      schedule's: models of this library say of which when they are compiled (`lay_shares`).

    Args:
        learning_rate, weight_decay, name, **kwargs: Keras' own.
        layer_decay: in [0.1, 1]: the rate of a layer, in parts of that of the layer above it.

    Attributes:
        gradients_are_summed: whether `apply` is given gradients that were added up over the replicas already, and
            looked at.
        looks_at_gradients: whether `apply` leaves out a gradient that is not finite by itself.
        rows: the `TableRows` of a word table; None for none.
        averages: the `MovingAverages` of Keras' `use_ema`; None without.
    """

    gradients_are_summed = False
    looks_at_gradients = tf is not None
    rows = None
    _share_of = None  # of `lay_shares`
    _shares: tuple[float, ...] = ()  # of the rate, by variable; none where all have the whole
    _step = None  # the `StepNumbers` of one replica, while one is applied

    def __init__(
        self,
        learning_rate: Any = 5e-5,
        weight_decay: float = 0.01,
        name: str = "adamw",
        layer_decay: float = 1.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, weight_decay=weight_decay, name=name, **kwargs)
        self.layer_decay = checks.number("layer_decay", layer_decay, LEAST_LAYER_DECAY, 1.0)
        self.averages = MovingAverages(self) if self.use_ema else None
        self.exclude_from_weight_decay()
        self.waits_for_steps = isinstance(learning_rate, WarmupDecay) and learning_rate.total_steps is None
        self._open_schedule = learning_rate

    def lay_shares(self, share_of: Callable[[keras.Variable], float]) -> None:
        """Gives each variable a share of the schedule's rate, which takes the place of all that were given before.

        Args:
            share_of: called with a variable that is trained; above 0 and at most 1.
        """
        self._share_of = share_of
        if self.built:
            self._share_rates()

    def build(self, variables: list[keras.Variable]) -> None:
        super().build(variables)
        self._share_rates()
        if self.averages is not None:
            with contextlib.nullcontext() if tf is None else tf.init_scope():
                self.averages.begin()

    def _share_rates(self) -> None:
        if self.layer_decay == 1.0:
            return
        if self._share_of is None:
            advice = "Models of this library give each weight its share of the rate when they are compiled."
            raise ValueError(checks.message("layer_decay", "be 1 in any other model", self.layer_decay, advice))
        self._shares = tuple(map(self._share_of, self._trainable_variables))

    @property
    def schedule(self) -> Any:
        """The rate or schedule that a step traced now goes by."""
        return self._learning_rate

    def lay_schedule(self, total_steps: int, steps_before: int = 0, in_place: bool = False) -> None:
        """Lays a schedule that waits for its steps over `total_steps` updates.

        Args:
            total_steps: of the whole run.
            steps_before: those of the run that came before the next update.
            in_place: whether the numbers go into a variable that traced steps read, of one device of TensorFlow. Else
                `schedule` is another one each time, and a step must be traced anew.
        """
        # Schedules count calls of `apply`: with gradient_accumulation_steps these are more than `iterations`.
        first_step = int(keras.ops.convert_to_numpy(self._iterations)) - steps_before
        if not in_place:
            self.learning_rate = self._open_schedule.for_steps(total_steps, first_step)
            return
        if not isinstance(self.schedule, LaidDecay):
            self.learning_rate = LaidDecay(self._open_schedule)
        self.schedule.lay(total_steps, first_step)

    def open_schedule(self) -> None:
        """Takes back `lay_schedule`: the rate is the peak until a schedule is laid again."""
        if tf is not None and isinstance(self.schedule, LaidDecay):
            self.schedule.open()
        else:
            self.learning_rate = self._open_schedule

    def exclude_from_weight_decay(self, var_list: Any = None, var_names: Any = None) -> None:
        """Leaves variables out of weight decay, beside the biases and layer norms; call it before the first update."""
        super().exclude_from_weight_decay(var_list, [*NOT_DECAYED, *(var_names or [])])

    def by_rows(self, table: keras.Variable) -> bool:
        """Makes the `rows` of a table that the optimizer was built with; False for an optimizer that cannot have them.

        It cannot where values are kept beside the moments, or gradients from step to step.
        """
        others = (self.amsgrad, self.use_ema, self.clipnorm, self.clipvalue)
        if any(others) or self.gradient_accumulation_steps or self.loss_scale_factor or table.dtype != "float32":
            return False
        if self.rows is None or self.rows.table is not table.value:
            index = self._get_variable_index(table)
            self.rows = TableRows(table.value, self._momentums[index].value, self._velocities[index].value)
        return True

    def finalize_variable_values(self, var_list: Any) -> None:
        """Keras' own, at the end of `fit`; where the averages stand in the model already, nothing."""
        if self.averages is None or not self.averages.are_in:
            super().finalize_variable_values(var_list)

    @property
    def variables(self) -> list[keras.Variable]:
        if self.rows is not None and tf.executing_eagerly():
            self.rows.write_back()
        return super().variables

    def variables_within_epoch(self) -> list[keras.Variable]:
        """As `variables`, of a table that goes on lagging behind as `rows.lag()` says."""
        if self.rows is not None:
            self.rows.write_moments()
        return super().variables

    def get_config(self) -> dict[str, Any]:
        config = {**super().get_config(), "layer_decay": self.layer_decay}
        if self.waits_for_steps:  # a model that is saved and reloaded gets a schedule of its own from its next `fit`
            config["learning_rate"] = keras.optimizers.schedules.serialize(self._open_schedule)
        return config

    def apply(self, grads: Any, trainable_variables: Any = None) -> None:
        if tf is None:
            return super().apply(grads, trainable_variables)
        rows = self.rows if self.rows is not None and self.rows.is_open else None
        variables = self._trainable_variables if trainable_variables is None else trainable_variables
        pairs = list(zip(grads, variables, strict=True))
        grads = [rows.gradient(own) if self._is_of_rows(variable) else own for own, variable in pairs]
        gradients = [dense(gradient) for gradient in grads]
        gradients = gradients if self.gradients_are_summed else summed_over_replicas(gradients)
        if not self.built:
            self.build(variables)

        def update(gradients: list[Any]) -> None:
            super(AdamW, self).apply(gradients, variables)

        context = tf.distribute.get_replica_context()
        is_one = context is not None and context.num_replicas_in_sync == 1
        halves = [half_square_sum(*pair) for pair in zip(grads if is_one else gradients, gradients, strict=True)]
        if is_one:
            rate = tf.convert_to_tensor(super()._get_current_learning_rate())
            clipped = None if self.loss_scale_factor or self.gradient_accumulation_steps else halves
            self._step = StepNumbers({"lr": rate, **adam_numbers(self, "float32")}, self._shares, clipped)
        try:
            if self.gradients_are_summed:  # and looked at
                return update(gradients)
            finite = are_finite(halves)
            if not is_one or not self._can_stand_still(variables):
                return update_where(finite, update, gradients)
            self._step = self._step.moving_where(finite)
            with tf.control_dependencies([finite]):  # where a gradient fails, nothing is counted
                update(gradients)
            self._iterations.assign_sub(tf.cast(tf.logical_not(finite), self._iterations.dtype))
        finally:
            self._step = None

    def _can_stand_still(self, variables: list[Any]) -> bool:
        """Whether `StepNumbers.moving_where` has numbers for all that an update does."""
        others = self.amsgrad, self.use_ema, self.clipnorm, self.clipvalue, self.gradient_accumulation_steps
        if any(others) or self.loss_scale_factor or not self.global_clipnorm:
            return False
        values = [getattr(variable, "value", variable) for variable in variables]
        return all(hasattr(value, "handle") and value.dtype == tf.float32 for value in values)

    def _share(self, variable: Any) -> float:
        return self._shares[self._get_variable_index(variable)] if self._shares else 1.0

    def _get_current_learning_rate(self) -> Any:
        return super()._get_current_learning_rate() if self._step is None else self._step.adam["lr"]

    def _clip_gradients(self, grads: list[Any]) -> list[Any]:
        """Keras' clipping; the global norm in one pass over the gradients, of which the word table's has few rows."""
        if tf is None or self.clipnorm or not self.global_clipnorm:
            return super()._clip_gradients(grads)
        halves = None if self._step is None else self._step.halves
        norm = tf.sqrt(total_of(halves or [half_square_sum(gradient, gradient) for gradient in grads]))
        share, times = self.global_clipnorm / tf.maximum(norm, self.global_clipnorm), tf.multiply
        if self._step is not None and self._step.moves is not None:
            share, times = tf.where(self._step.moves, share, 0.0), tf.math.multiply_no_nan
        return [None if gradient is None else times(gradient, tf.cast(share, gradient.dtype)) for gradient in grads]

    def _apply_weight_decay(self, variables: list[Any]) -> None:
        if self._step is None and self._shares:
            return None  # `update_step` does it, with the rate of the variable
        if self._step is None or self.weight_decay is None:
            return super()._apply_weight_decay(variables)
        left = self._step.left_by_decay(self.weight_decay)
        for variable in filter(self._use_weight_decay, variables):
            own = tf.cast(left[self._share(variable)], variable.dtype)
            if self._is_of_rows(variable):
                self.rows.decay(own)
            else:
                variable.value.assign(variable.value * own)  # in one pass
        return None

    def _is_of_rows(self, variable: Any) -> bool:
        """Whether a variable is a table of which some rows alone are updated."""
        own = getattr(variable, "value", variable) if isinstance(variable, keras.Variable) else variable
        return self.rows is not None and self.rows.is_open and own is self.rows.table

    def _all_reduce_sum_gradients(self, grads_and_vars: Any) -> Any:
        # Keras would add them up here, after clipping; `apply` has done it.
        return grads_and_vars

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        if self._step is not None:
            learning_rate = self._step.rates[self._share(variable)]
        elif self._shares:
            learning_rate = learning_rate * self._share(variable)
            if self.weight_decay is not None and self._use_weight_decay(variable):
                self.assign_sub(variable, variable * ops.cast(learning_rate * self.weight_decay, variable.dtype))
        if tf is None:
            return super().update_step(gradient, variable, learning_rate)
        if self.amsgrad or not hasattr(variable, "handle"):
            super().update_step(gradient, variable, learning_rate)
        else:
            self._update_fused(gradient, variable, learning_rate)
        if self.averages is not None:
            self.averages.step(variable)
        return None

    def _update_fused(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        dtype, index = variable.dtype, self._get_variable_index(variable)
        is_known = self._step is not None and dtype == tf.float32
        numbers = self._step.adam if is_known else adam_numbers(self, dtype)
        numbers = {**numbers, "lr": tf.cast(learning_rate, dtype)}
        if self._is_of_rows(variable):
            return self.rows.update(tf.cast(gradient, dtype), numbers)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            **numbers,
            grad=tf.cast(gradient, dtype),
        )
        return None

    def _update_model_variables_moving_average(self, trainable_variables: Any) -> None:
        # On TensorFlow `update_step` has done it, where replicas can assign.
        if tf is None:
            super()._update_model_variables_moving_average(trainable_variables)
