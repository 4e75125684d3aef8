"""`native_arguments`: what Hugging Face's `config.json` says, as arguments of `BertEncoder`."""

import pathlib
from typing import Any

from bert_keras import checks
from bert_keras.encoders.huggingface.families import FAMILIES
from bert_keras.encoders.huggingface.family import Family
from bert_keras.encoders.huggingface.other_families import OTHER_FAMILIES
from bert_keras.from_json import NoJson, from_json

CONFIG = "config.json"
_ACTIVATIONS = {  # their names, and what `BertEncoder` calls them
    "gelu": {"gelu": "erf"},
    "gelu_python": {"gelu": "erf"},
    "gelu_new": {"gelu": "tanh"},
    "gelu_pytorch_tanh": {"gelu": "tanh"},
    "gelu_fast": {"gelu": "tanh"},
    "relu": {"activation": "relu"},
    "silu": {"activation": "silu"},
    "swish": {"activation": "silu"},
}


def native_arguments(folder: pathlib.Path) -> tuple[Family, dict[str, Any]]:
    """The family of the model in `folder` and `BertEncoder`'s arguments.

    Raises:
        ValueError: for another network.
    """
    config = read_json(folder / CONFIG)
    family = _family(config.get("model_type", "bert"), folder)
    others = {name: config[name] for name, value in family.kind.items() if config.get(name, value) != value}
    if others:
        wanted = _shown({name: family.kind[name] for name in others})
        must = f"hold a {CONFIG} with {wanted}, as {family.name} has here"
        raise ValueError(bad_folder(folder, must, f"It says {_shown(others)}, which is another network."))
    missing = [name for name in family.sizes.values() if name not in config]
    if missing:
        must = f"hold a {CONFIG} with {family.name}'s sizes"
        raise ValueError(bad_folder(folder, must, f"It lacks {', '.join(missing)}."))
    named, default = family.activation
    return family, {
        **{ours: config[theirs] for ours, theirs in family.sizes.items()},
        **{ours: config.get(theirs, default) for ours, (theirs, default) in family.others.items()},
        **_ACTIVATIONS[checks.one_of(named, config.get(named, default), _ACTIVATIONS)],
        **family.fixed,
        **family.computed(config),
    }


def _family(model_type: Any, folder: pathlib.Path) -> Family:
    if isinstance(model_type, str) and model_type in FAMILIES:
        return FAMILIES[model_type]
    names = list(dict.fromkeys(family.name for family in FAMILIES.values()))
    must = f"hold an encoder of {', '.join(names[:-1])} or {names[-1]}"
    if isinstance(model_type, str) and model_type in OTHER_FAMILIES:
        name, why = OTHER_FAMILIES[model_type]
        advice = f"It holds {name}, {why}. Near it are RoBERTa and ELECTRA."
    else:
        advice = f"Its model_type is {model_type!r:.80}. {checks.did_you_mean(str(model_type), FAMILIES)}".strip()
    raise ValueError(bad_folder(folder, must, advice))


def _shown(entries: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value!r:.80}" for name, value in entries.items())


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
