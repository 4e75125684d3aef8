"""`TextEvaluator`: official metrics on whole splits, each row once, whatever the batches."""

import dataclasses

import keras
import numpy as np
import pytest
import scipy.stats
import sklearn.metrics
import tiny
from real_data import SHARED, needs_shared

from bert_keras.features import MULTI_LABEL, PROBLEM_TYPES, REGRESSION, SINGLE_LABEL
from bert_keras.running.evaluate import evaluate, write_predictions
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text_classification.glue.load_glue import load_glue
from bert_keras.text_classification.text_classifier import TextClassifier
from bert_keras.text_classification.text_evaluator import TextEvaluator, decide, outputs_of


@pytest.fixture(scope="module")
def tokenizer(vocab_file):
    return Tokenizer(vocab_file)


def classifier(problem_type):
    model = TextClassifier(tiny.SumEncoder(), len(tiny.LABELS[problem_type] or "1"), problem_type, dropout=0.0)
    weights = np.random.default_rng(3).normal(size=model.classifier.kernel.shape)
    model.classifier.kernel.assign(weights)
    return model


def expected_logits(model, data, part="validation"):
    """Every row by itself, in NumPy, from the ids of the split."""
    ids = data.split(part).word_ids
    totals = np.array([row.numpy().sum() for row in ids], "float32")[:, None]
    pooled = np.sin(totals * np.array(tiny.SumEncoder.WAVES, "float32"))
    return pooled @ model.classifier.kernel.numpy() + model.classifier.bias.numpy()


@pytest.mark.parametrize("problem_type", PROBLEM_TYPES)
@pytest.mark.parametrize("batch_size", [1, 7, 64])
def test_metrics_are_those_of_the_whole_split(tokenizer, problem_type, batch_size):
    data = tiny.task_data(tokenizer, problem_type, rows=58, batch_size=batch_size)
    model = classifier(problem_type)
    logits, labels = expected_logits(model, data), data.split("validation").examples.labels
    assert len(logits) == 30
    output = outputs_of(model, data, "validation")
    np.testing.assert_allclose(output.logits, logits, atol=2e-5)
    if problem_type == SINGLE_LABEL:
        predicted = logits.argmax(axis=1)
        assert 0 < predicted.sum() < 30
        expected = {
            "accuracy": sklearn.metrics.accuracy_score(labels, predicted),
            "f1": sklearn.metrics.f1_score(labels, predicted),
        }
    elif problem_type == MULTI_LABEL:
        predicted = (logits >= 0).astype(int)
        expected = {
            "f1_micro": sklearn.metrics.f1_score(labels, predicted, average="micro"),
            "subset_accuracy": sklearn.metrics.accuracy_score(labels, predicted),
        }
    else:
        predicted = logits[:, 0]
        expected = {
            "pearson": scipy.stats.pearsonr(predicted, labels).statistic,
            "spearman": scipy.stats.spearmanr(predicted, labels).statistic,
        }
    np.testing.assert_allclose(output.predictions, predicted, atol=2e-5)
    assert evaluate(model, data) == pytest.approx(expected, abs=1e-6)


def test_decisions():
    logits = np.array([[0.0, 2.0, -1.0], [3.0, -0.1, 0.0]], "float32")
    single = TextClassifier(tiny.SumEncoder(), 3)
    predictions, probabilities = decide(single, logits)
    assert predictions.tolist() == [1, 0]
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(probabilities, shares, rtol=1e-6)
    predictions, probabilities = decide(TextClassifier(tiny.SumEncoder(), 3, MULTI_LABEL), logits)
    assert predictions.tolist() == [[1, 1, 0], [1, 0, 1]]
    np.testing.assert_allclose(probabilities, 1 / (1 + np.exp(-logits)), rtol=1e-6)
    predictions, probabilities = decide(TextClassifier(tiny.SumEncoder(), 1, REGRESSION), logits[:, :1])
    assert predictions.tolist() == [0.0, 3.0] and probabilities.tolist() == [[0.0], [3.0]]


def mnli_like(tokenizer, **labels):
    splits = {name: tiny.examples(rows, seed=rows) for name, rows in labels.items()}
    return tiny.text_task(splits).load(tokenizer, batch_size=4)


def test_two_validation_splits_are_named(tokenizer):
    data = mnli_like(tokenizer, validation_matched=9, validation_mismatched=14)
    model = classifier(SINGLE_LABEL)
    expected = {}
    for name, ending in (("validation_matched", ""), ("validation_mismatched", "_mismatched")):
        labels = data.split(name).examples.labels
        predicted = expected_logits(model, data, name).argmax(axis=1)
        expected["accuracy" + ending] = sklearn.metrics.accuracy_score(labels, predicted)
        expected["f1" + ending] = sklearn.metrics.f1_score(labels, predicted)
    scores = evaluate(model, data)
    assert scores == pytest.approx(expected, abs=1e-12) and list(scores) == list(expected)
    alone = evaluate(model, data, "validation_mismatched")
    assert alone == pytest.approx({name: expected[f"{name}_mismatched"] for name in ("accuracy", "f1")}, abs=1e-12)


def test_a_part_without_labels_or_that_is_not_there(tokenizer):
    data = mnli_like(tokenizer, train=8)
    unlabelled = dataclasses.replace(data.split("train").examples, labels=None)
    split = dataclasses.replace(data.split("train"), examples=unlabelled)
    data = dataclasses.replace(data, splits={"train": data.split("train"), "test": split})
    model = classifier(SINGLE_LABEL)
    with pytest.raises(ValueError, match=r"`part` must have labels. Received: part='test'. Its labels are kept by the"):
        evaluate(model, data, "test")
    assert outputs_of(model, data, "test").predictions.tolist() == outputs_of(model, data, "train").predictions.tolist()
    with pytest.raises(ValueError, match=r"`part` must be a part of this task.*There are: \['train', 'test'\]"):
        evaluate(model, data)


