"""`LabelledRows`: labels and numbers beside rows that are no texts: one column, several by name, or none."""

import numpy as np
import pytest

from bert_keras.data.labelled_rows import LabelledRows

IDS = np.array([7, 8, 9])


def test_labels_of_one_column_of_several_and_none():
    one = LabelledRows(np.array([1, 0, 2], "int32"), IDS, "own.json")
    several = LabelledRows({"start": np.array([1, 2, 3]), "end": np.array([4, 5, 6])}, IDS)
    none = LabelledRows(None, IDS, weights=np.array([0.5, 1.0, 2.0], "float32"))
    assert len(one) == len(several) == len(none) == 3
    rows = np.array([2, 0])
    assert one.take(rows).labels.tolist() == [2, 1] and one.take(rows).source == "own.json"
    assert {name: column.tolist() for name, column in several.take(rows).labels.items()} == {
        "start": [3, 1],
        "end": [6, 4],
    }
    assert none.take(rows).labels is None and none.take(rows).weights.tolist() == [2.0, 0.5]
    assert [some.take(rows).ids.tolist() for some in (one, several, none)] == [[9, 7]] * 3
    assert one.take(rows).weights is None and len(several.take(np.array([], "int64"))) == 0


@pytest.mark.parametrize(
    ("labels", "weights", "received"),
    [
        (np.zeros(2), None, r"{'labels': 2}"),
        ({"start": np.zeros(3), "end": np.zeros(1)}, None, r"{'start': 3, 'end': 1}"),
        (None, np.zeros(4), r"{'weights': 4}"),
    ],
)
def test_columns_of_other_lengths_are_refused(labels, weights, received):
    words = rf"`columns` must have as many rows as there are ids of x.tsv, 3. Received: columns={received}"
    with pytest.raises(ValueError, match=words):
        LabelledRows(labels, IDS, "x.tsv", weights)
