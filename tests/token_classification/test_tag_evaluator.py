"""Evaluation of taggers: every word is scored, in sentences of any length, as seqeval does; files of predictions."""

import numpy as np
import pytest
import questions
import tagging
from seqeval.metrics import accuracy_score, f1_score, precision_score, recall_score

from bert_keras.running.evaluate import evaluate, evaluator, write_predictions
from bert_keras.text.packing import pad_features
from bert_keras.token_classification.tagging_data import make_tagging_data
from bert_keras.token_classification.token_classifier import TokenClassifier
from bert_keras.token_classification.token_reader import TokenReader


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return tagging.with_random_head(questions.encoder(tmp_path_factory.mktemp("tags")))


@pytest.fixture(scope="module")
def data(model):
    return tagging.tagging_data(model.encoder, rows=40, seq_length=9)


def oracle(model, data, sentences):
    """The tag of each word, from one window at a time: the one that shows most around the word's first piece."""
    found = []
    for words in sentences:
        windows = data.preprocessor([list(words)])
        ids = windows.word_ids, windows.type_ids
        logits = [model(pad_features(*(part[row : row + 1] for part in ids)))[0] for row in range(ids[0].nrows())]
        flat = np.concatenate(logits)
        found.append(
            [data.label_names[flat[token].argmax()] if token >= 0 else "O" for token in windows.firsts.numpy()]
        )
    return found


def test_scores_are_seqevals_of_the_tags_of_every_word(model, data):
    sentences = data.split("validation").sentences
    assert data.split("validation").truncated and len(data.split("validation")) > len(sentences)
    tags = oracle(model, data, sentences.words)
    reader = evaluator(model, data)
    assert reader.predictions() == tags
    scores, given = reader(), [list(own) for own in sentences.tags]
    assert list(scores)[:3] == ["f1", "precision", "recall"]
    for name, reference in (("f1", f1_score), ("precision", precision_score), ("recall", recall_score)):
        assert scores[name] == pytest.approx(reference(given, tags), abs=1e-12) and 0 < scores[name] < 1
    assert evaluate(model, data) == scores
    kinds = {name.partition("_")[2] for name in scores} - {""}
    assert kinds == {"ANIMAL", "THING"}


def test_static_shapes_give_the_same_tags(model, data):
    fixed = tagging.tagging_data(model.encoder, rows=40, seq_length=9, static_shapes=True)
    assert fixed.ladder
    assert evaluator(model, fixed).predictions() == evaluator(model, data).predictions()


def test_plain_tags_are_scored_by_the_word(model):
    parts = {"validation": tagging.sentences(20, 3)}
    options = {"seq_length": 16, "kept": tagging.KEPT, "scheme": "plain", "label_names": tagging.TAGS}
    data = make_tagging_data("words", parts, model.encoder, **options)
    tags, given = evaluator(model, data).predictions(), [list(own) for own in parts["validation"].tags]
    assert evaluate(model, data) == {"accuracy": pytest.approx(accuracy_score(given, tags), abs=1e-12)}


def test_predictions_are_written_beside_the_tags(model, data, tmp_path):
    [path] = write_predictions(model, data, tmp_path / "new", "validation")
    assert path == str(tmp_path / "new" / "validation.conll")
    blocks = (tmp_path / "new" / "validation.conll").read_text().split("\n\n")
    sentences, tags = data.split("validation").sentences, evaluator(model, data).predictions()
    assert len(blocks) == len(sentences) + 1 - (blocks[-1] != "")
    for block, *columns in zip(blocks, sentences.words, sentences.tags, tags, strict=False):
        assert [line.split("\t") for line in block.strip().split("\n")] == [
            list(row) for row in zip(*columns, strict=True)
        ]


def test_words_that_the_tokenizer_drops_are_outside(model, data):
    classes, scores = TokenReader(model, data.preprocessor, outside=3)([["\u200b", "dog"], ["\u200b"]])
    assert (classes[0], classes[2], scores[0], scores[2]) == (3, 3, 0.0, 0.0) and scores[1] > 0.2
    assert TokenReader(model, data.preprocessor)([])[0].shape == (0,)


def test_what_does_not_fit_is_refused(model, data):
    with pytest.raises(TypeError, match=r"`model` must be a bk.TokenClassifier"):
        evaluate(questions.with_random_head(model.encoder), data)
    with pytest.raises(ValueError, match="have a class for each tag of tests/names, 5"):
        evaluate(TokenClassifier(model.encoder, 3), data)
    with pytest.raises(ValueError, match="`part` must be a part of this task"):
        evaluate(model, data, "test")
    with pytest.raises(ValueError, match="`null_threshold` must be None"):
        evaluate(model, data, null_threshold=0.0)
