"""A checkpoint's file: that it holds what was written, and that any harm to it is seen."""

import errno
import os

import numpy as np
import pytest

from bert_keras.training import checkpoint_file as module
from bert_keras.training.checkpoint_file import CheckpointFile, set_aside

ARRAYS = {"0": np.arange(12, dtype="float32").reshape(3, 4), "1": np.array(7, "int64"), "2": np.zeros(5, bool)}
FACTS = {"run": {"task": 'a "sha256":"b', "limit": None}, "history": [{"epoch": 1, "logs": {"loss": 0.1 + 0.2}}]}


@pytest.fixture
def file(tmp_path):
    made = CheckpointFile(tmp_path / "epoch-1.safetensors")
    made.write(ARRAYS, FACTS)
    return made


def test_arrays_and_facts_come_back(file):
    assert file.facts() == FACTS
    found = file.arrays()
    assert {name: (a.dtype, a.tolist()) for name, a in found.items()} == {
        name: (a.dtype, a.tolist()) for name, a in ARRAYS.items()
    }
    assert os.listdir(file.path.parent) == ["epoch-1.safetensors"]


@pytest.mark.parametrize("step", [1 if os.environ.get("BERT_KERAS_FAULTS") == "all" else 41])
def test_every_flipped_bit_and_every_cut_is_seen(file, step):
    whole = file.path.read_bytes()
    for place in range(0, 8 * len(whole), step):
        content = bytearray(whole)
        content[place // 8] ^= 1 << place % 8
        file.path.write_bytes(content)
        assert file.facts() is None, f"bit {place} of {8 * len(whole)}"
    for length in range(0, len(whole), step):
        file.path.write_bytes(whole[:length])
        assert file.facts() is None, f"cut to {length} of {len(whole)} bytes"
    file.path.write_bytes(whole + b"0")
    assert file.facts() is None
    file.path.write_bytes(whole)
    assert file.facts() == FACTS


def test_another_file_of_the_form_is_none_of_ours(file):
    module.save_file(ARRAYS, file.path)
    assert file.facts() is None
    module.save_file(ARRAYS, file.path, metadata={"sha256": "0" * 64})
    assert file.facts() is None


def test_a_disk_that_is_full_leaves_the_file_that_was_there(file, monkeypatch):
    def full(arrays, path, metadata):
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module, "save_file", full)
    with pytest.raises(OSError, match="No space left"):
        file.write(ARRAYS, {})
    assert file.facts() == FACTS and os.listdir(file.path.parent) == ["epoch-1.safetensors"]


def test_a_sector_that_cannot_be_read_is_damage_and_a_file_that_may_not_be_is_none(file, monkeypatch):
    def fail(number):
        def failing(*_):
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(module, "_digest", failing)

    fail(errno.EIO)
    assert file.facts() is None
    fail(errno.EACCES)
    with pytest.raises(OSError, match="Permission denied"):
        file.facts()


def test_what_is_set_aside_takes_no_name_that_there_is(tmp_path):
    for wanted in ("a.damaged", "a.damaged-2", "a.damaged-3"):
        (tmp_path / "a").write_text(wanted)
        assert set_aside(tmp_path / "a") == tmp_path / wanted and (tmp_path / wanted).read_text() == wanted
    assert sorted(os.listdir(tmp_path)) == ["a.damaged", "a.damaged-2", "a.damaged-3"]


def test_what_a_process_that_died_while_it_wrote_has_left_goes_with_the_next_one(tmp_path):
    (tmp_path / ".tmpAb12cD").write_bytes(b"half of a file")
    CheckpointFile(tmp_path / "epoch-1.safetensors").write({"0": np.zeros(2)}, {})
    assert [path.name for path in tmp_path.iterdir()] == ["epoch-1.safetensors"]
