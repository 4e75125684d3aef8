r"""From texts to the words that WordPiece cuts into pieces: normalised, parted by white space, marks by themselves.

This is BERT's basic tokenizer as TF-Hub's preprocessing has it, in TensorFlow's own operations and with one version of
Unicode (`unicode_tables`), so that words do not change with the version of a library. Lower-casing is case folding with
NFKC, then NFD without the marks. Each character is normalised by itself; only marks that stay may change places with
their neighbours then. Control and format characters are spaces. By Hugging Face's rules (`WordRules`) lower-casing is
that of Unicode, texts are taken apart with NFD where accents are stripped, control and format characters are dropped.

Places. A word's characters know where they come from in the text as the user wrote it:

* A character that becomes several is the source of each of them: of both 'f' and 'i' it may be 'ﬁ'.
* A mark that lower-casing strips belongs to the character before it, so the source of 'e' is 'e' + U+0301 where the
  accent was written so. A mark at the start of a text, or after a space, belongs to no word.
* Other characters that lower-casing drops (soft hyphen, zero-width space, direction marks ...) belong to a word only
  if they stand inside it. Without lower-casing nothing is dropped.
* Marks that stay and that normalisation may put into another order (Unicode has some forty, in Balinese, Javanese or
  musical notation) are one source together where two or more of them follow each other.
* What is not UTF-8 counts as Python's `bytes.decode("utf-8", errors="replace")` counts it.
"""

from typing import NamedTuple

import tensorflow as tf

from bert_keras.text.flat_rows import (
    before,
    decoded,
    encoded,
    first_not_below,
    places_of,
    ranges,
    row_numbers,
    splits_of,
)
from bert_keras.text.unicode_tables import (
    ATTACHED,
    CLOSES,
    LENGTH_BITS,
    MANY,
    OPENS,
    PAGE,
    SINGLE,
    SPACE,
    STARTER,
    VALUE,
    UnicodeTables,
    unicode_tables,
)
from bert_keras.text.word_rules import WordRules

_UNREADABLE = 0xD800  # stands for bytes that are not UTF-8: half of a pair, which UTF-8 cannot hold
_ASCII = r"[\x00-\x7f]*"
_ASCII_MARKS = r"([!-/:-@\[-`{-~])|[\x00-\x1f\x7f]"  # a mark, or a control character
_ASCII_CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
_BEGIN = "\n"  # before each text: white space, so that no word and no mark goes on from one text to the next


class BasicWords(NamedTuple):
    """The words of texts.

    Args:
        words: string [words], of all texts end to end, normalised.
        splits: int64 [texts + 1], where the words of each text begin and end.
        unreadable: bool [words], whether it holds bytes that are not UTF-8.
    """

    words: tf.Tensor
    splits: tf.Tensor
    unreadable: tf.Tensor


