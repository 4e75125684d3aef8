"""`MaskedLM`: TF-Hub's own logits, and a loss of places that count alike, whatever the batches, devices and shapes."""

import bert_reference
import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny
from encoders import VOCABULARY

from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.masked_lm.load_masked import load_masked
from bert_keras.masked_lm.masked_evaluator import MaskedEvaluator
from bert_keras.masked_lm.masked_lm import MaskedLM
from bert_keras.optimization.build_optimizer import build_optimizer
from bert_keras.optimization.recipe import Recipe
from bert_keras.text.tokenizer import Tokenizer

FEATURES = bert_reference.batch(len(VOCABULARY), length=12)
INPUTS = {**FEATURES, "masked_lm_positions": np.array([[1, 3, 0], [2, 2, 5], [11, 0, 1], [4, 6, 8]], "int32")}
RECIPE = Recipe(learning_rate=1e-2, adam_epsilon=1e-3, clip_norm=0.5)


@pytest.fixture(scope="module")
def native(dict_encoder):
    return load_encoder(dict_encoder, native=True)


def tensors(inputs):
    return {name: tf.constant(array) for name, array in inputs.items()}


def places(rows=17, seed=3):
    """Features and ids, -1 where there is no mask; rows have from none to three."""
    random = np.random.default_rng(seed)
    features = tiny.features(rows)
    features["masked_lm_positions"] = random.integers(0, 9, (rows, 3)).astype("int32")
    ids = random.integers(6, len(VOCABULARY), (rows, 3)).astype("int32")
    return features, np.where(np.arange(3)[None] < random.integers(0, 4, (rows, 1)), ids, -1).astype("int32")


def test_logits_are_those_of_tf_hubs_mlm(native, dict_encoder):
    wanted = tf.saved_model.load(str(dict_encoder)).mlm(tensors(INPUTS), training=False)["mlm_logits"]
    model = MaskedLM(native)
    assert np.std(wanted) > 0.1
    np.testing.assert_allclose(model(INPUTS, training=False), wanted, atol=1e-4)
    assert np.abs(MaskedLM(native, fresh_head=True, seed=1)(INPUTS, training=False) - wanted).max() > 0.1


def test_without_positions_every_place_has_logits(native):
    model = MaskedLM(native)
    every = model(FEATURES, training=False).numpy()
    assert every.shape == (4, 12, len(VOCABULARY))
    rows = np.arange(4)[:, None]
    np.testing.assert_allclose(model(INPUTS, training=False), every[rows, INPUTS["masked_lm_positions"]], atol=1e-5)


def test_the_loss_is_the_mean_over_the_places_that_count():
    model = MaskedLM(tiny.native_encoder(), seed=2)
    features, ids = places()
    logits = model(features, training=False).numpy().astype("float64")
    weights = (ids >= 0).astype("float64")
    losses = np.log(np.exp(logits).sum(-1)) - np.take_along_axis(logits, np.maximum(ids, 0)[..., None], -1)[..., 0]
    right = logits.argmax(-1) == ids
    found = model.evaluate(features, ids, batch_size=17, verbose=0, return_dict=True)
    np.testing.assert_allclose(found["loss"], (losses * weights).sum() / weights.sum(), rtol=1e-5)
    np.testing.assert_allclose(found["accuracy"], (right * weights).sum() / weights.sum(), atol=1e-6)
    assert found["loss"] != pytest.approx(losses.mean(), rel=1e-3)


def trained(micro_batches=1, strategy=None, batch_size=8, **options):
    with (strategy or tf.distribute.get_strategy()).scope():
        model = MaskedLM(tiny.native_encoder(), seed=2)
        model.compile(build_optimizer(RECIPE), micro_batches=micro_batches, **options)
    model.fit(tf.data.Dataset.from_tensor_slices(places()).batch(batch_size), epochs=2, verbose=0)
    return [weight.numpy() for weight in model.trainable_weights]


