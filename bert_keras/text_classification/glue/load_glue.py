"""`load_glue`: a GLUE task, chosen, or as batches for an encoder."""

import functools
import os
from typing import Any

from bert_keras import checks
from bert_keras.data.examples import Examples
from bert_keras.data.splitting import part_of
from bert_keras.data.task import loaded, parts_in
from bert_keras.foreign_names import foreign_names
from bert_keras.text_classification.glue.glue_tasks import GlueTask, glue_task
from bert_keras.text_classification.glue.read_glue import read_glue
from bert_keras.text_classification.text_task import TextTask


@checks.answers(**foreign_names("load_glue"))
def load_glue(
    task: str,
    encoder: Any = None,
    *,
    data_dir: str | os.PathLike | None = None,
    split_seed: int = 0,
    **options: Any,
) -> Any:
    """One of GLUE's nine tasks, or its diagnostic set "ax", tokenized for `encoder`; without one as a `Task`.

    >>> data = load_glue("mrpc", encoder)
    >>> features, labels = next(iter(data.train))

    Args:
        task: "cola", "sst2", "mrpc", "qqp", "stsb", "mnli", "qnli", "rte", "wnli" or "ax"; "glue/mrpc" as well.
        encoder: whose vocabulary makes the ids: an encoder of `bk.load_encoder`, or a `bk.Tokenizer`.
        data_dir: a TFDS data folder, or the folder of the original TSV files; TFDS's default folder if None.
        split_seed: draws the training rows that `limit` leaves.
        **options: `limit`, `seq_length`, `long_text` and `max_windows`, see `TextTask`; with an encoder `parts`,
            `batch_size`, `seed` and `static_shapes`, see `Task.load`. MNLI has two splits in "validation" and in
            "test".

    Raises:
        ValueError: for an unknown task (with the nearest names) or a file that is not in GLUE's layout.
    """
    declared = glue_task(task)
    chosen = TextTask(
        name=f"glue/{declared.name}",
        read=functools.partial(_read, declared, data_dir),
        parts=parts_in(declared.split_names),
        split_seed=split_seed,
        label_names=declared.labels,
        problem_type=declared.problem_type,
        metrics=declared.metrics,
        text_columns=declared.text_columns,
    )
    return loaded(chosen, encoder, options)


def _read(task: GlueTask, data_dir: str | os.PathLike | None, parts: tuple[str, ...]) -> dict[str, Examples]:
    return {name: read_glue(task, name, data_dir) for name in task.split_names if part_of(name) in parts}
