"""Exports to ONNX as predictors on strings: the answers of the model folder, without TensorFlow."""

import dataclasses
import json
import textwrap

import numpy as np
import pandas
import pytest
import questions
import tiny
import tuned
import warm_python
from our_errors import is_ours
from real_data import SHARED, needs_shared

from bert_keras.manifest import Manifest
from bert_keras.running.choosing.load_task import load_task
from bert_keras.running.export import export
from bert_keras.running.kinds import KINDS
from bert_keras.running.loading.load import load
from bert_keras.running.loading.load_onnx import KINDS as READ
from bert_keras.running.predict_file import predict_file
from bert_keras.text_classification.exported_texts import ExportedTexts

pytest.importorskip("onnx", reason="onnx is not here: pip install onnx onnxruntime")
pytest.importorskip("onnxruntime", reason="onnxruntime is not here: pip install onnx onnxruntime")
pytest.importorskip("tokenizers", reason="Hugging Face's tokenizers is not here: pip install tokenizers")

TEXTS = [*tiny.sentences(60), "", "naïve Straße [SEP] !", "good " * 60]


@pytest.fixture(scope="module")
def folders(encoder, place):
    """By kind, a model folder and its export."""
    made = {}
    for kind in ("single", "multi", "pairs", "regression"):
        model, out = tuned.write_model(place / f"{kind}_model", encoder, kind), place / f"{kind}_onnx"
        export(model, out, to="onnx", say=print)
        made[kind] = model, out
    return made


def same(found, wanted):
    for one, other in zip(found, wanted, strict=True):
        one, other = dataclasses.asdict(one), dataclasses.asdict(other)
        assert (one["label"], one["unsure"]) == (other["label"], other["unsure"])
        assert one["score"] == pytest.approx(other["score"], abs=3e-5)
        assert one["probabilities"] == (other["probabilities"] and pytest.approx(other["probabilities"], abs=1e-5))


@pytest.mark.parametrize("kind", ["single", "multi", "pairs", "regression"])
def test_answers_are_those_of_the_model_folder(folders, kind):
    model, out = map(load, folders[kind])
    assert isinstance(out, ExportedTexts) and (out.labels, out.columns) == (model.labels, model.columns)
    columns = (TEXTS, TEXTS[::-1]) if out.takes_pairs else (TEXTS,)
    same(out(*columns), model(*columns))
    np.testing.assert_allclose(out.logits(*columns), model.logits(*columns), rtol=0, atol=3e-5)
    one = tuple(column[0] for column in columns)
    same([out(*one)], [model(*one)])
    rows = list(zip(*columns, strict=True)) if out.takes_pairs else TEXTS
    options = {} if kind == "regression" else {"abstain_below": 0.6}
    assert out.table_names(**options) == model.table_names(**options)
    same(out(rows, **options), model(rows, **options))
    frame = pandas.DataFrame(dict(zip(out.config["text_columns"], columns, strict=True)))
    assert list(out(frame).columns) == list(model(frame).columns)
    with pytest.raises(TypeError, match=r"`texts` must be str. Received: texts=3. It is number 1\."):
        out([rows[0], 3])


def test_a_model_that_abstains_and_reads_windows(encoder, tmp_path):
    model = tuned.write_model(tmp_path / "model", encoder, "single")
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    config |= {"long_text": "windows", "max_windows": 3, "abstain_below": 0.55}
    (model / "config.json").write_text(json.dumps(config), encoding="utf-8")
    Manifest(model).write(Manifest(model).names())
    said = []
    out = export(model, tmp_path / "out", to="onnx", say=said.append)
    found, wanted = load(out)(TEXTS), load(model)(TEXTS)
    same(found, wanted)
    assert any(answer.label is None for answer in found) and any(answer.label for answer in found)
    assert sum("bk.load" in line for line in said) == 2  # which averages windows and abstains


def test_what_is_unlike_is_left_out_and_said_so(encoder, tmp_path):
    model = load(tuned.write_model(tmp_path / "model", encoder, "single"))
    wanted, said = model(TEXTS), []
    telling = tuned.with_unlike(model, TEXTS)
    assert any(answer.unlike for answer in telling(TEXTS))
    out = load(export(telling, tmp_path / "out", to="onnx", say=said.append))
    same(out(TEXTS), wanted)
    assert not any(answer.unlike for answer in out(TEXTS)) and out(TEXTS[0]).distance is None
    assert out.table_names() == ("label", "score", "negative", "positive")
    (note,) = [line for line in said if "unlike" in line]
    assert "every text gets a label" in note and "to='savedmodel'" in note and "bk.load makes" not in note


