"""`load_squad`, `load_files`, `load_questions`: both sources alike, what is held out, batches, what is refused."""

import functools
import json

import encoders
import numpy as np
import pytest
import tensorflow as tf
import tiny
from real_data import SHARED, needs_shared
from squad_files import prepare_tfds, small, tfds_rows

from bert_keras.metrics.squad import normalize_answer
from bert_keras.question_answering import load_squad as module
from bert_keras.question_answering import question_data
from bert_keras.question_answering.load_squad import load_questions, load_squad
from bert_keras.question_answering.question_data import QuestionData
from bert_keras.question_answering.read_squad import read_squad
from bert_keras.question_answering.span_labeler import SpanLabeler
from bert_keras.running.load_files import load_files
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text.windows import QuestionPreprocessor

OPTIONS = {"seq_length": 40, "doc_stride": 8, "max_query_length": 8, "batch_size": 4}
CONTEXTS = [f"the {noun} was {colour} and not new" for noun in tiny.WORDS[1:4] for colour in ("red", "green", "blue")]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    return Tokenizer(encoders.write_vocabulary(tmp_path_factory.mktemp("vocabulary")))


_traced = functools.cache(QuestionPreprocessor)  # tracing takes most of a test's time


@pytest.fixture(autouse=True)
def _traced_once(monkeypatch):
    monkeypatch.setattr(question_data, "QuestionPreprocessor", _traced)


def paragraphs(asked):
    """SQuAD's JSON with so many questions about each of the contexts."""
    made = []
    for number, (context, count) in enumerate(zip(CONTEXTS, asked, strict=False)):
        answers = [{"text": context.split()[3], "answer_start": context.index("was") + 4}]
        qas = [{"id": f"{number}-{row}", "question": "what was it", "answers": answers} for row in range(count)]
        made.append({"context": context, "qas": qas})
    return {"data": [{"paragraphs": made}]}


def write(path, squad):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(squad, ensure_ascii=False), encoding="utf-8")
    return path


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


def batches(dataset):
    return [({**features}, {**labels}) for features, labels in dataset.as_numpy_iterator()]


def same_batches(one, other):
    flat = [
        [column.tolist() for batch in found for part in batch for column in part.values()] for found in (one, other)
    ]
    return flat[0] == flat[1]


# SQuAD


@pytest.mark.parametrize("version", ["1.1", "2.0"])
def test_both_sources_give_equal_windows_and_labels(tmp_path, tokenizer, version):
    for part, name in (("train", "train"), ("validation", "dev")):
        prepared = prepare_tfds(tmp_path / part, f"v{version}", part, tfds_rows(small(version)))
        write(tmp_path / f"{name}-v{version}.json", small(version))
        options = {**OPTIONS, "parts": (part,), "limit": 3}
        from_tfds = load_squad(f"v{version}", tokenizer, data_dir=prepared, **options)
        from_files = load_squad(f"squad/V{version}", tokenizer, data_dir=tmp_path, **options)
        assert_equal(from_tfds, from_files)
        ids = ["k2", "h1", "k1", *["a1"] * (version == "2.0")]  # in the order of their hashes
        assert from_files.splits[part].questions.ids == (ids[:3] if part == "train" else ids)
        assert from_files.has_impossible == (version == "2.0" and part == "validation")
        assert from_files.task == from_tfds.task == f"squad/v{version}"
        assert (from_files.train is None) == (part != "train")
        assert (from_files.validation is None) == (part == "train")
        assert from_files.splits[part].unaligned == ()


