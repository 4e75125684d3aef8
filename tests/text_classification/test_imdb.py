"""IMDb from a TFDS folder: its parts, what is held out of train, and what is said where it is not there."""

import socket
import urllib.request

import numpy as np
import pytest
import tensorflow_datasets as tfds
from imdb_files import prepare_tfds
from real_data import SHARED, needs_shared

from bert_keras.running.choosing.load_task import load_task
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text_classification.imdb import load_imdb


@pytest.fixture(scope="module")
def tokenizer(vocab_file):
    return Tokenizer(vocab_file)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return prepare_tfds(tmp_path_factory.mktemp("tfds"))


def test_parts_and_their_rows(folder, tokenizer):
    data = load_task("imdb_reviews", tokenizer, data_dir=folder, seq_length=8, long_text="windows", max_windows=2)
    assert (data.task, data.label_names, data.metrics) == ("imdb_reviews", ("neg", "pos"), ("accuracy",))
    assert {name: len(split) for name, split in data.splits.items()} == {"train": 36, "validation": 4, "test": 6}
    test = data.split("test").examples
    assert test.texts[0][1] == "play number 1<br />was — good" and test.labels.tolist() == [1, 0, 0, 0, 1, 0]
    parts = [data.split(name).examples for name in ("train", "validation")]
    assert sorted(np.concatenate([part.ids for part in parts])) == list(range(40))
    for part in parts:
        assert part.labels.tolist() == [int(row % 4 == 0) for row in part.ids]
        assert part.texts[0] == [f"film number {row}<br />was — good" for row in part.ids]
    assert data.split("validation").examples.labels.sum() == 1  # a quarter, as in all
    assert data.long_text == "windows" and data.split("train").window_tokens == 8


def test_the_seed_of_the_run_does_not_choose_what_is_held_out(folder, tokenizer):
    def ids(**options):
        return load_imdb(tokenizer, data_dir=folder, parts=("validation",), **options).split("validation").examples.ids

    assert ids(seed=1).tolist() == ids(seed=2).tolist() == ids().tolist()
    assert ids(split_seed=1).tolist() != ids().tolist()
    assert len(ids(validation_share=0.5)) == 20
    task = load_imdb(data_dir=folder, limit=5)
    assert task.rows(("validation",))["validation"].ids.tolist() == ids().tolist()  # a limit is of train alone
    assert task.parts == ("train", "validation", "test") and task.label_names == ("neg", "pos")
    data = load_imdb(tokenizer, data_dir=folder, limit=5, parts=("train", "test"))
    assert list(data.splits) == ["train", "test"] and len(data.split("train")) == 5
    everything = load_imdb(tokenizer, data_dir=folder, validation_share=0)
    assert list(everything.splits) == ["train", "test"] and len(everything.split("train")) == 40


def test_what_is_not_there(tokenizer, tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match=r"`data_dir` must hold imdb_reviews as TFDS prepares it.*Looked for: "):
        load_imdb(tokenizer, data_dir=tmp_path)
    monkeypatch.setattr(tfds.core.constants, "DATA_DIR", str(tmp_path))
    monkeypatch.setattr(urllib.request, "getproxies", dict)

    def no_such_name(host, port):
        raise socket.gaierror(-2, f"no name {host}")

    monkeypatch.setattr(socket, "getaddrinfo", no_such_name)
    with pytest.raises(ConnectionError, match=r"ai.stanford.edu must be reachable.*DATA/imdb_reviews/plain_text/1.0.0"):
        load_imdb(tokenizer)
    with pytest.raises(ValueError, match=r"`validation_share` must be a finite number between 0\.0 and 0\.9"):
        load_imdb(tokenizer, validation_share=1.0)
    load_imdb(data_dir=tmp_path)  # without an encoder nothing is read yet


def test_labels_in_another_order_are_refused(tokenizer, tmp_path):
    prepare_tfds(tmp_path, labels=("pos", "neg"))
    with pytest.raises(
        ValueError, match=r"must have the labels \('neg', 'pos'\), in that order. Found: \['pos', 'neg'"
    ):
        load_imdb(tokenizer, data_dir=tmp_path)


@needs_shared
def test_the_real_reviews(tokenizer):
    data = load_imdb(tokenizer, data_dir=SHARED / "tfds", parts=("validation", "test"))
    held, test = (data.split(name).examples for name in ("validation", "test"))
    assert len(test) >= 5000 and abs(test.labels.mean() - 0.5) < 0.01 and abs(held.labels.mean() - 0.5) < 0.01
    assert 200 < np.mean([len(text.split()) for text in test.texts[0]]) < 260
