"""`logistic_regression`: a linear head over vectors, fitted to its end."""

import numpy as np
from scipy import optimize, special

_FLATTEST = 1e-8  # of the gradient where scipy ends, for each root of a row
_MOST_ROUNDS = 200
_NEVER = 18.0  # by how much a class without rows lies below all others together: a chance of 1.5e-8


def logistic_regression(
    vectors: np.ndarray,
    labels: np.ndarray,
    num_classes: int,
    penalty: float = 1.0,
    weights: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """The weights with the least cross-entropy, summed over the rows, plus `penalty` / 2 times the kernel's squares.

    The problem is convex: there is one such kernel, whatever one begins with. A class without rows has none, as its
    bias would fall for ever; it is given one that no row has as its answer. Where no row counts, all is 0.

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
    counted = np.ones(len(rows)) if weights is None else np.asarray(weights, "float64")
    seen = counted > 0
    if not seen.any():
        return np.zeros((rows.shape[1] - 1, num_classes)), np.zeros(num_classes)
    there, numbers = np.unique(np.asarray(labels)[seen], return_inverse=True)
    fitted = _fitted(rows[seen], numbers, counted[seen], float(penalty))
    kernel, bias = np.zeros((rows.shape[1] - 1, num_classes)), np.zeros(num_classes)
    kernel[:, there], bias[there] = fitted[:-1], fitted[-1]
    if len(there) < num_classes:
        absent = np.setdiff1d(np.arange(num_classes), there)
        bias[absent] = special.logsumexp(rows[seen] @ fitted, axis=1).min() - _NEVER
    return kernel, bias - bias.mean()


def _fitted(rows: np.ndarray, labels: np.ndarray, counted: np.ndarray, penalty: float) -> np.ndarray:
    """The kernel and, as its last row, the bias of classes that each have a row.

    Weights are told to scipy as multiples of the root of a bound of the loss's curvature (Böhning, 1992,
    https://doi.org/10.1007/BF00048682), by which its steps are as long in all directions.
    """
    counted = counted[:, None]
    wanted = np.eye(labels.max() + 1)[labels]
    penalties = np.full((rows.shape[1], 1), penalty)
    penalties[-1] = 1e-8 * penalty  # none, but for a matrix that can be inverted
    root = np.linalg.inv(np.linalg.cholesky(rows.T @ (counted * rows) / 2 + np.diag(penalties[:, 0])))
    shape = (rows.shape[1], wanted.shape[1])
    last: list[np.ndarray] = [np.full(shape, np.nan).ravel(), wanted]

    def weights_of(point: np.ndarray) -> np.ndarray:
        return root.T @ point.reshape(shape)

    def loss(point: np.ndarray) -> tuple[float, np.ndarray]:
        weights = weights_of(point)
        scores = rows @ weights
        totals = special.logsumexp(scores, axis=1, keepdims=True)
        last[:] = point.copy(), np.exp(scores - totals)
        value = (counted * (totals - (scores * wanted).sum(axis=1, keepdims=True))).sum()
        gradient = rows.T @ (counted * (last[1] - wanted)) + penalties * weights
        return float(value + (penalties * weights**2).sum() / 2), (root @ gradient).ravel()

    def curved(point: np.ndarray, direction: np.ndarray) -> np.ndarray:
        """The loss's second derivative, times a direction."""
        if not np.array_equal(point, last[0]):
            loss(point)
        weights = weights_of(direction)
        scores = last[1] * (rows @ weights)
        scores -= last[1] * scores.sum(axis=1, keepdims=True)
        return (root @ (rows.T @ (counted * scores) + penalties * weights)).ravel()

    options = {"gtol": _FLATTEST * counted.sum() ** 0.5, "maxiter": _MOST_ROUNDS}
    found = optimize.minimize(
        loss, np.zeros(shape).ravel(), jac=True, hessp=curved, method="trust-ncg", options=options
    )
    return weights_of(found.x)
