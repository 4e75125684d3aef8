"""`layer_decay`: the first step of AdamW is as long as the rate of each weight, whatever trains it and on what."""

import encoders
import jax_child
import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny

from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.masked_lm.masked_lm import MaskedLM
from bert_keras.models.lay_layer_rates import lay_layer_rates
from bert_keras.models.word_rows import word_rows
from bert_keras.optimization.adamw import AdamW
from bert_keras.optimization.build_optimizer import build_optimizer
from bert_keras.optimization.loss_scale import LossScale
from bert_keras.optimization.recipe import Recipe
from bert_keras.text_classification.text_classifier import TextClassifier

DECAY, LAYERS, ROWS = 0.5, 2, 8
# The longest rate there is, so that little of a step is lost to the rounding of what it is taken from.
RECIPE = Recipe(learning_rate=1.0, warmup_share=0.0, weight_decay=0.0, adam_epsilon=1e-20, layer_decay=DECAY)
LABELS = np.arange(ROWS) % 2


def rate_of(name):
    """By the rule of the recipe's docstring, written out."""
    for layer, rate in enumerate((DECAY**2, DECAY)):
        if f"layer_{layer}/" in name:
            return rate
    return DECAY**3 if "embedding" in name else 1.0


def two_devices():
    devices = [device.name for device in tf.config.list_logical_devices("CPU")]
    return tf.distribute.MirroredStrategy(devices[:2], tf.distribute.ReductionToOneDevice())


def named(model):
    return model.encoder.tunable_weights() | {f"head/{n}": w for n, w in model.head_weights().items()}


def first_step(model, data):
    """By weight, how far its numbers moved: the middle one of those that have a gradient."""
    before = {name: weight.numpy() for name, weight in named(model).items()}
    model.fit(data, epochs=1, verbose=0)
    steps = {}
    for name, weight in named(model).items():
        moved = np.abs(weight.numpy().astype("float64") - before[name])
        steps[name] = float(np.median(moved[moved > 0])) if (moved > 0).any() else 0.0
    return steps


def one_batch(says=False):
    features = tiny.features(ROWS)
    data = tf.data.Dataset.from_tensor_slices((features, LABELS)).batch(ROWS)
    if says:
        data.used_words = np.unique(features["input_word_ids"])
    return data


def classifier(encoder, recipe=RECIPE, scale=False, **options):
    model = TextClassifier(encoder, 2, dropout=0.0, seed=1)
    optimizer = build_optimizer(recipe)
    model.compile(LossScale(optimizer) if scale else optimizer, **options)
    return model


def assert_rates(steps, tolerance=1e-6):
    without = {name for name, step in steps.items() if step == 0.0}
    assert all("key/bias" in name for name in without)  # no gradient: it adds the same to all scores of a query
    for name, step in steps.items():
        if name not in without:
            assert step == pytest.approx(rate_of(name), rel=tolerance), name


@pytest.mark.parametrize("dialect", ["dict", "list"])
def test_in_the_hubs_graph(dialect):
    encoder = load_encoder(encoders.shared_encoder(dialect), seed=1)
    model = classifier(encoder)
    steps = first_step(model, one_batch())
    assert len(steps) == len(encoder.named_weights()) + 2
    assert_rates(steps)


FORMS = {
    "plain": {},
    "word rows": {"says": True},
    "micro-batches": {"micro_batches": 2},
    "eagerly": {"run_eagerly": True},
    "loss scale": {"scale": True},
    "two replicas in micro-batches with a loss scale": {"replicas": 2, "micro_batches": 2, "scale": True},
}


@pytest.mark.parametrize("form", FORMS)
def test_in_every_way_of_training(form):
    options = dict(FORMS[form])
    says, is_two = options.pop("says", False), options.pop("replicas", 1) == 2
    with (two_devices() if is_two else tf.distribute.get_strategy()).scope():
        model = classifier(tiny.native_encoder(num_layers=LAYERS), **options)
    data = one_batch(says)
    steps = first_step(model, data)
    assert len(steps) == 5 + 16 * LAYERS + 2 + 2
    assert_rates(steps)
    assert (word_rows(model, data) is not None) is says


def test_of_lora_each_matrix_has_the_rate_of_its_layer():
    encoder = tiny.native_encoder(num_layers=LAYERS)
    encoder.add_lora(rank=2)
    steps = {name: step for name, step in first_step(classifier(encoder), one_batch()).items() if step}
    assert {name for name in steps if "head" not in name} == {n for n in encoder.lora_weights() if n.endswith("lora_b")}
    assert_rates(steps)  # A has no gradient while B is 0


def test_of_masked_words_the_table_has_the_rate_of_embeddings_and_the_head_the_whole():
    model = MaskedLM(tiny.native_encoder(num_layers=LAYERS), seed=1)
    model.compile(build_optimizer(RECIPE))
    features = tiny.features(ROWS)
    labels = np.where(np.arange(features["input_word_ids"].shape[1]) % 3 == 1, features["input_word_ids"], -1)
    data = tf.data.Dataset.from_tensor_slices((features, labels.astype("int32"))).batch(ROWS)
    steps = {name: step for name, step in first_step(model, data).items() if "pooler" not in name}
    assert steps["word_embeddings/embeddings"] > 0 and any(name.startswith("head/") for name in steps)
    assert_rates(steps)


