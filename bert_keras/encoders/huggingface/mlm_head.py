"""`read_mlm_head`: the masked-word head of a Hugging Face checkpoint, under TF-Hub's names."""

import pathlib
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.from_hub_encoder import mlm_weights

_BEGIN = "cls.predictions."
_NAMES = {  # in files from before 2020 layer norms have `gamma` and `beta`
    "transform/dense/kernel": ("transform.dense.weight",),
    "transform/dense/bias": ("transform.dense.bias",),
    "transform/LayerNorm/gamma": ("transform.LayerNorm.weight", "transform.LayerNorm.gamma"),
    "transform/LayerNorm/beta": ("transform.LayerNorm.bias", "transform.LayerNorm.beta"),
    "output_bias/bias": ("bias", "decoder.bias"),
}


def read_mlm_head(file: Any, native: BertEncoder, words: np.ndarray, folder: pathlib.Path) -> dict[str, Any] | None:
    """The arrays that `BertEncoder.mlm_weights` are, of `ForMaskedLM` and `ForPreTraining` of BERT.

    None where the file has no such head. One that is not whole, or whose output matrix is not the word table, is left
    out with a warning.

    Args:
        file: has `keys()` and `get_tensor(name)`.
        native: the encoder.
        words: its word table.
        folder: for messages.
    """
    stored = {name.removeprefix(_BEGIN) for name in file.keys() if name.startswith(_BEGIN)}
    if not stored:
        return None
    found: dict[str, np.ndarray] = {}
    for ours, names in _NAMES.items():
        name = next((name for name in names if name in stored), None)
        if name is not None:
            values = file.get_tensor(f"{_BEGIN}{name}").astype("float32")
            found[ours] = np.ascontiguousarray(values.T if ours.endswith("kernel") else values)
    weights = mlm_weights(found, native)
    tied = "decoder.weight" not in stored or np.array_equal(
        file.get_tensor(f"{_BEGIN}decoder.weight").astype("float32"), words
    )
    if weights is None or not tied:
        why = "its output matrix is not the word table" if weights is not None else "it is not BERT's, or not whole"
        checks.warn(f"The masked-word head of '{folder.name}' is left out: {why}.")
        return None
    return weights
