"""`find_task`: what a name, a file and an object are, and what is said of one that is none of them."""

import pathlib

import choices
import numpy as np
import pytest
import tables
import tagging

from bert_keras.running.choosing import find_task as find_task_module
from bert_keras.running.choosing.find_task import find_task
from bert_keras.running.kinds import KINDS

TEXTS, QUESTIONS, TAGS, CHOICES = "text_classification", "question_answering", "token_classification", "multiple_choice"
TAGGED = [(["Ann", "sings"], ["B-PER", "O"])]
PROMPTS = choices.rows(2)


def kind_of(task, **options):
    """The kind, and whether it is a name."""
    kind, _, is_name = find_task(task, **options)
    return kind, is_name


# Names ----------------------------------------------------------------------------------------------------------------


def test_each_kinds_tasks_are_found_by_their_names():
    names = [name for kind in KINDS.values() for name in kind.tasks]
    expected = {"samples/reviews", "samples/questions", "samples/entities", "imdb_reviews", "conll2003", "swag"}
    assert len(names) == len(set(names)) == 19
    assert expected | {"glue/mrpc", "squad/v1.1", "squad/v2.0", "next_sentences"} < set(names)
    for kind in KINDS.values():
        for name in kind.tasks:
            assert kind_of(name) == kind_of(name.upper()) == (kind.name, True)


def test_glues_tasks_have_several_names():
    for name in ("glue/sst2", "sst2", "SST-2", "GLUE/SST-2", "glue/sst_2"):
        assert kind_of(name) == (TEXTS, True)
        assert find_task(name)[1]().name == "glue/sst2"


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("sample/reviews", "Received: task='sample/reviews'. Did you mean 'samples/reviews'"),
        ("glue/mrcp", "Did you mean 'mrpc'"),
        ("rtee", "Received: task='rtee'. Did you mean 'rte'"),
        ("squad/v3", "Did you mean 'squad/v1.1'|Did you mean 'squad/v2.0'"),
        ("conll", "Did you mean 'conll2003'"),
        ("zzz", r"Received: task='zzz'\.$"),
    ],
)
def test_names_that_are_none_have_the_nearest(name, near):
    with pytest.raises(ValueError, match=near):
        find_task(name)


def test_what_there_is_is_listed():
    must = r"`task` must be one of .*glue/cola, .*imdb_reviews, .*, or a \.json file .*; a folder or a file of texts"
    with pytest.raises(ValueError, match=must):
        find_task("nothing")
    with pytest.raises(TypeError, match=r"`task` must be one of .*Received: task=None"):
        find_task(None)


# Files ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        *((f"rows{end}", TEXTS) for end in (".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".parquet", ".CSV")),
        *(("questions.json", QUESTIONS), ("~/a/b.JSON", QUESTIONS)),
        *((f"names{end}", TAGS) for end in (".conll", ".bio", ".iob", ".iob2", ".bioes")),
    ],
)
def test_a_files_name_says_its_kind(path, kind):
    for file in (path, pathlib.Path(path)):
        assert kind_of(file) == kind_of(file, is_file=True) == (kind, False)
        assert kind_of({"train": file, "validation": str(file)}) == (kind, False)


def test_folders(tmp_path):
    tables.write_folder(tmp_path / "texts")
    tagged = tmp_path / "tags"
    tagged.mkdir()
    (tagged / "train.conll").write_text(tagging.text_of(tagging.sentences(3)), encoding="utf-8")
    assert kind_of(tmp_path / "texts") == kind_of(str(tmp_path / "texts")) == (TEXTS, False)
    assert kind_of(tagged) == kind_of(str(tagged)) == (TAGS, False)


def test_a_path_is_no_name_and_neither_is_what_load_files_takes(tmp_path, monkeypatch):
    """A file that has the name of a task; what no other kind holds is opened as a table, which says what is amiss."""
    monkeypatch.chdir(tmp_path)
    pathlib.Path("mrpc").write_text("no table")
    assert kind_of("mrpc") == (TEXTS, True) and kind_of(pathlib.Path("mrpc")) == (TEXTS, False)
    for opener in (find_task(pathlib.Path("mrpc"))[1], find_task("mrpc", is_file=True)[1]):
        with pytest.raises(ValueError, match=r"`files` must be a folder or a file that ends in \.csv.*files='mrpc'"):
            opener()
    pathlib.Path("imdb_reviews").mkdir()
    assert kind_of("imdb_reviews") == (TEXTS, True) and kind_of("imdb_reviews/") == (TEXTS, False)


# Objects --------------------------------------------------------------------------------------------------------------


def test_every_form_of_a_table_is_one_of_texts(tmp_path):
    for name, (files, _) in tables.every_kind(tmp_path).items():
        assert kind_of(files) == kind_of(files, is_file=True) == (TEXTS, False), name
        assert kind_of({"train": files, "test": files}) == (TEXTS, False), name
    assert kind_of(["a text", "another"]) == kind_of(np.array(["a text", "another"])) == (TEXTS, False)


@pytest.mark.parametrize("order", [list, reversed])
def test_rows_of_tags_and_of_choices(order, monkeypatch):
    """In whatever order the table has the kinds."""
    monkeypatch.setattr(find_task_module, "KINDS", dict(order(KINDS.items())))
    named = [{"prompt": prompt, "choices": own, "label": label} for prompt, own, label in PROMPTS]
    for rows, kind in ((TAGGED, TAGS), (PROMPTS, CHOICES), (named, CHOICES), ([row[:2] for row in PROMPTS], CHOICES)):
        assert kind_of(rows) == kind_of({"train": rows, "test": rows}) == (kind, False)


# By part --------------------------------------------------------------------------------------------------------------


def test_parts_are_of_one_kind():
    for mixed in (
        {"train": "a.json", "validation": "b.csv"},
        {"train": "a.csv", "validation": "b.conll"},
        {"train": TAGGED, "validation": PROMPTS},
    ):
        for is_file in (False, True):
            with pytest.raises(ValueError, match=r"`files` must be of one kind in all parts. .*'validation': "):
                find_task(mixed, is_file)


def test_a_file_whose_name_says_nothing_is_of_the_kind_of_the_others():
    assert kind_of({"train": "a.conll", "validation": "dev.txt"}) == (TAGS, False)
    assert kind_of({"train": "a.csv", "test": "b.txt"}) == (TEXTS, False)


def test_parts_of_other_names():
    with pytest.raises(ValueError, match=r"`files` must be by part, out of train, validation, test.*'dev'"):
        find_task({"train": "a.csv", "dev": "b.csv"})
    with pytest.raises(ValueError, match=r"`files` must hold a part or a column. Received: files={}"):
        find_task({})
