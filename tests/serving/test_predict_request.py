"""Bodies of requests: both formats, and what is said of each that is at fault."""

import json

import hypothesis
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import strategies

from bert_keras.serving.predict_request import PredictRequest
from bert_keras.serving.rest_error import RestError
from bert_keras.serving.serving_limits import ServingLimits
from bert_keras.serving.signature import Signature

LIMITS = ServingLimits(request_rows=4, queue_rows=4, text_characters=10)


def signature(name, **specs):
    made = [tf.TensorSpec(shape, dtype, name=key) for key, (shape, dtype) in specs.items()]

    def function(*inputs):
        return {"rows": tf.shape(inputs[0]) if inputs else tf.constant([1])}

    return Signature(name, tf.function(function, made, autograph=False).get_concrete_function())


COLUMN = ([None], tf.string)
SIGNATURES = {
    one.name: one
    for one in (
        signature("serving_default", text=COLUMN),
        signature("pair", text=COLUMN, text_pair=COLUMN),
        signature("choices", prompt=COLUMN, choices=([None, None], tf.string)),
        signature("threshold", text=COLUMN, threshold=([], tf.float32)),
        signature("numbers", whole=([None], tf.int32), real=([None], tf.float32), on=([None], tf.bool)),
        signature("names"),
    )
}


def read(body):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return PredictRequest.read(body, SIGNATURES, LIMITS)


def inputs_of(body):
    return {name: value.tolist() for name, value in read(body).inputs.items()}


@pytest.mark.parametrize(
    "body",
    [
        {"instances": ["a", "é"]},
        {"instances": [{"text": "a"}, {"text": "é"}]},
        {"instances": ["a", {"b64": "w6k="}]},
        {"instances": [{"text": {"b64": "YQ=="}}, {"text": "é"}]},
        {"inputs": ["a", "é"]},
        {"inputs": {"text": ["a", {"b64": "w6k="}]}},
        {"signature_name": "serving_default", "inputs": {"text": ["a", "é"]}},
        {"signature_name": "", "instances": ["a", "é"]},
    ],
)
def test_the_ways_to_say_two_texts(body):
    found = read(body)
    assert inputs_of(body) == {"text": [b"a", "é".encode()]}
    assert found.rows == 2 and found.by_row == ("instances" in body)
    assert found.signature is SIGNATURES["serving_default"]


def test_rows_of_several_inputs():
    rows = [{"text_pair": "b", "text": "a"}, {"text": "c", "text_pair": "d"}]
    wanted = {"text": [b"a", b"c"], "text_pair": [b"b", b"d"]}
    assert inputs_of({"signature_name": "pair", "instances": rows}) == wanted
    columns = {"text": ["a", "c"], "text_pair": ["b", "d"]}
    assert inputs_of({"signature_name": "pair", "inputs": columns}) == wanted


def test_lists_in_rows():
    rows = [{"prompt": "a", "choices": ["b", "c"]}, {"prompt": "d", "choices": ["e", "f"]}]
    found = read({"signature_name": "choices", "instances": rows})
    assert found.inputs["choices"].shape == (2, 2) and found.inputs["choices"].tolist() == [[b"b", b"c"], [b"e", b"f"]]
    columns = {"prompt": ["a", "d"], "choices": [["b", "c"], ["e", "f"]]}
    again = read({"signature_name": "choices", "inputs": columns})
    assert again.inputs["choices"].tolist() == found.inputs["choices"].tolist()


def test_one_number_for_all_rows():
    found = read({"signature_name": "threshold", "inputs": {"text": ["a", "b"], "threshold": -1}})
    assert found.inputs["threshold"].dtype == np.float32 and found.inputs["threshold"].shape == () and found.rows == 2


def test_a_signature_that_takes_nothing():
    found = read({"signature_name": "names", "inputs": {}})
    assert found.inputs == {} and found.rows == 1 and not found.by_row


