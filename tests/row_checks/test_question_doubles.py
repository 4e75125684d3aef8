"""Questions and contexts that stand in two parts."""

import questions

from bert_keras.row_checks.near_doubles import SAME
from bert_keras.row_checks.question_doubles import CONTEXT, question_doubles


def test_questions_come_before_contexts_which_are_named_once():
    text, other = "the film is old. the book is red.", "the cat is big."
    train = questions.asked([("a", "which film?", text, "old"), ("b", "which cat?", other, "big")], "train.json")
    rows = [("c", "Which FILM?", text, "red"), ("d", "which book?", f" {text} ", "red"), ("e", "who?", "we are.", "we")]
    found = question_doubles({"train": train, "validation": questions.asked(rows, "dev.json")})
    first, second = found
    assert (first.how, first.labels_differ, first.text) == (SAME, True, "Which FILM?")
    assert (first.place, first.other_place) == ("dev.json, question 'c'", "train.json, question 'a'")
    assert (second.how, second.labels_differ, second.part, second.other_part) == (CONTEXT, False, "validation", "train")
