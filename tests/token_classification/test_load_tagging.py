"""`load_tagging`: the same data from files, folders, lists and TFDS; what is held out, and what is refused."""

import numpy as np
import pytest
import real_data
import tagging
from encoders import write_vocabulary
from tagging import ROWS

from bert_keras.text.tokenizer import Tokenizer
from bert_keras.token_classification.load_tagging import load_tagging
from bert_keras.token_classification.tagging_sources import files_in


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    return Tokenizer(write_vocabulary(tmp_path_factory.mktemp("vocabulary")))


def conll(rows, columns=1):
    more = " x y"[: 2 * (columns - 1)]
    return "\n".join("".join(f"{w}{more} {t}\n" for w, t in zip(*row, strict=True)) for row in rows)


def write(folder, names=("train.txt", "valid.txt", "test.txt"), columns=1):
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in zip(names, ROWS.values(), strict=True):
        (folder / name).write_text(conll(rows, columns), encoding="utf-8")
    return folder


def same(one, other):
    assert list(one.splits) == list(other.splits) and one.label_names == other.label_names
    for name, split in one.splits.items():
        found = other.split(name)
        assert [list(words) for words in split.sentences.words] == [list(words) for words in found.sentences.words]
        assert split.word_ids.to_list() == found.word_ids.to_list()
        assert split.labels.to_list() == found.labels.to_list()


def texts(data):
    return {name: [tuple(words) for words in split.sentences.words] for name, split in data.splits.items()}


def test_files_folders_lists_and_tfds_give_the_same(tokenizer, tmp_path):
    lists = load_tagging(ROWS, tokenizer)
    assert lists.label_names == ("O", "B-LOC", "I-LOC", "B-PER", "I-PER")
    assert (lists.scheme, lists.metrics, lists.num_classes, lists.seq_length) == (
        "bio",
        ("f1", "precision", "recall"),
        5,
        128,
    )
    assert list(lists.splits) == ["train", "validation", "test"]
    folder = write(tmp_path / "set")
    same(lists, load_tagging(folder, tokenizer))
    same(lists, load_tagging("conll2003", tokenizer, data_dir=folder))
    same(lists, load_tagging(write(tmp_path / "x", ["train.conll", "testa.conll", "testb.conll"]), tokenizer))
    files = {name: folder / f"{file}.txt" for name, file in zip(ROWS, ("train", "valid", "test"), strict=True)}
    same(lists, load_tagging(files, tokenizer))
    prepared = tagging.write_tfds(tmp_path / "tfds")
    same(lists, load_tagging("conll2003", tokenizer, data_dir=prepared))
    with pytest.raises(ValueError, match=r"`columns` must be left out for TFDS, which names its own\. Received: col"):
        load_tagging("conll2003", tokenizer, data_dir=prepared, columns=["word", "tag"])
    same(lists, load_tagging(ROWS).load(tokenizer))
    same(lists, load_tagging({part: iter(rows) for part, rows in ROWS.items()}).load(tokenizer))


def test_a_task_is_named_by_its_files_and_read_when_it_is_needed(tokenizer, tmp_path):
    folder = write(tmp_path / "set")
    task = load_tagging(folder, seq_length=32, limit=2)
    assert (task.name, task.parts, task.seq_length, task.limit) == ("set/", ("train", "validation", "test"), 32, 2)
    (folder / "train.txt").write_text("Bob B-PER\n\nsings O\n\nloud O\n", encoding="utf-8")
    assert {word for words in task.rows()["train"].words for word in words} < {"Bob", "sings", "loud"}
    assert load_tagging({"train": folder / "train.txt", "test": str(folder)}).name == "train.txt+set/"
    assert load_tagging({"test": folder}).rows()["test"].words == [["in", "Oslo"]]
    assert load_tagging(folder / "test.txt").name == "test.txt"
    assert load_tagging(ROWS["train"]).name == "sentences"
    assert load_tagging("conll2003").parts == ("train", "validation", "test")  # nothing is downloaded for that


