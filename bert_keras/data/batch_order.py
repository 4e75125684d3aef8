"""`BatchOrder`: which rows stand in which batch: length-sorted windows, a function of the seed and the epoch alone."""

import copy
from collections.abc import Iterator

import numpy as np

from bert_keras import checks
from bert_keras.text.long_texts import whole_windows
from bert_keras.text.padding import backend_ladder, padded_lengths

WINDOW = 64  # batches sorted by length together: 95 to 98 % of each batch is real tokens, and order still varies


class BatchOrder:
    """Which rows stand in which batch of an epoch: a function of the seed and the epoch's number alone.

    Rows are shuffled, cut into windows of 64 batches, sorted by length inside a window and cut into batches; then the
    batches are shuffled. Without `shuffle`, all rows are sorted by length. Every row comes once in an epoch.

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

    Attributes:
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
    ) -> None:
        self.lengths = np.asarray(lengths)
        self.tokens = self.lengths if tokens is None else np.asarray(tokens)
        self.ladder = ladder
        self.window_tokens = window_tokens
        self.full = full
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
            batches += self._cut(window[np.argsort(self.lengths[window], kind="stable")])
        return [batches[place] for place in random.permutation(len(batches))]

    def padding_share(self, epoch: int = 0) -> float:
        """The share of an epoch's tokens that is padding, in [0, 1)."""
        batches = self.batches(epoch)
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
        return BatchOrder(*rows, ladder, self.window_tokens, self.tokens)

    def _cut(self, rows: np.ndarray) -> list[np.ndarray]:
        return [rows[start : start + self.batch_size] for start in range(0, len(rows), self.batch_size)]
