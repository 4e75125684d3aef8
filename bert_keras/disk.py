"""Writing that is whole or not at all, and one clear error where a disk does not take it."""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import platform
import re
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Iterator

from bert_keras import checks

LOCK = "lock"


class WriteError(OSError):
    """A folder could not be written; the message says which, why, and what is left."""


@contextlib.contextmanager
def clear_errors(name: str, path: str | os.PathLike, advice: str) -> Iterator[None]:
    """Turns what TensorFlow, safetensors and the system raise while the block writes to `path` into one `WriteError`.

    Args:
        name: what the user's argument is called.
        path: its value.
        advice: what is left of the user's work, and what to do.
    """
    try:
        yield
    except WriteError:
        raise
    except Exception as error:
        if not _of_the_disk(error):
            raise
        must = f"be writable, and was not ({_shortened(error)})"
        raise WriteError(checks.message(name, must, str(path), advice)) from error


class Spool:
    """A file for bytes that memory is too small for. It has no name, and goes with this object.

    Attributes:
        file: open for writing and reading.
    """

    def __init__(self) -> None:
        self.file = tempfile.TemporaryFile(prefix="bert_keras.")
        weakref.finalize(self, self.file.close)

    def write(self, content: bytes) -> None:
        """Appends; one clear error where the disk is full."""
        advice = "Set TMPDIR to a folder on a disk with more room."
        with clear_errors("TMPDIR", tempfile.gettempdir(), advice):
            self.file.write(content)


@contextlib.contextmanager
def replacing(folder: str | os.PathLike) -> Iterator[pathlib.Path]:
    """A new folder beside `folder`, which takes its place when the block ends well and is removed when it does not.

    A process that dies inside leaves `folder` as it was.
    """
    folder = pathlib.Path(folder).resolve()  # a link stays, and what it points to is replaced
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = pathlib.Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        umask = os.umask(0)  # it is read by setting another
        os.umask(umask)
        os.chmod(beside, 0o777 & ~umask)
        yield beside
        if folder.exists():
            _swap(beside, folder)
        else:
            os.replace(beside, folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def check_replaceable(name: str, folder: pathlib.Path) -> None:
    """Tries what `replacing(folder)` will do at the end of a long run: write beside the folder, and rename.

    Raises:
        OSError: if that cannot work.
    """
    folder = folder.resolve()
    if os.path.ismount(folder):
        advice = "It is a mount point, which cannot be renamed: pass a new folder inside it."
        raise WriteError(checks.message(name, "be a folder that can be replaced as a whole", str(folder), advice))
    parent = next(parent for parent in folder.parents if parent.exists())
    with clear_errors(name, folder, "Nothing was written. Pass a folder on a disk with room that you may write to."):
        for place in (parent, folder) if folder.exists() else (parent,):
            with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=place) as probe:
                (pathlib.Path(probe) / "probe").write_bytes(b"x")


@contextlib.contextmanager
def held(name: str, folder: pathlib.Path) -> Iterator[None]:
    """Keeps a folder, which is made if it is not there, for this process, by a lock on a file in it that ends with it.

    Where the file system has no locks it keeps nobody out.

    Raises:
        FileExistsError: if another process has the folder.
    """
    with clear_errors(name, folder, "Nothing was written."):
        folder.mkdir(parents=True, exist_ok=True)
        file = open(folder / LOCK, "a+")
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            advice = f"It is that of process {file.read().strip() or 'unknown'}: wait for it, or pass another folder."
            must = "be a folder that no other run is writing"
            raise FileExistsError(checks.message(name, must, str(folder.parent), advice)) from None
        except OSError:  # a file system without locks, as some of the network are
            pass
        else:
            file.truncate(0)
            file.write(f"{os.getpid()} on {platform.node()}\n")
            file.flush()
        yield


def sha256_of(paths: Iterable[pathlib.Path]) -> str:
    """The digest of the files' names and contents, in the order given."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode("utf-8"))
        with open(path, "rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _swap(new: pathlib.Path, old: pathlib.Path) -> None:
    """Puts `new` in the place of `old`; if that fails, `old` is back where it was."""
    aside = pathlib.Path(tempfile.mkdtemp(prefix=f".{old.name}.old.", dir=old.parent))
    backup = aside / old.name
    try:
        os.replace(old, backup)
        try:
            os.replace(new, old)
        except BaseException:
            os.replace(backup, old)
            raise
        shutil.rmtree(backup, ignore_errors=True)
    finally:
        with contextlib.suppress(OSError):
            aside.rmdir()  # if it is empty, and it is unless the system failed twice


def _of_the_disk(error: Exception) -> bool:
    if isinstance(error, OSError):
        return not isinstance(error, ConnectionError)
    return type(error).__module__.startswith(("tensorflow", "safetensors"))  # they have errors of their own for it


def _shortened(error: Exception) -> str:
    text = " ".join(re.sub(r"\{\{.*?\}\}", "", str(error)).split())  # TensorFlow's names of nodes
    return text if len(text) <= 300 else text[:300] + "…"
