"""`DocumentReader`: questions about many documents: the passages that are near are read, and the best answer counts."""

from typing import Any, NamedTuple

import numpy as np

from bert_keras import checks
from bert_keras.question_answering.question_predictor import QuestionPredictor, question_columns
from bert_keras.question_answering.span_decoder import Spans
from bert_keras.question_answering.span_reader import N_BEST
from bert_keras.retrieval.document_answer import DocumentAnswer
from bert_keras.retrieval.hit import Hit
from bert_keras.retrieval.search_index import SearchIndex, query_list

PASSAGES, WORD_WEIGHT, PASSAGE_WEIGHT = 5, 1.0, 20.0  # if not said; docs/retrieval.md has the measurements


class _Passage(NamedTuple):
    """A part of a document: `text` begins at its character `start`."""

    document: str
    start: int
    text: str
    score: float


@checks.answers()
class DocumentReader:
    """Answers to questions about the documents of an index.

    >>> reader = bk.DocumentReader(bk.load_index("indexes/manuals"), bk.load("runs/squad"))
    >>> reader("How often is the filter cleaned?")
    DocumentAnswer(answer='once a month', score=..., document='pump.md', start=310, end=322, ...)

    The `k` windows that are nearest to the question are read; those of one document that overlap are read as one
    passage. Answers of all passages compete: what speaks for a span is its logits less those of "no answer" in its
    passage, as in `QuestionPredictor.best_of`, and `passage_weight` times the score by which its passage was found.

    Args:
        index: of `bk.search_index` or `bk.load_index`.
        predictor: of `bk.load`, a model of question answering.
        k: how many windows are read.
        word_weight: as for `SearchIndex.search`.
        passage_weight: how much the score of the search counts beside logits; 0 leaves it out.
    """

    def __init__(
        self,
        index: SearchIndex,
        predictor: QuestionPredictor,
        k: int = PASSAGES,
        word_weight: float = WORD_WEIGHT,
        passage_weight: float = PASSAGE_WEIGHT,
    ) -> None:
        if not isinstance(index, SearchIndex):
            advice = "Pass bk.load_index(folder), or bk.search_index(encoder, documents)."
            raise TypeError(checks.message("index", "be an index", index, advice))
        if not isinstance(predictor, QuestionPredictor):
            advice = "Pass bk.load(folder), of a folder that was tuned on questions."
            raise TypeError(checks.message("predictor", "be a bk.QuestionPredictor", predictor, advice))
        self.index = index
        self.predictor = predictor
        self.k = checks.integer("k", k, 1)
        self.word_weight = checks.number("word_weight", word_weight, 0)
        self.passage_weight = checks.number("passage_weight", passage_weight, 0)

    def __call__(self, questions: Any, top_k: int | None = None, *, null_threshold: float | None = None) -> Any:
        """The answer to a question; a list of answers for a list of questions.

        Args:
            questions: a str, or a list of them.
            top_k: None for the best answer alone; a number for a list of that many for each question, best first,
                fewer where the passages have no more.
            null_threshold: as for a call of the predictor. There is no answer where the null scores of all passages
                are above it.

        Returns:
            A `bk.DocumentAnswer`; with `top_k` a list of them; for lists one of either for each question.

        Raises:
            TypeError, ValueError: as `SearchIndex.search`, and for a null threshold as the predictor's call.
        """
        count = 1 if top_k is None else checks.integer("top_k", top_k, 1)
        threshold = self._threshold(null_threshold)
        is_one = isinstance(questions, str)
        asked = query_list("questions", questions)
        passages = [self._passages(hits) for hits in self.index.search(asked, self.k, word_weight=self.word_weight)]
        flat = [(question, one.text) for question, own in zip(asked, passages, strict=True) for one in own]
        if not flat:
            return []
        columns = question_columns(*map(list, zip(*flat, strict=True)))
        spans, lengths = self.predictor.reader(*columns, max(N_BEST, count))
        firsts = np.cumsum([0, *map(len, passages)])
        longest = self.predictor.reader.preprocessor.max_query_length
        self.predictor.warn_of_cut(lengths[firsts[:-1]], longest)
        answers: list[Any] = []
        for question, own, first in zip(asked, passages, firsts, strict=False):
            read = Spans(*(column[first : first + len(own)] for column in spans))
            answers.append(self._ranked(question, own, read, threshold)[:count])
        if top_k is None:
            answers = [best for best, *_ in answers]
        return answers[0] if is_one else answers

    def _threshold(self, given: float | None) -> float | None:
        own = self.predictor.null_threshold
        if given is None:
            return own
        if own is None:
            advice = "It was trained on questions that all have an answer: it cannot tell when there is none."
            raise ValueError(checks.message("null_threshold", "be None for this model", given, advice))
        return checks.number("null_threshold", given)

    def _passages(self, hits: list[Hit]) -> list[_Passage]:
        """The parts of documents that windows cover, nearest first; windows that overlap are one."""
        parts: dict[str, list[list[Any]]] = {}
        for hit in sorted(hits, key=lambda hit: hit.start):
            own = parts.setdefault(hit.document, [])
            if own and hit.start < own[-1][1]:
                own[-1] = [own[-1][0], max(own[-1][1], hit.end), max(own[-1][2], hit.score)]
            else:
                own.append([hit.start, hit.end, hit.score])
        texts = self.index.documents
        found = [
            _Passage(name, start, texts[name][start:end], score)
            for name, own in parts.items()
            for start, end, score in own
        ]
        return sorted(found, key=lambda passage: -passage.score)

    def _ranked(
        self, question: str, passages: list[_Passage], spans: Spans, threshold: float | None
    ) -> list[DocumentAnswer]:
        """All answers to a question, "no answer" among them where the model knows that, best first."""
        nearest = passages[0].score
        found_by = np.array([passage.score - nearest for passage in passages])
        scores = spans.logits - spans.null_logits[:, None] + self.passage_weight * found_by[:, None]
        highest = max(float(scores.max()), 0.0)
        weights = np.exp(scores - highest)
        null_weight = 0.0 if threshold is None else float(np.exp(-highest))
        whole = float(weights.sum()) + null_weight
        null_scores = np.asarray(spans.null_scores)
        found = []
        for place in np.argsort(-scores, axis=None, kind="stable"):
            row, column = np.unravel_index(place, scores.shape)
            if scores[row, column] == -np.inf:
                break
            passage, start = passages[row], int(spans.starts[row, column])
            text, begin = passage.text[start : int(spans.ends[row, column])], passage.start + start
            score = float(weights[row, column]) / whole
            places = passage.document, begin, begin + len(text), float(null_scores[row]), passage.score
            found.append(DocumentAnswer(text, score, *places, question, passage.text))
        least = float(null_scores.min())
        null = DocumentAnswer("", null_weight / whole if whole else 0.0, None, 0, 0, least, nearest, question, "")
        if not found or (threshold is not None and least > threshold):
            return [null, *found]
        if threshold is None:
            return found
        place = 1 + sum(other.score >= null.score for other in found[1:])
        return [*found[:place], null, *found[place:]]
