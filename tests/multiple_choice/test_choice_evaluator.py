"""`ChoiceEvaluator`: the share of prompts whose right choice has the highest logit, each prompt by itself."""

import choices
import numpy as np
import pytest
import tiny

from bert_keras.multiple_choice.choice_evaluator import ChoiceEvaluator
from bert_keras.multiple_choice.load_choices import load_choices
from bert_keras.text_classification.text_classifier import TextClassifier


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return choices.with_random_head(choices.encoder(tmp_path_factory.mktemp("encoder")))


@pytest.mark.parametrize("static_shapes", [False, True])
def test_accuracy_counts_each_prompt_once(model, static_shapes):
    labels = np.random.default_rng(0).integers(0, 3, 13).tolist()
    prompts = [(prompt, texts, label) for (prompt, texts, _), label in zip(choices.rows(13), labels, strict=True)]
    options = {"batch_size": 4, "seq_length": 24, "static_shapes": static_shapes}
    data = load_choices(prompts, model.encoder, validation_share=0, **options)
    make = model.encoder.preprocessor(24)
    right = []
    for prompt, texts, label in prompts:
        scores = [float(model(make([prompt], [text]))[0, 0]) for text in texts]
        right.append(np.argmax(scores) == label)
    assert 0 < sum(right) < 13
    assert ChoiceEvaluator(model, data, "train")() == {"accuracy": pytest.approx(sum(right) / 13)}


def test_what_does_not_fit_is_named(model):
    four = load_choices(choices.rows(5, 4), model.encoder, seq_length=32)
    with pytest.raises(ValueError, match="`model` must be for choices, with num_choices=4"):
        ChoiceEvaluator(model, four, "train")()
    with pytest.raises(TypeError, match=r"`model` must be a bk\.MultipleChoice"):
        ChoiceEvaluator(TextClassifier(tiny.SumEncoder(), 2), four, "train")()
    with pytest.raises(ValueError, match="`part` must be a part of this task"):
        ChoiceEvaluator(model, four, "test")
    unlabelled = load_choices({"test": [row[:2] for row in choices.rows(4)]}, model.encoder, seq_length=32)
    with pytest.raises(ValueError, match="`part` must have labels"):
        ChoiceEvaluator(model, unlabelled, "test")()


def test_the_last_answers_are_kept(model, monkeypatch):
    data = load_choices(choices.rows(13), model.encoder, validation_share=0, batch_size=4, seq_length=24)
    evaluator = ChoiceEvaluator(model, data, "train")
    assert evaluator.last_answers() is None
    scores, wanted = evaluator(), evaluator.given_answers()
    monkeypatch.setattr(evaluator, "_answers", None)  # no second pass
    last = evaluator.last_answers()
    assert last.given.tolist() == wanted.given.tolist()
    assert last.statistic(last.given, last.labels) == scores["accuracy"]
