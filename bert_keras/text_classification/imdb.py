"""`load_imdb`: TFDS's film reviews, `imdb_reviews/plain_text`, of which most are longer than 128 tokens."""

import functools
import os
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from bert_keras import checks
from bert_keras.data.examples import Examples
from bert_keras.data.splitting import Shares
from bert_keras.data.task import loaded
from bert_keras.data.tfds_folders import check_features, check_split, own_builder, prepared_folder
from bert_keras.features import SINGLE_LABEL
from bert_keras.text_classification.text_task import TextTask

IMDB = "imdb_reviews"
IMDB_LABELS = ("neg", "pos")
_CONFIG = "plain_text"
_URL = "http://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz"
_READ_BATCH = 4096


def load_imdb(
    encoder: Any = None,
    *,
    data_dir: str | os.PathLike | None = None,
    validation_share: float = 0.1,
    split_seed: int = 0,
    **options: Any,
) -> Any:
    """The Large Movie Review Dataset (Maas et al., 2011): "neg" or "pos".

    >>> data = bk.load_task("imdb_reviews", encoder, long_text="windows", max_windows=4)

    Args:
        encoder: an encoder of `bk.load_encoder`, or a `bk.Tokenizer`; None for a `Task`.
        data_dir: a TFDS data folder with `imdb_reviews/plain_text/<version>`; TFDS's default folder if None, into which
            it is downloaded.
        validation_share: of TFDS's train split, which comes without a validation split: held out as "validation", the
            same share of each label, equal reviews on one side.
        split_seed: draws the rows that are held out.
        **options: as in `bk.load_glue`.

    Raises:
        FileNotFoundError: if `data_dir` does not hold it.
        ConnectionError: if the download failed.
    """
    shares = Shares(validation_share, split_seed=split_seed)
    task = TextTask(
        name=IMDB,
        read=functools.partial(_read_parts, data_dir, shares),
        parts=shares.parts(("train", "test")),
        split_seed=split_seed,
        label_names=IMDB_LABELS,
        problem_type=SINGLE_LABEL,
        metrics=("accuracy",),
        text_columns=("text",),
    )
    return loaded(task, encoder, options)


def _read_parts(data_dir: Any, shares: Shares, parts: tuple[str, ...]) -> dict[str, Examples]:
    builder = _builder(data_dir)
    rows = {"train": _read(builder, "train")} if {"train", "validation"} & set(parts) else {}
    rows = shares.hold_out(rows, lambda rows: rows.texts[0], lambda rows: rows.labels, given=("train", "test"))
    if "test" in parts:
        rows["test"] = _read(builder, "test")
    return {name: rows[name] for name in parts}


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
    names = builder.info.features["label"].names
    if tuple(names or ()) != IMDB_LABELS:
        raise ValueError(f"{source} must have the labels {IMDB_LABELS}, in that order. Found: {names}.")
    config = tfds.ReadConfig(try_autocache=False, interleave_cycle_length=1)
    dataset = builder.as_dataset(split=split, batch_size=_READ_BATCH, shuffle_files=False, read_config=config)
    batches = list(tfds.as_numpy(dataset))
    texts = [text.decode("utf-8") for batch in batches for text in batch["text"]]
    labels = np.concatenate([batch["label"] for batch in batches]).astype("int32")
    return Examples((texts,), labels, np.arange(len(texts)), source)
