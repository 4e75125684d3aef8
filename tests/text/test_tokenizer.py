"""Ids against Model Garden's layers (TF-Hub's preprocessing), offsets against a tokenizer in plain Python."""

import gc
import itertools
import json
import os
import unicodedata
import weakref

import numpy as np
import pytest
import tensorflow as tf
import tokenizer_oracle
from hostile_strings import hostile_strings
from hypothesis import given, settings
from hypothesis import strategies as st
from paths import HARD_UNICODE
from real_data import SHARED, needs_shared

from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text.vocabulary import Vocabulary

HARD = [json.loads(line) for line in HARD_UNICODE.read_text(encoding="ascii").splitlines()]
WORDS = (
    "united fish cafe abc ex word new a e i s ss x X ffi un ing the 1 2 ⁄ ( ) [ ] sep 中 é E カ σ ς क ि ᄒ ᅡ ᆫ f".split()
)
PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS, *("##" + word for word in WORDS), "##able", "\ufffd", "##\ufffd"]
PROPERTIES = settings(deadline=None, max_examples=40, derandomize=True)


def is_known(character: str) -> bool:
    """Whether this Python's Unicode tables, which may be older than ICU's, have the character."""
    return unicodedata.category(character) not in ("Cn", "Cs")


characters = st.one_of(
    st.sampled_from("abeisx .[('\u0301\u0323\u0345\u0334ﬁé中\u200b\u00ad\u200d\u0000 \ufffdß\u00a0½"),
    st.sampled_from("\u1b44\u1baa\u302e\u302f\U0001d15e\U0001d165\U0001d16d\ua9c0\u034f\uff9e\ufe0f\u1112\u1161\u11ab"),
    st.characters(exclude_categories=["Cs", "Cn"]),
).filter(is_known)
texts = st.lists(st.text(characters, max_size=12), max_size=8)


@pytest.fixture(scope="module")
def vocab_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("vocab") / "vocab.txt"
    path.write_text("".join(piece + "\n" for piece in PIECES), encoding="utf-8", newline="\n")
    return path


@pytest.fixture(scope="module", params=[True, False], ids=["uncased", "cased"])
def tokenizer(request, vocab_file):
    return Tokenizer(vocab_file, lower_case=request.param)


@pytest.fixture(scope="module")
def uncased(vocab_file):
    return Tokenizer(vocab_file)


@pytest.fixture(scope="module")
def reference(tokenizer):
    return model_garden(tokenizer.vocab_file, tokenizer.lower_case)


def model_garden(vocab_file, lower_case):
    layers = pytest.importorskip("official.nlp.modeling.layers", reason="Model Garden (the extra `test`) is not here")
    layer = layers.BertTokenizer(vocab_file=str(vocab_file), lower_case=lower_case)
    function = tf.function(
        lambda strings: layer(strings).merge_dims(1, 2), input_signature=[tf.TensorSpec([None], tf.string)]
    )
    return lambda strings: function(tf.constant(strings, tf.string))


def assert_same(ours: tf.RaggedTensor, theirs: tf.RaggedTensor):
    np.testing.assert_array_equal(ours.row_splits, theirs.row_splits)
    np.testing.assert_array_equal(ours.flat_values, theirs.flat_values)
    assert ours.dtype == tf.int32


def triples(tokenizer, strings):
    columns = (column.to_list() for column in tokenizer.tokenize_with_offsets(strings))
    return [list(zip(*row, strict=True)) for row in zip(*columns, strict=True)]


def assert_offsets_are_the_oracles(tokenizer, strings):
    ids = {piece: number for number, piece in enumerate(tokenizer.vocabulary)}
    for text, found in zip(strings, triples(tokenizer, strings), strict=True):
        assert found == tokenizer_oracle.tokenize(text, ids, tokenizer.lower_case), repr(text)


def sources(tokenizer, text):
    return [(tokenizer.vocabulary[i], text[start:limit]) for i, start, limit in triples(tokenizer, [text])[0]]


