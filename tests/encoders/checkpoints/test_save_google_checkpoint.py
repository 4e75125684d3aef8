"""The TF1 files that are written: Model Garden's own converter reads them, and its encoder gives the same outputs."""

import warnings

import bert_reference
import numpy as np
import pytest
import tensorflow as tf
from google_files import google_tensors, random_head, write_google

from bert_keras.encoders.checkpoints.load_checkpoint import load_checkpoint
from bert_keras.encoders.checkpoints.save_google_checkpoint import save_google_checkpoint
from bert_keras.encoders.plain_bert import PlainBert

FEATURES = bert_reference.batch()
TENSORS = {**google_tensors(bert_reference.random_weights()), **random_head(50, 12)}


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    folder = write_google(tmp_path_factory.mktemp("google"), TENSORS, pieces=None, hidden_dropout_prob=0.2)
    return load_checkpoint(folder)


def test_every_tensor_comes_back_bit_by_bit(encoder, tmp_path):
    save_google_checkpoint(PlainBert.of(encoder), tmp_path, encoder.mlm_weights)
    reader = tf.train.load_checkpoint(str(tmp_path / "bert_model.ckpt"))
    assert set(reader.get_variable_to_shape_map()) == set(TENSORS)
    for name, values in TENSORS.items():
        np.testing.assert_array_equal(reader.get_tensor(name), values)
    again = load_checkpoint(tmp_path)
    assert {**again.get_config(), "seed": 0} == {**encoder.get_config(), "seed": 0} and again.dropout == 0.2
    assert "bert_keras" not in (tmp_path / "bert_config.json").read_text()


def test_model_gardens_converter_reads_it(encoder, tmp_path):
    pytest.importorskip("official.nlp.modeling", reason="Model Garden (the extra `test`) is not here")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Model Garden's and tf_keras' own
        from official.legacy.bert import configs
        from official.nlp.tools import tf2_bert_encoder_checkpoint_converter as converter

        save_google_checkpoint(PlainBert.of(encoder), tmp_path, encoder.mlm_weights)
        config = configs.BertConfig.from_json_file(str(tmp_path / "bert_config.json"))
        config.embedding_size = None
        path = str(tmp_path / "bert_model.ckpt")
        converter.convert_checkpoint(config, str(tmp_path / "tf2" / "ckpt"), path, "model", "pretrainer")
        theirs = converter._create_bert_model(config)
        tf.train.Checkpoint(encoder=theirs).read(tf.train.latest_checkpoint(str(tmp_path / "tf2"))).expect_partial()
    sequence, pooled = theirs(FEATURES, training=False)
    outputs = encoder(FEATURES, training=False)
    np.testing.assert_allclose(outputs["sequence_output"], sequence, atol=1e-5)
    np.testing.assert_allclose(outputs["pooled_output"], pooled, atol=1e-5)
    back = load_checkpoint(tmp_path / "tf2")  # and ours reads what the converter writes
    for name, weight in encoder.named_weights().items():
        np.testing.assert_array_equal(back.named_weights()[name].numpy(), weight.numpy())
    assert set(back.mlm_weights) == set(encoder.mlm_weights)
    for name, values in encoder.mlm_weights.items():
        np.testing.assert_array_equal(back.mlm_weights[name], values)


def test_another_gelu_and_epsilon_are_said_and_read_again(encoder, tmp_path):
    other = type(encoder).from_config({**encoder.get_config(), "gelu": "erf", "layer_norm_epsilon": 1e-3})
    with pytest.warns(UserWarning, match=r"has GELU by 'erf' and an epsilon of 0\.001\. Google's code takes 'tanh'"):
        save_google_checkpoint(PlainBert.of(other), tmp_path)
    again = load_checkpoint(tmp_path)
    assert (again.gelu, again.layer_norm_epsilon) == ("erf", 1e-3)
    np.testing.assert_array_equal(again(FEATURES)["pooled_output"], other(FEATURES)["pooled_output"])


def test_a_folder_whose_name_is_a_pattern(encoder, tmp_path):
    folder = tmp_path / "runs [v1]*"
    folder.mkdir()
    save_google_checkpoint(PlainBert.of(encoder), folder)
    assert {path.name for path in folder.iterdir()} >= {"bert_model.ckpt.index", "bert_config.json"}
    assert load_checkpoint(folder).config == encoder.config
