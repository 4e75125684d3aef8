"""The encoder of a run: native where that is needed, in the recipe's precision, from a handle, a dict or anew."""

import dataclasses
import json

import encoders
import keras
import numpy as np
import pytest
import tensorflow as tf
import tuned

import bert_keras as bk
from bert_keras import cpu_flags
from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.hub_encoder import HubEncoder
from bert_keras.optimization.recipe import Recipe
from bert_keras.running.export import export
from bert_keras.running.finetune import finetune
from bert_keras.running.training_run import run_encoder
from bert_keras.running.training_run.run_encoder import is_native, load_run_encoder, portable_encoder

HALVES = ["bfloat16", "float16"]
HUB = dataclasses.replace(tuned.RECIPE, native=False)
SIZES = {"num_layers": 1, "hidden_size": 8, "num_heads": 2, "max_positions": 64}


@pytest.fixture(scope="module")
def no_bert(tmp_path_factory):
    return encoders.write_no_bert(tmp_path_factory.mktemp("no_bert") / "m")


def loaded(encoder, recipe=HUB):
    """The encoder of a run on one device, and what is said of it."""
    lines = []
    return load_run_encoder(encoder, recipe, tf.distribute.get_strategy(), lines.append), lines


# Which encoder -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "native"),
    [({}, False), ({"native": True}, True), ({"precision": "float16"}, True), ({"tune": "lora"}, True)],
)
def test_a_handle_and_a_dict_with_one_are_the_same(encoder, fields, native):
    recipe = Recipe(**fields)
    for given in (encoder, str(encoder), {"handle": encoder}):
        found, lines = loaded(given, recipe)
        assert is_native(given, recipe) is native is isinstance(found, BertEncoder)
        assert any("trains the native encoder" in line for line in lines) is (native and not recipe.native)
    assert isinstance(loaded(encoder)[0], HubEncoder)


def test_the_vocabulary_of_a_dict_takes_the_place_of_its_own(encoder, tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "The", "film"]), encoding="utf-8")
    for recipe in (HUB, tuned.RECIPE):
        found, _ = loaded({"handle": encoder, "vocab_file": words, "lower_case": False}, recipe)
        assert found.tokenizer(["The film the"]).to_list() == [[5, 6, 1]]
    own, _ = loaded({"handle": encoder, "vocab_file": None, "lower_case": None})
    assert own.tokenizer(["The film"]).to_list() == loaded(encoder)[0].tokenizer(["the film"]).to_list()


def test_sizes_begin_an_encoder_anew(vocab_file):
    given = {**SIZES, "vocab_file": vocab_file}
    assert is_native(given, HUB)
    found, lines = loaded(given)
    assert isinstance(found, BertEncoder) and found.source == "random weights" and lines == []
    assert (found.config.num_layers, found.config.hidden_size, found.config.max_positions) == (1, 8, 64)
    assert found.config.vocab_size == found.tokenizer.vocab_size and found.tokenizer.lower_case is True
    same, other = (loaded(given, dataclasses.replace(HUB, seed=seed))[0] for seed in (0, 1))
    tables = [one.named_weights()["word_embeddings/embeddings"].numpy() for one in (found, same, other)]
    assert (tables[0] == tables[1]).all() and not (tables[0] == tables[2]).all()
    cased, _ = loaded({**given, "lower_case": False}, dataclasses.replace(HUB, precision="bfloat16"))
    assert cased.tokenizer.lower_case is False and cased.compute_dtype == "bfloat16"


@pytest.mark.parametrize(
    ("encoder", "said"),
    [
        ({"handle": "x", "vocab": "v.txt"}, "`encoder` must have handle, and may have vocab_file, lower_case"),
        ({"handle": "x", "vocab_fle": "v.txt"}, r"Did you mean 'vocab_file'\?"),
        ({"handle": "x", "hidden_size": 8}, "`encoder` must have handle, and may have"),
        (
            {"num_layers": 2, "vocab_file": "v.txt"},
            "must have num_layers, hidden_size, num_heads and vocab_file, and may",
        ),
        ({**SIZES, "layers": 2, "vocab_file": "v.txt"}, "`encoder` must have num_layers"),
        ({}, "`encoder` must have num_layers"),
        (SIZES, "`vocab_file` must be given for an encoder that begins anew"),
    ],
)
def test_dicts_at_fault(encoder, said):
    with pytest.raises(ValueError, match=said):
        loaded(encoder)


