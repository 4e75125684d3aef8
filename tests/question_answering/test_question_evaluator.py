"""Evaluation of question answering: official scores, the threshold and its half, the files that scripts read."""

import hashlib
import json
import re

import numpy as np
import pytest
import questions
from official.nlp.tools import squad_evaluate_v1_1, squad_evaluate_v2_0

from bert_keras.metrics.squad import squad_v1, squad_v2
from bert_keras.question_answering.answers import Answers, best_threshold, scores_of, tuned_threshold
from bert_keras.question_answering.span_decoder import Spans
from bert_keras.running.evaluate import evaluate, evaluator, write_predictions


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return questions.with_random_head(questions.encoder(tmp_path_factory.mktemp("evaluation")))


@pytest.fixture(scope="module")
def answerable(model):
    return questions.question_data(model.encoder, rows=40, impossible=0.0)


@pytest.fixture(scope="module")
def mixed(model):
    return questions.question_data(model.encoder, rows=60, impossible=0.4)


def in_tuning_half(name):
    return hashlib.sha256(name.encode()).digest()[0] % 2 == 0


def read(folder):
    names = ("predictions", "null_odds", "nbest_predictions")
    return [json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in names]


def test_scores_of_1_1_are_the_official_ones_of_the_written_file(model, answerable, tmp_path):
    scores = evaluate(model, answerable)
    files = write_predictions(model, answerable, tmp_path / "new" / "folder")
    assert sorted(files) == sorted(str(path) for path in (tmp_path / "new" / "folder").iterdir())
    predictions, odds, listed = read(tmp_path / "new" / "folder")
    examples = answerable.split("validation").questions
    references = examples.to_references()
    official = squad_evaluate_v1_1.evaluate(references, predictions)  # in fractions, unlike the published script
    assert set(scores) == {"f1", "exact_match"} and 0 < scores["f1"] < 100
    assert scores["f1"] == pytest.approx(100 * official["final_f1"], abs=1e-9)
    assert scores["exact_match"] == pytest.approx(100 * official["exact_match"], abs=1e-9)
    assert set(predictions) == set(odds) == set(listed) == set(examples.ids)
    contexts = dict(zip(examples.ids, examples.contexts, strict=True))
    for name, entries in listed.items():
        assert entries[0]["text"] == predictions[name] != ""
        assert all(contexts[name][entry["start"] : entry["end"]] == entry["text"] for entry in entries)
        assert [entry["logit"] for entry in entries] == sorted((e["logit"] for e in entries), reverse=True)
        assert sum(entry["probability"] for entry in entries) == pytest.approx(1, abs=1e-5)
        assert len({entry["text"] for entry in entries}) == len(entries) <= 20


def test_scores_of_2_0_are_of_the_half_that_the_threshold_did_not_see(model, mixed, tmp_path):
    scores = evaluate(model, mixed)
    examples = mixed.split("validation").questions
    held = [row for row, name in enumerate(examples.ids) if not in_tuning_half(name)]
    assert 5 < len(held) < len(examples) - 5
    write_predictions(model, mixed, tmp_path, null_threshold=scores["null_threshold"])
    predictions, odds, listed = read(tmp_path)
    references = examples.take(held).to_references()
    kept = {examples.ids[row]: predictions[examples.ids[row]] for row in held}
    official = squad_evaluate_v2_0_scores(references, kept)
    assert scores["f1"] == pytest.approx(official["f1"], abs=1e-9)
    assert scores["exact_match"] == pytest.approx(official["exact"], abs=1e-9)
    for mine, theirs in (("has_answer", "HasAns"), ("no_answer", "NoAns")):
        assert scores[f"{mine}_f1"] == pytest.approx(official[f"{theirs}_f1"], abs=1e-9)
        assert scores[f"{mine}_exact_match"] == pytest.approx(official[f"{theirs}_exact"], abs=1e-9)
    at_zero = {name: "" if odds[name] > 0 else next(e["text"] for e in listed[name] if e["text"]) for name in kept}
    assert scores["f1_at_zero"] == pytest.approx(squad_evaluate_v2_0_scores(references, at_zero)["f1"], abs=1e-9)
    assert all((predictions[name] == "") == (odds[name] > scores["null_threshold"]) for name in odds)
    for entries in listed.values():
        assert [entry["text"] for entry in entries].count("") == 1
        assert sum(entry["probability"] for entry in entries) == pytest.approx(1, abs=1e-5)


