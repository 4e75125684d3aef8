"""From Hugging Face's files to a TF-Hub SavedModel: the outputs of a NumPy BERT on the same weights."""

import bert_reference
import numpy as np
import pytest
import tensorflow as tf
from encoders import write_vocabulary

from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.running.convert_huggingface import convert_huggingface


def test_convert_writes_a_tf_hub_saved_model(tmp_path):
    weights = bert_reference.random_weights(vocab_size=187)
    folder = bert_reference.write_checkpoint(tmp_path / "hf", weights, vocab_size=187)
    write_vocabulary(folder)
    with pytest.raises(
        ValueError, match=r"`lower_case` must be given, as there is no tokenizer.json, and no tokenizer_config.json"
    ):
        convert_huggingface(folder, tmp_path / "out")
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": false}')
    out = convert_huggingface(folder, tmp_path / "out")
    encoder = load_encoder(out)
    assert encoder.tokenizer.lower_case is False
    features = bert_reference.batch(187)
    pooled, _ = bert_reference.forward(weights, features)
    np.testing.assert_allclose(encoder(features)["pooled_output"], pooled, atol=1e-5)
    assert tf.saved_model.load(convert_huggingface(folder, tmp_path / "b", lower_case=True)).do_lower_case.numpy()
    with pytest.raises(FileExistsError, match=r"`out` must be new or empty.*Nothing was written"):
        convert_huggingface(folder, tmp_path / "out")


def test_what_is_no_such_folder(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(ValueError, match=r"`folder` must hold config\.json and safetensors.*There is: notes\.txt\."):
        convert_huggingface(tmp_path, tmp_path / "out")
