"""Makes tests/data/huggingface: what transformers gives for tiny models of each family with drawn weights.

    benchmarks/.venvs/huggingface/bin/python tools/huggingface_references.py

`families.json` has each model's `config.json` and the names and shapes of its `model.safetensors`, as `save_pretrained`
writes them; `families.npz` has its outputs in float32 for `drawn_features`. The tests draw the same weights
(`tests/helpers/drawn_weights.py`), write the files again and compare.
"""

import json
import pathlib
import sys
import tempfile

import numpy as np
import torch
import transformers
from safetensors import safe_open

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "helpers"))

from drawn_weights import VOCABULARY, drawn_features, drawn_weights  # noqa: E402

_SIZES = {
    "vocab_size": VOCABULARY,
    "hidden_size": 12,
    "num_hidden_layers": 3,
    "num_attention_heads": 3,
    "intermediate_size": 20,
    "max_position_embeddings": 16,
}
_ROBERTA = {**_SIZES, "max_position_embeddings": 18, "type_vocab_size": 1, "layer_norm_eps": 1e-5, "pad_token_id": 1}
_DISTIL = {"vocab_size": VOCABULARY, "dim": 12, "n_layers": 3, "n_heads": 3, "hidden_dim": 20}
_MODERN = {"local_attention": 4, "num_hidden_layers": 4, "pad_token_id": 0, "cls_token_id": 1, "sep_token_id": 2}
_MODERN = {**_SIZES, **_MODERN, "bos_token_id": 1, "eos_token_id": 2}
_MOBILE = {**_SIZES, "embedding_size": 8, "intra_bottleneck_size": 6, "num_feedforward_networks": 3}
# What is compared, to the `model_type` and its settings.
MODELS = {
    "bert-relu": ("bert", {**_SIZES, "hidden_act": "relu"}),
    "bert-silu": ("bert", {**_SIZES, "hidden_act": "silu"}),
    "electra-small": ("electra", {**_SIZES, "embedding_size": 8}),
    "electra-base": ("electra", {**_SIZES, "embedding_size": 12}),
    "albert": ("albert", {**_SIZES, "embedding_size": 8}),
    "distilbert": ("distilbert", {**_DISTIL, "max_position_embeddings": 16}),
    "roberta": ("roberta", _ROBERTA),
    "xlm-roberta": ("xlm-roberta", _ROBERTA),
    "camembert": ("camembert", _ROBERTA),
    "data2vec-text": ("data2vec-text", _ROBERTA),
    "modernbert": ("modernbert", _MODERN),
    "mobilebert": ("mobilebert", {**_MOBILE, "classifier_activation": False}),
    "mobilebert-pooler": ("mobilebert", {**_MOBILE, "num_feedforward_networks": 1}),
    "ernie": ("ernie", {**_SIZES, "type_vocab_size": 4}),
}


def main() -> None:
    forms, outputs = {}, {}
    for name, (model_type, settings) in MODELS.items():
        config = transformers.AutoConfig.for_model(model_type, **settings)
        model = transformers.AutoModel.from_config(config, attn_implementation="eager").eval()
        with tempfile.TemporaryDirectory() as folder:
            model.save_pretrained(folder)
            written = json.loads(pathlib.Path(folder, "config.json").read_text(encoding="utf-8"))
            with safe_open(f"{folder}/model.safetensors", framework="numpy") as file:
                shapes = {key: file.get_slice(key).get_shape() for key in sorted(file.keys())}
        weights = {key: torch.from_numpy(values) for key, values in drawn_weights(shapes).items()}
        rest = model.load_state_dict(weights, strict=False)
        assert not rest.unexpected_keys and not rest.missing_keys, (name, rest)
        forms[name] = {"config": written, "shapes": shapes}
        features = drawn_features(config.pad_token_id)
        given = {"input_ids": features["input_word_ids"], "attention_mask": features["input_mask"]}
        if getattr(config, "type_vocab_size", 0) > 1:
            given["token_type_ids"] = features["input_type_ids"]
        with torch.no_grad():
            found = model(**{key: torch.from_numpy(values).long() for key, values in given.items()})
        outputs[f"{name}/sequence"] = found.last_hidden_state.numpy()
        if getattr(found, "pooler_output", None) is not None:
            outputs[f"{name}/pooled"] = found.pooler_output.numpy()
    out = ROOT / "tests" / "data" / "huggingface"
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(form)}" for name, form in forms.items())
    (out / "families.json").write_text("{\n" + lines + "\n}\n", encoding="utf-8")
    np.savez_compressed(out / "families.npz", **outputs)
    print(f"transformers {transformers.__version__}: {', '.join(outputs)}")


if __name__ == "__main__":
    main()
