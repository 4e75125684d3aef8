"""`TaggingTask`: fields that change what is read, the classes that its rows have, and what should be known of them."""

import pytest
import tagging
from encoders import write_vocabulary

from bert_keras.text.tokenizer import Tokenizer
from bert_keras.token_classification.load_tagging import load_tagging
from bert_keras.token_classification.tagged_sentences import TaggedSentences, listed_sentences
from bert_keras.token_classification.tagging_task import TaggingTask


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    return Tokenizer(write_vocabulary(tmp_path_factory.mktemp("vocabulary")))


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "own.conll"
    path.write_text("Ann NNP B-NP B-PER\nsings VBZ B-VP O\n\nOslo NNP B-NP B-LOC\n", encoding="utf-8")
    return path


def test_a_changed_field_is_obeyed_where_it_is_read(tokenizer, file, tmp_path):
    task = load_tagging(file, validation_share=0)
    assert isinstance(task, TaggingTask)
    assert task.rows()["train"].tags == [["B-PER", "O"], ["B-LOC"]]
    assert task.changed(tag_column="pos").rows()["train"].tags == [["NNP", "VBZ"], ["NNP"]]
    named = task.changed(columns=["word", "a", "b", "c"], tag_column="b")
    assert named.rows()["train"].tags == [["B-NP", "B-VP"], ["B-NP"]]
    assert task.load(tokenizer, tag_column=1).label_names == ("NNP", "VBZ")
    data = task.load(tokenizer, tag_column="pos")
    assert (data.scheme, data.metrics, data.config()["tag_column"]) == ("plain", ("accuracy",), "pos")
    with pytest.raises(ValueError, match=r"one of 'pos', 'chunks', 'ner'.*Did you mean 'pos'"):
        task.changed(tag_column="poss").rows()
    assert task.rows()["train"].tags == [["B-PER", "O"], ["B-LOC"]]  # the task itself is what it was


def test_another_seed_holds_out_other_sentences_and_is_chosen_with_them():
    rows = [([f"w{number}"], ["O"]) for number in range(30)]
    tasks = [load_tagging(rows, validation_share=0.3, split_seed=seed) for seed in (0, 0, 5)]
    first, again, other = (task.rows(("validation",))["validation"].words for task in tasks)
    assert len(first) == len(other) == 9 and first == again != other
    with pytest.raises(TypeError, match="`split_seed` must be left out for sentences"):
        tasks[0].changed(split_seed=5)


def test_repair_can_be_chosen_later(tokenizer, tmp_path):
    path = tmp_path / "broken.conll"
    path.write_text("Ann I-PER\nLee B-PER\nsings I-LOC\n", encoding="utf-8")
    task = load_tagging(path, validation_share=0, scheme="bio")
    with pytest.raises(ValueError, match=r"keep to BIO.*'Ann' stands on line 1 of broken.conll.*repair=True"):
        task.load(tokenizer)
    data = task.load(tokenizer, repair=True)
    assert data.split("train").sentences.tags == [["B-PER", "B-PER", "B-LOC"]]
    assert data.config()["repair"] is True
    assert data.facts()[:2] == ["5 tags (bio): O B-LOC I-LOC B-PER I-PER", "train: 2 tags broke BIO and were repaired"]


def test_what_should_be_known_is_told(tokenizer):
    rows = {"train": [(["a", "b"] * 9, ["I-X", "O"] * 9)]}
    facts = load_tagging(rows, tokenizer, seq_length=12, validation_share=0).facts()
    assert facts == [
        "3 tags (bio): O B-X I-X",
        "the tags are IOB1 (B- only between entities of one type) and were turned into BIO",
        "train: 1 sentences, 18 words",
        "train: 1 sentences are longer than 12 tokens and are read in several windows, each word in one: 3 rows",
    ]


def test_classes_are_those_of_the_model_or_of_train_or_of_the_first_part(tokenizer):
    train, test = (listed_sentences(tagging.ROWS[part], part) for part in ("train", "test"))
    task = tagging.tagging_task({"train": train, "test": test})
    assert task.load(tokenizer).label_names == ("O", "B-LOC", "I-LOC", "B-PER", "I-PER")
    assert task.load(tokenizer, parts=("test",)).label_names == ("O", "B-LOC", "I-LOC")
    assert task.load(tokenizer, label_names=tagging.NER).label_names == tagging.NER
    plain = task.load(tokenizer, label_names=["B-PER", "I-PER", "O", "B-LOC", "NN"])
    assert plain.scheme == "plain"  # as a model's classes say
    untagged = tagging.tagging_task({"test": TaggedSentences([["a"]], None, None, "here")})
    with pytest.raises(ValueError, match="`label_names` must be given for sentences without tags"):
        untagged.load(tokenizer)
    assert untagged.load(tokenizer, label_names=tagging.TAGS).split("test").labels is None


def test_a_field_of_another_kind_is_refused():
    with pytest.raises(TypeError, match=r"`tag_colum` must be left out for sentences.*Did you mean 'tag_column'"):
        load_tagging(tagging.ROWS, tag_colum=1)
    with pytest.raises(TypeError, match="`notes` must be left out for sentences"):
        load_tagging(tagging.ROWS, notes=("a",))
    with pytest.raises(TypeError, match="`batch_size` must be passed with an encoder only"):
        load_tagging(tagging.ROWS, batch_size=8)
