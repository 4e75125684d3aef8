"""Exports to ONNX: strings through Hugging Face's tokenizers and ONNX Runtime, with the predictor's answers."""

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
from bert_keras.masked_lm.load_masked import load_masked
from bert_keras.masked_lm.masked_lm import MaskedLM
from bert_keras.running.evaluate import evaluate
from bert_keras.running.export import export
from bert_keras.running.loading.load import load
from bert_keras.running.loading.predictor import predictor
from bert_keras.text_classification.text_classifier import TextClassifier
from bert_keras.text_classification.text_predictor import TextPredictor

pytest.importorskip("onnx", reason="onnx is not here: pip install onnx onnxruntime")
runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not here: pip install onnx onnxruntime")
tokenizers = pytest.importorskip("tokenizers", reason="Hugging Face's tokenizers is not here: pip install tokenizers")

TEXTS = [*tiny.sentences(40), "", "naïve Straße [SEP] !", "good " * 60]
FILES = {"bert_keras.sha256", "config.json", "model.onnx", "tokenizer.json", "tokenizer_config.json", "vocab.txt"}


def run(folder, *columns):
    """Outputs by name of texts, in one batch, with nothing of this library."""
    assert {path.name for path in folder.iterdir()} == FILES
    tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    session = runtime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
    found = tokenizer.encode_batch(list(zip(*columns, strict=True)) if columns[1:] else list(columns[0]))
    rows = {"input_word_ids": "ids", "input_mask": "attention_mask", "input_type_ids": "type_ids"}
    given = {name: np.array([getattr(one, field) for one in found]) for name, field in rows.items()}
    return dict(zip([out.name for out in session.get_outputs()], session.run(None, given), strict=True))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("onnx")


@pytest.fixture(scope="module")
def encoder(place):
    return tuned.write_encoder(place / "encoder")


@pytest.mark.parametrize("kind", ["single", "multi", "regression"])
def test_answers_are_the_predictors(encoder, tmp_path, kind):
    model, said = tuned.write_model(tmp_path / "model", encoder, kind), []
    out = tmp_path / "out"
    assert export(model, out, to="onnx", say=said.append) == str(out)
    columns = (TEXTS, ["the film"] * len(TEXTS)) if kind == "regression" else (TEXTS,)
    found, predictor = run(out, *columns), load(model)
    np.testing.assert_allclose(found["logits"], predictor.logits(*columns), rtol=0, atol=3e-5)
    if kind == "regression":
        assert set(found) == {"logits"}
    else:
        np.testing.assert_allclose(found["probabilities"], predictor.probabilities(*columns), rtol=0, atol=1e-5)
    size = (out / "model.onnx").stat().st_size
    assert said[0] == f"model.onnx: opset 17, float32, {size / 1e6:,.1f} MB"
    config = json.loads((out / "config.json").read_text(encoding="utf-8"))
    assert list(config["id2label"].values()) == (tuned.KINDS[kind][1] or ["LABEL_0"])
    own = config["bert_keras"]
    assert own["seq_length"] == 24 and own["opset"] == 17 and own["quantization"] is None
    assert own["bytes"] == size and own["scores"] == {}


def test_questions_tags_and_choices(encoder, tmp_path):
    export(questions.write_model(tmp_path / "q", encoder), tmp_path / "questions", to="onnx")
    predictor = load(tmp_path / "q")
    asked, about = ["who is she", "what"], ["the cat is in the house", "a tree"]
    found = run(tmp_path / "questions", asked, about)
    [(_, windows, starts, ends)] = list(predictor.reader.window_logits(asked, about))
    lengths = windows.word_ids.row_lengths().numpy()
    real = np.arange(found["start_logits"].shape[1])[None] < lengths[:, None]
    np.testing.assert_allclose(found["start_logits"][real], starts, rtol=0, atol=1e-5)
    np.testing.assert_allclose(found["end_logits"][real], ends, rtol=0, atol=1e-5)
    assert (found["start_logits"][~real] < -9000).all() and (~real).any()

    tagger = tagging.write_model(tmp_path / "t", encoder)
    export(tagger, tmp_path / "tags", to="onnx")
    found, model = run(tmp_path / "tags", ["the cat was big"]), load(tagger)
    features = model.model.encoder.preprocessor(24, padding="longest")(["the cat was big"])
    np.testing.assert_allclose(found["logits"], model.model(features, training=False), rtol=0, atol=1e-5)

    chooser = choices.predictor(tmp_path)
    export(chooser, tmp_path / "choices", to="onnx", say=lambda line: None)
    session = runtime.InferenceSession(str(tmp_path / "choices" / "model.onnx"))
    rows = ["the film was good", "it", "?", "a tree in the night"]
    features = chooser.preprocessor(["we had the film"] * 4, rows)
    given = {name: values.numpy()[None].astype("int64") for name, values in features.items()}
    logits, probabilities = session.run(None, given)
    np.testing.assert_allclose(logits[0], chooser.logits(["we had the film"], [rows])[0], rtol=0, atol=1e-5)
    np.testing.assert_allclose(probabilities[0], chooser("we had the film", rows).probabilities, rtol=0, atol=1e-5)


