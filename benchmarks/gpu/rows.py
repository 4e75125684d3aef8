"""Batches of random ids with the lengths of real texts, as both systems get them: padded, or packed into full rows."""

import itertools

import numpy as np

from bert_keras.text.pack_rows import texts_of_rows

# Tokens of a text, special ones included, at each twentieth of the sorted texts: MRPC's training pairs, and windows of
# SQuAD 1.1 of 384 tokens at most, by the vocabulary of BERT uncased.
QUANTILES = {
    "mrpc": "19 32 36 39 41 44 45 47 50 51 53 55 57 59 61 62 64 67 70 74 103",
    "squad": "41 84 104 117 125 131 136 143 149 155 163 170 179 188 197 209 222 248 273 322 384",
}
ROW_TOKENS = {"mrpc": 128, "squad": 384}
NO_LABEL = -1
FEATURES = ("word_ids", "mask", "type_ids", "position_ids", "labels")


def batches(work: str, packed: bool, rows: int, count: int, vocab_size: int, seed: int = 0) -> list[dict]:
    """`count` batches of FEATURES, int32 [rows, length] each; `labels`, 0 or 1, stand at the first token of a text.

    Packed rows are full but for a few tokens. Padded ones hold a text each, texts of like lengths in a batch, and end
    at the next multiple of 32 after the longest, or in half of ROW_TOKENS where that holds all.
    """
    random = np.random.default_rng(seed)
    longest = ROW_TOKENS[work]
    steps = np.array([int(length) for length in QUANTILES[work].split()])
    places = np.linspace(0, 1, len(steps))
    texts = np.interp(random.random(rows * count * 8), places, steps).astype(int)
    if packed:
        packs = [[texts[text] for text in row] for row in texts_of_rows(texts, longest)]
        chosen = [packs[place] for place in random.permutation(len(packs))[: rows * count]]
        groups = [(chosen[start : start + rows], longest) for start in range(0, len(chosen), rows)]
    else:
        chosen = np.sort(texts[: rows * count])
        lots = [chosen[start : start + rows] for start in range(0, len(chosen), rows)]
        groups = [([[text] for text in lot], longest // 2 if lot[-1] <= longest // 2 else longest) for lot in lots]
        groups = [groups[place] for place in random.permutation(len(groups))]
    return [_batch(texts, length, vocab_size, random) for texts, length in groups]


def real_tokens(batch: dict) -> int:
    """Tokens that are no padding."""
    return int(batch["mask"].sum())


def lengths(batch: dict) -> list[int]:
    """Tokens of each text."""
    firsts = np.append(np.flatnonzero(batch["labels"].ravel() != NO_LABEL), batch["labels"].size)
    mask = batch["mask"].ravel()
    return [int(mask[start:end].sum()) for start, end in itertools.pairwise(firsts)]


def _batch(rows: list, length: int, vocab_size: int, random: np.random.Generator) -> dict:
    batch = {name: np.zeros((len(rows), length), "int32") for name in FEATURES}
    batch["labels"][:] = NO_LABEL
    for row, texts in enumerate(rows):
        start = 0
        for tokens in texts:
            place = slice(start, start + tokens)
            batch["word_ids"][row, place] = random.integers(1, vocab_size, tokens)
            batch["mask"][row, place] = 1
            batch["type_ids"][row, start + tokens // 2 : start + tokens] = 1
            batch["position_ids"][row, place] = np.arange(tokens)
            batch["labels"][row, start] = random.integers(0, 2)
            start += tokens
    return batch