def test_both_parts_are_read_and_only_training_is_limited(tmp_path, tokenizer):
    write(tmp_path / "squad" / "train-v1.1.json", paragraphs([2, 2, 2]))
    write(tmp_path / "squad" / "dev-v1.1.json", paragraphs([3, 3]))
    data = load_squad("v1.1", tokenizer, data_dir=tmp_path, limit=3, **OPTIONS)
    assert isinstance(data, QuestionData)
    assert {name: split.questions.ids for name, split in data.splits.items()} == {
        "train": ["0-0", "0-1", "1-1"],  # in the order of their hashes
        "validation": ["0-0", "0-2", "0-1", "1-2", "1-1", "1-0"],
    }
    assert data.facts() == ["train: 3 windows of 3 questions", "validation: 6 windows of 6 questions"]
    assert data.metrics == ("f1", "exact_match")
    assert data.reported == ("f1", "exact_match", "has_answer", "no_answer", "null_threshold")
    assert data.test is None
    plain = {"seq_length": 40, "doc_stride": 8, "max_query_length": 8, "max_answer_length": 30}
    assert data.config() == {**plain, "has_impossible": False}
    assert data.seq_length == 40
    only = load_squad("v1.1", tokenizer, data_dir=tmp_path, parts=("validation",), **OPTIONS, max_answer_length=4)
    assert list(only.splits) == ["validation"]
    assert (only.train, only.order) == (None, None)
    assert only.config()["max_answer_length"] == 4


def test_the_published_settings_are_the_defaults(tmp_path, tokenizer):
    data = load_files(write(tmp_path / "own.json", paragraphs([1])), tokenizer, validation_share=0)
    expected = {"seq_length": 384, "doc_stride": 128, "max_query_length": 64, "max_answer_length": 30}
    assert data.config() == {**expected, "has_impossible": False}
    assert (data.batch_size, data.order.seed) == (16, 0)


def test_an_encoder_takes_the_place_of_its_tokenizer(tmp_path, tokenizer):
    encoder = tiny.native_encoder()
    encoder.tokenizer = tokenizer
    path = write(tmp_path / "own.json", paragraphs([2, 2]))
    assert_equal(load_files(path, encoder, **OPTIONS), load_files(path, tokenizer, **OPTIONS))


# Files


def test_a_tenth_of_one_file_is_held_out_by_whole_contexts(tmp_path, tokenizer):
    asked = [7, 3, 5, 1, 6, 4, 2, 8, 4]  # 40 questions
    path = write(tmp_path / "own.json", paragraphs(asked))
    seen = set()
    for seed in range(3):
        data = load_files(str(path), tokenizer, seed=seed, **OPTIONS)
        train, held = (data.splits[name].questions for name in ("train", "validation"))
        assert not set(train.contexts) & set(held.contexts)
        assert sorted(train.ids + held.ids) == sorted(
            f"{n}-{row}" for n, count in enumerate(asked) for row in range(count)
        )
        # 4 questions at least, and without the last context that was taken fewer
        assert 4 <= len(held) < 4 + max(asked)
        for questions in (train, held):
            assert questions.ids == sorted(questions.ids)  # in the file's order
        again = load_files(path, tokenizer, seed=seed, **OPTIONS)
        assert_equal(data, again)
        seen.add(tuple(held.ids))
    assert len(seen) > 1
    assert data.task == "own.json"


def test_shares_of_one_file(tmp_path, tokenizer):
    path = write(tmp_path / "own.json", paragraphs([2] * 9))
    counts = {}
    for share in (0, 0.5, 0.9):
        data = load_files(path, tokenizer, validation_share=share, **OPTIONS)
        counts[share] = {name: len(split.questions) for name, split in data.splits.items()}
    assert counts == {
        0: {"train": 18},
        0.5: {"train": 8, "validation": 10},  # 9 of 18 would cut a context in two
        0.9: {"train": 2, "validation": 16},  # one context stays to train on
    }
    data = load_files(path, tokenizer, parts=("validation",), **OPTIONS)
    assert {name: len(split.questions) for name, split in data.splits.items()} == {"validation": 2}


def test_questions_about_one_context_stay_together_across_articles(tmp_path, tokenizer):
    squad = paragraphs([2, 2])
    again = paragraphs([2])["data"][0]
    for row in again["paragraphs"][0]["qas"]:
        row["id"] += "'"
    squad["data"].append(again)
    path = write(tmp_path / "own.json", squad)
    for seed in range(3):
        data = load_files(path, tokenizer, seed=seed, **OPTIONS)
        train, held = (set(data.splits[name].questions.contexts) for name in ("train", "validation"))
        assert not train & held


