"""`BatchOrder`: which rows stand in which batch: length-sorted windows, a function of the seed and the epoch alone."""

import copy
import dataclasses
from collections.abc import Iterator

import numpy as np

from bert_keras import checks
from bert_keras.data.row_packing import RowPacking, dealt, lengths_of_rows
from bert_keras.text.long_texts import whole_windows
from bert_keras.text.padding import backend_ladder, padded_lengths

WINDOW = 64  # batches sorted by length together: 95 to 98 % of each batch is real tokens, and order still varies

_ATTENTION = 1 / (6 * 768)  # a token's share of attention in BERT-base, for each token of its row, in its other work


class BatchOrder:
    """Which rows stand in which batch of an epoch: a function of the seed and the epoch's number alone.

    Rows are shuffled, cut into windows of 64 batches, sorted by length inside a window and cut into batches; then the
    batches are shuffled. Without `shuffle`, all rows are sorted by length. Every row comes once in an epoch.

    Where rows are packed, those of a window are dealt instead: each batch has short and long ones, and about as many
    tokens as the others, which pack into as many rows.

    Args:
        lengths: int [rows], tokens of each row.
        batch_size: rows a batch; the last one of an epoch may be smaller.
        shuffle: whether the order changes from epoch to epoch.
        seed: of the order.
        ladder: the lengths that batches are padded to, from short to long; () for that of their longest row. See
            `text.padding`.
        window_tokens: of a window, where long texts are read in several: longer rows are padded to whole windows.
        tokens: real tokens of each row, where they are fewer than `lengths`: of a row of several sequences, which are
            padded alike, their mean.
        full: whether an epoch's last batch is filled up to batch_size, with static shapes.
        packing: how the texts of a batch are packed; None where each has a row of its own.
        alike: whether rows of like lengths stand in one batch; else a batch has any.

    Attributes:
        deals: whether batches are dealt, for packing.
        epoch: the number of the epoch that the next iteration gives; it goes up by itself.
        first: the number, from 0, of the batch that an iteration begins with.
    """

    def __init__(
        self,
        lengths: np.ndarray,
        batch_size: int,
        shuffle: bool,
        seed: int = 0,
        ladder: tuple[int, ...] = (),
        window_tokens: int | None = None,
        tokens: np.ndarray | None = None,
        full: bool = False,
        packing: RowPacking | None = None,
        alike: bool = True,
    ) -> None:
        self.lengths = np.asarray(lengths)
        self.tokens = self.lengths if tokens is None else np.asarray(tokens)
        self.ladder = ladder
        self.window_tokens = window_tokens
        self.full = full
        self.packing = packing
        self.deals = packing is not None
        self.alike = alike
        self.batch_size = checks.integer("batch_size", batch_size, 1)
        self.shuffle = checks.boolean("shuffle", shuffle)
        self.seed = checks.integer("seed", seed, 0)
        self.epoch = self.first = 0

    def __len__(self) -> int:
        return -(-len(self.lengths) // self.batch_size) - self.first

    def __call__(self) -> Iterator[np.ndarray]:
        epoch, self.epoch = self.epoch, self.epoch + 1
        yield from self.batches(epoch)[self.first :]

    def rest(self, epoch: int, first: int) -> "BatchOrder":
        """The order of the batches of one epoch from number `first` on, for one iteration."""
        rest = copy.copy(self)
        rest.epoch, rest.first = epoch, first
        return rest

    def batches(self, epoch: int) -> list[np.ndarray]:
        """The batches of one epoch, each int64 [rows of the batch]."""
        if not self.shuffle:
            rows = np.argsort(self.lengths, kind="stable")
            return self._cut(rows)
        random = np.random.default_rng((self.seed, epoch))
        rows = random.permutation(len(self.lengths))
        size = WINDOW * self.batch_size
        batches = []
        for start in range(0, len(rows), size):
            window = rows[start : start + size]
            if self.alike:
                window = window[np.argsort(self.lengths[window], kind="stable")]
            batches += self._dealt(window[::-1]) if self.deals else self._cut(window)
        return [batches[place] for place in random.permutation(len(batches))]

    def padding_share(self, epoch: int = 0) -> float:
        """The share of an epoch's tokens that is padding, in [0, 1)."""
        batches = self.batches(epoch)
        if self.packing is not None:
            padded = sum(map(self.packed_rows, batches)) * self.packing.parts * self.packing.row_tokens
            return 1.0 - float(self.tokens.sum()) / padded if padded else 0.0
        longest = np.array([self.lengths[rows].max() for rows in batches], "int64")
        if self.ladder:
            longest = padded_lengths(longest, self.ladder)
        elif self.window_tokens is not None:
            longest = whole_windows(longest, self.window_tokens, np.where)
        padded = int(np.dot(longest, [self.batch_size if self.full else len(rows) for rows in batches]))
        return 1.0 - float(self.tokens.sum()) / padded if padded else 0.0

    def without_ladder(self) -> "BatchOrder":
        """The same order of batches without static shapes, no longer than Keras' backend needs them."""
        ladder = backend_ladder(int(self.lengths.max(initial=1)), self.window_tokens)
        rows = (self.lengths, self.batch_size, self.shuffle, self.seed)
        return BatchOrder(*rows, ladder, self.window_tokens, self.tokens, alike=self.alike)

    def packed(self, parts: int, seq_length: int) -> "BatchOrder":
        """The order of batches of packed rows, of that length up to `seq_length` with which the first epoch needs the
        fewest tokens; `parts` as for a `RowPacking`."""
        chosen = copy.copy(self)
        chosen.deals = True
        batches, best = None, None
        for row_tokens in lengths_of_rows(int(self.lengths.max(initial=1)), seq_length):
            chosen.packing = RowPacking(row_tokens, parts)
            batches = chosen.batches(0)[:WINDOW] if batches is None else batches
            counts = [chosen.packed_rows(rows) for rows in batches]
            full = [count for count, rows in zip(counts, batches, strict=True) if len(rows) == self.batch_size]
            cost = sum(counts) * row_tokens * (1.0 + row_tokens * _ATTENTION)
            if best is None or cost < best[0]:
                best = cost, dataclasses.replace(chosen.packing, rows=min(full, default=1))
        chosen.packing = best[1]
        chosen.ladder = (chosen.packing.row_tokens,)
        return chosen

    def packing_in_words(self) -> str:
        """What a batch is packed into in the first epoch, and its padding, as a line."""
        packing = self.packing
        counts = sorted({self.packed_rows(rows) for rows in self.batches(0)})
        rows = " or ".join(str(count) for count in counts)
        parts = f"{packing.parts} parts of " if packing.parts > 1 else ""
        share = f"padding {self.padding_share():.1%} of the tokens"
        return f"packed: {self.batch_size} texts in {parts}{rows} rows of {packing.row_tokens} tokens; {share}"

    def packed_rows(self, rows: np.ndarray) -> int:
        """The rows that each part of a batch is packed into."""
        return self.packing.row_count(self.lengths[rows], self._size(rows))

    def places(self, rows: np.ndarray) -> np.ndarray:
        """Where the texts of a batch go, as `RowPacking.places`."""
        return self.packing.places(self.lengths[rows], self._size(rows))

    def with_places(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """As a call, with the places of each batch's texts."""
        for rows in self():
            yield rows, self.places(rows)

    def _size(self, rows: np.ndarray) -> int:
        return self.batch_size if self.full else len(rows)

    def _dealt(self, rows: np.ndarray) -> list[np.ndarray]:
        """Batches of rows that come from long to short; the last one, where it is smaller, has every so manyth."""
        count, left = divmod(len(rows), self.batch_size)
        batches = []
        if left:
            places = ((np.arange(left) + 0.5) * (len(rows) / left)).astype("int64")
            batches = [rows[places]]
            rows = np.delete(rows, places)
        if count:
            batches = dealt(rows, self.lengths, count) + batches
        return [self.packing.arranged(batch, self.lengths) if self.packing else batch for batch in batches]

    def _cut(self, rows: np.ndarray) -> list[np.ndarray]:
        return [rows[start : start + self.batch_size] for start in range(0, len(rows), self.batch_size)]
