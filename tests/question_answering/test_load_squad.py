"""`load_squad`, `load_questions`, `load_question_files`: both sources alike, what is held out, what is refused."""

import json

import numpy as np
import pytest
from real_data import SHARED, needs_shared
from squad_files import paragraphs, prepare_tfds, small, tfds_rows, write

from bert_keras.metrics.squad import normalize_answer
from bert_keras.question_answering import load_squad as module
from bert_keras.question_answering.kind import QUESTION_ANSWERING
from bert_keras.question_answering.load_squad import (
    load_question_files,
    load_questions,
    load_squad,
)
from bert_keras.question_answering.question_data import QuestionData
from bert_keras.question_answering.read_squad import read_squad
from bert_keras.text.tokenizer import Tokenizer

OPTIONS = {"seq_length": 40, "doc_stride": 8, "max_query_length": 8, "batch_size": 4}
pytestmark = pytest.mark.usefixtures("traced_once")


def assert_equal(one, other):
    assert list(one.splits) == list(other.splits)
    for name, split in one.splits.items():
        again = other.splits[name]
        assert split.questions.ids == again.questions.ids
        assert split.word_ids.to_list() == again.word_ids.to_list()
        assert split.type_ids.to_list() == again.type_ids.to_list()
        assert split.examples.ids.tolist() == again.examples.ids.tolist()
        for output in ("start_logits", "end_logits"):
            assert split.examples.labels[output].tolist() == again.examples.labels[output].tolist()
        assert (split.unaligned, split.widened, split.truncated) == (again.unaligned, again.widened, again.truncated)


# SQuAD


@pytest.mark.parametrize("version", ["1.1", "2.0"])
def test_both_sources_give_equal_windows_and_labels(tmp_path, tokenizer, version):
    ids = ["k2", "h1", "k1", *["a1"] * (version == "2.0")]  # in the order of their hashes
    for part, name in (("train", "train"), ("validation", "dev")):
        prepared = prepare_tfds(tmp_path / part, f"v{version}", part, tfds_rows(small(version)))
        write(tmp_path / f"{name}-v{version}.json", small(version))
        options = {**OPTIONS, "parts": (part,), "limit": 3}
        from_tfds = load_squad(f"v{version}", tokenizer, data_dir=prepared, **options)
        from_files = load_squad(f"squad/V{version}", tokenizer, data_dir=tmp_path, **options)
        assert_equal(from_tfds, from_files)
        found = from_files.splits[part].questions.ids
        assert found == [name for name in ids if name in found] and len(found) == (3 if part == "train" else len(ids))
        assert from_files.has_impossible == ("a1" in found)
        assert from_files.task == from_tfds.task == f"squad/v{version}"
        assert (from_files.train is None) == (part != "train")
        assert (from_files.validation is None) == (part == "train")
        assert from_files.splits[part].unaligned == ()


def test_both_parts_are_read_and_only_training_is_limited(tmp_path, tokenizer):
    write(tmp_path / "squad" / "train-v1.1.json", paragraphs([2, 2, 2]))
    write(tmp_path / "squad" / "dev-v1.1.json", paragraphs([3, 3]))
    data = load_squad("v1.1", tokenizer, data_dir=tmp_path, limit=3, **OPTIONS)
    assert isinstance(data, QuestionData)
    train = ["0-0", "0-1", "1-1", "1-0", "2-0", "2-1"]  # in the order of their hashes
    found = data.splits["train"].questions.ids
    assert len(found) == 3 and found == [name for name in train if name in found]
    assert data.splits["validation"].questions.ids == ["0-0", "0-2", "0-1", "1-2", "1-1", "1-0"]
    assert data.facts() == ["train: 3 windows of 3 questions", "validation: 6 windows of 6 questions"]
    assert data.test is None
    whole = load_squad("v1.1", data_dir=tmp_path)
    assert (whole.name, whole.parts) == ("squad/v1.1", ("train", "validation"))
    assert whole.rows(("train",))["train"].ids == train
    tasks = [load_squad("v1.1", data_dir=tmp_path, limit=3, split_seed=seed) for seed in range(9)]
    drawn = {tuple(task.rows(("train",))["train"].ids) for task in tasks}
    assert len(drawn) > 3 and tuple(found) in drawn and not all(ids == tuple(train[:3]) for ids in drawn)
    only = load_squad("v1.1", tokenizer, data_dir=tmp_path, parts=("validation",), **OPTIONS, max_answer_length=4)
    assert list(only.splits) == ["validation"]
    assert (only.train, only.order) == (None, None)
    assert only.config()["max_answer_length"] == 4


