"""`TwoPasses`: the loss of two passes of the same rows, which dropout makes different, and how far apart they are.

R-Drop (Liang et al., 2021, https://arxiv.org/abs/2106.14448): half the sum of both losses, and a share of the mean of
the two Kullback-Leibler divergences between what they say.
"""

from typing import Any

import keras
from keras import ops

from bert_keras.features import MULTI_LABEL, REGRESSION


@keras.saving.register_keras_serializable(package="bert_keras")
class TwoPasses(keras.losses.Loss):
    """A task's loss over logits of one pass or of two.

    Args:
        loss: the loss of one pass: a `keras.losses.Loss`, or its config.
        problem_type: one of `features.PROBLEM_TYPES`: what the logits mean.
        weight: what the distance counts; the distance of numbers is their squared difference.
        **kwargs: of `keras.losses.Loss`.
    """

    def __init__(self, loss: Any, problem_type: str, weight: float, name: str = "two_passes", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.loss = keras.saving.deserialize_keras_object(loss) if isinstance(loss, dict) else loss
        self.problem_type = problem_type
        self.weight = weight

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """float [batch]: of logits [batch, classes], or [batch, 2, classes] of two passes."""
        if len(y_pred.shape) == 2:
            return self.loss.call(y_true, y_pred)
        one, other = y_pred[:, 0], y_pred[:, 1]
        losses = (self.loss.call(y_true, one) + self.loss.call(y_true, other)) / 2
        return losses + self.weight * _distance(one, other, self.problem_type)

    def get_config(self) -> dict[str, Any]:
        loss = keras.saving.serialize_keras_object(self.loss)
        return {**super().get_config(), "loss": loss, "problem_type": self.problem_type, "weight": self.weight}


def _distance(one: Any, other: Any, problem_type: str) -> Any:
    """float [batch]: between two answers [batch, classes], half of the sum of the divergences in both directions.

    That is half of the sum of (p - q) (log p - log q) over what can be said; of several labels the mean of those of
    each, where log p - log q of "yes" less that of "no" is the difference of the logits.
    """
    if problem_type == REGRESSION:
        return ops.mean((one - other) ** 2, axis=-1)
    if problem_type == MULTI_LABEL:
        return ops.mean((ops.sigmoid(one) - ops.sigmoid(other)) * (one - other), axis=-1) / 2
    between = (ops.softmax(one) - ops.softmax(other)) * (ops.log_softmax(one) - ops.log_softmax(other))
    return ops.sum(between, axis=-1) / 2
