"""A user's own questions: columns, ids, places of answers, what is refused, and all of it at once."""

import copy
import json

import numpy as np
import pytest
from squad_files import HILL, KETTLE, answer, small, write

from bert_keras.question_answering.own_questions import read_own_questions
from bert_keras.question_answering.question_examples import UNPLACED, is_blank


def read(path, **options):
    return read_own_questions(path, str(path), **options)


def assert_equal(first, second):
    for name in ("ids", "questions", "contexts", "titles", "answers", "misplaced"):
        assert getattr(first, name) == getattr(second, name), name
    assert first.is_impossible.dtype == second.is_impossible.dtype == np.bool_


# Reading


@pytest.mark.parametrize("version", ["1.1", "2.0"])
def test_columns(tmp_path, version):
    path = write(tmp_path / "own.json", small(version))
    examples = read(path)
    last = version == "2.0"
    assert examples.ids == ["k2", "k1", "h1", *["a1"] * last]
    assert examples.questions == ["When did it sing? ", "Who drank?", "Где ёлка?", *["Why?"] * last]
    assert examples.contexts == [KETTLE, KETTLE, HILL, *[HILL] * last]
    assert examples.titles == ["Kettle", "Kettle", "Hill", *["Hill"] * last]
    # "The kettle, a gift of Ann's, sang at nine. Ann drank tea.": characters counted by hand; the tree is one of them
    assert examples.answers == [(("nine", 37), ("at nine", 34)), (("Ann", 43),), (("на холме", 13),), *[()] * last]
    assert examples.is_impossible.tolist() == [False, False, False, *[True] * last]
    assert (examples.misplaced, examples.unplaced, len(examples)) == ((), (), 3 + last)
    assert examples.source == str(path)


def test_fields_that_may_be_absent(tmp_path):
    squad = small("1.1")
    for article in squad["data"]:
        del article["title"]
    del squad["version"]
    squad["data"][1]["paragraphs"].append({"context": "No question.", "qas": [], "document_id": 3})
    examples = read(write(tmp_path / "own.json", squad))
    assert examples.titles == ["", "", ""]
    assert examples.ids == ["k2", "k1", "h1"]


def test_a_byte_order_mark_is_passed_over(tmp_path):
    path = tmp_path / "own.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(small()).encode())
    assert_equal(read(path), read(write(tmp_path / "plain.json", small())))


def test_misplaced_answers_are_listed(tmp_path):
    squad = small()
    kettle, hill = squad["data"][0]["paragraphs"][0]["qas"], squad["data"][1]["paragraphs"][0]["qas"]
    kettle[0]["answers"] = [answer(KETTLE, "nine"), answer(KETTLE, "sang", 28)]  # one too early: "sang" stands once
    kettle[1]["answers"] = [answer(KETTLE, "Ann", 44)]  # "Ann" stands twice, once close by
    hill[0]["answers"] = [answer(HILL, "на холме", 14)]  # counted in UTF-16 units
    hill[1] |= {"answers": [{"text": "на горе", "answer_start": 13}], "is_impossible": False}
    match = r"4 of 4 questions have an answer that is not at its answer_start, the first 'k2'. .*; 1 questions keep one"
    with pytest.warns(UserWarning, match=match):
        examples = read(write(tmp_path / "own.json", squad))
    assert examples.misplaced == ("k2", "k1", "h1", "a1")
    assert examples.unplaced == ("a1",)
    assert examples.answers == [
        (("nine", 37), ("sang", 29)),
        (("Ann", 43),),
        (("на холме", 13),),
        (("на горе", UNPLACED),),
    ]
    assert (examples.take([0]).misplaced, examples.take([0]).unplaced) == (("k2",), ())


@pytest.mark.parametrize(
    ("context", "text", "start", "found"),
    [
        ("tea", "tea", 0, ("tea", 0)),
        ("tea", "tea", -3, ("tea", 0)),  # not from the end, as Python counts
        ("tea", "tea", 99, ("tea", 0)),
        ("tea tea", "tea", 4, ("tea", 4)),
        ("tea tea", "tea", 1, ("tea", 0)),  # close by
        ("tea tea", "tea", 2, ("tea", UNPLACED)),  # in the middle of two
        ("tea tea", "tea", None, ("tea", UNPLACED)),
        ("a tea", "tea", None, ("tea", 2)),
        ("aaa", "aa", 5, ("aa", UNPLACED)),  # two places that overlap
        ("Tea", "tea", 0, ("Tea", 0)),
        ("e\u0301", "\u00e9", 0, ("e\u0301", 0)),
        ("hot\u00a0tea", "hot tea", 0, ("hot\u00a0tea", 0)),
        ("\U0001f600 tea tea", "tea", 3, ("tea", 2)),  # UTF-16
        ("\u00e9 tea tea", "tea", 3, ("tea", 2)),  # bytes
        ("a\nb tea tea", "tea", 5, ("tea", 4)),  # of a text with two characters at a line's end
        ("e\u0301 tea tea", "tea", 2, ("tea", 3)),  # of NFC
        ("coffee", "tea", 0, ("tea", UNPLACED)),
    ],
)
def test_places(tmp_path, recwarn, context, text, start, found):
    qas = [{"id": "1", "question": "?", "answers": [{"text": text, "answer_start": start}]}]
    squad = {"data": [{"paragraphs": [{"context": context, "qas": qas}]}]}
    examples = read(write(tmp_path / "own.json", squad))
    assert examples.answers == [(found,)]
    moved = found != (text, start) and not (start is None and found[1] != UNPLACED)
    assert examples.misplaced == (("1",) if moved else ()) and len(recwarn) == moved
    assert examples.unplaced == (("1",) if found[1] == UNPLACED else ())


