"""`Answers`: the threshold for "no answer", its half, and scores where there is one."""

import hashlib

import numpy as np
import pytest
import questions

from bert_keras.metrics.squad import squad_v2
from bert_keras.question_answering.answers import Answers, best_threshold, scores_of, tuned_threshold
from bert_keras.question_answering.span_decoder import Spans


def in_tuning_half(name):
    return hashlib.sha256(name.encode()).digest()[0] % 2 == 0


def random_answers(seed, rows=40):
    """Answers with random null scores, many of them equal; half of the spans are right."""
    random = np.random.default_rng(seed)
    examples = questions.examples(rows, seed, impossible=0.5)
    starts, ends = np.zeros((rows, 1), "int32"), np.zeros((rows, 1), "int32")
    for row, answers in enumerate(examples.answers):
        right = bool(answers) and random.random() < 0.6
        starts[row], ends[row] = (answers[0][1], answers[0][1] + len(answers[0][0])) if right else (0, 3)
    null_logits = (random.integers(-6, 7, rows) / 2).astype("float32")
    return Answers(examples, Spans(starts, ends, np.zeros((rows, 1), "float32"), null_logits))


@pytest.mark.parametrize("seed", range(10))
def test_no_other_threshold_is_better(seed):
    answers = random_answers(seed)
    references = answers.questions.to_references()

    def f1(threshold):
        return squad_v2(answers.texts(threshold), references)["f1"]

    chosen = best_threshold(answers)
    assert chosen not in answers.null_odds.values()
    tried = {value: f1(value) for value in np.arange(-4, 4.1, 0.25)}
    assert f1(chosen) == pytest.approx(max(tried.values()), abs=1e-9)
    equal = [abs(value) for value, score in tried.items() if score > f1(chosen) - 1e-9]
    assert abs(chosen) <= min(equal) + 0.5


def test_the_threshold_does_not_depend_on_the_half_that_is_scored():
    answers = random_answers(3)
    threshold, scored = tuned_threshold(answers)
    assert all(not in_tuning_half(name) for name in scored.questions.ids) and len(scored.questions) > 5
    spans = Spans(*(column.copy() for column in answers.spans))
    for row, name in enumerate(answers.questions.ids):
        if not in_tuning_half(name):
            spans.null_logits[row] = 99.0
    assert tuned_threshold(Answers(answers.questions, spans))[0] == threshold


def test_a_half_that_is_empty_leaves_the_threshold_at_zero():
    answers = random_answers(3)
    row = next(row for row, name in enumerate(answers.questions.ids) if in_tuning_half(name))
    one = Answers(answers.questions.take([row]), Spans(*(np.asarray(column)[[row]] for column in answers.spans)))
    assert tuned_threshold(one) == (0.0, one)
    assert scores_of(one, has_impossible=True)["null_threshold"] == 0.0
