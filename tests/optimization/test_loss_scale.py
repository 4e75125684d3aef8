"""`LossScale`: Keras' arithmetic on one device, one decision for all replicas, nothing lost in a checkpoint."""

import keras
import numpy as np
import pytest
import replicas
import tensorflow as tf
import tiny

from bert_keras.optimization.adamw import AdamW
from bert_keras.optimization.build_optimizer import build_optimizer
from bert_keras.optimization.loss_scale import LossScale
from bert_keras.optimization.recipe import Recipe
from bert_keras.optimization.warmup_decay import WarmupDecay
from bert_keras.question_answering.span_labeler import SpanLabeler
from bert_keras.text_classification.text_classifier import TextClassifier
from bert_keras.training.checkpoints import Checkpoints
from bert_keras.training.workers import Workers

# Adam's step of a gradient near zero has the size of any other: a large epsilon keeps rounding small.
RECIPE = Recipe(learning_rate=1e-2, adam_epsilon=1e-3, clip_norm=0.5)
ROWS = 80  # twenty steps of 4
LABELS = np.random.default_rng(3).integers(0, 2, ROWS)
INFINITE, NOT_A_NUMBER = float("inf"), float("nan")


def two_devices():
    devices = [device.name for device in tf.config.list_logical_devices("CPU")]
    return tf.distribute.MirroredStrategy(devices[:2], tf.distribute.ReductionToOneDevice())


def trained(
    dtype="float32", strategy=None, micro_batches=1, scaled=True, kind=TextClassifier, optimizer=None, **options
):
    """A model after 20 steps of 4 rows, the last of them with 1, and its weights."""
    with (strategy or tf.distribute.get_strategy()).scope():
        model = kind(tiny.native_encoder(dtype=dtype), seed=2, **({"dropout": 0.0} if kind is TextClassifier else {}))
        inner = build_optimizer(RECIPE) if optimizer is None else optimizer()
        model.compile(LossScale(inner) if scaled else inner, micro_batches=micro_batches)
    y = LABELS if kind is TextClassifier else {"start_logits": LABELS, "end_logits": LABELS + 1}
    rows = tf.data.Dataset.from_tensor_slices((tiny.features(ROWS), y)).take(ROWS - 3)
    model.fit(rows.batch(4), verbose=0)
    assert int(model.optimizer.iterations.numpy()) == 20
    return model, [weight.numpy() for weight in model.trainable_weights]


def furthest(one, other):
    return max(np.abs(a - b).max() for a, b in zip(one, other, strict=True))


@pytest.fixture(scope="module")
def plain():
    return trained(scaled=False)[1]


# On float32 arithmetic the scale cancels -----------------------------------------------------------------------


@pytest.mark.parametrize(("replicas", "parts"), [(1, 1), (1, 3), (2, 1), (2, 2)])
def test_twenty_steps_end_where_those_without_a_scale_do(plain, replicas, parts):
    model, found = trained(strategy=two_devices() if replicas == 2 else None, micro_batches=parts)
    start = [weight.numpy() for weight in TextClassifier(tiny.native_encoder(), seed=2).trainable_weights]
    assert furthest(start, plain) > 0.02
    assert furthest(plain, found) < 1e-5
    assert float(model.optimizer.dynamic_scale.numpy()) == 2.0**15 and int(model.optimizer.skipped.numpy()) == 0


@pytest.mark.thorough("::test_twenty_float16_steps_on_two_devices_end_near_those_on_one")
def test_any_optimizer_of_keras_on_replicas():
    """Of plain descent, as a gradient that is summed twice would go twice as far."""

    def descent():
        return keras.optimizers.SGD(0.1)

    wanted = trained(scaled=False, optimizer=descent)[1]
    assert furthest(wanted, trained(strategy=two_devices(), optimizer=descent)[1]) < 1e-5


# In float16 ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [TextClassifier, SpanLabeler])
def test_twenty_float16_steps_on_two_devices_end_near_those_on_one(kind):
    """Half precision has 11 bits: sums in another order differ in the last of them."""
    model, one = trained("mixed_float16", scaled=False, kind=kind)
    assert isinstance(model.optimizer, LossScale)  # by itself
    replicated, two = trained("mixed_float16", two_devices(), scaled=False, kind=kind)
    assert isinstance(replicated.optimizer, LossScale)
    parts = trained("mixed_float16", two_devices(), micro_batches=2, scaled=False, kind=kind)[1]
    whole = trained(scaled=False, kind=kind)[1]
    assert 1e-7 < furthest(one, whole) < 2e-3
    assert furthest(one, two) < 2e-3 and furthest(one, parts) < 2e-3
    assert {weight.dtype for weight in model.weights} == {"float32"}
    assert {moment.dtype for moment in model.optimizer.inner_optimizer._momentums} == {"float32"}


