"""`load_tagging`: the same data from files, folders, lists and TFDS; parts, limits, and what is refused."""

import functools

import numpy as np
import pytest
import real_data
import tagging
import tensorflow as tf
import tensorflow_datasets as tfds
from encoders import write_vocabulary

import bert_keras as bk
from bert_keras.running.load_task import find_task, load_task
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.token_classification.load_tagging import load_tagging

NER = ["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC", "B-MISC", "I-MISC"]
ROWS = {
    "train": [(["Ann", "Lee", "sings"], ["B-PER", "I-PER", "O"]), (["Oslo"], ["B-LOC"]), (["a", "b"], ["O", "O"])],
    "validation": [(["Lee"], ["B-PER"])],
    "test": [(["in", "Oslo"], ["O", "B-LOC"])],
}


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


def write_tfds(folder):
    """A data folder as TFDS prepares it, with the empty sentence that ends each of its parts."""
    text, labels = tfds.features.Text(), tfds.features.ClassLabel
    features = {
        "tokens": tfds.features.Sequence(text),
        "pos": tfds.features.Sequence(labels(names=["NN", "VB"])),
        "chunks": tfds.features.Sequence(labels(names=["O", "B-NP"])),
        "ner": tfds.features.Sequence(labels(names=NER)),
    }

    def rows(part):
        for words, tags in [*ROWS[part], ([], [])]:
            numbers = {"pos": [place % 2 for place in range(len(words))], "chunks": [0] * len(words)}
            yield {"tokens": words, **numbers, "ner": [NER.index(tag) for tag in tags]}

    signature = {name: tf.TensorSpec([None], tf.string if name == "tokens" else tf.int64) for name in features}
    parts = {"train": "train", "dev": "validation", "test": "test"}
    tfds.dataset_builders.store_as_tfds_dataset(
        name="conll2003",
        config="conll2003",
        version="1.0.0",
        data_dir=folder,
        features=tfds.features.FeaturesDict(features),
        split_datasets={
            name: tf.data.Dataset.from_generator(functools.partial(rows, part), output_signature=signature)
            for name, part in parts.items()
        },
        disable_shuffling=True,
    )
    return folder


def same(one, other):
    assert list(one.splits) == list(other.splits) and one.label_names == other.label_names
    for name, split in one.splits.items():
        found = other.split(name)
        assert [list(words) for words in split.sentences.words] == [list(words) for words in found.sentences.words]
        assert split.word_ids.to_list() == found.word_ids.to_list()
        assert split.labels.to_list() == found.labels.to_list()


def test_files_folders_lists_and_tfds_give_the_same(tokenizer, tmp_path):
    lists = bk.load_tagging(ROWS, tokenizer)
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
    same(lists, load_tagging("conll2003", tokenizer, data_dir=write_tfds(tmp_path / "tfds")))
    same(lists, load_task("conll2003", tokenizer, data_dir=folder))


def test_other_columns_of_files_and_tfds(tokenizer, tmp_path):
    found = load_tagging("conll2003", tokenizer, data_dir=write_tfds(tmp_path / "tfds"), tag_column="pos")
    assert (found.scheme, found.label_names, found.metrics) == ("plain", ("NN", "VB"), ("accuracy",))
    assert found.config()["tag_column"] == "pos"
    with pytest.raises(ValueError, match=r"`tag_column` must be one of 'pos', 'chunks', 'ner'.*Did you mean 'pos'"):
        load_tagging("conll2003", tokenizer, data_dir=tmp_path / "tfds", tag_column="poss")
    folder = write(tmp_path / "four", columns=2)
    assert load_tagging(folder, tokenizer, tag_column=2).label_names == load_tagging(ROWS, tokenizer).label_names
    with pytest.raises(ValueError, match=r"`tags` must be of two kinds or more.*\['x'\].*tag_column"):
        load_tagging(folder, tokenizer, tag_column=1)


def test_a_file_is_cut_in_two_by_a_hash_of_its_words(tokenizer, tmp_path):
    sentences = tagging.sentences(40)
    path = tmp_path / "own.conll"
    path.write_text(tagging.text_of(sentences), encoding="utf-8")
    data = load_tagging(path, tokenizer, validation_share=0.25, seq_length=16)
    parts = {name: {tuple(words) for words in split.sentences.words} for name, split in data.splits.items()}
    assert parts["train"] | parts["validation"] == {tuple(words) for words in sentences.words}
    assert not parts["train"] & parts["validation"]
    assert 10 <= len(data.split("validation").sentences) <= 14
    only = load_tagging(path, tokenizer, validation_share=0.25, parts=("validation",))
    assert only.split("validation").sentences.words == data.split("validation").sentences.words
    assert list(load_tagging(path, tokenizer, validation_share=0).splits) == ["train"]
    given = load_tagging(path, tokenizer, validation=path, limit=3)
    assert (len(given.split("train").sentences), len(given.split("validation").sentences)) == (3, 40)


