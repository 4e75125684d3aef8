"""`check_owner`: a folder of programs that other users of the machine could change is refused.

Looked at are owners and mode bits of the folder and of those that it lies in, as POSIX has them. Access lists are not
looked at, and on Windows, where folders of a user are that user's by default, nothing is.
"""

import os
import stat

from bert_keras import checks

_ADMINISTRATOR = 0


def check_owner(folder: str, name: str = "cache_dir") -> None:
    """Looks at a folder, and at all above it, as far as they are there.

    A folder may be writable for its group where that is the user's own, of the same number. Above the folder, one that
    all may write will do if nobody can rename what is another's in it, as in /tmp.

    Args:
        folder: need not exist.
        name: what the error calls it.

    Raises:
        ValueError: naming the folder that others can write, and what to do.
    """
    if os.name == "nt":
        return
    path = whole = os.path.realpath(folder)
    while True:
        if os.path.isdir(path):
            reason = _fault(os.stat(path), is_above=path != whole)
            if reason:
                must = "be a folder that nobody else can write: models are programs"
                advice = (
                    f"'{path}' {reason}. If it is yours: chmod go-w '{path}'. Else set BERT_KERAS_CACHE to a folder of "
                    "your own, or name the folder of one model in place of its address."
                )
                raise ValueError(checks.message(name, must, folder, advice))
        above = os.path.dirname(path)
        if above == path:
            return
        path = above


def _fault(found: os.stat_result, is_above: bool) -> str:
    user = os.geteuid()
    if found.st_uid not in (user, _ADMINISTRATOR):
        return f"belongs to another user, number {found.st_uid}"
    if is_above and found.st_mode & stat.S_ISVTX:
        return ""
    if found.st_mode & stat.S_IWOTH:
        return "can be written by all users"
    if found.st_mode & stat.S_IWGRP and not found.st_gid == found.st_uid == user:
        return f"can be written by the group of number {found.st_gid}"
    return ""
