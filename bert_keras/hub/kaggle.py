"""Kaggle's names of models: addresses, kagglehub's handles and its cache, and which of TF-Hub's encoders they are."""

import glob
import os
import urllib.parse
from collections.abc import Iterable

from bert_keras.hub.downloads.check_owner import check_owner
from bert_keras.hub.folders import is_saved_model

KAGGLE = "https://www.kaggle.com/models/"
KAGGLE_FORM = f"{KAGGLE}PUBLISHER/MODEL/FRAMEWORK/VARIATION/VERSION"
_HOSTS = ("kaggle.com", "www.kaggle.com")
_FRAMEWORKS = (
    "tensorflow1",
    "tensorflow2",
    "tflite",
    "tfjs",
    "keras",
    "jax",
    "flax",
    "pytorch",
    "transformers",
    "other",
)
_SHOWN = 5


def kaggle_parts(handle: str) -> list[str] | None:
    """What stands behind models/ in an address of Kaggle, or in kagglehub's form of a handle; None for other texts.

    >>> kaggle_parts("tensorflow/bert/tensorFlow2/en-uncased-l-12-h-768-a-12/2")
    ['tensorflow', 'bert', 'tensorFlow2', 'en-uncased-l-12-h-768-a-12', '2']
    """
    address = urllib.parse.urlsplit(handle)
    parts = address.path.strip("/").split("/")
    if "://" in handle and (address.hostname not in _HOSTS or parts[0] != "models"):
        return None
    parts = parts[1:] if parts[0] == "models" else parts
    if parts[2::2] == ["frameworks", "variations", "versions"][: len(parts[2::2])] and len(parts) > 3:
        parts = parts[:2] + parts[3::2]  # the address's old form
    is_handle = 3 <= len(parts) <= 5 and parts[2].lower() in _FRAMEWORKS
    return parts if "://" in handle or is_handle else None


def kaggle_name(tfhub_name: str) -> tuple[str, str] | None:
    """The model and the variation on Kaggle of 'publisher/name' on tfhub.dev, as far as a rule tells; else None."""
    publisher, _, name = tfhub_name.partition("/")
    if publisher == "tensorflow" and name.startswith("bert_"):
        return "tensorflow/bert", name.removeprefix("bert_").replace("_", "-").lower()
    if publisher == "tensorflow" and name.startswith("small_bert/"):
        return "tensorflow/bert", name.removeprefix("small_bert/").replace("_", "-").lower()
    if tfhub_name.startswith("google/universal-sentence-encoder-cmlm/"):
        return "google/universal-sentence-encoder", "cmlm-" + name.rpartition("/")[2].lower()
    return ("google/labse", "labse") if tfhub_name == "google/LaBSE" else None


def tfhub_name(parts: list[str], known: Iterable[str]) -> str | None:
    """The one of some 'publisher/name' that the parts of a Kaggle address are; None where none is."""
    if len(parts) < 4 or parts[2].lower() != "tensorflow2":
        return None
    wanted = "/".join(parts[:2]).lower(), parts[3].lower()
    return next((name for name in known if kaggle_name(name) == wanted), None)


def kagglehub_root() -> str:
    """The folder in which kagglehub keeps models: KAGGLEHUB_CACHE or ~/.cache/kagglehub, and models in it."""
    root = os.environ.get("KAGGLEHUB_CACHE") or os.path.join(os.path.expanduser("~"), ".cache", "kagglehub")
    return os.path.join(os.path.abspath(root), "models")


def kagglehub_entry(place: Iterable[str]) -> str | None:
    """The folder that kagglehub has fetched whole for five parts of an address, whatever the case of the framework."""
    publisher, model, framework, variation, version = place
    above = os.path.join(kagglehub_root(), publisher, model)
    for name in sorted(os.listdir(above)) if os.path.isdir(above) else ():
        folder = os.path.join(above, name, variation, version)
        if name.lower() == framework.lower() and is_saved_model(folder) and os.path.exists(f"{folder}.complete"):
            check_owner(folder)
            return folder
    return None


def what_is_there(parts: list[str], own_root: str, known: Iterable[str]) -> str:
    """What to say of an address that is not whole: which models of that beginning lie here, and which are known."""
    beginning = [glob.escape(part) for part in parts[:4] if part]
    found = []
    for root in (own_root, kagglehub_root()):
        pattern = os.path.join(glob.escape(root), *beginning, *["*"] * (5 - len(beginning)))
        found += [os.path.relpath(path, root) for path in sorted(glob.glob(pattern)) if is_saved_model(path)]
    model = "/".join(parts[:2]).lower()
    names = [f"{model}/TensorFlow2/{name[1]}" for one in known if (name := kaggle_name(one)) and name[0] == model]
    sentences = ["The version number at the end is missing." if len(parts) == 4 else ""]
    if found:
        sentences.append(f"Here already: {_listed(found)}.")
    if names and len(parts) < 4:
        sentences.append(f"There are {_listed(names)}.")
    sentences.append("Version numbers are Kaggle's own, which the model's page shows.")
    return " ".join(sentence for sentence in sentences if sentence)


def _listed(names: Iterable[str]) -> str:
    names = list(dict.fromkeys(names))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(f"'{name}'" for name in names[:_SHOWN]) + more
