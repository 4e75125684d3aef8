"""`tag_findings`: a `bk.TokenClassifier` on the sentences of a split: entities by type, or plain tags."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from bert_keras.inspection.reporting import parts
from bert_keras.inspection.reporting.class_sections import calibration_section, confusion_section
from bert_keras.inspection.reporting.class_table import score_table, with_gaps
from bert_keras.inspection.reporting.findings import Findings
from bert_keras.inspection.reporting.measured import measured
from bert_keras.inspection.reporting.section import Section
from bert_keras.inspection.reporting.selective_section import selective_section
from bert_keras.markup import Markup, escaped
from bert_keras.metrics.class_scores import scores_of_counts
from bert_keras.metrics.entities import entities
from bert_keras.metrics.entity_counts import entity_counts
from bert_keras.token_classification.schemes import PLAIN
from bert_keras.token_classification.tag_evaluator import TagEvaluator
from bert_keras.token_classification.tagging_data import TaggingData

_ERRORS = 12
_SCORES = ("Precision", "Recall", "F1")


def tag_findings(predictor: Any, data: TaggingData, name: str) -> Findings:
    """What there is to say of one split; arguments as for `text_findings`."""
    sentences = data.split(name).sentences
    predictions, confidences = TagEvaluator(predictor.model, data, name).answers()
    labels = sentences.tags
    pairs = [pair for own in zip(predictions, labels, strict=True) for pair in zip(*own, strict=True)]
    is_right = np.array([given == true for given, true in pairs])
    makes = _of_tags if data.scheme == PLAIN else _of_entities
    scores, sections, told = makes(data, predictions, labels)
    calibrated = calibration_section(
        confidences.astype("float64").clip(0.0, 1.0), is_right, "a word's tag", "it is right"
    )
    selective = selective_section(confidences, is_right, "a word's tag")
    errors = _errors(sentences.words, predictions, labels, confidences, data.scheme == PLAIN)
    return Findings(tuple(scores), len(labels), (*sections, calibrated, selective, *errors), told)


def _of_entities(data: TaggingData, predictions: Any, labels: Any) -> tuple[list, list, tuple]:
    kinds, counts = entity_counts(predictions, labels)

    def drawn_counts(rows: np.ndarray) -> np.ndarray:
        """int [types, 3]"""
        return np.tensordot(np.bincount(rows, minlength=len(counts)), counts, 1)

    def over_all(rows: np.ndarray) -> list[float]:
        scores = scores_of_counts(*drawn_counts(rows).sum(axis=0)[:, None])
        return [float(scores.f1[0]), float(scores.precision[0]), float(scores.recall[0])]

    scores = measured(("f1", "precision", "recall"), over_all, len(counts))
    columns = [(lambda rows: with_gaps(*drawn_counts(rows).T), _SCORES, True)]
    table, told = score_table(kinds, columns, len(counts), counts.sum(axis=0)[:, 2], "Type")
    text = "An entity is right if its type, its first and its last word are. Below each score is its 95 % interval, by "
    text += "drawing sentences; support is how many entities of a type there are."
    sections = [Section("Scores by type", parts.joined([parts.paragraph(text), table]))]
    return scores, [*sections, _sorts(predictions, labels)], told


def _of_tags(data: TaggingData, predictions: Any, labels: Any) -> tuple[list, list, tuple]:
    number = {label: place for place, label in enumerate(data.label_names)}
    shape = (len(labels), len(number), 3)
    counts = np.zeros(shape, "int64")
    for row, (own, true) in enumerate(zip(predictions, labels, strict=True)):
        for given, tag in zip(own, true, strict=True):
            counts[row, number[given], 1] += 1
            counts[row, number[tag], 2] += 1
            counts[row, number[tag], 0] += given == tag

    def drawn_counts(rows: np.ndarray) -> np.ndarray:
        return np.tensordot(np.bincount(rows, minlength=len(counts)), counts, 1)

    def accuracy(rows: np.ndarray) -> list[float]:
        right, _, true = drawn_counts(rows).sum(axis=0)
        return [right / true]

    scores = measured(("accuracy",), accuracy, len(counts))
    columns = [(lambda rows: with_gaps(*drawn_counts(rows).T), _SCORES, True)]
    table, told = score_table(data.label_names, columns, len(counts), counts.sum(axis=0)[:, 2], "Tag")
    text = "Below each score is its 95 % interval, by drawing sentences; support is how many words have the tag."
    flat = [np.array([number[tag] for own in tags for tag in own]) for tags in (predictions, labels)]
    sections = [Section("Scores by tag", parts.joined([parts.paragraph(text), table]))]
    return scores, [*sections, confusion_section(data.label_names, *flat)], told


def _sorts(predictions: Any, labels: Any) -> Section:
    """How entities went wrong: each true one counts once, and each of the model's that meets no true one."""
    counts = dict.fromkeys(("found", "of another type", "with other words", "missed", "invented"), 0)
    for own, true in zip(predictions, labels, strict=True):
        given, wanted = entities(own), entities(true)
        for entity in wanted:
            counts[_fate(entity, given)] += 1
        counts["invented"] += sum(not any(_meet(entity, other) for other in wanted) for entity in given)
    told = {
        "found": "type and words are right",
        "of another type": "the words are right, the type is not",
        "with other words": "it begins or ends elsewhere",
        "missed": "the model has nothing there",
        "invented": "there is no entity where the model has one",
    }
    rows = [(what.capitalize(), told[what], f"{count:,}") for what, count in counts.items()]
    return Section("How entities go wrong", parts.data_table(("Entities", "", "Number"), rows, "Entities", (2,)))


