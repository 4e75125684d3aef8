"""What a config says in words: every kind, how rows were split, and folders that say little."""

import pytest

from bert_keras.running.cards.facts import data_facts, encoder_facts, kind_in_words, training_facts

SINGLE = {
    "problem_type": "single_label_classification",
    "labels": ["bad", "good"],
    "text_columns": ["review"],
    "task": "reviews.csv",
    "encoder": {"source": "sample", "num_layers": 6, "vocab_size": 30522, "max_positions": None},
}


@pytest.mark.parametrize(
    "config, wanted",
    [
        ({}, "gives a text one of 2 labels"),
        ({"text_columns": ["a", "b"]}, "gives a pair of texts one of 2 labels"),
        ({"problem_type": "multi_label_classification"}, "gives a text any of 2 labels"),
        ({"problem_type": "regression", "labels": None}, "gives a text a number"),
        ({"kind": "question_answering"}, "finds the answer to a question in a text"),
        (
            {"kind": "question_answering", "has_impossible": True},
            "finds the answer to a question in a text, or says that there is none",
        ),
        ({"kind": "token_classification", "scheme": "bio"}, "finds entities in a text"),
        ({"kind": "token_classification", "scheme": "plain"}, "gives each word of a text a tag"),
        ({"kind": "multiple_choice"}, "chooses which of several texts goes with a prompt"),
        ({"kind": "sentence_ranking"}, "is a model of sentence ranking"),
    ],
)
def test_what_it_is(config, wanted):
    assert kind_in_words({**SINGLE, **config}) == f"It {wanted}. It is the encoder sample, tuned on reviews.csv"


def test_data():
    origin = {"files": "reviews.csv", "validation_share": 0.2, "test_share": 0.0, "split_seed": 3}
    config = {**SINGLE, "row_counts": {"train": 1200, "validation": 300}, "origin": origin, "seq_length": 128}
    config |= {"label_counts": {"train": {"bad": 1000, "good": 200}}, "limit": 1200, "split_seed": 3}
    assert data_facts(config) == {
        "Task": "reviews.csv",
        "Rows": "1,200 train, 300 validation; the training rows were limited to 1,200, drawn by seed 3",
        "Split": "From reviews.csv; held out were 20% of the training rows as validation, by seed 3",
        "Labels": "bad (1,000), good (200); in brackets, how often in the training rows",
        "Tokens of a row at most": "128",
    }
    origin = {"files": {"train": "a.csv", "validation": None}, "validation_share": 0.0, "test_share": 0.0}
    found = data_facts({"train_rows": 7, "origin": origin, "labels": [f"l{n}" for n in range(40)]})
    assert found["Rows"] == "7 train" and found["Labels"].endswith("l29 and 10 more")
    assert found["Split"] == "From a.csv (train), memory (validation); each part has rows of its own"


def test_training_and_encoder():
    recipe = {"epochs": 3, "batch_size": 32, "learning_rate": 5e-5, "seed": 0, "precision": "float32"}
    told = {"recipe": recipe, "best_epoch": 2, "seconds": 61.6, "padding_share": 0.125, "trained": "all"}
    assert training_facts({**told, "versions": {"keras": "3.1", "x": None}}) == {
        "Epochs": "3, of which number 2 was kept",
        "Rows a step": "32",
        "Peak learning rate": "5e-05",
        "Seed": "0",
        "Precision": "float32",
        "Trained weights": "all",
        "Time": "62 seconds, evaluation after each epoch included",
        "Padding": "12.5% of the training tokens",
        "Versions": "keras 3.1",
    }
    assert encoder_facts(SINGLE) == {"Encoder": "sample", "Layers": "6", "Vocabulary": "30,522"}
    assert training_facts({}) == encoder_facts({}) == {}


def test_training_on_pairs_and_of_the_head_alone():
    recipe = {"epochs": 1, "batch_size": 16, "learning_rate": 5e-5, "seed": 0, "precision": "float32"}
    pairs = training_facts({"recipe": recipe, "max_pairs": 2000, "best_epoch": 1})
    assert pairs["Epochs"] == "1, over 2,000 pairs of rows at most" and pairs["Pairs a step"] == "16"
    assert pairs["Peak learning rate"] == "5e-05" and "Rows a step" not in pairs
    alone = training_facts({"recipe": recipe, "max_pairs": 0, "trained": "the head alone"})
    assert alone == {"Seed": "0", "Precision": "float32", "Trained weights": "the head alone"}
