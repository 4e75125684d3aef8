"""`Split`: one part of a task: ids made once and cached in memory, and batches of them padded to their longest row."""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras import checks
from bert_keras.bar import bar
from bert_keras.data.batch_order import BatchOrder
from bert_keras.data.examples import Examples
from bert_keras.data.stored_rows import StoredRows, gathered
from bert_keras.data.stored_texts import StoredTexts
from bert_keras.features import COUNTED, MULTI_LABEL, PLACES, REGRESSION, SINGLE_LABEL, WEIGHTS
from bert_keras.text.long_texts import window_features, window_shape
from bert_keras.text.packing import special_tokens
from bert_keras.text.padding import backend_ladder, filled_up, padded_length
from bert_keras.text.preprocessor import Preprocessor
from bert_keras.text.untuned import untuned

_ENCODE_ROWS = 1024  # rows tokenized in one call


@dataclasses.dataclass(frozen=True, eq=False)
class Split:
    """One part of a task, as rows of ids in memory.

    Args:
        examples: the texts, labels and ids it was made from.
        word_ids, type_ids: ragged int32 [rows, (tokens)], special tokens included, in memory or on disk.
        truncated: how many rows lost tokens to seq_length, or max_windows.
        ladder: the lengths of batches with static shapes; () for those that the backend needs.
        window_tokens: of a window, where long texts are read in several, which lie end to end in a row; None elsewhere.
        soft: what is trained on in place of the labels, float32: probabilities [rows, num_classes], or numbers [rows].
        sequences: how many rows of ids make a row of the split, one behind the other: the choices of a question. With
            several, features are [batch, sequences, length].
    """

    examples: Examples
    word_ids: tf.RaggedTensor | StoredRows
    type_ids: tf.RaggedTensor | StoredRows
    truncated: int = 0
    ladder: tuple[int, ...] = ()
    window_tokens: int | None = None
    sequences: int = 1
    soft: np.ndarray | None = None

    @functools.cached_property
    def lengths(self) -> np.ndarray:
        """int64 [rows]: tokens of each row, of several sequences those of the longest."""
        return self.word_ids.row_lengths().numpy().reshape(-1, self.sequences).max(axis=1)

    def __len__(self) -> int:
        return len(self.examples)

    def place(self, row: int) -> str:
        """Where a row stands, for messages."""
        return self.examples.place(row)

    def order(self, batch_size: int, shuffle: bool = False, seed: int = 0, alike: bool = True) -> BatchOrder:
        tokens = None
        if self.sequences > 1:
            tokens = self.word_ids.row_lengths().numpy().reshape(-1, self.sequences).mean(axis=1)
        longest = int(self.lengths.max(initial=1))
        ladder = self.ladder or backend_ladder(longest, self.window_tokens)
        made = {"ladder": ladder, "window_tokens": self.window_tokens, "tokens": tokens, "full": bool(self.ladder)}
        return BatchOrder(self.lengths, batch_size, shuffle, seed, **made, alike=alike)

    def targets(self) -> Any:
        """The labels of all rows as tensors, or None."""
        labels = self.examples.labels if self.soft is None else self.soft
        return None if labels is None else tf.nest.map_structure(tf.constant, labels)

    def targets_of(self, rows: tf.Tensor, targets: Any, features: dict[str, tf.Tensor]) -> Any:
        """The labels of the rows of a batch with these features, out of `targets()`."""
        return tf.nest.map_structure(lambda column: tf.gather(column, rows), targets)

    def dataset(self, order: BatchOrder, labels: bool = True) -> tf.data.Dataset:
        """Batches in `order`: (features, labels), or features alone where there are no labels or none are wanted.

        Features are the three int32 [batch, longest row of the batch]; on JAX the next multiple of 32 tokens, as far as
        there are rows so long. With static shapes they are [batch_size, a length of the ladder], and (features, labels,
        bool [batch_size]) says which rows count: the others, at the end of a batch, fill it up. Where examples have
        weights these come third, float32 [batch]; with static shapes a dict of both, under `COUNTED` and `WEIGHTS`.
        Texts in windows are [batch, windows of the text with the most, tokens]. Where the order packs, a fourth feature
        says where each text goes, and every text is padded to the length of a packed row.
        """
        targets, lengths = self.targets() if labels else None, self.lengths  # made before the graph, which cannot
        weights = None if self.examples.weights is None else tf.constant(self.examples.weights, tf.float32)

        def gather(rows: tf.Tensor, text_places: tf.Tensor | None = None) -> Any:
            length, third = None, {}
            if order.ladder:
                length = padded_length(tf.reduce_max(tf.gather(lengths, rows)), order.ladder)
            if order.full:
                rows, third[COUNTED] = filled_up(rows, order.batch_size)
            if weights is not None:
                third[WEIGHTS] = tf.gather(weights, rows)
            places = self._places(rows)
            words, types = gathered(self.word_ids, places), gathered(self.type_ids, places)
            features = window_features(words, types, self.window_tokens, length)
            if order.full:
                known = order.ladder[0] if len(order.ladder) == 1 else None
                shape = [order.batch_size * self.sequences, *window_shape(known, self.window_tokens)]
                features = {name: tf.ensure_shape(column, shape) for name, column in features.items()}
            if self.sequences > 1:
                features = {name: self._grouped(column) for name, column in features.items()}
            if text_places is not None:
                features[PLACES] = tf.ensure_shape(text_places, [order.batch_size if order.full else None, None])
            if targets is None:
                return features
            labels = self.targets_of(rows, targets, features)
            return features, labels, *([third] if len(third) > 1 else third.values())

        batches, signature = order, tf.TensorSpec([None], tf.int64)
        if order.packing is not None:
            batches, signature = order.with_places, (signature, tf.TensorSpec([None, None], tf.int32))
        dataset = batches_as_dataset(batches, signature, gather, len(order))
        dataset.used_words = self.used_words  # for the update of a word table; what is made of the dataset lacks it
        return dataset

    @functools.cached_property
    def used_words(self) -> np.ndarray | None:
        """int64 [words]: the ids that the features hold, padding too; None where these are too many to look."""
        if isinstance(self.word_ids, StoredRows):
            return None
        counts = np.bincount(self.word_ids.flat_values.numpy(), minlength=1)
        counts[0] += 1  # padding
        return np.flatnonzero(counts)

    def _places(self, rows: tf.Tensor) -> tf.Tensor:
        """The numbers of the rows' ids: int64 [rows * sequences]."""
        if self.sequences == 1:
            return rows
        return tf.reshape(rows[:, None] * self.sequences + tf.range(self.sequences, dtype=tf.int64), [-1])

    def _grouped(self, column: tf.Tensor) -> tf.Tensor:
        """[batch * sequences, length] as [batch, sequences, length]."""
        rows, length = column.shape
        shape = [-1 if rows is None else rows // self.sequences, self.sequences]
        return tf.reshape(column, [*shape, tf.shape(column)[1] if length is None else length])


def batches_as_dataset(batches: Callable, signature: Any, gather: Callable, count: int) -> tf.data.Dataset:
    """What `gather` makes, in the graph, of each of `count` batches that a generator gives.

    Args:
        batches: called for each pass; gives what `signature` says, such as the rows of a batch.
        signature: a `tf.TensorSpec`, or a tuple of such.
        gather: from that to what a model's `fit` takes.
        count: of a pass.
    """
    dataset = tf.data.Dataset.from_generator(batches, output_signature=signature)
    gather = tf.autograph.experimental.do_not_convert(gather)  # converting it takes longer than tracing it
    dataset = dataset.map(gather, num_parallel_calls=2, deterministic=True)
    options = tf.data.Options()  # each of several workers takes its rows of every batch
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    return untuned(dataset.apply(tf.data.experimental.assert_cardinality(count)).with_options(options).prefetch(4))


def make_split(examples: Examples, preprocessor: Preprocessor) -> Split:
    """Tokenizes the examples of a split, once, and counts the rows that lost tokens to seq_length or max_windows.

    Where the texts lie on disk the ids do too.
    """
    if not len(examples):
        raise ValueError(checks.message("examples", "hold at least one row", examples.source or "no rows"))
    on_disk = isinstance(examples.texts[0], StoredTexts)
    words, types = (StoredRows() if on_disk else [] for _ in range(2))
    tokenizer, truncated = preprocessor.tokenizer, 0
    with bar("tokenizing", len(examples)) as shown:
        for start in range(0, len(examples), _ENCODE_ROWS):
            segments = [tokenizer(list(column[start : start + _ENCODE_ROWS])) for column in examples.texts]
            word_ids, type_ids = preprocessor.join(segments)
            words.append(word_ids)
            types.append(type_ids)
            full = sum(ids.row_lengths() for ids in segments)
            full += special_tokens(len(segments), preprocessor.pair_layout)
            truncated += int(tf.math.count_nonzero(full > preprocessor.capacity))
            shown(start + _ENCODE_ROWS)
    if not on_disk:
        words, types = tf.concat(words, axis=0), tf.concat(types, axis=0)
    return Split(examples, words, types, truncated, window_tokens=preprocessor.window_tokens)


def check_labels(examples: Examples, problem_type: str, num_classes: int) -> None:
    """Raises ValueError, naming the first row at fault, where labels are missing or not of the problem's kind.

    On a GPU a label outside the classes is no error but a NaN: this is the door where it is caught.
    """
    source = examples.source or "the examples"
    if examples.labels is None:
        raise ValueError(checks.message("labels", f"be there to train on {source}", None))
    labels = np.asarray(examples.labels)

    def where(row: int) -> str:
        return f"Row {examples.ids[row]} of {source}."

    if problem_type == REGRESSION:
        checks.finite_numbers("labels", labels, where)
    elif not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(checks.message("labels", f"be integers in {source}", labels.dtype.name))
    elif problem_type == SINGLE_LABEL:
        checks.class_numbers("labels", labels, num_classes, where)
    else:
        checks.one_of("problem_type", problem_type, (MULTI_LABEL,))
        checks.zeros_and_ones("labels", labels, num_classes, where)
