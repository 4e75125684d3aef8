"""`lean_imports`: TensorFlow and Keras without what they take along for parts that the command line does not use."""

import importlib.abc
import sys
from collections.abc import Sequence
from typing import Any

# By who imports them. Each is optional there, for wrappers, pictures and frames: where it is installed, it is half the
# time of the import.
_HIDDEN = {
    "tensorflow": {"jax", "matplotlib", "pandas", "scipy"},
    "keras": {"IPython", "PIL", "cv2", "matplotlib", "pandas", "sklearn"},
    "keras.src.callbacks": {"jax"},  # not from its JAX backend
}
_MACHINERY = ("importlib", "_frozen_importlib")


def lean_imports() -> None:
    """From here on `tensorflow` and `keras` do not find what they can do without; whoever else imports it does.

    For a process that is the command line's own: in a user's, Keras would not know the user's frames.
    """
    if not any(isinstance(finder, _NotFound) for finder in sys.meta_path):
        sys.meta_path.insert(0, _NotFound())


class _NotFound(importlib.abc.MetaPathFinder):
    """Finds nothing; of some names it says so at once to a module of the two."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: Any = None) -> None:
        hiding = [importer for importer, hidden in _HIDDEN.items() if fullname in hidden]
        if hiding and any(f"{_importer()}.".startswith(f"{importer}.") for importer in hiding):
            raise ModuleNotFoundError(f"{fullname} is not needed here", name=fullname)


def _importer() -> str:
    """The module that imports."""
    frame = sys._getframe(1)
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if name != __name__ and name.split(".")[0] not in _MACHINERY:
            return name
        frame = frame.f_back
    return ""
