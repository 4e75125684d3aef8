"""`bk.plot`: pictures of runs, data and models. matplotlib is the extra `plot`.

Each function returns a `matplotlib.figure.Figure` that pyplot does not know: it works without a screen, nothing is left
open, and the user's own settings of pyplot stay. A notebook shows it; `figure.savefig("curves.png")` writes it. With
`axes=` a function draws there, and returns the figure of these axes.
"""

import functools
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.data.task_data import TaskData
from bert_keras.inspection.attention_maps import AttentionMaps
from bert_keras.inspection.word_importance import WordImportance
from bert_keras.metrics.paired_difference import PairedDifference
from bert_keras.optimization.rate_curve import RateCurve

_SIZE = (5.0, 3.5)  # inches of one picture
_UNSHOWN = ("learning_rate", "loss_scale")
_OF_ENTITIES = ("val_f1", "val_precision", "val_recall")  # beside which those of single types stand: val_f1_PER


def learning_curves(result: Any) -> Any:
    """Loss and metrics by epoch, those of dev dashed: a picture for losses, one for shares, one for other metrics.

    Of entities those of all types together are drawn. A dict of the single types' alone draws these.

    Args:
        result: what `bk.finetune` or `model.fit` returned, "history" of a model folder's config, or a dict of lists.
    """
    curves = _curves(result)
    groups: dict[str, list[str]] = {}
    for name, values in curves.items():
        is_share = max(abs(value) for value in values) <= 1
        kind = "loss" if name.endswith("loss") else "share" if is_share else "metric"
        groups.setdefault(kind, []).append(name)
    figure = _new_figure(len(groups))
    for axes, (kind, names) in zip(figure.axes, sorted(groups.items()), strict=True):
        for name in names:
            epochs = range(1, 1 + len(curves[name]))
            axes.plot(epochs, curves[name], "--" if name.startswith("val_") else "-", marker="o", label=name)
        axes.set(xlabel="epoch", ylabel=kind)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend()
    return figure


def confusion_matrix(labels: Any, predictions: Any, names: Sequence[str] | None = None, *, axes: Any = None) -> Any:
    """How many rows of each class were given which class: a row of the picture for each class.

    Args:
        labels, predictions: int [rows], numbers of classes; or str [rows], their names.
        names: of the classes, in the order of their numbers; of names, the order of the picture.
    """
    labels, predictions, names = _numbered(labels, predictions, names)
    labels, predictions = _class_numbers("labels", labels), _class_numbers("predictions", predictions)
    if len(labels) != len(predictions):
        raise ValueError(checks.message("predictions", f"be as many as the labels, {len(labels)}", len(predictions)))
    most = int(max(labels.max(), predictions.max()))
    names = [str(number) for number in range(most + 1)] if names is None else [str(name) for name in names]
    if len(names) <= most:
        raise ValueError(checks.message("names", f"name {most + 1} classes or more", names))
    counts = np.zeros((len(names), len(names)), int)
    np.add.at(counts, (labels, predictions), 1)
    figure, axes = _place(axes)
    axes.imshow(counts, cmap="Blues")
    for row, column in np.ndindex(counts.shape):
        dark = counts[row, column] > counts.max() / 2
        axes.text(column, row, counts[row, column], ha="center", va="center", color="white" if dark else "black")
    _name_ticks(axes, names, names)
    axes.set(xlabel="predicted", ylabel="label")
    return figure


def length_histogram(data: TaskData, *, axes: Any = None) -> Any:
    """Tokens of the rows of each split; a dashed line is the seq_length that longer rows were cut to.

    Args:
        data: of `bk.load_glue` and its sisters.
    """
    if not isinstance(data, TaskData):
        raise TypeError(checks.message("data", "be data of bk.load_glue or its sisters", type(data).__name__))
    figure, axes = _place(axes)
    longest = max(int(split.lengths.max()) for split in data.splits.values())
    edges = np.linspace(0.5, longest + 0.5, min(longest, 40) + 1)
    for name, split in data.splits.items():
        shares = np.full(len(split), 1 / len(split))
        axes.hist(split.lengths, edges, weights=shares, histtype="step", label=f"{name}, {len(split):,} rows")
    axes.axvline(data.seq_length, linestyle="--", color="grey", label=f"seq_length {data.seq_length}")
    axes.set(xlabel="tokens", ylabel="share of the rows")
    axes.legend()
    return figure


