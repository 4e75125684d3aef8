"""`convert`: an encoder from the form of one program into that of another."""

import os
import pathlib
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.disk import check_replaceable, clear_errors, replacing
from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.checkpoints.save_google_checkpoint import save_google_checkpoint
from bert_keras.encoders.checkpoints.written_forms import WRITTEN_FORMS
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.encoders.plain_bert import PlainBert
from bert_keras.encoders.save_encoder import save_encoder
from bert_keras.finite_weights import finite_weights
from bert_keras.foreign_names import foreign_names
from bert_keras.manifest import Manifest
from bert_keras.masked_lm.kind import MASKED_LM
from bert_keras.masked_lm.masked_lm import MaskedLM
from bert_keras.running.exporting.huggingface_encoder import write_huggingface_encoder
from bert_keras.running.folders.folder_files import check_new


@checks.answers(**foreign_names("convert"))
def convert(
    source: str | os.PathLike,
    out: str | os.PathLike,
    to: str = "savedmodel",
    *,
    vocab_file: str | os.PathLike | None = None,
    lower_case: bool | None = None,
    trust: bool = False,
) -> str:
    """Writes a BERT encoder in another form: its weights, pooler, masked-word head, vocabulary and casing.

    >>> bk.convert("uncased_L-12_H-768_A-12", "encoders/bert", lower_case=True)  # Google's files of 2018
    >>> bk.convert("bert_en_uncased_L-12_H-768_A-12", "hf/bert", to="huggingface")
    >>> bk.convert("encoders/mine", "tf1/mine", to="tf1")

    Args:
        source: what `bk.load_encoder` takes: a checkpoint of TF1 or TF2, a folder of Hugging Face's or KerasHub's, an
            HDF5 file of tf_keras, a SavedModel, or the name or address of one.
        out: a new folder; it appears whole or not at all.
        to: "savedmodel", as TF-Hub has it; "huggingface", a `BertModel`, or a `BertForMaskedLM` where there is a
            head; or "tf1", Google's `bert_model.ckpt` and `bert_config.json`.
        vocab_file: the vocabulary, where none lies in the source; it goes before what does.
        lower_case: whether text is lower-cased, where the source does not say; it goes before what that says.
        trust: as for `bk.load_encoder`, of a SavedModel.

    Returns:
        The folder written.

    Raises:
        FileExistsError: if `out` exists and is not empty.
        OSError: if it cannot be written.
        ValueError: for a source that is damaged, no BERT or without a vocabulary.
        RuntimeError: on another backend of Keras than TensorFlow.
    """
    checks.one_of("to", to, WRITTEN_FORMS)
    checks.tensorflow_backend("bk.convert")
    out = pathlib.Path(out).expanduser()
    check_new(out)
    check_replaceable("out", out)
    stated = {"vocab_file": vocab_file, "lower_case": lower_case, "trust": trust}
    native = load_encoder(source, native=True, **stated)
    if native.tokenizer is None:
        must = f"be given, as '{source}' has none"
        advice = "Without it nobody can make ids for the encoder. Pass the vocab.txt that it was trained with."
        raise ValueError(checks.message("vocab_file", must, None, advice))
    finite_weights(native, "source")
    if to == "savedmodel":
        return save_encoder(native, out, mlm=None if native.mlm_weights is None else MaskedLM(native).head)
    with clear_errors("out", out, "Nothing is left of it."), replacing(out) as beside:
        _WRITERS[to](native, beside)
        Manifest(beside).write()
    return str(out)


def _write_huggingface(native: BertEncoder, folder: pathlib.Path) -> None:
    head = None if native.mlm_weights is None else MASKED_LM.portable(MaskedLM(native), {})
    write_huggingface_encoder(PlainBert.of(native), native.tokenizer, folder, head)


def _write_tf1(native: BertEncoder, folder: pathlib.Path) -> None:
    head: dict[str, np.ndarray] | None = native.mlm_weights
    if native.tokenizer.rules.huggingface:
        checks.warn("Texts are read by Hugging Face's rules, which a TF1 checkpoint does not tell: some get other ids.")
    save_google_checkpoint(PlainBert.of(native), folder, head, native.tokenizer.lower_case)
    lines = "".join(f"{piece}\n" for piece in native.tokenizer.vocabulary)
    (folder / "vocab.txt").write_bytes(lines.encode("utf-8"))


_WRITERS: dict[str, Any] = {"huggingface": _write_huggingface, "tf1": _write_tf1}
