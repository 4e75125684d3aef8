"""`AdamW`: the textbook's update, exact with sparse gradients, without decay on biases and layer norms."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny

from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.optimization.adamw import NOT_DECAYED, AdamW
from bert_keras.optimization.build_optimizer import build_optimizer
from bert_keras.optimization.recipe import Recipe
from bert_keras.optimization.warmup_decay import WarmupDecay
from bert_keras.text_classification.text_classifier import TextClassifier

SHAPES = {"word_embeddings": (6, 3), "kernel": (3, 2), "bias": (2,), "gamma": (3,)}
STEPS = 6


def values(seed=0, scale=1.0):
    random = np.random.default_rng(seed)
    return {name: (scale * random.normal(size=shape)).astype("float32") for name, shape in SHAPES.items()}


def gradients():
    """A gradient a step; the first ones are clipped at a global norm of 1, the last ones are not."""
    return [values(seed=10 + step, scale=1.0 if step < 3 else 0.05) for step in range(STEPS)]


def trajectory(optimizer, given, convert=tf.constant, graph=True):
    """The variables after each step, as a list of dicts."""
    variables = {name: keras.Variable(value, name=name) for name, value in values().items()}
    optimizer.build(list(variables.values()))

    def step(*grads):
        optimizer.apply(list(grads), list(variables.values()))

    step = tf.function(step) if graph else step
    seen = []
    for grads in given:
        step(*[convert(grad) for grad in grads.values()])
        seen.append({name: variable.numpy() for name, variable in variables.items()})
    return seen


def assert_close(one, two, atol=1e-6):
    for step, (a, b) in enumerate(zip(one, two, strict=True)):
        for name in a:
            np.testing.assert_allclose(a[name], b[name], rtol=0, atol=atol, err_msg=f"step {step}, {name}")


def numpy_adamw(rates, decay, clip, epsilon, beta_1=0.9, beta_2=0.999, uncorrected=True):
    """AdamW by its paper, in float64. `uncorrected`: epsilon beside the root of the uncorrected second moment."""
    state = {name: value.astype("float64") for name, value in values().items()}
    m, v = ({name: np.zeros(shape) for name, shape in SHAPES.items()} for _ in range(2))
    seen = []
    for t, (rate, grads) in enumerate(zip(rates, gradients(), strict=True), start=1):
        norm = np.sqrt(sum(np.sum(grad.astype("float64") ** 2) for grad in grads.values()))
        for name, grad in grads.items():
            grad = grad.astype("float64") * (min(1.0, clip / norm) if clip else 1.0)
            state[name] *= 1 - rate * (0.0 if name in ("bias", "gamma") else decay)
            m[name] = beta_1 * m[name] + (1 - beta_1) * grad
            v[name] = beta_2 * v[name] + (1 - beta_2) * grad**2
            correction = np.sqrt(1 - beta_2**t)
            root = np.sqrt(v[name]) / correction + (epsilon / correction if uncorrected else epsilon)
            state[name] -= rate * m[name] / (1 - beta_1**t) / root
        seen.append({name: value.copy() for name, value in state.items()})
    return seen


def test_the_rate_of_a_step_is_worked_out_once(monkeypatch):
    """Not once for every variable: that was a quarter of the operations of BERT's training step."""
    asked, schedule = [], WarmupDecay.__call__
    monkeypatch.setattr(WarmupDecay, "__call__", lambda self, step: asked.append(0) or schedule(self, step))
    trajectory(build_optimizer(total_steps=STEPS), gradients()[:2])
    assert len(asked) == 1


@pytest.mark.parametrize("graph", [True, False], ids=["graph", "eager"])
@pytest.mark.parametrize("clip", [None, 1.0])
def test_the_trajectory_is_that_of_keras(clip, graph):
    options = {"learning_rate": 1e-2, "weight_decay": 0.1, "global_clipnorm": clip}
    reference = keras.optimizers.AdamW(**options)
    reference.exclude_from_weight_decay(var_names=["bias", "gamma"])
    assert_close(trajectory(AdamW(**options), gradients(), graph=graph), trajectory(reference, gradients()))


@pytest.mark.parametrize("clip", [None, 1.0])
def test_the_trajectory_is_the_papers(clip):
    ours = trajectory(AdamW(1e-2, weight_decay=0.1, global_clipnorm=clip, epsilon=1e-3), gradients())
    assert_close(ours, numpy_adamw([1e-2] * STEPS, 0.1, clip, 1e-3))
    # torch.optim.AdamW adds epsilon to the corrected root: no difference where epsilon is small
    ours = trajectory(AdamW(1e-2, weight_decay=0.1, global_clipnorm=clip, epsilon=1e-12), gradients())
    assert_close(ours, numpy_adamw([1e-2] * STEPS, 0.1, clip, 1e-12, uncorrected=False))


