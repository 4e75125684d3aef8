"""How often `bk.compare` finds a difference where there is none: simulated comparisons of a recipe with itself.

    python benchmarks/null_comparisons.py --comparisons 1000

Both sides draw their scores from one distribution, so that the true difference is zero; what is counted is the share of
comparisons whose interval holds it. The last column is the percentile interval of a bootstrap over the differences, for
the same draws. Of several equal contestants it is the share of comparisons in which all intervals hold zero.
"""

import argparse
import itertools
from collections.abc import Callable

import numpy as np

from bert_keras.metrics.paired_difference import paired_difference

SEEDS = (3, 5, 10)
_DEVIATION = 0.012  # of the score of a run on MRPC by seed


def of_rows(share: Callable[[np.random.Generator, tuple[int, ...]], np.ndarray], rows: int) -> Callable:
    """Accuracies on so many rows: the share of right answers that a seed tends to, rounded to whole rows."""
    return lambda random, shape: np.round(np.clip(share(random, shape), 0, 1) * rows) / rows


def normal(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return 0.85 + _DEVIATION * random.standard_normal(shape)


def heavy(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return 0.85 + _DEVIATION * random.standard_t(3, shape)


def skewed(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return 0.88 - _DEVIATION * random.exponential(size=shape)


def failing(share: float) -> Callable:
    """A share of the runs learns nothing."""

    def drawn(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return np.where(random.random(shape) < share, 0.684, normal(random, shape))

    return drawn


def unlike(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Two sides with one mean and one deviation, of which one has a tail: their differences are no more symmetric."""
    scores = normal(random, shape)
    scores[:, 0] = 0.85 + _DEVIATION * (1.0 - random.exponential(size=scores[:, 0].shape))
    return scores


NOISES = {  # by name: the scores, and what one row is worth
    "normal, 408 rows": (of_rows(normal, 408), 1 / 408),
    "normal, 40 rows": (of_rows(normal, 40), 1 / 40),
    "normal, 100 rows": (of_rows(normal, 100), 1 / 100),
    "heavy tails (t, 3 degrees)": (of_rows(heavy, 408), 1 / 408),
    "skewed (exponential)": (of_rows(skewed, 408), 1 / 408),
    "a run in ten fails": (of_rows(failing(0.1), 408), 1 / 408),
    "a run in two fails": (of_rows(failing(0.5), 408), 1 / 408),
    "normal, not rounded": (normal, 0.0),
    "one skewed, one normal": (of_rows(unlike, 408), 1 / 408),
}


def covered(noise: str, seeds: int, comparisons: int, seed: int = 0) -> float:
    """The share of simulated comparisons whose interval holds zero, the true difference."""
    draw, step = NOISES[noise]
    scores = draw(np.random.default_rng(seed), (comparisons, 2, seeds))
    return float(np.mean([paired_difference(("a", "b"), *pair, step=step).holds_zero for pair in scores]))


def none_named(noise: str, seeds: int, contestants: int, comparisons: int, seed: int = 0) -> float:
    """The share of simulated comparisons, each two of so many equal contestants, whose intervals all hold zero."""
    draw, step = NOISES[noise]
    scores = draw(np.random.default_rng(seed), (comparisons, contestants, seeds))
    pairs = list(itertools.combinations(range(contestants), 2))
    known = {"step": step, "comparisons": len(pairs)}
    held = [
        all(paired_difference(("a", "b"), own[one], own[other], **known).holds_zero for one, other in pairs)
        for own in scores
    ]
    return float(np.mean(held))


def covered_on_other_rows(seeds: int, rows: int, comparisons: int, seed: int = 0) -> tuple[float, float]:
    """As `covered`, where both sides would be equal on all rows that there are, and are scored on a few of them.

    Each side finds other rows hard. Returns the shares of the interval of seeds alone, and of that for other rows, too.
    """
    random = np.random.default_rng(seed)
    narrow = wide = 0
    for _ in range(comparisons):
        hard = 1.5 + 1.5 * random.standard_normal(rows)
        of_side = 0.8 * random.standard_normal((2, 1, rows))
        of_run = 0.1 * random.standard_normal((2, seeds, 1)) + 0.8 * random.standard_normal((2, seeds, rows))
        right = (hard + of_side + of_run > 0).astype(float)
        by_row = (right[0] - right[1]).mean(axis=0)
        known = {"step": 1 / rows, "row_deviation": float(by_row.std() / np.sqrt(rows))}
        found = paired_difference(("a", "b"), *right.mean(axis=2), **known)
        narrow += found.holds_zero
        wide += found.wide_holds_zero
    return narrow / comparisons, wide / comparisons


def covered_by_bootstrap(noise: str, seeds: int, comparisons: int, seed: int = 0) -> float:
    """As `covered`, of the percentile interval of 1,000 draws of the differences."""
    random = np.random.default_rng(seed)
    scores = NOISES[noise][0](random, (comparisons, 2, seeds))
    held = 0
    for first, second in scores:
        means = (first - second)[random.integers(seeds, size=(1000, seeds))].mean(axis=1)
        low, high = np.quantile(means, [0.025, 0.975])
        held += low <= 0 <= high
    return held / comparisons


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--comparisons", type=int, default=1000, help="of each form of score and number of seeds")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    print(f"{given.comparisons:,} comparisons each, drawn by seed {given.seed}: the share whose interval holds zero")
    print(f"{'scores':28}{'seeds':>6}{'bk.compare':>12}{'percentile bootstrap':>22}")
    for noise in NOISES:
        for seeds in SEEDS:
            ours = covered(noise, seeds, given.comparisons, given.seed)
            bare = covered_by_bootstrap(noise, seeds, min(given.comparisons, 1000), given.seed)
            print(f"{noise:28}{seeds:>6}{ours:>12.3f}{bare:>22.3f}", flush=True)
    print("Equal on all rows, scored on 408 of them: the interval of seeds, and that for other rows, too")
    for seeds in SEEDS:
        narrow, wide = covered_on_other_rows(seeds, 408, given.comparisons, given.seed)
        print(f"{'':28}{seeds:>6}{narrow:>12.3f}{wide:>22.3f}", flush=True)
    for contestants in (3, 5):
        for seeds in SEEDS:
            none = none_named("normal, 408 rows", seeds, contestants, given.comparisons, given.seed)
            print(f"{f'{contestants} equal contestants':28}{seeds:>6}{none:>12.3f}", flush=True)


if __name__ == "__main__":
    main()
