"""Weights that this side and transformers' side draw alike: by NumPy, from a tensor's name. No Keras here."""

import zlib

import numpy as np

VOCABULARY, ROWS, LENGTH = 50, 4, 7
REAL = (LENGTH, 5, 2, 4)  # tokens of each row; the last row has its padding in front


def drawn_weights(shapes: dict[str, list[int]]) -> dict[str, np.ndarray]:
    """float32 for each name, none of them zero or one, so that each counts in the outputs."""
    found = {}
    wide = 0.2 if any("bottleneck" in name for name in shapes) else 0.4  # what no norm holds back grows by each layer
    for name, shape in shapes.items():
        random = np.random.default_rng(zlib.crc32(name.encode()))
        is_norm = name.lower().rsplit(".", 1)[0].endswith("norm")
        middle = 1.0 if is_norm and name.endswith("weight") else 0.0
        found[name] = random.normal(middle, wide if len(shape) > 1 else 0.2, shape).astype("float32")
    return found


def drawn_features(pad: int) -> dict[str, np.ndarray]:
    """int32 [4, 7] by our names; padding has the id `pad`, which no other token has."""
    random = np.random.default_rng(3)
    real = np.arange(LENGTH)[None] < np.array(REAL)[:, None]
    real[-1] = real[-1, ::-1]
    ids = np.where(real, random.integers(4, VOCABULARY, (ROWS, LENGTH)), pad)
    types = np.where(real, random.integers(0, 2, (ROWS, LENGTH)), 0)
    features = {"input_word_ids": ids, "input_mask": real, "input_type_ids": types}
    return {name: values.astype("int32") for name, values in features.items()}
