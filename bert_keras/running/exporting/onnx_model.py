"""`write_onnx_model`: encoder and head for ONNX Runtime, from ids to logits."""

import logging
import pathlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic

from bert_keras import checks
from bert_keras.running.exporting.export_source import ExportSource
from bert_keras.running.exporting.huggingface import write_config
from bert_keras.running.exporting.measured_loss import check_scorable, measured_loss
from bert_keras.running.exporting.onnx_graph import OnnxGraph
from bert_keras.running.exporting.onnx_run import OnnxRun

MODEL = "model.onnx"
OPSETS = (17, 21)  # the first has layer norm as one operation


def write_onnx_model(
    source: ExportSource,
    folder: pathlib.Path,
    data: Any = None,
    opset: int = OPSETS[0],
    quantization: str | None = None,
) -> list[str]:
    """Writes `model.onnx`, `config.json` and the tokenizer's files into `folder`, which exists.

    Args:
        source: the model.
        folder: where to.
        data: of which the validation part scores the export, or None.
        opset: of ONNX.
        quantization: "int8" or None.

    Returns:
        Lines about its size, its scores and what is left to whoever runs it.

    Raises:
        ValueError: for options at fault, or more weights than one file takes.
    """
    checks.integer("opset", opset, *OPSETS, "those with layer norm as one operation that were tried")
    head, bert = source.head, source.bert
    source.check_bytes()
    scored = check_scorable(source, data)
    graph = OnnxGraph(bert, head, opset).model()
    onnx.checker.check_model(graph)
    path = folder / MODEL
    path.write_bytes(graph.SerializeToString())
    told = f"opset {opset}, float32, {_size(path)}"
    if quantization is not None:
        _quantize(path)
        told += f"; in {quantization} {_size(path)}"
    del graph
    scores, lines = measured_loss(source, scored, f"onnx {quantization or 'float32'}", OnnxRun(path))
    more = {"opset": opset, "quantization": quantization, "bytes": path.stat().st_size, "scores": scores}
    write_config(source, folder, **more)
    return [f"{MODEL}: {told}", *lines, *source.notes()]


def _quantize(path: pathlib.Path) -> None:
    """Matrices and tables in 8 bits; what is multiplied with them becomes 8 bits while the model runs."""
    with tempfile.TemporaryDirectory(prefix=".int8.", dir=path.parent) as place, _quiet():
        made = pathlib.Path(place) / MODEL
        quantize_dynamic(path, made, per_channel=True, weight_type=QuantType.QInt8)
        made.replace(path)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the advice of ONNX Runtime's quantizer to run its own optimizer first."""
    logger = logging.getLogger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _size(path: pathlib.Path) -> str:
    return f"{path.stat().st_size / 1e6:,.1f} MB"
