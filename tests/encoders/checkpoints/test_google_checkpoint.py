"""Google's TF1 files: outputs equal a NumPy BERT's on the same weights, and each fault has its message."""

import json

import bert_reference
import numpy as np
import pytest
from google_files import google_tensors, random_head, write_google, write_tf1

from bert_keras.encoders.checkpoints.google_checkpoint import google_name
from bert_keras.encoders.checkpoints.load_checkpoint import load_checkpoint
from bert_keras.encoders.load_encoder import load_encoder

WEIGHTS = bert_reference.random_weights()
FEATURES = bert_reference.batch()
TENSORS = google_tensors(WEIGHTS)
WORDS, QUERY = "bert/embeddings/word_embeddings", "bert/encoder/layer_1/attention/self/query/kernel"
DATA, INDEX = "bert_model.ckpt.data-00000-of-00001", "bert_model.ckpt.index"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return write_google(tmp_path_factory.mktemp("google"), {**TENSORS, **random_head(50, 12)})


def check_outputs(encoder, gelu="tanh", **options):
    pooled, layers = bert_reference.forward(WEIGHTS, FEATURES, gelu=gelu, **options)
    outputs = encoder(FEATURES, training=False)
    np.testing.assert_allclose(outputs["pooled_output"], pooled, atol=1e-5)
    np.testing.assert_allclose(outputs["sequence_output"], layers[-1], atol=1e-5)


@pytest.mark.parametrize("end", ["", "/bert_model.ckpt", f"/{INDEX}", f"/{DATA}"])
def test_outputs_equal_the_reference(whole, end):
    """Google's "gelu" is the approximation by tanh; the path may be the folder or any of the files."""
    encoder = load_encoder(f"{whole}{end}", lower_case=True)
    assert (encoder.gelu, encoder.source, encoder.name) == ("tanh", f"{whole}{end}", "encoder")
    check_outputs(encoder)
    assert encoder.tokenizer.lower_case and encoder.tokenizer.vocab_size == 50
    assert encoder.trainable


def test_the_head_for_masked_words_is_its_mlm_weights(whole):
    wanted, found = random_head(50, 12), load_checkpoint(whole, lower_case=True).mlm_weights
    assert len(found) == 5
    for name, values in found.items():
        np.testing.assert_array_equal(values, wanted[google_name(f"cls/predictions/{name}")])


def test_settings_of_the_config_and_of_the_call(tmp_path):
    write_google(tmp_path, TENSORS, hidden_dropout_prob=0.2, attention_probs_dropout_prob=0.3, initializer_range=0.05)
    encoder = load_encoder(tmp_path, lower_case=False)
    assert (encoder.dropout, encoder.attention_dropout, encoder.initializer_range) == (0.2, 0.3, 0.05)
    assert encoder.mlm_weights is None and encoder.tokenizer.lower_case is False
    encoder = load_encoder(tmp_path, trainable=False, native=True, lower_case=True, dropout=0.0, name="own")
    assert (encoder.dropout, encoder.name, encoder.trainable) == (0.0, "own", False)


def test_the_first_layers_alone(whole):
    encoder = load_encoder(whole, native=True, lower_case=True, num_layers=1)
    sequence = bert_reference.forward(WEIGHTS, FEATURES, gelu="tanh")[1][0]
    np.testing.assert_allclose(encoder(FEATURES)["sequence_output"], sequence, atol=1e-5)


def test_what_an_estimator_keeps_beside_the_weights_is_left_out(tmp_path):
    more = {"global_step": np.zeros((), "int64"), "output_weights": np.ones((2, 12), "float32")}
    more |= {f"{name}/{moment}": values for name, values in TENSORS.items() for moment in ("adam_m", "adam_v")}
    more["cls/seq_relationship/output_weights"] = np.ones((2, 12), "float32")
    check_outputs(load_checkpoint(write_google(tmp_path, {**TENSORS, **more}), lower_case=True))


def test_without_a_pooler_a_fresh_one_is_made(tmp_path):
    write_google(tmp_path, {name: values for name, values in TENSORS.items() if "pooler" not in name})
    with pytest.warns(UserWarning, match="has no pooler: a fresh one is made, to be trained"):
        encoder = load_checkpoint(tmp_path, lower_case=True, seed=4)
    sequence = encoder(FEATURES)["sequence_output"]
    np.testing.assert_allclose(sequence, bert_reference.forward(WEIGHTS, FEATURES, gelu="tanh")[1][-1], atol=1e-5)
    assert 0.01 < encoder.named_weights()["pooler_transform/kernel"].numpy().std() < 0.03


