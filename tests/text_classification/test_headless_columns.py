"""`headless_columns`: a first row that is no header is known where nothing else can be meant."""

import pytest

from bert_keras.data.tables.open_table import open_table
from bert_keras.text_classification.headless_columns import headless_columns

ROWS = "It works all day.,yes\nNo good at all.,no\nIt is very good.,yes\n"


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        (ROWS, ("text", "label")),
        ("yes,It works all day.\nno,No good at all.\nyes,It is good.\n", ("label", "text")),
        (f"text,label\n{ROWS}", None),
        ("message,yes\nIt works all day.,yes\n", None),  # a name of a column, and a word for a class
        ("It works all day.,a\nNo good at all.,b\nIt is good.,c\n", None),  # no class that comes again
        (f"{ROWS}It works all day.,yes\n", ("text", "label")),
        ("It works all day.,yes\n", None),
        ("It works all day.,yes,1\nNo.,yes,1\n", None),
        ("It works all day.,yes\nNo.,yes,1\n", None),
    ],
)
def test_what_is_plainly_a_row(tmp_path, content, columns):
    path = tmp_path / "a.csv"
    path.write_text(content)
    assert headless_columns(open_table(path)) == columns


def test_names_that_were_passed_are_a_header(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(ROWS)
    assert headless_columns(open_table(path, columns=["a", "b"])) is None
    assert headless_columns(open_table({"a": ["x"], "b": ["y"]})) is None
