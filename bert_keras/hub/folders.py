"""What lies in a folder: a SavedModel, or what it is instead and what to do about it."""

import os
import uuid
from collections.abc import Sequence

SAVED_MODEL_FILES = ("saved_model.pb", "saved_model.pbtxt")
TF1_MARK = "tfhub_module.pb"  # the file by which TF-Hub's modules of TensorFlow 1 are known
# What TensorFlow and tensorflow_hub read of a SavedModel, or have a place for.
SAVED_MODEL_PARTS = (*SAVED_MODEL_FILES, TF1_MARK, "fingerprint.pb", "variables", "assets", "assets.extra")
ARCHIVE_ENDINGS = (".tar.gz", ".tgz")
CONVERT = "make a SavedModel of it with `bert-keras convert`"


def is_saved_model(folder: str) -> bool:
    """True if the folder holds saved_model.pb or saved_model.pbtxt."""
    return any(os.path.isfile(os.path.join(folder, name)) for name in SAVED_MODEL_FILES)


def encoder_in(folder: str) -> str | None:
    """The encoder of a model folder of this library, a folder in it; None where that is another folder."""
    encoder = os.path.join(folder, "encoder")
    is_model = os.path.isfile(os.path.join(folder, "config.json")) and not is_saved_model(folder)
    return encoder if is_model and is_saved_model(encoder) else None


def beside(target: str, ending: str) -> str:
    """A hidden name next to `target` that nobody else has: '/c/4' → '/c/.4.<32 hex digits>.<ending>'."""
    parent, name = os.path.split(os.path.abspath(target))
    return os.path.join(parent, f".{name}.{uuid.uuid4().hex}.{ending}")


def describe_folder(folder: str) -> str:
    """One or two sentences: what a folder without a SavedModel is, and what to do."""
    names = sorted(os.listdir(folder))
    if not names:
        return f"'{folder}' is empty."
    other_form = _other_model(folder, names) or _saved_model_below(folder, names)
    if other_form:
        return other_form
    if "variables" in names or "assets" in names:
        return f"'{folder}' is half a SavedModel: it holds {_listed(names)} but no saved_model.pb. Copy it again."
    return f"'{folder}' holds {_listed(names)}."


def describe_file(path: str) -> str:
    """One or two sentences: what a file that is not a .tar.gz archive is, and what to do."""
    name = os.path.basename(path)
    if name in SAVED_MODEL_FILES:
        return f"'{path}' is the file in a SavedModel: pass its folder, '{os.path.dirname(path) or '.'}'."
    if name.endswith((".keras", ".h5")):
        return f"'{path}' is a Keras file: load it with `keras.models.load_model`.{_h5(name)}"
    if name.endswith((".safetensors", ".bin")):
        return f"'{path}' is a weight file of a Hugging Face model: {CONVERT}."
    if ".ckpt" in name:
        return f"'{path}' is part of a TensorFlow checkpoint: {CONVERT}."
    return f"'{path}' is a file: pass a folder, or an archive that ends in {' or '.join(ARCHIVE_ENDINGS)}."


def _other_model(folder: str, names: Sequence[str]) -> str:
    """The sentence for a model of another form, or an empty string."""
    encoder = encoder_in(folder)
    if encoder is not None:
        return f"'{folder}' is a model folder of bert_keras: load it with `bk.load`, or pass its encoder, '{encoder}'."
    if "config.json" in names and any(name.endswith((".safetensors", ".bin")) for name in names):
        return f"'{folder}' is a Hugging Face model: {CONVERT}."
    if any(".ckpt" in name or name.endswith(".index") for name in names):
        return f"'{folder}' is a TensorFlow checkpoint: {CONVERT}."
    keras_files = [name for name in names if name.endswith((".keras", ".h5"))]
    if keras_files:
        advice = f"load it with `keras.models.load_model`.{_h5(keras_files[0])}"
        return f"'{folder}' holds the Keras file '{keras_files[0]}': {advice}"
    return ""


def _h5(name: str) -> str:
    """What else to do with an older file, or an empty string."""
    return " Of an encoder in a tf_keras model, pass the file to bk.load_encoder." if name.endswith(".h5") else ""


def _saved_model_below(folder: str, names: Sequence[str]) -> str:
    """The sentence for SavedModels one level below or still packed, or an empty string."""
    below = [name for name in names if is_saved_model(os.path.join(folder, name))]
    if len(below) == 1:
        return f"The SavedModel lies one level below, in '{os.path.join(folder, below[0])}'."
    if below:
        return f"'{folder}' holds several SavedModels, {_listed(below)}: pass the folder of one of them."
    archives = [name for name in names if name.endswith(ARCHIVE_ENDINGS)]
    if archives:
        path = os.path.join(folder, archives[0])
        return f"'{folder}' holds the archive '{archives[0]}': pass '{path}', or unpack it."
    return ""


def _listed(names: Sequence[str], count: int = 5) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:count])
    return shown + (f" and {len(names) - count} more" if len(names) > count else "")
