"""`load_choices`: SWAG's layout and own rows as the same data, what is held out, and what is wrong with rows."""

import choices
import numpy as np
import pytest

from bert_keras.multiple_choice.choice_task import ChoiceTask
from bert_keras.multiple_choice.kind import MULTIPLE_CHOICE
from bert_keras.multiple_choice.load_choices import load_choices, load_swag, read_swag
from bert_keras.text.tokenizer import Tokenizer


@pytest.fixture(scope="module")
def tokenizer(vocab_file):
    return Tokenizer(vocab_file)


def sizes_of(data):
    return {name: len(split) for name, split in data.splits.items()}


def test_swags_files_and_own_rows_give_the_same(tokenizer, tmp_path):
    parts = {"train": choices.rows(9, 4), "validation": choices.rows(5, 4, seed=1), "test": choices.rows(4, 4, seed=2)}
    for name, file in (("train", "train.csv"), ("validation", "val.csv"), ("test", "test.csv")):
        choices.write_swag(tmp_path / file, parts[name], labels=name != "test")
    own = {name: rows if name != "test" else [row[:2] for row in rows] for name, rows in parts.items()}
    own["validation"] = [{"prompt": p, "choices": c, "label": n} for p, c, n in own["validation"]]
    files = {"train": tmp_path / "train.csv", "validation": str(tmp_path / "val.csv"), "test": tmp_path / "test.csv"}
    one = load_choices(tmp_path, tokenizer)
    for other in (load_choices(own, tokenizer), load_choices(files, tokenizer)):
        assert list(other.splits) == list(parts)
        for name in parts:
            first, second = one.split(name), other.split(name)
            assert first.examples.texts == second.examples.texts
            np.testing.assert_array_equal(first.word_ids.flat_values, second.word_ids.flat_values)
            assert (first.examples.labels is None) == (name == "test")
    named = load_swag(tokenizer, data_dir=tmp_path, parts=("train", "validation"), limit=3)
    assert named.task == "swag" and sizes_of(named) == {"train": 3, "validation": 5}
    assert one.task == tmp_path.name and len(load_swag(tokenizer, data_dir=tmp_path).splits) == 3
    assert len(read_swag(tmp_path / "test.csv")) == 4
    (tmp_path / "test.csv").unlink()
    assert sizes_of(load_swag(tokenizer, data_dir=tmp_path)) == {"train": 9, "validation": 5}
    (tmp_path / "val.csv").unlink()
    assert sizes_of(load_choices(tmp_path, tokenizer)) == {"train": 8, "validation": 1}


def test_a_part_that_is_not_given_is_held_out_with_equal_prompts_on_one_side(tokenizer):
    prompts = [(f"the {noun}", [f"one {number}", "two"], 0) for number in range(5) for noun in choices.NOUNS]
    data = load_choices(prompts, tokenizer, validation_share=0.25, test_share=0.125)
    assert sizes_of(data) == {"train": 25, "validation": 10, "test": 5}  # of 8 prompts, five rows each
    held = [set(data.split(name).examples.texts[0]) for name in data.splits]
    assert len(held[0] | held[1] | held[2]) == 8 == sum(map(len, held))

    def drawn(**options):
        data = load_choices(prompts, tokenizer, validation_share=0.25, parts=("validation",), **options)
        return data.split("validation").examples.texts

    assert drawn() == drawn(seed=5) != drawn(split_seed=1)
    own = load_choices({"train": prompts, "validation": prompts[:3]}, tokenizer)
    assert sizes_of(own) == {"train": 40, "validation": 3}


def test_without_an_encoder_it_is_a_task(tokenizer):
    prompts = [(f"number {number}", texts, label) for number, (_, texts, label) in enumerate(choices.rows(20))]
    task = load_choices(prompts, limit=4, seq_length=24)
    assert isinstance(task, ChoiceTask) and task.parts == ("train", "validation") and task.name == "choices"
    rows = task.rows()
    assert {name: len(examples) for name, examples in rows.items()} == {"train": 4, "validation": 2}
    assert rows["train"].ids.tolist() != [0, 1, 2, 3]  # a limit draws
    data = task.load(tokenizer, batch_size=2)
    assert data.split("train").examples.texts == rows["train"].texts and len(data.train) == 2
    with pytest.raises(TypeError, match="`batch_size` must be passed with an encoder only"):
        load_choices(prompts, batch_size=2)
    of_a_generator = load_choices(row for row in prompts)
    assert len(of_a_generator.rows()["train"]) == len(of_a_generator.rows()["train"]) == 18