def test_other_columns_of_files(tokenizer, tmp_path):
    folder = write(tmp_path / "four", columns=2)
    assert load_tagging(folder, tokenizer, tag_column=2).label_names == load_tagging(ROWS, tokenizer).label_names
    with pytest.raises(ValueError, match=r"`tags` must be of two kinds or more.*\['x'\].*tag_column"):
        load_tagging(folder, tokenizer, tag_column=1)


def test_a_share_of_a_file_is_held_out_with_equal_sentences_on_one_side(tokenizer, tmp_path):
    sentences = tagging.sentences(40)
    path = tmp_path / "own.conll"
    path.write_text(tagging.text_of(sentences), encoding="utf-8")
    data = load_tagging(path, tokenizer, validation_share=0.25, seq_length=16)
    parts = {name: set(own) for name, own in texts(data).items()}
    assert parts["train"] | parts["validation"] == {tuple(words) for words in sentences.words}
    assert not parts["train"] & parts["validation"]
    assert len(parts["validation"]) == round(0.25 * len(parts["train"] | parts["validation"]))
    only = load_tagging(path, tokenizer, validation_share=0.25, parts=("validation",))
    assert only.split("validation").sentences.words == data.split("validation").sentences.words
    other = load_tagging(path, tokenizer, validation_share=0.25, split_seed=1)
    assert set(texts(other)["validation"]) != parts["validation"]
    assert list(load_tagging(path, tokenizer, validation_share=0).splits) == ["train"]
    three = texts(load_tagging(path, tokenizer, validation_share=0.2, test_share=0.3))
    assert list(three) == ["train", "validation", "test"]
    assert sorted(words for own in three.values() for words in own) == sorted(tuple(words) for words in sentences.words)
    assert not set(three["test"]) & (set(three["validation"]) | set(three["train"]))
    given = load_tagging(path, tokenizer, validation=path, limit=3, label_names=tagging.TAGS)
    assert (len(given.split("train").sentences), len(given.split("validation").sentences)) == (3, 40)


def test_what_is_not_given_by_part_is_held_out_too(tokenizer):
    rows = {"train": ROWS["train"], "test": ROWS["test"]}
    data = load_tagging(rows, tokenizer, label_names=tagging.NER)
    assert {name: len(own) for name, own in texts(data).items()} == {"train": 2, "validation": 1, "test": 1}
    assert list(load_tagging(rows, tokenizer, validation_share=0).splits) == ["train", "test"]
    assert list(load_tagging({"test": ROWS["test"]}, tokenizer).splits) == ["test"]


def test_a_limit_draws_its_sentences(tokenizer):
    rows = [([f"w{number}"], ["B-X" if number % 2 else "O"]) for number in range(100)]
    few = load_tagging(rows, validation_share=0, limit=9).rows()["train"].words
    numbers = [int(word[1:]) for [word] in few]
    assert len(few) == 9 and numbers == sorted(numbers) and numbers != list(range(9))
    assert load_tagging(rows, validation_share=0, limit=9).rows()["train"].words == few
    assert load_tagging(rows, validation_share=0, limit=9, split_seed=1).rows()["train"].words != few


def test_the_sentences_that_come_with_the_library(tokenizer):
    data = load_tagging("samples/entities", tokenizer)
    assert {name: len(own) for name, own in texts(data).items()} == {"train": 32, "validation": 8, "test": 12}
    assert data.label_names == ("O", *(f"{p}-{k}" for k in ("LOC", "MISC", "ORG", "PER") for p in "BI"))
    assert not set(texts(data)["train"]) & set(texts(data)["test"])


