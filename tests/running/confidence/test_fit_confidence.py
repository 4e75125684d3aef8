"""`fit_confidence` and the evidence of every kind: what is fitted is what a model of such a head then says."""

import choices
import numpy as np
import pytest
import questions
import tagging
import tiny

from bert_keras.models.divide_logits import divide_logits
from bert_keras.multiple_choice.load_choices import load_choices
from bert_keras.question_answering.span_evidence import SpanEvidence
from bert_keras.running.confidence.fit_confidence import fit_confidence
from bert_keras.running.evaluate import evaluator
from bert_keras.running.kinds import tuned_kinds
from bert_keras.text_classification.text_classifier import TextClassifier
from bert_keras.tuned.class_evidence import ClassEvidence


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """By kind: a model and data for it."""
    encoder = questions.encoder(tmp_path_factory.mktemp("encoder"))
    prompts = {"train": choices.rows(6), "validation": choices.rows(6, seed=1)}
    return {
        "text_classification": (TextClassifier(encoder, seed=1), tiny.task_data(encoder)),
        "question_answering": (questions.with_random_head(encoder), questions.question_data(encoder)),
        "token_classification": (tagging.with_random_head(encoder), tagging.tagging_data(encoder)),
        "multiple_choice": (choices.with_random_head(encoder), load_choices(prompts, encoder, seq_length=24)),
    }


@pytest.mark.parametrize("kind", tuned_kinds())
def test_a_divided_head_says_what_the_temperature_did(made, kind):
    model, data = made[kind]
    evidence = evaluator(model, data).evidence()
    everything = np.ones(len(evidence.row_of), bool)
    scores = evaluator(model, data)()
    undivided, _ = evidence.judged(1.0, everything)
    wanted, is_right = evidence.judged(2.5, everything)
    loss = evidence.loss(2.5, everything)
    divide_logits(model, 2.5)
    again = evaluator(model, data).evidence()
    found, still = again.judged(1.0, everything)
    np.testing.assert_allclose(found, wanted, atol=2e-5)
    assert np.abs(undivided - wanted).max() > 1e-4  # the comparison above can fail
    assert still.tolist() == is_right.tolist() and again.loss(1.0, everything) == pytest.approx(loss, abs=1e-4)
    divide_logits(model, 1 / 2.5)
    assert evaluator(model, data)() == pytest.approx(scores, abs=1e-3)


def test_tags_are_those_of_the_evaluator(made):
    model, data = made["token_classification"]
    measure = evaluator(model, data)
    evidence, (_, scores) = measure.evidence(), measure.answers()
    found, _ = evidence.judged(1.0, np.ones(len(evidence.row_of), bool))
    np.testing.assert_allclose(found, scores[scores > 0], atol=1e-5)
    assert set(evidence.row_of) == set(range(measure.rows)) and evidence.texts == [
        tuple(words) for words in measure.sentences.words
    ]


def test_questions_with_no_answer_keep_their_decision():
    logits = np.array([[4.0, 1.0, 3.0], [2.0, -np.inf, 6.0], [1.0, 0.5, -np.inf]])
    rows = [("a",), ("b",), ("c",)]
    evidence = SpanEvidence(
        rows, np.arange(3), np.zeros(3, int), logits, np.array([0, 2, 0]), np.array([True, False, True])
    )
    found, is_right = evidence.judged(2.0, np.ones(3, bool))
    wanted = [np.exp(2) / np.exp([2, 0.5, 1.5]).sum(), np.exp(3) / np.exp([1, 3]).sum(), 1 / (1 + np.exp(-0.25))]
    np.testing.assert_allclose(found, wanted)
    assert is_right.tolist() == [True, False, True]
    loss = -np.mean(np.log([wanted[0], 1 - wanted[1], wanted[2]]))
    assert evidence.loss(2.0, np.ones(3, bool)) == pytest.approx(loss)
    assert evidence.settings({"null_threshold": 3.0}, 2.0) == {"null_threshold": 1.5}
    assert evidence.settings({"null_threshold": None}, 2.0) == {}
    with pytest.raises(ValueError, match="answers that are right and that are wrong"):
        evidence.check(np.array([True, False, True]))


def rows_of(count, factor=3.0, texts=None, **options):
    """Evidence of a model that is too sure of itself by a factor."""
    random = np.random.default_rng(0)
    true = random.normal(size=(count, 3)) * 2
    shares = np.exp(true) / np.exp(true).sum(axis=1, keepdims=True)
    labels = np.array([random.choice(3, p=row) for row in shares])
    texts = texts or [(f"text {number}",) for number in range(count)]
    return ClassEvidence(texts, np.arange(count), labels, true * factor, labels, **options)


def test_halves_are_drawn_by_a_seed_with_equal_texts_on_one_side():
    texts = [(f"text {number // 4}",) for number in range(400)]
    evidence = rows_of(400, texts=texts)
    found, is_fitted, _ = fit_confidence(evidence, None)
    assert [len(set(is_fitted[start : start + 4])) for start in range(0, 400, 4)] == [1] * 100
    assert abs(found.fitted_rows - 200) <= 8 and found.fitted_rows == is_fitted.sum()
    again, same, _ = fit_confidence(evidence, None)
    assert (again, same.tolist()) == (found, is_fitted.tolist())
    _, other, _ = fit_confidence(evidence, None, seed=1)
    assert other.tolist() != is_fitted.tolist()


def test_it_reports_both_sides_and_says_so():
    found, *_ = fit_confidence(rows_of(2000), None, which="of a.csv")
    assert found.temperature == pytest.approx(3.0, rel=0.15) and found.error_after < 0.4 * found.error_before
    lines = str(found).splitlines()
    assert lines[0] == f"temperature: {found.temperature:.3f}, fitted on {found.fitted_rows:,} rows of a.csv"
    assert lines[1] == f"measured on: the {found.measured_rows:,} others, drawn by seed 0" and len(lines) == 4
    assert "<td" in found._repr_html_()


def test_kinds_that_do_not_abstain_promise_nothing():
    with pytest.raises(ValueError, match="`precision` must be None but for classifiers of texts"):
        fit_confidence(rows_of(100), None, precision=0.9)
    found, *_ = fit_confidence(rows_of(2000, abstains=True), None, precision=0.8)
    assert found.promises[0].label is None and found.promises[0].precision > 0.75
    assert str(found).splitlines()[4].startswith("abstains: below 0.")
