"""What counts as a batch of strings, and what is UTF-8."""

import numpy as np
import pytest
import tensorflow as tf

from bert_keras.text.strings import check_utf8, string_batch


def test_takes_lists_arrays_and_tensors():
    raw = "é".encode()
    for strings in (["é"], ("é",), [raw], np.array(["é"]), np.array([raw], object), tf.constant([raw]), iter([raw])):
        tensor = string_batch("strings", strings)
        assert tensor.dtype == tf.string and tensor.numpy().tolist() == [raw]
    assert string_batch("strings", []).shape == (0,)


def test_unknown_shapes_become_batches():
    ranks = []

    @tf.function(input_signature=[tf.TensorSpec(None, tf.string)])
    def check(strings):
        ranks.append(string_batch("strings", strings).shape.rank)

    check(tf.constant(["a"]))
    assert ranks == [1]


@pytest.mark.parametrize(
    "strings, error, message",
    [
        ("one text", TypeError, r"`strings` must be a batch of strings. .* Pass a list: \['one text'\]"),
        (b"one text", TypeError, "Pass a list"),
        (None, TypeError, "`strings` must be a batch of strings, such as a list of str. Received: strings=None"),
        (7, TypeError, "must be a batch of strings"),
        ({"a": 1}, TypeError, "must be a batch of strings"),
        (["a", None], TypeError, "must hold strings only, and row 1 is none. Received: strings=None. Drop the row"),
        ([float("nan")], TypeError, "row 0 is none. Received: strings=nan"),
        ([["a", "b"]], TypeError, "row 0 is none. .* For pairs of texts pass the first texts and the second texts"),
        (["a", "b\ud800"], ValueError, "Row 1 has half a surrogate pair at character 1"),
        (np.array([["a"]]), ValueError, r"`strings` must have the shape \[batch\]. Received: strings=\(1, 1\)"),
        (tf.constant("a"), ValueError, r"must have the shape \[batch\].* in tf.data call `batch` before `map`"),
        (tf.constant([["a"]]), ValueError, r"Received: strings=\(1, 1\). Pass one string a row"),
        (tf.constant([1]), TypeError, "`strings` must be of dtype string. Received: strings='int32'"),
        (tf.ragged.constant([["a"]]), TypeError, "must be a dense string tensor"),
    ],
)
def test_refuses(strings, error, message):
    with pytest.raises(error, match=message):
        string_batch("strings", strings)


def test_check_utf8():
    check_utf8([b"", "naïve".encode(), b"\x00"], "reviews.csv")
    with pytest.raises(ValueError, match=r"`reviews.csv` must be UTF-8. Received: row 1, byte 3, b'na\\xefve'. Save"):
        check_utf8([b"fine", "naïve".encode("latin-1")], "reviews.csv")
    with pytest.raises(TypeError, match="`texts` must hold bytes in every row, and row 1 does not"):
        check_utf8([b"fine", "text"], "reviews.csv")
    with pytest.raises(TypeError, match="`texts` must be a list of bytes"):
        check_utf8(b"fine", "reviews.csv")
