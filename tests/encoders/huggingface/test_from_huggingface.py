"""Hugging Face's files: outputs equal a NumPy BERT's on the same weights, and each fault has its message."""

import json
import struct

import bert_reference
import numpy as np
import pytest

from bert_keras.encoders.huggingface.from_huggingface import from_huggingface

WEIGHTS = bert_reference.random_weights()
FEATURES = bert_reference.batch()


def check_outputs(encoder, gelu, **options):
    outputs = encoder(FEATURES, training=False)
    pooled, layers = bert_reference.forward(WEIGHTS, FEATURES, gelu=gelu, **options)
    np.testing.assert_allclose(outputs["pooled_output"], pooled, atol=1e-5)
    np.testing.assert_allclose(outputs["sequence_output"], layers[-1], atol=1e-5)
    assert len(outputs["encoder_outputs"]) == 2
    for found, wanted in zip(outputs["encoder_outputs"], layers, strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-5)


@pytest.mark.parametrize(("hidden_act", "gelu"), [("gelu", "erf"), ("gelu_new", "tanh"), ("gelu_pytorch_tanh", "tanh")])
def test_outputs_equal_the_reference(tmp_path, hidden_act, gelu):
    folder = bert_reference.write_checkpoint(tmp_path, WEIGHTS, hidden_act=hidden_act)
    encoder = from_huggingface(folder)
    assert encoder.gelu == gelu
    check_outputs(encoder, gelu)


def test_the_two_forms_of_gelu_differ_in_the_reference():
    """Without this, the test above could not fail for a wrong form."""
    erf, tanh = (bert_reference.forward(WEIGHTS, FEATURES, gelu=form)[1][-1] for form in ("erf", "tanh"))
    assert np.abs(erf - tanh).max() > 1e-4


def test_settings_of_the_config_are_taken(tmp_path):
    rates = {"hidden_dropout_prob": 0.2, "attention_probs_dropout_prob": 0.3, "initializer_range": 0.05}
    bert_reference.write_checkpoint(tmp_path, WEIGHTS, layer_norm_eps=0.1, **rates)
    encoder = from_huggingface(tmp_path)
    assert (encoder.dropout, encoder.attention_dropout, encoder.initializer_range) == (0.2, 0.3, 0.05)
    check_outputs(encoder, "erf", epsilon=0.1)
    assert from_huggingface(tmp_path, dropout=0.0, trainable=False).dropout == 0.0


def test_names_of_old_and_of_task_checkpoints(tmp_path):
    """`bert.` before the names, `gamma` and `beta` in layer norms, a head and buffers beside them."""
    old = {}
    for name, values in WEIGHTS.items():
        name = name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
        old[f"bert.{name}"] = values
    old["bert.embeddings.position_ids"] = np.arange(16)[None]
    old["cls.predictions.bias"] = np.zeros(50, "float32")
    bert_reference.write_checkpoint(tmp_path, old)
    with pytest.warns(UserWarning, match="masked-word head of .* is left out: it is not BERT's, or not whole"):
        check_outputs(from_huggingface(tmp_path), "erf")


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_files(tmp_path, dtype):
    """bfloat16 is the upper half of float32's bits."""
    bert_reference.write_checkpoint(tmp_path, {name: values.astype("float16") for name, values in WEIGHTS.items()})
    if dtype == "bfloat16":
        write_bfloat16(tmp_path / "model.safetensors", WEIGHTS)
    encoder = from_huggingface(tmp_path)
    found = encoder.named_weights()["word_embeddings/embeddings"].numpy()
    wanted = WEIGHTS["embeddings.word_embeddings.weight"]
    assert found.dtype == "float32"
    np.testing.assert_allclose(found, wanted, rtol=2**-10 if dtype == "float16" else 2**-7, atol=1e-6)
    assert np.any(found != wanted)


def write_bfloat16(path, weights):
    header, data = {}, b""
    for name, values in weights.items():
        half = (np.ascontiguousarray(values).view("uint32") >> 16).astype("<u2").tobytes()
        place = [len(data), len(data) + len(half)]
        header[name] = {"dtype": "BF16", "shape": values.shape, "data_offsets": place}
        data += half
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def test_a_checkpoint_without_a_pooler_gets_a_fresh_one(tmp_path):
    bert_reference.write_checkpoint(tmp_path, {n: v for n, v in WEIGHTS.items() if not n.startswith("pooler")})
    with pytest.warns(UserWarning, match="has no pooler: a fresh one is made, to be trained"):
        encoder = from_huggingface(tmp_path, seed=4)
    sequence = encoder(FEATURES)["sequence_output"]
    np.testing.assert_allclose(sequence, bert_reference.forward(WEIGHTS, FEATURES)[1][-1], atol=1e-5)
    kernel = encoder.named_weights()["pooler_transform/kernel"].numpy()
    assert 0.01 < kernel.std() < 0.03  # drawn with a deviation of 0.02, cut at two


