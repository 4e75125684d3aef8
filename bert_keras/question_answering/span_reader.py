"""`SpanReader`: questions and contexts in, the best spans out, in one TensorFlow graph."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras import checks
from bert_keras.bar import bar
from bert_keras.models.row_reader import RowReader, chunks
from bert_keras.question_answering.span_decoder import Spans, best_spans
from bert_keras.text.own_function import own_function
from bert_keras.text.strings import STRINGS_SPEC, string_batch
from bert_keras.text.windows import QuestionPreprocessor, Windows

_SHAPES = ((), ())  # of the end and the start logits, as they are sorted by name
N_BEST = 20  # spans among which the probability is shared out, as in BERT's script
_CHUNK_QUESTIONS = 256  # read in one call of the graph
_CHUNK_CHARACTERS = 1_000_000  # of contexts in one call, or one context


class SpanReader(RowReader):
    """A `SpanLabeler` on strings of any length: windows, logits in batches sorted by length, decoding.

    Args:
        model, preprocessor, batch_size, ladder: as for `RowReader`, of a `bk.SpanLabeler`; a row is a window.
        max_answer_length: the most tokens of an answer.
    """

    def __init__(
        self,
        model: Any,
        preprocessor: QuestionPreprocessor,
        max_answer_length: int = 30,
        batch_size: int = 32,
        ladder: tuple[int, ...] = (),
    ) -> None:
        super().__init__(model, preprocessor, _SHAPES, batch_size, ladder)
        self.max_answer_length = checks.integer("max_answer_length", max_answer_length, 1)
        if self.in_shapes:
            self._decode = tf.function(best_spans, reduce_retracing=True, autograph=False)
            self._function = self._read_in_shapes
        else:  # of one signature: traced once, whatever the sizes
            signature = [STRINGS_SPEC, STRINGS_SPEC, tf.TensorSpec([], tf.int32)]
            self._function = own_function(self.read, input_signature=signature, autograph=False)
        self._window_logits = self._logits_in_shapes
        if not self.in_shapes:
            self._window_logits = own_function(self._logits, input_signature=[STRINGS_SPEC] * 2, autograph=False)

    def __call__(self, questions: list[str], contexts: list[str], n_best: int = N_BEST) -> tuple[Spans, np.ndarray]:
        """The best spans of questions about contexts, as NumPy arrays, and int32 [questions], tokens of the questions.

        Any number of questions: they are read in chunks, so that memory follows the longest context alone.
        """
        strings = string_batch("questions", questions), string_batch("contexts", contexts)
        count = tf.constant(checks.integer("n_best", n_best, 1), tf.int32)
        columns = []
        with bar("answering", len(contexts)) as shown:
            for begin, stop in chunks([len(text) for text in contexts], _CHUNK_CHARACTERS, _CHUNK_QUESTIONS):
                found = tf.nest.flatten(self._function(*(column[begin:stop] for column in strings), count))
                columns.append([array.numpy() for array in found])
                shown(stop)
        *spans, lengths = (np.concatenate(parts) for parts in zip(*columns, strict=True))
        return Spans(*spans), lengths

    def window_logits(
        self, questions: list[str], contexts: list[str]
    ) -> Iterator[tuple[tuple[int, int], Windows, np.ndarray, np.ndarray]]:
        """What spans are decoded from, for a decoder of one's own, chunk by chunk.

        Yields:
            The questions of the chunk, (begin, stop); their windows; float32 [tokens] twice, the logits of a start and
            of an end at each token of all windows, one after the other.
        """
        strings = string_batch("questions", questions), string_batch("contexts", contexts)
        for begin, stop in chunks([len(text) for text in contexts], _CHUNK_CHARACTERS, _CHUNK_QUESTIONS):
            windows, start_logits, end_logits = self._window_logits(*(s[begin:stop] for s in strings))
            yield (begin, stop), windows, np.asarray(start_logits), np.asarray(end_logits)

    def read(self, questions: tf.Tensor, contexts: tf.Tensor, n_best: tf.Tensor) -> tuple[Spans, tf.Tensor]:
        """As a call, in a graph: string [questions] twice and int32 [], unchecked."""
        windows, start_logits, end_logits = self._logits(questions, contexts)
        spans = best_spans(start_logits, end_logits, windows, contexts, n_best, self.max_answer_length)
        return spans, windows.question_lengths

    def _read_in_shapes(self, questions: tf.Tensor, contexts: tf.Tensor, n_best: tf.Tensor) -> tuple[Spans, tf.Tensor]:
        """As `read`, with the model's own `predict` between two graphs that run on the host."""
        windows, *logits = self._logits_in_shapes(questions, contexts)
        start_logits, end_logits = map(tf.constant, logits)
        spans = self._decode(start_logits, end_logits, windows, contexts, n_best, self.max_answer_length)
        return spans, windows.question_lengths

    def _logits(self, questions: tf.Tensor, contexts: tf.Tensor) -> tuple[Windows, tf.Tensor, tf.Tensor]:
        windows = self.preprocessor.windows(questions, contexts)
        end_logits, start_logits = self.logits(windows.word_ids, windows.type_ids)
        return windows, start_logits, end_logits

    def _logits_in_shapes(self, questions: tf.Tensor, contexts: tf.Tensor) -> tuple[Windows, np.ndarray, np.ndarray]:
        windows = self.preprocessor(questions, contexts)
        end_logits, start_logits = self.logits_in_shapes(windows.word_ids, windows.type_ids)
        return windows, start_logits, end_logits


def span_probabilities(spans: Spans, with_null: bool) -> tuple[tf.Tensor, tf.Tensor]:
    """Probabilities over the n best spans of each question, and that of "no answer": float32 [Q, n_best] and [Q].

    The latter is 0 unless `with_null`: then "no answer" is one of the possibilities.
    """
    null = spans.null_logits if with_null else tf.fill(tf.shape(spans.null_logits), float("-inf"))
    logits = tf.concat([spans.logits, tf.cast(null, tf.float32)[:, None]], axis=1)
    highest = tf.reduce_max(logits, axis=1, keepdims=True)
    # A question without any possibility has probabilities of 0.
    weights = tf.where(logits > float("-inf"), tf.exp(logits - tf.where(highest > float("-inf"), highest, 0.0)), 0.0)
    shares = tf.math.divide_no_nan(weights, tf.reduce_sum(weights, axis=1, keepdims=True))
    return shares[:, :-1], shares[:, -1]
