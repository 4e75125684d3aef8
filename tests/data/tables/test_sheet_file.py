"""`SheetFile`: spreadsheets by pandas, and what is said where that cannot read them."""

import datetime
import importlib.util

import pandas
import pytest

from bert_keras.data.tables import sheet_file
from bert_keras.data.tables.open_table import open_table


@pytest.fixture
def sheets(tmp_path, monkeypatch):
    """Makes a file of which pandas reads these sheets, whether or not there is anyone to write one."""

    def made(**frames):
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)
        frames = {name: pandas.DataFrame(rows, dtype=object) for name, rows in frames.items()}
        monkeypatch.setattr(pandas, "read_excel", lambda path, **options: frames)
        path = tmp_path / "reviews.xlsx"
        path.write_bytes(b"PK")
        return path

    return made


def test_cells_are_text_as_in_a_csv_file(sheets):
    day = datetime.datetime(2026, 5, 3)
    rows = [["text", "label", "day"], ["It works.", 1.0, day], [None, float("nan"), None], [7, 0.5, None]]
    table = open_table(sheets(one=rows, empty=[], names=[["only a header"]]))
    assert table.columns == ("text", "label", "day")
    chunk = next(iter(table.rows(table.columns)))
    assert chunk.columns["text"] == ["It works.", "7"] and chunk.columns["label"] == ["1", "0.5"]
    assert chunk.columns["day"] == ["2026-05-03 00:00:00", None]
    assert table.where(1) == "reviews.xlsx, row 4"


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


def test_what_is_no_spreadsheet(sheets, monkeypatch):
    path = sheets()

    def fails(*args, **options):
        raise KeyError("sharedStrings.xml")

    monkeypatch.setattr(pandas, "read_excel", fails)
    with pytest.raises(ValueError, match=r"`files` must be a .xlsx file. .*sharedStrings.xml"):
        open_table(path)
    assert sheet_file.SHEETS[".ods"] == "odf"
