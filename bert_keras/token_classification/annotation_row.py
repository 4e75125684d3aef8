"""`annotation_row`: a text with entities as an annotation tool reads it, for people to correct."""

from collections.abc import Sequence
from typing import Any

from bert_keras import checks

SPACY, DOCCANO, LABEL_STUDIO, PRODIGY = ANNOTATION_FORMS = ("spacy", "doccano", "label_studio", "prodigy")


def annotation_row(text: str, entities: Sequence[Any], form: str) -> Any:
    """What a tool imports for one text.

    Args:
        text: the text.
        entities: each with `start` and `end`, in Python's characters, `label`, `text` and `score`.
        form: "spacy", (text, {"entities": [(start, end, label)]}); "doccano", a line of its JSONL; "label_studio", a
            task with a prediction, whose labels a `<Labels name="label" toName="text">` must have; "prodigy", a line of
            its JSONL.

    >>> annotation_row("Ann sings.", entities, "doccano")
    {'text': 'Ann sings.', 'label': [[0, 3, 'PER']]}
    """
    checks.one_of("form", form, ANNOTATION_FORMS)
    triples = [(own.start, own.end, own.label) for own in entities]
    if form == SPACY:
        return text, {"entities": triples}
    if form == DOCCANO:
        return {"text": text, "label": [list(triple) for triple in triples]}
    if form == PRODIGY:
        names = ("start", "end", "label")
        return {"text": text, "spans": [dict(zip(names, triple, strict=True)) for triple in triples]}
    found = [_result(own) for own in entities]
    scores = [own.score for own in entities]
    prediction = {"result": found} | ({"score": sum(scores) / len(scores)} if scores else {})
    return {"data": {"text": text}, "predictions": [prediction]}


def _result(entity: Any) -> dict[str, Any]:
    value = {"start": entity.start, "end": entity.end, "text": entity.text, "labels": [entity.label]}
    return {"from_name": "label", "to_name": "text", "type": "labels", "score": entity.score, "value": value}
