"""`exchange`: two folders change names in one step, where the system and the file system can do that."""

import ctypes
import errno
import os

_HERE = -100  # AT_FDCWD: paths are relative to the current folder
_EXCHANGE = 2  # RENAME_EXCHANGE
_CANNOT = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP)


def exchange(one: str | os.PathLike, other: str | os.PathLike) -> bool:
    """Gives two files or folders each other's names by `renameat2`: at every moment both names are there.

    Args:
        one, other: on one file system.

    Returns:
        Whether that was done; False where the C library, the kernel or the file system cannot, and nothing changed.

    Raises:
        OSError: as `os.rename`.
    """
    if os.name == "nt":  # there is no C library to ask
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    if rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _CANNOT:
        return False
    raise OSError(number, os.strerror(number), os.fspath(one), None, os.fspath(other))
