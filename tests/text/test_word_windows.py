"""Windows over sentences of words: ids are those of the text, every piece stands in the window that shows most."""

import numpy as np
import pytest
import tagging
import tensorflow as tf
from encoders import write_vocabulary

from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text.word_windows import WordPreprocessor


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    return Tokenizer(write_vocabulary(tmp_path_factory.mktemp("vocabulary")))


def oracle(tokenizer, sentence, seq_length):
    """Windows as rows of ids, and for each piece (window, place in it), found by trying all."""
    pieces = [(word, piece) for word, text in enumerate(sentence) for piece in tokenizer([text]).to_list()[0]]
    room, begin, windows = seq_length - 2, 0, []
    while True:
        windows.append(list(range(begin, min(begin + room, len(pieces)))))
        if begin + room >= len(pieces):
            break
        begin += room // 2
    rows = [[tokenizer.cls_id, *(pieces[p][1] for p in own), tokenizer.sep_id] for own in windows]
    places = []
    for piece in range(len(pieces)):
        holders = [
            (min(p := own.index(piece), len(own) - 1 - p), -w, p) for w, own in enumerate(windows) if piece in own
        ]
        _, window, place = max(holders)
        places.append((-window, place + 1))
    return rows, places, [word for word, _ in pieces]


@pytest.mark.parametrize("seq_length", [4, 5, 8, 64])
def test_windows_are_those_of_the_oracle(tokenizer, seq_length):
    given = [list(words) for words in tagging.sentences(14, longest=12).words] + [["\u200b"], ["a", "\u200b", "b"]]
    found = WordPreprocessor(tokenizer, seq_length)(given)
    rows, words_before, expected = [], 0, []
    for number, sentence in enumerate(given):
        own, places, words = oracle(tokenizer, sentence, seq_length)
        begins = np.cumsum([0, *map(len, [*rows, *own])])[len(rows) :]
        expected += [(int(begins[w]) + p, words_before + word) for (w, p), word in zip(places, words, strict=True)]
        rows += own
        words_before += len(sentence)
        assert (found.rows.numpy() == number).sum() == len(own)
    assert found.word_ids.to_list() == rows
    assert found.type_ids.to_list() == [[0] * len(row) for row in rows]
    assert list(zip(found.tokens.numpy(), found.words.numpy(), strict=True)) == expected
    firsts = dict(reversed([(word, token) for token, word in expected]))
    assert found.firsts.numpy().tolist() == [firsts.get(word, -1) for word in range(words_before)]


def test_ids_are_those_of_the_text(tokenizer):
    given = [list(words) for words in tagging.sentences(10).words]
    found = WordPreprocessor(tokenizer, 64)(given).word_ids
    assert found[:, 1:-1].to_list() == tokenizer([" ".join(words) for words in given]).to_list()


def test_no_sentence_and_ragged_strings(tokenizer):
    preprocessor = WordPreprocessor(tokenizer, 8)
    assert preprocessor([]).word_ids.to_list() == []
    ragged = tf.ragged.constant([["a", "b"], []], dtype=tf.string)
    assert preprocessor(ragged).word_ids.to_list() == preprocessor([["a", "b"], []]).word_ids.to_list()


def test_what_are_no_words_are_refused(tokenizer):
    with pytest.raises(TypeError, match=r"`sentences` must be lists of words.*\[\['Ann', 'sings'\]\]"):
        WordPreprocessor(tokenizer, 8)(["a b"])
    with pytest.raises(ValueError, match=r"`seq_length` must be at least 4, two pieces between"):
        WordPreprocessor(tokenizer, 3)
    with pytest.raises(TypeError, match="`tokenizer` must be a Tokenizer"):
        WordPreprocessor("vocab.txt", 8)
    with pytest.raises(TypeError, match="be ragged strings"):
        WordPreprocessor(tokenizer, 8)(tf.ragged.constant([[1]]))
