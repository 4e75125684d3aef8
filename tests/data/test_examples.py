"""`Examples`: rows that belong together, and their first so many."""

import numpy as np
import pytest

from bert_keras.data.examples import Examples


def test_the_first_rows():
    rows = Examples((["a", "b", "c"], ["d", "e", "f"]), np.array([1, 0, 1], "int32"), np.array([7, 8, 9]), "x.tsv")
    assert len(rows) == 3
    first = rows.head(2)
    assert (first.texts, first.labels.tolist(), first.ids.tolist()) == ((["a", "b"], ["d", "e"]), [1, 0], [7, 8])
    assert first.source == "x.tsv"
    assert rows.head(None) is rows and rows.head(3) is rows and rows.head(99) is rows
    assert Examples((["a", "b"],), None, np.arange(2)).head(1).labels is None


def test_a_limit_that_is_none():
    rows = Examples((["a", "b"],), None, np.arange(2))
    for limit in (0, -1):
        with pytest.raises(ValueError, match=f"`limit` must be at least 1. Received: limit={limit}"):
            rows.head(limit)
    with pytest.raises(TypeError, match=r"`limit` must be an integer. Received: limit=0.5"):
        rows.head(0.5)


def test_the_rows_from_a_place_on():
    rows = Examples((["a", "b", "c"],), np.array([1, 0, 1], "int32"), np.array([7, 8, 9])).tail(1)
    assert (rows.texts, rows.labels.tolist(), rows.ids.tolist()) == ((["b", "c"],), [0, 1], [8, 9])


@pytest.mark.parametrize(
    ("texts", "labels", "received"),
    [
        ((["a"],), None, r"{'texts\[0\]': 1}"),
        ((["a", "b"], ["c"]), None, r"{'texts\[0\]': 2, 'texts\[1\]': 1}"),
        ((["a", "b"],), np.zeros(3, "int32"), r"{'texts\[0\]': 2, 'labels': 3}"),
        ((), {"start": np.zeros(2), "end": np.zeros(1)}, r"{'start': 2, 'end': 1}"),
    ],
)
def test_columns_of_other_lengths_are_refused(texts, labels, received):
    words = rf"`columns` must have as many rows as there are ids of x.tsv, 2. Received: columns={received}"
    with pytest.raises(ValueError, match=words):
        Examples(texts, labels, np.arange(2), "x.tsv")
