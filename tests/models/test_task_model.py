"""`TaskModel`: Keras' `fit` with any data and callback, the recipe's schedule laid over it, and checks at its door."""

import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny

from bert_keras.features import FEATURE_NAMES, MULTI_LABEL, REGRESSION
from bert_keras.optimization.adamw import AdamW
from bert_keras.optimization.build_optimizer import build_optimizer
from bert_keras.optimization.recipe import Recipe
from bert_keras.optimization.warmup_decay import WarmupDecay
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text_classification.text_classifier import TextClassifier


def labels(rows=16):
    return (tiny.features(rows)["input_word_ids"][:, 0] % 2).astype("int32")


def classifier(rate=None, num_classes=2, encoder=tiny.native_encoder, **options):
    model = TextClassifier(encoder(), num_classes, **{"dropout": 0.0, "seed": 4, **options})
    if rate is not None:
        model.compile(build_optimizer(Recipe(learning_rate=rate)))
    return model


def dataset(rows=16, batch_size=4):
    return tf.data.Dataset.from_tensor_slices((tiny.features(rows), labels(rows))).batch(batch_size)


def two_devices():
    """Two replicas. Their gradients are not added with TensorFlow's collectives, whose numbering is one for a process:
    a second strategy meets the shapes that the first one left behind."""
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"], tf.distribute.ReductionToOneDevice())


class Rates(keras.callbacks.Callback):
    """Keeps the rate of every update."""

    def __init__(self):
        super().__init__()
        self.rates = []

    def on_train_batch_begin(self, batch, logs=None):
        self.rates.append(float(self.model.optimizer.learning_rate))


# fit as it stands


def test_a_task_trains_bare(vocab_file):
    data = tiny.task_data(Tokenizer(vocab_file))
    model = classifier()
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # none about shuffle, in spite of pytest's filters
        history = model.fit(data.train, validation_data=data.validation, verbose=0).history
    assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert int(model.optimizer.iterations.numpy()) == len(data.train) == 3
    assert data.order.epoch == 1


def test_epochs_of_a_fit_are_epochs_of_the_order(vocab_file):
    data = tiny.task_data(Tokenizer(vocab_file))
    seen = []
    batches = data.order.batches
    data.order.batches = lambda epoch: seen.append(epoch) or batches(epoch)
    classifier(encoder=tiny.SumEncoder).fit(data.train, epochs=3, verbose=0)
    assert seen == [0, 1, 2]
    data.order.epoch = 0
    with two_devices().scope():
        model = classifier(encoder=tiny.SumEncoder)
    model.fit(data.train, epochs=2, verbose=0)
    assert seen == [0, 1, 2, 0, 1]


def test_any_callback(tmp_path):
    model = classifier()
    begun = []
    callbacks = [
        keras.callbacks.EarlyStopping("val_loss", patience=5, restore_best_weights=True),
        keras.callbacks.ModelCheckpoint(str(tmp_path / "best.keras"), save_best_only=True),
        keras.callbacks.TensorBoard(str(tmp_path / "logs")),
        keras.callbacks.CSVLogger(str(tmp_path / "log.csv")),
        keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: begun.append(epoch)),
        keras.callbacks.BackupAndRestore(str(tmp_path / "backup")),
        keras.callbacks.TerminateOnNaN(),
    ]
    model.fit(dataset(), validation_data=dataset(), epochs=2, callbacks=callbacks, verbose=0)
    assert begun == [0, 1]
    lines = (tmp_path / "log.csv").read_text().splitlines()
    assert lines[0] == "epoch,accuracy,loss,val_accuracy,val_loss" and len(lines) == 3
    assert list((tmp_path / "logs").rglob("events.*"))
    best = keras.saving.load_model(tmp_path / "best.keras")
    assert best.evaluate(dataset(), verbose=0)[0] <= float(lines[1].split(",")[-1]) + 1e-6


def test_early_stopping_stops():
    model = classifier(encoder=tiny.SumEncoder)
    stop = keras.callbacks.EarlyStopping("loss", patience=0, min_delta=1e3)
    assert len(model.fit(dataset(), epochs=5, callbacks=stop, verbose=0).history["loss"]) == 2


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 4

    def __getitem__(self, place):
        rows = slice(4 * place, 4 * place + 4)
        return {name: value[rows] for name, value in tiny.features().items()}, labels()[rows]