def _fate(entity: tuple[str, int, int], given: Sequence[tuple[str, int, int]]) -> str:
    if entity in given:
        return "found"
    if any(other[1:] == entity[1:] for other in given):
        return "of another type"
    return "with other words" if any(_meet(entity, other) for other in given) else "missed"


def _meet(one: tuple[str, int, int], other: tuple[str, int, int]) -> bool:
    """Whether two entities share a word."""
    return one[1] < other[2] and other[1] < one[2]


def _errors(words: Any, predictions: Any, labels: Any, confidences: np.ndarray, is_plain: bool) -> list[Section]:
    """The sentences whose wrong tags the model is surest of, added up."""
    ends = np.cumsum([len(own) for own in words])
    losses = []
    for own, true, sure in zip(predictions, labels, np.split(confidences, ends[:-1]), strict=True):
        losses.append(sum(share for given, tag, share in zip(own, true, sure, strict=True) if given != tag))
    rows = [row for row in np.argsort(-np.array(losses), kind="stable")[:_ERRORS].tolist() if losses[row] > 0]
    if not rows:
        return []
    shown = _tagged if is_plain else _marked
    cards = []
    for row in rows:
        own, given, true = words[row], predictions[row], labels[row]
        facts = {"wrong words": sum(one != other for one, other in zip(given, true, strict=True)), "sentence": row}
        texts = [("label", shown(own, true, given)), ("model", shown(own, given, true))]
        cards.append(parts.error_card(texts, facts))
    text = "The sentences whose wrong tags the model is surest of, as they are labelled and as the model reads them."
    return [Section("Worst errors", parts.joined([parts.paragraph(text), parts.error_list(cards)]))]


def _marked(words: Sequence[str], tags: Sequence[str], others: Sequence[str]) -> Markup:
    """The sentence with its entities marked."""
    pieces, place = [], 0
    for kind, first, limit in entities(tags):
        pieces += map(escaped, words[place:first])
        pieces.append(f"<mark>{escaped(' '.join(words[first:limit]))}<small> {escaped(kind)}</small></mark>")
        place = limit
    return Markup(" ".join([*pieces, *map(escaped, words[place:])]))


def _tagged(words: Sequence[str], tags: Sequence[str], others: Sequence[str]) -> Markup:
    """The sentence with a tag behind each word that is tagged otherwise elsewhere."""
    pieces = [
        escaped(word) if tag == other else f"<mark>{escaped(word)}<small> {escaped(tag)}</small></mark>"
        for word, tag, other in zip(words, tags, others, strict=True)
    ]
    return Markup(" ".join(pieces))
