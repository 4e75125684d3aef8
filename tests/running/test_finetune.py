"""`bk.finetune`: the run, what it leaves, that it can be repeated and resumed to the bit, and how it fails."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import textwrap

import glue_files
import keras
import numpy as np
import pytest
import tensorflow as tf
import tuned
from paths import HELPERS

import bert_keras as bk
import bert_keras.running.finetune
import bert_keras.running.run
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.optimization.recipe import Recipe
from bert_keras.running.evaluate import evaluate
from bert_keras.running.load import load
from bert_keras.running.load_task import load_task

TEXTS = ["a very good film", "not the best food", "", "who was it?"]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("a_place_with_a_telling_name")


@pytest.fixture(scope="module")
def encoder(place):
    return tuned.write_encoder(place / "the_encoder")


@pytest.fixture(scope="module")
def lines():
    """What the run of `tuned_run` said."""
    return []


@pytest.fixture(scope="module")
def tuned_run(place, encoder, lines):
    """An unbroken run with the native encoder."""
    return tuned.run(encoder, place / "native", say=lines.append)


class Kill(keras.callbacks.Callback):
    """Raises in the middle of an epoch, counted from 1."""

    def __init__(self, epoch, error=KeyboardInterrupt):
        super().__init__()
        self.killed_epoch, self.error, self.epoch = epoch, error, 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch + 1

    def on_train_batch_end(self, batch, logs=None):
        if self.epoch == self.killed_epoch:
            raise self.error


class Spoil(keras.callbacks.Callback):
    """Puts NaN into the classifier at the start of an epoch, counted from 1."""

    def __init__(self, epoch):
        super().__init__()
        self.spoilt_epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch + 1 == self.spoilt_epoch:
            self.model.classifier.bias.assign([float("nan"), 0.0])


@pytest.fixture(scope="module")
def interrupted(encoder, place):
    """A run of the hub's graph that was interrupted in its second epoch."""
    with pytest.raises(KeyboardInterrupt):
        tuned.run(encoder, place / "interrupted", native=False, callbacks=[Kill(2)])
    return place / "interrupted"


def even(model, data):
    """In place of `evaluator`: every epoch is as good as the others."""
    return lambda: {"accuracy": 0.5, "f1": 0.5}


