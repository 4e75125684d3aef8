"""`SpanLabeler`: logits and loss by hand, learning on every kind of encoder, labels at the door, files."""

import keras
import numpy as np
import pytest
import questions
import tensorflow as tf
import tiny

from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.features import SEQUENCE_OUTPUT
from bert_keras.optimization.build_optimizer import build_optimizer
from bert_keras.optimization.recipe import Recipe
from bert_keras.question_answering.span_labeler import SpanLabeler
from bert_keras.text_classification.text_classifier import TextClassifier


def labels(rows=16, seed=1, length=9):
    starts = np.random.default_rng(seed).integers(0, length, rows)
    return {"start_logits": starts.astype("int32"), "end_logits": np.minimum(starts + 1, length - 1).astype("int32")}


@pytest.fixture
def padded():
    x = tiny.features()
    x["input_mask"][::2, 6:] = 0
    x["input_word_ids"] *= x["input_mask"]
    return x


def test_logits_loss_and_metrics_by_hand(padded):
    model = SpanLabeler(tiny.native_encoder(), seed=1)
    model.span.kernel.assign(np.random.default_rng(0).normal(size=model.span.kernel.shape))
    model.span.bias.assign([0.25, -0.5])
    sequence = model.encoder(padded)[SEQUENCE_OUTPUT].numpy()
    both = sequence @ model.span.kernel.numpy() + model.span.bias.numpy()
    both = np.where(padded["input_mask"][..., None] == 1, both, both - 1e4)
    outputs = model(padded)
    assert set(outputs) == {"start_logits", "end_logits"}
    y = labels(length=6)
    losses, right = [], []
    for place, name in enumerate(("start_logits", "end_logits")):
        logits = both[..., place]
        np.testing.assert_allclose(outputs[name].numpy(), logits, rtol=1e-5, atol=1e-4)
        assert outputs[name].dtype == tf.float32
        shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        losses.append(-np.log(shares[np.arange(16), y[name]]).mean())
        right.append((logits.argmax(axis=1) == y[name]).mean())
    expected = {"loss": sum(losses) / 2, "start_logits_loss": losses[0], "end_logits_loss": losses[1]}
    expected |= {"start_logits_accuracy": right[0], "end_logits_accuracy": right[1]}
    found = model.evaluate(padded, y, batch_size=16, verbose=0, return_dict=True)
    assert found == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("kind", ["dict", "list", "native"])
def test_fit_is_bare_on_every_kind_of_encoder_and_trains_all_but_the_pooler(kind, dict_encoder, list_encoder):
    encoder = (
        tiny.native_encoder() if kind == "native" else load_encoder({"dict": dict_encoder, "list": list_encoder}[kind])
    )
    model = SpanLabeler(encoder, seed=2)
    names = {id(weight): name for name, weight in encoder.named_weights().items()}
    trained = {names.get(id(weight), weight.name) for weight in model.trainable_variables}
    assert trained == {n for n in names.values() if "pooler" not in n} | {"kernel", "bias"}
    assert len(trained) == len(names) > 15
    before = {id(weight): weight.numpy() for weight in model.trainable_variables}
    # Keras would warn of weights without a gradient, and a warning fails a test.
    model.fit(tiny.features(), labels(), batch_size=8, epochs=2, verbose=0)
    still = [names.get(id(w)) for w in model.trainable_variables if np.all(w.numpy() == before[id(w)])]
    assert [name for name in still if "key/bias" not in name] == []  # whose gradient is zero up to rounding


