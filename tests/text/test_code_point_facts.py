"""Facts about characters: by hand, and for all of Unicode against what normalisation makes of each."""

import numpy as np
import pytest
import tensorflow as tf

from bert_keras.text.code_point_facts import code_point_facts
from bert_keras.text.normalize import normalize


@pytest.mark.parametrize(
    "character, lower, cased",
    [
        ("a", 1, 1),
        ("\n", 1, 1),
        ("É", 1, 2),
        ("ﬁ", 2, 3),
        ("中", 3, 3),
        ("\u0301", -1, 2),  # belongs to the character before it
        ("\u00ad", 0, 1),  # dropped, or a space
        ("가", 6, 3),
        ("\ufdfa", 33, 3),
        ("\U0010ffff", 4, 4),
    ],
)
def test_lengths_by_hand(character, lower, cased):
    for lower_case, expected in ((True, lower), (False, cased)):
        assert code_point_facts(tf.constant([ord(character)]), lower_case).length.numpy().tolist() == [expected]


def test_marks_that_change_places():
    codes = tf.constant([ord(character) for character in "e\u302e\u1b44\u0301"])
    _, opens, closes = code_point_facts(codes, lower_case=True)
    assert opens.numpy().tolist() == closes.numpy().tolist() == [False, True, True, False]  # U+0301 is stripped
    assert not any(column.numpy().any() for column in code_point_facts(codes, lower_case=False)[1:])


@pytest.mark.parametrize("lower_case", [True, False])
def test_lengths_of_all_of_unicode(lower_case):
    codes = np.array([code for code in range(0x110000) if not 0xD800 <= code < 0xE000], np.int32)
    characters = tf.strings.unicode_encode(codes[:, None], "UTF-8")
    expected = tf.strings.length(normalize(characters, lower_case)).numpy()
    found = code_point_facts(tf.constant(codes), lower_case)
    np.testing.assert_array_equal(np.maximum(found.length, 0), expected)
    unchanged = tf.strings.length(characters).numpy() == expected
    assert not (found.opens.numpy() | found.closes.numpy())[unchanged & (expected == 4) & (codes > 0x20000)].any()