class TestARun:
    def test_it_leaves_the_model_folder_of_the_architecture(self, tuned_run):
        folder = pathlib.Path(tuned_run.folder)
        top = {"config.json", "encoder", "head.weights.h5", "metrics.json", "logs"}
        assert {path.name for path in folder.iterdir()} == top
        config = json.loads((folder / "config.json").read_text())
        assert config["task"] == "samples/reviews" and config["labels"] == ["negative", "positive"]
        assert config["seq_length"] == 32 and config["recipe"]["learning_rate"] == 1e-3
        assert config["native"] is True and config["limit"] == 32 and config["train_rows"] == 32
        assert config["encoder"]["source"] == "the_encoder"
        assert config["history"] == tuned_run.history and config["best_epoch"] == tuned_run.best_epoch
        assert json.loads((folder / "metrics.json").read_text()) == config["metrics"] == tuned_run.metrics

    def test_no_path_and_no_machines_name_stands_in_it(self, tuned_run, place):
        secrets = [place.name.encode(), socket.gethostname().encode(), os.path.expanduser("~/").encode()]
        secrets = [secret for secret in secrets if len(secret) > 1]
        for path in pathlib.Path(tuned_run.folder).rglob("*"):
            assert f".{socket.gethostname()}." not in path.name
            content = path.read_bytes() if path.is_file() else b""
            hidden = secrets if path.suffix in (".json", ".pb", ".txt") else secrets[:1]  # numbers may spell "vm"
            assert not [secret for secret in hidden if len(secret) > 3 and secret in content], path

    def test_the_dev_metrics_of_each_epoch_and_the_best_of_them(self, tuned_run, encoder):
        assert [entry["epoch"] for entry in tuned_run.history] == [1, 2]
        for entry in tuned_run.history:
            assert set(entry["logs"]) == {"loss", "accuracy", "val_accuracy", "val_f1"}
        best = max(tuned_run.history, key=lambda entry: entry["logs"]["val_accuracy"])
        assert tuned_run.metrics == {"accuracy": best["logs"]["val_accuracy"], "f1": best["logs"]["val_f1"]}
        data = load_task("samples/reviews", load_encoder(encoder), seq_length=32, parts=("validation",))
        assert evaluate(tuned_run.model, data) == pytest.approx(tuned_run.metrics, abs=1e-12)
        assert evaluate(load(tuned_run.folder).model, data) == pytest.approx(tuned_run.metrics, abs=1e-12)

    def test_the_model_that_comes_back_is_the_one_in_the_folder(self, tuned_run):
        features = tuned_run.model.encoder.preprocessor(32)(TEXTS)
        logits = tuned_run.model(features).numpy()
        np.testing.assert_allclose(load(tuned_run.folder).logits(TEXTS), logits, atol=1e-5)

    def test_the_padding_share_is_that_of_all_batches(self, tuned_run, encoder):
        data = load_task("samples/reviews", load_encoder(encoder), seq_length=32, batch_size=16, limit=32)
        real = padded = 0
        for epoch in range(2):
            data.order.epoch = epoch
            for features, _ in data.train:
                real += int(features["input_mask"].numpy().sum())
                padded += features["input_mask"].numpy().size
        assert 0.0 < tuned_run.padding_share < 0.5
        assert tuned_run.padding_share == pytest.approx(1.0 - real / padded, abs=1e-12)

    def test_what_it_says(self, tuned_run, lines):
        assert lines[0].startswith("samples/reviews: 32 train, 56 validation; encoder ") and "parameters" in lines[0]
        assert any("train rows are longer than 32 tokens and were cut" in line for line in lines)
        assert "  2 steps an epoch of 16 rows, 2 epochs, peak learning rate 0.001" in lines
        epochs = [line for line in lines if line.startswith("epoch ")]
        assert len(epochs) == 2 and epochs[0].startswith("epoch 1/2  ")
        assert " val_accuracy 0." in epochs[0] and " left" in epochs[0] and " left" not in epochs[1]
        assert f"padding: {tuned_run.padding_share:.1%} of the training tokens" in lines[-2]
        assert lines[-1].startswith(f"model folder: {tuned_run.folder}  accuracy 0.")

    def test_tensorboard_reads_its_logs(self, tuned_run):
        values = {}
        for path in pathlib.Path(tuned_run.folder).glob("logs/*/*tfevents*"):
            for event in tf.compat.v1.train.summary_iterator(str(path)):
                for value in event.summary.value:
                    values.setdefault((path.parent.name, value.tag), []).append(tf.make_ndarray(value.tensor).item())
        assert values["train", "epoch_loss"] == pytest.approx([e["logs"]["loss"] for e in tuned_run.history])
        wanted = [e["logs"]["val_accuracy"] for e in tuned_run.history]
        assert values["validation", "epoch_accuracy"] == pytest.approx(wanted)

    def test_the_best_epoch_is_kept_and_a_callback_may_stop(self, encoder, tmp_path, monkeypatch):
        scores, seen = iter([{"accuracy": 0.9, "f1": 0.1}, {"accuracy": 0.6, "f1": 0.8}]), []

        def evaluation(model):
            seen.append([weight.numpy() for weight in model.weights])
            return next(scores)

        monkeypatch.setattr(bert_keras.running.finetune, "evaluator", tuned.Scores(evaluation).of)
        stop = keras.callbacks.EarlyStopping("val_accuracy", mode="max", patience=1)
        recipe = Recipe(epochs=9, batch_size=16, learning_rate=1e-3, seq_length=32)
        result = tuned.run(encoder, tmp_path / "out", recipe=recipe, callbacks=[stop])
        assert [entry["logs"]["val_f1"] for entry in result.history] == [0.1, 0.8]
        assert result.best_epoch == 1 and result.metrics == {"accuracy": 0.9, "f1": 0.1}
        kept, last = seen
        assert all((w.numpy() == k).all() for w, k in zip(result.model.weights, kept, strict=True))
        stored = tuned.weights_of(tmp_path / "out")
        assert (stored["classifier/kernel"] == kept[-2]).all() and not (kept[-2] == last[-2]).all()
        words = next(value for value in stored.values() if value.shape == kept[0].shape)
        assert (words == kept[0]).all() and not (kept[0] == last[0]).all()


