"""`TaggedSentences`: sentences of words with a tag each, before any tokenization, and what a list of them must be."""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

from bert_keras import checks


@dataclasses.dataclass(frozen=True, eq=False)
class TaggedSentences:
    """The sentences of one part, in the order of their source.

    Args:
        words: a list of str for each sentence, none of them empty.
        tags: a list of str for each sentence, as many as words; None where the source has none.
        lines: for each sentence the number of its first line in the file, from 1, or of the line of each word; None for
            what is no file of words.
        source: where they came from, for messages.
        places: for each sentence where it stands, of what is no file of words; None for its number.
        notes: what a person should know of the reading, one line each.
    """

    words: Sequence[Sequence[str]]
    tags: Sequence[Sequence[str]] | None
    lines: Sequence[int | Sequence[int]] | None = None
    source: str = ""
    places: Sequence[str] | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.words)

    def place(self, sentence: int, word: int = 0) -> str:
        """Where a word stands, for messages."""
        of = f" of {self.source}" if self.source else ""
        if self.lines is not None:
            lines = self.lines[sentence]
            return f"line {lines + word if isinstance(lines, int) else lines[word]}{of}"
        if self.places is not None:
            return f"word {word} of {self.places[sentence]}"
        return f"word {word} of sentence {sentence}{of}"

    def take(self, rows: Iterable[int]) -> "TaggedSentences":
        """The sentences with these numbers, in this order."""
        rows = list(rows)
        columns = {name: getattr(self, name) for name in ("words", "tags", "lines", "places")}
        columns = {n: None if column is None else [column[row] for row in rows] for n, column in columns.items()}
        return dataclasses.replace(self, **columns)

    def with_tags(self, tags: Sequence[Sequence[str]]) -> "TaggedSentences":
        """The same sentences with other tags."""
        return dataclasses.replace(self, tags=tags)


def listed_sentences(rows: Iterable[Any], source: str = "") -> TaggedSentences:
    """`TaggedSentences` of (words, tags) pairs, each checked.

    Raises:
        TypeError, ValueError: naming the sentence: no pair, no words, other lengths, an empty word, no str.
    """
    words, tags = [], []
    for place, row in enumerate(rows):
        where = f"It is sentence {place}{' of ' + source if source else ''}."
        if not isinstance(row, (tuple, list)) or len(row) != 2 or any(isinstance(part, str) for part in row):
            must = "hold a pair (words, tags) of two lists for each sentence"
            raise TypeError(checks.message("sentences", must, row, where))
        own, their = list(row[0]), list(row[1])
        if len(own) != len(their):
            raise ValueError(checks.message("sentences", f"have as many tags as words, {len(own)}", len(their), where))
        check_words("sentences", own, where)
        for tag in their:
            if not isinstance(tag, str) or not tag:
                raise TypeError(checks.message("tags", "be a str for each word, and not empty", tag, where))
        words.append(own)
        tags.append(their)
    if not words:
        advice = "Pass [(words, tags), …]."
        raise ValueError(checks.message("sentences", "hold at least one sentence", source or "none", advice))
    return TaggedSentences(words, tags, None, source)


def check_words(name: str, words: Sequence[Any], where: str) -> None:
    """Raises unless the words of a sentence are one str or more, none of them empty or beyond UTF-8."""
    if not words:
        raise ValueError(checks.message(name, "have a word in every sentence", list(words), where))
    for word in words:
        if not isinstance(word, str):
            raise TypeError(checks.message(name, "hold a str for each word", word, where))
        if not word.strip():
            raise ValueError(checks.message(name, "have a visible character in each word", word, where))
        try:
            word.encode("utf-8")
        except UnicodeEncodeError:
            advice = f"{where} It has half a surrogate pair: decode it with errors='replace'."
            raise ValueError(checks.message(name, "be text that UTF-8 can express", word, advice)) from None
