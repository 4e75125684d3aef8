"""`load_imdb`: TFDS's film reviews, `imdb_reviews/plain_text`, of which most are longer than 128 tokens."""

import os
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from bert_keras import checks
from bert_keras.data.examples import Examples
from bert_keras.data.splitting import held_out
from bert_keras.data.task_data import checked_parts
from bert_keras.data.tfds_folders import check_features, check_split, own_builder, prepared_folder
from bert_keras.features import SINGLE_LABEL
from bert_keras.text_classification.text_data import TaskData, make_task_data

IMDB = "imdb_reviews"
IMDB_LABELS = ("neg", "pos")
VALIDATION_SHARE = 0.1  # of TFDS's train split, which comes without a validation split
_CONFIG = "plain_text"
_URL = "http://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz"
_READ_BATCH = 4096


def load_imdb(
    encoder: Any,
    *,
    data_dir: str | os.PathLike | None = None,
    limit: int | None = None,
    parts: tuple[str, ...] | None = None,
    validation_share: float = VALIDATION_SHARE,
    validation_seed: int = 0,
    **options: Any,
) -> TaskData:
    """The Large Movie Review Dataset (Maas et al., 2011): "neg" or "pos".

    >>> data = bk.load_task("imdb_reviews", encoder, long_text="windows", max_windows=4)

    Args:
        encoder: an encoder of `bk.load_encoder`, or a `bk.Tokenizer`.
        data_dir: a TFDS data folder with `imdb_reviews/plain_text/<version>`; TFDS's default folder if None, into which
            it is downloaded.
        limit: only the first so many training rows, of those that are not held out.
        parts: which of "train", "validation" and "test" to make; all if None.
        validation_share: of TFDS's train split, held out as "validation", the same share of each label, equal
            reviews on one side.
        validation_seed: draws the rows that are held out. It is not the seed of the run: "validation" has the same
            rows in every run, also when a finished model is evaluated.
        **options: as in `bk.load_glue`: `seq_length`, `batch_size`, `seed`, `static_shapes`, `long_text`,
            `max_windows`.

    Raises:
        FileNotFoundError: if `data_dir` does not hold it.
        ConnectionError: if the download failed.
    """
    names = checked_parts(parts, ("train", "validation", "test"))
    limit = None if limit is None else checks.integer("limit", limit, 1)
    share = checks.number("validation_share", validation_share, 0.0, 0.9)
    seed = checks.integer("validation_seed", validation_seed, 0)
    builder = _builder(data_dir)
    examples = {}
    if {"train", "validation"} & set(names):
        rows = _read(builder, "train")
        held = _held_out(rows, share, seed)
        examples = {
            "train": rows.take(np.flatnonzero(~held)).head(limit),
            "validation": rows.take(np.flatnonzero(held)),
        }
    if "test" in names:
        examples["test"] = _read(builder, "test")
    if not share:
        examples.pop("validation", None)
    return make_task_data(
        IMDB,
        {name: examples[name] for name in names if name in examples},
        encoder,
        label_names=IMDB_LABELS,
        problem_type=SINGLE_LABEL,
        metrics=("accuracy",),
        text_columns=("text",),
        **options,
    )


def _held_out(rows: Examples, share: float, seed: int) -> np.ndarray:
    """bool [rows]: which are held out, the same share of each label; equal reviews stay on one side."""
    if not share:
        return np.zeros(len(rows), bool)
    numbers: dict[str, int] = {}
    texts = np.array([numbers.setdefault(text, len(numbers)) for text in rows.texts[0]])
    return held_out(rows.labels, texts, share, seed)


def _builder(data_dir: str | os.PathLike | None) -> tfds.core.DatasetBuilder:
    if data_dir is None:
        instead = f"a TFDS folder prepared elsewhere, as in DATA/{IMDB}/{_CONFIG}/1.0.0/"
        return own_builder(f"{IMDB}/{_CONFIG}", _URL, instead)
    folder = tfds.core.Path(os.fspath(data_dir)).expanduser() / IMDB / _CONFIG
    prepared = prepared_folder(folder)
    if prepared is None:
        advice = f"Looked for: {folder}/<version>/dataset_info.json. Leave data_dir out to have TFDS download it."
        raise FileNotFoundError(checks.message("data_dir", f"hold {IMDB} as TFDS prepares it", str(data_dir), advice))
    return tfds.builder_from_directory(prepared)


def _read(builder: tfds.core.DatasetBuilder, split: str) -> Examples:
    """The rows of a split in the order of TFDS's files; it shuffles what it prepares, and keeps no row numbers."""
    source = f"TFDS {builder.info.full_name}, split {split}, in {builder.data_dir}"
    check_features(("text", "label"), builder.info, source)
    check_split(split, builder.info, source)
    if tuple(builder.info.features["label"].names or ()) != IMDB_LABELS:
        found = builder.info.features["label"].names
        raise ValueError(f"{source} must have the labels {IMDB_LABELS}, in that order. Found: {found}.")
    config = tfds.ReadConfig(try_autocache=False, interleave_cycle_length=1)
    dataset = builder.as_dataset(split=split, batch_size=_READ_BATCH, shuffle_files=False, read_config=config)
    batches = list(tfds.as_numpy(dataset))
    texts = [text.decode("utf-8") for batch in batches for text in batch["text"]]
    labels = np.concatenate([batch["label"] for batch in batches]).astype("int32")
    return Examples((texts,), labels, np.arange(len(texts)), source)
