"""Exports for transformers, read in NumPy by their names and shapes: tools/compare_exports.py asks transformers."""

import json

import bert_reference
import choices
import numpy as np
import pytest
import questions
import tagging
import tuned
from safetensors.numpy import load_file
from scipy import special

from bert_keras.encoders.huggingface.from_huggingface import from_huggingface
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.encoders.save_encoder import save_encoder
from bert_keras.features import FEATURE_NAMES
from bert_keras.masked_lm.masked_lm import MaskedLM
from bert_keras.running.export import export
from bert_keras.running.loading.load import load

TEXTS = ["the film was good", "not a good book", "", "a very big green house and a tree . " * 4]
FILES = {
    "bert_keras.sha256",
    "config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
}
ENCODER = {
    **{f"embeddings.{name}_embeddings.weight": None for name in ("word", "position", "token_type")},
    **{f"embeddings.LayerNorm.{last}": None for last in ("weight", "bias")},
    **{
        f"encoder.layer.0.{part}.{last}": None
        for part in (
            *(f"attention.self.{name}" for name in ("query", "key", "value")),
            *("attention.output.dense", "attention.output.LayerNorm", "intermediate.dense"),
            *("output.dense", "output.LayerNorm"),
        )
        for last in ("weight", "bias")
    },
}
POOLER = {"pooler.dense.weight", "pooler.dense.bias"}


def read(folder):
    """config.json, and the encoder's and the head's arrays, of a folder with all files there are."""
    assert {path.name for path in folder.iterdir()} == FILES
    arrays = load_file(folder / "model.safetensors")
    assert {array.dtype.name for array in arrays.values()} == {"float32"}
    bert = {name.removeprefix("bert."): array for name, array in arrays.items() if name.startswith("bert.")}
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return config, bert, {name: array for name, array in arrays.items() if not name.startswith("bert.")}


def outputs(config, bert, features):
    """pooled and sequence outputs, worked out from the arrays as transformers names them."""
    gelu = {"gelu": "erf", "gelu_new": "tanh"}[config["hidden_act"]]
    if not POOLER <= set(bert):
        width = config["hidden_size"]
        bert |= {"pooler.dense.weight": np.zeros((width, width)), "pooler.dense.bias": np.zeros(width)}
    own = {name: np.asarray(value) for name, value in features.items()}
    pooled, layers = bert_reference.forward(bert, own, config["num_attention_heads"], gelu, config["layer_norm_eps"])
    return pooled, layers[-1]


def dense(rows, head, name):
    return rows @ head[f"{name}.weight"].T.astype("float64") + head[f"{name}.bias"]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return tuned.write_encoder(tmp_path_factory.mktemp("place") / "encoder")


@pytest.mark.parametrize("kind", ["single", "pairs", "multi", "regression"])
def test_classifiers(encoder, tmp_path, kind):
    model = tuned.write_model(tmp_path / "model", encoder, kind)
    said = []
    folder = tmp_path / "out"
    assert export(model, folder, to="huggingface", say=said.append) == str(folder)
    config, bert, head = read(folder)
    labels, columns, problem_type = tuned.KINDS[kind][1:]
    assert set(bert) == set(ENCODER) | POOLER and set(head) == {"classifier.weight", "classifier.bias"}
    assert config["architectures"] == ["BertForSequenceClassification"] and config["model_type"] == "bert"
    assert config["problem_type"] == problem_type and config["pad_token_id"] == 0
    names = labels or ["LABEL_0"]
    assert config["id2label"] == {str(number): name for number, name in enumerate(names)}
    assert config["label2id"] == {name: number for number, name in enumerate(names)}
    assert len(config["id2label"]) == config["num_labels"] == head["classifier.bias"].shape[0]
    assert config["bert_keras"]["seq_length"] == 24 and config["bert_keras"]["text_columns"] == columns
    predictor = load(model)
    given = (TEXTS, TEXTS[::-1]) if kind in ("pairs", "regression") else (TEXTS,)
    pooled, _ = outputs(config, bert, predictor.preprocessor(*given))
    np.testing.assert_allclose(dense(pooled, head, "classifier"), predictor.logits(*given), rtol=0, atol=1e-5)
    assert np.ptp(predictor.logits(*given)) > 0.1
    pairs = len(given) == 2
    assert [line.split(",")[0] for line in said] == (["Of a pair whose texts are both cut"] if pairs else [])


