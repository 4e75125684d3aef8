"""CoNLL files: a word and its tags on each line, a blank line after each sentence."""

import os
import pathlib
import re
from collections.abc import Iterator, Sequence

from bert_keras import checks
from bert_keras.text.lines import decoded_lines
from bert_keras.token_classification.tagged_sentences import TaggedSentences

CONLL_2003 = ("tokens", "pos", "chunks", "ner")  # names of its four columns, as TFDS has them
_DOCUMENT = "-DOCSTART-"
_BLANKS = " \t"


def read_conll(
    path: str | os.PathLike, tag_column: int | str = -1, columns: Sequence[str] | None = None
) -> TaggedSentences:
    r"""The sentences of a CoNLL file: UTF-8, columns apart by tabs (where a line has one) or by spaces, the word first.

    Lines end in `\n` or `\r\n`; a byte order mark is passed over, and so are lines that begin with -DOCSTART-.

    Args:
        path: of the file.
        tag_column: which column holds the tag: a number, 0 that of the words, -1 the last; or a name out of `columns`.
        columns: names of the file's columns; of four columns "tokens", "pos", "chunks" and "ner" if None.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: with the number of the line: for columns that are not as many as on the lines before, what is not
            UTF-8, an empty column; for a file without words, and a column that is not there.
    """
    file = pathlib.Path(path).expanduser()
    words, tags, lines = [], [], []
    place, first, open_sentence = None, None, False
    for number, cells in _rows(file):
        if cells is None:
            open_sentence = False
            continue
        if place is None:
            place, first = _column(file.name, tag_column, columns, cells), (number, len(cells))
        if len(cells) != first[1]:
            must = f"have as many columns on each line as line {first[0]} has, {first[1]}"
            advice = f"Line {number} has {len(cells)}: {_BLANKS[0].join(cells)[:60]!r}. Blank lines part sentences."
            raise ValueError(checks.message("file", must, file.name, advice))
        if not cells[0].strip() or not cells[place].strip():
            advice = f"Line {number} has an empty one."
            raise ValueError(checks.message("file", "have a word and a tag on each line", file.name, advice))
        if not open_sentence:
            words.append([])
            tags.append([])
            lines.append(number)
            open_sentence = True
        words[-1].append(cells[0])
        tags[-1].append(cells[place])
    if not words:
        advice = "A word and its tag on each line, e.g. 'Oslo B-LOC', and a blank line after each sentence."
        raise ValueError(checks.message("file", "hold at least one word", str(path), advice))
    return TaggedSentences(words, tags, lines, file.name)


def _rows(file: pathlib.Path) -> Iterator[tuple[int, list[str] | None]]:
    """The number of each line, from 1, and its columns; None for one that ends a sentence."""
    for number, line in enumerate(decoded_lines(file), start=1):
        text = line.removesuffix("\n").removesuffix("\r")
        if not text.strip() or text.startswith(_DOCUMENT):
            yield number, None
        elif "\t" in text:
            yield number, [cell.strip(_BLANKS) for cell in text.strip(" ").split("\t")]
        else:
            yield number, re.split(" +", text.strip(" "))  # split() would part words at their U+00A0


def _column(name: str, tag_column: int | str, columns: Sequence[str] | None, cells: list[str]) -> int:
    """The number of the column with the tags, in a file whose lines have these cells."""
    count = len(cells)
    if count < 2:
        advice = f"{name} has one: {cells[0]!r}. The word comes first, then its tag."
        raise ValueError(checks.message("file", "have two columns or more", name, advice))
    if not isinstance(tag_column, str):
        place = checks.integer("tag_column", tag_column, -count, count - 1, f"as {name} has {count} columns")
        if place % count == 0:
            raise ValueError(checks.message("tag_column", "be another column than that of the words, 0", tag_column))
        return place % count
    if columns is None and count == len(CONLL_2003):
        columns = CONLL_2003
    if columns is None:
        advice = f"Pass its number, 1 to {count - 1}, or columns=[…] with the names of all {count}."
        must = f"be a number for {name}, whose {count} columns have no names"
        raise ValueError(checks.message("tag_column", must, tag_column, advice))
    if len(columns) != count:
        raise ValueError(checks.message("columns", f"name the {count} columns of {name}", list(columns)))
    checks.one_of("tag_column", tag_column, list(columns)[1:])
    return list(columns).index(tag_column)