def test_every_form_of_data_gives_the_same_training():
    x, y = tiny.features(), labels()
    forms = [
        (dataset(), None, {}),
        (x, y, {"batch_size": 4, "shuffle": False}),
        ([x[name] for name in FEATURE_NAMES], y, {"batch_size": 4, "shuffle": False}),
        (tf.data.Dataset.from_tensors((x, y)).unbatch().batch(4), None, {"steps_per_epoch": 4}),
        (Batches(), None, {}),
    ]
    found = []
    for x, y, options in forms:
        model, rates = classifier(1e-3, encoder=tiny.SumEncoder), Rates()
        model.fit(x, y, verbose=0, callbacks=[rates], **options)
        found.append(np.concatenate([weight.numpy().ravel() for weight in model.trainable_weights]))
        np.testing.assert_allclose(rates.rates, [1e-3, 7.5e-4, 5e-4, 2.5e-4], rtol=1e-5)
    for weights in found[1:]:
        np.testing.assert_allclose(weights, found[0], atol=1e-7)


# The schedule


def test_each_fit_warms_up_and_decays():
    model, rates = classifier(encoder=tiny.SumEncoder), Rates()
    model.compile(AdamW(WarmupDecay(1e-3, warmup_share=0.5)))
    by_hand = [2.5e-4, 5e-4, 7.5e-4, 1e-3, 1e-3, 7.5e-4, 5e-4, 2.5e-4]
    model.fit(dataset(), epochs=2, callbacks=[rates], verbose=0)
    np.testing.assert_allclose(rates.rates, by_hand, rtol=1e-5)
    before = model.classifier.kernel.numpy()
    again = Rates()
    model.fit(dataset(), epochs=2, callbacks=again, verbose=0)
    np.testing.assert_allclose(again.rates, by_hand, rtol=1e-5)
    assert np.abs(model.classifier.kernel.numpy() - before).max() > 1e-4
    # after fit the rate is open again: a loop of one's own does not train at a rate of 0
    before = model.classifier.kernel.numpy()
    model.train_on_batch(tiny.features(), labels())
    assert np.abs(model.classifier.kernel.numpy() - before).max() > 1e-5


def test_a_resumed_fit_goes_on_in_the_schedule():
    whole = Rates()
    classifier(1e-3, encoder=tiny.SumEncoder).fit(dataset(), epochs=3, callbacks=[whole], verbose=0)
    assert whole.rates[0] == pytest.approx(1e-3) and whole.rates[-1] == pytest.approx(1e-3 / 11)  # 1 up, 11 down
    model, resumed = classifier(1e-3, encoder=tiny.SumEncoder), Rates()
    model.fit(dataset(), epochs=1, verbose=0)
    model.fit(dataset(), epochs=3, initial_epoch=1, callbacks=[resumed], verbose=0)
    np.testing.assert_allclose(resumed.rates, whole.rates[4:], rtol=1e-5)
    fresh = Rates()  # weights alone were restored, not the optimizer's count
    classifier(1e-3, encoder=tiny.SumEncoder).fit(dataset(), epochs=3, initial_epoch=1, callbacks=[fresh], verbose=0)
    np.testing.assert_allclose(fresh.rates, whole.rates[4:], rtol=1e-5)


def count_steps(monkeypatch):
    """A list that grows by one each time a training step is traced."""
    traced, step = [], TextClassifier.train_step
    monkeypatch.setattr(TextClassifier, "train_step", lambda self, *args: traced.append(0) or step(self, *args))
    return traced


