"""`QuestionPipeline`: a tuned question answering model, called as the pipeline that transformers 5 no longer has."""

import itertools
import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.question_answering.question_predictor import QuestionPredictor, question_columns
from bert_keras.question_answering.span_reader import SpanReader
from bert_keras.question_answering.window_spans import WindowTokens, window_spans, word_bounds

QUESTION, CONTEXT = "question", "context"
_MAX_OVERLAP = 128  # tokens
_MAX_QUESTION = 64  # tokens
_CHUNK = 1024  # questions that are read together of a generator
_LEFT_OUT = {
    "padding": "leave `{name}` out: windows are padded to the longest of their batch, which changes no answer",
    "num_workers": "leave `{name}` out: windows are made in TensorFlow's own threads",
    "truncation": "leave `{name}` out: long contexts are read in windows; `max_seq_len` is their length",
    "return_tensors": "leave `{name}` out: answers are dicts; `predictor.reader` has the logits",
    "null_threshold": "call bk.load(DIR) without as_pipeline: its predictor takes `{name}`",
    "questions": "pass `question`",
    "contexts": "pass `context`",
}


class QuestionPipeline:
    """Answers as transformers 4's `pipeline("question-answering")` gave them: dicts with score, start, end, answer.

    >>> qa = bk.load("runs/squad", as_pipeline=True)
    >>> qa(question="Who wrote it?", context="Ann Lee wrote it in 1999.")
    {'score': ..., 'start': 0, 'end': 7, 'answer': 'Ann Lee'}

    For the same weights answers, places and scores are that pipeline's, but for these:

    * An answer that stands in two overlapping windows has the higher of its two scores. There they were added, and
      could be above 1.
    * A word that a window's edge cuts is a whole word in the answer.
    * A question is cut to `max_question_len` tokens, with a warning. With a fast tokenizer it never was.
    * A context without a visible character is refused.
    * One question may go to a list of contexts.
    * Text is tokenized as TF-Hub does it: "ß" is read as "ss", and a "[SEP]" that a user types is text.

    A `bk.QuestionPredictor`, which is `bk.load` without `as_pipeline`, scores otherwise: it shares the probability out
    among the best spans of all windows.

    Args:
        predictor: of the tuned model.

    Attributes:
        predictor: as it was given, with the model.
    """

    def __init__(self, predictor: QuestionPredictor) -> None:
        if not isinstance(predictor, QuestionPredictor):
            raise TypeError(checks.message("predictor", "be a QuestionPredictor, as bk.load gives it", predictor))
        self.predictor = predictor
        self._readers: dict[tuple[int, int, int, int], SpanReader] = {}
        self._is_continued = predictor.reader.preprocessor.tokenizer.goes_on

    @checks.answers(**_LEFT_OUT)
    def __call__(
        self,
        *inputs: Any,
        question: Any = None,
        context: Any = None,
        data: Any = None,
        X: Any = None,
        top_k: int | None = None,
        topk: int | None = None,
        doc_stride: int | None = None,
        max_answer_len: int = 15,
        max_seq_len: int | None = None,
        max_question_len: int | None = None,
        handle_impossible_answer: bool = False,
        align_to_words: bool = True,
        batch_size: int | None = None,
    ) -> Any:
        """The answer to a question about a context, or a list of answers.

        Args:
            *inputs: a question and a context; or a dict with both, or several, or a list of them, or a generator.
            question, context: a str each, or lists; one str serves a list of the other.
            data, X: older names of `inputs`.
            top_k: so many answers, best first; fewer where the context has no more.
            topk: the older name of `top_k`.
            doc_stride: tokens that two windows share; 128, or half of `max_seq_len` where that is less. (`doc_stride`
                of `bk.load_task` is the step between two windows' beginnings.)
            max_answer_len: the most tokens of an answer.
            max_seq_len: tokens of a window; if None as the model was trained.
            max_question_len: tokens of a question that are kept; 64, or as the model was trained or as there is room,
                where that is less.
            handle_impossible_answer: whether "" is among the answers, with start and end 0. Its score is the
                probability of [CLS], the least over the windows.
            align_to_words: whether an answer is of whole words.
            batch_size: windows that are run together; the predictor's if None.

        Returns:
            A dict with `score`, `start`, `end` and `answer`, where `context[start:end]` is the answer. With `top_k`
            above 1 a list of such, unless there is but one answer. For several questions a list with one or the other
            for each; for a generator an iterator over these. An answer's score is the probability of its start times
            that of its end, each over [CLS] and the tokens of context in its window. With `align_to_words` it is the
            sum over those spans, of the 2 * top_k + 10 best, that give the same text.

        Raises:
            TypeError: for what is no str, or an argument that has no meaning here, with what takes its place.
            ValueError: for a question or context that is missing or has no visible character, lists of different
                lengths, numbers out of range, or windows that the encoder has no positions for.
        """
        top_k = _one_top_k(top_k, topk)
        checks.integer("max_answer_len", max_answer_len, 1)
        options = {
            "top_k": top_k,
            "max_answer_len": max_answer_len,
            "with_null": checks.boolean("handle_impossible_answer", handle_impossible_answer),
            "align_to_words": checks.boolean("align_to_words", align_to_words),
        }
        if handle_impossible_answer and self.predictor.null_threshold is None:
            told = "this model was trained on questions that all have an answer: the score of '' says little."
            checks.warn(f"handle_impossible_answer=True, and {told}")
        rows, is_one = _rows(inputs, question, context, data, X)
        reader = self._reader(max_seq_len, doc_stride, max_question_len, batch_size)
        if isinstance(rows, types.GeneratorType):
            return self._stream(rows, reader, options)
        answers = list(self._answers(rows, reader, **options))
        return answers[0] if is_one else answers

    def _reader(self, length: Any, overlap: Any, longest_question: Any, batch_size: Any) -> SpanReader:
        """The reader of windows like these; made once, for each is traced by TensorFlow."""
        trained = self.predictor.reader.preprocessor
        length = trained.seq_length if length is None else checks.integer("max_seq_len", length, 6)
        batch_size = self.predictor.batch_size if batch_size is None else checks.integer("batch_size", batch_size, 1)
        usual = (
            min(length // 2, _MAX_OVERLAP) if overlap is None else checks.integer("doc_stride", overlap, 0, length - 5)
        )
        if longest_question is None:
            longest_question = min(_MAX_QUESTION, trained.max_query_length, length - 4 - usual)
        room = length - checks.integer("max_question_len", longest_question, 1, length - 5) - 3
        if overlap is not None and overlap >= room:
            must = f"be below {room}, the room that max_seq_len={length} leaves beside the longest question"
            raise ValueError(checks.message("doc_stride", must, overlap))
        overlap = min(usual, room - 1)
        key = (length, overlap, longest_question, batch_size)
        if key not in self._readers:
            windows = {"max_query_length": longest_question, "overlap": overlap}
            preprocessor = self.predictor.model.encoder.question_preprocessor(length, **windows)
            self._readers[key] = SpanReader(self.predictor.model, preprocessor, batch_size=batch_size)
        return self._readers[key]

    def _stream(self, rows: Iterator[Any], reader: SpanReader, options: dict[str, Any]) -> Iterator[Any]:
        while chunk := list(itertools.islice(rows, _CHUNK)):
            pairs = [_pair(row, place) for place, row in enumerate(chunk)]
            yield from self._answers(pairs, reader, **options)

    def _answers(
        self,
        rows: list[tuple[str, str]],
        reader: SpanReader,
        top_k: int,
        max_answer_len: int,
        with_null: bool,
        align_to_words: bool,
    ) -> Iterator[Any]:
        questions, contexts = question_columns([row[0] for row in rows], [row[1] for row in rows])
        lengths = []
        for (begin, stop), windows, starts, ends in reader.window_logits(questions, contexts):
            lengths.append(windows.question_lengths.numpy())
            for row, own in enumerate(self._windows(windows, starts, ends, align_to_words, stop - begin), begin):
                spans, null = window_spans(contexts[row], own, top_k, max_answer_len, align_to_words)
                answers = [_answer(*span, contexts[row][span.start : span.end]) for span in spans]
                if with_null or not answers:
                    answers = sorted([*answers, _answer(null, 0, 0, "")], key=lambda answer: -answer["score"])
                answers = answers[:top_k]
                yield answers[0] if len(answers) == 1 else answers
        if lengths:
            self.predictor.warn_of_cut(np.concatenate(lengths), reader.preprocessor.max_query_length)

    def _windows(
        self, windows: Any, start_logits: np.ndarray, end_logits: np.ndarray, align_to_words: bool, count: int
    ) -> Iterator[list[WindowTokens]]:
        """The windows of each question of a chunk."""
        ids, row_starts = windows.word_ids.values.numpy(), windows.word_ids.row_starts().numpy()
        rows, firsts, counts, places = (
            column.numpy() for column in (windows.rows, windows.firsts, windows.counts, windows.places)
        )
        splits = windows.starts.row_splits.numpy()
        starts, limits = windows.starts.values.numpy(), windows.limits.values.numpy()
        numbers = np.searchsorted(rows, np.arange(count + 1))
        for question in range(count):
            own = range(numbers[question], numbers[question + 1])
            tokens = slice(splits[question], splits[question + 1])
            bounds = starts[tokens], limits[tokens]
            if align_to_words:
                context = np.zeros(len(bounds[0]), ids.dtype)
                for window in own:
                    at = row_starts[window] + places[window]
                    context[firsts[window] : firsts[window] + counts[window]] = ids[at : at + counts[window]]
                bounds = word_bounds(*bounds, self._is_continued[context])
            made = []
            for window in own:
                inner = slice(firsts[window], firsts[window] + counts[window])
                at = row_starts[window] + places[window] + np.arange(counts[window])
                at = np.concatenate([row_starts[window : window + 1], at])
                made.append(WindowTokens(bounds[0][inner], bounds[1][inner], start_logits[at], end_logits[at]))
            yield made


def _answer(score: float, start: int, end: int, answer: str) -> dict[str, Any]:
    return {"score": score, "start": start, "end": end, "answer": answer}


def _one_top_k(top_k: Any, topk: Any) -> int:
    if topk is not None:
        checks.warn("`topk` is the older name of `top_k`: pass top_k." + (" It is not looked at." if top_k else ""))
    given = topk if top_k is None else top_k
    return 1 if given is None else checks.integer("top_k", given, 1)


def _rows(inputs: tuple[Any, ...], question: Any, context: Any, data: Any, older: Any) -> tuple[Any, bool]:
    """(question, context) of each, or a generator of what may be; and whether the answer is to be no list."""
    given = {QUESTION: question, CONTEXT: context, "data": data, "X": older}
    given = {name: value for name, value in given.items() if value is not None}
    ways = [
        *([inputs] if inputs else []),
        *({"data", "X"} & set(given)),
        *([1] if {QUESTION, CONTEXT} & set(given) else []),
    ]
    if len(ways) != 1 or (QUESTION in given) != (CONTEXT in given):
        must = "be given as question=… and context=…, or as dicts with both"
        raise ValueError(checks.message("inputs", must, [*inputs, *given]))
    if QUESTION in given:
        rows = list(zip(*question_columns(question, context), strict=True))
        return rows, len(rows) == 1
    if len(inputs) == 2 and all(isinstance(text, str) for text in inputs):
        return [inputs], True
    value = list(inputs) if len(inputs) > 1 else inputs[0] if inputs else next(iter(given.values()))
    if isinstance(value, types.GeneratorType):
        return value, False
    if isinstance(value, Mapping) and all(isinstance(value.get(name), (list, tuple)) for name in (QUESTION, CONTEXT)):
        return list(zip(*question_columns(value[QUESTION], value[CONTEXT]), strict=True)), False
    values = [value] if isinstance(value, Mapping) or hasattr(value, "question_text") else value
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise TypeError(checks.message("inputs", "be a dict with question and context, or a list of them", value))
    rows = [_pair(row, place) for place, row in enumerate(values)]
    return rows, len(rows) == 1


def _pair(row: Any, place: int) -> tuple[str, str]:
    """The question and the context of a dict, or of transformers' SquadExample."""
    if hasattr(row, "question_text") and hasattr(row, "context_text"):
        return row.question_text, row.context_text
    if not isinstance(row, Mapping):
        must = "be dicts with question and context"
        raise TypeError(checks.message("inputs", must, row, f"It is number {place}."))
    for name in (QUESTION, CONTEXT):
        if row.get(name) is None:
            advice = f"It is number {place}."
            if "data" in row or "paragraphs" in row:
                advice = "Of a file in SQuAD's form, bk.evaluate and bk.write_predictions read the questions."
            raise ValueError(checks.message("inputs", f"have the field '{name}'", list(row), advice))
    return row[QUESTION], row[CONTEXT]