def test_one_context_cannot_be_held_out(tmp_path, tokenizer):
    path = write(tmp_path / "own.json", paragraphs([3]))
    match = (
        r"`files` must hold two contexts or more to hold one out. Received: files=1. Pass validation_share=0, or files"
    )
    with pytest.raises(ValueError, match=match):
        load_files(path, tokenizer, **OPTIONS)
    assert list(load_files(path, tokenizer, validation_share=0, **OPTIONS).splits) == ["train"]


def test_files_by_part(tmp_path, tokenizer):
    files = {
        "train": write(tmp_path / "a.json", paragraphs([3, 2])),
        "validation": str(write(tmp_path / "b.json", paragraphs([1, 1, 1]))),
        "test": write(tmp_path / "c.json", paragraphs([4])),
    }
    data = load_files(files, tokenizer, limit=4, **OPTIONS)
    assert data.task == "a.json+b.json+c.json"
    counts = {name: len(split.questions) for name, split in data.splits.items()}
    assert counts == {"train": 4, "validation": 3, "test": 4}
    assert sum(len(labels["start_logits"]) for _, labels in data.test) == 4
    data = load_files(files, tokenizer, parts=("test",), **OPTIONS)
    assert (list(data.splits), data.order) == (["test"], None)
    assert list(load_files({"test": files["test"]}, tokenizer, **OPTIONS).splits) == ["test"]


def test_the_questions_of_the_library(tokenizer):
    data = load_questions(tokenizer, **{**OPTIONS, "seq_length": 64})
    assert list(data.splits) == ["train", "validation", "test"]
    assert data.task == "samples/questions"
    assert data.has_impossible
    contexts = [set(split.questions.contexts) for split in data.splits.values()]
    assert len(set.union(*contexts)) == sum(map(len, contexts))
    assert all(split.questions.is_impossible.any() and not split.unaligned for split in data.splits.values())
    fewer = load_questions(tokenizer, limit=5, parts=("train",), **{**OPTIONS, "seq_length": 64, "seed": 3})
    assert fewer.splits["train"].questions.ids == data.splits["train"].questions.ids[:5]


# Batches


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    squad = paragraphs([2, 3, 1, 2, 2, 1])
    squad["data"][0]["paragraphs"][0]["qas"].append(
        {"id": "none", "question": "who", "answers": [], "is_impossible": True}
    )
    return write(tmp_path_factory.mktemp("own") / "own.json", squad)


def test_batches_hold_features_and_the_places_of_answers(own, tokenizer):
    data = load_files(own, tokenizer, validation_share=0, **OPTIONS)
    assert data.has_impossible
    assert data.config()["has_impossible"] is True
    found = batches(data.train)
    assert [len(labels["start_logits"]) for _, labels in found] in ([4, 4, 4], [4, 4, 4][::-1])
    assert len(data.train) == 3
    spelt = []
    for features, labels in found:
        assert set(features) == {"input_word_ids", "input_mask", "input_type_ids"}
        assert {name: (column.dtype, column.shape) for name, column in labels.items()} == {
            name: (np.int32, (4,)) for name in ("start_logits", "end_logits")
        }
        assert all(column.dtype == np.int32 for column in features.values())
        for ids, start, end in zip(
            features["input_word_ids"], labels["start_logits"], labels["end_logits"], strict=True
        ):
            assert start == end
            spelt.append(encoders.VOCABULARY[ids[start]])
    # contexts 0 to 5 are red, green, blue, and red, green, blue again; one question has no answer
    assert sorted(spelt) == sorted(["red"] * 4 + ["green"] * 5 + ["blue"] * 2 + ["[CLS]"])
    assert data.train.element_spec[1] == {
        name: tf.TensorSpec([None], tf.int32) for name in ("start_logits", "end_logits")
    }


def test_a_span_labeler_trains_on_the_batches(own, tokenizer):
    data = load_files(own, tokenizer, **OPTIONS)
    model = SpanLabeler(tiny.native_encoder(), seed=1)
    model.compile(run_eagerly=True)  # quicker than tracing, for six steps
    assert np.isfinite(model.fit(data.train, epochs=2, verbose=0).history["loss"]).all()
    assert np.isfinite(model.evaluate(data.validation, verbose=0)).all()


