"""`PredictRequest`: the body of a request to predict, read and checked, in either format of TensorFlow Serving."""

import base64
import binascii
import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.from_json import NoJson, from_json
from bert_keras.serving.rest_error import RestError
from bert_keras.serving.servable import DEFAULT
from bert_keras.serving.serving_limits import ServingLimits
from bert_keras.serving.signature import Arrays, Signature
from bert_keras.text.strings import bounded_text

_KEYS = ("signature_name", "instances", "inputs")
_B64 = "b64"


@dataclasses.dataclass(frozen=True)
class PredictRequest:
    """What is asked of which signature.

    Args:
        signature: that is called.
        inputs: an array by input: [rows, …], or [] of what the whole request has one of.
        rows: of the request; 1 for a signature without rows.
        by_row: whether the answer is a list of rows (`instances`), or of columns (`inputs`).
    """

    signature: Signature
    inputs: Arrays
    rows: int
    by_row: bool

    @classmethod
    def read(cls, body: bytes, signatures: Mapping[str, Signature], limits: ServingLimits) -> "PredictRequest":
        """A body in JSON.

        Raises:
            RestError: 400, with what is wrong and where.
        """
        try:
            return _read(cls, body, signatures, limits)
        except (ValueError, TypeError) as error:
            raise RestError(400, str(error)) from None


def _read(cls: type, body: bytes, signatures: Mapping[str, Signature], limits: ServingLimits) -> PredictRequest:
    asked = _object(body)
    for key in asked:
        checks.one_of("a key of the request", key, _KEYS)
    if ("instances" in asked) == ("inputs" in asked):
        advice = "`instances` is a list of rows, `inputs` an object of columns."
        raise ValueError(checks.message("the request", "have either `instances` or `inputs`", list(asked), advice))
    signature = _signature(asked.get("signature_name", DEFAULT), signatures)
    by_row = "instances" in asked
    columns = _of_instances(asked["instances"], signature) if by_row else _of_inputs(asked["inputs"], signature)
    lengths = {name: len(columns[name][1]) for name in signature.row_inputs}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"`{name}` {length}" for name, length in lengths.items())
        raise ValueError(checks.message("inputs", "have as many rows in every column", said))
    rows = next(iter(lengths.values()), 1)
    if not rows:
        raise ValueError(checks.message("inputs", "hold a row at least", asked["inputs"]))
    if rows > limits.request_rows:
        advice = "Send them in several requests."
        raise ValueError(checks.message("rows", f"be {limits.request_rows:,} at most in a request", rows, advice))
    inputs = {}
    for name, (where, value) in columns.items():
        inputs[name] = _array(value, signature.inputs[name], where, limits)
    return cls(signature, inputs, rows, by_row)


def _object(body: bytes) -> dict[str, Any]:
    try:
        asked = from_json(body, finite=True)
    except NoJson as error:  # also of UTF-8
        raise ValueError(f"The body must be JSON in UTF-8, and is not: {error}.") from None
    if not isinstance(asked, dict):
        raise TypeError(checks.message("the request", "be an object in JSON", asked))
    return asked


def _signature(name: Any, signatures: Mapping[str, Signature]) -> Signature:
    if not isinstance(name, str):
        raise TypeError(checks.message("signature_name", "be a string", name))
    return signatures[checks.one_of("signature_name", name or DEFAULT, signatures)]


Columns = dict[str, tuple[Callable[[int], str], Any]]  # by input: from a row's number to its place in words; values


def _of_instances(instances: Any, signature: Signature) -> Columns:
    """Columns of rows; a row is an object, or the bare value of the one input."""
    if not isinstance(instances, list):
        raise TypeError(checks.message("instances", "be a list of rows", instances))
    names = list(signature.inputs)
    whole = [name for name in names if name not in signature.row_inputs]
    if whole or not names:
        said = f"`{whole[0]}` is one for all rows" if whole else f"'{signature.name}' takes no rows"
        raise ValueError(checks.message("the request", "have `inputs`", "instances", f"{said}."))
    if not instances:
        raise ValueError(checks.message("instances", "hold a row at least", instances))
    rows = []
    for number, one in enumerate(instances):
        if not isinstance(one, dict) or _is_b64(one):
            if len(names) > 1:
                must = f"be an object with {_listed(names)}"
                raise TypeError(checks.message(f"instances[{number}]", must, one))
            one = {names[0]: one}
        _check_keys(f"instances[{number}]", one, names)
        rows.append(one)
    return {
        name: (
            lambda row, name=name: f"instances[{row}]" + (f".{name}" if len(names) > 1 else ""),
            [r[name] for r in rows],
        )
        for name in names
    }


