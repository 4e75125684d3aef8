"""`PublishedPreprocessor`: what a preprocessing model of TF-Hub says of its tokenizer, and whether ids are its ids."""

import dataclasses
import os
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras import checks
from bert_keras.features import WORD_IDS
from bert_keras.hub.check_written import check_written
from bert_keras.hub.plain_path import plain_path
from bert_keras.hub.read_saved_model import read_saved_model
from bert_keras.hub.resolving import resolve
from bert_keras.hub.saved_models import load_saved_model
from bert_keras.text.has_text_operations import has_text_operations
from bert_keras.text.preprocessor import Preprocessor

_LOWERS = {"CaseFoldUTF8", "StringLower"}
_SPLITS = "WordpieceTokenizeWithOffsets"  # words into pieces, after whatever became of their letters
# Words, case, accents, punctuation, other scripts, and what Unicode writes in two ways.
_TEXTS = (
    "The quick brown fox isn't lazy, is it?",
    "Déjà vu in Zürich: 12.50 € (or $13)!",
    "北京欢迎你 Привет мир नमस्ते 안녕하세요",
    "ﬁsh ＡＢＣ №5 e\u0301te\u0301 co-operate x²",
)


@dataclasses.dataclass(frozen=True)
class PublishedPreprocessor:
    """A preprocessing model of TF-Hub, of which nothing is run until ids are compared.

    Args:
        handle: what it was named by.
        folder: where it lies.
        vocab_file: its WordPiece vocabulary, None where it has none.
        lower_case: whether its graph lower-cases text, None where that cannot be read from it.
    """

    handle: str
    folder: str
    vocab_file: str | None
    lower_case: bool | None

    @classmethod
    def read(cls, handle: str | os.PathLike, cache_dir: str | os.PathLike | None = None) -> "PublishedPreprocessor":
        """The one of a handle, as for `bk.hub.resolve`, which is fetched.

        Raises:
            ValueError: for a handle that leads nowhere.
            DownloadError: an OSError, if it cannot be fetched.
        """
        folder = resolve(handle, cache_dir)
        check_written(folder)
        return cls(os.fspath(handle), folder, vocabulary_in(folder), _lower_case(folder, os.fspath(handle)))

    def check_ids(self, tokenizer: Any, trust: bool = False) -> None:
        """Compares the ids that it makes of a few texts with a tokenizer's. Without tensorflow-text a warning says so.

        Args:
            tokenizer: of the encoder.
            trust: as for `load_encoder`.

        Raises:
            ValueError: if they differ, with the first text where they do; or for what is no preprocessing model.
        """
        if not has_text_operations():
            fact = f"'{self.handle}' makes were not compared: that needs tensorflow-text"
            checks.warn(f"The ids that {fact}, which is not installed.")
            return
        theirs = self._ids(load_saved_model(self.folder, self.handle, trust=trust))
        ours = Preprocessor(tokenizer, theirs.shape[1])(list(_TEXTS))[WORD_IDS].numpy()
        for text, wanted, found in zip(_TEXTS, theirs, ours, strict=True):
            if not np.array_equal(wanted, found):
                must = "make the ids of the encoder's own tokenizer"
                length = max(np.count_nonzero(wanted), np.count_nonzero(found))
                advice = (
                    f"Of {text!r} it makes {wanted[:length].tolist()}, the encoder's tokenizer "
                    f"{found[:length].tolist()}. Name the preprocessor that was published with the encoder; or, if "
                    "this one is right, put its vocabulary before the encoder's: vocab_file=…, lower_case=…"
                )
                raise ValueError(checks.message("preprocessor", must, self.handle, advice))

    def _ids(self, loaded: Any) -> np.ndarray:
        try:
            features = loaded(tf.constant(_TEXTS))
            return features[WORD_IDS].numpy()
        except (TypeError, ValueError, KeyError, AttributeError, tf.errors.OpError) as error:
            must = f"name a preprocessing model of TF-Hub, which makes {WORD_IDS} of strings"
            raise ValueError(checks.message("preprocessor", must, self.handle, f"It gave: {error}")) from error


def vocabulary_in(folder: str) -> str | None:
    """The one WordPiece vocabulary among a SavedModel's assets; None where there is none, or are several."""
    assets = os.path.join(folder, "assets")  # the folder may be a bucket's
    names = tf.io.gfile.listdir(assets) if tf.io.gfile.isdir(assets) else []
    files = [name for name in names if "vocab" in name and name.endswith(".txt")]
    return os.path.join(assets, files[0]) if len(files) == 1 else None


def _lower_case(folder: str, handle: str) -> bool | None:
    """Whether the graph lower-cases what it splits into pieces, by its operations, which are not run."""
    operations = set()
    for meta in read_saved_model(plain_path(folder), handle, "preprocessor").meta_graphs:
        operations |= {node.op for node in meta.graph_def.node}
        operations |= {node.op for function in meta.graph_def.library.function for node in function.node_def}
    if _SPLITS not in operations:
        return None
    return bool(operations & _LOWERS)
