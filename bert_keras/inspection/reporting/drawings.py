"""Diagrams as SVG that stands in the page: sharp at any size, with text that can be selected, in the page's colours."""

import dataclasses
import math
from collections.abc import Iterable, Sequence

import numpy as np

from bert_keras.markup import Markup, escaped

COLOURS = 6  # that the page has, as the classes c0, c1 and so on
_WIDTH, _HEIGHT = 360, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 50, 12, 12, 42
_MOST_POINTS = 400  # of a line, or of a cloud


@dataclasses.dataclass(frozen=True)
class Line:
    """A line of a diagram.

    Args:
        name: for the legend.
        xs, ys: the points, as many of both; those that are no number are left out.
        colour: the number of a colour, from 0.
        is_dashed: whether it is.
        has_points: whether each point is marked.
    """

    name: str
    xs: Sequence[float]
    ys: Sequence[float]
    colour: int = 0
    is_dashed: bool = False
    has_points: bool = False


def lines(
    drawn: Sequence[Line],
    x_label: str,
    y_label: str,
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
    whole: bool = False,
    diagonal: bool = False,
) -> Markup:
    """Lines in a system of axes.

    Args:
        drawn: the lines.
        x_label, y_label: of the axes.
        x_range, y_range: of the axes; those of the points if None.
        whole: whether x has whole numbers alone.
        diagonal: whether a thin line goes from corner to corner.
    """
    xs, ys = (
        [value for line in drawn for value in getattr(line, axis) if math.isfinite(value)] for axis in ("xs", "ys")
    )
    frame = _Frame(x_range or _spread(xs, whole), y_range or _spread(ys, False))
    parts = frame.axes(x_label, y_label, whole)
    if diagonal:
        parts.append(frame.line(frame.x_range, frame.y_range, "guide"))
    for line in drawn:
        points = [(x, y) for x, y in zip(line.xs, line.ys, strict=True) if math.isfinite(x) and math.isfinite(y)]
        thinned = points if len(points) <= 2 * _MOST_POINTS else [points[place] for place in some(len(points))]
        style = f"line c{line.colour % COLOURS}{' dashed' if line.is_dashed else ''}"
        if len(thinned) > 1:
            parts.append(frame.line(*zip(*thinned, strict=True), style))
        if line.has_points or len(thinned) == 1:
            parts += [
                frame.dot(x, y, 3.2, f"dot c{line.colour % COLOURS}", f"{line.name}: {y:.4g}") for x, y in thinned
            ]
    return _svg(parts, f"{y_label} by {x_label}: " + ", ".join(line.name for line in drawn))


def bars(
    edges: Sequence[float], heights: Sequence[float], x_label: str, y_label: str, diagonal: bool = False
) -> Markup:
    """A bar between each two edges, of a height in [0, 1]; none where the height is no number."""
    frame = _Frame((float(edges[0]), float(edges[-1])), (0.0, 1.0))
    parts = frame.axes(x_label, y_label, False)
    for low, high, height in zip(edges[:-1], edges[1:], heights, strict=True):
        if math.isfinite(height):
            parts.append(frame.bar(low, high, height, f"{low:.2f} to {high:.2f}: {height:.3f}"))
    if diagonal:
        parts.append(frame.line(frame.x_range, frame.y_range, "guide"))
    return _svg(parts, f"{y_label} by {x_label}")


def cloud(xs: Sequence[float], ys: Sequence[float], x_label: str, y_label: str) -> Markup:
    """A point for each row, both axes with the same range, and the line where both are equal."""
    spread = _spread([*xs, *ys], False)
    frame = _Frame(spread, spread)
    parts = [*frame.axes(x_label, y_label, False), frame.line(spread, spread, "guide")]
    parts += [frame.dot(xs[row], ys[row], 2.4, "cloud c0", "") for row in some(len(xs))]
    return _svg(parts, f"{y_label} by {x_label}")


def intervals(
    names: Sequence[str], values: Sequence[float], ends: Sequence[tuple[float, float]], x_label: str
) -> Markup:
    """A line for each interval, below the name of what it is of, with a dot at the value; dots stand along zero.

    Ends that are infinite are left out, and so are values that are no number.
    """
    finite = [number for own in (values, *ends) for number in own if math.isfinite(number)]
    frame = _Frame(_spread([0.0, *finite], False), (0.0, float(len(names))))
    parts = [*frame.x_axis(x_label, False), frame.line((0.0, 0.0), frame.y_range, "guide")]
    for place, (name, value, (low, high)) in enumerate(zip(names, values, ends, strict=True)):
        y = len(names) - place - 0.65
        parts.append(f'<text x="{_LEFT}" y="{frame.y(y) - 9:.1f}">{escaped(name)}</text>')
        if math.isfinite(low) and math.isfinite(high):
            parts.append(frame.line((low, high), (y, y), "line c0"))
        if math.isfinite(value):
            parts.append(frame.dot(value, y, 3.6, "dot c0", f"{name}: {value:+.4g}, {low:+.4g} to {high:+.4g}"))
    return _svg(parts, f"{x_label}: " + ", ".join(names))