def test_questions(encoder, tmp_path):
    model = questions.write_model(tmp_path / "model", encoder)
    export(model, tmp_path / "out", to="huggingface", say=print)
    config, bert, head = read(tmp_path / "out")
    assert config["architectures"] == ["BertForQuestionAnswering"]
    assert set(bert) == set(ENCODER) and set(head) == {"qa_outputs.weight", "qa_outputs.bias"}
    kept = config["bert_keras"]
    assert {name: kept[name] for name in questions.WINDOWS} == questions.WINDOWS
    assert kept["null_threshold"] == 0.5 and kept["has_impossible"] is True
    model = load(model).model
    features = bert_reference.batch(config["vocab_size"], length=20)
    found = dense(outputs(config, bert, features)[1], head, "qa_outputs")
    real = features["input_mask"] == 1
    wanted = model(features, training=False)
    for column, name in enumerate(("start_logits", "end_logits")):
        np.testing.assert_allclose(found[..., column][real], wanted[name].numpy()[real], rtol=0, atol=1e-5)
    truncation = json.loads((tmp_path / "out" / "tokenizer.json").read_text())["truncation"]
    # Windows begin 6 tokens apart where the question has 6: 24 - 3 - 6 = 15 tokens of context, 9 of them shared.
    assert truncation == {"direction": "Right", "max_length": 24, "strategy": "OnlySecond", "stride": 9}


def test_tags(encoder, tmp_path):
    model = tagging.write_model(tmp_path / "model", encoder)
    export(model, tmp_path / "out", to="huggingface")
    config, bert, head = read(tmp_path / "out")
    predictor = load(model)
    assert config["architectures"] == ["BertForTokenClassification"] and "problem_type" not in config
    assert tuple(config["id2label"].values()) == predictor.labels and set(bert) == set(ENCODER)
    features = bert_reference.batch(config["vocab_size"], length=20)
    found = dense(outputs(config, bert, features)[1], head, "classifier")
    wanted = predictor.model(features, training=False).numpy()
    real = features["input_mask"] == 1
    np.testing.assert_allclose(found[real], wanted[real], rtol=0, atol=1e-5)


def test_choices(tmp_path):
    predictor = choices.predictor(tmp_path)
    export(predictor, tmp_path / "out", to="huggingface", say=lambda line: None)
    config, bert, head = read(tmp_path / "out")
    assert config["architectures"] == ["BertForMultipleChoice"] and "id2label" not in config
    assert head["classifier.weight"].shape == (1, 16) and set(bert) == set(ENCODER) | POOLER
    rows = ["the film was good", "the film was not at the house.", "?"]
    features = predictor.preprocessor(["a very long night"] * 3, rows)
    found = dense(outputs(config, bert, features)[0], head, "classifier")[:, 0]
    np.testing.assert_allclose(found, predictor.logits(["a very long night"], [rows])[0], rtol=0, atol=1e-5)


