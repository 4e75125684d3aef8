"""`TextTable`: the user's own rows, read and checked, before an encoder makes ids of them."""

import dataclasses
from typing import ClassVar

from bert_keras.data.examples import Examples
from bert_keras.text_classification.labels import Labels
from bert_keras.text_classification.text_task import TextTask


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class TextTable(TextTask):
    """What `bk.load_files` makes of a table; `bk.finetune` takes it as its task.

    >>> table = bk.load_files("reviews.csv", text="review", label="stars")
    >>> bk.finetune(table, "sample", "runs/stars")
    >>> data = table.load(encoder, seq_length=64)

    Args:
        examples: by part: "train", "validation", "test"; only "train" has weights.
        labels: what the labels are.
    """

    fixed: ClassVar[tuple[str, ...]] = (*TextTask.fixed, "examples", "labels")
    examples: dict[str, Examples]
    labels: Labels

    def __repr__(self) -> str:
        rows = ", ".join(f"{len(examples):,} {part}" for part, examples in self.examples.items())
        return "\n".join([f"<TextTable {self.name}: {rows}>", *(f"  {note}" for note in self.notes)])
