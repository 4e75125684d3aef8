"""CoNLL files: a word and its tags on each line, a blank line after each sentence."""

import os
import pathlib
import re
from collections.abc import Iterator, Sequence

from bert_keras import checks
from bert_keras.data.tables.table_lines import TableLines
from bert_keras.metrics.entities import OUTSIDE
from bert_keras.token_classification.conll_layout import ConllLayout, Row, find_layout, without_comments
from bert_keras.token_classification.tagged_sentences import TaggedSentences

_DOCUMENT = "-DOCSTART-"
_BLANKS = " \t"


def read_conll(
    path: str | os.PathLike,
    tag_column: int | str = -1,
    columns: Sequence[str] | None = None,
    word_column: int | str | None = None,
    encoding: str = "utf-8",
) -> TaggedSentences:
    r"""The sentences of a CoNLL file: columns apart by tabs (where a line has one) or by spaces.

    Lines end in `\n`, `\r\n` or all in `\r`; a byte order mark is passed over, and so are lines that begin with
    -DOCSTART-, comments before a sentence, and lines of a blank with the tag "O".

    Args:
        path: of the file.
        tag_column: which column holds the tag: a number, from 0, -1 the last; or a name out of `columns`. Of CoNLL-U
            the last stands for "upos", and in a file of two columns whose first one is tags, for that.
        columns: names of the file's columns; of four columns "tokens", "pos", "chunks" and "ner" if None, of
            CoNLL-U's ten "id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps" and "misc".
        word_column: as `tag_column`, that of the words. None: the first, or the second where the first one counts
            words.
        encoding: of the file.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: with the number of the line: for columns that are not as many as on the lines before, what is not in
            the encoding, a tag without a word or a word without a tag; for a file without words, and a column that is
            not there or counts words.
    """
    file = pathlib.Path(path).expanduser()
    rows, comments = without_comments(list(_rows(file, encoding)), tag_column)
    if not rows:
        advice = "A word and its tag on each line, e.g. 'Oslo B-LOC', and a blank line after each sentence."
        raise ValueError(checks.message("file", "hold at least one word", str(path), advice))
    layout = find_layout(file.name, _without_last_blanks(rows), tag_column, columns, word_column)
    words: list[list[str]] = []
    tags: list[list[str]] = []
    lines: list[list[int]] = []
    empty, parts, sentence = 0, 0, -1
    for row in rows:
        _check_width(row, layout, file.name)
        word, tag = row.cells[layout.word], row.cells[layout.tag]
        if not word.strip() and tag == OUTSIDE:
            empty += 1
            continue
        if layout.is_no_word(row):
            parts += 1
            continue
        if not word.strip() or not tag.strip():
            advice = f"Line {row.line} has an empty one."
            raise ValueError(checks.message("file", "have a word and a tag on each line", file.name, advice))
        if row.sentence != sentence:
            words.append([])
            tags.append([])
            lines.append([])
            sentence = row.sentence
        words[-1].append(word)
        tags[-1].append(tag)
        lines[-1].append(row.line)
    if not words:
        raise ValueError(checks.message("file", "hold at least one word", str(path), f"All {empty} are blank."))
    counts = {
        "comment lines were passed over": comments,
        "lines without a word, with the tag 'O', were passed over": empty,
        "lines of words that are split or not written ('3-4', '5.1') were passed over": parts,
    }
    notes = [*layout.notes, *(f"{count:,} {what} in {file.name}" for what, count in counts.items() if count)]
    places = [own[0] if own[-1] - own[0] == len(own) - 1 else own for own in lines]
    return TaggedSentences(words, tags, places, file.name, notes=tuple(notes))


def _rows(file: pathlib.Path, encoding: str) -> Iterator[Row]:
    """The lines that are no blanks."""
    sentence, opens = 0, True
    for number, text in enumerate(_lines(file, encoding), start=1):
        if not text.strip() or text.startswith(_DOCUMENT):
            sentence, opens = sentence + 1, True
            continue
        if "\t" in text:
            cells = [cell.strip(_BLANKS) for cell in text.strip(" ").split("\t")]
        else:
            cells = re.split(" +", text.rstrip(" "))  # split() would part words at their U+00A0
            cells = cells[1:] if not cells[0] and len(cells) > 2 else cells
        opens = opens and cells[0].startswith("#")
        yield Row(number, cells, sentence, opens)


def _lines(file: pathlib.Path, encoding: str) -> Iterator[str]:
    r"""Lines without their ends; of a file that ends them all in `\r` as well."""
    for line in TableLines(file, encoding):
        text = line.removesuffix("\n").removesuffix("\r")
        yield from text.split("\r") if "\r" in text and not line.endswith("\n") else (text,)


def _without_last_blanks(rows: list[Row]) -> list[Row]:
    """The lines; without their last columns where these are empty on all."""
    while len(rows[0].cells) > 2 and not any(row.cells[-1] for row in rows if len(row.cells) == len(rows[0].cells)):
        for row in rows:
            if len(row.cells) == len(rows[0].cells) or not row.cells[-1]:
                row.cells.pop()
    return rows


def _check_width(row: Row, layout: ConllLayout, name: str) -> None:
    if len(row.cells) != layout.width:
        must = f"have as many columns on each line as line {layout.first} has, {layout.width}"
        advice = f"Line {row.line} has {len(row.cells)}: {' '.join(row.cells)[:60]!r}. Blank lines part sentences."
        raise ValueError(checks.message("file", must, name, advice))
