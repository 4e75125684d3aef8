"""Strategies: what a word stands for, how steps are carried out, and runs that end alike on one device and several."""

import dataclasses

import numpy as np
import pytest
import questions
import tensorflow as tf
import tuned
from encoders import VOCABULARY

from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.optimization.recipe import Recipe
from bert_keras.running.choosing.load_task import load_task
from bert_keras.running.evaluate import evaluate
from bert_keras.running.finetune import finetune
from bert_keras.running.folders.model_folder import load_model
from bert_keras.training.devices import Devices
from bert_keras.training.strategies import choose_strategy, execution_of


class StandIn(tf.distribute.MirroredStrategy):
    """In the place of TPUStrategy."""


def devices(count, kind=tf.distribute.MirroredStrategy):
    cpus = [device.name for device in tf.config.list_logical_devices("CPU")]
    return kind(cpus[:count], tf.distribute.ReductionToOneDevice())


# Which strategy -------------------------------------------------------------------------------------------------------


def test_words():
    one, said = choose_strategy("one")
    assert one.num_replicas_in_sync == 1 and said == "one device, the CPU"
    assert choose_strategy("auto") == choose_strategy() == (one, said)
    mirrored, said = choose_strategy("mirrored")
    assert isinstance(mirrored, tf.distribute.MirroredStrategy)
    assert mirrored.num_replicas_in_sync == len(tf.config.list_logical_devices("CPU")) > 1
    assert said == f"MirroredStrategy with {mirrored.num_replicas_in_sync} replicas (3 logical CPUs, no GPU)"
    given = devices(2)
    assert choose_strategy(given) == (given, "MirroredStrategy with 2 replicas (as given)")
    with given.scope():
        assert choose_strategy("auto") == (given, "MirroredStrategy with 2 replicas (of the scope around)")
        with pytest.raises(ValueError, match="`strategy` must be 'auto' or an object inside a strategy's scope"):
            choose_strategy("one")


def test_words_that_are_none():
    with pytest.raises(
        ValueError, match=r"`strategy` must be one of 'auto', 'one', 'mirrored'.*Did you mean 'mirrored'"
    ):
        choose_strategy("miror")
    with pytest.raises(ValueError, match=r"`strategy` must be one of .*Received: strategy=2"):
        choose_strategy(2)


# How steps are carried out --------------------------------------------------------------------------------------------


def execution(jit_compile, static_shapes, steps_per_execution):
    """Arguments of a model's `compile`."""
    return dict(jit_compile=jit_compile, static_shapes=static_shapes, steps_per_execution=steps_per_execution)


def test_what_suits_the_devices(monkeypatch):
    one, two = tf.distribute.get_strategy(), devices(2)
    assert execution_of(Devices(), one) == execution(False, False, 1)
    assert execution_of(Devices(jit_compile=True), one) == execution(True, True, 1)
    assert execution_of(Devices(jit_compile=True, static_shapes=False), one) == execution(True, False, 1)
    assert execution_of(Devices(static_shapes=True, steps_per_execution=5), two) == execution(False, True, 5)
    monkeypatch.setattr(tf.distribute, "TPUStrategy", StandIn)
    tpu = devices(2, StandIn)
    assert execution_of(Devices(), tpu) == execution(False, True, 32)
    assert execution_of(Devices(jit_compile=True, steps_per_execution=1), tpu) == execution(False, True, 1)


def test_what_cannot_be(monkeypatch):
    one = tf.distribute.get_strategy()
    with pytest.raises(ValueError, match=r"`jit_compile` must be False with several replicas.*pass strategy='one'"):
        execution_of(Devices(jit_compile=True), devices(2))
    with monkeypatch.context() as patch:
        patch.setattr("bert_keras.training.strategies.spans_workers", lambda strategy: True)
        assert execution_of(Devices(steps_per_execution=1), one) == execution(False, False, 1)
        with pytest.raises(ValueError, match="`steps_per_execution` must be 1 with several workers"):
            execution_of(Devices(steps_per_execution=2), one)
    monkeypatch.setattr(tf.distribute, "TPUStrategy", StandIn)
    with pytest.raises(ValueError, match="`static_shapes` must be True on a TPU"):
        execution_of(Devices(static_shapes=False), devices(2, StandIn))


def test_other_backends_compile_always(monkeypatch):
    monkeypatch.setattr("keras.backend.backend", lambda: "jax")
    one = tf.distribute.get_strategy()
    assert execution_of(Devices(jit_compile=True), one) == execution(None, False, 1)
    assert execution_of(Devices(static_shapes=True, steps_per_execution=4), one) == execution(None, True, 4)


# Runs -----------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return tuned.write_encoder(tmp_path_factory.mktemp("strategies") / "encoder")


