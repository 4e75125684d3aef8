"""The list of operations that a graph may hold: none of it reads or writes files, or calls something outside."""

import pytest
import tensorflow as tf
from tensorflow.python.framework import op_def_registry

from bert_keras.hub.pure_operations import PURE_OPERATIONS, TEXT_OPERATIONS

JOINS_NAMES = {"ShardedFilename"}  # a string of strings, whatever it is called


def test_every_one_is_tensorflows_own():
    assert not [name for name in PURE_OPERATIONS if not hasattr(tf.raw_ops, name)]
    assert not PURE_OPERATIONS & TEXT_OPERATIONS


def test_those_of_texts_are_tensorflow_texts():
    pytest.importorskip("tensorflow_text", reason="tensorflow-text is not here")
    assert not [name for name in TEXT_OPERATIONS if op_def_registry.get(name) is None]


@pytest.mark.parametrize(
    "part", ["File", "PyFunc", "Dataset", "Reader", "Remote", "Print", "Debug", "Summary", "Remapping", "Checkpoint"]
)
def test_none_has_a_name_of_what_reaches_outside(part):
    assert any(part in name for name in dir(tf.raw_ops))
    assert not [name for name in (PURE_OPERATIONS | TEXT_OPERATIONS) - JOINS_NAMES if part in name]
