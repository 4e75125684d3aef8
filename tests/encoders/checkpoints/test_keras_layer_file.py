"""Files of tf_keras models around tensorflow_hub's KerasLayer, as people saved them: outputs equal that layer's."""

import os
import subprocess
import sys

import bert_reference
import h5py
import numpy as np
import pytest
from encoders import VOCABULARY, shared_encoder, write_vocabulary
from once import made_once

from bert_keras.encoders.load_encoder import load_encoder

FEATURES = bert_reference.batch(len(VOCABULARY), length=12)
# A Python of its own: tensorflow_hub takes tf_keras for Keras only where it is told so before it is imported.
MAKE = """
import sys, numpy as np, tensorflow as tf, tf_keras, tensorflow_hub as hub
out, encoder = sys.argv[1:]
features = dict(np.load(out + "/features.npz"))
inputs = {name: tf_keras.Input((None,), dtype=tf.int32, name=name) for name in features}
layer = hub.KerasLayer(encoder, trainable=True, name="BERT_encoder")
model = tf_keras.Model(inputs, tf_keras.layers.Dense(2, name="classifier")(layer(inputs)["pooled_output"]))
random = np.random.default_rng(2)
for weight in layer.trainable_weights:  # as training changes them
    weight.assign_add(random.normal(0, 0.1, weight.shape))
model.compile("adam", "mse")
model.optimizer.build(model.trainable_variables)
model.save(f"{out}/whole.h5")
model.save_weights(f"{out}/names.h5")
model.save_weights(f"{out}/numbers.weights.h5")
model.save_weights(f"{out}/tf2.ckpt")
outputs = layer(features, training=False)
np.savez(out + "/outputs.npz", **{name: outputs[name] for name in ("pooled_output", "sequence_output")})
"""


@pytest.fixture(scope="module")
def saved():
    def make(folder):
        folder.mkdir()
        np.savez(folder / "features.npz", **FEATURES)
        paths = [str(folder), str(shared_encoder("dict"))]
        environment = {**os.environ, "TF_USE_LEGACY_KERAS": "1"}
        subprocess.run([sys.executable, "-c", MAKE, *paths], check=True, env=environment, capture_output=True)

    return made_once("keras_layer_files", make)


@pytest.mark.parametrize("name", ["whole.h5", "names.h5", "tf2.ckpt"])
def test_outputs_equal_the_layers(saved, name):
    """A whole model, its weights, and a checkpoint, whose variables have the same names."""
    encoder = load_encoder(saved / name)
    outputs = encoder(FEATURES, training=False)
    with np.load(saved / "outputs.npz") as wanted:
        for output in wanted.files:
            np.testing.assert_allclose(outputs[output], wanted[output], atol=1e-5)
    assert encoder.tokenizer is None
    assert (encoder.mlm_weights is not None) == (name == "tf2.ckpt")


def test_a_vocabulary_of_the_call(saved, tmp_path):
    encoder = load_encoder(saved / "whole.h5", vocab_file=write_vocabulary(tmp_path), lower_case=True)
    assert encoder.tokenizer.vocab_size == encoder.config.vocab_size == len(VOCABULARY)
    with pytest.raises(ValueError, match=r"`vocab_file` must have 187 pieces, one for each row.*It has 194"):
        load_encoder(saved / "whole.h5", vocab_file=write_vocabulary(tmp_path, cased=True), lower_case=False)


def test_files_without_names_and_of_other_models(saved, tmp_path):
    with pytest.raises(ValueError, match=r"this one numbers them, as .weights.h5.*model.save_weights\(\"x.h5\"\)"):
        load_encoder(saved / "numbers.weights.h5")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["dense/kernel:0"] = np.ones((2, 2), "float32")
    with pytest.raises(ValueError, match=r"hold one BERT.*none of them among 1, such as 'dense/kernel'"):
        load_encoder(tmp_path / "other.h5")
