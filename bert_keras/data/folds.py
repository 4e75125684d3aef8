"""`folds`: rows dealt into parts for cross-validation, each class evenly, doubles together."""

import numpy as np


def folds(labels: np.ndarray, groups: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    """int64 [rows], the fold of each row, from 0.

    A row in one fold and its double in another would vouch for each other, wrong label and all: a group stays together.

    Args:
        labels: int [rows].
        groups: int [rows], equal where rows belong together.
        count: of folds.
        seed: of the draw.
    """
    _, group_of, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    classes = np.unique(labels, return_inverse=True)[1]
    tables = np.zeros((len(sizes), classes.max() + 1), "int64")  # rows of each class in each group
    np.add.at(tables, (group_of, classes), 1)
    order = np.random.default_rng(seed).permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]  # what is largest first: it is hardest to even out
    dealt, fold_of = np.zeros((count, tables.shape[1])), np.empty(len(sizes), "int64")
    weights = 1.0 / np.maximum(tables.sum(axis=0), 1)  # so that rare classes are dealt evenly too
    for group in order:
        cost = (dealt * (tables[group] * weights)).sum(axis=1)
        fold_of[group] = fold = int(np.lexsort((dealt.sum(axis=1), cost))[0])
        dealt[fold] += tables[group]
    return fold_of[group_of]
