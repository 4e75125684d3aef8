"""Answers of ours to strings: `bk.load` of a model folder, the SavedModel of `bk.export`, and vectors of `bk.Embedder`.

Its setting is `way`: "hub" or "native", the predictor on either encoder; "served", the export in TensorFlow alone;
"onnx", the export that ONNX Runtime answers for; "vectors".
"""

import json
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from common.answering import Answering
from common.channel import Channel
from common.recipe import SAMPLE
from common.texts import by_length

import bert_keras as bk


def answers_of(way: str, models: str | None, batch_size: int) -> Callable[[list[str]], np.ndarray]:
    """From texts to their probabilities or vectors, float32 [texts, columns]."""
    if way == "vectors":
        return bk.Embedder(SAMPLE, "mean", batch_size, 256, normalize=True)
    if way == "served":
        return _Served(f"{models}/served", batch_size)
    if way == "onnx":
        predictor = bk.load(f"{models}/onnx", batch_size=batch_size)
    else:
        predictor = bk.load(f"{models}/bert_keras", batch_size=batch_size, native=way == "native")
    return lambda texts: np.array([list(answer.probabilities.values()) for answer in predictor(texts)])


class _Served:
    """A SavedModel, called on batches of like lengths."""

    def __init__(self, folder: str, batch_size: int) -> None:
        self.held = tf.saved_model.load(folder)
        self.function = self.held.signatures["serving_default"]
        self.batch_size = batch_size

    def __call__(self, texts: list[str]) -> np.ndarray:
        found: Any = [None] * len(texts)
        for places in by_length(texts, self.batch_size):
            batch = self.function(text=tf.constant([texts[place] for place in places]))
            for place, row in zip(places, batch["probabilities"].numpy(), strict=True):
                found[place] = row
        return np.array(found)


if __name__ == "__main__":
    Answering(Channel(), answers_of, **json.loads(sys.argv[1])).serve()
