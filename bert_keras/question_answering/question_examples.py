"""`QuestionExamples`: questions about texts, before any tokenization."""

import dataclasses
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np

from bert_keras.checks import message

UNPLACED = -1  # the start of an answer whose place in the context is not known


@dataclasses.dataclass(frozen=True, eq=False)
class QuestionExamples:
    """The questions of one set, one a row.

    Args:
        ids: of the questions, each once.
        questions: their texts.
        contexts: the text that each question is about. Questions about one text hold the same str.
        titles: of the article that the context is from; "" where there is none.
        answers: for each question its answers, as (text, start): `context[start : start + len(text)] == text`, counted
            in Python's characters, or start is `UNPLACED`, -1. Without answers, no tuples.
        is_impossible: bool [questions], True where the context does not hold the answer.
        misplaced: ids of the questions with an answer that was not at the start that the source gives.
        source: where the questions came from, for messages.
        notes: what a person should know of the reading, one line each.
    """

    ids: Sequence[str]
    questions: Sequence[str]
    contexts: Sequence[str]
    titles: Sequence[str]
    answers: Sequence[tuple[tuple[str, int], ...]]
    is_impossible: np.ndarray
    misplaced: tuple[str, ...] = ()
    source: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self):
        for name in ("questions", "contexts", "titles", "answers", "is_impossible"):
            if len(getattr(self, name)) != len(self.ids):
                raise ValueError(message(name, f"have one row an id, {len(self.ids)}", len(getattr(self, name))))
        if len(set(self.ids)) != len(self.ids):
            twice = next(name for row, name in enumerate(self.ids) if name in self.ids[:row])
            raise ValueError(message("ids", "hold each id once", twice))

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def unplaced(self) -> tuple[str, ...]:
        """Ids of the misplaced questions of which an answer's place is not known: it cannot be trained on."""
        return tuple(
            name for name, answers in zip(self.ids, self.answers, strict=True) if any(s == UNPLACED for _, s in answers)
        )

    def take(self, rows: Sequence[int]) -> "QuestionExamples":
        """The questions with these numbers, in this order."""
        names = ("ids", "questions", "contexts", "titles", "answers")
        columns = {name: [getattr(self, name)[row] for row in rows] for name in names}
        ids = set(columns["ids"])
        misplaced = tuple(name for name in self.misplaced if name in ids)
        impossible = self.is_impossible[np.asarray(rows, "int64")]
        more = {"misplaced": misplaced, "source": self.source, "notes": self.notes}
        return QuestionExamples(**columns, is_impossible=impossible, **more)

    def to_references(self) -> list[dict[str, Any]]:
        """The list under "data" in SQuAD's JSON (2.0's form), as `bk.metrics.squad_v1` and `squad_v2` take it.

        Titles and contexts stand in the order in which the questions name them first.
        """
        articles: dict[str, dict[str, list]] = {}
        rows = zip(
            self.ids, self.questions, self.contexts, self.titles, self.answers, self.is_impossible.tolist(), strict=True
        )
        for name, question, context, title, answers, impossible in rows:
            entry = {
                "id": name,
                "question": question,
                "answers": [{"text": text, "answer_start": start} for text, start in answers],
                "is_impossible": impossible,
            }
            articles.setdefault(title, {}).setdefault(context, []).append(entry)
        return [
            {"title": title, "paragraphs": [{"context": context, "qas": qas} for context, qas in paragraphs.items()]}
            for title, paragraphs in articles.items()
        ]


def is_blank(text: str) -> bool:
    """Whether nothing of the text can be seen: it is empty, or white space, control and format characters only.

    >>> is_blank(" \\n\\u200b"), is_blank("?")
    (True, False)
    """
    return all(character.isspace() or unicodedata.category(character) in ("Cc", "Cf") for character in text)
