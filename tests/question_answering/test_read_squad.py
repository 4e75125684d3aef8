"""`read_squad` and `read_squad_json`: columns, places of answers, what is refused, the real data from both sources."""

import copy
import hashlib
import json
import socket
import urllib.request

import numpy as np
import pytest
import tensorflow_datasets as tfds
from real_data import SHARED, needs_shared
from squad_files import HILL, KETTLE, answer, prepare_tfds, small, tfds_rows, write

from bert_keras.question_answering.question_examples import UNPLACED, is_blank
from bert_keras.question_answering.read_squad import read_squad, read_squad_json


def assert_equal(first, second):
    for name in ("ids", "questions", "contexts", "titles", "answers", "misplaced"):
        assert getattr(first, name) == getattr(second, name), name
    assert first.is_impossible.dtype == second.is_impossible.dtype == np.bool_
    assert first.is_impossible.tolist() == second.is_impossible.tolist()


# Reading


@pytest.mark.parametrize("version", ["1.1", "2.0"])
def test_columns(tmp_path, version):
    path = write(tmp_path / "own.json", small(version))
    examples = read_squad_json(path)
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
    examples = read_squad_json(write(tmp_path / "own.json", squad))
    assert examples.titles == ["", "", ""]
    assert examples.ids == ["k2", "k1", "h1"]


def test_a_byte_order_mark_is_passed_over(tmp_path):
    path = tmp_path / "own.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(small()).encode())
    assert_equal(read_squad_json(path), read_squad_json(write(tmp_path / "plain.json", small())))


