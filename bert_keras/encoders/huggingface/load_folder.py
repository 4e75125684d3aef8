"""`load_folder`: a Hugging Face folder as a native encoder with its tokenizer and its masked-word head."""

import os
import pathlib
from typing import Any

from bert_keras import checks
from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.huggingface.from_huggingface import from_huggingface
from bert_keras.encoders.huggingface.place import huggingface_place
from bert_keras.encoders.huggingface.read_tokenizer import WHOLE, NoWordPieceError, read_tokenizer
from bert_keras.encoders.tokenizer_asset import fitting
from bert_keras.text.base_tokenizer import BaseTokenizer
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text.written_tokenizer import OTHER_ENDINGS
from bert_keras.text.written_tokenizer import read_tokenizer as read_by_ending

_OTHERS = ("spiece.model", "sentencepiece.bpe.model", "vocab.json", "merges.txt")  # of tokenizers without WHOLE
_OF_SAVED_MODELS = "The handle is a Hugging Face folder, which holds no SavedModel: leave it out."


def load_folder(
    handle: str, text: dict[str, Any], of_saved_models: dict[str, Any], trainable: bool = True, **options: Any
) -> BertEncoder:
    """The encoder of `handle`, as `bk.load_encoder` gives it.

    Args:
        handle: a folder, or `hf://owner/name`.
        text: `vocab_file` and `lower_case` of `bk.load_encoder`; a `vocab_file` goes before the folder's tokenizer, and
            cuts texts by TF-Hub's rules.
        of_saved_models: its arguments that have no meaning here, by name; all must be None.
        trainable: whether its weights are trained.
        **options: of `BertEncoder`.

    Raises:
        ValueError: as `from_huggingface` and `read_tokenizer`, and for arguments that have no meaning here.
        DownloadError: an OSError, for an `hf://` whose files are not here.
    """
    for name, value in of_saved_models.items():
        if value is not None:
            raise ValueError(checks.message(name, f"be left out for '{handle}'", value, _OF_SAVED_MODELS))
    folder = huggingface_place(handle)
    native = from_huggingface(folder, trainable=trainable, **{"name": "encoder", **options})
    native.tokenizer = _tokenizer(folder, native.vocab_size, **text)
    native.source = handle
    return native


def _tokenizer(
    folder: pathlib.Path, rows: int, vocab_file: str | os.PathLike | None, lower_case: bool | None
) -> BaseTokenizer | None:
    if vocab_file is None:
        try:
            tokenizer = read_tokenizer(folder, rows, lower_case)
        except NoWordPieceError:
            vocab_file = folder / WHOLE
        else:
            if tokenizer is None:
                _name_others(folder)
            return tokenizer
    if os.fspath(vocab_file).lower().endswith(OTHER_ENDINGS):
        try:
            tokenizer = read_by_ending(vocab_file, lower_case)
        except (ValueError, ImportError) as error:
            if vocab_file != folder / WHOLE:
                raise
            checks.warn(f"The encoder has no tokenizer, and takes ids: {error}")
            return None
        return fitting(tokenizer, rows)
    if lower_case is None:
        advice = "Pass lower_case=True for an uncased model."
        raise ValueError(checks.message("lower_case", "be given with vocab_file", None, advice))
    return fitting(Tokenizer(vocab_file, lower_case), rows)


def _name_others(folder: pathlib.Path) -> None:
    """Warns of a tokenizer that lies in the folder in another form than is read."""
    found = [name for name in _OTHERS if (folder / name).is_file()]
    if found:
        load = f"AutoTokenizer.from_pretrained({str(folder)!r}).save_pretrained({str(folder)!r})"
        fact = f"'{folder.name}' holds {', '.join(found)} and no {WHOLE}"
        checks.warn(f"The encoder has no tokenizer, and takes ids: {fact}. transformers makes one: {load}.")
