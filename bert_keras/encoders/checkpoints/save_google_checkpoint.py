"""`save_google_checkpoint`: an encoder as the TF1 checkpoint that Google's BERT and Model Garden's converter read."""

import dataclasses
import json
import pathlib
from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from bert_keras import checks
from bert_keras.encoders.checkpoints.bert_config import CONFIG, GOOGLES, bert_config_of
from bert_keras.encoders.checkpoints.bert_shapes import HEAD
from bert_keras.encoders.checkpoints.google_checkpoint import google_name
from bert_keras.encoders.encoder import INITIALIZER_RANGE
from bert_keras.encoders.plain_bert import PlainBert
from bert_keras.hub.plain_path import plain_path

PREFIX = "bert_model.ckpt"


def save_google_checkpoint(
    plain: PlainBert,
    folder: pathlib.Path,
    head: Mapping[str, np.ndarray] | None = None,
    lower_case: bool | None = None,
) -> None:
    """Writes `bert_config.json` and `bert_model.ckpt.index` and `.data-00000-of-00001` into a folder that exists.

    Google's code works GELU out by tanh and adds 1e-12 to variances. Of an encoder with another GELU or epsilon the
    config says so in an entry of its own, "bert_keras", which this library reads and Google's does not, with a warning.

    Args:
        plain: the encoder.
        folder: where to.
        head: the arrays of a masked-word head by TF-Hub's names, as `Encoder.mlm_weights`.
        lower_case: whether text is lower-cased, which Google's files do not say: an entry more, "do_lower_case", is for
            this library.
    """
    weights = dict(plain.weights) | {HEAD + name: values for name, values in (head or {}).items()}
    tensors = {google_name(name): _flat(name, values) for name, values in weights.items()}
    names = sorted(tensors)
    path = plain_path(str(folder)) + f"/{PREFIX}"
    tf.raw_ops.SaveV2(
        prefix=path,
        tensor_names=names,
        shape_and_slices=[""] * len(names),
        tensors=[tf.constant(tensors[name]) for name in names],
    )
    rates = {"dropout": plain.dropout, "attention_dropout": plain.attention_dropout}
    config = bert_config_of({**dataclasses.asdict(plain.config), **rates, "initializer_range": INITIALIZER_RANGE})
    own = {"gelu": plain.gelu, "layer_norm_epsilon": plain.epsilon}
    if own != GOOGLES:
        config["bert_keras"] = own
        said = f"GELU by '{plain.gelu}' and an epsilon of {plain.epsilon:g}"
        checks.warn(f"The encoder has {said}. Google's code takes 'tanh' and 1e-12: its outputs will differ a little.")
    if lower_case is not None:
        config["do_lower_case"] = lower_case
    (folder / CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def _flat(name: str, values: np.ndarray) -> np.ndarray:
    """An array in Google's shape, where the axes of heads and of their depth are one."""
    if "/self_attention/" not in name:
        return values
    if not name.endswith("kernel"):
        return values.reshape(-1)
    return values.reshape(-1, values.shape[-1]) if "attention_output" in name else values.reshape(values.shape[0], -1)
