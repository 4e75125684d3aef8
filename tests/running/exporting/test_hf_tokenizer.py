"""The files of Hugging Face's tokenizer: ids are ours, over all of Unicode but for letters that are listed here."""

import json
import unicodedata

import numpy as np
import pytest
import tensorflow as tf
from encoders import CASED_WORDS, VOCABULARY
from paths import HARD_UNICODE
from real_data import SHARED, needs_shared

from bert_keras.running.exporting.hf_tokenizer import write_hf_tokenizer
from bert_keras.text.basic_words import basic_words
from bert_keras.text.preprocessor import Preprocessor
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text.word_rules import WordRules

tokenizers = pytest.importorskip("tokenizers", reason="Hugging Face's tokenizers is not here: pip install tokenizers")

TEXTS = [
    "The film was good!",
    "unable, re-playing; naïve ÀÉ Straße [SEP] [MASK] [CLS]",
    "",
    " \t\n ",
    "東京に行く good",
    "a\u00a0b\u200bc\u00add e\u0301\x07x don't",
    "x" * 101 + " book " + "y" * 100,
    "good " * 40,
]


def written(tokenizer, folder, seq_length=24, **options):
    write_hf_tokenizer(tokenizer, folder, seq_length, **options)
    return tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))


def ids_of(theirs, *columns):
    rows = list(zip(*columns, strict=True)) if len(columns) == 2 else columns[0]
    found = theirs.encode_batch(rows)
    counts = [sum(one.attention_mask) for one in found]
    ids = [one.ids[:count] for one, count in zip(found, counts, strict=True)]
    return ids, [one.type_ids[:count] for one, count in zip(found, counts, strict=True)]


@pytest.fixture(params=[True, False], ids=["uncased", "cased"])
def tokenizer(request, tmp_path):
    path = tmp_path / "vocab.txt"
    path.write_text("\n".join(VOCABULARY + CASED_WORDS) + "\n", encoding="utf-8")
    return Tokenizer(path, request.param)


def test_ids_and_types_are_ours(tokenizer, tmp_path):
    theirs = written(tokenizer, tmp_path)
    texts = TEXTS + [json.loads(line) for line in HARD_UNICODE.read_text(encoding="ascii").splitlines()]
    ours = Preprocessor(tokenizer, 24).ragged(texts)
    assert [part.to_list() for part in ours] == list(ids_of(theirs, texts))
    assert max(map(len, ours[0].to_list())) == 24


def test_pairs_are_ours_where_the_room_is_even(tokenizer, tmp_path):
    words = ["good " * count for count in range(0, 24, 3)]
    firsts, seconds = map(list, zip(*[(a, b) for a in words for b in words], strict=True))
    even = written(tokenizer, tmp_path, 13)
    assert [part.to_list() for part in Preprocessor(tokenizer, 13).ragged(firsts, seconds)] == list(
        ids_of(even, firsts, seconds)
    )
    odd = written(tokenizer, tmp_path, 14)
    ours, theirs = Preprocessor(tokenizer, 14).ragged(firsts, seconds)[0].to_list(), ids_of(odd, firsts, seconds)[0]
    assert list(map(len, ours)) == list(map(len, theirs))
    lengths = np.array([[len(text.split()) for text in (a, b)] for a, b in zip(firsts, seconds, strict=True)])
    other = np.array([a != b for a, b in zip(ours, theirs, strict=True)])
    longer = (lengths >= 6).all(axis=1) & (lengths[:, 0] <= lengths[:, 1])  # and both cut
    assert other.any() and not other[~longer].any()


def test_settings_of_transformers(tokenizer, tmp_path):
    write_hf_tokenizer(tokenizer, tmp_path, 24)
    settings = json.loads((tmp_path / "tokenizer_config.json").read_text())
    assert settings["model_max_length"] == 24 and settings["do_lower_case"] is tokenizer.lower_case
    assert settings["tokenizer_class"] == "PreTrainedTokenizerFast" and settings["split_special_tokens"] is True
    assert settings["mask_token"] == "[MASK]" and settings["cls_token"] == "[CLS]"
    lines = (tmp_path / "vocab.txt").read_text(encoding="utf-8").split("\n")
    assert lines == [*tokenizer.vocabulary, ""]


def test_a_mask_is_one_where_the_model_fills_it(tokenizer, tmp_path):
    assert tokenizer.mask_id in written(tokenizer, tmp_path, with_masks=True).encode("the [MASK] was good").ids
    assert tokenizer.mask_id not in written(tokenizer, tmp_path).encode("the [MASK] was good").ids


def test_batches_are_padded_to_their_longest(tokenizer, tmp_path):
    short, long = written(tokenizer, tmp_path).encode_batch(["good", "the film was good"])
    assert len(short.ids) == len(long.ids) == 6
    assert short.ids[3:] == [tokenizer.pad_id] * 3 and short.attention_mask == [1, 1, 1, 0, 0, 0]


def test_all_of_unicode_is_read_as_ours_but_for_rare_letters(tokenizer, tmp_path):
    theirs = written(tokenizer, tmp_path)
    points = [c for c in range(1, 0x110000) if unicodedata.category(chr(c)) not in ("Cn", "Cs", "Co")]
    texts = [f"a{chr(point)}b" for point in points]
    found = basic_words(tf.constant(texts), WordRules(tokenizer.lower_case))
    words = tf.RaggedTensor.from_row_splits(found.words, found.splits).to_list()
    ours = [[word.decode("utf-8") for word in row] for row in words]

    def parted(text):
        return [word for word, _ in theirs.pre_tokenizer.pre_tokenize_str(theirs.normalizer.normalize_str(text))]

    other = [p for p, text, mine in zip(points, texts, ours, strict=True) if parted(text) != mine]
    if not tokenizer.lower_case:
        assert other == []
        return
    # Cherokee, of which case folding keeps the capitals; old forms of Cyrillic letters; modifier letters, signs and
    # digits that are younger than the release of Unicode that one of the two knows.
    known = [(0x13A0, 0x13F5), (0x13F8, 0x13FD), (0xAB70, 0xABBF), (0x1C80, 0x1C88), (0x32FF, 0x32FF)]
    known += [(0xA7F2, 0xA7F4), (0xAB69, 0xAB69), (0x10781, 0x10785), (0x10787, 0x107B0), (0x107B2, 0x107BA)]
    known += [(0x1171E, 0x1171E), (0x11938, 0x11938), (0x1F16C, 0x1F16C), (0x1FBF0, 0x1FBF9)]
    assert [hex(p) for p in other if not any(low <= p <= high for low, high in known)] == []


@needs_shared
@pytest.mark.parametrize("name", ["bert_uncased", "bert_cased", "bert_multi_cased"])
def test_a_thousand_real_sentences(name, tmp_path):
    tokenizer = Tokenizer(SHARED / "data" / "vocab" / f"{name}.txt", name == "bert_uncased")
    lines = (SHARED / "data" / "glue" / "MRPC" / "train.tsv").read_text(encoding="utf-8-sig").splitlines()[1:501]
    rows = [line.split("\t")[3:5] for line in lines]
    theirs = written(tokenizer, tmp_path, 63)
    firsts, seconds = map(list, zip(*rows, strict=True))
    ours = Preprocessor(tokenizer, 63).ragged(firsts, seconds)
    assert [part.to_list() for part in ours] == list(ids_of(theirs, firsts, seconds))
    assert len(rows) == 500
