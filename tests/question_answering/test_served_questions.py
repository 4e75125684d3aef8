"""Exported question answering: strings to answers in another process, as the predictor gives them."""

import json

import another_process
import numpy as np
import pytest
import questions
import tensorflow as tf
from real_data import SHARED, needs_shared

from bert_keras.question_answering.read_squad import read_squad
from bert_keras.question_answering.served_questions import ServedQuestions

LONG = " ".join(f"The {noun} number {n} is {questions.COLOURS[n % 6]}." for n in range(60) for noun in questions.NOUNS)
ASKED = ["what is red?", "which is old?", "who?", "what is the very old and very big red house?", "hvað?", "?"]
CONTEXTS = [
    "The ünïted dog is red 😀, the ﬁrst CAT is bİg.",
    LONG,
    "a",
    "שלום e\u0301 中文 \r\n the tree",
    "it",
    "\u0301",
]

# Knows no bert_keras. Reads {"question": […], "context": […]}; writes the outputs of both signatures as JSON.
SERVE = """
import json, sys
import tensorflow as tf
served = tf.saved_model.load(sys.argv[1])
given = {name: tf.constant(column, tf.string) for name, column in json.load(sys.stdin).items()}
thresholds = [{}] + [{"null_threshold": tf.constant(float(value))} for value in sys.argv[2:]]
found = []
for extra in thresholds:
    answers = served.signatures["with_threshold" if extra else "serving_default"](**given, **extra)
    found.append({name: value.numpy().tolist() for name, value in answers.items()})
    found[-1]["answer"] = [answer.decode() for answer in found[-1]["answer"]]
print(json.dumps(found))
assert "bert_keras" not in sys.modules
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("question exporting")


@pytest.fixture(scope="module")
def predictor(place):
    return questions.predictor(place, batch_size=8)


@pytest.fixture(scope="module")
def exported(predictor, place):
    return save(predictor, place / "served")


def save(predictor, folder):
    module = ServedQuestions(predictor)
    tf.saved_model.save(module, str(folder), signatures=module.signatures())
    return str(folder)


def same(served, answers, contexts):
    for row, (answer, context) in enumerate(zip(answers, contexts, strict=True)):
        start, end = served["start"][row], served["end"][row]
        assert (served["answer"][row], start, end) == (answer.answer, answer.start, answer.end)
        assert context[start:end] == served["answer"][row]
        assert served["score"][row] == pytest.approx(answer.score, abs=1e-5)
        assert served["null_score"][row] == pytest.approx(answer.null_score, rel=1e-5, abs=1e-5)


@pytest.mark.filterwarnings("ignore:.*longer than max_query_length")
def test_another_process_gives_the_predictors_answers(predictor, exported):
    asked = json.dumps({"question": ASKED, "context": CONTEXTS})
    default, silent, spoken = json.loads(another_process.run(SERVE, exported, "-1e9", "1e9", stdin=asked))
    same(default, predictor(ASKED, CONTEXTS), CONTEXTS)
    same(silent, predictor(ASKED, CONTEXTS, null_threshold=-1e9), CONTEXTS)
    assert silent["answer"] == [""] * 6
    same(spoken, predictor(ASKED, CONTEXTS, null_threshold=1e9)[:5], CONTEXTS[:5])
    assert [bool(answer) for answer in spoken["answer"]] == [True] * 5 + [False]  # no token in the last context


def test_what_a_client_may_send_does_not_stop_the_others(exported, predictor):
    """Blank texts and bytes that are not UTF-8 have no answer or some answer; none at all is none."""
    served = tf.saved_model.load(exported).signatures["serving_default"]
    asked = tf.constant(["", "who?", b"\xff\xfe?", "what is red?"])
    contexts = tf.constant(["a dog", " \n", b"the dog \xff is \xe9 red", "the dog is red"])
    answers = served(question=asked, context=contexts)
    assert answers["answer"].numpy()[1] == b"" and answers["score"].numpy().shape == (4,)
    alone = predictor("what is red?", "the dog is red")
    assert answers["answer"].numpy()[3].decode() == alone.answer
    none = served(question=tf.constant([], tf.string), context=tf.constant([], tf.string))
    assert {name: value.shape[0] for name, value in none.items()} == dict.fromkeys(none, 0)
    assert len(none) == 5


def test_outputs_have_their_types(exported):
    outputs = tf.saved_model.load(exported).signatures["serving_default"].structured_outputs
    kinds = {name: (spec.dtype.name, spec.shape.rank) for name, spec in outputs.items()}
    floats = dict.fromkeys(("score", "null_score"), ("float32", 1))
    assert kinds == {"answer": ("string", 1), "start": ("int32", 1), "end": ("int32", 1), **floats}


def test_a_model_that_always_answers(place):
    predictor = questions.predictor(place, null_threshold=None)
    served = tf.saved_model.load(save(predictor, place / "always")).signatures["serving_default"]
    answers = served(question=tf.constant(ASKED[:5]), context=tf.constant(CONTEXTS[:5]))
    assert all(answers["answer"].numpy())
    with pytest.warns(UserWarning, match="longer than max_query_length"):
        wanted = predictor(ASKED[:5], CONTEXTS[:5])
    np.testing.assert_allclose(answers["score"].numpy(), [answer.score for answer in wanted], atol=1e-5)


@needs_shared
@pytest.mark.filterwarnings("ignore:.*longer than max_query_length")
def test_five_hundred_real_questions(predictor, exported):
    rows = read_squad("v2.0", "validation", SHARED / "tfds").take(range(500))
    threshold = float(np.median([answer.null_score for answer in predictor(rows.questions, rows.contexts)]))
    served = tf.saved_model.load(exported).signatures["with_threshold"]
    columns = {"answer": [], "start": [], "end": [], "score": [], "null_score": []}
    for begin in range(0, 500, 100):
        part = {"question": rows.questions[begin : begin + 100], "context": rows.contexts[begin : begin + 100]}
        strings = {name: tf.constant(column) for name, column in part.items()}
        answers = served(**strings, null_threshold=tf.constant(threshold))
        for name, column in columns.items():
            column += answers[name].numpy().tolist()
    columns["answer"] = [answer.decode() for answer in columns["answer"]]
    same(columns, predictor(rows.questions, rows.contexts, null_threshold=threshold), rows.contexts)
    assert sum(not answer for answer in columns["answer"]) == 250
