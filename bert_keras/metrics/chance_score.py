"""`chance_score`: what answers score that have nothing to do with the rows: the same answers, dealt out at random."""

from collections.abc import Callable

import numpy as np

from bert_keras.checks import integer, message, number

DRAWS = 200
SHARE = 0.95


def chance_score(
    statistic: Callable[[np.ndarray], float], rows: int, *, draws: int = DRAWS, share: float = SHARE, seed: int = 0
) -> float:
    """The score that `share` of all ways to deal the answers out stays at or below.

    A model that answers the same to every row scores that, too; one that has learned something scores more.

    Args:
        statistic: called with int64 [rows], whose answer each row is given; gives the score.
        rows: how many there are.
        draws: how often they are dealt out.
        share: in (0, 1).
        seed: of the draw: the same score in every run.

    Raises:
        TypeError, ValueError: for numbers outside these ranges.

    >>> labels = np.array([0, 1, 1, 1])
    >>> chance_score(lambda dealt: np.mean(np.ones(4)[dealt] == labels), rows=4)
    0.75
    """
    integer("rows", rows, 1)
    integer("draws", draws, 1)
    if not 0 < number("share", share) < 1:
        raise ValueError(message("share", "lie between 0 and 1, both left out", share))
    random = np.random.default_rng(integer("seed", seed, 0))
    found = np.sort([statistic(random.permutation(rows)) for _ in range(draws)])
    return float(found[int(np.ceil(share * draws)) - 1])
