"""`move_logs`: TensorBoard's logs of a run, from its checkpoints into its folder."""

import os
import pathlib
import re


def move_logs(logs: pathlib.Path, target: pathlib.Path) -> None:
    """Moves TensorBoard's files, without the machine's name that TensorFlow puts into theirs."""
    for number, path in enumerate(sorted(logs.rglob("*tfevents*"))):
        moved = target / path.parent.relative_to(logs) / re.sub(r"(tfevents\.\d+).*", rf"\1.{number}", path.name)
        moved.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, moved)
