"""The file in which a comparison or a search notes what has ended: read with all that can be said, written whole."""

import json
import pathlib
from collections.abc import Iterable
from typing import Any

from bert_keras import checks
from bert_keras.disk import LOCK, whole_file
from bert_keras.from_json import from_json

FORMAT = 1
RUNS = "runs"  # the folder of the runs, below that of the file
NEW_FOLDER = "Pass a new folder to compare these."


def read_noted(folder: pathlib.Path, file: str, keys: Iterable[str], what: str, resume: bool) -> dict[str, Any] | None:
    """What the file holds; None where nothing has begun. Nothing is written.

    Args:
        folder: that holds it.
        file: its name.
        keys: that it must have.
        what: "comparison" or "search", for messages.
        resume: whether there may be one.

    Raises:
        FileExistsError: for a folder that holds anything else, or what is not to go on.
        ValueError: for another format.
    """
    if folder.exists() and not folder.is_dir():
        raise FileExistsError(checks.message("out", "be a folder", str(folder), "There is a file of that name."))
    names = sorted(item.name for item in folder.iterdir()) if folder.is_dir() else []
    if names == [RUNS] and [item.name for item in (folder / RUNS).iterdir()] == [LOCK]:  # of one that has just begun
        names = []
    if not names:
        return None
    try:
        content = from_json((folder / file).read_bytes())
        is_ours = isinstance(content, dict) and {"format", *keys} <= set(content)
    except (OSError, ValueError):
        is_ours = False
    if not is_ours:
        advice = f"It holds {names[:8]}, and no {what}: pass a new folder."
        raise FileExistsError(checks.message("out", "be new or empty", str(folder), advice))
    if not resume:
        advice = f"Pass --resume (resume=True) to go on with the {what} in it, or a new folder."
        raise FileExistsError(checks.message("out", "be new or empty", str(folder), advice))
    if content["format"] != FORMAT:
        must = f"hold a {what} of format {FORMAT}"
        raise ValueError(checks.message("out", must, content["format"], "Pass a new folder."))
    return content


def check_same_data(before: dict[str, Any], now: dict[str, Any], what: str) -> None:
    """Raises ValueError where runs that have ended would stand beside runs on other data."""
    for field, told in (("task", "task"), ("data", "rows, labels and lengths")):
        if before[field] != now[field]:
            must = f"have the same {told} as the {what} in `out`, {before[field]!r}"
            raise ValueError(checks.message("task", must, now[field], NEW_FOLDER))


def write_noted(folder: pathlib.Path, file: str, content: dict[str, Any]) -> None:
    """Writes the file whole or not at all, with the format before the rest."""
    text = json.dumps({"format": FORMAT, **content}, indent=1, allow_nan=False)
    with whole_file("out", folder / file, "What was noted before stands.") as beside:
        beside.write_text(text + "\n", encoding="utf-8")
