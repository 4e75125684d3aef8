"""How steps are carried out: what is chosen for None, what is refused, and that the numbers stay the same."""

import numpy as np
import pytest
import tensorflow as tf
import tuned

from bert_keras.optimization.recipe import Recipe
from bert_keras.training.execution import Execution


class StandIn(tf.distribute.MirroredStrategy):
    """In the place of TPUStrategy."""


def devices(kind=tf.distribute.MirroredStrategy):
    cpus = [device.name for device in tf.config.list_logical_devices("CPU")]
    return kind(cpus[:2], tf.distribute.ReductionToOneDevice())


def test_what_suits_the_devices(monkeypatch):
    one = tf.distribute.get_strategy()
    assert Execution.choose(one) == Execution(False, False, 1)
    assert Execution.choose(one, jit_compile=True) == Execution(True, True, 1)
    assert Execution.choose(one, jit_compile=True, static_shapes=False) == Execution(True, False, 1)
    assert Execution.choose(devices(), static_shapes=True, steps_per_execution=5) == Execution(False, True, 5)
    monkeypatch.setattr(tf.distribute, "TPUStrategy", StandIn)
    assert Execution.choose(devices(StandIn)) == Execution(False, True, 32)
    assert Execution.choose(devices(StandIn), jit_compile=True, steps_per_execution=1) == Execution(False, True, 1)


def test_what_cannot_be(monkeypatch):
    one = tf.distribute.get_strategy()
    with pytest.raises(ValueError, match=r"`jit_compile` must be False with several replicas.*pass strategy='one'"):
        Execution.choose(devices(), jit_compile=True)
    with pytest.raises(ValueError, match="`steps_per_execution` must be at least 1"):
        Execution.choose(one, steps_per_execution=0)
    for name in ("jit_compile", "static_shapes"):
        with pytest.raises(TypeError, match=f"`{name}` must be True or False"):
            Execution.choose(one, **{name: "yes"})
    with monkeypatch.context() as patch:
        patch.setattr("bert_keras.training.execution.spans_workers", lambda strategy: True)
        assert Execution.choose(one, steps_per_execution=1) == Execution(False, False, 1)
        with pytest.raises(ValueError, match="`steps_per_execution` must be 1 with several workers"):
            Execution.choose(one, steps_per_execution=2)
    monkeypatch.setattr(tf.distribute, "TPUStrategy", StandIn)
    with pytest.raises(ValueError, match="`static_shapes` must be True on a TPU"):
        Execution.choose(devices(StandIn), static_shapes=False)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return tuned.write_encoder(tmp_path_factory.mktemp("execution") / "encoder")


def test_several_steps_an_execution_end_where_single_ones_do(encoder, tmp_path):
    """Five steps an epoch, three an execution. The order of each epoch is its own, and the native dropout has seeds."""
    recipe = Recipe(epochs=2, batch_size=8, learning_rate=1e-3, seq_length=32)
    results, lines = [], []
    for steps in (1, 3):
        options = {"recipe": recipe, "limit": 37, "steps_per_execution": steps, "say": lines.append}
        results.append(tuned.run(encoder, tmp_path / str(steps), **options))
    first, other = results
    assert other.model.steps_per_execution == 3
    for one, two in zip(first.history, other.history, strict=True):
        assert two["logs"] == pytest.approx(one["logs"], rel=1e-6)
    assert tuned.same_weights(tmp_path / "1", tmp_path / "3")
    assert not any("step 6/5" in line for line in lines)


def test_static_shapes_end_where_dynamic_ones_do(encoder, tmp_path):
    """Without dropout: with it, rows that fill up a batch draw numbers too."""
    rates = {"learning_rate": 1e-2, "adam_epsilon": 1e-3, "dropout": 0.0}
    recipe = Recipe(epochs=1, batch_size=8, seq_length=32, freeze="embeddings,0,pooler", **rates)
    results = []
    for static in (False, True):
        options = {"recipe": recipe, "limit": 27, "static_shapes": static, "native": True}
        results.append(tuned.run(encoder, tmp_path / str(static), **options))
    free, fixed = results
    assert fixed.model.static_shapes and fixed.padding_share > free.padding_share
    assert fixed.metrics == pytest.approx(free.metrics, abs=1e-9)
    weights = [tuned.weights_of(tmp_path / name) for name in ("False", "True")]
    for name, values in weights[0].items():
        np.testing.assert_allclose(weights[1][name], values, rtol=0, atol=1e-5)
    assert free.history[0]["logs"]["loss"] == pytest.approx(fixed.history[0]["logs"]["loss"], rel=1e-5)


def test_the_command_line_passes_them_on(command, encoder, tmp_path):
    out = tmp_path / "out"
    options = ("--epochs", 1, "--limit", 20, "--batch-size", 8, "--seq-length", 32, "--out", out)
    given = ("--static-shapes", "--steps-per-execution", 2)
    status, shown, errors = command("finetune", "samples/reviews", "--encoder", encoder, *options, *given)
    assert status == 0, errors
    assert "static shapes: 8 rows of " in shown + errors
    given = ("--jit-compile", "--no-static-shapes", "--steps-per-execution", 0)
    status, _, errors = command("finetune", "samples/reviews", "--encoder", encoder, *options, *given, "--overwrite")
    assert status == 1 and "`steps_per_execution` must be at least 1" in errors
