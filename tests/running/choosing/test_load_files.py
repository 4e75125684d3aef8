"""`bk.load_files`: each form of a user's data reaches its kind, which takes its own options and refuses the others'."""

import choices
import datasets
import pandas
import polars
import pytest
import questions
import squad_files
import tables
import tagging

from bert_keras.multiple_choice.choice_data import ChoiceData
from bert_keras.multiple_choice.choice_task import ChoiceTask
from bert_keras.question_answering.question_data import QuestionData
from bert_keras.question_answering.question_task import QuestionTask
from bert_keras.running.choosing.load_files import load_files
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text_classification.text_data import TextData
from bert_keras.text_classification.text_table import TextTable
from bert_keras.token_classification.tagging_data import TaggingData
from bert_keras.token_classification.tagging_task import TaggingTask

TAGGED = [([noun, "in", "Oslo"], ["B-PER", "O", "B-LOC"]) for noun in choices.NOUNS]


@pytest.fixture(scope="module")
def tokenizer(vocab_file):
    return Tokenizer(vocab_file)


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """By kind: what a user has, and the options that it is read with."""
    folder = tmp_path_factory.mktemp("own")
    conll = folder / "names.conll"
    conll.write_text(tagging.text_of(tagging.sentences(20)), encoding="utf-8")
    return {
        "table": (tables.write_csv(folder / "reviews.csv"), {"text": "review", "label": "stars"}),
        "rows": ({"text": tables.TEXTS, "label": tables.LABELS}, {}),
        "questions": (questions.write_json(folder / "asked.json", questions.examples(20)), {}),
        "tags": (conll, {}),
        "sentences": (TAGGED, {}),
        "choices": (choices.rows(20), {}),
    }


CLASSES = {
    "table": (TextTable, TextData, {"seq_length": 40}),
    "rows": (TextTable, TextData, {"long_text": "windows", "max_windows": 2, "seq_length": 16}),
    "questions": (QuestionTask, QuestionData, questions.WINDOWS),
    "tags": (TaggingTask, TaggingData, {"label_pieces": "all", "seq_length": 16}),
    "sentences": (TaggingTask, TaggingData, {"repair": True}),
    "choices": (ChoiceTask, ChoiceData, {"seq_length": 24}),
}


@pytest.mark.parametrize("form", CLASSES)
def test_each_form_reaches_its_kind_with_the_options_of_that_kind(own, tokenizer, form):
    task_class, data_class, fields = CLASSES[form]
    files, reading = own[form]
    task = load_files(files, **reading, **fields, limit=3)
    assert type(task) is task_class and task.limit == 3 and task.parts == ("train", "validation")
    assert {name: getattr(task, name) for name in fields} == fields
    data = load_files(files, tokenizer, **reading, **fields, limit=3, batch_size=2, seed=5)
    assert type(data) is data_class and list(data.splits) == ["train", "validation"]
    assert (data.batch_size, data.order.seed, data.task) == (2, 5, task.name)
    assert {name: data.settings[name] for name in fields} == fields
    assert load_files(files, kind=data.kind, **reading).kind == data.kind
    with pytest.raises(ValueError, match=f"must be of the kind masked_lm. .*It is of the kind {data.kind}"):
        load_files(files, kind="masked_lm", **reading)


