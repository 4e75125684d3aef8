"""`read_tagged_table`: sentences out of a table, with a list of words a row, or a word a row."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.data.tables.glimpse import Glimpse
from bert_keras.data.tables.is_missing import is_missing
from bert_keras.data.tables.row_source import RowSource
from bert_keras.data.tables.written_list import written_list
from bert_keras.metrics.entities import OUTSIDE
from bert_keras.token_classification.tagged_sentences import TaggedSentences, check_words

# Names of columns, in small letters with "_" for all other characters, those that are taken first standing first.
WORDS = ("tokens", "words", "token", "word", "form")
TAGS = (
    *("ner_tags", "ner_tag", "ner", "tags", "tag", "labels", "label", "entity", "bio", "iob"),
    *("pos_tags", "pos_tag", "upos", "pos", "chunk_tags", "chunk"),
)
_ID_WORDS = 2  # of a sentence's number, as in "Sentence: 1"; a longer cell is the sentence itself
SENTENCES = ("sentence", "sentence_id", "sent_id", "sentence_idx", "sentence_number", "sentence_no", "sent")


def holds_tagged_rows(found: Glimpse) -> bool:
    """Whether the first rows of a table are words and tags: lists of them, or a word a row with its sentence."""
    words, tags, sentences = (_named(found.columns, names) for names in (WORDS, TAGS, SENTENCES))
    if words is None or tags is None:
        return False
    if sentences is not None:
        cells = [row[sentences] for row in found.rows if not is_missing(row[sentences])]
        return all(len(str(cell).split()) <= _ID_WORDS for cell in cells)
    lists = [(row[words], row[tags]) for row in found.rows if not is_missing(row[words])]
    return bool(lists) and all(_is_list(own) and (is_missing(their) or _is_list(their)) for own, their in lists)


def read_tagged_table(
    source: RowSource,
    tag_column: int | str = -1,
    word_column: int | str | None = None,
    sentence_column: str | None = None,
    label_names: Sequence[str] | None = None,
) -> TaggedSentences:
    """The sentences of a table.

    Args:
        source: the table. Its words are lists in a column named tokens or words, or stand one in a row, which then has
            a column with the sentence ("Sentence #"): an empty cell goes on with the sentence before.
        tag_column: the column of the tags, its name or its number; -1 for the one that is named like tags: "ner_tags"
            before "tags" before "pos".
        word_column: that of the words; None for the one that is named so.
        sentence_column: that of the sentences, of a table with a word a row; None for the one that is named so.
        label_names: what tags that are numbers stand for.

    Raises:
        ValueError: for columns that are not there; a row with other tags than words, with its place; numbers as tags
            without names.
    """
    words = _column("word_column", source, word_column, WORDS)
    tags = _column("tag_column", source, None if tag_column == -1 else tag_column, TAGS)
    if words == tags:
        raise ValueError(checks.message("tag_column", f"be another column than that of the words, '{words}'", tags))
    sentences = _column("sentence_column", source, sentence_column, SENTENCES, is_needed=False)
    others = [name for name in source.columns if _plain(name) in TAGS and name not in (tags, words)]
    more = f" ({', '.join(others)} by tag_column=)" if others and tag_column == -1 else ""
    notes = [f"words: '{words}'; tags: '{tags}'{more}"]
    rows = _one_a_row(source, words, tags, sentences) if sentences else _lists(source, words, tags, notes)
    made = _checked(source, rows, label_names, notes)
    if not made[0]:
        raise ValueError(checks.message("files", "hold at least one sentence", source.name))
    own_words, own_tags, places = made
    if sentences is None and len(own_words) > 1 and not any(len(row) > 1 for row in own_words):
        must = "be the column that says where a sentence ends, of a table with a word a row"
        advice = f"{source.name} has: {', '.join(source.columns)}. "
        advice += "Or pass a file in CoNLL's form (.conll), where an empty line ends a sentence."
        raise ValueError(checks.message("sentence_column", must, None, advice))
    return TaggedSentences(own_words, own_tags, None, source.name, places, tuple(notes))


def _lists(source: RowSource, words: str, tags: str, notes: list[str]) -> Iterator[tuple[list[str], list, list]]:
    """Where each sentence stands, its words and its tags, of a table with lists; those without tags are left out."""
    untagged = 0
    for chunk in source.rows([words, tags]):
        for place, own, their in zip(chunk.places, chunk.columns[words], chunk.columns[tags], strict=True):
            row = [] if is_missing(own) else _list(own, r"\s+")
            named = None if is_missing(their) else _list(their, r"[\s,]+")
            if row and not named:
                untagged += 1
            elif row or named:
                yield [source.where(place)], row, named
    if untagged:
        notes.append(f"{untagged:,} sentences of {source.name} have no tags and were left out")


def _one_a_row(source: RowSource, words: str, tags: str, sentences: str) -> Iterator[tuple[list[str], list, list]]:
    """As `_lists`, of a table with a word a row; a sentence ends where its cell changes to what is not empty."""
    where: list[str] = []
    row: list[Any] = []
    named: list[Any] = []
    current: Any = None
    for chunk in source.rows([sentences, words, tags]):
        columns = (chunk.columns[name] for name in (sentences, words, tags))
        for place, sentence, word, tag in zip(chunk.places, *columns, strict=True):
            is_new = not (is_missing(sentence) or str(sentence).strip() == "") and sentence != current
            if is_new:
                if row:
                    yield where, row, named
                where, row, named, current = [], [], [], sentence
            where.append(source.where(place))
            row.append("" if is_missing(word) else word if isinstance(word, str) else str(word))
            named.append(None if is_missing(tag) else tag)
    if row:
        yield where, row, named


def _checked(
    source: RowSource,
    rows: Iterable[tuple[list[str], list, list]],
    label_names: Sequence[str] | None,
    notes: list[str],
) -> tuple[list[list[str]], list[list[str]], list[Any]]:
    """Words, tags and places of sentences; words that are blank and no entity are left out."""
    words: list[list[str]] = []
    tags: list[list[str]] = []
    places: list[Any] = []
    blank = 0
    for where, own, their in rows:
        if len(own) != len(their):
            must = f"have as many tags as words, {len(own)}"
            raise ValueError(f"{where[0]}: {checks.message('tags', must, len(their), f'The words: {own[:8]}.')}")
        named = [_name(tag, label_names, where[min(place, len(where) - 1)]) for place, tag in enumerate(their)]
        kept = [place for place, word in enumerate(own) if named[place] != OUTSIDE or not _is_blank(word)]
        blank += len(own) - len(kept)
        if not kept:
            continue
        row = [own[place] for place in kept]
        check_words("words", row, f"It stands on {where[0]}.")
        words.append(row)
        tags.append([named[place] for place in kept])
        places.append(where[0])
    if blank:
        notes.append(f"{blank:,} words of {source.name} are blank, with the tag 'O', and were passed over")
    return words, tags, places


def _name(tag: Any, label_names: Sequence[str] | None, where: str) -> str:
    """A tag as its name; one that is a number by its place in `label_names`."""
    tag = tag.item() if isinstance(tag, np.generic) else tag
    if isinstance(tag, str) and tag.strip():
        return tag.strip()
    if isinstance(tag, bool) or not isinstance(tag, int):
        raise ValueError(f"{where}: {checks.message('tags', 'be a str, or a number, for each word', tag)}")
    if label_names is None:
        advice = "label_names=['O', 'B-PER', …], in the order of the numbers (names of a ClassLabel are known)."
        raise ValueError(f"{where}: {checks.message('label_names', 'say what numbers as tags stand for', tag, advice)}")
    if not 0 <= tag < len(label_names):
        must = f"lie between 0 and {len(label_names) - 1}, the numbers of label_names"
        advice = "-100 and -1 are of tokens, not of words: pass the words." if tag < 0 else ""
        raise ValueError(f"{where}: {checks.message('tags', must, tag, advice)}")
    return label_names[tag]


def _column(
    argument: str, source: RowSource, column: int | str | None, known: Sequence[str], is_needed: bool = True
) -> str | None:
    """The name of a column that the user named, or counted, or that is named as such columns are."""
    if isinstance(column, str):
        return source.column(argument, column)
    if column is not None:
        count = len(source.columns)
        why = f"as {source.name} has {count} columns"
        return source.columns[checks.integer(argument, column, -count, count - 1, why)]
    found = _named(source.columns, known)
    if found is None and is_needed:
        columns = ", ".join(f"'{name}'" for name in source.columns)
        advice = f"{source.name} has: {columns}. Pass {argument}='…' (--{argument.replace('_', '-')} …)."
        raise ValueError(checks.message(argument, "name a column", None, advice))
    return found


def _named(columns: Sequence[str], known: Sequence[str]) -> str | None:
    plain = {_plain(column): column for column in reversed(columns)}
    return next((plain[name] for name in known if name in plain), None)


def _plain(column: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", column.lower()).strip("_")


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple, np.ndarray)) or written_list(value) is not None


def _list(value: Any, between: str) -> list[Any]:
    """The entries of a list, of one that is written as text, or of a text with blanks between."""
    if isinstance(value, str):
        written = written_list(value)
        return [entry for entry in re.split(between, value.strip()) if entry] if written is None else written
    if not isinstance(value, (list, tuple, np.ndarray)):
        return [value]
    return value.tolist() if isinstance(value, np.ndarray) else list(value)


def _is_blank(word: Any) -> bool:
    return isinstance(word, str) and not word.strip()
