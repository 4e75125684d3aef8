"""`plain_path`: a folder whose name TensorFlow would take for a pattern, under a name that it takes as it stands."""

import hashlib
import os
import shutil

from bert_keras.lasting_folder import lasting_folder

_OF_PATTERNS = set("*?[]" if os.path.sep == "\\" else "*?[]\\")


def plain_path(folder: str) -> str:
    """`folder`, or a link to it where its name holds one of `*?[]\\`.

    TensorFlow looks for the files of a checkpoint by a pattern that it makes of the path, and so does not find those in
    "runs [v1]". The link lies in a temporary folder until the process ends: what was loaded may read its assets later.
    Where there can be no links, as on Windows without the right to make them, the folder is copied there.
    """
    if not _OF_PATTERNS.intersection(folder) or "://" in folder:
        return folder
    target = os.path.abspath(folder)
    link = os.path.join(lasting_folder(), hashlib.sha256(os.fsencode(target)).hexdigest()[:16])
    if os.path.islink(link):
        return link
    try:
        os.symlink(target, link, target_is_directory=True)
    except OSError:
        shutil.rmtree(link, ignore_errors=True)  # of before: the folder may hold something else by now
        shutil.copytree(target, link)
    return link
