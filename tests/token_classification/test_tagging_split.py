"""Tags on tokens: on the first piece of each word or on all, each word once, padded beside the features."""

import numpy as np
import pytest
import tagging
from encoders import write_vocabulary

from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text.word_windows import WordPreprocessor
from bert_keras.token_classification.tagged_sentences import listed_sentences
from bert_keras.token_classification.tagging_split import make_tagging_split


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    return Tokenizer(write_vocabulary(tmp_path_factory.mktemp("vocabulary")))


def split_of(tokenizer, rows, pieces="first", seq_length=64, tags=tagging.TAGS):
    return make_tagging_split(listed_sentences(rows, "here"), WordPreprocessor(tokenizer, seq_length), tags, pieces)


ROW = (["playing", "new", "unplayed", "\u200b", "dog"], ["B-THING", "O", "I-ANIMAL", "O", "B-ANIMAL"])


def test_labels_by_hand(tokenizer):
    """play ##ing, new, un ##p ##l ##a ##y ##ed, nothing, dog; B-THING is class 3, I-THING 4."""
    counts = [len(ids) for ids in tokenizer(ROW[0]).to_list()]
    assert counts[0] == 2 and counts[2] > 2 and counts[3] == 0
    more = counts[2] - 1
    first = split_of(tokenizer, [ROW])
    assert first.labels.to_list() == [[-1, 3, -1, 0, 2, *[-1] * more, 1, -1]]
    assert split_of(tokenizer, [ROW], "all").labels.to_list() == [[-1, 3, 4, 0, 2, *[2] * more, 1, -1]]
    assert first.unread == 1
    assert first.facts("train") == [
        "train: 1 sentences, 5 words",
        "train: 1 words have no character that the tokenizer reads, and no label",
    ]


def test_later_pieces_keep_a_tag_that_has_no_inside(tokenizer):
    found = split_of(tokenizer, [(["playing", "dog"], ["VB", "B-A"])], "all", tags=("VB", "B-A"))
    assert found.labels.to_list() == [[-1, 0, 0, 1, -1]]


@pytest.mark.parametrize("seq_length", [5, 8, 64])
@pytest.mark.parametrize("pieces", ["first", "all"])
def test_every_word_or_piece_of_a_long_sentence_is_labelled_once(tokenizer, seq_length, pieces):
    sentences = tagging.sentences(9, longest=14)
    split = make_tagging_split(sentences, WordPreprocessor(tokenizer, seq_length), tagging.TAGS, pieces)
    for number, (words, tags) in enumerate(zip(sentences.words, sentences.tags, strict=True)):
        rows = np.flatnonzero(split.examples.ids == number)
        labels = np.concatenate([split.labels[row].numpy() for row in rows])
        found = sorted(labels[labels >= 0])
        counts = [len(ids) for ids in tokenizer(list(words)).to_list()]
        if pieces == "first":
            assert found == sorted(tagging.TAGS.index(tag) for tag in tags)
        else:
            assert len(found) == sum(counts)
        assert len(rows) == (
            1 if sum(counts) + 2 <= seq_length else 1 + -(-(sum(counts) + 2 - seq_length) // ((seq_length - 2) // 2))
        )
    several = sum(len(np.flatnonzero(split.examples.ids == n)) > 1 for n in range(9))
    assert split.truncated == several
    told = (
        f"train: {several:,} sentences are longer than {seq_length} tokens and are read in several windows, each word"
    )
    assert any(line.startswith(told) for line in split.facts("train")) == (several > 0)


def test_batches_hold_labels_as_wide_as_their_features(tokenizer):
    data = tagging.tagging_data(tokenizer, rows=20)
    seen = 0
    for features, labels in data.train:
        assert labels.shape == features["input_word_ids"].shape and labels.dtype == "int32"
        assert (labels.numpy()[features["input_mask"].numpy() == 0] == -1).all()
        seen += int((labels.numpy() >= 0).sum())
    assert seen == sum(len(words) for words in data.split("train").sentences.words)


def test_sentences_without_a_word_that_can_be_read_are_refused(tokenizer):
    with pytest.raises(ValueError, match=r"hold a word that the tokenizer reads. Received: sentences='here'"):
        split_of(tokenizer, [(["\u200b"], ["O"])])
