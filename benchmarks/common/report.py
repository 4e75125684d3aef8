"""What a run says at its end, in lines."""

from collections.abc import Iterator
from typing import Any


def lines(results: dict[str, Any]) -> Iterator[str]:
    """A line for each system of each table of a part: its median, and its ratio with the range."""
    for title, systems in tables(results):
        yield f"\n{title}"
        yield f"  {'system':32}{'median':>12}  {'times as fast':>13}  range"
        for name, figures in systems.items():
            ratio = figures["times_as_fast"]
            low, high = ratio["min"], ratio["max"]
            yield f"  {name:32}{_time(figures['seconds']['median']):>12}  {ratio['median']:13.2f}  {low:.2f}–{high:.2f}"


def tables(found: dict[str, Any], title: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every `systems` of the results with the names that lead to it."""
    for name, value in found.items():
        if name == "systems":
            yield title, value
        elif isinstance(value, dict):
            yield from tables(value, f"{title}, {name}" if title else name)


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.2f} ms"
