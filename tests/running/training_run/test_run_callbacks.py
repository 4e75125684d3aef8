"""Runs that are stopped within an epoch and go on: to the bit what an unbroken run is, in every way to carry it out."""

import dataclasses
import os
import pathlib
import signal
import textwrap
import threading

import jax_child
import keras
import pytest
import tuned
import warm_python
from paths import HELPERS

from bert_keras.training.checkpoints import WITHIN
from bert_keras.training.devices import Devices

STEPS = dataclasses.replace(tuned.RECIPE, batch_size=8, checkpoint_every="1 steps")  # 4 an epoch


class Stop(keras.callbacks.Callback):
    """Raises, or sends a signal, in a step of the run, from 1."""

    def __init__(self, step, number=None):
        super().__init__()
        self.left, self.number = step, number

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if self.left == 0:
            if self.number is None:
                raise KeyboardInterrupt
            os.kill(os.getpid(), self.number)


def broken(encoder, out, stops, recipe=STEPS, task=None, **options):
    """A run that is stopped after some steps of each of its starts, and what it says then."""
    said = []
    for step in stops:
        with pytest.raises((KeyboardInterrupt, SystemExit)):
            tuned.run(
                encoder, out, task, recipe=recipe, callbacks=[Stop(step)], resume=True, say=said.append, **options
            )
    return tuned.run(encoder, out, task, recipe=recipe, resume=True, say=said.append, **options), said


def assert_same(one, other):
    assert one.history == other.history and one.padding_share == other.padding_share
    assert tuned.same_weights(pathlib.Path(one.folder), pathlib.Path(other.folder))


@pytest.fixture(scope="module")
def whole(encoder, place):
    """An unbroken run without checkpoints within its epochs."""
    return tuned.run(encoder, place / "whole_native", recipe=dataclasses.replace(STEPS, checkpoint_every="epoch"))


def test_a_run_that_was_stopped_in_many_steps_is_equal_to_the_bit(encoder, whole, tmp_path):
    result, said = broken(encoder, tmp_path / "out", [2, 3, 3])  # what the step of the stop did is lost
    assert_same(result, whole)
    places = [line for line in said if line.startswith("resuming")]
    assert places == [
        f"resuming after {place}" for place in ("step 1 of epoch 1", "step 3 of epoch 1", "step 1 of epoch 2")
    ]


