"""`paired_ways`: ways that were run with the same seeds, each beside the first."""

import json
from collections.abc import Iterable
from typing import Any

import numpy as np

from bert_keras.metrics.paired_difference import paired_difference


def paired_ways(runs: Iterable[tuple[str, int, float, dict[str, Any]]], measure: str = "accuracy") -> None:
    """Prints a line of JSON for each run as it ends, then each other way's difference to the first, with its interval.

    Args:
        runs: way, seed, score and what else is to be said, all ways of a seed before the next seed.
        measure: the name of the score.
    """
    scores: dict[str, list[float]] = {}
    for name, seed, score, facts in runs:
        scores.setdefault(name, []).append(score)
        print(json.dumps({"way": name, "seed": seed, measure: round(score, 4)} | facts), flush=True)
    first, *others = scores
    for name in others:
        found = paired_difference((name, first), scores[name], scores[first], comparisons=len(others))
        means = f"{np.mean(scores[name]):.4f}, {first} {np.mean(scores[first]):.4f}"
        print(f"{name} {means}: {found.mean:+.4f}, {found.low:+.4f} to {found.high:+.4f}")
