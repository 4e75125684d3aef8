"""`Origin`: where a user's own rows come from, and which of them were held out."""

import dataclasses
import os
from collections.abc import Iterable, Mapping
from typing import Any

from bert_keras import checks
from bert_keras.data.splitting import Shares


@dataclasses.dataclass(frozen=True)
class Origin:
    """What it takes to split the same rows again.

    Args:
        files: the path as the user wrote it, or paths by part; an absolute one without its folders, as a model folder
            travels. None for what is no file.
        shares: of "train", by which the parts that have no source were held out; 0 for a part that has one.
    """

    files: str | dict[str, str | None] | None
    shares: Shares

    @classmethod
    def of(cls, files: Any, shares: Shares, given: Iterable[str]) -> "Origin":
        """Of what a user gave, and the parts that were found there."""
        is_by_part = isinstance(files, Mapping) and any(isinstance(own, (str, os.PathLike)) for own in files.values())
        paths = {part: _path(own) for part, own in files.items()} if is_by_part else _path(files)
        held = shares.missing(given)
        kept = {f"{part}_share": held.get(part, 0.0) for part in ("validation", "test")}
        return cls(paths, dataclasses.replace(shares, **kept))

    def to_config(self) -> dict[str, Any]:
        """As a model folder keeps it."""
        return {"files": self.files, **dataclasses.asdict(self.shares)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any] | None) -> "Origin | None":
        """None for a folder of a task that has a name, or of an older version."""
        if config is None:
            return None
        return cls(config["files"], Shares(**{name: value for name, value in config.items() if name != "files"}))

    def holds_out(self, part: str) -> bool:
        """Whether rows of "train" became that part."""
        return bool({"validation": self.shares.validation_share, "test": self.shares.test_share}.get(part))

    def has(self, part: str, source: Any) -> bool:
        """Whether a file was given as that part."""
        path = _path(source)
        return path is not None and isinstance(self.files, dict) and self.files.get(part) == path

    def sources(self) -> str | dict[str, str]:
        """The files; ValueError where one is no file, or is not where it was."""
        for path in self.files.values() if isinstance(self.files, dict) else (self.files,):
            if path is None or not os.path.exists(os.path.expanduser(path)):
                found = "objects in memory" if path is None else f"'{path}', which is not here"
                advice = f"The model was trained on {found}: pass that (--task FILE), or another file."
                raise ValueError(checks.message("task", "be given", None, advice))
        return self.files


def _path(source: Any) -> str | None:
    if not isinstance(source, (str, os.PathLike)):
        return None
    path = os.fspath(source)
    return os.path.basename(os.path.normpath(path)) if os.path.isabs(os.path.expanduser(path)) else path