def test_a_second_fit_of_other_steps_trains_the_step_that_the_first_one_traced(monkeypatch):
    """The weights are those of a fresh model that starts from the same state, and has the schedule as constants."""
    traced = count_steps(monkeypatch)
    model = classifier(1e-3, encoder=lambda: tiny.native_encoder(dropout=0.1))
    model.fit(dataset(), epochs=2, verbose=0)
    assert len(traced) == 1
    fresh = classifier(1e-3, encoder=lambda: tiny.native_encoder(dropout=0.1))
    fresh.optimizer.build(fresh.trainable_variables)
    for own, others in ((model.variables, fresh.variables), (model.optimizer.variables, fresh.optimizer.variables)):
        for one, other in zip(own, others, strict=False):  # the metrics of `fresh` are not built yet
            other.assign(one)
    losses = model.fit(dataset(rows=28), epochs=3, verbose=0).history["loss"]
    assert len(traced) == 1
    laid = WarmupDecay(1e-3, 21, Recipe.warmup_share, first_step=8)
    fresh.optimizer.learning_rate = laid
    fresh.optimizer.waits_for_steps = False
    assert fresh.fit(dataset(rows=28), epochs=3, verbose=0).history["loss"] == losses and len(traced) == 2
    for one, other in zip(model.weights, fresh.weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_changes_the_step_has_it_traced_again(monkeypatch):
    traced = count_steps(monkeypatch)
    model = classifier(1e-3)
    unknown = dataset().filter(lambda x, y: True)
    for number, change in enumerate((lambda: None, lambda: model.encoder.freeze("embeddings"), model.compile), start=1):
        change()
        before = model.encoder.word_table.numpy()
        model.fit(dataset(), verbose=0)
        assert len(traced) == number
        assert np.array_equal(model.encoder.word_table, before) == (number > 1)
    model.encoder.recompute = True
    model.fit(dataset(), verbose=0)
    assert len(traced) == 4
    model.encoder.freeze("layer_0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that the number of steps is not known
        model.fit(unknown, verbose=0)
    assert len(traced) == 5


def test_the_schedule_is_no_part_of_what_is_saved(tmp_path):
    model = classifier(1e-3, encoder=tiny.SumEncoder)
    model.fit(dataset(), verbose=0)
    path = tf.train.Checkpoint(model=model).save(str(tmp_path / "checkpoint"))
    assert not [name for name, _ in tf.train.list_variables(path) if "schedule" in name or "numbers" in name]
    assert len(model.optimizer.variables) == 1 + 2 * len(model.trainable_variables)
    assert model.optimizer.get_config()["learning_rate"]["class_name"] == "WarmupDecay"


def test_steps_of_arrays_and_splits():
    x, y = tiny.features(10), labels(10)
    for options, steps in (
        ({"batch_size": 4}, 3),
        ({}, 1),
        ({"batch_size": 2, "validation_split": 0.4}, 3),
        ({"batch_size": 2, "validation_split": 0.4, "validation_data": (x, y)}, 5),
    ):
        model, rates = classifier(1e-3, encoder=tiny.SumEncoder), Rates()
        model.fit(x, y, callbacks=[rates], verbose=0, **options)
        assert len(rates.rates) == steps
        assert rates.rates[-1] == pytest.approx(1e-3 / steps, rel=1e-4)  # no warm-up in so few: steps/steps ... 1/steps


def test_an_unknown_number_of_steps_warns_where_fit_is_called():
    model, rates = classifier(1e-3, encoder=tiny.SumEncoder), Rates()
    model.fit(dataset(), verbose=0)
    unknown = dataset().filter(lambda x, y: True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        model.fit(unknown, callbacks=[rates], verbose=0)
    ours = [warning for warning in caught if "number of steps is not known" in str(warning.message)]
    assert len(ours) == 1 and ours[0].filename == __file__
    assert "Pass steps_per_epoch" in str(ours[0].message)
    np.testing.assert_allclose(rates.rates[:4], [1e-3] * 4, rtol=1e-6)  # not the end of the schedule before
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        model.fit(unknown, steps_per_epoch=4, verbose=0)


@pytest.mark.parametrize(
    "callback",
    [keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate), keras.callbacks.ReduceLROnPlateau("loss")],
)
def test_a_schedule_of_keras_and_a_callback_that_sets_the_rate_are_refused_too(callback):
    model = classifier(encoder=tiny.SumEncoder)
    model.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(1e-3, 10)))
    with pytest.raises(ValueError, match="`callbacks` must not set the learning rate, which the optimizer's schedule"):
        model.fit(dataset(), callbacks=[callback], verbose=0)


@pytest.mark.parametrize(
    "callback",
    [keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate), keras.callbacks.ReduceLROnPlateau("loss")],
)
def test_two_that_set_the_rate_are_refused_at_the_start(callback):
    model = classifier(encoder=tiny.SumEncoder)
    name = type(callback).__name__
    with pytest.raises(
        ValueError, match=f"`callbacks` must not set the learning rate.*'{name}'.*Compile with a plain rate"
    ):
        model.fit(dataset(), callbacks=[callback], verbose=0)
    model.compile(keras.optimizers.AdamW(1e-3))
    model.fit(dataset(), callbacks=[callback], verbose=0)


# compile


