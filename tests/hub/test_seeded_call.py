"""A SavedModel's call with a seed: its numbers and gradients, what it drops, and how often the same."""

import encoders
import keras
import numpy as np
import pytest
import tensorflow as tf

from bert_keras.hub.keras_layer import KerasLayer
from bert_keras.hub.seeded_call import SeededCall

IDS = np.random.default_rng(0).integers(6, 100, (8, 12)).astype("int32")
FEATURES = {"input_word_ids": IDS, "input_mask": np.ones_like(IDS), "input_type_ids": np.zeros_like(IDS)}
RATE = 0.3


@pytest.fixture(scope="module")
def two_dropouts(tmp_path_factory):
    """A SavedModel that gives its input after two dropouts, one of them of a function that it calls."""
    folder = str(tmp_path_factory.mktemp("dropouts") / "m")
    module = tf.train.Checkpoint(scale=tf.Variable(1.0, name="scale"))
    inner = tf.function(lambda x: tf.nn.dropout(x, RATE), autograph=False)

    @tf.function(autograph=False)
    def call(x, training=False):
        x *= module.scale
        return (tf.nn.dropout(x, RATE), inner(x)) if training else (x, x)

    for training in (True, False):
        call.get_concrete_function(tf.TensorSpec([None, None], tf.float32), training)
    module.__call__, module.variables, module.trainable_variables = call, [module.scale], [module.scale]
    tf.saved_model.save(module, folder)
    return folder


def dropped(outputs):
    return [output.numpy() == 0 for output in outputs]


def trained(layer, x):
    """The outputs of a step, and the gradients of their sum of squares."""
    with tf.GradientTape() as tape:
        outputs = layer(x, training=True)
        pooled = outputs["pooled_output"] if isinstance(outputs, dict) else outputs[0]
        loss = tf.reduce_sum(pooled**2)
    return tf.nest.flatten(outputs), tape.gradient(loss, [weight.value for weight in layer.trainable_weights])


@pytest.mark.parametrize("dialect", ["dict", "list"])
def test_outputs_and_gradients_are_the_published_graphs(dialect, tmp_path):
    """At a rate at which nothing is dropped, with the operations of dropout there."""
    folder = str(encoders.export_encoder(tmp_path / "encoder", dialect, dropout=1e-9))
    layer = KerasLayer(folder, trainable=True)
    found, gradients = trained(layer, FEATURES)
    layer._seeded = None
    wanted, published = trained(layer, FEATURES)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    assert isinstance(gradients[0], tf.IndexedSlices) and isinstance(published[0], tf.IndexedSlices)
    for one, other in zip(gradients, published, strict=True):
        np.testing.assert_allclose(tf.convert_to_tensor(one), tf.convert_to_tensor(other), atol=2e-5)


@pytest.mark.parametrize("fixture", ["dict_encoder", "list_encoder", "tiny_encoder"])
def test_a_step_is_a_function_of_seed_and_draws(fixture, request):
    """Of both exporters of Model Garden, and of `bk.save_encoder`."""
    handle = str(request.getfixturevalue(fixture))
    one, again, other = (KerasLayer(handle, trainable=True, seed=seed) for seed in (5, 5, 6))
    first, second = trained(one, FEATURES), trained(one, FEATURES)
    for found, wanted in zip((trained(again, FEATURES), trained(again, FEATURES)), (first, second), strict=True):
        for a, b in zip(tf.nest.flatten(found), tf.nest.flatten(wanted), strict=True):
            assert tf.convert_to_tensor(a).numpy().tobytes() == tf.convert_to_tensor(b).numpy().tobytes()
    for found in (second, trained(other, FEATURES)):
        assert np.abs(found[0][0] - first[0][0]).max() > 1e-3
    assert one._seeds.state.numpy().tolist() == [5, 2]


def test_the_rate_and_the_independence_of_what_is_dropped(two_dropouts):
    """Between steps, places, rows and neighbours; and what is kept is scaled."""
    layer = KerasLayer(two_dropouts, trainable=True, seed=1)
    x = tf.ones([200, 300])
    masks = [mask for _ in range(3) for mask in dropped(layer(x, training=True))]
    bound = 5 / 60_000**0.5  # five standard errors
    for mask in masks:
        assert mask.mean() == pytest.approx(RATE, abs=bound)
        for part in (mask[1:] & mask[:-1], mask[:, 1:] & mask[:, :-1]):
            assert part.mean() == pytest.approx(RATE**2, abs=bound)
        assert np.ptp(mask.mean(axis=1)) > 0  # rows differ
    for place, mask in enumerate(masks):
        assert all((mask & other).mean() == pytest.approx(RATE**2, abs=bound) for other in masks[:place])
    kept = layer(x, training=True)[0].numpy()
    np.testing.assert_allclose(kept[kept != 0], 1 / (1 - RATE), rtol=1e-6)


def _on_replicas(folder, draws=2):
    """What each of two replicas drops in each draw of a traced step, and the layer."""
    # Reduced on one device: collective operations of two strategies in one process share their keys, and collide.
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"], tf.distribute.ReductionToOneDevice())
    with strategy.scope():
        layer = KerasLayer(folder, trainable=True, seed=1)

    def replica():
        with tf.GradientTape() as tape:
            outputs = layer(tf.ones([100, 100]), training=True)
            loss = tf.reduce_sum(outputs[0])
        return outputs, tape.gradient(loss, layer.trainable_weights[0].value)

    step = tf.function(lambda: strategy.run(replica), autograph=False)
    found = []
    for _ in range(draws):
        outputs, gradient = step()
        found += [dropped(strategy.experimental_local_results(output)) for output in outputs]
        for loss, one in zip(*map(strategy.experimental_local_results, (outputs[0], gradient)), strict=True):
            assert one.numpy() == pytest.approx(loss.numpy().sum(), rel=1e-6)
    return found, layer


