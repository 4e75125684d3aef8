"""`pack_rows`: several texts in one row, for batches of one shape with next to no padding. NumPy alone."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.features import FEATURE_NAMES, MASK, POSITION_IDS


def pack_rows(features: Mapping[str, Any], row_tokens: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Texts of a row each as rows that hold several, none of which sees another in a `bk.BertEncoder`.

    >>> features = encoder.preprocessor(seq_length=128)(texts)
    >>> packed, places = pack_rows(features, row_tokens=128)
    >>> pooled = encoder(packed)["pooled_output"].numpy()  # [rows, row_tokens, hidden_size]
    >>> pooled[places[:, 0], places[:, 1]]  # of each text, what encoder(features)["pooled_output"] is

    Args:
        features: the three, int [texts, seq_length], padded at their ends.
        row_tokens: of a row; at least the tokens of the longest text.

    Returns:
        `features`, the three and `input_position_ids`, int32 [rows, row_tokens], and `places`, int64 [texts, 2]: the
        row and the column of each text's first token.

    Raises:
        ValueError: for features that are not those three, padding that is not at a row's end, a text without a token,
            or one that is longer than a row.
    """
    if set(features) != set(FEATURE_NAMES):
        raise ValueError(checks.message("features", f"hold {', '.join(FEATURE_NAMES)}", sorted(features)))
    columns = {name: np.asarray(features[name], "int32") for name in FEATURE_NAMES}
    mask = columns[MASK]
    lengths = mask.sum(axis=1)
    if (mask != (np.arange(mask.shape[1]) < lengths[:, None])).any():
        raise ValueError(checks.message(MASK, "be 1 at a row's tokens and 0 behind its last", mask.tolist()))
    rows = texts_of_rows(lengths, row_tokens)
    packed = {name: np.zeros((len(rows), row_tokens), "int32") for name in (*FEATURE_NAMES, POSITION_IDS)}
    places = np.zeros((len(lengths), 2), "int64")
    for row, texts in enumerate(rows):
        start = 0
        for text in texts:
            end = start + lengths[text]
            for name, column in columns.items():
                packed[name][row, start:end] = column[text, : lengths[text]]
            packed[POSITION_IDS][row, start:end] = np.arange(lengths[text])
            places[text] = row, start
            start = end
    return packed, places


def texts_of_rows(lengths: Sequence[int], row_tokens: int) -> list[list[int]]:
    """The numbers of the texts of each row: the longest texts first, each into the fullest row that still holds it.

    Best fit decreasing (Johnson, 1973, https://dspace.mit.edu/handle/1721.1/57819). A text is never cut.

    >>> texts_of_rows([5, 9, 3, 7], row_tokens=12)
    [[1, 2], [3, 0]]

    Args:
        lengths: tokens of each text, 1 to row_tokens.
        row_tokens: of a row.

    Raises:
        ValueError: for a text that is longer than a row or has no token.
    """
    lengths = np.asarray(lengths, "int64")
    checks.integer("row_tokens", row_tokens, 1)
    wrong = np.flatnonzero((lengths < 1) | (lengths > row_tokens))
    if len(wrong):
        must = f"have between 1 and {row_tokens} tokens each, as many as a row"
        raise ValueError(
            checks.message("texts", must, int(lengths[wrong[0]]), f"It is text {wrong[0]}, counted from 0.")
        )
    rows: list[list[int]] = []
    with_room: list[list[int]] = [[] for _ in range(row_tokens + 1)]  # the rows that have room for so many tokens
    for text in np.argsort(-lengths, kind="stable").tolist():
        length = int(lengths[text])
        room = next((room for room in range(length, row_tokens + 1) if with_room[room]), None)
        if room is None:
            rows.append([])
            row, room = len(rows) - 1, row_tokens
        else:
            row = with_room[room].pop()
        rows[row].append(text)
        with_room[room - length].append(row)
    return rows
