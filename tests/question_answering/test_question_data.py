"""`QuestionData`: batches of windows with the places of answers, their order, what is kept and what is said."""

import encoders
import numpy as np
import pytest
import questions
import tensorflow as tf
import tiny
from squad_files import paragraphs, write

from bert_keras.question_answering.load_squad import load_question_files
from bert_keras.question_answering.question_data import QuestionData
from bert_keras.question_answering.question_examples import UNPLACED
from bert_keras.question_answering.question_split import make_question_split
from bert_keras.question_answering.span_labeler import SpanLabeler

OPTIONS = {"seq_length": 40, "doc_stride": 8, "max_query_length": 8, "batch_size": 4}
FILM = "the film was good and the room was not bad"
pytestmark = pytest.mark.usefixtures("traced_once")


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    squad = paragraphs([2, 3, 1, 2, 2, 1])
    squad["data"][0]["paragraphs"][0]["qas"].append(
        {"id": "none", "question": "who", "answers": [], "is_impossible": True}
    )
    return write(tmp_path_factory.mktemp("own") / "own.json", squad)


def batches(dataset):
    return [({**features}, {**labels}) for features, labels in dataset.as_numpy_iterator()]


def same_batches(one, other):
    flat = [[c.tolist() for batch in rows for part in batch for c in part.values()] for rows in (one, other)]
    return flat[0] == flat[1]


# Batches


def test_batches_hold_features_and_the_places_of_answers(own, tokenizer):
    data = load_question_files(own, tokenizer, validation_share=0, **OPTIONS)
    train = batches(data.train)
    assert [len(labels["start_logits"]) for _, labels in train] == [4, 4, 4]
    assert len(data.train) == 3
    spelt = []
    for features, labels in train:
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
    data = load_question_files(own, tokenizer, **OPTIONS)
    model = SpanLabeler(tiny.native_encoder(), seed=1)
    model.compile(run_eagerly=True)  # quicker than tracing, for six steps
    assert np.isfinite(model.fit(data.train, epochs=2, verbose=0).history["loss"]).all()
    assert np.isfinite(model.evaluate(data.validation, verbose=0)).all()


def test_the_order_is_a_function_of_seed_and_epoch(own, tokenizer):
    def epochs(seed, first=0, count=2):
        data = load_question_files(own, tokenizer, validation_share=0, seed=seed, **OPTIONS)
        data.order.epoch = first
        train = data.train
        return [batches(train) for _ in range(count)]

    one, again, resumed, other = epochs(1), epochs(1), epochs(1, first=1, count=1), epochs(2)
    assert all(same_batches(first, second) for first, second in zip(one, again, strict=True))
    assert same_batches(resumed[0], one[1])
    assert not same_batches(one[0], one[1])
    assert not same_batches(one[0], other[0])


def test_validation_is_sorted_by_length(own, tokenizer):
    data = load_question_files({"validation": own}, tokenizer, **OPTIONS)
    lengths = [row for features, _ in data.validation for row in features["input_mask"].numpy().sum(axis=1)]
    assert lengths == sorted(lengths)
    assert same_batches(batches(data.validation), batches(data.validation))


# What is kept and said


def test_what_a_model_folder_keeps(own, tokenizer):
    data = load_question_files(own, tokenizer, validation_share=0, max_answer_length=4, **OPTIONS)
    assert isinstance(data, QuestionData) and data.kind == "question_answering"
    sizes = {"seq_length": 40, "doc_stride": 8, "max_query_length": 8, "max_answer_length": 4}
    assert data.has_impossible and data.config() == {**sizes, "has_impossible": True}
    assert (data.seq_length, data.max_answer_length, data.batch_size) == (40, 4, 4)
    assert data.metrics == ("f1", "exact_match")
    assert data.reported == ("f1", "exact_match", "has_answer", "no_answer", "null_threshold")
    assert data.details == ()
    preprocessor = data.preprocessor
    assert (preprocessor.seq_length, preprocessor.doc_stride, preprocessor.max_query_length) == (40, 8, 8)
    assert preprocessor.tokenizer is tokenizer


def test_questions_without_an_answer_in_any_part_count(tokenizer):
    parts = {"train": questions.examples(6, 0, impossible=0.0), "validation": questions.examples(6, 1, impossible=1.0)}
    task = questions.task(parts, **questions.WINDOWS)
    assert task.load(tokenizer).has_impossible and task.load(tokenizer, parts=("validation",)).has_impossible
    assert task.load(tokenizer, parts=("train",)).config()["has_impossible"] is False


def facts(name, rows, tokenizer):
    preprocessor = questions.traced(tokenizer, 12, 3, 4)
    split = make_question_split(questions.asked(rows), preprocessor)
    return questions.task({}).as_data({name: split}, 8, None).facts()


def test_facts_say_what_was_cut_and_left_out(tokenizer):
    rows = [("a", "who", FILM, "film"), ("b", "who", FILM)]
    assert facts("dev", rows, tokenizer) == ["dev: 4 windows of 2 questions"]
    rows += [("c", "who was it that did", FILM, ("x", UNPLACED)), ("d", "who", FILM, ("x", UNPLACED))]
    assert facts("train", rows, tokenizer) == [
        "train: 4 windows of 4 questions",
        "train: 1 questions are longer than max_query_length and were cut",
        "train: 2 questions cannot be aligned to tokens, the first 'c': left out",
    ]
    many = [(f"{number}", "who", "a", "a") for number in range(1200)]
    assert facts("x", many, tokenizer) == ["x: 1,200 windows of 1,200 questions"]


def test_answers_inside_tokens_are_not_spoken_of(tokenizer):
    rows = [(text, "who", "the unable book", (text, start)) for text, start in (("nabl", 5), ("he", 1), ("un", 4))]
    assert facts("dev", rows, tokenizer) == ["dev: 3 windows of 3 questions"]


def test_facts_of_static_shapes(own, tokenizer):
    """12 rows of three lengths: [CLS] and two [SEP], "what was it" or "who", and 7 words: 13 and 11 tokens, in 16."""
    data = load_question_files(own, tokenizer, validation_share=0, static_shapes=True, **OPTIONS)
    assert data.ladder == (16,) and data.facts()[0] == "train: 12 windows of 12 questions"
    padded, tokens = 12 * 16, 11 * 13 + 11
    free = 1 - tokens / (12 * 13)
    assert data.facts()[1:] == [
        f"static shapes: 4 rows of 16 tokens; padding {1 - tokens / padded:.1%} of the tokens, {free:.1%} without"
    ]
