"""`SheetFile`: a spreadsheet, read by pandas where that is installed."""

import contextlib
import datetime
import importlib
import importlib.util
import os
import pathlib
import zipfile
from typing import Any

from bert_keras import checks
from bert_keras.data.tables.held_table import HeldTable
from bert_keras.data.tables.limits import Unpacking

SHEETS = {".xlsx": "openpyxl", ".xlsm": "openpyxl", ".ods": "odf", ".xls": "xlrd"}  # who reads them for pandas
_INSTALLED_AS = {"odf": "odfpy"}


class SheetFile(HeldTable):
    """The one sheet of a spreadsheet that has anything in it; its first row has the names of the columns.

    Cells are read as text, as a .csv file would have them: 3 and not 3.0. Rows without any value are left out.

    Args:
        path: the file.

    Raises:
        FileNotFoundError, ValueError: if it is not there, or no spreadsheet; if pandas or what it needs is missing,
            with the lines that install it or convert the file; where several sheets hold rows.
    """

    def __init__(self, path: str | os.PathLike) -> None:
        self.path = pathlib.Path(path).expanduser()
        if not self.path.is_file():
            raise FileNotFoundError(checks.message("files", "be a file that is there", str(path)))
        sheets = {name: frame for name, frame in _read(self.path).items() if len(frame) > 1}
        if len(sheets) != 1:
            must = "have one sheet with rows"
            advice = "Save the sheet that you mean as .csv."
            raise ValueError(checks.message("files", must, list(sheets), f"It is {self.path.name}. {advice}"))
        rows = [[_text(cell) for cell in row] for row in next(iter(sheets.values())).itertuples(index=False)]
        header, body = rows[0], rows[1:]
        full = [place for place, row in enumerate(body, 2) if any(cell is not None for cell in row)]
        names = [name or f"column {place}" for place, name in enumerate(header, 1)]
        if len(set(names)) != len(names):
            raise ValueError(
                checks.message("files", "have columns of different names", names, f"It is {self.path.name}.")
            )
        self._rows = full
        columns = {name: [body[row - 2][place] for row in full] for place, name in enumerate(names)}
        super().__init__(columns, self.path.name)
        self.size = self.path.stat().st_size

    def where(self, place: int) -> str:
        return f"{self.name}, row {self._rows[place]}"  # as the program shows it


def _read(path: pathlib.Path) -> dict[str, Any]:
    """The sheets as frames of cells, without a header."""
    helper = SHEETS[path.suffix.lower()]
    missing = [name for name in ("pandas", helper) if importlib.util.find_spec(name) is None]
    if missing:
        named = " ".join(_INSTALLED_AS.get(name, name) for name in missing)
        convert = f"soffice --headless --convert-to csv '{path.name}'"
        advice = f"Run `pip install {named}`, or save it as .csv: `{convert}`, or 'CSV UTF-8' in Excel."
        raise ValueError(checks.message("files", "be a file that can be read here", str(path), advice))
    if zipfile.is_zipfile(path):  # what unpacks it reads no more of a member than is said there
        unpacking = Unpacking(path)
        with contextlib.suppress(zipfile.BadZipFile, NotImplementedError), zipfile.ZipFile(path) as archive:
            unpacking.add(sum(member.file_size for member in archive.infolist()))
    pandas = importlib.import_module("pandas")
    try:
        return pandas.read_excel(
            path, sheet_name=None, header=None, dtype=object, keep_default_na=False, na_values=[""]
        )
    except Exception as error:  # of a zip archive, of XML, of either package: there is no common class
        told = f"{error}".splitlines()[0] if f"{error}" else type(error).__name__
        raise ValueError(checks.message("files", f"be a {path.suffix} file", str(path), told)) from None


def _text(cell: Any) -> str | None:
    """A cell as text; None for an empty one."""
    if cell is None or cell != cell or cell == "":
        return None
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell.isoformat(" ") if isinstance(cell, datetime.datetime) else str(cell)
