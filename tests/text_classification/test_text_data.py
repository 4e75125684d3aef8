"""`TextData`: outputs of a model for it, what a model folder keeps of it, and what it says of long texts."""

import numpy as np
import pytest
import tiny

from bert_keras.data.examples import Examples
from bert_keras.features import MULTI_LABEL, REGRESSION, SINGLE_LABEL
from bert_keras.text.tokenizer import Tokenizer

WINDOWS = {"seq_length": 8, "long_text": "windows", "max_windows": 3}


@pytest.fixture(scope="module")
def tokenizer(vocab_file):
    return Tokenizer(vocab_file)


def test_outputs_of_a_model(tokenizer):
    for problem_type, outputs in ((SINGLE_LABEL, 2), (MULTI_LABEL, 3), (REGRESSION, 1)):
        assert tiny.task_data(tokenizer, problem_type).num_classes == outputs


def test_what_is_read_and_what_is_cut_is_counted(tokenizer):
    words = [1, 6, 7, 12, 13, 18, 19, 40]  # windows: 1 1 2 2 3 3 3 3, and the last two are cut
    rows = Examples((["the " * count for count in words],), np.zeros(8, "int32"), np.arange(8))

    def loaded(examples, **options):
        return tiny.text_task({"train": examples}).load(tokenizer, **options)

    data = loaded(rows, **WINDOWS)
    read = "6 of 8 train rows are longer than 8 tokens and are read in windows, 2.2 a row over all"
    assert data.facts() == [f"{read}; 2 are longer than 3 windows and were cut"]
    assert data.split("train").truncated == 2
    assert loaded(rows, **{**WINDOWS, "max_windows": 9}).facts() == [read.replace("2.2", "2.9")]  # 2 more, of 4 and 7
    assert loaded(rows.head(2), **WINDOWS).facts() == []
    assert loaded(rows, seq_length=8).facts() == ["6 of 8 train rows are longer than 8 tokens and were cut"]
    assert {name: data.config()[name] for name in WINDOWS} == WINDOWS
    assert (data.long_text, data.max_windows, data.seq_length) == ("windows", 3, 8)
    assert loaded(rows).config()["long_text"] == loaded(rows).long_text == "truncate"