@pytest.mark.parametrize("given", ["model", "folder"])
def test_masked_words(encoder, tmp_path, given):
    native = load_encoder(encoder, native=True)
    native.set_gelu("erf")
    model = MaskedLM(native, seed=2)
    random = np.random.default_rng(6)
    for weight in model.head.weights:
        weight.assign(random.normal(size=weight.shape))
    source = model if given == "model" else save_encoder(native, tmp_path / "pretrained", mlm=model.head)
    export(source, tmp_path / "out", to="huggingface")
    config, bert, head = read(tmp_path / "out")
    assert config["architectures"] == ["BertForMaskedLM"] and config["hidden_act"] == "gelu"
    assert set(bert) == set(ENCODER)
    begin = "cls.predictions.transform"
    assert set(head) == {
        *(f"{begin}.{part}.{last}" for part in ("dense", "LayerNorm") for last in ("weight", "bias")),
        "cls.predictions.bias",
    }
    features = bert_reference.batch(config["vocab_size"], length=12)
    rows = dense(outputs(config, bert, features)[1], head, f"{begin}.dense")
    rows = rows * 0.5 * (1 + special.erf(rows / np.sqrt(2)))
    rows = (rows - rows.mean(-1, keepdims=True)) / np.sqrt(rows.var(-1, keepdims=True) + 1e-12)
    rows = rows * head[f"{begin}.LayerNorm.weight"] + head[f"{begin}.LayerNorm.bias"]
    found = rows @ bert["embeddings.word_embeddings.weight"].T + head["cls.predictions.bias"]
    wanted = model(features, training=False).numpy()
    real = features["input_mask"] == 1
    np.testing.assert_allclose(found[real], wanted[real], rtol=0, atol=2e-5)  # of logits up to 30
    added = json.loads((tmp_path / "out" / "tokenizer.json").read_text())["added_tokens"]
    assert [entry["content"] for entry in added] == ["[MASK]"]


def test_what_was_trained_beside_the_kernels_is_in_them(encoder, tmp_path):
    predictor = load(tuned.write_model(tmp_path / "model", encoder), native=True)
    native = predictor.model.encoder
    before = predictor.logits(TEXTS)
    native.add_lora(rank=2, matrices="all")
    random = np.random.default_rng(1)
    for weight in native.lora_weights().values():
        weight.assign(random.normal(0, 0.3, weight.shape))
    export(predictor, tmp_path / "out", to="huggingface")
    config, bert, head = read(tmp_path / "out")
    pooled, _ = outputs(config, bert, predictor.preprocessor(TEXTS))
    found = dense(pooled, head, "classifier")
    np.testing.assert_allclose(found, np.asarray(predictor.model(predictor.preprocessor(TEXTS))), rtol=0, atol=1e-5)
    assert np.abs(found - before).max() > 0.1 and native.lora is not None


def test_it_is_read_back(encoder, tmp_path):
    predictor = load(tuned.write_model(tmp_path / "model", encoder), native=True)
    export(predictor, tmp_path / "out", to="huggingface")
    back = from_huggingface(tmp_path / "out")
    features = {name: np.asarray(predictor.preprocessor(TEXTS)[name]) for name in FEATURE_NAMES}
    wanted = predictor.model.encoder(features)["sequence_output"].numpy()
    np.testing.assert_array_equal(back(features)["sequence_output"].numpy(), wanted)


def test_texts_in_windows_are_said_to_be_cut(encoder, tmp_path):
    predictor = load(tuned.write_model(tmp_path / "model", encoder))
    config = {**predictor.config, "long_text": "windows", "max_windows": 4}
    windows, said = type(predictor)(predictor.model, config, kind=predictor.kind), []
    export(windows, tmp_path / "out", to="huggingface", say=said.append)
    assert len(said) == 1 and said[0].startswith("Texts of more than 24 tokens were read in windows: average")
    assert read(tmp_path / "out")[0]["bert_keras"]["long_text"] == "windows"


def test_a_head_with_another_layer_norm_than_its_encoder_is_refused(tmp_path):
    model = MaskedLM(choices.encoder(tmp_path, layer_norm_epsilon=1e-3))
    export(model, tmp_path / "both", to="huggingface")
    assert read(tmp_path / "both")[0]["layer_norm_eps"] == 1e-3
    model.encoder.layer_norm_epsilon = 1e-12
    with pytest.raises(ValueError, match=r"`layer_norm_epsilon` must be 0\.001, that of its head.*=1e-12"):
        export(model, tmp_path / "out", to="huggingface")
    assert not (tmp_path / "out").exists()