def attention(maps: AttentionMaps, layer: int = -1, head: int | None = None, *, axes: Any = None) -> Any:
    """What each token, a row, takes of each token, a column.

    Args:
        maps: of `bk.attention_maps`.
        layer: its number from 0; -1 is the last.
        head: its number from 0; None for the mean of all.
    """
    if not isinstance(maps, AttentionMaps):
        raise TypeError(checks.message("maps", "be what bk.attention_maps returns", type(maps).__name__))
    layers, heads = maps.weights.shape[:2]
    layer = checks.integer("layer", layer, -layers, layers - 1)
    weights = maps.weights[layer]
    if head is not None:
        weights = weights[checks.integer("head", head, 0, heads - 1)]
    figure, axes = _place(axes)
    shown = axes.imshow(weights.mean(axis=0) if head is None else weights, cmap="Blues", vmin=0)
    _name_ticks(axes, maps.tokens, maps.tokens)
    which = "mean of the heads" if head is None else f"head {head}"
    axes.set(xlabel="looked at", title=f"layer {layer % layers}, {which}")
    figure.colorbar(shown, ax=axes)
    return figure


def word_importance(importance: WordImportance, *, axes: Any = None) -> Any:
    """A bar for each word, in the order of the text: to the right for the answer, to the left against it.

    Args:
        importance: of `bk.word_importance`.
    """
    if not isinstance(importance, WordImportance):
        raise TypeError(checks.message("importance", "be what bk.word_importance returns", type(importance).__name__))
    figure, axes = _place(axes)
    places = np.arange(len(importance.words))
    scores = [word.score for word in importance.words]
    axes.barh(places, scores, color=["tab:blue" if score > 0 else "tab:orange" for score in scores])
    axes.set_yticks(places, [_literal(word.word) for word in importance.words])
    axes.invert_yaxis()
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_xlabel("added to the logit" + ("" if importance.label is None else f" of {_literal(importance.label)}"))
    return figure


def differences(comparison: Any, *, axes: Any = None) -> Any:
    """A line for the interval of each difference, with a dot at its mean; where it crosses zero nobody is better.

    Args:
        comparison: of `bk.compare`, or its `differences`.
    """
    found = list(getattr(comparison, "differences", comparison))
    if not found or not all(isinstance(own, PairedDifference) for own in found):
        raise TypeError(checks.message("comparison", "be what bk.compare returns", comparison))
    figure, axes = _place(axes)
    for place, own in enumerate(found):
        if np.isfinite(own.low) and np.isfinite(own.high):
            axes.plot([own.low, own.high], [place, place], color="tab:grey" if own.holds_zero else "tab:blue")
        axes.plot([own.mean], [place], "o", color="tab:grey" if own.holds_zero else "tab:blue")
    axes.set_yticks(range(len(found)), [_literal(f"{own.name} – {own.against}") for own in found])
    axes.set_ylim(len(found) - 0.5, -0.5)
    axes.axvline(0, color="black", linewidth=0.8, linestyle="--")
    axes.set_xlabel(f"difference of {_literal(getattr(comparison, 'metric', 'the scores'))}")
    return figure


