"""JSON that anyone may have written: what it says, or one sentence of what is wrong and where."""

import ast
import contextlib
import gc
import json

import pytest
from paths import ROOT

from bert_keras.from_json import MOST_LEVELS, NoJson, from_json, value_in_json


@pytest.mark.parametrize(
    "text", ["1", '"a"', "null", '{"a": [1, {"b": "é"}]}', "[]", '["[[[[", {"a": "' + "{" * 500 + '"}]', "NaN", "-1e3"]
)
def test_what_is_json_is_what_the_standard_library_says(text):
    assert repr(from_json(text)) == repr(json.loads(text)) == repr(from_json(b"\xef\xbb\xbf" + text.encode()))
    assert repr(value_in_json(f"  {text} x", 2)) == repr((json.loads(text), len(text) + 2))


@pytest.mark.parametrize(
    ("text", "told", "line", "column"),
    [
        ("", "Expecting value", 1, 1),
        ('{"a": 1,\n "b" 2}', "Expecting ':' delimiter", 2, 6),
        ("[1] [2]", "Extra data", 1, 5),
        ("[" * 100_000, "more than 100 levels of lists and objects in each other", 1, 1),
        ("9" * 5000, "a number of more than 4,300 digits", 1, 1),
        (b'"\xff"', "'utf-8' codec can't decode byte 0xff", 1, 1),
    ],
)
def test_what_is_no_json(text, told, line, column):
    with pytest.raises(NoJson, match=told) as caught:
        from_json(text)
    assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize("pair", ["[]", "{}"])
def test_levels(pair):
    inner = '{"a":' if pair == "{}" else "["
    for levels in (MOST_LEVELS - 1, MOST_LEVELS):
        assert from_json(inner * (levels - 1) + pair + pair[1] * (levels - 1)) is not None
    deep = inner * MOST_LEVELS + pair + pair[1] * MOST_LEVELS
    for text in (deep, f"[{deep[1:-1]}, [], []]" if pair == "[]" else deep):
        with pytest.raises(NoJson, match="more than 100 levels"):
            from_json(text)
        with pytest.raises(NoJson, match="more than 100 levels"):
            value_in_json(text, 0)
    assert len(from_json("[" + "[]," * 1000 + "[]]")) == 1001  # many brackets are not deep


def test_fields_that_stand_there_twice():
    assert from_json('{"a": 1, "a": 2}') == {"a": 2}
    with pytest.raises(NoJson, match="the field 'a' twice"):
        from_json('[{"b": 1, "a": 1, "a": 2}]', once=True)


def test_numbers_that_are_none():
    assert from_json("[Infinity]") == [float("inf")]
    with pytest.raises(NoJson, match="Infinity is no number"):
        from_json("[Infinity]", finite=True)


# What the process itself wrote a moment before, or the library brings with it.
OWN = {"hub/catalog.py", "encoders/save_encoder.py", "models/task_model.py", "training/workers.py"}
ROUND_TRIPS = {"training/cluster.py", "beam/shard_files.py", "running/part_folder.py"}  # json.loads(json.dumps(…))


def test_json_of_others_is_read_here_alone():
    found = {}
    for path in sorted((ROOT / "bert_keras").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if is_call and ast.unparse(node.func) in ("json.load", "json.loads"):
                found.setdefault(str(path.relative_to(ROOT / "bert_keras")), []).append(ast.unparse(node))
    trips = {name for name, calls in found.items() if all("json.dumps" in call for call in calls)}
    assert trips == ROUND_TRIPS and set(found) - trips == OWN


def test_garbage_is_collected_again_after_a_large_document():
    large = "[" + "[]," * 600_000 + "[]]"
    for text in (large, large + "]"):
        with contextlib.suppress(NoJson):
            assert len(from_json(text)) == 600_001
        assert gc.isenabled()
    gc.disable()
    try:
        from_json(large)
        assert not gc.isenabled()
    finally:
        gc.enable()
