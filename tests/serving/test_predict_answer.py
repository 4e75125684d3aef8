"""Outputs as TensorFlow Serving writes them."""

import json
import math

import numpy as np
import pytest

from bert_keras.serving.predict_answer import predict_answer
from bert_keras.serving.rest_error import RestError


def strings(values):
    array = np.empty(np.shape(values), object)
    array[...] = [[one.encode() for one in row] for row in values] if array.ndim == 2 else [v.encode() for v in values]
    return array


OUTPUTS = {
    "label_id": np.array([1, 0], np.int32),
    "label": strings(["gut", "schlecht é"]),
    "probabilities": np.array([[0.1, 0.9], [0.75, 0.25]], np.float32),
}


def test_rows_and_columns():
    assert predict_answer(OUTPUTS, by_row=True) == {
        "predictions": [
            {"label_id": 1, "label": "gut", "probabilities": [0.1, 0.9]},
            {"label_id": 0, "label": "schlecht é", "probabilities": [0.75, 0.25]},
        ]
    }
    assert predict_answer(OUTPUTS, by_row=False) == {
        "outputs": {
            "label_id": [1, 0],
            "label": ["gut", "schlecht é"],
            "probabilities": [[0.1, 0.9], [0.75, 0.25]],
        }
    }


def test_a_single_output_stands_alone():
    one = {"score": np.array([0.5, 1.5], np.float32)}
    assert predict_answer(one, by_row=True) == {"predictions": [0.5, 1.5]}
    assert predict_answer(one, by_row=False) == {"outputs": [0.5, 1.5]}


def test_lists_of_strings_and_empty_lists():
    outputs = {"entity": strings([["a", ""], ["b", "c"]]), "count": np.array([1, 2], np.int32)}
    rows = predict_answer(outputs, by_row=True)["predictions"]
    assert rows == [{"entity": ["a", ""], "count": 1}, {"entity": ["b", "c"], "count": 2}]
    none = {"entity": np.empty((1, 0), object), "count": np.array([0], np.int32)}
    assert predict_answer(none, by_row=True) == {"predictions": [{"entity": [], "count": 0}]}


def test_floats_are_short_and_the_same_again():
    values = np.array([0.1, 1 / 3, 1e-30, 3e38, -0.0], np.float32)
    found = json.loads(json.dumps(predict_answer({"score": values}, by_row=False)["outputs"]))
    assert found[0] == 0.1 and np.array(found, np.float32).tobytes() == values.tobytes()
    (odd,) = predict_answer({"score": np.array([np.nan], np.float32)}, by_row=False)["outputs"]
    assert math.isnan(odd)


def test_bytes_are_base64():
    assert predict_answer({"image_bytes": np.array([b"\xff"], object)}, by_row=False) == {"outputs": [{"b64": "/w=="}]}


def test_outputs_without_rows():
    names = {"names": strings(["a", "b", "c"]), "count": np.array(3, np.int32)}
    assert predict_answer(names, by_row=False) == {"outputs": {"names": ["a", "b", "c"], "count": 3}}
    with pytest.raises(RestError, match="the outputs have no rows") as found:
        predict_answer(names, by_row=True)
    assert found.value.status == 400
