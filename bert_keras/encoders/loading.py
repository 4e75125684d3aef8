"""`load_encoder`: from a handle to an encoder with its vocabulary."""

import os
import pathlib
from typing import Any

import tensorflow as tf

from bert_keras import checks
from bert_keras.encoders import catalog
from bert_keras.encoders.conversion import from_hub_encoder
from bert_keras.encoders.encoder import Encoder
from bert_keras.encoders.hub_encoder import HubEncoder
from bert_keras.encoders.sample import SAMPLE, sample_encoder
from bert_keras.hub.resolving import resolve
from bert_keras.text.tokenizer import Tokenizer


def load_encoder(
    handle: str | os.PathLike,
    trainable: bool = True,
    native: bool = False,
    *,
    vocab_file: str | os.PathLike | None = None,
    lower_case: bool | None = None,
    cache_dir: str | os.PathLike | None = None,
    load_options: tf.saved_model.LoadOptions | None = None,
    **native_options: Any,
) -> Encoder:
    """A published BERT with its tokenizer: a Keras layer from three features to pooled and sequence output.

    >>> encoder = load_encoder("small_bert/bert_en_uncased_L-2_H-128_A-2")
    >>> outputs = encoder(encoder.preprocessor(seq_length=128)(["some text"]))
    >>> outputs["pooled_output"].shape
    TensorShape([1, 128])

    Args:
        handle: a name of `bk.list_encoders()`, a tfhub.dev or Kaggle address, a folder with a SavedModel, a .tar.gz.
        trainable: whether its variables are trained.
        native: whether the weights go into `bk.BertEncoder`, Keras layers instead of the SavedModel's fixed graph;
            its outputs are compared with the SavedModel's.
        vocab_file: the vocabulary, where the SavedModel does not carry one.
        lower_case: whether text is lower-cased, where the SavedModel does not say.
        cache_dir: where downloads are kept; see `bk.hub.resolve`.
        load_options: for TPU workers, `tf.saved_model.LoadOptions(experimental_io_device="/job:localhost")`.
        **native_options: `dropout`, `attention_dropout`, `seed`, `dtype`, `name` of the native encoder.

    Raises:
        ValueError: for an unknown name (with the nearest ones), a folder that is no SavedModel, a SavedModel that is no
            text encoder, or weights that are no plain BERT with native=True.
    """
    handle = os.fspath(checks.no_tf_keras("handle", handle))
    if native_options and not native:
        name = next(iter(native_options))
        raise TypeError(checks.message(name, "be passed with native=True only", native_options[name]))
    entry, folder = _locate(handle, cache_dir)
    encoder = HubEncoder(folder, trainable=trainable and not native, load_options=load_options, name="encoder")
    encoder.tokenizer = _tokenizer(encoder, entry, vocab_file, lower_case, cache_dir)
    encoder.source = handle
    if not native:
        return encoder
    built = from_hub_encoder(encoder, trainable=trainable, **{"name": "encoder", **native_options})
    built.source = handle
    return built


def _locate(handle: str, cache_dir: Any) -> tuple[catalog.CatalogEntry | None, str]:
    """The catalogue's entry, if there is one, and the local folder."""
    if handle == SAMPLE:
        return catalog.find_encoder(SAMPLE), sample_encoder(cache_dir)
    if "://" in handle or pathlib.Path(handle).expanduser().exists() or handle.startswith((".", "/", "~")):
        return catalog.known_encoder(handle), resolve(handle, cache_dir)
    if handle.endswith((".tar.gz", ".tgz")):
        return None, resolve(handle, cache_dir)
    entry = catalog.find_encoder(handle)
    if entry.sample:
        return entry, sample_encoder(cache_dir)
    return entry, resolve(catalog.handle_url(entry), cache_dir)


def _tokenizer(
    encoder: HubEncoder,
    entry: catalog.CatalogEntry | None,
    vocab_file: str | os.PathLike | None,
    lower_case: bool | None,
    cache_dir: Any,
) -> Tokenizer | None:
    """The tokenizer of the arguments, of the SavedModel's assets, or of the preprocessor that the catalogue names."""
    saved_model = encoder.saved_model
    asset = getattr(saved_model, "vocab_file", None)
    if lower_case is None and hasattr(saved_model, "do_lower_case"):
        lower_case = bool(saved_model.do_lower_case.numpy())
    if lower_case is None and entry is not None:
        lower_case = catalog.lower_case_of(entry)
    if vocab_file is None and asset is not None:
        vocab_file = _asset_path(asset)
    if vocab_file is None and not hasattr(saved_model, "sp_model_file") and entry is not None:
        vocab_file = _preprocessor_vocabulary(entry, cache_dir)
    if vocab_file is None:
        return None
    if lower_case is None:
        must = f"be given, as '{encoder.handle}' does not say whether its text is lower-cased"
        raise ValueError(checks.message("lower_case", must, None, "Pass lower_case=True for an uncased model."))
    tokenizer = Tokenizer(vocab_file, lower_case)
    rows = encoder.config.vocab_size
    if rows is not None and tokenizer.vocab_size > rows:
        must = f"have at most {rows} pieces, the rows of the encoder's word table"
        raise ValueError(checks.message("vocab_file", must, os.fspath(vocab_file), f"It has {tokenizer.vocab_size}."))
    return tokenizer


def _asset_path(asset: Any) -> str:
    path = asset.asset_path
    return path.numpy().decode("utf-8") if hasattr(path, "numpy") else str(path)


def _preprocessor_vocabulary(entry: catalog.CatalogEntry, cache_dir: Any) -> str | None:
    """The vocabulary file among the assets of the preprocessor that belongs to a catalogue entry."""
    handle = catalog.preprocessor_of(entry)
    if handle is None:
        return None
    folder = pathlib.Path(resolve(handle, cache_dir)) / "assets"
    files = sorted(folder.glob("*vocab*.txt")) if folder.is_dir() else []
    return str(files[0]) if len(files) == 1 else None
