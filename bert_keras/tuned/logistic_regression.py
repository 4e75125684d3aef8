"""`logistic_regression`: a linear head over vectors, fitted to its end."""

import numpy as np

_MOST_ROUNDS = 2000
_TOLERANCE = 1e-9  # of the largest change of a weight in a round


def logistic_regression(
    vectors: np.ndarray,
    labels: np.ndarray,
    num_classes: int,
    penalty: float = 1.0,
    weights: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """The weights with the least cross-entropy, summed over the rows, plus `penalty` / 2 times the kernel's squares.

    The problem is convex: there is one such kernel, whatever one begins with. Each round minimises a quadratic that
    lies above the loss (Böhning, 1992, https://doi.org/10.1007/BF00048682), so the loss falls in each.

    Args:
        vectors: [rows, size].
        labels: int [rows], the number of each row's class.
        num_classes: of the columns of the kernel.
        penalty: above 0; the bias is not penalised.
        weights: [rows], at least 0, how much each counts; 1 each if None.

    Returns:
        The kernel float64 [size, num_classes] and the bias float64 [num_classes], whose mean is 0.
    """
    rows = np.concatenate([np.asarray(vectors, "float64"), np.ones((len(vectors), 1))], axis=1)
    counted = np.ones((len(rows), 1)) if weights is None else np.asarray(weights, "float64")[:, None]
    wanted = np.eye(num_classes)[np.asarray(labels)]
    penalties = np.full(rows.shape[1], float(penalty))
    penalties[-1] = 1e-8 * penalty  # none, but for a matrix that can be inverted
    inverse = np.linalg.inv(rows.T @ (counted * rows) / 2 + np.diag(penalties))
    before = fitted = np.zeros((rows.shape[1], num_classes))
    for number in range(_MOST_ROUNDS):
        ahead = fitted + number / (number + 3) * (fitted - before)  # Nesterov's momentum
        scores = rows @ ahead
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        gradient = rows.T @ (counted * (shares - wanted)) + penalties[:, None] * ahead
        before, fitted = fitted, ahead - inverse @ gradient
        if np.abs(fitted - before).max() < _TOLERANCE:
            break
    return fitted[:-1], fitted[-1] - fitted[-1].mean()
