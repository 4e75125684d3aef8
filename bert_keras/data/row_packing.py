"""`RowPacking`: how the texts of a batch are packed into rows, several in one, for next to no padding."""

import dataclasses

import numpy as np

from bert_keras.text.pack_rows import texts_of_rows
from bert_keras.text.padding import MULTIPLE


@dataclasses.dataclass(frozen=True)
class RowPacking:
    """Rows of one length for the texts of a batch. Each part of it, a micro-batch of a replica, has rows of its own.

    Args:
        row_tokens: of a row; no text is longer.
        parts: equal stretches that a batch is cut into, one after another.
        rows: of a part, at least; a part whose texts need more has more.
    """

    row_tokens: int
    parts: int = 1
    rows: int = 1

    def arranged(self, rows: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """The rows of a batch, int64 [rows], in an order in which parts have about as many tokens as each other."""
        if self.parts == 1:
            return rows
        rows = rows[np.argsort(-lengths[rows], kind="stable")]
        return np.concatenate(dealt(rows, lengths, self.parts))

    def places(self, lengths: np.ndarray, size: int) -> np.ndarray:
        """Where the texts of a batch go, as models take it: the feature `packed_places`.

        Args:
            lengths: int [texts], tokens of each text.
            size: of a batch that is filled up, a multiple of `parts`; the others of its texts have no place.

        Returns:
            int32 [size, rows]: in the column of a text's row, counted in its part, 1 + its first token's place; 0 in
            all others.
        """
        packed = [texts_of_rows(part, self.row_tokens) for part in self._apart(lengths, size)]
        places = np.zeros((size, max(self.rows, *map(len, packed))), "int32")
        for number, rows in enumerate(packed):
            begin = number * (size // self.parts)
            for row, texts in enumerate(rows):
                of_row = begin + np.array(texts)
                places[of_row, row] = 1 + np.cumsum([0, *lengths[of_row[:-1]]])
        return places

    def row_count(self, lengths: np.ndarray, size: int) -> int:
        """The rows of each part of a batch; arguments as for `places`."""
        return max(self.rows, *(len(texts_of_rows(part, self.row_tokens)) for part in self._apart(lengths, size)))

    def _apart(self, lengths: np.ndarray, size: int) -> list[np.ndarray]:
        step = size // self.parts
        return [lengths[begin : begin + step] for begin in range(0, size, step)]


def dealt(rows: np.ndarray, lengths: np.ndarray, hands: int) -> list[np.ndarray]:
    """Rows in so many hands, as many in each, with about as many tokens.

    Of each `hands` rows in turn, which are sorted by length, that with the most tokens goes to the hand with the
    fewest. The first hands have a row more than the others where they do not divide.

    Args:
        rows: int64 [rows], from long to short.
        lengths: tokens of each row there is.
        hands: how many.
    """
    tokens, given = np.zeros(hands, "int64"), [[] for _ in range(hands)]
    for begin in range(0, len(rows), hands):
        layer = rows[begin : begin + hands]
        fewest = np.argsort(tokens[: len(layer)], kind="stable")
        for hand, row in zip(fewest.tolist(), layer.tolist(), strict=True):
            given[hand].append(row)
            tokens[hand] += lengths[row]
    return [np.array(hand, "int64") for hand in given]


def lengths_of_rows(longest: int, seq_length: int) -> list[int]:
    """The lengths that packed rows may have: multiples of 8 from the longest text's on, and seq_length, the last."""
    return [*range(-(-longest // MULTIPLE) * MULTIPLE, seq_length, MULTIPLE), seq_length]
