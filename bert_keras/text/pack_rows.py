"""`pack_rows`: which texts go into one row, for rows of one length with next to no padding. NumPy alone."""

from collections.abc import Sequence

import numpy as np

from bert_keras import checks


def pack_rows(lengths: Sequence[int], row_tokens: int) -> list[list[int]]:
    """The numbers of the texts of each row, the longest texts first, each into the fullest row that still holds it.

    Best fit decreasing (Johnson, 1973): at most 11/9 of the fewest rows possible, and two. A text is never cut.

    >>> pack_rows([5, 9, 3, 7], row_tokens=12)
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
        advice = f"It is number {wrong[0]}."
        raise ValueError(checks.message("lengths", f"lie between 1 and {row_tokens}", int(lengths[wrong[0]]), advice))
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