@pytest.mark.parametrize("opset", [20, 21])
def test_another_opset(encoder, tmp_path, opset):
    model, said = tuned.write_model(tmp_path / "model", encoder), []
    export(model, tmp_path / "out", to="onnx", opset=opset, say=said.append)
    np.testing.assert_allclose(
        run(tmp_path / "out", TEXTS)["probabilities"], load(model).probabilities(TEXTS), rtol=0, atol=1e-5
    )
    assert said[0].startswith(f"model.onnx: opset {opset}, float32")


@pytest.fixture(scope="module")
def trained(place):
    return tiny.trained_classifier(place)


def test_eight_bits_are_smaller_and_their_cost_is_said(trained, tmp_path):
    model, data = trained
    said = []
    export(model, tmp_path / "out", to="onnx", quantization="int8", data=data, say=said.append)
    export(model, tmp_path / "whole", to="onnx", say=lambda line: None)
    whole, small = ((tmp_path / name / "model.onnx").stat().st_size for name in ("whole", "out"))
    assert said[0] == f"model.onnx: opset 17, float32, {whole / 1e6:,.1f} MB; in int8 {small / 1e6:,.1f} MB"
    kept = json.loads((tmp_path / "out" / "config.json").read_text())["bert_keras"]
    assert kept["quantization"] == "int8" and set(kept["scores"]) == {"keras", "onnx int8"}
    scores = evaluate(model, data)
    assert kept["scores"]["keras"] == pytest.approx(dict(scores))
    found = run(tmp_path / "out", list(data.split("validation").examples.texts[0]))
    labels = np.asarray(data.split("validation").examples.labels)
    accuracy = float((found["logits"].argmax(-1) == labels).mean())
    assert kept["scores"]["onnx int8"]["accuracy"] == pytest.approx(accuracy)
    before = scores["accuracy"]
    told = f"accuracy {before:.4f} before, {accuracy:.4f} as onnx int8 ({accuracy - before:+.4f})"
    assert said[1].startswith(f"validation, {len(labels)} rows: ") and told in said[1]
    exact = run(tmp_path / "whole", tiny.sentences(20))["logits"]
    rounded = run(tmp_path / "out", tiny.sentences(20))["logits"]
    assert 0 < np.abs(exact - rounded).max() < 0.3


def test_without_rounding_the_scores_stay(trained, tmp_path):
    model, data = trained
    export(model, tmp_path / "out", to="onnx", data=data, say=lambda line: None)
    scores = json.loads((tmp_path / "out" / "config.json").read_text())["bert_keras"]["scores"]
    assert scores["keras"] == pytest.approx(scores["onnx float32"]) and len(scores["keras"]) >= 1


