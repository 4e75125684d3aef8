"""`read_glue`: the rows of one GLUE split, from TFDS or from the GLUE download's TSV files, the same from both.

Rows come in the order of the source file, with its row numbers as `ids`, whichever way they are read: TFDS shuffles
when it prepares a dataset and keeps the row number as `idx`, by which they are put back.
"""

import os

import numpy as np
import tensorflow_datasets as tfds

from bert_keras.checks import message
from bert_keras.data.examples import Examples
from bert_keras.data.tfds_folders import check_features, check_split, own_builder, prepared_folder
from bert_keras.text_classification.glue.glue_tasks import GlueSplit, GlueTask, glue_task
from bert_keras.text_classification.glue.glue_tsv import Path, read_tsv, tsv_candidates

_READ_BATCH = 4096  # rows a step out of TFDS; one by one, SST-2's train split takes about three times as long
_MRPC_URL = "https://dl.fbaipublicfiles.com"  # TFDS keeps MRPC's address out of its configuration


def read_glue(task: str | GlueTask, split: str, data_dir: str | os.PathLike | None = None) -> Examples:
    """The rows of one split, in the order of their source.

    Args:
        task: the task or its name, e.g. "mrpc", "glue/mrpc", "SST-2".
        split: TFDS's name: "train", "validation", "test"; MNLI has "validation_matched", "test_mismatched" and so on.
        data_dir: a TFDS data folder with the prepared dataset in `glue/<task>/<version>`, or a folder of the GLUE
            download, with `MRPC/train.tsv` and so on, or the folder of one task. None: TFDS's own data folder,
            into which the dataset is downloaded if it is not there.

    Returns:
        Examples with `labels` None for test splits, whose labels are not published. `ids` are the rows' numbers within
        the split's file, from 0: TFDS's `idx`, except in MRPC, where TFDS numbers train and validation as one.

    Raises:
        FileNotFoundError: `data_dir` holds neither; the message says what was looked for.
        ConnectionError: the download failed; the message says what to do without a network.
        ValueError: an unknown task or split, or a row that does not fit, with its file and line.
    """
    task = glue_task(task)
    wanted = task.split(split)
    if data_dir is None:
        return _from_tfds(task, wanted, _own_builder(task))
    folder = Path(os.fspath(data_dir)).expanduser()
    prepared = prepared_folder(folder / "glue" / task.name)
    if prepared is not None:
        return _from_tfds(task, wanted, tfds.builder_from_directory(prepared))
    candidates = tsv_candidates(task, wanted, folder)
    for candidate in candidates:
        if candidate.is_file():
            return read_tsv(task, wanted, candidate)
    looked_for = ", ".join(str(candidate) for candidate in candidates)
    raise FileNotFoundError(
        message(
            "data_dir",
            f"hold the {wanted.name} split of '{task.name}', as TFDS prepares it or as TSV",
            str(data_dir),
            f"Looked for: {folder / 'glue' / task.name}/<version>/dataset_info.json, {looked_for}. "
            "Leave data_dir out to have TFDS download it.",
        )
    )


def _own_builder(task: GlueTask) -> tfds.core.DatasetBuilder:
    instead = (
        f"a folder that holds the TSV files of the GLUE download, as in DATA/{task.folders[0]}/"
        f"{task.splits[0].files[0]}, or a TFDS folder prepared elsewhere, as in DATA/glue/{task.name}/2.0.0/"
    )
    return own_builder(f"glue/{task.name}", _MRPC_URL, instead)


def _from_tfds(task: GlueTask, split: GlueSplit, builder: tfds.core.DatasetBuilder) -> Examples:
    source = f"TFDS {builder.info.full_name}, split {split.name}, in {builder.data_dir}"
    _check_features(task, split, builder.info, source)
    config = tfds.ReadConfig(try_autocache=False)
    dataset = builder.as_dataset(split=split.name, batch_size=_READ_BATCH, shuffle_files=False, read_config=config)
    batches = list(tfds.as_numpy(dataset))
    columns = {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}
    order = np.argsort(columns["idx"], kind="stable")
    ids = np.arange(len(order)) if task.shared_idx else columns["idx"][order]
    texts = tuple([text.decode("utf-8") for text in columns[name][order]] for name in task.text_columns)
    labels = _labels(task, columns["label"][order], source) if split.label_column else None
    return Examples(texts=texts, labels=labels, ids=ids.astype(np.int64), source=source)


def _check_features(task: GlueTask, split: GlueSplit, info: tfds.core.DatasetInfo, source: str) -> None:
    check_features((*task.text_columns, "label", "idx"), info, source)
    check_split(split.name, info, source)
    if task.labels is not None and tuple(info.features["label"].names or ()) != task.labels:
        raise ValueError(
            f"{source} must have the labels {task.labels}, in that order. Found: {info.features['label'].names}."
        )


def _labels(task: GlueTask, labels: np.ndarray, source: str) -> np.ndarray:
    if task.labels is None:
        wrong = ~((labels >= 0) & (labels <= 5))
    else:
        wrong = (labels < 0) | (labels >= len(task.labels))
    if wrong.any():
        must = "be between 0 and 5" if task.labels is None else f"be between 0 and {len(task.labels) - 1}"
        row = int(np.argmax(wrong))
        raise ValueError(f"{source}, row {row}: {message('label', must, labels[row].item())}")
    return labels.astype(np.float32 if task.labels is None else np.int32)
