"""`load_glue`: a GLUE task as batches for an encoder."""

import os
from typing import Any

from bert_keras.data.task_data import checked_parts
from bert_keras.features import MAX_WINDOWS, TRUNCATE
from bert_keras.text_classification.glue.glue_tasks import glue_task
from bert_keras.text_classification.glue.read_glue import read_glue
from bert_keras.text_classification.text_data import TaskData, make_task_data


def load_glue(
    task: str,
    encoder: Any,
    *,
    seq_length: int = 128,
    batch_size: int = 32,
    seed: int = 0,
    data_dir: str | os.PathLike | None = None,
    limit: int | None = None,
    parts: tuple[str, ...] | None = None,
    static_shapes: bool = False,
    long_text: str = TRUNCATE,
    max_windows: int = MAX_WINDOWS,
) -> TaskData:
    """One of GLUE's nine tasks, or its diagnostic set "ax", tokenized for `encoder`.

    >>> data = load_glue("mrpc", encoder)
    >>> features, labels = next(iter(data.train))

    Args:
        task: "cola", "sst2", "mrpc", "qqp", "stsb", "mnli", "qnli", "rte", "wnli" or "ax"; "glue/mrpc" as well.
        encoder: whose vocabulary makes the ids: an encoder of `bk.load_encoder`, or a `bk.Tokenizer`.
        seq_length: tokens that a row is cut to, special ones included.
        batch_size: rows a batch.
        seed: of the order of the training batches.
        data_dir: a TFDS data folder, or the folder of the original TSV files; TFDS's default folder if None.
        limit: only the first so many training rows.
        parts: which of "train", "validation" and "test" to read; all if None. MNLI has two splits in each of the last.
        static_shapes: whether batches have few shapes, for XLA and TPUs, which compile each: every batch has
            batch_size rows, padded to one of at most five lengths. A model must be compiled with static_shapes=True.
        long_text: what becomes of texts longer than seq_length: "truncate" cuts them, "windows" reads them in windows
            of seq_length tokens, over which a model averages; of tasks on single texts.
        max_windows: with "windows", of a text; what is beyond them is cut. 8 if not said.

    Raises:
        ValueError: for an unknown task (with the nearest names) or a file that is not in GLUE's layout.
    """
    declared = glue_task(task)
    parts = checked_parts(parts, tuple(dict.fromkeys(name.split("_")[0] for name in declared.split_names)))
    names = [name for name in declared.split_names if name.split("_")[0] in parts]
    examples = {n: read_glue(task, n, data_dir, limit if n == "train" else None) for n in names}
    return make_task_data(
        f"glue/{declared.name}",
        examples,
        encoder,
        label_names=declared.labels,
        problem_type=declared.problem_type,
        metrics=declared.metrics,
        text_columns=declared.text_columns,
        seq_length=seq_length,
        batch_size=batch_size,
        seed=seed,
        static_shapes=static_shapes,
        long_text=long_text,
        max_windows=max_windows,
    )
