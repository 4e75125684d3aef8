"""Soft labels: of each row the probability that it should have of each class, in place of the number of one."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="bert_keras")
class ClassCrossentropy(keras.losses.SparseCategoricalCrossentropy):
    """Keras' cross-entropy of classes, which takes probabilities [batch, classes] as well as numbers [batch]."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """float [batch]: the cross-entropy of each row."""
        if is_soft(y_true, y_pred):
            return ops.categorical_crossentropy(y_true, y_pred, from_logits=self.get_config()["from_logits"])
        return super().call(y_true, y_pred)


def is_soft(labels: Any, logits: Any) -> bool:
    """Whether labels are probabilities [batch, classes], a column for each of the logits'."""
    return is_soft_shape(getattr(labels, "shape", ()), logits.shape[-1])


def is_soft_shape(shape: Any, num_classes: int) -> bool:
    """Whether a shape, of which parts may be unknown, is that of soft labels."""
    return getattr(shape, "rank", 0) is not None and len(shape) == 2 and shape[1] == num_classes > 1


def likeliest(labels: Any, logits: Any) -> Any:
    """The numbers of the classes, int [batch], of soft labels; others as they are."""
    return ops.argmax(labels, axis=-1) if is_soft(labels, logits) else labels
