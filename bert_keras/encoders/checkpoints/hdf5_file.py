"""`Hdf5File`: the arrays of an HDF5 file, none of which is taken from another file or promised and not there."""

import math
import pathlib
from typing import Any

import h5py
import numpy as np

from bert_keras import checks
from bert_keras.encoders.checkpoints.stored_tensor import StoredTensor

_MOST = 100_000  # groups and arrays that are looked at; a BERT of 24 layers has some thousand


class Hdf5File:
    """An HDF5 file of float arrays.

    Args:
        path: of the file.

    Attributes:
        tensors: the arrays, by their paths in it.
        named: by the path of a group, what its attribute "name" says, where it has one.

    Raises:
        ValueError: if it is no HDF5 file, or has links to other files, or arrays that are not whole in it.
    """

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        self.tensors: dict[str, StoredTensor] = {}
        self.named: dict[str, str] = {}
        try:
            with h5py.File(path, "r") as file:
                pending: list[tuple[str, h5py.Group]] = [("", file)]
                while pending:
                    begin, group = pending.pop()
                    pending += self._look_into(begin, group)
        except (OSError, RuntimeError, KeyError, TypeError) as error:  # the last for names that are no UTF-8
            raise ValueError(self._bad("be a whole HDF5 file", " ".join(str(error).split())[:200])) from error

    def _look_into(self, begin: str, group: h5py.Group) -> list[tuple[str, h5py.Group]]:
        """Notes a group's arrays; returns the groups in it."""
        name = group.attrs.get("name")
        if isinstance(name, str):
            self.named[begin.rstrip("/")] = name
        below = []
        for key in group:
            inner = begin + key
            if not isinstance(group.get(key, getlink=True), h5py.HardLink):
                raise ValueError(self._bad("hold its arrays itself", f"'{inner}' is a link to another place."))
            item = group[key]
            if isinstance(item, h5py.Group):
                below.append((f"{inner}/", item))
            elif isinstance(item, h5py.Dataset) and item.dtype.kind == "f":
                self._check(inner, item)
                self.tensors[inner] = StoredTensor(inner, tuple(item.shape), lambda inner=inner: self._read(inner))
            if len(self.tensors) + len(below) > _MOST:  # hard links may lead round in circles
                raise ValueError(self._bad(f"hold at most {_MOST:,} arrays and groups", "No BERT has so many."))
        if begin.count("/") > 50:
            raise ValueError(self._bad("hold groups in at most 50 levels", "No BERT has so many."))
        return below

    def _check(self, name: str, item: Any) -> None:
        if item.external or item.is_virtual:
            raise ValueError(self._bad("hold its arrays itself", f"'{name}' lies in another file."))
        size = math.prod(item.shape) * item.dtype.itemsize
        if item.id.get_storage_size() != size:
            advice = f"'{name}' is {size:,} bytes, of which {item.id.get_storage_size():,} are there."
            raise ValueError(self._bad("hold whole arrays, not packed", advice))

    def _read(self, name: str) -> np.ndarray:
        try:
            with h5py.File(self.path, "r") as file:
                return file[name][()]
        except (OSError, RuntimeError, KeyError) as error:
            raise ValueError(self._bad(f"have '{name}' whole", " ".join(str(error).split())[:200])) from error

    def _bad(self, must: str, advice: str) -> str:
        return checks.message("checkpoint", must, str(self.path), advice)
