"""`card_yaml`: read again by a YAML parser it is what was given."""

import pytest
import yaml

from bert_keras.running.cards.card_yaml import card_yaml

FIELDS = {
    "language": "en",
    "tags": ["bert", "yes", "1.0", "- no list", "a: b"],
    "value": 0.5,
    "model-index": [
        {"name": 'a "quoted" \\ name', "results": [{"task": {"type": "x"}, "metrics": [{"value": 1}, {"value": 2.5}]}]},
        {"name": "東京 🐈 \u2028\x85\x7f\t\n#", "results": []},
    ],
}


def test_a_parser_reads_what_was_given():
    lines = card_yaml(FIELDS).split("\n")
    assert lines[0] == lines[-1] == "---"
    found = yaml.safe_load("\n".join(lines[1:-1]))
    wanted = {**FIELDS, "model-index": [FIELDS["model-index"][0], {"name": FIELDS["model-index"][1]["name"]}]}
    assert found == wanted


def test_what_is_not_known_is_left_out():
    assert card_yaml({"license": None, "tags": [], "of": {}, "name": ""}) == '---\nname: ""\n---'


@pytest.mark.parametrize("value", [0, 0.1, 1e-9, -3, 2.5e20, True, float("inf")])
def test_numbers(value):
    assert yaml.safe_load(card_yaml({"value": value}).strip("-")) == {"value": pytest.approx(value)}
