"""`BatchOrder`: every row once in an epoch, an order of seed and epoch alone, and what of it is padding."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bert_keras.data.batch_order import WINDOW, BatchOrder


def lists(batches):
    return [batch.tolist() for batch in batches]


@settings(max_examples=60, deadline=None)
@given(
    lengths=st.lists(st.integers(2, 40), max_size=400),
    batch_size=st.integers(1, 9),
    shuffle=st.booleans(),
    seed=st.integers(0, 2**31 - 1),
    epoch=st.integers(0, 50),
)
def test_every_row_comes_once_in_an_epoch(lengths, batch_size, shuffle, seed, epoch):
    order = BatchOrder(np.array(lengths, "int64"), batch_size, shuffle, seed)
    batches = order.batches(epoch)
    assert sorted(row for batch in lists(batches) for row in batch) == list(range(len(lengths)))
    assert len(batches) == len(order) == -(-len(lengths) // batch_size)
    sizes = sorted(map(len, batches), reverse=True)
    assert sizes[:-1] == [batch_size] * (len(sizes) - 1)
    again = BatchOrder(np.array(lengths, "int64"), batch_size, shuffle, seed)
    assert lists(again.batches(epoch)) == lists(batches)


def test_rows_of_many_windows_come_once():
    rows = 3 * WINDOW * 4 + 5
    order = BatchOrder(np.random.default_rng(0).integers(3, 60, rows), 4, True)
    batches = lists(order.batches(2))
    assert sorted(row for batch in batches for row in batch) == list(range(rows))
    assert [len(batch) for batch in batches].count(4) == rows // 4


def test_the_order_differs_between_epochs_and_seeds():
    lengths = np.random.default_rng(1).integers(3, 60, 300)
    orders = [lists(BatchOrder(lengths, 8, True, seed).batches(epoch)) for seed in (0, 1) for epoch in (0, 1, 2)]
    assert len({str(order) for order in orders}) == 6
    first_batches = {frozenset(map(frozenset, order)) for order in orders}
    assert len(first_batches) == 6  # not only the sequence: other rows stand together


def test_without_shuffle_rows_are_sorted_by_length():
    order = BatchOrder(np.array([5, 3, 9, 3, 4]), 2, shuffle=False)
    assert lists(order.batches(0)) == lists(order.batches(7)) == [[1, 3], [4, 0], [2]]


def test_iterating_counts_the_epochs():
    order = BatchOrder(np.arange(3, 43), 4, True, seed=5)
    assert lists(order()) == lists(order.batches(0))
    assert lists(order()) == lists(order.batches(1))
    assert order.epoch == 2
    order.epoch = 9
    assert lists(order()) == lists(order.batches(9))
    assert order.epoch == 10


def test_the_padding_share_by_hand():
    # batches (2, 4) and (4, 8): 4 + 4 + 8 + 8 = 24 places for 18 tokens
    assert BatchOrder(np.array([8, 2, 4, 4]), 2, shuffle=False).padding_share() == pytest.approx(6 / 24)
    assert BatchOrder(np.array([7]), 4, shuffle=True).padding_share() == 0.0
    assert BatchOrder(np.array([], "int64"), 4, shuffle=True).padding_share() == 0.0


def test_windows_keep_padding_small():
    """Skewed lengths as texts have them: 8,000 rows in batches of 32."""
    lengths = 5 + np.random.default_rng(2).geometric(0.05, 8000).clip(max=120)
    batches = np.random.default_rng(3).permutation(8000).reshape(-1, 32)
    at_random = 1 - lengths.sum() / (32 * lengths[batches].max(axis=1).sum())
    assert at_random > 0.5
    order = BatchOrder(lengths, 32, shuffle=True)
    assert all(order.padding_share(epoch) < 0.05 for epoch in range(3))


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"batch_size": 0}, ValueError, "`batch_size` must be at least 1. Received: batch_size=0"),
        ({"batch_size": "8"}, TypeError, "`batch_size` must be an integer. Received: batch_size='8'"),
        ({"seed": -1}, ValueError, "`seed` must be at least 0. Received: seed=-1"),
        ({"shuffle": "yes"}, TypeError, "`shuffle` must be True or False. Received: shuffle='yes'"),
    ],
)
def test_bad_arguments_of_an_order(arguments, error, words):
    with pytest.raises(error, match=words):
        BatchOrder(**{"lengths": np.array([3, 4]), "batch_size": 2, "shuffle": True, **arguments})


def test_the_padding_of_several_sequences_a_row_and_of_windows_by_hand():
    # Two sequences a row, the longer of 8, 4, 4 and 2 tokens, in mean 6, 4, 3 and 2: 15 real tokens in 24 places.
    order = BatchOrder(np.array([8, 2, 4, 4]), 2, shuffle=False, tokens=np.array([6, 2, 4, 3]))
    assert order.padding_share() == pytest.approx(1 - 15 / 24)
    assert order.without_ladder().padding_share() == order.padding_share()
    # Windows of 4: 5 and 6 tokens are two windows, 9 three.
    order = BatchOrder(np.array([5, 9, 3, 6]), 2, shuffle=False, window_tokens=4)
    assert order.padding_share() == pytest.approx(1 - 23 / (2 * 8 + 2 * 12))


def test_the_same_order_without_static_shapes():
    lengths = np.random.default_rng(4).integers(3, 60, 50)
    fixed = BatchOrder(lengths, 4, True, 7, ladder=(32, 64), full=True)
    free = fixed.without_ladder()
    assert (free.ladder, free.full) == ((), False)
    assert lists(free.batches(3)) == lists(fixed.batches(3))
    # 13 batches, of 4 places each, 12 of them with 4 rows and one with 2.
    longest = [lengths[rows].max() for rows in fixed.batches(3)]
    assert fixed.padding_share(3) == pytest.approx(
        1 - lengths.sum() / (4 * sum(32 if n <= 32 else 64 for n in longest))
    )
    places = sum(len(rows) * length for rows, length in zip(free.batches(3), longest, strict=True))
    assert free.padding_share(3) == pytest.approx(1 - lengths.sum() / places)


def test_the_rest_of_an_epoch_are_its_last_batches():
    order = BatchOrder(np.arange(1, 40), 4, shuffle=True, seed=3)
    rest = order.rest(epoch=5, first=7)
    assert len(order) == 10 and len(rest) == 3 and order.epoch == 0
    for found, wanted in zip(rest(), order.batches(5)[7:], strict=True):
        np.testing.assert_array_equal(found, wanted)
    assert list(order.rest(epoch=5, first=10)()) == []


def test_batches_of_any_lengths():
    lengths = np.arange(256) % 16 + 1
    order = BatchOrder(lengths, batch_size=32, shuffle=True, seed=3, alike=False)
    batches = order.batches(0)
    assert sorted(np.concatenate(batches)) == list(range(256))
    assert all(len(set(lengths[rows])) > 8 for rows in batches)  # of like lengths there are two or three
    assert all(len(set(lengths[rows])) < 4 for rows in BatchOrder(lengths, 32, True, 3).batches(0))
    longest = np.array([lengths[rows].max() for rows in batches])
    assert order.padding_share() == pytest.approx(1 - lengths.sum() / (32 * longest.sum()))
    assert all(map(np.array_equal, order.without_ladder().batches(0), batches))
