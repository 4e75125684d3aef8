"""TensorFlow's tutorial of BERT: `hub.KerasLayer` in a model of tf_keras, every row padded to the same length.

Its setting is `encoders`, a folder with the SavedModels `encoder` and `still`, of which the second has no dropout.
"""

import json
import pathlib
import sys
from typing import Any

import tensorflow as tf
import tensorflow_hub as hub
import tf_keras
from common import recipe
from common.batches import Batches
from common.channel import Blocks, Channel

from systems.keras_loops import InTurns, LossOfSteps
from systems.padded import LENGTH, padded_dataset

NAMES = ("input_word_ids", "input_mask", "input_type_ids")


class System:
    """The tutorial's model and `fit`."""

    def __init__(self, channel: Channel, encoders: str) -> None:
        self.channel = channel
        self.encoders = pathlib.Path(encoders)

    def losses(self, task: dict[str, Any], path: str, steps: int) -> list[float]:
        """The loss of each of the first steps, without dropout."""
        batches = Batches.read(path)
        losses = _Losses()
        model = self._model("still", batches, steps, dropout=0.0)
        model.fit(padded_dataset(batches, steps, NAMES), callbacks=[losses], verbose=0)
        return losses.of_steps(batches)

    def train(self, task: dict[str, Any], path: str, steps: int) -> str:
        """One `fit` in blocks of steps, as the conductor asks for them."""
        batches = Batches.read(path)
        model = self._model("encoder", batches, steps, recipe.DROPOUT)
        model.fit(padded_dataset(batches, steps, NAMES), callbacks=[_Turns(Blocks(self.channel))], verbose=0)
        return "ended"

    def _model(self, encoder: str, batches: Batches, steps: int, dropout: float) -> Any:
        inputs = {name: tf_keras.layers.Input([LENGTH], dtype=tf.int32, name=name) for name in NAMES}
        pooled = hub.KerasLayer(str(self.encoders / encoder), trainable=True)(inputs)["pooled_output"]
        head = tf_keras.layers.Dense(2)
        model = tf_keras.Model(inputs, head(tf_keras.layers.Dropout(dropout)(pooled)))
        head.set_weights([batches.kernel, batches.bias])
        optimizer = tf_keras.optimizers.AdamW(_Rate(steps), **recipe.ADAMW)
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        model.compile(optimizer, tf_keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        return model


class _Turns(InTurns, tf_keras.callbacks.Callback):
    pass


class _Losses(LossOfSteps, tf_keras.callbacks.Callback):
    pass


class _Rate(tf_keras.optimizers.schedules.LearningRateSchedule):
    """`recipe.rate_share` of the peak, out of a table."""

    def __init__(self, total: int) -> None:
        self.rates = [recipe.LEARNING_RATE * recipe.rate_share(step, total) for step in range(total)]

    def __call__(self, step: Any) -> Any:
        return tf.gather(self.rates, tf.minimum(tf.cast(step, tf.int32), len(self.rates) - 1))


if __name__ == "__main__":
    talk = Channel()
    system = System(talk, **json.loads(sys.argv[1]))
    talk.serve({name: getattr(system, name) for name in ("losses", "train")})
