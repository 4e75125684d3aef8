"""`TokenReader`: the class of each word, in a graph and in few shapes; words that are dropped; many sentences."""

import numpy as np
import pytest
import questions
import tagging

from bert_keras.token_classification import token_reader
from bert_keras.token_classification.token_reader import TokenReader


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return tagging.with_random_head(questions.encoder(tmp_path_factory.mktemp("tags")))


@pytest.fixture(scope="module")
def preprocessor(model):
    return model.encoder.word_preprocessor(9)


def test_words_that_the_tokenizer_drops_are_outside(model, preprocessor):
    classes, scores = TokenReader(model, preprocessor, outside=3)([["\u200b", "dog"], ["\u200b"]])
    assert (classes[0], classes[2], scores[0], scores[2]) == (3, 3, 0.0, 0.0) and scores[1] > 0.2
    assert TokenReader(model, preprocessor)([])[0].shape == (0,)
    with pytest.raises(ValueError, match="`outside` must be between 0 and 4"):
        TokenReader(model, preprocessor, outside=5)


def test_sentences_are_read_in_stretches_and_in_few_shapes_with_the_same_classes(model, preprocessor, monkeypatch):
    words = tagging.sentences(30, longest=14).words
    classes, scores = TokenReader(model, preprocessor)(words)
    assert len(classes) == len(scores) == sum(map(len, words))
    fixed = TokenReader(model, preprocessor, batch_size=4, ladder=(6, 9))
    assert fixed.in_shapes
    monkeypatch.setattr(token_reader, "_CHUNK_WORDS", 20)
    for reader in (fixed, TokenReader(model, preprocessor, batch_size=3)):
        again, again_scores = reader(words)
        assert (again == classes).all()
        np.testing.assert_allclose(again_scores, scores, atol=1e-5)
