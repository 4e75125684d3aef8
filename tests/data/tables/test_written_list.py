"""Lists that are written as text, and texts that only look so."""

import pytest

from bert_keras.data.tables.written_list import written_list


@pytest.mark.parametrize(
    ("value", "found"),
    [("['a', 'b']", ["a", "b"]), ("[1, 2]", [1, 2]), ("[]", []), ("[a, b]", None), ("['a'", None), ("('a',)", None)],
)
def test_a_list_or_none(value, found):
    assert written_list(value) == found
    assert written_list(["a"]) is None and written_list("[" * 5000 + "]" * 5000) is None
