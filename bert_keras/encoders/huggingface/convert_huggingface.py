"""`convert_huggingface`: Hugging Face's files of a BERT on to a TF-Hub SavedModel."""

import os
import pathlib

from bert_keras import checks
from bert_keras.encoders.huggingface.from_huggingface import from_huggingface
from bert_keras.encoders.huggingface.native_arguments import read_json
from bert_keras.encoders.save_encoder import save_encoder
from bert_keras.foreign_names import foreign_names
from bert_keras.text.tokenizer import Tokenizer


@checks.answers(**foreign_names("convert_huggingface"))
def convert_huggingface(folder: str | os.PathLike, out: str | os.PathLike, lower_case: bool | None = None) -> str:
    """Writes the BERT in `folder` (config.json, model.safetensors, vocab.txt) to `out`, and returns `out`.

    Args:
        folder: as `save_pretrained` writes it.
        out: a new folder.
        lower_case: whether its text is lower-cased; None reads `do_lower_case` from tokenizer_config.json.

    Raises:
        ValueError: if a file is missing or the model is no BERT.
        FileExistsError: if `out` exists and is not empty.
    """
    folder = pathlib.Path(folder).expanduser()
    settings = folder / "tokenizer_config.json"
    if lower_case is None and settings.is_file():
        lower_case = read_json(settings).get("do_lower_case")
    if lower_case is None:
        must = "be given, as there is no tokenizer_config.json with do_lower_case"
        raise ValueError(checks.message("lower_case", must, None, "Pass --uncased or --cased."))
    native = from_huggingface(folder)
    native.tokenizer = Tokenizer(folder / "vocab.txt", lower_case)
    return save_encoder(native, out)
