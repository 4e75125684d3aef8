"""`lasting_folder`: a temporary folder until the process ends."""

import atexit
import functools
import shutil
import tempfile


@functools.cache
def lasting_folder() -> str:
    """The path of the process's own folder, which goes when the process ends."""
    folder = tempfile.mkdtemp(prefix="bert_keras_")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
