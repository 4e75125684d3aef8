"""`choose_columns`: which columns of a user's table are the texts and the labels, as said or by their names."""

from collections.abc import Mapping
from typing import Any

from bert_keras import checks
from bert_keras.data.tables.delimited_file import WITHOUT_HEADER, DelimitedFile
from bert_keras.data.tables.row_source import RowSource

# Names that columns are known by where the user gives none; pairs before single texts, or one of two would be left out.
PAIR_NAMES = (
    *(("sentence1", "sentence2"), ("sentence_1", "sentence_2"), ("sentence_a", "sentence_b")),
    *(("question1", "question2"), ("text1", "text2"), ("text_1", "text_2"), ("text_a", "text_b")),
    *(("premise", "hypothesis"), ("question", "sentence"), ("question", "passage"), ("question", "context")),
    *(("question", "answer"), ("query", "passage"), ("query", "document"), ("claim", "evidence")),
    *(("sentence", "next_sentence"), ("text", "text_pair")),
)
TEXT_NAMES = ("text", "sentence", "review", "content", "comment")
LABEL_NAMES = ("label", "labels", "class", "category", "sentiment", "target")
_SHOWN = 6  # columns that are not used


def choose_columns(source: RowSource, names: Mapping[str, str | None]) -> tuple[tuple[str, ...], str, str]:
    """The columns of one or two texts, that of the labels, and a line that says so, with the columns that are not used.

    Args:
        source: the table.
        names: of the columns that the user named, by argument: text, text_pair, label, weight; None where none.

    Raises:
        ValueError: for a column that is not there, or that no name tells; with those that are there.
    """
    beside = (names["label"] or _known(source, LABEL_NAMES), names.get("weight"))
    text, pair = names["text"], names["text_pair"]
    if text is None:
        text, pair = _known_pair(source, pair, beside)
    texts = (choose_column("text", source, text, TEXT_NAMES, (pair, *beside)),)
    texts += () if pair is None else (source.column("text_pair", pair),)
    label = choose_column("label", source, names["label"], LABEL_NAMES)
    line = f"texts: {' and '.join(map(repr, texts))}; labels: '{label}'"
    indicators = getattr(source, "indicators", ())
    unused = [repr(name) for name in source.columns if name not in (*texts, *beside, *indicators)]
    if unused:
        more = f" and {len(unused) - _SHOWN} more" if len(unused) > _SHOWN else ""
        line += f"; not used: {', '.join(unused[:_SHOWN])}{more}"
    return texts, label, line


def choose_column(
    argument: str, source: RowSource, name: str | None, known: tuple[str, ...], taken: tuple[Any, ...] = ()
) -> str:
    """The column that the user named, or the one whose name says what it is, and which is not taken."""
    if name is not None:
        return source.column(argument, checks.text(argument, name))
    found = _known(source, known, taken)
    if found is None:
        columns = ", ".join(f"'{column}'" for column in source.columns)
        advice = f"{source.name} has: {columns}. Pass {argument}='…' (--{argument}-column …)."
        advice += f" {WITHOUT_HEADER}" if isinstance(source, DelimitedFile) and source.has_header else ""
        raise ValueError(checks.message(argument, f"name the column of the {argument}s", None, advice))
    return found


def _known(source: RowSource, known: tuple[str, ...], taken: tuple[Any, ...] = ()) -> str | None:
    free = _free(source, taken)
    return next((free[name] for name in known if name in free), None)


def _known_pair(source: RowSource, pair: str | None, taken: tuple[Any, ...]) -> tuple[str | None, str | None]:
    """Two columns whose names go together, the second of which the user may have named; the first is None for none."""
    free = _free(source, taken)
    for first, second in PAIR_NAMES:
        if first in free and second in free and pair in (None, free[second]):
            return free[first], free[second]
    return None, pair


def _free(source: RowSource, taken: tuple[Any, ...]) -> dict[str, str]:
    """The columns that are not taken, by their names in small letters."""
    return {column.lower(): column for column in source.columns if column not in taken}