def test_numbers_and_booleans():
    found = read({"signature_name": "numbers", "inputs": {"whole": [1], "real": [2], "on": [True]}})
    assert [found.inputs[name].dtype.name for name in ("whole", "real", "on")] == ["int32", "float32", "bool"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "The body must be JSON in UTF-8, and is not"),
        (b"no json", "The body must be JSON in UTF-8, and is not: Expecting value"),
        (b"\xff{}", "must be JSON in UTF-8, and is not: 'utf-8' codec"),
        (b"[" * 200_000, "must be JSON in UTF-8, and is not"),
        (b'{"instances": [NaN]}', "must be JSON in UTF-8, and is not: NaN is no number"),
        (b'{"instances": [' + b"9" * 5000 + b"]}", "must be JSON in UTF-8, and is not"),
        ([1], r"`the request` must be an object in JSON. Received: the request=\[1\]"),
        ({}, "`the request` must have either `instances` or `inputs`"),
        ({"instances": ["a"], "inputs": ["a"]}, "`the request` must have either `instances` or `inputs`"),
        ({"instance": ["a"]}, "`a key of the request` must be one of .*Did you mean 'instances'"),
        ({"instances": []}, r"`instances` must hold a row at least. Received: instances=\[\]"),
        ({"inputs": {"text": []}}, r"`inputs` must hold a row at least"),
        ({"inputs": []}, r"`inputs` must hold a row at least"),
        ({"instances": "a"}, "`instances` must be a list of rows"),
        ({"instances": {"text": "a"}}, "`instances` must be a list of rows"),
        ({"inputs": {"text": "a"}}, "`inputs.text` must be a list, a value for each row"),
        ({"inputs": "a"}, "`inputs.text` must be a list"),
        ({"instances": [{"txt": "a"}]}, r"`instances\[0\]` must have exactly `text`.*\['txt'\].*Did you mean 'text'"),
        ({"instances": ["a", {"text": "a", "n": 1}]}, r"`instances\[1\]` must have exactly `text`"),
        ({"inputs": {}}, "`inputs` must have exactly `text`"),
        ({"inputs": {"text": ["a"], "b": 1}}, "`inputs` must have exactly `text`"),
        ({"instances": [5]}, r"`instances\[0\]` must be a string, or .*Received: instances\[0\]=5"),
        ({"instances": ["a", None]}, r"`instances\[1\]` must be a string"),
        ({"instances": [["a"]]}, r"`instances\[0\]` must be a string"),
        ({"instances": [{"text": {"b64": 5}}]}, r"`instances\[0\]` must be a string"),
        ({"instances": [{"b64": "?"}]}, r"`instances\[0\]` must be UTF-8 in Base64"),
        ({"instances": [{"b64": "/w=="}]}, r"`instances\[0\]` must be UTF-8 in Base64.*'utf-8' codec"),
        ({"instances": ["a\ud83d"]}, r"`instances\[0\]` must be Unicode, and its character 1 is half a surrogate pair"),
        ({"inputs": {"text": ["a", "\udc00"]}}, r"`inputs.text\[1\]` must be Unicode, and its character 0"),
        ({"instances": ["a"] * 5}, "`rows` must be 4 at most in a request. Received: rows=5"),
        ({"instances": ["a" * 11]}, r"`instances\[0\]` must have 10 characters at most.*'11 characters'"),
        ({"signature_name": 5, "instances": ["a"]}, "`signature_name` must be a string"),
        ({"signature_name": "pairs", "instances": ["a"]}, "`signature_name` must be one of .*Did you mean 'pair'"),
        (
            {"signature_name": "pair", "instances": ["a"]},
            r"`instances\[0\]` must be an object with `text` and `text_pa",
        ),
        ({"signature_name": "pair", "instances": [{"b64": "YQ=="}]}, r"`instances\[0\]` must be an object with `text`"),
        ({"signature_name": "pair", "inputs": ["a"]}, "`inputs` must be an object with `text` and `text_pair`"),
        ({"signature_name": "pair", "inputs": {"text": ["a"], "text_pair": ["a", "b"]}}, "`text` 1, `text_pair` 2"),
        (
            {"signature_name": "pair", "inputs": {"text": ["a"], "text_pair": []}},
            "`inputs` must have as many rows in every column",
        ),
        (
            {"signature_name": "choices", "instances": [{"prompt": "a", "choices": "b"}]},
            r"`instances\[0\].choices` must be a list",
        ),
        (
            {"signature_name": "choices", "instances": [{"prompt": "a", "choices": []}]},
            r"`instances\[0\].choices` must hold a value at least",
        ),
        (
            {"signature_name": "choices", "inputs": {"prompt": ["a", "b"], "choices": [["a", "b"], ["a"]]}},
            r"`inputs.choices\[1\]` must hold as many values as that of the first row, 2",
        ),
        (
            {"signature_name": "choices", "inputs": {"prompt": ["a"], "choices": [["a", 5]]}},
            r"`inputs.choices\[0\]\[1\]` must be a string",
        ),
        (
            {"signature_name": "choices", "inputs": {"prompt": ["a"], "choices": [["a"] * 5]}},
            r"`inputs.choices\[0\]` must hold 4 values at most",
        ),
        ({"signature_name": "threshold", "instances": [{"text": "a", "threshold": 1}]}, "one for all rows"),
        (
            {"signature_name": "threshold", "inputs": {"text": ["a"], "threshold": [1]}},
            "`inputs.threshold` must be a nu",
        ),
        ({"signature_name": "threshold", "inputs": {"text": ["a"], "threshold": True}}, "must be a number"),
        ({"signature_name": "threshold", "inputs": {"text": ["a"], "threshold": 1e39}}, "a number of type float32"),
        ({"signature_name": "threshold", "inputs": {"text": ["a"], "threshold": 10**400}}, "a number of type float32"),
        (
            {"signature_name": "numbers", "inputs": {"whole": [1.5], "real": [2], "on": [True]}},
            "whole number of type i",
        ),
        ({"signature_name": "numbers", "inputs": {"whole": [2**31], "real": [2], "on": [True]}}, "whole number of typ"),
        ({"signature_name": "numbers", "inputs": {"whole": [1], "real": ["2"], "on": [True]}}, "must be a number"),
        ({"signature_name": "numbers", "inputs": {"whole": [1], "real": [2], "on": [1]}}, "must be true or false"),
        ({"signature_name": "names", "instances": []}, "'names' takes no rows"),
        ({"signature_name": "names", "inputs": []}, r"`inputs` must be \{\}"),
        ({"signature_name": "names", "inputs": {"text": ["a"]}}, "`inputs` must have exactly nothing"),
    ],
)
def test_what_is_at_fault_is_said(body, said):
    with pytest.raises(RestError, match=said) as found:
        read(body)
    assert found.value.status == 400


