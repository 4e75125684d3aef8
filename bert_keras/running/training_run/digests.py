"""`digests`: what several workers, or a run and the one that goes on with it, must have alike, in a few bytes each."""

import hashlib
import json
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras.data.task_data import TaskData
from bert_keras.encoders.encoder import Encoder


def digests(settings: dict[str, Any], data: TaskData, encoder: Encoder) -> dict[str, str]:
    """sha256 in hexadecimal, by name.

    They are of the settings, of each split's ids and labels, of the classes' names ("labels"), of the encoder's weights
    ("encoder"), and of its vocabulary with its casing ("vocabulary").
    """
    found = {"settings": hashlib.sha256(json.dumps(settings, sort_keys=True).encode("utf-8")).hexdigest()}
    for name, split in data.splits.items():
        rows = (split.word_ids.flat_values, split.type_ids.flat_values, split.word_ids.row_lengths())
        labels = tf.nest.flatten(split.targets(), expand_composites=True)
        found[name] = _of_arrays([*rows, *labels, getattr(split.examples, "weights", None)])
    names = json.dumps(list(getattr(data, "label_names", None) or ()))
    found["labels"] = hashlib.sha256(names.encode("utf-8")).hexdigest()
    found["vocabulary"] = encoder.tokenizer.digest()
    weights = encoder.named_weights()
    found["encoder"] = _of_arrays([weights[name] for name in sorted(weights)])
    return found


def _of_arrays(arrays: list[Any]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        if array is not None:
            values = np.ascontiguousarray(array)
            digest.update(f"{values.dtype} {values.shape}".encode())
            digest.update(values.tobytes())
    return digest.hexdigest()
