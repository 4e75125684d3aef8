"""`MaskedEvaluator`: a model of masked words on a part of texts, whose masks are always the same."""

import math
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras.features import UNLABELLED
from bert_keras.masked_lm.masked_data import MaskedData
from bert_keras.masked_lm.masked_lm import MaskedLM
from bert_keras.tuned.evaluator import Evaluator

_MOST = 700.0  # exp of more is no float


class MaskedEvaluator(Evaluator):
    """A `bk.MaskedLM` on each split of a part: every masked place counts alike.

    `masked_accuracy` is the share, in [0, 1], of the masked tokens that the model puts first; `masked_loss` the mean
    cross-entropy in nats; `perplexity` e to the power of that.
    """

    model_class = MaskedLM

    def __init__(self, model: Any, data: MaskedData, part: str) -> None:
        super().__init__(model, data, part)
        self._sums = tf.function(self._sums_of, reduce_retracing=True, autograph=False)

    def __call__(self) -> dict[str, float]:
        scores = {}
        for place, name in enumerate(self.data.names_of(self.part)):
            split = self.data.split(name)
            batches = split.dataset(split.order(self.data.batch_size))
            loss, right, count = np.sum([np.array(self._sums(*batch[:2]), "float64") for batch in batches], axis=0)
            ending = "" if place == 0 else name.removeprefix(self.part)
            scores[f"masked_accuracy{ending}"] = float(right / count)
            scores[f"masked_loss{ending}"] = float(loss / count)
            scores[f"perplexity{ending}"] = math.exp(min(loss / count, _MOST))
        return scores

    def _sums_of(self, features: dict[str, tf.Tensor], ids: tf.Tensor) -> tuple[tf.Tensor, ...]:
        """float32 [] each: the losses of a batch's masked places, how many it guesses, how many there are."""
        logits = tf.cast(self.model(features, training=False), tf.float32)
        is_masked = tf.not_equal(ids, UNLABELLED)
        ids = tf.where(is_masked, ids, 0)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(ids, logits)
        right = tf.equal(tf.argmax(logits, axis=-1, output_type=tf.int32), ids)
        counted = (tf.ones_like(losses), tf.cast(right, tf.float32), losses)
        count, right, loss = (tf.reduce_sum(tf.where(is_masked, column, 0.0)) for column in counted)
        return loss, right, count