LEAVES = strategies.one_of(
    strategies.none(),
    strategies.booleans(),
    strategies.integers(),
    strategies.floats(allow_nan=False, allow_infinity=False),
    strategies.text(strategies.characters(), max_size=12),  # with halves of surrogate pairs
    strategies.fixed_dictionaries({"b64": strategies.text("YWJj=/+?", max_size=8)}),
)
SPECS = {name: one.inputs for name, one in SIGNATURES.items()}
VALUES = strategies.recursive(
    LEAVES,
    lambda inner: strategies.lists(inner, max_size=5) | strategies.dictionaries(strategies.text(max_size=4), inner),
    max_leaves=8,
)


def nearly(spec, levels):
    """Strategy of values of an input, with a list for each level, of which some are at fault."""
    kinds = {"string": strategies.text(max_size=9), "int32": strategies.integers(-5, 5), "bool": strategies.booleans()}
    value = kinds.get(spec.dtype.name, strategies.floats(-5, 5))
    for _ in range(levels):
        value = strategies.lists(value, min_size=2, max_size=2)
    return value | VALUES if levels else strategies.one_of(value, value, value, LEAVES)


@strategies.composite
def requests(draw):
    name = draw(strategies.sampled_from(sorted(SPECS)))
    by_row = draw(strategies.booleans())
    columns = {
        key: nearly(spec, spec.shape.rank - (by_row and spec.shape.rank > 0)) for key, spec in SPECS[name].items()
    }
    row = strategies.fixed_dictionaries(columns)
    asked = {"signature_name": name} if name != "serving_default" else {}
    content = strategies.lists(row, max_size=5) if by_row else row
    return {**asked, "instances" if by_row else "inputs": draw(content | VALUES)}


@hypothesis.given(requests() | VALUES)
@hypothesis.settings(max_examples=500, deadline=None)
def test_whatever_comes_is_read_or_refused(asked):
    """What is read has the types and ranks of the signature, and as many rows in every column."""
    try:
        found = read(json.dumps(asked).encode())
    except RestError as error:
        assert error.status == 400 and json.dumps({"error": error.text})
        return
    assert set(found.inputs) == set(found.signature.inputs)
    for name, spec in found.signature.inputs.items():
        assert found.inputs[name].ndim == spec.shape.rank
        tf.constant(found.inputs[name], spec.dtype, found.inputs[name].shape)
    assert {len(found.inputs[name]) for name in found.signature.row_inputs} <= {found.rows}


@hypothesis.given(strategies.binary(max_size=40) | strategies.text().map(lambda text: text.encode("utf-8", "replace")))
@hypothesis.settings(max_examples=200, deadline=None)
def test_bytes_that_are_no_request_are_refused(body):
    with pytest.raises(RestError) as found:
        read(body)
    assert found.value.status == 400
