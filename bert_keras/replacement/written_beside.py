"""`written_beside`: a file that is written beside another and takes its place when the disk has it."""

import contextlib
import os
import pathlib
from collections.abc import Iterator

from bert_keras.replacement.to_disk import to_disk


@contextlib.contextmanager
def written_beside(file: pathlib.Path) -> Iterator[pathlib.Path]:
    """A path in the folder of `file`, which takes its place when the block ends well, and goes when it does not.

    Raises:
        OSError: if the disk did not take it; a file that was there stays.
    """
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        yield beside
        to_disk(beside)
        os.replace(beside, file)
        to_disk(file.parent)
    finally:
        beside.unlink(missing_ok=True)
