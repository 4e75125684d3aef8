"""`predict_answer`: outputs as the JSON that TensorFlow Serving writes of them."""

import base64
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.serving.rest_error import RestError
from bert_keras.serving.signature import Arrays

_BYTES = "_bytes"  # an output whose name ends so is bytes and no text


def predict_answer(outputs: Arrays, by_row: bool) -> dict[str, Any]:
    """`{"predictions": [row, …]}`, or `{"outputs": {name: column}}`; of a single output its values stand alone.

    >>> predict_answer({"label": np.array([b"good"], object), "score": np.array([0.75])}, by_row=True)
    {'predictions': [{'label': 'good', 'score': 0.75}]}

    Args:
        outputs: an array by output.
        by_row: whether rows were asked for.

    Raises:
        RestError: 400 if rows were asked for, and the outputs have not as many each.
    """
    columns = {name: _plain(name, value) for name, value in outputs.items()}
    if not by_row:
        return {"outputs": columns if len(columns) > 1 else next(iter(columns.values()))}
    rows = {name: value.shape[0] if value.ndim else None for name, value in outputs.items()}
    if len(set(rows.values())) > 1 or None in rows.values():
        raise RestError(400, checks.message("the request", "have `inputs`: the outputs have no rows", rows))
    if len(columns) == 1:
        return {"predictions": next(iter(columns.values()))}
    return {"predictions": [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]}


def _plain(name: str, value: np.ndarray) -> Any:
    """Lists of Python's values; floats have the digits that make them the same float32 again."""
    if value.dtype.kind == "O":
        return _texts(value.tolist(), name.endswith(_BYTES))
    if value.dtype == np.float32:
        value = np.array([float(str(number)) for number in value.ravel()]).reshape(value.shape)
    return value.tolist()


def _texts(value: Any, as_bytes: bool) -> Any:
    if isinstance(value, list):
        return [_texts(one, as_bytes) for one in value]
    return {"b64": base64.b64encode(value).decode("ascii")} if as_bytes else value.decode("utf-8", "replace")
