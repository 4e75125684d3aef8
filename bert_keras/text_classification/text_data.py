"""`TaskData`: a task's parts, ready for `model.fit`."""

import dataclasses
from typing import Any, ClassVar

import numpy as np

from bert_keras import checks
from bert_keras.data.examples import Examples
from bert_keras.data.split import BatchOrder, Split, check_labels, make_split
from bert_keras.data.task_data import Parts, with_ladder
from bert_keras.features import MAX_WINDOWS, TEXT_CLASSIFICATION, TRUNCATE
from bert_keras.text.long_texts import check_single
from bert_keras.text.preprocessor import Preprocessor
from bert_keras.text.tokenizer import Tokenizer


@dataclasses.dataclass(frozen=True, eq=False)
class TaskData(Parts):
    """What `bk.load_glue` and its sisters return: `model.fit(data.train, validation_data=data.validation)`.

    Args:
        task: the task's name, e.g. "glue/mrpc".
        label_names: one str a class; None for regression.
        problem_type: "single_label_classification", "multi_label_classification" or "regression".
        metrics: names of the official metrics, as in `bk.metrics`.
        text_columns: names of the one or two text columns.
        splits: by name, e.g. "train", "validation", "test"; MNLI has "validation_matched" and so on.
        batch_size: rows a batch.
        seq_length: tokens that rows are cut to, or those of a window.
        order: the order of `train`'s batches; its `epoch` is the number of the next one.
        long_text: "truncate" or "windows", what became of longer texts.
        max_windows: of a text.
        reading: of a user's own files, the options of `bk.load_files` that another such file is read with.
        notes: what a person should know of the reading, one line each.
    """

    kind: ClassVar[str] = TEXT_CLASSIFICATION
    task: str
    label_names: tuple[str, ...] | None
    problem_type: str
    metrics: tuple[str, ...]
    text_columns: tuple[str, ...]
    splits: dict[str, Split]
    batch_size: int
    seq_length: int
    order: BatchOrder | None
    long_text: str = TRUNCATE
    max_windows: int = MAX_WINDOWS
    reading: dict[str, Any] = dataclasses.field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def num_classes(self) -> int:
        """Outputs of a model for this task: its classes, or 1 for regression."""
        return len(self.label_names) if self.label_names else 1

    def config(self) -> dict[str, Any]:
        labels = None if self.label_names is None else list(self.label_names)
        kept = {name: getattr(self, name) for name in ("seq_length", "long_text", "max_windows")}
        told = {"labels": labels, "text_columns": list(self.text_columns), **kept}
        return told | ({"reading": self.reading} if self.reading else {})

    def facts(self) -> list[str]:
        said = self._cut if self.long_text == TRUNCATE else self._in_windows
        lines = [line for name, split in self.splits.items() for line in said(name, split)]
        return [*self.notes, *lines, *self.shape_facts()]

    def _cut(self, name: str, split: Split) -> list[str]:
        rows = f"{split.truncated:,} of {len(split):,} {name} rows"
        return [f"{rows} are longer than {self.seq_length} tokens and were cut"] if split.truncated else []

    def _in_windows(self, name: str, split: Split) -> list[str]:
        counts = -(-split.lengths // self.seq_length)
        if counts.max() == 1 and not split.truncated:
            return []
        several = np.count_nonzero(counts > 1)
        many = f"{several:,} of {len(split):,} {name} rows are longer than {self.seq_length} tokens"
        read = f"{many} and are read in windows, {counts.mean():.1f} a row over all"
        cut = f"{split.truncated:,} are longer than {self.max_windows} windows and were cut"
        return [f"{read}; {cut}" if split.truncated else read]


def make_task_data(
    task: str,
    examples: dict[str, Examples],
    encoder: Any,
    *,
    label_names: tuple[str, ...] | None,
    problem_type: str,
    metrics: tuple[str, ...],
    text_columns: tuple[str, ...],
    seq_length: int = 128,
    batch_size: int = 32,
    seed: int = 0,
    static_shapes: bool = False,
    long_text: str = TRUNCATE,
    max_windows: int = MAX_WINDOWS,
    reading: dict[str, Any] | None = None,
    notes: tuple[str, ...] = (),
) -> TaskData:
    """Checks labels and tokenizes every split. `encoder` is an encoder or a `Tokenizer`."""
    checks.integer("batch_size", batch_size, 1)
    check_single(long_text, len(text_columns))
    made = preprocessor_of(encoder, seq_length, long_text=long_text, max_windows=max_windows)
    for name, rows in examples.items():
        if rows.labels is not None or not name.startswith("test"):
            check_labels(rows, problem_type, len(label_names) if label_names else 1)
    splits = with_ladder({name: make_split(rows, made) for name, rows in examples.items()}, static_shapes, seq_length)
    order = splits["train"].order(batch_size, shuffle=True, seed=seed) if "train" in splits else None
    return TaskData(
        task,
        label_names,
        problem_type,
        metrics,
        text_columns,
        splits,
        batch_size,
        seq_length,
        order,
        long_text,
        max_windows,
        reading or {},
        notes,
    )


def preprocessor_of(encoder: Any, seq_length: int, **options: Any) -> Preprocessor:
    """The preprocessor of an encoder or a `Tokenizer`, with its options; TypeError for anything else."""
    if isinstance(encoder, Tokenizer):
        return Preprocessor(encoder, seq_length, **options)
    if not hasattr(checks.no_tf_keras("encoder", encoder), "preprocessor"):
        advice = "Pass bk.load_encoder(…), or bk.Tokenizer(vocab_file) if there is no encoder yet."
        raise TypeError(checks.message("encoder", "be an encoder or a Tokenizer", encoder, advice))
    return encoder.preprocessor(seq_length, **options)
