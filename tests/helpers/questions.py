"""Small sets of questions and tuned span models for the tests of question answering."""

import functools
import json
import pathlib

import numpy as np
from encoders import VOCABULARY, write_vocabulary

from bert_keras.data.task import reader_of
from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.question_answering.question_data import QuestionData
from bert_keras.question_answering.question_examples import QuestionExamples
from bert_keras.question_answering.question_predictor import QuestionPredictor
from bert_keras.question_answering.question_task import QuestionTask
from bert_keras.question_answering.span_labeler import SpanLabeler
from bert_keras.running.folders.model_folder import write_model_folder
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text.windows import QuestionPreprocessor

NOUNS = "film book room story dog cat house tree".split()
COLOURS = "red green blue old new big".split()
WINDOWS = {"seq_length": 24, "doc_stride": 6, "max_query_length": 6}
traced = functools.cache(QuestionPreprocessor)  # tracing takes most of a test's time


def examples(rows=24, seed=0, impossible=0.25, long=3) -> QuestionExamples:
    """Questions "what colour is the NOUN" about "... the NOUN is COLOUR ...": the answer can be learnt by heart."""
    random = np.random.default_rng(seed)
    columns = {name: [] for name in ("ids", "questions", "contexts", "titles", "answers")}
    for row in range(rows):
        facts = [(noun, COLOURS[random.integers(len(COLOURS))]) for noun in random.permutation(NOUNS)[: 1 + row % long]]
        context = " ".join(f"the {noun} is {colour}." for noun, colour in facts)
        noun, colour = facts[random.integers(len(facts))]
        answers = ((colour, context.index(f"{noun} is {colour}") + len(noun) + 4),)
        if random.random() < impossible:
            noun, answers = "phone", ()
        values = (f"q{seed}-{row}", f"what is the {noun}?", context, "", answers)
        for column, value in zip(columns.values(), values, strict=True):
            column.append(value)
    return QuestionExamples(**columns, is_impossible=np.array([not answers for answers in columns["answers"]]))


def asked(rows, source="own.json") -> QuestionExamples:
    """Questions of (id, question, context, answer, ...), each answer a text with its start, or the text alone."""
    columns = {"ids": [], "questions": [], "contexts": [], "titles": [], "answers": []}
    for name, question, context, *answers in rows:
        spans = tuple((span, context.index(span)) if isinstance(span, str) else span for span in answers)
        for column, value in zip(columns.values(), (name, question, context, "", spans), strict=True):
            column.append(value)
    impossible = np.array([not spans for spans in columns["answers"]], bool)
    return QuestionExamples(**columns, is_impossible=impossible, source=source)


def write_json(path: pathlib.Path, questions: QuestionExamples) -> pathlib.Path:
    path.write_text(json.dumps({"version": "v2.0", "data": questions.to_references()}), encoding="utf-8")
    return path


def task(parts: dict[str, QuestionExamples], **fields) -> QuestionTask:
    """The task of questions by part, with the published windows unless the fields say otherwise."""
    return QuestionTask(name="tests/colours", read=reader_of(parts), parts=tuple(parts), **fields)


def question_data(encoder, rows=24, impossible=0.25, **options) -> QuestionData:
    parts = {"train": examples(rows, 0, impossible), "validation": examples(rows // 2 + 1, 1, impossible)}
    return task(parts, **WINDOWS).load(encoder, **{"batch_size": 8, **options})


def encoder(folder: pathlib.Path, **options) -> BertEncoder:
    """A native encoder of the tests' vocabulary, with its tokenizer; `folder` takes the vocabulary's file."""
    sizes = {"num_layers": 1, "hidden_size": 16, "num_heads": 2, "intermediate_size": 32, "max_positions": 64}
    native = BertEncoder(vocab_size=len(VOCABULARY), **{**sizes, "initializer_range": 0.3, "seed": 3, **options})
    native.tokenizer = Tokenizer(write_vocabulary(folder))
    return native


def with_random_head(encoder) -> SpanLabeler:
    model = SpanLabeler(encoder, seed=4)
    model.span.kernel.assign(np.random.default_rng(5).normal(size=model.span.kernel.shape))
    return model


def config(null_threshold=0.5) -> dict:
    """What a model folder says of a model with short windows."""
    return {
        **{"task": "samples/questions", **WINDOWS, "max_answer_length": 8, "metric_names": ["f1", "exact_match"]},
        **{"has_impossible": null_threshold is not None, "null_threshold": null_threshold},
    }


def predictor(folder: pathlib.Path, null_threshold=0.5, **options) -> QuestionPredictor:
    """A model with a random head, as `bk.load` gives it; `folder` takes the vocabulary's file."""
    return QuestionPredictor(with_random_head(encoder(folder)), config(null_threshold), **options)


def write_model(folder: pathlib.Path, encoder: pathlib.Path, native=True, null_threshold=0.5) -> pathlib.Path:
    """Writes a model folder with a random head; the encoder is that of `tuned.write_encoder`."""
    model = with_random_head(load_encoder(encoder, native=native))
    folder.mkdir(parents=True)
    write_model_folder(folder, model, config(null_threshold), {"f1": 1.0})
    return folder
