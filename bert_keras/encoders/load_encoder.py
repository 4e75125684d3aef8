"""`load_encoder`: from a handle to an encoder with its vocabulary."""

import os
from typing import Any

import keras
import tensorflow as tf

from bert_keras import checks
from bert_keras.encoders.encoder import Encoder
from bert_keras.encoders.from_hub_encoder import from_hub_encoder
from bert_keras.encoders.hub_encoder import HubEncoder
from bert_keras.encoders.noted_encoder import read_noted
from bert_keras.encoders.sample_encoder import sample_encoder
from bert_keras.encoders.saved_encoder import SavedEncoder
from bert_keras.encoders.tokenizer_asset import TokenizerAsset
from bert_keras.foreign_names import foreign_names
from bert_keras.hub import catalog
from bert_keras.hub.check_written import check_written
from bert_keras.hub.downloading import DownloadError
from bert_keras.hub.folder_sha256 import check_sha256
from bert_keras.hub.resolving import resolve
from bert_keras.text.base_tokenizer import BaseTokenizer
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text.written_tokenizer import OTHER_ENDINGS, read_tokenizer

_OPTIONS = ("trainable", "native", "vocab_file", "lower_case", "cache_dir", "load_options", "trust", "sha256")
NATIVE_OPTIONS = ("dropout", "attention_dropout", "seed", "dtype", "name")


@checks.answers(**foreign_names("load_encoder"))
def load_encoder(
    handle: str | os.PathLike,
    trainable: bool = True,
    native: bool = False,
    *,
    vocab_file: str | os.PathLike | None = None,
    lower_case: bool | None = None,
    cache_dir: str | os.PathLike | None = None,
    load_options: tf.saved_model.LoadOptions | None = None,
    trust: bool = False,
    sha256: str | None = None,
    **native_options: Any,
) -> Encoder:
    """A published BERT with its tokenizer: a Keras layer from three features to pooled and sequence output.

    >>> encoder = load_encoder("small_bert/bert_en_uncased_L-2_H-128_A-2")
    >>> outputs = encoder(encoder.preprocessor(seq_length=128)(["some text"]))
    >>> outputs["pooled_output"].shape
    TensorShape([1, 128])

    Args:
        handle: a name of `bk.list_encoders()`, a tfhub.dev or Kaggle address, a folder with a SavedModel, a .tar.gz.
            A name that is also a folder here is the folder.
        trainable: whether its variables are trained.
        native: whether the weights go into `bk.BertEncoder`, Keras layers instead of the SavedModel's fixed graph;
            its outputs are compared with the SavedModel's, but where a note of `bk.save_encoder` says what it is.
        vocab_file: the vocabulary, where the SavedModel does not carry one; it goes before the SavedModel's. A `.model`
            is SentencePiece's, a `.json` is Hugging Face's tokenizer.json, all else WordPiece's.
        lower_case: whether text is lower-cased, where the SavedModel does not say; it goes before what that says.
        cache_dir: where downloads are kept; see `bk.hub.resolve`.
        load_options: a `tf.saved_model.LoadOptions`. None in the scope of a TPU strategy has this machine read the
            files, `experimental_io_device="/job:localhost"`.
        trust: loads a SavedModel whose graph may do more than compute, such as reading and writing files.
        sha256: the digest of the SavedModel's files (`bk.hub.model_sha256`). One with another digest is refused, and
            one with this is loaded as with `trust`.
        **native_options: `dropout`, `attention_dropout`, `seed`, `dtype`, `name` of the native encoder. `seed`, of what
            dropout draws, is for the SavedModel's graph too.

    Raises:
        ValueError: for an unknown name (with the nearest ones), a folder that is no SavedModel, a SavedModel that is no
            text encoder, or weights that are no plain BERT with native=True.
        TypeError: for a handle that is no text and no path, and for options that belong to native=True or nowhere.
        RuntimeError: without native=True on another backend of Keras than TensorFlow.
    """
    handle = _check_arguments(handle, trainable, native, native_options)
    if not native:
        checks.tensorflow_backend("The hub's graph", "Or pass native=True (--native): Keras layers run on JAX too.")
    entry, place, folder = _locate(handle, cache_dir)
    if sha256 is not None:
        check_sha256(sha256, folder, handle)
    trusted = checks.boolean("trust", trust) or sha256 is not None
    native_options = {"name": "encoder", **native_options}
    noted = read_noted(folder, trainable, **native_options) if native and load_options is None else None
    if noted is not None:
        encoder, stated = noted.native, noted.stated
    else:
        if keras.backend.backend() == "tensorflow":
            # A graph that only lends its weights draws no seed for itself.
            options = {"name": "encoder", "dtype": "float32", "seed": 0} if native else native_options
            encoder = HubEncoder(place, trainable and not native, load_options, trusted, **options)
        else:
            encoder = SavedEncoder(place, load_options, trusted)
        stated = TokenizerAsset.of(encoder.saved_model)
    rows = encoder.config.vocab_size
    encoder.tokenizer = _tokenizer(stated, place, rows, entry, vocab_file, lower_case, cache_dir)
    encoder.source = handle
    return from_hub_encoder(encoder, trainable, **native_options) if native and noted is None else encoder