def test_nothing_is_read_before_it_is_needed(tmp_path):
    task = load_squad("v2.0", data_dir=tmp_path)
    with pytest.raises(FileNotFoundError, match=r"`data_dir` must hold the train split of SQuAD v2.0"):
        task.rows()


# Files


def test_a_tenth_of_one_file_is_held_out_by_whole_contexts(tmp_path, tokenizer):
    asked = [7, 3, 5, 1, 6, 4, 2, 8, 4]  # 40 questions, nine contexts: a tenth is one of them
    path = write(tmp_path / "own.json", paragraphs(asked))
    seen = set()
    for seed in range(3):
        data = load_question_files(str(path), tokenizer, split_seed=seed, **OPTIONS)
        train, held = (data.splits[name].questions for name in ("train", "validation"))
        assert not set(train.contexts) & set(held.contexts)
        assert sorted(train.ids + held.ids) == sorted(
            f"{n}-{row}" for n, count in enumerate(asked) for row in range(count)
        )
        assert len(set(held.contexts)) == 1 and len(held) == asked[int(held.ids[0].split("-")[0])]
        for part in (train, held):
            assert part.ids == sorted(part.ids)  # in the file's order
        again = load_question_files(path, tokenizer, split_seed=seed, **OPTIONS)
        assert_equal(data, again)
        seen.add(tuple(held.ids))
    assert len(seen) > 1
    assert data.task == "own.json"


def test_the_seed_of_a_run_does_not_choose_what_is_held_out(tmp_path, tokenizer):
    path = write(tmp_path / "own.json", paragraphs([2] * 9))

    def ids(**options):
        data = load_question_files(path, tokenizer, test_share=0.2, **OPTIONS, **options)
        return {name: split.questions.ids for name, split in data.splits.items()}

    assert ids(seed=1) == ids(seed=2) == ids()
    assert ids(split_seed=1) != ids() and ids(split_seed=1) == ids(split_seed=1, seed=5)


def test_shares_of_one_file(tmp_path, tokenizer):
    path = write(tmp_path / "own.json", paragraphs([2] * 9))
    counts = {}
    for share in (0, 0.5, 0.9):
        data = load_question_files(path, tokenizer, validation_share=share, **OPTIONS)
        counts[share] = {name: len(split.questions) for name, split in data.splits.items()}
    assert counts == {
        0: {"train": 18},
        0.5: {"train": 10, "validation": 8},  # four of nine contexts: none is cut in two
        0.9: {"train": 2, "validation": 16},  # one context stays to train on
    }
    data = load_question_files(path, tokenizer, parts=("validation",), **OPTIONS)
    assert {name: len(split.questions) for name, split in data.splits.items()} == {"validation": 2}


def test_a_share_of_one_file_becomes_the_test_part(tmp_path, tokenizer):
    path = write(tmp_path / "own.json", paragraphs([2] * 9))
    task = load_question_files(path, validation_share=0.2, test_share=0.3)
    assert task.parts == ("train", "validation", "test")
    rows = task.rows()
    assert {part: len(rows[part]) for part in rows} == {"train": 8, "validation": 4, "test": 6}
    contexts = [set(part.contexts) for part in rows.values()]
    assert len(set.union(*contexts)) == sum(map(len, contexts)) == 9
    for part in task.parts:
        assert task.rows((part,))[part].ids == rows[part].ids  # the same whichever parts are read
    data = load_question_files(path, tokenizer, test_share=0.3, **OPTIONS)
    assert sum(len(labels["start_logits"]) for _, labels in data.test) == 6
    with_file = load_question_files({"train": path, "test": path}, validation_share=0.2, test_share=0.3)
    assert {part: len(rows) for part, rows in with_file.rows().items()} == {"train": 14, "validation": 4, "test": 18}
    assert load_question_files({"test": path}).parts == ("test",)


