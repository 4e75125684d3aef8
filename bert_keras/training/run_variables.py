"""What a run's next step depends on, as variables and as arrays."""

import keras
import numpy as np


def run_variables(model: keras.Model, with_optimizer: bool = True, within: bool = False) -> dict[str, keras.Variable]:
    """All that an epoch's first step depends on: weights, dropout seeds, the optimizer's variables.

    By their places, as Keras numbers names within a process: the same model has others in the next one. `within` an
    epoch a word table goes on lagging behind.
    """
    optimizer = model.optimizer
    lagging = getattr(optimizer, "variables_within_epoch", None) if within else None
    of_optimizer = [] if not with_optimizer else optimizer.variables if lagging is None else lagging()
    return {str(place): variable for place, variable in enumerate([*_own_variables(model), *of_optimizer])}


def run_arrays(model: keras.Model, **options: bool) -> dict[str, np.ndarray]:
    """The values of `run_variables`: views of the tensors, as copies of all of them took half the time."""
    tensors = {n: keras.ops.convert_to_tensor(v) for n, v in run_variables(model, **options).items()}
    return {n: np.asarray(tensor) for n, tensor in tensors.items()}


def _own_variables(model: keras.Model) -> list[keras.Variable]:
    metrics = {id(variable) for variable in model.metrics_variables}
    return [variable for variable in model.variables if id(variable) not in metrics]
