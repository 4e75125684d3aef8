"""Several labels in the forms that people have them in: read as they are meant, or refused with both meanings."""

import numpy as np
import pandas
import pytest

from bert_keras.features import MULTI_LABEL, SINGLE_LABEL
from bert_keras.running.choosing.load_files import load_files
from bert_keras.text_classification.check_files import check_files

TEXTS = [f"text number {number}" for number in range(12)]
A, B = [0, 1] * 6, [1, 1, 0] * 4
WANTED = np.array([A, B]).T.tolist()


def labels_of(files, **options):
    """Names and labels of the train part, and the notes that tell of the form."""
    table = load_files(files, validation_share=0, **options)
    found = [note for note in table.notes if note.startswith("labels are")]
    return table.problem_type, table.label_names, table.examples["train"].labels.tolist(), found


def csv(path, header, *columns):
    lines = [",".join(map(str, row)) for row in zip(*columns, strict=True)]
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("label", [["b", "a"], ("b", "a"), "b,a", "b, a"])
def test_columns_of_0_and_1(tmp_path, label):
    wanted = (MULTI_LABEL, ("b", "a"), [row[::-1] for row in WANTED], [])
    true, floats = [bool(flag) for flag in A], [float(flag) for flag in B]
    tables = [
        csv(tmp_path / "a.csv", "text,a,b", TEXTS, A, B),
        csv(tmp_path / "b.csv", "text,a,b", TEXTS, true, floats),
        {"text": TEXTS, "a": A, "b": np.array(B, "float32")},
        pandas.DataFrame({"text": TEXTS, "a": true, "b": B}),
        [{"text": text, "a": a, "b": b} for text, a, b in zip(TEXTS, true, floats, strict=True)],
    ]
    for table in tables:
        assert labels_of(table, label=label) == wanted
    assert load_files(tables[0], label=label, validation_share=0).reading["label"] == "b,a"
    report = str(check_files(str(tables[0]), label=label))
    assert "labels: 'b,a'" in report and "error" not in report


def test_columns_that_are_no_flags(tmp_path):
    path = csv(tmp_path / "a.csv", "text,a,b", TEXTS, [*A[:-1], 2], B)
    with pytest.raises(
        ValueError, match=r"a\.csv, line 13: `a` must be 0 or 1, as it is a column of one of several la"
    ):
        load_files(path, label=["a", "b"])
    with pytest.raises(ValueError, match=r"line 3: `b` must be 0 or 1.*b=''"):
        load_files(csv(tmp_path / "b.csv", "text,a,b", TEXTS, A, [1, "", *B[2:]]), label=["a", "b"])
    with pytest.raises(ValueError, match=r"`label` must be a column of .*'c'"):
        load_files(path, label=["a", "c"])
    with pytest.raises(ValueError, match="name each column once"):
        load_files(path, label=["a", "a"])
    with pytest.raises(ValueError, match="name columns without a comma in their names"):
        load_files(path, label=["a", "b,c"])
    one = csv(tmp_path / "c.csv", 'text,"a,b"', TEXTS, ["x", "y"] * 6)  # a column of that very name
    assert labels_of(one, label="a,b")[:2] == (SINGLE_LABEL, ("x", "y"))


def test_a_row_that_no_column_says_anything_of_has_no_label(tmp_path):
    texts = [f"text number {number}" for number in range(120)]
    rows = csv(tmp_path / "a.csv", "text,a,b", texts, ["", *A * 10][:120], ["", *B * 10][:120])
    table = load_files(rows, label=["a", "b"], validation_share=0)
    assert len(table.examples["train"]) == 119 and table.examples["train"].texts[0][0] == "text number 1"
    assert "1 of 120 train rows have no label and are left out: a.csv, line 2" in table.notes


@pytest.mark.parametrize("make", [list, np.array, lambda rows: [[bool(flag) for flag in row] for row in rows]])
def test_rows_of_0_and_1(make):
    three = [[a, b, 0] for a, b in WANTED]
    for rows, names in ((WANTED, ("x", "y")), (three, ("x", "y", "z"))):
        found = labels_of(TEXTS, label=make(rows), label_names=names)
        assert found == (MULTI_LABEL, names, rows, [f"labels are rows of 0 and 1 for {len(names)} names"])
        with pytest.raises(ValueError, match=f"`label_names` must name the {len(names)} labels that the rows of 0 and"):
            labels_of(TEXTS, label=make(rows))
        with pytest.raises(ValueError, match=r"must name the .* labels that the rows of 0 and 1"):
            labels_of(TEXTS, label=make(rows), label_names=[*names, "w"])


