"""The note beside our SavedModels: what is read by it, and all that it is not believed for."""

import json
import shutil

import bert_reference
import numpy as np
import pytest
import tensorflow as tf
import tuned
from encoders import VOCABULARY, write_vocabulary

from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.encoders.noted_encoder import NOTE, read_noted
from bert_keras.encoders.save_encoder import save_encoder
from bert_keras.masked_lm.masked_lm import MaskedLM
from bert_keras.text.tokenizer import Tokenizer

FEATURES = bert_reference.batch(len(VOCABULARY), length=12)
SIZES = {"vocab_size": len(VOCABULARY), "num_layers": 2, "hidden_size": 12, "num_heads": 3, "max_positions": 20}


def tiny(**options):
    return BertEncoder(**{**SIZES, "initializer_range": 0.5, "seed": 1, **options})


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    """An encoder that no comparison would know: another epsilon. With a cased vocabulary."""
    encoder = tiny(gelu="erf", layer_norm_epsilon=0.01)
    encoder.tokenizer = Tokenizer(write_vocabulary(tmp_path_factory.mktemp("odd")), lower_case=False)
    return encoder


@pytest.fixture(scope="module")
def written(odd, tmp_path_factory):
    return save_encoder(odd, tmp_path_factory.mktemp("written") / "encoder")


@pytest.fixture
def copy(written, tmp_path):
    """Of before there were lists of digests, with which all damage is found before anything is read."""
    return tuned.without_lists(shutil.copytree(written, tmp_path / "copy"))


@pytest.fixture
def no_loading(monkeypatch):
    def load(folder, **options):
        raise AssertionError("the SavedModel was loaded")

    monkeypatch.setattr(tf.saved_model, "load", load)


def rewrite(folder, change):
    note = json.loads((folder / NOTE).read_text())
    change(note)
    (folder / NOTE).write_text(json.dumps(note))


# What is read ----------------------------------------------------------------------------------------------------


def test_the_same_encoder_comes_back_without_its_graph(odd, copy, no_loading):
    encoder = load_encoder(copy, native=True)
    assert (encoder.gelu, encoder.layer_norm_epsilon, encoder.initializer_range) == ("erf", 0.01, 0.02)
    assert encoder.tokenizer.vocabulary == VOCABULARY and encoder.tokenizer.lower_case is False
    assert encoder.tokenizer.vocab_file == str(copy / "assets" / "vocab.txt")
    assert (encoder.source, encoder.name, encoder.mlm_weights) == (str(copy), "encoder", None)
    for name, weight in odd.named_weights().items():
        np.testing.assert_array_equal(encoder.named_weights()[name], weight)
    np.testing.assert_array_equal(encoder(FEATURES)["sequence_output"], odd(FEATURES)["sequence_output"])


def test_options_and_arguments_go_before_what_was_written(copy, no_loading):
    options = {"dropout": 0.3, "attention_dropout": 0.2, "seed": 7, "name": "mine", "dtype": "mixed_bfloat16"}
    encoder = load_encoder(copy, trainable=False, native=True, lower_case=True, **options)
    assert (encoder.dropout, encoder.attention_dropout, encoder.seed, encoder.name) == (0.3, 0.2, 7, "mine")
    assert encoder.compute_dtype == "bfloat16" and encoder.trainable is False and encoder.gelu == "erf"
    assert encoder.tokenizer.lower_case is True
    assert encoder.word_table.dtype == "float32"


def test_an_encoder_without_a_vocabulary(tmp_path, no_loading):
    folder = save_encoder(tiny(), tmp_path / "bare")
    assert load_encoder(folder, native=True).tokenizer is None
    with pytest.raises(ValueError, match=r"`vocab_file` must be given with lower_case, as '.*bare' carries no voc"):
        load_encoder(folder, native=True, lower_case=True)


def test_the_masked_word_head_comes_with_it(tmp_path, no_loading):
    model = MaskedLM(tiny())
    model.head.named_weights()["output_bias/bias"].assign(np.arange(len(VOCABULARY)))
    encoder = load_encoder(save_encoder(model.encoder, tmp_path / "masked", mlm=model.head), native=True)
    assert set(encoder.mlm_weights) == set(model.head.named_weights())
    for name, weight in model.head.named_weights().items():
        np.testing.assert_array_equal(encoder.mlm_weights[name], weight)


