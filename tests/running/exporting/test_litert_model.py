"""Exports to LiteRT: its own operations alone, rows of any length or of one, and the predictor's answers."""

import dataclasses
import json

import choices
import numpy as np
import pytest
import questions
import tagging
import tiny
import tuned
from real_data import SHARED, needs_sample, needs_shared

from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.masked_lm.masked_lm import MaskedLM
from bert_keras.running.evaluate import evaluate
from bert_keras.running.export import export
from bert_keras.running.loading.load import load
from bert_keras.text_classification.text_classifier import TextClassifier
from bert_keras.text_classification.text_predictor import TextPredictor

litert = pytest.importorskip(
    "ai_edge_litert.interpreter", reason="ai-edge-litert is not here: pip install ai-edge-litert"
)
TEXTS = [*tiny.sentences(12), "", "naïve Straße [SEP] !", "good " * 60]
FILES = {"bert_keras.sha256", "config.json", "model.tflite", "tokenizer.json", "tokenizer_config.json", "vocab.txt"}


def runner(folder):
    assert {path.name for path in folder.iterdir()} == FILES
    interpreter = litert.Interpreter(model_path=str(folder / "model.tflite"))
    operations = {one["op_name"] for one in interpreter._get_ops_details()}
    assert not {name for name in operations if name.startswith("Flex") or "CUSTOM" in name.upper()}
    return interpreter.get_signature_runner("serving_default")


def arrays(features):
    return {name: np.asarray(values) for name, values in features.items()}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("litert")


@pytest.fixture(scope="module")
def encoder(place):
    return tuned.write_encoder(place / "encoder")


@pytest.fixture(scope="module")
def trained(place):
    return tiny.trained_classifier(place)


def test_rows_of_any_length_and_batches_of_any_size(encoder, tmp_path):
    model, said = tuned.write_model(tmp_path / "model", encoder), []
    export(model, tmp_path / "out", to="litert", say=said.append)
    predictor, run = load(model), runner(tmp_path / "out")
    size = (tmp_path / "out" / "model.tflite").stat().st_size
    assert said == [f"model.tflite: float32, {size / 1e6:,.1f} MB; any batch and length: resize the inputs"]
    for texts in (TEXTS, TEXTS[:1], ["good"], TEXTS[3:6]):
        features = arrays(predictor.preprocessor(texts))
        found = run(**features)
        np.testing.assert_allclose(found["probabilities"], predictor.probabilities(texts), rtol=0, atol=1e-5)
        np.testing.assert_allclose(found["logits"], predictor.logits(texts), rtol=0, atol=3e-5)
    interpreter = litert.Interpreter(model_path=str(tmp_path / "out" / "model.tflite"))
    for one in interpreter.get_input_details():
        assert one["shape_signature"].tolist() == [-1, -1] and one["dtype"] is np.int32
        interpreter.resize_tensor_input(one["index"], (2, 5))
    interpreter.allocate_tensors()
    assert {tuple(one["shape"]) for one in interpreter.get_input_details()} == {(2, 5)}
    own = json.loads((tmp_path / "out" / "config.json").read_text())["bert_keras"]
    assert own["row_length"] is None and own["bytes"] == size and own["quantization"] is None


def test_rows_of_one_length(encoder, tmp_path):
    model, said = tuned.write_model(tmp_path / "model", encoder, "multi"), []
    export(model, tmp_path / "out", to="litert", seq_length=32, say=said.append)
    predictor, run = load(model), runner(tmp_path / "out")
    assert said[0].endswith("; one row of 32 tokens")
    wanted = predictor.probabilities(TEXTS)
    preprocessor = predictor.model.encoder.preprocessor(24)
    for text, row in zip(TEXTS, wanted, strict=True):
        features = {name: np.pad(values, [(0, 0), (0, 8)]) for name, values in arrays(preprocessor([text])).items()}
        np.testing.assert_allclose(run(**features)["probabilities"][0], row, rtol=0, atol=1e-5)
    tokenizer = json.loads((tmp_path / "out" / "tokenizer.json").read_text())
    assert tokenizer["padding"]["strategy"] == {"Fixed": 32} and tokenizer["truncation"]["max_length"] == 32
    interpreter = litert.Interpreter(model_path=str(tmp_path / "out" / "model.tflite"))
    assert {tuple(one["shape_signature"]) for one in interpreter.get_input_details()} == {(1, 32)}


