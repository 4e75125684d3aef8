"""`to_disk`: waits until the disk has what was written; a renamed file may be empty after a power cut otherwise."""

import errno
import os
import pathlib

_CANNOT = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)  # of file systems that write folders at once, or do not say


def to_disk(path: str | os.PathLike) -> None:
    """Waits until the disk has a file's content, or a folder's list of names.

    Raises:
        OSError: if the disk did not take it.
    """
    if os.name == "nt":  # where a folder cannot be opened, and a file must be for writing
        if os.path.isdir(path):
            return
        opened = os.open(path, os.O_RDWR | os.O_BINARY)
    else:
        opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    except OSError as error:
        if not (os.path.isdir(path) and error.errno in _CANNOT):
            raise
    finally:
        os.close(opened)


def tree_to_disk(folder: pathlib.Path) -> None:
    """Waits until the disk has all files and folders below a folder, and the folder itself."""
    for root, _, names in os.walk(folder, topdown=False):
        for name in names:
            path = os.path.join(root, name)
            if os.path.isfile(path) and not os.path.islink(path):
                to_disk(path)
        to_disk(root)
