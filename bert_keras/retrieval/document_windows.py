"""`document_windows`: documents of any length as windows of as many tokens as an encoder reads, with their places."""

from collections.abc import Sequence

import numpy as np

from bert_keras.bar import bar
from bert_keras.models.row_reader import chunks
from bert_keras.text.base_tokenizer import BaseTokenizer

_CHUNK_CHARACTERS = 1_000_000  # tokenized together, or one document
_CHUNK_DOCUMENTS = 1024


def document_windows(texts: Sequence[str], tokenizer: BaseTokenizer, seq_length: int, overlap: int) -> np.ndarray:
    """int64 [windows, 3], in order: the number of a document, and the window's characters in it, `text[start:end]`.

    A window has at most `seq_length` tokens with the two special ones, begins and ends between two words, and shares
    about `overlap` tokens with the next. A word that is longer than a window is cut.

    >>> document_windows(["It rains in Oslo.", "Rain."], tokenizer, seq_length=5, overlap=1)
    array([[ 0,  0, 11],
           [ 0,  9, 17],
           [ 1,  0,  5]])

    Args:
        texts: the documents.
        tokenizer: of the encoder.
        seq_length: 3 or more.
        overlap: below `seq_length - 2`.
    """
    goes_on = np.asarray(tokenizer.goes_on)
    found = []
    with bar("cutting documents", len(texts)) as shown:
        for begin, stop in chunks([len(text) for text in texts], _CHUNK_CHARACTERS, _CHUNK_DOCUMENTS):
            columns = tokenizer.tokenize_with_offsets(list(texts[begin:stop]))
            splits = columns.ids.row_splits.numpy()
            ids, starts, limits = (column.flat_values.numpy() for column in columns)
            for number in range(begin, stop):
                own = slice(splits[number - begin], splits[number - begin + 1])
                spans = _spans(~goes_on[ids[own]], starts[own], limits[own], seq_length - 2, overlap)
                # A text of characters that the tokenizer drops is found by its name and place all the same.
                found += [(number, *span) for span in spans or [(0, len(texts[number]))]]
            shown(stop)
    return np.array(found, "int64").reshape(-1, 3)


def _spans(opens: np.ndarray, starts: np.ndarray, limits: np.ndarray, room: int, overlap: int) -> list[tuple[int, int]]:
    """Where the windows of one document stand, in characters.

    Args:
        opens: bool [tokens], whether a token begins a word.
        starts, limits: int [tokens], characters.
        room: tokens of a window.
        overlap: tokens that two windows share.
    """
    count = len(starts)
    if not count:
        return []
    opens = opens & (np.concatenate([[0], limits[:-1]]) <= starts)  # not inside of one character
    breaks = np.append(np.flatnonzero(opens), count)  # where a window may begin or end

    def end_of(first: int) -> int:
        if first + room >= count:
            return count
        at = breaks[np.searchsorted(breaks, first + room, side="right") - 1]
        return int(at) if at > first else first + room

    spans, first = [], 0
    while True:
        end = end_of(first)
        spans.append((int(starts[first]), int(limits[end - 1])))
        if end == count:
            return spans
        following = min(int(breaks[np.searchsorted(breaks, max(end - overlap, first + 1))]), end)
        first = following if end_of(following) > end else end  # before a long word it would show nothing new
