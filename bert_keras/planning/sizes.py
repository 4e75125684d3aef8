"""`sizes_of`: the sizes of an encoder by its name, without a download; from a folder or an object, of its weights."""

import dataclasses
import math
import os
import pathlib
import re
from typing import Any

from bert_keras import checks
from bert_keras.encoders.checkpoints.bert_shapes import HEAD
from bert_keras.encoders.checkpoints.form import Form
from bert_keras.encoders.checkpoints.forms import form_at
from bert_keras.encoders.encoder import SIZES, EncoderConfig
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.hub import catalog
from bert_keras.hub.catalog_entry import ALBERT_EMBEDDING, MULTI_CASED, POSITIONS, SEGMENTS, UNCASED
from bert_keras.hub.what_works import form_of
from bert_keras.planning.network import Network

_MOBILE = r"mobilebert_\w+_L-(\d+)_H-(\d+)_B-(\d+)_A-(\d+)_F-(\d+)_OPT"
_MOBILE_TABLE = 128  # the width of its tables, whatever that of its layers
_UNKNOWN = "Load it with bk.load_encoder(…, native=True), and pass that."


@dataclasses.dataclass(frozen=True)
class Sized:
    """What planning knows of an encoder.

    Args:
        name: a handle of the catalogue, a folder, or "ENCODER" for an object that came from neither.
        config: its sizes, all of them known.
        network: which network it is, with GELU's form "tanh" where weights do not tell.
    """

    name: str
    config: EncoderConfig
    network: Network


def sizes_of(encoder: Any) -> Sized:
    """The sizes of a name of the catalogue, "sample", a folder or archive here, or an encoder that is loaded.

    Raises:
        TypeError, ValueError: for what is none of these, with the nearest names, or is no plain BERT.
    """
    config = getattr(checks.no_tf_keras("encoder", encoder), "config", None)
    if isinstance(config, EncoderConfig):
        return _of_object(getattr(encoder, "source", None) or "ENCODER", encoder)
    if not isinstance(encoder, (str, os.PathLike)) or not isinstance(os.fspath(encoder), str):
        must = "be a name of the catalogue, a folder, or an encoder"
        raise TypeError(checks.message("encoder", must, encoder, "`bert-keras encoders` lists the names."))
    handle = os.fspath(encoder)
    form = form_at(handle)
    if form is not None:
        return _of_checkpoint(handle, form)
    if "://" not in handle and os.path.exists(os.path.expanduser(handle)):
        return _of_object(handle, load_encoder(handle, native=True))
    return _of_entry(_entry(handle))


def _of_object(name: str, encoder: Any) -> Sized:
    config = encoder.config
    unknown = [name for name in SIZES if getattr(config, name) is None]
    if unknown:
        must = f"tell its sizes by its weights, as a plain BERT does; {', '.join(unknown)} cannot be read"
        raise ValueError(checks.message("encoder", must, name))
    return Sized(str(name), config, Network.of(encoder))


def _of_checkpoint(handle: str, form: Form) -> Sized:
    """Sizes that a checkpoint states, of which no weight is read."""
    stored = form.read(pathlib.Path(handle).expanduser())
    parameters = sum(math.prod(shape) for name, shape in stored.shapes().items() if not name.startswith(HEAD))
    sizes = {name: stored.settings[name] for name in SIZES}
    width = stored.settings.get("embedding_size")
    config = EncoderConfig(**sizes, parameters=parameters, embedding_size=width)
    return Sized(handle, config, Network.of_settings(stored.settings))


def _entry(handle: str) -> catalog.CatalogEntry:
    if "://" in handle:
        entry = catalog.known_encoder(handle)
        if entry is None:
            must = "be in the catalogue, as planning downloads nothing"
            raise ValueError(checks.message("encoder", must, handle, _UNKNOWN))
        return entry
    try:
        return catalog.find_encoder(handle)
    except ValueError as error:
        text = str(error).replace("`name`", "`encoder`", 1).replace("name=", "encoder=", 1)
        raise ValueError(f"{text} There is no folder or archive of that name here either.") from None


def _of_entry(entry: catalog.CatalogEntry) -> Sized:
    """Sizes that the catalogue states; the rest is BERT's."""
    if entry.dialect == "TF1":
        must = "be a TF2 SavedModel, and this is one of TF-Hub's TF1 modules, which cannot be trained"
        raise ValueError(checks.message("encoder", must, entry.handle))
    mobile = re.search(_MOBILE, entry.name)
    if mobile:
        return _of_mobile(entry, *map(int, mobile.groups()))
    if entry.parameters is None or None in (entry.num_layers, entry.num_heads):
        must = "be one whose sizes the catalogue states"
        raise ValueError(checks.message("encoder", must, entry.handle, _UNKNOWN))
    is_albert = form_of(f"{entry.publisher}/{entry.name}", entry.dialect) == "albert"
    config = EncoderConfig(
        num_layers=entry.num_layers,
        hidden_size=entry.hidden_size,
        num_heads=entry.num_heads,
        intermediate_size=4 * entry.hidden_size,
        vocab_size=entry.vocabulary_size,
        max_positions=POSITIONS,
        type_vocab_size=SEGMENTS,
        parameters=entry.parameters,
        embedding_size=ALBERT_EMBEDDING if is_albert else None,
    )
    bend = "erf" if entry.sample else "tanh"  # the sample is Hugging Face's
    return Sized(entry.handle, config, Network(bend, share_layers=is_albert))


def _of_mobile(entry: catalog.CatalogEntry, layers: int, narrow: int, width: int, heads: int, count: int) -> Sized:
    """MobileBERT by the numbers in its name: layers inside at `narrow`, whose feed-forwards are as wide as the whole.

    So it was published (Sun et al., 2020, https://arxiv.org/abs/2004.02984).
    """
    vocabulary = MULTI_CASED if "multi_cased" in entry.name else UNCASED
    table = _MOBILE_TABLE

    def dense(inputs: int, outputs: int) -> int:
        return inputs * outputs + outputs

    inside = 2 * (dense(width, narrow) + 2 * narrow)  # the two bottlenecks with their norms
    inside += 2 * dense(narrow, narrow) + dense(width, narrow) + dense(narrow, narrow) + 2 * narrow
    inside += count * (dense(narrow, width) + dense(width, narrow) + 2 * narrow)
    inside += dense(narrow, width) + 2 * width
    tables = vocabulary * table + dense(3 * table, width) + (POSITIONS + SEGMENTS + 2) * width
    parameters = tables + layers * inside + dense(width, width)  # and the pooler
    sizes = (layers, width, heads, width, vocabulary, POSITIONS, SEGMENTS)
    network = Network("relu", layers="mobile", bottleneck=narrow, feed_forwards=count)
    return Sized(entry.handle, EncoderConfig(*sizes, parameters=parameters, embedding_size=table), network)
