"""`TextTask`: texts and their labels, before an encoder makes ids of them."""

import dataclasses
from typing import Any, ClassVar

from bert_keras import checks
from bert_keras.data.batch_order import BatchOrder
from bert_keras.data.examples import Examples
from bert_keras.data.split import Split, check_labels, make_split
from bert_keras.data.task import Task, preprocessor_of
from bert_keras.features import MAX_WINDOWS, TRUNCATE, WINDOWS
from bert_keras.text.long_texts import check_long_text, check_single
from bert_keras.text.preprocessor import Preprocessor
from bert_keras.text_classification.text_data import TextData


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class TextTask(Task):
    """Single texts or pairs, with a class, several labels or a number each.

    Args:
        label_names: one str a class, in the order of their numbers; None for regression.
        problem_type: "single_label_classification", "multi_label_classification" or "regression".
        metrics: names of the official metrics, as in `bk.metrics`; the first ranks epochs.
        text_columns: names of the one or two text columns.
        long_text: what becomes of texts longer than seq_length: "truncate" cuts them, "windows" reads them in windows
            of seq_length tokens, over which a model averages; of tasks on single texts.
        max_windows: with "windows", of a text; what is beyond them is cut. 8 if not said.
        reading: of a user's own files, the options of `bk.load_files` that another such file is read with.
        notes: what a person should know of the reading, one line each.
    """

    kind: ClassVar[str] = TextData.kind
    stored: ClassVar[tuple[str, ...]] = ("seq_length", "long_text", "max_windows")
    fixed: ClassVar[tuple[str, ...]] = (
        *Task.fixed,
        *("label_names", "problem_type", "metrics", "text_columns", "reading", "notes"),
    )
    label_names: tuple[str, ...] | None
    problem_type: str
    metrics: tuple[str, ...]
    text_columns: tuple[str, ...]
    long_text: str = TRUNCATE
    max_windows: int = MAX_WINDOWS
    reading: dict[str, Any] = dataclasses.field(default_factory=dict, repr=False)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        check_long_text(self.long_text, self.max_windows)
        check_single(self.long_text, len(self.text_columns))

    def check_packed(self) -> None:
        if self.long_text == WINDOWS:
            advice = f"Pass long_text='{TRUNCATE}', or leave packed out."
            raise ValueError(checks.message("packed", f"be off for long_text='{WINDOWS}'", True, advice))

    def tokenize(self, rows: dict[str, Examples], encoder: Any) -> tuple["TextTask", dict[str, Split]]:
        long = {"long_text": self.long_text, "max_windows": self.max_windows}
        preprocessor = preprocessor_of(encoder, Preprocessor, "preprocessor", self.seq_length, **long)
        for name, examples in rows.items():
            if examples.labels is not None or not name.startswith("test"):
                check_labels(examples, self.problem_type, len(self.label_names or [0]))
        return self, {name: make_split(examples, preprocessor) for name, examples in rows.items()}

    def as_data(self, splits: dict[str, Split], batch_size: int, order: BatchOrder | None) -> TextData:
        fields = {name: getattr(self, name) for name in ("label_names", "problem_type", "metrics", "text_columns")}
        fields |= {"reading": self.reading, "notes": self.notes, "settings": self.settings()}
        return TextData(task=self.name, splits=splits, batch_size=batch_size, order=order, **fields)
