"""Signatures on several requests at once: what belongs to whom, and what cannot be run together."""

import numpy as np
import pytest
import tensorflow as tf

from bert_keras.serving.signature import Signature

TEXT = tf.TensorSpec([None], tf.string, name="text")


def signature(function, *specs):
    return Signature("it", tf.function(function, specs, autograph=False).get_concrete_function())


def texts(*values):
    array = np.empty(len(values), object)
    array[:] = [value.encode() for value in values]
    return array


def pieces(text):
    """Ragged lists, padded to the longest of the batch, as a tagger's."""
    ragged = tf.strings.split(text)
    return {"piece": ragged.to_tensor(), "count": tf.cast(ragged.row_lengths(), tf.int32)}


def test_each_request_has_its_own_rows():
    lengths = signature(lambda text: {"length": tf.strings.length(text)}, TEXT)
    first, second, third = lengths.together([{"text": texts("a", "bbb")}, {"text": texts("cc")}, {"text": texts("d")}])
    assert [one["length"].tolist() for one in (first, second, third)] == [[1, 3], [2], [1]]


def test_lists_are_padded_to_the_longest_of_the_request_alone():
    split = signature(pieces, TEXT)
    requests = [{"text": texts("a b", "a")}, {"text": texts("a b c d")}, {"text": texts("")}]
    for together, one in zip(split.together(requests), requests, strict=True):
        alone = split(one)
        assert together["piece"].tolist() == alone["piece"].tolist() and together["piece"].shape == alone["piece"].shape


def test_what_has_another_width_than_the_lists_stays_whole():
    def both(text):
        return {**pieces(text), "five": tf.zeros([tf.size(text), 5])}

    split = signature(both, TEXT)
    answers = split.together([{"text": texts("a b c d e")}, {"text": texts("a")}])
    assert [one["five"].shape for one in answers] == [(1, 5), (1, 5)]
    assert [one["piece"].shape for one in answers] == [(1, 5), (1, 1)]


def test_likeness_is_shape_and_what_the_whole_request_has_one_of():
    grid = tf.TensorSpec([None, None], tf.string, name="choices")
    threshold = tf.TensorSpec([], tf.float32, name="threshold")

    def counted(choices, threshold):
        return {"high": tf.cast(tf.strings.length(choices[:, 0]), tf.float32) > threshold}

    made = signature(counted, grid, threshold)

    def likeness(count, value):
        return made.likeness({"choices": np.full((3, count), b"a", object), "threshold": np.float32(value).reshape([])})

    assert made.row_inputs == ["choices"]
    assert likeness(2, 1.0) == likeness(2, 1.0) != likeness(3, 1.0)
    assert likeness(2, 1.0) != likeness(2, 1.5)


def test_a_function_without_rows_runs_alone():
    names = signature(lambda: {"names": tf.constant(["a", "b"])})
    assert names.likeness({}) is None and names.row_inputs == []
    assert names({})["names"].tolist() == [b"a", b"b"]


def test_outputs_without_rows_keep_a_request_alone():
    total = signature(lambda text: {"total": tf.size(text)}, TEXT)
    assert total.likeness({"text": texts("a")}) is None
    fixed = signature(lambda text: {"length": tf.strings.length(text)}, tf.TensorSpec([2], tf.string, name="text"))
    assert fixed.likeness({"text": texts("a", "b")}) is None


def test_a_saved_model_is_called_by_name(tmp_path):
    module = tf.Module()

    def joined(text, text_pair):
        return {"both": text + "|" + text_pair}

    pair = tf.TensorSpec([None], tf.string, name="text_pair")
    function = tf.function(joined, [TEXT, pair], autograph=False).get_concrete_function()
    tf.saved_model.save(module, str(tmp_path), signatures={"serving_default": function})
    for one in (function, tf.saved_model.load(str(tmp_path)).signatures["serving_default"]):
        made = Signature("it", one)
        assert list(made.inputs) == ["text", "text_pair"]
        assert made({"text_pair": texts("b"), "text": texts("a")})["both"].tolist() == [b"a|b"]


def test_warming_up_runs_it_and_leaves_what_it_says_to_those_who_ask():
    calls = []

    def noted(text):
        calls.append(1)
        return {"length": tf.strings.length(text)}

    made = signature(lambda text: {"length": tf.py_function(lambda t: noted(t)["length"], [text], tf.int32)}, TEXT)
    made.warm_up()
    assert calls == [1]

    def two(text):
        with tf.control_dependencies([tf.debugging.assert_equal(tf.size(text), 2, "two rows")]):
            return {"length": tf.strings.length(text)}

    wants_two = signature(two, TEXT)
    wants_two.warm_up()
    with pytest.raises(tf.errors.InvalidArgumentError, match="two rows"):
        wants_two({"text": texts("a")})
