"""`QuestionTask`: questions about texts, before an encoder makes windows of ids of them."""

import dataclasses
from collections.abc import Iterable
from typing import Any, ClassVar

from bert_keras import checks
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
    """

    kind: ClassVar[str] = QuestionData.kind
    data_class: ClassVar[type[QuestionData]] = QuestionData
    stored: ClassVar[tuple[str, ...]] = ("seq_length", "doc_stride", "max_query_length", "max_answer_length")
    default_batch_size: ClassVar[int] = 16
    seq_length: int = 384
    doc_stride: int = 128
    max_query_length: int = 64
    max_answer_length: int = 30

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("doc_stride", "max_query_length", "max_answer_length"):
            checks.integer(name, getattr(self, name), 1)

    @staticmethod
    def texts_of(rows: QuestionExamples) -> Iterable[tuple[str, ...]]:
        return zip(rows.contexts, rows.questions, strict=True)

    def tokenize(
        self, rows: dict[str, QuestionExamples], encoder: Any
    ) -> tuple["QuestionTask", dict[str, QuestionSplit]]:
        sizes = {"doc_stride": self.doc_stride, "max_query_length": self.max_query_length}
        preprocessor = preprocessor_of(encoder, QuestionPreprocessor, "question_preprocessor", self.seq_length, **sizes)
        return self, {name: make_question_split(questions, preprocessor) for name, questions in rows.items()}
