"""`bk.plot`: what stands in the pictures, without a screen and without pyplot."""

import pickle
import sys

import keras
import matplotlib
import numpy as np
import pytest
import tiny
from comparisons import comparison
from matplotlib import pyplot
from tags import Tags

from bert_keras.inspection import plot
from bert_keras.inspection.attention_maps import AttentionMaps
from bert_keras.inspection.word_importance import WordImportance, WordScore
from bert_keras.optimization.rate_curve import RateCurve
from bert_keras.running.training_run.run_result import FinetuneResult
from bert_keras.text.tokenizer import Tokenizer

HISTORY = [
    {"epoch": 1, "logs": {"loss": 0.7, "val_f1": 0.5, "learning_rate": 1e-5}},
    {"epoch": 2, "logs": {"loss": 0.4, "val_f1": 0.8, "learning_rate": 1e-6}},
]
MAPS = AttentionMaps(("[CLS]", "a", "[SEP]"), np.arange(18, dtype="float32").reshape(1, 2, 3, 3))
IMPORTANCE = WordImportance(
    (WordScore("5$", 0, 2, 0.5), WordScore("$6", 3, 5, -1.0)), "yes", 1.0, 0.5, 16, 0.0, ("5$ $6",)
)


def result_of(history):
    return FinetuneResult("runs/x", {"f1": 0.8}, 2, history, 0.1, 61.0, None)


def drawn(figure, tmp_path):
    figure.savefig(tmp_path / "drawn.png")  # a text that cannot be drawn raises here
    return figure


def lines(axes):
    return {line.get_label(): (line.get_linestyle(), line.get_ydata().tolist()) for line in axes.get_lines()}


def test_curves_of_a_run_of_keras_and_of_lists_are_the_same(tmp_path):
    history = keras.callbacks.History()
    history.history = {"loss": [0.7, 0.4], "val_f1": [0.5, 0.8]}
    for given in (result_of(HISTORY), HISTORY, history, history.history):
        losses, shares = drawn(plot.learning_curves(given), tmp_path).axes
        assert lines(losses) == {"loss": ("-", [0.7, 0.4])} and losses.get_ylabel() == "loss"
        assert lines(shares) == {"val_f1": ("--", [0.5, 0.8])}
        assert losses.get_lines()[0].get_xdata().tolist() == [1, 2]
    percent = plot.learning_curves({"loss": [0.5], "val_f1": [88.0], "accuracy": [0.5]})
    assert [axes.get_ylabel() for axes in percent.axes] == ["loss", "metric", "share"]


def test_curves_of_entities_are_those_of_all_types_together():
    logs = {"loss": [0.7], "val_f1": [0.5], "val_precision": [0.6], "val_recall": [0.4], "val_f1_PER": [0.3]}
    _, shares = plot.learning_curves(logs).axes
    assert list(lines(shares)) == ["val_f1", "val_precision", "val_recall"]
    for alone in ({"val_f1_PER": [0.3]}, {"val_f1": [0.5], "val_f1_macro": [0.4]}):
        (shares,) = plot.learning_curves(alone).axes
        assert list(lines(shares)) == list(alone)


def test_a_confusion_matrix_counts(tmp_path):
    figure = drawn(plot.confusion_matrix([0, 0, 1, 2, 2], [0, 1, 1, 2, 0], ["a", "b$", "c$"]), tmp_path)
    (axes,) = figure.axes
    np.testing.assert_array_equal(axes.images[0].get_array(), [[1, 1, 0], [0, 1, 0], [1, 0, 1]])
    assert [text.get_text() for text in axes.texts] == list("110010101")
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", r"b\$", r"c\$"]


def test_a_confusion_matrix_of_words(tmp_path):
    labels, predictions = ["poor", "good", "good"], np.array(["good", "good", "poor"])
    (axes,) = drawn(plot.confusion_matrix(labels, predictions), tmp_path).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["good", "poor"]
    np.testing.assert_array_equal(axes.images[0].get_array(), [[1, 1], [1, 0]])
    (axes,) = drawn(plot.confusion_matrix(labels, predictions, ["poor", "good"]), tmp_path).axes
    np.testing.assert_array_equal(axes.images[0].get_array(), [[0, 1], [1, 1]])
    with pytest.raises(ValueError, match="`names` must be one of 'poor'"):
        plot.confusion_matrix(labels, predictions, ["poor"])


def test_lengths_of_every_split(vocab_file, tmp_path):
    data = tiny.task_data(Tokenizer(vocab_file))
    (axes,) = drawn(plot.length_histogram(data), tmp_path).axes
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    assert sorted(names) == ["seq_length 16", "train, 24 rows", "validation, 13 rows"]
    for patch in axes.patches:  # outlines: as wide and as high as all bars together
        corners = patch.get_xy()
        heights, widths = corners[1:-1:2, 1], np.diff(corners[::2, 0])
        assert heights.sum() == pytest.approx(1.0) and len(widths) >= len(heights) - 1
    assert axes.get_lines()[0].get_xdata()[0] == 16