def test_attributes(vocab_file):
    tokenizer = Tokenizer(vocab_file, lower_case=False)
    assert tokenizer.get_config() == {"vocab_file": vocab_file, "lower_case": False}
    assert tokenizer.vocabulary == PIECES and tokenizer.vocab_size == len(PIECES)
    assert (tokenizer.pad_id, tokenizer.unk_id, tokenizer.cls_id, tokenizer.sep_id) == (0, 1, 2, 3)
    assert tokenizer.mask_id is None
    with pytest.raises(TypeError, match=r"`lower_case` must be True or False. Received: lower_case='yes'"):
        Tokenizer(vocab_file, lower_case="yes")


def test_a_changed_file_is_read_anew(tmp_path):
    path = tmp_path / "vocab.txt"
    path.write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\n")
    first = Tokenizer(path)
    path.write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nb\na\n")
    second = Tokenizer(path)
    assert (first(["a b"]).to_list(), second(["a b"]).to_list()) == ([[4, 5]], [[6, 5]])
    assert second.mask_id == 4


@pytest.mark.parametrize(
    "text, expected",
    [
        ("Ünïted ﬁsh", [("united", "Ünïted"), ("fish", "ﬁsh")]),
        ("cafe\u0301s", [("cafe", "cafe\u0301"), ("##s", "s")]),
        ("\u0301abc \u0301abc", [("abc", "abc"), ("abc", "abc")]),
        ("e\u0301\u0323x", [("ex", "e\u0301\u0323x")]),
        ("e\u200bx", [("ex", "e\u200bx")]),
        ("word\u200b \u200bword\u00ad", [("word", "word"), ("word", "word")]),
        ("e\u200d\u0301 x", [("e", "e\u200d\u0301"), ("x", "x")]),
        ("ﬃable", [("ffi", "ﬃ"), ("##able", "able")]),
        ("ﬁng", [("f", "ﬁ"), ("##ing", "ﬁng")]),
        ("㈠", [("(", "㈠"), ("[UNK]", "㈠"), (")", "㈠")]),
        ("½", [("1", "½"), ("##⁄", "½"), ("##2", "½")]),
        ("a¨e", [("a", "a"), ("e", "e")]),
        ("Straße", [("[UNK]", "Straße")]),
        ("ß\u0301", [("ss", "ß\u0301")]),
        ("ｶﾞ中\u0301", [("カ", "ｶﾞ"), ("中", "中\u0301")]),
        ("[SEP]", [("[", "["), ("sep", "SEP"), ("]", "]")]),
        ("a" + "x" * 100 + " e", [("[UNK]", "a" + "x" * 100), ("e", "e")]),
        ("\U0010ffff \u0000e", [("[UNK]", "\U0010ffff"), ("e", "e")]),
        ("किi", [("क", "क"), ("##ि", "ि"), ("##i", "i")]),
        ("", []),
        (" \u200b\r\n", []),
    ],
)
def test_sources_worked_out_by_hand(uncased, text, expected):
    assert sources(uncased, text) == expected


def test_marks_that_may_change_places_are_one_source(vocab_file):
    # Balinese adeg adeg (class 9) after a Hangul tone mark (class 224): normalisation swaps them.
    swapped = "\u302e\u1b44"
    assert unicodedata.normalize("NFD", swapped) == swapped[::-1]
    for pieces in (["##\u1b44", "##\u302e"], []):
        path = vocab_file.with_name("marks.txt")
        path.write_text("\n".join(PIECES + pieces) + "\n", encoding="utf-8", newline="\n")
        expected = [("a", "a"), *((piece, swapped) for piece in pieces)] or None
        found = sources(Tokenizer(path), "a" + swapped)
        assert found == (expected if pieces else [("[UNK]", "a" + swapped)])


def test_hard_unicode(tokenizer, reference):
    assert_same(tokenizer(HARD), reference(HARD))
    assert_same(tokenizer.tokenize_with_offsets(HARD).ids, reference(HARD))
    assert_offsets_are_the_oracles(tokenizer, HARD)


def test_every_character(tokenizer, reference):
    dull = [range(0x4E10, 0x9F00), range(0xAC10, 0xD700), range(0x17010, 0x18CD0), range(0x20010, 0xE0000)]
    codes = (code for code in range(0xF0000) if not any(code in block for block in dull))
    strings = [f"a{chr(code)}e" for code in codes if is_known(chr(code)) and unicodedata.category(chr(code)) != "Co"]
    assert len(strings) > 30_000
    assert_same(tokenizer(strings), reference(strings))
    assert_offsets_are_the_oracles(tokenizer, strings)


