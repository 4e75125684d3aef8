"""`MaskedSplit`: rows of ids in memory, masked anew each epoch."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras.data.masking.masker import Masker
from bert_keras.data.pipeline import BatchOrder, Split
from bert_keras.features import MASKED_POSITIONS, WORD_IDS
from bert_keras.text.length_steps import in_steps
from bert_keras.text.packing import pad_features
from bert_keras.text.static_shapes import filled_up, padded_length, padded_lengths


@dataclasses.dataclass(frozen=True, eq=False)
class MaskedSplit(Split):
    """One part of texts. In an order that is shuffled each epoch masks anew; in another the mask is always the same.

    Args:
        masker: chooses the tokens; the row's number is that in this split.
        texts: how many texts the rows were made of.
    """

    masker: Masker = dataclasses.field(kw_only=True)
    texts: int = 0

    def masks(self, rows: np.ndarray, epoch: int, predictions: int) -> tuple[np.ndarray, ...]:
        """Places, ids that were there, weights (1, or 0 behind a row's last) and ids that are written in their place.

        Each is [rows, predictions]; behind a row's last, the place is 0 and what is written there is what was there.
        """
        values, splits = self._flat
        places, hidden, written = (np.zeros((len(rows), predictions), "int32") for _ in range(3))
        weights = np.zeros((len(rows), predictions), "float32")
        for number, row in enumerate(rows):
            ids = values[splits[row] : splits[row + 1]]
            chosen, instead = self.masker.choose(ids, epoch, int(row))
            count = len(chosen)
            written[number, count:] = hidden[number, count:] = ids[0]
            places[number, :count], hidden[number, :count], written[number, :count] = chosen, ids[chosen], instead
            weights[number, :count] = 1.0
        return places, hidden, weights, written

    def dataset(self, order: BatchOrder, labels: bool = True) -> tf.data.Dataset:
        """Batches in `order`: (features with `masked_lm_positions`, masked_lm_ids, masked_lm_weights).

        Features are as a `Split`'s; the others are [batch, predictions]. Rows that fill a batch up have weights of 0.
        """
        most = int(self.lengths.max(initial=0))

        def batches() -> Iterator[tuple[np.ndarray, ...]]:
            epoch = order.epoch if order.shuffle else 0
            for rows in order():
                longest = int(self.lengths[rows].max())
                if order.ladder:
                    longest = int(padded_lengths(np.array([longest]), order.ladder)[0])
                masks = self.masks(rows, epoch, self.masker.most(longest))
                if order.ladder:
                    extra = order.batch_size - len(rows)
                    weightless = [0.0 if part is masks[2] else 1.0 for part in masks]
                    masks = tuple(
                        np.concatenate([part, np.repeat(part[:1] * part.dtype.type(keep), extra, axis=0)])
                        for part, keep in zip(masks, weightless, strict=True)
                    )
                yield rows, *masks

        def gather(
            rows: tf.Tensor, places: tf.Tensor, hidden: tf.Tensor, weights: tf.Tensor, written: tf.Tensor
        ) -> Any:
            length = None
            if order.ladder:
                length = padded_length(tf.reduce_max(tf.gather(self.word_ids.row_lengths(), rows)), order.ladder)
                rows, _ = filled_up(rows, order.batch_size)
            features = pad_features(tf.gather(self.word_ids, rows), tf.gather(self.type_ids, rows), length)
            if order.ladder:
                shape = [order.batch_size, order.ladder[0] if len(order.ladder) == 1 else None]
                features = {name: tf.ensure_shape(column, shape) for name, column in features.items()}
                count = self.masker.most(order.ladder[0]) if len(order.ladder) == 1 else None
                places, hidden, weights = (
                    tf.ensure_shape(column, [order.batch_size, count]) for column in (places, hidden, weights)
                )
            else:
                features = in_steps(features, most)
            numbers = tf.broadcast_to(tf.range(tf.shape(places)[0])[:, None], tf.shape(places))
            where = tf.stack([numbers, places], axis=-1)
            features[WORD_IDS] = tf.tensor_scatter_nd_update(features[WORD_IDS], where, written)
            features = {**features, MASKED_POSITIONS: places}
            return (features, hidden, weights) if labels else features

        matrices = [tf.TensorSpec([None, None], dtype) for dtype in (tf.int32, tf.int32, tf.float32, tf.int32)]
        signature = (tf.TensorSpec([None], tf.int64), *matrices)
        dataset = tf.data.Dataset.from_generator(batches, output_signature=signature)
        dataset = dataset.map(gather, num_parallel_calls=2, deterministic=True)
        options = tf.data.Options()
        options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
        dataset = dataset.apply(tf.data.experimental.assert_cardinality(len(order)))
        return dataset.with_options(options).prefetch(4)

    @property
    def _flat(self) -> tuple[np.ndarray, np.ndarray]:
        return self.word_ids.flat_values.numpy(), self.word_ids.row_splits.numpy()
