"""Writing that is whole or not at all, and one clear error where a disk does not take it."""

import contextlib
import errno
import hashlib
import os
import pathlib
import platform
import re
import tempfile
import weakref
from collections.abc import Iterable, Iterator

from bert_keras import checks
from bert_keras.replacement.file_lock import file_lock
from bert_keras.replacement.place import Place
from bert_keras.replacement.written_beside import written_beside

LOCK = "lock"  # in a folder of checkpoints


class WriteError(OSError):
    """A folder could not be written; the message says which, why, and what is left."""


class _InUse(FileExistsError):
    """Another process writes the folder."""


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
    except (WriteError, _InUse):
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
def whole_file(name: str, file: pathlib.Path, advice: str) -> Iterator[pathlib.Path]:
    """A path beside `file` to write to, which takes its place when the block ends well, and goes when it does not.

    `name` and `advice` are those of `clear_errors`.
    """
    with clear_errors(name, file, advice), written_beside(file) as beside:
        yield beside


@contextlib.contextmanager
def replacing(folder: str | os.PathLike) -> Iterator[pathlib.Path]:
    """A new folder beside `folder`, which takes its place when the block ends well and is removed when it does not.

    It takes the place in one step where the file system can exchange two names, else in two, with a note. A process
    that dies leaves `folder` as it was, or, between the two steps, such that `recover` ends them; the disk has all
    that was written before the first of them.

    Raises:
        FileExistsError: if another process writes the folder.
    """
    folder = pathlib.Path(folder).resolve()  # a link stays, and what it points to is replaced
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _writing(folder) as place:
        place.new.mkdir()
        yield place.new
        place.put()


def recover(name: str, folder: str | os.PathLike) -> None:
    """Ends or undoes what a process that died left of `replacing(folder)`, removes its traces, and warns of that.

    Whatever writes a folder begins with this.

    Args:
        name: what the user's argument is called.
        folder: its value.

    Raises:
        FileExistsError: if another process writes the folder now.
        WriteError: if it could not be put right; then nothing is lost, and the next call tries again.
    """
    folder = pathlib.Path(folder).expanduser().resolve()
    if not folder.name or not Place(folder).path.is_dir():
        return
    with clear_errors(name, folder, "A process that wrote it died, and its traces beside it have to go first."):
        with _writing(folder):
            pass


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
        if folder.exists() and not os.access(folder, os.W_OK):  # it goes into another folder, which writes into it
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))
        with _writing(parent / folder.name) as place:
            place.new.mkdir()
            (place.new / "probe").write_bytes(b"x")


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
            file_lock(file)
        except BlockingIOError:
            file.seek(0)
            raise _kept(file.read(), name, folder.parent) from None
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


@contextlib.contextmanager
def _writing(folder: pathlib.Path) -> Iterator[Place]:
    """The place beside a folder, for this process alone, after what a dead one left there was put right."""
    place = Place(folder)
    try:
        file = place.claim()
    except BlockingIOError as error:
        raise _kept(str(error.args[1]), "out", folder) from None
    with file:
        done = place.mend()  # if that fails, all stays for the next start
        try:
            place.sign(file)
            if done:
                checks.warn(done)
            yield place
        finally:
            place.clear()


def _kept(holder: str, name: str, folder: pathlib.Path) -> _InUse:
    advice = f"It is that of process {holder.strip() or 'unknown'}: wait for it, or pass another folder."
    return _InUse(checks.message(name, "be a folder that no other run is writing", str(folder), advice))


def _of_the_disk(error: Exception) -> bool:
    if isinstance(error, OSError):
        return not isinstance(error, ConnectionError)
    return type(error).__module__.startswith(("tensorflow", "safetensors"))  # they have errors of their own for it


def _shortened(error: Exception) -> str:
    text = " ".join(re.sub(r"\{\{.*?\}\}", "", str(error)).split())  # TensorFlow's names of nodes
    return text if len(text) <= 300 else text[:300] + "…"