def test_marks_are_not_joined_over_the_end_of_a_text(uncased):
    found = triples(uncased, ["a\u302e", "\u0301\u1b44", "\u1b44"])
    assert [[token[1:] for token in row] for row in found] == [[(0, 2)], [(1, 2)], [(0, 1)]]


@given(texts)
@PROPERTIES
def test_any_text(tokenizer, reference, strings):
    assert_same(tokenizer(strings), reference(strings))
    assert_offsets_are_the_oracles(tokenizer, strings)


@given(texts)
@PROPERTIES
def test_sources_are_in_order_and_tokenize_to_their_pieces(tokenizer, strings):
    for text, tokens in zip(strings, triples(tokenizer, strings), strict=True):
        covered = set()
        for (_, start, limit), (_, next_start, next_limit) in itertools.pairwise(tokens):
            assert start <= next_start and limit <= next_limit
        for number, start, limit in tokens:
            assert 0 <= start < limit <= len(text)
            covered |= set(range(start, limit))
            piece = tokenizer.vocabulary[number].removeprefix("##")
            normalized = text[start:limit]
            if tokenizer.lower_case:
                normalized = "".join(tokenizer_oracle.fold(c) for c in normalized)
            normalized = "".join(c for c in normalized if not tokenizer.lower_case or unicodedata.category(c) != "Mn")
            assert piece == "[UNK]" or piece in unicodedata.normalize("NFD", normalized) or piece in normalized
        rest = "".join(c for index, c in enumerate(text) if index not in covered)
        assert tokenizer([rest]).flat_values.shape[0] == 0  # nothing but spaces and characters that vanish is left over


@given(st.lists(st.binary(max_size=20), max_size=8))
@PROPERTIES
def test_bytes_that_are_not_utf8(tokenizer, reference, strings):
    strings = [b"e" + part + "ﬁ é x".encode() for part in strings]
    assert_same(tokenizer(strings), reference(strings))
    assert_same(tokenizer.tokenize_with_offsets(strings).ids, reference(strings))
    for raw, tokens in zip(strings, triples(tokenizer, strings), strict=True):
        text = raw.decode("utf-8", errors="replace")
        assert text[tokens[-1][1] : tokens[-1][2]] == "x"
        assert all(0 <= start < limit <= len(text) for _, start, limit in tokens)


def test_undecodable_words_are_unknown(tokenizer):
    raw = b"e \xffe e\xe2\x82 \xed\xa0\x80. e"
    text = raw.decode("utf-8", errors="replace")
    found = [(tokenizer.vocabulary[i], text[start:limit]) for i, start, limit in triples(tokenizer, [raw])[0]]
    assert found == [
        ("e", "e"),
        ("[UNK]", "\ufffde"),
        ("[UNK]", "e\ufffd"),
        ("[UNK]", "\ufffd\ufffd\ufffd"),
        ("[UNK]", "."),
        ("e", "e"),
    ]


def glue_fields() -> list[str]:
    """Every field of every file of CoLA, SST-2 and MRPC: all their sentences, and the rest of each row."""
    fields = {}
    for path in sorted((SHARED / "data" / "glue").glob("*/*.t*")):
        rows = path.read_text(encoding="utf-8").split("\n")
        fields.update(dict.fromkeys(field for row in rows for field in row.split("\t")))
    return list(fields)


@needs_shared
@pytest.mark.parametrize("name", ["uncased", "cased"])
def test_glue_and_hard_unicode_with_published_vocabularies(name):
    path, lower_case = SHARED / "data" / "vocab" / f"bert_{name}.txt", name == "uncased"
    tokenizer, reference = Tokenizer(path, lower_case), model_garden(path, lower_case)
    strings = HARD + glue_fields()
    assert len(strings) > 90_000
    expected = reference(strings)
    assert_same(tokenizer(strings), expected)
    assert_same(tokenizer.tokenize_with_offsets(strings).ids, expected)
    assert_offsets_are_the_oracles(tokenizer, HARD + strings[len(HARD) :: 100])