def test_a_run_from_random_weights_ends_in_a_model_folder(vocab_file, tmp_path):
    given = {**SIZES, "vocab_file": str(vocab_file)}
    recipe = dataclasses.replace(HUB, epochs=1)
    result = tuned.run(given, tmp_path / "out", recipe=recipe)
    config = json.loads((tmp_path / "out" / "config.json").read_text())
    assert config["native"] is True and config["encoder"]["source"] == "random weights"
    assert bk.load(result.folder)("a good film").label in ("negative", "positive")


def test_workers_may_have_it_in_other_folders(tmp_path):
    (tmp_path / "a" / "mine").mkdir(parents=True)
    for path in (tmp_path / "a" / "mine", tmp_path / "b" / "mine"):
        assert portable_encoder(path) == portable_encoder(str(path)) == "mine"
        given = {"handle": path, "vocab_file": str(path / "vocab.txt"), "lower_case": True}
        assert portable_encoder(given) == {"handle": "mine", "vocab_file": "vocab.txt", "lower_case": "True"}
    assert portable_encoder("sample/all-MiniLM-L6-v2") == "sample/all-MiniLM-L6-v2"
    assert portable_encoder({**SIZES, "vocab_file": "/gone/v.txt"})["vocab_file"] == "v.txt"


# Precision -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HALVES)
def test_a_run_switches_to_the_native_encoder_and_says_so(encoder, tmp_path, name):
    lines = []
    recipe = dataclasses.replace(HUB, precision=name)
    result = tuned.run(encoder, tmp_path / "out", recipe=recipe, say=lines.append)
    said = f"precision {name}: trains the native encoder, as the hub's graph computes in float32 alone"
    assert lines.count(said) == 1
    assert f"scores are those in {name}; the model folder computes in float32" in lines
    assert ("loss scale 32768: 0 of 4 steps were skipped, whose gradients overflowed" in lines) == (name == "float16")
    config = json.loads((tmp_path / "out" / "config.json").read_text())
    assert config["native"] is True and config["recipe"]["precision"] == config["metrics_precision"] == name
    assert isinstance(result.model.encoder, BertEncoder) and result.model.encoder.compute_dtype == name
    written = tuned.weights_of(tmp_path / "out")
    assert {value.dtype.name for value in written.values() if value.dtype.kind == "f"} == {"float32"}
    texts = ["a very good film", "not the best food", "who was it?"]
    predictor = bk.load(tmp_path / "out")
    half = result.model(result.model.encoder.preprocessor(32)(texts)).numpy()
    difference = np.abs(predictor.logits(texts) - half).max()
    assert 0 < difference < {"bfloat16": 0.05, "float16": 0.005}[name]
    served = tf.saved_model.load(export(tmp_path / "out", tmp_path / "served")).signatures["serving_default"]
    probabilities = keras.ops.softmax(predictor.logits(texts)).numpy()
    np.testing.assert_allclose(served(text=tf.constant(texts))["probabilities"], probabilities, atol=1e-6)