def test_the_order_is_a_function_of_seed_and_epoch(own, tokenizer):
    def epochs(seed, first=0, count=2):
        data = load_files(own, tokenizer, validation_share=0, seed=seed, **OPTIONS)
        data.order.epoch = first
        train = data.train
        return [batches(train) for _ in range(count)]

    one, again, resumed, other = epochs(1), epochs(1), epochs(1, first=1, count=1), epochs(2)
    assert all(same_batches(first, second) for first, second in zip(one, again, strict=True))
    assert same_batches(resumed[0], one[1])
    assert not same_batches(one[0], one[1])
    assert not same_batches(one[0], other[0])


def test_validation_is_sorted_by_length(own, tokenizer):
    data = load_files({"validation": own}, tokenizer, **OPTIONS)
    lengths = [row for features, _ in data.validation for row in features["input_mask"].numpy().sum(axis=1)]
    assert lengths == sorted(lengths)
    assert same_batches(batches(data.validation), batches(data.validation))


# What is refused


@pytest.mark.parametrize(
    ("given", "error", "match"),
    [
        (("v3",), ValueError, r"`version` must be one of 'v1.1', 'v2.0'. Received: version='v3'"),
        (("squad",), ValueError, r"`version` must be one of 'v1.1', 'v2.0'. Received: version='squad'"),
        ((2.0,), TypeError, r"`version` must be 'v1.1' or 'v2.0'. Received: version=2.0"),
    ],
)
def test_unknown_versions(tmp_path, tokenizer, given, error, match):
    with pytest.raises(error, match=match):
        load_squad(*given, tokenizer, data_dir=tmp_path)


def test_a_folder_without_the_set(tmp_path, tokenizer):
    with pytest.raises(FileNotFoundError, match=r"`data_dir` must hold the train split of SQuAD v2.0"):
        load_squad("v2.0", tokenizer, data_dir=tmp_path)


def refused(error, match, own, encoder, **options):
    with pytest.raises(error, match=match):
        load_files(own, encoder, **{**OPTIONS, **options})


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"doc_stride": 29}, ValueError, r"`doc_stride` must be below 29, the room that seq_length=40 leaves .*=29\."),
        ({"doc_stride": 0}, ValueError, r"`doc_stride` must be at least 1\. Received: doc_stride=0"),
        ({"doc_stride": 2.5}, TypeError, r"`doc_stride` must be an integer\. Received: doc_stride=2.5"),
        ({"seq_length": 4}, ValueError, r"`seq_length` must be at least 5"),
        ({"seq_length": "40"}, TypeError, r"`seq_length` must be an integer\. Received: seq_length='40'"),
        ({"max_query_length": 36}, ValueError, r"`max_query_length` must leave room .* at most seq_length - 5 = 35"),
        ({"max_answer_length": 0}, ValueError, r"`max_answer_length` must be at least 1"),
        ({"batch_size": 0}, ValueError, r"`batch_size` must be at least 1"),
        ({"batch_size": True}, TypeError, r"`batch_size` must be an integer"),
        ({"limit": 0}, ValueError, r"`limit` must be at least 1\. Received: limit=0"),
        ({"limit": "9"}, TypeError, r"`limit` must be an integer"),
        ({"parts": "train"}, TypeError, r"`parts` must be a tuple of names .* Received: parts='train'"),
        ({"parts": ()}, TypeError, r"`parts` must be a tuple of names"),
        ({"parts": ("dev",)}, ValueError, r"`parts` must be one of 'train', 'validation'\. Received: parts='dev'"),
        ({"validation_share": 1.0}, ValueError, r"`validation_share` must be a finite number between 0.0 and 0.9"),
        ({"validation_share": -0.1}, ValueError, r"`validation_share` must be a finite number between"),
        ({"validation_share": "0.1"}, TypeError, r"`validation_share` must be a number"),
        ({"stride": 3}, TypeError, r"unexpected keyword argument 'stride'"),
    ],
)
def test_bad_options(own, tokenizer, options, error, match):
    refused(error, match, own, tokenizer, **options)