def _check_arguments(handle: Any, trainable: bool, native: bool, native_options: dict[str, Any]) -> str:
    """The handle as text."""
    checks.no_tf_keras("handle", handle)
    if not isinstance(handle, (str, os.PathLike)) or not isinstance(os.fspath(handle), str):
        advice = "A model of yours is used as it is: pass it to bk.TextClassifier." if callable(handle) else ""
        raise TypeError(checks.message("handle", "be the name, address or folder of an encoder", handle, advice))
    checks.boolean("trainable", trainable)
    checks.boolean("native", native)
    for name, value in native_options.items():
        if name not in NATIVE_OPTIONS:
            options = (*_OPTIONS, *NATIVE_OPTIONS)
            advice = checks.did_you_mean(name, options) or f"It has: {', '.join(options)}."
            raise TypeError(f"load_encoder has no option '{name}'. {advice}")
        if not native and name != "seed":
            raise TypeError(checks.message(name, "be passed with native=True only", value))
    return os.fspath(handle)


def _locate(handle: str, cache_dir: str | os.PathLike | None) -> tuple[catalog.CatalogEntry | None, str, str]:
    """The catalogue's entry, if there is one, what `HubEncoder` loads and keeps in its config, and the folder of it."""
    if "://" in handle:
        entry = catalog.known_encoder(handle)
        return entry, *_address(handle, entry, cache_dir)
    entry = catalog.named_encoder(handle)
    if entry is None:
        folder = resolve(handle, cache_dir)
        return catalog.known_encoder(handle), folder, folder
    if entry.sample:
        folder = sample_encoder(cache_dir)
        return entry, folder, folder
    return entry, *_address(catalog.handle_url(entry), entry, cache_dir)


def _address(url: str, entry: catalog.CatalogEntry | None, cache_dir: str | os.PathLike | None) -> tuple[str, str]:
    """The address, fetched: a saved config loads it on any machine. With a cache of its own, the folder in that.

    And the folder.
    """
    if entry is not None and entry.dialect == "TF1":  # before it is downloaded
        must = "name a TF2 SavedModel, and this is one of TF-Hub's TF1 modules, which cannot be trained"
        advice = "Use the TF2 version of the same encoder: tensorflow/bert_…/4 in place of google/bert_…/1."
        raise ValueError(checks.message("handle", must, url, advice))
    folder = resolve(url, cache_dir)
    return url if cache_dir is None else folder, folder


def _tokenizer(
    stated: TokenizerAsset,
    place: str,
    rows: int | None,
    entry: catalog.CatalogEntry | None,
    vocab_file: str | os.PathLike | None,
    lower_case: bool | None,
    cache_dir: str | os.PathLike | None,
) -> BaseTokenizer | None:
    """The tokenizer of the arguments, of the SavedModel's assets, or of the preprocessor that the catalogue names."""
    if vocab_file is not None and os.fspath(vocab_file).lower().endswith(OTHER_ENDINGS):
        return _fitting(read_tokenizer(vocab_file, lower_case), rows)
    if vocab_file is None and not stated.is_word_pieces:
        return _fitting(stated.tokenizer(lower_case), rows)
    if vocab_file is None:
        vocab_file = stated.file
    if vocab_file is None and entry is not None:
        vocab_file = _preprocessor_vocabulary(entry, cache_dir)
    if vocab_file is None and lower_case is not None:
        must = f"be given with lower_case, as '{place}' carries no vocabulary"
        raise ValueError(checks.message("vocab_file", must, None))
    if vocab_file is None:
        return None
    if lower_case is None:
        lower_case = stated.lower_case
    if lower_case is None and entry is not None:
        lower_case = catalog.lower_case_of(entry)
    if lower_case is None:
        must = f"be given, as '{place}' does not say whether its text is lower-cased"
        raise ValueError(checks.message("lower_case", must, None, "Pass lower_case=True for an uncased model."))
    return _fitting(Tokenizer(vocab_file, lower_case), rows)


def _fitting(tokenizer: BaseTokenizer, rows: int | None) -> BaseTokenizer:
    """The tokenizer, of which the encoder's word table has all pieces."""
    if rows is not None and tokenizer.vocab_size > rows:
        must = f"have at most {rows} pieces, the rows of the encoder's word table"
        raise ValueError(
            checks.message("vocab_file", must, os.fspath(tokenizer.file), f"It has {tokenizer.vocab_size}.")
        )
    return tokenizer


def _preprocessor_vocabulary(entry: catalog.CatalogEntry, cache_dir: str | os.PathLike | None) -> str | None:
    """The vocabulary file among the assets of the preprocessor that belongs to a catalogue entry."""
    handle = catalog.preprocessor_of(entry)
    if handle is None:
        return None
    try:
        folder = resolve(handle, cache_dir)
    except DownloadError as error:
        advice = "The encoder carries no vocabulary and its preprocessor, which does, is not here. Or pass vocab_file=…"
        raise DownloadError(f"{error} {advice}") from error
    check_written(folder)
    assets = os.path.join(folder, "assets")  # the folder may be a bucket's
    names = tf.io.gfile.listdir(assets) if tf.io.gfile.isdir(assets) else []
    files = [name for name in names if "vocab" in name and name.endswith(".txt")]
    return os.path.join(assets, files[0]) if len(files) == 1 else None
