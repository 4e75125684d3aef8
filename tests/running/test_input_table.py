"""`input_table`: the columns that a user names and those that a model folder keeps; how the file is written."""

import pytest

from bert_keras.data.tables.open_table import READING
from bert_keras.running.input_table import input_table

CONFIG = {
    "reading": {"text": "review", "label": "stars", "file_options": {"separator": ";", "columns": ["review", "n"]}}
}


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("review,other\nx,y\n")
    return path


def test_named_columns_go_before_those_that_were_trained_on(table):
    assert input_table(table, {}, {"text": None}, READING)[1] == {}
    assert input_table(table, {}, {"text": "other", "choices": ["review", "other"]}, READING)[1] == {
        "text": ("other",),
        "choices": ("review", "other"),
    }
    trained = {"reading": {"text": "review", "text_pair": None, "label": "stars"}}
    assert input_table(table, trained, {"text": None}, READING)[1] == {"text": ("review",)}
    assert input_table(table, trained, {"text": "other"}, READING)[1] == {"text": ("other",)}


def test_options_of_the_files_that_were_trained_on_hold_where_none_are_given(tmp_path):
    path = tmp_path / "b.csv"
    path.write_text("a, b;1\nc;2\n")
    opened, named = input_table(path, CONFIG, {}, READING)
    assert opened.columns == ("review", "n") and named == {"text": ("review",)}
    assert next(opened.rows(["review"])).columns["review"] == ["a, b", "c"]
    opened, _ = input_table(path, {}, {"text": "u"}, {**READING, "separator": ",", "columns": ["u", "v"]})
    assert opened.columns == ("u", "v")


def test_columns_that_are_not_there(table):
    with pytest.raises(
        ValueError, match=r"`text` must be a column of a.csv. Received: text='reviews'.*'review', 'other'"
    ):
        input_table(table, {}, {"text": "reviews"}, READING)
    with pytest.raises(ValueError, match=r"`text` must be a column of a.csv. Received: text='opinion'"):
        input_table(table, {"reading": {"text": "opinion"}}, {}, READING)
    with pytest.raises(TypeError, match=r"`text` must be a str"):
        input_table(table, {}, {"text": [7]}, READING)
