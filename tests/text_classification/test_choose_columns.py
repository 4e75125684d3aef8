"""`choose_columns`: what is read of a table whose columns nobody named, and what is said of the others."""

import pytest

import bert_keras as bk
from bert_keras.data.tables.held_table import HeldTable
from bert_keras.text_classification.choose_columns import PAIR_NAMES, choose_columns

NOBODY = {"text": None, "text_pair": None, "label": None, "weight": None}


def chosen(columns, **named):
    return choose_columns(HeldTable({name: ["x"] for name in columns.split()}, "rows"), {**NOBODY, **named})


@pytest.mark.parametrize(
    ("columns", "named", "texts", "label"),
    [
        ("question sentence label", {}, ("question", "sentence"), "label"),
        ("label sentence question", {}, ("question", "sentence"), "label"),
        ("Sentence1 Sentence2 Label", {}, ("Sentence1", "Sentence2"), "Label"),
        ("premise hypothesis text label", {}, ("premise", "hypothesis"), "label"),
        ("question passage answer", {"label": "answer"}, ("question", "passage"), "answer"),
        ("question answer text label", {"label": "answer"}, ("text",), "answer"),
        ("question sentence label", {"weight": "question"}, ("sentence",), "label"),
        ("question sentence label", {"text": "sentence"}, ("sentence",), "label"),
        ("question sentence label", {"text": "sentence", "text_pair": "question"}, ("sentence", "question"), "label"),
        ("question sentence context label", {"text_pair": "context"}, ("question", "context"), "label"),
        ("text sentence label", {"text_pair": "text"}, ("sentence", "text"), "label"),
        ("sentence1 text label", {}, ("text",), "label"),
        ("text sentiment target", {"label": "target"}, ("text",), "target"),
    ],
)
def test_what_is_read(columns, named, texts, label):
    found, its_label, _ = chosen(columns, **named)
    assert (found, its_label) == (texts, label)


def test_every_pair_is_known():
    for first, second in PAIR_NAMES:
        assert chosen(f"{second} {first} label")[0] == (first, second)


def test_what_is_not_read_is_said():
    assert chosen("text label")[2] == "texts: 'text'; labels: 'label'"
    assert chosen("text label weight", weight="weight")[2] == "texts: 'text'; labels: 'label'"
    assert chosen("title text label")[2] == "texts: 'text'; labels: 'label'; not used: 'title'"
    many = chosen("a b c d e f g h text label")[2]
    assert many.endswith("; not used: 'a', 'b', 'c', 'd', 'e', 'f' and 2 more")


def test_columns_of_labels_are_used():
    table = bk.load_files(
        {"text": [f"row {n}" for n in range(20)], "a": [0, 1] * 10, "b": [1, 0] * 10}, label=["a", "b"]
    )
    assert table.notes[0] == "texts: 'text'; labels: 'a,b'"


@pytest.mark.parametrize(
    ("columns", "named", "argument"),
    [
        ("a b", {}, "text"),
        ("text b", {}, "label"),
        ("text b", {"label": "text"}, "text"),
        ("a label", {"text_pair": "a"}, "text"),
        ("text label", {"text": "other"}, "text"),
        ("text label", {"text_pair": "other"}, "text_pair"),
    ],
)
def test_what_cannot_be_told_is_asked_for(columns, named, argument):
    with pytest.raises(ValueError, match=f"^`{argument}` must .*'{columns.split()[0]}'"):
        chosen(columns, **named)


def test_a_pair_is_trained_on_as_one_that_is_named():
    rows = {
        "question": [f"who {n}" for n in range(20)],
        "sentence": [f"it {n}" for n in range(20)],
        "label": [0, 1] * 10,
    }
    found, named = bk.load_files(rows), bk.load_files(rows, text="question", text_pair="sentence")
    assert found.text_columns == named.text_columns == ("question", "sentence") and found.reading == named.reading
    assert found.rows(("train",))["train"].texts == named.rows(("train",))["train"].texts
