"""`QuestionData`: the parts of a question answering task, ready for `model.fit`."""

import dataclasses
from typing import Any, ClassVar

from bert_keras.data.task_data import TaskData
from bert_keras.question_answering.question_split import QuestionSplit
from bert_keras.text.windows import QuestionPreprocessor


@dataclasses.dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class QuestionData(TaskData):
    """What `bk.load_squad` returns: `model.fit(data.train, validation_data=data.validation)`. A row is a window.

    Args:
        reading: the options of `bk.load_files` that another such file is read with, beside the settings.
    """

    kind: ClassVar[str] = "question_answering"
    metrics: tuple[str, ...] = ("f1", "exact_match")
    splits: dict[str, QuestionSplit]
    reading: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def preprocessor(self) -> QuestionPreprocessor:
        """How questions and contexts become windows."""
        return next(iter(self.splits.values())).preprocessor

    @property
    def max_answer_length(self) -> int:
        """The most tokens of an answer when logits are decoded."""
        return self.settings["max_answer_length"]

    @property
    def has_impossible(self) -> bool:
        """Whether there are questions without an answer: a model of this task can say that there is none."""
        return any(bool(split.questions.is_impossible.any()) for split in self.splits.values())

    @property
    def reported(self) -> tuple[str, ...]:
        return (*self.metrics, "has_answer", "no_answer", "null_threshold")

    def config(self) -> dict[str, Any]:
        more = {"reading": self.reading} if self.reading else {}
        return {**self.settings, "has_impossible": self.has_impossible, **more}

    def described(self) -> dict[str, Any]:
        """As `TaskData.described`, with a threshold for models of which none is tuned yet."""
        return {**super().described(), "null_threshold": 0.0 if self.has_impossible else None}

    def row_count(self, name: str) -> int:
        return len(self.split(name).questions)

    def split_facts(self, name: str, split: QuestionSplit) -> list[str]:
        lines = [f"{name}: {len(split):,} windows of {len(split.questions):,} questions"]
        if split.truncated:
            lines.append(f"{name}: {split.truncated:,} questions are longer than max_query_length and were cut")
        if split.unaligned:
            first = f"the first '{split.unaligned[0]}'"
            lines.append(f"{name}: {len(split.unaligned):,} questions cannot be aligned to tokens, {first}: left out")
        return lines
