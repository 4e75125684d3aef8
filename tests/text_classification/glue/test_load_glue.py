"""`load_glue`: ten tasks to batches, the same from TFDS and from TSV."""

import glue_files
import numpy as np
import pytest
from glue_files import FILES
from real_data import SHARED, needs_shared

from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text_classification.glue.glue_tasks import GLUE_TASKS
from bert_keras.text_classification.glue.load_glue import load_glue

# Of MNLI's parts, FILES holds one of the two test splits only.
PARTS = {name: {split.split("_")[0] for task, split in FILES if task == name} for name in GLUE_TASKS}
PARTS["mnli"] = {"train", "validation"}
WHOLE = {**{name: min(parts) for name, parts in PARTS.items()}, "mnli": "train"}  # one part of one split


@pytest.fixture(scope="module")
def tokenizer(vocab_file):
    return Tokenizer(vocab_file)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return glue_files.write_all(tmp_path_factory.mktemp("glue"))


def batches(data, part):
    """Every batch of a part as lists, without padding's help: {name: rows}, labels or None."""
    found = []
    for batch in getattr(data, part):
        features, labels = batch if isinstance(batch, tuple) else (batch, None)
        found.append(({name: value.numpy().tolist() for name, value in features.items()}, labels))
    return [(features, None if labels is None else labels.numpy().tolist()) for features, labels in found]


@pytest.mark.parametrize("name", GLUE_TASKS)
def test_every_task_loads(name, tokenizer, folder):
    data = load_glue(name, tokenizer, data_dir=folder, parts=tuple(PARTS[name]), seq_length=32, batch_size=2)
    declared = GLUE_TASKS[name]
    assert data.task == f"glue/{name}"
    assert data.label_names == declared.labels and data.metrics == declared.metrics
    assert data.text_columns == declared.text_columns and data.problem_type == declared.problem_type
    assert data.num_classes == (len(declared.labels) if declared.labels else 1)
    assert set(data.splits) == {split for task, split in FILES if task == name and split.split("_")[0] in PARTS[name]}
    for split_name, split in data.splits.items():
        _, _, texts, labels = FILES[name, split_name]
        assert len(split) == len(texts)
        seen = [] if labels is None else sorted(np.concatenate([y.numpy() for _, y in split.dataset(split.order(2))]))
        assert seen == sorted(labels or [])
        columns = zip(*texts, strict=True)
        lengths = sum(tokenizer(list(column)).row_lengths().numpy() for column in columns) + len(texts[0]) + 1
        assert split.lengths.tolist() == np.minimum(lengths, 32).tolist()


@pytest.mark.parametrize("name", GLUE_TASKS)
def test_tfds_and_tsv_give_equal_batches(name, tokenizer, folder, tmp_path):
    part = WHOLE[name]
    declared, (_, _, texts, labels) = GLUE_TASKS[name], FILES[name, part]
    labels = [-1] * len(texts) if labels is None else labels
    rows = [
        {**dict(zip(declared.text_columns, row, strict=True)), "label": label, "idx": number}
        for number, (row, label) in enumerate(zip(texts, labels, strict=True))
    ]
    if declared.labels is None:
        rows = [{**row, "label": float(row["label"])} for row in rows]
    glue_files.prepare_tfds(tmp_path, name, rows[::-1], part)
    options = {"parts": (part,), "seq_length": 32, "batch_size": 2, "seed": 3}
    prepared = load_glue(name, tokenizer, data_dir=tmp_path, **options)
    files = load_glue(name, tokenizer, data_dir=folder, **options)
    assert prepared.split(part).examples.texts == files.split(part).examples.texts
    assert batches(prepared, part) == batches(files, part)


def test_both_validation_splits_of_mnli(tokenizer, folder):
    data = load_glue("mnli", tokenizer, data_dir=folder, parts=("validation",))
    assert data.names_of("validation") == ["validation_matched", "validation_mismatched"]
    assert [labels.numpy().tolist() for _, labels in data.validation] == [[2]]


def test_names_are_taken_in_any_form(tokenizer, folder):
    for name in ("glue/mrpc", "MRPC"):
        assert load_glue(name, tokenizer, data_dir=folder, parts=("validation",)).task == "glue/mrpc"
    with pytest.raises(ValueError, match=r"`task` must be one of 'cola'.*Received: task='mrcp'. Did you mean 'mrpc'"):
        load_glue("mrcp", tokenizer)


def test_a_limit_cuts_the_training_rows_alone(tokenizer, folder):
    data = load_glue("mrpc", tokenizer, data_dir=folder, limit=1)
    assert {name: len(split) for name, split in data.splits.items()} == {"train": 1, "validation": 1, "test": 1}
    assert (
        load_glue("sst2", tokenizer, data_dir=folder, limit=1, parts=("validation",)).split("validation").lengths.size
        == 3
    )
    # Rows are drawn by split_seed: of both there are, seeds leave either, and the order of batches has no say.
    texts = [
        load_glue("mrpc", tokenizer, data_dir=folder, limit=1, **options).split("train").examples.texts[0][0]
        for options in (*({"split_seed": seed} for seed in range(8)), {"seed": 5})
    ]
    assert set(texts) == {"The mill shut .", "Rain fell ."} and texts[-1] == texts[0]
    with pytest.raises(ValueError, match=r"`limit` must be at least 1. Received: limit=0"):
        load_glue("mrpc", tokenizer, data_dir=folder, limit=0)


def test_parts_are_checked(tokenizer, folder):
    with pytest.raises(
        ValueError, match=r"`parts` must be one of 'train', 'validation', 'test'. Received: parts='dev'"
    ):
        load_glue("mrpc", tokenizer, data_dir=folder, parts=("dev",))
    with pytest.raises(ValueError, match=r"`parts` must be one of 'test'. Received: parts='train'"):
        load_glue("ax", tokenizer, data_dir=folder, parts=("train",))
    with pytest.raises(TypeError, match="`parts` must be a tuple of names"):
        load_glue("mrpc", tokenizer, data_dir=folder, parts="train")


@needs_shared
def test_real_mrpc_from_both_sources():
    tokenizer = Tokenizer(SHARED / "data" / "vocab" / "bert_uncased.txt")
    folders = (SHARED / "tfds", SHARED / "data" / "glue")
    prepared, files = (
        load_glue("mrpc", tokenizer, data_dir=folder, parts=("train", "validation")) for folder in folders
    )
    assert (len(prepared.split("train")), len(prepared.split("validation"))) == (3668, 408)
    assert (len(prepared.train), len(prepared.validation)) == (115, 13)  # batches of 32
    assert prepared.split("train").lengths.mean() == pytest.approx(53, abs=0.5)  # the figure of BERT's literature
    assert batches(prepared, "validation") == batches(files, "validation")
    one, two = (next(iter(data.train)) for data in (prepared, files))
    np.testing.assert_array_equal(one[0]["input_word_ids"], two[0]["input_word_ids"])
    np.testing.assert_array_equal(one[1], two[1])
