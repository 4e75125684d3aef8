"""Columns of 0 and 1 as one column of lists of names."""

import numpy as np
import pytest

from bert_keras.data.tables.held_table import HeldTable
from bert_keras.data.tables.indicator_table import IndicatorTable, with_indicators

TABLE = HeldTable(
    {"text": ["r", "s", "t"], "a": [1, "0", True], "b": [np.int64(0), None, "1.0"], "c": [1, None, 0]}, "t"
)


def test_by_hand():
    table = with_indicators(TABLE, "a, b")
    assert isinstance(table, IndicatorTable) and table.columns == ("text", "a", "b", "c", "a,b")
    assert table.where(1) == "t, row 1" and (table.name, table.joined, table.indicators) == ("t", "a,b", ("a", "b"))
    with pytest.raises(ValueError, match=r"t, row 1: `b` must be 0 or 1.*b=None"):
        list(table.rows(["a,b"]))
    (rows,) = table.rows(["text", "a"])
    assert rows.columns == {"text": ["r", "s", "t"], "a": [1, "0", True]}


def test_cells_in_every_spelling():
    spellings = {
        "yes": [1, 1.0, True, "1", "1.0", "True", " true ", np.bool_(True)],
        "no": [0, 0.0, False, "0", "0.0", "False", "FALSE", np.int8(0)],
    }
    (rows,) = with_indicators(HeldTable(spellings, "t"), "yes,no").rows(["yes,no"])
    assert rows.columns["yes,no"] == [["yes"]] * 8
    missing = {"x": [None, float("nan"), "", 1], "y": ["nan", None, "", 1]}
    (rows,) = with_indicators(HeldTable(missing, "t"), "x,y").rows(["x,y"])
    assert rows.columns["x,y"] == [None, None, None, ["x", "y"]]


@pytest.mark.parametrize("label", ["text", "nothing", "x,y"])
def test_other_names_are_left_alone(label):
    assert with_indicators(TABLE, label) is TABLE
