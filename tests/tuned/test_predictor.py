"""What predictors of every kind share: how data for a tuned model are made again, and which fit it."""

import types

import numpy as np
import pytest
import tiny

from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text_classification.text_classifier import TextClassifier
from bert_keras.text_classification.text_task import TextTask
from bert_keras.tuned.evaluator import Evaluator
from bert_keras.tuned.kind import Kind
from bert_keras.tuned.ordinary_vectors import OrdinaryVectors
from bert_keras.tuned.predictor import Predictor

CONFIG = {"task": "notes/small", "labels": ["poor", "good"], "seq_length": 9}


@pytest.fixture(scope="module")
def model(vocab_file):
    return types.SimpleNamespace(encoder=Tokenizer(vocab_file), kind="text_classification", variables=())


@pytest.fixture
def calls():
    """The options of each task that was made."""
    return []


@pytest.fixture
def kind(calls):
    def task_of(splits, **options):
        calls.append(options)
        fields = {name: value for name, value in options.items() if name in TextTask.stored or name == "label_names"}
        return tiny.text_task(splits, **fields)

    def small(**options):
        return task_of({"train": tiny.examples(8), "validation": tiny.examples(5, seed=1)}, **options)

    def files(parts, **options):
        return task_of({part: tiny.examples(4, seed=2) for part in parts}, **options)

    def other(**options):
        return small(label_names=("good", "poor"), **options)

    tasks = {"notes/small": small, "notes/other": other}
    functions = {"make_model": lambda *given: None, "open_files": files}
    classes = {"task": TextTask, "model": TextClassifier, "evaluator": Evaluator}
    return Kind(**classes, **functions, tasks=tasks, endings=(".note",), described="a file that ends in .note")


def test_it_keeps_its_arguments_and_answers_nothing_itself(model, kind):
    predictor = Predictor(model, CONFIG, 7, kind)
    assert (predictor.model, predictor.config, predictor.batch_size, predictor.kind) == (model, CONFIG, 7, kind)
    assert (predictor.columns, predictor.options, Predictor(model, CONFIG).kind) == (1, (), None)
    with pytest.raises(NotImplementedError):
        predictor.lines(["a"])
    with pytest.raises(ValueError, match="`batch_size` must be at least 1"):
        Predictor(model, CONFIG, 0)


def test_data_are_made_as_in_training(model, kind, calls, tmp_path):
    predictor = Predictor(model, CONFIG, kind=kind)
    data = predictor.task_data()
    assert list(data.splits) == ["validation"] and data.seq_length == 9 and len(data.split("validation")) == 5
    assert calls.pop() == {"seq_length": 9}  # a folder of before there were windows
    assert list(predictor.task_data("train", "Notes/Small", tmp_path).splits) == ["train"]
    assert calls.pop() == {"seq_length": 9, "data_dir": tmp_path}
    long = Predictor(model, {**CONFIG, "long_text": "windows", "max_windows": 3}, kind=kind)
    assert long.task_data().long_text == "windows"
    assert calls.pop() == {"seq_length": 9, "long_text": "windows", "max_windows": 3}


def test_a_file_is_the_part_as_a_whole(model, kind, calls):
    own = Predictor(model, {**CONFIG, "task": "mine.note", "reading": {"label": "stars"}}, kind=kind)
    data = own.task_data("test", "more.note")
    assert list(data.splits) == ["test"] and len(data.split("test")) == 4
    assert calls.pop().items() >= {"seq_length": 9, "label": "stars"}.items()


def test_tasks_that_do_not_fit(model, kind):
    predictor = Predictor(model, CONFIG, kind=kind)
    words = r"`task` must have the labels of the model, \['poor', 'good'\].*tests/small.*It has \['good', 'poor'\]\."
    words += r" Pass label_names=\['poor', 'good'\]"
    with pytest.raises(ValueError, match=words):
        predictor.task_data(task="notes/other")
    with pytest.raises(ValueError, match=r"`task` must be of the kind text_classification.*It may be a file that ends"):
        predictor.task_data(task="a.json")
    own = Predictor(model, {**CONFIG, "task": "mine.note"}, kind=kind)
    with pytest.raises(ValueError, match=r"`task` must be given\. Received: task=None\. Pass the file \(--task FILE\)"):
        own.task_data()


def test_a_kind_that_does_not_tell_what_is_unlike(model):
    predictor = Predictor(model, {**CONFIG, "unlike_above": 3.0})
    predictor.know_ordinary(None)
    with pytest.raises(ValueError, match=r"`unlike_above` must be null for a model of text_classification.*3\.0"):
        predictor.know_ordinary(OrdinaryVectors(np.zeros((1, 2), "float32"), np.eye(2, dtype="float32")))
