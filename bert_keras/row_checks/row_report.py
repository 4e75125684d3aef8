"""`RowReport`: what `bk.check_rows` finds, row by row."""

import dataclasses
import os
import pathlib
from collections.abc import Iterator
from typing import Any

from bert_keras.row_checks.confused_classes import ConfusedClasses
from bert_keras.row_checks.cut_questions import CutQuestion
from bert_keras.row_checks.cut_rows import CutRow
from bert_keras.row_checks.likely_errors import LikelyError
from bert_keras.row_checks.near_doubles import Double
from bert_keras.row_checks.telling_words import TellingWord
from bert_keras.row_checks.write_findings import write_findings

_SHOWN = 5  # findings of a kind that are printed
_CHARACTERS = 100  # of a text that is printed
FINDINGS = ("wrong_labels", "doubles", "telling_words", "confused", "cut")  # the fields that hold findings
_OF_QUESTIONS = ("doubles", "cut")


@dataclasses.dataclass(frozen=True)
class RowReport:
    """What was found, the worst of each kind first. `print(report)` says it in sentences.

    Args:
        name: of the data.
        parts: rows by part.
        how: what was learned from, in words.
        accuracy: of the models on rows that they did not see, by the labels as they are; None of questions.
        wrong_labels: rows whose label is likely wrong.
        doubles: rows that stand in another part too, or in their own with another label.
        telling_words: words that give a label away.
        confused: pairs of classes that are taken for each other.
        cut: rows that are longer than what is read of them.
        notes: what a person should know of it, one line each.
    """

    name: str
    parts: dict[str, int]
    how: str
    accuracy: float | None
    wrong_labels: tuple[LikelyError, ...] = ()
    doubles: tuple[Double, ...] = ()
    telling_words: tuple[TellingWord, ...] = ()
    confused: tuple[ConfusedClasses, ...] = ()
    cut: tuple[CutRow | CutQuestion, ...] = ()
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """All of it in plain dicts and lists, for JSON."""
        return dataclasses.asdict(self)

    def findings(self) -> Iterator[dict[str, Any]]:
        """Each finding as a dict, with its kind under "finding": one of "wrong_labels", "doubles" and so on."""
        for kind in FINDINGS:
            for item in getattr(self, kind):
                yield {"finding": kind, **dataclasses.asdict(item)}

    def write(self, out: str | os.PathLike) -> pathlib.Path:
        """Writes all findings into a new .jsonl or .csv file, one a line; returns its path.

        In a .csv file all kinds share one header, and what a kind does not have is empty.

        Raises:
            FileExistsError: if there is such a file.
            ValueError: for another ending.
            OSError: if it cannot be written.
        """
        return write_findings(self.findings(), out)

    def __str__(self) -> str:
        rows = ", ".join(f"{count:,} {part}" for part, count in self.parts.items())
        lines = [f"{self.name}: {rows}", f"  {self.how}"]
        if self.accuracy is not None:
            lines.append(f"  of the labels {self.accuracy:.1%} are as models expect that did not see the row")
        for kind in FINDINGS if self.accuracy is not None else _OF_QUESTIONS:
            found = getattr(self, kind)
            lines.append(_HEADS[kind](found))
            lines += [f"  {_line(item)}" for item in found[:_SHOWN]]
            if len(found) > _SHOWN:
                lines.append(f"  … and {len(found) - _SHOWN:,} more")
        lines += [f"note: {note}" for note in self.notes]
        return "\n".join(lines)


def _heads_of_doubles(found: tuple[Double, ...]) -> str:
    between = [item for item in found if item.part != item.other_part]
    differ = sum(item.labels_differ for item in found)
    if not found:
        return "doubles: none between parts, and none with two labels"
    return f"doubles: {len(between):,} rows stand in an earlier part, too; {differ:,} pairs have two labels"


_HEADS: dict[str, Any] = {
    "wrong_labels": lambda found: f"likely wrong labels: {len(found):,} rows" if found else "likely wrong labels: none",
    "doubles": _heads_of_doubles,
    "telling_words": lambda found: f"words that give a label away: {len(found):,}",
    "confused": lambda found: f"classes that are taken for each other: {len(found):,} pairs",
    "cut": lambda found: (
        f"longer than what is read: {len(found):,} rows, of which {sum(item.loses_answer for item in found):,} "
        "lose their answer"
    ),
}


def _line(item: Any) -> str:
    if isinstance(item, LikelyError):
        labels = f"labelled '{item.label}', expected '{item.expected}' ({item.probability:.3f})"
        return f"{item.place}: {labels}: {_short(item.text)}"
    if isinstance(item, Double):
        differ = ", with another label" if item.labels_differ else ""
        where = f"{item.place} ({item.part}) has {item.how} as {item.other_place} ({item.other_part})"
        return f"{where}, {item.likeness:.2f}{differ}: {_short(item.text)}"
    if isinstance(item, TellingWord):
        return (
            f"'{item.words}': {item.share:.1%} of {item.rows:,} rows are '{item.label}' (of all rows {item.usual:.1%})"
        )
    if isinstance(item, ConfusedClasses):
        back = f"{item.second_as_first:,} of '{item.second}' for '{item.first}'"
        return f"{item.first_as_second:,} of '{item.first}' are taken for '{item.second}', {back}"
    if isinstance(item, CutQuestion):
        tokens = "" if item.tokens is None else f" ({item.tokens:,} tokens)"
        return f"{item.place}: {item.why}{tokens}: {_short(item.text)}"
    loses = ", and the label can be told by what is cut off alone" if item.loses_answer else ""
    return f"{item.place}: {item.kept:,} of {item.tokens:,} tokens are read{loses}: {_short(item.text)}"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _CHARACTERS else text[:_CHARACTERS] + "…"