@pytest.mark.parametrize("form", CLASSES)
def test_each_kind_holds_out_by_the_same_words(own, tokenizer, form):
    files, reading = own[form]
    split = {"validation_share": 0.25, "test_share": 0.25}
    sizes = {}
    for seed in (0, 0, 1):
        task = load_files(files, **reading, **split, split_seed=seed)
        assert task.parts == ("train", "validation", "test") and task.split_seed == seed
        rows = task.rows()
        sizes.setdefault(seed, []).append({name: len(part) for name, part in rows.items()})
    assert sizes[0][0] == sizes[0][1] and all(count > 0 for count in sizes[0][0].values())
    whole = load_files(files, **reading, validation_share=0)
    assert whole.parts == ("train",) and len(whole.rows()["train"]) == sum(sizes[0][0].values())


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("table", {"doc_stride": 8}),
        ("table", {"tag_column": 1}),
        ("table", {"label_pieces": "all"}),
        ("rows", {"max_answer_length": 8}),
        ("questions", {"text": "review"}),
        ("questions", {"text_pair": "review"}),
        ("questions", {"label": "stars"}),
        ("questions", {"weight": "much"}),
        ("questions", {"class_weight": "balanced"}),
        ("questions", {"problem_type": "regression"}),
        ("questions", {"label_names": ["a"]}),
        ("questions", {"label_separator": "|"}),
        ("questions", {"in_memory": True}),
        ("questions", {"long_text": "windows"}),
        ("choices", {"repair": True}),
        ("tags", {"text": "review"}),
        ("tags", {"in_memory": True}),
        ("tags", {"max_windows": 3}),
        ("sentences", {"doc_stride": 8}),
        ("choices", {"text": "review"}),
        ("choices", {"in_memory": False}),
        ("choices", {"doc_stride": 8}),
        ("choices", {"long_text": "windows"}),
        ("choices", {"data_dir": "swag"}),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_options_of_another_kind_are_refused_by_their_names(own, tokenizer, form, options):
    files, reading = own[form]
    for encoder in (None, tokenizer):
        with pytest.raises(TypeError, match=f"`{next(iter(options))}` must be left out for "):
            load_files(files, encoder, **reading, **options)


def test_questions_are_held_out_by_whole_contexts_and_by_their_seed(tokenizer, tmp_path):
    """They once were a tenth of the file whatever was asked for."""
    file = squad_files.write(tmp_path / "q.json", squad_files.paragraphs([3, 1, 2, 4, 1, 3, 2, 1, 3]))
    contexts = {}
    for seed in range(4):
        rows = load_files(file, validation_share=0, test_share=0.34, split_seed=seed).rows()
        assert list(rows) == ["train", "test"] and len(rows["train"]) + len(rows["test"]) == 20
        contexts[seed] = frozenset(rows["test"].contexts)
        assert len(contexts[seed]) == 3 and not contexts[seed] & set(rows["train"].contexts)
    assert len(set(contexts.values())) > 1
    data = load_files(file, tokenizer, validation_share=0, test_share=0.34, split_seed=2, **questions.WINDOWS)
    assert list(data.splits) == ["train", "test"]
    assert frozenset(data.split("test").questions.contexts) == contexts[2]


def test_another_file_is_the_dev_part(own, tmp_path):
    more = tables.write_csv(tmp_path / "more.csv", tables.TEXTS[:4], tables.LABELS[:4])
    train, reading = own["table"]
    for files in (train, {"train": train}):
        task = load_files(files, validation=more, **reading)
        assert task.name == "reviews.csv+more.csv" and len(task.rows()["validation"]) == 4
    asked = questions.write_json(tmp_path / "dev.json", questions.examples(6, 1))
    assert len(load_files(own["questions"][0], validation=asked).rows()["validation"]) == 6
    assert len(load_files(TAGGED, validation=TAGGED[:2]).rows()["validation"]) == 2
    assert len(load_files(choices.rows(20), validation=choices.rows(5)).rows()["validation"]) == 5
    with pytest.raises(ValueError, match="`validation` must be None where the files have one"):
        load_files({"train": train, "validation": more}, validation=more, **reading)
    with pytest.raises(ValueError, match="`files` must be of one kind in all parts"):
        load_files(train, validation=asked, **reading)


def test_files_that_are_not_there(tmp_path):
    for name, match in (
        ("questions.json", "`path` must be a file in SQuAD's JSON. Received: path='questions.json'"),
        ("table.csv", "table.csv"),
        ("names.conll", "names.conll"),
    ):
        with pytest.raises(FileNotFoundError, match=match):
            load_files(name).rows()


def test_what_is_no_data_of_any_kind():
    for thing in (7, object(), None, []):
        with pytest.raises(TypeError, match="`files` must be a file, a folder, a dict of columns, a list of rows"):
            load_files(thing)
    with pytest.raises(ValueError, match=r"`files` must be a folder or a file that ends in .*There is no such file"):
        load_files("samples/reviews")  # a name is for bk.load_task


@pytest.mark.parametrize("make", [pandas.DataFrame, polars.DataFrame, datasets.Dataset.from_dict, dict])
def test_a_column_of_an_object_may_be_named(make):
    table = load_files(
        make({"review": ["It works.", "No."] * 9, "stars": ["5", "1"] * 9}), label="stars", text="review"
    )
    assert (table.kind, table.label_names) == ("text_classification", ("1", "5"))
