"""A step that is not finite changes nothing, ends training, and is told of with its rows and the likely cause."""

import jax_child
import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny
from encoders import write_vocabulary

from bert_keras.data.examples import Examples
from bert_keras.models.diverging import Diverged, StopWhenDiverged
from bert_keras.optimization.adamw import AdamW
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text_classification.text_classifier import TextClassifier

REGRESSION = "regression"
LARGE = 1e30  # a label whose square is beyond float32


def made(optimizer=None, strategy=None, dtype="float32", **options):
    with (strategy or tf.distribute.get_strategy()).scope():
        model = TextClassifier(tiny.native_encoder(dtype=dtype), 1, REGRESSION, seed=2, dropout=0.0)
        optimizer = AdamW(1e-2, global_clipnorm=1.0) if optimizer is None else optimizer()
        model.compile(optimizer, **options)
    return model


def rows(steps, bad=None, batch=4, says_words=False):
    """Batches of regression, one of them with a label that is too large; `says_words` has rows of the table updated."""
    y = np.linspace(0.0, 1.0, 32).astype("float32")[: steps * batch]
    if bad is not None:
        y[bad * batch + 1] = LARGE
    x = tiny.features(32)
    if says_words:
        x["input_word_ids"] = x["input_word_ids"] % 9 + 6
    dataset = tf.data.Dataset.from_tensor_slices(({n: c[: len(y)] for n, c in x.items()}, y)).batch(batch)
    if says_words:
        dataset.used_words = np.unique(np.append(x["input_word_ids"], 0))
    return dataset


def state(model):
    return [v.numpy().tobytes() for v in [*model.weights, *model.optimizer.variables]]


def two_devices():
    devices = [device.name for device in tf.config.list_logical_devices("CPU")]
    return tf.distribute.MirroredStrategy(devices[:2], tf.distribute.ReductionToOneDevice())


FORMS = {
    "plain": {},
    "without clipping": {"optimizer": lambda: AdamW(1e-2)},
    "keras' own": {"optimizer": lambda: keras.optimizers.Adam(1e-2)},
    "micro-batches": {"micro_batches": 2},
    "replicas": {"strategy": two_devices},
    "replicas, micro-batches, keras' own": {
        "strategy": two_devices,
        "micro_batches": 2,
        "optimizer": lambda: keras.optimizers.Adam(1e-2),
    },
    "compiled": {"jit_compile": True},
    "bfloat16": {"dtype": "mixed_bfloat16"},
    "eager": {"run_eagerly": True},
}


@pytest.mark.parametrize("form", FORMS)
def test_all_is_as_before_the_step_to_the_bit(form):
    options = dict(FORMS[form])
    strategy = options.pop("strategy", lambda: None)
    wanted = made(strategy=strategy(), **options)
    wanted.fit(rows(2), verbose=0)
    model = made(strategy=strategy(), **options)
    with pytest.raises(ArithmeticError, match=r"the loss became nan in step 3 of epoch 1\. The learning rate was 0.01"):
        model.fit(rows(5, bad=2), verbose=0)
    assert state(model) == state(wanted)
    assert np.isfinite(model.fit(rows(2), verbose=0).history["loss"][0])
    assert state(model) != state(wanted)


def test_rows_of_the_word_table_are_as_before_the_step():
    wanted = made(lambda: AdamW(1e-2, weight_decay=0.1, global_clipnorm=1.0))
    wanted.fit(rows(2, says_words=True), verbose=0)
    model = made(lambda: AdamW(1e-2, weight_decay=0.1, global_clipnorm=1.0))
    with pytest.raises(Diverged, match="in step 3"):
        model.fit(rows(5, bad=2, says_words=True), verbose=0)
    assert model.optimizer.rows is not None and state(model) == state(wanted)


def test_an_epoch_that_goes_on_within_it_keeps_its_numbers():
    stop = callback(steps=9, look=lambda step, is_rest: (f"the rows of {step}, {is_rest}", "It is they."))
    stop.on_epoch_begin(1)
    for batch in (5, 6):
        stop.on_train_batch_begin(batch)
        if batch == 5:
            stop.on_train_batch_end(batch, {"loss": np.float32(0.5)})
    with pytest.raises(Diverged, match="in step 7 of epoch 2, of the rows of 6, True"):
        stop.on_train_batch_end(6, {"loss": np.float32("nan")})


