"""Diagrams: well-formed SVG with every point where it belongs, and texts that stay texts."""

import math
import re
from xml.etree import ElementTree

import pytest
from tags import HOSTILE

from bert_keras.inspection.reporting import drawings
from bert_keras.inspection.reporting.drawings import Line


def parsed(markup):
    return ElementTree.fromstring(str(markup))


def points(svg):
    """Of each line, by its classes."""
    lines = [node for node in svg.iter("polyline")]
    return [
        (node.get("class"), [tuple(map(float, pair.split(","))) for pair in node.get("points").split()])
        for node in lines
    ]


def test_lines_go_through_their_points():
    drawn = [
        Line("loss", [1, 2, 3], [0.0, 1.0, 0.5], 0, False, True),
        Line(HOSTILE, [1, 2, 3], [1.0, math.nan, 0.0], 1, True),
    ]
    svg = parsed(drawings.lines(drawn, "epoch", HOSTILE, (1, 3), (0, 1), whole=True))
    (first, own), (second, others) = points(svg)
    assert first == "line c0" and second == "line c1 dashed"
    left, top, right, bottom = own[0][0], own[1][1], own[2][0], own[0][1]
    assert left < right and top < bottom  # SVG counts from above
    assert own == [(left, bottom), ((left + right) / 2, top), (right, (top + bottom) / 2)]
    assert others == [(left, top), (right, bottom)]  # without the one that is no number
    assert len(list(svg.iter("circle"))) == 3
    texts = [node.text for node in svg.iter("text")]
    assert {"1", "2", "3", "epoch", HOSTILE} <= set(texts) and "1.5" not in texts


def test_one_epoch_is_a_point():
    svg = parsed(drawings.lines([Line("loss", [1], [0.5])], "epoch", "loss", whole=True))
    assert len(list(svg.iter("circle"))) == 1 and not points(svg)


def test_bars_have_the_heights_of_their_numbers():
    svg = parsed(drawings.bars([0.0, 0.5, 0.75, 1.0], [1.0, math.nan, 0.25], "probability", "share", diagonal=True))
    first, second = ({name: float(bar.get(name)) for name in ("x", "y", "width", "height")} for bar in svg.iter("rect"))
    assert second["height"] == pytest.approx(first["height"] / 4, abs=0.2)
    assert first["y"] + first["height"] == pytest.approx(second["y"] + second["height"], abs=0.2)
    assert second["width"] == pytest.approx(first["width"] / 2, abs=2.1) and second["x"] > first["x"] + first["width"]
    [(style, (begin, end))] = points(svg)
    assert style == "guide" and begin[0] < end[0] and begin[1] > end[1]


def test_a_cloud_has_a_point_for_each_row_up_to_a_limit():
    svg = parsed(drawings.cloud([0.0, 1.0, 2.0], [2.0, 1.0, 0.0], "label", "predicted"))
    places = [(float(node.get("cx")), float(node.get("cy"))) for node in svg.iter("circle")]
    assert len(places) == 3 and places[0][0] < places[1][0] < places[2][0] and places[0][1] < places[2][1]
    many = parsed(drawings.cloud([float(n) for n in range(5000)], [0.0] * 5000, "label", "predicted"))
    assert len(list(many.iter("circle"))) == 400


def test_a_whisker_lies_around_its_dot():
    svg = parsed(drawings.whisker(50.0, 25.0, 75.0, 100.0))
    begin, end = map(float, re.match(r"M([\d.]+) 8H([\d.]+)", list(svg.iter("path"))[1].get("d")).groups())
    assert (begin, end) == (4 + 28, 4 + 84) and float(next(svg.iter("circle")).get("cx")) == 4 + 56
    assert drawings.whisker(0.5, math.nan, math.nan, 1.0) == ""


@pytest.mark.parametrize(
    "low, high, whole, wanted",
    [
        (0.0, 1.0, False, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (1, 3, True, [1, 2, 3]),
        (1, 100, True, [20, 40, 60, 80, 100]),
        (-0.06, 0.06, False, [-0.05, -0.025, 0.0, 0.025, 0.05]),
        (1e6, 5e6, False, [1e6, 2e6, 3e6, 4e6, 5e6]),
    ],
)
def test_ticks_are_round(low, high, whole, wanted):
    assert drawings.ticks(low, high, whole) == pytest.approx(wanted)


def test_a_legend_names_each_line():
    legend = drawings.legend([Line(HOSTILE, [], [], 2), Line("b", [], [], 3, True)])
    assert "<script" not in legend and legend.count("<svg") == 2 and 'c3 dashed"' in legend


def test_intervals_stand_below_each_other_and_zero_is_shown():
    svg = parsed(
        drawings.intervals(
            ["a", HOSTILE, "c"], [0.1, -0.1, math.nan], [(0.0, 0.2), (-0.2, 0.0), (-math.inf, math.inf)], "of f1"
        )
    )
    (guide, zero), (first, own), (_, other) = points(svg)
    assert guide == "guide" and first == "line c0" and zero[0][0] == zero[1][0]
    assert own[0][0] == zero[0][0] == other[1][0] and other[0][0] < zero[0][0] < own[1][0]
    assert own[0][1] == own[1][1] < other[0][1] == other[1][1]
    assert len(list(svg.iter("circle"))) == 2
    assert {"a", HOSTILE, "c", "of f1"} <= {node.text for node in svg.iter("text")}
