"""`HeadDropout`: dropout before a head."""

from typing import Any

import keras

from bert_keras.replica_seeds import ReplicaSeeds


class HeadDropout(keras.layers.Layer):
    """Keras' `Dropout` in float32, whose replicas drop different units.

    Args:
        rate: the share that is dropped, in [0, 1).
        seed: of what is dropped; None draws from Keras' global seed.
    """

    def __init__(self, rate: float, seed: int | None = None) -> None:
        super().__init__(name="head_dropout", dtype="float32")
        self.rate = rate
        self.seed = seed
        self._seeds = ReplicaSeeds(seed)
        self.built = True

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """float32, of the shape of `inputs`."""
        return keras.random.dropout(inputs, self.rate, seed=self._seeds) if training and self.rate > 0 else inputs
