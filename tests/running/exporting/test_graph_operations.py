"""Operations of a SavedModel, and one that TensorFlow alone does not have."""

import pytest
import tensorflow as tf

from bert_keras.running.exporting.graph_operations import graph_operations, know_operations


def saved(folder, function):
    module = tf.Module()
    module.serve = tf.function(function, input_signature=[tf.TensorSpec([None], tf.string)])
    tf.saved_model.save(module, str(folder))
    return folder


def test_operations_in_order_with_those_of_functions(tmp_path):
    folder = saved(
        tmp_path / "own", lambda text: tf.cond(tf.size(text) > 2, lambda: tf.strings.lower(text), lambda: text)
    )
    found = graph_operations(folder)
    assert found == sorted(set(found)) and {"StringLower", "Placeholder", "Greater"} <= set(found)


def test_an_operation_of_another_library_is_named(tmp_path):
    text = pytest.importorskip("tensorflow_text", reason="tensorflow-text is not here")
    folder = saved(tmp_path / "other", lambda strings: text.WhitespaceTokenizer().tokenize(strings).flat_values)
    with pytest.raises(ValueError, match=r"`model` must hold TensorFlow's own operations alone.*'.*WhitespaceTokenize"):
        graph_operations(folder)


def test_operations_of_sentence_pieces_want_tensorflow_text(tmp_path, monkeypatch):
    text = pytest.importorskip("tensorflow_text", reason="tensorflow-text is not here")
    folder = saved(tmp_path / "folded", text.case_fold_utf8)
    assert "CaseFoldUTF8" in graph_operations(folder)
    know_operations(folder, "folder")
    monkeypatch.setattr("bert_keras.running.exporting.graph_operations.has_text_operations", lambda: False)
    with pytest.raises(ImportError, match=r"folded' has operations of tensorflow-text, which is not installed.*pip"):
        know_operations(folder, "folder")
    know_operations(saved(tmp_path / "own", tf.strings.lower), "folder")