def test_gradients_too_small_for_float16_are_kept():
    def moved(**options):
        model = TextClassifier(tiny.native_encoder(dtype="mixed_float16"), seed=2, dropout=0.0)
        before = model.encoder.blocks[0].weights_by_name["intermediate.kernel"].numpy()
        model.compile(keras.optimizers.SGD(1e6), loss=lambda y, logits: 1e-7 * logits[:, 0], **options)
        model.train_on_batch(tiny.features(4), LABELS[:4])
        return np.abs(model.encoder.blocks[0].weights_by_name["intermediate.kernel"].numpy() - before)

    assert np.median(moved(auto_scale_loss=False)) == 0.0
    assert np.median(moved()) > 1e-6


def test_only_float16_gets_a_scale():
    for dtype in ("float32", "mixed_bfloat16"):
        assert type(TextClassifier(tiny.native_encoder(dtype=dtype)).optimizer) is AdamW
    model = TextClassifier(tiny.native_encoder(dtype="mixed_float16"))
    model.compile("adam", auto_scale_loss=False)
    assert type(model.optimizer) is keras.optimizers.Adam
    model.compile("adam")
    assert type(model.optimizer) is LossScale and type(model.optimizer.inner_optimizer) is keras.optimizers.Adam
    own = keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam())
    model.compile(own)
    assert model.optimizer is own


def test_keras_own_scaling_is_refused_on_replicas():
    with two_devices().scope():
        model = TextClassifier(tiny.native_encoder())
        with pytest.raises(ValueError, match=r"`optimizer` must not be Keras' LossScaleOptimizer on several replicas"):
            model.compile(keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam()))


# Overflows -----------------------------------------------------------------------------------------------------


def steps_of(optimizer, gradients, strategy=None):
    """(weight, scale, iterations) after each step; `gradients` has one, scaled, for each replica of each step."""
    strategy = strategy or tf.distribute.get_strategy()
    with strategy.scope():
        variable = keras.Variable(np.ones(2, "float32"), name="kernel")
        optimizer = optimizer()
        optimizer.build([variable])

    @tf.function
    def step(mine):
        optimizer.apply([mine], [variable])

    seen = []
    for of_replicas in gradients:
        chosen = [tf.constant(values, "float32") for values in of_replicas]
        replicas.run(strategy, step, chosen)
        scale, iterations = optimizer.dynamic_scale, optimizer.iterations
        seen.append([*variable.numpy(), float(scale.numpy()), float(iterations.numpy())])
    return np.array(seen), optimizer


def scaled_adamw(scale=LossScale):
    return lambda: scale(AdamW(0.1, weight_decay=0.0, epsilon=1e-3), initial_scale=4.0, dynamic_growth_steps=2)


GRADIENTS = [(1, 2), (INFINITE, 1), (4, -4), (1, 1), (NOT_A_NUMBER, 0), (-INFINITE, INFINITE), (3, 1)]


def test_one_device_follows_keras_through_overflows_and_growth():
    wanted, _ = steps_of(scaled_adamw(keras.optimizers.LossScaleOptimizer), [[g] for g in GRADIENTS])
    found, optimizer = steps_of(scaled_adamw(), [[g] for g in GRADIENTS])
    np.testing.assert_allclose(found, wanted, rtol=1e-6)
    assert found[:, 2].tolist() == [4, 2, 2, 4, 2, 1, 1]  # halved at three, doubled after two good ones
    assert found[:, 3].tolist() == [1, 1, 2, 3, 3, 3, 4] and int(optimizer.skipped.numpy()) == 3
    assert (found[1, :2] == found[0, :2]).all() and (found[2, :2] != found[1, :2]).all()


@pytest.mark.parametrize("bad", [0, 1])
def test_an_overflow_on_one_replica_is_one_on_all(bad):
    """The halves of each gradient on the two replicas; what is not finite on one of them alone."""
    split = []
    for gradient in GRADIENTS:
        half = np.array(gradient) / 2
        zeros = np.where(np.isfinite(gradient), half, 0.0)
        split.append([half, zeros] if bad == 0 else [zeros, half])
    wanted, _ = steps_of(scaled_adamw(), [[g] for g in GRADIENTS])
    found, optimizer = steps_of(scaled_adamw(), split, two_devices())
    np.testing.assert_allclose(found, wanted, rtol=1e-6)
    assert int(optimizer.skipped.numpy()) == 3


