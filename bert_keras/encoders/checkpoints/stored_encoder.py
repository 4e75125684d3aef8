"""`StoredEncoder`: what a checkpoint says of a BERT, compared with what a BERT is, and read."""

import dataclasses
import math
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.encoders.checkpoints.bert_shapes import HEAD, bert_shapes, layers_among
from bert_keras.encoders.checkpoints.stored_tensor import StoredTensor
from bert_keras.encoders.encoder import SIZES

_POOLER = "pooler_transform/"


@dataclasses.dataclass(frozen=True, kw_only=True)
class StoredEncoder:
    """A BERT, ALBERT or ELECTRA that lies in a checkpoint of some form.

    Args:
        path: what the user named.
        form: the checkpoint's form, for messages.
        settings: arguments of `BertEncoder`, its sizes among them.
        told_by: what says the sizes, for messages.
        tensors: all of the encoder's and of its masked-word head's, by the names that they have there.
        name_of: from a TF-Hub name to the name there; the head's begin with "cls/predictions/".
        flat: whether the axes of heads and of their depth are one.
        vocab_file: the path of the vocabulary, None where there is none.
        lower_case: whether text is lower-cased, None where that is not said.
        notes: what a user has to know of it, each a sentence.
        network: "BERT", or which of its family it is, for messages.
    """

    path: pathlib.Path
    form: str
    settings: Mapping[str, Any]
    told_by: str
    tensors: Mapping[str, StoredTensor]
    name_of: Callable[[str], str]
    flat: bool = False
    vocab_file: pathlib.Path | None = None
    lower_case: bool | None = None
    notes: tuple[str, ...] = ()
    network: str = "BERT"

    def arrays(self) -> dict[str, np.ndarray]:
        """The float32 arrays by TF-Hub's names, in TF-Hub's shapes; without a pooler or head that is not there.

        Raises:
            ValueError: naming the tensors that are missing, have another shape or are not BERT's, or one that cannot
                be read or is not finite.
        """
        shapes = self.shapes()
        self._check(shapes)
        return {name: self._read(self.tensors[self.name_of(name)], shape) for name, shape in shapes.items()}

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """By TF-Hub's names, those that an encoder of these sizes has; of a pooler and a head if any of it is there.

        Raises:
            ValueError: for sizes that cannot be, and another number of layers than there are.
        """
        for name in SIZES:
            checks.integer(name, self.settings[name], 1)
        layers = layers_among(self.tensors, self.name_of)
        if not self.settings.get("share_layers") and layers != self.settings["num_layers"]:
            must = f"hold the {self.settings['num_layers']:,} layers that {self.told_by} says"
            raise ValueError(self.message(must, f"It holds {layers}."))
        if self.settings["hidden_size"] % self.settings["num_heads"]:
            must = f"have a num_heads in {self.told_by} that divides hidden_size={self.settings['hidden_size']}"
            raise ValueError(self.message(must, f"It is {self.settings['num_heads']}."))
        shapes = bert_shapes(self.settings, with_head=True)
        for part in (_POOLER, HEAD):
            own = [name for name in shapes if name.startswith(part)]
            if not any(self.name_of(name) in self.tensors for name in own):
                for name in own:
                    del shapes[name]
        return shapes

    def _check(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        wanted = {self.name_of(name): self._there(shape, name) for name, shape in shapes.items()}
        missing = [f"'{name}'" for name in wanted if name not in self.tensors]
        other = [
            f"'{name}' is {list(self.tensors[name].shape)} and must be {list(shape)}"
            for name, shape in wanted.items()
            if name in self.tensors and self.tensors[name].shape != shape
        ]
        more = [f"'{name}'" for name in self.tensors if name not in wanted]
        found = []
        if missing:
            found.append(f"It lacks {len(missing)}: {_listed(missing)}.")
        if other:
            found.append(f"{len(other)} of another shape: {_listed(other)}.")
        if more:
            found.append(f"{len(more)} that {self.network} does not have: {_listed(more)}.")
        if found:
            must = f"hold the tensors of {self.network} as {self.told_by} describes it"
            raise ValueError(self.message(must, " ".join(found)))

    def _there(self, shape: tuple[int, ...], name: str) -> tuple[int, ...]:
        """The shape that a tensor has in the checkpoint."""
        if not self.flat or "/self_attention/" not in name:
            return shape
        width = self.settings["hidden_size"]
        return (width, width) if name.endswith("kernel") else (width,)

    def _read(self, tensor: StoredTensor, shape: tuple[int, ...]) -> np.ndarray:
        values = np.asarray(tensor.read()).astype("float32", copy=False)
        bad = values.size - int(np.isfinite(values).sum())
        if bad:
            numbers = f"{bad:,} of the {math.prod(values.shape):,} numbers of '{tensor.name}' are not"
            raise ValueError(self.message(f"have finite weights, and {numbers}", "Its training diverged."))
        return values.reshape(shape)

    def message(self, must: str, advice: str) -> str:
        return checks.message("checkpoint", must, str(self.path), f"It is {self.form}. {advice}")


def _listed(names: Sequence[str], count: int = 5) -> str:
    return ", ".join(names[:count]) + (f" and {len(names) - count} more" if len(names) > count else "")
