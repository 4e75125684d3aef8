"""`read_bert_config`: Google's `bert_config.json` as arguments of `BertEncoder`."""

import pathlib
from typing import Any

from bert_keras import checks
from bert_keras.from_json import NoJson, from_json

CONFIG = "bert_config.json"
SIZES = {  # Hugging Face's config.json has the same names
    "vocab_size": "vocab_size",
    "num_layers": "num_hidden_layers",
    "hidden_size": "hidden_size",
    "num_heads": "num_attention_heads",
    "intermediate_size": "intermediate_size",
    "max_positions": "max_position_embeddings",
    "type_vocab_size": "type_vocab_size",
}
_RATES = {
    "dropout": ("hidden_dropout_prob", 0.1),
    "attention_dropout": ("attention_probs_dropout_prob", 0.1),
    "initializer_range": ("initializer_range", 0.02),
}
# What every BERT of Google's has, and no tensor tells. Their code computes "gelu" with tanh, Hugging Face's with erf.
GOOGLES = {"gelu": "tanh", "layer_norm_epsilon": 1e-12}


def read_bert_config(
    folder: pathlib.Path, name: str = CONFIG, activations: tuple[str, ...] = ("gelu",)
) -> dict[str, Any] | None:
    """The arguments that `bert_config.json` in a folder tells, or a config of another name; None where there is none.

    `activations` are what Google's code works out as GELU by tanh.

    Raises:
        ValueError: for one that is no JSON object, lacks a size or has another activation than GELU.
    """
    path = folder / name
    if not path.is_file():
        return None
    try:
        config = from_json(path.read_bytes())
    except NoJson as error:
        raise ValueError(_bad(path, "be JSON", f"It is not: {error}.")) from None
    if not isinstance(config, dict):
        raise ValueError(_bad(path, "be a JSON object", f"It is {config!r:.80}."))
    missing = [theirs for theirs in SIZES.values() if theirs not in config]
    if missing:
        raise ValueError(_bad(path, "have BERT's sizes", f"It lacks {', '.join(missing)}."))
    activation = config.get("hidden_act", "gelu")
    if activation not in activations:
        raise ValueError(_bad(path, "have hidden_act 'gelu', the activation of BERT", f"It is {activation!r:.80}."))
    return {
        **{ours: config[theirs] for ours, theirs in SIZES.items()},
        **{ours: config.get(theirs, default) for ours, (theirs, default) in _RATES.items()},
        **GOOGLES,
        **_own(path, config),
    }


def stated_lower_case(folder: pathlib.Path) -> bool | None:
    """Whether text is lower-cased, as `bert_config.json` says that this library wrote; Google's says nothing."""
    stated = from_json((folder / CONFIG).read_bytes()).get("do_lower_case")
    return stated if isinstance(stated, bool) else None


def bert_config_of(settings: dict[str, Any]) -> dict[str, Any]:
    """What `bert_config.json` says of an encoder with these arguments of `BertEncoder`."""
    rates = {theirs: settings[ours] for ours, (theirs, _) in _RATES.items()}
    return {**{theirs: settings[ours] for ours, theirs in SIZES.items()}, **rates, "hidden_act": "gelu"}


def _own(path: pathlib.Path, config: dict[str, Any]) -> dict[str, Any]:
    """What this library wrote beside Google's fields, where the encoder has another GELU or epsilon than theirs."""
    own = config.get("bert_keras", {})
    if not isinstance(own, dict) or own.keys() - GOOGLES.keys():
        must = f"have no more than {', '.join(GOOGLES)} in 'bert_keras'"
        raise ValueError(_bad(path, must, f"It is {own!r:.80}."))
    return own


def _bad(path: pathlib.Path, must: str, advice: str) -> str:
    return checks.message(path.name, must, str(path), advice)
