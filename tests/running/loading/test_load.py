"""`bk.load`: the predictor of each kind of model folder, and what is no folder that it can read."""

import json

import choices
import pytest
import questions
import tagging
import tensorflow as tf
import tuned
from our_errors import is_ours

from bert_keras.hub import saved_models
from bert_keras.multiple_choice.choice_predictor import ChoicePredictor
from bert_keras.question_answering.question_predictor import QuestionPredictor
from bert_keras.running.folders.model_folder import write_model_folder
from bert_keras.running.kinds import KINDS, tuned_kinds
from bert_keras.running.loading.load import load
from bert_keras.text_classification.text_predictor import TextPredictor
from bert_keras.token_classification.tag_predictor import TagPredictor


def write_choices(folder, encoder):
    model = choices.with_random_head(tuned.load_encoder(encoder))
    folder.mkdir()
    write_model_folder(
        folder, model, {"task": "swag", "seq_length": 24, "metric_names": ["accuracy"]}, {"accuracy": 1.0}
    )
    return folder


WRITERS = {
    "text_classification": (tuned.write_model, TextPredictor, ("a good film",)),
    "question_answering": (questions.write_model, QuestionPredictor, ("what is red?", "the dog is red.")),
    "token_classification": (tagging.write_model, TagPredictor, ("the dog is one",)),
    "multiple_choice": (write_choices, ChoicePredictor, ("it rains", ["a good film", "a dog"])),
}


def test_every_kind_that_ends_in_a_folder_is_tested_here():
    assert set(WRITERS) == set(tuned_kinds())


@pytest.mark.parametrize("kind", WRITERS)
def test_a_folder_is_the_predictor_of_its_kind(encoder, tmp_path, kind):
    write, predictor_class, row = WRITERS[kind]
    folder = write(tmp_path / "model", encoder)
    predictor = load(folder, batch_size=7)
    assert type(predictor) is predictor_class is KINDS[kind].predictor and predictor.batch_size == 7
    assert type(predictor.model) is KINDS[kind].model and predictor.model.kind == kind
    assert predictor.config["task"] and predictor(*row) is not None
    native = load(str(folder), native=True)
    assert type(native.model.encoder).__name__ == "BertEncoder" and type(native) is predictor_class


def test_a_native_folder_is_read_without_its_graph(encoder, tmp_path, monkeypatch):
    folder = tuned.write_model(tmp_path / "model", encoder, native=True)
    graph = load(folder)(["a good film"])[0]

    def loading(*arguments, **options):
        raise AssertionError("the SavedModel was loaded")

    monkeypatch.setattr(tf.saved_model, "load", loading)
    found = load(folder, native=True)(["a good film"])[0]
    assert found.label == graph.label and found.score == pytest.approx(graph.score, abs=1e-5)


@pytest.mark.parametrize("kind", WRITERS)
def test_as_a_pipeline_of_the_kinds_that_have_one(encoder, tmp_path, kind, monkeypatch):
    folder = WRITERS[kind][0](tmp_path / "model", encoder)
    if KINDS[kind].pipeline is None:
        monkeypatch.setitem(load.__globals__, "load_model", None)  # it is said before a model is loaded
        with pytest.raises(ValueError, match=f"`as_pipeline` must be False for a model of {kind}.*question_answering"):
            load(folder, as_pipeline=True)
        return
    found = load(folder, batch_size=7, as_pipeline=True)
    assert type(found) is KINDS[kind].pipeline and found.predictor.batch_size == 7
    assert found(*WRITERS[kind][2])["answer"]


def test_a_graph_that_is_refused_is_loaded_where_it_is_trusted(encoder, tmp_path, monkeypatch):
    folder = tuned.write_model(tmp_path / "model", encoder)

    def refuse(*arguments):
        raise ValueError("refused")

    monkeypatch.setattr(saved_models, "check_graph", refuse)
    with pytest.raises(ValueError, match="refused"):
        load(folder)
    assert load(folder, trust=True)(["a good film"])
    with pytest.raises(ValueError, match=r"`trust` must be False for a \.keras file.*bk\.save"):
        load(tmp_path / "x.keras", trust=True)


def test_arguments_at_fault(encoder, tmp_path):
    folder = tuned.write_model(tmp_path / "model", encoder)
    with pytest.raises(ValueError, match="`batch_size` must be at least 1"):
        load(folder, batch_size=0)
    with pytest.raises(TypeError, match="`as_pipeline` must be True or False"):
        load(folder, as_pipeline=1)
    with pytest.raises(TypeError, match="`trust` must be True or False"):
        load(folder, trust=1)
    with pytest.raises(TypeError, match="`native` must be True or False"):
        load(folder, native="yes")
    with pytest.raises(ValueError, match="`folder` must be a model folder of bert_keras"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda config: config.pop("seq_length"), "seq_length"),
        (lambda config: config.pop("head"), "head"),
        (lambda config: config.update(head=3), "head"),
        (lambda config: config.update(labels=5), "labels"),
        (lambda config: config.update(kind=["a"]), "kind"),
    ],
)
def test_a_config_that_was_changed(encoder, tmp_path, change, told):
    folder = tuned.write_model(tmp_path / "model", encoder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    change(config)
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(ValueError, match=r"'config\.json' has changed since it was written"):
        load(folder)
    tuned.without_lists(folder)  # as of an older version
    with pytest.raises(ValueError, match=rf"`folder` must hold .*{told}") as caught:
        load(folder)("a good film")
    assert is_ours(caught.value)
