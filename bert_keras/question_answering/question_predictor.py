"""`QuestionPredictor`: a tuned question answering model, questions and contexts in, answers out."""

import dataclasses
import functools
import html
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

from bert_keras import checks
from bert_keras.foreign_names import foreign_names
from bert_keras.question_answering.question_examples import is_blank
from bert_keras.question_answering.span_decoder import Spans
from bert_keras.question_answering.span_labeler import SpanLabeler
from bert_keras.question_answering.span_reader import N_BEST, SpanReader, span_probabilities
from bert_keras.tuned.answer_frame import is_table
from bert_keras.tuned.check_text import check_text
from bert_keras.tuned.predictor import Predictor

_FIELDS = ("answer", "score", "start", "end", "null_score")  # of an answer that is written
_SHOWN_AROUND = 400  # characters of context that a notebook shows on each side of an answer


@dataclasses.dataclass(frozen=True)
class Answer:
    """An answer, cut from the context as it was given: `context[start:end] == answer`.

    Args:
        answer: the text; "" where the context holds no answer.
        score: its probability among the best spans (and "no answer", where the model knows that), in [0, 1].
        start, end: characters of the context; 0 and 0 for "".
        null_score: how much more speaks for no answer than for the best span; above the model's threshold the answer
            is "".
        question, context: what was asked about what.
        document: of `best_of`, the number of the context among those that were asked, from 0; None for "".
    """

    answer: str
    score: float
    start: int
    end: int
    null_score: float
    question: str = dataclasses.field(repr=False)
    context: str = dataclasses.field(repr=False)
    document: int | None = None

    def _repr_html_(self) -> str:
        """The question, and the context with the answer marked, for notebooks; all of it escaped."""
        begin, stop = max(self.start - _SHOWN_AROUND, 0), self.end + _SHOWN_AROUND
        before, after = self.context[begin : self.start], self.context[self.end : stop]
        before, after = ("…" if begin else "") + before, after + ("…" if stop < len(self.context) else "")
        marked = f"<mark>{html.escape(self.answer)}</mark>" if self.answer else ""
        verdict = "" if self.answer else " — <i>no answer in this text</i>"
        return (
            f'<div dir="auto"><b>{html.escape(self.question)}</b>{verdict} <small>score {self.score:.2f}</small>'
            f'<br><span style="white-space: pre-wrap">{html.escape(before)}{marked}{html.escape(after)}</span></div>'
        )