def test_replicas_drop_different_units_and_each_run_the_same(two_dropouts):
    found, layer = _on_replicas(two_dropouts)
    masks = [mask for of_replicas in found for mask in of_replicas]
    assert len(masks) == 8
    for place, mask in enumerate(masks):
        assert all((mask & other).mean() == pytest.approx(RATE**2, abs=0.05) for other in masks[:place])
    states = [part.numpy().tolist() for part in layer._seeds.state.value.values]
    assert states == [[1, 2], [1, 2]]  # equal, so that one checkpoint has them
    again, _ = _on_replicas(two_dropouts)
    np.testing.assert_array_equal(again, found)
    alone = KerasLayer(two_dropouts, trainable=True, seed=1)
    for of_first, mask in zip(found, dropped(alone(tf.ones([100, 100]), training=True)), strict=False):
        np.testing.assert_array_equal(of_first[0], mask)  # the first replica's are those of one device


def test_a_layer_that_is_not_trained_draws_no_seed(two_dropouts):
    layer = KerasLayer(two_dropouts, trainable=False, seed=1)
    assert not any(mask.any() for mask in dropped(layer(tf.ones([5, 5]), training=True)))
    assert not any(mask.any() for mask in dropped(layer(tf.ones([5, 5]), training=False)))
    assert layer._seeds.state.numpy().tolist() == [1, 0]


def test_a_graph_that_draws_nothing_is_called_as_it_is():
    module = tf.Module()
    module.table = tf.Variable([2.0])
    calls = []

    def run(x, training):
        calls.append(training)
        return x * module.table

    call = SeededCall(run, [module.table])
    drawn = []
    for _ in range(2):
        np.testing.assert_array_equal(call(tf.constant([3.0]), {"training": True}, lambda: drawn.append(1)), [6.0])
    assert calls == [True] * 3 and not drawn  # traced once to look at it


def test_where_it_cannot_be_seeded_a_warning_says_so(tmp_path):
    module = tf.train.Checkpoint(scale=tf.Variable(1.0, name="scale"))

    @tf.function(autograph=False)
    def call(x, training=False):
        return tf.random.shuffle(x * module.scale) if training else x * module.scale

    for training in (True, False):
        call.get_concrete_function(tf.TensorSpec([None], tf.float32), training)
    module.__call__, module.variables, module.trainable_variables = call, [module.scale], [module.scale]
    tf.saved_model.save(module, str(tmp_path / "m"))
    layer = KerasLayer(str(tmp_path / "m"), trainable=True)
    x = tf.range(50.0)
    np.testing.assert_array_equal(layer(x, training=False), x)
    with pytest.warns(UserWarning, match=r"graph of '.*m' draws .* as it holds the operation RandomShuffle: two runs"):
        shuffled = layer(x, training=True)
    assert sorted(shuffled.numpy()) == x.numpy().tolist() and shuffled.numpy().tolist() != x.numpy().tolist()
    assert sorted(layer(x, training=True).numpy()) == x.numpy().tolist()  # without another warning


def test_the_seed_is_saved_with_the_weights(two_dropouts, tmp_path):
    def model():
        layer = KerasLayer(two_dropouts, trainable=True)
        inputs = keras.Input((None,))
        return keras.Model(inputs, layer(inputs)), layer

    (one, layer), x = model(), tf.ones([20, 20])
    one(x, training=True)
    one.save(tmp_path / "model.keras")
    one.save_weights(tmp_path / "w.weights.h5")
    wanted = dropped(one(x, training=True))
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(dropped(again(x, training=True)), wanted)
    other, _ = model()
    assert (np.asarray(dropped(other(x, training=True))) != wanted).any()
    other.load_weights(tmp_path / "w.weights.h5")
    np.testing.assert_array_equal(dropped(other(x, training=True)), wanted)
    assert [weight.name for weight in layer.weights] == ["scale"]
    state = layer._seeds.state.numpy()
    layer.load_own_variables({"0": np.float32(3.0)})  # a file of an older version
    assert layer.weights[0].numpy() == 3.0 and layer._seeds.state.numpy().tolist() == state.tolist()


def test_keras_decides_the_seed_unless_one_is_given(two_dropouts):
    def state(**options):
        keras.utils.set_random_seed(3)
        layer = KerasLayer(two_dropouts, trainable=True, **options)
        return layer._seeds.state.numpy().tolist(), layer.get_config().get("seed")

    assert state() == state() and state()[1] is None
    assert state(seed=7) == ([7, 0], 7)
    with pytest.raises(ValueError, match=r"`seed` must be .* Received: seed=-1"):
        KerasLayer(two_dropouts, seed=-1)


def test_a_graph_that_does_not_look_at_one_of_its_inputs():
    scale = tf.Variable(2.0)
    call = SeededCall(lambda inputs: tf.nn.dropout(inputs["x"] * scale, RATE), [scale])
    found = call({"x": tf.ones([4, 5]), "unused": tf.ones([4], tf.int32)}, {}, lambda: tf.constant([1, 0]))
    kept = found.numpy()[found.numpy() != 0]
    np.testing.assert_allclose(kept, 2 / (1 - RATE), rtol=1e-6)
