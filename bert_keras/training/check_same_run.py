"""`check_same_run`: a run goes on with what it began with, and with nothing else."""

import pathlib
from typing import Any

from bert_keras import checks

CONTENT = "sha256_"  # begins the name of a digest, by which a run knows what it trains on
_CONTENTS = {
    "labels": "The classes have other names, or another order,",
    "encoder": "The encoder's weights are others",
    "vocabulary": "The encoder's vocabulary or its casing is another",
}


def check_same_run(began: dict[str, Any], now: dict[str, Any], folder: pathlib.Path) -> None:
    """Raises ValueError for the first setting that is another one now.

    Args:
        began, now: settings by name, and the digests of what is trained on.
        folder: of the run.
    """
    for name in sorted(set(began) | set(now), key=_place):
        if began.get(name) == now.get(name):
            continue
        advice = f"The run in '{folder}' began with {name}={began.get(name)!r}. "
        if name.startswith(CONTENT):
            part = name.removeprefix(CONTENT)
            what = _CONTENTS.get(part, f"The rows or the labels of '{part}' are others")
            advice += f"{what} than then. Restore what it began with, or start anew with --overwrite."
        else:
            advice += "Pass that, or start anew with --overwrite."
        raise ValueError(checks.message(name, "stay the same when a run is resumed", now.get(name), advice))


def _place(name: str) -> tuple[bool, bool, str]:
    """Sorts what is compared: first what others are made of, such as a vocabulary before ids."""
    return name.startswith(CONTENT), name.removeprefix(CONTENT) not in _CONTENTS, name
