"""`label_pairs`: pairs of labelled rows, and whether both have one label."""

import numpy as np


def label_pairs(labels: np.ndarray, most: int, seed: int = 0, least: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of rows, half of them of one class and half of two, as SetFit makes them (Tunstall et al., 2022).

    All pairs of the more numerous half come once, a row with itself among those of one class, and those of the other
    half again and again; where these are fewer than `least`, both do. At most `most` in all, drawn by the seed.

    Args:
        labels: int [rows], of two classes at least.
        most: pairs, at most.
        seed: of the draw and the order.
        least: pairs, at least, as far as `most` allows.

    Returns:
        int64 [pairs, 2], numbers of rows; and float32 [pairs], 1 where both are of one class, else 0.
    """
    labels, random = np.asarray(labels), np.random.default_rng(seed)
    first, second = np.triu_indices(len(labels))
    is_same = labels[first] == labels[second]
    groups = [np.stack([first[kind], second[kind]], axis=1) for kind in (is_same, ~is_same)]
    count = min(max(*map(len, groups), least // 2), max(most // 2, 1))
    drawn = [np.concatenate([random.permutation(group) for _ in range(-(-count // len(group)))]) for group in groups]
    pairs = np.concatenate([group[:count] for group in drawn]).astype("int64")
    order = random.permutation(2 * count)
    return pairs[order], np.repeat(np.array([1.0, 0.0], "float32"), count)[order]