def test_eight_bits_are_smaller_and_their_cost_is_said(trained, tmp_path):
    model, data = trained
    said = []
    export(model, tmp_path / "whole", to="litert", say=lambda line: None)
    export(model, tmp_path / "out", to="litert", quantization="int8", data=data, say=said.append)
    small, whole = ((tmp_path / name / "model.tflite").stat().st_size for name in ("out", "whole"))
    assert small < whole
    floats = 4e-6 * model.encoder.config.parameters
    assert said[0].startswith(
        f"model.tflite: int8, {small / 1e6:,.1f} MB (the encoder's weights in float32: {floats:,.1f} MB); any"
    )
    scores = json.loads((tmp_path / "out" / "config.json").read_text())["bert_keras"]["scores"]
    assert scores["keras"] == pytest.approx(dict(evaluate(model, data)))
    before, after = scores["keras"]["accuracy"], scores["litert int8"]["accuracy"]
    assert f"accuracy {before:.4f} before, {after:.4f} as litert int8 ({after - before:+.4f})" in said[1]
    features = arrays(model.encoder.preprocessor(16)(tiny.sentences(20)))
    exact, rounded = runner(tmp_path / "whole")(**features)["logits"], runner(tmp_path / "out")(**features)["logits"]
    assert 0 < np.abs(exact - rounded).max() < 0.3


def test_all_values_are_rounded_where_rows_show_their_size(trained, tmp_path):
    model, data = trained
    said, options = [], {"quantization": "int8_static", "seq_length": 16}
    export(model, tmp_path / "out", to="litert", data=data, say=said.append, **options)
    interpreter = litert.Interpreter(model_path=str(tmp_path / "out" / "model.tflite"))
    kinds = [one["dtype"] for one in interpreter.get_tensor_details() if one["name"]]
    floats = [one for one in kinds if np.issubdtype(one, np.floating)]
    assert kinds.count(np.int8) > 20 and len(floats) <= 3  # what goes out, and nothing between
    assert said[0].startswith("model.tflite: int8_static, ") and said[-1] == (
        f"calibrated on {min(200, len(data.split('train')))} rows of train"
    )
    scores = json.loads((tmp_path / "out" / "config.json").read_text())["bert_keras"]["scores"]
    assert scores["litert int8_static"]["accuracy"] > scores["keras"]["accuracy"] - 0.1
    features = arrays(model.encoder.preprocessor(16)(tiny.sentences(20)))
    features = {name: np.pad(column, [(0, 0), (0, 16 - column.shape[1])]) for name, column in features.items()}
    run = runner(tmp_path / "out")
    rows = [{name: column[row : row + 1] for name, column in features.items()} for row in range(20)]
    rounded = np.concatenate([run(**row)["probabilities"] for row in rows])
    exact = np.asarray(model.probabilities(model(features, training=False)))
    assert 0 < np.abs(exact - rounded).max() < 0.2  # padding, too, is hidden


def test_what_cannot_be_scored_cannot_calibrate_and_nothing_else_is_written_in_its_place(trained, tmp_path):
    model, data = trained
    unscored = dataclasses.replace(data, splits={"train": data.split("train")})
    with pytest.raises(ValueError, match="`data` must have a part validation with labels"):
        export(model, tmp_path / "out", to="litert", quantization="int8_static", seq_length=16, data=unscored)
    assert not (tmp_path / "out").exists()


def test_questions_are_rounded_with_their_padding_hidden(encoder, tmp_path):
    folder = questions.write_model(tmp_path / "q", encoder)
    predictor = load(folder)
    data = questions.question_data(predictor.model.encoder)
    options = {"quantization": "int8_static", "seq_length": data.seq_length}
    export(predictor, tmp_path / "out", to="litert", data=data, say=lambda line: None, **options)
    features = next(iter(data.splits["validation"].dataset(data.splits["validation"].order(1), labels=False)))
    features = {name: np.asarray(column)[:1] for name, column in features.items()}
    wide = [(0, 0), (0, data.seq_length - features["input_mask"].shape[1])]
    found = runner(tmp_path / "out")(**{name: np.pad(column, wide) for name, column in features.items()})
    real = int(features["input_mask"].sum())
    for name, values in predictor.model(features, training=False).items():
        spread = np.ptp(values) + 0.1
        assert np.abs(found[name][0, :real] - values[0, :real]).max() < 0.25 * spread + 0.1
        assert found[name][0, real:].max() < found[name][0, :real].min() - 5


@pytest.mark.parametrize("seq_length", [None, 16])
def test_scores_are_those_of_the_model(trained, tmp_path, seq_length):
    model, data = trained
    export(model, tmp_path / "out", to="litert", data=data, seq_length=seq_length, say=lambda line: None)
    scores = json.loads((tmp_path / "out" / "config.json").read_text())["bert_keras"]["scores"]
    assert scores["keras"] == pytest.approx(scores["litert float32"]) and "accuracy" in scores["keras"]


@pytest.mark.thorough(
    "::test_rows_of_any_length_and_batches_of_any_size", "::test_questions_are_rounded_with_their_padding_hidden"
)
def test_questions(encoder, tmp_path):
    export(questions.write_model(tmp_path / "q", encoder), tmp_path / "out", to="litert", say=lambda line: None)
    model = load(tmp_path / "q").model
    features = arrays(model.encoder.preprocessor(24)(["what is it", "a"], ["the cat", "a big green tree"]))
    found, wanted = runner(tmp_path / "out")(**features), model(features, training=False)
    assert set(found) == {"start_logits", "end_logits"}
    for name, values in wanted.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-6, atol=1e-5)


