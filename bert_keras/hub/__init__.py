"""TensorFlow Hub's SavedModels: `KerasLayer`, a Keras 3 layer, and `resolve`, from a handle to a local folder."""

from bert_keras.hub.keras_layer import KerasLayer
from bert_keras.hub.resolving import resolve

__all__ = ["KerasLayer", "resolve"]
