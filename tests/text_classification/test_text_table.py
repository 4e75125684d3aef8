"""`TextTable`: a user's rows that are read once, and what is said of them."""

import pytest

from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text_classification.load_table import load_table
from bert_keras.text_classification.text_table import TextTable

COLUMNS = {"text": [f"text {n}" for n in range(20)], "label": ["x", "y"] * 10}


def test_what_is_said_of_it():
    table = load_table(COLUMNS, validation_share=0.1)
    first, *notes = repr(table).splitlines()
    assert first == "<TextTable files: 18 train, 2 validation>"
    assert notes == [f"  {note}" for note in table.notes] and "  classes: 0 'x', 1 'y'" in notes
    assert "  texts: 'text'; labels: 'label'" in notes


def test_its_rows_are_the_ones_that_were_read():
    table = load_table(COLUMNS, validation_share=0.1)
    assert isinstance(table, TextTable) and table.parts == ("train", "validation")
    rows = table.rows()
    assert {part: some.texts for part, some in rows.items()} == {p: e.texts for p, e in table.examples.items()}
    assert table.labels.names == table.label_names == ("x", "y")


def test_data_are_made_of_it_for_any_encoder(vocab_file):
    table = load_table(COLUMNS, seq_length=6)
    data = table.load(Tokenizer(vocab_file), batch_size=4, parts=("train",))
    assert (data.task, data.seq_length, list(data.splits)) == ("files", 6, ["train"])
    assert data.notes == table.notes and data.reading == table.reading
    for name in ("examples", "labels", "label_names", "read"):
        with pytest.raises(TypeError, match=f"`{name}` must be left out for files"):
            table.load(Tokenizer(vocab_file), **{name: None})
