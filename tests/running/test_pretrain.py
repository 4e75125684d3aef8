"""`pretrain`: from text to an encoder that load_encoder takes; begun anew, gone on with, interrupted and resumed."""

import dataclasses
import json
import pathlib

import keras
import numpy as np
import pytest
import tensorflow_hub
import tiny

from bert_keras.encoders.from_hub_encoder import NoBertError
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.masked_lm.fill_mask import fill_mask
from bert_keras.masked_lm.load_masked import load_masked
from bert_keras.masked_lm.masked_lm import MaskedLM
from bert_keras.optimization.recipe import Recipe
from bert_keras.running.choosing.load_task import load_task
from bert_keras.running.evaluate import evaluate
from bert_keras.running.folders.folder_files import read_config
from bert_keras.running.pretrain import pretrain
from bert_keras.text.learn_vocabulary import learn_vocabulary
from bert_keras.training.devices import Devices

SIZES = {"num_layers": 1, "hidden_size": 16, "num_heads": 2, "max_positions": 64, "dropout": 0.1}
RECIPE = Recipe(epochs=3, batch_size=16, learning_rate=2e-2)
COLOURS = {"grass": "green", "snow": "white", "coal": "black", "blood": "red"}
TEXTS = [f"the {thing} is {colour}" for thing, colour in COLOURS.items()] * 30


def silent(line):
    """Takes a line for nobody."""


def task_of(texts=TEXTS, **options):
    return load_masked(texts, **{"rows": "texts", "validation_share": 0.1, "seq_length": 16, **options})


def run(out, encoder, task=None, **options):
    given = {"recipe": RECIPE, "say": silent}
    return pretrain(task_of() if task is None else task, encoder, out, **{**given, **options})


class Stop(keras.callbacks.Callback):
    """Ends a run in the fourth step of an epoch, counted from 0."""

    def __init__(self, epoch):
        super().__init__()
        self.last = epoch

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch) == (self.last, 3):
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory):
    return learn_vocabulary(TEXTS, tmp_path_factory.mktemp("vocabulary") / "vocab.txt", 120)


@pytest.fixture(scope="module")
def ended(tmp_path_factory, vocabulary):
    """A run from random weights, its folder and what it said."""
    out, said = tmp_path_factory.mktemp("ended") / "encoder", []
    text = out.parent / "colours.txt"
    text.write_text("\n".join(TEXTS) + "\n", encoding="utf-8")
    return run(out, {**SIZES, "vocab_file": vocabulary}, task_of(text), say=said.append), out, said


def test_an_encoder_that_begins_anew_learns_and_is_written_as_tf_hub_has_it(ended):
    result, out, said = ended
    assert result.before["perplexity"] > 25
    assert result.metrics["perplexity"] < 8 and result.metrics["masked_loss"] < result.before["masked_loss"]
    assert [entry["epoch"] for entry in result.history] == [1, 2, 3]
    found = {path.name for path in out.iterdir()}
    assert {"saved_model.pb", "variables", "assets", "config.json", "metrics.json", "logs"} <= found
    assert "checkpoints" not in found
    assert hasattr(tensorflow_hub.load(str(out)), "mlm")
    told = json.loads((out / "config.json").read_text(encoding="utf-8"))
    assert told["before"] == result.before and told["metrics"] == result.metrics
    assert (told["kind"], told["head"], told["rows"]) == ("masked_lm", "fresh", "texts")
    assert str(out.parent) not in (out / "config.json").read_text(encoding="utf-8")
    assert any("before, accuracy" in line and "after" in line for line in said)


def test_the_words_behind_masks_are_those_of_the_text(ended):
    result, out, _ = ended
    best = fill_mask(result.model, "the grass is [MASK]", top_k=4)
    assert set(COLOURS.values()) >= {filling.piece for filling in best[:2]}
    assert [filling.piece for filling in fill_mask(out, "the grass is [MASK]", top_k=4)] == [f.piece for f in best]


def test_the_folder_is_that_of_the_kept_epoch_and_goes_on_with_its_head(ended, tmp_path):
    result, out, _ = ended
    again = MaskedLM(load_encoder(out, native=True))
    inputs = {**tiny.features(4, 5), "masked_lm_positions": np.array([[1, 2]] * 4, "int32")}
    inputs["input_word_ids"] %= again.encoder.vocab_size
    np.testing.assert_allclose(again(inputs), result.model(inputs), atol=1e-5)
    said = []
    more = run(tmp_path / "more", out, say=said.append, recipe=Recipe(epochs=1, batch_size=16))
    assert any("head: the encoder's own" in line for line in said)
    assert more.before["masked_loss"] < 1.5 * result.metrics["masked_loss"]


