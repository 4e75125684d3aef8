"""Entities decoded in the graph are those that `metrics.entities` reads in Python."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from bert_keras.metrics.entities import entities
from bert_keras.token_classification.entity_decoder import EntityDecoder
from bert_keras.token_classification.schemes import tag_names

COLUMNS = [tf.TensorSpec([None], dtype) for dtype in (tf.int32, tf.float32, tf.int32)]


@pytest.mark.parametrize("scheme", ["bio", "bioes"])
def test_any_tags_give_the_entities_of_python(scheme):
    names = tag_names(["O", "B-X", "B-Y"], scheme)
    decode = tf.function(EntityDecoder(names, False).__call__, input_signature=COLUMNS, autograph=False)

    @settings(max_examples=150, deadline=None)
    @given(st.lists(st.lists(st.sampled_from(names), max_size=7), max_size=5))
    def compare(sentences):
        words = [(names.index(tag), row) for row, tags in enumerate(sentences) for tag in tags]
        classes, rows = (np.array([word[side] for word in words], "int32") for side in (0, 1))
        scores = np.linspace(0.1, 0.9, len(words), dtype="float32")
        found = decode(classes, scores, rows)
        expected, before = [], 0
        for row, tags in enumerate(sentences):
            for kind, first, limit in entities(tags):
                own = scores[before + first : before + limit]
                expected.append(("XY".index(kind), before + first, before + limit - 1, own.mean(), row))
            before += len(tags)
        columns = zip(found.kinds, found.firsts, found.lasts, found.scores, found.rows, strict=True)
        assert [tuple(float(value) for value in row) for row in columns] == [pytest.approx(row) for row in expected]

    compare()


def test_of_plain_tags_every_word_is_one_of_its_tag():
    decoder = EntityDecoder(["NN", "VB"], True)
    found = decoder(tf.constant([1, 1, 0]), tf.constant([0.5, 0.25, 1.0]), tf.constant([0, 0, 1]))
    assert [decoder.kinds[kind] for kind in found.kinds] == ["VB", "VB", "NN"]
    assert (found.firsts.numpy() == found.lasts.numpy()).all() and found.rows.numpy().tolist() == [0, 0, 1]


def test_what_is_outside_is_the_class_named_so():
    assert EntityDecoder(["B-X", "O", "I-X"], False).outside == 1
