"""A run: that it can be repeated and resumed to the bit, what it leaves when it is interrupted, and how it fails."""

import dataclasses
import json
import os
import pathlib
import shutil
import signal
import textwrap

import keras
import numpy as np
import pytest
import tuned
import warm_python
from paths import HELPERS

import bert_keras.running.training_run.run
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.encoders.save_encoder import save_encoder
from bert_keras.running.folders.verify import verify
from bert_keras.running.loading.load import load
from bert_keras.text_classification.load_table import load_table

TEXTS = ["a very good film", "not the best food", "", "who was it?"]
HUB = dataclasses.replace(tuned.RECIPE, native=False)


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
        tuned.run(encoder, place / "interrupted", recipe=HUB, callbacks=[Kill(2)])
    return place / "interrupted"


@pytest.fixture(scope="module")
def whole_hub_run(encoder, place):
    """The same, not interrupted."""
    return tuned.run(encoder, place / "whole_hub", recipe=HUB)


@pytest.fixture
def even(monkeypatch):
    """Every epoch is as good as the others."""
    tuned.score_texts(monkeypatch, lambda _: {"accuracy": 0.5, "f1": 0.5})


class TestTheSameAgain:
    def test_another_run_is_equal_to_the_bit(self, tuned_run, encoder, tmp_path):
        again = tuned.run(encoder, tmp_path / "again")
        assert again.history == tuned_run.history
        assert tuned.same_weights(pathlib.Path(again.folder), pathlib.Path(tuned_run.folder))

    def test_another_seed_is_another_run(self, even, tuned_run, encoder, tmp_path):
        recipe = dataclasses.replace(tuned.RECIPE, seed=1)
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
        done = warm_python.run("-c", textwrap.dedent(code))
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
            tuned.run(encoder, interrupted, recipe=HUB)

    @pytest.mark.parametrize(
        ("recipe", "options", "said"),
        [
            (dataclasses.replace(HUB, learning_rate=2e-3), {}, "`learning_rate` .*began with .*=0.001"),
            (tuned.RECIPE, {}, "`native` must stay the same when a run is resumed"),
            (HUB, {"limit": 16}, r"`limit` .*limit=16\. .*began with limit=32"),
            (HUB, {"seq_length": 24}, r"`seq_length` .*seq_length=24\. .*began with seq_length=32\. Pass that, or"),
            (HUB, {"long_text": "windows"}, "`long_text` must stay the same .*began with long_text='truncate'"),
            (HUB, {"split_seed": 1}, r"`split_seed` .*split_seed=1\. .*began with split_seed=0"),
        ],
    )
    def test_it_is_not_resumed_with_other_settings(self, interrupted, encoder, recipe, options, said):
        with pytest.raises(ValueError, match=said):
            tuned.run(encoder, interrupted, tuned.reviews_task(**options), recipe=recipe, resume=True)
        assert os.listdir(interrupted) == ["checkpoints"]

    def test_resuming_ends_it_and_then_there_is_nothing_to_resume(self, interrupted, whole_hub_run, encoder):
        result = tuned.run(encoder, interrupted, recipe=HUB, resume=True)
        assert [entry["epoch"] for entry in result.history] == [1, 2]
        assert result.history == whole_hub_run.history  # the graph's dropout is that of a run without an interruption
        assert tuned.same_weights(interrupted, pathlib.Path(whole_hub_run.folder))
        assert load(interrupted)("a good film").label in ("negative", "positive")
        before = tuned.below(interrupted)
        with pytest.raises(
            FileExistsError, match=r"hold a run that has not ended.*Its model is finished: bk.load reads it"
        ):
            tuned.run(encoder, interrupted, recipe=HUB, resume=True)
        assert tuned.below(interrupted) == before

    def test_resuming_with_nothing_there_starts_and_a_death_before_the_model_is_written_is_mended(
        self, even, encoder, tmp_path, monkeypatch
    ):

        def die(*args):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(bert_keras.running.training_run.run, "write_model_folder", die)
            tuned.run(encoder, tmp_path / "out", resume=True)
        assert os.listdir(tmp_path) == ["out"] and os.listdir(tmp_path / "out") == ["checkpoints"]
        result = tuned.run(encoder, tmp_path / "out", resume=True)
        assert len(result.history) == 2 and load(tmp_path / "out")("good").score > 0.0

    def test_a_death_before_the_first_checkpoint_is_no_obstacle(self, even, encoder, tmp_path):
        with pytest.raises(KeyboardInterrupt):
            tuned.run(encoder, tmp_path / "out", callbacks=[Kill(1)])
        (tmp_path / "out" / "checkpoints" / "state.json").unlink()
        assert sorted(os.listdir(tmp_path / "out" / "checkpoints")) == ["lock", "logs"]
        (tmp_path / "out" / "checkpoints" / ".tmpAb12cD").write_bytes(b"half")  # as safetensors leaves it
        assert len(tuned.run(encoder, tmp_path / "out", resume=True).history) == 2


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A run of a table and an encoder of its own that was interrupted in its second epoch."""
    folder = tmp_path_factory.mktemp("contents")
    rows = [f"{'good' if row % 2 else 'bad'} film {row},{'yes' if row % 2 else 'no'}" for row in range(40)]
    (folder / "rows.csv").write_text("\n".join(["text,label", *rows]) + "\n")
    tuned.write_encoder(folder / "encoder")
    with pytest.raises(KeyboardInterrupt):
        tuned.run(
            folder / "encoder", folder / "out", load_table(folder / "rows.csv", seq_length=16), callbacks=[Kill(2)]
        )
    return folder


class TestContents:
    """A run knows what it trains on by its content, whatever the names of files stay."""

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ("labels turned round", r"`sha256_train` must stay the same.*rows or the labels of 'train' are others"),
            ("another word", r"`sha256_(train|validation)` must stay the same.*The rows or the labels of"),
            ("other names of classes", r"`sha256_labels` must stay the same.*classes have other names, or another"),
            ("another vocabulary", r"`sha256_vocabulary` must stay the same.*vocabulary or its casing is another"),
            ("other weights", r"`sha256_encoder` must stay the same.*The encoder's weights are others than then"),
        ],
    )
    def test_other_content_under_the_same_name_is_refused_with_what_differs(self, begun, tmp_path, change, said):
        folder = shutil.copytree(begun, tmp_path / "contents")
        table = folder / "rows.csv"
        text = table.read_text()
        if change == "labels turned round":
            table.write_text(text.replace(",yes", ",?").replace(",no", ",yes").replace(",?", ",no"))
        elif change == "another word":
            table.write_text(text.replace("bad film", "good food"))
        elif change == "other names of classes":
            table.write_text(text.replace(",yes", ",positive").replace(",no", ",negative"))
        elif change == "another vocabulary":
            path = folder / "encoder" / "assets" / "vocab.txt"
            path.write_text(path.read_text().rstrip("\n") + "x\n")
            verify(folder / "encoder", accept=True)
        else:
            encoder = load_encoder(folder / "encoder", native=True)
            encoder.weights[0].assign(encoder.weights[0] * 0.5)
            save_encoder(encoder, folder / "other")
            shutil.rmtree(folder / "encoder")
            (folder / "other").rename(folder / "encoder")
        before = tuned.below(folder / "out")
        with pytest.raises(ValueError, match=said):
            tuned.run(folder / "encoder", folder / "out", load_table(table, seq_length=16), resume=True)
        assert tuned.below(folder / "out") == before

    def test_the_same_content_in_another_place_goes_on(self, begun, tmp_path):
        folder = shutil.copytree(begun, tmp_path / "elsewhere")
        result = tuned.run(
            folder / "encoder", folder / "out", load_table(folder / "rows.csv", seq_length=16), resume=True
        )
        assert len(result.history) == 2


class TestOverwriting:
    def test_the_old_model_stays_until_the_new_one_is_there(self, even, encoder, tmp_path):
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
    def test_the_best_epoch_before_is_kept(self, even, encoder, tmp_path):
        said = []
        result = tuned.run(encoder, tmp_path / "out", callbacks=[Spoil(2)], say=said.append)
        assert result.best_epoch == 1 and len(result.history) == 1
        line = next(
            line for line in said if line.startswith("training stops here, and the best epoch before is kept: ")
        )
        assert "the loss became nan in step 1 of epoch 2, of reviews_train.tsv: row " in line
        assert "The weight 'classifier/bias' was not finite before that step." in line
        assert all(np.isfinite(weight).all() for weight in tuned.weights_of(tmp_path / "out").values())
        assert np.isfinite(load(tmp_path / "out").logits(TEXTS)).all()

    def test_with_no_epoch_before_it_is_an_error_and_no_model(self, encoder, tmp_path):
        with pytest.raises(
            ValueError,
            match=r"stops before any epoch has ended: the loss became nan in step 1 of epoch 1, .*No model was written",
        ):
            tuned.run(encoder, tmp_path / "out", callbacks=[Spoil(1)])
        assert os.listdir(tmp_path) == ["out"] and os.listdir(tmp_path / "out") == ["checkpoints"]
        assert len(tuned.run(encoder, tmp_path / "out", resume=True).history) == 2

    def test_a_label_that_float32_cannot_square_is_named_with_its_line(self, encoder, tmp_path):
        lines = [f"the food was good {row},{1e30 if row == 9 else row % 5}" for row in range(24)]
        (tmp_path / "rows.csv").write_text("\n".join(["text,label", *lines]) + "\n")
        task = load_table(tmp_path / "rows.csv", seq_length=16, problem_type="regression")
        with pytest.raises(ValueError, match=r"of rows.csv: line \d+.* The label of rows.csv, line 11 is 1e\+30: use"):
            tuned.run(encoder, tmp_path / "out", task)

    def test_a_weight_that_float32_cannot_work_with_is_refused_where_it_is_read(self, tmp_path):
        lines = [f"the food was good {row},{row % 2},{1e38 if row == 9 else 1}" for row in range(24)]
        (tmp_path / "rows.csv").write_text("\n".join(["text,label,weight", *lines]) + "\n")
        with pytest.raises(ValueError, match=r"rows.csv, line 11: `weight` must be a finite number .* at most 1e\+12"):
            load_table(tmp_path / "rows.csv", seq_length=16, weight="weight")


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
            from bert_keras.running.folders.folder_files import read_config

            def room(size):
                resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

            class Fill(keras.callbacks.Callback):
                def on_epoch_begin(self, epoch, logs=None):
                    room(5_000 if epoch == 1 else -1)

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
        done = warm_python.run("-c", textwrap.dedent(code))
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
