"""Rows that are cut, and whether their end holds the answer."""

import numpy as np
import pytest

from bert_keras.data.examples import Examples
from bert_keras.row_checks.cut_rows import cut_rows, find_cuts
from bert_keras.row_checks.pooled_rows import PooledRows
from bert_keras.row_checks.telling_words import TellingWord
from bert_keras.text.tokenizer import Tokenizer


def pooled(*columns, labels):
    rows = len(columns[0])
    return PooledRows.of({"train": Examples(tuple(map(list, columns)), np.array(labels), np.arange(rows), "mine.csv")})


@pytest.fixture
def tokenizer(vocab_file):
    return Tokenizer(vocab_file)


def test_what_is_cut_off_begins_at_the_first_token_without_room(tokenizer):
    rows = pooled(["the film was good", "The book  was  very bad. No!", "a"], labels=[1, 0, 1])
    (cut,) = find_cuts(rows, tokenizer, 7)
    assert (cut.row, cut.tokens, cut.rest) == (1, 10, ". No!")
    assert find_cuts(rows, tokenizer, 10) == []


def test_pairs_are_counted_together(tokenizer):
    rows = pooled(["the film", "a"], ["was very good", "b"], labels=[1, 0])
    (cut,) = find_cuts(rows, tokenizer, 7)
    assert (cut.row, cut.tokens, cut.rest) == (0, 8, None)


def test_an_answer_is_lost_by_a_word_or_by_what_models_say(tokenizer):
    text = "the room has a big tree"
    rows = pooled([f"{text} good", f"{text} poor", f"good {text} good", text], labels=[1, 0, 1, -1])
    cuts = find_cuts(rows, tokenizer, 7)
    assert [cut.row for cut in cuts] == [0, 1, 2, 3] and [cut.rest for cut in cuts][:2] == ["tree good", "tree poor"]
    word = TellingWord("good", "yes", 50, 1.0, 0.9, 0.5, "")
    chances = np.array([[0.1, 0.9], [0.3, 0.7], [0.1, 0.9], [np.nan, np.nan]])
    rests = {0: np.array([0.2, 0.8]), 1: np.array([0.9, 0.1])}
    found = {item.place: item for item in cut_rows(rows, cuts, 7, ("no", "yes"), [word], chances, rests)}
    first, second, third, last = (found[f"mine.csv, row {row}"] for row in range(4))
    assert first.words == ("good",) and first.loses_answer
    assert second.words == () and (second.probability, second.rest_probability) == (0.3, 0.9) and second.loses_answer
    assert third.words == () and not third.loses_answer  # the word stands in what is read, too
    assert last.label is None and last.probability is None and not last.loses_answer
    assert (first.tokens, first.kept) == (9, 7)
