"""`bk.evaluate` and `bk.write_predictions`: each kind of data goes to its evaluator, which refuses what is not its."""

import choices
import numpy as np
import pytest
import questions
import tagging
import tiny
import tuned

from bert_keras.masked_lm.load_masked import load_masked
from bert_keras.masked_lm.masked_lm import MaskedLM
from bert_keras.multiple_choice.load_choices import load_choices
from bert_keras.running.evaluate import evaluate, evaluator, write_predictions
from bert_keras.running.kinds import KINDS
from bert_keras.text_classification.text_classifier import TextClassifier


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """By kind: a model and data for it, with a part "validation"."""
    encoder = questions.encoder(tmp_path_factory.mktemp("encoder"))
    prompts = {"train": choices.rows(6), "validation": choices.rows(6, seed=1)}
    texts = load_masked(["the film was good", "the dog was not"] * 6, rows="texts", validation_share=0.5, seq_length=16)
    return {
        "text_classification": (TextClassifier(encoder), tiny.task_data(encoder)),
        "question_answering": (questions.with_random_head(encoder), questions.question_data(encoder)),
        "token_classification": (tagging.with_random_head(encoder), tagging.tagging_data(encoder)),
        "multiple_choice": (choices.with_random_head(encoder), load_choices(prompts, encoder, seq_length=24)),
        "masked_lm": (MaskedLM(encoder), texts.load(encoder)),
    }


def test_every_kind_is_tested_here(made):
    assert set(made) == set(KINDS) == {data.kind for _, data in made.values()}


@pytest.mark.parametrize("kind", KINDS)
def test_the_scores_are_those_of_the_kinds_evaluator(made, kind):
    model, data = made[kind]
    measure = evaluator(model, data)
    assert type(measure) is KINDS[kind].evaluator
    scores = evaluate(model, data)
    assert scores == measure() and data.metrics[0] in scores
    assert all(type(value) is float and np.isfinite(value) for value in scores.values())


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_of_another_kind_is_refused(made, kind):
    model, _ = made[kind]
    for other, (_, data) in made.items():
        if other != kind:
            with pytest.raises(TypeError, match=f"`model` must be a bk.{KINDS[other].model.__name__}"):
                evaluate(model, data)


@pytest.mark.parametrize("kind", KINDS)
def test_a_part_that_is_not_there(made, kind):
    model, data = made[kind]
    with pytest.raises(ValueError, match=r"`part` must be a part of this task. Received: part='test'. There are: \['t"):
        evaluate(model, data, "test")


@pytest.mark.parametrize("kind", KINDS)
def test_a_threshold_is_for_questions_alone(made, kind):
    model, data = made[kind]
    if kind == "question_answering":
        assert evaluate(model, data, null_threshold=1e9)["null_threshold"] == 1e9
        return
    words = f"`null_threshold` must be None but for question_answering. Received: null_threshold=0.5. This is {kind}."
    for call in (evaluate, lambda *arguments, **options: write_predictions(*arguments, "x", "validation", **options)):
        with pytest.raises(ValueError, match=words):
            call(model, data, null_threshold=0.5)


def test_the_part_whose_predictions_are_wanted_is_that_of_the_kind(made, tmp_path):
    model, data = made["question_answering"]
    written = write_predictions(model, data, tmp_path / "answers")
    assert tuned.below(tmp_path / "answers") == {"predictions.json", "nbest_predictions.json", "null_odds.json"}
    assert len(written) == 3
    model, data = made["token_classification"]
    with pytest.raises(ValueError, match=r"`part` must be a part of this task. Received: part='test'"):
        write_predictions(model, data, tmp_path / "tags")
    write_predictions(model, data, tmp_path / "tags", "validation")
    assert tuned.below(tmp_path / "tags") == {"validation.conll"}


@pytest.mark.parametrize("kind", ["multiple_choice", "masked_lm"])
def test_kinds_without_a_scorers_format(made, kind, tmp_path):
    model, data = made[kind]
    with pytest.raises(ValueError, match="`data` must be a task with a file format for predictions"):
        write_predictions(model, data, tmp_path / "out", "validation")
