"""`vocabulary_content`: the bytes of a vocabulary's file, or what is wrong with its path; and a file of such bytes."""

import hashlib
import os
import pathlib

import tensorflow as tf

from bert_keras.checks import did_you_mean, message
from bert_keras.lasting_folder import lasting_folder

_USUAL = {".txt": "vocab.txt", ".model": "spiece.model", ".json": "tokenizer.json"}


def vocabulary_content(name: str, path: str | os.PathLike, ending: str) -> bytes:
    """What the file holds.

    Args:
        name: what the caller's argument is called.
        path: of the file, here or where TensorFlow reads files.
        ending: of the names of such files, for what messages propose.

    Raises:
        FileNotFoundError: there is no such file.
        TypeError: `path` is not a path.
        ValueError: it is a folder.
    """
    if not isinstance(path, str | os.PathLike):
        raise TypeError(message(name, "be a path to a vocabulary file", path))
    path = os.fspath(path)
    if tf.io.gfile.isdir(path):
        raise ValueError(message(name, "be a file, and this is a folder", path, _look_inside(path, _USUAL[ending])))
    if not tf.io.gfile.exists(path):
        raise FileNotFoundError(message(name, "be an existing file", path, _look_beside(path, ending)))
    with tf.io.gfile.GFile(path, "rb") as file:
        return file.read()


def kept_vocabulary(content: bytes, name: str = "vocab.txt") -> str:
    """The path of a file of that name with such content, there as long as the process.

    TensorFlow copies it when an encoder with the tokenizer is written.
    """
    kept = pathlib.Path(lasting_folder(), hashlib.sha256(content).hexdigest()[:16], name)
    kept.parent.mkdir(exist_ok=True)
    if not kept.is_file():
        kept.write_bytes(content)
    return str(kept)


def _look_inside(folder: str, usual: str) -> str:
    for name in (usual, os.path.join("assets", usual)):
        if tf.io.gfile.exists(os.path.join(folder, name)):
            return f"Pass '{os.path.join(folder, name)}'."
    return f"Pass the vocabulary file itself, in a TF-Hub encoder's folder assets/{usual}."


def _look_beside(path: str, ending: str) -> str:
    folder, name = os.path.split(path)
    if not tf.io.gfile.isdir(folder or "."):
        return f"There is no folder '{folder}' either."
    beside = sorted(entry for entry in tf.io.gfile.listdir(folder or ".") if entry.endswith(ending))
    return did_you_mean(name, beside) or (
        f"The folder has: {', '.join(beside[:10])}." if beside else f"The folder has no {ending} file."
    )