def test_a_table(folders, tmp_path):
    model, out = folders["single"]
    pandas.DataFrame({"sentence": TEXTS[:20]}).to_csv(tmp_path / "in.csv", index=False)
    tables = []
    for name, folder in (("model", model), ("onnx", out)):
        predict_file(folder, tmp_path / "in.csv", tmp_path / f"{name}.csv", say=print)
        tables.append(pandas.read_csv(tmp_path / f"{name}.csv"))
    pandas.testing.assert_frame_equal(*tables, atol=1e-5, rtol=0)


def test_tensorflow_is_not_loaded(folders):
    program = """
        import sys
        import bert_keras as bk
        print(bk.load(sys.argv[1])("a good film").label)
        print([name for name in ("tensorflow", "keras", "pandas") if name in sys.modules])
    """
    done = warm_python.run("-c", textwrap.dedent(program), folders["single"][1], warm=False)
    label, loaded = done.stdout.splitlines()
    assert label == load(folders["single"][0])("a good film").label and loaded == "[]"


def test_the_command_line(folders, command):
    model, out = folders["single"]
    status, told, error = command("predict", out, "a good film")
    assert status == 0, error
    assert json.loads(told)["label"] == load(model)("a good film").label
    for arguments, words in (
        (("predict", out, "a", "--top-k", "2"), "`top_k` must be given to a model of question_answering only"),
        (("predict", out, "--part", "test", "--out", "x"), "It is an export to ONNX: bk.load and bert-keras predict"),
        (("predict", out, "a", "--trust"), "`trust` must be False for an export to ONNX"),
        (("evaluate", out), "It is an export to ONNX: bk.load and bert-keras predict take it, and nothing else does"),
    ):
        status, _, error = command(*arguments)
        assert status == 1 and words in error


def test_what_is_refused(folders, encoder, tmp_path, monkeypatch):
    out = folders["single"][1]
    for name in ("native", "as_pipeline", "trust"):
        with pytest.raises(ValueError, match=rf"`{name}` must be False for an export to ONNX. Received: {name}=True"):
            load(out, **{name: True})
    model = questions.write_model(tmp_path / "questions", encoder)
    asked = export(model, tmp_path / "asked", to="onnx", say=print)
    words = r"`folder` must be an export to ONNX of text_classification, whose answers need its logits alone.*question"
    with pytest.raises(ValueError, match=words):
        load(asked)
    assert set(READ) < set(KINDS)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "tokenizers" else object())
    with pytest.raises(ImportError, match=r"packages that are installed.*'tokenizers'\]. Run: pip install"):
        load(out)


@pytest.mark.parametrize("name", ["config.json", "model.onnx", "tokenizer.json"])
def test_damaged_files_are_named(folders, tmp_path, name):
    whole = folders["single"][1]
    out = tmp_path / "out"
    out.mkdir()
    for file in whole.iterdir():
        (out / file.name).write_bytes(file.read_bytes())
    content = (out / name).read_bytes()
    (out / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match=rf"'{name}' has changed since it was written"):
        load(out)
    (out / Manifest.NAME).unlink()  # without the list
    with pytest.raises(ValueError, match=rf"`folder` must hold a {name} that"):
        load(out)


def test_configs_of_others(folders, tmp_path):
    for name in ("model.onnx", "tokenizer.json"):
        (tmp_path / name).write_bytes((folders["single"][1] / name).read_bytes())
    whole = json.loads((folders["single"][1] / "config.json").read_text(encoding="utf-8"))
    own = whole["bert_keras"]
    for config in (
        *({**whole, "bert_keras": value} for value in (None, [], {}, {**own, "seq_length": "x"}, {**own, "kind": 3})),
        *({**whole, "bert_keras": {**own, "text_columns": value}} for value in (None, [], [1], "sentence")),
        *({**whole, "id2label": value} for value in (None, [], {"1": "a"}, {"0": 1, "1": 2}, {"0": "a", "1": "a"})),
        {**whole, "pad_token_id": "x"},
        {**whole, "problem_type": "other"},
        {**whole, "id2label": {"0": "a", "1": "b", "2": "c"}},
        [],
    ):
        (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
        with pytest.raises(Exception, match="folder") as raised:
            load(tmp_path)
        assert is_ours(raised.value), (config, raised.value)


@needs_shared
@pytest.mark.parametrize(("kind", "task"), [("single", "glue/sst2"), ("pairs", "glue/mrpc")])
def test_on_real_texts(folders, kind, task):
    rows = load_task(task, data_dir=SHARED / "tfds").rows(("validation",))["validation"].head(300)
    model, out = map(load, folders[kind])
    same(out(*rows.texts), model(*rows.texts))
