"""What sections are made of: HTML as a browser reads it, with texts that stay texts."""

import math

from tags import HOSTILE, Tags

from bert_keras.inspection.reporting import parts
from bert_keras.markup import Markup


def test_every_text_is_escaped():
    built = [
        parts.paragraph(HOSTILE),
        parts.note(HOSTILE),
        parts.data_table([HOSTILE], [[HOSTILE]], HOSTILE),
        parts.facts_list({HOSTILE: HOSTILE}),
        parts.code(HOSTILE, HOSTILE),
        parts.folded(HOSTILE, Markup("")),
        parts.error_card([(HOSTILE, HOSTILE), ("", HOSTILE)], {HOSTILE: HOSTILE}),
        parts.picture(Markup(""), HOSTILE),
    ]
    for markup in built:
        found = Tags(markup)
        assert "script" not in found.names and HOSTILE in found.text
        assert not [name for _, attributes in found.tags for name in attributes if name.startswith("on")]


def test_a_table_names_its_rows_and_columns():
    found = Tags(parts.data_table(("Label", "Rows"), [("a", 1), ("b", Markup("<b>2</b>"))], "Labels", (1,)))
    scopes = [attributes["scope"] for name, attributes in found.tags if name == "th"]
    assert scopes == ["col", "col", "row", "row"] and found.text == "LabelRowsa1b2"
    assert found.names.count("b") == 1
    assert [attributes.get("class") for name, attributes in found.tags if name == "td"] == ["number", "number"]
    assert found.tags[0] == ("div", {"class": "wide", "role": "region", "tabindex": "0", "aria-label": "Labels"})


def test_scores_with_and_without_an_interval():
    assert Tags(parts.interval(0.5, 0.25, 0.75)).text == "0.5000.250 – 0.750"
    assert Tags(parts.interval(50.0, math.nan, math.nan, 1)).text == "50.0"
    assert Tags(parts.interval(math.nan, math.nan, math.nan)).text == "–"
