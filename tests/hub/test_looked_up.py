"""Which variables a flat graph only looks rows up of."""

import pytest
import tensorflow as tf

from bert_keras.hub.looked_up import looked_up
from bert_keras.hub.seeded_call import SeededCall
from bert_keras.hub.seeded_graph import seeded_graph

TABLE = tf.Variable(tf.random.stateless_normal([7, 3], [1, 2]))
IDS = tf.TensorSpec([None], tf.int32)


def dropped(rows):
    return tf.nn.dropout(rows, 0.1)  # a graph that draws nothing is not written out


def in_a_call(ids):
    return dropped(tf.function(lambda ids: tf.gather(tf.identity(TABLE), ids))(ids))


def under_a_condition(ids):
    looked = tf.cond(tf.size(ids) > 1, lambda: tf.reduce_sum(tf.cast(TABLE, tf.int32)), lambda: 0)
    return dropped(tf.gather(TABLE, ids)) + tf.cast(looked, tf.float32)


FORMS = {
    "rows": (lambda ids: dropped(tf.gather(TABLE, ids)), True),
    "rows, twice": (lambda ids: dropped(tf.gather(TABLE, ids) + tf.nn.embedding_lookup(TABLE, ids)), True),
    "rows, in a function": (in_a_call, True),
    "one-hot": (lambda ids: dropped(tf.one_hot(ids, 7) @ TABLE), False),
    "rows, and the table as a kernel": (lambda ids: dropped(tf.gather(TABLE, ids) @ tf.transpose(TABLE)), False),
    "rows of a scaled table": (lambda ids: dropped(tf.gather(TABLE / tf.norm(TABLE), ids)), False),
    "rows, and the table": (lambda ids: (dropped(tf.gather(TABLE, ids)), tf.identity(TABLE)), False),
    "rows, and a condition": (under_a_condition, False),
    "a table that says which rows": (
        lambda ids: dropped(tf.gather(tf.ones([7, 3]), tf.cast(tf.gather(TABLE, ids), tf.int32) * 0)),
        True,
    ),
    "the table as indices": (lambda ids: dropped(tf.gather(tf.ones([7, 3]), tf.cast(TABLE, tf.int32) * ids[0])), False),
}


@pytest.mark.parametrize("name", FORMS)
def test_forms_of_use(name):
    run, wanted = FORMS[name]
    function = tf.function(run, autograph=False).get_concrete_function(IDS)
    assert (1 in looked_up(seeded_graph(function))) == wanted
    call = SeededCall(run, [TABLE])
    assert call.looks_up_rows_of(TABLE, IDS, {}) == wanted


def test_a_graph_that_draws_nothing_is_not_known():
    assert not SeededCall(lambda ids: tf.gather(TABLE, ids), [TABLE]).looks_up_rows_of(TABLE, IDS, {})
