"""TensorFlow's checkpoints: where one lies, and its tensors by the names of their variables. No graph is read."""

import math
import os
import pathlib
import re

import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow.core.protobuf.trackable_object_graph_pb2 import TrackableObjectGraph

from bert_keras import checks
from bert_keras.encoders.checkpoints.stored_tensor import StoredTensor
from bert_keras.hub.plain_path import plain_path

_OBJECTS = "_CHECKPOINTABLE_OBJECT_GRAPH"
_ENDING = re.compile(r"\.(index|data-\d{5}-of-\d{5}|meta)$")
_OF_OPTIMIZER = re.compile(r"(^|/)(optimizer|_?optimizer[^/]*)/|/\.OPTIMIZER_SLOT/")
_ERRORS = (ValueError, LookupError, RuntimeError, DecodeError, tf.errors.OpError)  # of a reader, of damaged files


class TensorFlowCheckpoint:
    """A checkpoint of TensorFlow 1 or 2, as its index says.

    Args:
        path: as the user named it.

    Attributes:
        folder: where it lies.
        prefix: the path of its files without their endings.
        has_objects: whether it is TensorFlow 2's, with a graph of objects.
        vocab_file: the path of `vocab.txt` beside it, None where there is none.

    Raises:
        ValueError: if it cannot be read.
    """

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        prefix = checkpoint_prefix(path)
        if prefix is None:
            raise ValueError(checks.message("checkpoint", "be a checkpoint of TensorFlow", str(path)))
        self.prefix, self.folder = prefix, prefix.parent
        try:
            self._reader = tf.train.load_checkpoint(plain_path(str(self.folder)) + f"/{prefix.name}")
            self._shapes = {name: tuple(shape) for name, shape in self._reader.get_variable_to_shape_map().items()}
            self._types = self._reader.get_variable_to_dtype_map()
        except _ERRORS as error:
            raise ValueError(self._damaged("its index cannot be read", error)) from error
        self.has_objects = _OBJECTS in self._shapes
        vocab_file = self.folder / "vocab.txt"
        self.vocab_file = vocab_file if vocab_file.is_file() else None

    def __contains__(self, key: str) -> bool:
        return key in self._shapes

    def by_key(self) -> dict[str, StoredTensor]:
        """The tensors of numbers by their keys, which are the names of TensorFlow 1's variables."""
        self._check_bytes()
        return {key: self._tensor(key, key) for key in self._types if self._is_floating(key)}

    def named(self) -> list[StoredTensor]:
        """The tensors of numbers under the names of TensorFlow 2's variables, without what optimizers keep."""
        self._check_bytes()
        try:
            graph = TrackableObjectGraph.FromString(self._reader.get_tensor(_OBJECTS))
        except _ERRORS as error:
            raise ValueError(self._damaged("its graph of objects cannot be read", error)) from error
        values = [value for node in graph.nodes for value in node.attributes]
        return [
            self._tensor(value.full_name, value.checkpoint_key)
            for value in values
            if not _OF_OPTIMIZER.search(value.checkpoint_key) and self._is_floating(value.checkpoint_key)
        ]

    def _is_floating(self, key: str) -> bool:
        return key in self._types and self._types[key].is_floating

    def _tensor(self, name: str, key: str) -> StoredTensor:
        return StoredTensor(name, self._shapes[key], lambda: self._read(name, key))

    def _read(self, name: str, key: str) -> np.ndarray:
        try:
            return self._reader.get_tensor(key)
        except _ERRORS as error:
            raise ValueError(self._damaged(f"'{name}' cannot be read", error)) from error

    def _check_bytes(self) -> None:
        """An index may promise more than there is, so that reading it would first take the memory."""
        promised = sum(math.prod(self._shapes[key]) * kind.size for key, kind in self._types.items() if kind.size)
        files = [self.folder / name for name in names_in(self.folder) if name.startswith(f"{self.prefix.name}.data-")]
        there = sum(file.stat().st_size for file in files)
        if promised > there:
            reason = f"its tensors are {promised:,} bytes, and its data files have {there:,}"
            raise ValueError(self._damaged(reason))

    def _damaged(self, reason: str, error: Exception | None = None) -> str:
        said = "" if error is None else " TensorFlow says: " + " ".join(str(error).split())[:200]
        must = f"be a whole checkpoint of TensorFlow, and {reason}"
        return checks.message("checkpoint", must, str(self.path), f"Copy all of its files again.{said}")


def checkpoint_prefix(path: pathlib.Path) -> pathlib.Path | None:
    """The files of a checkpoint without their endings: of a folder with one, of one of its files, or of itself.

    None where there is none. Of a folder with several it is the one that TensorFlow wrote last.

    Raises:
        ValueError: for a folder with several, of which none is known to be the last.
    """
    if not os.path.isdir(path):  # which, unlike the path's own methods, takes names of any length
        prefix = path.with_name(_ENDING.sub("", path.name)) if path.name else path
        return prefix if os.path.isfile(f"{prefix}.index") else None
    prefixes = [name.removesuffix(".index") for name in names_in(path) if name.endswith(".index")]
    if len(prefixes) > 1:
        latest = tf.train.latest_checkpoint(plain_path(str(path)))
        if latest is None:
            advice = f"There are {', '.join(prefixes)}: pass one of them, such as '{path / prefixes[-1]}'."
            raise ValueError(checks.message("checkpoint", "be a folder with one checkpoint", str(path), advice))
        prefixes = [pathlib.Path(latest).name]
    return path / prefixes[0] if prefixes else None


def names_in(folder: pathlib.Path) -> list[str]:
    """The names of a folder's files, in order; of one that is not there, none."""
    return sorted(item.name for item in folder.iterdir() if item.is_file()) if folder.is_dir() else []
