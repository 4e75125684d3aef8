"""From texts to words with their places, by hand and by what must hold of any text."""

import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from bert_keras.text.strings import STRINGS_SPEC
from bert_keras.text.words import split_words

SPLIT = tf.function(split_words, input_signature=[STRINGS_SPEC], autograph=False)


def words_of(texts):
    """For each text its words, each checked to stand where its place says."""
    columns = [column.to_list() for column in SPLIT(tf.constant(texts, tf.string))]
    found = []
    for text, words, starts, limits in zip(texts, *columns, strict=True):
        assert [word.decode("utf-8") for word in words] == [text[a:b] for a, b in zip(starts, limits, strict=True)]
        found.append([word.decode("utf-8") for word in words])
    return found


@pytest.mark.parametrize(
    "text, words",
    [
        ("Ann Lee lives in Oslo.", "Ann|Lee|lives|in|Oslo|."),
        ('(Oslo)... "Hi,"', '(|Oslo|)|...|"|Hi|,|"'),
        ("U.S. and e.g. J. Lee", "U.S.|and|e.g.|J.|Lee"),
        ("in the U.S.", "in|the|U.S."),
        ("3.5. google.com. A1.", "3.5|.|google.com|.|A1|."),
        ("al-Ain 1996-12-06 1/2", "al-Ain|1996-12-06|1/2"),
        ("Ann's she'll they\u2019re I'D O'Neil's", "Ann|'s|she|'ll|they|\u2019re|I|'D|O'Neil|'s"),
        ("don't rock'n'roll players' 'tis", "don't|rock'n'roll|players|'|'|tis"),
        ("$5 10% \u20ac7", "$|5|10|%|\u20ac|7"),
        ("\u5317\u4eac is\u5927", "\u5317|\u4eac|is|\u5927"),
        ("a\u00a0b\u3000c\td\ne", "a|b|c|d|e"),
        ("--- !? ??", "---|!|?|??"),
        ("cafe\u0301 na\u00efve \U0001f600x", "cafe\u0301|na\u00efve|\U0001f600x"),
        ("'s", "'|s"),
        ("", ""),
        (" \n", ""),
    ],
)
def test_words_by_hand(text, words):
    assert words_of([text]) == [words.split("|") if words else []]


def test_texts_of_a_batch_do_not_touch():
    assert words_of(["Ann", "", ".", "'s", "a b", "."]) == [["Ann"], [], ["."], ["'", "s"], ["a", "b"], ["."]]
    assert SPLIT(tf.constant([], tf.string)).words.to_list() == []


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(st.sampled_from("aB1 .,'\u2019sdmrevl-$\u5317\u00e9\u00a0\n()"), max_size=14), max_size=4))
def test_words_are_the_text_without_its_white_space(texts):
    for text, words in zip(texts, words_of(texts), strict=True):
        assert "".join(words) == "".join(text.split())
        assert all(words) and not any(character.isspace() for word in words for character in word)


def test_bytes_that_are_not_utf_8_are_counted_as_python_counts_them():
    words, starts, limits = SPLIT(tf.constant([b"a\xff b\xc3"]))
    assert starts.to_list() == [[0, 3]] and limits.to_list() == [[2, 5]]
    assert [word.decode() for word in words.to_list()[0]] == b"a\xff b\xc3".decode("utf-8", "replace").split()
