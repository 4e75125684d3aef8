"""`WordPieces`: normalised texts to the ids of their WordPiece pieces, with byte offsets, in the graph."""

from collections.abc import Sequence
from typing import NamedTuple

import tensorflow as tf
import tensorflow_text as tf_text
from tensorflow_text.python.ops.bert_tokenizer import BasicTokenizer
from tensorflow_text.python.ops.regex_split_ops import gen_regex_split_ops

from bert_keras.text.vocabulary import UNKNOWN_PIECE

_MAX_BYTES_PER_WORD = 100  # TF-Hub's preprocessing keeps tensorflow-text's default
_SUFFIX = "##"
# What `FastWordpieceTokenizer` parts as TF-Hub's regular expressions do. Left out are white space other than " ", which
# it takes for an end of words and they do not; characters that the library of regular expressions does not know yet,
# among which are marks of punctuation of newer releases of Unicode; and what is not UTF-8.
_PLAIN = r"[ \p{L}\p{M}\p{N}\p{P}\p{S}\p{Co}]*"


class Pieces(NamedTuple):
    """Pieces of texts, and the first and past-the-last byte of each in its normalised text.

    Three ragged tensors [batch, (pieces)]: `ids` int32, `starts` and `limits` int64.
    """

    ids: tf.RaggedTensor
    starts: tf.RaggedTensor
    limits: tf.RaggedTensor


class WordPieces(tf.Module):
    """WordPiece as TF-Hub's preprocessing models do it: words parted by regular expressions, then longest match first.

    tensorflow-text's faster tokenizer, one operation for both, reads the texts for which it gives the same; others are
    read with the operations of TF-Hub's models. The former is five times faster on English.

    Args:
        pieces: the vocabulary, in the order of the ids.
        table: from a piece to its id.
    """

    def __init__(self, pieces: tuple[str, ...], table: tf.lookup.StaticHashTable) -> None:
        super().__init__()
        options = {"suffix_indicator": _SUFFIX, "unknown_token": UNKNOWN_PIECE, "token_out_type": tf.int32}
        with tf.init_scope(), tf.device("CPU"):  # it holds a constant, made where graphs may be traced
            self._fast = tf_text.FastWordpieceTokenizer(
                _buildable(pieces), max_bytes_per_word=_MAX_BYTES_PER_WORD, **options
            )
        basic = BasicTokenizer(lower_case=False)
        self._delimiters = f"({basic._delim_regex_pattern})", f"({basic._keep_delim_regex_pattern})"
        self._wordpiece = tf_text.WordpieceTokenizer(table, max_bytes_per_word=_MAX_BYTES_PER_WORD)

    def __call__(self, texts: tf.Tensor) -> Pieces:
        """The pieces of normalised texts, string [batch]."""
        plain = tf.strings.regex_full_match(texts, _PLAIN)
        *columns, splits = tf.cond(
            tf.reduce_all(plain), lambda: _flat(self._read_fast(texts)), lambda: _flat(self._read_apart(texts, plain))
        )
        return _pieces(columns, splits)

    def _read_fast(self, texts: tf.Tensor) -> Pieces:
        ids, starts, limits = self._fast.tokenize_with_offsets(texts)
        return Pieces(ids, tf.cast(starts, tf.int64), tf.cast(limits, tf.int64))

    def _read_apart(self, texts: tf.Tensor, plain: tf.Tensor) -> Pieces:
        """Each text in the way that its characters ask for."""
        apart = tf.where(plain)[:, 0], tf.where(~plain)[:, 0]
        read = self._read_fast(tf.gather(texts, apart[0])), self._read_by_words(tf.gather(texts, apart[1]))
        # Stacked: what gathers rows is slow to trace, and is there once.
        rows = tf.concat([_stacked(*pieces) for pieces in read], 0)
        rows = tf.gather(rows, tf.math.invert_permutation(tf.concat(apart, 0)))
        return _pieces(tf.unstack(rows.values, axis=1), rows.row_splits)

    def _read_by_words(self, texts: tf.Tensor) -> Pieces:
        """The pieces by TF-Hub's own operations. Every distinct word is looked up once: that is the slow part."""
        # The operation alone: `BasicTokenizer` has what it gives checked in nine branches, which take most of the time
        # that a first text takes, also where they are not run.
        words, word_starts, _, splits = gen_regex_split_ops.regex_split_with_offsets(texts, *self._delimiters)
        distinct, which = tf.unique(words, out_idx=tf.int64)
        pieces = tf.gather(_stacked(*self._wordpiece.tokenize_with_offsets(distinct)), which)
        ids, starts, limits = tf.unstack(pieces.values, axis=1)
        rows = pieces.value_rowids()
        # For a word that is too long the op gives the length of "[UNK]" as its limit.
        sizes = tf.gather(tf.cast(tf.strings.length(words), tf.int64), rows)
        limits = tf.where(sizes > _MAX_BYTES_PER_WORD, sizes, limits)
        before = tf.gather(word_starts, rows)
        return _pieces((ids, starts + before, limits + before), tf.gather(pieces.row_splits, splits))


def _pieces(columns: Sequence[tf.Tensor], splits: tf.Tensor) -> Pieces:
    """Of flat columns, where the rows of texts part at `splits`."""
    ids, starts, limits = (tf.RaggedTensor.from_row_splits(column, splits, validate=False) for column in columns)
    return Pieces(ids.with_values(tf.cast(ids.values, tf.int32)), starts, limits)


def _flat(pieces: Pieces) -> tuple[tf.Tensor, ...]:
    return (*(column.values for column in pieces), pieces.ids.row_splits)


def _stacked(ids: tf.RaggedTensor, starts: tf.RaggedTensor, limits: tf.RaggedTensor) -> tf.RaggedTensor:
    """int64 [rows, (pieces), 3]."""
    columns = (tf.cast(column.values, tf.int64) for column in (ids, starts, limits))
    return ids.with_values(tf.stack(list(columns), axis=1))


def _buildable(pieces: tuple[str, ...]) -> list[str]:
    """The pieces, as the builder of the fast tokenizer takes them: none of more than 256 bytes, none with a zero.

    Such pieces are in no text: a longer word is `[UNK]`, a control character a space. So what stands in their place is
    in none either. One more of its kind comes last, for the builder refuses a vocabulary of special pieces alone.
    """
    most = _MAX_BYTES_PER_WORD + len(_SUFFIX)
    fits = [len(piece.encode()) <= most and "\0" not in piece for piece in pieces]
    kept = [piece if fit else f"\1{place}" for place, (piece, fit) in enumerate(zip(pieces, fits, strict=True))]
    return [*kept, "\1"]
