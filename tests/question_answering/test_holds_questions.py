"""Whether files and objects hold questions, told by how they begin, and without TensorFlow."""

import json

import pytest
from lightly import imported_by

from bert_keras.question_answering.holds_questions import holds_questions

ANSWERED = {"context": "Ann sings.", "question": "Who?", "answers": {"text": ["Ann"], "answer_start": [0]}}
NESTED = {"title": "a", "paragraphs": [{"context": "Ann sings.", "qas": []}]}


@pytest.mark.parametrize(
    ("content", "are_questions"),
    [
        ({"version": "2.0", "data": [NESTED]}, True),
        ([NESTED], True),
        ([ANSWERED], True),
        ([{"context": "Ann sings.", "question": "Who?", "answer_text": "Ann"}], True),
        ([{"context": "Ann sings.", "question": "Who?"}], False),
        ([{"question": "Who?", "label": "person"}], False),
        ([{"text": "Ann sings.", "label": "good"}], False),
        ({"text": ["Ann sings."], "label": ["good"]}, False),
    ],
)
def test_a_document_of_json(tmp_path, content, are_questions):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(content))
    assert holds_questions(path) is are_questions is holds_questions(str(path))


def test_rows_in_memory_and_in_lines(tmp_path):
    assert holds_questions([ANSWERED]) and holds_questions({"data": [NESTED]})
    assert not holds_questions([{"text": "a", "label": "b"}]) and not holds_questions(["Who?"])
    (tmp_path / "mine.jsonl").write_text(json.dumps(ANSWERED) + "\n")
    assert holds_questions(tmp_path / "mine.jsonl")


def test_a_document_that_is_not_there_is_read_as_questions_which_says_so(tmp_path):
    assert holds_questions(tmp_path / "none.json") and not holds_questions(tmp_path / "none.csv")


def test_it_loads_nothing_heavy():
    assert imported_by("bert_keras.question_answering.holds_questions") == []