@needs_shared
def test_hard_unicode_with_a_multilingual_vocabulary():
    path = SHARED / "data" / "vocab" / "bert_multi_cased.txt"
    tokenizer = Tokenizer(path, lower_case=False)
    assert_same(tokenizer(HARD), model_garden(path, False)(HARD))
    assert_offsets_are_the_oracles(tokenizer, HARD)


@needs_shared
@pytest.mark.parametrize("name, lower_case", [("uncased", True), ("cased", False), ("multi_cased", False)])
def test_strings_that_are_made_to_break_it(name, lower_case):
    """BERT_KERAS_STRINGS says how many: 340,000 were tried. Few that are no UTF-8 may differ: see the generator."""
    path = SHARED / "data" / "vocab" / f"bert_{name}.txt"
    tokenizer, reference = Tokenizer(path, lower_case), model_garden(path, lower_case)
    strings = list(hostile_strings(int(os.environ.get("BERT_KERAS_STRINGS", "4000")), seed=2026))
    differ = []
    for begin in range(0, len(strings), 4000):
        chunk = strings[begin : begin + 4000]
        expected = reference(chunk).to_list()
        for ids in (tokenizer(chunk), tokenizer.tokenize_with_offsets(chunk).ids):
            rows = zip(chunk, ids.to_list(), expected, strict=True)
            differ += [string for string, row, wanted in rows if row != wanted]
    assert [string for string in differ if is_utf8(string)] == []
    assert len(set(differ)) <= len(strings) / 50_000, differ


def is_utf8(string):
    return string.decode("utf-8", errors="ignore").encode() == string


def test_characters_that_no_unicode_has_yet_are_letters(uncased):
    assert sources(uncased, "a\u0378 e\U000323b0") == [("[UNK]", "a\u0378"), ("[UNK]", "e\U000323b0")]


def test_batches_of_nothing(tokenizer):
    for strings, rows in (([], []), (["", " "], [[], []]), (np.array([], object), [])):
        assert tokenizer(strings).to_list() == rows
        assert [column.to_list() for column in tokenizer.tokenize_with_offsets(strings)] == [rows] * 3


def test_takes_what_holds_strings(tokenizer):
    expected = tokenizer(["fish é"]).to_list()
    raw = "fish é".encode()
    for strings in (("fish é",), [raw], np.array(["fish é"]), np.array([raw], object), tf.constant([raw]), iter([raw])):
        assert tokenizer(strings).to_list() == expected


def test_in_graphs_and_pipelines(tokenizer):
    strings = HARD[:40]
    expected = [column.to_list() for column in tokenizer.tokenize_with_offsets(strings)]
    traced = tf.function(tokenizer.tokenize_with_offsets)(tf.constant(strings))
    assert [column.to_list() for column in traced] == expected
    dataset = tf.data.Dataset.from_tensor_slices(strings).batch(7)
    batches = list(dataset.map(tokenizer.tokenize_with_offsets))
    for name, rows in zip(traced._fields, expected, strict=True):
        assert [row for batch in batches for row in getattr(batch, name).to_list()] == rows
    assert [row for ids in dataset.map(tokenizer) for row in ids.to_list()] == expected[0]
    assert all(ids.shape.rank == 2 for ids in dataset.map(tokenizer))


def test_both_calls_check_their_argument(uncased):
    for call in (uncased, uncased.tokenize_with_offsets):
        with pytest.raises(TypeError, match=r"`strings` must be a batch of strings.* Pass a list: \['one text'\]"):
            call("one text")
        with pytest.raises(TypeError, match=r"`strings` must hold strings only, and row 1 is none"):
            call(["a", None])


def test_the_source_of_a_piece_of_broken_bytes_does_not_end_before_it_begins(uncased):
    broken = b"\xf0\x9d\x85\xa5\xe2\x80\x8d\x81#\xf0\xaa\xb1\xe1\x98\x90\xef\xb7\xbae"
    _, starts, limits = uncased.tokenize_with_offsets([broken])
    assert (starts.flat_values <= limits.flat_values).numpy().all() and len(starts.flat_values) > 2