def test_what_compile_is_given_replaces_the_recipe():
    model = classifier(encoder=tiny.SumEncoder)
    assert type(model.optimizer) is AdamW and model.jit_compile is False
    model.compile(keras.optimizers.SGD(0.0))
    before = model.classifier.kernel.numpy()
    history = model.fit(dataset(), verbose=0).history
    assert set(history) == {"loss", "accuracy"}
    np.testing.assert_array_equal(model.classifier.kernel.numpy(), before)
    model.compile(metrics=[keras.metrics.SparseCategoricalCrossentropy(from_logits=True, name="nats")])
    assert set(model.fit(dataset(), verbose=0).history) == {"loss", "nats"}
    # with a loss of one's own go metrics of one's own: those of the compile before are gone
    model.compile("sgd", loss=lambda y, logits: keras.ops.mean(keras.ops.square(logits), axis=-1))
    assert set(model.fit(dataset(), verbose=0).history) == {"loss"}


def test_eager_and_compiled_training_are_equal():
    weights = []
    for options in ({}, {"run_eagerly": True}, {"steps_per_execution": 2}, {"jit_compile": True}):
        model = classifier(encoder=tiny.SumEncoder)
        # an epsilon that keeps rounding of gradients that are zero from being blown up to whole steps
        model.compile(build_optimizer(Recipe(learning_rate=1e-3, adam_epsilon=1e-3)), **options)
        model.fit(dataset(), verbose=0)
        weights.append(np.concatenate([weight.numpy().ravel() for weight in model.trainable_weights]))
    for other in weights[1:]:
        np.testing.assert_allclose(other, weights[0], atol=1e-6)


def test_sample_weights_and_class_weights():
    model = classifier(encoder=tiny.SumEncoder)
    model.compile(keras.optimizers.SGD(0.0))
    weights = np.zeros(16, "float32")
    weights[:4] = 1.0
    some = {name: value[:4] for name, value in tiny.features().items()}
    alone = model.evaluate(some, labels()[:4], verbose=0)[0]
    weighted = model.fit(tiny.features(), labels(), sample_weight=weights, batch_size=16, verbose=0).history["loss"][0]
    assert weighted == pytest.approx(alone / 4, rel=1e-5)
    doubled = model.fit(dataset(), class_weight={0: 2.0, 1: 2.0}, verbose=0).history["loss"][0]
    assert doubled == pytest.approx(2 * model.evaluate(dataset(), verbose=0)[0], rel=1e-5)


# Labels


@pytest.mark.parametrize(
    ("problem_type", "wrong", "words"),
    [
        (None, np.array([0, 1, 2, 1]), "`y` must lie between 0 and 1, the classes. Received: y=2. It stands in row 2"),
        (
            None,
            np.array([0, 1, 1, -1]),
            "`y` must lie between 0 and 1, the classes. Received: y=-1. It stands in row 3",
        ),
        (None, np.array([0.0, 1, 0, 1]), "`y` must be integers, the numbers of the classes. Received: y='float64'"),
        (None, np.eye(4, dtype=int)[:, :2], r"`y` must have the shape \[rows\]. Received: y=\(4, 2\)"),
        (None, np.eye(4)[:, :2], r"`y` must be probabilities: 0 or more, and 1 in all.* It stands in row 2\."),
        (None, np.array(["a", "b", "a", "b"]), "`y` must be integers.*Received: y='(str|object)"),
        (MULTI_LABEL, np.ones((4, 3), "int32"), r"`y` must have the shape \[rows, 2\], a column for each class"),
        (MULTI_LABEL, np.full((4, 2), 2), r"`y` must be 0 or 1. Received: y=\[2, 2\]. It stands in row 0"),
        (REGRESSION, np.array([0.0, np.nan, 1, 2]), "`y` must be finite numbers. Received: y=nan. It stands in row 1"),
        (REGRESSION, np.zeros((4, 2)), r"`y` must have the shape \[rows\]. Received: y=\(4, 2\)"),
    ],
)
def test_arrays_of_labels_are_checked(problem_type, wrong, words):
    kind = {} if problem_type is None else {"problem_type": problem_type}
    model = classifier(1e-3, 1 if problem_type == REGRESSION else 2, tiny.SumEncoder, **kind)
    x = tiny.features(4)
    for call in (model.fit, model.evaluate):
        with pytest.raises(ValueError, match=words):
            call(x, wrong, verbose=0)
        with pytest.raises(ValueError, match=words):
            call(x, tf.constant(wrong), verbose=0)
    held_out = words.replace("`y`", r"`validation_data\[1\]`").replace(": y=", r": validation_data\[1\]=")
    good = {MULTI_LABEL: np.ones((4, 2), "int32"), REGRESSION: np.ones(4)}.get(problem_type, np.ones(4, "int32"))
    with pytest.raises(ValueError, match=held_out):
        model.fit(x, good, validation_data=(x, wrong), verbose=0)


