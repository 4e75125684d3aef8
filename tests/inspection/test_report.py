"""`bk.report` on whole folders: with its rows, without them, of other rows, and what it does to the model card."""

import json
import pathlib
import shutil

import pytest
import tuned
import yaml
from tags import Tags

import bert_keras as bk
from bert_keras.inspection.report import _reason, report
from bert_keras.running.cards.model_card import is_unchanged
from bert_keras.running.choosing.load_files import load_files


@pytest.fixture(scope="module")
def made(tmp_path_factory, tiny_encoder):
    """Folders of a named task, and of a file that is beside it."""
    place = tmp_path_factory.mktemp("report")
    tuned.run(tiny_encoder, place / "named")
    rows = [
        f'"{noun} was {word}, it was {number}",{label}'
        for number in range(12)
        for noun, word, label in (
            ("the film", "very good", "good"),
            ("<b>food</b>", "not good", "bad"),
            ("room", "red", "so so"),
        )
    ]
    (place / "own.csv").write_text("\n".join(["text,label", *rows]) + "\n", encoding="utf-8")
    task = load_files(str(place / "own.csv"), validation_share=0.25, seq_length=24)
    tuned.run(tiny_encoder, place / "own", task)
    return place


@pytest.fixture
def place(made, tmp_path, monkeypatch):
    """The same to change, which is where we are."""
    shutil.copytree(made, tmp_path / "x")
    monkeypatch.chdir(tmp_path / "x")
    return tmp_path / "x"


def read(file):
    content = pathlib.Path(file).read_text(encoding="utf-8")
    return content, Tags(content)


def test_a_named_task_and_its_card(place):
    file = report("named")
    assert file == "named/report.html"
    content, found = read(file)
    headings = [own["href"] for name, own in found.tags if name == "a"]
    assert len(headings) == found.names.count("section") == 11
    scores = bk.evaluate(bk.load("named").model, bk.load("named").task_data("validation"))
    assert (
        f"Accuracy{scores['accuracy']:.3f}" in found.text
        and "Of the 56 validation rows of samples/reviews" in found.text
    )
    card = (place / "named" / "README.md").read_text(encoding="utf-8")
    assert is_unchanged(card) and "## Scores by label" in card and "95 % interval" in card
    values = yaml.safe_load(card.split("---\n")[1])["model-index"][0]["results"][0]["metrics"]
    assert {own["name"]: own["value"] for own in values} == pytest.approx(dict(scores), abs=1e-6)
    again, _ = read(report("named"))
    assert again == content  # the seed of the intervals is said, and holds


def test_rows_of_a_file_that_were_held_out(place):
    _, found = read(report("own"))
    assert "Of the 9 validation rows of own.csv, held out in training." in found.text
    assert "held out were 25% of the training rows as validation, by seed 0" in found.text
    assert "so so9 (33.3%)3 (33.3%)" in found.text  # 12 rows, of which a quarter
    assert "b" in found.names and "<b>food</b>" not in read("own/report.html")[0].replace("&lt;b&gt;", "")
    assert "<b>food</b>" in found.text


def test_without_the_rows_it_says_so(place):
    (place / "own.csv").unlink()
    _, found = read(report("own", "reports/own.html"))
    assert "cannot be had here: The model was trained on 'own.csv', which is not here" in found.text
    assert "Calibration" not in found.text and "in training" in found.text
    config = json.loads((place / "own" / "config.json").read_text())
    assert f"accuracy{config['metrics']['accuracy']:.4f}" in found.text
    assert not (place / "own" / "report.html").exists()
    assert "95 %" not in (place / "own" / "README.md").read_text(encoding="utf-8")


def test_a_reason_names_no_folder_of_this_machine(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path / "her name"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    said = f"https://a.org/b/c is not there. Put it into {tmp_path / 'her name' / 'data' / 'x'}, or '/srv/secret/x/', "
    said += f"or {tmp_path / 'work' / 'y' / 'z'}: a folder with DATA/MRPC/train.tsv"
    wanted = (
        "https://a.org/b/c is not there. Put it into ~/data/x, or '…/x', or ./y/z: a folder with DATA/MRPC/train.tsv"
    )
    assert _reason(ValueError(said)) == wanted


def test_other_rows(place):
    (place / "other.csv").write_text("text,label\na new film,good\na new room,bad\n", encoding="utf-8")
    _, found = read(report("own", data="other.csv", part="test"))
    assert "Of the 2 test rows that are all of other.csv" in found.text
    card = (place / "own" / "README.md").read_text(encoding="utf-8")
    assert yaml.safe_load(card.split("---\n")[1])["model-index"][0]["results"][0]["dataset"]["split"] == "test"
    data = bk.load("own").task_data("test", "other.csv")
    assert report("own", "b.html", data=data, part="test") == "b.html"
    with pytest.raises(ValueError, match="`part` must be a part of `data`"):
        report("own", data=data)
    (place / "more.csv").write_text((place / "own.csv").read_text() + "a,good\n")
    with pytest.raises(ValueError, match="`task` must hold no rows that the model was trained on"):
        report("own", data="more.csv", part="test")
    with pytest.raises(FileNotFoundError, match="`files` must be a file that is there"):
        report("own", data="nowhere.csv")


def test_a_card_that_was_changed_by_hand_stays(place):
    card = place / "own" / "README.md"
    card.write_text(card.read_text(encoding="utf-8") + "\nMine.\n", encoding="utf-8")
    with pytest.warns(UserWarning, match=r"README\.md was changed by hand, and stays as it is"):
        report("own")
    assert card.read_text(encoding="utf-8").endswith("\nMine.\n")
    card.unlink()
    report("own")
    assert is_unchanged(card.read_text(encoding="utf-8"))


def test_the_folder_is_still_one_that_is_loaded_and_replaced(place, tiny_encoder):
    report("own")
    assert bk.load("own")("the film was very good").label in ("bad", "good", "so so")
    tuned.run(tiny_encoder, place / "own", load_files("own.csv", seq_length=24), overwrite=True)
    assert not (place / "own" / "report.html").exists() and (place / "own" / "README.md").exists()
