"""Model Garden's TF2 checkpoints, of its own classes: outputs equal theirs, whatever is around the encoder."""

import warnings

import numpy as np
import pytest
import tensorflow as tf
from google_files import SPECIALS

from bert_keras.encoders.load_encoder import load_encoder

pytest.importorskip("official.nlp.modeling", reason="Model Garden (the extra `test`) is not here")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Model Garden's and tf_keras' own
    import tf_keras
    from official.nlp.modeling import models, networks

SIZES = {"vocab_size": 50, "hidden_size": 12, "num_layers": 2, "num_attention_heads": 3}
MORE = {"max_sequence_length": 16, "type_vocab_size": 2}
RANDOM = np.random.default_rng(3)
FEATURES = {
    "input_word_ids": RANDOM.integers(0, 50, (3, 9)).astype("int32"),
    "input_mask": (np.arange(9)[None] < np.array([[9], [6], [2]])).astype("int32"),
    "input_type_ids": RANDOM.integers(0, 2, (3, 9)).astype("int32"),
}
CONFIG = (
    '{"vocab_size": 50, "hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": %d, "intermediate_size": 20, '
    '"max_position_embeddings": 16, "type_vocab_size": 2, "hidden_act": "gelu", "hidden_dropout_prob": 0.3}'
)


def built(version, seed=0):
    """One of the two classes with every weight drawn, so that each counts in the outputs."""
    if version == 1:
        encoder = networks.BertEncoder(intermediate_size=20, dict_outputs=True, **SIZES, **MORE)
    else:
        gelu = tf_keras.layers.Activation(lambda x: tf_keras.activations.gelu(x, approximate=True))
        encoder = networks.BertEncoderV2(inner_dim=20, inner_activation=gelu, **SIZES, **MORE)
        encoder(encoder.inputs)
    random = np.random.default_rng(seed)
    for weight in encoder.weights:
        weight.assign(random.normal(1.0 if "gamma" in weight.name else 0.0, 0.4, weight.shape))
    return encoder


@pytest.fixture(scope="module")
def encoders():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {version: built(version) for version in (1, 2)}


def quietly(make):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make()


def check_outputs(found, encoder):
    wanted, outputs = encoder(FEATURES), found(FEATURES, training=False)
    for name in ("pooled_output", "sequence_output"):
        np.testing.assert_allclose(outputs[name], wanted[name], atol=1e-5)
    weights = {weight.name.removeprefix("bert_encoder_v2/")[:-2]: weight for weight in encoder.weights}
    assert set(weights) >= set(found.named_weights()) and len(found.named_weights()) == 39
    for name, weight in found.named_weights().items():
        np.testing.assert_array_equal(weight, weights[name])


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("root", ["encoder", "model"])
def test_an_encoder_alone(encoders, tmp_path, version, root):
    """Sizes are those of the shapes, where no config is there to tell them."""
    path = tf.train.Checkpoint(**{root: encoders[version]}).save(str(tmp_path / "ckpt"))
    found = load_encoder(path)
    check_outputs(found, encoders[version])
    assert (found.dropout, found.gelu, found.tokenizer, found.mlm_weights) == (0.1, "tanh", None, None)


@pytest.mark.parametrize("version", [1, 2])
def test_a_pretrainer_with_its_head_and_optimizer(encoders, tmp_path, version):
    pretrainer = quietly(lambda: models.BertPretrainerV2(encoder_network=encoders[version]))
    quietly(lambda: pretrainer(pretrainer.inputs))
    head = {weight.name.split("cls/predictions/")[1][:-2]: weight for weight in pretrainer.masked_lm.weights[-5:]}
    for weight in head.values():
        weight.assign(np.random.default_rng(len(weight.shape)).normal(size=weight.shape))
    optimizer = tf_keras.optimizers.Adam()
    optimizer.build(pretrainer.trainable_variables)
    tf.train.Checkpoint(model=pretrainer, optimizer=optimizer).save(str(tmp_path / "ckpt"))
    found = load_encoder(tmp_path)
    check_outputs(found, encoders[version])
    assert set(found.mlm_weights) == set(head)
    for name, values in found.mlm_weights.items():
        np.testing.assert_array_equal(values, head[name])


def test_a_classifier_beside_a_config_and_a_vocabulary(encoders, tmp_path):
    classifier = quietly(lambda: models.BertClassifier(encoders[1], num_classes=2))
    tf.train.Checkpoint(model=classifier).save(str(tmp_path / "ckpt"))
    (tmp_path / "bert_config.json").write_text(CONFIG % 3)
    (tmp_path / "vocab.txt").write_text("\n".join([*SPECIALS, *(f"w{number}" for number in range(45))]))
    found = load_encoder(tmp_path, lower_case=True)
    check_outputs(found, encoders[1])
    assert found.dropout == 0.3 and found.tokenizer.vocab_size == 50
    (tmp_path / "bert_config.json").write_text(CONFIG % 2)
    with pytest.raises(
        ValueError, match=r"14 of another shape: '.*query/kernel' is \[12, 3, 4\] and must be \[12, 2, 6"
    ):
        load_encoder(tmp_path, lower_case=True)


def test_what_is_no_bert_or_two(encoders, tmp_path):
    tf.train.Checkpoint(own=tf.Variable(np.ones(3, "float32"), name="own")).save(str(tmp_path / "own"))
    match = r"hold one BERT, with one tensor whose name ends in word_embeddings/embeddings.*among 1, such as 'own'"
    with pytest.raises(ValueError, match=match):
        load_encoder(tmp_path / "own-1")
    both = tf.train.Checkpoint(one=encoders[1], two=quietly(lambda: built(1, 1)))
    with pytest.raises(ValueError, match=r"hold one BERT.*It has 2 of them"):
        load_encoder(both.save(str(tmp_path / "both")))
    narrow = tf.Variable(np.ones((3, 4), "float32"), name="word_embeddings/embeddings")
    with pytest.raises(
        ValueError, match=r"hold 'transformer/layer_0/self_attention/query/kernel' with 3 axes.*not ther"
    ):
        load_encoder(tf.train.Checkpoint(narrow=narrow).save(str(tmp_path / "narrow")))


def test_an_encoder_with_more_than_bert_has(tmp_path):
    wide = quietly(lambda: networks.BertEncoder(intermediate_size=20, embedding_width=6, **SIZES, **MORE))
    path = tf.train.Checkpoint(encoder=wide).save(str(tmp_path / "ckpt"))
    with pytest.raises(
        ValueError, match=r"the shape of its tensors .*5 of another shape: 'word_embeddings/[a-z]+' is \[50, 6\] "
    ):
        load_encoder(path)