class TestTheSameAgain:
    def test_another_run_is_equal_to_the_bit(self, tuned_run, encoder, tmp_path):
        again = tuned.run(encoder, tmp_path / "again")
        assert again.history == tuned_run.history
        assert tuned.same_weights(pathlib.Path(again.folder), pathlib.Path(tuned_run.folder))

    def test_another_seed_is_another_run(self, tuned_run, encoder, tmp_path, monkeypatch):
        monkeypatch.setattr(
            bert_keras.running.finetune, "evaluator", tuned.Scores(lambda _: {"accuracy": 0.5, "f1": 0.5}).of
        )
        recipe = Recipe(**{**vars(tuned.RECIPE), "seed": 1})
        other = tuned.run(encoder, tmp_path / "other", recipe=recipe)
        assert other.history[0]["logs"]["loss"] != tuned_run.history[0]["logs"]["loss"]
        assert not tuned.same_weights(pathlib.Path(other.folder), pathlib.Path(tuned_run.folder))

    def test_a_run_that_was_killed_and_resumed_is_equal_to_the_bit(self, tuned_run, encoder, tmp_path):
        # The kill is a real one, in another process; nothing but the files is left of it.
        code = f"""
            import os, signal, sys
            import tensorflow as tf
            tf.config.set_logical_device_configuration(
                tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
            )
            sys.path.insert(0, {str(HELPERS)!r})
            import keras, tuned
            class Die(keras.callbacks.Callback):
                def on_epoch_begin(self, epoch, logs=None):
                    self.epoch = epoch
                def on_train_batch_end(self, batch, logs=None):
                    if self.epoch == 1:
                        os.kill(os.getpid(), signal.SIGKILL)
            tuned.run({str(encoder)!r}, {str(tmp_path / "out")!r}, callbacks=[Die()])
        """
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False
        )
        assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
        out = tmp_path / "out"
        assert os.listdir(tmp_path) == ["out"] and os.listdir(out) == ["checkpoints"]
        with pytest.raises(ValueError, match=r"checkpoints of a run that has not ended: .* --resume` to end it"):
            load(out)
        said = []
        resumed = tuned.run(encoder, out, resume=True, say=said.append)
        assert "resuming after epoch 1" in said
        assert resumed.history == tuned_run.history and resumed.padding_share == tuned_run.padding_share
        assert tuned.same_weights(out, pathlib.Path(tuned_run.folder))
        assert not (out / "checkpoints").exists()


class TestInterrupted:
    def test_it_leaves_checkpoints_and_no_model(self, interrupted):
        assert os.listdir(interrupted) == ["checkpoints"]
        kept = {"epoch-1.safetensors", "state.json", "logs", "lock"}
        assert {path.name for path in (interrupted / "checkpoints").iterdir()} == kept
        with pytest.raises(ValueError, match="checkpoints of a run that has not ended"):
            load(interrupted)

    def test_without_a_word_it_is_not_touched(self, interrupted, encoder):
        with pytest.raises(FileExistsError, match=r"must be new or empty.* --resume \(resume=True\) to go on"):
            tuned.run(encoder, interrupted, native=False)

    @pytest.mark.parametrize(
        "options, said",
        [
            (
                {"recipe": Recipe(**{**vars(tuned.RECIPE), "learning_rate": 2e-3})},
                "`learning_rate` .*began with .*=0.001",
            ),
            ({"limit": 16}, r"`limit` .*limit=16\. .*began with limit=32"),
            ({"native": True}, "`native` must stay the same when a run is resumed"),
        ],
    )
    def test_it_is_not_resumed_with_other_settings(self, interrupted, encoder, options, said):
        with pytest.raises(ValueError, match=said):
            tuned.run(encoder, interrupted, resume=True, **{"native": False, **options})
        assert os.listdir(interrupted) == ["checkpoints"]

    def test_resuming_ends_it_and_then_there_is_nothing_to_resume(self, interrupted, encoder):
        result = tuned.run(encoder, interrupted, native=False, resume=True)
        assert [entry["epoch"] for entry in result.history] == [1, 2]
        assert load(interrupted)("a good film").label in ("negative", "positive")
        before = tuned.below(interrupted)
        with pytest.raises(
            FileExistsError, match=r"hold a run that has not ended.*Its model is finished: bk.load reads it"
        ):
            tuned.run(encoder, interrupted, native=False, resume=True)
        assert tuned.below(interrupted) == before

    def test_resuming_with_nothing_there_starts_and_a_death_before_the_model_is_written_is_mended(
        self, encoder, tmp_path, monkeypatch
    ):
        monkeypatch.setattr(
            bert_keras.running.finetune, "evaluator", tuned.Scores(lambda _: {"accuracy": 0.5, "f1": 0.5}).of
        )

        def die(*args):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(bert_keras.running.run, "write_model_folder", die)
            tuned.run(encoder, tmp_path / "out", resume=True)
        assert os.listdir(tmp_path) == ["out"] and os.listdir(tmp_path / "out") == ["checkpoints"]
        result = tuned.run(encoder, tmp_path / "out", resume=True)
        assert len(result.history) == 2 and load(tmp_path / "out")("good").score > 0.0


