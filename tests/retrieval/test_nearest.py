"""The nearest rows, beside sorting all cosines."""

import numpy as np
import pytest

from bert_keras.retrieval import nearest as module
from bert_keras.retrieval.nearest import nearest


@pytest.fixture
def rows():
    random = np.random.default_rng(3)
    vectors = random.normal(size=(57, 6)).astype("float32")
    vectors[40] = vectors[7]  # as near as another
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.parametrize("k", [1, 5, 57, 100])
@pytest.mark.parametrize("block", [1, 200, 1 << 24])
def test_they_are_the_first_of_all_rows_sorted(rows, k, block, monkeypatch):
    monkeypatch.setattr(module, "_BLOCK", block)
    queries = rows[[7, 3, 50]]
    for query, (found, cosines) in zip(queries, nearest(rows, queries, k), strict=True):
        exact = [sum(float(a) * float(b) for a, b in zip(query, row, strict=True)) for row in rows]
        wanted = sorted(range(57), key=lambda row: (-round(exact[row], 6), row))[:k]
        assert found.tolist() == wanted
        np.testing.assert_allclose(cosines, [exact[row] for row in wanted], atol=1e-6)
    assert nearest(rows, queries, 2)[0][0].tolist() == [7, 40]


def test_the_best_of_each_group(rows):
    groups = np.repeat(np.arange(10), [3, 9, 1, 1, 10, 12, 1, 5, 5, 10])
    for query, (found, cosines) in zip(rows[:4], nearest(rows, rows[:4], 4, groups), strict=True):
        exact = rows @ query
        best = {group: max(np.flatnonzero(groups == group), key=lambda row: exact[row]) for group in range(10)}
        wanted = sorted(best.values(), key=lambda row: -exact[row])[:4]
        assert found.tolist() == wanted
        np.testing.assert_allclose(cosines, exact[wanted], atol=1e-6)


def test_what_is_added_counts(rows, monkeypatch):
    monkeypatch.setattr(module, "_BLOCK", 60)  # a query at a time
    more = np.random.default_rng(4).random((3, 57), "float32")
    for number, (found, scores) in enumerate(nearest(rows, rows[:3], 5, added=lambda own: more[own])):
        exact = rows @ rows[number] + more[number]
        assert found.tolist() == np.argsort(-exact)[:5].tolist()
        np.testing.assert_allclose(scores, exact[found], atol=1e-6)
