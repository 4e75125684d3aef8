"""Spans of characters become tags of words, and stand where they stood."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bert_keras.data.tables.held_table import HeldTable
from bert_keras.metrics.entities import entities
from bert_keras.token_classification.annotated_texts import read_annotated_texts

LETTERS = "ab.-' \u0301\u5317\U0001f600A1"
KINDS = ("PER", "LOC")


def table(*rows):
    return HeldTable({"text": [text for text, _ in rows], "label": [spans for _, spans in rows]}, "rows")


@st.composite
def annotated(draw):
    """A text with spans that lie apart, hold a visible character and have no blanks at their ends."""
    text = draw(st.text(LETTERS, min_size=1, max_size=24))
    edges = sorted(draw(st.sets(st.integers(0, len(text)), max_size=6)))
    spans = []
    for start, end in zip(edges[::2], edges[1::2], strict=False):
        inner = text[start:end]
        if inner.strip() == inner and inner:
            spans.append([start, end, draw(st.sampled_from(KINDS))])
    return text, spans


@settings(max_examples=150, deadline=None)
@given(st.lists(annotated(), min_size=1, max_size=4))
def test_entities_have_the_characters_that_were_marked(rows):
    rows = [(f"x {text}", [[start + 2, end + 2, kind] for start, end, kind in spans]) for text, spans in rows]
    found = read_annotated_texts(table(*rows))
    for (text, spans), words, tags in zip(rows, found.words, found.tags, strict=True):
        assert "".join(words) == "".join(text.split())
        marked = [(kind, "".join(text[start:end].split())) for start, end, kind in spans]
        assert [(kind, "".join(words[first:last])) for kind, first, last in entities(tags, "strict", "bio")] == marked


def test_what_was_changed_is_counted():
    rows = [
        ("Ann sings", [[0, 4, "PER"]]),
        ("Ann-like", [[0, 3, "PER"]]),
        ("  ", []),
        ("Ann", [[0, 3, "PER"], [0, 3, "PER"]]),
    ]
    found = read_annotated_texts(table(*rows))
    assert found.words == [["Ann", "sings"], ["Ann", "-like"], ["Ann"]]
    assert found.tags == [["B-PER", "O"], ["B-PER", "O"], ["B-PER"]]
    assert found.notes == (
        "rows: 1 texts are blank and were left out",
        "rows: 1 entities have blanks at their ends, which were left out",
        "rows: 1 words were cut where an entity begins or ends inside of them",
    )
    assert found.place(1, 1) == "word 1 of rows, row 1"


def row(content, **span):
    return table((content, [{"start": 0, "end": 3, "labels": ["PER"], **span}]))


def test_what_a_tool_says_stands_there_is_looked_for():
    found = read_annotated_texts(row("\u00a0ANN sings", text="Ann"))
    assert (found.words, found.tags) == ([["ANN", "sings"]], [["B-PER", "O"]])
    assert found.notes[0].startswith("rows: 1 entities do not stand at their offsets and were found at its only place")
    assert read_annotated_texts(row("Ann sings", text="Ann")).notes == ()


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (row("Bob sings", text="Ann"), r"rows, row 0: `spans` must lie in the text.*0–3 'PER' 'Ann'.*stands 'Bob'"),
        (row("Ann", start=-1), r"`spans` must lie in the text, of 3 characters"),
        (row("Ann", start=3), r"`spans` must lie in the text"),
        (row("Ann", start="x"), r"`spans` must begin and end at numbers of characters"),
        (row("Ann", start=True), r"begin and end at numbers"),
        (row("Ann", labels=[]), r"`labels` must be one for each entity"),
        (row("Ann", labels=" "), r"`spans` must have a label"),
        (table(("Ann", [[0, 3, "PER"], [0, 3, "LOC"]])), r"`spans` must lie apart"),
        (table(("Ann", "PER")), r"`spans` must be a list"),
        (table((3, [])), r"`text` must be a str"),
        (table(("  ", [])), r"`files` must hold at least one annotated text.*1 texts are blank"),
    ],
)
def test_spans_at_fault_are_refused_with_their_row(source, words):
    with pytest.raises(ValueError, match=words):
        read_annotated_texts(source)