def test_attention_and_importance(tmp_path):
    figure = drawn(plot.attention(MAPS, 0, 1), tmp_path)
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), MAPS.weights[0, 1])
    assert figure.axes[0].get_title() == "layer 0, head 1"
    mean = plot.attention(MAPS).axes[0]
    np.testing.assert_array_equal(mean.images[0].get_array(), MAPS.weights[0].mean(axis=0))
    (axes,) = drawn(plot.word_importance(IMPORTANCE), tmp_path).axes
    assert [bar.get_width() for bar in axes.patches] == [0.5, -1.0]
    assert [label.get_text() for label in axes.get_yticklabels()] == [r"5\$", r"\$6"]


def test_a_picture_goes_into_axes_of_the_users_is_shown_and_can_be_pickled():
    figure = plot.learning_curves(HISTORY)
    assert plot.confusion_matrix([0], [0], axes=figure.axes[1]) is figure
    assert figure._repr_png_()[:4] == b"\x89PNG"
    assert len(pickle.loads(pickle.dumps(figure)).axes) == 2


def test_mistakes_are_named():
    with pytest.raises(TypeError, match=r"`result` must have a history of epochs.*bk\.finetune"):
        plot.learning_curves(3)
    with pytest.raises(ValueError, match="`result` must have an epoch that was trained"):
        plot.learning_curves({"loss": []})
    with pytest.raises(ValueError, match="`predictions` must be as many as the labels, 2"):
        plot.confusion_matrix([0, 1], [0])
    with pytest.raises(ValueError, match="`names` must name 3 classes or more"):
        plot.confusion_matrix([0, 2], [0, 1], ["a", "b"])
    with pytest.raises(ValueError, match=r"`labels` must be int \[rows\]"):
        plot.confusion_matrix([0.5], [0])
    with pytest.raises(ValueError, match="`head` must be between 0 and 1"):
        plot.attention(MAPS, head=2)
    for draw, name in ((plot.attention, "maps"), (plot.word_importance, "importance"), (plot.length_histogram, "data")):
        with pytest.raises(TypeError, match=f"`{name}` must be"):
            draw("x")


def test_pyplot_is_left_as_it_was():
    settings = dict(matplotlib.rcParams)
    plot.learning_curves(HISTORY)._repr_png_(), plot.attention(MAPS)._repr_png_()
    assert pyplot.get_fignums() == [] and dict(matplotlib.rcParams) == settings


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(
        ImportError, match=r"bk\.plot draws with matplotlib, which is not here: pip install matplotlib$"
    ):
        plot.learning_curves(HISTORY)


def test_a_run_in_a_notebook_is_a_table_and_its_names_stay_text():
    hostile = [{"epoch": 1, "logs": {"<b>loss": 0.5}}, {"epoch": 2, "logs": {"<b>loss": 0.25, "val_f1": 1.0}}]
    found = Tags(result_of(hostile)._repr_html_())
    assert found.text == "runs/x: f1 0.8000 (epoch 2, 1 min 1 s, 10.0% padding)epoch<b>lossval_f110.520.251"
    assert found.names.count("tr") == 3 and found.names.count("b") == 2


def test_differences_with_their_intervals(tmp_path):
    found = comparison({"low$": [0.70, 0.72, 0.71], "high": [0.80, 0.83, 0.81], "alike": [0.81, 0.82, 0.80]})
    axes = drawn(plot.differences(found), tmp_path).axes[0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == [r"high – low\$", r"alike – low\$", "alike – high"]
    spans = [line for line in axes.get_lines() if len(line.get_xdata()) == 2 and line.get_linestyle() == "-"]
    assert [tuple(line.get_xdata()) for line in spans] == [(own.low, own.high) for own in found.differences]
    assert [line.get_color() for line in spans] == ["tab:blue", "tab:blue", "tab:grey"]
    assert axes.get_xlabel() == "difference of accuracy"
    assert plot.differences(found.differences, axes=axes) is axes.figure
    for wrong in ([], [1], "no comparison"):
        with pytest.raises(TypeError, match=r"be what bk\.compare returns"):
            plot.differences(wrong)


def test_the_loss_by_learning_rate(tmp_path):
    rates = np.geomspace(1e-6, 1e-2, 100)
    curve = RateCurve(rates, 0.7 - 0.3 / (1 + (1e-4 / rates) ** 4))
    axes = drawn(plot.learning_rates(curve), tmp_path).axes[0]
    each, mean, suggested = axes.get_lines()
    labels = ["of each step", "smoothed", f"{curve.suggestion:.1e}"]
    assert [line.get_label() for line in (each, mean, suggested)] == labels and axes.get_xscale() == "log"
    assert np.array_equal(each.get_ydata(), curve.losses) and np.array_equal(mean.get_ydata(), curve.smoothed)
    assert suggested.get_xdata()[0] == curve.suggestion == pytest.approx(1e-4, rel=0.12)
    flat = plot.learning_rates(RateCurve(rates, np.full(100, 0.7)), axes=axes)
    assert flat is axes.figure and len(axes.get_lines()) == 5
    with pytest.raises(TypeError, match=r"be what bk\.find_learning_rate returns"):
        plot.learning_rates([1e-5, 1e-4])
