"""`TokenClassifier`: logits and loss by hand, learning on every kind of encoder, labels at the door, files."""

import keras
import numpy as np
import pytest
import questions
import tagging
import tensorflow as tf
import tiny

from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.features import SEQUENCE_OUTPUT
from bert_keras.optimization.build_optimizer import build_optimizer
from bert_keras.optimization.recipe import Recipe
from bert_keras.token_classification.token_classifier import TokenClassifier


def test_logits_loss_and_accuracy_by_hand():
    model = TokenClassifier(tiny.native_encoder(), 4, seed=1)
    model.classifier.kernel.assign(np.random.default_rng(0).normal(size=model.classifier.kernel.shape))
    x, y = tiny.features(), tagging.labels()
    logits = model.encoder(x)[SEQUENCE_OUTPUT].numpy() @ model.classifier.kernel.numpy()
    np.testing.assert_allclose(model(x).numpy(), logits, rtol=1e-5, atol=1e-5)
    losses, is_labelled = tagging.token_losses(logits, y)
    found = model.evaluate(x, y, batch_size=16, verbose=0, return_dict=True)
    expected = {"loss": losses[is_labelled].mean(), "accuracy": (logits.argmax(-1) == y)[is_labelled].mean()}
    assert found == pytest.approx(expected, rel=1e-5)
    assert abs(losses.mean() - losses[is_labelled].mean()) > 1e-3  # the tokens without a label would have been seen


@pytest.mark.parametrize("kind", ["dict", "list", "native"])
def test_fit_is_bare_on_every_kind_of_encoder_and_trains_all_but_the_pooler(kind, dict_encoder, list_encoder):
    encoder = (
        tiny.native_encoder() if kind == "native" else load_encoder({"dict": dict_encoder, "list": list_encoder}[kind])
    )
    model = TokenClassifier(encoder, 4, seed=2)
    names = {id(weight): name for name, weight in encoder.named_weights().items()}
    trained = {names.get(id(weight), weight.name) for weight in model.trainable_variables}
    assert trained == {n for n in names.values() if "pooler" not in n} | {"kernel", "bias"}
    before = {id(weight): weight.numpy() for weight in model.trainable_variables}
    model.fit(tiny.features(), tagging.labels(), batch_size=8, epochs=2, verbose=0)
    still = [names.get(id(w)) for w in model.trainable_variables if np.all(w.numpy() == before[id(w)])]
    assert [name for name in still if "key/bias" not in name] == []  # whose gradient is zero up to rounding


def test_it_learns_from_the_batches_of_a_task(tmp_path):
    encoder = questions.encoder(tmp_path, dropout=0.0, attention_dropout=0.0)
    data = tagging.tagging_data(encoder, rows=160)
    model = TokenClassifier(encoder, data.num_classes, seed=2)
    model.compile(build_optimizer(Recipe(learning_rate=1e-2)))
    history = model.fit(data.train, validation_data=data.validation, epochs=8, verbose=0).history
    tags = [tag for own in data.split("validation").sentences.tags for tag in own]
    assert history["val_accuracy"][-1] > 0.8 > 0.7 > tags.count("O") / len(tags)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (tagging.labels().astype("float32"), r"`y` must be integers, the classes of the tokens.*float32"),
        (tagging.labels()[:, 0], r"`y` must have the shape \[rows, tokens\]"),
        (np.full((16, 9), 4), r"`y` must lie between 0 and 3, the classes, or be -1 for tokens without a label"),
        (np.full((16, 9), -100), r"or be -1 for tokens without a label. Received: y=\[-100"),
    ],
)
def test_arrays_of_labels_are_checked(wrong, words):
    with pytest.raises(ValueError, match=words):
        TokenClassifier(tiny.native_encoder(), 4).fit(tiny.features(), wrong, verbose=0)


@pytest.mark.parametrize("eager", [True, False])
def test_a_class_that_is_none_is_an_error_and_no_nan(eager):
    model = TokenClassifier(tiny.native_encoder(), 4)
    model.compile(run_eagerly=eager)
    for wrong, seen in ((4, "4, 4"), (-100, "-100, -100")):
        dataset = tf.data.Dataset.from_tensors((tiny.features(), np.full((16, 9), wrong, "int32")))
        words = rf"`labels` must lie between 0 and 3, .* or be -1 where there is none. Received, .*: {seen}"
        with pytest.raises(ValueError, match=words):
            model.fit(dataset, verbose=0)


def test_labels_of_another_shape_or_none_are_refused():
    model = TokenClassifier(tiny.native_encoder(), 4)
    with pytest.raises(ValueError, match=r"have the shape \[batch, tokens\] of the features, \(.*9\)"):
        model.fit(tf.data.Dataset.from_tensors((tiny.features(), tagging.labels(length=8))), verbose=0)
    with pytest.raises(ValueError, match="`labels` must be there to train"):
        model.fit(tf.data.Dataset.from_tensors(tiny.features()), verbose=0)
    with pytest.raises(TypeError, match="`y` must be an array"):
        model.fit(tiny.features(), {"labels": tagging.labels()}, verbose=0)
    with pytest.raises(ValueError, match=r"`num_classes` must be at least 2, as each token has one class of several"):
        TokenClassifier(tiny.native_encoder(), 1)


def test_a_keras_file_comes_back_with_its_optimizer(tmp_path):
    model = TokenClassifier(tiny.native_encoder(), 4, dropout=0.2, seed=1)
    model.fit(tiny.features(), tagging.labels(), batch_size=8, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert (loaded(tiny.features()).numpy() == model(tiny.features()).numpy()).all()
    assert (loaded.num_classes, loaded.dropout, loaded.seed) == (4, 0.2, 1)
    assert loaded.optimizer.iterations.numpy() == 2
    losses = [made.evaluate(tiny.features(), tagging.labels(), verbose=0) for made in (model, loaded)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)


def test_an_encoder_without_a_sequence_output_is_refused_where_it_is_called():
    with pytest.raises(ValueError, match=r"`encoder` must have the output 'sequence_output'.*\['pooled_output'\]"):
        TokenClassifier(tiny.SumEncoder(), 2)(tiny.features())
