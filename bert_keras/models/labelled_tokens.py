"""Loss and accuracy over the tokens of a batch that have a label; the others, `UNLABELLED` (-1), count nowhere."""

from typing import Any

import keras
from keras import ops

from bert_keras.features import UNLABELLED


def labelled_in_rows(labels: Any) -> Any:
    """int32 [batch]: how many tokens of each row, int [batch, tokens], have a label; None for no labels."""
    return None if labels is None else ops.sum(ops.cast(ops.not_equal(labels, UNLABELLED), "int32"), axis=1)


@keras.saving.register_keras_serializable(package="bert_keras")
class LabelledCrossentropy(keras.losses.Loss):
    """Sparse categorical cross-entropy, the mean over the labelled tokens of the batch; 0 where there are none.

    Labels are int [batch, tokens], predictions logits [batch, tokens, classes]. A `sample_weight`, [batch] or
    [batch, tokens], multiplies the losses; the sum is still divided by the number of labelled tokens.
    """

    def __init__(self, name: str = "labelled_crossentropy", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        return super().__call__(y_true, y_pred, _of_tokens(sample_weight))

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """float [batch, tokens], such that Keras' mean over all places is that over the labelled ones."""
        is_labelled = ops.not_equal(y_true, UNLABELLED)
        classes = ops.cast(ops.where(is_labelled, y_true, 0), "int32")
        losses = ops.where(is_labelled, ops.sparse_categorical_crossentropy(classes, y_pred, from_logits=True), 0.0)
        mask = ops.cast(is_labelled, losses.dtype)
        return losses * ops.sum(ops.ones_like(mask)) / ops.maximum(ops.sum(mask), 1.0)


@keras.saving.register_keras_serializable(package="bert_keras")
class LabelledAccuracy(keras.metrics.SparseCategoricalAccuracy):
    """The share of the labelled tokens whose class has the highest logit."""

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        is_labelled = ops.not_equal(y_true, UNLABELLED)
        weight = ops.cast(is_labelled, "float32")
        if sample_weight is not None:
            weight = weight * ops.cast(_of_tokens(sample_weight), "float32")
        # Laid end to end: of [batch, tokens] Keras takes the means of rows, which weighs batches by their length.
        classes = ops.reshape(ops.where(is_labelled, y_true, 0), (-1,))
        super().update_state(classes, ops.reshape(y_pred, (-1, y_pred.shape[-1])), ops.reshape(weight, (-1,)))


def _of_tokens(sample_weight: Any) -> Any:
    """Weights of rows [batch] as [batch, 1]: Keras would lay them on the tokens."""
    if sample_weight is None or len(sample_weight.shape) != 1:
        return sample_weight
    return ops.expand_dims(sample_weight, -1)