def test_of_several_steps_an_execution_the_bad_one_alone_is_left_out():
    model = made(steps_per_execution=3)
    with pytest.raises(Diverged, match="the loss became nan in steps 1 to 3 of epoch 1"):
        model.fit(rows(6, bad=1), verbose=0)
    assert int(model.optimizer.iterations) == 2 and all(np.isfinite(w.numpy()).all() for w in model.weights)


def test_a_gradient_that_alone_is_not_finite():
    """The root has an infinite gradient at 0, where it is 0 itself."""

    def loss(y, logits):
        return tf.sqrt(tf.abs(logits[:, 0] * y))

    for options in ({}, {"micro_batches": 2}, {"steps_per_execution": 2}):
        model = made(loss=loss, **options)
        good = rows(4)
        good = good.map(lambda x, y: (x, tf.ones_like(y)))
        model.fit(good.take(2), verbose=0)
        before = state(model)
        with pytest.raises(Diverged, match=r"the gradient was not finite in steps? 1 (to 2 )?of epoch 1\..* left out"):
            model.fit(good.map(lambda x, y: (x, tf.zeros_like(y))), verbose=0)
        assert state(model) == before


def test_steps_by_hand():
    model = made()
    x, y = tiny.features(4), np.ones(4, "float32")
    model.train_on_batch(x, y)
    before = state(model)
    with pytest.raises(Diverged, match=r"the loss or its gradient is not finite on this batch\. The learning rate was"):
        model.train_on_batch(x, y * np.float32(LARGE))
    assert state(model) == before
    model.train_on_batch(x, y)
    assert state(model) != before


def test_a_step_of_ones_own_is_not_counted():
    class Untrained(TextClassifier):
        def train_step(self, data):
            return self.test_step(data)

    model = Untrained(tiny.native_encoder(), 1, REGRESSION)
    model.compile(AdamW(1e-2))
    assert np.isfinite(model.fit(rows(2), verbose=0).history["loss"][0]) and int(model.optimizer.iterations) == 0


@pytest.mark.skipif(not jax_child.is_installed(), reason="JAX is not installed")
def test_on_jax(tmp_path):
    report = jax_child.run("spoiled", tmp_path)
    assert len(report) == 4
    for name, (said, same, before) in report.items():
        what = "the loss became nan in step 5" if "loss" in name else "the gradient was not finite in steps 1 to 5"
        assert said.startswith(f"Diverged: {what} of epoch 1."), said
        assert same and before == "none", name


# Rows and causes -----------------------------------------------------------------------------------------------


@pytest.fixture
def encoder(tmp_path):
    made = tiny.native_encoder()
    made.tokenizer = Tokenizer(write_vocabulary(tmp_path))
    return made


def regression_data(encoder, labels, weights=None):
    texts = tiny.sentences(len(labels))
    split = Examples((texts,), np.array(labels, "float32"), np.arange(len(labels)) + 100, "small.tsv", weights)
    task = tiny.text_task({"train": split, "validation": split.head(4)}, REGRESSION, seq_length=16)
    return task.load(encoder, batch_size=4)


def test_the_rows_are_named_and_a_label_that_is_too_large(encoder):
    data = regression_data(encoder, [0.5] * 13 + [LARGE] + [0.5] * 10)
    model = TextClassifier(encoder, 1, REGRESSION)
    for _ in range(2):  # the order changes, and the rows with it
        step, batch = next(
            (step, batch) for step, batch in enumerate(data.order.batches(data.order.epoch)) if 13 in batch
        )
        named = ", ".join(f"row {row + 100}" for row in batch)
        words = f"the loss became nan in step {step + 1} of epoch 1, of small.tsv: {named}. "
        words += f"The label of small.tsv, row 113 is {LARGE:g}: use another unit, or leave the row out. Its update was"
        with pytest.raises(Diverged) as raised:
            model.fit(data, verbose=0)
        assert str(raised.value).startswith(words)


