"""`bk.finetune`: a run from a task to a model folder, what it says, and what it refuses."""

import dataclasses
import json
import os
import pathlib
import socket

import glue_files
import keras
import numpy as np
import pytest
import tensorflow as tf
import tuned

import bert_keras as bk
import bert_keras.running.training_run.run as run_module
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.masked_lm.load_masked import load_masked
from bert_keras.optimization.recipe import Recipe
from bert_keras.running.choosing.load_files import load_files
from bert_keras.running.choosing.load_task import load_task
from bert_keras.running.evaluate import evaluate
from bert_keras.running.loading.load import load


def failing(*_):
    """In place of what writes a model folder, on a disk that is full."""
    raise OSError("no room")


TEXTS = ["a very good film", "not the best food", "", "who was it?"]


class TestARun:
    def test_it_leaves_the_model_folder_of_the_architecture(self, tuned_run):
        folder = pathlib.Path(tuned_run.folder)
        top = {"README.md", "config.json", "encoder", "head.weights.h5", "metrics.json", "trained_rows.npy", "logs"}
        assert {path.name for path in folder.iterdir()} == {*top, "bert_keras.sha256"}
        config = json.loads((folder / "config.json").read_text())
        assert config["task"] == "samples/reviews" and config["labels"] == ["negative", "positive"]
        assert config["seq_length"] == 32 and config["recipe"]["learning_rate"] == 1e-3
        assert config["native"] is True and config["limit"] == 32 and config["train_rows"] == 32
        assert config["encoder"]["source"] == "the_encoder"
        assert config["row_counts"] == {"train": 32, "validation": 56} and config["seconds"] > 0
        assert sum(config["label_counts"]["train"].values()) == 32
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
            assert set(entry["logs"]) == {"loss", "accuracy", "val_loss", "val_accuracy", "val_f1"}
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

        tuned.score_texts(monkeypatch, evaluation)
        stop = keras.callbacks.EarlyStopping("val_accuracy", mode="max", patience=1)
        recipe = dataclasses.replace(tuned.RECIPE, epochs=9)
        result = tuned.run(encoder, tmp_path / "out", recipe=recipe, callbacks=[stop])
        assert [entry["logs"]["val_f1"] for entry in result.history] == [0.1, 0.8]
        assert result.best_epoch == 1 and result.metrics == {"accuracy": 0.9, "f1": 0.1}
        kept, last = seen
        assert all((w.numpy() == k).all() for w, k in zip(result.model.weights, kept, strict=True))
        stored = tuned.weights_of(tmp_path / "out")
        assert (stored["classifier/kernel"] == kept[-2]).all() and not (kept[-2] == last[-2]).all()
        words = next(value for value in stored.values() if value.shape == kept[0].shape)
        assert (words == kept[0]).all() and not (kept[0] == last[0]).all()

    def test_callbacks_of_keras_work_as_they_are(self, encoder, tmp_path):
        said = []
        stop = keras.callbacks.EarlyStopping(min_delta=1e9)  # nothing is ever better: it stops after the second epoch
        keep = keras.callbacks.ModelCheckpoint(tmp_path / "best.keras", save_best_only=True)
        score = keras.callbacks.EarlyStopping("val_f1", patience=9)
        recipe = dataclasses.replace(tuned.RECIPE, epochs=5)
        callbacks = [stop, keep, score]
        result = tuned.run(encoder, tmp_path / "out", recipe=recipe, callbacks=callbacks, say=said.append)
        logs = [entry["logs"] for entry in result.history]
        assert len(logs) == 2 and all(entry["val_loss"] > 0 for entry in logs)
        assert keep.best == pytest.approx(min(entry["val_loss"] for entry in logs)) and keep.filepath
        assert (tmp_path / "best.keras").is_file()
        assert not any("a callback watches val_loss" in line for line in said)  # the scores tell it
        wrong = keras.callbacks.EarlyStopping("val_matthews_corrcoef")
        with pytest.raises(ValueError, match=r"`monitor` must be a figure of this run's epochs: loss, accuracy, val_"):
            tuned.run(encoder, tmp_path / "other", callbacks=[wrong])

    def test_the_loss_on_tags_is_worked_out_for_who_watches_it(self, encoder, tmp_path):
        task, said = load_task("samples/entities", seq_length=32, limit=16), []
        recipe = dataclasses.replace(tuned.RECIPE, epochs=1)
        plain = tuned.run(encoder, tmp_path / "plain", task, recipe=recipe, say=said.append)
        assert "val_loss" not in plain.history[0]["logs"]
        watching = {"recipe": recipe, "callbacks": [keras.callbacks.EarlyStopping()], "say": said.append}
        watched = tuned.run(encoder, tmp_path / "watched", task, **watching)
        assert watched.history[0]["logs"]["val_loss"] > 0
        assert sum("a callback watches val_loss" in line for line in said) == 1

    def test_patience_ends_a_run(self, encoder, tmp_path):
        said, recipe = [], dataclasses.replace(tuned.RECIPE, epochs=6, patience=1, learning_rate=0.0)
        result = tuned.run(encoder, tmp_path / "out", recipe=recipe, say=said.append)
        assert len(result.history) == 2 and result.best_epoch == 2  # the last one of equals is kept
        assert any(line == "training stops here: accuracy has not risen for 1 epoch" for line in said)

    def test_a_run_that_patience_ended_trains_no_more_when_it_is_resumed(self, encoder, tmp_path, monkeypatch):
        recipe = dataclasses.replace(tuned.RECIPE, epochs=6, patience=1, learning_rate=0.0)
        with monkeypatch.context() as patch, pytest.raises(OSError, match="no room"):
            patch.setattr(run_module, "write_model_folder", failing)
            tuned.run(encoder, tmp_path / "out", recipe=recipe)
        result = tuned.run(encoder, tmp_path / "out", recipe=recipe, resume=True)
        assert [entry["epoch"] for entry in result.history] == [1, 2] and result.seconds == 0.0
        assert bk.load(tmp_path / "out").config["best_epoch"] == 2


