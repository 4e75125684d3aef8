"""`StoredTensor`: one tensor of a file, of which name and shape are known before it is read."""

import dataclasses
from collections.abc import Callable

import numpy as np


@dataclasses.dataclass(frozen=True)
class StoredTensor:
    """A tensor in a file.

    Args:
        name: what the file calls it.
        shape: of its array.
        read: gives the array; ValueError if the file is damaged.
    """

    name: str
    shape: tuple[int, ...]
    read: Callable[[], np.ndarray]
