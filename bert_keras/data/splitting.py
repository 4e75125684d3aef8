"""`held_out`: rows put aside for validation or test: by a seed, with each class's share, equal texts together."""

import numpy as np

from bert_keras import checks

_BINS = 10  # of numbers, for regression


def held_out(strata: np.ndarray, hashes: np.ndarray, share: float, seed: int) -> np.ndarray:
    """bool [rows]: which rows are held out.

    Rows with equal texts stay on one side, with the stratum of the first. Each stratum gives its share, to the nearest
    whole text, the strata together that of all; one that has a single text keeps it.

    Args:
        strata: int [rows], such as the classes.
        hashes: [rows], equal where texts are.
        share: of the different texts, in [0, 1).
        seed: of the draw. With the same rows it draws the same.

    Raises:
        ValueError: if there are too few texts to hold one out and keep one.
    """
    _, first, text_of = np.unique(hashes, return_index=True, return_inverse=True)
    if len(first) < 2:
        advice = "Pass validation_share=0, or a file for each part."
        raise ValueError(
            checks.message("files", "hold two different texts or more to hold one out", len(first), advice)
        )
    order = np.argsort(first, kind="stable")  # texts in the order in which they came, not of their hashes
    random = np.random.default_rng(seed)
    of_texts = strata[first[order]]
    wanted = max(1, round(share * len(order)))
    members = [np.flatnonzero(of_texts == stratum) for stratum in np.unique(of_texts)]
    most = np.array([len(texts) - 1 for texts in members])
    exact = np.array([share * len(texts) for texts in members])
    counts = np.minimum(np.floor(exact).astype(int), most)
    for stratum in np.argsort(-(exact - np.floor(exact)), kind="stable"):
        if counts.sum() < wanted and counts[stratum] < most[stratum]:
            counts[stratum] += 1
    chosen = np.zeros(len(first), bool)
    for texts, count in zip(members, counts, strict=True):
        chosen[order[random.permutation(texts)[:count]]] = True
    if not chosen.any():  # as many strata as texts
        chosen[order[random.integers(len(order))]] = True
    return chosen[text_of.reshape(-1)]


def strata_of(labels: np.ndarray) -> np.ndarray:
    """int [rows]: the classes; which labels a row has together; or the tenths of the numbers."""
    if labels.ndim == 2:
        return np.unique(labels, axis=0, return_inverse=True)[1].reshape(-1)
    if labels.dtype.kind == "f":
        edges = np.quantile(labels, np.linspace(0, 1, _BINS + 1)[1:-1])
        return np.searchsorted(edges, labels, side="right")
    return labels
