"""`QuestionData`: the parts of a question answering task, ready for `model.fit`."""

import dataclasses
from typing import Any, ClassVar

from bert_keras import checks
from bert_keras.data.split import BatchOrder
from bert_keras.data.task_data import Parts, with_ladder
from bert_keras.features import QUESTION_ANSWERING
from bert_keras.question_answering.question_examples import QuestionExamples
from bert_keras.question_answering.question_split import QuestionSplit, make_question_split
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text.windows import QuestionPreprocessor


@dataclasses.dataclass(frozen=True, eq=False)
class QuestionData(Parts):
    """What `bk.load_squad` returns: `model.fit(data.train, validation_data=data.validation)`.

    Args:
        task: the task's name, e.g. "squad/v1.1".
        metrics: names of the official metrics that rank epochs.
        splits: by name: "train", "validation", "test".
        batch_size: windows a batch.
        preprocessor: how questions and contexts become windows.
        max_answer_length: the most tokens of an answer that is given.
        order: the order of `train`'s batches; its `epoch` is the number of the next one.
    """

    kind: ClassVar[str] = QUESTION_ANSWERING
    task: str
    metrics: tuple[str, ...]
    splits: dict[str, QuestionSplit]
    batch_size: int
    preprocessor: QuestionPreprocessor
    max_answer_length: int
    order: BatchOrder | None

    @property
    def seq_length(self) -> int:
        """The most tokens of a window."""
        return self.preprocessor.seq_length

    @property
    def has_impossible(self) -> bool:
        """Whether there are questions without an answer: a model of this task can say that there is none."""
        return any(bool(split.questions.is_impossible.any()) for split in self.splits.values())

    @property
    def reported(self) -> tuple[str, ...]:
        return (*self.metrics, "has_answer", "no_answer", "null_threshold")

    def config(self) -> dict[str, Any]:
        names = ("seq_length", "doc_stride", "max_query_length")
        kept = {name: getattr(self.preprocessor, name) for name in names}
        return {**kept, "max_answer_length": self.max_answer_length, "has_impossible": self.has_impossible}

    def facts(self) -> list[str]:
        return [line for name, split in self.splits.items() for line in split.facts(name)] + self.shape_facts()


def make_question_data(
    task: str,
    questions: dict[str, QuestionExamples],
    encoder: Any,
    *,
    seq_length: int = 384,
    doc_stride: int = 128,
    max_query_length: int = 64,
    max_answer_length: int = 30,
    batch_size: int = 16,
    seed: int = 0,
    static_shapes: bool = False,
) -> QuestionData:
    """Makes the windows of every part. `encoder` is an encoder or a `Tokenizer`."""
    checks.integer("batch_size", batch_size, 1)
    checks.integer("max_answer_length", max_answer_length, 1)
    preprocessor = _preprocessor(encoder, seq_length, doc_stride, max_query_length)
    splits = {name: make_question_split(rows, preprocessor) for name, rows in questions.items()}
    splits = with_ladder(splits, static_shapes, seq_length)
    order = splits["train"].order(batch_size, shuffle=True, seed=seed) if "train" in splits else None
    metrics = ("f1", "exact_match")
    return QuestionData(task, metrics, splits, batch_size, preprocessor, max_answer_length, order)


def _preprocessor(encoder: Any, seq_length: int, doc_stride: int, max_query_length: int) -> QuestionPreprocessor:
    if isinstance(encoder, Tokenizer):
        return QuestionPreprocessor(encoder, seq_length, doc_stride, max_query_length)
    if not hasattr(checks.no_tf_keras("encoder", encoder), "question_preprocessor"):
        advice = "Pass bk.load_encoder(…), or bk.Tokenizer(vocab_file) if there is no encoder yet."
        raise TypeError(checks.message("encoder", "be an encoder or a Tokenizer", encoder, advice))
    return encoder.question_preprocessor(seq_length, doc_stride=doc_stride, max_query_length=max_query_length)