def test_labels_that_are_no_array_or_missing():
    model = classifier(encoder=tiny.SumEncoder)
    with pytest.raises(TypeError, match=r"`y` must be an array. Received: y='list'. Pass numpy.array\(labels\)"):
        model.fit(tiny.features(4), [0, 1, 0, 1], verbose=0)
    with pytest.raises(
        ValueError, match=r"`labels` must be there to train or evaluate on.*arrays are passed as fit\(x, y\)"
    ):
        model.fit(tiny.features(4), verbose=0)


# Objects of tf_keras


def test_objects_of_tf_keras_are_refused():
    import tf_keras

    model = classifier(encoder=tiny.SumEncoder)
    for options in (
        {"optimizer": tf_keras.optimizers.Adam()},
        {"loss": tf_keras.losses.MeanSquaredError()},
        {"metrics": [tf_keras.metrics.Mean()]},
        {"metrics": {"a": tf_keras.metrics.Mean()}},
        {"weighted_metrics": [tf_keras.metrics.Mean()]},
    ):
        (name,) = options
        with pytest.raises(
            TypeError, match=rf"`{name}` must be an object of Keras 3 \(`import keras`\), not of tf_keras"
        ):
            model.compile(**options)
    for callbacks in (tf_keras.callbacks.EarlyStopping(), [tf_keras.callbacks.EarlyStopping()]):
        with pytest.raises(TypeError, match=r"`callbacks` must be an object of Keras 3.*keras.…EarlyStopping"):
            model.fit(dataset(), callbacks=callbacks, verbose=0)


# Two devices


def trained(strategy, optimizer):
    with strategy.scope():
        model = classifier()
        model.compile(optimizer())
    model.fit(dataset(24, batch_size=6), epochs=2, verbose=0)
    assert int(model.optimizer.iterations.numpy()) == 8
    return [weight.numpy() for weight in model.trainable_weights], model.predict(dataset(10, 6), verbose=0)


def test_two_replicas_end_with_the_weights_of_one_device():
    # Keras clips each replica's gradient before it adds them up: clip_norm=0
    def optimizer():
        return build_optimizer(Recipe(learning_rate=1e-3, clip_norm=0, adam_epsilon=1e-3))

    one, predicted = trained(tf.distribute.get_strategy(), optimizer)
    two, also = trained(two_devices(), optimizer)
    for a, b in zip(one, two, strict=True):
        np.testing.assert_allclose(b, a, atol=1e-6)
    np.testing.assert_allclose(also, predicted, atol=1e-6)
    start = [weight.numpy() for weight in classifier().trainable_weights]
    moved = [np.abs(a - b).max() for a, b in zip(one, start, strict=True)]
    assert np.median(moved) > 1e-4


def test_every_form_of_data_on_two_replicas():
    x, y = tiny.features(), labels()
    for given, options in (
        ((x, y), {"batch_size": 4}),
        ((Batches(),), {}),
        ((dataset(),), {"validation_data": (x, y)}),
    ):
        with two_devices().scope():
            model = classifier(encoder=tiny.SumEncoder)
            model.compile(metrics=["accuracy"])
        history = model.fit(*given, verbose=0, **options).history
        assert {"loss", "accuracy"} <= set(history)
        loss, accuracy = model.evaluate(*given, verbose=0)
        logits = model.predict(x, verbose=0)
        assert accuracy == pytest.approx((logits.argmax(axis=1) == y).mean())
        shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        assert loss == pytest.approx(-np.log(shares[np.arange(16), y]).mean(), rel=1e-4)


def test_labels_are_guarded_on_two_replicas():
    with two_devices().scope():
        model = classifier(encoder=tiny.SumEncoder)
    with pytest.raises(ValueError, match=r"`labels` must lie between 0 and 1, the classes of this model"):
        model.fit(dataset().map(lambda x, y: (x, y + 1)), verbose=0)