def learning_rates(curve: Any, *, axes: Any = None) -> Any:
    """The loss by learning rate, of each step and smoothed, with a line at the rate that is suggested.

    Args:
        curve: of `bk.find_learning_rate`.
    """
    if not isinstance(curve, RateCurve):
        raise TypeError(checks.message("curve", "be what bk.find_learning_rate returns", type(curve).__name__))
    figure, axes = _place(axes)
    axes.plot(curve.rates, curve.losses, color="tab:grey", alpha=0.4, label="of each step")
    axes.plot(curve.rates, curve.smoothed, color="tab:blue", label="smoothed")
    if curve.suggestion is not None:
        axes.axvline(curve.suggestion, linestyle="--", color="tab:orange", label=f"{curve.suggestion:.1e}")
    axes.set(xscale="log", xlabel="learning rate", ylabel="loss")
    axes.legend()
    return figure


def _curves(result: Any) -> dict[str, list[float]]:
    """By name, a number for each epoch."""
    epochs = getattr(result, "history", result)
    if isinstance(epochs, Mapping):
        curves = {str(name): [float(value) for value in values] for name, values in epochs.items()}
    elif isinstance(epochs, (list, tuple)) and all(isinstance(epoch, Mapping) and "logs" in epoch for epoch in epochs):
        names = dict.fromkeys(name for epoch in epochs for name in epoch["logs"])
        curves = {name: [float(epoch["logs"].get(name, np.nan)) for epoch in epochs] for name in names}
    else:
        advice = "Pass what bk.finetune or model.fit returned."
        raise TypeError(checks.message("result", "have a history of epochs", type(result).__name__, advice))
    unshown = tuple(f"{name}_" for name in _OF_ENTITIES) if set(_OF_ENTITIES) <= set(curves) else ()
    curves = {
        name: values
        for name, values in curves.items()
        if values and name not in _UNSHOWN and not name.startswith(unshown)
    }
    if not curves:
        raise ValueError(checks.message("result", "have an epoch that was trained", epochs))
    return curves


def _numbered(labels: Any, predictions: Any, names: Sequence[str] | None) -> tuple[Any, Any, Sequence[str] | None]:
    """Labels and predictions that are names of classes as numbers, and the names; numbers as they are."""
    columns = {"labels": np.asarray(labels), "predictions": np.asarray(predictions)}
    if any(column.dtype.kind not in "UO" for column in columns.values()):
        return labels, predictions, names
    order = sorted({str(name) for column in columns.values() for name in column}) if names is None else list(names)
    for column in columns.values():
        for name in column:
            checks.one_of("names", str(name), order)
    return *([order.index(str(name)) for name in column] for column in columns.values()), order


def _class_numbers(name: str, values: Any) -> np.ndarray:
    values = np.asarray(values)
    if values.ndim != 1 or values.dtype.kind not in "iu" or not len(values) or values.min() < 0:
        raise ValueError(checks.message(name, "be int [rows], numbers of classes from 0", values))
    return values


def _place(axes: Any) -> tuple[Any, Any]:
    """The figure and the axes to draw into: new ones, or the user's."""
    if axes is not None:
        return axes.figure, axes
    figure = _new_figure(1)
    return figure, figure.axes[0]


def _new_figure(pictures: int) -> Any:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError("bk.plot draws with matplotlib, which is not here: pip install matplotlib") from error
    figure = Figure(figsize=(_SIZE[0] * pictures, _SIZE[1]), layout="constrained")
    figure.subplots(1, pictures)
    figure._repr_png_ = functools.partial(_png, figure)  # by which notebooks know figures that are not of pyplot
    return figure


def _png(figure: Any) -> bytes:
    content = io.BytesIO()
    figure.savefig(content, format="png")
    return content.getvalue()


def _name_ticks(axes: Any, columns: Sequence[str], rows: Sequence[str]) -> None:
    axes.set_xticks(range(len(columns)), [_literal(name) for name in columns], rotation=90)
    axes.set_yticks(range(len(rows)), [_literal(name) for name in rows])


def _literal(text: str) -> str:
    """A text in which matplotlib reads no formula: `$` begins one."""
    return text.replace("$", r"\$")
