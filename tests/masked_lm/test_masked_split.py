"""`MaskedSplit`: rows of ids of texts, and batches of them: what stands where, new masks each epoch, static shapes."""

import numpy as np
import pytest
import tiny
from encoders import VOCABULARY

from bert_keras.masked_lm.load_masked import load_masked
from bert_keras.text.tokenizer import Tokenizer

DAY, NIGHT, MASK = (VOCABULARY.index(word) for word in ("day", "night", "[MASK]"))


@pytest.fixture(scope="module")
def tokenizer(vocab_file):
    return Tokenizer(vocab_file)


@pytest.fixture(scope="module")
def data(tokenizer):
    return load_masked(tiny.sentences(60), tokenizer, rows="texts", batch_size=8, seq_length=16, seed=2)


def ids_of(split):
    return [row[1:-1] for row in split.word_ids.to_list()]


def test_packed_rows_are_filled_by_the_lines_of_a_document_and_end_with_it(tokenizer, tmp_path):
    path = tmp_path / "letters.txt"
    path.write_text("day day\nday day day\n\nnight\nnight night\n", encoding="utf-8")
    split = load_masked(path, tokenizer, validation=["day"], seq_length=6).split("train")
    assert ids_of(split) == [[DAY] * 4, [DAY], [NIGHT] * 3]
    assert split.texts == 4 and split.truncated == 0
    assert split.examples.labels is None and split.examples.source == "letters.txt"


def test_rows_of_texts_are_cut_and_counted(tokenizer):
    texts = ["day day day day day", "night"]
    split = load_masked(texts, tokenizer, validation=["day"], seq_length=6, rows="texts").split("train")
    assert ids_of(split) == [[DAY] * 4, [NIGHT]]
    assert split.truncated == 1


def test_rows_have_the_ids_of_the_tokenizer(tokenizer):
    texts = tiny.sentences(2500)  # more than are tokenized in one call
    split = load_masked(texts, tokenizer, validation=["day"], rows="texts", seq_length=64).split("train")
    assert ids_of(split) == tokenizer(texts).to_list()
    np.testing.assert_array_equal(split.lengths, [len(text.split()) + 2 for text in texts])


def test_some_rows_are_a_split_again(data):
    split, rows = data.split("train"), np.array([3, 5, 20])
    some = split.take(rows)
    assert len(some) == len(some.examples) == 3 and some.masker is split.masker
    assert ids_of(some) == [ids_of(split)[row] for row in rows]
    np.testing.assert_array_equal(some.lengths, split.lengths[rows])


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


def test_with_static_shapes_rows_that_fill_a_batch_up_have_no_masks(tokenizer):
    texts = tiny.sentences(21)
    options = {"rows": "texts", "batch_size": 8, "seq_length": 16, "validation_share": 0.1}
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
