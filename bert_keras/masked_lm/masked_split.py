"""`MaskedSplit`: rows of ids in memory, masked anew each epoch."""

import dataclasses
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras import checks
from bert_keras.data.batch_order import BatchOrder
from bert_keras.data.labelled_rows import LabelledRows
from bert_keras.data.split import Split, batches_as_dataset
from bert_keras.features import MASKED_POSITIONS, UNLABELLED, WORD_IDS
from bert_keras.masked_lm.document_lines import DocumentLines
from bert_keras.masked_lm.masker import Masker
from bert_keras.text.packing import combine_segments, pad_features
from bert_keras.text.padding import filled_up, padded_length, padded_lengths

ROWS = ("packed", "texts")
_ENCODE_TEXTS = 1024  # tokenized in one call


@dataclasses.dataclass(frozen=True, eq=False)
class MaskedSplit(Split):
    """One part of texts. In an order that is shuffled each epoch masks anew; in another the mask is always the same.

    Args:
        masker: chooses the tokens; the row's number is that in this split.
        texts: how many texts the rows were made of.
    """

    examples: LabelledRows
    masker: Masker = dataclasses.field(kw_only=True)
    texts: int = 0

    def take(self, rows: np.ndarray) -> "MaskedSplit":
        ids = {name: tf.gather(getattr(self, name), rows) for name in ("word_ids", "type_ids")}
        return dataclasses.replace(self, examples=self.examples.take(rows), **ids)

    def masks(
        self, rows: np.ndarray, epoch: int, predictions: int, height: int | None = None
    ) -> tuple[np.ndarray, ...]:
        """Places, ids that were there, and ids that are written in their place.

        Each is [rows, predictions], or [height, predictions] with rows behind that have no masks. Behind a row's last
        mask the place is 0, where [CLS] is written again, and the id that was there is `UNLABELLED`.
        """
        values, splits = self.word_ids.flat_values.numpy(), self.word_ids.row_splits.numpy()
        shape = (height or len(rows), predictions)
        places, hidden = np.zeros(shape, "int32"), np.full(shape, UNLABELLED, "int32")
        written = np.full(shape, self.masker.tokenizer.cls_id, "int32")
        for number, row in enumerate(rows):
            chosen, instead = self.masker.choose(ids := values[splits[row] : splits[row + 1]], epoch, int(row))
            count = len(chosen)
            places[number, :count], hidden[number, :count], written[number, :count] = chosen, ids[chosen], instead
        return places, hidden, written

    def dataset(self, order: BatchOrder, labels: bool = True) -> tf.data.Dataset:
        """Batches in `order`: (features with `masked_lm_positions`, masked_lm_ids).

        Features are as a `Split`'s; the others are [batch, predictions]. With static shapes bool [batch_size], which
        rows count, is third; the others have no masks.
        """

        def batches() -> Iterator[tuple[np.ndarray, ...]]:
            epoch = order.epoch if order.shuffle else 0
            for rows in order():
                longest = int(self.lengths[rows].max())
                if order.ladder:
                    longest = int(padded_lengths(np.array([longest]), order.ladder)[0])
                height = order.batch_size if order.full else None
                yield rows, *self.masks(rows, epoch, self.masker.most(longest), height)

        def gather(rows: tf.Tensor, places: tf.Tensor, hidden: tf.Tensor, written: tf.Tensor) -> Any:
            length, counted = None, ()
            if order.ladder:
                length = padded_length(tf.reduce_max(tf.gather(self.word_ids.row_lengths(), rows)), order.ladder)
            if order.full:
                rows, *counted = filled_up(rows, order.batch_size)
            features = pad_features(tf.gather(self.word_ids, rows), tf.gather(self.type_ids, rows), length)
            if order.full:
                shape = [order.batch_size, order.ladder[0] if len(order.ladder) == 1 else None]
                features = {name: tf.ensure_shape(column, shape) for name, column in features.items()}
                count = self.masker.most(order.ladder[0]) if len(order.ladder) == 1 else None
                places, hidden = (tf.ensure_shape(column, [order.batch_size, count]) for column in (places, hidden))
            numbers = tf.broadcast_to(tf.range(tf.shape(places)[0])[:, None], tf.shape(places))
            where = tf.stack([numbers, places], axis=-1)
            features[WORD_IDS] = tf.tensor_scatter_nd_update(features[WORD_IDS], where, written)
            features = {**features, MASKED_POSITIONS: places}
            return (features, hidden, *counted) if labels else features

        matrices = [tf.TensorSpec([None, None], dtype) for dtype in (tf.int32, tf.int32, tf.int32)]
        signature = (tf.TensorSpec([None], tf.int64), *matrices)
        return batches_as_dataset(batches, signature, gather, len(order))


def make_masked_split(texts: DocumentLines, row_form: str, seq_length: int, masker: Masker) -> MaskedSplit:
    """Tokenizes the lines of a part, once, and cuts them into rows, "packed" or "texts" as in `bk.load_masked`."""
    tokenizer, lines, room = masker.tokenizer, texts.lines, seq_length - 2
    chunks = [tokenizer(lines[start : start + _ENCODE_TEXTS]) for start in range(0, len(lines), _ENCODE_TEXTS)]
    ids = tf.concat(chunks, axis=0)
    truncated = 0
    if row_form == "packed":
        begins = np.append(0, ids.row_lengths().numpy().cumsum())
        ends = begins[np.append(np.unique(texts.documents, return_index=True)[1], len(lines))]
        cuts = [np.arange(begin, end, room) for begin, end in itertools.pairwise(ends)]
        ids = tf.RaggedTensor.from_row_splits(ids.flat_values, np.append(np.concatenate(cuts), ends[-1]))
    else:
        truncated = int((ids.row_lengths().numpy() > room).sum())
    ids = tf.ragged.boolean_mask(ids, ids.row_lengths() > 0)
    if not ids.nrows():
        raise ValueError(checks.message("files_or_texts", "hold text that makes tokens", lines[:3]))
    word_ids, type_ids = combine_segments([ids], seq_length, tokenizer.cls_id, tokenizer.sep_id)
    rows = LabelledRows(None, np.arange(int(word_ids.nrows())), texts.source)
    return MaskedSplit(rows, word_ids, type_ids, truncated, masker=masker, texts=len(lines))
