"""`TextVectors`: what a classifier's dense layer reads of a text."""

from typing import Any

import keras


class TextVectors(keras.Model):
    """A classifier without its dense layer: from its features to float32 [texts, hidden_size].

    Args:
        model: a `bk.TextClassifier`.
    """

    def __init__(self, model: Any) -> None:
        super().__init__(autocast=False)
        self.model = model

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        return self.model.vectors(inputs)
