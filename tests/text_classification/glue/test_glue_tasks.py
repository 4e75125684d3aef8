"""The declarations against TFDS's own source, the prepared data sets, and the list of published row counts."""

import json

import pytest
import tensorflow_datasets as tfds
from real_data import SHARED, needs_shared

from bert_keras.metrics.classification import METRICS
from bert_keras.text_classification.glue.glue_tasks import GLUE_TASKS, glue_task

# https://www.tensorflow.org/datasets/catalog/glue, version 2.0.0
PUBLISHED = {
    "cola": {"train": 8551, "validation": 1043, "test": 1063},
    "sst2": {"train": 67349, "validation": 872, "test": 1821},
    "mrpc": {"train": 3668, "validation": 408, "test": 1725},
    "qqp": {"train": 363846, "validation": 40430, "test": 390965},
    "stsb": {"train": 5749, "validation": 1500, "test": 1379},
    "mnli": {
        "train": 392702,
        "validation_matched": 9815,
        "validation_mismatched": 9832,
        "test_matched": 9796,
        "test_mismatched": 9847,
    },
    "qnli": {"train": 104743, "validation": 5463, "test": 5463},
    "rte": {"train": 2490, "validation": 277, "test": 3000},
    "wnli": {"train": 635, "validation": 71, "test": 146},
    "ax": {"test": 1104},
}
OFFICIAL = {
    "cola": ("matthews_corrcoef",),
    "sst2": ("accuracy",),
    "mrpc": ("accuracy", "f1"),
    "qqp": ("accuracy", "f1"),
    "stsb": ("pearson", "spearman"),
    "mnli": ("accuracy",),
    "qnli": ("accuracy",),
    "rte": ("accuracy",),
    "wnli": ("accuracy",),
    "ax": ("matthews_corrcoef",),
}


def test_all_tasks_with_their_splits_and_rows():
    assert {n: {s.name: s.rows for s in task.splits} for n, task in GLUE_TASKS.items()} == PUBLISHED


def test_official_metrics():
    assert {name: task.metrics for name, task in GLUE_TASKS.items()} == OFFICIAL
    assert all(metric in METRICS for task in GLUE_TASKS.values() for metric in task.metrics)


@pytest.mark.parametrize("task", GLUE_TASKS.values(), ids=GLUE_TASKS)
def test_columns_and_labels_are_those_of_tfds(task):
    config = tfds.text.Glue.builder_configs[task.name]
    assert set(task.text_columns) == set(config.text_features)
    assert task.labels == (tuple(config.label_classes) if config.label_classes else None)
    assert config.data_dir in ("", *task.folders)
    if task.name not in ("mrpc", "cola"):  # TFDS reads these two in its own way
        assert task.tsv_text_columns == tuple(config.text_features[name] for name in task.text_columns)
    labelled = [split for split in task.splits if split.label_column]
    if task.name != "cola":  # has no header
        assert all(split.label_column == config.label_column for split in labelled)


@pytest.mark.parametrize("task", GLUE_TASKS.values(), ids=GLUE_TASKS)
def test_declarations_are_whole(task):
    assert task.problem_type == ("regression" if task.name == "stsb" else "single_label_classification")
    assert len(task.text_columns) == len(task.tsv_text_columns)
    assert task.description.endswith(("?", ".")) and "\n" not in task.description
    for split in task.splits:
        is_test = split.name.startswith("test")
        assert (split.label_column is None) == is_test == (split.prediction_file is not None)
    assert hash(task) == hash(glue_task(task.name))


def test_pairs_are_in_reading_order():
    assert GLUE_TASKS["mnli"].text_columns == ("premise", "hypothesis")
    assert GLUE_TASKS["qnli"].text_columns == ("question", "sentence")
    assert GLUE_TASKS["qqp"].text_columns == ("question1", "question2")
    assert GLUE_TASKS["mrpc"].tsv_text_columns == ("#1 String", "#2 String")


def test_prediction_files():
    files = {split.prediction_file for task in GLUE_TASKS.values() for split in task.splits} - {None}
    assert files == {
        *("CoLA.tsv", "SST-2.tsv", "MRPC.tsv", "STS-B.tsv", "QQP.tsv", "QNLI.tsv", "RTE.tsv", "WNLI.tsv", "AX.tsv"),
        *("MNLI-m.tsv", "MNLI-mm.tsv"),
    }
    assert GLUE_TASKS["mnli"].split("test_mismatched").prediction_file == "MNLI-mm.tsv"
    assert {name for name, task in GLUE_TASKS.items() if task.label_words} == {"mnli", "ax", "qnli", "rte"}


def test_split_names():
    mnli = glue_task("mnli")
    assert mnli.split_names == (
        "train",
        "validation_matched",
        "validation_mismatched",
        "test_matched",
        "test_mismatched",
    )
    assert mnli.test_splits == ("test_matched", "test_mismatched")
    assert glue_task("ax").split_names == ("test",)
    with pytest.raises(ValueError, match=r"`split` must be one of 'train', 'validation_matched'.*Did you mean"):
        mnli.split("validation")


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("mrpc", "mrpc"),
        ("glue/mrpc", "mrpc"),
        ("GLUE/MRPC", "mrpc"),
        ("SST-2", "sst2"),
        ("sst-2", "sst2"),
        ("sst_2", "sst2"),
        ("STS-B", "stsb"),
        ("CoLA", "cola"),
        ("AX", "ax"),
    ],
)
def test_spellings(spelling, name):
    assert glue_task(spelling) is GLUE_TASKS[name]
    assert glue_task(GLUE_TASKS[name]) is GLUE_TASKS[name]


def test_unknown_names():
    with pytest.raises(ValueError, match=r"be one of 'cola', 'sst2'.*Received: task='glue/mrcp'. Did you mean 'mrpc'"):
        glue_task("glue/mrcp")
    with pytest.raises(ValueError, match="Did you mean 'mnli'"):
        glue_task("mnli-m")
    with pytest.raises(TypeError, match="`task` must be the name of a GLUE task"):
        glue_task(3)


@needs_shared
@pytest.mark.parametrize("name", ["cola", "sst2", "mrpc"])
def test_prepared_data_sets_agree(name):
    folder = SHARED / "tfds" / "glue" / name / "2.0.0"
    assert tuple((folder / "label.labels.txt").read_text(encoding="utf-8").split()) == GLUE_TASKS[name].labels
    splits = json.loads((folder / "dataset_info.json").read_text(encoding="utf-8"))["splits"]
    assert {split["name"]: sum(map(int, split["shardLengths"])) for split in splits} == PUBLISHED[name]
    features = json.loads((folder / "features.json").read_text(encoding="utf-8"))["featuresDict"]["features"]
    assert set(features) == {*GLUE_TASKS[name].text_columns, "label", "idx"}