class TestOverwriting:
    def test_the_old_model_stays_until_the_new_one_is_there(self, encoder, tmp_path, monkeypatch):
        monkeypatch.setattr(
            bert_keras.running.finetune, "evaluator", tuned.Scores(lambda _: {"accuracy": 0.5, "f1": 0.5}).of
        )
        out = tuned.write_model(tmp_path / "out", encoder)
        before, files = load(out).probabilities(TEXTS), tuned.below(out)
        with pytest.raises(FileExistsError, match="must be new or empty"):
            tuned.run(encoder, out)
        with pytest.raises(KeyboardInterrupt):
            tuned.run(encoder, out, overwrite=True, callbacks=[Kill(2)])
        assert os.listdir(tmp_path) == ["out"]
        assert files < tuned.below(out) and (out / "checkpoints").is_dir()
        np.testing.assert_array_equal(load(out).probabilities(TEXTS), before)
        tuned.run(encoder, out, resume=True)
        assert os.listdir(tmp_path) == ["out"] and not (out / "checkpoints").exists()
        assert np.abs(load(out).probabilities(TEXTS) - before).max() > 1e-3

    def test_a_mistake_in_the_call_costs_nothing(self, encoder, tmp_path):
        out = tuned.write_model(tmp_path / "out", encoder)
        (out / "checkpoints").mkdir()
        (out / "checkpoints" / "state.json").write_text("{}")
        before = tuned.below(tmp_path)
        with pytest.raises(ValueError, match="nowhere"):
            tuned.run(tmp_path / "nowhere", out, overwrite=True)
        (out / "notes.txt").write_text("mine")
        with pytest.raises(FileExistsError, match=r"It holds \['notes.txt'\], not of bert_keras"):
            tuned.run(encoder, out, overwrite=True)
        assert tuned.below(tmp_path) == before | {"out/notes.txt"}


class TestDiverging:
    def test_the_best_epoch_before_is_kept(self, encoder, tmp_path, monkeypatch):
        monkeypatch.setattr(
            bert_keras.running.finetune, "evaluator", tuned.Scores(lambda _: {"accuracy": 0.5, "f1": 0.5}).of
        )
        said = []
        result = tuned.run(encoder, tmp_path / "out", callbacks=[Spoil(2)], say=said.append)
        assert result.best_epoch == 1 and len(result.history) == 1
        assert any("the loss became nan in step 1 of epoch 2: training stops here" in line for line in said)
        assert all(np.isfinite(weight).all() for weight in tuned.weights_of(tmp_path / "out").values())
        assert np.isfinite(load(tmp_path / "out").logits(TEXTS)).all()

    def test_with_no_epoch_before_it_is_an_error_and_no_model(self, encoder, tmp_path):
        with pytest.raises(
            ValueError, match=r"`learning_rate` must keep the loss finite.*=0.001. .*nan in step 1 of epoch 1"
        ):
            tuned.run(encoder, tmp_path / "out", callbacks=[Spoil(1)])
        assert os.listdir(tmp_path) == ["out"] and os.listdir(tmp_path / "out") == ["checkpoints"]