def _of_inputs(inputs: Any, signature: Signature) -> Columns:
    """Columns as they stand; a bare column is that of the one input."""
    names = list(signature.inputs)
    if not isinstance(inputs, dict) or _is_b64(inputs):
        if len(names) != 1:
            must = f"be an object with {_listed(names)}" if names else "be {}"
            raise TypeError(checks.message("inputs", must, inputs))
        inputs = {names[0]: inputs}
    _check_keys("inputs", inputs, names)
    for name in signature.row_inputs:
        if not isinstance(inputs[name], list):
            raise TypeError(checks.message(f"inputs.{name}", "be a list, a value for each row", inputs[name]))
    return {
        name: (lambda row, name=name: f"inputs.{name}" + (f"[{row}]" if row >= 0 else ""), inputs[name])
        for name in names
    }


def _check_keys(where: str, given: dict[str, Any], names: list[str]) -> None:
    if set(given) != set(names):
        near = [checks.did_you_mean(key, names) for key in given if key not in names]
        raise ValueError(
            checks.message(where, f"have exactly {_listed(names)}", sorted(given), " ".join(filter(None, near)))
        )


def _listed(names: list[str]) -> str:
    return " and ".join(f"`{name}`" for name in names) or "nothing"


def _is_b64(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {_B64} and isinstance(value[_B64], str)


def _array(value: Any, spec: Any, where: Callable[[int], str], limits: ServingLimits) -> np.ndarray:
    """A column as an array of the type and rank of its input."""
    rank = spec.shape.rank
    shape = _shape(value, rank)
    flat: list[Any] = []
    if rank == 0:
        flat.append(_value(value, spec.dtype, where(-1), limits))
    else:
        for row, one in enumerate(value):
            _fill(one, spec.dtype, where(row), shape[1:], limits, flat)
    dtype = object if spec.dtype.name == "string" else spec.dtype.as_numpy_dtype
    array = np.empty(len(flat), dtype)
    array[:] = flat
    return array.reshape(shape)


def _shape(value: Any, rank: int) -> tuple[int, ...]:
    """What the first of each level says; the others must have the same."""
    shape = []
    while len(shape) < rank:
        shape.append(len(value) if isinstance(value, list) else 0)
        value = value[0] if isinstance(value, list) and value else None
    return tuple(shape)


def _fill(value: Any, dtype: Any, where: str, shape: tuple[int, ...], limits: ServingLimits, flat: list[Any]) -> None:
    if not shape:
        flat.append(_value(value, dtype, where, limits))
        return
    if not isinstance(value, list):
        raise TypeError(checks.message(where, "be a list", value))
    if not value:
        raise ValueError(checks.message(where, "hold a value at least", value))
    if len(value) != shape[0]:
        raise ValueError(checks.message(where, f"hold as many values as that of the first row, {shape[0]}", value))
    if len(value) > limits.request_rows:
        raise ValueError(checks.message(where, f"hold {limits.request_rows:,} values at most", len(value)))
    for number, one in enumerate(value):
        _fill(one, dtype, f"{where}[{number}]", shape[1:], limits, flat)


def _value(value: Any, dtype: Any, where: str, limits: ServingLimits) -> Any:
    if dtype.name == "string":
        return _text(value, where, limits)
    if dtype.name == "bool":
        if not isinstance(value, bool):
            raise TypeError(checks.message(where, "be true or false", value))
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(checks.message(where, "be a number", value))
    if dtype.is_integer and not (isinstance(value, int) and dtype.min <= value <= dtype.max):
        raise ValueError(checks.message(where, f"be a whole number of type {dtype.name}", value))
    if dtype.is_floating and not abs(value) <= float(dtype.max):
        raise ValueError(checks.message(where, f"be a number of type {dtype.name}", value))
    return value


def _text(value: Any, where: str, limits: ServingLimits) -> bytes:
    """A string, or `{"b64": …}`, as UTF-8."""
    if _is_b64(value):
        try:
            value = base64.b64decode(value[_B64], validate=True).decode("utf-8")
        except (binascii.Error, ValueError) as error:
            raise ValueError(checks.message(where, "be UTF-8 in Base64", value[_B64], f"{error}.")) from None
    if not isinstance(value, str):
        raise TypeError(checks.message(where, 'be a string, or {"b64": "…"}', value))
    return bounded_text(where, value, limits.text_characters)