def test_one_hot_rows_are_classes_where_that_is_asked_for():
    rows = [[1, 0, 0], [0, 0, 1], [0, 1, 0]] * 4
    options = {"label_names": ["x", "y", "z"], "problem_type": SINGLE_LABEL}
    assert labels_of(TEXTS, label=rows, **options)[:3] == (SINGLE_LABEL, ("x", "y", "z"), [0, 2, 1] * 4)
    assert labels_of(TEXTS, label=[["x"], ["y"]] * 6, problem_type=SINGLE_LABEL)[1:3] == (("x", "y"), [0, 1] * 6)
    with pytest.raises(ValueError, match=r"hold one class a row. Received: label=\['x', 'y'\]"):
        labels_of(TEXTS, label=[[1, 1, 0], [0, 0, 1]] * 6, **options)
    with pytest.raises(ValueError, match="hold one class a row"):
        labels_of(TEXTS, label=[["x"], []] * 6, problem_type=SINGLE_LABEL)


def test_lists_of_names_and_of_numbers():
    for rows in ([["a", "b"], ["b"], []] * 4, [("a", "b"), ("b",), ()] * 4, [{"b", "a"}, {"b"}, set()] * 4):
        assert labels_of(TEXTS, label=rows) == (MULTI_LABEL, ("a", "b"), [[1, 1], [0, 1], [0, 0]] * 4, [])
    assert labels_of(TEXTS, label=[[2], [10, 2]] * 6)[1:3] == (("2", "10"), [[1, 0], [1, 1]] * 6)


def test_lists_that_are_written_as_text(tmp_path):
    note = ["labels are lists that are written as text, such as ['a', 'b']"]
    rows = ["['a', 'b']", "['b']", "[]"] * 4
    assert labels_of(TEXTS, label=rows) == (MULTI_LABEL, ("a", "b"), [[1, 1], [0, 1], [0, 0]] * 4, note)
    assert labels_of(TEXTS, label=["[2]", "[10, 2]"] * 6)[1:3] == (("2", "10"), [[1, 0], [1, 1]] * 6)
    flags = labels_of(TEXTS, label=["[0, 1, 0]", "[1, 1, 0]"] * 6, label_names=["x", "y", "z"])
    assert flags[:3] == (MULTI_LABEL, ("x", "y", "z"), [[0, 1, 0], [1, 1, 0]] * 6)
    assert labels_of(TEXTS, label=["[a]", "[b]"] * 6)[:2] == (SINGLE_LABEL, ("[a]", "[b]"))  # no list of Python's
    assert "written as text" in str(check_files({"text": TEXTS, "label": rows}))


@pytest.mark.parametrize("separator", ["|", ";", ","])
def test_a_sign_between_labels_has_two_meanings(separator):
    rows = [f"a{separator}b", "a", "b"] * 4
    with pytest.raises(ValueError) as error:
        labels_of(TEXTS, label=rows)
    for part in ("one meaning", f"'a{separator}b' is one class, or 'a' and 'b'", f"label_separator='{separator}'"):
        assert part in str(error.value)
    assert labels_of(TEXTS, label=rows, label_separator=separator)[1:3] == (("a", "b"), [[1, 1], [1, 0], [0, 1]] * 4)
    assert len(labels_of(TEXTS, label=rows, problem_type=SINGLE_LABEL)[1]) == 3
    report = check_files({"text": TEXTS, "label": rows})
    assert any("one meaning" in fault for fault in report.faults)


def test_names_with_commas_are_names():
    assert labels_of(TEXTS, label=["bad, I say", "good"] * 6)[:2] == (SINGLE_LABEL, ("bad, I say", "good"))


def test_all_parts_are_read_alike(tmp_path):
    train = {"text": TEXTS, "label": ["['a', 'b']", "['b']"] * 6}
    table = load_files({"train": train, "validation": {"text": ["one", "two"], "label": ["['a']", "[]"]}})
    assert table.examples["validation"].labels.tolist() == [[1, 0], [0, 0]]
    reading = {**table.reading, "validation_share": 0}
    again = load_files({"test": {"text": ["one", "two"], "label": ["['b']", "[]"]}}, **reading)  # for a tuned model
    assert again.examples["test"].labels.tolist() == [[0, 1], [0, 0]]
    with pytest.raises(ValueError, match=r"one of the classes of the train part.*'c'"):
        load_files({"train": train, "validation": {"text": ["one"], "label": ["['c']"]}})


