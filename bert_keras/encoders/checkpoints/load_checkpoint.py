"""`load_checkpoint`: the native encoder of a checkpoint, with its tokenizer."""

import os
import pathlib
from typing import Any

from bert_keras import checks
from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.checkpoints.bert_shapes import HEAD
from bert_keras.encoders.checkpoints.forms import FORMS, form_at
from bert_keras.encoders.checkpoints.stored_encoder import StoredEncoder
from bert_keras.encoders.encoder import INITIALIZER_RANGE
from bert_keras.encoders.from_hub_encoder import assign_weights
from bert_keras.hub.check_written import check_written
from bert_keras.text.base_tokenizer import BaseTokenizer
from bert_keras.text.written_tokenizer import read_tokenizer


def load_checkpoint(
    path: str | os.PathLike,
    trainable: bool = True,
    *,
    vocab_file: str | os.PathLike | None = None,
    lower_case: bool | None = None,
    **options: Any,
) -> BertEncoder:
    """The native encoder of a BERT, ALBERT or ELECTRA in a checkpoint of another program; only its tensors are read.

    The forms are Google's TF1 checkpoints of the three, and of BERT TF2 checkpoints with Model Garden's names,
    KerasHub's presets and HDF5 files of tf_keras models around a `hub.KerasLayer`. The arrays of a masked-word head are
    its `mlm_weights`. A checkpoint without a pooler gets a fresh one, with a warning; ELECTRA has none. Heads of tasks
    are left out.

    Args:
        path: a folder, the common beginning of a checkpoint's files, or one of these.
        trainable: whether the encoder's weights are trained.
        vocab_file: goes before the vocabulary that lies beside the checkpoint. With neither, the encoder has no
            tokenizer.
        lower_case: whether text is lower-cased, where the checkpoint does not say; it goes before what that says.
        **options: `dropout`, `attention_dropout`, `gelu`, `seed`, `dtype` and `name`, for `BertEncoder`; they go before
            what the checkpoint says.

    Raises:
        ValueError: for a path without a checkpoint; a checkpoint that is damaged, lacks tensors, has others or some of
            other shapes than its config says, or weights that are not finite; a vocabulary that has not one piece for
            each row of the word table; or one of which nothing tells whether text is lower-cased.
    """
    source, path = os.fspath(path), pathlib.Path(path).expanduser()
    form = form_at(path)
    if form is None:
        advice = f"{'There is no such path' if not path.exists() else 'It is something else'}."
        must = f"be {', '.join(form.name for form in FORMS[:-1])} or {FORMS[-1].name}"
        raise ValueError(checks.message("checkpoint", must, str(path), advice))
    check_written(path if path.is_dir() else path.parent)  # of one that bk.convert wrote
    stored = form.read(path)
    tokenizer = _tokenizer(stored, vocab_file, lower_case)  # before the weights, which take longer
    arrays = stored.arrays()
    settings = {"name": "encoder", **stored.settings, "trainable": trainable, **options}
    drawn = settings.get("initializer_range", INITIALIZER_RANGE)
    # Zeros are made sooner than numbers are drawn, and all are assigned but those of a pooler that is not there.
    whole = "pooler_transform/kernel" in arrays or not settings.get("pooler", True)
    native = BertEncoder(**{**settings, "initializer_range": 0.0 if whole else drawn})
    native.initializer_range = drawn
    if not whole:
        checks.warn(f"'{path.name}' has no pooler: a fresh one is made, to be trained.")
        arrays |= {name: w.numpy() for name, w in native.named_weights().items() if name.startswith("pooler")}
    head = {name.removeprefix(HEAD): arrays.pop(name) for name in list(arrays) if name.startswith(HEAD)}
    assign_weights(native, arrays)
    native.mlm_weights = head or None
    native.tokenizer, native.source = tokenizer, source
    for note in stored.notes:
        checks.warn(note)
    return native


def _tokenizer(
    stored: StoredEncoder, vocab_file: str | os.PathLike | None, lower_case: bool | None
) -> BaseTokenizer | None:
    vocab_file = stored.vocab_file if vocab_file is None else vocab_file
    if vocab_file is None:
        if lower_case is not None:
            must = f"be given with lower_case, as '{stored.path}' has no vocabulary beside it"
            raise ValueError(checks.message("vocab_file", must, None))
        return None
    lower_case = stored.lower_case if lower_case is None else lower_case
    if lower_case is None:
        must = f"be given, as '{stored.path}' does not say whether its text is lower-cased"
        raise ValueError(checks.message("lower_case", must, None, "Pass lower_case=True for an uncased model."))
    tokenizer, rows = read_tokenizer(vocab_file, lower_case), stored.settings["vocab_size"]
    if tokenizer.vocab_size != rows:
        must = f"have {rows:,} pieces, one for each row of the checkpoint's word table"
        advice = f"It has {tokenizer.vocab_size:,}. Pass vocab_file, the one that the checkpoint was trained with."
        if tokenizer.vocab_size < rows:
            advice += " If it is, and rows were added to the table, add lines to it: [unused_a], [unused_b] and so on."
        raise ValueError(checks.message("vocab_file", must, os.fspath(vocab_file), advice))
    return tokenizer
