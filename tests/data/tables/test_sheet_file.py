"""`SheetFile`: spreadsheets by pandas, and what is said where that cannot read them."""

import datetime
import importlib.util

import pandas
import pytest

import bert_keras as bk
from bert_keras.data.tables.open_table import open_table


@pytest.fixture
def sheets(tmp_path):
    """Writes a spreadsheet of these sheets."""

    def made(ending=".xlsx", **frames):
        path = tmp_path / f"reviews{ending}"
        with pandas.ExcelWriter(path) as writer:
            for name, rows in frames.items():
                pandas.DataFrame(rows, dtype=object).to_excel(writer, sheet_name=name, header=False, index=False)
        return path

    return made


@pytest.mark.parametrize("ending", [".xlsx", ".ods"])
def test_cells_are_text_as_in_a_csv_file(sheets, ending):
    day = datetime.datetime(2026, 5, 3)
    rows = [["text", "label", "day"], ["It works.", 2.0, day], [None, None, None], [7, 0.5, None], ["NA", True, day]]
    table = open_table(sheets(ending, one=rows, names=[["only a header"]]))
    assert table.columns == ("text", "label", "day")
    chunk = next(iter(table.rows(table.columns)))
    assert chunk.columns["text"] == ["It works.", "7", "NA"] and chunk.columns["label"] == [
        "2",
        "0.5",
        "True",
    ]  # pandas 2 takes 1 and true in a column for one
    assert chunk.columns["day"] == ["2026-05-03 00:00:00", None, "2026-05-03 00:00:00"]
    assert table.where(1) == f"reviews{ending}, row 4"


def test_what_is_refused(sheets, tmp_path, monkeypatch):
    rows = [["text", "label"], ["It works.", "yes"]]
    with pytest.raises(ValueError, match=r"one sheet with rows. Received: files=\['a', 'b'\].*Save the sheet"):
        open_table(sheets(a=rows, b=rows))
    with pytest.raises(ValueError, match="`files` must have columns of different names"):
        open_table(sheets(a=[["text", "text"], ["a", "b"]]))
    path = sheets(a=rows)
    with pytest.raises(ValueError, match="`separator` must be left out for a spreadsheet"):
        open_table(path, separator=";")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "openpyxl" else name)
    with pytest.raises(ValueError, match=r"Run `pip install openpyxl`, or save it as .csv: `soffice --headless"):
        open_table(path)
    with pytest.raises(FileNotFoundError, match="`files` must be a file that is there"):
        open_table(tmp_path / "other.xlsx")


@pytest.mark.parametrize("ending", [".xlsx", ".ods"])
def test_what_is_no_spreadsheet(tmp_path, ending):
    path = tmp_path / f"reviews{ending}"
    for content in (b"", b"PK", b"text,label\nIt works.,yes\n"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=rf"`files` must be a {ending} file"):
            open_table(path)


def test_a_spreadsheet_is_a_table_of_texts(sheets):
    table = bk.load_files(sheets(one=[["text", "label"], ["It works.", 1], ["No.", 0]]), validation_share=0)
    assert table.label_names == ("0", "1") and table.examples["train"].texts == (["It works.", "No."],)
