"""`serving_notes`: what TensorFlow Serving is told of an export: a page to read, and requests that wake it.

TensorFlow Serving reads `assets.extra/tf_serving_warmup_requests` when it loads a model, a TFRecord of `PredictionLog`,
and answers them before it is ready: the first user then does not wait for what is made on a first call.
"""

import json
import pathlib
from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from bert_keras.running.exporting.graph_operations import TEXT_OPERATIONS

_PAGE, _WARM_UP = "serving.md", "assets.extra/tf_serving_warmup_requests"
_DEFAULT = tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY
# By the name of an input, what stands in an example request.
_EXAMPLES: dict[str, Any] = {
    "text": "Not once did it fail.",
    "text_pair": "It never failed.",
    "question": "Who sings?",
    "context": "Ann sings in Oslo.",
    "prompt": "Ann opened the door and",
    "choices": ["went out.", "a green."],
}


def serving_notes(signatures: Mapping[str, Any], operations: list[str], folder: pathlib.Path) -> None:
    """Writes `serving.md` and the requests into an export.

    Args:
        signatures: concrete functions by name, "serving_default" among them.
        operations: the names of the export's operations.
        folder: of the SavedModel.
    """
    inputs = _inputs(signatures[_DEFAULT])
    given = {name: _example(name, spec) for name, spec in inputs.items()}
    tensors = {name: tf.constant(rows, inputs[name].dtype) for name, rows in given.items()}
    answer = {name: value.numpy() for name, value in signatures[_DEFAULT](**tensors).items()}
    path = folder / _WARM_UP
    path.parent.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as writer:
        writer.write(_prediction_log(tensors))
    (folder / _PAGE).write_text(_page(signatures, given, answer, operations), encoding="utf-8")


def _example(name: str, spec: tf.TensorSpec) -> Any:
    """A batch of one for an input, in lists; of a kind that is not known here a text, or a 0."""
    if name in _EXAMPLES:
        return [_EXAMPLES[name]]
    value: Any = "A text." if spec.dtype == tf.string else 0
    for _ in spec.shape:
        value = [value]
    return value


def _inputs(function: Any) -> dict[str, tf.TensorSpec]:
    """The inputs by name, whether they were named by keyword or by their specifications."""
    args, keywords = function.structured_input_signature
    return {spec.name: spec for spec in args} | keywords


def _page(signatures: Mapping[str, Any], given: dict[str, Any], answer: dict[str, Any], operations: list[str]) -> str:
    rows = [
        f"| `{name}` | {_specs(_inputs(function)) or 'nothing'} | {_specs(function.structured_outputs)} |"
        for name, function in sorted(signatures.items())
    ]
    of_text = TEXT_OPERATIONS & set(operations)
    needed = "nothing but TensorFlow" + (" with TensorFlow Text, `import tensorflow_text` in Python" if of_text else "")
    whose = "All are TensorFlow's own" + (" or TensorFlow Text's" if of_text else "")
    instance = {name: values[0] for name, values in given.items()}
    prediction = {name: _plain(value[0]) for name, value in answer.items()}
    if len(prediction) == 1:  # TensorFlow Serving leaves the name of a single output out
        (prediction,) = prediction.values()
    return "\n".join(
        [
            "# Serving this model",
            "",
            "The folder is one version of a model for TensorFlow Serving: `MODELS/NAME/1`. It takes strings, and needs",
            f"{needed}. It answers a request of its own before it says that it is ready.",
            "",
            "| signature | takes | returns |",
            "|---|---|---|",
            *rows,
            "",
            "## REST",
            "",
            "```",
            "curl -X POST http://localhost:8501/v1/models/NAME:predict \\",
            f"    -d {_shell(json.dumps({'instances': [instance]}, ensure_ascii=False))}",
            "```",
            "",
            "answers",
            "",
            "```json",
            json.dumps({"predictions": [prediction]}, ensure_ascii=False),
            "```",
            "",
            'Strings are UTF-8. A row is an object of its inputs; `"inputs": {NAME: [ROWS]}` in place of `"instances"`',
            'sends columns, and is answered with `"outputs"`. `"signature_name"` beside it chooses another signature.',
            "",
            "## gRPC",
            "",
            "`tensorflow.serving.PredictionService/Predict`, port 8500: a `PredictRequest` with `model_spec.name` and",
            f'`model_spec.signature_name` "{_DEFAULT}", and in `inputs` the tensors {", ".join(map(_quoted, given))},',
            "DT_STRING. The tensors of the table come back in `outputs`.",
            "",
            f"## Operations ({len(operations)})",
            "",
            f"{whose}: " + ", ".join(operations) + ".",
            "",
        ]
    )


def _specs(specs: Mapping[str, Any]) -> str:
    return "; ".join(f"`{name}` {spec.dtype.name} {_shape(spec.shape)}" for name, spec in sorted(specs.items()))


def _shape(shape: tf.TensorShape) -> str:
    return "[" + ", ".join("…" if size is None else str(size) for size in shape) + "]"


def _plain(value: Any) -> Any:
    """As it stands in JSON."""
    if isinstance(value, bytes):
        return value.decode("utf-8")
    listed = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(listed, list):
        return [_plain(one) for one in listed]
    return listed.decode("utf-8") if isinstance(listed, bytes) else listed


def _quoted(name: str) -> str:
    return f"`{name}`"


def _shell(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _prediction_log(tensors: Mapping[str, tf.Tensor]) -> bytes:
    """A `tensorflow.serving.PredictionLog` of one request: its package is not needed for five messages."""
    spec = _field(3, _DEFAULT.encode())  # ModelSpec.signature_name
    entries = [
        _field(2, _field(1, name.encode()) + _field(2, tf.make_tensor_proto(value.numpy()).SerializeToString()))
        for name, value in tensors.items()
    ]
    request = _field(1, spec) + b"".join(entries)  # PredictRequest.model_spec and .inputs
    return _field(6, _field(1, request))  # PredictionLog.predict_log, PredictLog.request


def _field(number: int, content: bytes) -> bytes:
    """A field of a protocol buffer whose content has a length."""
    size, length = len(content), b""
    while size > 0x7F:
        length += bytes([size & 0x7F | 0x80])
        size >>= 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + content
