"""`read_squad`: the published sets from both sources, blank questions, and what is looked for."""

import hashlib
import socket
import urllib.request

import numpy as np
import pytest
import tensorflow_datasets as tfds
from real_data import SHARED, needs_shared
from squad_files import prepare_tfds, small, tfds_rows, write

from bert_keras.question_answering.read_squad import checked_file, read_squad


def assert_equal(first, second):
    for name in ("ids", "questions", "contexts", "titles", "answers", "misplaced"):
        assert getattr(first, name) == getattr(second, name), name
    assert first.is_impossible.dtype == second.is_impossible.dtype == np.bool_
    assert first.is_impossible.tolist() == second.is_impossible.tolist()


# Reading


@pytest.mark.parametrize("version", ["1.1", "2.0"])
def test_both_sources_are_equal(tmp_path, version):
    prepared = prepare_tfds(tmp_path / "tfds", f"v{version}", "validation", tfds_rows(small(version)))
    (tmp_path / "files").mkdir()
    write(tmp_path / "files" / f"dev-v{version}.json", small(version))
    from_tfds = read_squad(f"v{version}", "validation", prepared)
    from_files = read_squad(f"squad/v{version}", "validation", tmp_path / "files")
    hashed = sorted(["h1", "k1", "k2", "a1"], key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    assert from_tfds.ids == [name for name in hashed if version == "2.0" or name != "a1"]
    assert_equal(from_tfds, from_files)
    assert len({id(context) for context in from_tfds.contexts}) == 2  # one str for all questions about a context
    assert f"squad/v{version}/3.0.0, split validation" in from_tfds.source
    assert from_files.source.endswith(f"dev-v{version}.json")


def test_files_in_a_folder_of_their_own(tmp_path):
    (tmp_path / "squad").mkdir()
    write(tmp_path / "squad" / "train-v2.0.json", small())
    assert len(read_squad("v2.0", "train", tmp_path)) == 4


def test_blank_questions_of_a_published_set_are_kept(tmp_path):
    squad = small()
    squad["data"][0]["paragraphs"][0]["qas"][1]["question"] = " "
    write(tmp_path / "dev-v2.0.json", squad)
    with pytest.warns(UserWarning, match=r"1 of 4 questions have no visible character, the first 'k1'"):
        assert read_squad("v2.0", "validation", tmp_path).questions[2] == " "


def test_what_was_looked_for(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"`path` must be a file in SQuAD's JSON. Received: .*none.json"):
        checked_file(tmp_path / "none.json")
    with pytest.raises(FileNotFoundError, match=r"`data_dir` must hold the train split of SQuAD v1.1") as caught:
        read_squad("v1.1", "train", tmp_path)
    for place in ("squad/v1.1/<number>/dataset_info.json", f"{tmp_path}/train-v1.1.json", "/squad/train-v1.1.json"):
        assert place in str(caught.value)
    prepare_tfds(tmp_path, "v1.1", "validation", tfds_rows(small("1.1")))
    with pytest.raises(ValueError, match=r"must hold rows of that split. It has: validation"):
        read_squad("v1.1", "train", tmp_path)


def test_unknown_names(tmp_path):
    with pytest.raises(ValueError, match=r"`version` must be one of 'v1.1', 'v2.0'. Received: version='v2'"):
        read_squad("v2", "train", tmp_path)
    with pytest.raises(ValueError, match=r"`split` must be one of 'train', 'validation'. Received: split='dev'"):
        read_squad("v2.0", "dev", tmp_path)
    with pytest.raises(TypeError, match=r"`version` must be 'v1.1' or 'v2.0'. Received: version=2.0"):
        read_squad(2.0, "train", tmp_path)


# TFDS's own folder


@pytest.fixture
def empty_tfds(tmp_path, monkeypatch):
    monkeypatch.setattr(tfds.core.constants, "DATA_DIR", str(tmp_path))
    monkeypatch.setattr(urllib.request, "getproxies", dict)
    return tmp_path


def test_no_network(empty_tfds, monkeypatch):
    def no_such_name(host, port):
        raise socket.gaierror(-2, f"no name {host}")

    monkeypatch.setattr(socket, "getaddrinfo", no_such_name)
    match = (
        rf"rajpurkar.github.io must be reachable.*'squad/v2.0' into {empty_tfds}.*--data-dir.*"
        r"holds dev-v2.0.json, .*DATA/squad/v2.0/3.0.0/\.$"
    )
    with pytest.raises(ConnectionError, match=match):
        read_squad("v2.0", "validation")


def test_the_default_folder_is_read_without_a_download(empty_tfds, monkeypatch):
    prepare_tfds(empty_tfds, "v1.1", "train", tfds_rows(small("1.1")))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: pytest.fail("no look-up is due"))
    assert read_squad("v1.1", "train").ids == ["k2", "h1", "k1"]


# The real data

COUNTS = {
    ("v1.1", "train"): (7890, 0),
    ("v1.1", "validation"): (1988, 0),
    ("v2.0", "train"): (8618, 4556),
    ("v2.0", "validation"): (2868, 1389),
}


@needs_shared
@pytest.mark.parametrize(("version", "split"), COUNTS)
def test_both_sources_of_the_real_data_are_equal(version, split):
    from_tfds = read_squad(version, split, SHARED / "tfds")
    from_files = read_squad(version, split, SHARED / "data")
    assert_equal(from_tfds, from_files)
    assert (len(from_tfds), from_tfds.is_impossible.sum()) == COUNTS[version, split]
    assert from_tfds.misplaced == ()
    for context, answers in zip(from_files.contexts, from_files.answers, strict=True):
        assert all(context[start : start + len(text)] == text for text, start in answers)
