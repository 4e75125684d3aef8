"""The averages of an optimizer with `use_ema`: Keras' arithmetic on any number of replicas, exchanged to the bit."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny

from bert_keras.optimization.adamw import AdamW
from bert_keras.optimization.build_optimizer import build_optimizer
from bert_keras.optimization.loss_scale import inner_optimizer
from bert_keras.optimization.recipe import Recipe
from bert_keras.text_classification.text_classifier import TextClassifier

MOMENTUM, STEPS, ROWS = 0.75, 6, 22
RECIPE = Recipe(learning_rate=1e-2, adam_epsilon=1e-3, dropout=0.0, ema=MOMENTUM)
LABELS = np.random.default_rng(3).integers(0, 2, ROWS)


def two_devices():
    devices = [device.name for device in tf.config.list_logical_devices("CPU")]
    return tf.distribute.MirroredStrategy(devices[:2], tf.distribute.ReductionToOneDevice())


class Steps(keras.callbacks.Callback):
    """The weights after each step."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append([weight.numpy() for weight in self.model.trainable_weights])


def trained(strategy=None, micro_batches=1, dtype="float32"):
    """A model after six steps, its weights after each, and the averages as a callback sees them at the end."""
    steps = Steps()
    with (strategy or tf.distribute.get_strategy()).scope():
        model = TextClassifier(tiny.native_encoder(dtype=dtype), dropout=0.0, seed=2)
        model.compile(build_optimizer(RECIPE), micro_batches=micro_batches)
    model.fit(tiny.features(ROWS), LABELS, batch_size=4, shuffle=False, verbose=0, callbacks=[steps])
    assert len(steps.seen) == STEPS
    return model, steps.seen


def by_hand(seen):
    """The averages that weights after steps have: the first step's, then of each next one a quarter."""
    averages = [weight.astype("float64") for weight in seen[0]]
    for weights in seen[1:]:
        averages = [MOMENTUM * old + (1 - MOMENTUM) * new for old, new in zip(averages, weights, strict=True)]
    return averages


def furthest(one, other):
    return max(np.abs(a - b).max() for a, b in zip(one, other, strict=True))


def weights_of(model):
    return [weight.numpy() for weight in model.trainable_weights]


@pytest.mark.parametrize(
    ("replicas", "parts", "dtype"), [(1, 1, "float32"), (2, 2, "float32"), (2, 1, "mixed_float16")]
)
def test_a_fit_by_hand_ends_with_the_averages_of_its_steps(replicas, parts, dtype):
    """As Keras' own optimizers do with `use_ema`."""
    model, seen = trained(two_devices() if replicas == 2 else None, parts, dtype)
    found = weights_of(model)
    assert furthest(found, by_hand(seen)) < 1e-6
    assert furthest(found, seen[-1]) > 1e-3
    assert not inner_optimizer(model.optimizer).averages.are_in


def after_steps(optimizer, start, gradients, graph):
    """A weight and its average."""
    kernel = keras.Variable(start, name="kernel")
    optimizer.build([kernel])

    def step(gradient):
        optimizer.apply([gradient], [kernel])

    step = tf.function(step) if graph else step
    for gradient in gradients:
        step(tf.constant(gradient, "float32"))
    return [kernel.numpy(), optimizer._model_variables_moving_average[0].numpy()]


@pytest.mark.parametrize("options", [{}, {"amsgrad": True}])
@pytest.mark.parametrize("graph", [True, False], ids=["graph", "eager"])
def test_the_averages_are_those_of_keras(options, graph):
    options = {"learning_rate": 1e-2, "weight_decay": 0.1, "use_ema": True, "ema_momentum": MOMENTUM, **options}
    random = np.random.default_rng(0)
    start, gradients = random.normal(size=(3, 2)), random.normal(size=(STEPS, 3, 2))
    ends = [after_steps(AdamW(**options), start, gradients, graph)]
    ends.append(after_steps(keras.optimizers.AdamW(**options), start, gradients, graph))
    for ours, theirs in zip(*ends, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
    assert np.abs(ends[0][0] - ends[0][1]).max() > 1e-3


@pytest.mark.filterwarnings("ignore:.*Gradients do not exist")
def test_exchanging_loses_no_bit_and_beginning_anew_averages_from_there():
    optimizer = AdamW(1e-2, use_ema=True, ema_momentum=MOMENTUM)
    kernel, still = keras.Variable([1.0, 3.0], name="kernel"), keras.Variable([7.0], name="still")
    optimizer.build([kernel, still])
    for gradient in ([0.5, -0.25], [0.1, 0.7]):
        optimizer.apply([tf.constant(gradient), None], [kernel, still])
    trained_on, average = kernel.numpy(), optimizer._model_variables_moving_average[0].numpy()
    assert trained_on.tobytes() != average.tobytes()
    optimizer.averages.swap(into_model=False)  # where it is
    assert kernel.numpy().tobytes() == trained_on.tobytes()
    optimizer.averages.swap(into_model=True)
    optimizer.averages.swap(into_model=True)
    assert kernel.numpy().tobytes() == average.tobytes() and optimizer.averages.are_in
    assert still.numpy() == 7.0  # no gradient has reached it
    optimizer.finalize_variable_values([kernel, still])  # the end of a `fit`
    assert kernel.numpy().tobytes() == average.tobytes()
    optimizer.averages.swap(into_model=False)
    assert kernel.numpy().tobytes() == trained_on.tobytes() and not optimizer.averages.are_in
    optimizer.averages.begin()
    optimizer.finalize_variable_values([kernel, still])
    assert kernel.numpy().tobytes() == trained_on.tobytes()


def test_a_step_that_is_not_finite_moves_no_average():
    optimizer = AdamW(1e-2, use_ema=True, ema_momentum=MOMENTUM)
    kernel = keras.Variable([1.0, 3.0], name="kernel")
    optimizer.build([kernel])
    optimizer.apply([tf.constant([0.5, -0.25])], [kernel])
    before = optimizer._model_variables_moving_average[0].numpy()
    optimizer.apply([tf.constant([0.5, float("nan")])], [kernel])
    assert optimizer._model_variables_moving_average[0].numpy().tobytes() == before.tobytes()
