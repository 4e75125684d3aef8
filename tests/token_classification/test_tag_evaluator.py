"""Evaluation of taggers: every word is scored, in sentences of any length, as seqeval does; files of predictions."""

import numpy as np
import pytest
import questions
import tagging
from seqeval.metrics import accuracy_score, f1_score, precision_score, recall_score

from bert_keras.text.packing import pad_features
from bert_keras.token_classification.tag_evaluator import TagEvaluator
from bert_keras.token_classification.tagged_sentences import TaggedSentences
from bert_keras.token_classification.token_classifier import TokenClassifier


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
    reader = TagEvaluator(model, data, "validation")
    assert reader.predictions() == tags
    scores, given = reader(), [list(own) for own in sentences.tags]
    assert list(scores)[:3] == ["f1", "precision", "recall"]
    for name, reference in (("f1", f1_score), ("precision", precision_score), ("recall", recall_score)):
        assert scores[name] == pytest.approx(reference(given, tags), abs=1e-12) and 0 < scores[name] < 1
    assert TagEvaluator(model, data, "validation")() == scores
    kinds = {name.partition("_")[2] for name in scores} - {""}
    assert kinds == {"ANIMAL", "THING"}


def test_static_shapes_give_the_same_tags(model, data):
    fixed = tagging.tagging_data(model.encoder, rows=40, seq_length=9, static_shapes=True)
    assert fixed.ladder
    one, other = (TagEvaluator(model, own, "validation").predictions() for own in (fixed, data))
    assert one == other


def test_plain_tags_are_scored_by_the_word(model):
    task = tagging.tagging_task({"validation": tagging.sentences(20, 3)}, scheme="plain", label_names=tagging.TAGS)
    data = task.load(model.encoder, seq_length=16)
    evaluator = TagEvaluator(model, data, "validation")
    tags = [list(own) for own in data.split("validation").sentences.tags]
    assert evaluator() == {"accuracy": pytest.approx(accuracy_score(tags, evaluator.predictions()), abs=1e-12)}


def test_predictions_are_written_beside_the_tags(model, data, tmp_path):
    evaluator = TagEvaluator(model, data, "validation")
    [path] = evaluator.write_predictions(tmp_path / "new")
    assert path == str(tmp_path / "new" / "validation.conll")
    blocks = (tmp_path / "new" / "validation.conll").read_text().split("\n\n")
    sentences, tags = data.split("validation").sentences, evaluator.predictions()
    assert len(blocks) == len(sentences) + 1 - (blocks[-1] != "")
    for block, *columns in zip(blocks, sentences.words, sentences.tags, tags, strict=False):
        assert [line.split("\t") for line in block.strip().split("\n")] == [
            list(row) for row in zip(*columns, strict=True)
        ]


def test_sentences_without_tags_are_predicted_and_not_scored(model, tmp_path):
    words = [["the", "dog"], ["cat"]]
    task = tagging.tagging_task({"test": TaggedSentences(words, None, None, "here")}, label_names=tagging.TAGS)
    evaluator = TagEvaluator(model, task.load(model.encoder, seq_length=9), "test")
    evaluator.write_predictions(tmp_path)
    [one, two], [three] = evaluator.predictions()
    assert (tmp_path / "test.conll").read_text() == f"the\t{one}\ndog\t{two}\n\ncat\t{three}\n\n"
    with pytest.raises(ValueError, match="`part` must have tags"):
        evaluator()


def test_what_does_not_fit_is_refused(model, data):
    with pytest.raises(TypeError, match=r"`model` must be a bk.TokenClassifier"):
        TagEvaluator(questions.with_random_head(model.encoder), data, "validation")
    with pytest.raises(ValueError, match=r"`model` must be for tests/names, with num_classes=5.*'num_classes': 3"):
        TagEvaluator(TokenClassifier(model.encoder, 3), data, "validation")
    with pytest.raises(ValueError, match="`part` must be a part of this task"):
        TagEvaluator(model, data, "test")


def test_the_last_answers_are_kept(model, data, monkeypatch):
    evaluator = TagEvaluator(model, data, "validation")
    assert evaluator.last_answers() is None
    evaluator()
    wanted = evaluator.given_answers()
    monkeypatch.setattr(evaluator, "predictions", None)  # no second pass
    last = evaluator.last_answers()
    assert last.given.tolist() == wanted.given.tolist() and len(set(last.given.tolist())) > 1
    assert last.labels.tolist() == wanted.labels.tolist()
