"""Google's TF1 files of tiny ALBERTs and ELECTRAs, from weights under transformers' names, which have references."""

import json
import pathlib
import re

import numpy as np
from drawn_weights import drawn_weights
from google_files import SPECIALS, write_tf1
from paths import ROOT

REFERENCES = ROOT / "tests" / "data" / "huggingface"
FORMS = json.loads((REFERENCES / "families.json").read_text(encoding="utf-8"))
OUTPUTS = dict(np.load(REFERENCES / "families.npz"))
_ALBERT = (
    (r"^encoder\.albert_layer_groups\.0\.albert_layers\.0\.", "encoder.transformer.group_0.inner_group_0."),
    (r"\.attention\.LayerNorm", ".LayerNorm"),
    (r"\.full_layer_layer_norm", ".LayerNorm_1"),
    (r"\.attention\.dense", ".attention_1.output.dense"),
    (r"\.attention\.(query|key|value)", r".attention_1.self.\1"),
    (r"\.ffn\.", ".ffn_1.intermediate.dense."),
    (r"\.ffn_output", ".ffn_1.intermediate.output.dense"),
    (r"^pooler", "pooler.dense"),
    (r"^", "bert."),
)
_ELECTRA = ((r"layer\.(\d+)", r"layer_\1"), (r"^", "electra."))


def family_tensors(name: str) -> dict[str, np.ndarray]:
    """By Google's names and in its shapes, the drawn weights of "albert" or "electra-small" of `families.json`."""
    found = {}
    for theirs, values in drawn_weights(FORMS[name]["shapes"]).items():
        place = theirs
        for pattern, replacement in _ALBERT if name == "albert" else _ELECTRA:
            place = re.sub(pattern, replacement, place)
        path, last = place.rsplit(".", 1)
        if path.endswith("_embeddings"):
            found[path.replace(".", "/")] = values
            continue
        is_norm = "LayerNorm" in path
        end = {"weight": "gamma" if is_norm else "kernel", "bias": "beta" if is_norm else "bias"}[last]
        found[f"{path.replace('.', '/')}/{end}"] = values.T
    return found


def write_family(folder: pathlib.Path, name: str, tensors: dict[str, np.ndarray], **config) -> pathlib.Path:
    """The files as Google packed them, ALBERT's with its config; a config entry of None is left out."""
    folder.mkdir(parents=True, exist_ok=True)
    if name == "albert":
        kept = {key: value for key, value in {**FORMS[name]["config"], **config}.items() if value is not None}
        (folder / "albert_config.json").write_text(json.dumps(kept), encoding="utf-8")
    lines = [*SPECIALS, *(f"w{number}" for number in range(50 - len(SPECIALS)))]
    (folder / "vocab.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    write_tf1(folder / ("model.ckpt-best" if name == "albert" else "electra_small"), tensors)
    return folder
