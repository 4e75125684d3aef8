"""`read_tokenizer` and `written_tokenizer`: the tokenizer of a file, whichever of the library's classes it is."""

import os
import pathlib

from bert_keras.checks import message
from bert_keras.from_json import from_json
from bert_keras.text.base_tokenizer import SETTINGS, BaseTokenizer
from bert_keras.text.hugging_face_tokenizer import HuggingFaceTokenizer
from bert_keras.text.sentence_piece_tokenizer import SentencePieceTokenizer
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text.vocabulary_content import kept_vocabulary

TOKENIZERS: dict[str, type[BaseTokenizer]] = {
    cls.asset: cls for cls in (Tokenizer, SentencePieceTokenizer, HuggingFaceTokenizer)
}

_SENTENCE_PIECES, _JSON = (".model", ".spm"), ".json"
OTHER_ENDINGS = (*_SENTENCE_PIECES, _JSON)  # of files that are no WordPiece vocabularies


def read_tokenizer(file: str | os.PathLike, lower_case: bool | None = None) -> BaseTokenizer:
    """The tokenizer of a vocabulary's file: `.model` is SentencePiece's, `.json` Hugging Face's, else WordPiece's.

    Args:
        file: its path.
        lower_case: whether text is lower-cased; None is True where the file does not say.

    Raises:
        ValueError: for lower_case with a `.json`, which says itself what becomes of the text; and what the classes
            raise.
    """
    ending = os.path.splitext(os.fspath(file))[1].lower() if isinstance(file, str | os.PathLike) else ""
    if ending == _JSON:
        if lower_case is not None:
            must = "be left out with a tokenizer.json, which says itself what becomes of the text"
            raise ValueError(message("lower_case", must, lower_case))
        return HuggingFaceTokenizer(file)
    cls = SentencePieceTokenizer if ending in _SENTENCE_PIECES else Tokenizer
    return cls(file, True if lower_case is None else lower_case)


def written_tokenizer(folder: str | os.PathLike) -> BaseTokenizer | None:
    """The tokenizer that its `write` put into a folder, which may go away; None where there is none."""
    settings = pathlib.Path(folder, SETTINGS)
    for cls in TOKENIZERS.values():
        file = pathlib.Path(folder, cls.kept_as)
        if file.is_file() and settings.is_file():
            kept = kept_vocabulary(file.read_bytes(), cls.kept_as)
            return cls(kept, **from_json(settings.read_bytes()))
    return None