def test_a_weight_that_was_spoilt_before_is_named(encoder):
    data = regression_data(encoder, [0.5] * 8)
    model = TextClassifier(encoder, 1, REGRESSION)
    model.classifier.bias.assign([float("nan")])
    with pytest.raises(Diverged, match=r"step 1 of epoch 1, of .*\. The weight 'classifier/bias' was not finite"):
        model.fit(data, verbose=0)


def test_weights_of_rows_are_refused_before_anything_runs(encoder):
    bad = np.array([1.0, 1e38, 1.0, 1.0], "float32")
    must = r"must be finite numbers of at most 1e\+12"
    with pytest.raises(ValueError, match=rf"`weights` {must}.*weights=9.99.*e\+37\. It stands in small.tsv, row 101\."):
        regression_data(encoder, [0.5] * 4, bad)
    model = made()
    x, y = tiny.features(4), np.ones(4, "float32")
    before = state(model)
    with pytest.raises(ValueError, match=rf"`sample_weight` {must}.* It stands in row 1\."):
        model.fit(x, y, sample_weight=bad, verbose=0)
    for value in (1e38, float("nan"), float("inf")):
        batches = tf.data.Dataset.from_tensor_slices((x, y, np.array([1, value, 1, 1], "float32"))).batch(4)
        with pytest.raises(ValueError, match=rf"`sample_weight` {must}.*smallest and largest"):
            model.fit(batches, verbose=0)
    whole = tf.data.Dataset.from_tensor_slices((x, y, np.array([1, 2, 1, 1]))).batch(4)
    assert np.isfinite(made().fit(whole, verbose=0).history["loss"][0])
    classes = TextClassifier(tiny.native_encoder(), 2)
    with pytest.raises(ValueError, match=r"`class_weight\[1\]` must be a finite number between"):
        classes.fit(x, np.array([0, 1, 0, 1]), class_weight={0: 1.0, 1: 1e38}, verbose=0)
    assert state(model)[: len(before)] == before


# The callback by itself ----------------------------------------------------------------------------------------


def callback(steps=None, look=None):
    stop = StopWhenDiverged(look)
    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(2, name="dense")])
    model.compile("sgd", "mse")
    stop.set_model(model)
    stop.set_params({"steps": steps})
    return stop


@pytest.mark.parametrize("loss, shown", [(float("nan"), "nan"), (float("inf"), "inf")])
def test_a_loss_that_is_not_finite_ends_the_run_at_once(loss, shown):
    stop = callback(look=lambda step, is_rest: (f"the rows of {step}", "It is they."))
    stop.on_epoch_begin(1)
    stop.on_train_batch_begin(0)
    stop.on_train_batch_end(0, {"loss": np.float32(0.5)})
    stop.on_train_batch_begin(2)
    words = f"the loss became {shown} in step 3 of epoch 2, of the rows of 2. It is they. Its update was left out"
    with pytest.raises(Diverged, match=words):
        stop.on_train_batch_end(2, {"loss": np.float32(loss)})


def test_of_several_steps_an_execution_the_loss_is_known_after_the_last():
    """Keras counts the steps of the last execution of an epoch beyond its end."""
    stop = callback(steps=7)
    stop.on_epoch_begin(0)
    for first, words in ((0, "steps 1 to 4 of"), (4, "steps 5 to 7 of")):
        stop.on_train_batch_begin(first)
        with pytest.raises(Diverged, match=f"the loss became nan in {words} epoch 1"):
            stop.on_train_batch_end(first + 3, {"loss": float("nan")})


def test_weights_spoilt_at_an_epochs_end_are_seen():
    stop = callback()
    stop.on_epoch_begin(0)
    stop.on_epoch_end(0)
    stop.model.weights[1].assign([0.0, float("nan")])
    with pytest.raises(Diverged, match=r"the weight '.*dense/bias' is not finite after epoch 1"):
        stop.on_epoch_end(0)
