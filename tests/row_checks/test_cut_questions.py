"""Questions that lose their answer at the lengths that are set."""

import pytest
import questions

from bert_keras.question_answering.question_examples import UNPLACED
from bert_keras.row_checks.cut_questions import CUT, NO_PLACE, NO_WINDOW, TOO_LONG, cut_questions
from bert_keras.text.tokenizer import Tokenizer

CONTEXT = "the film is old. the book is red and blue and green and big and new and small. the cat is big."


@pytest.fixture
def preprocessor(vocab_file):
    return questions.traced(Tokenizer(vocab_file), 24, 6, 6)  # 24 - 3 special - up to 6 of the question: 15 and more


def told(preprocessor, *rows, most=4):
    found = cut_questions(questions.asked(rows), "train", preprocessor, most)
    return [(item.place.split("'")[1], item.why, item.tokens, item.loses_answer) for item in found]


def test_an_answer_is_whole_in_a_window_and_short_enough(preprocessor):
    assert told(preprocessor, ("a", "which film?", CONTEXT, "old"), ("b", "what is the dog?", CONTEXT)) == []


def test_what_is_wrong(preprocessor):
    whole = CONTEXT[: CONTEXT.index(" is big.")]
    rows = (
        ("long", "which book?", CONTEXT, "red and blue and green"),
        ("beyond", "which?", CONTEXT, whole),  # 22 tokens, and there is room for 20
        ("nowhere", "which?", CONTEXT, ("purple", UNPLACED)),
        ("asked", "which one of the two is it?", CONTEXT, "red"),  # 8 tokens
    )
    assert told(preprocessor, *rows) == [
        ("long", TOO_LONG, 5, True),
        ("beyond", NO_WINDOW, 22, True),
        ("nowhere", NO_PLACE, None, True),
        ("asked", CUT, 8, False),
    ]
