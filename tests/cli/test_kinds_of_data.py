"""What is known of kinds without TensorFlow is what the kinds themselves say."""

import json

import choices
import pytest
import tables

from bert_keras.cli.kinds_of_data import CHOICES, FIELDS, QUESTIONS, TAGS, TAKERS, TEXTS, kind_of
from bert_keras.data.samples import FOLDER
from bert_keras.running.choosing.find_task import find_task
from bert_keras.running.kinds import KINDS, tuned_kinds

ROWS = {
    "questions.jsonl": {"context": "Ann sings.", "question": "Who?", "answers": {"text": ["Ann"], "answer_start": [0]}},
    "tags.jsonl": {"tokens": ["Ann", "sings"], "ner_tags": ["B-PER", "O"]},
    "spans.jsonl": {"text": "Ann sings.", "entities": [[0, 3, "PER"]]},
    "texts.jsonl": {"text": "Ann sings.", "label": "good"},
}


def test_the_options_of_each_kind_are_the_fields_of_its_task():
    assert {name: tuple(KINDS[name].task.option_names()) for name in tuned_kinds()} == FIELDS


def test_the_options_of_answers_and_scores_are_those_of_predictors_and_evaluators():
    for option, kinds in TAKERS.items():
        takers = {name for name in tuned_kinds() if option in KINDS[name].predictor.options}
        assert takers == set(kinds)
        assert {name for name, kind in KINDS.items() if option in kind.evaluator.options} <= takers


@pytest.mark.parametrize("name", [name for kind in tuned_kinds() for name in KINDS[kind].tasks])
def test_each_name_is_of_its_kind(name):
    assert kind_of(name, {}) == find_task(name)[0]


def test_files_are_of_the_kind_that_loading_finds(tmp_path):
    tables.write_csv(tmp_path / "mine.csv")
    choices.write_swag(tmp_path / "swag.csv", choices.rows(4))
    (tmp_path / "names.bio").write_text("Ann B-PER\nsings O\n")
    for name, row in ROWS.items():
        (tmp_path / name).write_text(json.dumps(row) + "\n")
    files = [*tmp_path.iterdir(), FOLDER / "questions_train.json", FOLDER / "entities_train.conll"]
    found = {path.name: kind_of(str(path), {}) for path in files}
    assert found == {path.name: find_task(path)[0] for path in files}
    assert set(found.values()) == {TEXTS, QUESTIONS, TAGS, CHOICES}


def test_columns_that_are_named_are_those_of_texts(tmp_path):
    path = tmp_path / "both.jsonl"
    path.write_text(json.dumps({**ROWS["questions.jsonl"], "label": "good"}) + "\n")
    assert kind_of(str(path), {}) == QUESTIONS
    assert kind_of(str(path), {"text": "question", "label": "label"}) == TEXTS


def test_what_does_not_tell_is_left_to_others(tmp_path):
    (tmp_path / "empty.csv").write_text("")
    for task in (str(tmp_path), str(tmp_path / "empty.csv"), str(tmp_path / "none.csv"), "gs://far/away.csv", "zzz"):
        assert kind_of(task, {}) is None
