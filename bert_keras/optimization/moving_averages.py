"""`MovingAverages`: the averages of its weights that an optimizer with `use_ema` keeps."""

from collections.abc import Iterator
from typing import Any

import keras
from keras import ops


class MovingAverages:
    """The averages as Keras works them out, but that replicas can assign them, and that they can go into the model.

    Args:
        optimizer: with `use_ema`; when it is built `begin` is called.

    Attributes:
        are_in: whether the averages stand in the model, and the weights that are trained on in their place.
    """

    def __init__(self, optimizer: keras.optimizers.Optimizer) -> None:
        self.are_in = False
        self._optimizer = optimizer

    def begin(self) -> None:
        """Has the optimizer average from what its weights are now, and train on them.

        Those that no gradient reaches stay in their averages what they are.
        """
        for weight, average in self._pairs():
            average.assign(weight)
        self.are_in = False

    def step(self, variable: Any) -> None:
        """Moves the average of a variable that an update has changed; after the first update it is the variable itself.

        It is for `update_step`, within which a replica may assign its own copy; Keras averages where it may not.
        """
        optimizer = self._optimizer
        average = optimizer._model_variables_moving_average[optimizer._get_variable_index(variable)]
        kept = ops.where(optimizer.iterations > 0, optimizer.ema_momentum, 0.0)
        optimizer.assign_sub(average, (average - variable) * ops.cast(1.0 - kept, variable.dtype))

    def swap(self, into_model: bool) -> None:
        """Has the model have the averages, or the weights that are trained on; where it does, nothing."""
        if into_model == self.are_in:
            return
        for weight, average in self._pairs():
            value = ops.convert_to_numpy(weight)
            weight.assign(average)
            average.assign(value)
        self.are_in = into_model

    def _pairs(self) -> Iterator[tuple[keras.Variable, keras.Variable]]:
        optimizer = self._optimizer
        return zip(optimizer._trainable_variables, optimizer._model_variables_moving_average, strict=True)
