"""The page and the first requests of an export, read back."""

import json
import re

import pytest
import tensorflow as tf
from tensorflow.core.framework import tensor_pb2

from bert_keras.running.exporting.serving_notes import serving_notes


def signatures(**specs):
    names = list(specs)

    def serve(*columns):
        rows = tf.size(columns[0]) if columns[0].shape.rank == 1 else tf.shape(columns[0])[0]
        return {"label": tf.fill([rows], "gut – ü"), "probabilities": tf.ones([rows, 2]) / 2}

    default = tf.function(lambda **given: serve(*(given[name] for name in names)), autograph=False)
    names_of = tf.function(lambda: {"label_names": tf.constant(["a", "b"])}, input_signature=[])
    given = {name: tf.TensorSpec(shape, tf.string, name=name) for name, shape in specs.items()}
    return {"serving_default": default.get_concrete_function(**given), "label_names": names_of.get_concrete_function()}


@pytest.fixture
def written(tmp_path):
    serving_notes(signatures(prompt=[None], choices=[None, None]), ["AddV2", "StringLower"], tmp_path)
    return tmp_path


def test_the_page(written):
    page = (written / "serving.md").read_text(encoding="utf-8")
    assert "| `label_names` | nothing | `label_names` string [2] |" in page
    assert "`choices` string […, …]; `prompt` string […]" in page
    assert "## Operations (2)" in page and "AddV2, StringLower." in page
    sent = json.loads(re.search(r"-d '(.*)'", page).group(1))
    assert list(sent) == ["instances"] and set(sent["instances"][0]) == {"prompt", "choices"}
    answer = json.loads(re.search(r"```json\n(.*)\n```", page).group(1))
    assert answer == {"predictions": [{"label": "gut – ü", "probabilities": [0.5, 0.5]}]}


def test_a_single_output_has_no_name(tmp_path):
    specs = [tf.TensorSpec([None], tf.string, name="text")]
    score = tf.function(lambda text: {"score": tf.ones([tf.size(text)]) * 1.5}, specs, autograph=False)
    serving_notes({"serving_default": score.get_concrete_function()}, ["AddV2"], tmp_path)
    assert '{"predictions": [1.5]}' in (tmp_path / "serving.md").read_text(encoding="utf-8")


def fields(content):
    """A protocol buffer whose fields all have a length: [(number, content)]."""
    found, place = [], 0
    while place < len(content):
        number, kind = divmod(content[place], 8)
        assert kind == 2
        size, shift, place = 0, 0, place + 1
        while True:
            size |= (content[place] & 0x7F) << shift
            shift, place = shift + 7, place + 1
            if content[place - 1] < 0x80:
                break
        found.append((number, content[place : place + size]))
        place += size
    return found


def test_the_requests_are_prediction_logs(written):
    """The numbers are those of prediction_log.proto, predict.proto and model.proto of TensorFlow Serving."""
    (log,) = tf.data.TFRecordDataset(str(written / "assets.extra" / "tf_serving_warmup_requests")).as_numpy_iterator()
    ((number, predict_log),) = fields(log)
    assert number == 6
    ((number, request),) = fields(predict_log)
    assert number == 1
    (spec, *entries) = fields(request)
    assert spec == (1, b"\x1a\x0fserving_default")
    inputs = {}
    for number, entry in entries:
        assert number == 2
        (one, name), (two, proto) = fields(entry)
        assert (one, two) == (1, 2)
        inputs[name.decode()] = tf.make_ndarray(tensor_pb2.TensorProto.FromString(proto)).tolist()
    assert set(inputs) == {"prompt", "choices"} and len(inputs["choices"][0]) == 2 and len(inputs["prompt"]) == 1