@pytest.mark.parametrize(
    ("source", "options", "error", "words"),
    [
        ({"train": ROWS["train"], "test": [(["x"], ["B-ORG"])]}, {"validation_share": 0}, ValueError,
         r"`tag` must be a tag of the training part: O, B-LOC.*B-ORG.*word 0 of sentence 0 of test.*label_names"),
        ({"test": ROWS["test"]}, {"label_names": ["O", "B-PER"]}, ValueError,
         r"be the labels of the model: O, B-PER.*B-LOC"),
        (ROWS, {"label_names": ["O", "O"]}, ValueError, "`label_names` must be a list of tags, each once"),
        ([(["a"], ["O"])] * 3, {"validation_share": 0}, ValueError, r"be of two kinds or more. Received: tags=\['O'\]"),
        ([(["a"], ["O"])] * 3, {}, ValueError, "two different texts or more to hold one out.*validation_share=0"),
        ({"dev": []}, {}, ValueError, "`source` must be files or lists by part, out of train, validation, test"),
        ({"dev": "a.conll"}, {}, ValueError, "`source` must be by part, out of train, validation, test"),
        ({"train": ROWS["train"], "dev": []}, {}, ValueError, "`source` must be by part, out of train"),
        ({}, {}, ValueError, "`source` must hold a part"),
        (ROWS, {"data_dir": "x"}, ValueError, "`data_dir` must be None but for 'conll2003'"),
        (ROWS, {"validation": []}, ValueError, "`validation` must be None for sentences, which has its own"),
        (ROWS, {"tag_column": "pos"}, ValueError, r"left out for lists of \(words, tags\)"),
        (ROWS, {"columns": ["word", "tag"]}, ValueError, r"left out for lists of \(words, tags\)"),
        (ROWS, {"tag_column": 1.5}, TypeError, "`tag_column` must be an integer"),
        (ROWS, {"label_pieces": "last"}, ValueError, "`label_pieces` must be one of 'first', 'all'"),
        (ROWS, {"repair": 1}, TypeError, "`repair` must be"),
        (ROWS, {"limit": 0}, ValueError, "`limit` must be at least 1"),
        (ROWS, {"validation_share": 1.0}, ValueError, "`validation_share` must be a finite number between 0.0 and 0.9"),
        (ROWS, {"parts": ("dev",)}, ValueError, "`parts` must be one of"),
        (ROWS, {"doc_stride": 8}, TypeError, "`doc_stride` must be left out for sentences, of token_classification"),
        (3, {}, TypeError, "`source` must be a task, a file, a folder"),
        ({"train": 3}, {}, TypeError, "`source` must be a task, a file, a folder"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(tokenizer, source, options, error, words):
    with pytest.raises(error, match=words):
        load_tagging(source, tokenizer, **options)


def test_folders_at_fault_are_refused(tokenizer, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"hold CoNLL files named train, dev .*There is: no such folder"):
        load_tagging("conll2003", tokenizer, data_dir=tmp_path / "none")
    (tmp_path / "notes.md").write_text("x")
    with pytest.raises(FileNotFoundError, match=r"There is: \['notes.md'\]"):
        load_tagging(tmp_path, tokenizer)
    write(tmp_path, ["dev.txt", "valid.txt", "test.txt"])
    with pytest.raises(ValueError, match=r"hold one file for validation.*\['dev.txt', 'valid.txt'\]"):
        load_tagging(tmp_path, tokenizer)
    (tmp_path / "dev.txt").unlink()
    assert {part: file.name for part, file in files_in(tmp_path).items()} == {
        "validation": "valid.txt",
        "test": "test.txt",
    }
    with pytest.raises(ValueError, match=r"`part` must be one of 'validation', 'test'"):
        load_tagging({"train": tmp_path}, tokenizer)
    with pytest.raises(FileNotFoundError, match="be a file that is there"):
        load_tagging(tmp_path / "train.conll", tokenizer)
    with pytest.raises(TypeError, match="`encoder` must be an encoder or a Tokenizer"):
        load_tagging(ROWS, "bert")


@real_data.needs_shared
def test_the_published_set(tokenizer):
    data = load_tagging(
        "conll2003", tokenizer, data_dir=real_data.SHARED / "data" / "conll2003", parts=("validation", "test")
    )
    assert {name: len(split.sentences) for name, split in data.splits.items()} == {"validation": 3250, "test": 3453}
    labels = data.split("test").labels.flat_values.numpy()
    assert (labels >= 0).sum() == 46435 - data.split("test").unread
    counts = np.bincount(labels[labels >= 0], minlength=9)
    begins = {name: counts[place] for place, name in enumerate(data.label_names) if name[0] == "B"}
    assert begins == {"B-LOC": 1668, "B-MISC": 702, "B-ORG": 1661, "B-PER": 1617}  # the counts of the task's paper