# Equal tokenizers take each other's tables and graphs, and nothing else does.

FEW_PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "dog", "##s", "D", "##o", "##g"]


@pytest.fixture
def vocabulary_of_a_test(tmp_path, request):
    """Of each test its own, as a tokenizer of another one may live."""
    path = tmp_path / "vocab.txt"
    path.write_text("".join(piece + "\n" for piece in [*FEW_PIECES, request.node.name]))
    return path


@pytest.fixture
def traced(monkeypatch):
    """The texts' graphs that are traced, one after another."""
    made, ids = [], Tokenizer._ids
    monkeypatch.setattr(Tokenizer, "_ids", lambda self, strings: (made.append(self), ids(self, strings))[1])
    return made


def test_a_second_one_traces_nothing(vocabulary_of_a_test, tmp_path, traced):
    copy = tmp_path / "copy.txt"
    copy.write_bytes(vocabulary_of_a_test.read_bytes())
    tokenizers = [Tokenizer(vocabulary_of_a_test), Tokenizer(copy), Tokenizer(str(vocabulary_of_a_test))]
    assert [tokenizer(["The dogs"]).to_list() for tokenizer in tokenizers] == [[[4, 5, 6]]] * 3
    assert traced == tokenizers[:1]
    assert [tokenizer.vocab_file for tokenizer in tokenizers] == [vocabulary_of_a_test, copy, str(vocabulary_of_a_test)]
    places = [tokenizer.tokenize_with_offsets(["The dogs"]).starts.to_list() for tokenizer in tokenizers]
    assert places == [[[0, 4, 7]]] * 3


def test_others_have_their_own(vocabulary_of_a_test, tmp_path, traced):
    other = tmp_path / "other.txt"
    other.write_text("".join(piece + "\n" for piece in [*FEW_PIECES[:4], *reversed(FEW_PIECES[4:])]))

    class Whispering(Tokenizer):
        def _ids(self, strings):
            return super()._ids(tf.strings.lower(strings))

    settings = {"normalization": "huggingface", "lower_case": False}
    tokenizers = [
        Tokenizer(vocabulary_of_a_test),
        Tokenizer(vocabulary_of_a_test, lower_case=False),
        Tokenizer(vocabulary_of_a_test, **settings),
        Tokenizer(vocabulary_of_a_test, longest_word=2, **settings),
        Tokenizer(other),
        Whispering(vocabulary_of_a_test, lower_case=False),
    ]
    found = [tokenizer(["the Dog"]).to_list()[0] for tokenizer in tokenizers]
    assert found == [[4, 5], [4, 7, 8, 9], [4, 7, 8, 9], [1, 1], [9, 8], [4, 5]]
    assert traced == tokenizers
    again = Whispering(vocabulary_of_a_test, lower_case=False)
    assert again(["the Dog"]).to_list() == [[4, 5]] and traced[-1] is again


def test_they_outlive_the_first_and_end_with_the_last(vocabulary_of_a_test):
    first = Tokenizer(vocabulary_of_a_test)
    first(["the dog"])
    second, life = Tokenizer(vocabulary_of_a_test), weakref.ref(first)
    del first
    gc.collect()
    assert second(["dogs"]).to_list() == [[5, 6]] and Tokenizer(vocabulary_of_a_test)(["the"]).to_list() == [[4]]
    table = weakref.ref(second._wordpiece)
    del second
    gc.collect()
    assert life() is None and table() is None


def test_each_is_saved_with_its_vocabulary(vocabulary_of_a_test, tmp_path):
    tokenizers = [Tokenizer(vocabulary_of_a_test), Tokenizer(vocabulary_of_a_test)]
    for number, tokenizer in enumerate(tokenizers):
        tf.saved_model.save(tokenizer, tmp_path / str(number))
        tokenizer.write(tmp_path / str(number))
        assert tf.saved_model.load(tmp_path / str(number))(["the dogs"]).to_list() == [[4, 5, 6]]
        kept = tmp_path / str(number) / "vocab.txt"
        assert Vocabulary.read(kept).pieces[:-1] == tuple(FEW_PIECES)
