"""`TextTable`: the user's own rows, read and checked, before an encoder makes ids of them."""

import dataclasses
from typing import Any, ClassVar

import numpy as np

from bert_keras import checks
from bert_keras.data.examples import Examples
from bert_keras.data.task_data import checked_parts
from bert_keras.features import TEXT_CLASSIFICATION
from bert_keras.text_classification.labels import Labels
from bert_keras.text_classification.text_data import TaskData, make_task_data


@dataclasses.dataclass(frozen=True, eq=False)
class TextTable:
    """What `bk.load_files` makes of a table; `bk.finetune` takes it as its task.

    Args:
        name: of the files, for messages and the model folder.
        examples: by part: "train", "validation", "test"; only "train" has weights.
        labels: what the labels are.
        text_columns: names of the one or two text columns.
        reading: the options of `bk.load_files` that another file of the kind is read with.
        notes: what a person should know of the reading, one line each.

    >>> table = bk.load_files("reviews.csv", text="review", label="stars")
    >>> bk.finetune(table, "sample", "runs/stars")
    >>> data = table.load(encoder, seq_length=64)
    """

    kind: ClassVar[str] = TEXT_CLASSIFICATION
    is_own: ClassVar[bool] = True
    name: str
    examples: dict[str, Examples]
    labels: Labels
    text_columns: tuple[str, ...]
    reading: dict[str, Any]
    notes: tuple[str, ...]

    @property
    def label_names(self) -> tuple[str, ...] | None:
        """The classes in the order of their numbers; None for regression."""
        return self.labels.names

    @property
    def problem_type(self) -> str:
        """ "single_label_classification", "multi_label_classification" or "regression"."""
        return self.labels.problem_type

    def load(
        self,
        encoder: Any,
        *,
        limit: int | None = None,
        parts: tuple[str, ...] | None = None,
        **options: Any,
    ) -> TaskData:
        """The rows as batches for an encoder.

        Args:
            encoder: whose vocabulary makes the ids: an encoder of `bk.load_encoder`, or a `bk.Tokenizer`.
            limit: only so many training rows, drawn by a fixed seed.
            parts: which parts to make; all if None.
            **options: `seq_length`, `batch_size`, `seed`, `static_shapes`, `long_text`, `max_windows`, as in
                `bk.load_glue`.
        """
        chosen = {name: self.examples[name] for name in checked_parts(parts, tuple(self.examples))}
        if limit is not None and "train" in chosen and checks.integer("limit", limit, 1) < len(chosen["train"]):
            rows = np.random.default_rng(0).permutation(len(chosen["train"]))[:limit]
            chosen["train"] = chosen["train"].take(np.sort(rows))
        return make_task_data(
            self.name,
            chosen,
            encoder,
            label_names=self.labels.names,
            problem_type=self.labels.problem_type,
            metrics=self.labels.metrics,
            text_columns=self.text_columns,
            reading=self.reading,
            notes=self.notes,
            **options,
        )

    def __repr__(self) -> str:
        rows = ", ".join(f"{len(examples):,} {part}" for part, examples in self.examples.items())
        return "\n".join([f"<TextTable {self.name}: {rows}>", *(f"  {note}" for note in self.notes)])
