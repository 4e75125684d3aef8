"""The two ways to read a text give the same pieces, for every character; which text is read how."""

import numpy as np
import pytest
import tensorflow as tf
from tensorflow_text.python.ops.bert_tokenizer import BasicTokenizer

from bert_keras.text import word_pieces
from bert_keras.text.word_pieces import WordPieces

PIECES = ("[UNK]", "a", "##b", "b", "##bb", ".", "é", "##é", "中", "don't", "中中", "a.b", "##")


def pieces_of(pieces):
    table = tf.lookup.KeyValueTensorInitializer(list(pieces), np.arange(len(pieces)), tf.string, tf.int64)
    return WordPieces(tuple(pieces), tf.lookup.StaticHashTable(table, -1))


@pytest.fixture(scope="module")
def reader():
    return pieces_of(PIECES)


def assert_same(found, expected):
    for column, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(column.row_splits, other.row_splits)
        np.testing.assert_array_equal(column.flat_values, other.flat_values)
        assert column.dtype == other.dtype


def test_by_hand(reader):
    ids, starts, limits = reader(tf.constant(["a.bbb 中中", "", "don't"]))
    assert ids.to_list() == [[1, 5, 3, 4, 8, 8], [], [0, 0, 0]]
    assert starts.to_list() == [[0, 1, 2, 3, 6, 9], [], [0, 3, 4]]
    assert limits.to_list() == [[1, 2, 3, 5, 9, 12], [], [3, 4, 5]]


def test_rows_that_are_read_apart_stay_in_order(reader):
    texts = [b"a b", "a\u00a0 b".encode(), b"ab", b"a \xff.", b"", "a\u2028b".encode()]
    plain = tf.strings.regex_full_match(texts, word_pieces._PLAIN).numpy().tolist()
    assert plain == [True, False, True, False, True, False]
    ids, starts, limits = reader(tf.constant(texts))
    assert ids.to_list() == [[1, 3], [0, 3], [1, 2], [1, 0, 5], [], [0]]
    assert starts.to_list() == [[0, 2], [0, 4], [0, 1], [0, 2, 3], [], [0]]
    assert limits.to_list() == [[1, 3], [3, 5], [1, 2], [1, 3, 4], [], [5]]


def test_both_ways_are_one_for_every_character(reader):
    codes = np.array([code for code in range(0x110000) if not 0xD800 <= code < 0xE000], np.int32)
    characters = tf.strings.regex_replace(tf.strings.unicode_encode(codes[:, None], "UTF-8"), r"\p{Cc}|\p{Cf}", " ")
    texts = tf.strings.join(["a", characters, "b"])
    plain = tf.strings.regex_full_match(texts, word_pieces._PLAIN)
    assert np.mean(plain.numpy()[codes < 0x3000]) > 0.9
    texts = tf.boolean_mask(texts, plain)
    assert_same(reader._read_fast(texts), reader._read_by_words(texts))


def test_words_are_parted_as_the_basic_tokenizer_does_and_are_not_checked(reader):
    """Every word that it finds is a piece of this vocabulary, so that pieces are words."""
    marks = [chr(code) for code in range(0x20, 0x3100)] + ["中", "㐀", "\U00020000", "豈", "\ud7ff", "\U0001f600"]
    texts = tf.strings.regex_replace([f"a{mark}b {mark}" for mark in marks] + ["", " "], r"\p{Cc}|\p{Cf}", " ")
    words, starts, limits = BasicTokenizer(lower_case=False).tokenize_with_offsets(texts)
    distinct = sorted({word.decode() for word in words.flat_values.numpy()})
    found = pieces_of(("[UNK]", *distinct))._read_by_words(texts)
    assert tf.gather(["[UNK]", *distinct], found.ids.flat_values).numpy().tolist() == words.flat_values.numpy().tolist()
    np.testing.assert_array_equal(found.ids.row_splits, words.row_splits)
    np.testing.assert_array_equal(found.starts.flat_values, starts.flat_values)
    np.testing.assert_array_equal(found.limits.flat_values, limits.flat_values)
    graph = tf.function(reader._read_by_words).get_concrete_function(tf.TensorSpec([None], tf.string)).graph
    assert "If" not in {operation.type for operation in graph.get_operations()}


@pytest.mark.parametrize("length", [99, 100, 101])
def test_words_that_are_too_long(reader, length):
    texts = tf.constant(["a" + "b" * (length - 1) + " a", "é" * 49 + "b" * (length - 98)])
    found = reader(texts)
    assert_same(found, reader._read_by_words(texts))
    assert found.limits.to_list()[0][-2:] == ([length, length + 2])
    assert (found.ids.to_list()[0][0] == 0) == (length > 100)


def test_pieces_that_are_in_no_word():
    pieces = ("[UNK]", "a" * 300, "a", "##" + "é" * 200, "\0", "a\0b", "##a")
    assert pieces_of(pieces)(tf.constant(["aa " + "a" * 300])).ids.to_list() == [[2, 6, 0]]


def test_special_pieces_alone():
    assert pieces_of(("[UNK]", "[CLS]"))(tf.constant(["a [CLS]", ""])).ids.to_list() == [[0] * 4, []]