def test_the_rate_follows_the_schedule():
    schedule = WarmupDecay(1e-2, STEPS, warmup_share=1 / 3)
    rates = [5e-3, 1e-2, 1e-2, 7.5e-3, 5e-3, 2.5e-3]  # two steps up, four down
    ours = trajectory(AdamW(schedule, weight_decay=0.1, epsilon=1e-3), gradients())
    assert_close(ours, numpy_adamw(rates, 0.1, None, 1e-3))


def test_amsgrad_and_accumulation_are_those_of_keras():
    for options in ({"amsgrad": True}, {"gradient_accumulation_steps": 2, "global_clipnorm": 1.0}):
        options = {"learning_rate": 1e-2, "weight_decay": 0.1, **options}
        reference = keras.optimizers.AdamW(**options)
        reference.exclude_from_weight_decay(var_names=["bias", "gamma"])
        assert_close(trajectory(AdamW(**options), gradients()), trajectory(reference, gradients()))


# Sparse gradients


def sparse(grad):
    """The gradient of a word table as TensorFlow makes it: a row for each token; row 2 stands three times."""
    if grad.shape != SHAPES["word_embeddings"]:
        return tf.constant(grad)
    rows = np.concatenate([grad, grad[2:3], -3.0 * grad[2:3]])
    return tf.IndexedSlices(tf.constant(rows), tf.constant([0, 1, 2, 3, 4, 5, 2, 2]), tf.constant(grad.shape, tf.int64))


def summed(grads):
    grads = {name: grad.copy() for name, grad in grads.items()}
    grads["word_embeddings"][2] *= -1.0  # 1 + 1 - 3
    return grads


@pytest.mark.parametrize("graph", [True, False], ids=["graph", "eager"])
def test_a_repeated_word_counts_once_in_the_global_norm(graph):
    options = {"learning_rate": 1e-2, "weight_decay": 0.1, "global_clipnorm": 1.0, "epsilon": 1e-3}
    dense = [summed(grads) for grads in gradients()]
    expected = trajectory(AdamW(**options), dense)
    assert_close(trajectory(AdamW(**options), gradients(), sparse, graph), expected)
    # Keras' own AdamW squares the rows one by one, and ends elsewhere
    reference = keras.optimizers.AdamW(**options)
    reference.exclude_from_weight_decay(var_names=["bias", "gamma"])
    assert_close(trajectory(reference, dense), expected)
    theirs = trajectory(keras.optimizers.AdamW(**options), gradients(), sparse)[-1]
    assert np.abs(theirs["kernel"] - expected[-1]["kernel"]).max() > 1e-4


# Weight decay


def decayed(model):
    """Names of the weights that an update with gradients of zero makes smaller."""
    weights = model.encoder.named_weights() | {f"classifier/{w.name}": w for w in model.classifier.weights}
    trained = {name: weight for name, weight in weights.items() if weight.trainable}
    for weight in trained.values():
        weight.assign(tf.ones(weight.shape))
    optimizer = AdamW(0.1, weight_decay=0.1)
    optimizer.apply([tf.zeros(weight.shape) for weight in trained.values()], list(trained.values()))
    after = {name: weight.numpy() for name, weight in trained.items()}
    for name, value in after.items():
        assert np.allclose(value, 0.99, atol=1e-6) or np.all(value == 1.0), name
    return {name for name, value in after.items() if np.all(value < 1.0)}


DECAYED = {
    "word_embeddings/embeddings",
    "position_embedding/embeddings",
    "type_embeddings/embeddings",
    "pooler_transform/kernel",
    "classifier/kernel",
} | {
    f"transformer/layer_{layer}/{name}/kernel"
    for layer in (0, 1)
    for name in (
        *("self_attention/query", "self_attention/key", "self_attention/value", "self_attention/attention_output"),
        *("intermediate", "output"),
    )
}


def test_biases_and_layer_norms_do_not_decay(dict_encoder):
    hub = TextClassifier(load_encoder(dict_encoder))
    assert len(hub.trainable_weights) == 5 + 16 * 2 + 2 + 2
    assert decayed(hub) == DECAYED
    assert decayed(TextClassifier(tiny.native_encoder(num_layers=2))) == DECAYED


def test_biases_and_layer_norms_of_the_list_dialect_do_not_decay(list_encoder):
    names = decayed(TextClassifier(load_encoder(list_encoder)))
    assert len(names) == len(DECAYED)
    assert not [name for name in names if any(part in name for part in NOT_DECAYED)]


