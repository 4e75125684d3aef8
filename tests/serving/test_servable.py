"""Models of every kind: what is served of a folder is what its export answers, on the same strings."""

import json

import choices
import numpy as np
import pytest
import questions
import tagging
import tensorflow as tf
import tuned
from paths import HARD_UNICODE

import bert_keras as bk
from bert_keras.serving.servable import Servable
from bert_keras.serving.served_folder import ServedFolder

HARD = [json.loads(line) for line in HARD_UNICODE.read_text(encoding="ascii").splitlines()][:40]
TEXTS = ["The food was good, and the room was not.", "", "the dog", *HARD, "good " * 200]
CONTEXTS = [f"the film was good and the {text[:60]} dog is poor" for text in TEXTS]


def column(values):
    array = np.empty(np.shape(values), object)
    for place, value in np.ndenumerate(np.array(values, object)):
        array[place] = value.encode()
    return array


GIVEN = {  # by kind and signature, the inputs
    "single": {"serving_default": {"text": column(TEXTS)}, "label_names": {}},
    "unlike": {"serving_default": {"text": column(TEXTS)}},
    "pairs": {"serving_default": {"text": column(TEXTS), "text_pair": column(TEXTS[::-1])}},
    "multi": {"serving_default": {"text": column(TEXTS)}, "label_names": {}},
    "regression": {"serving_default": {"text": column(TEXTS), "text_pair": column(TEXTS[::-1])}},
    "questions": {
        "serving_default": {"question": column(["what was good"] * len(CONTEXTS)), "context": column(CONTEXTS)},
        "with_threshold": {
            "question": column(["what was good"] * len(CONTEXTS)),
            "context": column(CONTEXTS),
            "null_threshold": np.float32(-2.0).reshape([]),
        },
    },
    "tags": {name: {"text": column(TEXTS)} for name in ("serving_default", "words")},
    "choices": {
        "serving_default": {
            "prompt": column(TEXTS[:8]),
            "choices": column([[f"{text[:20]} was good", "the cat", text[:30] or "a"] for text in TEXTS[:8]]),
        }
    },
}


@pytest.fixture(scope="module")
def made(tmp_path_factory, tiny_encoder):
    """By kind, what is served of the model in this process, and of its export."""
    place = tmp_path_factory.mktemp("servable")
    encoder = questions.encoder(place)
    predictors = {
        kind: bk.load(tuned.write_model(place / kind, tiny_encoder, kind))
        for kind in ("single", "pairs", "multi", "regression")
    }
    predictors["unlike"] = tuned.with_unlike(bk.load(place / "single"), TEXTS)
    predictors |= {"questions": questions.predictor(place), "tags": tagging.predictor(encoder)}
    predictors["choices"] = choices.predictor(place)
    found = {}

    def get(kind):
        if kind not in found:
            export = bk.export(predictors[kind], place / "exports" / kind / "7")
            loaded = Servable.load(ServedFolder.find(place / "exports" / kind))
            found[kind] = Servable.of(predictors[kind], kind), loaded, tf.saved_model.load(export)
        return found[kind]

    return get


@pytest.mark.parametrize("kind", GIVEN)
def test_both_answer_as_the_export_does(made, kind):
    of_model, of_export, graph = made(kind)
    assert set(of_model.signatures) == set(of_export.signatures) == set(graph.signatures)
    for name, inputs in GIVEN[kind].items():
        constants = {key: tf.constant(value, shape=value.shape) for key, value in inputs.items()}
        wanted = {key: value.numpy() for key, value in graph.signatures[name](**constants).items()}
        for servable in (of_model, of_export):
            found = servable.signatures[name](inputs)
            assert set(found) == set(wanted)
            for key, value in wanted.items():
                assert found[key].shape == value.shape and found[key].dtype == value.dtype
                if value.dtype.kind == "f":
                    np.testing.assert_allclose(found[key], value, rtol=0, atol=1e-6)
                else:
                    assert found[key].tolist() == value.tolist()


@pytest.mark.parametrize("kind", GIVEN)
def test_rows_that_are_run_together_have_the_answers_of_each_alone(made, kind):
    signature = made(kind)[0].signatures["serving_default"]
    inputs = GIVEN[kind]["serving_default"]
    requests = [{name: value[start : start + 3] for name, value in inputs.items()} for start in range(0, 8, 3)]
    assert len({signature.likeness(one) for one in requests}) == 1
    for together, one in zip(signature.together(requests), requests, strict=True):
        alone = signature(one)
        for name, value in alone.items():
            assert together[name].shape == value.shape
            if value.dtype.kind == "f":
                np.testing.assert_allclose(together[name], value, rtol=0, atol=1e-5)
            else:
                assert together[name].tolist() == value.tolist()


def test_metadata_is_that_of_the_saved_model(made):
    for kind in ("single", "unlike", "questions", "tags", "choices"):
        of_model, of_export, graph = made(kind)
        for servable, version in ((of_model, "1"), (of_export, "7")):
            said = servable.metadata()
            assert said["model_spec"] == {"name": kind, "signature_name": "", "version": version}
            signatures = said["metadata"]["signature_def"]["signature_def"]
            assert set(signatures) == set(graph.signatures)
            for name, function in graph.signatures.items():
                specs = {**function.structured_input_signature[1], **function.structured_outputs}
                infos = {**signatures[name]["inputs"], **signatures[name]["outputs"]}
                assert set(infos) == set(specs)
                for key, spec in specs.items():
                    types = {tf.string: "DT_STRING", tf.float32: "DT_FLOAT", tf.int32: "DT_INT32", tf.bool: "DT_BOOL"}
                    assert infos[key]["dtype"] == types[spec.dtype]
                    sizes = [int(dim["size"]) for dim in infos[key]["tensor_shape"]["dim"]]
                    assert sizes == [-1 if size is None else size for size in spec.shape]


def test_a_keras_file(tmp_path, tiny_encoder):
    model = bk.TextClassifier(bk.load_encoder(tiny_encoder, native=True), 2)
    data = bk.load_task("samples/reviews", limit=16, seq_length=16).load(model.encoder, batch_size=8)
    model.fit(data, epochs=1, verbose=0)
    model.save(tmp_path / "mine.keras")
    served = Servable.load(ServedFolder.find(tmp_path / "mine.keras"))
    found = served.signatures["serving_default"]({"text": column(TEXTS[:3])})
    np.testing.assert_allclose(found["probabilities"], bk.predictor(model).probabilities(TEXTS[:3]), rtol=0, atol=1e-5)
    assert served.name == "mine"


def test_a_saved_model_that_is_damaged(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"half")
    with pytest.raises(ValueError, match=r"`folder` must name a complete SavedModel.*TensorFlow could not read it"):
        Servable.load(ServedFolder.find(tmp_path))


def test_a_saved_model_without_signatures(tmp_path):
    tf.saved_model.save(tf.Module(), str(tmp_path))
    with pytest.raises(ValueError, match="`model` must have a signature whose inputs are strings, numbers"):
        Servable.load(ServedFolder.find(tmp_path))
