"""The fields of config.json: those that the library writes pass; each other type, range and depth is told."""

import copy
import json

import pytest
import tuned

from bert_keras.running.cards.model_card import model_card
from bert_keras.running.folders.check_fields import check_fields
from bert_keras.running.folders.folder_files import read_config
from bert_keras.running.loading.load import load

GOOD = {
    "format": 1,
    "kind": "text_classification",
    "task": "reviews.csv",
    "labels": ["bad", "good"],
    "text_columns": ["text"],
    "problem_type": "single_label_classification",
    "num_classes": 2,
    "dropout": 0.1,
    "seq_length": 128,
    "null_threshold": None,
    "calibration": {"temperature": 1.2, "promises": [], "unlike": {"threshold": 3.0}},
    "encoder": {"source": None, "sha256": "0" * 64, "gelu": "erf"},
    "head": {"sha256": "1" * 64},
}


def changed(field, value):
    config = copy.deepcopy(GOOD)
    *outer, name = field.split(".")
    inner = config
    for one in outer:
        inner = inner[one]
    inner[name] = value
    return config


def test_what_is_written_passes(tuned_run):
    check_fields(GOOD, "m")
    check_fields(changed("labels", None), "m")
    check_fields(json.loads(json.dumps(read_config(tuned_run.folder))), "m")


@pytest.mark.parametrize(
    ("field", "value", "must"),
    [
        ("format", True, "a whole number of 1 or more"),
        ("format", 0, "a whole number of 1 or more"),
        ("kind", 7, "text"),
        ("labels", [], "a list of different texts, or null"),
        ("labels", ["good", "good"], "a list of different texts, or null"),
        ("labels", "good", "a list of different texts, or null"),
        ("labels", ["good", 1], "a list of different texts, or null"),
        ("text_columns", ["a", "b", "c"], "a list of one or two, each text"),
        ("problem_type", "ranking", '"single_label_classification" or "multi_label_classification" or "regression"'),
        ("problem_type", ["regression"], "or"),
        ("num_classes", 2.0, "a whole number of 1 or more"),
        ("num_classes", 10**30, "a whole number of 1 or more"),
        ("dropout", 1.0, "a number from 0 up to, and without, 1, or null"),
        ("dropout", float("nan"), "a number from 0"),
        ("seq_length", -128, "a whole number of 1 or more"),
        ("seq_length", "128", "a whole number of 1 or more"),
        ("seq_length", None, "a whole number of 1 or more"),
        ("null_threshold", float("inf"), "a finite number, or null"),
        ("unlike_above", 0, "a number above 0, or null"),
        ("calibration.temperature", 0, "a number above 0"),
        ("calibration.error_after", "0.1", "a finite number"),
        ("calibration.promised", 2, "a number from 0 to 1, or null"),
        ("calibration.promises", [{"label": None, "coverage": 1.0}], "a list of promises, each an object of label"),
        ("calibration.unlike.rows", -1, "a whole number of 0 or more"),
        ("encoder", [], "an object"),
        ("encoder.sha256", "0" * 63, "a sha256"),
        ("encoder.gelu", "relu", '"erf" or "tanh", or null'),
        ("head.sha256", 5, "a sha256"),
    ],
)
def test_a_field_that_is_no_such_value(field, value, must):
    with pytest.raises(
        ValueError, match=rf"`folder` must hold a config.json whose '{field}' is .*Put it right"
    ) as told:
        check_fields(changed(field, value), "m")
    assert must in str(told.value)


def test_fields_that_are_missing_and_labels_that_are_too_few():
    for field in ("encoder", "head"):
        with pytest.raises(ValueError, match=rf"a config.json with '{field}.sha256'.*It has none"):
            check_fields({name: value for name, value in GOOD.items() if name != field}, "m")
    with pytest.raises(ValueError, match=r"a config.json with 'doc_stride'"):
        check_fields(GOOD, "m", ("seq_length", "doc_stride"))
    with pytest.raises(ValueError, match=r"as many labels as its 'num_classes', 3.*It has 2"):
        check_fields(changed("num_classes", 3), "m")


def test_a_folder_without_a_list_is_looked_at_all_the_same(encoder, tmp_path):
    folder = tuned.without_lists(tuned.write_model(tmp_path / "model", encoder))
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"seq_length": "long"}))
    with pytest.raises(ValueError, match=r"'seq_length' is a whole number of 1 or more"):
        load(folder)
    del config["labels"]
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ValueError, match=r"a config.json with 'labels'"):
        load(folder)
    (folder / "config.json").write_text("[" * 100_000)
    with pytest.raises(ValueError, match=r"must hold a config.json that bert_keras wrote"):
        load(folder)


ODD = (None, "x", "", -1, 1.5, [], {}, True, float("nan"), ["x"], {"x": None}, [{}], 10**30)


def places_of(value, place=()):
    """Where the values of a config stand, outer ones first."""
    yield place
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, own in inner:
        yield from places_of(own, (*place, name))


def test_whatever_a_field_is_it_is_refused_or_shown(tuned_run):
    config, refused, shown = read_config(tuned_run.folder), 0, 0
    needed = ("problem_type", "labels")  # as of every model folder of texts
    for *outer, name in filter(None, places_of(config)):
        for value in (*ODD, ...):
            other = copy.deepcopy(config)
            inner = other
            for one in outer:
                inner = inner[one]
            if value is ...:
                del inner[name]
            else:
                inner[name] = value
            try:
                check_fields(other, "m", needed)
            except ValueError as error:
                assert "`folder` must hold a config.json" in str(error)
                refused += 1
                continue
            model_card(other, "m")
            shown += 1
    assert refused > 200 and shown > 200
