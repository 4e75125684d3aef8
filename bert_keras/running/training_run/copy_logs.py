"""`copy_logs`: TensorBoard's logs of a run, from its checkpoints into its folder."""

import pathlib
import re
import shutil


def copy_logs(logs: pathlib.Path, target: pathlib.Path) -> None:
    """Copies TensorBoard's files, without the machine's name that TensorFlow puts into theirs.

    They go with the checkpoints when the run has ended; a process that dies before that has lost none.
    """
    for number, path in enumerate(sorted(logs.rglob("*tfevents*"))):
        copied = target / path.parent.relative_to(logs) / re.sub(r"(tfevents\.\d+).*", rf"\1.{number}", path.name)
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copied)
