"""What of a table and of an export can be wrong, and how it is said. Without Beam."""

import collections

import numpy as np
import pytest
import tensorflow as tf

import bert_keras.beam
from bert_keras.beam.table_form import BadRowError, TableForm, as_mapping, plain

ASKED = {
    "id": "number",
    "columns": None,
    "keep": (),
    "outputs": None,
    "signature": "serving_default",
    "text_characters": 40,
    "batch_rows": 4,
}


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    """A SavedModel with the inputs of a multiple choice model and one that takes no texts."""
    folder = tmp_path_factory.mktemp("export") / "export"
    texts = [tf.TensorSpec([None], tf.string, name="prompt"), tf.TensorSpec([None, None], tf.string, name="choices")]
    module = tf.Module()
    chosen = tf.function(lambda prompt, choices: {"choice": choices[:, 0], "length": tf.strings.length(prompt)}, texts)
    numbers = tf.function(lambda x: {"y": x}, [tf.TensorSpec([None], tf.float32, name="x")])
    signatures = {"serving_default": chosen.get_concrete_function(), "numbers": numbers.get_concrete_function()}
    tf.saved_model.save(module, str(folder), signatures)
    return folder


def form(export, **asked):
    return TableForm.of(export, **{**ASKED, **asked})


def test_what_an_export_says_of_itself_makes_the_form(export):
    made = form(export, columns={"prompt": "start"}, keep=["stars"])
    assert made.columns == {"choices": "choices", "prompt": "start"} and made.lists == ("choices",)
    assert made.outputs == ("choice", "length") and made.keep == ("stars",)


def test_a_row_in_every_form(export):
    made = form(export, keep=["stars"])
    row = {"number": 7, "prompt": "é", "choices": ["a", "b"], "stars": np.int64(4), "other": None}
    line = '{"number": 7, "prompt": "é", "choices": ["a", "b"], "stars": 4}'
    named = collections.namedtuple("named", row)(**row)
    array = {**row, "choices": np.array(["a", "b"], object)}
    for given in (row, named, line, line.encode(), array):
        found = made.row(given)
        assert found.id == 7 and found.kept == {"stars": 4}
        assert found.inputs == {"prompt": "é".encode(), "choices": (b"a", b"b")}


BROKEN = {
    "nothing": (None, "`a row` must be a dict, a row of Beam or a line of JSON"),
    "no JSON": (b'{"number": 1, ', "The line must be JSON in UTF-8, and is not"),
    "no UTF-8": (b'{"number": 1, "prompt": "\xff", "choices": ["a"]}', "The line must be JSON in UTF-8, and is not"),
    "a list": ("[1]", "`the line` must be an object in JSON"),
    "no id": ({"numbr": 1, "prompt": "a", "choices": ["a"]}, "The column of the id, 'number', is not there"),
    "an id of no kind": ({"number": 1.5, "prompt": "a", "choices": ["a"]}, "`number` must be a str or an int"),
    "a bool for an id": ({"number": True, "prompt": "a", "choices": ["a"]}, "`number` must be a str or an int"),
    "half an id": (r'{"number": "\ud800", "prompt": "a", "choices": ["a"]}', "`number` must be Unicode"),
    "more cells": (
        {"number": 1, "prompt": "a", "choices": ["a"], None: ["b"]},
        "must have as many cells as the header",
    ),
    "no column": ({"number": 1, "promt": "a", "choices": ["a"]}, "The column 'prompt' is not there. .*promt"),
    "no text": ({"number": 1, "prompt": None, "choices": ["a"]}, "`prompt` must hold a text, and is empty"),
    "NaN": ({"number": 1, "prompt": float("nan"), "choices": ["a"]}, "`prompt` must hold a text, and is empty"),
    "a number": ({"number": 1, "prompt": 3, "choices": ["a"]}, "`prompt` must be a text"),
    "bytes": ({"number": 1, "prompt": b"ab\xff", "choices": ["a"]}, "`prompt` must be UTF-8, and is not from byte 2"),
    "half a pair": ({"number": 1, "prompt": "a\ud800", "choices": ["a"]}, "its character 1 is half a surrogate pair"),
    "too long": ({"number": 1, "prompt": "a" * 41, "choices": ["a"]}, "must have 40 characters at most"),
    "one choice": ({"number": 1, "prompt": "a", "choices": "ab"}, "`choices` must be a list of texts"),
    "no choices": ({"number": 1, "prompt": "a", "choices": []}, "`choices` must hold a text at least"),
    "a bad choice": ({"number": 1, "prompt": "a", "choices": ["a", None]}, r"`choices\[1\]` must hold a text"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_row_that_cannot_be_predicted(export, name):
    given, said = BROKEN[name]
    made = form(export)
    with pytest.raises(BadRowError, match=said) as raised:
        made.row(given)
    failure = made.failure(given, str(raised.value))
    assert set(failure) == {"number", "reason", "row"} and isinstance(failure["row"], str)
    has_id = isinstance(given, dict) and type(given.get("number")) is int
    assert failure["number"] == (1 if has_id else None)
    assert 0 <= made.shard(given, 5) < 5


def test_rows_with_one_id_go_to_one_shard_and_ids_are_spread(export):
    made = form(export)
    assert made.shard({"number": 7}, 64) == made.shard('{"number": 7, "prompt": "a"}', 64)
    sizes = collections.Counter(made.shard({"number": number}, 8) for number in range(4000))
    assert len(sizes) == 8 and max(sizes.values()) < 600


def test_what_is_no_export(tmp_path, export):
    with pytest.raises(TypeError, match=r"`export` must be the folder that bk\.export wrote"):
        form(3)
    with pytest.raises(ValueError, match=r"There is no saved_model.pb in it. .*bk.export\(model, folder\)"):
        form(tmp_path)
    (tmp_path / "saved_model.pb").write_bytes(b"half")
    with pytest.raises(ValueError, match="`export` must name a complete SavedModel"):
        form(tmp_path)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"signature": "words"}, "`signature` must be .*serving_default"),
        ({"signature": "numbers"}, "be one whose inputs are texts of rows.*`x`"),
        ({"columns": {"promt": "a"}}, "an input in `columns`.*prompt"),
        ({"outputs": ["chioce"]}, "`outputs` must be .*choice"),
        ({"keep": ["choice"]}, "`a column of the answers` must stand there once.*choice"),
        ({"id": "length"}, "`a column of the answers` must stand there once"),
        ({"batch_rows": 0}, "`batch_rows` must be"),
        ({"text_characters": 0}, "`text_characters` must be"),
    ],
)
def test_what_an_export_does_not_have(export, asked, said):
    with pytest.raises(ValueError, match=said):
        form(export, **asked)


def test_names_that_are_none(export):
    with pytest.raises(TypeError, match="`keep` must be a list of names"):
        form(export, keep="stars")
    with pytest.raises(TypeError, match="`columns` must be a dict"):
        form(export, columns=["prompt"])


def test_plain_values_are_those_of_json():
    given = {"a": np.float32(0.5), "b": [b"x\xff", float("nan")], "c": float("inf"), "d": "\ud800", 3: np.array([1, 2])}
    assert plain(given) == {"a": 0.5, "b": ["x�", None], "c": "inf", "d": "�", "3": [1, 2]}
    assert as_mapping('{"a": 1}') == {"a": 1}


def test_a_name_that_the_package_does_not_have():
    with pytest.raises(AttributeError, match="has no attribute 'Predicts'; it has Predict, PredictToFiles"):
        _ = bert_keras.beam.Predicts
