"""`TokenLabelModel`: labels of tokens, those without one, `UNLABELLED` (-1), count nowhere; its loss and accuracy."""

from typing import Any

import keras
from keras import ops

from bert_keras import checks
from bert_keras.features import UNLABELLED
from bert_keras.models.metrics_on_logits import labelled_tokens, of_tokens
from bert_keras.models.sequence_model import SequenceModel
from bert_keras.models.targets import guard_token_classes


class TokenLabelModel(SequenceModel):
    """A model whose labels are classes of tokens, int [batch, tokens], -1 for a token without one.

    The loss is the mean cross-entropy over the labelled tokens of the batch, each of which counts alike: over the
    micro-batches and the replicas too.
    """

    labels_tokens = True

    @property
    def token_classes(self) -> int:
        """How many classes a token's label is one of: the logits' columns."""
        raise NotImplementedError

    def default_loss(self) -> keras.losses.Loss:
        return LabelledCrossentropy()

    def default_metrics(self) -> list[keras.metrics.Metric]:
        return [LabelledAccuracy(name="accuracy")]

    def check_targets(self, name: str, targets: Any) -> None:
        if isinstance(targets, dict):
            raise TypeError(checks.message(name, "be an array", sorted(targets), "Pass the labels themselves."))
        checks.token_classes(name, targets, self.token_classes, UNLABELLED)

    def guard_targets(self, targets: Any, outputs: Any) -> Any:
        return guard_token_classes(targets, self.token_classes, outputs)

    def counts_of(self, y: Any) -> Any:
        """int32 [batch]: how many tokens of each row have a label; None for no labels, or a user's own loss."""
        if y is None or not self._has_task_loss():
            return None
        return ops.sum(ops.cast(ops.not_equal(y, UNLABELLED), "int32"), axis=1)


@keras.saving.register_keras_serializable(package="bert_keras")
class LabelledCrossentropy(keras.losses.Loss):
    """Sparse categorical cross-entropy, the mean over the labelled tokens of the batch; 0 where there are none.

    Labels are int [batch, tokens], predictions logits [batch, tokens, classes]. A `sample_weight`, [batch] or
    [batch, tokens], multiplies the losses; the sum is still divided by the number of labelled tokens.
    """

    def __init__(self, name: str = "labelled_crossentropy", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        return super().__call__(y_true, y_pred, of_tokens(sample_weight))

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
        super().update_state(*labelled_tokens(y_true, y_pred, sample_weight))
