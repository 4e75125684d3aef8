"""Sentences of words with a tag each: what a list of them must be, and where each word stands."""

import numpy as np
import pytest

from bert_keras.token_classification.tagged_sentences import TaggedSentences, listed_sentences


def test_some_of_the_sentences_keep_their_tags_and_places():
    sentences = TaggedSentences([["a"], ["b", "c"], ["d"]], [["X"], ["Y", "Z"], ["X"]], [1, 3, 6], "train.conll")
    some = sentences.take(np.array([2, 1]))
    assert (some.words, some.tags) == ([["d"], ["b", "c"]], [["X"], ["Y", "Z"]])
    assert (len(some), some.place(0), some.place(1, 1)) == (2, "line 6 of train.conll", "line 4 of train.conll")
    untagged = TaggedSentences([["a"], ["b"]], None).take([1])
    assert (untagged.words, untagged.tags, untagged.place(0)) == ([["b"]], None, "word 0 of sentence 0")
    assert sentences.with_tags([["Q"], ["Q", "Q"], ["Q"]]).place(2) == "line 6 of train.conll"


def test_a_list_is_copied_with_its_source():
    rows = [(["Ann", "sings"], ["B-PER", "O"]), (("Oslo",), ("B-LOC",))]
    sentences = listed_sentences(rows, "test")
    assert (sentences.words, sentences.tags) == ([["Ann", "sings"], ["Oslo"]], [["B-PER", "O"], ["B-LOC"]])
    assert sentences.place(1, 0) == "word 0 of sentence 1 of test"
    rows[0][0].append("loud")
    assert sentences.words[0] == ["Ann", "sings"]


@pytest.mark.parametrize(
    "rows, error, words",
    [
        ([], ValueError, "at least one sentence"),
        ([([], [])], ValueError, r"have a word in every sentence.*It is sentence 0"),
        ([(["a"], ["O"]), (["a", "b"], ["O"])], ValueError, r"as many tags as words, 2.*It is sentence 1"),
        ([(["a", " "], ["O", "O"])], ValueError, r"a visible character in each word"),
        ([(["a", 3], ["O", "O"])], TypeError, r"hold a str for each word"),
        ([(["a"], [None])], TypeError, r"`tags` must be a str for each word"),
        ([("a b", ["O"])], TypeError, r"hold a pair \(words, tags\)"),
        ([(["\ud83d"], ["O"])], ValueError, r"UTF-8 can express"),
    ],
)
def test_lists_at_fault_are_refused_with_their_place(rows, error, words):
    with pytest.raises(error, match=words):
        listed_sentences(rows)
