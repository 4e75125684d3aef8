"""`WordOverlap`: how much of a query's words a window holds: BM25 as a share of the most there can be."""

from collections.abc import Sequence

import numpy as np

from bert_keras.models.row_reader import chunks
from bert_keras.text.base_tokenizer import BaseTokenizer

_K1, _B = 1.2, 0.75  # of BM25, as it is mostly taken (Robertson and Zaragoza, 2009)
_CHUNK_CHARACTERS = 1_000_000  # tokenized together, or one text


class WordOverlap:
    """BM25 (Robertson and Zaragoza, 2009) over the pieces of a tokenizer, and so in all of its languages.

    A piece that stands in n of N texts weighs log(1 + (N - n + 0.5) / (n + 0.5)). Divided by (k1 + 1) times the weights
    of the query's pieces, which the sum approaches where a text holds each of them again and again, it lies in [0, 1).

    Args:
        texts: windows.
        tokenizer: of the encoder. Pieces that it does not know say nothing.
    """

    def __init__(self, texts: Sequence[str], tokenizer: BaseTokenizer) -> None:
        self.tokenizer = tokenizer
        rows, pieces, lengths = [], [], []
        for begin, stop in chunks([len(text) for text in texts], _CHUNK_CHARACTERS):
            ids = tokenizer(list(texts[begin:stop]))
            lengths.append(ids.row_lengths().numpy())
            rows.append(ids.value_rowids().numpy() + begin)
            pieces.append(ids.flat_values.numpy())
        length, size = np.concatenate(lengths), tokenizer.vocab_size
        keys = np.concatenate(pieces).astype("int64") * len(texts) + np.concatenate(rows)
        keys, counts = np.unique(keys, return_counts=True)
        piece, row = np.divmod(keys, len(texts))
        held = np.bincount(piece, minlength=size)
        self.rarity = np.log(1 + (len(texts) - held + 0.5) / (held + 0.5))
        if tokenizer.unk_id is not None:
            self.rarity[tokenizer.unk_id] = 0.0
        saturated = counts / (counts + _K1 * (1 - _B + _B * length[row] / max(length.mean(), 1)))
        self.rows, self.values = row, (self.rarity[piece] * saturated).astype("float32")
        self.splits = np.concatenate([[0], np.cumsum(held)])
        self.count = len(texts)

    def __call__(self, queries: Sequence[str]) -> np.ndarray:
        """float32 [queries, texts], in [0, 1)."""
        found = np.zeros((len(queries), self.count), "float32")
        for number, ids in enumerate(self.tokenizer(list(queries)).to_list() if queries else ()):
            most = self.rarity[ids].sum()
            for piece in ids if most > 0 else ():
                own = slice(self.splits[piece], self.splits[piece + 1])
                found[number, self.rows[own]] += self.values[own] / np.float32(most)
        return found
