"""Exports: strings in, with TensorFlow alone, in another process, whatever happened to the rest."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import another_process
import numpy as np
import pytest
import tensorflow as tf
import tuned
from paths import HARD_UNICODE

from bert_keras.running.export import export
from bert_keras.running.folders.model_folder import load_model
from bert_keras.running.loading.load import load
from bert_keras.text_classification import reviews
from bert_keras.text_classification.text_predictor import TextPredictor

KINDS = ("single", "pairs", "regression", "multi")  # the first with Model Garden's graph, the others with our own

# (TensorFlow may bring keras along when it is imported; loading and running must not ask for it.)
# Reads {"columns": [[...]], "folder": ...} a line; writes the outputs of the signature as JSON. Knows no bert_keras.
SERVE = """
import json, sys
import tensorflow as tf
before = set(sys.modules)
for line in sys.stdin:
    asked = json.loads(line)
    loaded = tf.saved_model.load(asked["folder"])
    names = ["text", "text_pair"][: len(asked["columns"])]
    given = {n: tf.constant(c, tf.string) for n, c in zip(names, asked["columns"])}
    answer = loaded.signatures["serving_default"](**given)
    kinds = {n: [v.dtype.name, v.shape.rank] for n, v in answer.items()}
    values = {n: v.numpy().tolist() for n, v in answer.items()}
    values["label"] = [label.decode() for label in values.get("label", [])]
    names = [loaded.signatures["label_names"]()["label_names"].numpy()] if "label_names" in loaded.signatures else []
    names = [name.decode() for some in names for name in some]
    found = {m.split(".")[0] for m in set(sys.modules) - before} | ({"bert_keras"} & set(sys.modules))
    found = sorted(found & {"bert_keras", "keras", "tf_keras", "tensorflow_hub"})
    print(json.dumps({"kinds": kinds, "values": values, "names": names, "modules": found}))
"""


def hard_lines():
    return [json.loads(line) for line in HARD_UNICODE.read_text(encoding="ascii").splitlines()]


def sentences():
    texts = reviews.read_reviews("reviews_test.tsv").texts[0]
    assert len(texts) == 236
    return [*texts, *hard_lines(), "good " * 3000]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("exports")


@pytest.fixture(scope="module")
def served(place, dict_encoder):
    """By kind: the texts, the predictor's answer, and what another process says of the export, moved and orphaned."""
    encoder, asked, wanted = tuned.write_encoder(place / "models" / "encoder"), {}, {}
    for kind in KINDS:
        model = tuned.write_model(place / "models" / kind, dict_encoder if kind == "single" else encoder, kind)
        texts = sentences()
        columns = [texts, texts[::-1]] if load_model(model)[1]["text_columns"][1:] else [texts]
        predictor = load(model)
        wanted[kind] = predictor.probabilities(*columns), predictor
        assert export(predictor if kind == "pairs" else model, place / "first" / kind) == str(place / "first" / kind)
        asked[kind] = {"folder": str(place / "moved" / kind), "columns": columns}
    shutil.move(place / "first", place / "moved")
    shutil.rmtree(place / "models")
    answers = another_process.run(SERVE, stdin="\n".join(map(json.dumps, asked.values())))
    found = dict(zip(asked, map(json.loads, answers.splitlines()), strict=True))
    return {kind: (asked[kind]["columns"], *wanted[kind], found[kind]) for kind in asked}


@pytest.mark.parametrize("kind", KINDS)
def test_another_process_needs_neither_bert_keras_nor_keras(served, kind):
    assert served[kind][-1]["modules"] == []


@pytest.mark.parametrize("kind", ["single", "pairs"])
def test_classes(served, kind):
    columns, probabilities, predictor, found = served[kind]
    assert found["kinds"] == {"label_id": ["int32", 1], "label": ["string", 1], "probabilities": ["float32", 2]}
    np.testing.assert_allclose(found["values"]["probabilities"], probabilities, rtol=0, atol=1e-6)
    assert found["names"] == list(predictor.labels)
    assert found["values"]["label"] == [predictor.labels[place] for place in found["values"]["label_id"]]
    clear = np.abs(probabilities[:, 0] - 0.5) > 1e-5
    assert (np.array(found["values"]["label_id"]) == probabilities.argmax(axis=-1))[clear].all()
    assert clear.sum() > 200 and len(set(found["values"]["label_id"])) == 2
    assert len(found["values"]["label"]) == len(columns[0])


def test_several_labels(served):
    _, probabilities, predictor, found = served["multi"]
    assert found["kinds"] == {"label_ids": ["int32", 2], "probabilities": ["float32", 2]}
    np.testing.assert_allclose(found["values"]["probabilities"], probabilities, rtol=0, atol=1e-6)
    assert found["values"]["label_ids"] == (np.array(found["values"]["probabilities"]) >= 0.5).astype(int).tolist()
    assert found["names"] == list(predictor.labels) == ["food", "room", "staff"]


def test_regression(served):
    _, numbers, _, found = served["regression"]
    assert found["kinds"] == {"score": ["float32", 1]} and found["names"] == []
    np.testing.assert_allclose(found["values"]["score"], numbers[:, 0], rtol=0, atol=1e-6)
    assert np.ptp(numbers) > 0.1


