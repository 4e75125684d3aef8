"""Figures of rounds: medians and ranges, and the order in which systems work in a round."""

import statistics
from collections.abc import Sequence
from typing import Any


def summary(values: Sequence[float]) -> dict[str, float]:
    """Median, least and most, to five significant digits."""
    return {
        name: float(f"{figure(values):.5g}")
        for name, figure in (("median", statistics.median), ("min", min), ("max", max))
    }


def times_as_fast(seconds: Sequence[float], reference: Sequence[float]) -> dict[str, float]:
    """How many times as fast as the reference, round by round: above 1 is faster.

    The ratio is taken inside each round, where both worked within the same minute, and only then its median.
    """
    if len(seconds) != len(reference):
        raise ValueError(f"There are {len(seconds)} rounds of one system and {len(reference)} of the other.")
    return summary([theirs / ours for ours, theirs in zip(seconds, reference, strict=True)])


def with_ratios(rounds: dict[str, list[float]], reference: str) -> dict[str, dict[str, Any]]:
    """For each system its seconds, round by round and summed up, and its ratio to the reference."""
    return {
        name: {
            "seconds": summary(seconds),
            "times_as_fast": times_as_fast(seconds, rounds[reference]),
            "rounds": [round(value, 5) for value in seconds],
        }
        for name, seconds in rounds.items()
    }


def turns(names: Sequence[str], number: int) -> list[str]:
    """The order of round `number`: each system is first, second and last equally often."""
    start = number % len(names)
    return [*names[start:], *names[:start]]