def legend(drawn: Iterable[Line]) -> Markup:
    """The names of lines, each with its colour."""
    items = [
        f'<span><svg class="key" viewBox="0 0 22 8" aria-hidden="true"><path class="line c{line.colour % COLOURS}'
        f'{" dashed" if line.is_dashed else ""}" d="M1 4H21"/></svg><i dir="auto">{escaped(line.name)}</i></span>'
        for line in drawn
    ]
    return Markup(f'<p class="legend">{"".join(items)}</p>')


def whisker(value: float, low: float, high: float, top: float) -> Markup:
    """A score between 0 and its best value as a dot, and its interval as a line."""
    if not all(map(math.isfinite, (value, low, high))):
        return Markup("")
    place, begin, end = (4 + 112 * min(max(number / top, 0.0), 1.0) for number in (value, low, high))
    return Markup(
        '<svg class="whisker" viewBox="0 0 120 16" aria-hidden="true"><path class="grid" d="M4 8H116"/>'
        f'<path class="line c0" d="M{begin:.1f} 8H{max(end, begin + 1):.1f}"/>'
        f'<circle class="dot c0" cx="{place:.1f}" cy="8" r="4"/></svg>'
    )


def ticks(low: float, high: float, whole: bool = False) -> list[float]:
    """Round numbers from `low` to `high`, about five of them."""
    rough = max((high - low) / 5.0, 1e-12)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough - 1e-12)
    step = max(round(step), 1) if whole else step
    first = math.ceil(low / step - 1e-9)
    return [number * step for number in range(first, math.floor(high / step + 1e-9) + 1)]


class _Frame:
    """From numbers to places in a drawing."""

    def __init__(self, x_range: tuple[float, float], y_range: tuple[float, float]) -> None:
        self.x_range, self.y_range = x_range, y_range

    def x(self, value: float) -> float:
        low, high = self.x_range
        return _LEFT + (value - low) / (high - low) * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        low, high = self.y_range
        return _HEIGHT - _BOTTOM - (value - low) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)

    def axes(self, x_label: str, y_label: str, whole: bool) -> list[str]:
        bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
        parts = []
        for value in ticks(*self.y_range):
            y = self.y(value)
            parts.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{right}"/>')
            parts.append(f'<text x="{_LEFT - 7}" y="{y + 4:.1f}" text-anchor="end">{_number(value)}</text>')
        parts += self.x_axis(x_label, whole)
        height = (_TOP + bottom) / 2
        turned = f'transform="translate(12 {height:.1f}) rotate(-90)"'
        parts.append(f'<text class="label" {turned} text-anchor="middle">{escaped(y_label)}</text>')
        return parts

    def x_axis(self, x_label: str, whole: bool) -> list[str]:
        bottom, right, parts = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT, []
        for value in ticks(*self.x_range, whole):
            parts.append(
                f'<text x="{self.x(value):.1f}" y="{bottom + 17}" text-anchor="middle">{_number(value)}</text>'
            )
        parts.append(f'<path class="axis" d="M{_LEFT} {bottom}H{right}"/>')
        middle = (_LEFT + right) / 2
        parts.append(
            f'<text class="label" x="{middle:.1f}" y="{_HEIGHT - 6}" text-anchor="middle">{escaped(x_label)}</text>'
        )
        return parts

    def line(self, xs: Sequence[float], ys: Sequence[float], style: str) -> str:
        points = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in zip(xs, ys, strict=True))
        return f'<polyline class="{style}" points="{points}"/>'

    def dot(self, x: float, y: float, radius: float, style: str, title: str) -> str:
        told = f"<title>{escaped(title)}</title>" if title else ""
        return f'<circle class="{style}" cx="{self.x(x):.1f}" cy="{self.y(y):.1f}" r="{radius}">{told}</circle>'

    def bar(self, low: float, high: float, height: float, title: str) -> str:
        left, right, top, bottom = self.x(low) + 1, self.x(high) - 1, self.y(height), self.y(0.0)
        size = f'x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{max(bottom - top, 0.5):.1f}"'
        return f'<rect class="bar" {size}><title>{escaped(title)}</title></rect>'


def _svg(parts: Iterable[str], title: str) -> Markup:
    head = f'<svg class="diagram" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escaped(title)}">'
    return Markup(f"{head}{''.join(parts)}</svg>")


def _spread(values: Sequence[float], whole: bool) -> tuple[float, float]:
    """From the least to the largest, with some air above and below unless they are whole; never empty."""
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if low == high:
        low, high = low - 0.5, high + 0.5
    air = 0.0 if whole else 0.06 * (high - low)
    return low - (0.0 if 0.0 <= low < air else air), high + air


def some(count: int) -> list[int]:
    """The places of `count` points, or as many as a drawing needs, the first and the last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, _MOST_POINTS)).round().astype(int)).tolist() if count else []


def _number(value: float) -> str:
    return f"{value:.10g}" if abs(value) < 10_000 else f"{value:,.0f}"
