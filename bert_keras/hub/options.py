"""How SavedModels are read and written where variables live on TPU workers, which see no file of this machine."""

from collections.abc import Iterable
from typing import Any

import keras
import tensorflow as tf

HOST = "/job:localhost"  # the process that the user started


def load_options() -> tf.saved_model.LoadOptions | None:
    """Inside the scope of a TPU strategy, options that have this process read the files; None elsewhere."""
    if not isinstance(tf.distribute.get_strategy(), tf.distribute.TPUStrategy):
        return None
    return tf.saved_model.LoadOptions(experimental_io_device=HOST)


def save_options(variables: Iterable[Any]) -> tf.saved_model.SaveOptions | None:
    """Where one of some variables, TensorFlow's or Keras', is on a TPU, options that have this process write the files.

    None elsewhere: in a cluster of several machines this process has another name.
    """
    stored = [variable.value if isinstance(variable, keras.Variable) else variable for variable in variables]
    strategies = [getattr(variable, "distribute_strategy", None) for variable in stored]
    if not any(isinstance(strategy, tf.distribute.TPUStrategy) for strategy in strategies):
        return None
    return tf.saved_model.SaveOptions(experimental_io_device=HOST)
