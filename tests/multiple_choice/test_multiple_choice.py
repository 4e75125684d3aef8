"""`MultipleChoice`: logits of each pair alone, loss by hand, learning, files, replicas."""

import choices
import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny

from bert_keras.multiple_choice.load_choices import load_choices
from bert_keras.multiple_choice.multiple_choice import MultipleChoice
from bert_keras.optimization.build_optimizer import build_optimizer
from bert_keras.optimization.recipe import Recipe


@pytest.fixture
def encoder(tmp_path):
    return choices.encoder(tmp_path)


def features(rows=6, count=3, length=7):
    """[rows, count, length] of each feature."""
    flat = tiny.features(rows * count, length)
    return {name: column.reshape(rows, count, length) for name, column in flat.items()}


def test_logits_are_those_of_each_pair_alone_and_the_loss_is_over_the_choices(encoder):
    model, x, y = choices.with_random_head(encoder), features(), np.array([0, 2, 1, 1, 0, 2], "int32")
    logits = model(x).numpy()
    for row, number in np.ndindex(6, 3):
        alone = {name: column[row, number][None] for name, column in x.items()}
        pooled = encoder(alone)["pooled_output"].numpy()
        by_hand = pooled @ model.scorer.kernel.numpy() + model.scorer.bias.numpy()
        assert logits[row, number] == pytest.approx(by_hand[0, 0], abs=1e-5)
        assert model(alone).numpy() == pytest.approx(by_hand, abs=1e-5)
    softmax = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    expected = {"loss": -np.log(softmax[np.arange(6), y]).mean(), "accuracy": (logits.argmax(1) == y).mean()}
    assert model.evaluate(x, y, verbose=0, return_dict=True) == pytest.approx(expected, rel=1e-4)
    np.testing.assert_allclose(model.probabilities(logits).numpy(), softmax, rtol=1e-5)
    np.testing.assert_allclose(model([x[name] for name in x]).numpy(), logits)


def test_it_learns_and_the_weights_do_not_depend_on_the_number_of_choices(encoder):
    data = load_choices(
        {"train": choices.rows(48), "validation": choices.rows(12, seed=1)}, encoder, batch_size=8, seq_length=32
    )
    model = MultipleChoice(encoder, data.num_choices, seed=1)
    model.compile(build_optimizer(Recipe(learning_rate=5e-3, epochs=10)))
    history = model.fit(data.train, validation_data=data.validation, epochs=10, verbose=0).history
    assert history["loss"][-1] < 0.3 < history["loss"][0] and history["val_accuracy"][-1] == 1.0
    five = MultipleChoice(encoder, 5)
    five.scorer.set_weights(model.scorer.get_weights())
    more = load_choices(choices.rows(10, 5, seed=2), encoder, validation_share=0, seq_length=32)
    assert five.evaluate(more.train, verbose=0, return_dict=True)["accuracy"] >= 0.8


def test_a_keras_file_gives_the_same_logits(encoder, tmp_path):
    model = choices.with_random_head(encoder)
    model.fit(features(), np.array([0, 2, 1, 1, 0, 2]), verbose=0)
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    assert loaded.num_choices == 3
    np.testing.assert_allclose(loaded(features()).numpy(), model(features()).numpy(), atol=1e-6)


def test_two_replicas_end_with_the_weights_of_one_device(tmp_path):
    def trained(strategy):
        with strategy.scope():
            loaded = choices.encoder(tmp_path)
            model = MultipleChoice(loaded, 3, dropout=0.0, seed=1)
            model.compile(build_optimizer(Recipe(learning_rate=1e-2, adam_epsilon=1e-3)))
        data = load_choices(choices.rows(20), loaded, validation_share=0, batch_size=8, seq_length=32)
        model.fit(data.train, epochs=2, verbose=0)
        return [weight.numpy() for weight in model.weights]

    cpus = [device.name for device in tf.config.list_logical_devices("CPU")][:2]
    mirrored = tf.distribute.MirroredStrategy(cpus, tf.distribute.ReductionToOneDevice())
    for one, two in zip(trained(tf.distribute.get_strategy()), trained(mirrored), strict=True):
        np.testing.assert_allclose(two, one, rtol=0, atol=2e-5)


def test_static_shapes_give_the_same_loss(encoder):
    rows = {"train": choices.rows(20), "validation": choices.rows(2)}
    losses = []
    for static in (False, True):
        model = choices.with_random_head(encoder)
        model.compile(static_shapes=static)
        data = load_choices(rows, encoder, batch_size=8, seq_length=32, static_shapes=static)
        losses.append(model.evaluate(data.train, verbose=0, return_dict=True))
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


def test_mistakes_are_named(encoder):
    model = MultipleChoice(encoder, 3)
    with pytest.raises(ValueError, match="`num_choices` must be at least 2"):
        MultipleChoice(encoder, 1)
    with pytest.raises(ValueError, match="`input_word_ids` must have 3 choices, the model's num_choices"):
        model(features(count=4))
    with pytest.raises(ValueError, match="`y` must lie between 0 and 2, the classes"):
        model.fit(features(), np.array([0, 1, 2, 3, 0, 0]), verbose=0)
    dataset = tf.data.Dataset.from_tensors((features(), np.array([0, 1, 2, 3, 0, 0])))
    with pytest.raises(ValueError, match="`labels` must lie between 0 and 2"):
        model.fit(dataset, verbose=0)
    with pytest.raises(ValueError, match="`inputs` must be a dict"):
        model({"input_word_ids": features()["input_word_ids"]})
