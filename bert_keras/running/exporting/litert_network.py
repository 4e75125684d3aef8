"""`LiteRTNetwork`: encoder and head in a graph whose operations LiteRT has."""

import tempfile
import warnings
from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from bert_keras.encoders.inference_network import InferenceNetwork
from bert_keras.encoders.layers.layer_forward import MASKED_SCORE, layer_norm
from bert_keras.encoders.layers.traced_layer import fused_gelu
from bert_keras.features import FEATURE_NAMES, MASK, POOLED_OUTPUT
from bert_keras.running.exporting.export_source import ExportSource
from bert_keras.tuned.portable_head import PortableHead

_SIGNATURE = "serving_default"
_HIDDEN = -10_000.0  # added to the logits of padding where the head says so
# In their place, and in that of attention's -1e9, where all values of an array share 256 steps: e^-20 is 2e-9, and what
# lies between the least and the largest value is what the steps are for.
_HIDDEN_OF_256 = -20.0


class LiteRTNetwork(tf.Module):
    """Encoder and head in a graph whose operations LiteRT has.

    Args:
        source: the model.
        rows: calibrating features, each as the model takes them: with them all values are rounded to 8 bits.
    """

    def __init__(self, source: ExportSource, rows: list[dict[str, np.ndarray]] | None = None) -> None:
        super().__init__(name="bert_keras")
        self._rows = rows
        self._hidden = _HIDDEN if rows is None else _HIDDEN_OF_256
        self._bert = source.bert
        self._head: PortableHead = source.head
        bert = source.bert
        score = MASKED_SCORE if rows is None else _HIDDEN_OF_256
        self._network = InferenceNetwork(bert.weights, bert.config, bert.gelu, bert.epsilon, score)
        self._choices = source.head.settings.get("num_choices", 1)

    def converted(self, seq_length: int | None, is_small: bool = False) -> bytes:
        """The content of a file of LiteRT, with one signature, `serving_default`; `is_small` for matrices in 8 bits."""
        shape: list[int | None] = [None, None] if seq_length is None else [1, seq_length]
        if self._head.choices:
            shape.insert(1, None if seq_length is None else self._choices)
        specs = {name: tf.TensorSpec(shape, tf.int32, name=name) for name in FEATURE_NAMES}
        function = tf.function(self._outputs, autograph=False).get_concrete_function(**specs)
        with tempfile.TemporaryDirectory() as place:
            tf.saved_model.save(self, place, signatures={_SIGNATURE: function})
            converter = tf.lite.TFLiteConverter.from_saved_model(place)
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
            converter.optimizations = [tf.lite.Optimize.DEFAULT] if is_small else []
            if self._rows is not None:
                converter.target_spec.supported_ops.insert(0, tf.lite.OpsSet.TFLITE_BUILTINS_INT8)
                converter.representative_dataset = self._shown
            with warnings.catch_warnings():  # the converter's own, which calibrates
                warnings.filterwarnings("ignore", r"\s*Warning: tf\.lite\.Interpreter is deprecated")
                return converter.convert()

    def _shown(self) -> Iterator[tuple[str, dict[str, np.ndarray]]]:
        return ((_SIGNATURE, row) for row in self._rows or ())

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
            logits += self._hidden * (1.0 - tf.expand_dims(tf.cast(rows[MASK], tf.float32), -1))
        if len(head.outputs) > 1:
            return {name: tf.gather(logits, column, axis=-1) for column, name in enumerate(head.outputs)}
        if head.choices:
            logits = tf.reshape(logits, shape[:2])
        found = {head.outputs[0]: logits}
        if head.activation is not None:
            found["probabilities"] = {"softmax": tf.nn.softmax, "sigmoid": tf.nn.sigmoid}[head.activation](logits)
        return found
