"""`TokenReader`: sentences of words in, a class and its probability for each word out, in one TensorFlow graph."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras import checks
from bert_keras.bar import bar
from bert_keras.models.row_reader import RowReader, chunks
from bert_keras.text.own_function import own_function
from bert_keras.text.word_windows import WORDS_SPEC, WordPreprocessor, WordWindows, word_batch

_CHUNK_WORDS = 20_000  # read in one call of the graph, or one sentence


class TokenReader(RowReader):
    """A `TokenClassifier` on sentences of any length: windows, logits in batches sorted by length, the best class.

    Args:
        model, preprocessor, batch_size, ladder: as for `RowReader`, of a `bk.TokenClassifier`; a row is a window.
        outside: the class of words that the tokenizer drops whole; their score is 0.
    """

    def __init__(
        self,
        model: Any,
        preprocessor: WordPreprocessor,
        outside: int = 0,
        batch_size: int = 32,
        ladder: tuple[int, ...] = (),
    ) -> None:
        super().__init__(model, preprocessor, ((model.num_classes,),), batch_size, ladder)
        self.outside = checks.integer("outside", outside, 0, model.num_classes - 1)
        graph = own_function(self.read, input_signature=[WORDS_SPEC], autograph=False)
        self._function = self._read_in_shapes if self.in_shapes else graph

    def __call__(self, sentences: Sequence[Sequence[str]]) -> tuple[np.ndarray, np.ndarray]:
        """int32 [words] and float32 [words] of all sentences, one after the other: classes and their probabilities."""
        stretches = chunks([len(words) for words in sentences], _CHUNK_WORDS)
        answers = []
        with bar("reading", len(sentences)) as shown:
            for begin, end in stretches:
                answers.append(self._function(word_batch(sentences[begin:end])))
                shown(end)
        if not answers:
            return np.zeros(0, "int32"), np.zeros(0, "float32")
        return tuple(np.concatenate([np.asarray(part) for part in column]) for column in zip(*answers, strict=True))

    def word_logits(self, sentences: Sequence[Sequence[str]]) -> tuple[np.ndarray, np.ndarray]:
        """float32 [words, classes] and bool [words] of all sentences: logits, and whether the word has any.

        Words that the tokenizer drops whole have none.
        """
        parts = []
        for begin, end in chunks([len(words) for words in sentences], _CHUNK_WORDS):
            windows = self.preprocessor(word_batch(sentences[begin:end]))
            [logits] = (self.logits_in_shapes if self.in_shapes else self.logits)(windows.word_ids, windows.type_ids)
            parts.append([np.asarray(part) for part in _of_words(windows, tf.constant(logits))])
        return tuple(np.concatenate(column) for column in zip(*parts, strict=True))

    def read(self, sentences: tf.RaggedTensor) -> tuple[tf.Tensor, tf.Tensor]:
        """As a call, in a graph: ragged strings [sentences, (words)], unchecked."""
        windows = self.preprocessor.windows(sentences)
        [logits] = self.logits(windows.word_ids, windows.type_ids)
        return self._decision(windows, logits)

    def _read_in_shapes(self, sentences: tf.RaggedTensor) -> tuple[tf.Tensor, tf.Tensor]:
        windows = self.preprocessor(sentences)
        [logits] = self.logits_in_shapes(windows.word_ids, windows.type_ids)
        return self._decision(windows, tf.constant(logits))

    def _decision(self, windows: WordWindows, logits: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The class at each word's first piece, and its probability."""
        of_words, is_read = _of_words(windows, logits)
        classes = tf.argmax(of_words, axis=-1, output_type=tf.int32)
        scores = tf.reduce_max(tf.nn.softmax(of_words), axis=-1)
        return tf.where(is_read, classes, self.outside), tf.where(is_read, scores, 0.0)


def _of_words(windows: WordWindows, logits: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The logits [words, classes] at each word's first piece, and whether it has one."""
    logits = tf.concat([logits, tf.zeros_like(logits[:1])], 0)
    return tf.gather(logits, tf.maximum(windows.firsts, 0)), windows.firsts >= 0
