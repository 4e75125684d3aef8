"""What the tables say of every character: as TF-Hub's preprocessing reads it, and as Python's own Unicode has it."""

import functools
import importlib.util
import unicodedata

import numpy as np
import pytest
import tensorflow as tf
from paths import ROOT

from bert_keras.text import unicode_tables as layout
from bert_keras.text.unicode_tables import unicode_tables
from bert_keras.text.word_rules import WordRules

CODES = [code for code in range(0x110000) if not 0xD800 <= code < 0xE000]
KINDS = layout.SPACE | layout.SINGLE


@functools.cache
def tool():
    spec = importlib.util.spec_from_file_location("make_unicode_tables", ROOT / "tools" / "unicode_tables.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def facts_of(codes, lower_case):
    tables = unicode_tables(WordRules(lower_case))
    codes = np.asarray(codes)
    return tables.pages[tables.index[codes // layout.PAGE] * layout.PAGE + codes % layout.PAGE]


@functools.cache
def readings(lower_case):
    """What each character becomes: [(code point, kind), ...] by character."""
    tables = unicode_tables(WordRules(lower_case))
    pool = [(value & layout.VALUE, value & KINDS) for value in tables.pool.tolist()]
    found = []
    for code, fact in zip(CODES, facts_of(CODES, lower_case).tolist(), strict=True):
        value = fact & layout.VALUE
        if fact & layout.MANY:
            begin = value >> layout.LENGTH_BITS
            found.append(pool[begin : begin + (value & (1 << layout.LENGTH_BITS) - 1)])
        else:
            found.append([((code + value) & layout.VALUE, fact & KINDS)])
    return found


@pytest.mark.parametrize(
    "character, lower, cased",
    [
        ("a", "a", "a"),
        ("É", "e", "É"),
        ("ﬁ", "fi", "ﬁ"),
        ("\u0301", "", "\u0301"),
        ("\u00ad", "", "\u00ad"),
        ("가", "\u1100\u1161", "가"),
        ("ẞ", "ss", "ẞ"),
        ("\U0010ffff", "\U0010ffff", "\U0010ffff"),
    ],
)
def test_by_hand(character, lower, cased):
    for lower_case, expected in ((True, lower), (False, cased)):
        found = readings(lower_case)[CODES.index(ord(character))]
        assert "".join(chr(code) for code, _ in found) == expected


def test_kinds_by_hand():
    spaces, singles, others = " \n\x00\x7f\u200b\u2028", ".$~、中豈", "aé½€\u00a0\u3000😀"
    for text, kinds in ((spaces[:5], layout.SPACE), (singles, layout.SINGLE), (others, 0)):
        assert [fact & KINDS for fact in facts_of(list(map(ord, text)), False).tolist()] == [kinds] * len(text)
    assert facts_of([0x2028], False)[0] & KINDS == 0  # a separator of lines is white space after folding alone: never


def test_marks():
    said = facts_of(list(map(ord, "\u0301\u302e\u1b44\u200d")), True)
    assert [bool(fact & layout.ATTACHED) for fact in said] == [True, False, False, False]
    assert [bool(fact & layout.OPENS) for fact in said] == [False, True, True, False]
    assert [bool(fact & layout.CLOSES) for fact in said] == [False, True, True, False]
    tables = unicode_tables(WordRules(True))
    assert dict(zip(tables.marks.tolist(), tables.classes.tolist(), strict=True))[0x302E] == 224
    assert (np.diff(tables.marks) > 0).all() and unicode_tables(WordRules(False)).marks.size == 0


@pytest.mark.parametrize("lower_case", [True, False])
def test_every_character_is_read_as_in_tf_hubs_preprocessing(lower_case):
    module = pytest.importorskip("tensorflow_text.python.ops.bert_tokenizer", reason="tensorflow-text is not here")
    characters = tf.strings.unicode_encode(tf.constant(CODES, tf.int32)[:, None], "UTF-8")
    basic = module.BasicTokenizer(lower_case=lower_case)
    normalized = basic.lower_case(characters) if lower_case else characters
    expected = tf.strings.unicode_decode(normalized, "UTF-8")
    # A character between two letters: one word with them, one of its own, or none.
    texts = tf.strings.join(["a", characters, "b"])
    counts = module.BasicTokenizer(lower_case=False).tokenize(texts).row_lengths().numpy()
    kinds = dict(zip(CODES, np.array([0, 0, layout.SPACE, layout.SINGLE])[counts].tolist(), strict=True))
    expected = [[(code, kinds[code]) for code in row] for row in expected.to_list()]
    assert readings(lower_case) == expected


def test_every_character_is_read_as_this_pythons_unicode_has_it():
    """But for characters that it does not know yet, and those that tensorflow-text knows from a newer one."""
    make, wrong = tool(), []
    for lower_case in (True, False):
        for code, found in zip(CODES, readings(lower_case), strict=True):
            character = chr(code)
            if unicodedata.category(character) == "Cn":
                continue
            kept = make.folded(character) if lower_case else character
            kept = [part for part in kept if not lower_case or unicodedata.category(part) != "Mn"]
            if found != [(ord(part), make.kind(part)) for part in kept]:
                wrong.append(hex(code))
    assert wrong == []


@pytest.mark.skipif(
    unicodedata.unidata_version != "15.1.0", reason="the tables are made with Unicode 15.1 (Python 3.13)"
)
def test_the_tool_makes_this_file():
    for lower_case in (True, False):
        for made, kept in zip(tool().tables(lower_case), unicode_tables(WordRules(lower_case)), strict=True):
            np.testing.assert_array_equal(made, kept)