class Stop(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            raise KeyboardInterrupt


@pytest.mark.parametrize("name", HALVES)
def test_a_resumed_run_equals_an_unbroken_one_to_the_bit(encoder, tmp_path, name):
    recipe = dataclasses.replace(tuned.RECIPE, precision=name)
    tuned.run(encoder, tmp_path / "whole", recipe=recipe)
    with pytest.raises(KeyboardInterrupt):
        tuned.run(encoder, tmp_path / "broken", recipe=recipe, callbacks=[Stop()])
    with pytest.raises(ValueError, match="`precision` must stay the same when a run is resumed"):
        tuned.run(encoder, tmp_path / "broken", recipe=tuned.RECIPE, resume=True)
    tuned.run(encoder, tmp_path / "broken", recipe=recipe, resume=True)
    assert tuned.same_weights(tmp_path / "whole", tmp_path / "broken")


def test_a_run_takes_the_precision_of_a_global_policy(encoder, tmp_path, policy):
    policy("mixed_bfloat16")
    lines = []
    result = tuned.run(encoder, tmp_path / "out", recipe=HUB, say=lines.append)
    assert any(line.startswith("precision bfloat16: trains the native encoder") for line in lines)
    assert result.model.encoder.compute_dtype == "bfloat16"
    assert json.loads((tmp_path / "out" / "config.json").read_text())["recipe"]["precision"] == "bfloat16"
    with pytest.raises(ValueError, match=r"`precision` must be 'bfloat16', as Keras' dtype policy is 'mixed_bfloat16'"):
        tuned.run(encoder, tmp_path / "other", recipe=Recipe(precision="float16"))
    policy("bfloat16")
    with pytest.raises(ValueError, match="`dtype_policy` must be one of float32, mixed_bfloat16, mixed_float16"):
        tuned.run(encoder, tmp_path / "other")


def test_float32_is_as_before(encoder, tmp_path):
    lines = []
    result = tuned.run(encoder, tmp_path / "out", recipe=HUB, say=lines.append)
    assert isinstance(result.model.encoder, HubEncoder)
    assert not [
        line for line in lines if line.startswith(("precision", "scores are", "loss scale", "float16", "this CPU"))
    ]
    assert json.loads((tmp_path / "out" / "config.json").read_text())["native"] is False


@pytest.mark.parametrize("name", HALVES)
def test_an_encoder_without_a_native_form_is_refused(no_bert, tmp_path, name):
    match = r"`precision` must be 'float32' for '.*', whose graph computes in that alone.*no native form.*num_layers"
    with pytest.raises(ValueError, match=match) as error:
        finetune("samples/reviews", no_bert, tmp_path / "out", recipe=Recipe(precision=name))
    assert "native=True" not in str(error.value) and not (tmp_path / "out").exists()
    with pytest.raises(ValueError, match="must name a BERT encoder for native=True"):
        finetune("samples/reviews", no_bert, tmp_path / "out", recipe=Recipe(precision=name, native=True))
    with pytest.raises(ValueError, match="There is no folder or archive of that name"):
        finetune("samples/reviews", "no_such_encoder", tmp_path / "out", recipe=Recipe(precision=name))


def test_recompute_goes_with_a_precision_that_takes_the_native_encoder(encoder, tmp_path):
    recipe = Recipe(epochs=1, batch_size=16, precision="bfloat16", recompute=True)
    result = tuned.run(encoder, tmp_path / "out", recipe=recipe)
    assert result.model.encoder.recompute and result.model.encoder.compute_dtype == "bfloat16"


def test_the_command_line(command, encoder, tmp_path):
    arguments = ("--encoder", encoder, "--epochs", 1, "--limit", 16, "--seq-length", 32, "--precision")
    status, out, err = command("finetune", "samples/reviews", "--out", tmp_path / "out", *arguments, "bfloat16")
    assert status == 0, err
    assert "precision bfloat16: trains the native encoder" in out
    status, _, err = command("finetune", "samples/reviews", "--out", tmp_path / "other", *arguments, "bfloat")
    assert status == 1 and "`precision` must be one of" in err and "Did you mean 'bfloat16'" in err


@pytest.mark.parametrize(
    ("flags", "name", "said"),
    [
        ("fpu avx2 fma", "bfloat16", "this CPU has no instructions for bfloat16: float32 is faster here"),
        ("fpu avx512_bf16", "bfloat16", None),
        (None, "bfloat16", None),
        ("fpu avx512_bf16", "float16", "float16 on a CPU takes longer than float32: it is meant for GPUs"),
    ],
)
def test_what_is_slow_here_is_said(tmp_path, monkeypatch, flags, name, said):
    path = tmp_path / "cpuinfo"
    if flags is not None:
        path.write_text(f"flags : {flags}\n")
    monkeypatch.setattr(cpu_flags, "CPU_INFO", path)
    assert run_encoder.slow_devices(name) == said


def test_an_encoder_of_its_first_layers_is_native_and_said_so(no_bert):
    two_layers = encoders.shared_encoder("dict")
    given = {"handle": two_layers, "num_layers": 1}
    found, lines = loaded(given)
    assert is_native(given, HUB) and found.config.num_layers == 1 and found.layers_before == 2
    assert lines == ["num_layers 1: trains the native encoder, as the hub's graph runs all of its layers"]
    with pytest.raises(ValueError, match=r"`num_layers` must be between 1 and 2"):
        loaded({**given, "num_layers": 3})
    with pytest.raises(ValueError, match=r"`num_layers` must be left out for .*whose graph runs all.*no native form"):
        loaded(
            {
                "handle": no_bert,
                "vocab_file": encoders.shared_encoder("dict").parent / "vocab.txt",
                "lower_case": True,
                "num_layers": 1,
            }
        )
