"""`load_encoder`: from a handle to an encoder with its vocabulary."""

import os
from typing import Any

import keras
import tensorflow as tf

from bert_keras import checks
from bert_keras.encoders.checkpoints.forms import form_at
from bert_keras.encoders.checkpoints.load_checkpoint import load_checkpoint
from bert_keras.encoders.encoder import Encoder
from bert_keras.encoders.first_layers import first_layers
from bert_keras.encoders.from_hub_encoder import from_hub_encoder
from bert_keras.encoders.hub_encoder import HubEncoder
from bert_keras.encoders.huggingface.load_folder import load_folder
from bert_keras.encoders.huggingface.place import is_huggingface
from bert_keras.encoders.noted_encoder import read_noted
from bert_keras.encoders.published_preprocessor import PublishedPreprocessor, vocabulary_in
from bert_keras.encoders.sample_encoder import sample_encoder
from bert_keras.encoders.saved_encoder import SavedEncoder
from bert_keras.encoders.tokenizer_asset import TokenizerAsset, fitting
from bert_keras.foreign_names import foreign_names
from bert_keras.hub import catalog
from bert_keras.hub.check_bucket import check_bucket
from bert_keras.hub.downloads.downloading import DownloadError
from bert_keras.hub.folder_sha256 import check_sha256
from bert_keras.hub.folders import encoder_in
from bert_keras.hub.resolving import resolve
from bert_keras.hub.tf1_modules import check_frozen, is_tf1_module
from bert_keras.text.base_tokenizer import BaseTokenizer
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text.written_tokenizer import OTHER_ENDINGS, read_tokenizer

_OPTIONS = "trainable native vocab_file lower_case preprocessor cache_dir load_options trust sha256".split()
NATIVE_OPTIONS = ("dropout", "attention_dropout", "seed", "dtype", "name", "num_layers")


