"""`LoraEncoder`: what a native encoder has for LoRA (Hu et al., 2021, https://arxiv.org/abs/2106.09685).

This file imports no TensorFlow.
"""

from typing import Any

import keras
import numpy as np
from keras import ops

from bert_keras import checks
from bert_keras.encoders.encoder import Encoder
from bert_keras.encoders.layers.transformer_block import TransformerBlock
from bert_keras.encoders.lora_adapter import adapter_weights, add_adapters, check_matrices, merged_kernels


class LoraEncoder(Encoder):
    """An encoder of `blocks`, of `hidden_size` and with a `seed`, beside whose kernels there may be LoRA's matrices."""

    hidden_size: int
    seed: int | None
    blocks: list[TransformerBlock]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._lora: dict[str, Any] | None = None

    @property
    def lora(self) -> dict[str, Any] | None:
        """`rank`, `alpha` and `matrices` of `add_lora`; None where there are no adapters."""
        return None if self._lora is None else dict(self._lora)

    def add_lora(self, rank: int = 8, alpha: float = 16.0, matrices: str = "query,value") -> int:
        """Freezes the encoder and adds LoRA's matrices beside its kernels; returns how many weights these are.

        A product rows W becomes rows W + (rows A) B * alpha / rank (Hu et al., 2021). B is zero at first, so that the
        outputs are what they were. Add them before `fit`, or compile the model again: its optimizer knows the weights.

        >>> encoder = bk.load_encoder("bert_en_uncased_L-12_H-768_A-12", native=True)
        >>> encoder.add_lora(rank=8)
        48
        >>> model = bk.TextClassifier(encoder, num_classes=2)

        Args:
            rank: columns of A and rows of B, at most the encoder's width.
            alpha: the scale, times `rank`.
            matrices: some of query, key, value, attention_output, intermediate and output, with commas between; or
                "all".

        Raises:
            ValueError: if it has adapters already, or is not trainable.
        """
        rank = checks.integer("rank", rank, 1, self.hidden_size, "the encoder's width")
        if checks.number("alpha", alpha, 0.0) == 0:
            raise ValueError(checks.message("alpha", "be above 0", alpha))
        matrices = check_matrices("matrices", matrices)
        if self._lora is not None:
            advice = "encoder.merge_lora() adds them to the kernels, after which there can be others."
            raise ValueError(checks.message("encoder", "have no adapters of LoRA yet", self._lora, advice))
        if not self.trainable:
            advice = "Load it with trainable=True: add_lora freezes all but what it adds."
            raise ValueError(checks.message("encoder", "be trainable, for its adapters to be trained", False, advice))
        for weight in self.named_weights().values():
            weight.trainable = False
        # Another stream than that of the tables, which begins with `seed`.
        seeds = keras.random.SeedGenerator(None if self.seed is None else self.seed + 2**16)
        add_adapters(self.blocks, rank, float(alpha), matrices, seeds)
        self._lora = {"rank": rank, "alpha": float(alpha), "matrices": ",".join(matrices)}
        return len(self.lora_weights())

    def merge_lora(self) -> None:
        """Adds the products of LoRA's matrices to the kernels and drops them; every weight is trainable again.

        The outputs are the same but for rounding. A model that was trained must be compiled again before more training.

        Raises:
            ValueError: if there are no adapters.
        """
        if self._lora is None:
            raise ValueError(checks.message("encoder", "have adapters of LoRA, to merge them", self.name))
        weights = self.named_weights()
        for name, kernel in merged_kernels(self.blocks).items():
            weights[name].assign(kernel)
        for block in self.blocks:
            block.adapters.clear()
        self._lora = None
        for weight in weights.values():
            weight.trainable = True

    def lora_weights(self) -> dict[str, keras.Variable]:
        """LoRA's matrices, as `transformer/layer_0/self_attention/query/lora_a`; none without `add_lora`."""
        return adapter_weights(self.blocks)

    def merged_weights(self) -> dict[str, np.ndarray]:
        """`named_weights` as arrays, with what LoRA adds to them."""
        own = {name: ops.convert_to_numpy(weight) for name, weight in self.named_weights().items()}
        return own | merged_kernels(self.blocks)

    def tunable_weights(self) -> dict[str, keras.Variable]:
        return self.named_weights() | self.lora_weights()

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **({} if self._lora is None else {"lora": self.lora})}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "LoraEncoder":
        if not config.get("lora"):
            return super().from_config({name: value for name, value in config.items() if name != "lora"})
        later = ("lora", "frozen", "trainable")
        encoder = super().from_config({name: value for name, value in config.items() if name not in later})
        encoder.add_lora(**config["lora"])
        encoder._freeze_exactly(config.get("frozen"))
        if not config.get("trainable", True):  # setting True would train what is frozen
            encoder.trainable = False
        return encoder
