"""Training on packed rows gives what the same steps give with a row for each text, however a step is carried out."""

import copy
import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny

from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.optimization.build_optimizer import build_optimizer
from bert_keras.optimization.recipe import Recipe
from bert_keras.running.finetune import finetune
from bert_keras.text_classification.text_classifier import TextClassifier
from bert_keras.training.devices import Devices

RATE = Recipe(learning_rate=1e-3)
ROWS, BATCH = 44, 8  # the last batch has four texts
WAYS = {
    "alone": {},
    "compiled": {"jit_compile": True},
    "micro_batches": {"micro_batches": 2},
    "replicas": {"replicas": 2},
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
    task = tiny.task(rows=ROWS)
    options = {"packed": micro_batches * replicas, "static_shapes": True, "batch_size": BATCH}
    data = task.load(encoder, parts=("train", "validation"), **options)
    if row_weights:
        split = data.splits["train"]
        weights = np.linspace(0.0, 3.0, len(split), dtype="float32")
        split = dataclasses.replace(split, examples=dataclasses.replace(split.examples, weights=weights))
        data.splits["train"] = split
        assert split.lengths.any()  # which are looked up outside a graph
    return model, data, data if packed else dataclasses.replace(data, order=as_single(data.order))


def trained(folder, packed, **way):
    model, _, data = made(folder, packed, **way)
    return model, model.fit(data.train, epochs=2, verbose=0).history


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


@pytest.mark.parametrize("way", WAYS)
def test_packed_rows_train_as_single_ones(way, tiny_encoder, single):
    assert_equal(trained(tiny_encoder, packed=True, **WAYS[way]), single)


def test_texts_do_stand_together_in_rows(tiny_encoder):
    _, data, _ = made(tiny_encoder, packed=True)
    _, _, single = made(tiny_encoder, packed=False)
    counts = {data.order.packed_rows(rows) for rows in data.order.batches(0)}
    assert max(counts) <= BATCH - 2
    assert data.order.padding_share() < single.order.padding_share() - 0.15
    for (features, labels, counted), (others, same, _) in zip(data.train, single.train, strict=True):
        places = features.pop("packed_places").numpy()
        assert places.shape[0] == BATCH and places.shape[1] in counts
        assert ((places > 0).sum(axis=1) == counted.numpy()).all()  # those that fill a batch up have no place
        np.testing.assert_array_equal(labels, same)
        for name in others:
            np.testing.assert_array_equal(features[name], others[name])


def test_the_rest_of_an_epoch_is_that_of_the_whole_one(tiny_encoder):
    _, data, _ = made(tiny_encoder, packed=True)
    whole = [labels.numpy().tolist() for _, labels, _ in data.train]
    for batch, labels in zip(data.rest(0, 4), whole[4:], strict=True):
        assert batch[1].numpy().tolist() == labels
        assert "packed_places" in batch[0]


@pytest.mark.parametrize("way", [{"row_weights": True}, {"policy": "mixed_float16"}], ids=["weights", "loss_scale"])
def test_weights_of_rows_and_the_loss_scale_are_those_of_single_rows(way, tiny_encoder):
    close = 2e-3 if "policy" in way else 1e-5  # products in float16
    assert_equal(*(trained(tiny_encoder, packed=packed, **way) for packed in (True, False)), close)


def test_soft_labels_are_those_of_single_rows(tiny_encoder):
    def softened(packed):
        model, _, data = made(tiny_encoder, packed)
        split = data.splits["train"]
        soft = np.eye(2, dtype="float32")[np.asarray(split.examples.labels)] * 0.8 + 0.1
        data = dataclasses.replace(data, splits={**data.splits, "train": dataclasses.replace(split, soft=soft)})
        return model, model.fit(data.train, epochs=1, verbose=0).history

    assert_equal(softened(True), softened(False))


def test_a_model_that_takes_a_batch_in_other_parts_is_told(tiny_encoder):
    model, data, _ = made(tiny_encoder, packed=True)
    model.compile(micro_batches=2, static_shapes=True)
    with pytest.raises(ValueError, match=r"must be 1, the parts in which the data were packed.*packed=2"):
        model.fit(data)
    mean = TextClassifier(model.encoder, pooling="mean")
    mean.compile(static_shapes=True)
    with pytest.raises(ValueError, match=r"`pooling` must be 'pooled' for texts that are packed"):
        mean.fit(data)
    with pytest.raises(ValueError, match=r"`encoder` must be a native one for packed rows"):
        TextClassifier(tiny.SumEncoder()).fit(data)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"recipe": {"pooling": "mean"}}, r"`pooling` must be 'pooled' with packed=True"),
        ({"recipe": {"native": False}}, r"`packed` must be False but for the native encoder"),
        ({"devices": Devices(static_shapes=False)}, r"`static_shapes` must be True where rows are packed"),
        ({"task": {"long_text": "windows"}}, r"`packed` must be off for long_text='windows'"),
    ],
)
def test_a_run_that_cannot_pack_is_refused_before_anything_is_loaded(change, said, tmp_path):
    recipe = Recipe(**{"native": True, "packed": True, **change.get("recipe", {})})
    task = tiny.task(**change.get("task", {}))
    with pytest.raises(ValueError, match=said):
        finetune(task, "no_such_encoder", tmp_path / "out", recipe=recipe, devices=change.get("devices"))
