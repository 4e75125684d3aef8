"""`TagEvaluator`: a `TokenClassifier` on a part of a task: entity scores, or accuracy for plain tags."""

import os
import pathlib
from typing import Any

from bert_keras import checks
from bert_keras.disk import clear_errors
from bert_keras.metrics.entities import entity_scores
from bert_keras.token_classification.entity_decoder import EntityDecoder
from bert_keras.token_classification.schemes import PLAIN
from bert_keras.token_classification.tagging_data import TaggingData
from bert_keras.token_classification.token_classifier import TokenClassifier
from bert_keras.token_classification.token_reader import TokenReader
from bert_keras.tuned.evaluator import Evaluator


class TagEvaluator(Evaluator):
    """Reads a part's sentences with the model as it is at each call. Every word counts, in sentences of any length.

    Args:
        model: a `bk.TokenClassifier`.
        data: the task.
        part: the name of the split.
    """

    submitted = "test"

    def __init__(self, model: Any, data: TaggingData, part: str) -> None:
        super().__init__(model, data, part)
        if not isinstance(model, TokenClassifier):
            raise TypeError(checks.message("model", "be a bk.TokenClassifier", model))
        if model.num_classes != data.num_classes:
            must = f"have a class for each tag of {data.task}, {data.num_classes}"
            raise ValueError(checks.message("model", must, model.num_classes))
        self.sentences = data.split(part).sentences
        decoder = EntityDecoder(data.label_names, data.scheme == PLAIN)
        static = {"ladder": data.ladder, "batch_size": data.batch_size} if data.ladder else {}
        self._reader = TokenReader(model, data.preprocessor, decoder.outside, **static)

    def __call__(self) -> dict[str, float]:
        """ "f1", "precision" and "recall" of entities as seqeval gives them, and of each type; or "accuracy"."""
        labels = self.sentences.tags
        if labels is None:
            raise ValueError(checks.message("part", "have tags", self.part))
        predictions = self.predictions()
        if self.data.scheme == PLAIN:
            pairs = [
                one == other
                for tags, own in zip(predictions, labels, strict=True)
                for one, other in zip(tags, own, strict=True)
            ]
            return {"accuracy": sum(pairs) / len(pairs)}
        return entity_scores(predictions, labels)

    def predictions(self) -> list[list[str]]:
        """The tags that the model gives the words of each sentence."""
        classes, _ = self._reader(self.sentences.words)
        names = iter([self.data.label_names[number] for number in classes])
        return [[next(names) for _ in words] for words in self.sentences.words]

    def write_predictions(self, folder: str | os.PathLike) -> list[str]:
        """Writes `PART.conll`: on each line a word, its tag and the model's, apart by tabs, for conlleval -d "\t"."""
        folder = pathlib.Path(folder).expanduser()
        with clear_errors("folder", folder, "Predictions were not written."):
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"{self.part}.conll"
            sentences = self.sentences
            tags = sentences.tags or [[] for _ in sentences.words]
            lines = []
            for words, own, predicted in zip(sentences.words, tags, self.predictions(), strict=True):
                columns = (words, own, predicted) if own else (words, predicted)
                lines += [*("\t".join(row) for row in zip(*columns, strict=True)), ""]
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return [str(path)]