@pytest.mark.parametrize(
    "one, other",
    [
        (1, 0),
        (1.0, 0.0),
        ("1", "0"),
        ("1.0", "0.0"),
        (np.int8(1), np.int8(0)),
        (np.float32(1), np.float32(0)),
        ("1.", "+0"),
    ],
)
def test_whole_numbers_are_one_class_in_every_spelling(one, other):
    spelled = load_files({"text": TEXTS, "label": [one, other] * 6}, validation_share=0)
    assert spelled.label_names == ("0", "1") and spelled.examples["train"].labels.tolist() == [1, 0] * 6
    mixed = load_files({"text": TEXTS, "label": [1, "0.0", "1.0", 0.0, "1", 0] * 2}, validation_share=0)
    assert mixed.label_names == ("0", "1") and mixed.examples["train"].labels.tolist() == [1, 0] * 6
    parts = {"train": {"text": TEXTS, "label": [1, 0] * 6}, "validation": {"text": ["p", "q"], "label": [one, other]}}
    assert load_files(parts).examples["validation"].labels.tolist() == [1, 0]
    assert load_files({**parts, "validation": {"text": ["p"], "label": [True]}}).examples["validation"].labels == [1]


def test_truths_are_one_class_in_every_spelling():
    for true, false in ((True, False), ("true", "false"), ("TRUE", "False"), (np.bool_(True), np.bool_(False))):
        found = labels_of({"text": TEXTS, "label": [true, false] * 6})
        assert found[:3] == (SINGLE_LABEL, ("False", "True"), [1, 0] * 6)
        other = {"text": ["p", "q", "r"], "label": ["true", 0, "1.0"]}
        parts = {"train": {"text": TEXTS, "label": [true, false] * 6}, "validation": other}
        assert load_files(parts).examples["validation"].labels.tolist() == [1, 0, 1]


def test_numbers_that_are_names_and_numbers_that_are_numbers():
    assert labels_of(TEXTS, label=["007", "7"] * 6)[1] == ("007", "7")
    assert labels_of(TEXTS, label=["1.5", "2"] * 6)[0] == "regression"
    assert labels_of(TEXTS, label=[1e300, 2] * 6)[0] == SINGLE_LABEL
    three = labels_of(TEXTS, label=["10", "9.0", 2] * 4)
    assert three[1:] == (("2", "9", "10"), [2, 1, 0] * 4, ["labels are whole numbers: '9.0' is 9"])


def test_decimal_commas():
    rows = ["3,5", "4,0", "2"] * 4
    with pytest.raises(ValueError, match=r"one meaning.*Is '3,5' a number or two\? Pass problem_type='regression'"):
        labels_of(TEXTS, label=rows)
    found = labels_of(TEXTS, label=rows, problem_type="regression")
    assert found[2] == [3.5, 4.0, 2.0] * 4 and "labels are numbers with decimal commas" in found[3]
    assert labels_of(TEXTS, label=rows, label_separator=",")[1] == ("0", "2", "3", "4", "5")
    assert len(labels_of(TEXTS, label=rows, problem_type=SINGLE_LABEL)[1]) == 3


def test_ordered_categoricals_keep_their_order():
    kind = pandas.CategoricalDtype(["low", "high", "never", "best"], ordered=True)
    frame = pandas.DataFrame({"text": TEXTS, "label": pandas.Series(["high", "low", "best"] * 4, dtype=kind)})
    assert labels_of(frame)[1:3] == (("low", "high", "best"), [1, 0, 2] * 4)
    frame["label"] = frame["label"].astype("category").cat.as_unordered()
    assert labels_of(frame)[1] == ("best", "high", "low")
    assert labels_of(frame, label_names=["best", "low", "high"])[1] == ("best", "low", "high")


def test_series_as_texts_and_labels():
    texts, labels = pandas.Series(TEXTS, index=range(5, 17)), pandas.Series(["x", "y"] * 6, index=range(5, 17))
    assert labels_of(texts, label=labels)[1:3] == (("x", "y"), [0, 1] * 6)
    assert labels_of(texts, label=labels.to_numpy())[2] == labels_of(TEXTS, label=labels)[2]


def test_a_model_s_classes_are_known_in_every_spelling():
    table = load_files({"text": TEXTS, "label": [1, 0] * 6}, validation_share=0)
    for spelled in (["1.0", "0"], [True, False], [1.0, 0.0]):
        again = load_files({"test": {"text": ["p", "q"], "label": spelled}}, **table.reading)
        assert again.examples["test"].labels.tolist() == [1, 0]
    truths = load_files({"text": TEXTS, "label": [True, False] * 6}, validation_share=0).reading
    again = load_files({"test": {"text": ["p", "q"], "label": ["1", 0]}}, **truths)
    assert again.examples["test"].labels.tolist() == [1, 0]
    named = {**table.reading, "label_names": ["0.0", "1.0"]}  # of a model that was trained on such names
    again = load_files({"test": {"text": ["p", "q"], "label": ["1.0", "0.0"]}}, **named)
    assert again.examples["test"].labels.tolist() == [1, 0]
