"""`check_config`: what a config of a stranger, as in a `.keras` file, may have a layer load."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from keras.src.saving.serialization_lib import in_safe_mode  # there is no public name for it

from bert_keras import checks
from bert_keras.hub.resolving import resolve

_SAID_IN_CODE = ("trust", "sha256", "load_options")


def check_config(config: Mapping[str, Any]) -> None:
    """Looks at the config of a layer that loads a SavedModel, before the layer is made.

    Keras' safe mode is on unless someone asks for `safe_mode=False`. The SavedModel is then taken from this machine
    alone: its folder, or what is in the cache. What its graph holds is checked either way, when it is loaded.

    Args:
        config: of `KerasLayer` or `HubEncoder`.

    Raises:
        ValueError: for what only code may say, such as `trust`; in safe mode, for what would have to be fetched, or is
            not there.
    """
    for name in _SAID_IN_CODE:
        if name in config:
            must = "not stand in a config, which a stranger can have written"
            advice = "Make the layer in code, with this argument, and load the weights of the model."
            raise ValueError(checks.message(name, must, config[name], advice))
    if in_safe_mode() is not False:
        resolve(config["handle"], fetch=False)


@contextlib.contextmanager
def plain_errors() -> Iterator[None]:
    """In here a ValueError of a layer's constructor is raised as it is: Keras makes a TypeError with a page of text."""
    try:
        yield
    except TypeError as error:
        if isinstance(error.__context__, ValueError):
            raise error.__context__ from None
        raise
