"""`Batches`: the rows of a training task as ids and the order of its batches, made once, read by every system."""

import dataclasses
import pathlib

import numpy as np


@dataclasses.dataclass(frozen=True)
class Batches:
    """Rows of ids in the order of the batches, with the weights that the head starts from.

    A row that comes again in a later epoch is stored again.

    Args:
        ids, types: int32 [tokens], the rows end to end.
        starts: int64 [rows + 1], where each row begins in them, and where the last one ends.
        labels: int32 [rows, columns]: a class, or the first and the last token of an answer.
        cuts: int64 [batches + 1], the row that each batch begins with, and where the last one ends.
        kernel, bias: of the head, float32 [width, outputs] and [outputs].
    """

    ids: np.ndarray
    types: np.ndarray
    starts: np.ndarray
    labels: np.ndarray
    cuts: np.ndarray
    kernel: np.ndarray
    bias: np.ndarray

    @classmethod
    def read(cls, path: str | pathlib.Path) -> "Batches":
        with np.load(path) as stored:
            return cls(**{field.name: stored[field.name] for field in dataclasses.fields(cls)})

    def write(self, path: str | pathlib.Path) -> None:
        np.savez(path, **{field.name: getattr(self, field.name) for field in dataclasses.fields(self)})

    def __len__(self) -> int:
        return len(self.cuts) - 1

    def rows(self, batch: int) -> range:
        """The rows of a batch."""
        return range(self.cuts[batch], self.cuts[batch + 1])

    def lengths(self, batch: int) -> np.ndarray:
        """Real tokens of each row of a batch."""
        return np.diff(self.starts[self.cuts[batch] : self.cuts[batch + 1] + 1])

    def tokens(self, first: int, count: int) -> int:
        """Real tokens of `count` batches from `first` on."""
        return int(sum(self.lengths(batch).sum() for batch in range(first, first + count)))


def joined(batches: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]], head: tuple) -> Batches:
    """`Batches` of padded batches, in their order.

    Args:
        batches: of each its ids, mask and types int [rows, longest], and labels int [rows, columns].
        head: its kernel and bias.
    """
    masks = [mask.astype(bool) for _, mask, _, _ in batches]
    lengths = np.concatenate([mask.sum(axis=1) for mask in masks])
    sizes = [len(mask) for mask in masks]
    return Batches(
        ids=np.concatenate([batch[0][mask] for batch, mask in zip(batches, masks, strict=True)]).astype("int32"),
        types=np.concatenate([batch[2][mask] for batch, mask in zip(batches, masks, strict=True)]).astype("int32"),
        starts=np.concatenate([[0], np.cumsum(lengths)]).astype("int64"),
        labels=np.concatenate([batch[3] for batch in batches]).astype("int32"),
        cuts=np.concatenate([[0], np.cumsum(sizes)]).astype("int64"),
        kernel=head[0],
        bias=head[1],
    )