class TestTheDisk:
    def test_a_read_only_place_is_said_before_anything_is_loaded(self):
        with pytest.raises(
            OSError, match=r"`out` must be writable, and was not.*'/proc/models/x'.* Nothing was written"
        ):
            tuned.run("/nowhere", "/proc/models/x")

    def test_a_file_in_the_place(self, tmp_path):
        (tmp_path / "file").write_text("mine")
        for out in (tmp_path / "file", tmp_path / "file" / "model"):
            with pytest.raises(OSError, match=r"`out` must be a folder|`out` must be writable"):
                tuned.run("/nowhere", out, overwrite=True)
        assert (tmp_path / "file").read_text() == "mine"

    def test_a_disk_that_fills_up_at_each_point_of_a_run(self, encoder, tmp_path):
        """In another process, whose files may not grow beyond a size: at a checkpoint, at the model, at an export."""
        out, served = tmp_path / "out", tmp_path / "served"
        code = f"""
            import json, os, resource, sys
            sys.path.insert(0, {str(HELPERS)!r})
            import keras, tuned
            from bert_keras.running.export import export
            from bert_keras.running.model_folder import read_config

            def room(size):
                resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

            class Fill(keras.callbacks.Callback):
                def on_epoch_begin(self, epoch, logs=None):
                    room(15_000 if epoch == 1 else -1)

            class FillAtTheEnd(keras.callbacks.Callback):
                def on_train_end(self, logs=None):
                    room(2_000)

            def attempt(call):
                try:
                    call()
                    said = ""
                except OSError as error:
                    said = str(error)
                room(-1)
                print(json.dumps([said, sorted(os.listdir({str(tmp_path)!r}))]))

            attempt(lambda: tuned.run({str(encoder)!r}, {str(out)!r}, callbacks=[Fill()]))
            attempt(lambda: tuned.run({str(encoder)!r}, {str(out)!r}, resume=True, callbacks=[FillAtTheEnd()]))
            attempt(lambda: tuned.run({str(encoder)!r}, {str(out)!r}, resume=True))
            attempt(lambda: (room(2_000), export({str(out)!r}, {str(served)!r})))
            attempt(lambda: export({str(out)!r}, {str(served)!r}))
        """
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-3000:]
        said = [json.loads(line) for line in done.stdout.splitlines()]
        assert [folders for _, folders in said] == [["out"]] * 4 + [["out", "served"]]
        for text, advice in zip(
            [text for text, _ in said],
            [
                "The last finished epoch is kept: with room",
                "The checkpoints are whole: with room",
                "",
                "Nothing is left",
            ],
            strict=False,
        ):
            assert advice in text
            assert not advice or ("`out` must be writable, and was not (" in text and "File too large" in text)
        assert said[2][0] == said[4][0] == ""
        assert load(out)("a good film").label in ("negative", "positive")


class TestTasks:
    def test_pairs_from_the_files_of_glue_and_both_dev_sets_of_mnli(self, encoder, tmp_path):
        glue_files.write_all(tmp_path / "data")
        options = {"recipe": Recipe(epochs=1, batch_size=2, seq_length=16), "data_dir": tmp_path / "data", "limit": 3}
        result = bk.finetune("mnli", encoder, tmp_path / "out", say=lambda line: None, **options)
        assert set(result.metrics) == {"accuracy", "accuracy_mismatched"}
        assert set(result.metrics.values()) <= {0.0, 1.0}  # of one row each
        config = json.loads((tmp_path / "out" / "config.json").read_text())
        assert config["task"] == "glue/mnli" and config["text_columns"] == ["premise", "hypothesis"]
        answer = load(tmp_path / "out")("It rained.", "It was wet.")
        assert answer.label in config["labels"] == ["entailment", "neutral", "contradiction"]

    @pytest.mark.parametrize(
        "task, options, error, said",
        [
            ("glue/mrcp", {}, ValueError, r"Did you mean 'mrpc'|Did you mean 'glue/mrpc'"),
            ("samples/review", {}, ValueError, "Did you mean 'samples/reviews'"),
            (None, {}, TypeError, "`task` must be the name of a task"),
            ("samples/reviews", {"limit": 0}, ValueError, "`limit` must be at least 1"),
            ("samples/reviews", {"limit": 2.5}, TypeError, "`limit` must be an integer"),
            (
                "samples/reviews",
                {"recipe": {"epochs": 3}},
                TypeError,
                r"`recipe` must be a bk.Recipe.*bk.Recipe\(epochs=4\)",
            ),
            ("samples/reviews", {"data_dir": "x"}, ValueError, "`data_dir` must be None for samples/reviews"),
            (
                "samples/reviews",
                {"recipe": Recipe(seq_length=65)},
                ValueError,
                "`seq_length` must be between .* and 64",
            ),
        ],
    )
    def test_mistakes_leave_no_folder(self, encoder, tmp_path, task, options, error, said):
        with pytest.raises(error, match=said):
            bk.finetune(task, encoder, tmp_path / "out", **options)
        assert os.listdir(tmp_path) == []

    def test_an_unknown_encoder(self, tmp_path):
        with pytest.raises(ValueError, match=r"Did you mean .*bert_en_uncased_L-12_H-768_A-12"):
            bk.finetune("samples/reviews", "bert_en_uncased_L-12_H-768_A12", tmp_path / "out")
        assert os.listdir(tmp_path) == []
