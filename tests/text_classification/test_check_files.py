"""`bk.check_files` and `bert-keras check`: every figure counted by hand, every fault named."""

import inspect
import json

import forms
import pytest
import tables

from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text_classification.check_files import check_files

TRAIN = {
    "text": ["the dog", "the cat is red", "the dog", "a", "fÃ¼r", "b\x07", "a dog", "red", "cat", "dog"],
    "label": ["x", "y", "y", "x", "x", "y", "x", "y", "x", "y"],
}


def test_every_figure(vocab_file):
    dev = {"text": ["a", "the cat is red", "new", "newer"], "label": ["x", "y", "x", "y"]}
    tokenizer = Tokenizer(vocab_file)
    report = check_files({"train": TRAIN, "validation": dev}, tokenizer)
    train = report.parts["train"]
    assert (train.rows, train.labels) == (10, {"x": 5, "y": 5})
    assert (train.duplicates, train.contradictions, train.empty, train.unlabelled, train.strange) == (1, 1, 0, 0, 2)
    lengths = sorted(len(ids) + 2 for ids in tokenizer(TRAIN["text"]).to_list())
    assert train.lengths["longest"] == lengths[-1] and train.lengths["median"] == int((lengths[4] + lengths[5]) / 2)
    assert train.cut == {128: 0.0, 256: 0.0, 512: 0.0}
    assert report.leaks == {"validation stand in train": 2} and report.faults == ()
    assert any("1 texts stand there with different labels" in line for line in report.warnings)
    assert any("2 texts of validation stand in train" in line for line in report.warnings)
    assert report.unit == "tokens" and "tokens: median" in str(report)


def test_a_folder_is_by_part_as_for_load_files(tmp_path):
    for part, rows in (("train", 12), ("dev", 3)):
        tables.write_folder(tmp_path / part, tables.TEXTS[:rows], tables.LABELS[:rows])
    report = check_files(tmp_path)
    assert {name: part.rows for name, part in report.parts.items()} == {"train": 12, "validation": 3}
    assert report.leaks == {"validation stand in train": 3}
    with pytest.raises(ValueError, match=r"`files` must be by part, out of train, validation, test"):
        check_files({"train": TRAIN, "dev": TRAIN})


def test_what_would_be_cut_and_rare_classes():
    long = " ".join(["word"] * 300)
    columns = {"text": [long, *(f"text {n}" for n in range(99))], "label": ["rare", *["a", "b", "c"] * 33]}
    report = check_files(columns)
    assert report.unit == "words" and report.parts["train"].cut == {128: 0.01, 256: 0.01, 512: 0.0}
    assert any("classes with few rows: 'rare' 1; class_weight='balanced'" in line for line in report.warnings)


def test_faults_by_line(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("text,label\nfür,x\n".encode() + b"f\xfcr,y\n,x\nc,\n" + "größer,y\n".encode())
    report = check_files(path)
    assert report.parts["train"].undecodable == 1 and report.parts["train"].empty == 1
    text = "\n".join([*report.faults, *report.warnings])
    assert "train: 1 lines of a.csv are not in its encoding: 3; they are likely cp1252 (encoding=, --encoding)" in text
    assert "1 of 5 train rows have an empty text" in text and "a.csv, line 4" in text
    path.write_text("text,label\na,x\nb,x,more\n")
    assert "a.csv, line 3: each row must have 2 columns" in check_files(path).faults[0]
    assert "two classes or more" in check_files({"text": ["a", "b"], "label": ["x", "x"]}).faults[0]


def test_a_label_of_the_dev_part_alone_is_a_fault():
    report = check_files({"train": TRAIN, "validation": {"text": ["n"], "label": ["z"]}})
    assert "files, row 0: `label` must be one of the classes" in report.faults[0]


def test_the_command(tmp_path, command):
    good = tables.write_csv(tmp_path / "good.csv")
    status, said, _ = command("check", good, "--text-column", "review", "--label-column", "stars", "--json")
    report = json.loads(said)
    assert status == 0 and report["parts"]["train"]["labels"] == {"bad": 4, "good": 5, "so so": 3}
    status, said, _ = command("check", good, good, "--text-column", "review", "--label-column", "stars")
    assert status == 0 and "12 texts of validation stand in train, too" in said and "good.csv" in said
    bad = tables.write_csv(tmp_path / "bad.csv", labels=["x"] * 12)
    status, said, _ = command("check", bad, "--text-column", "review", "--label-column", "stars")
    assert status == 1 and "must be mended: `label` must have two classes or more" in said
    status, _, err = command("check", tmp_path / "none.csv")
    assert status == 1 and "`files` must be a file that is there" in err


def test_what_is_no_encoder():
    with pytest.raises(TypeError, match=r"`encoder` must be an encoder with a tokenizer"):
        check_files(TRAIN, "sample")


TAKEN = set(inspect.signature(check_files).parameters) | {"separator", "encoding", "quotes", "columns"}
FORMS = [
    form
    for form in forms.forms()
    if form["table"] == "tables" and "texts" in form and set(form.get("options", {})) <= TAKEN
]


@pytest.mark.parametrize("form", FORMS, ids=[form["name"] for form in FORMS])
def test_every_form_of_a_table(form, tmp_path):
    report = check_files(forms.written(form, tmp_path), **form.get("options", {}))
    assert report.faults == (), report.faults
    assert report.parts["train"].rows - report.parts["train"].unlabelled == len(form["texts"])
    missing = [note for note in form.get("notes", ()) if note.startswith("reviews.csv: ") and note not in str(report)]
    assert not missing, str(report)
