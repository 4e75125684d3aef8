"""The sample encoder cut down to its first two layers, for notebooks and scripts that only have to run."""

import pathlib

from once import made_once

LAYERS = 2


def cache() -> pathlib.Path:
    """A cache of encoders, for TFHUB_CACHE_DIR, where the sample encoder has two layers; made once for all tests."""
    return made_once("shallow_sample", _make)


def _make(folder: pathlib.Path) -> None:
    from bert_keras.encoders import sample_encoder
    from bert_keras.encoders.bert_encoder import BertEncoder
    from bert_keras.encoders.convert_huggingface import from_huggingface
    from bert_keras.encoders.save_encoder import save_encoder
    from bert_keras.text.tokenizer import Tokenizer

    source = sample_encoder._package_folder()
    whole = from_huggingface(source, seed=0, dtype="float32")
    shallow = BertEncoder.from_config({**whole.get_config(), "num_layers": LAYERS})
    weights = whole.named_weights()
    for name, weight in shallow.named_weights().items():
        weight.assign(weights[name])
    shallow.tokenizer = Tokenizer(source / "vocab.txt", lower_case=True)
    save_encoder(shallow, folder.joinpath(*sample_encoder.SAMPLE.split("/"), sample_encoder._FORM))


if __name__ == "__main__":
    print(cache())
