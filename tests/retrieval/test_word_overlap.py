"""BM25 by hand, as a share of the most there can be."""

import math

import numpy as np
import pytest

from bert_keras.retrieval import word_overlap as module
from bert_keras.retrieval.word_overlap import WordOverlap
from bert_keras.text.tokenizer import Tokenizer

TEXTS = ["the dog", "the dog and the cat", "ü", "cat cat cat the film was good"]


@pytest.fixture(scope="module")
def tokenizer(vocab_file):
    return Tokenizer(vocab_file)


def by_hand(query, text):
    """Words that are a piece each; one that is in no text counts in what could be, and an unknown one nowhere."""
    texts = [own.split() for own in TEXTS]
    mean = sum(map(len, texts)) / len(texts)
    total = most = 0.0
    for word in query.split():
        held = sum(word in own for own in texts)
        rarity = math.log(1 + (len(texts) - held + 0.5) / (held + 0.5))
        count = text.split().count(word)
        total += rarity * count / (count + 1.2 * (0.25 + 0.75 * len(text.split()) / mean))
        most += rarity
    return total / most


@pytest.mark.parametrize("characters", [1, 1_000_000])
def test_overlaps_by_hand(tokenizer, monkeypatch, characters):
    monkeypatch.setattr(module, "_CHUNK_CHARACTERS", characters)
    queries = ["dog", "the cat", "the film tree", "cat cat dog"]
    found = WordOverlap(TEXTS, tokenizer)(queries)
    wanted = [[by_hand(query, text) for text in TEXTS] for query in queries]
    np.testing.assert_allclose(found, wanted, atol=1e-6)
    assert found.dtype == np.float32 and (0 <= found).all() and (found < 1).all() and found[0, 0] > 0.4


def test_pieces_that_are_not_known_say_nothing(tokenizer):
    overlap = WordOverlap(["日本 dog", "日本 cat", "\ufffd"], tokenizer)
    assert overlap(["日本", "\ufffd"]).tolist() == [[0.0] * 3] * 2
    assert overlap(["日本 dog"]).tolist() == overlap(["dog"]).tolist() and overlap([]).shape == (0, 3)
