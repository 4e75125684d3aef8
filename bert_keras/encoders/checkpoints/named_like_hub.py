"""`NamedLikeHub`: tensors whose names end as TF-Hub's do, with something before them that differs from file to file."""

import pathlib
from collections.abc import Sequence

from bert_keras import checks
from bert_keras.encoders.checkpoints.bert_shapes import HEAD, layers_among
from bert_keras.encoders.checkpoints.stored_tensor import StoredTensor

_WORDS, _OUTPUT_BIAS = "word_embeddings/embeddings", f"{HEAD}output_bias/bias"
_PARTS = ("word_embeddings/", "position_embedding/", "type_embeddings/", "embeddings/", "transformer/", "pooler_")


class NamedLikeHub:
    """The tensors of the one encoder of a file.

    Args:
        tensors: all of the file.
        path: as the user named it, for messages.
        form: of the file, for messages.

    Attributes:
        tensors: those of the encoder and of its masked-word head, by their names in the file.

    Raises:
        ValueError: if there is no BERT among them, or more than one.
    """

    def __init__(self, tensors: Sequence[StoredTensor], path: pathlib.Path, form: str) -> None:
        self._path, self._form = path, form
        begins = _begins(tensors, _WORDS)
        if len(begins) != 1:
            names = ", ".join(f"'{name}'" for name in sorted(tensor.name for tensor in tensors)[:3])
            there = f"{len(begins)} of them" if begins else f"none of them among {len(tensors)}, such as {names}"
            self._refuse(f"hold one BERT, with one tensor whose name ends in {_WORDS}", f"It has {there}.")
        self._begin, self._head_begin = begins[0], (_begins(tensors, _OUTPUT_BIAS) or [""])[0]
        parts = (*(self._begin + part for part in _PARTS), self._head_begin + HEAD)
        own = [tensor for tensor in tensors if tensor.name.startswith(parts)]
        self.tensors = {tensor.name: tensor for tensor in own}
        if len(self.tensors) < len(own):
            self._refuse("have one tensor of each name", f"It has {len(own)} with {len(self.tensors)} names.")

    def name_of(self, name: str) -> str:
        """From a TF-Hub name to the one in the file."""
        return (self._head_begin if name.startswith(HEAD) else self._begin) + name

    def sizes(self) -> dict[str, int]:
        """`BertEncoder`'s sizes by the shapes of the tensors.

        Raises:
            ValueError: if a tensor that tells one is missing or has other axes.
        """
        first = "transformer/layer_0"
        query = self._shape(f"{first}/self_attention/query/kernel", 3)
        return {
            "vocab_size": self._shape(_WORDS, 2)[0],
            "num_layers": layers_among(self.tensors, self.name_of),
            "hidden_size": query[0],
            "num_heads": query[1],
            "intermediate_size": self._shape(f"{first}/intermediate/kernel", 2)[1],
            "max_positions": self._shape("position_embedding/embeddings", 2)[0],
            "type_vocab_size": self._shape("type_embeddings/embeddings", 2)[0],
        }

    def _shape(self, name: str, axes: int) -> tuple[int, ...]:
        tensor = self.tensors.get(self.name_of(name))
        if tensor is None or len(tensor.shape) != axes:
            there = "It is not there." if tensor is None else f"It is {list(tensor.shape)}."
            self._refuse(f"hold '{self.name_of(name)}' with {axes} axes, by which a BERT's sizes are told", there)
        return tensor.shape

    def _refuse(self, must: str, advice: str) -> None:
        raise ValueError(checks.message("checkpoint", must, str(self._path), f"It is {self._form}. {advice}"))


def _begins(tensors: Sequence[StoredTensor], end: str) -> list[str]:
    return [tensor.name.removesuffix(end) for tensor in tensors if tensor.name.endswith(end)]
