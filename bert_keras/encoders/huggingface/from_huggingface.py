"""`from_huggingface`: Hugging Face's files of BERT and its family into the native encoder."""

import os
import pathlib
import re
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.from_hub_encoder import assign_weights
from bert_keras.encoders.huggingface.family import Family, torch_shape
from bert_keras.encoders.huggingface.mlm_head import read_mlm_head
from bert_keras.encoders.huggingface.native_arguments import CONFIG, bad_folder, native_arguments
from bert_keras.encoders.huggingface.weight_files import WeightFiles, has_weights, no_weights, some_of
from bert_keras.hub.check_written import check_written

_BUFFERS = ("embeddings.position_ids", "embeddings.token_type_ids")  # counted up from 0, and zeros: no weights


def from_huggingface(folder: str | os.PathLike, **options: Any) -> BertEncoder:
    """A native encoder from Hugging Face's `config.json` and `model.safetensors`.

    Of BERT, ELECTRA, ALBERT, DistilBERT, RoBERTa, XLM-R, CamemBERT, data2vec, ERNIE, ModernBERT and MobileBERT, by the
    config's `model_type`. ELECTRA, DistilBERT and ModernBERT have no pooler, nor has MobileBERT where its config says
    so: their `pooled_output` is the first token's row of `sequence_output`, unless `pooler=True` is passed. Of the
    others a checkpoint without a pooler (one saved with its masked-LM head, say) gets a fresh one. Fresh ones come with
    a warning. A masked-word head of BERT goes into `mlm_weights`; other heads are left out.

    Args:
        folder: holds the two files, or in place of the second model.safetensors.index.json and its shards.
        **options: `trainable`, `dropout`, `seed` and the like, for `BertEncoder`; they go before config.json.

    Raises:
        ValueError: if a file is missing or cannot be read, the model is of another family, a weight is missing or has
            another shape, or the file has weights of the encoder that the config does not speak of.
    """
    folder = pathlib.Path(folder).expanduser()
    if not (folder / CONFIG).is_file():
        names = ", ".join(sorted(path.name for path in folder.iterdir())) if folder.is_dir() else "no such folder"
        raise ValueError(bad_folder(folder, f"hold {CONFIG}", f"There is: {names or 'nothing'}."))
    if not has_weights(folder):
        raise ValueError(no_weights(folder))
    check_written(folder)  # of one that bk.export wrote
    family, arguments = native_arguments(folder)
    with WeightFiles(folder) as file:
        native = BertEncoder(**{**arguments, **options})
        weights = _read_weights(native, family, file, folder)
        native.mlm_weights = read_mlm_head(file, native, weights["word_embeddings/embeddings"], folder)
    if native.pooler and "pooler_transform/kernel" not in weights:
        checks.warn(f"'{folder.name}' has no pooler: a fresh one is made, to be trained.")
        weights |= {n: w.numpy() for n, w in native.named_weights().items() if n.startswith("pooler")}
    assign_weights(native, weights)
    return native


def _read_weights(native: BertEncoder, family: Family, file: Any, folder: pathlib.Path) -> dict[str, np.ndarray]:
    """Arrays under TF-Hub's names, without the pooler where the file has none.

    `file` has `keys()` and `get_tensor(name)`.
    """
    stored = {re.sub(rf"^(model\.)?({family.prefix}\.)?", "", name): name for name in file.keys()}
    weights, used, missing, others = {}, set(_BUFFERS), [], []
    has_pooler = family.names_of("pooler_transform/kernel")[0] in stored
    for name, weight in native.named_weights().items():
        names = family.names_of(name)
        if name.startswith("pooler") and not has_pooler:
            continue
        source = next((n for n in names if n in stored), None)
        if source is None:
            missing.append(names[0])
            continue
        used.add(source)
        values, shape = file.get_tensor(stored[source]), torch_shape(name, tuple(weight.shape))
        part, parts = family.part_of(name)
        shape = (shape[0] * parts, *shape[1:])
        if values.shape != shape:
            others.append(f"'{source}' with the shape {shape}, and it has {values.shape}")
            continue
        values = np.split(values.astype("float32"), parts)[part]
        weights[name] = (values.T if name.endswith("kernel") else values).reshape(weight.shape)
    if missing:
        which = f"weight '{missing[0]}'" if len(missing) == 1 else f"{len(missing)} weights {some_of(missing)}"
        advice = f"It holds {len(stored)} weights, such as {', '.join(sorted(stored)[:3])}."
        raise ValueError(bad_folder(folder, f"hold the {which}, as {CONFIG} says", advice))
    if others:
        advice = "Its config and its weights are of different models."
        raise ValueError(bad_folder(folder, f"hold, as {CONFIG} says, {'; '.join(others[:4])}", advice))
    more = sorted(name for name in stored if name.startswith(family.own) and name not in used)
    if more:
        must = f"hold no weights of the encoder beyond what {CONFIG} says"
        raise ValueError(bad_folder(folder, must, f"It holds {len(more)} more: {some_of(more)}."))
    return weights
