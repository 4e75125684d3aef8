"""`Form`: a form of checkpoints, how it is told from others and how it is read."""

import dataclasses
import pathlib
from collections.abc import Callable

from bert_keras.encoders.checkpoints.stored_encoder import StoredEncoder


@dataclasses.dataclass(frozen=True)
class Form:
    """What is known of a form of checkpoints.

    Args:
        name: in a few words, for messages.
        is_at: whether one lies at a path, a folder or a file of it; it looks at little of it.
        read: what it says. ValueError for one that is damaged.
    """

    name: str
    is_at: Callable[[pathlib.Path], bool]
    read: Callable[[pathlib.Path], StoredEncoder]
