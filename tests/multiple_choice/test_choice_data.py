"""`load_choices`: SWAG's layout and rows of one's own as the same batches, and what is wrong with rows."""

import choices
import numpy as np
import pytest

from bert_keras.multiple_choice.load_choices import load_choices, load_swag, read_swag
from bert_keras.running.load_task import load_task
from bert_keras.text.preprocessor import Preprocessor
from bert_keras.text.tokenizer import Tokenizer


@pytest.fixture(scope="module")
def tokenizer(vocab_file):
    return Tokenizer(vocab_file)


def test_a_batch_holds_each_pair_as_the_preprocessor_makes_it(tokenizer):
    made = choices.rows(7)
    data = load_choices(made, tokenizer, batch_size=3, seq_length=24)
    pair, seen = Preprocessor(tokenizer, 24, padding="longest"), []
    for rows, (features, labels) in zip(data.order.batches(0), data.train, strict=True):
        longest = 0
        for place, row in enumerate(rows):
            prompt, texts, label = made[row]
            assert labels[place] == label
            for number, text in enumerate(texts):
                for name, wanted in pair([prompt], [text]).items():
                    length = wanted.shape[1]
                    longest = max(longest, length)
                    got = features[name][place, number].numpy()
                    np.testing.assert_array_equal(got[:length], wanted[0])
                    assert not got[length:].any()
        assert features["input_mask"].shape == (len(rows), 3, longest)
        seen += rows.tolist()
    assert sorted(seen) == list(range(7)) and data.num_choices == 3


def test_swags_files_and_own_rows_give_the_same(tokenizer, tmp_path):
    made = {"train": choices.rows(9, 4), "validation": choices.rows(5, 4, seed=1), "test": choices.rows(4, 4, seed=2)}
    for name, file in (("train", "train.csv"), ("validation", "val.csv"), ("test", "test.csv")):
        choices.write_swag(tmp_path / file, made[name], labels=name != "test")
    own = {name: rows if name != "test" else [row[:2] for row in rows] for name, rows in made.items()}
    own["validation"] = [{"prompt": p, "choices": c, "label": n} for p, c, n in own["validation"]]
    one, other = load_choices(tmp_path, tokenizer), load_choices(own, tokenizer)
    for name in made:
        first, second = one.split(name), other.split(name)
        assert first.examples.texts == second.examples.texts
        np.testing.assert_array_equal(first.word_ids.flat_values, second.word_ids.flat_values)
        assert (first.examples.labels is None) == (name == "test")
    named = load_task("swag", tokenizer, data_dir=tmp_path, parts=("train", "validation"), limit=3)
    assert named.task == "swag" and [len(split) for split in named.splits.values()] == [3, 5]
    assert one.task == tmp_path.name and len(load_swag(tokenizer, data_dir=tmp_path).splits) == 3
    assert len(read_swag(tmp_path / "test.csv")) == 4


def test_what_was_cut_is_told_and_padding_counts_every_choice(tokenizer):
    made = [("good " * 30, ["bad", "the dog"], 0), ("good", ["bad", "bad bad bad"], 1)]
    data = load_choices(made, tokenizer, seq_length=16, batch_size=2)
    assert data.facts()[0] == "2 choices each: a batch is 4 rows of tokens"
    assert data.facts()[1].startswith("1 of 2 train prompts have a choice that is longer than 16 tokens")
    real = 16 + 16 + 5 + 7  # of 4 sequences padded to 16
    assert data.order.padding_share() == pytest.approx(1 - real / 64)


def test_static_shapes(tokenizer):
    data = load_choices(choices.rows(11), tokenizer, batch_size=4, static_shapes=True)
    shapes = {tuple(features["input_mask"].shape) for features, _, _ in data.train}
    assert all(shape[:2] == (4, 3) and shape[2] in data.ladder for shape in shapes)
    assert sum(int(counted.numpy().sum()) for _, _, counted in data.train) == 11


def test_rows_that_do_not_fit_are_named(tokenizer, tmp_path):
    good = ("a", ["b", "c"], 0)

    def refuses(source, match, error=ValueError):
        with pytest.raises(error, match=match):
            load_choices(source, tokenizer)

    refuses([good, ("a", ["b", "c"], 2)], "`labels` must lie between 0 and 1")
    refuses([good, ("a", ["b", "c", "d"], 1)], "`choices` must be 2 in every row.*Row 1 of train of choices")
    refuses([("a", ["b"], 0)], "`choices` must be 2 or more")
    refuses([good, ("a", ["b", "c"])], "`label` must be there in all rows .* It is not in row 1")
    refuses([{"prompt": "a"}], "`row` must have the fields prompt and choices")
    refuses([("a", ["b", 3], 0)], "`row` must have a str as its prompt", TypeError)
    refuses([("a", ["b", "c"], 0.5)], "`label` must be an integer", TypeError)
    refuses([7], "`row` must be a dict with prompt, choices and label", TypeError)
    refuses([], "`source` must hold at least one row")
    refuses({"dev": [good]}, "`source` must be files or rows by part, out of train, validation, test")
    refuses({"train": [good], "validation": [("a", ["b", "c", "d"], 0)]}, "`choices` must be as many in each part")
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
    with pytest.raises(ValueError, match="`data_dir` must be the folder with SWAG's files"):
        load_task("swag", tokenizer)
    with pytest.raises(FileNotFoundError, match=r"There is no val\.csv"):
        choices.write_swag(tmp_path / "train.csv", choices.rows(3))
        load_task("swag", tokenizer, data_dir=tmp_path, parts=("train", "validation"))
