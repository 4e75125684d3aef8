"""Packing: every token once, rows next to full, and what is refused."""

import numpy as np
import pytest

from bert_keras.text.pack_rows import pack_rows, texts_of_rows


def features(*texts):
    """A text is its ids."""
    longest = max(map(len, texts))
    ids = np.array([[*text, *[0] * (longest - len(text))] for text in texts], "int32")
    mask = np.array([[1] * len(text) + [0] * (longest - len(text)) for text in texts], "int32")
    return {"input_word_ids": ids, "input_mask": mask, "input_type_ids": (ids % 2) * mask}


def test_by_hand():
    packed, places = pack_rows(features([1, 2, 3], [4, 5, 6, 7, 8], [9, 9]), row_tokens=7)
    assert {name: column.tolist() for name, column in packed.items()} == {
        "input_word_ids": [[4, 5, 6, 7, 8, 9, 9], [1, 2, 3, 0, 0, 0, 0]],
        "input_mask": [[1] * 7, [1, 1, 1, 0, 0, 0, 0]],
        "input_type_ids": [[0, 1, 0, 1, 0, 1, 1], [1, 0, 1, 0, 0, 0, 0]],
        "input_position_ids": [[0, 1, 2, 3, 4, 0, 1], [0, 1, 2, 0, 0, 0, 0]],
    }
    assert places.tolist() == [[1, 0], [0, 0], [0, 5]]
    assert all(column.dtype == np.int32 for column in packed.values())


def test_every_text_once_in_rows_next_to_full():
    lengths = np.random.default_rng(0).integers(1, 60, 2000)
    rows = texts_of_rows(lengths, 128)
    assert sorted(text for row in rows for text in row) == list(range(2000))
    tokens = np.array([lengths[row].sum() for row in rows])
    assert tokens.max() <= 128 and len(rows) <= np.ceil(lengths.sum() / 128) + 1
    assert texts_of_rows([], 5) == [] and texts_of_rows([5, 5], 5) == [[0], [1]]


@pytest.mark.parametrize(
    "made, row_tokens, match",
    [
        (features([1, 2, 3]), 2, "`texts` must have between 1 and 2 tokens each.*=3. It is text 0"),
        (features([1, 2], []), 2, "between 1 and 2 tokens each.*=0. It is text 1"),
        (features([1]), 0, "`row_tokens` must be at least 1"),
        ({**features([1, 2]), "input_mask": [[0, 1]]}, 4, "`input_mask` must be 1 at a row's tokens and 0 behind"),
        ({**features([1, 2]), "input_mask": [[2, 0]]}, 4, "`input_mask` must be 1 at a row's tokens and 0 behind"),
        ({"input_word_ids": [[1]]}, 4, "`features` must hold input_word_ids, input_mask, input_type_ids"),
    ],
)
def test_what_is_refused(made, row_tokens, match):
    with pytest.raises(ValueError, match=match):
        pack_rows(made, row_tokens)
