"""`RowPacking`: places that no two texts share, in as few rows as the texts need, and hands with as many tokens."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bert_keras.data.row_packing import RowPacking, dealt, lengths_of_rows


def tokens_of(places, lengths):
    """The (row, column) of every token, by the places of its text."""
    rows, columns = np.nonzero(places)[1], places.max(axis=1) - 1
    return [(row, columns[text] + token) for text, row in enumerate(rows) for token in range(lengths[text])]


def test_places_of_four_texts():
    places = RowPacking(row_tokens=10).places(np.array([4, 9, 6, 1]), 6)
    # The longest first: 9 alone, 6 into a row of its own, 4 behind it, and 1 behind the 9.
    assert places.tolist() == [[0, 7], [1, 0], [0, 1], [10, 0], [0, 0], [0, 0]]
    assert places.dtype == np.int32


def test_parts_have_rows_of_their_own_and_as_many_as_each_other():
    lengths = np.array([4, 6, 9, 9])
    packing = RowPacking(row_tokens=10, parts=2)
    assert packing.places(lengths, 4).tolist() == [[7, 0], [1, 0], [1, 0], [0, 1]]
    assert packing.row_count(lengths, 4) == 2
    assert RowPacking(row_tokens=10, parts=2, rows=3).places(lengths, 4).shape == (4, 3)


def test_a_part_without_texts_has_no_places():
    assert RowPacking(row_tokens=10, parts=2).places(np.array([4]), 4).tolist() == [[1], [0], [0], [0]]


@settings(max_examples=60, deadline=None)
@given(lengths=st.lists(st.integers(1, 16), min_size=1, max_size=40), parts=st.sampled_from([1, 2, 4]))
def test_no_token_stands_on_another_or_outside_its_row(lengths, parts):
    lengths = np.array(lengths)
    size = -(-len(lengths) // parts) * parts
    packing = RowPacking(16, parts)
    places = packing.places(lengths, size)
    assert (places[: len(lengths)] > 0).sum(axis=1).tolist() == [1] * len(lengths)
    assert places.shape[1] == packing.row_count(lengths, size)
    step = size // parts
    for begin in range(0, size, step):
        mine = slice(begin, min(begin + step, len(lengths)))
        tokens = tokens_of(places[mine], lengths[mine])
        assert len(set(tokens)) == len(tokens) == lengths[mine].sum()
        assert all(0 <= column < 16 for _, column in tokens)


def test_hands_are_dealt_as_many_rows_and_nearly_as_many_tokens():
    lengths = np.random.default_rng(0).integers(3, 100, 103)
    rows = np.argsort(-lengths, kind="stable")
    hands = dealt(rows, lengths, 10)
    assert sorted(row for hand in hands for row in hand) == list(range(103))
    assert [len(hand) for hand in hands] == [11] * 3 + [10] * 7
    assert np.ptp([lengths[hand].sum() for hand in hands[3:]]) <= 12  # as drawn, they would differ by more than 100


def test_an_arranged_batch_has_its_rows_in_parts_of_like_tokens():
    lengths = np.array([1, 2, 3, 4, 50, 51, 52, 53])
    rows = np.arange(8)
    assert RowPacking(64).arranged(rows, lengths) is rows
    parts = RowPacking(64, parts=2).arranged(rows, lengths).reshape(2, 4)
    assert sorted(parts.ravel()) == list(range(8))
    assert lengths[parts].sum(axis=1).tolist() == [108, 108]


def test_lengths_are_multiples_of_eight_and_the_most_there_may_be():
    assert lengths_of_rows(17, 40) == [24, 32, 40]
    assert lengths_of_rows(20, 20) == [20]
    assert lengths_of_rows(19, 20) == [20]
