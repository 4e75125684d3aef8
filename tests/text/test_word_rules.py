"""Hugging Face's rules: words, ids and offsets are those of the `tokenizers` library, over all of Unicode."""

import itertools
import json
import unicodedata

import pytest
import tensorflow as tf
from encoders import CASED_WORDS, VOCABULARY
from hostile_strings import hostile_strings
from paths import HARD_UNICODE

from bert_keras.text.basic_words import basic_words, placed_words
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text.word_rules import WordRules
from bert_keras.text.written_tokenizer import written_tokenizer

tokenizers = pytest.importorskip("tokenizers", reason="Hugging Face's tokenizers is not here: pip install tokenizers")

FORMS = list(itertools.product([True, False], repeat=3))


def words_of(texts, rules):
    found = basic_words(tf.constant(texts), rules)
    rows = tf.RaggedTensor.from_row_splits(found.words, found.splits).to_list()
    return [[word.decode("utf-8") for word in row] for row in rows]


def their_words(texts, rules):
    normalizer = tokenizers.normalizers.BertNormalizer(
        handle_chinese_chars=rules.chinese_characters,
        strip_accents=rules.strip_accents,
        lowercase=rules.lower_case,
    )
    parts = tokenizers.pre_tokenizers.BertPreTokenizer()
    return [[word for word, _ in parts.pre_tokenize_str(normalizer.normalize_str(text))] for text in texts]


@pytest.mark.parametrize(("lower_case", "strip_accents", "chinese"), FORMS)
def test_words_of_hard_strings_are_theirs(lower_case, strip_accents, chinese):
    rules = WordRules(lower_case, True, strip_accents, chinese)
    texts = [json.loads(line) for line in HARD_UNICODE.read_text(encoding="ascii").splitlines()]
    drawn = (text.decode("utf-8", "replace") for text in hostile_strings(4000, 7))
    texts += [text.replace("\ufffd", "") for text in drawn]
    ours, theirs = words_of(texts, rules), their_words(texts, rules)
    other = [(text, mine, other) for text, mine, other in zip(texts, ours, theirs, strict=True) if mine != other]
    assert other == []
    placed = placed_words(tf.constant(texts), rules)[0]
    assert [word.decode() for word in placed.words.numpy()] == list(itertools.chain(*theirs))


@pytest.mark.parametrize(("lower_case", "strip_accents"), [(True, True), (False, False)])
def test_words_of_all_of_unicode_are_theirs(lower_case, strip_accents):
    rules = WordRules(lower_case, True, strip_accents)
    texts = [f"a{chr(code)}b" for code in range(0x110000) if unicodedata.category(chr(code)) not in ("Cn", "Cs", "Co")]
    assert words_of(texts, rules) == their_words(texts, rules)


@pytest.mark.parametrize(("lower_case", "strip_accents", "chinese"), FORMS)
def test_ids_and_offsets_are_theirs(tmp_path, lower_case, strip_accents, chinese):
    pieces = [*VOCABULARY, *CASED_WORDS, "été", "中", "中国", "##国", "x" * 30]
    (tmp_path / "vocab.txt").write_text("\n".join(pieces) + "\n", encoding="utf-8")
    ours = Tokenizer(
        tmp_path / "vocab.txt",
        lower_case,
        normalization="huggingface",
        strip_accents=strip_accents,
        chinese_characters=chinese,
        longest_word=30,
    )
    theirs = tokenizers.Tokenizer(
        tokenizers.models.WordPiece(
            {piece: number for number, piece in enumerate(pieces)}, unk_token="[UNK]", max_input_chars_per_word=30
        )
    )
    theirs.normalizer = tokenizers.normalizers.BertNormalizer(
        handle_chinese_chars=chinese, strip_accents=strip_accents, lowercase=lower_case
    )
    theirs.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    texts = [
        "The film was good!",
        "été Été 中国 go中国od",
        "x" * 30 + " " + "x" * 31,
        "é" * 30,
        "go\u200bod\x00 un\u00adable",
        "",
    ]
    found = ours.tokenize_with_offsets(texts)
    wanted = theirs.encode_batch(texts)
    assert ours(texts).to_list() == found.ids.to_list() == [one.ids for one in wanted]
    assert [
        list(zip(*row, strict=True)) for row in zip(found.starts.to_list(), found.limits.to_list(), strict=True)
    ] == [one.offsets for one in wanted]


def test_rules_without_a_choice_refuse_one(tmp_path):
    (tmp_path / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n", encoding="utf-8")
    for name, value in {"strip_accents": False, "chinese_characters": False, "longest_word": 50}.items():
        with pytest.raises(
            ValueError, match=rf"`{name}` must be .* with normalization='tfhub'.*Received: {name}={value}"
        ):
            Tokenizer(tmp_path / "vocab.txt", True, **{name: value})
    with pytest.raises(ValueError, match="`normalization` must be one of 'tfhub', 'huggingface'"):
        Tokenizer(tmp_path / "vocab.txt", normalization="nfd")


def test_a_written_tokenizer_keeps_its_rules(tmp_path):
    (tmp_path / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n", encoding="utf-8")
    made = Tokenizer(tmp_path / "vocab.txt", False, normalization="huggingface", strip_accents=True, longest_word=40)
    (tmp_path / "kept").mkdir()
    made.write(tmp_path / "kept")
    again = written_tokenizer(tmp_path / "kept")
    assert (
        again.settings
        == made.settings
        == {
            "lower_case": False,
            "normalization": "huggingface",
            "strip_accents": True,
            "chinese_characters": True,
            "longest_word": 40,
        }
    )