def squad_evaluate_v2_0_scores(references, predictions):
    has_answer = squad_evaluate_v2_0._make_qid_to_has_ans(references)
    exact, f1 = squad_evaluate_v2_0._get_raw_scores(references, predictions)
    scores = dict(squad_evaluate_v2_0._make_eval_dict(exact, f1))
    for prefix, kind in (("HasAns", True), ("NoAns", False)):
        part = squad_evaluate_v2_0._make_eval_dict(exact, f1, [n for n, has in has_answer.items() if has == kind])
        scores |= {f"{prefix}_{name}": value for name, value in part.items()}
    return scores


def test_a_given_threshold_scores_every_question(model, mixed, tmp_path):
    scores = evaluate(model, mixed, null_threshold=1e9)
    write_predictions(model, mixed, tmp_path, null_threshold=1e9)
    predictions, examples = read(tmp_path)[0], mixed.split("validation").questions
    assert scores["f1"] == squad_v2(predictions, examples.to_references())["f1"] and "" not in predictions.values()
    share = 100.0 * examples.is_impossible.mean()
    silent = evaluate(model, mixed, null_threshold=-1e9)
    assert silent["f1"] == silent["exact_match"] == pytest.approx(share) and silent["has_answer_f1"] == 0.0


def test_a_given_threshold_counts_where_every_question_has_an_answer(model, answerable, tmp_path):
    assert evaluate(model, answerable, null_threshold=-1e9) == {"f1": 0.0, "exact_match": 0.0}
    write_predictions(model, answerable, tmp_path, null_threshold=-1e9)
    assert set(read(tmp_path)[0].values()) == {""}


def test_the_evaluator_follows_the_model(model, answerable):
    measure = evaluator(model, answerable)
    kernel = model.span.kernel.numpy()
    first = measure()
    model.span.kernel.assign(-kernel)
    second = measure()
    model.span.kernel.assign(kernel)
    assert first != second and measure() == first == evaluate(model, answerable)


def random_answers(seed, rows=40):
    """Answers with random null scores, many of them equal; half of the given spans are right."""
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


def test_every_question_counts_even_without_windows(model, tmp_path):
    examples = questions.examples(12, 5, impossible=0.0)
    unplaced = [*examples.answers[:3], *(((text, -1),) for ((text, _),) in examples.answers[3:])]
    examples = type(examples)(**{**vars(examples), "answers": unplaced})
    data = questions.make_question_data("t", {"validation": examples}, model.encoder, **questions.WINDOWS)
    assert len(data.split("validation").unaligned) == 9
    write_predictions(model, data, tmp_path)
    predictions = read(tmp_path)[0]
    assert set(predictions) == set(examples.ids)
    assert evaluate(model, data) == pytest.approx(squad_v1(predictions, examples.to_references()))


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), "0.5", True])
@pytest.mark.parametrize("function", [evaluate, write_predictions])
def test_a_threshold_that_is_no_number(model, mixed, function, wrong, tmp_path):
    folder = [tmp_path] if function is write_predictions else []
    with pytest.raises((TypeError, ValueError), match=r"`null_threshold` must be a (finite )?number"):
        function(model, mixed, *folder, null_threshold=wrong)
    assert not list(tmp_path.iterdir())


def test_what_does_not_fit_together(model, mixed, answerable, tmp_path):
    with pytest.raises(ValueError, match=re.escape("There are: ['train', 'validation']")):
        evaluate(model, mixed, "test")
    with pytest.raises(TypeError, match=r"`model` must be a bk.SpanLabeler"):
        evaluate(model.encoder, mixed)
    blocked = tmp_path / "file"
    blocked.write_text("mine")
    with pytest.raises(OSError, match="`folder`"):
        write_predictions(model, answerable, blocked)
    assert blocked.read_text() == "mine"