class TestTasks:
    def test_pairs_from_the_files_of_glue_and_both_dev_sets_of_mnli(self, encoder, tmp_path):
        task = load_task("mnli", data_dir=glue_files.write_all(tmp_path / "data"), limit=3, seq_length=16)
        recipe = Recipe(epochs=1, batch_size=2)
        result = bk.finetune(task, encoder, tmp_path / "out", recipe=recipe, say=lambda line: None)
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
            (None, {}, TypeError, "`task` must be one of squad/v1.1, .*samples/reviews"),
            ("samples/reviews", {"limit": 0}, ValueError, "`limit` must be at least 1"),
            ("samples/reviews", {"limit": 2.5}, TypeError, "`limit` must be an integer"),
            ("samples/reviews", {"data_dir": "x"}, TypeError, "`data_dir` must be left out for samples/reviews"),
            ("samples/reviews", {"seq_length": 65}, ValueError, "`seq_length` must be between .* and 64"),
            ("glue/ax", {}, ValueError, r"`task` must have the part 'train'. Received: task=\['test'\]"),
        ],
    )
    def test_mistakes_of_the_task_leave_no_folder(self, encoder, tmp_path, task, options, error, said):
        with pytest.raises(error, match=said):
            bk.finetune(load_task(task, **options) if options else task, encoder, tmp_path / "out")
        assert os.listdir(tmp_path) == []

    @pytest.mark.parametrize(
        "options, said",
        [
            ({"recipe": {"epochs": 3}}, r"`recipe` must be a bk.Recipe.*bk.Recipe\(epochs=4\)"),
            ({"devices": "mirrored"}, r"`devices` must be a bk.Devices.*E.g. bk.Devices\('mirrored'\)"),
            ({"resume": "yes"}, "`resume` must be True or False"),
        ],
    )
    def test_mistakes_of_the_call_leave_no_folder(self, encoder, tmp_path, options, said):
        with pytest.raises(TypeError, match=said):
            bk.finetune("samples/reviews", encoder, tmp_path / "out", **options)
        assert os.listdir(tmp_path) == []

    def test_a_table_without_a_dev_part(self, encoder, tmp_path):
        table = load_files({"text": ["a", "b"], "label": ["x", "y"]}, validation_share=0)
        with pytest.raises(ValueError, match=r"must have the part 'validation'.* Pass validation_share=0.1 to hold it"):
            bk.finetune(table, encoder, tmp_path / "out")

    def test_plain_text_has_no_labels_to_tune_on(self, encoder, tmp_path):
        match = (
            "`task` must be of .*text_classification. Received: task='masked_lm'. bk.pretrain trains on masked words"
        )
        with pytest.raises(ValueError, match=match):
            bk.finetune(load_masked(["a film", "a book"]), encoder, tmp_path / "out")
        assert os.listdir(tmp_path) == []

    def test_an_unknown_encoder(self, tmp_path):
        with pytest.raises(ValueError, match=r"Did you mean .*bert_en_uncased_L-12_H-768_A-12"):
            bk.finetune("samples/reviews", "bert_en_uncased_L-12_H-768_A12", tmp_path / "out")
        assert os.listdir(tmp_path) == []
