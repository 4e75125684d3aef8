"""Long texts as consecutive windows of tokens, for models that average over them (Sun et al., 2019).

A text is one row of its windows end to end, `[CLS] a b [SEP] [CLS] c [SEP]`: all but the last are full, so that the
features [texts, windows, tokens] are that row padded and folded. A text of one window is what truncation makes of it.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras import checks
from bert_keras.features import LONG_TEXTS, MAX_WINDOWS, TRUNCATE
from bert_keras.text.packing import pad_features
from bert_keras.text.padding import choose_lengths


def check_long_text(long_text: Any, max_windows: Any) -> None:
    """Raises ValueError or TypeError unless both can be, together."""
    checks.one_of("long_text", long_text, LONG_TEXTS)
    if checks.integer("max_windows", max_windows, 1) != MAX_WINDOWS and long_text == TRUNCATE:
        must = f"be left at {MAX_WINDOWS} with long_text='{TRUNCATE}', which has no use for it"
        advice = "Pass long_text='windows' (--long-text windows)."
        raise ValueError(checks.message("max_windows", must, max_windows, advice))


def check_single(long_text: str, columns: int) -> None:
    """Raises ValueError if pairs of texts are to be read in windows: which side of a pair would go on in the next?"""
    if long_text != TRUNCATE and columns > 1:
        must = f"be '{TRUNCATE}' for pairs of texts, which are cut to fit together"
        raise ValueError(checks.message("long_text", must, long_text, "Windows are of single texts."))


def make_windows(
    ids: tf.RaggedTensor, seq_length: int, max_windows: int, cls_id: int, sep_id: int
) -> tuple[tf.RaggedTensor, tf.RaggedTensor]:
    """The windows of texts, end to end in a row for each text: `[CLS] … [SEP]` every `seq_length` tokens.

    Args:
        ids: ragged integers [texts, (pieces)], without special tokens.
        seq_length: the tokens of a window, the two special ones counted; at least 3. The last one may have fewer.
        max_windows: of a text; what is beyond them is cut off.
        cls_id, sep_id: ids of `[CLS]` and `[SEP]`.

    Returns:
        `word_ids` and `type_ids`, ragged int32 [texts, (tokens)]. Types are 0. An empty text is `[CLS] [SEP]`.

    >>> make_windows(tf.ragged.constant([[1, 2, 3], [4]]), 4, 8, cls_id=101, sep_id=102)[0]
    <tf.RaggedTensor [[101, 1, 2, 102, 101, 3, 102], [101, 4, 102]]>
    """
    room = seq_length - 2
    kept = tf.minimum(ids.row_lengths(), room * max_windows)
    totals = kept + 2 * tf.maximum(-(-kept // room), 1)
    row_splits = tf.concat([[0], tf.cumsum(totals)], 0)
    rows = tf.repeat(tf.range(tf.size(totals)), totals)
    place = tf.range(row_splits[-1]) - tf.gather(row_splits, rows)
    window, inside = place // seq_length, place % seq_length
    is_last = (inside == seq_length - 1) | (place == tf.gather(totals, rows) - 1)
    piece = tf.gather(ids.row_starts(), rows) + window * room + inside - 1
    # Every token is one of these: the special ids, then the pieces of all texts.
    source = tf.concat([[cls_id, sep_id], tf.cast(ids.flat_values, tf.int32)], 0)
    index = tf.where(inside == 0, tf.zeros_like(piece), tf.where(is_last, tf.ones_like(piece), piece + 2))
    words = tf.RaggedTensor.from_row_splits(tf.gather(source, index), row_splits, validate=False)
    return words, words.with_flat_values(tf.zeros_like(words.flat_values))


def window_features(
    word_ids: tf.RaggedTensor,
    type_ids: tf.RaggedTensor,
    window_tokens: int | None,
    length: int | tf.Tensor | None = None,
    pad_id: int = 0,
) -> dict[str, tf.Tensor]:
    """Pads rows of windows and folds them, a window a row.

    Args:
        word_ids, type_ids: ragged int32 [texts, (tokens)], as `make_windows` returns them.
        window_tokens: those of a full window; None for rows that are no windows, which are padded and no more.
        length: what every row is padded to, up to window_tokens or a multiple of it; None for the least that holds the
            batch's longest. A tensor, int64 [], is taken at its word.
        pad_id: the id of `[PAD]`. The mask is 0 there; in a window that is no text's, everywhere.

    Returns:
        {input_word_ids, input_mask, input_type_ids}, each int32 [texts, windows, tokens]: as many windows as the text
        with the most has, and where that is one, as many tokens as the longest.
    """
    if window_tokens is None:
        return pad_features(word_ids, type_ids, length, pad_id)
    if length is None:
        length = whole_windows(tf.reduce_max(tf.concat([[1], word_ids.row_lengths()], 0)), window_tokens)
    shape = window_shape(length, window_tokens)
    features = pad_features(word_ids, type_ids, length, pad_id)
    return {name: tf.reshape(rows, [tf.shape(rows, tf.int64)[0], *shape]) for name, rows in features.items()}


def whole_windows(lengths: Any, window_tokens: int, where: Callable[..., Any] = tf.where) -> Any:
    """What rows of `lengths` tokens are padded to: beyond one window, whole ones. NumPy's with `where=np.where`."""
    return where(lengths > window_tokens, -(-lengths // window_tokens) * window_tokens, lengths)


def window_shape(length: Any, window_tokens: int | None) -> tuple[Any, ...]:
    """The shape of a text padded to `length`, an int, a tensor or None: (windows, tokens of each), or (length,)."""
    if window_tokens is None:
        return (length,)
    if length is None:
        return None, None
    tokens = tf.minimum(length, window_tokens) if tf.is_tensor(length) else min(length, window_tokens)
    return length // tokens, tokens


def window_ladder(lengths: np.ndarray, window_tokens: int) -> tuple[int, ...]:
    """`choose_lengths` for rows of windows: at most five lengths, those beyond one window multiples of it."""
    whole = whole_windows(np.asarray(lengths), window_tokens, np.where)
    ladder = choose_lengths(whole, max(window_tokens, int(whole.max())))
    # A multiple of window_tokens need not be one of 8: the length chosen for it lies less than 8 above.
    return tuple(dict.fromkeys(n if n <= window_tokens else n // window_tokens * window_tokens for n in ladder))