def test_what_is_known_as_prompts_with_choices():
    rows = choices.rows(2)
    named = [{"prompt": "a", "choices": ["b", "c"]}]
    for own in (rows, [row[:2] for row in rows], named, {"train": rows, "validation": named}, ([*rows[0]],)):
        assert MULTIPLE_CHOICE.opener(own) is not None
    for other in ("swag.csv", [], ["a text"], [("a text", "b")], [(["a", "word"], ["O", "O"])], {"text": ["a"]}, None):
        assert MULTIPLE_CHOICE.opener(other) is None
    assert MULTIPLE_CHOICE.opener({"train": rows, "validation": "val.csv"}) is None


def test_rows_that_do_not_fit_are_named(tokenizer, tmp_path):
    good = ("a", ["b", "c"], 0)

    def refuses(source, match, error=ValueError):
        with pytest.raises(error, match=match):
            load_choices(source, tokenizer, validation_share=0)

    refuses([good, ("a", ["b", "c", "d"], 1)], "`choices` must be 2 in every row.*Row 1 of train of choices")
    refuses([("a", ["b"], 0)], "`choices` must be 2 or more")
    refuses([good, ("a", ["b", "c"])], "`label` must be there in all rows .* It is not in row 1")
    refuses([{"prompt": "a"}], "`row` must have the fields prompt and choices")
    refuses([("a", ["b", 3], 0)], "`row` must have a str as its prompt", TypeError)
    refuses([("a", ["b", "c"], 0.5)], "`label` must be an integer", TypeError)
    refuses([7], "`row` must be a dict with prompt, choices and label", TypeError)
    refuses([], "`source` must hold at least one row")
    refuses({"train": [good], "dev": [good]}, "`source` must be by part, out of train, validation, test")
    refuses({"dev": [good]}, "`source` must be a folder, a file, rows, or a dict of them by part", TypeError)
    refuses({"dev": "dev.csv"}, "`source` must be by part, out of train, validation, test")
    refuses(3, "`source` must be a folder, a file, rows", TypeError)
    refuses(tmp_path, "`source` must hold train.csv, val.csv, test.csv.*rowanz/swagaf", FileNotFoundError)
    refuses(tmp_path / "none.csv", "must be a file in SWAG's layout", FileNotFoundError)
    path = choices.write_swag(tmp_path / "bad.csv", choices.rows(3))
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:2], lines[2][:-1] + "x"]))
    refuses(path, r"`label` must be the number of a choice in bad\.csv, line 3")
    path.write_text("\n".join([lines[0], "1,v,only a prompt"]))
    refuses(path, r"bad\.csv, line 2: each row must have 8 columns")
    path.write_text("sent1,ending0\na,b\n")
    refuses(path, "must have the columns sent1, sent2, ending0, ending1")
    with pytest.raises(ValueError, match="`files` must hold two different texts or more to hold one out"):
        load_choices([good, good], tokenizer)


def test_what_swags_folder_lacks_is_named(tokenizer, tmp_path):
    with pytest.raises(ValueError, match="`data_dir` must be the folder with SWAG's files"):
        load_swag(tokenizer)
    choices.write_swag(tmp_path / "train.csv", choices.rows(3))
    for options in ({}, {"parts": ("train", "validation")}):
        with pytest.raises(FileNotFoundError, match=r"There is no val\.csv"):
            load_swag(tokenizer, data_dir=tmp_path, **options)
    assert list(load_swag(tokenizer, data_dir=tmp_path, parts=("train",)).splits) == ["train"]
    with pytest.raises(TypeError, match="`validation_share` must be left out for swag, of multiple_choice"):
        load_swag(tokenizer, data_dir=tmp_path, validation_share=0.1)