def test_a_limit_draws_and_leaves_what_is_held_out(tmp_path):
    path = write(tmp_path / "own.json", paragraphs([2] * 9))
    whole, some = (load_question_files(path, limit=limit).rows() for limit in (None, 5))
    assert some["validation"].ids == whole["validation"].ids
    assert len(some["train"]) == 5 and some["train"].ids != whole["train"].ids[:5]
    assert some["train"].ids == [name for name in whole["train"].ids if name in some["train"].ids]
    other = load_question_files(path, limit=5, split_seed=1).rows()
    assert other["train"].ids != some["train"].ids


def test_questions_about_one_context_stay_together_across_articles(tmp_path):
    squad = paragraphs([2, 2])
    again = paragraphs([2])["data"][0]
    for row in again["paragraphs"][0]["qas"]:
        row["id"] += "'"
    squad["data"].append(again)
    path = write(tmp_path / "own.json", squad)
    for seed in range(3):
        rows = load_question_files(path, split_seed=seed).rows()
        train, held = (set(rows[name].contexts) for name in ("train", "validation"))
        assert not train & held


def test_one_context_cannot_be_held_out(tmp_path, tokenizer):
    path = write(tmp_path / "own.json", paragraphs([3]))
    match = (
        r"`files` must hold two different texts or more to hold one out. Received: files=1. "
        r"Pass validation_share=0, or a file"
    )
    with pytest.raises(ValueError, match=match):
        load_question_files(path, tokenizer, **OPTIONS)
    assert list(load_question_files(path, tokenizer, validation_share=0, **OPTIONS).splits) == ["train"]


def test_files_by_part(tmp_path, tokenizer):
    files = {
        "train": write(tmp_path / "a.json", paragraphs([3, 2])),
        "validation": str(write(tmp_path / "b.json", paragraphs([1, 1, 1]))),
        "test": write(tmp_path / "c.json", paragraphs([4])),
    }
    data = load_question_files(files, tokenizer, limit=4, **OPTIONS)
    assert data.task == "a.json+b.json+c.json"
    counts = {name: len(split.questions) for name, split in data.splits.items()}
    assert counts == {"train": 4, "validation": 3, "test": 4}
    assert sum(len(labels["start_logits"]) for _, labels in data.test) == 4
    data = load_question_files(files, tokenizer, parts=("test",), **OPTIONS)
    assert (list(data.splits), data.order) == (["test"], None)
    assert list(load_question_files({"test": files["test"]}, tokenizer, **OPTIONS).splits) == ["test"]
    two = load_question_files({"train": files["train"], "test": files["test"]}, tokenizer, **OPTIONS)
    counts = {name: len(split.questions) for name, split in two.splits.items()}
    assert counts in ({"train": 3, "validation": 2, "test": 4}, {"train": 2, "validation": 3, "test": 4})


def test_the_questions_of_the_library(tokenizer):
    data = load_questions(tokenizer, **{**OPTIONS, "seq_length": 64})
    assert list(data.splits) == ["train", "validation", "test"]
    assert data.task == "samples/questions"
    assert data.has_impossible
    contexts = [set(split.questions.contexts) for split in data.splits.values()]
    assert len(set.union(*contexts)) == sum(map(len, contexts))
    train, held, _ = map(len, contexts)
    assert held == round((train + held) / 5)
    assert all(split.questions.is_impossible.any() and not split.unaligned for split in data.splits.values())
    options = {**OPTIONS, "seq_length": 64, "seed": 3}
    fewer = load_questions(tokenizer, limit=5, parts=("train",), **options).splits["train"].questions.ids
    train = data.splits["train"].questions.ids
    assert len(fewer) == 5 and fewer == [name for name in train if name in fewer] != train[:5]
    again, other = (load_questions(split_seed=seed).rows() for seed in (0, 1))
    assert again["validation"].ids == data.splits["validation"].questions.ids != other["validation"].ids
    assert again["test"].ids == other["test"].ids


def test_which_files_are_questions(tmp_path):
    for files in ("a.json", tmp_path / "A.JSON", {"train": "a.json", "test": tmp_path / "b.json"}):
        assert QUESTION_ANSWERING.opener(files) is not None
    for files in ("a.jsonl", ["a.json"], [{"question": "who?"}], {"train": "a.json", "test": "b.csv"}, tmp_path, 3):
        assert QUESTION_ANSWERING.opener(files) is None


# What is refused


