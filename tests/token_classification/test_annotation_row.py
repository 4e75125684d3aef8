"""What a tagger found goes out to annotation tools, and comes back as it was."""

import json
import types

import pytest

import bert_keras as bk
from bert_keras.token_classification.annotation_row import ANNOTATION_FORMS, annotation_row

TEXT = "Ann Lee sings in Oslo. \U0001f600 She left Oslo."
WORDS = ["Ann", "Lee", "sings", "in", "Oslo", ".", "\U0001f600", "She", "left", "Oslo", "."]
TAGS = ["B-PER", "I-PER", "O", "O", "B-LOC", "O", "O", "O", "O", "B-LOC", "O"]


def entity(label, start, end, score=0.75):
    return types.SimpleNamespace(label=label, text=TEXT[start:end], start=start, end=end, score=score)


ENTITIES = [entity("PER", 0, 7), entity("LOC", 17, 21), entity("LOC", 34, 38, 0.25)]


def corrected(row, form):
    """The row as the tool gives it back; Label Studio's prediction becomes an annotation when someone submits it."""
    if form == "label_studio":
        return {"data": row["data"], "annotations": [{"result": row["predictions"][0]["result"]}]}
    return row


@pytest.mark.parametrize("form", ANNOTATION_FORMS)
def test_what_goes_out_comes_back(form, tmp_path):
    made = [corrected(annotation_row(TEXT, ENTITIES, form), form), corrected(annotation_row("No.", [], form), form)]
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(made), encoding="utf-8")
    for source in (made, path):
        rows = bk.load_tagging(source, validation_share=0).rows()["train"]
        assert (rows.words, rows.tags) == ([WORDS, ["No", "."]], [TAGS, ["O", "O"]])
        assert rows.notes == ()


def test_the_forms_are_those_of_the_tools():
    first = ENTITIES[:1]
    assert annotation_row(TEXT, first, "spacy") == (TEXT, {"entities": [(0, 7, "PER")]})
    assert annotation_row(TEXT, first, "doccano") == {"text": TEXT, "label": [[0, 7, "PER"]]}
    assert annotation_row(TEXT, first, "prodigy") == {"text": TEXT, "spans": [{"start": 0, "end": 7, "label": "PER"}]}
    task = annotation_row(TEXT, ENTITIES, "label_studio")
    assert task["data"] == {"text": TEXT} and task["predictions"][0]["score"] == pytest.approx((0.75 + 0.75 + 0.25) / 3)
    value = {"start": 0, "end": 7, "text": "Ann Lee", "labels": ["PER"]}
    assert task["predictions"][0]["result"][0]["value"] == value
    with pytest.raises(ValueError, match="`form` must be one of 'spacy', 'doccano', 'label_studio', 'prodigy'"):
        annotation_row(TEXT, first, "brat")
