"""`WordPreprocessor`: sentences of words, of any length, to windows of features, in the TensorFlow graph."""

from typing import Any, NamedTuple

import tensorflow as tf

from bert_keras import checks
from bert_keras.text.base_tokenizer import BaseTokenizer
from bert_keras.text.own_function import own_function
from bert_keras.text.strings import string_batch

WORDS_SPEC = tf.RaggedTensorSpec([None, None], tf.string, ragged_rank=1, row_splits_dtype=tf.int64)


class WordWindows(NamedTuple):
    """The windows of a batch of sentences. Tokens are counted over the rows of all windows, one after the other.

    Args:
        word_ids, type_ids: ragged int32 [windows, (tokens)]: [CLS] pieces of words [SEP].
        rows: int32 [windows], the sentence that each belongs to, in order.
        tokens: int32 [pieces], the token of each piece of all sentences; in the window that shows most of what is
            around it, where several hold it.
        words: int32 [pieces], the word that each belongs to, counted over all sentences.
        firsts: int32 [words], the token of each word's first piece; -1 for a word without pieces, of characters that
            the tokenizer drops.
    """

    word_ids: tf.RaggedTensor
    type_ids: tf.RaggedTensor
    rows: tf.Tensor
    tokens: tf.Tensor
    words: tf.Tensor
    firsts: tf.Tensor


class WordPreprocessor(tf.Module):
    """Windows over sentences that are words already. Each word is tokenized by itself: the ids are those of the text.

    A sentence that has room is one window. A longer one has several, each of which begins half a window after the one
    before, until the end is inside; every piece is read in the window that shows most on its poorer side.

    Args:
        tokenizer: a `Tokenizer`.
        seq_length: the most tokens of a window, special ones counted, at least 4.

    >>> windows = WordPreprocessor(tokenizer, 128)([["Ann", "Lee", "sings"], ["Oslo"]])
    """

    def __init__(self, tokenizer: BaseTokenizer, seq_length: int = 128) -> None:
        super().__init__()
        if not isinstance(tokenizer, BaseTokenizer):
            raise TypeError(checks.message("tokenizer", "be a Tokenizer", tokenizer, "Pass Tokenizer(vocab_file)."))
        self.tokenizer = tokenizer
        self.seq_length = checks.integer("seq_length", seq_length, 4, why="two pieces between [CLS] and [SEP]")
        self._function = own_function(self.windows, input_signature=[WORDS_SPEC], autograph=False)

    def __call__(self, sentences: Any) -> WordWindows:
        """The windows of sentences, a list of lists of str, or ragged strings [sentences, (words)]."""
        return self._function(word_batch(sentences))

    def windows(self, sentences: tf.RaggedTensor) -> WordWindows:
        """As a call, of ragged strings and unchecked: for use inside another graph."""
        pieces = self.tokenizer.tokenize_words(sentences.flat_values)  # [words, (pieces)]
        splits = tf.cast(tf.gather(pieces.row_splits, sentences.row_splits), tf.int32)  # pieces before each sentence
        lengths = splits[1:] - splits[:-1]
        room = self.seq_length - 2
        step = room // 2
        number = 1 + (tf.maximum(lengths - room, 0) + step - 1) // step
        rows = tf.repeat(tf.range(tf.size(number)), number)
        place = (tf.range(tf.size(rows)) - tf.gather(tf.cumsum(number, exclusive=True), rows)) * step
        counts = tf.minimum(room, tf.gather(lengths, rows) - place)
        begin = tf.gather(splits, rows) + place
        inside = tf.ragged.range(begin, begin + counts)  # [windows, (pieces)], the number of each piece
        tokens = _best_tokens(inside, counts, tf.size(pieces.flat_values))
        word_ids = self._packed(inside.with_flat_values(tf.gather(pieces.flat_values, inside.flat_values)))
        held = tf.cast(pieces.row_lengths(), tf.int32) > 0
        starts = tf.where(held, tf.cast(pieces.row_starts(), tf.int32), 0)
        first = tf.gather(tf.concat([tokens, [-1]], 0), starts)  # with one more: there may be no piece at all
        return WordWindows(
            word_ids,
            word_ids.with_flat_values(tf.zeros_like(word_ids.flat_values)),
            rows,
            tokens,
            tf.cast(pieces.value_rowids(), tf.int32),
            tf.where(held, first, -1),
        )

    def _packed(self, pieces: tf.RaggedTensor) -> tf.RaggedTensor:
        rows = pieces.nrows(out_type=tf.int32)
        first, last = (tf.fill([rows, 1], piece) for piece in (self.tokenizer.cls_id, self.tokenizer.sep_id))
        return tf.concat([first, tf.cast(pieces, tf.int32), last], axis=1)


def word_batch(sentences: Any) -> tf.RaggedTensor:
    """Sentences as ragged strings [sentences, (words)]; TypeError or ValueError for what is none."""
    if isinstance(sentences, tf.RaggedTensor):
        if sentences.dtype != tf.string or sentences.shape.rank != 2:
            raise TypeError(checks.message("sentences", "be ragged strings [sentences, (words)]", sentences))
        return sentences.with_row_splits_dtype(tf.int64)
    if isinstance(sentences, (str, bytes)) or any(isinstance(words, (str, bytes)) for words in sentences):
        advice = "Pass a list of words for each sentence: [['Ann', 'sings']]."
        raise TypeError(checks.message("sentences", "be lists of words", sentences, advice))
    words = string_batch("sentences", [word for words in sentences for word in words])
    lengths = tf.constant([len(words) for words in sentences], tf.int64)
    return tf.RaggedTensor.from_row_lengths(words, lengths, validate=False)


def _best_tokens(inside: tf.RaggedTensor, counts: tf.Tensor, number: tf.Tensor) -> tf.Tensor:
    """int32 [pieces]: the token that stands for each piece, in the window with the most on the piece's poorer side."""
    window = tf.cast(inside.value_rowids(), tf.int32)
    place = tf.ragged.range(counts).flat_values
    length = tf.gather(counts, window)
    shown = tf.minimum(place, length - 1 - place)
    best = tf.math.unsorted_segment_max(shown, inside.flat_values, number)
    token = tf.range(tf.size(place)) + 2 * window + 1  # [CLS] and [SEP] of the windows before, and its own [CLS]
    none = tf.size(place) + 2 * tf.size(counts)
    token = tf.where(shown == tf.gather(best, inside.flat_values), token, none)
    return tf.math.unsorted_segment_min(token, inside.flat_values, number)  # the first of equals