@pytest.mark.parametrize(
    ("change", "config", "match"),
    [
        ({QUERY: None}, {}, rf"as bert_config.json describes it.*It lacks 1: '{QUERY}'\."),
        (
            {name: None for name in TENSORS if "layer_0/" in name and "attention/output" not in name},
            {},
            r"It lacks 12: 'bert/encoder/layer_0/attention/self/query/kernel'.* and 7 more\.",
        ),
        ({WORDS: TENSORS[WORDS].T}, {}, rf"1 of another shape: '{WORDS}' is \[12, 50\] and must be \[50, 12\]"),
        (
            {"bert/encoder/embedding_hidden_mapping_in/bias": np.ones(12, "float32"), QUERY: None},
            {},
            r"It lacks 1: .*1 that BERT does not have: 'bert/encoder/embedding_hidden_mapping_in/bias'",
        ),
        ({"cls/predictions/output_bias": np.ones(50, "float32")}, {}, r"It lacks 4: 'cls/predictions/transform/dense"),
        ({}, {"num_hidden_layers": 1}, r"must hold the 1 layers that bert_config.json says.*It holds 2\."),
        ({}, {"num_hidden_layers": 10**9}, r"must hold the 1,000,000,000 layers .*It holds 2\."),
        (
            {},
            {"hidden_size": 24},
            r"37 of another shape: 'bert/embeddings/word_embeddings' is \[50, 12\] and must be \[",
        ),
        ({}, {"vocab_size": 51}, r"`vocab_file` must have 51 pieces, one for each row .*It has 50\. Pass vocab_file"),
        (
            {},
            {"max_position_embeddings": 10**15},
            r"1 of another shape: 'bert/embeddings/position_embeddings' is \[16, ",
        ),
        ({}, {"num_attention_heads": 5}, r"num_heads in bert_config.json that divides hidden_size=12.*It is 5"),
        ({}, {"num_attention_heads": None}, r"`bert_config.json` must have BERT's sizes.*It lacks num_attention_heads"),
        ({}, {"hidden_act": "relu"}, r"must have hidden_act 'gelu', the activation of BERT.*It is 'relu'"),
        ({}, {"bert_keras": {"path": 1}}, r"no more than gelu, layer_norm_epsilon in 'bert_keras'.*\{'path': 1\}"),
        (
            {QUERY: np.where(np.eye(12) == 1, np.nan, 1).astype("float32")},
            {},
            rf"must have finite weights, and 12 of the 144 numbers of '{QUERY}' are not",
        ),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, change, config, match):
    tensors = {name: values for name, values in {**TENSORS, **change}.items() if values is not None}
    write_google(tmp_path, tensors, **config)
    with pytest.raises(ValueError, match=match):
        load_encoder(tmp_path, lower_case=True)


def test_vocabularies_that_are_not_the_encoders(tmp_path):
    write_google(tmp_path, TENSORS, pieces=49)
    with pytest.raises(ValueError, match=r"must have 50 pieces.*It has 49\. .*add lines to it: \[unused_a\]"):
        load_encoder(tmp_path, lower_case=True)
    write_google(tmp_path, TENSORS, pieces=51)
    with pytest.raises(ValueError, match=r"must have 50 pieces.*It has 51\. Pass vocab_file"):
        load_encoder(tmp_path, lower_case=True)
    with pytest.raises(ValueError, match=r"`lower_case` must be given, as .* does not say whether its text"):
        load_encoder(tmp_path)
    (tmp_path / "vocab.txt").unlink()
    assert load_encoder(tmp_path).tokenizer is None
    with pytest.raises(ValueError, match=r"`vocab_file` must be given with lower_case, as .* has no vocabulary"):
        load_encoder(tmp_path, lower_case=True)


@pytest.mark.parametrize(
    ("option", "value"), [("sha256", "0" * 64), ("load_options", object()), ("preprocessor", "elsewhere")]
)
def test_options_of_a_saved_model_are_refused(whole, option, value):
    with pytest.raises(ValueError, match=rf"`{option}` must be None for a checkpoint, which is no SavedModel"):
        load_encoder(whole, **{option: value})


def test_damaged_files(tmp_path):
    def loading(match):
        with pytest.raises(ValueError, match=match):
            load_encoder(tmp_path, lower_case=True)

    write_google(tmp_path, TENSORS)
    data, index = (tmp_path / DATA).read_bytes(), (tmp_path / INDEX).read_bytes()
    (tmp_path / DATA).write_bytes(data[:-4])
    loading(
        r"must be a whole checkpoint of TensorFlow, and its tensors are [\d,]+ bytes, and its data files have [\d,]+"
    )
    (tmp_path / DATA).write_bytes(data[:400] + bytes([data[400] ^ 255]) + data[401:])
    loading(r"must be a whole checkpoint of TensorFlow, and 'bert/[\w/]+' cannot be read.*TensorFlow says: .*Checksum")
    (tmp_path / DATA).unlink()
    loading(r"its data files have 0\. .*Copy all of its files again")
    (tmp_path / INDEX).write_bytes(index[: len(index) // 2])
    loading(r"its index cannot be read.*Copy all of its files again. TensorFlow says")
    (tmp_path / "bert_config.json").unlink()
    write_tf1(tmp_path / "bert_model.ckpt", TENSORS)
    loading(r"must have bert_config.json beside it, as its tensors do not tell how many heads")
    (tmp_path / "bert_config.json").write_text("{")
    loading(r"`bert_config.json` must be JSON.*It is not: Expecting property name")
    (tmp_path / "bert_config.json").write_text(json.dumps([1]))
    loading(r"`bert_config.json` must be a JSON object.*It is \[1\]")


def test_a_folder_with_several_checkpoints(tmp_path):
    write_google(tmp_path, TENSORS)
    write_tf1(tmp_path / "model.ckpt-7", {name: values + 1 for name, values in TENSORS.items()})
    with pytest.raises(
        ValueError, match=r"be a folder with one checkpoint.*There are bert_model.ckpt, model.ckpt-7: p"
    ):
        load_encoder(tmp_path, lower_case=True)
    check_outputs(load_encoder(tmp_path / "bert_model.ckpt", lower_case=True))
    (tmp_path / "checkpoint").write_text('model_checkpoint_path: "bert_model.ckpt"\n')
    check_outputs(load_encoder(tmp_path, lower_case=True))


def test_a_folder_whose_name_is_a_pattern(tmp_path):
    check_outputs(load_encoder(write_google(tmp_path / "runs [v1]*", TENSORS), lower_case=True))
