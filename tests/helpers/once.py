"""What is made once for all tests of a run, in whichever process they are: encoders, tuned models. Each gets a copy."""

import contextlib
import fcntl
import os
import pathlib
import shutil
import tempfile
from collections.abc import Callable

FOLDER = "BERT_KERAS_TESTS_MADE_ONCE"  # the environment variable; conftest.py sets it before the processes start


def start() -> None:
    """Makes the folder that the processes of a run share."""
    os.environ[FOLDER] = tempfile.mkdtemp(prefix="bert_keras_tests_")


def end() -> None:
    """Removes it."""
    shutil.rmtree(os.environ.pop(FOLDER, ""), ignore_errors=True)


def made_once(name: str, make: Callable[[pathlib.Path], None]) -> pathlib.Path:
    """A folder or file that the first who asks for `name` makes, at the path that `make` is called with: it is shared.

    Without a folder that processes share, as in a script of its own, it is made anew.
    """
    shared = pathlib.Path(os.environ.get(FOLDER) or tempfile.mkdtemp(prefix="bert_keras_tests_"))
    place = shared / name / "made"
    place.parent.mkdir(parents=True, exist_ok=True)
    with _lock(shared / name / "lock"):
        if not (shared / name / "done").exists():
            make(place)
            (shared / name / "done").touch()
    return place


def copied(name: str, make: Callable[[pathlib.Path], None], target: pathlib.Path) -> pathlib.Path:
    """`made_once`, as a copy of one's own at `target`."""
    source = made_once(name, make)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    return target


@contextlib.contextmanager
def _lock(path: pathlib.Path):
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
