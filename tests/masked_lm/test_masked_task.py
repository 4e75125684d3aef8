"""`MaskedTask`: what its fields do: the masks' seed, the limit of rows of tokens, the tokenizer of an encoder."""

import pytest
import tiny
from encoders import VOCABULARY

from bert_keras.masked_lm.load_masked import load_masked
from bert_keras.text.tokenizer import Tokenizer


@pytest.fixture(scope="module")
def tokenizer(vocab_file):
    return Tokenizer(vocab_file)


def ids_of(split):
    return [row[1:-1] for row in split.word_ids.to_list()]


def test_a_limit_draws_training_rows_of_tokens(tokenizer):
    words = VOCABULARY[6:46]
    options = {"validation": ["day"], "rows": "texts"}
    task = load_masked(words, limit=10, **options)
    assert len(task.rows()["train"]) == 40  # texts are read whole
    data = task.load(tokenizer)
    kept = [row[0] for row in ids_of(data.split("train"))]
    assert len(kept) == 10 and kept == sorted(kept) and kept != list(range(6, 16))  # drawn, in their order
    assert len(data.split("validation")) == 1 and len(data.split("train").examples) == 10
    assert kept == [row[0] for row in ids_of(task.load(tokenizer, seed=4).split("train"))]
    assert kept != [
        row[0] for row in ids_of(load_masked(words, tokenizer, limit=10, split_seed=1, **options).split("train"))
    ]
    long = load_masked([" ".join(words)], tokenizer, validation=["day"], seq_length=6, limit=3)
    assert len(long.split("train")) == 3 and long.split("train").texts == 1  # one text makes ten rows


def test_the_seed_is_that_of_the_order_and_the_masks(tokenizer):
    task = load_masked(tiny.sentences(40), rows="texts", seq_length=16, whole_words=False, masked_share=0.3)
    data = task.load(tokenizer, seed=7)
    assert data.order.seed == 7
    for split in data.splits.values():
        assert (split.masker.seed, split.masker.share, split.masker.whole_words) == (7, 0.3, False)
    held = task.load(tokenizer, seed=7, parts=("validation",))
    assert held.order is None and held.split("validation").masker.seed == 7
    first, other = (
        [features["masked_lm_positions"].numpy().tolist() for features, _ in task.load(tokenizer, seed=seed).validation]
        for seed in (7, 8)
    )
    assert first != other


def test_an_encoder_brings_its_tokenizer_and_its_position_table(tokenizer):
    encoder = tiny.native_encoder()
    with pytest.raises(ValueError, match="`encoder` must have a tokenizer"):
        load_masked(["day", "night"], encoder)
    encoder.tokenizer = tokenizer
    with pytest.raises(ValueError, match=r"`seq_length` must be between 3 and 64, the encoder's position table"):
        load_masked(["day", "night"], encoder, seq_length=65)
    assert len(load_masked(["day", "night"], encoder, seq_length=64).split("train")) == 1
    with pytest.raises(TypeError, match="`encoder` must be an encoder or a Tokenizer"):
        load_masked(["day", "night"], "sample")


def test_fields_are_checked_before_there_is_an_encoder():
    task = load_masked(["day", "night"])
    for fields, match in (
        ({"masked_share": 1.0}, "`masked_share` must lie between 0 and 1"),
        ({"limit": 0}, "`limit` must be at least 1"),
    ):
        with pytest.raises(ValueError, match=match):
            task.changed(**fields)
    with pytest.raises(TypeError, match="`whole_words` must be True or False"):
        task.changed(whole_words="no")
    with pytest.raises(ValueError, match="`rows` must be one of 'packed', 'texts'"):
        load_masked(["day", "night"], rows="line")
    with pytest.raises(TypeError, match="`row_form` must be left out for"):
        task.changed(row_form="texts")
