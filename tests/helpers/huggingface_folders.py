"""Folders as transformers writes them, of drawn weights."""

import json

import safetensors.numpy
from drawn_weights import drawn_weights
from paths import ROOT

HEADS = json.loads((ROOT / "tests" / "data" / "huggingface" / "heads.json").read_text(encoding="utf-8"))
TEXTS = ["a good film", "bad É films ?", "ac 中中 bc", ""]


def write_folder(folder, name, change=None, **config):
    """The folder of one of `HEADS`; `change` is called with its weights, `config` changes entries of config.json."""
    form, folder = HEADS[name], folder / name
    folder.mkdir()
    for file, content in form["files"].items():
        content = content | config if file == "config.json" else content
        (folder / file).write_text(json.dumps(content), encoding="utf-8")
    weights = drawn_weights(form["shapes"])
    if change is not None:
        change(weights)
    safetensors.numpy.save_file(weights, folder / "model.safetensors")
    return folder


def edit_json(path, change):
    """Has `change` edit the object in a file."""
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")
