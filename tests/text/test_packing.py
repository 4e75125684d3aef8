"""Packing against Model Garden's layer, and against truncation written as a loop."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from bert_keras.text.packing import combine_segments, pad_features

CLS, SEP, PAD = 101, 102, 9
PROPERTIES = settings(deadline=None, max_examples=40, derandomize=True)


def ragged(rows: list[list[int]]) -> tf.RaggedTensor:
    return tf.ragged.constant(rows, tf.int32, ragged_rank=1)


def kept(first: int, second: int, room: int, truncation: str) -> tuple[int, int]:
    """How many tokens of two segments stay, one step at a time."""
    if truncation == "round_robin":
        lengths, wanted = [0, 0], (first, second)
        while sum(lengths) < room and tuple(lengths) != wanted:
            for number in (0, 1):
                if lengths[number] < wanted[number] and sum(lengths) < room:
                    lengths[number] += 1
        return tuple(lengths)
    longer_was_first = first > second
    while first + second > room:
        if first > second or (first == second and not longer_was_first):
            first -= 1
        else:
            second -= 1
    return first, second


def packed(first: list[int], second: list[int] | None, seq_length: int, truncation: str):
    if second is None:
        words = [CLS, *first[: seq_length - 2], SEP]
        return words, [0] * len(words)
    n, m = kept(len(first), len(second), seq_length - 3, truncation)
    return [CLS, *first[:n], SEP, *second[:m], SEP], [0] * (n + 2) + [1] * (m + 1)


def rows_of_lengths(lengths, start):
    return [[start + index for index in range(length)] for length in lengths]


@pytest.mark.parametrize("truncation", ["round_robin", "longest_first"])
@pytest.mark.parametrize("seq_length", [5, 6, 7, 10, 11, 40])
def test_pairs_of_all_lengths(truncation, seq_length):
    lengths = [(n, m) for n in range(13) for m in range(13)]
    first = rows_of_lengths([n for n, _ in lengths], 1000)
    second = rows_of_lengths([m for _, m in lengths], 2000)
    words, types = combine_segments([ragged(first), ragged(second)], seq_length, CLS, SEP, truncation)
    expected = [packed(a, b, seq_length, truncation) for a, b in zip(first, second, strict=True)]
    assert words.to_list() == [row for row, _ in expected]
    assert types.to_list() == [row for _, row in expected]
    assert words.dtype == types.dtype == tf.int32


@pytest.mark.parametrize(
    "first, second, room, expected",
    # What Hugging Face's tokenizers 0.23.3 keeps with strategy="longest_first".
    [
        (10, 10, 9, (4, 5)),
        (10, 5, 9, (5, 4)),
        (5, 10, 9, (4, 5)),
        (10, 4, 9, (5, 4)),
        (4, 10, 9, (4, 5)),
        (12, 2, 8, (6, 2)),
        (0, 9, 3, (0, 3)),
        (6, 6, 8, (4, 4)),
        (3, 4, 7, (3, 4)),
        (1, 1, 1, (0, 1)),
    ],
)
def test_longest_first_breaks_ties_as_hugging_face_does(first, second, room, expected):
    assert kept(first, second, room, "longest_first") == expected
    if room >= 2:
        segments = [ragged([[7] * first]), ragged([[8] * second])]
        row = combine_segments(segments, room + 3, CLS, SEP, "longest_first")[0].to_list()[0]
        assert (row.count(7), row.count(8)) == expected


@pytest.mark.parametrize("seq_length", [3, 4, 9, 50])
def test_single_segments(seq_length):
    rows = rows_of_lengths(range(12), 1000)
    words, types = combine_segments([ragged(rows)], seq_length, CLS, SEP)
    assert words.to_list() == [packed(row, None, seq_length, "")[0] for row in rows]
    assert types.to_list() == [[0] * len(row) for row in words.to_list()]


segment_rows = st.lists(st.lists(st.integers(0, 500), max_size=15), min_size=1, max_size=5)


@given(segment_rows, st.integers(5, 30), st.booleans(), st.integers(0, 2**32))
@PROPERTIES
def test_equals_model_garden(first, seq_length, is_pair, seed):
    layers = pytest.importorskip("official.nlp.modeling.layers", reason="Model Garden (the extra `test`) is not here")
    lengths = np.random.default_rng(seed).integers(0, 15, len(first))
    segments = [ragged(first), ragged(rows_of_lengths(lengths, 600))][: 1 + is_pair]
    expected = layers.BertPackInputs.bert_pack_inputs(segments, seq_length, CLS, SEP, PAD)
    features = pad_features(*combine_segments(segments, seq_length, CLS, SEP), length=seq_length, pad_id=PAD)
    assert features.keys() == expected.keys()
    for name in expected:
        np.testing.assert_array_equal(features[name], expected[name])
        assert features[name].dtype == tf.int32


def test_pads_to_the_longest_or_to_a_length():
    words, types = ragged([[CLS, 5, SEP], [CLS, SEP]]), ragged([[0, 0, 1], [0, 1]])
    features = pad_features(words, types, pad_id=PAD)
    assert {name: tensor.numpy().tolist() for name, tensor in features.items()} == {
        "input_word_ids": [[CLS, 5, SEP], [CLS, SEP, PAD]],
        "input_mask": [[1, 1, 1], [1, 1, 0]],
        "input_type_ids": [[0, 0, 1], [0, 1, 0]],
    }
    features = pad_features(words, types, length=5)
    assert features["input_word_ids"].numpy().tolist() == [[CLS, 5, SEP, 0, 0], [CLS, SEP, 0, 0, 0]]
    assert features["input_mask"].numpy().tolist() == [[1, 1, 1, 0, 0], [1, 1, 0, 0, 0]]


def test_empty_batches():
    empty = ragged([])
    words, types = combine_segments([empty, empty], 8, CLS, SEP)
    for length, shape in ((8, (0, 8)), (None, (0, 0))):
        assert {tensor.shape for tensor in pad_features(words, types, length).values()} == {tf.TensorShape(shape)}


def test_rows_that_do_not_fit_are_refused_not_cut():
    words = ragged([[CLS, 5, 6, SEP], [CLS, SEP]])
    with pytest.raises(ValueError, match=r"`length` must be at least 4, the longest row\. Received: length=3"):
        pad_features(words, words, length=3)
    traced = tf.function(lambda rows: pad_features(rows, rows, length=3))
    with pytest.raises(tf.errors.InvalidArgumentError, match="Rows must fit 3 tokens"):
        traced(words)


def test_static_shapes_in_graphs():
    shapes = []

    @tf.function(input_signature=[tf.RaggedTensorSpec([None, None], tf.int32)])
    def pack(segment):
        features = pad_features(*combine_segments([segment], 7, CLS, SEP), length=7)
        shapes.extend(tensor.shape.as_list() for tensor in features.values())
        return features

    pack(ragged([[1, 2]]))
    assert shapes == [[None, 7]] * 3


def test_pairs_of_unequal_batches():
    with pytest.raises(ValueError, match=r"`segments` must have as many rows as each other. Received: segments=\(2, 1"):
        combine_segments([ragged([[1], [2]]), ragged([[1]])], 8, CLS, SEP)
    spec = tf.RaggedTensorSpec([None, None], tf.int32)
    traced = tf.function(lambda a, b: combine_segments([a, b], 8, CLS, SEP), input_signature=[spec, spec])
    with pytest.raises(tf.errors.InvalidArgumentError, match="Both texts of a pair must have as many rows"):
        traced(ragged([[1], [2]]), ragged([[1]]))


@pytest.mark.parametrize(
    "segments, arguments, error, message",
    [
        ([[[1]]], {"seq_length": 2}, ValueError, r"`seq_length` must be at least 3, room for \[CLS\] a \[SEP\]"),
        ([[[1]], [[2]]], {"seq_length": 4}, ValueError, r"must be at least 5, room for \[CLS\] a \[SEP\] b \[SEP\]"),
        ([[[1]]], {"seq_length": 8.0}, TypeError, r"`seq_length` must be an integer. Received: seq_length=8\.0"),
        (
            [[[1]]],
            {"truncation": "longest"},
            ValueError,
            r"`truncation` must be one of .* Did you mean 'longest_first'",
        ),
        ([[[1]]], {"cls_id": None}, TypeError, "`cls_id` must be an integer"),
        ([], {}, ValueError, "`segments` must be one or two ragged tensors. Received: segments=0"),
        ([[[1]]] * 3, {}, ValueError, "must be one or two ragged tensors. Received: segments=3"),
    ],
)
def test_refuses(segments, arguments, error, message):
    settings = {"seq_length": 8, "cls_id": CLS, "sep_id": SEP} | arguments
    with pytest.raises(error, match=message):
        combine_segments([ragged(rows) for rows in segments], **settings)


def test_refuses_what_is_not_ragged():
    with pytest.raises(TypeError, match=r"`segments` must be a list of one or two ragged tensors.* Pass \[ids\]"):
        combine_segments(ragged([[1]]), 8, CLS, SEP)
    for wrong in (tf.constant([[1]]), tf.ragged.constant([["a"]]), tf.ragged.constant([[[1]]])):
        with pytest.raises(TypeError, match=r"must hold ragged integer tensors \[batch, \(pieces\)\] only"):
            combine_segments([wrong], 8, CLS, SEP)
    with pytest.raises(ValueError, match="`length` must be at least 1"):
        pad_features(ragged([[1]]), ragged([[1]]), length=0)
