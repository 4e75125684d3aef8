"""`ChoiceData`: what is said of prompts before training, and kept of them."""

import choices
import pytest

from bert_keras.multiple_choice.load_choices import load_choices
from bert_keras.text.tokenizer import Tokenizer


@pytest.fixture(scope="module")
def tokenizer(vocab_file):
    return Tokenizer(vocab_file)


def test_what_was_cut_is_told_and_padding_counts_every_choice(tokenizer):
    prompts = [("good " * 30, ["bad", "the dog"], 0), ("good", ["bad", "bad bad bad"], 1)]
    data = load_choices(prompts, tokenizer, validation_share=0, seq_length=16, batch_size=2)
    assert data.facts()[0] == "2 choices each: a batch is 4 rows of tokens"
    assert data.facts()[1].startswith("1 of 2 train prompts have a choice that is longer than 16 tokens")
    real = 16 + 16 + 5 + 7  # of 4 sequences padded to 16
    assert data.order.padding_share() == pytest.approx(1 - real / 64)


def test_metrics_and_what_a_model_folder_keeps(tokenizer):
    data = load_choices(choices.rows(10, 5), tokenizer, seq_length=40)
    assert data.metrics == ("accuracy",) and data.config() == {"seq_length": 40} and data.num_choices == 5
    assert data.facts() == ["5 choices each: a batch is 80 rows of tokens"]
