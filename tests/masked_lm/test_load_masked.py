"""`load_masked`: from files and lists to a task or rows, and what is held out."""

import pathlib

import pytest
from encoders import VOCABULARY

from bert_keras.masked_lm.load_masked import load_masked
from bert_keras.masked_lm.masked_task import MaskedTask
from bert_keras.text.tokenizer import Tokenizer

LINES = [" ".join([VOCABULARY[6 + n]] * (n + 1)) for n in range(12)]


@pytest.fixture(scope="module")
def tokenizer(vocab_file):
    return Tokenizer(vocab_file)


def ids_of(split):
    return [row[1:-1] for row in split.word_ids.to_list()]


def parts_of(texts, tokenizer, **options):
    """By part, the first pieces of the rows, of which each line of LINES has another."""
    data = load_masked(texts, tokenizer, rows="texts", seq_length=32, **options)
    return {name: {row[0] for row in ids_of(split)} for name, split in data.splits.items()}


def test_lines_or_documents_are_held_out_whatever_the_seed(tokenizer):
    parts = parts_of(LINES, tokenizer, validation_share=0.25)
    train, held = parts["train"], parts["validation"]
    assert len(held) == 3 and not train & held and len(train | held) == 12
    assert parts == parts_of(LINES, tokenizer, validation_share=0.25, seed=9)
    assert parts != parts_of(LINES, tokenizer, validation_share=0.25, split_seed=1)
    documents = [part for n in range(20) for part in (f"day {VOCABULARY[10 + n]}", f"night {VOCABULARY[10 + n]}", "")]
    data = load_masked(documents, tokenizer, seq_length=32, validation_share=0.25)
    marks = [{row[1] for row in ids_of(data.split(name))} for name in ("train", "validation")]
    assert len(marks[1]) == 5 and not marks[0] & marks[1]  # no document is in both


def test_a_test_part_and_none_at_all(tokenizer):
    parts = parts_of(LINES, tokenizer, validation_share=0.25, test_share=0.25)
    assert {name: len(rows) for name, rows in parts.items()} == {"train": 6, "validation": 3, "test": 3}
    assert len(set.union(*parts.values())) == 12
    documents = [line for n in range(20) for line in (f"{VOCABULARY[10 + n]} day", f"{VOCABULARY[10 + n]} night", "")]
    parts = parts_of(documents, tokenizer, validation_share=0.1, test_share=0.1)
    assert {name: len(rows) for name, rows in parts.items()} == {"train": 16, "validation": 2, "test": 2}
    assert not parts["train"] & parts["validation"]  # whole documents, though fewer than twenty are left after the test
    assert parts_of(LINES, tokenizer, validation_share=0) == {"train": set(range(6, 18))}
    assert list(parts_of(LINES, tokenizer, parts=("validation",))) == ["validation"]


def test_parts_that_are_given_are_taken_as_they_are(tokenizer, tmp_path):
    path = tmp_path / "held.txt"
    path.write_text("\n".join(LINES[:3]), encoding="utf-8")
    given = {"train": set(range(9, 18)), "validation": {6, 7, 8}}
    assert parts_of(LINES[3:], tokenizer, validation=path) == given
    assert parts_of({"train": LINES[3:], "validation": path}, tokenizer) == given
    data = load_masked({"train": path, "validation": LINES[3:]}, tokenizer)
    assert data.task == "masked words of held.txt" and data.split("validation").examples.source == "texts"
    assert load_masked(LINES, tokenizer).task == "masked words of texts"


def test_without_an_encoder_it_is_a_task(tokenizer):
    task = load_masked(LINES, rows="texts", seq_length=32, limit=4, masked_share=0.3)
    assert isinstance(task, MaskedTask) and task.parts == ("train", "validation")
    assert {name: len(texts) for name, texts in task.rows().items()} == {"train": 11, "validation": 1}
    data = task.load(tokenizer, batch_size=2)
    assert len(data.split("train")) == 4 and len(data.train) == 2 and data.split("train").masker.share == 0.3
    with pytest.raises(TypeError, match="`seed` must be passed with an encoder only"):
        load_masked(LINES, seed=3)
    with pytest.raises(TypeError, match="`held_out` must be left out for masked words of texts, of masked_lm"):
        load_masked(LINES, held_out=0.1)


def test_bad_input_has_a_message(tokenizer, tmp_path):
    for given, options, match in (
        (["", "  "], {}, "`files_or_texts` must hold text, and there is none in it"),
        (["day"], {}, "must hold two different texts or more to hold one out.*Pass validation_share=0"),
        (["day", "night"], {"validation_share": 1.0}, r"`validation_share` must be a finite number between 0\.0 and 0"),
        (["day", "night"], {"rows": "line"}, "`rows` must be one of 'packed', 'texts'"),
        (["day", "night"], {"seq_length": 2}, "`seq_length` must be at least 3"),
        (["\u200b", "\u200b"], {}, "`files_or_texts` must hold text that makes tokens"),
        ({"train": ["day"], "dev": ["night"]}, {}, "`files_or_texts` must be by part, out of train, validation, test"),
    ):
        with pytest.raises(ValueError, match=match):
            load_masked(given, tokenizer, **options)
    with pytest.raises(TypeError, match="`files_or_texts` must be a file, or a list of files or of texts"):
        load_masked({"text": ["day"]}, tokenizer)
    empty = tmp_path / "empty.txt"
    empty.write_bytes(b"\n\n")
    with pytest.raises(ValueError, match=r"must hold text, and there is none in it.*empty\.txt"):
        load_masked([pathlib.Path(empty)], tokenizer, validation_share=0)
