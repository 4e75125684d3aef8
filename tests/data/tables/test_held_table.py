"""`held_table`: objects in memory as rows, with the names of what Hugging Face numbers."""

import datasets
import pytest

from bert_keras.data.tables.held_table import held_table

NAMES = datasets.ClassLabel(names=["O", "B-X", "I-X"])


def rows_of(table):
    return [row for chunk in table.rows(table.columns) for row in zip(*chunk.columns.values(), strict=True)]


def dataset_of(columns, features):
    return datasets.Dataset.from_dict(columns, datasets.Features(features))


@pytest.mark.parametrize("as_list", [datasets.Sequence, lambda feature: [feature]])
@pytest.mark.parametrize("streamed", [False, True])
def test_names_of_classes_in_lists(as_list, streamed):
    columns = {"tokens": [["a", "b"], [], ["c"]], "tags": [[0, 1], [], [-1]]}
    dataset = dataset_of(columns, {"tokens": as_list(datasets.Value("string")), "tags": as_list(NAMES)})
    found = rows_of(held_table(dataset.to_iterable_dataset() if streamed else dataset))
    assert found == [(["a", "b"], ["O", "B-X"]), ([], []), (["c"], [None])]


def test_names_of_classes_at_any_depth():
    features = {
        "nested": datasets.Sequence(datasets.Sequence(NAMES)),
        "within": {"tag": NAMES, "more": datasets.Value("int32")},
        "lists": datasets.Sequence({"tag": NAMES, "more": datasets.Value("int32")}),
        "objects": [{"tag": NAMES}],
    }
    columns = {
        "nested": [[[1, 2], [0]]],
        "within": [{"tag": 2, "more": 2}],
        "lists": [{"tag": [1, -1], "more": [1, 0]}],
        "objects": [[{"tag": 1}, {"tag": -1}]],
    }
    nested, within, lists, objects = rows_of(held_table(dataset_of(columns, features)))[0]
    assert nested == [["B-X", "I-X"], ["O"]] and within == {"tag": "I-X", "more": 2}
    assert lists == {"tag": ["B-X", None], "more": [1, 0]}
    assert objects == [{"tag": "B-X"}, {"tag": None}]


def test_a_field_that_a_row_lacks_is_none():
    table = held_table([{"a": 1}, {"b": 2, "a": 3}, {}])
    assert table.columns == ("a", "b") and rows_of(table) == [(1, None), (3, 2), (None, None)]
