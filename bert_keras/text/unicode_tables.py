"""`unicode_tables`: what the tokenizer knows of each character, from files that two tools make.

TF-Hub's rules are of tools/unicode_tables.py, Hugging Face's of tools/bert_normalizer_tables.py.

A character's facts are a number: flags, and what it becomes. One that becomes one character has the distance to it in
`VALUE`, modulo 2**21. For all others `MANY` is set, and `VALUE` holds how many they are, with their place in the pool.
"""

import functools
import pathlib
from typing import NamedTuple

import numpy as np

from bert_keras.text.word_rules import WordRules

VALUE = (1 << 21) - 1
LENGTH_BITS = 5  # of the value, where MANY is set: how many characters; the others say where they begin in the pool
SPACE, SINGLE, MANY = 1 << 21, 1 << 22, 1 << 23  # what it becomes parts words, is a word, is not one character
ATTACHED = 1 << 24  # a mark that is dropped, and belongs to the character before it
OPENS, CLOSES = 1 << 25, 1 << 26  # what it becomes begins, or ends, with a mark that may change places with another
STARTER = 1 << 27  # marks do not change places across it
CHINESE = 1 << 28  # of Hugging Face's: a word by itself as a Chinese character, which can be turned off
PAGE = 256  # characters; few pages differ, and each of these is kept once

FILE = pathlib.Path(__file__).with_suffix(".npz")
BERT_FILE = FILE.with_name("bert_normalizer_tables.npz")


class UnicodeTables(NamedTuple):
    """The facts of all characters, and what else normalisation asks for.

    Args:
        index: int32 [4352], the number of the page of each 256 code points.
        pages: int32 [pages * 256], facts.
        pool: int32, what characters of more than one become, end to end: code points with SPACE or SINGLE.
        marks, classes: int32, the marks that stay and may change places, in order, and their combining classes.
    """

    index: np.ndarray
    pages: np.ndarray
    pool: np.ndarray
    marks: np.ndarray
    classes: np.ndarray


@functools.cache
def unicode_tables(rules: WordRules) -> UnicodeTables:
    """The tables for texts that are normalised by these rules."""
    if not rules.huggingface:
        return _stored(FILE, "lower" if rules.lower_case else "cased")
    tables = _stored(BERT_FILE, form_name(rules.lower_case, rules.strip_accents))
    if rules.chinese_characters:
        return tables
    alone = tables.pages & CHINESE != 0
    return tables._replace(pages=np.where(alone, tables.pages & ~(CHINESE | SINGLE), tables.pages))


def form_name(lower_case: bool, strip_accents: bool) -> str:
    """What the tables of one of Hugging Face's forms are called in their file."""
    return f"{'lower' if lower_case else 'cased'}_{'plain' if strip_accents else 'accents'}"


def _stored(file: pathlib.Path, prefix: str) -> UnicodeTables:
    with np.load(file) as stored:
        return UnicodeTables(*(stored[f"{prefix}_{field}"] for field in UnicodeTables._fields))
