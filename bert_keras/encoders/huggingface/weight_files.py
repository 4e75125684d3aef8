"""`WeightFiles`: the tensors of a Hugging Face folder, in one file of safetensors or in the shards of an index."""

import contextlib
import json
import os
import pathlib
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open

from bert_keras.encoders.huggingface.native_arguments import CONFIG, bad_folder, read_json

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
# What other programs write; a pickle may run any program when it is read.
_OTHERS = ("pytorch_model.bin", "pytorch_model.bin.index.json", "tf_model.h5", "flax_model.msgpack")


class WeightFiles:
    """The tensors, open for reading in a `with`.

    Args:
        folder: holds model.safetensors, or model.safetensors.index.json and the shards that it names.

    Raises:
        ValueError: if there are no such files, a shard is missing or stands elsewhere, a file is damaged, or the shards
            do not hold what the index says.
    """

    def __init__(self, folder: pathlib.Path) -> None:
        self._folder = folder
        names, self._index = [WEIGHTS], None
        if not (folder / WEIGHTS).is_file():
            if not (folder / INDEX).is_file():
                raise ValueError(no_weights(folder))
            self._index = _read_index(folder)
            names = sorted(set(self._index.values()))
        with contextlib.ExitStack() as opened:
            self._files = {name: opened.enter_context(self._opened(name)) for name in names}
            self._places = {tensor: name for name, file in self._files.items() for tensor in file.keys()}
            self._check_index()
            self._opened_files = opened.pop_all()

    def __enter__(self) -> "WeightFiles":
        return self

    def __exit__(self, *error: Any) -> None:
        self._opened_files.close()

    def keys(self) -> list[str]:
        """The names of all tensors."""
        return list(self._places)

    def get_tensor(self, name: str) -> np.ndarray:
        """An array; ValueError for numbers that are not finite."""
        try:
            values = self._files[self._places[name]].get_tensor(name)
        except SafetensorError as error:
            raise ValueError(self._damaged(self._places[name], error)) from error
        if values.dtype.kind not in "iub" and not np.isfinite(values.astype("float32")).all():
            count = int((~np.isfinite(values.astype("float32"))).sum())
            must = f"hold finite weights, and '{name}' has {count:,} of {values.size:,} that are not"
            advice = "The training that wrote it diverged, or the file is damaged: take another checkpoint of it."
            raise ValueError(bad_folder(self._folder, must, advice))
        return values

    def _opened(self, name: str) -> Any:
        try:
            return safe_open(str(self._folder / name), framework="numpy")
        except SafetensorError as error:
            raise ValueError(self._damaged(name, error)) from error

    def _damaged(self, name: str, error: Exception) -> str:
        size = os.path.getsize(self._folder / name)
        advice = f"It cannot be read: {error}. It has {size:,} bytes; copy or download it again."
        return bad_folder(self._folder, f"hold a whole {name}", advice)

    def _check_index(self) -> None:
        if self._index is None or self._index == self._places:
            return
        lost = [f"'{name}' in {file}" for name, file in self._index.items() if self._places.get(name) != file]
        more = [f"'{name}' in {file}" for name, file in self._places.items() if name not in self._index]
        must = f"hold the weights that its {INDEX} names, in the files that it names"
        counted = {f"{len(lost)} are missing": lost, f"{len(more)} are extra": more}
        advice = " ".join(f"{what}: {some_of(names)}." for what, names in counted.items() if names)
        raise ValueError(bad_folder(self._folder, must, advice))


def has_weights(folder: pathlib.Path) -> bool:
    """Whether a folder holds weights as safetensors."""
    return (folder / WEIGHTS).is_file() or (folder / INDEX).is_file()


def _read_index(folder: pathlib.Path) -> dict[str, str]:
    """From a tensor's name to the file of it, of files that are there."""
    found = read_json(folder / INDEX).get("weight_map")
    if not isinstance(found, dict) or not found or not all(isinstance(name, str) for name in found.values()):
        must = f'hold in {INDEX} the object "weight_map", from the name of each weight to the name of its file'
        raise ValueError(bad_folder(folder, must, f"It is {json.dumps(found)[:80]}."))
    names = sorted(set(found.values()))
    for name in names:
        if pathlib.PurePath(name).name != name or "\\" in name or not name.endswith(".safetensors"):
            must = f"name in {INDEX} files of safetensors that stand in the folder itself"
            raise ValueError(bad_folder(folder, must, f"It names '{name:.80}', which is not opened."))
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        must = f"hold the {len(names)} files that its {INDEX} names"
        advice = f"There are missing: {some_of(missing)}. Copy or download them again."
        raise ValueError(bad_folder(folder, must, advice))
    return found


def no_weights(folder: pathlib.Path) -> str:
    """The message for a folder without safetensors: what there is, and how to make them."""
    here = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    advice = f"There is: {', '.join(here) or ('nothing' if folder.is_dir() else 'no such folder')}."
    others = [name for name in _OTHERS if name in here]
    if others:
        says = read_json(folder / CONFIG).get("architectures") if CONFIG in here else None
        cls = says[0] if isinstance(says, list) and says and str(says[0]).isidentifier() else "AutoModel"
        from_other = {"tf_model.h5": ", from_tf=True", "flax_model.msgpack": ", from_flax=True"}.get(others[0], "")
        advice += (
            f" {others[0]} is never opened here: a pickle may run any program. Where you trust it, transformers makes "
            f'safetensors of it: python -c "import transformers; transformers.{cls}.from_pretrained('
            f"'{folder}'{from_other}).save_pretrained('{folder}-safetensors', safe_serialization=True)\"."
        )
    return bad_folder(folder, f"hold {WEIGHTS}", advice)


def some_of(names: list[str]) -> str:
    """The first of some names, in words."""
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