def test_masked_words_in_eight_bits(trained, tmp_path):
    encoder = trained[0].encoder
    model = MaskedLM(encoder, seed=1)
    data = load_masked({"train": TEXTS[:20], "validation": TEXTS[20:40]}, encoder, seq_length=16)
    said = []
    export(model, tmp_path / "out", to="onnx", quantization="int8", data=data, say=said.append)
    scores = json.loads((tmp_path / "out" / "config.json").read_text())["bert_keras"]["scores"]
    assert abs(scores["keras"]["masked_loss"] - scores["onnx int8"]["masked_loss"]) < 0.2
    assert "masked_loss" in said[1]
    export(model, tmp_path / "whole", to="onnx", say=print)
    found = run(tmp_path / "whole", ["the [MASK] was good"])["logits"]
    tokenizer = encoder.tokenizer
    assert found.shape == (1, 6, tokenizer.vocab_size)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"opset": 16}, r"`opset` must be between 17 and 21, those with layer norm.*opset=16"),
        ({"opset": 22}, r"`opset` must be between 17 and 21"),
        ({"opset": "17"}, "`opset` must be an integer"),
        ({"quantization": "int4"}, r"`quantization` must be one of 'int8'"),
        ({"data": 5}, r"`files` must be a file, a folder.*files=5"),
    ],
)
def test_options_at_fault(encoder, tmp_path, options, match):
    model = tuned.write_model(tmp_path / "model", encoder)
    with pytest.raises((ValueError, TypeError), match=match):
        export(model, tmp_path / "out", to="onnx", **options)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_data_without_labels_to_score_are_refused(trained, tmp_path):
    model, _ = trained
    data = tiny.text_task({"train": tiny.examples(8)}, seq_length=16).load(model.encoder, batch_size=8)
    with pytest.raises(ValueError, match=r"`data` must have a part validation with labels.*train"):
        export(predictor(model), tmp_path / "out", to="onnx", data=data)
    assert list(tmp_path.iterdir()) == []
    untold, said = TextClassifier(model.encoder, 2, seed=1), []
    export(untold, tmp_path / "out", to="onnx", data=data, say=said.append)  # they tell what its labels are called
    assert len(said) == 1 and said[0].startswith("model.onnx")


def test_data_of_another_kind_are_refused(trained, encoder, tmp_path):
    model = tuned.write_model(tmp_path / "model", encoder)
    data = tagging.tagging_data(trained[0].encoder)
    with pytest.raises((TypeError, ValueError), match=r"`data` must be of the model's kind, text_class.*'token_class"):
        export(model, tmp_path / "out", to="onnx", data=data)


def test_texts_in_windows_are_scored_as_their_mean(trained, tmp_path):
    model = TextClassifier(trained[0].encoder, 2, seed=1)
    parts = {"train": tiny.examples(8), "validation": tiny.examples(12, seed=3)}
    data = tiny.text_task(parts, seq_length=6, long_text="windows", max_windows=3).load(model.encoder, batch_size=4)
    said = []
    export(model, tmp_path / "out", to="onnx", data=data, say=said.append)
    scores = json.loads((tmp_path / "out" / "config.json").read_text())["bert_keras"]["scores"]
    assert scores["keras"] == pytest.approx(scores["onnx float32"])
    assert scores["keras"] == pytest.approx(dict(evaluate(model, data)))


@pytest.mark.thorough("::test_answers_are_the_predictors")
@needs_shared
@needs_sample
def test_five_hundred_real_pairs(tmp_path):
    """The sample encoder with a random head, on MRPC: ids, and probabilities, from strings."""
    native = load_encoder("sample", native=True)
    model = TextClassifier(native, 2, seed=3)
    model.classifier.kernel.assign(np.random.default_rng(0).normal(0, 0.2, model.classifier.kernel.shape))
    config = {"task": "glue/mrpc", "labels": ["no", "yes"], "text_columns": ["a", "b"], "seq_length": 127}
    predictor = TextPredictor(model, config)
    lines = (SHARED / "data" / "glue" / "MRPC" / "train.tsv").read_text(encoding="utf-8-sig").splitlines()[1:501]
    firsts, seconds = map(list, zip(*(line.split("\t")[3:5] for line in lines), strict=True))
    export(predictor, tmp_path / "out", to="onnx", say=lambda line: None)
    found = [
        run(tmp_path / "out", firsts[start : start + 100], seconds[start : start + 100])["probabilities"]
        for start in range(0, 500, 100)
    ]
    wanted = predictor.probabilities(firsts, seconds)
    np.testing.assert_allclose(np.concatenate(found), wanted, rtol=0, atol=1e-5)
    assert len(wanted) == 500 and np.ptp(wanted[:, 1]) > 0.05
