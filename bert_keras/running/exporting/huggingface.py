"""`write_huggingface`: a model as `transformers` writes and reads it in PyTorch."""

import json
import pathlib
from typing import Any

import numpy as np
from safetensors.numpy import save

from bert_keras import checks
from bert_keras.encoders.huggingface.native_arguments import CONFIG
from bert_keras.encoders.huggingface.to_huggingface import huggingface_config, huggingface_weights
from bert_keras.encoders.huggingface.weight_files import WEIGHTS
from bert_keras.features import POOLED_OUTPUT
from bert_keras.running.exporting.export_source import ExportSource
from bert_keras.running.exporting.hf_tokenizer import write_hf_tokenizer
from bert_keras.tuned.portable_head import PortableHead


def write_huggingface(source: ExportSource, folder: pathlib.Path) -> list[str]:
    """Writes `config.json`, `model.safetensors` and the tokenizer's files into `folder`, which exists.

    Raises:
        ValueError: for a model that no class of transformers works out.
    """
    head, bert = source.head, source.bert
    if head.transform is not None and head.transform.epsilon != bert.epsilon:
        must = f"be {head.transform.epsilon}, that of its head, as {head.architecture} has one for both"
        raise ValueError(checks.message("layer_norm_epsilon", must, bert.epsilon, "It is the encoder's."))
    weights = {f"bert.{name}": values for name, values in huggingface_weights(bert.weights).items()}
    if head.reads != POOLED_OUTPUT:  # these classes have no pooler
        weights = {name: values for name, values in weights.items() if not name.startswith("bert.pooler")}
    weights |= head_weights(head)
    (folder / WEIGHTS).write_bytes(save(weights, metadata={"format": "pt"}))  # safetensors' own file is for us alone
    write_config(source, folder)
    return source.notes()


def write_config(source: ExportSource, folder: pathlib.Path, seq_length: int | None = None, **more: Any) -> None:
    """`config.json` as transformers reads it, and the tokenizer's files, which cut texts as in training.

    Args:
        source: the model.
        folder: where to.
        seq_length: the one length of rows, where there is one.
        **more: what the entry "bert_keras" holds beside the task's settings.
    """
    config = {
        "architectures": [source.head.architecture],
        **huggingface_config(source.bert),
        "pad_token_id": source.tokenizer.pad_id,
        "dtype": "float32",
        **_labels(source.head),
        "bert_keras": _settings(source) | more,
    }
    text = json.dumps(config, ensure_ascii=False, indent=2) + "\n"
    (folder / CONFIG).write_text(text, encoding="utf-8")
    settings, truncation, longest = source.head.settings, {}, seq_length or source.seq_length
    if len(source.head.outputs) == 2:
        room = longest - settings["max_query_length"] - 3
        truncation = {"strategy": "OnlySecond", "stride": max(room - settings["doc_stride"], 0)}
    with_masks = source.head.transform is not None
    write_hf_tokenizer(source.tokenizer, folder, longest, truncation, with_masks, seq_length is not None)


def _settings(source: ExportSource) -> dict[str, Any]:
    """What the exported folder keeps of the task beside its labels."""
    own = {"task": source.config.get("task"), "kind": source.kind.name, "seq_length": source.seq_length}
    return own | source.head.settings


def _labels(head: PortableHead) -> dict[str, Any]:
    """What `config.json` says of the columns of the logits."""
    if head.layer != "classifier" or head.choices:
        return {}
    names = head.labels or ("LABEL_0",)
    said = {"problem_type": head.problem_type} if head.architecture == "BertForSequenceClassification" else {}
    return {
        **said,
        "num_labels": len(names),
        "id2label": {str(number): name for number, name in enumerate(names)},
        "label2id": {name: number for number, name in enumerate(names)},
    }


def head_weights(head: PortableHead) -> dict[str, np.ndarray]:
    """The head's arrays under the names that its class has."""
    if head.transform is None:
        found = {f"{head.layer}.weight": head.kernel.T, f"{head.layer}.bias": head.bias}
    else:  # the output matrix is the word table
        own, begin = head.transform, f"{head.layer}.transform"
        found = {
            f"{begin}.dense.weight": own.kernel.T,
            f"{begin}.dense.bias": own.bias,
            f"{begin}.LayerNorm.weight": own.gamma,
            f"{begin}.LayerNorm.bias": own.beta,
            f"{head.layer}.bias": head.bias,
        }
    return {name: np.ascontiguousarray(values, "float32") for name, values in found.items()}
