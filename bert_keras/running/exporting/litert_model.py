"""`write_litert_model`: encoder and head for LiteRT, from ids to logits, in its own operations alone."""

import importlib
import importlib.util
import pathlib
import tempfile
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras import checks
from bert_keras.encoders.inference_network import InferenceNetwork
from bert_keras.encoders.layer_forward import layer_norm
from bert_keras.encoders.traced_layer import fused_gelu
from bert_keras.features import FEATURE_NAMES, MASK, POOLED_OUTPUT
from bert_keras.running.exporting.export_source import ExportSource
from bert_keras.running.exporting.huggingface import write_config
from bert_keras.running.exporting.measured_loss import check_scorable, measured_loss
from bert_keras.tuned.portable_head import PortableHead

MODEL = "model.tflite"
QUANTIZATIONS = ("int8",)
_HIDDEN = -10_000.0  # added to the logits of padding where the head says so
_RUNTIME = "ai_edge_litert.interpreter"


def write_litert_model(
    source: ExportSource,
    folder: pathlib.Path,
    data: Any = None,
    quantization: str | None = None,
    seq_length: int | None = None,
) -> list[str]:
    """Writes `model.tflite`, `config.json` and the tokenizer's files into `folder`, which exists.

    Args:
        source: the model.
        folder: where to.
        data: of which the validation part scores the export, or None.
        quantization: "int8" stores matrices in 8 bits ("dynamic range"); None.
        seq_length: of every row, in batches of one; None for rows of any length and batches of any size.

    Returns:
        Lines about its size, its scores and what is left to whoever runs it.

    Raises:
        ValueError: for options at fault.
    """
    if quantization is not None:
        checks.one_of("quantization", quantization, QUANTIZATIONS)
    network = LiteRTNetwork(source)
    longest = source.bert.config.max_positions
    scored = check_scorable(source, data)
    if seq_length is not None:
        lowest = 5 if source.takes_pairs else 3
        checks.integer("seq_length", seq_length, lowest, longest, "the encoder's position table")
        if scored is not None and seq_length < source.seq_length:
            must = f"be at least {source.seq_length}, to which texts are cut, for the model to be scored"
            raise ValueError(checks.message("seq_length", must, seq_length, "Leave the data out, or pass that."))
    path = folder / MODEL
    whole = network.converted(seq_length, *([] if quantization is None else [tf.lite.Optimize.DEFAULT]))
    path.write_bytes(whole)
    told = f"{quantization or 'float32'}, {len(whole) / 1e6:,.1f} MB"
    if quantization is not None:
        told += f" (the encoder's weights in float32: {4e-6 * source.bert.config.parameters:,.1f} MB)"
    shape = "any batch and length: resize the inputs" if seq_length is None else f"one row of {seq_length} tokens"
    run = LiteRTRun(path, seq_length)
    scores, lines = measured_loss(source, scored, f"litert {quantization or 'float32'}", run)
    more = {"quantization": quantization, "row_length": seq_length, "bytes": len(whole), "scores": scores}
    write_config(source, folder, seq_length, **more)
    return [f"{MODEL}: {told}; {shape}", *lines, *source.notes()]


class LiteRTNetwork(tf.Module):
    """Encoder and head in a graph whose operations LiteRT has.

    Args:
        source: the model.
    """

    def __init__(self, source: ExportSource) -> None:
        super().__init__(name="bert_keras")
        self._bert = source.bert
        self._head: PortableHead = source.head
        bert = source.bert
        self._network = InferenceNetwork(bert.weights, bert.config, bert.gelu, bert.epsilon)
        self._choices = source.head.settings.get("num_choices", 1)

    def converted(self, seq_length: int | None, *optimizations: Any) -> bytes:
        """The content of a file of LiteRT, with one signature, `serving_default`."""
        shape: list[int | None] = [None, None] if seq_length is None else [1, seq_length]
        if self._head.choices:
            shape.insert(1, None if seq_length is None else self._choices)
        specs = {name: tf.TensorSpec(shape, tf.int32, name=name) for name in FEATURE_NAMES}
        function = tf.function(self._outputs, autograph=False).get_concrete_function(**specs)
        with tempfile.TemporaryDirectory() as place:
            tf.saved_model.save(self, place, signatures={"serving_default": function})
            converter = tf.lite.TFLiteConverter.from_saved_model(place)
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
            converter.optimizations = list(optimizations)
            return converter.convert()

    def _outputs(self, **features: tf.Tensor) -> dict[str, tf.Tensor]:
        head = self._head
        rows = features
        if head.choices:
            shape = tf.shape(features[MASK])
            rows = {
                name: tf.reshape(column, tf.stack([shape[0] * shape[1], shape[2]])) for name, column in features.items()
            }
        hidden = self._network(rows, head.reads == POOLED_OUTPUT)[head.reads]
        if head.transform is not None:
            own = head.transform
            inner = fused_gelu(tf.matmul(hidden, own.kernel) + own.bias, self._bert.gelu)
            hidden = layer_norm(inner, own.gamma, own.beta, own.epsilon)
        kernel = self._bert.weights["word_embeddings/embeddings"].T if head.kernel is None else head.kernel
        logits = tf.matmul(hidden, np.ascontiguousarray(kernel)) + head.bias
        if head.hides_padding:
            logits += _HIDDEN * (1.0 - tf.expand_dims(tf.cast(rows[MASK], tf.float32), -1))
        if len(head.outputs) > 1:
            return {name: tf.gather(logits, column, axis=-1) for column, name in enumerate(head.outputs)}
        if head.choices:
            logits = tf.reshape(logits, shape[:2])
        found = {head.outputs[0]: logits}
        if head.activation is not None:
            found["probabilities"] = {"softmax": tf.nn.softmax, "sigmoid": tf.nn.sigmoid}[head.activation](logits)
        return found


class LiteRTRun:
    """A LiteRT model on features, for `stand_in`.

    Args:
        path: the model's file.
        seq_length: the one length of its rows, or None.
    """

    def __init__(self, path: pathlib.Path, seq_length: int | None = None) -> None:
        self.path = path
        self.seq_length = seq_length
        self._runner: Any = None

    def __call__(self, features: dict[str, np.ndarray]) -> Mapping[str, np.ndarray]:
        if self._runner is None:  # made when it is first asked
            self._interpreter = _interpreter()(model_path=str(self.path))
            self._runner = self._interpreter.get_signature_runner("serving_default")
        if self.seq_length is None:
            return self._runner(**features)
        length = next(iter(features.values())).shape[-1]
        wide = [(0, 0)] * (features[MASK].ndim - 1) + [(0, self.seq_length - length)]
        padded = {name: np.pad(column, wide) for name, column in features.items()}
        rows = range(len(padded[MASK]))
        found = [self._runner(**{name: column[row : row + 1] for name, column in padded.items()}) for row in rows]
        joined = {name: np.concatenate([one[name] for one in found]) for name in found[0]}
        of_tokens = {name for name, values in joined.items() if values.shape[1:2] == (self.seq_length,)}
        return {name: values[:, :length] if name in of_tokens else values for name, values in joined.items()}


def _interpreter() -> Any:
    """LiteRT's own interpreter, or that which TensorFlow still brings."""
    if importlib.util.find_spec("ai_edge_litert") is not None:
        return importlib.import_module(_RUNTIME).Interpreter
    return tf.lite.Interpreter
