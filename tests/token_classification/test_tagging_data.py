"""`TaggingData`: what a model folder keeps of a task of tags, and what a model is made for."""

import pytest
import tagging
from encoders import write_vocabulary

from bert_keras.text.tokenizer import Tokenizer


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    return Tokenizer(write_vocabulary(tmp_path_factory.mktemp("vocabulary")))


def test_a_model_folder_keeps_how_the_data_were_made(tokenizer):
    data = tagging.tagging_data(tokenizer, label_pieces="all", tag_column="ner", repair=True)
    assert data.config() == {
        "labels": list(tagging.TAGS),
        "scheme": "bio",
        "seq_length": 16,
        "label_pieces": "all",
        "tag_column": "ner",
        "repair": True,
    }
    named = tagging.tagging_data(tokenizer, tag_column="b", columns=("a", "b"))
    assert named.config()["reading"] == {"columns": ["a", "b"]}


def test_what_a_model_and_lines_of_progress_need(tokenizer):
    data = tagging.tagging_data(tokenizer)
    assert (data.kind, data.task, data.num_classes, data.seq_length) == ("token_classification", "tests/names", 5, 16)
    assert (data.label_names, data.label_pieces, data.batch_size) == (tagging.TAGS, "first", 8)
    assert (data.metrics, data.details) == (("f1", "precision", "recall"), ("f1_", "precision_", "recall_"))
    assert data.preprocessor.seq_length == 16 and data.preprocessor.tokenizer is tokenizer


def test_static_shapes_have_a_ladder_and_a_line(tokenizer):
    data = tagging.tagging_data(tokenizer, rows=40, static_shapes=True)
    assert data.ladder and data.ladder[-1] <= 16
    assert data.facts()[-1].startswith(f"static shapes: 8 rows of {', '.join(map(str, data.ladder))} tokens")
    for features, labels, counted in data.train:
        assert features["input_word_ids"].shape == labels.shape and labels.shape[1] in data.ladder
        assert counted.shape == [8]
