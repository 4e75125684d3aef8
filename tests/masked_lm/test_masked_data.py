"""`load_masked`: from files and lists to rows, and what is held out."""

import pathlib

import numpy as np
import pytest
import tiny
from encoders import VOCABULARY

from bert_keras.masked_lm.masked_data import load_masked
from bert_keras.text.tokenizer import Tokenizer

DAY, NIGHT = (VOCABULARY.index(word) for word in ("day", "night"))


@pytest.fixture(scope="module")
def tokenizer(vocab_file):
    return Tokenizer(vocab_file)


def ids_of(split):
    return [row[1:-1] for row in split.word_ids.to_list()]


def test_packed_rows_are_filled_by_the_lines_of_a_document_and_end_with_it(tokenizer, tmp_path):
    path = tmp_path / "letters.txt"
    path.write_text("day day\nday day day\n\nnight\nnight night\n", encoding="utf-8")
    data = load_masked(path, tokenizer, validation=["day"], seq_length=6, masked_share=0.5)
    assert ids_of(data.split("train")) == [[DAY] * 4, [DAY], [NIGHT] * 3]
    assert data.split("train").texts == 4 and data.split("train").truncated == 0
    assert data.facts()[0] == "train: 4 texts, 3 rows, 14 tokens"
    assert data.config() == {"seq_length": 6, "rows": "packed", "masked_share": 0.5, "whole_words": True}


def test_rows_of_texts_are_cut_and_counted(tokenizer):
    texts = ["day day day day day", "night"]
    split = load_masked(texts, tokenizer, validation=["day"], seq_length=6, rows="texts").split("train")
    assert ids_of(split) == [[DAY] * 4, [NIGHT]]
    assert split.truncated == 1


def test_lines_or_documents_are_held_out_whatever_the_seed(tokenizer):
    lines = [" ".join([VOCABULARY[6 + n]] * (n + 1)) for n in range(12)]

    def parts(texts, **options):
        data = load_masked(texts, tokenizer, rows="texts", seq_length=32, held_out=0.25, **options)
        return [{row[0] for row in ids_of(data.split(name))} for name in ("train", "validation")]

    train, held = parts(lines)
    assert len(held) == 3 and not train & held and len(train | held) == 12
    assert [train, held] == parts(lines, seed=9)
    documents = [part for n in range(20) for part in (f"day {VOCABULARY[10 + n]}", f"night {VOCABULARY[10 + n]}", "")]
    data = load_masked(documents, tokenizer, seq_length=32, held_out=0.25)
    marks = [{row[1] for row in ids_of(data.split(name))} for name in ("train", "validation")]
    assert len(marks[1]) == 5 and not marks[0] & marks[1]  # no document is in both


def test_a_limit_keeps_the_first_rows(tokenizer):
    data = load_masked(["day", "night", "dog", "cat"], tokenizer, validation=["day"], rows="texts", limit=2)
    assert ids_of(data.split("train")) == [[DAY], [NIGHT]]
    assert len(data.split("validation")) == 1


def test_an_encoder_brings_its_tokenizer_and_its_position_table(tokenizer):
    encoder = tiny.native_encoder()
    with pytest.raises(ValueError, match="`encoder` must have a tokenizer"):
        load_masked(["day", "night"], encoder)
    encoder.tokenizer = tokenizer
    with pytest.raises(ValueError, match=r"`seq_length` must be between 3 and 64, the encoder's position table"):
        load_masked(["day", "night"], encoder, seq_length=65)
    assert len(load_masked(["day", "night"], encoder, seq_length=64).split("train")) == 1
    with pytest.raises(TypeError, match="`encoder` must be an encoder or a Tokenizer"):
        load_masked(["day", "night"], "sample")


def test_bad_input_has_a_message(tokenizer, tmp_path):
    for given, options, match in (
        (["", "  "], {}, "`files_or_texts` must hold text, and there is none in it"),
        (["day"], {}, "`files_or_texts` must hold two lines or more.* Pass other texts to measure on"),
        (["day", "night"], {"held_out": 1.0}, "`held_out` must lie between 0 and 1"),
        (["day", "night"], {"rows": "line"}, "`rows` must be one of 'packed', 'texts'"),
        (["day", "night"], {"seq_length": 2}, "`seq_length` must be at least 3"),
        (["\u200b", "\u200b"], {}, "`files_or_texts` must hold text that makes tokens"),
    ):
        with pytest.raises(ValueError, match=match):
            load_masked(given, tokenizer, **options)
    empty = tmp_path / "empty.txt"
    empty.write_bytes(b"\n\n")
    with pytest.raises(ValueError, match=r"must hold text, and there is none in it.*empty\.txt"):
        load_masked([pathlib.Path(empty)], tokenizer)


def test_rows_have_the_ids_of_the_tokenizer(tokenizer):
    texts = tiny.sentences(2500)  # more than are tokenized in one call
    split = load_masked(texts, tokenizer, validation=["day"], rows="texts", seq_length=64).split("train")
    assert ids_of(split) == tokenizer(texts).to_list()
    np.testing.assert_array_equal(split.lengths, [len(text.split()) + 2 for text in texts])