@pytest.mark.parametrize("replicas", [1, 2])
def test_weight_decay_takes_its_share_of_the_same_rate(replicas):
    """Beside the step, which is as long as the rate: w (1 - rate * decay) - rate, or + rate."""
    recipe = Recipe(**{**vars(RECIPE), "weight_decay": 0.5})
    with (two_devices() if replicas == 2 else tf.distribute.get_strategy()).scope():
        model = classifier(tiny.native_encoder(num_layers=LAYERS), recipe)
    before = {name: weight.numpy() for name, weight in named(model).items()}
    model.fit(one_batch(), verbose=0)
    for name, weight in named(model).items():
        rate = rate_of(name)
        taken = 0.0 if name.endswith(("bias", "beta", "gamma")) or "layer_norm" in name else 0.5 * rate
        left = weight.numpy() - before[name].astype("float64") * (1 - taken)
        moved = np.abs(left)[np.abs(left) > 1e-5]
        if len(moved):  # a key's bias may have no gradient, nor the rows of other words
            np.testing.assert_allclose(np.median(moved), rate, rtol=1e-6, err_msg=name)
        assert (np.isclose(np.abs(left), rate, rtol=1e-4) | np.isclose(left, 0, atol=1e-5)).mean() > 0.99, name


def test_with_and_without_word_rows_training_ends_alike():
    recipe = Recipe(learning_rate=1e-2, weight_decay=0.1, adam_epsilon=1e-3, layer_decay=0.6)
    found = []
    for says in (True, False):
        model = classifier(tiny.native_encoder(num_layers=2), recipe)
        model.fit(one_batch(says), epochs=6, verbose=0)
        found.append([weight.numpy() for weight in model.weights])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def operations(recipe):
    """How many operations the graph of one update has, of an encoder's variables."""
    model = classifier(tiny.native_encoder(num_layers=LAYERS), recipe)
    model(tiny.features(1))
    optimizer, variables = model.optimizer, model.trainable_variables
    optimizer.build(variables)
    grads = [tf.TensorSpec(variable.shape) for variable in variables]
    traced = tf.function(lambda *given: optimizer.apply(list(given), variables)).get_concrete_function(*grads)
    library = traced.graph.as_graph_def().library.function
    return len(traced.graph.get_operations()) + sum(len(function.node_def) for function in library)


def test_it_costs_a_few_operations_a_layer_and_none_where_it_is_off():
    """Rates and decays are worked out together. Without it there is more than one for each of the 41 variables."""
    without, shared = (operations(Recipe(layer_decay=decay)) for decay in (1.0, 0.9))
    assert without < shared <= without + 8


def test_a_model_that_is_saved_and_loaded_goes_on_with_its_rates(tmp_path):
    model = classifier(tiny.native_encoder(num_layers=LAYERS))
    model(tiny.features(1))
    model.optimizer.build(model.trainable_variables)
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    assert again.optimizer.layer_decay == DECAY
    assert_rates(first_step(again, one_batch()))


def test_compiled_again_without_it_all_have_one_rate():
    model = classifier(tiny.native_encoder(num_layers=1))
    model.compile(build_optimizer(Recipe(**{**vars(RECIPE), "layer_decay": 1.0})))
    assert {round(step, 5) for step in first_step(model, one_batch()).values()} <= {0.0, 1.0}


@pytest.mark.thorough(
    "::test_in_every_way_of_training", "training/test_sharding::test_the_losses_of_every_step_are_those_of_one_device"
)
@pytest.mark.skipif(not jax_child.is_installed(), reason="JAX is not installed")
def test_on_jax(tmp_path):
    """XLA rounds Adam's numbers otherwise, for all weights alike: rates are compared with the head's."""
    steps = jax_child.run("layer_rates", tmp_path)["steps"]
    head = next(step for name, step in steps.items() if name.startswith("head/"))
    assert head == pytest.approx(1.0, rel=1e-4)
    # Its encoder has one layer, the last.
    rates = {name: 0.5 if "layer_0" in name else 0.25 if "embedding" in name else 1.0 for name in steps}
    assert {name for name, rate in rates.items() if steps[name] / head == pytest.approx(rate, rel=1e-6)} == {
        name for name in steps if "key/bias" not in name or steps[name]
    }


# What cannot be meant ------------------------------------------------------------------------------------------


def test_what_cannot_be_meant_is_refused():
    with pytest.raises(ValueError, match=r"`layer_decay` must be a finite number between 0.1 and 1.0"):
        AdamW(1e-3, layer_decay=0.0)
    with pytest.raises(ValueError, match=r"`layer_decay` must be 1 with an encoder that does not say which.*=0.5"):
        classifier(tiny.SumEncoder())
    variable = keras.Variable([1.0])
    with pytest.raises(ValueError, match=r"`layer_decay` must be 1 in any other model. Received: layer_decay=0.5"):
        build_optimizer(RECIPE).build([variable])
    lay_layer_rates(keras.optimizers.SGD(0.1), None)  # has none
