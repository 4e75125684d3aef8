"""Texts with spans of characters, as annotation tools write them: what each row says, before any words are made.

spaCy's (text, {"entities": [(start, end, label)]}) and its documents in JSON; doccano's and Prodigy's JSON Lines; Label
Studio's JSON and JSON_MIN; what `TagPredictor` gives, as `bert-keras predict` prints it.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from bert_keras import checks
from bert_keras.data.tables.glimpse import Glimpse
from bert_keras.data.tables.is_missing import is_missing
from bert_keras.data.tables.row_source import RowSource

_MOST_DIGITS = 19  # of a number of characters
_TEXTS = ("text", "data", "sentence", "content")
_ANNOTATORS = ("annotations", "completions")  # of Label Studio: what each annotator said
_SPANS = ("entities", "spans", "ents", *_ANNOTATORS, "label", "labels")
_STARTS, _ENDS = ("start", "start_offset", "begin"), ("end", "end_offset", "stop")
_LABELS = ("label", "labels", "type", "entity", "entity_group", "tag")


class Span(NamedTuple):
    """An entity as it was annotated: `text[start:end]`, and the characters that the tool says stand there, or None."""

    start: int
    end: int
    label: str
    text: str | None


class Annotated(NamedTuple):
    """A text with its spans; the places of its words where the tool says which they are."""

    where: str
    text: str
    spans: list[Span]
    words: list[tuple[int, int]] | None


def holds_annotated_texts(found: Glimpse) -> bool:
    """Whether the first rows of a table are texts with spans of characters."""
    columns = text_and_spans(found.columns)
    return columns is not None and any(_are_spans(row[columns[1]]) for row in found.rows)


def text_and_spans(columns: Sequence[str]) -> tuple[str, str] | None:
    """The column of the texts and that of the spans."""
    text = next((name for name in _TEXTS if name in columns), None)
    spans = next((name for name in _SPANS if name in columns), None)
    return None if text is None or spans is None else (text, spans)


def _are_spans(value: Any) -> bool:
    """Whether a cell holds a span, as (start, end, label) or a dict of them."""
    if isinstance(value, Mapping):
        return _are_spans(value.get("entities"))
    if not isinstance(value, (list, tuple)) or not value:
        return False
    first = value[0]
    if isinstance(first, Mapping):
        keys = set(first["value"] if isinstance(first.get("value"), Mapping) else first)
        return "result" in keys or bool(keys & set(_STARTS) and keys & set(_ENDS))
    is_triple = isinstance(first, (list, tuple)) and len(first) >= 3
    return is_triple and all(_offset(own) is not None for own in first[:2]) and isinstance(first[2], str)


def annotated(source: RowSource, counts: Counter[str]) -> Iterator[Annotated]:
    """The texts of a table that someone annotated, each with its spans as they are written; `counts` the others.

    Raises:
        ValueError: with its row, for what is no span, an entity with several labels, and annotators who differ.
    """
    columns = text_and_spans(source.columns)
    if columns is None:
        must = f"have a column of texts, {', '.join(_TEXTS)}, and one of spans, {', '.join(_SPANS)}"
        raise ValueError(checks.message("files", must, source.name, f"There are: {', '.join(source.columns)}."))
    wanted = [*columns, *(name for name in ("tokens", "answer") if name in source.columns)]
    for chunk in source.rows(wanted):
        for row, place in enumerate(chunk.places):
            where = source.where(place)
            cells = {name: chunk.columns[name][row] for name in wanted}
            text = _text(cells[columns[0]], where)
            if not text.strip():
                counts["texts are blank and were left out"] += 1
                continue
            if cells.get("answer") in ("reject", "ignore"):
                counts["texts were rejected or ignored in annotation and were left out"] += 1
                continue
            found = _spans_of(cells[columns[1]], where, is_list_of_annotators=columns[1] in _ANNOTATORS)
            if found is None:
                counts["texts are not annotated and were left out"] += 1
                continue
            yield Annotated(where, text, found, _tokens(cells.get("tokens")))


def _text(value: Any, where: str) -> str:
    """The text of a row; of Label Studio's data that which is one."""
    if isinstance(value, Mapping):
        texts = [own for own in value.values() if isinstance(own, str)]
        value = value["text"] if isinstance(value.get("text"), str) else texts[0] if len(texts) == 1 else value
    if is_missing(value):
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{where}: {checks.message('text', 'be a str', value)}")
    return value


def _tokens(value: Any) -> list[tuple[int, int]] | None:
    """The places of a tool's own words; None where it has none."""
    if not isinstance(value, (list, tuple)) or not value or not all(isinstance(own, Mapping) for own in value):
        return None
    if not all("start" in own and "end" in own for own in value):
        return None
    return [(own["start"], own["end"]) for own in value if own["end"] > own["start"]]


def _spans_of(value: Any, where: str, is_list_of_annotators: bool) -> list[Span] | None:
    """The spans in a cell; None for a text that nobody annotated."""
    if isinstance(value, Mapping):
        value = value.get("entities")
    if is_missing(value):
        return None
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"{where}: {checks.message('spans', 'be a list', value)}")
    if all(isinstance(own, Mapping) and "result" in own for own in value) and (value or is_list_of_annotators):
        return _of_annotators([own for own in value if not own.get("was_cancelled")], where)
    return [span for own in value if (span := _span(own, where)) is not None]


def _of_annotators(annotations: list[Mapping[str, Any]], where: str) -> list[Span] | None:
    """What one annotator, or all of them alike, said in Label Studio; None where nobody did."""
    if not annotations:
        return None
    found = [[span for own in each["result"] if (span := _span(own, where)) is not None] for each in annotations]
    if any(sorted(own) != sorted(found[0]) for own in found[1:]):
        advice = "Export the one that holds (the ground truth), or leave the others out."
        must = "be one, or say the same"
        raise ValueError(f"{where}: {checks.message('annotations', must, f'{len(found)} that differ', advice)}")
    return found[0]


def _span(value: Any, where: str) -> Span | None:
    """A span as it is written; None for what is none, as a relation or a choice."""
    text = None
    if isinstance(value, Mapping):
        own = value["value"] if isinstance(value.get("value"), Mapping) else value
        start, end, label = (
            next((own[name] for name in names if name in own), None) for names in (_STARTS, _ENDS, _LABELS)
        )
        text = own.get("text") if isinstance(own.get("text"), str) else None
        if start is None and end is None:
            return None
    elif isinstance(value, (list, tuple)) and len(value) >= 3:
        start, end, label = value[:3]
    else:
        raise ValueError(f"{where}: {checks.message('spans', 'be (start, end, label) or dicts of them', value)}")
    if isinstance(label, (list, tuple)):
        if len(label) != 1:
            advice = "A word has one tag: keep one label of each entity."
            raise ValueError(f"{where}: {checks.message('labels', 'be one for each entity', list(label), advice)}")
        label = label[0]
    first, last = _offset(start), _offset(end)
    if first is None or last is None:
        must = "begin and end at numbers of characters"
        raise ValueError(f"{where}: {checks.message('spans', must, (start, end, label))}")
    if not isinstance(label, str) or not label.strip():
        raise ValueError(f"{where}: {checks.message('spans', 'have a label', (start, end, label))}")
    return Span(first, last, label.strip(), text)


def _offset(value: Any) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < _MOST_DIGITS:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    if int(value) != value:
        return None
    return int(value)
