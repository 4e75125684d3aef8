"""How the answers of each kind of model become lines of JSON."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

from bert_keras import checks
from bert_keras.features import MULTIPLE_CHOICE, QUESTION_ANSWERING, TEXT_CLASSIFICATION, TOKEN_CLASSIFICATION


@dataclasses.dataclass(frozen=True)
class Answering:
    """What `predict` needs to know of a kind of model.

    Args:
        columns: how many texts make a row for a predictor; 0 for a prompt and two choices or more.
        options: names of the command's options that it takes.
        lines: from a predictor, a chunk of rows and the options, one dict a row.
    """

    columns: Callable[[Any], int]
    options: tuple[str, ...]
    lines: Callable[..., Iterator[dict[str, Any]]]


def check_options(kind: str, options: dict[str, Any]) -> dict[str, Any]:
    """The options that were given; ValueError if a model of this kind does not take one."""
    given = {name: value for name, value in options.items() if value is not None}
    for name, value in given.items():
        if name not in ANSWERS[kind].options:
            takers = " and ".join(other for other, answering in ANSWERS.items() if name in answering.options)
            raise ValueError(checks.message(name, f"be given to a model of {takers} only", value, f"This is {kind}."))
    return given


def _labels(predictor: Any, chunk: list[Any]) -> Iterator[dict[str, Any]]:
    for row, answer in zip(chunk, predictor(chunk), strict=True):
        given = {"text": row} if isinstance(row, str) else {"text": row[0], "text_pair": row[1]}
        yield {**given, "label": answer.label, "score": answer.score, "probabilities": answer.probabilities}


def _answers(predictor: Any, chunk: list[Any], top_k: int | None = None, **options: Any) -> Iterator[dict[str, Any]]:
    answers = predictor(*map(list, zip(*chunk, strict=True)), top_k, **options)
    for (question, _), answer in zip(chunk, answers, strict=True):
        told = _answer(answer) if top_k is None else {"answers": [_answer(entry) for entry in answer]}
        yield {"question": question, **told}


def _answer(answer: Any) -> dict[str, Any]:
    return {name: getattr(answer, name) for name in ("answer", "score", "start", "end", "null_score")}


def _choices(predictor: Any, chunk: list[Any]) -> Iterator[dict[str, Any]]:
    answers = predictor([row[0] for row in chunk], [list(row[1:]) for row in chunk])
    for row, answer in zip(chunk, answers, strict=True):
        yield {"prompt": row[0], **dataclasses.asdict(answer)}


def _entities(predictor: Any, chunk: list[Any]) -> Iterator[dict[str, Any]]:
    names = ("label", "text", "start", "end", "score")
    for text, entities in zip(chunk, predictor(chunk), strict=True):
        yield {"text": text, "entities": [{name: getattr(entity, name) for name in names} for entity in entities]}


ANSWERS = {
    TEXT_CLASSIFICATION: Answering(lambda predictor: 2 if predictor.takes_pairs else 1, (), _labels),
    QUESTION_ANSWERING: Answering(lambda predictor: 2, ("top_k", "null_threshold"), _answers),
    TOKEN_CLASSIFICATION: Answering(lambda predictor: 1, (), _entities),
    MULTIPLE_CHOICE: Answering(lambda predictor: 0, (), _choices),
}
