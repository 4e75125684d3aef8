"""Whether files and objects hold prompts with choices, told by how they begin, and without TensorFlow."""

import choices
import pytest
from lightly import imported_by

from bert_keras.multiple_choice.holds_choices import holds_choices

ROW = {"prompt": "It rains.", "choices": ["She opens an umbrella.", "She opens a bank."], "label": 0}


def test_a_file_in_the_layout_of_swag(tmp_path):
    path = choices.write_swag(tmp_path / "mine.csv", choices.rows(3))
    assert holds_choices(path) and holds_choices(str(path))
    (tmp_path / "texts.csv").write_text("sent1,sent2,label\na,b,0\n")
    assert not holds_choices(tmp_path / "texts.csv") and not holds_choices(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("source", "are_choices"),
    [
        ([ROW], True),
        ((ROW, ROW), True),
        ([("It rains.", ["a", "b"], 1)], True),
        ([["It rains.", ("a", "b")]], True),
        ([("It rains.", "good")], False),
        ([{"prompt": "It rains.", "label": 0}], False),
        ([(["It", "rains"], ["O", "O"])], False),
        (["It rains."], False),
        ([], False),
        (None, False),
    ],
)
def test_rows(source, are_choices):
    assert holds_choices(source) is are_choices


def test_it_loads_nothing_heavy():
    assert imported_by("bert_keras.multiple_choice.holds_choices") == []
