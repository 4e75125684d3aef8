"""`LogitsAndDistance`: a classifier that says besides how far a text is from those that it knows."""

from typing import Any

import keras
from keras import ops

from bert_keras.tuned.ordinary_vectors import OrdinaryVectors


class LogitsAndDistance(keras.Model):
    """Logits and `OrdinaryVectors.distances`, of one pass through the encoder: float32 [texts, num_classes + 1].

    A text in windows has the mean of their vectors, of which its logits, which are means too, are those.

    Args:
        model: a `bk.TextClassifier`.
        ordinary: of vectors as it gives.
    """

    def __init__(self, model: Any, ordinary: OrdinaryVectors) -> None:
        super().__init__(autocast=False)
        self.model = model
        self.factor = self._constant("factor", ordinary.factor)
        centre = ordinary.means.mean(axis=0)
        self.centre = self._constant("centre", centre)
        self.means = self._constant("means", (ordinary.means - centre) @ ordinary.factor)  # [groups, size]

    def _constant(self, name: str, value: Any) -> keras.Variable:
        weight = self.add_weight(value.shape, "zeros", "float32", trainable=False, name=name)
        weight.assign(value)
        return weight

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        vectors = self.model.vectors(inputs)
        return ops.concatenate([self.model.classifier(vectors), self._distances(vectors)[:, None]], axis=-1)

    def _distances(self, vectors: Any) -> Any:
        own = ops.matmul(vectors - self.centre, self.factor)
        products = ops.matmul(own, ops.transpose(self.means))
        squares = ops.sum(own**2, axis=1)[:, None] + ops.sum(self.means**2, axis=1) - 2 * products
        return ops.sqrt(ops.maximum(ops.min(squares, axis=1), 0.0))
