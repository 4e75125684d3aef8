"""`QuestionExamples`: whole columns, some of the rows, references as SQuAD's files have them; texts that are blank."""

import json

import numpy as np
import pytest
import questions
from real_data import SHARED, needs_shared
from squad_files import small, write

from bert_keras.metrics.squad import squad_v1, squad_v2
from bert_keras.question_answering.own_questions import read_own_questions
from bert_keras.question_answering.question_examples import QuestionExamples, is_blank


def test_examples_are_whole():
    columns = {"questions": ["a", "b"], "contexts": ["c", "c"], "titles": ["", ""], "answers": [(), ()]}
    impossible = np.ones(2, bool)
    with pytest.raises(ValueError, match=r"`is_impossible` must have one row an id, 2. Received: is_impossible=1"):
        QuestionExamples(["1", "2"], **columns, is_impossible=impossible[:1])
    with pytest.raises(ValueError, match=r"`ids` must hold each id once. Received: ids='1'"):
        QuestionExamples(["1", "1"], **columns, is_impossible=impossible)


def test_some_of_the_rows_in_any_order():
    examples = questions.examples(9)
    some = examples.take(np.array([7, 2]))
    assert len(some) == 2 and some.ids == ["q0-7", "q0-2"]
    for name in ("questions", "contexts", "titles", "answers"):
        column = getattr(examples, name)
        assert getattr(some, name) == [column[7], column[2]]
    assert some.is_impossible.tolist() == examples.is_impossible[[7, 2]].tolist()
    assert len(examples.take([])) == 0


def test_visible_texts():
    assert not any(is_blank(text) for text in ("?", "\u200b.", "́", "　茶", "\ue000"))


# References


def test_references_are_the_files_data(tmp_path):
    squad = small()
    references = read_own_questions(write(tmp_path / "own.json", squad)).to_references()
    del squad["data"][1]["paragraphs"][0]["qas"][1]["plausible_answers"]
    assert references == squad["data"]
    again = read_own_questions(write(tmp_path / "again.json", {"version": "2.0", "data": references}))
    assert again.to_references() == references


def test_references_are_scored(tmp_path):
    references = read_own_questions(write(tmp_path / "own.json", small())).to_references()
    texts = {"k1": "Ann", "k2": "at nine", "h1": "холме", "a1": ""}
    scores = squad_v2(texts, references)
    assert scores["exact_match"] == 75.0 and scores["total"] == 4
    assert scores["f1"] == pytest.approx(100 * (3 + 2 / 3) / 4)


@needs_shared
@pytest.mark.parametrize("version", ["v1.1", "v2.0"])
def test_references_of_the_real_data(version):
    path = SHARED / "data" / "squad" / f"dev-{version}.json"
    data = json.loads(path.read_text(encoding="utf-8"))["data"]
    references = read_own_questions(path).to_references()
    if version == "v1.1":
        for row in (row for article in references for paragraph in article["paragraphs"] for row in paragraph["qas"]):
            assert row.pop("is_impossible") is False
    assert references == data
    first = {
        row["id"]: row["answers"][0]["text"] if row["answers"] else ""
        for article in data
        for paragraph in article["paragraphs"]
        for row in paragraph["qas"]
    }
    score = squad_v1 if version == "v1.1" else squad_v2
    assert score(first, references)["exact_match"] == score(first, data)["exact_match"] == 100.0
