"""`bk.predict_file`: each kind's answers beside a table's own columns, interrupted and gone on with, and refusals."""

import json
import re
import signal
import subprocess
import sys

import choices
import pytest
import questions
import tagging
import tuned

from bert_keras.data.tables.open_table import open_table
from bert_keras.running.kinds import KINDS
from bert_keras.running.loading.load import load
from bert_keras.running.predict_file import predict_file
from bert_keras.tuned.answering import Answering

TEXTS = ["a good film", "", "Коты! 🐈", 'a bad, "long" book\nof two lines']


@pytest.fixture(scope="session")
def predictors(tmp_path_factory, encoder):
    """What `bk.load` gives of each kind of tiny model, made once."""
    place, made = tmp_path_factory.mktemp("predict_file"), {}

    def get(kind):
        if kind not in made:
            if kind == "choices":
                made[kind] = choices.predictor(place)
            elif kind == "questions":
                made[kind] = load(questions.write_model(place / kind, encoder))
            elif kind == "tags":
                made[kind] = load(tagging.write_model(place / kind, encoder))
            else:
                made[kind] = load(tuned.write_model(place / kind, encoder, kind))
        return made[kind]

    return get


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def run(model, file, out, **options):
    """The rows that are written, and what was said, but for how far it was: a busy machine takes long."""
    heard = []
    assert predict_file(model, file, out, say=heard.append, **options) == out
    said = [line for line in heard if not line.endswith(" a second")]
    assert sorted(path.name for path in out.parent.iterdir()) == sorted({file.name, out.name})
    table = open_table(out)
    rows = [
        dict(zip(table.columns, row, strict=True))
        for chunk in table.rows(table.columns)
        for row in zip(*chunk.columns.values(), strict=True)
    ]
    return rows, said


def test_classes(predictors, tmp_path):
    file = write(tmp_path / "in.jsonl", [{"id": n, "text": text, "more": {"a": [n]}} for n, text in enumerate(TEXTS)])
    rows, said = run(predictors("single"), file, tmp_path / "out.parquet", text="text")
    answers = predictors("single")(TEXTS)
    assert [list(row) for row in rows] == [["id", "text", "more", "label", "score", "negative", "positive"]] * 4
    assert [row["id"] for row in rows] == [0, 1, 2, 3] and [row["text"] for row in rows] == TEXTS
    assert [row["more"] for row in rows] == [{"a": [n]} for n in range(4)]
    for row, answer in zip(rows, answers, strict=True):
        assert row["label"] == answer.label and row["score"] == pytest.approx(answer.score, abs=1e-6)
        assert {name: row[name] for name in answer.probabilities} == pytest.approx(answer.probabilities, abs=1e-6)
    assert said == ["4 rows"]


def test_several_labels_pairs_and_numbers(predictors, tmp_path):
    file = write(tmp_path / "in.jsonl", [{"sentence": text} for text in TEXTS])
    rows, _ = run(predictors("multi"), file, tmp_path / "out.jsonl")
    answers = predictors("multi")(TEXTS)
    assert [list(row) for row in rows] == [["sentence", "label", "food", "room", "staff"]] * 4
    assert [row["label"] for row in rows] == [list(answer.label) for answer in answers]
    pairs = write(tmp_path / "in.jsonl", [{"sentence1": text, "other": "a dog"} for text in TEXTS])
    rows, _ = run(predictors("regression"), pairs, tmp_path / "out.jsonl", text_pair="other", overwrite=True)
    answers = predictors("regression")(TEXTS, ["a dog"] * 4)
    assert [list(row) for row in rows] == [["sentence1", "other", "score"]] * 4
    assert [row["score"] for row in rows] == pytest.approx([answer.score for answer in answers], abs=1e-5)


def test_questions(predictors, tmp_path):
    asked = [{"question": "what is red?", "context": "The dog is red."}, {"question": "who?", "context": " \n"}, {}]
    file = write(tmp_path / "in.jsonl", asked)
    rows, said = run(predictors("questions"), file, tmp_path / "out.jsonl", null_threshold=1e9)
    answer = predictors("questions")("what is red?", "The dog is red.", null_threshold=1e9)
    assert list(rows[0]) == ["question", "context", "answer", "score", "start", "end", "null_score"]
    assert (rows[0]["answer"], rows[0]["start"], rows[0]["end"]) == (answer.answer, answer.start, answer.end)
    assert answer.answer and rows[0]["score"] == pytest.approx(answer.score, abs=1e-5)
    assert rows[1] == {**asked[1], **dict.fromkeys(list(rows[0])[2:])}
    assert set(rows[2].values()) == {None} and said == ["3 rows; 2 of 3 have no text, and no answer"]