# What is not believed --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda note: note.update(format=2),
        lambda note: note["network"].update(gelu="tanh"),
        lambda note: note["network"].update(layer_norm_epsilon=1e-12),
        lambda note: note.update(vocab_file="other.txt"),
        lambda note: note.update(sha256="0" * 64),
        lambda note: note.pop("sha256"),
        lambda note: note.clear(),
    ],
)
def test_a_note_that_was_changed(copy, change):
    assert read_noted(str(copy)) is not None
    rewrite(copy, change)
    assert read_noted(str(copy)) is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"7", b"\xff", b"[" * 100_000])
def test_a_note_that_is_none(copy, content):
    (copy / NOTE).write_bytes(content)
    assert read_noted(str(copy)) is None


def test_a_note_of_another_graph(copy, tmp_path):
    """The same weights in a graph with another epsilon: only its file tells."""
    encoder = tiny(gelu="erf")
    other = tmp_path / "other"
    save_encoder(encoder, other)
    shutil.copy(copy / NOTE, tuned.without_lists(other) / NOTE)
    assert read_noted(str(other)) is None
    loaded = load_encoder(other, native=True)
    assert (loaded.gelu, loaded.layer_norm_epsilon) == ("erf", 1e-12)
    np.testing.assert_allclose(loaded(FEATURES)["sequence_output"], encoder(FEATURES)["sequence_output"], atol=1e-5)
    (copy / "saved_model.pb").unlink()
    assert read_noted(str(copy)) is None


def test_what_is_not_believed_is_compared_and_refused(copy):
    rewrite(copy, lambda note: note.update(format=2))
    with pytest.raises(ValueError, match=r"for native=True.*the outputs differ by .* with tanh GELU"):
        load_encoder(copy, native=True)


def test_variables_of_another_encoder(copy, tmp_path):
    for change in ({"num_layers": 1}, {"vocab_size": 300}):
        other = save_encoder(tiny(**change), tmp_path / next(iter(change)))
        shutil.rmtree(copy / "variables")
        shutil.copytree(f"{other}/variables", copy / "variables")
        assert read_noted(str(copy)) is None


def test_weights_that_are_no_numbers(tmp_path, monkeypatch):
    monkeypatch.setattr("bert_keras.encoders.save_encoder.finite_weights", lambda *of: None)  # as older versions were
    encoder = tiny()
    encoder.pooler_bias.assign(np.full(12, np.nan, "float32"))
    folder = save_encoder(encoder, tmp_path / "m")
    assert read_noted(folder) is None
    with pytest.raises(ValueError, match="the outputs differ by nan with tanh GELU"):
        load_encoder(folder, native=True)


@pytest.mark.parametrize("damage", ["index is gone", "data are gone", "data are short", "data are others", "no index"])
def test_damaged_variables_are_told_as_ever(copy, damage):
    data, index = copy / "variables" / "variables.data-00000-of-00001", copy / "variables" / "variables.index"
    if damage == "index is gone":
        index.unlink()
    elif damage == "no index":
        index.write_bytes(b"nonsense")
    elif damage == "data are gone":
        data.unlink()
    elif damage == "data are short":
        data.write_bytes(data.read_bytes()[:5000])
    else:
        data.write_bytes(bytes(len(data.read_bytes())))
    assert read_noted(str(copy)) is None
    with pytest.raises(ValueError, match=r"`handle` must name a complete SavedModel.*TensorFlow could not read it"):
        load_encoder(copy, native=True)


def test_load_options_are_for_the_graph(copy, monkeypatch):
    given, load = [], tf.saved_model.load
    monkeypatch.setattr(tf.saved_model, "load", lambda folder, options, **more: given.append(options) or load(folder))
    options = tf.saved_model.LoadOptions(allow_partial_checkpoint=True)
    with pytest.raises(ValueError, match="the outputs differ by"):
        load_encoder(copy, native=True, load_options=options)
    assert given == [options]


def test_a_hub_encoder_leaves_no_note(copy, tmp_path):
    again = save_encoder(load_encoder(copy), tmp_path / "again")
    assert not (tmp_path / "again" / NOTE).exists() and read_noted(again) is None
