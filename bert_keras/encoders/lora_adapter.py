"""LoRA (Hu et al., 2021, https://arxiv.org/abs/2106.09685): two narrow matrices beside a kernel, trained in its place.

Keras' own `Dense.enable_lora` is not used: it makes the whole kernel + A B at every step, which takes a gradient of the
kernel's size, and the native encoder's kernels are plain weights, not `Dense`'s. This file imports no TensorFlow.
"""

from typing import Any

import keras
import numpy as np
from keras import ops

from bert_keras import checks
from bert_keras.encoders.layers.layer_forward import kernel_width
from bert_keras.encoders.layers.transformer_block import TransformerBlock

LORA_A, LORA_B = "lora_a", "lora_b"

# What users name, and the names within a layer.
MATRICES = {
    "query": "self_attention.query",
    "key": "self_attention.key",
    "value": "self_attention.value",
    "attention_output": "self_attention.attention_output",
    "intermediate": "intermediate",
    "output": "output",
}


class LoraAdapter(keras.layers.Layer):
    """x [rows, inputs] to (x A) B * alpha / rank [rows, outputs], which is added to the product of x and a kernel.

    A [inputs, rank] is drawn as PEFT does, uniformly between -1 and 1 over the root of `inputs`, and B [rank, outputs]
    is zero: at first nothing is added. It has no dropout of its own.
    """

    def __init__(self, inputs: int, outputs: int, rank: int, alpha: float, seed: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale = alpha / rank
        # Its bound is the root of 3 * scale / fan_in.
        uniform = keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform", seed=seed)
        self.lora_a = self.add_weight((inputs, rank), uniform, name=LORA_A)
        self.lora_b = self.add_weight((rank, outputs), "zeros", name=LORA_B)
        self.built = True

    def call(self, rows: Any) -> Any:
        return ops.matmul(ops.matmul(rows, self.lora_a) * self.scale, self.lora_b)

    def product(self) -> np.ndarray:
        """A B * alpha / rank, what is added to the kernel [inputs, outputs], in float64."""
        a, b = (ops.convert_to_numpy(weight).astype("float64") for weight in (self.lora_a, self.lora_b))
        return a @ b * self.scale


def check_matrices(name: str, matrices: Any) -> list[str]:
    """The matrices that the argument `name` lists, "query,value" or "all", in the order of MATRICES.

    Raises:
        ValueError: for other names, or none.
    """
    parts = [part.strip() for part in checks.text(name, matrices).split(",")]
    if parts == ["all"]:
        return list(MATRICES)
    for part in parts:
        if part not in MATRICES:
            must = f"be 'all', or some of {', '.join(MATRICES)} with commas between"
            raise ValueError(checks.message(name, must, matrices, checks.did_you_mean(part, MATRICES)))
    return [matrix for matrix in MATRICES if matrix in parts]


def add_adapters(blocks: list[TransformerBlock], rank: int, alpha: float, matrices: list[str], seed: Any) -> None:
    """Gives each layer an adapter for each of the matrices."""
    for block in blocks:
        for matrix in matrices:
            name = MATRICES[matrix]
            size = int(np.prod(block.weights_by_name[f"{name}.kernel"].shape))
            outputs = kernel_width(name, block.weights_by_name[f"{name}.kernel"].shape)
            options = {"dtype": block.dtype_policy, "name": f"{block.name}_lora_{matrix}"}
            block.adapters[name] = LoraAdapter(size // outputs, outputs, rank, alpha, seed, **options)


def adapter_weights(blocks: list[TransformerBlock]) -> dict[str, keras.Variable]:
    """The adapters' weights under names like TF-Hub's: `transformer/layer_0/self_attention/query/lora_a`."""
    return {
        f"{block.place}/{name.replace('.', '/')}/{weight.name}": weight
        for block in blocks
        for name, adapter in block.adapters.items()
        for weight in (adapter.lora_a, adapter.lora_b)
    }


def merged_kernels(blocks: list[TransformerBlock]) -> dict[str, np.ndarray]:
    """The kernels that have adapters with these added, under TF-Hub's names, in the kernels' shapes and dtypes."""
    merged = {}
    for block in blocks:
        for name, adapter in block.adapters.items():
            kernel = ops.convert_to_numpy(block.weights_by_name[f"{name}.kernel"])
            whole = kernel.astype("float64") + adapter.product().reshape(kernel.shape)
            merged[f"{block.place}/{name.replace('.', '/')}/kernel"] = whole.astype(kernel.dtype)
    return merged
