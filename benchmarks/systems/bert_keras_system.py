"""bert_keras, as it is shipped: `bk.load_glue` or `bk.load_squad`, a model with the recipe's optimizer, `model.fit`.

Its settings are `native` (Keras layers in place of the hub's graph), `precision` and `data`, the folder of the sets.
"""

import json
import pathlib
import sys
import tempfile
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from common import recipe
from common.batches import Batches, joined
from common.channel import Blocks, Channel
from common.products import SHAPE, rate

import bert_keras as bk
from bert_keras.optimization.build_optimizer import build_optimizer
from systems.keras_loops import InTurns, LossOfSteps


class System:
    """One encoder in one precision."""

    def __init__(self, channel: Channel, data: str, native: bool = True, precision: str = "float32") -> None:
        self.channel = channel
        self.folder = pathlib.Path(data)
        self.native = native
        self.precision = precision

    def make_batches(self, task: dict[str, Any], count: int, path: str) -> int:
        """Writes `count` batches of the task in the order in which `fit` sees them; returns the batches of an epoch."""
        encoder = self._encoder(dropout=True)
        data = self._data(task, encoder).train
        batches: list = []
        while len(batches) < count:
            batches += [_arrays(features, labels) for features, labels in data]
        model = self._model(task, encoder, count)
        kernel, bias = (weight.numpy() for weight in model.head_weights().values())
        joined(batches, (kernel, bias)).write(path)
        return int(data.cardinality())

    def write_encoders(self, folder: str) -> None:
        """The sample encoder as two SavedModels, `encoder` and `still`, which has no dropout."""
        for name, dropout in (("encoder", recipe.DROPOUT), ("still", 0.0)):
            native = bk.load_encoder(recipe.SAMPLE, native=True, dropout=dropout, attention_dropout=dropout)
            bk.save_encoder(native, pathlib.Path(folder) / name)

    def losses(self, task: dict[str, Any], path: str, steps: int) -> list[float]:
        """The loss of each of the first steps, without dropout."""
        encoder = self._encoder(dropout=False)
        model = self._model(task, encoder, steps, dropout=0.0)
        losses = _Losses()
        model.fit(self._data(task, encoder).train.take(steps), epochs=1, callbacks=[losses], verbose=0)
        return losses.of_steps(Batches.read(path))

    def train(self, task: dict[str, Any], path: str, steps: int) -> str:
        """One `fit` in blocks of steps, as the conductor asks for them."""
        encoder = self._encoder(dropout=True)
        data = self._data(task, encoder).train
        model = self._model(task, encoder, steps)
        epochs = -(-steps // int(data.cardinality()))
        model.fit(data, epochs=epochs, callbacks=[_Turns(Blocks(self.channel))], verbose=0)
        return "ended"

    def product(self, dtype: str) -> float:
        """Operations a second of TensorFlow's matrix product."""
        rows, inner, columns = SHAPE
        left, right = tf.ones([rows, inner], dtype), tf.ones([inner, columns], dtype)
        multiply = tf.function(lambda: tf.linalg.matmul(left, right))
        return rate(lambda: multiply()[0, 0].numpy())

    def _encoder(self, dropout: bool) -> Any:
        if self.native:
            rates = {} if dropout else {"dropout": 0.0, "attention_dropout": 0.0}
            dtype = {"bfloat16": "mixed_bfloat16"}.get(self.precision, "float32")
            return bk.load_encoder(recipe.SAMPLE, native=True, seed=0, dtype=dtype, **rates)
        if dropout:
            return bk.load_encoder(recipe.SAMPLE)
        # A hub's dropout is fixed in its graph, so that the check needs a graph without.
        native = bk.load_encoder(recipe.SAMPLE, native=True, dropout=0.0, attention_dropout=0.0)
        return bk.load_encoder(bk.save_encoder(native, pathlib.Path(tempfile.mkdtemp()) / "encoder"))

    def _data(self, task: dict[str, Any], encoder: Any) -> Any:
        options = {"batch_size": task["batch_size"], "limit": task["limit"], "seed": 0, "parts": ("train",)}
        if task["kind"] == "questions":
            return bk.load_squad("v1.1", encoder, data_dir=self.folder / "squad", **options)
        return bk.load_glue(task["name"], encoder, data_dir=self.folder / "glue", **options)

    def _model(self, task: dict[str, Any], encoder: Any, steps: int, dropout: float = recipe.DROPOUT) -> Any:
        if task["kind"] == "questions":
            model = bk.SpanLabeler(encoder, seed=0)
        else:
            model = bk.TextClassifier(encoder, num_classes=2, dropout=dropout, seed=0)
        ours = bk.Recipe(
            learning_rate=recipe.LEARNING_RATE,
            warmup_share=recipe.WARMUP_SHARE,
            weight_decay=recipe.WEIGHT_DECAY,
            adam_epsilon=recipe.ADAM_EPSILON,
            clip_norm=recipe.CLIP_NORM,
        )
        model.compile(build_optimizer(ours))
        return model


class _Turns(InTurns, keras.callbacks.Callback):
    pass


class _Losses(LossOfSteps, keras.callbacks.Callback):
    pass


def _arrays(features: dict[str, tf.Tensor], labels: Any) -> tuple[np.ndarray, ...]:
    columns = list(labels.values()) if isinstance(labels, dict) else [labels]
    names = ("input_word_ids", "input_mask", "input_type_ids")
    return (*(features[name].numpy() for name in names), np.stack([column.numpy() for column in columns], axis=1))


if __name__ == "__main__":
    talk = Channel()
    system = System(talk, **json.loads(sys.argv[1]))
    jobs = ("make_batches", "write_encoders", "losses", "train", "product")
    talk.serve({name: getattr(system, name) for name in jobs})