class QuestionPredictor(Predictor):
    """A tuned question answering model on strings.

    >>> predictor = bk.load("runs/squad")
    >>> predictor(question="Who wrote it?", context="Ann Lee wrote it in 1999.")
    Answer(answer='Ann Lee', score=..., start=0, end=7, null_score=..., document=None)

    Args:
        model: a `bk.SpanLabeler` whose encoder has a tokenizer.
        config: of the model folder: `seq_length`, `doc_stride`, `max_query_length`, `max_answer_length`, `task`,
            `has_impossible`, `null_threshold`.
        batch_size: windows that are run together.
        kind: as for `Predictor`.

    Attributes:
        null_threshold: the null score above which there is no answer; None for a model that always answers.
    """

    columns = 2
    options = ("top_k", "null_threshold")
    needed = ("null_threshold", "seq_length", "doc_stride", "max_query_length", "max_answer_length")
    table_columns: ClassVar[dict[str, tuple[str, ...]]] = {"question": ("question",), "context": ("context",)}

    def __init__(self, model: SpanLabeler, config: dict[str, Any], batch_size: int = 32, kind: Any = None) -> None:
        super().__init__(model, config, batch_size, kind)
        if self.null_threshold is not None:
            checks.number("null_threshold", self.null_threshold)
        windows = {name: config[name] for name in ("seq_length", "doc_stride", "max_query_length")}
        preprocessor = model.encoder.question_preprocessor(**windows)
        self.reader = SpanReader(model, preprocessor, config["max_answer_length"], batch_size)

    @property
    def null_threshold(self) -> float | None:
        """The null score above which there is no answer; None for a model that always answers."""
        return self.config["null_threshold"]

    @checks.answers(**foreign_names("QuestionPredictor"))
    def __call__(
        self, question: Any, context: Any = None, top_k: int | None = None, *, null_threshold: float | None = None
    ) -> Any:
        """The answer to a question about a context of any length; a list of answers for lists.

        Args:
            question: a str, or a list of them; or a table with questions and contexts, which gives a frame: see
                `to_frame`.
            context: a str, or a list of as many; one str serves all questions.
            top_k: None for the best answer alone; a number for a list of that many for each question, best first, with
                different texts, fewer where the context has no more.
            null_threshold: in place of the model's own: a null score above it means that there is no answer.

        Returns:
            An `Answer`; with `top_k` a list of them; for lists one of either for each question.

        Raises:
            TypeError: for what is no str.
            ValueError: for a question or context without a visible character, lists of different lengths, half a
                surrogate pair, or a null threshold for a model that was trained on answerable questions alone.
        """
        if is_table(question) and context is None:
            if top_k is not None:
                raise ValueError(checks.message("top_k", "be None for a table, which has an answer a row", top_k))
            return self.to_frame(question, null_threshold=null_threshold)
        count = 1 if top_k is None else checks.integer("top_k", top_k, 1)
        threshold = self._threshold(null_threshold)
        one = isinstance(question, str) and isinstance(context, str)
        questions, contexts = question_columns(question, context)
        answers: list[Any] = self._answers(questions, contexts, count, threshold)
        if top_k is None:
            answers = [best for best, *_ in answers]
        return answers[0] if one else answers

    def best_of(
        self, question: str, contexts: Sequence[str], top_k: int | None = None, *, null_threshold: float | None = None
    ) -> Any:
        """The best answer to a question in all of several contexts, with the number of its context.

        >>> predictor.best_of("Who wrote it?", ["It rains in Oslo.", "Ann Lee wrote it in 1999."])
        Answer(answer='Ann Lee', score=..., start=0, end=7, null_score=..., document=1)

        A call's scores do not compare between contexts: each is a share of the spans of its own context, and is high
        where one span is better than the others there, though none answers the question. Here the spans of all contexts
        share one probability. What a span has in it is its logits less those of "no answer" in its own context: a
        model is trained on one context at a time, so that logits of two contexts may stand at different heights, and
        "no answer" is what every context was scored against. (Clark and Gardner, 2018, "Simple and Effective
        Multi-Paragraph Reading Comprehension", show that scores of paragraphs that are normalized one by one mislead.)
        That holds for models that were trained on answerable questions alone, too: see docs/differences.md for figures.

        Args:
            question: a str.
            contexts: a list of str.
            top_k: None for the best answer alone; a number for a list of that many, best first. Answers in the same
                context have different texts.
            null_threshold: as for a call. There is no answer where the null scores of all contexts are above it.

        Returns:
            An `Answer`, or with `top_k` a list of them. Its `score` is its probability among the 20 best spans of each
            context, or top_k where that is more, and "no answer in any" where the model knows that; its `null_score` is
            its context's.

        Raises:
            TypeError, ValueError: as a call; for no context.
        """
        count = 1 if top_k is None else checks.integer("top_k", top_k, 1)
        threshold = self._threshold(null_threshold)
        if isinstance(contexts, str):
            raise ValueError(checks.message("contexts", "be a list of str, one for each text", contexts))
        questions, contexts = question_columns(checks.text("question", question), contexts)
        if not contexts:
            raise ValueError(checks.message("contexts", "hold at least one text", contexts))
        spans, lengths = self.reader(questions, contexts, max(N_BEST, count))
        self.warn_of_cut(lengths[:1], self.reader.preprocessor.max_query_length)
        answers = _best_of_documents(question, contexts, spans, threshold)[:count]
        return answers[0] if top_k is None else answers

    def lines(self, rows: list[Any], top_k: int | None = None, **options: Any) -> Iterator[dict[str, Any]]:
        questions, contexts = ([row[column] for row in rows] for column in range(2))
        for question, answer in zip(questions, self(questions, contexts, top_k, **options), strict=True):
            values = _values(answer) if top_k is None else {"answers": [_values(entry) for entry in answer]}
            yield {"question": question, **values}

    def table_row(self, cells: list[Any]) -> Any:
        row = super().table_row(cells)
        return None if row is None or any(map(is_blank, row)) else row

    def table_names(self, **options: Any) -> tuple[str, ...]:
        return _FIELDS

    def table_values(self, rows: list[Any], null_threshold: float | None = None) -> list[tuple[Any, ...]]:
        answers = self([row[0] for row in rows], [row[1] for row in rows], null_threshold=null_threshold)
        return [tuple(_values(answer).values()) for answer in answers]

    def _threshold(self, null_threshold: Any) -> float | None:
        if null_threshold is None:
            return self.null_threshold
        if self.null_threshold is None:
            advice = "It was trained on questions that all have an answer: it cannot tell when there is none."
            raise ValueError(checks.message("null_threshold", "be None for this model", null_threshold, advice))
        return checks.number("null_threshold", null_threshold)

    def _answers(
        self, questions: list[str], contexts: list[str], count: int, threshold: float | None
    ) -> list[list[Answer]]:
        if not questions:
            return []
        spans, lengths = self.reader(questions, contexts, max(N_BEST, count))
        self.warn_of_cut(lengths, self.reader.preprocessor.max_query_length)
        shares, null_shares = (column.numpy() for column in span_probabilities(spans, threshold is not None))
        null_scores = spans.null_scores.numpy()
        answers = []
        for row, (question, context) in enumerate(zip(questions, contexts, strict=True)):
            answer = functools.partial(Answer, null_score=float(null_scores[row]), question=question, context=context)
            columns = zip(*(column[row].tolist() for column in (*spans[:3], shares)), strict=True)
            best = [
                answer(context[start:end], share, start, end) for start, end, logit, share in columns if logit > -np.inf
            ]
            answers.append(_ranked(best, answer("", float(null_shares[row]), 0, 0), threshold)[:count])
        return answers

    @staticmethod
    def warn_of_cut(lengths: np.ndarray, longest: int) -> None:
        """Warns of questions, int [questions] in tokens, of which only the first `longest` were read."""
        cut = np.flatnonzero(lengths > longest)
        if len(cut):
            what = f"{len(cut)} of {len(lengths)} questions are longer than max_query_length={longest} tokens"
            checks.warn(f"{what}, the first number {cut[0]} with {lengths[cut[0]]}: what is beyond was not read.")