def test_tags(predictors, tmp_path):
    file = write(tmp_path / "in.jsonl", [{"text": text} for text in ("the dog is one", "a good film")])
    rows, _ = run(predictors("tags"), file, tmp_path / "out.csv")
    found = predictors("tags")(["the dog is one", "a good film"])
    assert sum(map(len, found)) > 0
    for row, entities in zip(rows, found, strict=True):
        own = [(one["label"], one["text"], one["start"], one["end"]) for one in json.loads(row["entities"])]
        assert own == [(one.label, one.text, one.start, one.end) for one in entities]


def test_choices(predictors, tmp_path):
    answer = predictors("choices")("it rains", ["a good film", "a dog", "the room"])
    file = write(tmp_path / "in.jsonl", [{"prompt": "it rains", "choices": ["a good film", "a dog", "the room"]}])
    rows, _ = run(predictors("choices"), file, tmp_path / "out.jsonl")
    assert rows[0]["choice"] == answer.choice and rows[0]["index"] == answer.index
    assert rows[0]["probabilities"] == pytest.approx(list(answer.probabilities), abs=1e-6)
    file.unlink()
    table = tmp_path / "in.csv"
    table.write_text("p,c\nit rains,\"['a good film', 'a dog', 'the room']\"\n")
    rows, _ = run(predictors("choices"), table, tmp_path / "out.jsonl", prompt="p", choices="c", overwrite=True)
    assert rows[0]["choice"] == answer.choice
    table.write_text("p,a,b,c\nit rains,a good film,a dog,the room\n")
    rows, _ = run(
        predictors("choices"), table, tmp_path / "out.jsonl", prompt="p", choices=["a", "b", "c"], overwrite=True
    )
    assert rows[0]["choice"] == answer.choice


def test_every_kind_that_ends_in_a_folder_takes_tables():
    for kind in KINDS.values():
        if kind.predictor is not None:
            assert kind.predictor.table_columns and kind.predictor.table_values is not Answering.table_values


def test_columns_and_form_are_those_that_the_model_was_trained_on(encoder, tmp_path):
    rows = "".join(f"{number};a {'good' if number % 2 else 'bad'} film;{number % 2}\n" for number in range(24))
    table = tmp_path / "train.csv"
    table.write_text(f"id;opinion;stars\n{rows}")
    task = tuned.load_task(str(table), text="opinion", label="stars", separator=";", seq_length=16)
    tuned.run(encoder, tmp_path / "model", task, recipe=tuned.Recipe(epochs=1, batch_size=16, native=True))
    place = tmp_path / "place"
    place.mkdir()
    other = place / "other.csv"
    other.write_text("opinion;year\na good film;1999\n")
    rows, _ = run(tmp_path / "model", other, place / "out.jsonl")
    assert list(rows[0])[:3] == ["opinion", "year", "label"] and rows[0]["year"] == "1999"


CHILD = """
import os, pathlib, signal, sys
from bert_keras.data.tables.table_form import TableForm
from bert_keras.running.predict_file import predict_file
model, file, out, dies_at = sys.argv[1:]
write, calls = TableForm.write, []
def dying(self, path, columns):
    write(self, path, columns)
    calls.append(path)
    if len(calls) == int(dies_at):
        content = pathlib.Path(path).read_bytes()
        pathlib.Path(path).write_bytes(content[:len(content) // 2])  # half of it has reached the disk
        os.kill(os.getpid(), signal.SIGKILL)
TableForm.write = dying
predict_file(model, file, out, text="text", resume=True)
"""


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_killed_process_loses_no_row_and_doubles_none(encoder, predictors, tmp_path, ending):
    predictors("single")
    folder = tuned.write_model(tmp_path / "model", encoder)
    place = tmp_path / "place"
    place.mkdir()
    file, out = place / "in.jsonl", place / f"out{ending}"
    texts = [f"a {'good' if number % 3 else 'bad'} film {number}" for number in range(3000)]  # 3 pieces
    write(file, [{"id": number, "text": text} for number, text in enumerate(texts)])
    done = subprocess.run([sys.executable, "-c", CHILD, folder, file, out, "2"], capture_output=True)
    assert done.returncode == -signal.SIGKILL and not out.exists()
    assert len(list((place / f"{out.name}.part").glob("rows-*"))) == 1
    with pytest.raises(FileExistsError, match=f"{out.name}.part is of an interrupted run: pass --resume"):
        predict_file(folder, file, out)
    rows, said = run(folder, file, out, text="text", resume=True)
    assert said == ["1,024 rows were predicted already", "3,000 rows"]
    assert [int(row["id"]) for row in rows] == list(range(3000)) and [row["text"] for row in rows] == texts
    whole, _ = run(folder, file, out, text="text", overwrite=True)
    assert whole == rows


