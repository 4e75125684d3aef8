"""The table of formats, and what each of them does not take."""

import dataclasses
import importlib.util
import os
import pathlib

import encoders
import keras
import numpy as np
import pytest
import tuned
from safetensors.numpy import load_file

from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.running import kinds
from bert_keras.running.export import export
from bert_keras.running.exporting.formats import FORMATS
from bert_keras.running.loading.load import load


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("formats")


@pytest.fixture(scope="module")
def model(place):
    return tuned.write_model(place / "model", tuned.write_encoder(place / "encoder"))


def test_each_format_is_a_file():
    folder = pathlib.Path(importlib.util.find_spec("bert_keras.running.exporting").submodule_search_locations[0])
    for name, form in FORMATS.items():
        assert form.name == name and (folder / f"{form.module}.py").is_file()
        if all(importlib.util.find_spec(module) for module in form.packages.values()):
            assert callable(form.writer)


@pytest.mark.parametrize(
    ("to", "options", "match"),
    [
        ("savedmodel", {"quantization": "int8"}, r"`quantization` must be left out with to='savedmodel'.*'int8'"),
        ("huggingface", {"opset": 17}, r"`opset` must be left out with to='huggingface'.*It belongs to 'onnx'"),
        ("huggingface", {"data": "held_out.csv"}, r"`data` must be left out.*It belongs to 'onnx' and 'litert'"),
        ("onnx", {"seq_length": 16}, r"`seq_length` must be left out with to='onnx'.*It belongs to 'litert'"),
        ("litert", {"opset": 17}, r"`opset` must be left out with to='litert'"),
    ],
)
def test_an_option_of_another_format_is_refused(model, tmp_path, to, options, match):
    with pytest.raises(ValueError, match=match):
        export(model, tmp_path / "out", to=to, **options)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_package_is_named_with_the_line_that_installs_it(model, tmp_path, monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name.startswith("onnx") else found(name))
    match = r"`to` must be a format whose packages .* onnx and onnxruntime are missing.*pip install onnx onnxruntime"
    with pytest.raises(ImportError, match=match):
        export(model, tmp_path / "out", to="onnx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("to", ["huggingface", "onnx", "litert"])
def test_a_kind_without_a_portable_head_is_refused(model, tmp_path, monkeypatch, to):
    _skip_without(to)
    kind = dataclasses.replace(kinds.KINDS["text_classification"], portable=None)
    monkeypatch.setitem(kinds.KINDS, kind.name, kind)
    match = "`to` must be 'savedmodel' for a model of text_classification.*Other formats are of models of question"
    with pytest.raises(ValueError, match=match):
        export(model, tmp_path / "out", to=to)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("to", ["huggingface", "onnx"])
def test_an_encoder_that_is_no_bert_is_refused(tmp_path, to, vocab_file):
    _skip_without(to)
    encoders.write_no_bert(tmp_path / "no_bert")
    encoder = load_encoder(tmp_path / "no_bert", vocab_file=vocab_file, lower_case=True)
    model = kinds.KINDS["text_classification"].model(encoder, 2)
    predictor = kinds.KINDS["text_classification"].predictor(
        model, {"task": "own", "labels": ["no", "yes"], "text_columns": ["text"], "seq_length": 16}
    )
    with pytest.raises(ValueError, match=r"`encoder` must be BERT as published.*Export it as a SavedModel"):
        export(predictor, tmp_path / "out", to=to)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("to", ["huggingface", "onnx", "litert"])
def test_an_encoder_without_a_head_for_masked_words_is_no_model(place, model, tmp_path, to):
    _skip_without(to)
    with pytest.raises(ValueError, match=r"`model` must be a tuned model, or an encoder with a head for masked words"):
        export(place / "encoder", tmp_path / "out", to=to)


@pytest.mark.parametrize("to", list(FORMATS))
def test_a_place_that_is_taken_is_refused(model, tmp_path, to):
    _skip_without(to)
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="`out` must be new or empty"):
        export(model, tmp_path, to=to)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_policy_that_it_was_trained_in_does_not_matter(tmp_path, policy, vocab_file):
    policy("mixed_bfloat16")
    native = BertEncoder(len(encoders.VOCABULARY), 1, 16, 2, max_positions=32, seed=1)
    policy("float32")
    native.tokenizer = load_encoder(tuned.shared_encoder()).tokenizer
    model = kinds.KINDS["text_classification"].model(native, 2, seed=1)
    config = {"task": "own", "labels": ["no", "yes"], "text_columns": ["text"], "seq_length": 16}
    predictor = kinds.KINDS["text_classification"].predictor(model, config)
    export(predictor, tmp_path / "out", to="huggingface")
    arrays = load_file(tmp_path / "out" / "model.safetensors")
    assert {array.dtype.name for array in arrays.values()} == {"float32"}
    table = keras.ops.convert_to_numpy(native.word_table)
    np.testing.assert_array_equal(arrays["bert.embeddings.word_embeddings.weight"], table)


@pytest.mark.parametrize("to", ["huggingface", "onnx", "litert"])
def test_its_files_may_be_read_by_whom_the_umask_lets(model, tmp_path, to):
    _skip_without(to)
    before = os.umask(0o022)
    try:
        options = {} if to == "huggingface" else {"quantization": "int8"}
        export(model, tmp_path / "out", to=to, say=lambda line: None, **options)
    finally:
        os.umask(before)
    assert {oct(path.stat().st_mode & 0o777) for path in (tmp_path / "out").iterdir()} == {"0o644"}


def test_a_predictor_is_exported_as_it_is_now(model, tmp_path):
    predictor = load(model)
    predictor.model.classifier.bias.assign([5.0, -5.0])
    export(predictor, tmp_path / "out", to="huggingface")
    assert load_file(tmp_path / "out" / "model.safetensors")["classifier.bias"].tolist() == [5.0, -5.0]


@pytest.mark.parametrize("to", ["onnx", "litert"])
def test_weights_that_one_file_does_not_take_are_refused(model, tmp_path, monkeypatch, to):
    _skip_without(to)
    monkeypatch.setattr("bert_keras.running.exporting.export_source.MOST_BYTES", 1000)
    with pytest.raises(ValueError, match=r"`model` must have weights of at most 1,000 bytes.*Export it to 'hugging"):
        export(model, tmp_path / "out", to=to)
    assert list(tmp_path.iterdir()) == []


def _skip_without(to):
    missing = [name for name, module in FORMATS[to].packages.items() if importlib.util.find_spec(module) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} not here: pip install {' '.join(missing)}")
