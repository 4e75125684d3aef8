"""Classes without a name are found among the first rows, and nothing is said that the whole file does not bear out."""

import csv
import re

import pytest

import bert_keras as bk
from bert_keras.cli.looking_at_labels import look_at_label_names


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def written(labels, name="mine.csv"):
        with open(name, "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("text", "label"), *((f"text {row}", own) for row, own in enumerate(labels))])
        return name

    return written


def said(call, *arguments, **options):
    """What a call raises; '' where it raises nothing."""
    try:
        call(*arguments, **options)
    except ValueError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("labels", "given"),
    [
        (["a", "b", "c"], {"label_names": ["a", "b"]}),
        (["1", "2.0", "3"], {"label_names": ["1", "2"]}),
        (["1", "2.0", "2"], {"label_names": ["1", "2"]}),
        (["TRUE", "false", "True"], {"label_names": ["True", "False"]}),
        (["a|b", "b", "c"], {"label_names": ["a", "b"], "label_separator": "|"}),
        (["a|b", "b", "a"], {"label_names": ["a", "b"], "label_separator": "|"}),
        (["['a', 'b']", "['c']", "[]"], {"label_names": ["a", "b"]}),
        (["a", "", "b"] * 20, {"label_names": ["a", "b"]}),
        (["a", "-", "b"], {"label_names": ["a", "b"], "unlabelled": ["-"]}),
        (["a", "-", "b"], {"label_names": ["a", "b"]}),
        (["a", "b", "b"], {"label_names": ["a", "a"]}),
        (["a", "b", "c"], {"label_names": ["a", "b"], "unknown_labels": "leave_out"}),
    ],
)
def test_the_first_rows_say_what_all_rows_say(write, labels, given):
    name = write(labels * 2)
    later = said(bk.load_files, name, validation_share=0, **given)
    assert said(look_at_label_names, name, given) == (later if "label_names" in later else "")


def test_columns_of_0_and_1_are_left_to_the_whole(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.csv").write_text("text,food,room\na,1,0\nb,0,1\n")
    assert said(look_at_label_names, "mine.csv", {"label": "food,room", "label_names": ["x"]}) == ""


def test_a_class_far_down_is_not_looked_for(write):
    name = write(["a", "b"] * 10_000 + ["c"])
    assert said(look_at_label_names, name, {"label_names": ["a", "b"]}) == ""
    assert re.search(
        "line 20002: `label` must be one of the classes that are given, 'a', 'b'",
        said(bk.load_files, name, label_names=["a", "b"]),
    )


def test_numbers_are_left_to_the_whole(write):
    """Classes may be called so, of which the first rows have numbers alone."""
    name = write(["1.5", "2.5"] * 5000 + ["x"])
    given = {"label_names": ["1.5", "2.5", "x"]}
    assert said(look_at_label_names, name, given) == "" == said(bk.load_files, name, **given)