def test_the_sentences_that_come_with_the_library(tokenizer):
    data = load_task("samples/entities", tokenizer)
    assert {name: len(split.sentences) for name, split in data.splits.items()} == {
        "train": 32,
        "validation": 8,
        "test": 12,
    }
    assert data.label_names == ("O", *(f"{p}-{k}" for k in ("LOC", "MISC", "ORG", "PER") for p in "BI"))
    assert not {tuple(w) for w in data.split("train").sentences.words} & {
        tuple(w) for w in data.split("test").sentences.words
    }


def test_what_should_be_known_is_told(tokenizer):
    facts = load_tagging({"train": [(["a", "b"] * 9, ["I-X", "O"] * 9)]}, tokenizer, seq_length=12).facts()
    assert facts == [
        "3 tags (bio): O B-X I-X",
        "the tags are IOB1 (B- only between entities of one type) and were turned into BIO",
        "train: 1 sentences, 18 words",
        "train: 1 sentences are longer than 12 tokens and are read in several windows, each word in one: 3 rows",
    ]


@pytest.mark.parametrize(
    ("given", "options", "error", "words"),
    [
        ({"train": ROWS["train"], "test": [(["x"], ["B-ORG"])]}, {}, ValueError,
         r"`tag` must be a tag of the training part: O, B-LOC.*B-ORG.*word 0 of sentence 0 of test.*label_names"),
        ({"test": ROWS["test"]}, {"label_names": ["O", "B-PER"]}, ValueError,
         r"be the labels of the model: O, B-PER.*B-LOC"),
        (ROWS, {"label_names": ["O", "O"]}, ValueError, "`label_names` must be a list of tags, each once"),
        ([(["a"], ["O"])] * 3, {"validation_share": 0}, ValueError, r"be of two kinds or more. Received: tags=\['O'\]"),
        ([(["a"], ["O"])] * 3, {}, ValueError, "be two or more, to hold one out"),
        ({"dev": []}, {}, ValueError, r"be files or lists by part, out of \('train', 'validation', 'test'\)"),
        (ROWS, {"data_dir": "x"}, ValueError, "`data_dir` must be None but for 'conll2003'"),
        (ROWS, {"validation": []}, ValueError, "`validation` must be None for sentences, which has its own"),
        (ROWS, {"tag_column": "pos"}, ValueError, r"left out for lists of \(words, tags\)"),
        (ROWS, {"label_pieces": "last"}, ValueError, "`label_pieces` must be one of 'first', 'all'"),
        (ROWS, {"parts": ("dev",)}, ValueError, "`parts` must be one of"),
        (3, {}, TypeError, "be a task, a file, a folder"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(tokenizer, given, options, error, words):
    with pytest.raises(error, match=words):
        load_tagging(given, tokenizer, **options)


def test_folders_at_fault_are_refused(tokenizer, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"hold CoNLL files named train, dev .*There is: no such folder"):
        load_tagging("conll2003", tokenizer, data_dir=tmp_path / "none")
    (tmp_path / "notes.md").write_text("x")
    with pytest.raises(FileNotFoundError, match=r"There is: \['notes.md'\]"):
        load_tagging(tmp_path, tokenizer)
    write(tmp_path, ["dev.txt", "valid.txt", "test.txt"])
    with pytest.raises(ValueError, match=r"hold one file for validation.*\['dev.txt', 'valid.txt'\]"):
        load_tagging(tmp_path, tokenizer)
    with pytest.raises(TypeError, match="`encoder` must be an encoder or a Tokenizer"):
        load_tagging(ROWS, "bert")


def test_names_files_and_folders_are_tasks_of_this_kind(tmp_path):
    write(tmp_path / "corpus")
    for task in ("conll2003", "samples/entities", "my.conll", "my.bio", tmp_path / "corpus", "corpus/"):
        assert find_task(task).kind == "token_classification"
    (tmp_path / "texts" / "train" / "good").mkdir(parents=True)
    assert find_task(tmp_path / "texts").kind == "text_classification"  # a folder of folders of texts
    with pytest.raises(ValueError, match=r"conll2003, samples/entities.*Did you mean 'conll2003'"):
        find_task("conll2004")


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
