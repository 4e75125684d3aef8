"""The sample encoder cut down to its first two layers, for notebooks and scripts that only have to run."""

import pathlib

from once import made_once

from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.encoders.sample_encoder import sample_encoder
from bert_keras.encoders.save_encoder import save_encoder
from bert_keras.hub.downloads.cache import cache_root

LAYERS = 2


def cache() -> pathlib.Path:
    """A cache of encoders, for TFHUB_CACHE_DIR, where the sample encoder has two layers; made once for all tests."""
    return made_once("shallow_sample", _make)


def _make(folder: pathlib.Path) -> None:
    place = pathlib.Path(sample_encoder()).relative_to(cache_root())
    whole = load_encoder("sample", native=True)
    shallow = BertEncoder.from_config({**whole.get_config(), "num_layers": LAYERS})
    weights = whole.named_weights()
    for name, weight in shallow.named_weights().items():
        weight.assign(weights[name])
    shallow.tokenizer = whole.tokenizer
    save_encoder(shallow, folder / place)
