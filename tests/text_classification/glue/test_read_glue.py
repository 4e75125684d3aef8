"""`read_glue` finding the data, rows from TFDS, downloads that fail, and the real data from both sources."""

import collections
import socket
import urllib.request

import glue_files
import numpy as np
import pytest
import tensorflow_datasets as tfds
from glue_files import FILES
from real_data import SHARED, needs_shared

from bert_keras.data.examples import Examples
from bert_keras.text_classification.glue.glue_tasks import GLUE_TASKS, glue_task
from bert_keras.text_classification.glue.read_glue import read_glue


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return glue_files.write_all(tmp_path_factory.mktemp("glue"))


def count_empty(examples):
    """The number of rows in which a text is empty, or nothing but white space."""
    return sum(not all(text.strip() for text in row) for row in zip(*examples.texts, strict=True))


def test_what_was_looked_for(tmp_path):
    with pytest.raises(FileNotFoundError, match="`data_dir` must hold the validation split of 'sst2'") as caught:
        read_glue("SST-2", "validation", tmp_path)
    for place in ("glue/sst2/<version>/dataset_info.json", "SST-2/dev.tsv", f"{tmp_path}/dev.tsv"):
        assert place in str(caught.value)


def test_unknown_names(folder):
    with pytest.raises(ValueError, match="Did you mean 'mrpc'"):
        read_glue("mrcp", "train", folder)
    with pytest.raises(ValueError, match=r"`split` must be one of 'train', 'validation', 'test'"):
        read_glue("mrpc", "dev", folder)


def test_empty_texts_are_counted(folder):
    assert count_empty(read_glue("sst2", "validation", folder)) == 1
    pairs = Examples((["a", " ", "", "b"], ["c", "d", "", "\t"]), None, np.arange(4))
    assert count_empty(pairs) == 3


# TFDS


def test_tfds_rows_are_put_back_in_order(tmp_path):
    rows = [
        {"premise": "Tea.", "hypothesis": "Milk.", "label": 2, "idx": 2},
        {"premise": "Коты.", "hypothesis": "", "label": 0, "idx": 0},
        {"premise": "Up.", "hypothesis": "Down.", "label": 1, "idx": 1},
    ]
    glue_files.prepare_tfds(tmp_path, "mnli", rows, "validation_matched")
    examples = read_glue("glue/mnli", "validation_matched", tmp_path)
    glue_files.assert_read(examples, [("Коты.", ""), ("Up.", "Down."), ("Tea.", "Milk.")], [0, 1, 2])
    assert examples.labels.dtype == np.int32
    assert "glue/mnli" in examples.source and "validation_matched" in examples.source
    glue_files.assert_read(examples.head(1), [("Коты.", "")], [0])
    with pytest.raises(ValueError, match=r"must hold rows of that split. It has: validation_matched"):
        read_glue("mnli", "train", tmp_path)


def test_tfds_similarities_are_floats(tmp_path):
    rows = [{"sentence1": "A", "sentence2": "B", "label": value, "idx": row} for row, value in enumerate([0.0, 4.25])]
    examples = read_glue("stsb", "train", glue_files.prepare_tfds(tmp_path, "stsb", rows, "train"))
    assert examples.labels.dtype == np.float32
    assert examples.labels.tolist() == [0.0, 4.25]


def test_tfds_gaps_in_idx(tmp_path):
    rows = [{"sentence1": "A", "sentence2": "B", "label": 1, "idx": row} for row in (9, 4)]
    assert read_glue("rte", "train", glue_files.prepare_tfds(tmp_path, "rte", rows, "train")).ids.tolist() == [4, 9]
    # MRPC's idx runs through train and validation together: its rows are counted anew within the split
    glue_files.prepare_tfds(tmp_path, "mrpc", rows, "validation")
    assert read_glue("mrpc", "validation", tmp_path).ids.tolist() == [0, 1]


def test_tfds_labels_in_another_order_are_refused(tmp_path):
    rows = [{"sentence1": "A", "sentence2": "B", "label": 1, "idx": 0}]
    glue_files.prepare_tfds(tmp_path, "rte", rows, "train", labels=("not_entailment", "entailment"))
    with pytest.raises(ValueError, match=r"must have the labels \('entailment', 'not_entailment'\), in that order"):
        read_glue("rte", "train", tmp_path)