def test_the_last_step_of_an_epoch_has_a_checkpoint_only_where_a_signal_wants_it(encoder, whole, tmp_path):
    """The evaluation is then all that is left of the epoch."""
    said, files = [], []

    class Look(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            files.append((set(logs), sorted(os.listdir(tmp_path / "out" / "checkpoints"))))

    options = {"recipe": STEPS, "say": said.append, "resume": True}
    with pytest.raises(KeyboardInterrupt, match="goes on after step 4 of epoch 1"):
        tuned.run(encoder, tmp_path / "out", callbacks=[Stop(4, signal.SIGINT)], **options)
    result = tuned.run(encoder, tmp_path / "out", callbacks=[Look()], **options)
    assert "resuming after step 4 of epoch 1" in said
    assert_same(result, whole)
    names = {"loss", *whole.history[0]["logs"]}
    assert [logs for logs, _ in files] == [names, names] and all(WITHIN in names for _, names in files)


@pytest.mark.parametrize(
    ("recipe", "options"),
    [
        ({"native": False}, {}),
        ({"micro_batches": 2}, {}),
        ({"precision": "float16"}, {}),
        ({"tune": "lora", "patience": 1}, {}),
        ({}, {"devices": Devices(strategy="mirrored")}),
        ({"ema": 0.75, "precision": "float16"}, {"devices": Devices(strategy="mirrored")}),
        ({}, {"devices": Devices(static_shapes=True, steps_per_execution=3)}),
        ({}, {"task": tuned.reviews_task(long_text="windows", seq_length=16)}),
    ],
    ids=[
        "a hub's graph",
        "micro-batches",
        "float16",
        "lora",
        "replicas",
        "averages of float16 on replicas",
        "static shapes and three steps an execution",
        "windows",
    ],
)
def test_in_every_way_to_carry_it_out(encoder, tmp_path, recipe, options):
    recipe = dataclasses.replace(STEPS, **recipe)
    never = dataclasses.replace(recipe, checkpoint_every="epoch")
    unbroken = tuned.run(encoder, tmp_path / "whole", recipe=never, **options)
    stops = [2] if "devices" in options else [4, 3]
    result, said = broken(encoder, tmp_path / "out", stops, recipe, **options)
    assert any(line.startswith("resuming after step") for line in said)
    assert_same(result, unbroken)


@pytest.mark.thorough(
    "::test_a_run_that_was_stopped_in_many_steps_is_equal_to_the_bit",
    "training/test_midway::test_the_sums_of_two_replicas_become_one_and_the_reverse",
)
def test_what_two_devices_began_one_ends(encoder, tmp_path, whole):
    """The sums are added up, and the loss is that of the unbroken run to rounding."""
    with pytest.raises(KeyboardInterrupt):
        two = {"devices": Devices(strategy="mirrored"), "recipe": STEPS}
        tuned.run(encoder, tmp_path / "out", callbacks=[Stop(4)], **two)
    result = tuned.run(encoder, tmp_path / "out", recipe=STEPS, resume=True)
    for found, wanted in zip(result.history, whole.history, strict=True):
        assert found["logs"]["loss"] == pytest.approx(wanted["logs"]["loss"], rel=0.05)  # other dropout


def test_signals_end_a_run_behind_the_step_with_a_sentence(encoder, tmp_path, capfd):
    said, before = [], [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    never = dataclasses.replace(STEPS, checkpoint_every="epoch")
    options = {"recipe": never, "say": said.append, "resume": True}
    sentence = "interrupted by SIGINT: --resume (resume=True) goes on after step 2 of epoch 1"
    with pytest.raises(KeyboardInterrupt) as stopped:
        tuned.run(encoder, tmp_path / "out", callbacks=[Stop(2, signal.SIGINT)], **options)
    assert stopped.value.args == (sentence,) and said[-1] == sentence
    assert "SIGINT: the run ends behind this step, with a checkpoint" in capfd.readouterr().err
    with pytest.raises(SystemExit) as stopped:
        tuned.run(encoder, tmp_path / "out", callbacks=[Stop(1, signal.SIGTERM)], **options)
    assert stopped.value.code == 143 and said[-1].endswith("goes on after step 3 of epoch 1")
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_while_the_dev_part_is_scored_a_signal_ends_the_run_at_once(encoder, tmp_path, monkeypatch):
    tuned.score_texts(monkeypatch, lambda _: os.kill(os.getpid(), signal.SIGTERM) or {"accuracy": 0.5, "f1": 0.5})
    said = []
    with pytest.raises(SystemExit):
        tuned.run(encoder, tmp_path / "out", recipe=STEPS, say=said.append)
    assert said[-1] == "interrupted by SIGTERM: --resume (resume=True) goes on after step 3 of epoch 1"


def test_a_second_signal_ends_the_run_at_once(encoder, tmp_path):
    said = []
    stops = [Stop(1, signal.SIGTERM), Stop(1, signal.SIGINT)]
    with pytest.raises(KeyboardInterrupt):
        tuned.run(encoder, tmp_path / "out", recipe=STEPS, callbacks=stops, say=said.append)
    assert said[-1].endswith("no checkpoint was written yet, and --resume (resume=True) begins anew")


def test_how_often_checkpoints_are_written_may_change_and_changes_no_number(encoder, whole, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        tuned.run(encoder, tmp_path / "out", recipe=STEPS, callbacks=[Stop(3)])
    often = dataclasses.replace(STEPS, checkpoint_every="0.00001 minutes")
    result = tuned.run(encoder, tmp_path / "out", recipe=often, resume=True)
    assert_same(result, whole)


def test_in_another_thread_signals_are_left_alone(encoder, tmp_path):
    found = []

    class Look(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            found.append(signal.getsignal(signal.SIGTERM))

    work = {"recipe": dataclasses.replace(STEPS, epochs=1), "callbacks": [Look()]}
    thread = threading.Thread(target=lambda: tuned.run(encoder, tmp_path / "out", **work))
    thread.start()
    thread.join()
    assert set(found) == {signal.SIG_DFL} and (tmp_path / "out" / "config.json").exists()


@pytest.mark.skipif(not jax_child.is_installed(), reason="JAX is not installed")
def test_on_jax(encoder, tmp_path):
    code = f"""
        import dataclasses, pathlib, sys
        sys.path[:0] = [{str(HELPERS)!r}, {str(pathlib.Path(__file__).parent)!r}]
        import tuned
        from test_run_callbacks import STEPS, assert_same, broken
        encoder, folder = pathlib.Path({str(encoder)!r}), pathlib.Path({str(tmp_path)!r})
        whole = tuned.run(encoder, folder / "whole", recipe=dataclasses.replace(STEPS, checkpoint_every="epoch"))
        result, said = broken(encoder, folder / "out", [3])
        assert "resuming after step 2 of epoch 1" in said
        assert_same(result, whole)
    """
    flags = "--xla_backend_optimization_level=0"  # compiling is nearly all the time
    done = warm_python.run("-c", textwrap.dedent(code), backend="jax", XLA_FLAGS=flags)
    assert done.returncode == 0, done.stderr[-3000:]
