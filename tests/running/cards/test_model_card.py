"""The model card: metadata as a model hub reads them, texts that stay texts, and changes by hand."""

import json
import pathlib
import re

import pytest
import yaml
from huggingface_hub import ModelCard
from huggingface_hub.repocard_data import model_index_to_eval_results
from tags import HOSTILE

from bert_keras.running.cards.model_card import is_unchanged, markdown_table, model_card, signed

CONFIG = {
    "kind": "text_classification",
    "problem_type": "single_label_classification",
    "task": "reviews.csv",
    "labels": ["bad", "good"],
    "text_columns": ["review"],
    "metric_names": ["accuracy", "matthews_corrcoef"],
    "metrics": {"accuracy": 0.9, "matthews_corrcoef": 0.8, "accuracy_other": 0.1},
    "encoder": {"source": "small_bert/bert_en_uncased_L-2_H-128_A-2", "num_layers": 2},
}


def head(card: str) -> dict:
    return yaml.safe_load(card.split("---\n")[1])


def test_a_hub_reads_it():
    card = ModelCard(model_card(CONFIG, "my reviews"))
    told = card.data.to_dict()
    assert (told["language"], told["library_name"], told["pipeline_tag"]) == ("en", "bert-keras", "text-classification")
    assert "license" not in told and told["metrics"] == ["accuracy", "matthews_correlation"]
    name, results = model_index_to_eval_results(head(model_card(CONFIG, "my reviews"))["model-index"])
    assert name == "my reviews"
    assert [(own.metric_type, own.metric_name, own.metric_value) for own in results] == [
        ("accuracy", "accuracy", 0.9),
        ("matthews_correlation", "matthews_corrcoef", 0.8),
    ]
    assert {(own.task_type, own.dataset_name, own.dataset_split) for own in results} == {
        ("text-classification", "reviews.csv", "validation")
    }


@pytest.mark.parametrize(
    "changes, language",
    [
        ({}, "en"),
        ({"encoder": {"source": "sample"}}, "en"),
        ({"encoder": {"source": "https://tfhub.dev/tensorflow/bert_zh_L-12_H-768_A-12/4"}}, "zh"),
        ({"encoder": {"source": "bert_multi_cased_L-12_H-768_A-12"}}, None),
        ({"encoder": {"source": "my_encoder"}}, None),
        ({"encoder": {"source": "my_encoder"}, "task": "glue/mrpc"}, "en"),
        ({"encoder": {}}, None),
    ],
)
def test_the_language_where_it_is_known(changes, language):
    assert head(model_card({**CONFIG, **changes}, "x")).get("language") == language


def test_what_was_measured_takes_the_place_of_training():
    scores, intervals = {"accuracy": 0.75, "r2": 0.5}, {"accuracy": (0.7, 0.8)}
    card = model_card(CONFIG, "x", scores, intervals, ("test", "the 40 test rows"), [("More", "text")])
    assert "Of the 40 test rows." in card and "## More\n\ntext\n" in card
    assert "| accuracy | 0.7500 | 0.7000 to 0.8000 |\n| r2 | 0.5000 |  |" in card
    result = head(card)["model-index"][0]["results"][0]
    assert result["dataset"]["split"] == "test" and [own["value"] for own in result["metrics"]] == [0.75, 0.5]


def test_texts_stay_texts():
    config = {**CONFIG, "task": HOSTILE, "labels": ["|", "*a*\nb"]}
    card = model_card(config, f"{HOSTILE}\n---\n# x")
    body = card.split("---\n", 2)[2].partition("## How to use it")[0]
    assert not re.search(r"(?<!\\)<", body) and "\\<script\\>" in body
    assert head(card)["model-index"][0]["name"] == f"{HOSTILE}\n---\n# x"
    assert markdown_table(("a",), [("x|y\n`z`",)]) == "| a |\n| --- |\n| x\\|y \\`z\\` |"


def test_changes_are_seen():
    card = model_card(CONFIG, "x")
    assert is_unchanged(card) and is_unchanged(card.replace("\n", "\r\n").replace("\r\n", "\n"))
    assert not is_unchanged(card.replace("0.9000", "0.9900")) and not is_unchanged(card + "\nMine.")
    assert not is_unchanged("") and is_unchanged(signed("text\n"))


def test_a_run_writes_it(tuned_run):
    folder = pathlib.Path(tuned_run.folder)
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert is_unchanged(card) and card == model_card(json.loads((folder / "config.json").read_text()), folder.name)
    told = head(card)
    assert told["language"] == "en" and told["model-index"][0]["name"] == folder.name
    values = {own["name"]: own["value"] for own in told["model-index"][0]["results"][0]["metrics"]}
    assert values == {name: pytest.approx(value, abs=1e-6) for name, value in tuned_run.metrics.items()}