def test_a_model_for_another_task_is_refused(tokenizer):
    data = tiny.task_data(tokenizer)
    words = r"`model` must be for tests/small, with problem_type='single_.*num_classes=2\. .*'num_classes': 3}"
    with pytest.raises(ValueError, match=words):
        evaluate(TextClassifier(tiny.SumEncoder(), 3), data)
    with pytest.raises(
        ValueError, match=r"`model` must be for tests/small.*Received: .*'regression', 'num_classes': 1}"
    ):
        evaluate(TextClassifier(tiny.SumEncoder(), 1, REGRESSION), data)
    with pytest.raises(TypeError, match=r"`model` must be a bk.TextClassifier"):
        evaluate(keras.Sequential(), data)


@needs_shared
def test_predictions_for_the_leaderboard(tokenizer, tmp_path):
    data = load_glue("mrpc", tokenizer, data_dir=SHARED / "data" / "glue", parts=("test",), batch_size=64)
    model = classifier(SINGLE_LABEL)
    (path,) = write_predictions(model, data, tmp_path)
    expected = expected_logits(model, data, "test").argmax(axis=1)
    assert path == str(tmp_path / "MRPC.tsv")
    lines = [line.split("\t") for line in (tmp_path / "MRPC.tsv").read_text().splitlines()]
    assert lines[0] == ["index", "prediction"]
    assert [int(row) for row, _ in lines[1:]] == list(range(1725))
    assert [int(label) for _, label in lines[1:]] == expected.tolist()
    with pytest.raises(ValueError, match=r"`part` must be a part of this task.*There are: \['test'\]"):
        write_predictions(model, data, tmp_path, "validation")
    with pytest.raises(ValueError, match=r"`data` must be a GLUE task, which has a file format"):
        write_predictions(model, tiny.task_data(tokenizer), tmp_path, "validation")


@pytest.mark.parametrize("problem_type", [SINGLE_LABEL, MULTI_LABEL])
def test_scores_know_those_of_each_class(tokenizer, problem_type):
    data, model = tiny.task_data(tokenizer, problem_type, rows=58), classifier(problem_type)
    scores = evaluate(model, data)
    logits, labels = expected_logits(model, data), data.split("validation").examples.labels
    true = np.eye(logits.shape[1], dtype=int)[labels] if problem_type == SINGLE_LABEL else labels
    chosen = np.eye(logits.shape[1], dtype=int)[logits.argmax(axis=1)] if problem_type == SINGLE_LABEL else logits >= 0
    assert list(scores.classes) == list(data.label_names)
    for number, own in enumerate(scores.classes.values()):
        pair = true[:, number], chosen[:, number]
        assert own["precision"] == pytest.approx(sklearn.metrics.precision_score(*pair, zero_division=0))
        assert own["recall"] == pytest.approx(sklearn.metrics.recall_score(*pair, zero_division=0))
        assert own["f1"] == pytest.approx(sklearn.metrics.f1_score(*pair, zero_division=0))
        assert own["support"] == true[:, number].sum()
        share = decide(model, logits)[1][:, number]
        assert own["roc_auc"] == pytest.approx(sklearn.metrics.roc_auc_score(true[:, number], share))
        wanted = sklearn.metrics.average_precision_score(true[:, number], share)
        assert own["average_precision"] == pytest.approx(wanted)
    if problem_type == SINGLE_LABEL:
        np.testing.assert_array_equal(scores.confusion, sklearn.metrics.confusion_matrix(labels, logits.argmax(axis=1)))
    else:
        assert scores.confusion is None


def test_numbers_have_no_classes(tokenizer):
    scores = evaluate(classifier(REGRESSION), tiny.task_data(tokenizer, REGRESSION))
    assert scores.classes == {} and scores.confusion is None


def test_a_class_that_does_not_occur(tokenizer):
    data, model = tiny.task_data(tokenizer, SINGLE_LABEL, rows=58), classifier(SINGLE_LABEL)
    split = data.split("validation")
    only = np.zeros_like(split.examples.labels)
    changed = dataclasses.replace(split, examples=dataclasses.replace(split.examples, labels=only))
    scores = evaluate(model, dataclasses.replace(data, splits={**data.splits, "validation": changed}))
    first, second = scores.classes.values()
    assert (
        second["support"] == 0 and second["recall"] == 0 and np.isnan(second["roc_auc"]) and np.isnan(first["roc_auc"])
    )


@pytest.mark.parametrize("problem_type", PROBLEM_TYPES)
def test_the_last_answers_are_kept(tokenizer, problem_type, monkeypatch):
    data = tiny.task_data(tokenizer, problem_type, rows=58, batch_size=8)
    evaluator = TextEvaluator(classifier(problem_type), data, "validation")
    assert evaluator.last_answers() is None
    scores = evaluator()
    wanted = evaluator.given_answers()
    monkeypatch.setattr("bert_keras.text_classification.text_evaluator.outputs_of", None)  # no second pass
    last = evaluator.last_answers()
    np.testing.assert_array_equal(last.given, wanted.given)
    assert last.statistic(last.given, last.labels) == scores[data.metrics[0]]