@pytest.mark.thorough("::test_rows_of_one_length")
def test_tags_of_one_length(encoder, tmp_path):
    export(tagging.write_model(tmp_path / "t", encoder), tmp_path / "out", to="litert", seq_length=24)
    model = load(tmp_path / "t").model
    features = arrays(model.encoder.preprocessor(24)(["the cat was big"]))
    found = runner(tmp_path / "out")(**features)["logits"]
    np.testing.assert_allclose(found, model(features, training=False), rtol=0, atol=1e-5)


@pytest.mark.parametrize("seq_length", [None, 24])
def test_choices(tmp_path, seq_length):
    chooser = choices.predictor(tmp_path)
    export(chooser, tmp_path / "out", to="litert", seq_length=seq_length, say=lambda line: None)
    rows = ["the film was good", "it", "a tree in the night"]
    features = arrays(chooser.model.encoder.preprocessor(24)(["we had the film"] * 3, rows))
    found = runner(tmp_path / "out")(**{name: values[None] for name, values in features.items()})
    np.testing.assert_allclose(found["probabilities"][0], chooser("we had the film", rows).probabilities, atol=1e-5)


@pytest.mark.parametrize("gelu", ["erf", "tanh"])
def test_masked_words(tmp_path, gelu):
    model = MaskedLM(choices.encoder(tmp_path, gelu=gelu, layer_norm_epsilon=1e-3), seed=2)
    export(model, tmp_path / "out", to="litert", say=lambda line: None)
    features = arrays(model.encoder.preprocessor(16)(tiny.sentences(3)))
    found = runner(tmp_path / "out")(**features)["logits"]
    np.testing.assert_allclose(found, model(features, training=False), rtol=0, atol=2e-5)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"quantization": "float16"}, "`quantization` must be one of 'int8', 'int8_static'"),
        (
            {"quantization": "int8_static"},
            "come with data and seq_length for to='litert'.*data and seq_length are missing",
        ),
        ({"quantization": "int8_static", "data": "x.csv"}, "seq_length is missing"),
        ({"seq_length": 2}, r"`seq_length` must be between 3 and 64, the encoder's position table"),
        ({"seq_length": 65}, r"`seq_length` must be between 3 and 64.*seq_length=65"),
        ({"seq_length": 16.0}, "`seq_length` must be an integer"),
    ],
)
def test_options_at_fault(encoder, tmp_path, options, match):
    model = tuned.write_model(tmp_path / "model", encoder)
    with pytest.raises((ValueError, TypeError), match=match):
        export(model, tmp_path / "out", to="litert", **options)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_rows_too_short_for_the_data_are_refused(trained, tmp_path):
    model, data = trained
    with pytest.raises(ValueError, match=r"`seq_length` must be at least 16, to which texts are cut.*seq_length=8"):
        export(model, tmp_path / "out", to="litert", data=data, seq_length=8)


@pytest.mark.thorough(
    "::test_rows_of_any_length_and_batches_of_any_size", "::test_eight_bits_are_smaller_and_their_cost_is_said"
)
@needs_shared
@needs_sample
def test_five_hundred_real_sentences(tmp_path):
    """The sample encoder with a random head, on the sentences of SST-2."""
    native = load_encoder("sample", native=True)
    model = TextClassifier(native, 2, seed=3)
    model.classifier.kernel.assign(np.random.default_rng(0).normal(0, 0.2, model.classifier.kernel.shape))
    config = {"task": "glue/sst2", "labels": ["no", "yes"], "text_columns": ["text"], "seq_length": 64}
    predictor = TextPredictor(model, config)
    lines = (SHARED / "data" / "glue" / "SST-2" / "dev.tsv").read_text(encoding="utf-8").splitlines()[1:501]
    texts = [line.split("\t")[0] for line in lines]
    said = []
    export(predictor, tmp_path / "out", to="litert", say=said.append)
    run = runner(tmp_path / "out")
    found = [
        run(**arrays(predictor.preprocessor(texts[start : start + 50])))["probabilities"] for start in range(0, 500, 50)
    ]
    wanted = predictor.probabilities(texts)
    np.testing.assert_allclose(np.concatenate(found), wanted, rtol=0, atol=1e-5)
    assert len(wanted) == 500 and np.ptp(wanted[:, 1]) > 0.05
    export(predictor, tmp_path / "small", to="litert", quantization="int8", say=said.append)
    sizes = [(tmp_path / name / "model.tflite").stat().st_size for name in ("out", "small")]
    assert sizes[1] < 0.3 * sizes[0]
    rounded = runner(tmp_path / "small")(**arrays(predictor.preprocessor(texts[:50])))["probabilities"]
    assert 0 < np.abs(rounded - wanted[:50]).max() < 0.05
