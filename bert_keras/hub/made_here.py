"""`MADE_HERE`: encoders of the catalogue that are made on this machine and not fetched, by whom."""

import os
from collections.abc import Callable

# From 'publisher/name' to a function of the cache folder (None takes it from the environment) that returns the folder
# of the SavedModel. `bert_keras` fills it when it is imported: whoever makes an encoder stands in a layer above this.
MADE_HERE: dict[str, Callable[[str | os.PathLike | None], str]] = {}