def test_the_command_line_of_tensorflow_reads_it(served, place):
    tool = pathlib.Path(sys.executable).with_name("saved_model_cli")
    command = [str(tool)] if tool.exists() else [sys.executable, "-m", "tensorflow.python.tools.saved_model_cli"]
    done = subprocess.run(
        [
            *command,
            "show",
            "--dir",
            str(place / "moved" / "pairs"),
            "--tag_set",
            "serve",
            "--signature_def",
            "serving_default",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    shown = re.sub(r"\s+", " ", done.stdout)
    for kind, name, dtype, shape in [
        ("input", "text", "DT_STRING", "(-1)"),
        ("input", "text_pair", "DT_STRING", "(-1)"),
        ("output", "label_id", "DT_INT32", "(-1)"),
        ("output", "label", "DT_STRING", "(-1)"),
        ("output", "probabilities", "DT_FLOAT", "(-1, 2)"),
    ]:
        assert f"['{name}'] tensor_info: dtype: {dtype} shape: {shape}" in shown, (kind, name, done.stdout)
    assert done.stdout.count("inputs[") == 2 and done.stdout.count("outputs[") == 3


@pytest.fixture(scope="module")
def model(place):
    return tuned.write_model(place / "one", tuned.write_encoder(place / "its" / "encoder"))


@pytest.fixture(scope="module")
def exported(model, place):
    return pathlib.Path(export(model, place / "exported"))


def test_the_variables_are_stored_once(exported, model):
    bytes_of_weights = 4 * sum(int(np.prod(weight.shape)) for weight in load_model(model)[0].weights)
    data = sum(path.stat().st_size for path in exported.glob("variables/variables.data-*"))
    assert bytes_of_weights <= data <= 1.1 * bytes_of_weights + 4096  # and the graph of the objects
    assert tuned.below(exported) >= {"saved_model.pb", "variables/variables.index", "bert_keras.sha256"}
    assert list(exported.glob("assets/*")) == []  # no file can come to differ from the vocabulary in the graph
    functions = tf.saved_model.load(str(exported))
    assert set(functions.signatures) == {"serving_default", "label_names"}
    # 350,000 bytes are the tokenizer's characters and pieces, as the one number in the graph that is long.
    assert not hasattr(functions, "preprocessor") and (exported / "saved_model.pb").stat().st_size < 850_000


def test_no_path_stands_in_it(exported, place):
    for path in exported.rglob("*"):
        assert path.is_dir() or os.fspath(place).encode() not in path.read_bytes()


def test_the_reloaded_export_takes_no_text_and_one_text(exported, model):
    signature = tf.saved_model.load(str(exported)).signatures["serving_default"]
    assert {name: value.shape for name, value in signature(text=tf.constant([], tf.string)).items()} == {
        "label_id": (0,),
        "label": (0,),
        "probabilities": (0, 2),
    }
    answer = load(model)("a good film")
    served = signature(text=tf.constant(["a good film"]))
    assert served["label"].numpy()[0].decode() == answer.label
    assert float(served["probabilities"].numpy().max()) == pytest.approx(answer.score, abs=1e-6)


def test_names_in_any_script(model, tmp_path):
    model, config = load_model(model)
    predictor = TextPredictor(model, {**config, "labels": ["schlecht\u202f!", "良い"]})
    served = tf.saved_model.load(export(predictor, tmp_path / "served"))
    answer = served.signatures["serving_default"](text=tf.constant(["not a good film", "the room"]))
    probabilities = predictor.probabilities(["not a good film", "the room"])
    np.testing.assert_allclose(answer["probabilities"].numpy(), probabilities, rtol=0, atol=1e-6)
    assert [name.decode() for name in answer["label"].numpy()] == [
        a.label for a in predictor(["not a good film", "the room"])
    ]


def test_an_existing_folder_is_refused(exported, model, tmp_path):
    before = tuned.below(exported)
    with pytest.raises(FileExistsError, match=r"`out` must be new or empty.*Nothing was written"):
        export(model, exported)
    assert tuned.below(exported) == before
    (tmp_path / "file").write_text("mine")
    with pytest.raises(FileExistsError, match="`out` must be new or empty"):
        export(model, tmp_path / "file")
    (tmp_path / "empty").mkdir()
    assert tuned.below(pathlib.Path(export(model, tmp_path / "empty"))) == before


def test_nothing_half_written_is_left(model, tmp_path, monkeypatch):
    def half(module, folder, signatures, **options):
        pathlib.Path(folder, "saved_model.pb").write_bytes(b"half")
        raise tf.errors.ResourceExhaustedError(None, None, "No space left on device")

    monkeypatch.setattr(tf.saved_model, "save", half)
    with pytest.raises(OSError, match=r"`out` must be writable, and was not \(No space left.*Nothing is left of it"):
        export(model, tmp_path / "served")
    assert os.listdir(tmp_path) == []


def test_bad_arguments(model, tmp_path):
    with pytest.raises(ValueError, match=r"`to` must be one of 'savedmodel'.*Did you mean 'savedmodel'"):
        export(model, tmp_path / "served", to="SavedModel")
    with pytest.raises(OSError, match=r"`out` must be writable.*'/proc/served'"):
        export(model, "/proc/served")
    with pytest.raises(ValueError, match="`folder` must be a model folder"):
        export(tmp_path, tmp_path / "served")
    assert os.listdir(tmp_path) == []


def test_its_steps_are_shown_by_their_names(model, tmp_path, monkeypatch):
    steps, asked = [], []

    @contextlib.contextmanager
    def listed(what, count):
        asked.append((what, count))
        yield steps.append

    monkeypatch.setattr("bert_keras.running.export.steps_bar", listed)
    export(model, tmp_path / "out")
    assert asked == [("exporting", len(steps))] and steps == ["loading the model", "writing the savedmodel"]
