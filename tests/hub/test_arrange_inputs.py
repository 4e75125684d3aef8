"""Three features in the structure that a SavedModel takes: what is rearranged, and what stays as it came."""

import pytest
import tensorflow as tf

from bert_keras.hub.arrange_inputs import arrange_inputs

NAMES = ("input_word_ids", "input_mask", "input_type_ids")
OLD = ("input_ids", "input_mask", "segment_ids")
DICT, OLD_DICT = dict.fromkeys(NAMES, "spec"), dict.fromkeys(OLD, "spec")
BY_NAME, OLD_BY_NAME = dict(zip(NAMES, "imt", strict=True)), dict(zip(OLD, "imt", strict=True))


def specs(*names):
    return [tf.TensorSpec([None, None], tf.int32, name) for name in names]


@pytest.mark.parametrize("inputs", [["i", "m", "t"], ("i", "m", "t"), BY_NAME, OLD_BY_NAME])
@pytest.mark.parametrize(("spec", "expected"), [(DICT, BY_NAME), (OLD_DICT, OLD_BY_NAME)])
def test_by_name(inputs, spec, expected):
    assert arrange_inputs(inputs, spec) == expected


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (specs(*NAMES), ["i", "m", "t"]),
        (specs("input_mask", "input_type_ids", "input_word_ids"), ["m", "t", "i"]),
        (specs("args_0", "args_1", "args_2"), ["i", "m", "t"]),
        (("spec", "spec", "spec"), ["i", "m", "t"]),
    ],
)
def test_in_order(spec, expected):
    assert arrange_inputs(BY_NAME, spec) == expected
    assert arrange_inputs(["i", "m", "t"], spec) == ["i", "m", "t"]


@pytest.mark.parametrize(
    ("inputs", "spec"),
    [
        ("i", "spec"),
        (["i", "m"], DICT),
        ({"input_word_ids": "i"}, DICT),
        ({**BY_NAME, "more": "x"}, DICT),
        (["i", "m", "t"], {"a": 1, "b": 2, "c": 3}),
        (BY_NAME, {"a": 1, "b": 2, "c": 3}),
        (BY_NAME, ["spec", "spec"]),
        (BY_NAME, None),
    ],
)
def test_anything_else_stays(inputs, spec):
    assert arrange_inputs(inputs, spec) is inputs
