"""`bk.check_files` of data of every kind."""

import json

import choices
import pytest
import questions
import tables
import tagging

import bert_keras as bk
from bert_keras.text_classification.check_files import check_files as check_tables


def test_tables_are_looked_at_as_ever(tmp_path):
    path = tables.write_csv(tmp_path / "mine.csv")
    options = {"text": "review", "label": "stars"}
    assert bk.check_files(path, **options) == check_tables(path, **options)
    plain = tables.write_csv(tmp_path / "plain.csv", header=("text", "label"))
    assert bk.check_files(plain) == check_tables(plain)


def test_questions(tmp_path):
    path = questions.write_json(tmp_path / "own.json", questions.examples(12))
    report = bk.check_files({"train": path, "validation": path})
    assert report.notes[0] == "of the kind question_answering" and not report.faults
    assert report.parts["train"].rows == 12 and report.parts["train"].lengths["longest"] > 5
    assert report.leaks == {"validation in train": 12} and "12 rows of validation in train, too" in str(report)
    path.write_text(path.read_text().replace('"question"', '"qestion"'))
    report = bk.check_files(path, encoding="utf-8", quotes=True)
    assert report.faults and "must be mended: " in str(report) and "question" in report.faults[0]


def test_what_is_said_of_the_reading_is_heard(tmp_path):
    own = questions.examples(12)
    path = questions.write_json(tmp_path / "own.json", own)
    content = json.loads(path.read_text())
    content["data"][0]["paragraphs"][0]["qas"][0].pop("question")
    path.write_text(json.dumps(content))
    assert bk.check_files(path).faults
    report = bk.check_files(path, repair=True)
    assert not report.faults and report.parts["train"].rows == 11


def test_tags_and_choices(tmp_path, command):
    path = tmp_path / "names.conll"
    path.write_text(tagging.text_of(tagging.sentences(10)))
    report = bk.check_files(path)
    assert report.notes[0] == "of the kind token_classification" and report.parts["train"].rows == 10
    status, out, _ = command("check", path, "--json")
    assert status == 0 and json.loads(out)["parts"]["train"]["rows"] == 10
    swag = choices.write_swag(tmp_path / "train.csv", choices.rows(8))
    assert bk.check_files(swag).parts["train"].rows == 8


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises((FileNotFoundError, ValueError), match="nothing"):
        bk.check_files(tmp_path / "nothing.json")
