"""`TokenReader`: sentences of words in, a class and its probability for each word out, in one TensorFlow graph.

Evaluation, prediction and the exported model run this same graph. On another backend of Keras than TensorFlow the
network stands outside.
"""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from bert_keras import checks
from bert_keras.models.row_reader import row_logits, row_logits_in_shapes
from bert_keras.text.length_steps import LENGTH_STEP
from bert_keras.text.word_windows import WORDS_SPEC, WordPreprocessor, WordWindows, word_batch

_CHUNK_WORDS = 20_000  # read in one call of the graph, or one sentence


class TokenReader:
    """A `TokenClassifier` on sentences of any length: windows, logits in batches sorted by length, the best class.

    Args:
        model: a `bk.TokenClassifier`.
        preprocessor: a `WordPreprocessor` of its vocabulary.
        outside: the class of words that the tokenizer drops whole; their score is 0.
        batch_size: windows that are run together.
        ladder: as in `SpanReader`.
    """

    def __init__(
        self,
        model: Any,
        preprocessor: WordPreprocessor,
        outside: int = 0,
        batch_size: int = 32,
        ladder: tuple[int, ...] = (),
    ) -> None:
        self.model = model
        self.preprocessor = preprocessor
        self.outside = checks.integer("outside", outside, 0, model.num_classes - 1)
        self.batch_size = checks.integer("batch_size", batch_size, 1)
        self._shapes = ((model.num_classes,),)
        self._pad_id = preprocessor.tokenizer.pad_id
        self._function = tf.function(self.read, input_signature=[WORDS_SPEC], autograph=False)
        if not ladder and keras.backend.backend() != "tensorflow":
            ladder = tuple(range(LENGTH_STEP, preprocessor.seq_length, LENGTH_STEP)) or (preprocessor.seq_length,)
        if ladder:
            self.ladder = (*ladder, *([preprocessor.seq_length] if ladder[-1] < preprocessor.seq_length else []))
            self._function = self._read_in_shapes

    def __call__(self, sentences: Sequence[Sequence[str]]) -> tuple[np.ndarray, np.ndarray]:
        """int32 [words] and float32 [words] of all sentences, one after the other: classes and their probabilities."""
        made = [self._function(word_batch(sentences[begin:stop])) for begin, stop in _chunks(sentences)]
        if not made:
            return np.zeros(0, "int32"), np.zeros(0, "float32")
        return tuple(np.concatenate([np.asarray(column) for column in columns]) for columns in zip(*made, strict=True))

    def read(self, sentences: tf.RaggedTensor) -> tuple[tf.Tensor, tf.Tensor]:
        """As a call, in a graph: ragged strings [sentences, (words)], unchecked."""
        windows = self.preprocessor.windows(sentences)
        ids = windows.word_ids, windows.type_ids
        [logits] = row_logits(self.model, *ids, self._shapes, self.batch_size, self._pad_id)
        return self._decided(windows, logits)

    def _read_in_shapes(self, sentences: tf.RaggedTensor) -> tuple[tf.Tensor, tf.Tensor]:
        windows = self.preprocessor(sentences)
        ids = windows.word_ids, windows.type_ids
        [logits] = row_logits_in_shapes(self.model, *ids, self._shapes, self.batch_size, self._pad_id, self.ladder)
        return self._decided(windows, tf.constant(logits))

    def _decided(self, windows: WordWindows, logits: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The class at each word's first piece, and its probability."""
        logits = tf.concat([logits, tf.zeros_like(logits[:1])], 0)
        is_read = windows.firsts >= 0
        chosen = tf.gather(logits, tf.maximum(windows.firsts, 0))
        classes = tf.argmax(chosen, axis=-1, output_type=tf.int32)
        scores = tf.reduce_max(tf.nn.softmax(chosen), axis=-1)
        return tf.where(is_read, classes, self.outside), tf.where(is_read, scores, 0.0)


def _chunks(sentences: Sequence[Sequence[str]]) -> list[tuple[int, int]]:
    chunks, begin, words = [], 0, 0
    for place, sentence in enumerate(sentences):
        if place > begin and words + len(sentence) > _CHUNK_WORDS:
            chunks.append((begin, place))
            begin, words = place, 0
        words += len(sentence)
    return [*chunks, (begin, len(sentences))] if len(sentences) else []
