"""`ConllLayout`: which columns of a CoNLL file are words and tags, and which of its lines are no words."""

import dataclasses
import itertools
import re
from collections.abc import Sequence

from bert_keras import checks

CONLL_2003 = ("tokens", "pos", "chunks", "ner")  # names of its four columns, as TFDS has them
CONLL_U = (
    "id",
    "form",
    "lemma",
    "upos",
    "xpos",
    "feats",
    "head",
    "deprel",
    "deps",
    "misc",
)  # of Universal Dependencies
_PREFIXED = re.compile(r"[BIESLUMWbieslumw][-_:/|.].+|.+[-_:/|.][BIESLUMW]")
_MOST_DIGITS = 19  # of the number of a word
_SPAN_ID = re.compile(r"\d+[-.]\d+")  # in CoNLL-U: several words written as one, or a word that is not written


@dataclasses.dataclass(frozen=True)
class Row:
    """A line of a CoNLL file.

    Args:
        line: its number, from 1.
        cells: its columns.
        sentence: a number that all lines between two blank ones have.
        opens: whether it may be a comment: it begins with "#", and so do all lines of its sentence before it.
    """

    line: int
    cells: list[str]
    sentence: int
    opens: bool


@dataclasses.dataclass(frozen=True)
class ConllLayout:
    """Which columns are what.

    Args:
        width: how many columns the lines have.
        first: the line that says so.
        word, tag: the numbers of two columns, from 0.
        index: that of a column with the numbers of words; None if there is none.
        notes: what was found out, one line each.
    """

    width: int
    first: int
    word: int
    tag: int
    index: int | None = None
    notes: tuple[str, ...] = ()

    def is_no_word(self, row: Row) -> bool:
        """Whether a line of CoNLL-U is no word of its own: "3-4" and "5.1"."""
        return self.index == 0 and _SPAN_ID.fullmatch(row.cells[0]) is not None


def without_comments(rows: Sequence[Row], tag_column: int | str) -> tuple[list[Row], int]:
    """The lines without comments, and how many these are.

    A comment begins with "#", stands before the words of a sentence, and has other columns than the words, or a last
    one that is no tag of any word. "# O" and "#hashtag O" are words.
    """
    words = [row for row in rows if not row.opens]
    if not words:
        return list(rows), 0
    width = len(words[0].cells)
    place = tag_column if isinstance(tag_column, int) and -width <= tag_column < width else -1
    tags = {row.cells[place] for row in words if len(row.cells) == width}

    def is_comment(row: Row) -> bool:
        is_word = len(row.cells) == width and (row.cells[place] in tags or _PREFIXED.fullmatch(row.cells[place]))
        return row.opens and not is_word

    kept = [row for row in rows if not is_comment(row)]
    return kept, len(rows) - len(kept)


def find_layout(
    name: str,
    rows: Sequence[Row],
    tag_column: int | str = -1,
    columns: Sequence[str] | None = None,
    word_column: int | str | None = None,
) -> ConllLayout:
    """Which columns hold the words and the tags.

    Args:
        name: of the file, for messages.
        rows: its lines, without comments, at least one.
        tag_column, columns, word_column: as for `read_conll`.

    Raises:
        ValueError: for columns that are not there, or cannot be words.
    """
    width, first = len(rows[0].cells), rows[0].line
    if width < 2:
        advice = f"{name} has one: {rows[0].cells[0]!r}. The word comes first, then its tag."
        raise ValueError(checks.message("file", "have two columns or more", name, advice))
    whole = [row for row in rows if len(row.cells) == width]
    is_index = _counts_words(whole)
    is_conll_u = is_index and width == len(CONLL_U)
    columns = columns or (CONLL_U if is_conll_u else CONLL_2003 if width == len(CONLL_2003) else None)
    is_known = word_column is not None
    word = _place("word_column", name, width, columns, word_column) if is_known else 1 if is_index else 0
    tag = _place("tag_column", name, width, columns, tag_column, word)
    notes = []
    if is_index and word == 0:
        numbers = ", ".join(row.cells[0] for row in whole[:3])
        advice = f"Pass another column (word_column, --word-column), of the {width} that there are."
        raise ValueError(checks.message("word_column", "hold words, and this one counts them", f"{numbers}, …", advice))
    if is_index and not is_known:
        if width < 3:
            advice = f"{name} has two columns: the numbers of the words, and {whole[0].cells[1]!r}."
            raise ValueError(checks.message("file", "have a column of words and one of tags", name, advice))
        notes.append(f"the first column of {name} counts words: the second holds them")
    if is_conll_u and tag_column == -1:
        tag = CONLL_U.index("upos")
        notes.append(f"{name} is CoNLL-U: the tags are its upos (tag_column= takes xpos, deprel and others)")
    elif not is_known and tag_column == -1 and width == 2 and _tags_come_first(whole):
        word, tag = 1, 0
        notes.append(f"the tags of {name} stand before the words")
    if word == tag:
        raise ValueError(checks.message("tag_column", f"be another column than that of the words, {word}", tag_column))
    return ConllLayout(width, first, word, tag, 0 if is_index else None, tuple(notes))


def _counts_words(rows: Sequence[Row]) -> bool:
    """Whether the first column numbers the words of each sentence, or of the whole file, from 0 or 1."""
    numbers: list[tuple[int, int]] = []
    for row in rows:
        if row.cells[0].isascii() and row.cells[0].isdigit() and len(row.cells[0]) < _MOST_DIGITS:
            numbers.append((int(row.cells[0]), row.sentence))
        elif not _SPAN_ID.fullmatch(row.cells[0]):
            return False
    if len(numbers) < 2 or numbers[0][0] not in (0, 1) or (len(rows[0].cells) == 2 and len(numbers) < 3):
        return False
    begin = numbers[0][0]
    pairs = list(itertools.pairwise(numbers))
    by_sentence = all(new == (old + 1 if its == before else begin) for (old, before), (new, its) in pairs)
    return by_sentence or all(new == old + 1 for (old, _), (new, _) in pairs)


def _tags_come_first(rows: Sequence[Row]) -> bool:
    """Whether the first column is tags of entities, and the last one is not."""
    first, last = {row.cells[0] for row in rows}, {row.cells[-1] for row in rows}
    return _are_tags(first) and not _are_tags(last)


def _are_tags(cells: set[str]) -> bool:
    return any(_PREFIXED.fullmatch(cell) for cell in cells) and all(
        cell in ("O", "o") or _PREFIXED.fullmatch(cell) for cell in cells
    )


def _place(
    argument: str, name: str, width: int, columns: Sequence[str] | None, column: int | str, other: int | None = None
) -> int:
    """The number of a column that the user named, or counted; by its name any but the `other` one."""
    if not isinstance(column, str):
        return checks.integer(argument, column, -width, width - 1, f"as {name} has {width} columns") % width
    if columns is None:
        advice = f"Pass its number, 0 to {width - 1}, or columns=[…] with the names of all {width}."
        raise ValueError(
            checks.message(argument, f"be a number for {name}, whose {width} columns have no names", column, advice)
        )
    if len(columns) != width:
        raise ValueError(checks.message("columns", f"name the {width} columns of {name}", list(columns)))
    return list(columns).index(checks.one_of(argument, column, [c for n, c in enumerate(columns) if n != other]))