@pytest.mark.parametrize(
    ("version", "error", "match"),
    [
        ("v3", ValueError, r"`version` must be one of 'v1.1', 'v2.0'. Received: version='v3'"),
        ("squad", ValueError, r"`version` must be one of 'v1.1', 'v2.0'. Received: version='squad'"),
        (2.0, TypeError, r"`version` must be 'v1.1' or 'v2.0'. Received: version=2.0"),
    ],
)
def test_unknown_versions(tmp_path, tokenizer, version, error, match):
    with pytest.raises(error, match=match):
        load_squad(version, tokenizer, data_dir=tmp_path)
    with pytest.raises(error, match=match):
        load_squad(version)


def test_a_folder_without_the_set(tmp_path, tokenizer):
    with pytest.raises(FileNotFoundError, match=r"`data_dir` must hold the train split of SQuAD v2.0"):
        load_squad("v2.0", tokenizer, data_dir=tmp_path)


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"validation_share": 1.0}, ValueError, r"`validation_share` must be a finite number between 0.0 and 0.9"),
        ({"validation_share": -0.1}, ValueError, r"`validation_share` must be a finite number between"),
        ({"validation_share": "0.1"}, TypeError, r"`validation_share` must be a number"),
        ({"test_share": 1.0}, ValueError, r"`test_share` must be a finite number between 0.0 and 0.9"),
        ({"test_share": 0.5, "validation_share": 0.5}, ValueError, r"`test_share` must leave rows to train on"),
        ({"split_seed": -1}, ValueError, r"`split_seed` must be at least 0\. Received: split_seed=-1"),
        ({"split_seed": 1.5}, TypeError, r"`split_seed` must be an integer\. Received: split_seed=1.5"),
        ({"split_seed": None}, TypeError, r"`split_seed` must be an integer\. Received: split_seed=None"),
    ],
)
def test_bad_shares(tmp_path, tokenizer, options, error, match):
    path = write(tmp_path / "own.json", paragraphs([2, 1]))
    for parts in ({}, {"parts": ("validation",)}):
        with pytest.raises(error, match=match):
            load_question_files(path, tokenizer, **OPTIONS, **options, **parts)


@pytest.mark.parametrize(
    "option",
    [
        *({"text": "review"}, {"text_pair": "title"}, {"label": "stars"}, {"weight": "votes"}),
        *({"class_weight": "balanced"}, {"problem_type": "regression"}, {"label_names": ["a", "b"]}),
        *({"label_separator": "|"}, {"in_memory": True}),
    ],
    ids=lambda option: next(iter(option)),
)
def test_options_of_tables_of_texts_are_refused(tmp_path, option):
    path = write(tmp_path / "own.json", paragraphs([2, 1]))
    match = rf"`{next(iter(option))}` must be left out for questions in SQuAD's JSON. .*its name ends in .jsonl"
    with pytest.raises(TypeError, match=match):
        load_question_files(path, **option)


@pytest.mark.parametrize(
    "option", [{"long_text": "windows"}, {"tag_column": 1}, {"data_dir": "squad"}, {"pair_seed": 1}]
)
def test_options_of_others_are_refused(tmp_path, option):
    path, name = write(tmp_path / "own.json", paragraphs([2, 1])), next(iter(option))
    for load in (lambda **options: load_question_files(path, **options), load_questions):
        with pytest.raises(TypeError, match=rf"`{name}` must be left out for .*, of question_answering, which takes"):
            load(**option)


@pytest.mark.parametrize(
    ("files", "error", "match"),
    [
        ({}, ValueError, r"`files` must hold a part or a column. Received: files={}"),
        (
            {"dev": "a.json"},
            ValueError,
            r"`files` must be by part, out of train, validation, test. Received: files=\['dev'\]",
        ),
        (
            3,
            TypeError,
            r"`files` must be the path of a file, rows of questions, or a dict of them by part. Received: files=3",
        ),
        (
            ["a.json"],
            TypeError,
            r"`files` must be the path of a file, rows of questions, or a dict of them by part. .*=\['a.json'\]",
        ),
        ("/no/such.json", FileNotFoundError, r"`path` must be a file in SQuAD's JSON. Received: path='/no/such.json'"),
        ({"test": "/no/such.json"}, FileNotFoundError, r"`path` must be a file in SQuAD's JSON"),
    ],
)
def test_bad_files(tokenizer, files, error, match):
    for encoder in (None, tokenizer):
        with pytest.raises(error, match=match):
            load_question_files(files, encoder)