def overflowing():
    """A float32 model whose first four steps overflow: losses times 2^126, weighted by about 16."""
    keras.utils.set_random_seed(5)
    model = TextClassifier(tiny.native_encoder(dropout=0.1), seed=2)
    model.compile(LossScale(build_optimizer(RECIPE), initial_scale=2.0**127))
    return model


class Score(keras.callbacks.Callback):
    """Each epoch is better than the one before."""

    def on_epoch_end(self, epoch, logs=None):
        logs["val_accuracy"] = epoch


class Stop(keras.callbacks.Callback):
    """Ends a run in its second epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            raise KeyboardInterrupt


def fitted(model, *callbacks, epochs=3, first=0):
    weights = np.full(32, 16.0, "float32")
    rows = tf.data.Dataset.from_tensor_slices((tiny.features(32), LABELS[:32], weights)).batch(4)
    model.fit(rows, epochs=epochs, initial_epoch=first, callbacks=[Score(), *callbacks], verbose=0)


class Rates(keras.callbacks.Callback):
    """The rate of the next update, at the end of each step."""

    def on_train_begin(self, logs=None):
        self.rates = []

    def on_train_batch_end(self, batch, logs=None):
        self.rates.append(float(self.model.optimizer.learning_rate))


def test_a_skipped_step_takes_nothing_of_the_schedule():
    model, rates = overflowing(), Rates()
    fitted(model, rates, epochs=2)
    skipped = int(model.optimizer.skipped.numpy())
    assert 1 <= skipped <= 8 and int(model.optimizer.iterations.numpy()) == 16 - skipped
    schedule = WarmupDecay(1e-2, 16, RECIPE.warmup_share)
    assert rates.rates[:skipped] == pytest.approx([float(schedule(0))] * skipped)
    assert rates.rates[skipped:] == pytest.approx([float(schedule(step)) for step in range(1, 17 - skipped)])
    assert float(model.optimizer.dynamic_scale.numpy()) == 2.0 ** (127 - skipped)


def test_a_resumed_run_equals_an_unbroken_one_to_the_bit(tmp_path):
    whole = overflowing()
    fitted(whole)
    assert 1 <= int(whole.optimizer.skipped.numpy()) <= 8
    workers = Workers(tf.distribute.get_strategy())
    first = Checkpoints(tmp_path / "broken", "val_accuracy", {}, workers)
    first.start()
    with pytest.raises(KeyboardInterrupt):
        fitted(overflowing(), first, Stop())
    resumed, second = (
        overflowing(),
        Checkpoints(tmp_path / "broken", "val_accuracy", {}, Workers(tf.distribute.get_strategy())),
    )
    assert second.restore(resumed) == 1
    assert float(resumed.optimizer.dynamic_scale.numpy()) == float(whole.optimizer.dynamic_scale.numpy())
    assert np.abs(resumed.optimizer.inner_optimizer._momentums[0].numpy()).max() > 0
    fitted(resumed, second, first=1)
    kept = [model.weights + model.optimizer.variables for model in (whole, resumed)]
    for one, other in zip(*kept, strict=True):
        assert one.numpy().tobytes() == other.numpy().tobytes(), one.path


def test_a_keras_file_keeps_the_scale_and_what_is_inside(tmp_path):
    model, _ = trained("mixed_float16", scaled=False)
    model.optimizer.dynamic_scale.assign(512.0)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert type(again.optimizer) is LossScale and type(again.optimizer.inner_optimizer) is AdamW
    assert again.encoder.compute_dtype == "float16" and again.optimizer.get_config() == model.optimizer.get_config()
    assert len(again.optimizer.variables) == len(model.optimizer.variables)
    for one, other in zip(model.optimizer.variables, again.optimizer.variables, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())
    assert float(again.optimizer.dynamic_scale.numpy()) == 512.0
    x, y = tiny.features(8), LABELS[:8]
    assert model.train_on_batch(x, y) == pytest.approx(again.train_on_batch(x, y), rel=1e-6)


def test_building_again_changes_nothing():
    model, _ = trained("float16")
    optimizer = model.optimizer
    optimizer.dynamic_scale.assign(8.0)
    before = len(optimizer.variables)
    optimizer.build(model.trainable_variables)
    assert len(optimizer.variables) == before and float(optimizer.dynamic_scale.numpy()) == 8.0