def test_exclusions_of_ones_own_are_added():
    optimizer = AdamW(0.1, weight_decay=0.1)
    optimizer.exclude_from_weight_decay(var_names=["embeddings"])
    last = trajectory(optimizer, [{name: np.zeros_like(value) for name, value in values().items()}])[-1]
    for name, factor in {"word_embeddings": 1.0, "kernel": 0.99, "bias": 1.0, "gamma": 1.0}.items():
        np.testing.assert_allclose(last[name], factor * values()[name], atol=1e-7)


# In models


def test_frozen_weights_stay(dict_encoder):
    encoder = load_encoder(dict_encoder)
    assert encoder.freeze("embeddings", "layer_0/") == 5 + 16
    model = TextClassifier(encoder, dropout=0.0)
    before = {name: weight.numpy() for name, weight in encoder.named_weights().items()}
    model.fit(tiny.features(), np.arange(16) % 2, verbose=0)
    changed = {name for name, weight in encoder.named_weights().items() if np.any(weight.numpy() != before[name])}
    free = {name for name in before if name.startswith(("transformer/layer_1/", "pooler"))}
    assert changed <= free and free - changed <= {"transformer/layer_1/self_attention/key/bias"}
    assert len(model.optimizer._momentums) == 16 + 2 + 2


def test_the_state_is_saved_and_reloaded(tmp_path):
    model = TextClassifier(tiny.native_encoder(), dropout=0.0)
    model.fit(tiny.features(), np.arange(16) % 2, batch_size=4, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert type(again.optimizer) is AdamW
    assert again.optimizer.get_config() == model.optimizer.get_config()
    assert len(again.optimizer.variables) == len(model.optimizer.variables) == 1 + 2 * len(model.trainable_weights)
    for one, two in zip(model.optimizer.variables, again.optimizer.variables, strict=True):
        np.testing.assert_array_equal(one.numpy(), two.numpy())
    assert int(again.optimizer.iterations.numpy()) == 4
    assert np.abs(again.optimizer._momentums[0].numpy()).max() > 0


@pytest.mark.parametrize("in_place", [False, True])
def test_a_schedule_is_laid_and_taken_back(in_place):
    optimizer = AdamW(WarmupDecay(1e-2, warmup_share=0.5))
    assert optimizer.waits_for_steps
    variable = keras.Variable(np.ones(2, "float32"))
    for _ in range(3):
        optimizer.apply([tf.ones(2)], [variable])
    optimizer.lay_schedule(4, in_place=in_place)
    laid = optimizer.schedule
    assert float(optimizer.learning_rate) == pytest.approx(5e-3)  # the first of two steps up
    optimizer.lay_schedule(4, steps_before=2, in_place=in_place)
    assert float(optimizer.learning_rate) == pytest.approx(1e-2)  # the third of four
    assert (optimizer.schedule is laid) == in_place
    assert optimizer.get_config()["learning_rate"]["config"]["total_steps"] is None
    optimizer.open_schedule()
    assert float(optimizer.learning_rate) == pytest.approx(1e-2)
    assert not AdamW(1e-3).waits_for_steps and not AdamW(WarmupDecay(1e-3, 10)).waits_for_steps


def test_a_schedule_counts_calls_when_gradients_are_accumulated():
    optimizer = AdamW(WarmupDecay(1.0, warmup_share=0.0), gradient_accumulation_steps=2)
    variable = keras.Variable(np.ones(2, "float32"))
    for _ in range(6):
        optimizer.apply([tf.ones(2)], [variable])
    optimizer.lay_schedule(8)
    assert float(optimizer.learning_rate) == pytest.approx(1.0)
    optimizer.apply([tf.ones(2)], [variable])
    assert float(optimizer.learning_rate) == pytest.approx(7 / 8)


def test_the_recipes_optimizer():
    config = build_optimizer().get_config()
    expected = {"weight_decay": 0.01, "global_clipnorm": 1.0, "epsilon": 1e-7, "beta_1": 0.9, "beta_2": 0.999}
    assert {name: config[name] for name in expected} == expected
    assert config["learning_rate"]["config"] == {
        "peak": 5e-5,
        "total_steps": None,
        "warmup_share": 0.1,
        "first_step": 0,
        "schedule": "linear",
    }
    fields = {"learning_rate": 1e-3, "adam_epsilon": 1e-6, "warmup_share": 0.25, "schedule": "cosine"}
    recipe = Recipe(weight_decay=0.1, clip_norm=0, **fields)
    optimizer = build_optimizer(recipe, total_steps=8)
    config = optimizer.get_config()
    assert (config["weight_decay"], config["global_clipnorm"], config["epsilon"]) == (0.1, None, 1e-6)
    rate = config["learning_rate"]["config"]
    assert (rate["total_steps"], rate["schedule"]) == (8, "cosine")
    assert float(optimizer.learning_rate) == pytest.approx(5e-4)  # the first of two steps up
    assert not optimizer.waits_for_steps
