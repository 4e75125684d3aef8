"""An encoder of the first layers: the whole one's output after that layer."""

import encoders
import numpy as np
import pytest
import tiny
from huggingface_folders import TEXTS, write_folder

from bert_keras.encoders.first_layers import first_layers
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.encoders.save_encoder import save_encoder


@pytest.fixture(scope="module")
def whole(dict_encoder):
    return load_encoder(dict_encoder, native=True)


def test_its_output_is_what_the_whole_one_has_after_that_layer(whole, dict_encoder):
    short = load_encoder(dict_encoder, native=True, num_layers=1, dropout=0.2, seed=3)
    assert (short.config.num_layers, short.layers_before, short.dropout) == (1, 2, 0.2)
    assert short.source == whole.source and short.tokenizer.vocabulary == whole.tokenizer.vocabulary
    assert short.mlm_weights.keys() == whole.mlm_weights.keys()
    features = tiny.features(3)
    found, wanted = short(features), whole(features)
    np.testing.assert_array_equal(found["sequence_output"], wanted["encoder_outputs"][0])
    assert len(short.trainable_weights) == 5 + 16 + 2
    assert np.asarray(short.initializer_range) == whole.initializer_range


def test_it_is_written_and_read_as_any_other(whole, tmp_path):
    short = first_layers(whole, 1)
    again = load_encoder(save_encoder(short, tmp_path / "short"))
    np.testing.assert_allclose(
        again(tiny.features(3))["pooled_output"], short(tiny.features(3))["pooled_output"], atol=1e-6
    )
    assert again.config.num_layers == 1


def test_all_layers_are_the_encoder_as_it_is(whole):
    assert first_layers(whole, 2) is whole and whole.layers_before is None


def test_what_lora_adds_is_kept():
    encoder = tiny.native_encoder(num_layers=2)
    encoder.add_lora(rank=2, matrices="all")
    for name, weight in encoder.lora_weights().items():
        weight.assign(np.random.default_rng(len(name)).normal(size=weight.shape) / 9)
    short = first_layers(encoder, 1)
    assert short.lora is None and all(weight.trainable for weight in short.weights[:4])
    wanted = encoder(tiny.features(2))["encoder_outputs"][0]
    np.testing.assert_allclose(short(tiny.features(2))["sequence_output"], wanted, atol=1e-5)


def test_what_cannot_be_is_refused(whole):
    with pytest.raises(ValueError, match=r"`num_layers` must be between 1 and 2, the layers that the weights have"):
        first_layers(whole, 3)
    with pytest.raises(ValueError, match=r"`num_layers` must be between 1 and 2"):
        first_layers(whole, 0)
    with pytest.raises(TypeError, match=r"`num_layers` must be passed with native=True only. Received: num_layers=1"):
        load_encoder(encoders.shared_encoder("dict"), num_layers=1)
    with pytest.raises(TypeError, match=r"The keyword is num_layers, with native=True"):
        load_encoder(encoders.shared_encoder("dict"), num_hidden_layers=1)


def test_of_a_hugging_face_folder(tmp_path):
    folder = write_folder(tmp_path, "classes")
    entire, short = load_encoder(folder), load_encoder(folder, num_layers=1, dropout=0.3)
    features = entire.preprocessor(20)(TEXTS)
    assert (short.config.num_layers, short.dropout, short.source) == (1, 0.3, str(folder))
    assert short.tokenizer.settings == entire.tokenizer.settings
    wanted = entire(features)["encoder_outputs"][0]
    np.testing.assert_allclose(short(features)["sequence_output"], wanted, atol=1e-6)