@pytest.mark.parametrize(("task", "native"), [("samples/reviews", False), ("samples/reviews", True), ("own", True)])
def test_a_run_on_two_devices_writes_a_folder_with_the_model_that_was_scored(encoder, tmp_path, task, native):
    """Batches of 7 rows divide by neither the replicas nor evenly by the examples."""
    sizes = {"seq_length": 32} if task == "samples/reviews" else questions.WINDOWS
    if task == "own":
        task = questions.write_json(tmp_path / "train.json", questions.examples(30))
    lines, recipe = [], Recipe(epochs=2, batch_size=7, learning_rate=1e-3, native=native)
    options = {"recipe": recipe, "devices": Devices(devices(2)), "say": lines.append}
    result = finetune(load_task(task, limit=23, **sizes), encoder, tmp_path / "out", **options)
    assert any(line.endswith(" are trained, on MirroredStrategy with 2 replicas (as given)") for line in lines)
    assert all(np.isfinite(entry["logs"]["loss"]) for entry in result.history)
    model, config = load_model(tmp_path / "out")
    windows = {name: config[name] for name in ("doc_stride", "max_query_length") if name in config}
    data = load_task(task, model.encoder, seq_length=config["seq_length"], parts=("validation",), **windows)
    assert evaluate(model, data) == pytest.approx(result.metrics, abs=1e-4)
    before = load_encoder(encoder).named_weights()
    moved = [np.abs(before[n].numpy() - w.numpy()).max() for n, w in model.encoder.named_weights().items()]
    assert np.median(moved) > 1e-4


def test_scores_are_those_of_one_device_whatever_the_replicas(encoder, tmp_path):
    """236 rows in batches of 32: the last one has 12."""
    folder = tuned.write_model(tmp_path / "model", encoder)
    scores = []
    for strategy in (tf.distribute.get_strategy(), devices(1), devices(2), devices(3)):
        with strategy.scope():
            model, _ = load_model(folder)
        data = load_task("samples/reviews", model.encoder, seq_length=24, parts=("test",))
        scores.append(evaluate(model, data, "test"))
    for found in scores[1:]:
        assert found == pytest.approx(scores[0], abs=1e-9)
    assert 0.2 < scores[0]["accuracy"] < 0.8


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        (
            Recipe(batch_size=1),
            r"`batch_size` must be at least 2, a row for each replica and micro-batch.*batch_size=1",
        ),
        (Recipe(batch_size=8, micro_batches=3), r"`micro_batches` must divide batch_size=8. Received: micro_batches=3"),
        (Recipe(batch_size=4, micro_batches=4), r"`batch_size` must be at least 8"),
    ],
)
def test_rows_that_do_not_go_round(encoder, tmp_path, recipe, words):
    with pytest.raises(ValueError, match=words):
        finetune("samples/reviews", encoder, tmp_path / "out", recipe=recipe, devices=Devices(devices(2)))
    assert not (tmp_path / "out").exists()


def test_a_hub_graph_cannot_be_recomputed(encoder, tmp_path):
    with pytest.raises(ValueError, match=r"`recompute` must be False but for the native encoder.*pass native=True"):
        finetune("samples/reviews", encoder, tmp_path / "out", recipe=Recipe(recompute=True))


def test_a_run_in_little_memory_ends_as_one_in_much(encoder, tmp_path):
    rates = {"learning_rate": 1e-2, "adam_epsilon": 1e-3}
    plain = Recipe(epochs=1, batch_size=8, freeze="embeddings", native=True, **rates)
    task = tuned.reviews_task(limit=20)
    tuned.run(encoder, tmp_path / "much", task, recipe=plain)
    tuned.run(encoder, tmp_path / "little", task, recipe=dataclasses.replace(plain, recompute=True))
    much, found = (tuned.weights_of(tmp_path / name) for name in ("much", "little"))
    for name, values in much.items():
        np.testing.assert_allclose(found[name], values, rtol=0, atol=1e-6)
    table = next(value for value in found.values() if value.shape == (len(VOCABULARY), 8))
    assert (table == load_encoder(encoder).named_weights()["word_embeddings/embeddings"].numpy()).all()


def test_several_steps_an_execution_end_where_single_ones_do(encoder, tmp_path):
    """Five steps an epoch, three an execution. The order of each epoch is its own, and the native dropout has seeds."""
    recipe = Recipe(epochs=2, batch_size=8, learning_rate=1e-3, native=True)
    results, lines, task = [], [], tuned.reviews_task(limit=37)
    for steps in (1, 3):
        options = {"recipe": recipe, "devices": Devices(steps_per_execution=steps), "say": lines.append}
        results.append(tuned.run(encoder, tmp_path / str(steps), task, **options))
    first, other = results
    assert other.model.steps_per_execution == 3
    for one, two in zip(first.history, other.history, strict=True):
        assert two["logs"] == pytest.approx(one["logs"], rel=1e-6)
    assert tuned.same_weights(tmp_path / "1", tmp_path / "3")
    assert not any("step 6/5" in line for line in lines)


def test_static_shapes_end_where_dynamic_ones_do(encoder, tmp_path):
    """Without dropout: with it, rows that fill up a batch draw numbers too."""
    rates = {"learning_rate": 1e-2, "adam_epsilon": 1e-3, "dropout": 0.0}
    recipe = Recipe(epochs=1, batch_size=8, freeze="embeddings,0,pooler", native=True, **rates)
    results, task = [], tuned.reviews_task(limit=27)
    for static in (False, True):
        options = {"recipe": recipe, "devices": Devices(static_shapes=static)}
        results.append(tuned.run(encoder, tmp_path / str(static), task, **options))
    free, fixed = results
    assert fixed.model.static_shapes and fixed.padding_share > free.padding_share
    assert fixed.metrics == pytest.approx(free.metrics, abs=1e-9)
    weights = [tuned.weights_of(tmp_path / name) for name in ("False", "True")]
    for name, values in weights[0].items():
        np.testing.assert_allclose(weights[1][name], values, rtol=0, atol=1e-5)
    assert free.history[0]["logs"]["loss"] == pytest.approx(fixed.history[0]["logs"]["loss"], rel=1e-5)
