"""`FocalCrossentropy`: a cross-entropy to which rows that are answered well count for little (Lin et al., 2017)."""

from typing import Any

import keras
from keras import ops

from bert_keras.models.class_crossentropy import ClassCrossentropy, is_soft

_LEAST = 1e-7  # a power below 1 has no gradient at 0


@keras.saving.register_keras_serializable(package="bert_keras")
class FocalCrossentropy(ClassCrossentropy):
    """Of classes: - sum over c of y_c (1 - p_c)^gamma log p_c, https://arxiv.org/abs/1708.02002. It takes logits.

    Args:
        gamma: 0 or more; 0 is the cross-entropy.
        **kwargs: of `keras.losses.SparseCategoricalCrossentropy`.
    """

    def __init__(self, gamma: float = 2.0, from_logits: bool = True, **kwargs: Any) -> None:
        super().__init__(from_logits=from_logits, **kwargs)
        self.gamma = gamma

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """float [batch]: of numbers [batch] or [batch, 1], or probabilities [batch, classes]."""
        if not is_soft(y_true, y_pred):
            y_true = ops.one_hot(ops.reshape(ops.cast(y_true, "int32"), (-1,)), y_pred.shape[-1], dtype=y_pred.dtype)
        hard = ops.maximum(1.0 - ops.softmax(y_pred), _LEAST) ** self.gamma
        return -ops.sum(ops.cast(y_true, y_pred.dtype) * hard * ops.log_softmax(y_pred), axis=-1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "gamma": self.gamma}
