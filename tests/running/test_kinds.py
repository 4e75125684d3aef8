"""The table of kinds: each room once, whole, and no two of them alike."""

import dataclasses

import pytest

from bert_keras.optimization.recipe import Recipe
from bert_keras.running.kinds import KINDS, tuned_kinds


def test_each_kind_is_called_what_its_classes_say():
    assert set(KINDS) == {
        *("text_classification", "question_answering", "token_classification", "multiple_choice", "masked_lm"),
    }
    for name, kind in KINDS.items():
        assert name == kind.name == kind.task.kind == kind.model.kind


def test_those_that_end_in_a_model_folder_are_whole():
    assert set(tuned_kinds()) == set(KINDS) - {"masked_lm"}
    for name, kind in KINDS.items():
        assert (kind.predictor is not None) == (kind.served is not None) == (name in tuned_kinds())


def test_no_name_and_no_ending_is_of_two_kinds():
    for field in ("tasks", "endings"):
        entries = [entry for kind in KINDS.values() for entry in getattr(kind, field)]
        assert entries and len(entries) == len(set(entries))


def test_one_kind_is_asked_last():
    assert [name for name, kind in KINDS.items() if kind.takes_others] == ["text_classification"]


def test_fields_of_the_recipe_are_fields_of_it():
    fields = {field.name for field in dataclasses.fields(Recipe)}
    assert all(set(kind.recipe_fields) <= fields for kind in KINDS.values())


def test_classes_of_two_kinds_make_none():
    texts, questions = KINDS["text_classification"], KINDS["question_answering"]
    must = "`model` must be of the kind text_classification. Received: model='question_answering'"
    with pytest.raises(ValueError, match=must):
        dataclasses.replace(texts, model=questions.model)