def test_it_learns_from_the_batches_of_a_task(tmp_path):
    encoder = questions.encoder(tmp_path, dropout=0.0, attention_dropout=0.0)
    data = questions.question_data(encoder, rows=40)
    model = SpanLabeler(encoder, seed=2)
    model.compile(build_optimizer(Recipe(learning_rate=1e-2)))
    history = model.fit(data.train, validation_data=data.validation, epochs=12, verbose=0).history
    assert history["loss"][-1] < 0.4 * history["loss"][0]
    assert history["val_loss"][-1] < history["val_loss"][0]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (np.zeros(16, "int32"), r"`y` must be a dict of 'start_logits' and 'end_logits'.*Received: y='ndarray'"),
        ({"start_logits": np.zeros(16, "int32")}, r"`y` must be a dict of .*Received: y=\['start_logits'\]"),
        (labels() | {"end_logits": np.zeros(16)}, r"`y\['end_logits'\]` must be integers.*float64"),
        (labels() | {"end_logits": np.full(16, -1)}, r"`y\['end_logits'\]` must be 0 or more.*-1.*row 0"),
        (
            labels() | {"start_logits": np.zeros((16, 2), "int32")},
            r"`y\['start_logits'\]` must have the shape \[rows\]",
        ),
    ],
)
def test_arrays_of_labels_are_checked(wrong, words):
    with pytest.raises(ValueError, match=words):
        SpanLabeler(tiny.native_encoder()).fit(tiny.features(), wrong, verbose=0)


@pytest.mark.parametrize("eager", [True, False])
def test_a_place_beyond_the_row_is_an_error_and_no_nan(eager):
    model = SpanLabeler(tiny.native_encoder())
    model.compile(run_eagerly=eager)
    dataset = tf.data.Dataset.from_tensors((tiny.features(), labels() | {"end_logits": np.full(16, 9, "int32")}))
    words = r"`labels\['end_logits'\]` must lie between 0 and the last token of the row. Received, .*: 9, 9"
    with pytest.raises(ValueError, match=words):
        model.fit(dataset, verbose=0)


def test_labels_of_a_classifier_are_no_dict():
    with pytest.raises(TypeError, match=r"`y` must be an array. Received: y=\['end_logits', 'start_logits'\]"):
        TextClassifier(tiny.native_encoder()).fit(tiny.features(), labels(), verbose=0)


def test_a_loss_of_ones_own_takes_labels_of_its_own():
    model = SpanLabeler(tiny.native_encoder())
    model.compile(loss={"start_logits": "mse", "end_logits": "mse"})
    y = {name: np.full((16, 9), 0.5, "float32") for name in ("start_logits", "end_logits")}
    assert np.isfinite(model.fit(tiny.features(), y, verbose=0).history["loss"][0])


def test_the_same_seed_gives_the_same_head():
    first, same, other = (SpanLabeler(tiny.native_encoder(), seed=seed).span.kernel.numpy() for seed in (1, 1, 2))
    assert (first == same).all() and not (first == other).all()


def test_a_keras_file_comes_back_with_its_optimizer(tmp_path):
    model = SpanLabeler(tiny.native_encoder(), seed=1)
    model.fit(tiny.features(), labels(), batch_size=8, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    for name, logits in model(tiny.features()).items():
        assert (loaded(tiny.features())[name].numpy() == logits.numpy()).all()
    assert loaded.seed == 1 and loaded.optimizer.iterations.numpy() == 2
    losses = [made.evaluate(tiny.features(), labels(), verbose=0) for made in (model, loaded)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)


def test_two_replicas_end_with_the_weights_of_one_device():
    def trained(strategy):
        with strategy.scope():
            model = SpanLabeler(tiny.native_encoder(), seed=1)
            # Adam's step of a gradient near zero has the size of any other: a large epsilon keeps rounding small.
            model.compile(build_optimizer(Recipe(adam_epsilon=1e-2, clip_norm=0.0)))
        dataset = tf.data.Dataset.from_tensor_slices((tiny.features(), labels())).batch(8)
        model.fit(dataset, epochs=2, verbose=0)
        return [weight.numpy() for weight in model.trainable_variables]

    devices = [device.name for device in tf.config.list_logical_devices("CPU")]
    mirrored = tf.distribute.MirroredStrategy(devices, tf.distribute.ReductionToOneDevice())
    for one, two in zip(trained(tf.distribute.get_strategy()), trained(mirrored), strict=True):
        np.testing.assert_allclose(two, one, rtol=1e-5, atol=1e-6)


def test_an_encoder_without_a_sequence_output_is_refused_where_it_is_called():
    with pytest.raises(ValueError, match=r"`encoder` must have the output 'sequence_output'.*\['pooled_output'\]"):
        SpanLabeler(tiny.SumEncoder())(tiny.features())
