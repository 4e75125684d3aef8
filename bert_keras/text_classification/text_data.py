"""`TextData`: texts with their labels, ready for `model.fit`."""

import dataclasses
from typing import Any, ClassVar

import numpy as np

from bert_keras.data.split import Split
from bert_keras.data.task_data import TaskData
from bert_keras.features import MULTI_LABEL, WINDOWS


@dataclasses.dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class TextData(TaskData):
    """What `bk.load_glue` and its sisters return: `model.fit(data.train, validation_data=data.validation)`.

    Args:
        label_names: one str a class; None for regression.
        problem_type: "single_label_classification", "multi_label_classification" or "regression".
        text_columns: names of the one or two text columns.
        reading: of a user's own files, the options of `bk.load_files` that another such file is read with.
    """

    kind: ClassVar[str] = "text_classification"
    splits: dict[str, Split]
    label_names: tuple[str, ...] | None
    problem_type: str
    text_columns: tuple[str, ...]
    reading: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def num_classes(self) -> int:
        """Outputs of a model for this task: its classes, or 1 for regression."""
        return len(self.label_names) if self.label_names else 1

    @property
    def max_windows(self) -> int:
        """Of a text, where long ones are read in windows."""
        return self.settings["max_windows"]

    @property
    def long_text(self) -> str:
        """ "truncate" or "windows", what became of texts longer than seq_length."""
        return self.settings["long_text"]

    def config(self) -> dict[str, Any]:
        labels = None if self.label_names is None else list(self.label_names)
        config = {"labels": labels, "text_columns": list(self.text_columns), **self.settings}
        return config | ({"reading": self.reading} if self.reading else {})

    def label_counts(self, name: str) -> dict[str, int]:
        labels = self.split(name).examples.labels
        if labels is None or not self.label_names:
            return {}
        if self.problem_type == MULTI_LABEL:
            counts = np.asarray(labels).sum(axis=0)
        else:
            counts = np.bincount(np.asarray(labels).reshape(-1), minlength=self.num_classes)
        return dict(zip(self.label_names, counts.astype(int).tolist(), strict=True))

    def split_facts(self, name: str, split: Split) -> list[str]:
        cut = f"{split.truncated:,} of {len(split):,} {name} rows are longer than {self.seq_length} tokens and were cut"
        if self.long_text != WINDOWS:
            return [cut] if split.truncated else []
        counts = -(-split.lengths // self.seq_length)
        if counts.max() == 1 and not split.truncated:
            return []
        several = np.count_nonzero(counts > 1)
        many = f"{several:,} of {len(split):,} {name} rows are longer than {self.seq_length} tokens"
        read = f"{many} and are read in windows, {counts.mean():.1f} a row over all"
        beyond = f"{split.truncated:,} are longer than {self.max_windows} windows and were cut"
        return [f"{read}; {beyond}" if split.truncated else read]
