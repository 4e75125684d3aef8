"""Windows between words, with their characters: by hand, and whole tokens of any text."""

import numpy as np
import pytest

from bert_keras.retrieval import document_windows as module
from bert_keras.retrieval.document_windows import document_windows
from bert_keras.text.tokenizer import Tokenizer


@pytest.fixture(scope="module")
def tokenizer(vocab_file):
    return Tokenizer(vocab_file)


def cut(texts, tokenizer, seq_length, overlap):
    windows = document_windows(texts, tokenizer, seq_length, overlap).tolist()
    return [(number, texts[number][start:end]) for number, start, end in windows]


def test_windows_by_hand(tokenizer):
    texts = ["the dog", " the film was good. the cat \n", "x"]
    assert cut(texts, tokenizer, 5, 1) == [
        (0, "the dog"),
        *((1, "the film was"), (1, "was good."), (1, ". the cat")),
        (2, "x"),
    ]
    assert cut(texts[1:2], tokenizer, 5, 0) == [(0, "the film was"), (0, "good. the"), (0, "cat")]


def test_a_word_is_cut_only_where_it_is_longer_than_a_window(tokenizer):
    assert cut(["the player played"], tokenizer, 5, 0) == [(0, "the player"), (0, "played")]  # play ##er, play ##ed
    spans = cut(["abcdefghij"], tokenizer, 5, 1)  # a ##b ##c …, three pieces at a time
    assert "".join(text for _, text in spans) == "abcdefghij" and {len(text) for _, text in spans} == {3, 1}


def test_every_token_stands_in_a_window_that_is_no_longer_than_allowed(tokenizer, monkeypatch):
    monkeypatch.setattr(module, "_CHUNK_DOCUMENTS", 2)
    words = "the film 東京 was good. 😀 ﬁve playing Ünable — the-dog's \u200b unplayable 12:30 ÅÅ tree".split(" ")
    random = np.random.default_rng(0)
    texts = [" ".join(random.choice(words, count)) for count in (1, 7, 40, 150)] + ["\ufffd"]
    windows = document_windows(texts, tokenizer, 9, 3)
    assert sorted(set(windows[:, 0])) == [0, 1, 2, 3, 4] and windows[-1].tolist() == [4, 0, 1]
    lengths = tokenizer([texts[number][start:end] for number, start, end in windows]).row_lengths().numpy()
    assert lengths.max() <= 7 and len(windows) > 30
    columns = tokenizer.tokenize_with_offsets(texts)
    for number in range(len(texts)):
        own = windows[windows[:, 0] == number]
        assert (np.diff(own[:, 1]) > 0).all() and (np.diff(own[:, 2]) > 0).all()
        for start, limit in zip(columns.starts[number].numpy(), columns.limits[number].numpy(), strict=True):
            assert ((own[:, 1] <= start) & (limit <= own[:, 2])).any()
