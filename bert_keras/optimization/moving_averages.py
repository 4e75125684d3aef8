"""The moving averages of weights that an optimizer with `use_ema` keeps: begun, moved by a step, exchanged."""

from collections.abc import Iterator
from typing import Any

import keras
from keras import ops


def begin_averages(optimizer: keras.optimizers.Optimizer) -> None:
    """Has a built optimizer average from what its weights are now, and train on them."""
    for weight, average in _pairs(optimizer):
        average.assign(weight)
    optimizer.averages_are_in = False


def average_step(optimizer: keras.optimizers.Optimizer, variable: Any) -> None:
    """Moves the average of a variable that an update has changed; after the first update it is the variable itself.

    It is for `update_step`, within which a replica may assign its own copy; Keras averages where it may not.
    """
    average = optimizer._model_variables_moving_average[optimizer._get_variable_index(variable)]
    kept = ops.where(optimizer.iterations > 0, optimizer.ema_momentum, 0.0)
    optimizer.assign_sub(average, (average - variable) * ops.cast(1.0 - kept, variable.dtype))


def swap_averages(optimizer: keras.optimizers.Optimizer, into_model: bool) -> None:
    """Has the model have the averages of its weights, or the weights that are trained on; where it does, nothing.

    The others are kept in their place among the optimizer's variables.
    """
    if into_model == optimizer.averages_are_in:
        return
    for weight, average in _pairs(optimizer):
        value = ops.convert_to_numpy(weight)
        weight.assign(average)
        average.assign(value)
    optimizer.averages_are_in = into_model


def _pairs(optimizer: keras.optimizers.Optimizer) -> Iterator[tuple[keras.Variable, keras.Variable]]:
    return zip(optimizer._trainable_variables, optimizer._model_variables_moving_average, strict=True)