@pytest.mark.parametrize(
    ("seed", "error", "match"),
    [
        (-1, ValueError, r"`seed` must be at least 0\. Received: seed=-1"),
        (1.5, TypeError, r"`seed` must be an integer\. Received: seed=1.5"),
        ("1", TypeError, r"`seed` must be an integer"),
    ],
)
def test_a_bad_seed_is_named(own, tokenizer, seed, error, match):
    refused(error, match, own, tokenizer, seed=seed)
    refused(error, match, {"train": own}, tokenizer, seed=seed)


def test_no_seed_is_no_seed(own, tokenizer):
    match = r"`seed` must be an integer\. Received: seed=None"
    refused(TypeError, match, own, tokenizer, seed=None, parts=("validation",))


def test_a_limit_is_checked_whatever_the_parts(own, tokenizer):
    refused(ValueError, r"`limit` must be at least 1", own, tokenizer, limit=0, parts=("validation",))


def test_what_is_no_encoder(own):
    refused(TypeError, r"`encoder` must be an encoder or a Tokenizer\. .*='bert'. Pass bk.load_encoder", own, "bert")


def test_an_encoder_without_positions_enough(own, tokenizer):
    encoder = tiny.native_encoder()
    encoder.tokenizer = tokenizer
    refused(ValueError, r"`seq_length` must be .*64", own, encoder, seq_length=65)


@pytest.mark.parametrize(
    ("files", "error", "match"),
    [
        ({}, ValueError, r"`files` must hold a part or a column. Received: files={}"),
        (
            {"dev": "a.json"},
            ValueError,
            r"`files` must be by part, out of train, validation, test. Received: files=\['dev'\]",
        ),
        (3, TypeError, r"`files` must be a file, a folder, a dict of columns.* Received: files=3"),
        (["a.json"], ValueError, r"`label` must name the column of the labels"),
        ("/no/such.json", FileNotFoundError, r"`path` must be a file in SQuAD's JSON. Received: path='/no/such.json'"),
        ({"test": "/no/such.json"}, FileNotFoundError, r"`path` must be a file in SQuAD's JSON"),
    ],
)
def test_bad_files(tokenizer, files, error, match):
    with pytest.raises(error, match=match):
        load_files(files, tokenizer)


def change(place, **values):
    squad = paragraphs([2, 1])
    squad["data"][0]["paragraphs"][0]["qas"][place].update(values)
    return json.dumps(squad)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        ('{"data": [\n  {"title": }]}', r"own.json, line 2, column 13: this must be JSON"),
        ("{}", r"own.json: `the file` must hold an object with the list 'data'"),
        (change(1, id="0-0"), r"`data\[0\].paragraphs\[0\].qas\[1\].id` must be unique"),
        (change(0, answers="red"), r"`data\[0\].paragraphs\[0\].qas\[0\].answers` must be a list"),
        (change(0, answers=[{"text": "x"}]), r"`data\[0\].paragraphs\[0\].qas\[0\].answers\[0\]` must have the field"),
    ],
)
def test_malformed_files_are_named_with_the_place(tmp_path, tokenizer, content, match):
    path = tmp_path / "own.json"
    path.write_text(content)
    for files in (path, {"validation": path}):
        with pytest.raises(ValueError, match=match):
            load_files(files, tokenizer, **OPTIONS)


def test_answers_that_stand_nowhere(tmp_path, tokenizer):
    lost = [{"text": "house", "answer_start": 3}]
    path = tmp_path / "own.json"
    path.write_text(change(0, answers=lost))
    with pytest.warns(UserWarning, match="1 of 3 questions have an answer that is not at its answer_start"):
        data = load_files(path, tokenizer, validation_share=0, **OPTIONS)
    assert data.splits["train"].unaligned == ("0-0",)
    assert data.facts() == [
        "train: 2 windows of 3 questions",
        "train: 1 questions cannot be aligned to tokens, the first '0-0': left out",
    ]


def test_data_for_the_samples(tokenizer, tmp_path):
    with pytest.raises(
        ValueError, match=r"`data_dir` must be None for samples/questions, which comes with the library"
    ):
        load_questions(tokenizer, data_dir=tmp_path)


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
