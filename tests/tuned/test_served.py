"""What served graphs share: what they hold of a model, the names of labels."""

import types

import pytest
import tensorflow as tf
import tiny

from bert_keras.text.tokenizer import Tokenizer
from bert_keras.tuned.served import Served, constant_names


def test_it_holds_numbers_and_tables_and_no_tokenizer(vocab_file):
    encoder, tokenizer, predictor = tiny.native_encoder(), Tokenizer(vocab_file), types.SimpleNamespace()
    served = Served(predictor, encoder, tokenizer)
    assert served._predictor is predictor
    numbers = [held for held in served.held if isinstance(held, tf.Variable)]
    assert len(numbers) == len(encoder.variables) and {*map(id, served.variables)} == {*map(id, numbers)}
    tables = [held for held in served.held if not isinstance(held, tf.Variable)]
    kinds = (tf.lookup.StaticHashTable, tf.lookup.TextFileInitializer)
    assert tables and all(isinstance(table, kinds) for table in tables)
    with pytest.raises(NotImplementedError):
        served.signatures()


def test_names_of_labels_as_a_signature():
    names = constant_names(("poor", "good ✓"))()["label_names"]
    assert [name.decode() for name in names.numpy()] == ["poor", "good ✓"]
