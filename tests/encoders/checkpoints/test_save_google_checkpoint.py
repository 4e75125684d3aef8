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
    """Its encoder gives our outputs with the weights that it read, and what it writes then is read here."""
    pytest.importorskip("official.nlp.modeling", reason="Model Garden (the extra `test`) is not here")
    save_google_checkpoint(PlainBert.of(encoder), tmp_path, encoder.mlm_weights)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Model Garden's and tf_keras' own
        theirs = convert_as_model_garden(tmp_path / "bert_model.ckpt", tmp_path / "tf2")
        sequence, pooled = theirs(FEATURES, training=False)
    outputs = encoder(FEATURES, training=False)
    np.testing.assert_allclose(outputs["sequence_output"], sequence, atol=1e-5)
    np.testing.assert_allclose(outputs["pooled_output"], pooled, atol=1e-5)
    back = load_checkpoint(tmp_path / "tf2")
    for name, weight in encoder.named_weights().items():
        np.testing.assert_array_equal(back.named_weights()[name].numpy(), weight.numpy())
    assert set(back.mlm_weights) == set(encoder.mlm_weights)
    for name, values in encoder.mlm_weights.items():
        np.testing.assert_array_equal(back.mlm_weights[name], values)


def convert_as_model_garden(source, out):
    """What `official/nlp/tools/tf2_bert_encoder_checkpoint_converter.py` does, whose flags other modules define too."""
    from official.modeling import tf_utils
    from official.nlp.modeling import models, networks
    from official.nlp.tools import tf1_bert_checkpoint_converter_lib as library

    names, turned = library.BERT_V2_NAME_REPLACEMENTS, library.BERT_V2_PERMUTATIONS
    out.mkdir()
    library.convert(str(source), str(out.parent / "named"), 3, names, turned, exclude_patterns=["adam", "Adam"])
    sizes = bert_reference.SIZES
    encoder = networks.BertEncoder(
        vocab_size=sizes["vocab_size"],
        hidden_size=sizes["hidden_size"],
        num_layers=sizes["num_hidden_layers"],
        num_attention_heads=sizes["num_attention_heads"],
        intermediate_size=sizes["intermediate_size"],
        max_sequence_length=sizes["max_position_embeddings"],
        type_vocab_size=sizes["type_vocab_size"],
        activation=tf_utils.get_activation("gelu"),
    )
    pretrainer = models.BertPretrainerV2(encoder_network=encoder, mlm_activation=tf_utils.get_activation("gelu"))
    pretrainer(pretrainer.inputs)
    library.create_v2_checkpoint(pretrainer, str(out.parent / "named"), str(out / "ckpt"))
    return encoder


def test_another_gelu_and_epsilon_are_said_and_read_again(encoder, tmp_path):
    other = type(encoder).from_config({**encoder.get_config(), "gelu": "erf", "layer_norm_epsilon": 1e-3})
    plain = PlainBert.of(other)
    with pytest.warns(UserWarning, match=r"has GELU by 'erf' and an epsilon of 0\.001\. Google's code takes 'tanh'"):
        save_google_checkpoint(plain, tmp_path)
    again = load_checkpoint(tmp_path)
    assert (again.gelu, again.layer_norm_epsilon) == ("erf", 1e-3)
    np.testing.assert_array_equal(again(FEATURES)["pooled_output"], other(FEATURES)["pooled_output"])


def test_a_folder_whose_name_is_a_pattern(encoder, tmp_path):
    folder = tmp_path / "runs [v1]*"
    folder.mkdir()
    save_google_checkpoint(PlainBert.of(encoder), folder)
    assert {path.name for path in folder.iterdir()} >= {"bert_model.ckpt.index", "bert_config.json"}
    assert load_checkpoint(folder).config == encoder.config
