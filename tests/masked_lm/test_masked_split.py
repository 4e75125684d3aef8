"""Batches of masked rows: what stands where, a new mask each epoch, static shapes."""

import numpy as np
import pytest
import tiny
from encoders import VOCABULARY

from bert_keras.masked_lm.masked_data import load_masked
from bert_keras.text.tokenizer import Tokenizer

MASK = VOCABULARY.index("[MASK]")


@pytest.fixture(scope="module")
def data(vocab_file):
    return load_masked(tiny.sentences(60), Tokenizer(vocab_file), rows="texts", batch_size=8, seq_length=16, seed=2)


def batches(dataset):
    return [tuple(part if isinstance(part, dict) else part.numpy() for part in batch) for batch in dataset]


def as_written(split, rows, features, hidden):
    """The rows with the hidden ids put back, checked against the split's own."""
    ids, places = features["input_word_ids"].numpy().copy(), features["masked_lm_positions"].numpy()
    for number, row in enumerate(rows):
        for place, token in zip(places[number], hidden[number], strict=True):
            assert token >= -1
            if token >= 0:
                assert 0 < place < split.lengths[row] - 1
                ids[number, place] = token
        np.testing.assert_array_equal(ids[number, : split.lengths[row]], split.word_ids[row])
        assert not ids[number, split.lengths[row] :].any()


def test_what_was_hidden_is_what_the_text_has(data):
    split, order = data.split("train"), data.split("train").order(8)
    found = batches(split.dataset(order))
    masked = 0
    for rows, (features, hidden) in zip(order.batches(0), found, strict=True):
        as_written(split, rows, features, hidden)
        assert hidden.shape[1] == max(1, round(0.15 * (split.lengths[rows].max() - 2)))
        masked += (features["input_word_ids"].numpy() == MASK).sum()
    assert masked > 20


def test_each_epoch_has_new_masks_and_a_resumed_one_the_same(data):
    split = data.split("train")

    def epoch(number):
        order = split.order(8, shuffle=True, seed=2)
        order.epoch = number
        return batches(split.dataset(order))[0], order.batches(number)[0]

    (first, rows), (again, _), (later, other) = epoch(1), epoch(1), epoch(2)
    as_written(split, rows, *first)
    np.testing.assert_array_equal(first[0]["masked_lm_positions"], again[0]["masked_lm_positions"])
    np.testing.assert_array_equal(first[0]["input_word_ids"], again[0]["input_word_ids"])
    assert any(
        split.masks(rows, 1, 3)[0][place].tolist() != split.masks(rows, 2, 3)[0][place].tolist() for place in range(8)
    )
    as_written(split, other, *later)


def test_the_mask_of_validation_is_always_the_same(data):
    one, two = ([b[0]["input_word_ids"].numpy().tolist() for b in batches(data.validation)] for _ in range(2))
    assert one == two and any(MASK in row for batch in one for row in batch)


def test_with_static_shapes_rows_that_fill_a_batch_up_have_no_masks(vocab_file):
    tokenizer, texts = Tokenizer(vocab_file), tiny.sentences(21)
    options = {"rows": "texts", "batch_size": 8, "seq_length": 16, "held_out": 0.1}
    split = load_masked(texts, tokenizer, static_shapes=True, **options).split("train")
    order = split.order(8)
    plain = load_masked(texts, tokenizer, **options).split("train")
    for rows, (features, hidden, counted), (_, wanted) in zip(
        order.batches(0), batches(split.dataset(order)), batches(plain.dataset(plain.order(8))), strict=True
    ):
        assert features["input_word_ids"].shape[0] == 8 and features["input_word_ids"].shape[1] in split.ladder
        count = len(rows)
        as_written(split, rows, {n: v[:count] for n, v in features.items()}, hidden[:count])
        assert counted.tolist() == [True] * count + [False] * (8 - count)
        assert (hidden[count:] == -1).all() and (hidden >= 0).sum() == (wanted >= 0).sum()
