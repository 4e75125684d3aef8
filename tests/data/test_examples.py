"""`Examples`: rows that belong together, and their first so many."""

import numpy as np
import pytest

from bert_keras.data.examples import Examples
from bert_keras.data.stored_texts import StoredTexts


def test_the_first_rows():
    rows = Examples((["a", "b", "c"], ["d", "e", "f"]), np.array([1, 0, 1], "int32"), np.array([7, 8, 9]), "x.tsv")
    assert len(rows) == 3
    first = rows.head(2)
    assert (first.texts, first.labels.tolist(), first.ids.tolist()) == ((["a", "b"], ["d", "e"]), [1, 0], [7, 8])
    assert first.source == "x.tsv"
    for whole in (rows.head(3), rows.head(99)):
        assert whole.texts == rows.texts and whole.ids.tolist() == [7, 8, 9]
    assert Examples((["a", "b"],), None, np.arange(2)).head(1).labels is None


def test_the_rows_from_a_place_on():
    rows = Examples((["a", "b", "c"],), np.array([1, 0, 1], "int32"), np.array([7, 8, 9])).tail(1)
    assert (rows.texts, rows.labels.tolist(), rows.ids.tolist()) == ((["b", "c"],), [0, 1], [8, 9])


def test_some_of_the_rows_in_their_order():
    weights = np.array([0.5, 1.0, 2.0], "float32")
    rows = Examples((["a", "b", "c"],), np.array([[1, 0], [0, 1], [1, 1]], "int32"), np.array([7, 8, 9]), "x", weights)
    some = rows.take(np.array([2, 0]))
    assert (some.texts, some.labels.tolist(), some.ids.tolist()) == ((["c", "a"],), [[1, 1], [1, 0]], [9, 7])
    assert some.weights.tolist() == [2.0, 0.5] and some.source == "x"
    stored = Examples((StoredTexts(["a", "b", "c"]),), None, np.arange(3)).take(np.array([1]))
    assert isinstance(stored.texts[0], StoredTexts) and list(stored.texts[0]) == ["b"] and stored.weights is None


@pytest.mark.parametrize(
    ("texts", "labels", "received"),
    [
        ((["a"],), None, r"{'texts\[0\]': 1}"),
        ((["a", "b"], ["c"]), None, r"{'texts\[0\]': 2, 'texts\[1\]': 1}"),
        ((["a", "b"],), np.zeros(3, "int32"), r"{'texts\[0\]': 2, 'labels': 3}"),
    ],
)
def test_columns_of_other_lengths_are_refused(texts, labels, received):
    words = rf"`columns` must have as many rows as there are ids of x.tsv, 2. Received: columns={received}"
    with pytest.raises(ValueError, match=words):
        Examples(texts, labels, np.arange(2), "x.tsv")
