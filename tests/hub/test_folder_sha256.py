"""One digest of a model's files, and what is pinned by it."""

import json
import os
import re
import subprocess

import keras
import pytest
import tensorflow as tf
from archive_making import model_archive

import bert_keras as bk
from bert_keras.hub.folder_sha256 import model_sha256
from bert_keras.hub.keras_layer import KerasLayer


@pytest.fixture
def model(tmp_path):
    """A SavedModel that writes a file when it is called, and so is refused unless it is trusted."""
    module = tf.Module()
    module.__call__ = tf.function(
        lambda x: (tf.io.write_file(str(tmp_path / "written"), "x"), x + 1.0)[1],
        input_signature=[tf.TensorSpec([], tf.float32)],
    )
    tf.saved_model.save(module, str(tmp_path / "model"))
    return tmp_path / "model"


@pytest.mark.skipif(os.name == "nt", reason="the programs are not there")
def test_it_is_what_the_command_of_its_docstring_gives(model):
    (model / "bert_keras_origin.json").write_text("{}")
    (model / "bert_keras.sha256").write_text("")
    (model / "assets" / "two words.txt").write_text("a")
    (model / ".hidden").write_text("b")
    line = re.search(r"find .*\n.*", model_sha256.__doc__)[0]
    said = subprocess.run(["bash", "-c", line], cwd=model, capture_output=True, text=True, check=True)
    assert said.stdout.split()[0] == bk.hub.model_sha256(model)


def test_an_archive_has_that_of_its_folder(tmp_path):
    (tmp_path / "m.tar.gz").write_bytes(model_archive())
    folder = bk.hub.resolve(tmp_path / "m.tar.gz", tmp_path / "cache")
    assert os.path.isfile(os.path.join(folder, "bert_keras_origin.json"))
    assert model_sha256(tmp_path / "m.tar.gz", tmp_path / "cache") == model_sha256(folder)


def test_a_pinned_model_is_loaded_as_it_is_trusted(model):
    with pytest.raises(ValueError, match="holds the operation WriteFile"):
        KerasLayer(str(model))
    layer = KerasLayer(str(model), sha256=model_sha256(model))
    assert float(layer(tf.constant(1.0))) == 2.0
    assert "sha256" not in json.dumps(layer.get_config())


def test_a_file_that_changed_is_refused(model):
    pinned = model_sha256(model)
    (model / "assets").mkdir(exist_ok=True)
    (model / "assets" / "more.txt").write_text("x")
    for load in (KerasLayer, bk.load_encoder):
        with pytest.raises(
            ValueError, match=rf"`sha256` must be that of '.*model'\..*{pinned[:20]}.*Nothing was loaded"
        ):
            load(str(model), sha256=pinned)


def test_what_is_no_digest_and_what_has_none(model, tmp_path):
    with pytest.raises(ValueError, match=r"`sha256` must be 64 of the digits.*model_sha256"):
        KerasLayer(str(model), sha256="ABC")
    with pytest.raises(TypeError, match="`sha256` must be a str"):
        bk.load_encoder(str(model), sha256=5)
    with pytest.raises(ValueError, match="`sha256` must be left out for what is loaded"):
        KerasLayer(keras.layers.Dense(2), sha256="0" * 64)
    with pytest.raises(ValueError, match="a model on this machine to have a sha256"):
        model_sha256("gs://bucket/model")
    (model / "assets" / "link").symlink_to(tmp_path)
    with pytest.raises(ValueError, match=r"plain files with plain names.*assets/link"):
        model_sha256(model)


def test_an_encoder_that_is_pinned(tiny_encoder):
    encoder = bk.load_encoder(tiny_encoder, native=True, sha256=model_sha256(tiny_encoder))
    assert encoder.config.num_layers == 1
    with pytest.raises(ValueError, match="`sha256` must be that of"):
        bk.load_encoder(tiny_encoder, native=True, sha256="0" * 64)
