"""`PortableHead`: a tuned model's head as arrays, and what other programs call it and its outputs."""

import dataclasses

import numpy as np

from bert_keras.features import SINGLE_LABEL


@dataclasses.dataclass(frozen=True)
class Transform:
    """What stands before the last matrix of BERT's masked-word head: dense, GELU in the encoder's form, layer norm.

    Args:
        kernel, bias: float32 [hidden_size, hidden_size] and [hidden_size].
        gamma, beta: of the layer norm, [hidden_size].
        epsilon: added to its variances.
    """

    kernel: np.ndarray
    bias: np.ndarray
    gamma: np.ndarray
    beta: np.ndarray
    epsilon: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class PortableHead:
    """One dense layer over an output of the encoder, which is what every kind's head is.

    Args:
        architecture: the class of transformers that is the whole model.
        layer: what the layer is called in that class.
        reads: the encoder's output that it reads, "pooled_output" or "sequence_output".
        kernel: float32 [hidden_size, columns]; None where it is the encoder's word table, transposed.
        bias: float32 [columns].
        outputs: names of the outputs; several have a column each.
        activation: from logits to probabilities, "softmax" or "sigmoid", over the last axis; None where there are none.
        labels: names of the columns; None where they have none.
        problem_type: what the logits mean.
        choices: whether features are [batch, choices, seq_length], and the logits [batch, choices].
        hides_padding: whether -10,000 is added to the logits of padding.
        transform: what stands before the layer, or None.
        settings: what else the exported folder keeps of the task, such as seq_length.
    """

    architecture: str
    layer: str
    reads: str
    kernel: np.ndarray | None
    bias: np.ndarray
    outputs: tuple[str, ...] = ("logits",)
    activation: str | None = None
    labels: tuple[str, ...] | None = None
    problem_type: str = SINGLE_LABEL
    choices: bool = False
    hides_padding: bool = False
    transform: Transform | None = None
    settings: dict = dataclasses.field(default_factory=dict)
