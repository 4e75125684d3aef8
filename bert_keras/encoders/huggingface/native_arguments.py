"""`native_arguments`: what Hugging Face's `config.json` says, as arguments of `BertEncoder`."""

import pathlib
from typing import Any

from bert_keras import checks
from bert_keras.encoders.huggingface.families import FAMILIES
from bert_keras.encoders.huggingface.family import Family
from bert_keras.from_json import NoJson, from_json

CONFIG = "config.json"
# What config.json may leave out, with transformers' defaults.
OTHERS = {
    "layer_norm_epsilon": ("layer_norm_eps", 1e-12),
    "dropout": ("hidden_dropout_prob", 0.1),
    "attention_dropout": ("attention_probs_dropout_prob", 0.1),
    "initializer_range": ("initializer_range", 0.02),
}
_GELU = {"gelu": "erf", "gelu_python": "erf", "gelu_new": "tanh", "gelu_pytorch_tanh": "tanh", "gelu_fast": "tanh"}


def native_arguments(folder: pathlib.Path) -> tuple[Family, dict[str, Any]]:
    """The family of the model in `folder` and `BertEncoder`'s arguments.

    Raises:
        ValueError: for another network.
    """
    config, family = read_json(folder / CONFIG), FAMILIES["bert"]
    kind = {name: config.get(name, value) for name, value in family.kind.items()}
    if kind != family.kind:
        raise ValueError(bad_folder(folder, "hold a BERT encoder with absolute positions", f"Its config says {kind}."))
    missing = [name for name in family.sizes.values() if name not in config]
    if missing:
        must = f"hold a {CONFIG} with {family.name}'s sizes"
        raise ValueError(bad_folder(folder, must, f"It lacks {', '.join(missing)}."))
    return family, {
        **{ours: config[theirs] for ours, theirs in family.sizes.items()},
        **{ours: config.get(theirs, default) for ours, (theirs, default) in OTHERS.items()},
        "gelu": _GELU[checks.one_of("hidden_act", config.get("hidden_act", "gelu"), _GELU)],
    }


def read_json(path: pathlib.Path) -> dict[str, Any]:
    """The object in a file of JSON; ValueError for anything else."""
    try:
        content = from_json(path.read_bytes())
    except NoJson as error:
        raise ValueError(bad_folder(path.parent, f"hold JSON in {path.name}", f"It is not: {error}.")) from None
    if not isinstance(content, dict):
        raise ValueError(bad_folder(path.parent, f"hold a JSON object in {path.name}", f"It is {content!r:.80}."))
    return content


def bad_folder(folder: pathlib.Path, must: str, advice: str) -> str:
    """A message about `folder`."""
    return checks.message("folder", must, str(folder), advice)
