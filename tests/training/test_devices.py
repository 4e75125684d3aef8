"""`Devices`: what a run is carried out on, checked when made, and what it is called on the command line."""

import dataclasses

import pytest
import tensorflow as tf
import tuned

from bert_keras.training.devices import Devices


def test_what_it_is_without_a_word():
    names = ("strategy", "worker_timeout", "jit_compile", "static_shapes", "steps_per_execution")
    assert dataclasses.asdict(Devices()) == dict(zip(names, ("auto", 300.0, False, None, None), strict=True))


def test_a_strategy_is_a_word_or_an_object():
    for strategy in ("auto", "one", "mirrored", "multiworker", "tpu", tf.distribute.get_strategy()):
        assert Devices(strategy).strategy is strategy
    with pytest.raises(ValueError, match=r"`strategy` must be one of 'auto', 'one', 'mir.*Did you mean 'mirrored'"):
        Devices("miror")
    with pytest.raises(ValueError, match=r"`strategy` must be one of .*Received: strategy=2"):
        Devices(2)


@pytest.mark.parametrize(
    ("name", "value", "error", "words"),
    [
        ("steps_per_execution", 0, ValueError, "must be at least 1"),
        ("steps_per_execution", 1.5, TypeError, "must be an integer"),
        ("jit_compile", "yes", TypeError, "must be True or False"),
        ("jit_compile", None, TypeError, "must be True or False"),
        ("static_shapes", "yes", TypeError, "must be True or False"),
        ("worker_timeout", 0, ValueError, "must be a finite number of at least 1.0"),
        ("worker_timeout", float("inf"), ValueError, "must be a finite number"),
        ("worker_timeout", None, TypeError, "must be a number"),
    ],
)
def test_every_field_is_checked_when_it_is_made(name, value, error, words):
    with pytest.raises(error, match=f"`{name}` {words}"):
        Devices(**{name: value})
    with pytest.raises(error, match=f"`{name}` {words}"):
        dataclasses.replace(Devices(), **{name: value})


def test_they_do_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'strategy'"):
        Devices().strategy = "one"


def test_the_command_line_passes_them_on(command, tmp_path):
    encoder = tuned.write_encoder(tmp_path / "encoder")
    out = tmp_path / "out"
    options = ("--epochs", 1, "--limit", 20, "--batch-size", 8, "--seq-length", 32, "--out", out)
    given = ("--static-shapes", "--steps-per-execution", 2)
    status, shown, errors = command("finetune", "samples/reviews", "--encoder", encoder, *options, *given)
    assert status == 0, errors
    assert "static shapes: 8 rows of " in shown + errors
    given = ("--jit-compile", "--no-static-shapes", "--steps-per-execution", 0)
    status, _, errors = command("finetune", "samples/reviews", "--encoder", encoder, *options, *given, "--overwrite")
    assert status == 1 and "`steps_per_execution` must be at least 1" in errors
