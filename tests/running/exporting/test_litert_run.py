"""What runs a LiteRT model here: LiteRT's interpreter, TensorFlow's, or a line that installs one."""

import importlib.util

import pytest
import tensorflow as tf
import tuned

from bert_keras.running.export import export
from bert_keras.running.exporting.litert_run import interpreter_class


def test_litert_comes_first():
    litert = pytest.importorskip(
        "ai_edge_litert.interpreter", reason="ai-edge-litert is not here: pip install ai-edge-litert"
    )
    assert interpreter_class() is litert.Interpreter


def test_tensorflows_takes_the_place_of_a_missing_one(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    if not hasattr(tf.lite, "Interpreter"):
        pytest.skip("this TensorFlow has no interpreter")
    assert interpreter_class() is tf.lite.Interpreter


def test_without_any_the_error_says_what_to_install(monkeypatch, tmp_path):
    model = tuned.write_model(tmp_path / "model", tuned.shared_encoder())
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ai_edge_litert" else found(name))
    monkeypatch.setattr("bert_keras.running.exporting.litert_run.tf.lite", object())
    with pytest.raises(ImportError, match=r"`data` must be left out where nothing.*pip install ai-edge-litert"):
        export(model, tmp_path / "out", to="litert", data="samples/reviews")
    assert not (tmp_path / "out").exists()