def test_the_unit_of_a_file_is_that_of_all_its_answers(tmp_path):
    context = "\U0001f600 tea, tea and \u00e9 coffee, coffee"
    starts = {"tea": 8, "coffee": 19}  # each the second one's or the first one's by UTF-16, others by bytes
    qas = [
        {"id": text, "question": "?", "answers": [{"text": text, "answer_start": start}]}
        for text, start in starts.items()
    ]
    squad = {"data": [{"paragraphs": [{"context": context, "qas": qas}]}]}
    with pytest.warns(UserWarning, match="2 of 2 questions"):
        examples = read(write(tmp_path / "own.json", squad))
    assert examples.answers == [(("tea", 7),), (("coffee", 17 + context.index("coffee") - 17),)]
    assert any("counted in UTF-16" in note for note in examples.notes)


# What is refused


def broken(change):
    squad = copy.deepcopy(small())
    change(squad)
    return squad


def entry(squad, number):
    return squad["data"][0]["paragraphs"][0]["qas"][number]


KETTLES = r"data\[0\].paragraphs\[0\]"


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (
            lambda s: s.pop("data"),
            r"`the file` must hold an object with the list 'data'.* Received: the file=\['version'\]",
        ),
        (lambda s: s.update(data={}), r"`data` must be a list"),
        (lambda s: s.update(data=[]), r"`data` must hold at least one question"),
        (lambda s: s["data"][1].pop("paragraphs"), r"`data\[1\]` must have the field 'paragraphs'"),
        (lambda s: s["data"][0]["paragraphs"][0].pop("context"), rf"`{KETTLES}` must have the field 'context'"),
        (
            lambda s: s["data"][0]["paragraphs"][0].update(qas="x"),
            rf"`{KETTLES}.qas` must be a list. Received: .*'x'",
        ),
        (lambda s: entry(s, 1).pop("question"), rf"`{KETTLES}.qas\[1\]` must have the field 'question'"),
        (
            lambda s: entry(s, 0)["answers"][1].pop("text"),
            rf"`{KETTLES}.qas\[0\].answers\[1\]` must have the field 'text'",
        ),
        (
            lambda s: entry(s, 0)["answers"][1].update(answer_start=True),
            rf"`{KETTLES}.qas\[0\].answers\[1\].answer_start` must be an integer",
        ),
        (
            lambda s: entry(s, 0).update(is_impossible="no"),
            rf"`{KETTLES}.qas\[0\].is_impossible` must be true or false. Received: .*='no'",
        ),
        (
            lambda s: entry(s, 0).update(is_impossible=True),
            rf"`{KETTLES}.qas\[0\].answers` must be empty, as 'is_impossible' is true. .*'k2'. .*plausible_answers",
        ),
        (
            lambda s: entry(s, 0).update(answers=[]),
            rf"`{KETTLES}.qas\[0\].answers` must hold at least one answer.*'k2'",
        ),
        (
            lambda s: entry(s, 0).update(question="\ud83d tea"),
            rf"`{KETTLES}.qas\[0\].question` must be text that UTF-8 can express, and has half .* at character 0",
        ),
    ],
)
def test_malformed_files(tmp_path, change, match):
    path = tmp_path / "own.json"
    path.write_text(json.dumps(broken(change)))
    with pytest.raises(ValueError, match=rf"own.json: {match}"):
        read(path)


