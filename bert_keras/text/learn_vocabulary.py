"""`learn_vocabulary`: a WordPiece vocabulary from text, by tensorflow-text's learner."""

import collections
import os
import pathlib
from collections.abc import Iterable, Iterator
from typing import Any

import tensorflow as tf

from bert_keras import checks
from bert_keras.checks import boolean, integer, message
from bert_keras.foreign_names import foreign_names
from bert_keras.replacement.written_beside import written_beside
from bert_keras.text.basic_words import basic_words
from bert_keras.text.lines import documents, sources
from bert_keras.text.strings import STRINGS_SPEC, string_batch
from bert_keras.text.word_rules import WordRules

SPECIAL_PIECES = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_LINES = 1024  # split into words in one call
_LONGEST = 50  # characters of a word that is learned from


@checks.answers(**foreign_names("learn_vocabulary"))
def learn_vocabulary(
    files_or_texts: Any,
    out: str | os.PathLike,
    size: int = 8000,
    lower_case: bool = True,
    *,
    min_count: int = 2,
    max_characters: int = 1000,
    overwrite: bool = False,
) -> str:
    """Learns a WordPiece vocabulary from text and writes it, a piece a line, for `bk.Tokenizer`.

    [PAD], [UNK], [CLS], [SEP] and [MASK] come first, then the characters, then the pieces, frequent ones first. Words
    are those that `bk.Tokenizer` makes of the text. Lines are read one after another; what stays in memory is the
    number of times that each word was seen.

    >>> bk.learn_vocabulary("letters.txt", "vocab.txt", size=8000)
    'vocab.txt'
    >>> bk.Tokenizer("vocab.txt")(["a text"])

    Args:
        files_or_texts: a text file (UTF-8), several, or a list of texts.
        out: the file to write. It is whole or not there.
        size: the most pieces. The learner stops within a twentieth of it, or sooner where the text has no more.
        lower_case: as in `bk.Tokenizer`, which must be given the same.
        min_count: how often a piece must be seen at least.
        max_characters: the most frequent ones are kept; words with others are not learned from, and are [UNK] later.
        overwrite: whether `out` may be there already.

    Returns:
        `out`.

    Raises:
        FileExistsError: if `out` is there.
        ValueError: for no text, bytes that are not UTF-8 (with file and line), and a size without room for the
            characters.
    """
    path = pathlib.Path(out).expanduser()
    if path.is_dir():
        raise ValueError(message("out", "be a file, and this is a folder", str(out), f"Pass '{path / 'vocab.txt'}'."))
    if path.exists() and not boolean("overwrite", overwrite):
        advice = "Pass --overwrite (overwrite=True) to replace it."
        raise FileExistsError(message("out", "be a new file", str(out), advice))
    integer("size", size, len(SPECIAL_PIECES) + 2)
    integer("min_count", min_count, 1)
    integer("max_characters", max_characters, 1)
    counts = count_words((line for lines in documents(sources(files_or_texts)) for line in lines), lower_case)
    if not counts:
        raise ValueError(message("files_or_texts", "hold words", files_or_texts))
    _write(path, _learned(counts, size, min_count, max_characters))
    return str(path)


def count_words(lines: Iterable[str], lower_case: bool) -> collections.Counter:
    """How often each word stands in the lines; words are those that a `Tokenizer` cuts into pieces."""
    boolean("lower_case", lower_case)
    function = tf.function(
        lambda strings: basic_words(strings, WordRules(lower_case)).words, [STRINGS_SPEC], autograph=False
    )
    counts: collections.Counter = collections.Counter()
    for chunk in _chunks(lines):
        words, _, seen = tf.unique_with_counts(function(string_batch("texts", chunk)))
        counts.update(dict(zip((word.decode("utf-8") for word in words.numpy()), map(int, seen), strict=True)))
    return counts


def _learned(counts: collections.Counter, size: int, min_count: int, max_characters: int) -> list[str]:
    learner = _learner()
    ordered = dict(sorted(counts.items()))  # so that the order of the texts changes nothing
    pieces = learner.learn(
        ordered,
        size,
        list(SPECIAL_PIECES),
        lower_thresh=min_count,
        max_input_tokens=-1,
        max_token_length=_LONGEST,
        max_unique_chars=max_characters,
    )
    # The learner may end above the size. Characters stay: without them a word is [UNK] that has them.
    fixed = {p for p in pieces if p in SPECIAL_PIECES or len(p.removeprefix("##")) == 1}
    if len(fixed) > size:
        advice = f"The text has {(len(fixed) - len(SPECIAL_PIECES)) // 2:,} characters, each of which is two pieces."
        raise ValueError(message("size", f"be at least {len(fixed):,}", size, f"{advice} Or lower max_characters."))
    room = size - len(fixed)
    kept = set([p for p in pieces if p not in fixed][:room]) | fixed
    return [piece for piece in pieces if piece in kept]


def _learner() -> Any:
    try:
        from tensorflow_text.tools.wordpiece_vocab import wordpiece_tokenizer_learner_lib
    except ImportError as error:
        raise ImportError(
            "bk.learn_vocabulary learns with tensorflow-text, which is not here (it has no wheel for Windows, nor for "
            "Python 3.14). Learn the vocabulary where it is: the file that it writes is all that is needed elsewhere."
        ) from error
    return wordpiece_tokenizer_learner_lib


def _write(path: pathlib.Path, pieces: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_beside(path) as beside:
        beside.write_text("\n".join(pieces) + "\n", encoding="utf-8", newline="\n")


def _chunks(lines: Iterable[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    for line in lines:
        chunk.append(line)
        if len(chunk) == _LINES:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
