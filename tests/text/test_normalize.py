"""Texts as WordPiece wants them, worked out by hand."""

import pytest
import tensorflow as tf

from bert_keras.text.normalize import normalize


@pytest.mark.parametrize(
    "text, lower, cased",
    [
        ("Ünïted ﬁsh", "united fish", "Ünïted ﬁsh"),
        ("a\tb\u00adc\u200bd", "a bcd", "a b c d"),
        ("Straße\u00a0中", "strasse 中", "Straße\u00a0中"),
        ("", "", ""),
    ],
)
def test_by_hand(text, lower, cased):
    for lower_case, expected in ((True, lower), (False, cased)):
        assert normalize(tf.constant([text]), lower_case).numpy()[0].decode() == expected


def test_what_is_not_utf8_stays():
    for lower_case in (True, False):
        assert normalize(tf.constant([b"e\xff \xe2\x82"]), lower_case).numpy()[0] == b"e\xff \xe2\x82"