def test_tfds_rows_without_labels_are_refused_in_train(tmp_path):
    rows = [{"sentence1": "A", "sentence2": "B", "label": -1, "idx": 0}]
    glue_files.prepare_tfds(tmp_path, "rte", rows, "train")
    with pytest.raises(ValueError, match=r"row 0: `label` must be between 0 and 1. Received: label=-1"):
        read_glue("rte", "train", tmp_path)


def test_an_unfinished_tfds_data_set_is_passed_over(tmp_path, folder):
    (tmp_path / "glue" / "rte" / "2.0.0.incompleteAB12").mkdir(parents=True)
    (tmp_path / "glue" / "rte" / "2.0.0").mkdir()
    glue_files.write(tmp_path / "RTE" / "train.tsv", FILES["rte", "train"][1])
    assert read_glue("rte", "train", tmp_path).source.endswith("train.tsv")


@pytest.fixture
def empty_tfds(tmp_path, monkeypatch):
    monkeypatch.setattr(tfds.core.constants, "DATA_DIR", str(tmp_path))
    monkeypatch.setattr(urllib.request, "getproxies", dict)
    return tmp_path


@pytest.mark.parametrize("name", ["rte", "mrpc"])
def test_no_network(empty_tfds, monkeypatch, name):
    def no_such_name(host, port):
        raise socket.gaierror(-2, f"no name {host}")

    monkeypatch.setattr(socket, "getaddrinfo", no_such_name)
    folder = GLUE_TASKS[name].folders[0]
    with pytest.raises(
        ConnectionError,
        match=rf"dl.fbaipublicfiles.com must be reachable.*'glue/{name}' into {empty_tfds}.*--data-dir.*"
        rf"DATA/{folder}/train.tsv.*DATA/glue/{name}/2.0.0/",
    ):
        read_glue(name, "train")


@pytest.mark.parametrize("error", [OSError("connection reset"), tfds.download.DownloadError("HTTP code: 403")])
def test_a_download_that_fails(empty_tfds, monkeypatch, error):
    def fail(self):
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", lambda host, port: [])
    monkeypatch.setattr(tfds.text.Glue, "download_and_prepare", fail)
    with pytest.raises(ConnectionError, match=rf"prepare 'glue/rte'. Received: .*{error}.*Without a network"):
        read_glue("rte", "train")


def test_the_default_folder_is_read_without_a_download(empty_tfds, monkeypatch):
    rows = [{"sentence1": "A", "sentence2": "B", "label": 1, "idx": 0}]
    glue_files.prepare_tfds(empty_tfds, "rte", rows, "train")
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: pytest.fail("no look-up is due"))
    glue_files.assert_read(read_glue("rte", "train"), [("A", "B")], [1])


# The real data


@needs_shared
@pytest.mark.parametrize(
    ("name", "split"), [(n, s) for n in ("cola", "sst2", "mrpc") for s in ("train", "validation", "test")]
)
def test_both_sources_are_equal(name, split):
    prepared = read_glue(name, split, SHARED / "tfds")
    files = read_glue(name, split, SHARED / "data" / "glue")
    assert len(prepared) == len(files) == glue_task(name).split(split).rows
    assert prepared.texts == files.texts
    np.testing.assert_array_equal(prepared.ids, files.ids)
    assert count_empty(files) == 0
    if split == "test":
        assert prepared.labels is None and files.labels is None
    else:
        assert prepared.labels.dtype == files.labels.dtype
        np.testing.assert_array_equal(prepared.labels, files.labels)


@needs_shared
def test_known_label_counts():
    # CoLA's train split has 6,023 acceptable sentences (70.4 %), MRPC's dev 279 equivalent pairs (68.4 %), and SST-2's
    # dev 444 positive phrases (50.9 %): the majority baselines of the literature.
    for name, split, share in (("cola", "train", 6023), ("mrpc", "validation", 279), ("sst2", "validation", 444)):
        counts = collections.Counter(read_glue(name, split, SHARED / "data" / "glue").labels.tolist())
        assert counts[1] == share


@needs_shared
def test_mrpc_as_published_equals_its_glue_files(tmp_path):
    for file in ("msr_paraphrase_train.txt", "msr_paraphrase_test.txt", "dev_ids.tsv"):
        (tmp_path / file).symlink_to(SHARED / "data" / "glue" / "MRPC" / file)
    for split in ("train", "validation", "test"):
        published = read_glue("mrpc", split, tmp_path)
        files = read_glue("mrpc", split, SHARED / "data" / "glue")
        assert "msr_paraphrase" in published.source
        assert published.texts == files.texts
        if split != "test":
            np.testing.assert_array_equal(published.labels, files.labels)