def test_micro_batches_and_replicas_count_every_masked_place_alike():
    devices = [device.name for device in tf.config.list_logical_devices("CPU")][:2]
    mirrored = tf.distribute.MirroredStrategy(devices, tf.distribute.ReductionToOneDevice())
    start = [weight.numpy() for weight in MaskedLM(tiny.native_encoder(), seed=2).trainable_weights]
    wanted = trained()  # the third batch has one row, which leaves the second replica without any
    assert np.median([np.abs(a - b).max() for a, b in zip(start, wanted, strict=True)]) > 1e-3
    for found in (trained(3), trained(strategy=mirrored)):
        for one, other in zip(wanted, found, strict=True):
            np.testing.assert_allclose(other, one, rtol=0, atol=1e-6)


def test_static_shapes_and_xla_change_no_number(vocab_file):
    def weights(**options):
        data = load_masked(
            tiny.sentences(22),
            Tokenizer(vocab_file),
            rows="texts",
            batch_size=8,
            seq_length=16,
            validation_share=0.1,
            **options,
        )
        model = MaskedLM(tiny.native_encoder(), seed=2)
        model.compile(build_optimizer(RECIPE), **options, jit_compile=bool(options))
        model.fit(data.train, epochs=1, verbose=0)
        return [weight.numpy() for weight in model.trainable_weights], MaskedEvaluator(model, data, "validation")()

    (plain, scores), (static, other) = weights(), weights(static_shapes=True)
    for one, two in zip(plain, static, strict=True):
        np.testing.assert_allclose(two, one, rtol=0, atol=1e-5)
    assert other == pytest.approx(scores, rel=1e-4)


def test_the_word_table_is_trained_from_both_ends_and_the_pooler_not_at_all():
    encoder = tiny.native_encoder()
    model = MaskedLM(encoder, seed=2)
    names = {id(weight): name for name, weight in encoder.named_weights().items()}
    trained_names = {names.get(id(weight)) for weight in model.trainable_weights}
    assert "word_embeddings/embeddings" in trained_names
    assert not {name for name in trained_names if name and "pooler" in name}
    assert len(model.head_weights()) == 5
    before = encoder.word_table.numpy()
    features, ids = places(8)
    model.compile(keras.optimizers.SGD(0.1))
    model.fit(features, ids, batch_size=8, verbose=0)
    unread = np.setdiff1d(np.arange(len(VOCABULARY)), features["input_word_ids"])
    assert np.abs(encoder.word_table.numpy() - before)[unread].max() > 0  # rows of the output alone


def test_a_keras_file_has_the_same_outputs(tmp_path):
    model = MaskedLM(tiny.native_encoder(), seed=2)
    inputs, ids = places(4)
    model.fit(inputs, ids, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(again(inputs), model(inputs), atol=1e-6)


def test_bad_input_has_a_message(dict_encoder):
    with pytest.raises(ValueError, match="`encoder` must be a native encoder, whose word table the head shares"):
        MaskedLM(load_encoder(dict_encoder))
    model = MaskedLM(tiny.native_encoder(), seed=2)
    features, ids = places(4)
    with pytest.raises(ValueError, match="`inputs` must be a dict of input_word_ids, input_mask, input_type_ids and"):
        model([features["input_word_ids"]] * 3)
    with pytest.raises(ValueError, match=r"`masked_lm_positions` must be places of tokens in the row.* 0, 9"):
        model({**features, "masked_lm_positions": np.array([[0], [9], [1], [2]], "int32")})
    with pytest.raises(ValueError, match=rf"`y` must lie between 0 and {len(VOCABULARY) - 1}, the classes, or be -1"):
        model.fit(features, ids + 1000, verbose=0)
    dataset = tf.data.Dataset.from_tensor_slices((features, ids - 1000)).batch(2)
    with pytest.raises(ValueError, match=r"`labels` must lie between 0 and .* or be -1 where there is none"):
        model.fit(dataset, verbose=0)
    with pytest.raises(ValueError, match=r"`y` must have the shape \[rows, tokens\]"):
        model.fit(features, ids[:, 0], verbose=0)
    with pytest.raises(TypeError, match="`y` must be an array, masked_lm_ids"):
        model.fit(features, {"masked_lm_ids": ids}, verbose=0)