def test_a_run_that_was_interrupted_ends_as_an_unbroken_one(ended, tmp_path, vocabulary):
    result, out, _ = ended

    text, sizes = out.parent / "colours.txt", {**SIZES, "vocab_file": vocabulary}
    often = dataclasses.replace(RECIPE, checkpoint_every="1 step")
    with pytest.raises(KeyboardInterrupt, match="goes on after step 3 of epoch 2"):
        run(tmp_path / "half", sizes, task_of(text), callbacks=[Stop(1)], recipe=often)
    other = tmp_path / text.name
    other.write_text("\n".join(reversed(text.read_text().splitlines())) + "\n")
    for task, name in (
        (task_of(TEXTS[::-1]), "task"),
        (task_of(other), "sha256_train"),
        (task_of(text, seq_length=12), "seq_length"),
        (task_of(text, masked_share=0.3), "masked_share"),
        (task_of(text, whole_words=False), "whole_words"),
        (task_of(text, rows="packed"), "rows"),
        (task_of(text, limit=90), "limit"),
    ):
        with pytest.raises(ValueError, match=rf"`{name}` must stay the same when a run is resumed.*began with {name}="):
            run(tmp_path / "half", sizes, task, resume=True)
    resumed = run(tmp_path / "half", sizes, task_of(text), resume=True)
    assert resumed.before == result.before
    assert resumed.history == result.history
    for one, other in zip(result.model.weights, resumed.model.weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_held_out_scores_are_evaluates(ended):
    result, out, _ = ended
    data = task_of(out.parent / "colours.txt").load(result.model.encoder, batch_size=16)
    assert evaluate(result.model, data) == pytest.approx(result.metrics, rel=1e-5)


def test_bad_input_has_a_message_before_anything_is_written(tmp_path, vocabulary, vocab_file, dict_encoder):
    out, sizes = tmp_path / "out", {**SIZES, "vocab_file": vocabulary}
    for encoder, options, match in (
        (SIZES, {}, "`vocab_file` must be given for an encoder that begins anew"),
        ({"num_layers": 2, "vocab_file": vocabulary}, {}, "`encoder` must have num_layers, hidden_size, num_heads"),
        ({**sizes, "layers": 2}, {}, "`encoder` must have num_layers"),
        (sizes, {"task": task_of(seq_length=65)}, "`seq_length` must be between 3 and 64"),
        (sizes, {"recipe": Recipe(dropout=0.2)}, "`dropout` must be left at 0.1"),
        (sizes, {"task": task_of([""])}, "must hold text, and there is none in it"),
        (sizes, {"task": load_task("samples/questions")}, "`task` must be of masked words. .*bk.load_masked makes it"),
        (sizes, {"task": task_of(validation_share=0)}, "`task` must have the part 'validation'"),
    ):
        with pytest.raises(ValueError, match=match):
            run(out, encoder, **options)
    with pytest.raises(TypeError, match="`doc_stride` must be left out for masked words of texts, of masked_lm"):
        task_of(doc_stride=64)
    for name in ("recipe", "devices"):
        with pytest.raises(TypeError, match=rf"`{name}` must be a bk\.{name.title()}"):
            run(out, sizes, **{name: {"epochs": 3}})
    without = tmp_path / "without.txt"
    without.write_text(pathlib.Path(vocab_file).read_text().replace("[MASK]", "[unused1]"))
    with pytest.raises(ValueError, match=r"`vocab_file` must be one with the piece \[MASK\]"):
        run(out, {"handle": dict_encoder, "vocab_file": without, "lower_case": True})
    assert not out.exists()


def test_texts_and_files_are_a_task_by_themselves(tmp_path, vocabulary):
    """As `bk.load_masked` reads them if nothing else is said: packed rows, a twentieth held out."""
    sizes = {**SIZES, "max_positions": 128, "vocab_file": vocabulary}
    result = pretrain(TEXTS, sizes, tmp_path / "out", recipe=Recipe(epochs=1, batch_size=4), say=silent)
    told = json.loads((tmp_path / "out" / "config.json").read_text(encoding="utf-8"))
    assert (told["task"], told["rows"], told["seq_length"]) == ("masked words of texts", "packed", 128)
    assert told["native"] is True and told["recipe"]["native"] is True and result.best_epoch == 1


def test_without_a_recipe_the_peak_is_that_of_pretraining(tmp_path, vocabulary):
    said = []
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "out", {**SIZES, "vocab_file": vocabulary}, recipe=None, say=said.append, callbacks=[Stop(0)])
    assert any("3 epochs, peak learning rate 0.0001" in line for line in said)


def test_several_workers_do_not_pretrain(tmp_path, vocabulary, monkeypatch):
    config = {"cluster": {"worker": ["a:1", "b:2"]}, "task": {"type": "worker", "index": 0}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(config))
    with pytest.raises(ValueError, match=r"`strategy` must be that of one process to pretrain"):
        run(tmp_path / "out", {**SIZES, "vocab_file": vocabulary}, devices=Devices("multiworker"))


def test_an_encoder_without_a_native_form_is_refused(tmp_path, dict_encoder, monkeypatch):
    def refuse(*args, **kwargs):
        raise NoBertError("albert", "its variables do not tell num_layers")

    monkeypatch.setattr("bert_keras.running.training_run.run_encoder.load_encoder", refuse)
    with pytest.raises(ValueError, match=r"`encoder` must be a plain BERT.*its variables do not tell num_layers"):
        run(tmp_path / "out", "albert")


def test_another_run_there_is_kept_unless_it_is_to_be_replaced(ended, tmp_path):
    _, out, _ = ended
    with pytest.raises(FileExistsError, match=r"`out` must be new or empty.*--overwrite"):
        run(out, SIZES)
    with pytest.raises(FileExistsError, match="Its model is finished"):
        run(out, SIZES, resume=True)
    with pytest.raises(ValueError, match=r"It is a pretrained encoder: bk\.load_encoder and bk\.fill_mask take it"):
        read_config(out)
