"""From the classes of words to entities, in the TensorFlow graph: the default reading of `metrics.entities`."""

from collections.abc import Sequence
from typing import NamedTuple

import tensorflow as tf

from bert_keras.metrics.entities import OUTSIDE

_PREFIXES = {OUTSIDE: 0, "B": 1, "I": 2, "E": 3, "S": 4}


class Entities(NamedTuple):
    """Entities, in the order of their words. Words are counted over all sentences.

    Args:
        kinds: int32 [entities], numbers of types.
        firsts, lasts: int32 [entities], the first word and the last.
        scores: float32 [entities], the mean of the words' scores.
        rows: int32 [entities], the sentence of each.
    """

    kinds: tf.Tensor
    firsts: tf.Tensor
    lasts: tf.Tensor
    scores: tf.Tensor
    rows: tf.Tensor


class EntityDecoder:
    """Reads entities off the classes of words.

    Args:
        labels: the names of the classes, in order.
        is_plain: whether the tags have no entities, such as parts of speech: then every word is one, of its tag.

    Attributes:
        kinds: names of the types, by number.
        outside: the class of words that are not read: "O", or of plain tags the first.
    """

    def __init__(self, labels: Sequence[str], is_plain: bool) -> None:
        if is_plain:
            self.kinds, self._prefixes, numbers = tuple(labels), [_PREFIXES["S"]] * len(labels), range(len(labels))
            self.outside = 0
        else:
            self.kinds = tuple(sorted({label[2:] for label in labels if label != OUTSIDE}))
            self._prefixes = [_PREFIXES[label[0]] for label in labels]
            numbers = [-1 if label == OUTSIDE else self.kinds.index(label[2:]) for label in labels]
            self.outside = list(labels).index(OUTSIDE)
        self._numbers = list(numbers)

    def __call__(self, classes: tf.Tensor, scores: tf.Tensor, rows: tf.Tensor) -> Entities:
        """The entities of words: their classes int32, scores float32 and sentences int32, in order, [words] each."""
        prefix, kind = (tf.gather(tf.constant(column), classes) for column in (self._prefixes, self._numbers))
        before, kind_before, row_before = (_shifted(column) for column in (prefix, kind, rows))
        is_alone = (row_before != rows) | _is(before, OUTSIDE, "E", "S")
        is_in = ~_is(prefix, OUTSIDE)
        opens = is_in & (is_alone | _is(prefix, "B", "S") | (kind != kind_before))
        number = tf.cumsum(tf.cast(opens, tf.int32)) - 1
        inside, firsts = tf.where(is_in)[:, 0], tf.where(opens)[:, 0]
        of_entity, count = tf.gather(number, inside), tf.size(firsts)
        return Entities(
            tf.gather(kind, firsts),
            tf.cast(firsts, tf.int32),
            tf.math.unsorted_segment_max(tf.cast(inside, tf.int32), of_entity, count),
            tf.math.unsorted_segment_mean(tf.gather(scores, inside), of_entity, count),
            tf.gather(rows, firsts),
        )


def _is(prefix: tf.Tensor, *names: str) -> tf.Tensor:
    return tf.reduce_any(prefix[:, None] == [_PREFIXES[name] for name in names], axis=1)


def _shifted(column: tf.Tensor) -> tf.Tensor:
    """Of each word the value of the word before it; -1 before the first."""
    return tf.concat([tf.constant([-1], column.dtype), column], 0)[:-1]