@pytest.mark.parametrize(
    ("change", "config", "match"),
    [
        ({"pooler.dense.bias": None}, {}, r"must hold the weight 'pooler.dense.bias'.*It holds 38 weights, such as"),
        ({"encoder.layer.1.output.dense.bias": None}, {}, r"must hold the weight 'encoder.layer.1.output.dense.bias'"),
        (
            {"embeddings.word_embeddings.weight": WEIGHTS["embeddings.word_embeddings.weight"].T},
            {},
            r"'embeddings.word_embeddings.weight' with the shape \(50, 12\), and it has \(12, 50\)",
        ),
        (
            {"encoder.layer.0.output.dense.weight": WEIGHTS["encoder.layer.0.output.dense.weight"].T},
            {},
            r"'encoder.layer.0.output.dense.weight' with the shape \(12, 20\), and it has \(20, 12\)",
        ),
        ({}, {"num_hidden_layers": 1}, r"no weights of the encoder beyond.*It holds 16 more: encoder.layer.1"),
        ({}, {"num_hidden_layers": 3}, r"must hold the 16 weights encoder.layer.2.attention.self.query.weight, "),
        (
            {},
            {"model_type": "deberta-v2"},
            r"must hold an encoder of BERT, ELECTRA, .* or ERNIE.*It holds DeBERTa, whose attention looks at distances "
            r"between tokens and not at a position table. Near it are RoBERTa and ELECTRA",
        ),
        ({}, {"model_type": "electr"}, r"must hold an encoder of .*Its model_type is 'electr'. Did you mean 'electra'"),
        ({}, {"model_type": ["bert"]}, r"must hold an encoder of .*Its model_type is \['bert'\]"),
        (
            {},
            {"position_embedding_type": "relative_key"},
            r"must hold a config.json with position_embedding_type='absolute', as BERT has here.*It says "
            r"position_embedding_type='relative_key', which is another network",
        ),
        ({}, {"is_decoder": True}, r"with is_decoder=False, as BERT has here.*It says is_decoder=True"),
        (
            {},
            {"model_type": "albert", "num_hidden_groups": 2, "embedding_size": 12},
            r"with num_hidden_groups=1, as ALBERT has here.*It says num_hidden_groups=2",
        ),
        ({}, {"model_type": "albert"}, r"with ALBERT's sizes.*It lacks embedding_size"),
        ({}, {"model_type": "distilbert"}, r"with DistilBERT's sizes.*It lacks n_layers, dim, n_heads, hidden_dim"),
        ({}, {"model_type": "roberta", "pad_token_id": 15}, r"`max_position_embeddings` must be at least 17"),
        ({}, {"hidden_act": "gelu_nwe"}, r"`hidden_act` must be one of .*Did you mean 'gelu_new'"),
        ({}, {"hidden_act": "mish"}, r"`hidden_act` must be one of 'gelu', .*'swish'. Received: hidden_act='mish'"),
        (
            {},
            {"hidden_size": None, "vocab_size": None},
            r"with BERT's sizes.*It lacks vocab_size, hidden_size",
        ),
        ({}, {"num_attention_heads": 5}, r"`num_heads` must divide hidden_size=12. Received: num_heads=5"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, change, config, match):
    weights = {name: values for name, values in {**WEIGHTS, **change}.items() if values is not None}
    bert_reference.write_checkpoint(tmp_path, weights, **config)
    with pytest.raises(ValueError, match=match):
        from_huggingface(tmp_path)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(ValueError, match=r"must hold config.json.*There is: no such folder"):
        from_huggingface(tmp_path / "none")
    with pytest.raises(ValueError, match=r"must hold config.json.*There is: nothing"):
        from_huggingface(tmp_path)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ValueError, match=r"must hold model.safetensors.*There is: config.json"):
        from_huggingface(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"nonsense")
    with pytest.raises(ValueError, match=r"must hold JSON in config.json.*It is not: Expecting property name"):
        from_huggingface(tmp_path)
    (tmp_path / "config.json").write_text("[" * 100_000)
    with pytest.raises(ValueError, match=r"must hold JSON in config.json.*It is not: more than 100 levels"):
        from_huggingface(tmp_path)
    (tmp_path / "config.json").write_text("[]")
    with pytest.raises(ValueError, match=r"must hold a JSON object in config.json.*It is \[\]"):
        from_huggingface(tmp_path)
    bert_reference.write_checkpoint(tmp_path, {})
    (tmp_path / "model.safetensors").write_bytes(b"nonsense")
    with pytest.raises(ValueError, match=r"must hold a whole model.safetensors.*It cannot be read"):
        from_huggingface(tmp_path)
