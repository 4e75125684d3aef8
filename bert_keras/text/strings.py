"""The door for text: what counts as a batch of strings, and whether bytes are UTF-8."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras.checks import message

STRINGS_SPEC = tf.TensorSpec([None], tf.string)


def string_batch(name: str, strings: Any) -> tf.Tensor:
    """Returns `strings` as a string tensor [batch], or says what is wrong with it.

    Args:
        name: what the caller's argument is called.
        strings: a list, tuple or array of str or bytes, or a string tensor [batch], symbolic or not.

    Raises:
        TypeError: it is one bare string, not of strings, or a row is None or no string.
        ValueError: it has another rank than one, or a row holds half a surrogate pair, which UTF-8 cannot express.
    """
    if isinstance(strings, str | bytes):
        raise TypeError(message(name, "be a batch of strings", strings, f"Pass a list: [{strings[:40]!r}]."))
    if tf.is_tensor(strings):
        return _checked_tensor(name, strings)
    if strings is None or isinstance(strings, dict | set) or not isinstance(strings, Iterable):
        raise TypeError(message(name, "be a batch of strings, such as a list of str", strings))
    if getattr(strings, "ndim", 1) != 1:
        raise ValueError(message(name, "have the shape [batch]", np.shape(strings), "Pass one string a row."))
    return tf.constant([_encoded(name, row, text) for row, text in enumerate(strings)], tf.string)


def bounded_text(where: str, text: str, most: int) -> bytes:
    """One text from outside as UTF-8.

    Args:
        where: it stands, for the message.
        text: the text.
        most: characters that it may have (`text_characters` of who asks).

    Raises:
        ValueError: it is longer, or holds half a surrogate pair, which UTF-8 cannot express.
    """
    if len(text) > most:
        must = f"have {most:,} characters at most (`text_characters`)"
        raise ValueError(message(where, must, f"{len(text):,} characters"))
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        must = f"be Unicode, and its character {error.start} is half a surrogate pair"
        raise ValueError(message(where, must, text[error.start : error.end])) from None


def check_utf8(texts: Iterable[bytes], where: str) -> None:
    """Raises ValueError at the first of `texts` that is not UTF-8.

    The tokenizers take any bytes: what is not UTF-8 is part of the word it stands in, which becomes `[UNK]`, as in
    TF-Hub's preprocessing. Call this where a file is read, so that a wrong encoding does not pass for rare words.

    Args:
        texts: the rows, as bytes.
        where: the name of the file or column, for the message.

    >>> check_utf8([b"fine", "naïve".encode("latin-1")], "reviews.csv")
    Traceback (most recent call last):
    ValueError: `reviews.csv` must be UTF-8. Received: row 1, byte 3, b'na\\xefve'. Save the file as UTF-8, or ...
    """
    if isinstance(texts, str | bytes):
        raise TypeError(message("texts", "be a list of bytes", texts, "Put it into a list."))
    for row, text in enumerate(texts):
        if not isinstance(text, bytes):
            raise TypeError(message("texts", f"hold bytes in every row, and row {row} does not", text))
        try:
            text.decode("utf-8")
        except UnicodeDecodeError as error:
            around = text[max(0, error.start - 20) : error.start + 20]
            raise ValueError(
                f"`{where}` must be UTF-8. Received: row {row}, byte {error.start + 1}, {around!r}. Save the file as "
                "UTF-8, or decode it with the encoding it has, such as bytes.decode('latin-1')."
            ) from None


def _checked_tensor(name: str, strings: Any) -> tf.Tensor:
    if isinstance(strings, tf.RaggedTensor | tf.SparseTensor):
        raise TypeError(message(name, "be a dense string tensor [batch]", strings, "Pass one string a row."))
    strings = tf.convert_to_tensor(strings)
    if strings.dtype != tf.string:
        raise TypeError(message(name, "be of dtype string", strings.dtype.name, "Pass the texts, not their ids."))
    if strings.shape.rank == 0:
        advice = "Pass a list, and in tf.data call `batch` before `map`."
        raise ValueError(message(name, "have the shape [batch]", tuple(strings.shape), advice))
    if strings.shape.rank not in (None, 1):
        raise ValueError(message(name, "have the shape [batch]", tuple(strings.shape), "Pass one string a row."))
    return tf.ensure_shape(strings, [None])


def _encoded(name: str, row: int, text: Any) -> bytes:
    if isinstance(text, bytes):
        return text
    if not isinstance(text, str):
        advice = "Drop the row, or put an empty string there."
        if isinstance(text, list | tuple):
            advice = "For pairs of texts pass the first texts and the second texts as two batches."
        raise TypeError(message(name, f"hold strings only, and row {row} is none", text, advice))
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        advice = f"Row {row} has half a surrogate pair at character {error.start}: decode it with errors='replace'."
        raise ValueError(message(name, "be text that UTF-8 can express", text, advice)) from None