class Places(NamedTuple):
    """Where the words' characters come from.

    Args:
        firsts, limits: int32 [characters of the normalised texts], the source of each, in characters of all texts, each
            of which has one more before it.
        kept: int64 [characters of all words], which of those they are.
        splits: int64 [words + 1], where the characters of each word begin and end among these.
        text_splits: int64 [texts + 1], where the texts begin and end, in characters of all texts.
    """

    firsts: tf.Tensor
    limits: tf.Tensor
    kept: tf.Tensor
    splits: tf.Tensor
    text_splits: tf.Tensor

    def within_texts(self, texts: tf.Tensor, begins: tf.Tensor, ends: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The sources of characters from `begins` to before `ends`, int64, counted in the words' characters.

        Args:
            texts: int64, the text of each.

        Returns:
            int32, the first and past-the-last character in the text, as Python counts them.
        """
        start = tf.cast(tf.gather(self.text_splits, texts), tf.int32) + 1
        firsts = tf.gather(self.firsts, tf.gather(self.kept, begins))
        return firsts - start, tf.gather(self.limits, tf.gather(self.kept, ends - 1)) - start


class _Characters(NamedTuple):
    """Normalised characters of texts end to end.

    Args:
        facts: int32 [characters], code points with SPACE or SINGLE.
        firsts, limits: int32 [characters], the sources, in characters of all texts; of none if these are not asked for.
        splits: int64 [texts + 1], where the characters of each text begin and end.
    """

    facts: tf.Tensor
    firsts: tf.Tensor
    limits: tf.Tensor
    splits: tf.Tensor


def basic_words(strings: tf.Tensor, rules: WordRules) -> BasicWords:
    """The words of `strings`, string [texts]; those in ASCII are read without a look at single characters.

    >>> basic_words(tf.constant(["Fish, ﬁsh"]), WordRules(lower_case=True)).words
    <tf.Tensor [b'fish', b',', b'fish']>
    """
    is_ascii = tf.strings.regex_full_match(strings, _ASCII)
    plain = _of_ascii(tf.where(is_ascii, strings, ""), rules)

    def with_others() -> BasicWords:
        splits, codes = decoded(tf.strings.join([_BEGIN, tf.where(is_ascii, "", strings)]), _UNREADABLE)
        others, *_ = _parted(_normalized(splits, codes, rules, placed=False))
        count = tf.size(plain.words, tf.int64)
        begins, ends = (
            tf.where(is_ascii, here, there + count)
            for here, there in ((plain.splits[:-1], others.splits[:-1]), (plain.splits[1:], others.splits[1:]))
        )
        splits, order = ranges(begins, ends)
        words = tf.gather(tf.concat([plain.words, others.words], 0), order)
        return BasicWords(words, splits, tf.gather(tf.concat([plain.unreadable, others.unreadable], 0), order))

    return tf.cond(tf.reduce_all(is_ascii), lambda: plain, with_others)


def placed_words(strings: tf.Tensor, rules: WordRules) -> tuple[BasicWords, Places]:
    """The words of `strings`, string [texts], and the sources of their characters."""
    text_splits, codes = decoded(tf.strings.join([_BEGIN, strings]), _UNREADABLE)
    characters = _normalized(text_splits, codes, rules, placed=True)
    found, kept, splits = _parted(characters)
    return found, Places(characters.firsts, characters.limits, kept, splits, text_splits)


def _of_ascii(strings: tf.Tensor, rules: WordRules) -> BasicWords:
    strings = tf.strings.lower(strings) if rules.lower_case else strings
    if rules.huggingface:  # which drops control characters, and TF-Hub takes them for spaces
        strings = tf.strings.regex_replace(strings, _ASCII_CONTROLS, "")
    spaced = tf.strings.regex_replace(strings, _ASCII_MARKS, r" \1 ")
    found = tf.raw_ops.StringSplitV2(input=spaced, sep="")
    splits = splits_of(found.indices[:, 0], tf.size(strings, tf.int64))
    return BasicWords(found.values, splits, tf.zeros_like(found.values, tf.bool))


def _parted(characters: _Characters) -> tuple[BasicWords, tf.Tensor, tf.Tensor]:
    """The words; the places, int64, of the characters that are not white space; where each word begins among these."""
    facts = characters.facts
    in_word = facts < SPACE  # neither white space nor a word by itself
    kept = places_of(facts & SPACE == 0)
    begins = places_of(tf.gather(~(in_word & before(in_word)), kept))
    splits = tf.concat([begins, tf.size(kept, tf.int64)[None]], 0)
    codes = tf.gather(facts & VALUE, kept)
    lost = row_numbers(splits, places_of(codes == _UNREADABLE))
    unreadable = tf.scatter_nd(lost[:, None], tf.ones_like(lost), tf.shape(begins, tf.int64)) > 0
    text_splits = first_not_below(tf.gather(kept, begins), characters.splits)
    return BasicWords(encoded(splits, codes), text_splits, unreadable), kept, splits


def _normalized(splits: tf.Tensor, codes: tf.Tensor, rules: WordRules, *, placed: bool) -> _Characters:
    """The characters, with their sources where they are `placed`."""
    tables = unicode_tables(rules)
    page = tf.gather(tf.constant(tables.index), tf.bitwise.right_shift(codes, PAGE.bit_length() - 1))
    facts = tf.gather(tf.constant(tables.pages), page * PAGE + (codes & (PAGE - 1)))
    place = tf.range(tf.size(codes)) if placed else tf.zeros([0], tf.int32)
    alone = _Characters(codes + facts & VALUE | facts & (SPACE | SINGLE), place, place + 1, splits)
    if not (rules.lower_case or rules.huggingface):
        return alone  # nothing becomes more or less than one character
    return tf.cond(
        tf.reduce_any(facts & (MANY | OPENS) != 0),
        lambda: _expanded(facts, alone, tables, placed=placed),
        lambda: alone,
    )


def _expanded(facts: tf.Tensor, alone: _Characters, tables: UnicodeTables, *, placed: bool) -> _Characters:
    """Characters of which some become several or none, or may change places; `alone`, what the others become."""
    many, value = facts & MANY != 0, facts & VALUE
    begins = tf.where(many, tf.bitwise.right_shift(value, LENGTH_BITS), tables.pool.size + tf.range(tf.size(facts)))
    lengths = tf.where(many, value & ((1 << LENGTH_BITS) - 1), 1)
    grown, taken = ranges(begins, begins + lengths)
    found = tf.gather(tf.concat([tables.pool, alone.facts], 0), taken)
    columns = [found]
    if placed:
        columns.append(row_numbers(grown, tf.range(tf.size(found, tf.int64))))

    def in_order() -> list[tf.Tensor]:
        source = columns[1] if placed else row_numbers(grown, tf.range(tf.size(found, tf.int64)))
        runs = tf.gather(tf.cumsum(tf.cast(facts & STARTER != 0, tf.int64)), source)
        order = _order_of_marks(found & VALUE, runs, tables)
        return [tf.gather(column, order) for column in columns]

    columns = tf.cond(tf.reduce_any(facts & OPENS != 0), in_order, lambda: columns)
    firsts, limits = alone.firsts, alone.limits
    if placed:
        firsts, limits = (tf.gather(column, columns[1]) for column in _sources(facts, lengths > 0))
    return _Characters(columns[0], firsts, limits, tf.gather(grown, alone.splits))


def _order_of_marks(codes: tf.Tensor, runs: tf.Tensor, tables: UnicodeTables) -> tf.Tensor:
    """int32 [characters], their places in Unicode's canonical order: in each run, int64, the marks by their classes."""
    if not tables.marks.size:
        return tf.range(tf.size(codes))
    place = tf.minimum(first_not_below(tf.constant(tables.marks), codes), tables.marks.size - 1)
    ranks = tf.where(tf.gather(tables.marks, place) == codes, tf.gather(tables.classes, place), 0)
    keys = runs * 256 + tf.cast(ranks, tf.int64)
    return tf.argsort(keys, stable=True)


def _sources(facts: tf.Tensor, stays: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """int32 [characters] twice: the first and past-the-last character of the source that each one belongs to."""
    # Marks that may have changed places with what stays before them belong to its source.
    staying = places_of(stays)
    fact = tf.gather(facts, staying)
    joined = tf.gather(staying, places_of((fact & OPENS != 0) & before(fact & CLOSES != 0)))
    apart = tf.tensor_scatter_nd_update(stays, joined[:, None], tf.zeros_like(joined, tf.bool))
    which = tf.cumsum(tf.cast(apart, tf.int32)) - 1
    ends = tf.where(stays | (facts & ATTACHED != 0), tf.range(tf.size(facts)) + 1, 0)
    begins = tf.cast(places_of(apart), tf.int32)
    return tf.gather(begins, which), tf.gather(tf.math.segment_max(ends, which), which)
