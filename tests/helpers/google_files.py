"""Google's TF1 files of a BERT, written by TensorFlow 1's own saver from weights under Hugging Face's names."""

import json
import pathlib
import re

import bert_reference
import numpy as np
import tensorflow as tf

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def google_tensors(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """By Google's names and in its shapes: a matrix is [inputs, outputs]."""
    found = {}
    for name, values in weights.items():
        table = re.fullmatch(r"embeddings\.(\w+_embeddings)\.weight", name)
        if table:
            found[f"bert/embeddings/{table[1]}"] = values
            continue
        path = re.sub(r"layer\.(\d+)", r"layer_\1", name.removesuffix(".weight").removesuffix(".bias"))
        is_norm, is_bias = "LayerNorm" in path, name.endswith(".bias")
        last = ("beta" if is_bias else "gamma") if is_norm else ("bias" if is_bias else "kernel")
        found[f"bert/{path.replace('.', '/')}/{last}"] = values.T
    return found


def random_head(vocab_size: int, width: int, seed: int = 5) -> dict[str, np.ndarray]:
    """Google's tensors of the masked-word head."""
    random, begin = np.random.default_rng(seed), "cls/predictions"
    shapes = {
        f"{begin}/output_bias": (vocab_size,),
        f"{begin}/transform/dense/kernel": (width, width),
        f"{begin}/transform/dense/bias": (width,),
        f"{begin}/transform/LayerNorm/gamma": (width,),
        f"{begin}/transform/LayerNorm/beta": (width,),
    }
    return {name: random.normal(0, 0.5, shape).astype("float32") for name, shape in shapes.items()}


def write_tf1(prefix: pathlib.Path, tensors: dict[str, np.ndarray]) -> None:
    """A checkpoint with names alone, as Estimators wrote it."""
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        variables = {name: tf.compat.v1.Variable(values) for name, values in tensors.items()}
        session.run(tf.compat.v1.global_variables_initializer())
        tf.compat.v1.train.Saver(variables).save(session, str(prefix), write_state=False, write_meta_graph=False)


def write_google(
    folder: pathlib.Path, tensors: dict[str, np.ndarray], pieces: int | None = 50, **config
) -> pathlib.Path:
    """The three files, with a vocabulary of so many pieces; a config entry of None is left out."""
    folder.mkdir(parents=True, exist_ok=True)
    write_tf1(folder / "bert_model.ckpt", tensors)
    config = {**bert_reference.SIZES, "hidden_act": "gelu", **config}
    kept = {name: value for name, value in config.items() if value is not None}
    (folder / "bert_config.json").write_text(json.dumps(kept), encoding="utf-8")
    if pieces is not None:
        lines = [*SPECIALS, *(f"w{number}" for number in range(pieces - len(SPECIALS)))]
        (folder / "vocab.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
