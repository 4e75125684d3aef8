"""`draw_again`: random weights in the place of an encoder's own. Imports no TensorFlow."""

import zlib
from collections.abc import Mapping
from typing import Any

import keras

_ZEROS = ("bias", "beta")


def draw_again(weights: Mapping[str, keras.Variable], deviation: float, seed: int) -> None:
    """Gives weights what a fresh BERT has: truncated normals, biases of 0, norms of 1. Each is drawn by its name."""
    for name, weight in weights.items():
        weight.assign(_initializer(name, deviation, seed)(weight.shape, weight.dtype))


def _initializer(name: str, deviation: float, seed: int) -> Any:
    last = name.rpartition("/")[2]
    if last in _ZEROS:
        return keras.initializers.Zeros()
    if last == "gamma":
        return keras.initializers.Ones()
    return keras.initializers.TruncatedNormal(stddev=deviation, seed=zlib.crc32(f"{seed}/{name}".encode()) >> 1)
