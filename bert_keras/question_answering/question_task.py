"""`QuestionTask`: questions about texts, before an encoder makes windows of ids of them."""

import dataclasses
from collections.abc import Iterable
from typing import Any, ClassVar

from bert_keras import checks
from bert_keras.data.batch_order import BatchOrder
from bert_keras.data.splitting import checked_parts, limited, part_of
from bert_keras.data.task import Task, preprocessor_of
from bert_keras.question_answering.question_data import QuestionData
from bert_keras.question_answering.question_examples import QuestionExamples
from bert_keras.question_answering.question_split import QuestionSplit, make_question_split
from bert_keras.text.windows import QuestionPreprocessor


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class QuestionTask(Task):
    """Questions, each about a context of any length, which is read in windows.

    Args:
        seq_length: tokens of a window.
        doc_stride: tokens from the beginning of one window to that of the next.
        max_query_length: tokens of a question that are kept.
        max_answer_length: the most tokens of an answer when logits are decoded.
        repair: whether questions at fault in a file of one's own are left out and counted; they are an error else.
        unanswered: "impossible" or "leave_out", what questions without an answer are that do not say `is_impossible`.
        notes: what a person should know of the questions, one line each.
    """

    kind: ClassVar[str] = QuestionData.kind
    data_class: ClassVar[type[QuestionData]] = QuestionData
    stored: ClassVar[tuple[str, ...]] = ("seq_length", "doc_stride", "max_query_length", "max_answer_length")
    fixed: ClassVar[tuple[str, ...]] = (*Task.fixed, "notes")
    default_batch_size: ClassVar[int] = 16
    seq_length: int = 384
    doc_stride: int = 128
    max_query_length: int = 64
    max_answer_length: int = 30
    repair: bool = False
    unanswered: str | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("doc_stride", "max_query_length", "max_answer_length"):
            checks.integer(name, getattr(self, name), 1)
        checks.boolean("repair", self.repair)

    def rows(self, parts: tuple[str, ...] | None = None) -> dict[str, QuestionExamples]:
        reading = {"repair": self.repair, "unanswered": self.unanswered}
        if self.origin is None:
            for name, value in reading.items():
                if value:
                    raise ValueError(checks.message(name, f"be left out for {self.name}, which is no file", value))
            reading = {}
        rows = self.read(checked_parts(parts, self.parts), **reading)
        return rows | {n: limited(rows[n], self.limit, self.split_seed) for n in rows if part_of(n) == "train"}

    @staticmethod
    def texts_of(rows: QuestionExamples) -> Iterable[tuple[str, ...]]:
        return zip(rows.contexts, rows.questions, strict=True)

    def tokenize(
        self, rows: dict[str, QuestionExamples], encoder: Any
    ) -> tuple["QuestionTask", dict[str, QuestionSplit]]:
        sizes = {"doc_stride": self.doc_stride, "max_query_length": self.max_query_length}
        preprocessor = preprocessor_of(encoder, QuestionPreprocessor, "question_preprocessor", self.seq_length, **sizes)
        notes = dict.fromkeys(note for questions in rows.values() for note in questions.notes)
        task = dataclasses.replace(self, notes=(*self.notes, *notes))
        return task, {name: make_question_split(questions, preprocessor) for name, questions in rows.items()}

    def as_data(self, splits: dict[str, QuestionSplit], batch_size: int, order: BatchOrder | None) -> QuestionData:
        usual = {"repair": False, "unanswered": None}
        reading = {name: getattr(self, name) for name in usual if getattr(self, name) != usual[name]}
        return super().as_data(splits, batch_size, order, notes=self.notes, reading=reading)
