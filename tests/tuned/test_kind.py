"""`Kind`: what is of a kind, by its name, its ending, what lies there or its type."""

import functools
import pathlib

import pytest

from bert_keras.question_answering.span_labeler import SpanLabeler
from bert_keras.text_classification.text_classifier import TextClassifier
from bert_keras.text_classification.text_task import TextTask
from bert_keras.tuned.evaluator import Evaluator
from bert_keras.tuned.kind import Kind


def small(**fields):
    """A kind with one task and files that end in .note."""
    defaults = {"task": TextTask, "model": TextClassifier, "evaluator": Evaluator, "make_model": lambda *given: None}
    defaults |= {"tasks": {"notes/small": dict}, "open_files": lambda files, **options: (files, options)}
    return Kind(**{**defaults, "endings": (".note", ".n"), **fields})


def test_all_classes_say_the_same_kind():
    assert small().name == "text_classification"
    words = r"`model` must be of the kind text_classification\. Received: model='question_answering'"
    with pytest.raises(ValueError, match=words):
        small(model=SpanLabeler)


def test_names_in_any_case_and_others_that_a_name_is_known_by():
    kind = small()
    assert kind.named("notes/small") == kind.named("Notes/SMALL") == "notes/small"
    assert kind.named("small") is kind.named(pathlib.Path("notes/small")) is kind.named(None) is kind.named({}) is None
    known = small(known_as=lambda task: "notes/small" if task == "small" else None)
    assert known.named("small") == "notes/small" and known.named("smaller") is None


def test_files_by_their_ending_and_objects_by_what_they_are():
    kind = small()
    assert all(map(kind.takes, ("a.note", "folder/A.NOTE", pathlib.Path("a.n"))))
    assert not any(map(kind.takes, ("a.txt", "note", ["a.note"], None, 3)))
    lists = small(holds=lambda source: isinstance(source, list))
    assert lists.takes(["a"]) and lists.takes("a.note") and not lists.takes(("a",)) and not lists.ends(["a.note"])
    assert not small(endings=()).takes("a.note")


def test_what_opens_a_name_or_files():
    kind = small(holds=lambda source: isinstance(source, list))
    assert kind.opener("NOTES/small") is dict
    assert kind.opener("a.note")(limit=3) == ("a.note", {"limit": 3})
    parts = {"train": "a.note", "test": ["b"]}
    assert isinstance(kind.opener(parts), functools.partial) and kind.opener(parts)() == (parts, {})
    for other in ("a.txt", {"train": "a.note", "test": "b.txt"}, 3):
        assert kind.opener(other) is None
