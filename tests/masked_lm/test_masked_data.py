"""`MaskedData`: what is said of texts before training, and kept of how they are masked."""

import pytest

from bert_keras.masked_lm.load_masked import load_masked
from bert_keras.text.tokenizer import Tokenizer


@pytest.fixture(scope="module")
def tokenizer(vocab_file):
    return Tokenizer(vocab_file)


def test_facts_count_texts_rows_and_tokens(tokenizer, tmp_path):
    path = tmp_path / "letters.txt"
    path.write_text("day day\nday day day\n\nnight\nnight night\n", encoding="utf-8")
    data = load_masked(path, tokenizer, validation=["day"], seq_length=6, masked_share=0.5)
    assert data.facts() == ["train: 4 texts, 3 rows, 14 tokens", "validation: 1 texts, 1 rows, 3 tokens"]
    assert data.config() == {"seq_length": 6, "rows": "packed", "masked_share": 0.5, "whole_words": True}
    assert data.kind == "masked_lm" and data.metrics == ("masked_accuracy", "masked_loss", "perplexity")


def test_texts_that_were_cut_are_told(tokenizer):
    data = load_masked(["day " * 5, "night"], tokenizer, validation=["day"], seq_length=6, rows="texts")
    cut = "train: 1 texts are longer than 6 tokens and were cut"
    assert data.facts() == ["train: 2 texts, 2 rows, 9 tokens", cut, "validation: 1 texts, 1 rows, 3 tokens"]
    assert data.config()["rows"] == "texts"