def change(place, **values):
    squad = paragraphs([2, 1])
    squad["data"][0]["paragraphs"][0]["qas"][place].update(values)
    return json.dumps(squad)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        ('{"data": [\n  {"title": }]}', r"own.json, line 2, column 13: this must be JSON"),
        ("{}", r"own.json: `the file` must hold an object with the list 'data'"),
        ('{"data": "\xe9"}', r"own.json, line 1, byte 11: this must be UTF-8"),
        (change(0, answers=3), r"`data\[0\].paragraphs\[0\].qas\[0\].answers` must be a list"),
        (change(0, answers=[{"txt": "x"}]), r"`data\[0\].paragraphs\[0\].qas\[0\].answers\[0\]` must have the field"),
    ],
)
def test_malformed_files_are_named_with_the_place(tmp_path, tokenizer, content, match):
    path = tmp_path / "own.json"
    path.write_text(content, encoding="latin-1")
    for files in (path, {"validation": path}):
        with pytest.raises(ValueError, match=match):
            load_question_files(files, tokenizer, **OPTIONS)


def test_answers_that_stand_nowhere(tmp_path, tokenizer):
    lost = [{"text": "house", "answer_start": 3}]
    path = tmp_path / "own.json"
    path.write_text(change(0, answers=lost))
    with pytest.warns(UserWarning, match="1 of 3 questions have an answer that is not at its answer_start"):
        data = load_question_files(path, tokenizer, validation_share=0, **OPTIONS)
    assert data.splits["train"].unaligned == ("0-0",)
    assert data.facts() == [
        "own.json: 1 answers have no place in their context, or several",
        "train: 2 windows of 3 questions",
        "train: 1 questions cannot be aligned to tokens, the first '0-0': left out",
    ]


def test_data_for_the_samples(tokenizer, tmp_path):
    with pytest.raises(TypeError, match=r"`data_dir` must be left out for samples/questions, of question_answering"):
        load_questions(tokenizer, data_dir=tmp_path)
    with pytest.raises(TypeError, match=r"`validation_share` must be left out for samples/questions"):
        load_questions(validation_share=0.1)


# The real data


@needs_shared
@pytest.mark.parametrize(("version", "impossible"), [("v1.1", 0), ("v2.0", 134)])
def test_both_sources_of_the_real_data_give_equal_windows(monkeypatch, version, impossible):
    def every_tenth(*args):
        questions = read_squad(*args)
        return questions.take(range(0, len(questions), 10))

    monkeypatch.setattr(module, "read_squad", every_tenth)
    tokenizer = Tokenizer(SHARED / "data" / "vocab" / "bert_uncased.txt")
    data = load_squad(version, tokenizer, data_dir=SHARED / "data", parts=("validation",))
    assert_equal(load_squad(version, tokenizer, data_dir=SHARED / "tfds", parts=("validation",)), data)
    split = data.splits["validation"]
    assert split.questions.is_impossible.sum() == impossible
    assert data.has_impossible == (impossible > 0)
    assert len(split.questions) == {"v1.1": 199, "v2.0": 287}[version]
    assert split.unaligned == ()
    assert_labels_are_answers(split, data.preprocessor)


def assert_labels_are_answers(split, preprocessor):
    """Every question with an answer has a window that holds it, and its labels cut the answer out of the context."""
    questions = split.questions
    windows = preprocessor(questions.questions, questions.contexts)
    assert split.examples.ids.tolist() == windows.rows.numpy().tolist()
    columns = (split.examples.ids, *split.examples.labels.values(), windows.firsts.numpy(), windows.places.numpy())
    starts, limits = windows.starts.to_list(), windows.limits.to_list()
    found, exact = set(), set()
    for row, start, end, first, place in zip(*columns, strict=True):
        if not start:
            assert end == 0
            continue
        text, _ = questions.answers[row][0]
        cut = questions.contexts[row][starts[row][first + start - place] : limits[row][first + end - place]]
        assert text in cut
        found.add(row)
        if normalize_answer(cut) == normalize_answer(text):
            exact.add(row)
    assert found == set(np.flatnonzero(~questions.is_impossible))
    assert {questions.ids[row] for row in found - exact} <= set(split.widened)
    assert len(exact) > 0.98 * len(found)
