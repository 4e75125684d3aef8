"""`write_report_file`: where a report is written, and what it never replaces. Imports nothing heavy."""

import os
import pathlib

from bert_keras import checks
from bert_keras.disk import clear_errors, whole_file
from bert_keras.features import PARTS
from bert_keras.inspection.reporting.page import GENERATOR
from bert_keras.running.folders.folder_files import REPORT

_BEGIN = 2000  # characters in which a report says what it is


def check_report_file(folder: str | os.PathLike, out: str | os.PathLike | None, part: str) -> pathlib.Path:
    """The file of a report as a path, after all that can be said against the arguments without loading anything.

    Args:
        folder: the model folder.
        out: the file; `report.html` in the model folder if None.
        part: whose rows are scored.

    Raises:
        TypeError: if one is no path.
        ValueError: for a folder that is not there, a name that is none of an HTML file, another part.
        FileExistsError: if something is there that is no report.
    """
    checks.one_of("part", part, PARTS)
    for name, value in {"folder": folder, **({} if out is None else {"out": out})}.items():
        if not isinstance(value, str | os.PathLike):
            raise TypeError(checks.message(name, "be a path", value))
    path = pathlib.Path(folder).expanduser()
    if not (path / "config.json").is_file():
        found = "It holds no config.json." if path.is_dir() else "There is no such folder."
        raise ValueError(checks.message("folder", "be a model folder of bert_keras", str(folder), found))
    file = path / REPORT if out is None else pathlib.Path(out).expanduser()
    if file.suffix.lower() not in (".html", ".htm"):
        raise ValueError(checks.message("out", "be the name of an HTML file", str(out), f"E.g. {REPORT}."))
    if file.exists() and not _is_report(file):
        advice = "Something else has that name: pass another."
        raise FileExistsError(checks.message("out", "be new, or a report that is made again", str(file), advice))
    return file


def write_report_file(file: pathlib.Path, content: str) -> None:
    """Writes it whole or not at all; the folder is made if it is not there.

    Raises:
        OSError: if it cannot be written.
    """
    advice = "No report was written."
    with clear_errors("out", file, advice):
        file.parent.mkdir(parents=True, exist_ok=True)
    with whole_file("out", file, advice) as beside:
        beside.write_text(content, encoding="utf-8", errors="xmlcharrefreplace")


def _is_report(file: pathlib.Path) -> bool:
    if not file.is_file():
        return False
    with open(file, encoding="utf-8", errors="replace") as opened:
        return GENERATOR in opened.read(_BEGIN)