@pytest.mark.parametrize("version", ["1.1", "2.0"])
def test_both_sources_are_equal(tmp_path, version):
    prepared = prepare_tfds(tmp_path / "tfds", f"v{version}", "validation", tfds_rows(small(version)))
    (tmp_path / "files").mkdir()
    write(tmp_path / "files" / f"dev-v{version}.json", small(version))
    from_tfds = read_squad(f"v{version}", "validation", prepared)
    from_files = read_squad(f"squad/v{version}", "validation", tmp_path / "files")
    hashed = sorted(["h1", "k1", "k2", "a1"], key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    assert from_tfds.ids == [name for name in hashed if version == "2.0" or name != "a1"]
    assert_equal(from_tfds, from_files)
    assert len({id(context) for context in from_tfds.contexts}) == 2  # one str for all questions about a context
    assert f"squad/v{version}/3.0.0, split validation" in from_tfds.source
    assert from_files.source.endswith(f"dev-v{version}.json")


def test_files_in_a_folder_of_their_own(tmp_path):
    (tmp_path / "squad").mkdir()
    write(tmp_path / "squad" / "train-v2.0.json", small())
    assert len(read_squad("v2.0", "train", tmp_path)) == 4


# Places of answers


def test_misplaced_answers_are_listed(tmp_path):
    squad = small()
    kettle, hill = squad["data"][0]["paragraphs"][0]["qas"], squad["data"][1]["paragraphs"][0]["qas"]
    kettle[0]["answers"] = [answer(KETTLE, "nine"), answer(KETTLE, "sang", 28)]  # one too early: "sang" stands once
    kettle[1]["answers"] = [answer(KETTLE, "Ann", 44)]  # "Ann" stands twice
    hill[0]["answers"] = [answer(HILL, "на холме", 14)]  # counted in UTF-16 units
    hill[1] |= {"answers": [{"text": "на горе", "answer_start": 13}], "is_impossible": False}
    match = r"4 of 4 questions have an answer that is not at its answer_start, the first 'k2'. .*; 2 questions keep one"
    with pytest.warns(UserWarning, match=match):
        examples = read_squad_json(write(tmp_path / "own.json", squad))
    assert examples.misplaced == ("k2", "k1", "h1", "a1")
    assert examples.unplaced == ("k1", "a1")
    assert examples.answers == [
        (("nine", 37), ("sang", 29)),
        (("Ann", UNPLACED),),
        (("на холме", 13),),
        (("на горе", UNPLACED),),
    ]
    assert (examples.take([0]).misplaced, examples.take([0]).unplaced) == (("k2",), ())


@pytest.mark.parametrize(
    ("context", "text", "start", "expected"),
    [
        ("tea", "tea", 0, 0),
        ("tea", "tea", -3, 0),  # not from the end, as Python counts
        ("tea", "tea", 99, 0),
        ("tea tea", "tea", 4, 4),
        ("tea tea", "tea", 1, UNPLACED),
        ("aaa", "aa", 5, UNPLACED),  # two places that overlap
        ("Tea", "tea", 0, UNPLACED),
        ("e\u0301", "\u00e9", 0, UNPLACED),  # not the same characters
    ],
)
def test_places(tmp_path, recwarn, context, text, start, expected):
    qas = [{"id": "1", "question": "?", "answers": [{"text": text, "answer_start": start}]}]
    squad = {"data": [{"paragraphs": [{"context": context, "qas": qas}]}]}
    examples = read_squad_json(write(tmp_path / "own.json", squad))
    assert examples.answers == [((text, expected),)]
    assert examples.misplaced == (("1",) if expected != start else ())
    assert len(recwarn) == len(examples.misplaced)


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
        (lambda s: s["data"][1].update(title=3), r"`data\[1\].title` must be a string"),
        (lambda s: s["data"][0]["paragraphs"][0].pop("context"), rf"`{KETTLES}` must have the field 'context'"),
        (
            lambda s: s["data"][0]["paragraphs"][0].update(qas=None),
            rf"`{KETTLES}.qas` must be a list. Received: .*None",
        ),
        (lambda s: entry(s, 1).pop("question"), rf"`{KETTLES}.qas\[1\]` must have the field 'question'"),
        (lambda s: entry(s, 1).update(id=5), rf"`{KETTLES}.qas\[1\].id` must be a string. Received: .*=5. Write \"5\""),
        (lambda s: entry(s, 1).update(id="k2"), rf"`{KETTLES}.qas\[1\].id` must be unique, and {KETTLES}.qas\[0\] has"),
        (lambda s: entry(s, 1).pop("answers"), rf"`{KETTLES}.qas\[1\]` must have the field 'answers'"),
        (lambda s: entry(s, 1).update(answers={"text": ["Ann"]}), rf"`{KETTLES}.qas\[1\].answers` must be a list"),
        (
            lambda s: entry(s, 0)["answers"][1].pop("text"),
            rf"`{KETTLES}.qas\[0\].answers\[1\]` must have the field 'text'",
        ),
        (
            lambda s: entry(s, 0)["answers"][1].update(answer_start="34"),
            rf"`{KETTLES}.qas\[0\].answers\[1\].answer_start` must be an integer. Received: .*='34'",
        ),
        (
            lambda s: entry(s, 0)["answers"][1].update(answer_start=True),
            rf"`{KETTLES}.qas\[0\].answers\[1\].answer_start` must be an integer",
        ),
        (
            lambda s: entry(s, 0)["answers"][1].update(text=""),
            rf"`{KETTLES}.qas\[0\].answers\[1\].text` must not be empty. .* id is 'k2'. A question without an answer",
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
            lambda s: (entry(s, 0).update(answers=[]), entry(s, 0).pop("is_impossible")),
            r".*must hold at least one answer, as 'is_impossible' is not true",
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
        read_squad_json(path)


@pytest.mark.parametrize("text", ["", " \t\r\n", "\x00\x1b", "\u200b\ufeff\u00a0", "\u202e\u2028"])
def test_blank_texts(tmp_path, text):
    assert is_blank(text)
    path = write(tmp_path / "own.json", broken(lambda squad: entry(squad, 1).update(question=text)))
    with pytest.raises(ValueError, match=rf"`{KETTLES}.qas\[1\].question` must have a visible character.* id is 'k1'"):
        read_squad_json(path)
    path = write(path, broken(lambda squad: squad["data"][1]["paragraphs"][0].update(context=text)))
    with pytest.raises(ValueError, match=r"qas\[0\].context` must have a visible character.* id is 'h1'"):
        read_squad_json(path)


def test_blank_questions_of_a_published_set_are_kept(tmp_path):
    write(tmp_path / "dev-v2.0.json", broken(lambda squad: entry(squad, 1).update(question=" ")))
    with pytest.warns(UserWarning, match=r"1 of 4 questions have no visible character, the first 'k1'"):
        assert read_squad("v2.0", "validation", tmp_path).questions[2] == " "


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b'{"data": [\n  {"title": }]}', r"own.json, line 2, column 13: this must be JSON.* Received: Expecting value"),
        (b'{"data": []}\n{"data": []}', r"own.json, line 2, column 1: this must be JSON.* Received: Extra data"),
        (b"", r"own.json, line 1, column 1: this must be JSON"),
        (b"[]", r"own.json: `the file` must hold an object with the list 'data'.* Received: the file=\[\]"),
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
        read_squad_json(path)


def test_what_was_looked_for(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"`path` must be a file in SQuAD's JSON. Received: .*none.json"):
        read_squad_json(tmp_path / "none.json")
    with pytest.raises(FileNotFoundError, match=r"`data_dir` must hold the train split of SQuAD v1.1") as caught:
        read_squad("v1.1", "train", tmp_path)
    for place in ("squad/v1.1/<number>/dataset_info.json", f"{tmp_path}/train-v1.1.json", "/squad/train-v1.1.json"):
        assert place in str(caught.value)
    prepare_tfds(tmp_path, "v1.1", "validation", tfds_rows(small("1.1")))
    with pytest.raises(ValueError, match=r"must hold rows of that split. It has: validation"):
        read_squad("v1.1", "train", tmp_path)


def test_unknown_names(tmp_path):
    with pytest.raises(ValueError, match=r"`version` must be one of 'v1.1', 'v2.0'. Received: version='v2'"):
        read_squad("v2", "train", tmp_path)
    with pytest.raises(ValueError, match=r"`split` must be one of 'train', 'validation'. Received: split='dev'"):
        read_squad("v2.0", "dev", tmp_path)
    with pytest.raises(TypeError, match=r"`version` must be 'v1.1' or 'v2.0'. Received: version=2.0"):
        read_squad(2.0, "train", tmp_path)


# TFDS's own folder


@pytest.fixture
def empty_tfds(tmp_path, monkeypatch):
    monkeypatch.setattr(tfds.core.constants, "DATA_DIR", str(tmp_path))
    monkeypatch.setattr(urllib.request, "getproxies", dict)
    return tmp_path


def test_no_network(empty_tfds, monkeypatch):
    def no_such_name(host, port):
        raise socket.gaierror(-2, f"no name {host}")

    monkeypatch.setattr(socket, "getaddrinfo", no_such_name)
    match = (
        rf"rajpurkar.github.io must be reachable.*'squad/v2.0' into {empty_tfds}.*--data-dir.*"
        r"holds dev-v2.0.json, .*DATA/squad/v2.0/3.0.0/\.$"
    )
    with pytest.raises(ConnectionError, match=match):
        read_squad("v2.0", "validation")


def test_the_default_folder_is_read_without_a_download(empty_tfds, monkeypatch):
    prepare_tfds(empty_tfds, "v1.1", "train", tfds_rows(small("1.1")))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: pytest.fail("no look-up is due"))
    assert read_squad("v1.1", "train").ids == ["k2", "h1", "k1"]


# The real data

COUNTS = {
    ("v1.1", "train"): (7890, 0),
    ("v1.1", "validation"): (1988, 0),
    ("v2.0", "train"): (8618, 4556),
    ("v2.0", "validation"): (2868, 1389),
}


@needs_shared
@pytest.mark.parametrize(("version", "split"), COUNTS)
def test_both_sources_of_the_real_data_are_equal(version, split):
    from_tfds = read_squad(version, split, SHARED / "tfds")
    from_files = read_squad(version, split, SHARED / "data")
    assert_equal(from_tfds, from_files)
    assert (len(from_tfds), from_tfds.is_impossible.sum()) == COUNTS[version, split]
    assert from_tfds.misplaced == ()
    for context, answers in zip(from_files.contexts, from_files.answers, strict=True):
        assert all(context[start : start + len(text)] == text for text, start in answers)
