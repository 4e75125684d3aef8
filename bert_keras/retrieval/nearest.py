"""`nearest`: the rows with the highest cosines, exactly: all of them are looked at."""

from collections.abc import Callable

import numpy as np

_BLOCK = 1 << 24  # cosines in memory at a time, 64 MiB


def nearest(
    vectors: np.ndarray,
    queries: np.ndarray,
    k: int,
    groups: np.ndarray | None = None,
    added: Callable[[slice], np.ndarray] | None = None,
) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each query the `k` rows with the highest cosines, best first, and these; equal ones in the order of the rows.

    >>> nearest(np.eye(3, dtype="float32"), np.float32([[0.6, 0.8, 0.0]]), k=2)
    [(array([1, 0]), array([0.8, 0.6], dtype=float32))]

    Args:
        vectors: float32 [rows, size], of length 1.
        queries: float32 [queries, size], of length 1.
        k: how many; fewer where there are fewer rows.
        groups: int [rows], rising from 0 without gaps: of each group the best row alone counts.
        added: from a slice of the queries to float32 [its queries, rows], what is added to the cosines.
    """
    found = []
    begins = None if groups is None else np.flatnonzero(np.diff(groups, prepend=-1))
    step = max(1, _BLOCK // len(vectors))
    for begin in range(0, len(queries), step):
        own = slice(begin, begin + step)
        block = np.clip(queries[own] @ vectors.T, -1.0, 1.0)
        if added is not None:
            block += added(own)
        for scores in block:
            rows = _best(scores if begins is None else np.maximum.reduceat(scores, begins), k)
            if begins is not None:
                rows = np.array([_best_of(scores, begins, row) for row in rows])
            found.append((rows, scores[rows]))
    return found


def _best(values: np.ndarray, k: int) -> np.ndarray:
    """The places of the `k` highest values, the highest first, of equal ones the first."""
    k = min(k, len(values))
    least = np.partition(values, len(values) - k)[len(values) - k]
    candidates = np.flatnonzero(values >= least)
    return candidates[np.argsort(-values[candidates], kind="stable")][:k]


def _best_of(values: np.ndarray, begins: np.ndarray, group: int) -> int:
    end = begins[group + 1] if group + 1 < len(begins) else len(values)
    return int(begins[group] + values[begins[group] : end].argmax())