def _values(answer: Answer) -> dict[str, Any]:
    """An answer as a line of JSON has it."""
    return {name: getattr(answer, name) for name in _FIELDS}


def _ranked(answers: list[Answer], null: Answer, threshold: float | None) -> list[Answer]:
    """All answers to one question, "no answer" among them where the model knows that, the one that counts first."""
    if threshold is None:
        return answers or [null]
    if null.null_score > threshold or not answers:
        return [null, *answers]
    place = 1 + sum(other.score >= null.score for other in answers[1:])
    return [*answers[:place], null, *answers[place:]]


def _best_of_documents(question: str, contexts: list[str], spans: Spans, threshold: float | None) -> list[Answer]:
    """All answers to a question in its contexts, "no answer" among them where the model knows that, best first."""
    scores = spans.logits - spans.null_logits[:, None]
    highest = max(float(scores.max()), 0.0)
    weights = np.exp(scores - highest)
    null_weight = 0.0 if threshold is None else float(np.exp(-highest))
    whole = float(weights.sum()) + null_weight
    null_scores = np.asarray(spans.null_scores)
    order = np.argsort(-scores, axis=None, kind="stable")
    answers = []
    for row, place in zip(*np.unravel_index(order, scores.shape), strict=True):
        if scores[row, place] > -np.inf:
            start, end = int(spans.starts[row, place]), int(spans.ends[row, place])
            own = float(weights[row, place]) / whole, start, end, float(null_scores[row]), question
            answers.append(Answer(contexts[row][start:end], *own, contexts[row], int(row)))
    least = float(null_scores.min())
    share = null_weight / whole if whole else 0.0
    return _ranked(answers, Answer("", share, 0, 0, least, question, contexts[int(null_scores.argmin())]), threshold)


def question_columns(question: Any, context: Any) -> tuple[list[str], list[str]]:
    """Checked questions and contexts, as many of one as of the other; raises as a call of a `QuestionPredictor`."""
    columns = {}
    for name, texts in {"question": question, "context": context}.items():
        if not isinstance(texts, str) and (isinstance(texts, (bytes, dict)) or not isinstance(texts, Iterable)):
            raise TypeError(checks.message(name, "be a str or a list of them", texts))
        columns[name] = [texts] if isinstance(texts, str) else list(texts)
    questions, contexts = columns.values()
    if isinstance(context, str):
        contexts = contexts * len(questions)
    elif isinstance(question, str):
        questions = questions * len(contexts)
    if len(questions) != len(contexts):
        must = f"have as many entries as `question`, which has {len(questions)}, or be one str for all"
        raise ValueError(checks.message("context", must, len(contexts)))
    for name, column in {"question": questions, "context": contexts}.items():
        _check_column(name, column)
    return questions, contexts


def _check_column(name: str, column: list[Any]) -> None:
    checked: set[int] = set()  # one context often serves many questions
    for place, text in enumerate(column):
        if id(text) not in checked:
            check_text(text, place, name)
            if is_blank(text):
                raise ValueError(checks.message(name, "have a visible character", text, f"It is number {place}."))
            checked.add(id(text))
