"""`QuestionEvaluator`: official scores, the threshold and its half, the files that scripts read."""

import hashlib
import json
import re

import pytest
import questions

from bert_keras.metrics.squad import squad_v1, squad_v2
from bert_keras.question_answering.question_evaluator import QuestionEvaluator

REASON = "Model Garden (the extra `test`) is not here"
squad_evaluate_v1_1 = pytest.importorskip("official.nlp.tools.squad_evaluate_v1_1", reason=REASON)
squad_evaluate_v2_0 = pytest.importorskip("official.nlp.tools.squad_evaluate_v2_0", reason=REASON)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return questions.with_random_head(questions.encoder(tmp_path_factory.mktemp("evaluation")))


@pytest.fixture(scope="module")
def answerable(model):
    return questions.question_data(model.encoder, rows=40, impossible=0.0)


@pytest.fixture(scope="module")
def mixed(model):
    return questions.question_data(model.encoder, rows=60, impossible=0.4)


def evaluate(model, data, part="validation", **options):
    return QuestionEvaluator(model, data, part, **options)()


def write_predictions(model, data, folder, **options):
    return QuestionEvaluator(model, data, QuestionEvaluator.submitted, **options).write_predictions(folder)


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
    evaluator = QuestionEvaluator(model, mixed, "validation")
    given = evaluator.given_answers()
    assert evaluator.scored_rows == len(given.given) == len(held)
    assert given.statistic(given.given, given.labels) == pytest.approx(scores["f1"])
    write_predictions(model, mixed, tmp_path, null_threshold=scores["null_threshold"])
    predictions, odds, listed = read(tmp_path)
    references = examples.take(held).to_references()
    texts = {examples.ids[row]: predictions[examples.ids[row]] for row in held}
    official = squad_evaluate_v2_0_scores(references, texts)
    assert scores["f1"] == pytest.approx(official["f1"], abs=1e-9)
    assert scores["exact_match"] == pytest.approx(official["exact"], abs=1e-9)
    for mine, theirs in (("has_answer", "HasAns"), ("no_answer", "NoAns")):
        assert scores[f"{mine}_f1"] == pytest.approx(official[f"{theirs}_f1"], abs=1e-9)
        assert scores[f"{mine}_exact_match"] == pytest.approx(official[f"{theirs}_exact"], abs=1e-9)
    at_zero = {name: "" if odds[name] > 0 else next(e["text"] for e in listed[name] if e["text"]) for name in texts}
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
    assert QuestionEvaluator(model, mixed, "validation", null_threshold=1e9).scored_rows == len(examples)
    silent = evaluate(model, mixed, null_threshold=-1e9)
    assert silent["f1"] == silent["exact_match"] == pytest.approx(share) and silent["has_answer_f1"] == 0.0


def test_a_given_threshold_counts_where_every_question_has_an_answer(model, answerable, tmp_path):
    assert evaluate(model, answerable, null_threshold=-1e9) == {"f1": 0.0, "exact_match": 0.0}
    write_predictions(model, answerable, tmp_path, null_threshold=-1e9)
    assert set(read(tmp_path)[0].values()) == {""}


def test_the_evaluator_follows_the_model(model, answerable):
    measure = QuestionEvaluator(model, answerable, "validation")
    kernel = model.span.kernel.numpy()
    first = measure()
    model.span.kernel.assign(-kernel)
    second = measure()
    model.span.kernel.assign(kernel)
    assert first != second and measure() == first == evaluate(model, answerable)


def test_a_model_folder_gets_the_threshold_and_the_files(model, mixed, answerable, tmp_path):
    measure = QuestionEvaluator(model, mixed, "validation")
    metrics = measure()
    assert QuestionEvaluator.options == ("null_threshold",) and QuestionEvaluator.submitted == "validation"
    assert measure.settings(metrics) == {"null_threshold": metrics["null_threshold"]}
    measure.write(tmp_path, metrics)
    predictions, odds, _ = read(tmp_path)
    assert all((predictions[name] == "") == (odds[name] > metrics["null_threshold"]) for name in odds)
    assert QuestionEvaluator(model, answerable, "train").settings({"f1": 1.0}) == {"null_threshold": None}


def test_every_question_counts_even_without_windows(model, tmp_path):
    examples = questions.examples(12, 5, impossible=0.0)
    unplaced = [*examples.answers[:3], *(((text, -1),) for ((text, _),) in examples.answers[3:])]
    examples = type(examples)(**{**vars(examples), "answers": unplaced})
    data = questions.task({"validation": examples}, **questions.WINDOWS).load(model.encoder)
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
