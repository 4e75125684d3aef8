"""`ForeignHead`: the head of a model that was tuned elsewhere, from which a kind makes its own model."""

import dataclasses
from typing import Any

import numpy as np
from keras import layers

from bert_keras import checks


@dataclasses.dataclass(frozen=True, kw_only=True)
class ForeignHead:
    """One dense layer over an output of the encoder, as `PortableHead` is on the way out.

    Args:
        name: of the model, for messages and as the name of its task.
        kernel, bias: float32 [hidden_size, columns] and [columns].
        labels: names of the columns; None where the files have none.
        problem_type: what the logits mean, where the files say it.
        dropout: before the layer.
        seq_length: the most tokens of a row, where someone says so.
        longest: rows of the encoder's position table.
        pairs: whether it takes pairs of texts.
        settings: what else an exported folder keeps of the task.
    """

    name: str
    kernel: np.ndarray
    bias: np.ndarray
    labels: tuple[str, ...] | None = None
    problem_type: str | None = None
    dropout: float = 0.1
    seq_length: int | None = None
    longest: int = 512
    pairs: bool = False
    settings: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def columns(self) -> int:
        """Of the logits."""
        return len(self.bias)

    def length(self, most: int) -> int:
        """Tokens of a row: what is stated, or `most`, or the rows of the position table if these are fewer."""
        return min(self.seq_length or most, self.longest)

    def described(self, **own: Any) -> dict[str, Any]:
        """What predictors and model folders know of the task: `own`, and before that what the files say."""
        return {"task": self.name, "metric_names": [], **own, **self.settings}

    def check_columns(self, count: int, what: str) -> None:
        """Raises ValueError where the head has another number of columns than its kind of model."""
        if self.columns != count:
            must = f"hold a head of {count} column{'s' * (count > 1)}, {what}"
            raise ValueError(checks.message("folder", must, self.name, f"It has {self.columns}."))

    def fill(self, layer: layers.Dense) -> None:
        """Gives a dense layer the arrays."""
        layer.kernel.assign(self.kernel)
        layer.bias.assign(self.bias)
