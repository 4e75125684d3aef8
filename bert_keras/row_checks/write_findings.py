"""`write_findings`: all findings of a report in a .jsonl or .csv file, one a line."""

import csv
import json
import os
import pathlib
from collections.abc import Iterable
from typing import Any

from bert_keras import checks
from bert_keras.disk import whole_file

ENDINGS = (".jsonl", ".csv")


def write_findings(findings: Iterable[dict[str, Any]], out: str | os.PathLike) -> pathlib.Path:
    """Writes findings, each with its kind under "finding"; see `RowReport.write`."""
    path = check_findings_file(out)
    found = list(findings)
    beside = whole_file("out", path, "Nothing was written.")
    with beside as place, open(place, "w", encoding="utf-8", newline="") as file:
        if path.suffix == ".jsonl":
            file.writelines(json.dumps(item, ensure_ascii=False) + "\n" for item in found)
            return path
        names = dict.fromkeys(["finding", *(name for item in found for name in item)])
        writer = csv.DictWriter(file, list(names))
        writer.writeheader()
        writer.writerows(
            {name: " ".join(value) if isinstance(value, tuple) else value for name, value in item.items()}
            for item in found
        )
    return path


def check_findings_file(out: str | os.PathLike) -> pathlib.Path:
    """The path of a file that findings can be written to; raises as `RowReport.write`."""
    path = pathlib.Path(out).expanduser()
    if path.suffix not in ENDINGS:
        raise ValueError(checks.message("out", f"end in {' or '.join(ENDINGS)}", str(out)))
    if path.exists():
        raise FileExistsError(checks.message("out", "be a new file", str(out), "It is there, and is left as it is."))
    if not path.parent.is_dir():
        raise FileNotFoundError(checks.message("out", "lie in a folder that there is", str(out)))
    return path
