"""TF-Hub's modules of TensorFlow 1: what they are known by, how they are called, and that they stay frozen."""

import os

import tensorflow as tf

from bert_keras import checks
from bert_keras.hub.folders import TF1_MARK

TF1_SIGNATURE = "tokens"  # from three features to the outputs of an encoder
TF1_FACTS = "tokenization_info"  # the signature that tells the casing


def is_tf1_module(folder: str) -> bool:
    """Whether a folder holds one; it may be a bucket's."""
    return tf.io.gfile.exists(os.path.join(folder, TF1_MARK))


def check_frozen(handle: str, trainable: bool, successor: str | None = None) -> None:
    """Refuses to train a TF1 module.

    Args:
        handle: what the user named.
        trainable: whether its variables are to be trained.
        successor: the name of the same encoder in TF2, where there is one.

    Raises:
        ValueError: with `trainable`, saying what to do.
    """
    if trainable:
        must = "be False for one of TF-Hub's TF1 modules, whose weights cannot be trained"
        advice = f"Pass trainable=False to use '{handle}' frozen, under a head that is trained"
        advice += f"; or train '{successor}', the same encoder in TF2." if successor else "."
        raise ValueError(checks.message("trainable", must, True, advice))