@pytest.mark.parametrize("text", ["", " \t\r\n", "\x00\x1b", "\u200b\ufeff\u00a0", "\u202e\u2028"])
def test_blank_texts(tmp_path, text):
    assert is_blank(text)
    path = write(tmp_path / "own.json", broken(lambda squad: entry(squad, 1).update(question=text)))
    with pytest.raises(ValueError, match=rf"`{KETTLES}.qas\[1\].question` must have a visible character.* id is 'k1'"):
        read(path)
    path = write(path, broken(lambda squad: squad["data"][1]["paragraphs"][0].update(context=text)))
    with pytest.raises(ValueError, match=r"qas\[0\].context` must have a visible character.* id is 'h1'"):
        read(path)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b'{"data": [\n  {"title": }]}', r"own.json, line 2, column 13: this must be JSON.* Received: Expecting value"),
        (b'{"data": []}\n{"data": []}', r"own.json, line 2, column 1: this must be JSON.* Received: Extra data"),
        (b"", r"own.json, line 1, column 1: this must be JSON"),
        (b"[]", r"own.json: `data` must hold at least one question"),
        (b'{"data": "\xe9"}', r"own.json, line 1, byte 11: this must be UTF-8\. Received: 0xe9\. Convert the file"),
        (b'\xef\xbb\xbf\xe9"', r"own.json, line 1, byte 1: this must be UTF-8\. Received: 0xe9"),
        (b'{\n"\xc3\xa9": "\xe9t\xe9"}\n', r"own.json, line 2, byte 8: this must be UTF-8\. Received: 0xe9"),
        (b'{"data": []}\r\n\xe9', r"own.json, line 2, byte 1: this must be UTF-8\. Received: 0xe9"),
        (b"{\xe4\xb8", r"own.json, line 1, byte 2: this must be UTF-8\. Received: 0xe4"),  # the file ends inside 中
        ('{"é": é}'.encode(), r"own.json, line 1, column 7: this must be JSON"),  # characters, not bytes
    ],
)
def test_files_that_are_something_else(tmp_path, content, match):
    path = tmp_path / "own.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=match):
        read(path)


# What people have


def test_all_faults_are_counted_at_once_or_left_out(tmp_path):
    def spoil(squad):
        entry(squad, 0)["answers"][1].update(answer_start="x")
        entry(squad, 1).update(question=" ")
        squad["data"][1]["paragraphs"][0]["qas"][0].update(is_impossible="no")

    path = write(tmp_path / "own.json", broken(spoil))
    with pytest.raises(ValueError) as caught:
        read(path)
    said = str(caught.value)
    assert "own.json: 3 of 4 questions are at fault:\n" in said and said.count("\n") == 4
    for words in (
        "answers[1].answer_start` must be an integer",
        "qas[1].question` must have",
        "repair=True (--repair)",
    ):
        assert words in said
    examples = read(path, repair=True)
    assert examples.ids == ["a1"] and examples.notes == ("own.json: 3 questions at fault were left out",)


def test_ids_are_made_where_there_are_none_and_each_is_there_once(tmp_path):
    squad = small()
    kettle, hill = squad["data"][0]["paragraphs"][0]["qas"], squad["data"][1]["paragraphs"][0]["qas"]
    del kettle[0]["id"]
    kettle[1]["id"] = 7
    hill[0]["id"] = "7"
    kettle.append(copy.deepcopy(kettle[1]))
    examples = read(write(tmp_path / "own.json", squad))
    assert examples.ids == ["question-0", "7", "7-2", "a1"]
    said = "\n".join(examples.notes)
    for words in (
        "1 questions have no id",
        "2 ids are no texts",
        "stand there twice",
        "ids were given to two questions",
    ):
        assert words in said


@pytest.mark.parametrize("unanswered", [None, "impossible", "leave_out"])
def test_questions_that_nobody_answered(tmp_path, unanswered):
    def spoil(squad):
        entry(squad, 0).update(answers=None)
        del entry(squad, 0)["is_impossible"]

    path = write(tmp_path / "own.json", broken(spoil))
    examples = read(path, unanswered=unanswered)
    if unanswered == "leave_out":
        assert examples.ids == ["k1", "h1", "a1"] and "1 questions are not answered yet" in examples.notes[0]
    else:
        assert examples.is_impossible.tolist() == [True, False, False, True]
        assert "do not say is_impossible, and count as having none" in examples.notes[0]
    entry_says = broken(lambda squad: entry(squad, 0).update(answers=[]))  # and is_impossible is false
    write(path, entry_says)
    if unanswered is None:
        with pytest.raises(ValueError, match=r"hold at least one answer, as 'is_impossible' is false.*--unanswered"):
            read(path)
    else:
        assert len(read(path, unanswered=unanswered)) == (3 if unanswered == "leave_out" else 4)


def test_an_answer_with_a_place_is_trained_on_before_one_without(tmp_path):
    def lose(squad):
        entry(squad, 0)["answers"][0] = {"text": "nowhere", "answer_start": 0}

    with pytest.warns(UserWarning, match="1 of 4 questions"):
        examples = read(write(tmp_path / "own.json", broken(lose)))
    assert examples.answers[0] == (("at nine", 34), ("nowhere", UNPLACED))
    assert examples.unplaced == ("k2",)
