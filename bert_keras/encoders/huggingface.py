"""`convert_huggingface`: a Hugging Face BERT as a TF-Hub SavedModel with its vocabulary."""

import json
import os
import pathlib

from bert_keras import checks
from bert_keras.encoders.conversion import from_huggingface
from bert_keras.encoders.saving import save_encoder
from bert_keras.text.tokenizer import Tokenizer


def convert_huggingface(
    folder: str | os.PathLike, out: str | os.PathLike, lower_case: bool | None = None
) -> str:
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
        lower_case = json.loads(settings.read_text(encoding="utf-8")).get("do_lower_case")
    if lower_case is None:
        must = "be given, as there is no tokenizer_config.json with do_lower_case"
        raise ValueError(checks.message("lower_case", must, None, "Pass --uncased or --cased."))
    native = from_huggingface(folder)
    native.tokenizer = Tokenizer(folder / "vocab.txt", lower_case)
    return save_encoder(native, pathlib.Path(out).expanduser())
