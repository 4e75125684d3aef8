"""Training on packed rows gives what the same steps give with a row for each text, in every way in which a step runs."""

import copy
import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf
import tuned

from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.optimization.adamw import build_optimizer
from bert_keras.optimization.recipe import Recipe
from bert_keras.text_classification.text_classifier import TextClassifier

RATE = Recipe(learning_rate=1e-3)
ROWS, BATCH = 44, 8  # the last batch has four texts
WAYS = {
    "alone": {},
    "compiled": {"jit_compile": True},
    "micro_batches": {"micro_batches": 2},
    "replicas": {"replicas": 2},
    "micro_batches_of_replicas": {"micro_batches": 2, "replicas": 2},
    "class_weight": {"class_weight": {0: 0.5, 1: 2.0}},
}


def as_single(order):
    """The same batches with a row for each text, all padded to the length of a packed row."""
    order = copy.copy(order)
    order.packing = None
    return order


def made(encoder_folder, packed, jit_compile=False, micro_batches=1, replicas=1, row_weights=False, policy="float32"):
    """A compiled model without dropout, and its data."""
    strategy = tf.distribute.get_strategy()
    if replicas > 1:
        strategy = tf.distribute.MirroredStrategy([f"CPU:{number}" for number in range(replicas)])
    with strategy.scope():
        dtype = keras.dtype_policies.DTypePolicy(policy)
        encoder = load_encoder(encoder_folder, native=True, dropout=0.0, attention_dropout=0.0, dtype=dtype)
        model = TextClassifier(encoder, dropout=0.0, seed=5)
        model.compile(build_optimizer(RATE), jit_compile=jit_compile, micro_batches=micro_batches, static_shapes=True)
    task = tuned.reviews_task(limit=ROWS)
    options = {"packed": micro_batches * replicas, "static_shapes": True, "batch_size": BATCH}
    data = task.load(encoder, parts=("train", "validation"), **options)
    if row_weights:
        split = data.splits["train"]
        weights = np.linspace(0.0, 3.0, len(split), dtype="float32")
        data.splits["train"] = dataclasses.replace(split, examples=dataclasses.replace(split.examples, weights=weights))
    return model, data, data if packed else dataclasses.replace(data, order=as_single(data.order))


def trained(folder, packed, class_weight=None, **way):
    model, _, data = made(folder, packed, **way)
    weights = {"class_weight": class_weight} if class_weight else {}
    history = model.fit(data.train, epochs=2, verbose=0, **weights).history
    return model, history


def assert_equal(one, other, close=1e-5):
    assert one[1].keys() == other[1].keys()
    for name in one[1]:
        np.testing.assert_allclose(one[1][name], other[1][name], atol=close)
    for mine, theirs in zip(one[0].weights, other[0].weights, strict=True):
        np.testing.assert_allclose(mine.numpy(), theirs.numpy(), atol=close, err_msg=mine.path)


@pytest.fixture(scope="module")
def single(tiny_encoder):
    """Trained with a row for each text, on one device."""
    return trained(tiny_encoder, packed=False)


@pytest.mark.parametrize("way", ["alone", "compiled", "micro_batches", "replicas"])
def test_packed_rows_train_as_single_ones(way, tiny_encoder, single):
    assert_equal(trained(tiny_encoder, packed=True, **WAYS[way]), single)