@checks.answers(**foreign_names("load_encoder"))
def load_encoder(
    handle: str | os.PathLike,
    trainable: bool = True,
    native: bool = False,
    *,
    vocab_file: str | os.PathLike | None = None,
    lower_case: bool | None = None,
    preprocessor: str | os.PathLike | None = None,
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
        handle: a name of `bk.list_encoders()`, a tfhub.dev or Kaggle address, a folder with a SavedModel, a .tar.gz; or
            a checkpoint of Google's, Model Garden's, KerasHub's or tf_keras', which gives the native encoder whatever
            `native` is, as of it only tensors are read; or a folder with Hugging Face's config.json and safetensors, or
            hf://owner/name of its cache, always native; or a model folder, whose encoder goes on from what it was tuned
            on. A name that is also a folder here is the folder.
        trainable: whether its variables are trained. TF-Hub's TF1 modules want False.
        native: whether the weights go into `bk.BertEncoder`, Keras layers instead of the SavedModel's fixed graph;
            its outputs are compared with the SavedModel's, but where a note of `bk.save_encoder` says what it is.
        vocab_file: the vocabulary, where the SavedModel does not carry one; it goes before the SavedModel's. A `.model`
            is SentencePiece's, a `.json` is Hugging Face's tokenizer.json, all else WordPiece's.
        lower_case: whether text is lower-cased, where the SavedModel does not say; it goes before what that says.
        preprocessor: the preprocessing model that goes with it, as for `handle`, where the catalogue names none: it
            says what the SavedModel does not, vocabulary and casing, and the ids that it makes of a few texts are
            compared with the encoder's tokenizer's.
        cache_dir: where downloads are kept; see `bk.hub.resolve`.
        load_options: a `tf.saved_model.LoadOptions`. None in the scope of a TPU strategy has this machine read the
            files, `experimental_io_device="/job:localhost"`.
        trust: loads a SavedModel whose graph may do more than compute, such as reading and writing files.
        sha256: the digest of the SavedModel's files (`bk.hub.model_sha256`). One with another digest is refused, and
            one with this is loaded as with `trust`.
        **native_options: `dropout`, `attention_dropout`, `seed`, `dtype`, `name` of the native encoder. `seed`, of what
            dropout draws, is for the SavedModel's graph too. `num_layers` keeps the first layers alone.

    Raises:
        ValueError: for an unknown name (with the nearest ones), a folder that is no SavedModel, a SavedModel that is no
            text encoder, a TF1 module that is to be trained, weights that are no plain BERT with native=True, or a
            preprocessor that makes other ids.
        TypeError: for a handle that is no text and no path, and for options that belong to native=True or nowhere.
        RuntimeError: without native=True on another backend of Keras than TensorFlow.
    """
    place = os.fspath(handle) if isinstance(handle, (str, os.PathLike)) else None
    if isinstance(place, str) and (own := encoder_in(os.path.expanduser(place))) is not None:
        handle = place = own
    is_theirs = isinstance(place, str) and is_huggingface(place)
    is_checkpoint = isinstance(place, str) and not is_theirs and form_at(place) is not None
    handle = _check_arguments(handle, trainable, native or is_theirs or is_checkpoint, native_options)
    num_layers = native_options.pop("num_layers", None)
    if is_theirs:
        given = {"cache_dir": cache_dir, "load_options": load_options, "preprocessor": preprocessor, "sha256": sha256}
        text = {"vocab_file": vocab_file, "lower_case": lower_case}
        encoder = load_folder(handle, text, given, trainable, **native_options)
        return encoder if num_layers is None else first_layers(encoder, num_layers)
    if is_checkpoint:
        _check_unread(preprocessor=preprocessor, load_options=load_options, sha256=sha256)
        encoder = load_checkpoint(handle, trainable, vocab_file=vocab_file, lower_case=lower_case, **native_options)
        return encoder if num_layers is None else first_layers(encoder, num_layers)
    if not native:
        checks.tensorflow_backend("The hub's graph", "Or pass native=True (--native): Keras layers run on JAX too.")
    entry, place, folder = _locate(handle, cache_dir, trainable, native)
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
        if is_tf1_module(folder):
            stated = stated._replace(file=vocabulary_in(folder))
    published = _published_preprocessor(preprocessor, stated, entry, vocab_file, lower_case, cache_dir)
    if published is not None:
        casing = published.lower_case if stated.lower_case is None else stated.lower_case
        stated = stated._replace(file=stated.file or published.vocab_file, lower_case=casing)
    encoder.tokenizer = _tokenizer(stated, place, encoder.config.vocab_size, entry, vocab_file, lower_case)
    if preprocessor is not None:
        if encoder.tokenizer is None:
            must = "hold a WordPiece vocabulary, as the encoder carries none"
            raise ValueError(checks.message("preprocessor", must, os.fspath(preprocessor)))
        published.check_ids(encoder.tokenizer, trusted)
    encoder.source = handle
    encoder = from_hub_encoder(encoder, trainable, **native_options) if native and noted is None else encoder
    return encoder if num_layers is None else first_layers(encoder, num_layers)


def _check_unread(**of_saved_models: Any) -> None:
    """Raises ValueError for options that a checkpoint, of which tensors alone are read, would leave unread."""
    for name, value in of_saved_models.items():
        if value is not None:
            advice = "Pass vocab_file and lower_case." if name == "preprocessor" else ""
            raise ValueError(checks.message(name, "be None for a checkpoint, which is no SavedModel", value, advice))


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


def _locate(
    handle: str, cache_dir: str | os.PathLike | None, trainable: bool, native: bool
) -> tuple[catalog.CatalogEntry | None, str, str]:
    """The catalogue's entry, if there is one, what `HubEncoder` loads and keeps in its config, and the folder of it."""
    entry = catalog.known_encoder(handle) if "://" in handle else catalog.named_encoder(handle)
    if entry is None:
        catalog.check_address(handle)
    if "://" in handle or (entry is not None and not entry.sample):
        url = handle if "://" in handle else catalog.handle_url(entry)
        if entry is not None and entry.dialect == "TF1":  # before it is downloaded
            _check_tf1(handle, trainable, native, catalog.successor_of(entry))
        folder = resolve(url, cache_dir)
        if folder.startswith("gs://"):
            check_bucket(folder)
        # An address is kept: a saved config loads it on any machine. With a cache of its own, the folder in that.
        place = url if cache_dir is None else folder
    else:
        folder = place = resolve(handle, cache_dir) if entry is None else sample_encoder(cache_dir)
        entry = catalog.known_encoder(handle) if entry is None else entry
    if is_tf1_module(folder):
        _check_tf1(handle, trainable, native)
    return entry, place, folder


def _check_tf1(handle: str, trainable: bool, native: bool, successor: str | None = None) -> None:
    check_frozen(handle, trainable, successor)
    if native:
        must = "be False for one of TF-Hub's TF1 modules, whose graph is run as it is"
        advice = f"'{successor}' is the same encoder in TF2." if successor else ""
        raise ValueError(checks.message("native", must, True, advice))


def _published_preprocessor(
    preprocessor: str | os.PathLike | None,
    stated: TokenizerAsset,
    entry: catalog.CatalogEntry | None,
    vocab_file: str | os.PathLike | None,
    lower_case: bool | None,
    cache_dir: str | os.PathLike | None,
) -> PublishedPreprocessor | None:
    """The one that was passed; or the catalogue's, if the SavedModel and the arguments leave something to be said."""
    if preprocessor is not None:
        return PublishedPreprocessor.read(catalog.preprocessor_url(preprocessor), cache_dir)
    handle = None if entry is None else catalog.preprocessor_of(entry)
    has_vocabulary = vocab_file is not None or stated.file is not None
    has_casing = lower_case is not None or stated.lower_case is not None or not stated.is_word_pieces
    if handle is None or (has_vocabulary and (has_casing or catalog.lower_case_of(entry) is not None)):
        return None
    try:
        return PublishedPreprocessor.read(handle, cache_dir)
    except DownloadError as error:
        what = "casing" if has_vocabulary else "vocabulary"
        pass_it = "lower_case=…" if has_vocabulary else "vocab_file=…"
        advice = f"The encoder carries no {what} and its preprocessor, which does, is not here. Or pass {pass_it}"
        raise DownloadError(f"{error} {advice}") from error


def _tokenizer(
    stated: TokenizerAsset,
    place: str,
    rows: int | None,
    entry: catalog.CatalogEntry | None,
    vocab_file: str | os.PathLike | None,
    lower_case: bool | None,
) -> BaseTokenizer | None:
    """The tokenizer of the arguments, or of what the SavedModel or its preprocessor states."""
    if vocab_file is not None and os.fspath(vocab_file).lower().endswith(OTHER_ENDINGS):
        return fitting(read_tokenizer(vocab_file, lower_case), rows)
    if vocab_file is None and not stated.is_word_pieces:
        return fitting(stated.tokenizer(lower_case), rows)
    if vocab_file is None:
        vocab_file = stated.file
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
    return fitting(Tokenizer(vocab_file, lower_case, **stated.settings or {}), rows)