def test_how_far_it_is(predictors, tmp_path, monkeypatch):
    """A line before more rows when its time has come, and none beside the last."""
    monkeypatch.setattr("bert_keras.running.predict_file._SECONDS", 0)
    file, said = write(tmp_path / "in.jsonl", [{"text": "a dog"}] * 2500), []
    predict_file(predictors("single"), file, tmp_path / "out.csv", say=said.append)
    *on_the_way, last = said
    assert [re.sub(r" \d[\d,.]* a second", "", line) for line in on_the_way] == ["1,024 rows,", "2,048 rows,"]
    assert last == "2,500 rows"


def test_another_file_or_column_is_not_gone_on_with(predictors, tmp_path, monkeypatch):
    file, out = write(tmp_path / "in.jsonl", [{"a": "a dog", "b": "a cat"}]), tmp_path / "out.csv"
    single = predictors("single")
    with monkeypatch.context() as patch:
        patch.setattr(type(single), "table_values", None)
        with pytest.raises(TypeError, match="not callable"):
            predict_file(single, file, out, text="a")
    with pytest.raises(ValueError, match=r"columns was \['a'\] and is \['b'\]"):
        predict_file(single, file, out, text="b", resume=True)
    write(file, [{"a": "a dog", "b": "a dog"}])
    with pytest.raises(ValueError, match=r"file was '\w+' and is '\w+'"):
        predict_file(single, file, out, text="a", resume=True)


def test_memory_is_that_of_a_piece(predictors, tmp_path, monkeypatch):
    """Never more than one piece of rows is asked for before the one before is written."""
    file = write(tmp_path / "in.jsonl", [{"text": f"a dog {number}"} for number in range(2500)])
    single, sizes = predictors("single"), []
    values = type(single).table_values
    monkeypatch.setattr(type(single), "table_values", lambda self, rows: sizes.append(len(rows)) or values(self, rows))
    run(single, file, tmp_path / "out.tsv")
    assert sizes == [1024, 1024, 452]


@pytest.mark.parametrize(
    ("kind", "options", "error", "words"),
    [
        (
            "single",
            {"text": "txt"},
            ValueError,
            r"`text` must be a column of in.jsonl.*'label', 'text'. Did you mean 'text'",
        ),
        ("single", {"question": "text"}, ValueError, "`question` must be left out for a model of text_classification"),
        (
            "single",
            {"text": "text"},
            ValueError,
            r"`prefix` must make names .*'label' already. Pass prefix='predicted_'",
        ),
        (
            "single",
            {"text": "text", "prefix": "p_", "null_threshold": 0.0},
            ValueError,
            "`null_threshold` must be left out",
        ),
        ("single", {"text_column": "text"}, TypeError, r"`text_column` must be left out.*The keyword is text"),
        ("single", {"top_k": 3}, TypeError, r"`top_k` must be left out.*a row has one answer"),
        ("pairs", {}, ValueError, r"`text_pair` must name a column.*in.jsonl has: 'label', 'text'.*--text-pair-column"),
        ("questions", {}, ValueError, r"`question` must name a column"),
        (
            "single",
            {"text": "label", "prefix": "p_"},
            TypeError,
            r"in.jsonl, line 1: `cell` must be str. Received: cell=1",
        ),
        ("single", {"text": ["label", "text"], "prefix": "p_"}, ValueError, "`text` must name one column"),
    ],
)
def test_refusals(predictors, tmp_path, kind, options, error, words):
    file = write(tmp_path / "in.jsonl", [{"label": 1, "text": "a dog"}])
    with pytest.raises(error, match=words):
        predict_file(predictors(kind), file, tmp_path / "out.csv", **options)
    assert not (tmp_path / "out.csv").exists()


def test_what_is_no_table(predictors, tmp_path):
    with pytest.raises(FileNotFoundError, match="There is no such file"):
        predict_file(predictors("single"), tmp_path / "none.csv", tmp_path / "out.csv")
    with pytest.raises(ValueError, match="`file` must be a file"):
        predict_file(predictors("single"), tmp_path, tmp_path / "out.csv")
    with pytest.raises(TypeError, match="`file` must be the path of a file"):
        predict_file(predictors("single"), {"text": ["a"]}, tmp_path / "out.csv")
