"""Texts and ids on disk: what comes back, what goes when it is let go, and how much memory that takes."""

import gc
import json
import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from paths import ROOT

from bert_keras.data.stored_rows import StoredRows, gathered
from bert_keras.data.stored_texts import StoredTexts
from bert_keras.disk import WriteError


def open_files():
    return len(os.listdir("/proc/self/fd"))


def test_texts_come_back_by_place_slice_and_view():
    texts = ["", "größer", "東京", "a\nb", "x" * 5000]
    stored = StoredTexts(iter(texts))
    assert list(stored) == texts and stored[-1] == texts[-1] and len(stored) == 5
    assert list(stored[1:4]) == texts[1:4] and list(stored[1:][::2]) == texts[1::2]
    assert list(stored.take(np.array([4, 0, 0]))[1:]) == ["", ""]
    with pytest.raises(IndexError, match="out of bounds"):
        stored[5]


def test_rows_come_back_in_any_order():
    rows = [[1, 2, 3], [], [4], [5, 6]]
    stored = StoredRows()
    stored.append(tf.ragged.constant(rows[:2], tf.int32))
    stored.append(tf.ragged.constant(rows[2:], tf.int32))
    assert stored.row_lengths().numpy().tolist() == [3, 0, 1, 2] and stored.flat_values.tolist() == [1, 2, 3, 4, 5, 6]
    wanted = tf.constant([3, 1, 0, 0], tf.int64)
    memory = tf.ragged.constant(rows, tf.int32)
    for ids in (stored, memory):
        assert tf.function(lambda rows, ids=ids: gathered(ids, rows))(wanted).to_list() == [
            rows[n] for n in (3, 1, 0, 0)
        ]
    assert gathered(stored, tf.constant([], tf.int64)).to_list() == []


def test_files_go_with_the_last_view():
    before = open_files()
    view = StoredTexts(["a", "b"]).take(np.array([1]))
    rows = StoredRows()
    rows.append(tf.ragged.constant([[1]], tf.int32))
    assert rows.flat_values.tolist() == [1]
    gc.collect()
    assert open_files() > before and list(view) == ["b"]
    del view, rows
    gc.collect()
    assert open_files() == before


def test_a_disk_that_is_full(monkeypatch):
    stored = StoredRows()
    monkeypatch.setattr(stored._spool, "file", open("/dev/full", "wb", buffering=0))
    with pytest.raises(WriteError, match=r"`TMPDIR` must be writable.*Set TMPDIR to a folder on a disk with more room"):
        stored.append(tf.ragged.constant([[1] * 10], tf.int32))
    stored._spool.file.close()


def test_a_file_on_disk_takes_little_memory(vocab_file):
    rise = {}
    for where in ((), ("--in-memory",)):
        script = str(ROOT / "benchmarks" / "large_file.py")
        command = [sys.executable, script, "--megabytes", "10", "--vocab", str(vocab_file), *where]
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, env=env).stdout)
        rise[told["in_memory"]] = max(told["rise_mb"]["reading"], told["rise_mb"]["tokenizing"])
    assert rise[False] < 0.5 * rise[True], rise
