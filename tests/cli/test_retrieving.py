"""`bert-keras index` and `ask`: what they write and print, and mistakes that are said before TensorFlow is loaded."""

import json
import re
import subprocess
import sys

import pytest
import questions
from commands import failed

from bert_keras.cli.retrieving import _tell
from bert_keras.retrieval.document_answer import DocumentAnswer
from bert_keras.retrieval.hit import Hit

CODE = """
import json, sys
from bert_keras.cli import main
for arguments in json.loads(sys.argv[1]):
    sys.argv = ["bert-keras", *arguments]
    try:
        main()
    except SystemExit as end:
        print(f"status {end.code}", file=sys.stderr)
print([name for name in ("tensorflow", "keras", "pandas") if name in sys.modules])
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory, encoder):
    """A folder of documents, their index, and a model that reads."""
    place = tmp_path_factory.mktemp("retrieving")
    (place / "docs").mkdir()
    (place / "docs" / "a.txt").write_text("the dog is red")
    (place / "docs" / "b.md").write_text("the film was good")
    questions.write_model(place / "model", encoder, null_threshold=None)
    return place


def test_documents_are_indexed_and_asked(command, place, encoder, models):
    out = place / "index"
    (place / "t.csv").write_bytes("titre;texte\nun;thé dog is red\ndeux;the film was good\n".encode("cp1252"))
    table = ["--text-column", "texte", "--name-column", "titre", "--separator", ";", "--encoding", "cp1252"]
    given = ["index", place / "t.csv", *table, "--encoder", encoder, "--out", out, "--seq-length", 12, "--overlap", 2]
    assert command(*given) == (0, f"{out}: 2 documents in 2 windows\n", "")
    status, printed, _ = command("ask", out, "what is red?", "--k", 1)
    assert status == 0 and printed.startswith("what is red?\n  ")
    assert re.search(r"  un, characters 0 to 14\n        thé dog is red\n$", printed)
    stdin = b"what is red?\nwhich film?\n"
    status, printed, _ = command("ask", out, "-", "--model", place / "model", "--top-k", 2, "--json", stdin=stdin)
    first, second = map(json.loads, printed.splitlines())
    assert status == 0 and second["question"] == "which film?" and len(first["answers"]) == 2
    answer = first["answers"][0]
    assert set(answer) == {"answer", "score", "document", "start", "end", "null_score", "passage_score"}
    text = {"un": "thé dog is red", "deux": "the film was good"}[answer["document"]]
    assert text[answer["start"] : answer["end"]] == answer["answer"] != ""
    said = "`model` must be a model of question_answering.*This is text_classification"
    failed(command("ask", out, "who?", "--model", models("single")), said)


def test_what_is_printed(capsys):
    _tell("who?", [Hit("a.txt", 3, 9, 0.51, "Ann\n Lee")], True, True)
    passage = {"document": "a.txt", "start": 3, "end": 9, "score": 0.51, "text": "Ann\n Lee"}
    assert json.loads(capsys.readouterr().out) == {"question": "who?", "passages": [passage]}
    answers = [
        DocumentAnswer("Ann\n Lee", 0.5, "a.txt", 3, 11, 0.0, 0.4, "who?", "Ann\n Lee"),
        DocumentAnswer("", 0.25, None, 0, 0, 0.0, 0.4, "who?", ""),
    ]
    _tell("who?", answers, False, False)
    told = "who?\n  Ann Lee  (score 0.50, a.txt, characters 3 to 11)\n  no answer  (score 0.25)\n"
    assert capsys.readouterr().out == told


def test_mistakes_are_answered_without_tensorflow(place):
    made = ["--encoder", "sample", "--out", "new"]
    said = {
        ("index", "nowhere", *made): "There is no such file or folder",
        ("index", "docs", "--encoder", "sampel", "--out", "new"): "must be an encoder of the catalogue",
        ("index", "docs", "--encoder", "sample", "--out", "docs"): "It holds ['a.txt', 'b.md'], no index alone",
        ("index", "docs", *made, "--text-column", "text"): "`text` must be left out for documents that are no table",
        ("index", "docs", *made, "--separator", ";"): "`separator` must be left out for documents that are no table",
        ("index", "docs", *made, "--seq-length", "600"): "`seq_length` must be between 3 and 512",
        ("ask", "docs", "who?"): "`folder` must be an index that bert_keras wrote",
        ("ask", "docs", "who?", "--k", "0"): "`k` must be at least 1",
        ("ask", "docs", "who?", "--word-weight", "-1"): "`word_weight` must be a finite number of at least 0",
        ("ask", "docs", "who?", "--top-k", "2"): "`top_k` must be given with --model alone",
        ("ask", "docs", "who?", "-"): "- reads the questions from standard input: give it alone",
    }
    done = subprocess.run(
        [sys.executable, "-c", CODE, json.dumps(list(said))], cwd=place, capture_output=True, text=True, check=False
    )
    assert done.stdout == "[]\n" and "Traceback" not in done.stderr
    messages = done.stderr.split("status 1\n")
    assert len(messages) == len(said) + 1
    for message, wanted in zip(messages, said.values(), strict=False):
        assert message.startswith("bert-keras: ") and wanted in message
    assert not (place / "new").exists()
