"""Rows that are known again by their texts."""

import numpy as np
import pytest

from bert_keras.data.row_digests import RowDigests

ROWS = [("a", "b"), ("ab",), ("a", "b"), ("é", "")]


def test_rows_are_known_by_all_their_texts(tmp_path):
    known = RowDigests.of(ROWS)
    assert len(known) == 3
    assert known.among([("a", "b"), ("b", "a"), ("ab",), ("e", ""), ("é", "")]).tolist() == [
        True,
        False,
        True,
        False,
        True,
    ]
    assert RowDigests.of(ROWS[:2]).are_all_in(known) and not known.are_all_in(RowDigests.of(ROWS[:2]))
    file = tmp_path / "trained_rows.npy"
    known.write(file)
    assert np.array_equal(RowDigests.read(file).values, known.values)
    assert RowDigests.read(tmp_path / "none") is None
    for damage in (b"", file.read_bytes()[:100], b"other bytes"):
        file.write_bytes(damage)
        with pytest.raises(ValueError, match=r"hold a trained_rows\.npy that can be read.*copy the whole model folder"):
            RowDigests.read(file)


def test_no_rows():
    none = RowDigests.of([])
    assert len(none) == 0 and none.among(ROWS).tolist() == [False] * 4 and none.are_all_in(RowDigests.of(ROWS))
