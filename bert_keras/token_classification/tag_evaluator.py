"""`TagEvaluator`: a `TokenClassifier` on a part of a task: entity scores, or accuracy for plain tags."""

import pathlib
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.metrics.entities import entity_scores
from bert_keras.token_classification.entity_decoder import EntityDecoder
from bert_keras.token_classification.schemes import PLAIN
from bert_keras.token_classification.tagging_data import TaggingData
from bert_keras.token_classification.token_classifier import TokenClassifier
from bert_keras.token_classification.token_reader import TokenReader
from bert_keras.tuned.class_evidence import ClassEvidence
from bert_keras.tuned.evaluator import Evaluator
from bert_keras.tuned.given_answers import GivenAnswers


class TagEvaluator(Evaluator):
    """A `bk.TokenClassifier` on a part's sentences. Every word counts, in sentences of any length."""

    model_class = TokenClassifier
    sizes = ("num_classes",)
    _last: list[list[str]] | None = None  # the tags that the last call gave

    def __init__(self, model: Any, data: TaggingData, part: str) -> None:
        super().__init__(model, data, part)
        self.sentences = data.split(part).sentences
        decoder = EntityDecoder(data.label_names, data.scheme == PLAIN)
        static = {"ladder": data.ladder, "batch_size": data.batch_size} if data.ladder else {}
        self._reader = TokenReader(model, data.preprocessor, decoder.outside, **static)

    @property
    def rows(self) -> int:
        return len(self.sentences.words)

    def __call__(self) -> dict[str, float]:
        """ "f1", "precision" and "recall" of entities as seqeval gives them, and of each type; or "accuracy"."""
        labels = self.sentences.tags
        if labels is None:
            raise ValueError(checks.message("part", "have tags", self.part))
        predictions = self._last = self.predictions()
        if self.data.scheme == PLAIN:
            pairs = [pair for own in zip(predictions, labels, strict=True) for pair in zip(*own, strict=True)]
            return {"accuracy": sum(tag == label for tag, label in pairs) / len(pairs)}
        return entity_scores(predictions, labels)

    def predictions(self) -> list[list[str]]:
        """The tags that the model gives the words of each sentence."""
        return self.answers()[0]

    def answers(self) -> tuple[list[list[str]], np.ndarray]:
        """As `predictions`, and float32 [words of all sentences], the probability of each tag."""
        classes, scores = self._reader(self.sentences.words)
        names = iter([self.data.label_names[number] for number in classes])
        return [[next(names) for _ in words] for words in self.sentences.words], scores

    def given_answers(self) -> GivenAnswers:
        """Of each word of all sentences, its tag; the statistic is their share that is right."""
        return self._given(self.predictions())

    def last_answers(self) -> GivenAnswers | None:
        return None if self._last is None else self._given(self._last)

    def _given(self, predictions: list[list[str]]) -> GivenAnswers:
        columns = [np.concatenate(tags) for tags in (predictions, self.sentences.tags)]
        return GivenAnswers(*columns, lambda own, true: float(np.mean(own == true)))

    def evidence(self) -> ClassEvidence:
        """Of each word that the model reads, its tag."""
        sentences = self.sentences
        if sentences.tags is None:
            raise ValueError(checks.message("part", "have tags", self.part))
        logits, is_read = self._reader.word_logits(sentences.words)
        numbers = {name: number for number, name in enumerate(self.data.label_names)}
        labels = np.array([numbers[tag] for own in sentences.tags for tag in own])[is_read]
        row_of = np.repeat(np.arange(len(sentences.words)), [len(words) for words in sentences.words])[is_read]
        rows = [tuple(words) for words in sentences.words]
        return ClassEvidence(rows, row_of, np.zeros(len(rows), int), logits[is_read], labels)

    def _write_predictions(self, folder: pathlib.Path) -> list[str]:
        """Writes `PART.conll`: on each line a word, its tag and the model's, apart by tabs, for conlleval -d "\t"."""
        path = folder / f"{self.part}.conll"
        tags = self.sentences.tags or [[] for _ in self.sentences.words]
        lines = []
        for words, own, predicted in zip(self.sentences.words, tags, self.predictions(), strict=True):
            columns = (words, own, predicted) if own else (words, predicted)
            lines += [*("\t".join(row) for row in zip(*columns, strict=True)), ""]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return [str(path)]
