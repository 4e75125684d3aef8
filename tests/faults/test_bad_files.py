"""What cannot be read: each file is read, or refused in one sentence of ours, in bounded time and memory.

A sample of the changed files; `make faults` has all. The seed is fixed, so that every run sees the same files.
"""

import collections
import json
import os
import resource
import time

import bad_files
import pytest
import tensorflow as tf
from our_errors import is_ours

import bert_keras as bk
from bert_keras.beam.table_form import as_mapping
from bert_keras.encoders.huggingface.native_arguments import native_arguments
from bert_keras.question_answering.read_squad import read_squad
from bert_keras.running.folders.folder_files import read_config
from bert_keras.serving.predict_request import PredictRequest
from bert_keras.serving.rest_error import RestError
from bert_keras.serving.serving_limits import ServingLimits
from bert_keras.serving.signature import Signature
from bert_keras.text.vocabulary import Vocabulary

ALL = os.environ.get("BERT_KERAS_FAULTS") == "all"
COUNT, SEED = (12_000, 16) if ALL else (600, 16)
SECONDS, MEGABYTES = 20.0, 300  # for a file of some kilobytes, on a machine that does much else
SPECS = {"text": ([None], tf.string), "weight": ([None], tf.float32), "ids": ([None, None], tf.int32)}
SPECS = [tf.TensorSpec(*spec, name=name) for name, spec in SPECS.items()]
ECHO = tf.function(lambda text, weight, ids: {"text": text}, SPECS, autograph=False)
SIGNATURE = Signature("it", ECHO.get_concrete_function())


def texts(path):
    _rows(bk.load_files(path, text="text", label="label", weight="weight", validation_share=0))


def own(path):
    _rows(bk.load_files(path, validation_share=0))


def masked(path):
    bk.load_masked(path, validation_share=0).rows()


def squad(path):
    read_squad("v2.0", "validation", path.parent)


def vocabulary(path):
    Vocabulary.read(path)


def config(path):
    (path.parent / "encoder").mkdir(exist_ok=True)
    read_config(path.parent)


def huggingface(path):
    native_arguments(path.parent)


def request(path):
    PredictRequest.read(path.read_bytes(), {"serving_default": SIGNATURE}, ServingLimits())


def beam(path):
    as_mapping(path.read_bytes())


READERS = {
    reader.__name__: reader for reader in (texts, own, masked, squad, vocabulary, config, huggingface, request, beam)
}


def _rows(task):
    for rows in task.rows().values():
        list(task.texts_of(rows))


def read(form, content, folder):
    """Whether the content, in a file of the form's name, is read; else the error."""
    path = folder / form.file
    path.write_bytes(content)
    try:
        READERS[form.reader](path)
    except Exception as error:
        return error
    return True


def peak():
    """The most memory that this process has had, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


@pytest.mark.parametrize("form", bad_files.FORMS, ids=[form.name for form in bad_files.FORMS])
def test_what_is_whole_is_read(form, tmp_path):
    assert read(form, form.content, tmp_path) is True


@pytest.mark.filterwarnings("ignore")
def test_what_is_changed_is_read_or_refused_in_our_words(tmp_path):
    faults, ends = [], collections.Counter()
    for number, (form, change, content) in enumerate(bad_files.bad_files(COUNT, SEED)):
        folder = tmp_path / str(number)  # what is known of a file is kept by its path
        folder.mkdir()
        start, before = time.perf_counter(), peak()
        found = read(form, content, folder)
        seconds, more = time.perf_counter() - start, peak() - before
        ends["read" if found is True else "refused"] += 1
        what = f"file {number}, {form.name}, {change}"
        if found is not True and not (is_ours(found) or isinstance(found, RestError)):
            faults.append(f"{what}: {type(found).__name__}: {str(found)[:200]}")
        if seconds > SECONDS or (more > MEGABYTES and number > len(bad_files.FORMS)):
            faults.append(f"{what}: {seconds:.1f} seconds, {more:.0f} MB")
    if ALL:
        print(f"{COUNT:,} files, seed {SEED}: {dict(ends)}")
    assert not faults, "\n".join(faults[:50])
    assert min(ends.values()) > COUNT / 10  # a test of files that are all fine, or all rubbish, says little


def with_half(rows, name):
    """The rows, the second of which has half a surrogate pair in a field."""
    found = [dict(row) for row in rows]
    found[1][name] = ["a \ud800", *found[1][name][1:]] if isinstance(found[1][name], list) else "a \ud800"
    return found


@pytest.mark.parametrize(
    ("reader", "rows", "name"),
    [
        *(("texts", bad_files.ROWS, name) for name in ("text", "label")),
        *(("own", bad_files.FLAT, name) for name in ("id", "question", "context")),
        ("own", bad_files.TAGGED, "tokens"),
        ("own", bad_files.SPANS, "text"),
    ],
)
def test_half_a_surrogate_pair(reader, rows, name, tmp_path):
    content = b"".join(json.dumps(row).encode("ascii") + b"\n" for row in with_half(rows, name))
    error = read(bad_files.Form("halves", "a.jsonl", content, "json lines", reader), content, tmp_path)
    assert is_ours(error) and "half a surrogate pair" in str(error)
