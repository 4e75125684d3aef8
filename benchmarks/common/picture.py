"""`draw`: the ratios of all systems with their ranges, as one picture."""

import pathlib
from typing import Any

from common.bench import OURS
from common.report import tables

EQUAL = {"median": 1.0, "min": 1.0, "max": 1.0}  # of what the others are measured by


def draw(results: dict[str, Any], path: pathlib.Path) -> pathlib.Path:
    """Bars from the tables of the results: how many times as fast as Hugging Face, with the range of the rounds."""
    from matplotlib.figure import Figure

    bars = [
        (f"{title}: {name}", figures["times_as_fast"], name.startswith(OURS))
        for title, systems in tables(results)
        for name, figures in systems.items()
        if figures["times_as_fast"] != EQUAL
    ][::-1]
    figure = Figure(figsize=(9, 1.2 + 0.24 * len(bars)), layout="constrained")
    axes = figure.subplots()
    places = range(len(bars))
    medians = [ratio["median"] for _, ratio, _ in bars]
    low = [ratio["median"] - ratio["min"] for _, ratio, _ in bars]
    high = [ratio["max"] - ratio["median"] for _, ratio, _ in bars]
    colors = ["#1f6f8b" if ours else "#b9bec4" for *_, ours in bars]
    axes.barh(places, [median - 1.0 for median in medians], left=1.0, xerr=[low, high], color=colors)
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter(lambda value, place: f"{value:g}")
    axes.margins(y=0.01)
    axes.set_yticks(places, [name for name, *_ in bars], fontsize=7)
    axes.axvline(1.0, color="black", linewidth=0.8)
    axes.set_xlabel("times as fast as the reference, Hugging Face at its best: median of the rounds, least and most")
    facts = results["machine"]
    axes.set_title(f"{results['date']}, {facts['processor']}, {facts['cores used']} cores", fontsize=9)
    figure.savefig(path, dpi=130)
    return path
